//! The use of each column and the reason for it, for the plan and for `check`.

use std::fmt;

use super::columns::OurFile;
use super::field::Field;
use crate::read::phone_device::Device;

/// The use of one column, or of a fixed value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnUse {
    /// The column, from 0; `None` for a fixed value.
    pub column: Option<usize>,
    /// Its header; empty for a fixed value and where the file has no header.
    pub header: Box<str>,
    /// Its purpose.
    pub purpose: Purpose,
    /// The reason for its use.
    pub reason: Reason,
    /// The type that its numbers get when no cell gives one.
    pub number_type: Option<Box<str>>,
}

/// The purpose of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A field.
    Field(Field),
    /// A part of the name.
    NamePart,
    /// The name of contacts that have none.
    NameFallback,
    /// The number where the row has no other: `phone`, or `to` where the rows are recipients.
    SpareNumber(Field),
    /// Numbers that cannot be on a card; each is noted on its row.
    LeftOut(Device),
    /// Nothing.
    Ignored,
}

/// The reason for the use of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// It is our own column.
    OwnColumn,
    /// Its header is a known word for it.
    Synonym,
    /// The file is this export.
    Export(&'static str),
    /// A `--map`, as typed.
    Rule(String),
    /// The file has no header, and this is its only column of numbers.
    OnlyNumbers,
    /// We add this column to the files we write.
    OurOutput(OurFile),
    /// A `--map` or another column is used instead.
    Replaced,
    /// It describes a number that the file does not have.
    NoNumber,
    /// It speaks of recipients, which the rows do not name.
    NoRecipient,
    /// It is used where it names a kind of telephone: it may say what kind of customer it is.
    KindsOnly,
    /// It holds the number of the telephone on which a survey was filled in.
    SurveyDevice,
    /// It may hold the number of the person whom the column before it names.
    SomebodyElses,
    /// Its header is not known, or it is not needed here.
    Unknown,
}

/// One line of text: "`Mobile Phone` → phone, shown as Cell (Outlook)".
impl fmt::Display for ColumnUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.column {
            Some(column) if self.header.is_empty() => write!(f, "column {}", column + 1)?,
            Some(_) => write!(f, "`{}`", self.header)?,
            None => f.write_str("fixed value")?,
        }
        write!(f, " {}", self.purpose)?;
        if let Some(number_type) = &self.number_type {
            write!(f, ", shown as {number_type}")?;
        }
        match self.reason.to_string() {
            reason if reason.is_empty() => Ok(()),
            reason => write!(f, " ({reason})"),
        }
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(field) => write!(f, "→ {field}"),
            Self::NamePart => f.write_str("→ part of name"),
            Self::NameFallback => f.write_str("→ name where there is none"),
            Self::SpareNumber(field) => write!(f, "→ {field} where there is no other"),
            Self::LeftOut(device) => write!(f, "left out: {}", device.word()),
            Self::Ignored => f.write_str("ignored"),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OwnColumn => f.write_str("own column"),
            Self::Synonym => f.write_str("synonym"),
            Self::Export(name) => f.write_str(name),
            Self::Rule(rule) => write!(f, "--map {rule}"),
            Self::OnlyNumbers => f.write_str("no header; the only column of numbers"),
            Self::OurOutput(OurFile::Rejects) => f.write_str("our rejects column"),
            Self::OurOutput(OurFile::Results) => f.write_str("our results column"),
            Self::OurOutput(OurFile::NotSent) => f.write_str("our not-sent column"),
            Self::Replaced => f.write_str("another one is used instead"),
            Self::NoNumber => f.write_str("the file has no such number"),
            Self::NoRecipient => f.write_str("the rows name no recipient"),
            Self::KindsOnly => f.write_str("where it names a kind of telephone"),
            Self::SurveyDevice => f.write_str("the survey's device"),
            Self::SomebodyElses => f.write_str("may be the number of the one before it"),
            Self::Unknown => Ok(()),
        }
    }
}
