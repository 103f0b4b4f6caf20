//! Inputs: which files there are, and opening one by its format.
//!
//! A folder is its lists, standard input is spooled so that it can be read twice. What is in the
//! rows is the readers' affair.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::csv::{CsvOptions, Delimiter, Facts, Table};
use super::encoding::EncodingChoice;
use super::error::ReadError;
use super::file_kind::{FileKind, file_kind};
use super::vcard::{Cards, looks_like_vcard};
use super::{Raw, Row, SourceId};

/// What an input is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// A table: comma, semicolon, TAB or | between the cells
    Csv,
    /// vCards
    Vcf,
}

/// How inputs are read, where the user has said so.
#[derive(Debug, Clone, Copy, Default)]
pub struct Dialect {
    /// What `--encoding` says.
    pub encoding: EncodingChoice,
    /// What `--delimiter` says.
    pub delimiter: Option<Delimiter>,
}

/// One input that can be opened as often as needed.
#[derive(Debug)]
pub struct Source {
    /// Its place in the run's list of sources.
    pub id: SourceId,
    /// What the user calls it: the path as typed, or `standard input`.
    pub name: String,
    /// Where it is; `None` for standard input.
    pub path: Option<PathBuf>,
    format: Format,
    spool: Option<File>,
}

/// What shows that a file has changed: its length and when it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp(u64, Option<SystemTime>);

/// An input that is being read.
pub enum Opened {
    /// A table with its header.
    Table(Box<Table<File>>),
    /// vCards.
    Cards(Box<CardRows>),
}

impl Opened {
    /// The header, where there is one.
    #[must_use]
    pub fn header(&self) -> Option<&Row> {
        match self {
            Self::Table(table) => Some(table.header()),
            Self::Cards(_) => None,
        }
    }

    /// What was found out about a table.
    #[must_use]
    pub fn facts(&self) -> Option<Facts> {
        match self {
            Self::Table(table) => Some(table.facts()),
            Self::Cards(_) => None,
        }
    }
}

impl Iterator for Opened {
    type Item = Result<Raw, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Table(table) => Some(table.next()?.map(Raw::Record)),
            Self::Cards(cards) => cards.next(),
        }
    }
}

/// The cards of one input; an input without any is an error at its end.
pub struct CardRows {
    cards: Cards<File>,
    name: String,
    ended: bool,
}

impl Iterator for CardRows {
    type Item = Result<Raw, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        match self.cards.next() {
            Some(Ok(card)) => Some(Ok(Raw::Card(Box::new(card)))),
            Some(Err(source)) => {
                self.ended = true;
                Some(Err(ReadError::Io { name: self.name.clone(), source }))
            }
            None => {
                self.ended = true;
                let name = self.name.clone();
                (self.cards.cards_seen() == 0).then_some(Err(ReadError::NoCards { name }))
            }
        }
    }
}

impl Source {
    /// A file, its format taken from `format`, else from its name.
    ///
    /// # Errors
    /// When neither tells the format.
    pub fn file(id: SourceId, path: &Path, format: Option<Format>) -> Result<Self, ReadError> {
        let name = path.display().to_string();
        let format = match format.or_else(|| format_of(path)) {
            Some(format) => format,
            None => return Err(of_unknown_format(path, name)),
        };
        Ok(Self { id, name, path: Some(path.to_owned()), format, spool: None })
    }

    /// Standard input, copied to a temporary file that nobody else sees.
    ///
    /// # Errors
    /// When it cannot be read or there is no room for it, or its format was not said.
    pub fn stdin(id: SourceId, format: Option<Format>) -> Result<Self, ReadError> {
        let name = "standard input".to_owned();
        let Some(format) = format else { return Err(ReadError::UnknownFormat { name }) };
        let spool = || -> io::Result<File> {
            let mut file = tempfile::tempfile()?;
            io::copy(&mut io::stdin().lock(), &mut file)?;
            Ok(file)
        };
        match spool() {
            Ok(file) => Ok(Self { id, name, path: None, format, spool: Some(file) }),
            Err(source) => Err(ReadError::Io { name, source }),
        }
    }

    /// Opens it from its beginning.
    ///
    /// # Errors
    /// When it cannot be read, or is not what it should be.
    pub fn open(&self, dialect: Dialect) -> Result<Opened, ReadError> {
        let io = |source| ReadError::Io { name: self.name.clone(), source };
        let file = self.rewound().map_err(io)?;
        match self.format {
            Format::Vcf => {
                let name = self.name.clone();
                if file.metadata().map_err(io)?.len() == 0 {
                    return Err(ReadError::NotATable { name, kind: FileKind::Empty });
                }
                let cards = Cards::new(file, self.id).in_encoding(dialect.encoding);
                Ok(Opened::Cards(Box::new(CardRows { cards, name, ended: false })))
            }
            Format::Csv => {
                let options = CsvOptions {
                    name: self.name.clone(),
                    encoding: dialect.encoding,
                    delimiter: dialect.delimiter,
                };
                Ok(Opened::Table(Box::new(Table::open(file, self.id, &options)?)))
            }
        }
    }

