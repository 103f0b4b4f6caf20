//! Errors of inputs that cannot be read at all, each in one sentence with the way out.

use std::fmt;
use std::io;

use super::file_kind::FileKind;
use super::list_file::Changed;
use super::spreadsheet::SheetProblem;

/// An input that cannot be read. Every text begins with the name of the input.
#[derive(Debug)]
pub enum ReadError {
    /// The bytes cannot be read.
    Io {
        /// The input's name.
        name: String,
        /// The system's error.
        source: io::Error,
    },
    /// A pipe, which can be read only once.
    Pipe {
        /// The input's name.
        name: String,
        /// The word for `--format`.
        format: &'static str,
    },
    /// The file is not as the first pass read it.
    Changed {
        /// The input's name.
        name: String,
    },
    /// The file is empty or of another kind.
    NotAList {
        /// The input's name.
        name: String,
        /// The kind of file that it is.
        kind: FileKind,
    },
    /// The first record of a CSV file cannot be read, so the columns are not known.
    NoHeader {
        /// The input's name.
        name: String,
        /// The line of the first record.
        line: u64,
        /// The reason why it cannot be read.
        reason: String,
    },
    /// A second header whose columns are in another order.
    SecondHeader {
        /// The input's name.
        name: String,
        /// Its line.
        line: u64,
    },
    /// A vCard file for which `--encoding` names a code page of MS-DOS.
    CardsInCodePage {
        /// The input's name.
        name: String,
    },
    /// A spreadsheet that cannot be read.
    Sheet {
        /// The input's name.
        name: String,
        /// The reason.
        problem: SheetProblem,
    },
    /// A vCard file without a card.
    NoCards {
        /// The input's name.
        name: String,
    },
    /// A folder without a list.
    NoLists {
        /// The folder's name.
        name: String,
    },
    /// Neither the name nor `--format` gives the format of the input.
    UnknownFormat {
        /// The input's name.
        name: String,
    },
}

impl ReadError {
    /// The error of a read.
    pub(super) fn io(name: &str, source: io::Error) -> Self {
        let name = name.to_owned();
        match Changed::is(&source) {
            true => Self::Changed { name },
            false => Self::Io { name, source },
        }
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { name, source } if source.kind() == io::ErrorKind::NotFound => {
                write!(f, "{name} cannot be read: there is no such file (is it in another folder?)")
            }
            Self::Io { name, source } => write!(f, "{name} cannot be read: {source}"),
            Self::Pipe { name, format } => {
                write!(f, "{name} is a pipe; give it as - (standard input) with --format {format}")
            }
            Self::Changed { name } => write!(
                f,
                "{name} was changed while lipasend was reading it; run the same command again"
            ),
            Self::NotAList { name, kind } => write!(f, "{name} {}", what_to_do(*kind)),
            Self::NoHeader { name, line, reason } => {
                write!(f, "the header of {name} (line {line}) {reason}")
            }
            Self::SecondHeader { name, line } => write!(
                f,
                "{name} line {line} is a second header with its columns in another order; the rows behind it would be read in the wrong columns (make two files of it)"
            ),
            Self::CardsInCodePage { name } => write!(
                f,
                "{name} holds vCards, which are not written in a code page of MS-DOS (leave --encoding out)"
            ),
            Self::Sheet { name, problem } => write!(f, "{name} {problem}"),
            Self::NoCards { name } => {
                write!(f, "{name} holds no vCard (is it a table? then try --format csv)")
            }
            Self::NoLists { name } => {
                write!(f, "{name} holds no list (.csv .tsv .txt .xlsx .ods .vcf .vcard) to send")
            }
            Self::UnknownFormat { name } => {
                write!(
                    f,
                    "the format of {name} is not known (try --format csv, --format vcf or --format xlsx)"
                )
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
        FileKind::Spreadsheet => {
            "is a spreadsheet, not a table of text: give it a name that ends in .xlsx or .ods, or --format xlsx"
        }
        FileKind::OtherSpreadsheet => {
            "is a spreadsheet of another kind (.xls, .xlsb or .numbers), or has a password: save it as .xlsx, without a password"
        }
        FileKind::Archive => "is a compressed archive: unpack it and give the file inside",
        FileKind::Pdf => "is a PDF: export the list as CSV from where it comes",
        FileKind::Image => "is a picture: export the list as CSV from where it comes",
        FileKind::Html => "is a web page: open it in a spreadsheet program and save it as .xlsx",
        FileKind::Xml => "is XML: open it in a spreadsheet program and save it as .xlsx",
        FileKind::Json => "is JSON: export the list as CSV",
        FileKind::Vcard => "holds vCards: give it a name that ends in .vcf",
        FileKind::Empty => "is empty: export the list again",
        FileKind::Blank => "holds only blank lines: export the list again",
        FileKind::Binary | FileKind::Text => {
            "is not text: save it as CSV UTF-8 (or name its encoding with --encoding)"
        }
    }
}
