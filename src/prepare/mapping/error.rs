//! Why a header cannot be mapped, with the words to type instead. All the wording is here.

use std::fmt;

use super::field::Field;

/// A file whose columns cannot be told, before any row was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappingError {
    /// The file, as the user knows it.
    pub source: String,
    /// The headers it has.
    pub has: Headers,
    /// What is wrong.
    pub trouble: Box<Trouble>,
}

/// What is wrong with a file's header, or with the rules for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// The first line is blank.
    FirstLineIsBlank,
    /// The first line is a row like the others.
    FirstLineIsData,
    /// A field's column, or one that a `--map` asks for, is not there.
    NotFound {
        /// The field, or the header that was asked for.
        wanted: Box<str>,
        /// The flag to type.
        hint: String,
    },
    /// A `--map` asks for a column behind the last one.
    NoSuchColumn {
        /// The field.
        field: Field,
        /// The number asked for, from 1.
        number: usize,
    },
    /// The header is one cell with separators in it.
    WholeRowsInOneCell,
    /// Two columns could be the one field.
    Ambiguous {
        /// The field.
        field: Field,
        /// Both columns, between backquotes.
        columns: [String; 2],
        /// The flags that choose the one or the other.
        hints: [String; 2],
    },
    /// Contacts, but nobody who receives them.
    NoRecipients,
    /// Recipients in the rows, and others on the command line.
    OtherRecipients {
        /// The column's header; `None` for a fixed value.
        column: Option<Box<str>>,
    },
    /// Recipients, but nothing that they receive.
    NoContact {
        /// The flag that names the column.
        hint: String,
        /// The column that would have been it, but holds the recipients.
        taken: Option<Box<str>>,
    },
    /// Rows with ids of their own, each of which would become several messages.
    OwnIds {
        /// The column's header.
        column: Box<str>,
    },
    /// Two `--map` for one field.
    MappedTwice(Field),
    /// A `--map` for a number's type or id where there is no such number.
    NoNumber {
        /// The field.
        field: Field,
        /// The number that is missing.
        phone: Field,
    },
}

/// The headers of a file, shown as a list that stays readable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Headers(pub(super) Vec<Box<str>>);

impl Headers {
    /// What to try where the first line looks like a title, or like headings over several columns.
    fn look_above(&self) -> &'static str {
        let named = self.0.iter().filter(|header| !header.is_empty()).count();
        match named < 2 || named < self.0.len() {
            true => {
                "; the first line is taken as the header: remove what stands above the real one"
            }
            false => "",
        }
    }
}

/// How many headers are shown; an address book's export has a hundred.
const SHOWN: usize = 12;

impl fmt::Display for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named: Vec<&str> = self.0.iter().map(|h| &**h).filter(|h| !h.is_empty()).collect();
        f.write_str(&named[..named.len().min(SHOWN)].join(", "))?;
        match named.len().checked_sub(SHOWN) {
            None | Some(0) => Ok(()),
            Some(more) => write!(f, " and {more} more"),
        }
    }
}

impl fmt::Display for MappingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let source = &self.source;
        match &*self.trouble {
            Trouble::FirstLineIsData | Trouble::FirstLineIsBlank | Trouble::WholeRowsInOneCell => {
                self.no_header(f)
            }
            Trouble::NotFound { .. }
            | Trouble::NoSuchColumn { .. }
            | Trouble::NoRecipients
            | Trouble::NoContact { .. } => self.not_found(f),
            Trouble::Ambiguous { field, columns: [first, second], hints: [one, other] } => write!(
                f,
                "two columns of {source} could be `{field}`: {first} and {second} (try {one} or {other})"
            ),
            Trouble::OtherRecipients { column: Some(column) } => write!(
                f,
                "{source} names a recipient in each row (column `{column}`), and --to or --recipients names others (leave --to and --recipients out, or pass the column over with --map to==)"
            ),
            Trouble::OtherRecipients { column: None } => write!(
                f,
                "--map to==… names the recipient of {source}, and --to or --recipients names others (keep one of them)"
            ),
            Trouble::OwnIds { column } => write!(
                f,
                "{source} gives message ids in column `{column}`, but with --to, --recipients or --card a row is more than one message (take the column out, or try --map message_id==)"
            ),
            Trouble::MappedTwice(field) => {
                write!(f, "field `{field}` is mapped twice (keep one --map {field}=…)")
            }
            Trouble::NoNumber { field, phone } => write!(
                f,
                "field `{field}` has no number to go with in {source} (try --map {phone}=HEADER too)"
            ),
        }
    }
}

impl MappingError {
    /// The first line is no header.
    fn no_header(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let source = &self.source;
        match &*self.trouble {
            Trouble::FirstLineIsBlank => write!(
                f,
                "{source} has no header: its first line is blank (put a line like to,name,phone there)"
            ),
            Trouble::WholeRowsInOneCell => write!(
                f,
                "the rows of {source} stand in one cell each, separators and all (take away the quotes around whole rows, or save it as CSV again)"
            ),
            _ if self.has.0.len() == 1 => write!(
                f,
                "{source} has no header: its first line is data (if its rows are the recipients, say what they get with --card FILE; else put a line like to,name,phone above it)"
            ),
            _ => write!(
                f,
                "{source} has no header: its first line is data (put a line like to,name,phone above it, or number the columns: --map to=1 --map name=2 --map phone=3)"
            ),
        }
    }

    /// A column is missing.
    fn not_found(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (source, has) = (&self.source, &self.has);
        match &*self.trouble {
            Trouble::NotFound { wanted, hint } => {
                write!(f, "column `{wanted}` not found in {source}; it has: {has} (try {hint})")?;
            }
            Trouble::NoContact { hint, taken: None } => write!(
                f,
                "column `phone` not found in {source}; it has: {has} (try {hint} for the contact's number; if the rows are recipients, say what they get with --card FILE)"
            )?,
            Trouble::NoContact { taken: Some(taken), .. } => write!(
                f,
                "column `phone` not found in {source}: `{taken}` is taken for the recipient; it has: {has} (try --card FILE for what they get, or --map phone=HEADER for the contact's number)"
            )?,
            Trouble::NoSuchColumn { field, number } => {
                return write!(
                    f,
                    "column {number} not found in {source}; it has {} (--map {field}={number} asks for it)",
                    match has.0.len() {
                        1 => "1 column".to_owned(),
                        columns => format!("{columns} columns"),
                    }
                );
            }
            _ => write!(
                f,
                "{source} lists contacts, but not who receives them; it has: {has} (try --to NUMBER, --recipients FILE or --map to=HEADER; if its rows are the recipients, say what they get with --card FILE)"
            )?,
        }
        f.write_str(has.look_above())
    }
}

impl std::error::Error for MappingError {}