    /// What would show that it has changed.
    ///
    /// # Errors
    /// When it is gone.
    pub fn stamp(&self) -> Result<Stamp, ReadError> {
        let metadata = match (&self.path, &self.spool) {
            (Some(path), _) => fs::metadata(path),
            (None, Some(file)) => file.metadata(),
            (None, None) => Err(io::ErrorKind::NotFound.into()),
        };
        match metadata {
            Ok(metadata) => Ok(Stamp(metadata.len(), metadata.modified().ok())),
            Err(source) => Err(ReadError::Io { name: self.name.clone(), source }),
        }
    }

    fn rewound(&self) -> io::Result<File> {
        let mut file = match (&self.path, &self.spool) {
            (Some(path), _) => File::open(path)?,
            (None, Some(spool)) => spool.try_clone()?,
            (None, None) => return Err(io::ErrorKind::NotFound.into()),
        };
        // A pipe (`<(command)`) cannot go back, and would be empty the second time.
        file.seek(SeekFrom::Start(0)).map_err(|_| {
            io::Error::new(io::ErrorKind::Unsupported, "is a pipe; give it as - with --format")
        })?;
        Ok(file)
    }
}

/// The inputs that `given` names, folders taken apart, in order. `passed_over` says which files of
/// a folder are not lists.
///
/// # Errors
/// When one is missing or its format is unknown, or a folder holds no list.
pub fn sources(
    given: &[PathBuf],
    format: Option<Format>,
    passed_over: &dyn Fn(&Path) -> bool,
) -> Result<Vec<Source>, ReadError> {
    let mut sources = Vec::with_capacity(given.len());
    let next = |sources: &[Source]| SourceId(u32::try_from(sources.len()).unwrap_or(u32::MAX));
    for path in given {
        if path.as_os_str() == "-" {
            sources.push(Source::stdin(next(&sources), format)?);
        } else if path.is_dir() {
            for file in lists_in(path, passed_over)? {
                sources.push(Source::file(next(&sources), &file, None)?);
            }
        } else {
            let format = format.or_else(|| format_by_content(path));
            sources.push(Source::file(next(&sources), path, format)?);
        }
    }
    Ok(sources)
}

/// The lists of a folder, by name. Hidden files are none: a Mac puts a `._a.vcf` beside `a.vcf`.
fn lists_in(folder: &Path, passed_over: &dyn Fn(&Path) -> bool) -> Result<Vec<PathBuf>, ReadError> {
    let name = folder.display().to_string();
    let read = || -> io::Result<Vec<PathBuf>> {
        let entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
        Ok(entries.into_iter().map(|entry| entry.path()).collect())
    };
    let mut files = match read() {
        Ok(files) => files,
        Err(source) => return Err(ReadError::Io { name, source }),
    };
    let is_hidden = |path: &Path| {
        path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))
    };
    files.retain(|path| {
        !is_hidden(path) && path.is_file() && format_of(path).is_some() && !passed_over(path)
    });
    files.sort();
    match files.is_empty() {
        true => Err(ReadError::NoLists { name }),
        false => Ok(files),
    }
}

/// The format that a file's name tells.
fn format_of(path: &Path) -> Option<Format> {
    let extension = path.extension()?.to_str()?.to_ascii_lowercase();
    match extension.as_str() {
        // A spreadsheet is opened as a table to be told what to do with it.
        "csv" | "tsv" | "txt" | "xlsx" | "xls" | "ods" => Some(Format::Csv),
        "vcf" | "vcard" => Some(Format::Vcf),
        _ => None,
    }
}

/// vCards are known by their first bytes, whatever the file is called.
#[must_use]
pub fn format_by_content(path: &Path) -> Option<Format> {
    looks_like_vcard(&head_of(path).ok()?).then_some(Format::Vcf)
}

/// What is said of a file whose name tells nothing: its first bytes may tell that it is no list.
fn of_unknown_format(path: &Path, name: String) -> ReadError {
    match head_of(path).map(|head| file_kind(&head)) {
        Err(source) => ReadError::Io { name, source },
        Ok(
            FileKind::Text | FileKind::Vcard | FileKind::Binary | FileKind::Empty | FileKind::Blank,
        ) => ReadError::UnknownFormat { name },
        Ok(kind) => ReadError::NotATable { name, kind },
    }
}

fn head_of(path: &Path) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    File::open(path)?.take(4096).read_to_end(&mut head)?;
    Ok(head)
}
