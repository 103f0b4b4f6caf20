//! Why an input cannot be read at all, in one sentence that says what to do.

use std::fmt;
use std::io;

use super::file_kind::FileKind;

/// An input that cannot be read. Every text names the file; nothing needs to be put in front of it.
#[derive(Debug)]
pub enum ReadError {
    /// The bytes cannot be had.
    Io {
        /// The input's name.
        name: String,
        /// What the system says.
        source: io::Error,
    },
    /// The file holds something else than a table, or nothing.
    NotATable {
        /// The input's name.
        name: String,
        /// What it holds.
        kind: FileKind,
    },
    /// The first record cannot be read, so that nothing is known about the columns.
    NoHeader {
        /// The input's name.
        name: String,
        /// The line of the first record.
        line: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// A file of vCards without a card.
    NoCards {
        /// The input's name.
        name: String,
    },
    /// A folder without a list.
    NoLists {
        /// The folder's name.
        name: String,
    },
    /// Neither the name nor `--format` tells what the input is.
    UnknownFormat {
        /// The input's name.
        name: String,
    },
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { name, source } if source.kind() == io::ErrorKind::NotFound => {
                write!(f, "{name} cannot be read: there is no such file (is it in another folder?)")
            }
            Self::Io { name, source } => write!(f, "{name} cannot be read: {source}"),
            Self::NotATable { name, kind } => write!(f, "{name} {}", what_to_do(*kind)),
            Self::NoHeader { name, line, reason } => {
                write!(f, "the header of {name} (line {line}) {reason}")
            }
            Self::NoCards { name } => {
                write!(f, "{name} holds no vCard (is it a table? then try --format csv)")
            }
            Self::NoLists { name } => {
                write!(f, "{name} holds no list (.csv .tsv .txt .vcf .vcard) to send")
            }
            Self::UnknownFormat { name } => {
                write!(f, "nothing tells what {name} is (try --format csv or --format vcf)")
            }
        }
    }
}

impl std::error::Error for ReadError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}

fn what_to_do(kind: FileKind) -> &'static str {
    match kind {
        FileKind::Spreadsheet => "is a spreadsheet: save it as CSV UTF-8",
        FileKind::Archive => "is a compressed archive: unpack it and give the file inside",
        FileKind::Pdf => "is a PDF: export the list as CSV from where it comes",
        FileKind::Image => "is a picture: export the list as CSV from where it comes",
        FileKind::Html => "is a web page: open it in a spreadsheet and save it as CSV UTF-8",
        FileKind::Xml => "is XML: open it in a spreadsheet and save it as CSV UTF-8",
        FileKind::Json => "is JSON: export the list as CSV",
        FileKind::Vcard => "holds vCards: give it a name that ends in .vcf",
        FileKind::Empty => "is empty: export the list again",
        FileKind::Blank => "holds only blank lines: export the list again",
        FileKind::Binary | FileKind::Text => {
            "is not text: save it as CSV UTF-8 (or name its encoding with --encoding)"
        }
    }
}
