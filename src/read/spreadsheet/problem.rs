//! The reasons why a spreadsheet cannot be read, each with the way out.

use std::fmt;
use std::io;

/// The reason why a spreadsheet cannot be read: the end of a sentence that begins with its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SheetProblem {
    /// It is encrypted.
    Password,
    /// It is beyond a bound: what it has too much of.
    TooLarge(&'static str),
    /// It is not as its format demands.
    Broken(String),
    /// It declares entities or a document type, with which XML bombs are made.
    Entities,
    /// It has no sheet of the name or number that was asked for; its sheets are named, with the
    /// nearest one.
    NoSuchSheet(String, String),
    /// All of its sheets are hidden; they are named.
    NoVisibleSheet(String),
    /// The sheet has no row.
    NoRows(String),
    /// It is a spreadsheet of another kind (.xlsb, .numbers).
    OtherKind,
    /// It is not a spreadsheet at all.
    NotASpreadsheet,
    /// It was changed while it was read, or the system cannot read it.
    Io(String),
}

impl SheetProblem {
    /// A fault of the file, in the words of the library that found it.
    pub(super) fn broken(fault: impl fmt::Display) -> Self {
        Self::Broken(fault.to_string())
    }
}

impl From<io::Error> for SheetProblem {
    /// Errors of the system are shown unchanged; those of a damaged archive are faults of the file.
    fn from(error: io::Error) -> Self {
        match error.raw_os_error() {
            Some(_) => Self::Io(error.to_string()),
            None => Self::broken(error),
        }
    }
}

impl fmt::Display for SheetProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Password => {
                f.write_str("is protected with a password: save a copy without one")
            }
            Self::TooLarge(what) => {
                write!(f, "{what}: save the list's sheet alone, in several files, or as CSV UTF-8")
            }
            Self::Broken(fault) => write!(
                f,
                "is damaged ({fault}): open it in a spreadsheet program and save it again"
            ),
            Self::Entities => f.write_str(
                "declares XML entities, which no spreadsheet program writes: open it in one and save it again",
            ),
            Self::NoSuchSheet(wanted, sheets) => write!(
                f,
                "has no sheet {wanted}: its sheets are {sheets} (give one to --sheet, by its name or number)"
            ),
            Self::NoVisibleSheet(sheets) => {
                write!(f, "has no visible sheet: its sheets are {sheets} (name one with --sheet)")
            }
            Self::NoRows(sheet) => {
                write!(f, "has no rows in its sheet {sheet} (--sheet names another one)")
            }
            Self::OtherKind => f.write_str(
                "is a spreadsheet of another kind (.xls, .xlsb or .numbers): save it as .xlsx",
            ),
            Self::NotASpreadsheet => f.write_str(
                "is not an .xlsx or .ods file: save it as .xlsx, or name its format (--format csv or --format vcf)",
            ),
            Self::Io(error) => write!(f, "cannot be read: {error}"),
        }
    }
}
