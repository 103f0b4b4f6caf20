//! The errors of a header that cannot be mapped, with the text to type instead.

use std::fmt;

use super::field::Field;
use crate::prepare::phone::country_names;

/// A file's columns cannot be mapped; no row was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappingError {
    /// The file, as the user knows it.
    pub source: String,
    /// The headers it has.
    pub has: Headers,
    /// The kind of error.
    pub kind: Box<MappingErrorKind>,
}

/// A defect of a file's header, or of the rules for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MappingErrorKind {
    /// The first line is blank.
    FirstLineIsBlank,
    /// The first line is a row like the others.
    FirstLineIsData,
    /// A field's column, or one that a `--map` asks for, is missing.
    NotFound {
        /// The field, or the header that was asked for.
        wanted: Box<str>,
        /// The flag to type.
        hint: String,
    },
    /// A `--map` asks for a column number that the file does not have.
    NoSuchColumn {
        /// The field.
        field: Field,
        /// The number asked for, from 1.
        number: usize,
    },
    /// The header is one cell with separators in it.
    WholeRowsInOneCell,
    /// The header is one cell with another separator in it.
    OtherSeparator(char),
    /// Two columns could be the same field.
    Ambiguous {
        /// The field.
        field: Field,
        /// Both columns, from 0.
        at: [usize; 2],
        /// Both columns, in backquotes.
        columns: [String; 2],
        /// The flags that choose one or the other.
        hints: [String; 2],
    },
    /// There are contacts, but no recipients.
    NoRecipients,
    /// The rows and the command line both name recipients.
    OtherRecipients {
        /// The column's header; `None` for a fixed value.
        column: Option<Box<str>>,
    },
    /// Several columns are missing.
    Missing {
        /// Their fields.
        fields: Vec<Field>,
        /// The flags to type.
        hints: String,
        /// True if the recipients are missing as well.
        no_recipient: bool,
    },
    /// A `--map` puts a field other than the name together from several columns.
    OnlyName(Field),
    /// There are recipients, but no contact for them.
    NoContact {
        /// What is missing of the contact.
        fields: Vec<Field>,
        /// The flags that name the columns.
        hints: String,
        /// The column that would fit, but holds the recipients.
        taken: Option<Box<str>>,
    },
    /// The rows have message ids, but each row would become several messages.
    OwnIds {
        /// The column's header.
        column: Box<str>,
    },
    /// Two `--map` fill the same field.
    MappedTwice(Field),
    /// A `--map` gives a fixed country that is not known.
    NoCountry {
        /// The text.
        value: Box<str>,
    },
    /// A `--map` fills the type or id of a number that the file does not have.
    NoNumber {
        /// The field.
        field: Field,
        /// The number that is missing.
        phone: Field,
    },
}

/// The headers of a file, shown as a list of limited length.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Headers(pub(super) Vec<Box<str>>);

impl Headers {
    /// Advice for a file whose first line looks like a title, or like headings over several
    /// columns.
    fn title_hint(&self) -> &'static str {
        let named = self.0.iter().filter(|header| !header.is_empty()).count();
        match named < 2 || named < self.0.len() {
            true => "; the first line is taken as the header: remove what is above the real one",
            false => "",
        }
    }
}

/// The most headers that are shown; an address book's export has a hundred.
const HEADERS_SHOWN: usize = 12;

impl fmt::Display for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named: Vec<&str> = self.0.iter().map(|h| &**h).filter(|h| !h.is_empty()).collect();
        f.write_str(&named[..named.len().min(HEADERS_SHOWN)].join(", "))?;
        match named.len().checked_sub(HEADERS_SHOWN) {
            None | Some(0) => Ok(()),
            Some(more) => write!(f, " and {more} more"),
        }
    }
}

impl fmt::Display for MappingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let source = &self.source;
        match &*self.kind {
            MappingErrorKind::FirstLineIsData
            | MappingErrorKind::FirstLineIsBlank
            | MappingErrorKind::OtherSeparator(_)
            | MappingErrorKind::WholeRowsInOneCell => self.no_header(f),
            MappingErrorKind::NotFound { .. }
            | MappingErrorKind::Missing { .. }
            | MappingErrorKind::NoSuchColumn { .. }
            | MappingErrorKind::NoRecipients
            | MappingErrorKind::NoContact { .. } => self.not_found(f),
            MappingErrorKind::Ambiguous {
                field,
                columns: [first, second],
                hints: [one, other],
                ..
            } => write!(
                f,
                "two columns of {source} could be `{field}`: {first} and {second} (try {one} or {other})"
            ),
            MappingErrorKind::OtherRecipients { column: Some(column) } => write!(
                f,
                "{source} names a recipient in each row (column `{column}`), and --to or --recipients names others (leave --to and --recipients out, or ignore the column with --map to==)"
            ),
            MappingErrorKind::OtherRecipients { column: None } => write!(
                f,
                "--map to==… names the recipient of {source}, and --to or --recipients names others (keep one of them)"
            ),
            MappingErrorKind::OwnIds { column } => write!(
                f,
                "{source} gives message ids in column `{column}`, but with --to, --recipients or --card a row is more than one message (remove the column, or try --map message_id==)"
            ),
            MappingErrorKind::MappedTwice(field) => {
                write!(f, "field `{field}` is mapped twice (keep one --map {field}=…)")
            }
            MappingErrorKind::OnlyName(field) => write!(
                f,
                "--map {field}=… names several columns, but only `name` is put together (for a country code in its own column try --map country=HEADER)"
            ),
            MappingErrorKind::NoCountry { value } => {
                write!(f, "--map country=={value}: `{value}` {}", country_names::why_unknown(value))
            }
            MappingErrorKind::NoNumber { field, phone } => write!(
                f,
                "field `{field}` belongs to a number that {source} does not have (try --map {phone}=HEADER too)"
            ),
        }
    }
}

