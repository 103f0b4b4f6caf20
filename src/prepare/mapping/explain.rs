//! What was decided about each column, and why: for the plan and for `check`.

use std::fmt;

use super::columns::OurFile;
use super::field::Field;
use crate::read::phone_device::Device;

/// One decision: a column and what it is used for, or a field that has a fixed value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The column from 0; `None` for a fixed value.
    pub column: Option<usize>,
    /// Its header; empty for a fixed value and where the file has no header.
    pub header: Box<str>,
    /// What it is used for.
    pub used_for: Use,
    /// What decided that.
    pub why: Why,
    /// The type its numbers get from the header, when no cell names one.
    pub kind: Option<Box<str>>,
}

/// What a column is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// A field.
    Field(Field),
    /// A part of the name.
    NamePart,
    /// The name of contacts that have none.
    NameFallback,
    /// Numbers that cannot show a card; each is noted on its row.
    LeftOut(Device),
    /// Nothing.
    Ignored,
}

/// What decided a column's use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// It is our own column.
    OwnColumn,
    /// Its header is a known word for it.
    Synonym,
    /// The file is this export.
    Export(&'static str),
    /// A `--map`, as typed.
    Rule(String),
    /// The file has no header, and this is its column of numbers.
    OnlyNumbers,
    /// We add this column to the files we write.
    OurOutput(OurFile),
    /// A `--map` or another column stands in its place.
    Replaced,
    /// It describes a number that the file does not have.
    NoNumber,
    /// It is known, but nothing is made of it yet.
    NotJudged,
    /// Nothing is known about it, or it is not needed here.
    Unknown,
}

impl Line {
    /// Whether the column is not used at all.
    #[must_use]
    pub fn is_ignored(&self) -> bool {
        self.used_for == Use::Ignored
    }
}

/// One line of text: "`Mobile Phone` → phone, shown as Cell (Outlook)".
impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.column {
            Some(column) if self.header.is_empty() => write!(f, "column {}", column + 1)?,
            Some(_) => write!(f, "`{}`", self.header)?,
            None => f.write_str("fixed value")?,
        }
        write!(f, " {}", self.used_for)?;
        if let Some(kind) = &self.kind {
            write!(f, ", shown as {kind}")?;
        }
        match self.why.to_string() {
            why if why.is_empty() => Ok(()),
            why => write!(f, " ({why})"),
        }
    }
}

impl fmt::Display for Use {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(field) => write!(f, "→ {field}"),
            Self::NamePart => f.write_str("→ part of name"),
            Self::NameFallback => f.write_str("→ name where there is none"),
            Self::LeftOut(device) => write!(f, "left out: {}", device.word()),
            Self::Ignored => f.write_str("ignored"),
        }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OwnColumn => f.write_str("own column"),
            Self::Synonym => f.write_str("synonym"),
            Self::Export(name) => f.write_str(name),
            Self::Rule(rule) => write!(f, "--map {rule}"),
            Self::OnlyNumbers => f.write_str("no header; the only column of numbers"),
            Self::OurOutput(OurFile::Rejects) => f.write_str("our rejects column"),
            Self::OurOutput(OurFile::Results) => f.write_str("our results column"),
            Self::Replaced => f.write_str("another one is used instead"),
            Self::NoNumber => f.write_str("the file has no such number"),
            Self::NotJudged => f.write_str("this release does not look at it"),
            Self::Unknown => Ok(()),
        }
    }
}