impl MappingError {
    /// Returns whether the first line can be a title above the real header.
    #[must_use]
    pub fn may_be_a_title(&self) -> bool {
        matches!(
            *self.kind,
            MappingErrorKind::FirstLineIsBlank
                | MappingErrorKind::FirstLineIsData
                | MappingErrorKind::NotFound { .. }
                | MappingErrorKind::Missing { .. }
                | MappingErrorKind::NoRecipients
                | MappingErrorKind::NoContact { .. }
                | MappingErrorKind::WholeRowsInOneCell
        )
    }

    /// The message where one of the two columns that could be the name holds numbers, by the rows
    /// below: it is no name.
    #[must_use]
    pub fn beside_numbers(&self, holds_numbers: impl Fn(usize) -> bool) -> Option<String> {
        let MappingErrorKind::Ambiguous { field: Field::Name, at, columns, hints } = &*self.kind
        else {
            return None;
        };
        let (name, numbers) = match at.map(holds_numbers) {
            [true, false] => (1, 0),
            [false, true] => (0, 1),
            _ => return None,
        };
        Some(format!(
            "two columns of {} could be `name`: {} and {}, which holds numbers (try {})",
            self.source, columns[name], columns[numbers], hints[name]
        ))
    }

    /// The first line is not a header.
    fn no_header(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let source = &self.source;
        match &*self.kind {
            MappingErrorKind::FirstLineIsBlank => write!(
                f,
                "{source} has no header: its first line is blank (put a line like to,name,phone there)"
            ),
            MappingErrorKind::WholeRowsInOneCell => write!(
                f,
                "each row of {source} is one cell, separators included (remove the quotes around whole rows, or save it as CSV again)"
            ),
            MappingErrorKind::OtherSeparator(separator) => write!(
                f,
                "each row of {source} is one cell: its separator seems to be {separator} (try --delimiter '{separator}')"
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
        match &*self.kind {
            MappingErrorKind::NotFound { wanted, hint } => {
                write!(f, "column `{wanted}` not found in {source}; it has: {has} (try {hint})")?;
            }
            MappingErrorKind::Missing { fields, hints, no_recipient } => {
                let (and_who, try_who) = match no_recipient {
                    true => (
                        ", and nobody who receives them is named",
                        ", and --to NUMBER, --recipients FILE or --map to=HEADER; if its rows are the recipients, say what they get with --card FILE",
                    ),
                    false => ("", ""),
                };
                let columns = named(fields);
                write!(
                    f,
                    "{columns} not found in {source}{and_who}; it has: {has} (try {hints}{try_who})"
                )?;
            }
            MappingErrorKind::NoContact { fields, hints, taken: None } => {
                let columns = named(fields);
                let whose = if fields.len() == 1 { "contact's number" } else { "contact" };
                write!(
                    f,
                    "{columns} not found in {source}; it has: {has} (try {hints} for the {whose}; if the rows are recipients, say what they get with --card FILE)"
                )?;
            }
            MappingErrorKind::NoContact { fields, taken: Some(taken), .. } => {
                let columns = named(fields);
                write!(
                    f,
                    "{columns} not found in {source}: `{taken}` is taken for the recipient; it has: {has} (try --card FILE for what they get, or --map phone=HEADER for the contact's number)"
                )?;
            }
            MappingErrorKind::NoSuchColumn { field, number } => {
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
        f.write_str(has.title_hint())
    }
}

/// The missing columns: "columns `phone` and `name`".
fn named(fields: &[Field]) -> String {
    let names: Vec<String> = fields.iter().map(|field| format!("`{field}`")).collect();
    let noun = if names.len() == 1 { "column" } else { "columns" };
    format!("{noun} {}", names.join(" and "))
}

impl std::error::Error for MappingError {}
