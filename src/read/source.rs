//! Inputs: the files that the user names, each opened with the reader for its format.
//!
//! A folder stands for the lists in it. Standard input is copied to a file, so that it can be read
//! twice.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::csv::{self, CsvOptions, CsvReader, Delimiter};
use super::encoding::{EncodingChoice, FileEncoding, read_head};
use super::error::ReadError;
use super::file_kind::{FileKind, file_kind};
use super::list_file::{Changed, Digests, ListFile, Stamp};
use super::plain_file::{self, NotPlain};
use super::spreadsheet::{SheetChoice, SheetFacts, SheetProblem, SheetReader};
use super::vcard::{Cards, looks_like_vcard};
use super::{Cells, Raw, Row, SourceId};
use crate::signals::Stop;
use crate::units::printable::printable;

/// The format of an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// A table: comma, semicolon, TAB or | between the cells
    Csv,
    /// vCards
    Vcf,
    /// A spreadsheet: .xlsx or .ods
    #[value(alias = "ods")]
    Xlsx,
}

impl Format {
    /// Its word for `--format`.
    fn word(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Vcf => "vcf",
            Self::Xlsx => "xlsx",
        }
    }
}

/// The options for reading inputs.
#[derive(Debug, Clone, Default)]
pub struct Dialect {
    /// The value of `--encoding`.
    pub encoding: EncodingChoice,
    /// The value of `--delimiter`; `None` finds it.
    pub delimiter: Option<Delimiter>,
    /// The value of `--sheet`.
    pub sheet: SheetChoice,
}

/// The facts about a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Facts {
    /// It is a CSV file.
    Csv(csv::Facts),
    /// It is the sheet of a spreadsheet.
    Sheet(SheetFacts),
}

/// One input that can be opened as often as needed.
#[derive(Debug)]
pub struct Source {
    /// Its index in the run's list of sources.
    pub id: SourceId,
    /// Its name for the user, [printable]: the path as typed, or `standard input`.
    pub name: String,
    /// Its path; `None` for standard input.
    pub path: Option<PathBuf>,
    format: Format,
    spool: Option<File>,
    digests: Arc<Digests>,
}

/// The reader of one input.
pub enum SourceReader {
    /// A CSV file.
    Csv(Box<CsvReader<ListFile>>),
    /// A sheet of a spreadsheet.
    Sheet(Box<SheetReader>),
    /// vCards.
    Vcf(Box<VcfReader>),
}

impl SourceReader {
    /// The header of a table.
    #[must_use]
    pub fn header(&self) -> Option<&Row> {
        match self {
            Self::Csv(reader) => Some(reader.header()),
            Self::Sheet(reader) => Some(reader.header()),
            Self::Vcf(_) => None,
        }
    }

    /// Returns the first rows of a sheet, of which one may be the header; nothing for other inputs.
    #[must_use]
    pub fn first_rows(&self) -> Vec<(u64, &Cells)> {
        match self {
            Self::Sheet(reader) => reader.first_rows().collect(),
            Self::Csv(_) | Self::Vcf(_) => Vec::new(),
        }
    }

    /// Takes the row of this number as the header of a sheet. Other inputs stay as they are.
    pub fn begin_at(&mut self, line: u64) {
        if let Self::Sheet(reader) = self {
            reader.begin_at(line);
        }
    }

    /// The facts about a table.
    #[must_use]
    pub fn facts(&self) -> Option<Facts> {
        match self {
            Self::Csv(reader) => Some(Facts::Csv(reader.facts())),
            Self::Sheet(reader) => Some(Facts::Sheet(reader.facts().clone())),
            Self::Vcf(_) => None,
        }
    }
}

impl Iterator for SourceReader {
    type Item = Result<Raw, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Csv(reader) => Some(reader.next()?.map(Raw::Record)),
            Self::Sheet(reader) => Some(reader.next()?.map(Raw::Record)),
            Self::Vcf(reader) => reader.next(),
        }
    }
}

/// The cards of one input. An input without a card gives an error at its end.
pub struct VcfReader {
    cards: Cards<ListFile>,
    name: String,
    ended: bool,
}

impl Iterator for VcfReader {
    type Item = Result<Raw, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let error = match self.cards.next() {
            Some(Ok(card)) => return Some(Ok(Raw::Card(Box::new(card)))),
            Some(Err(source)) => Some(ReadError::io(&self.name, source)),
            None if self.cards.cards_seen() > 0 => None,
            None => Some(ReadError::NoCards { name: self.name.clone() }),
        };
        self.ended = true;
        error.map(Err)
    }
}

impl Source {
    /// A file in `format`, or in the format of its name's extension.
    ///
    /// # Errors
    /// When the format is not known.
    pub fn file(id: SourceId, path: &Path, format: Option<Format>) -> Result<Self, ReadError> {
        let name = name_of(path);
        let format = match format.or_else(|| format_of(path)) {
            Some(format) => format,
            None => return Err(unknown_format(path, name)),
        };
        let digests = Arc::default();
        Ok(Self { id, name, path: Some(path.to_owned()), format, spool: None, digests })
    }

    /// Standard input, copied to a temporary file without a name.
    ///
    /// # Errors
    /// When it cannot be read or copied, a signal comes before its end, or its format is not given.
    pub fn stdin(id: SourceId, format: Option<Format>, stop: &Stop) -> Result<Self, ReadError> {
        let name = "standard input".to_owned();
        let Some(format) = format else { return Err(ReadError::UnknownFormat { name }) };
        let spool = || -> io::Result<File> {
            let mut file = tempfile::tempfile()?;
            io::copy(&mut io::stdin().lock(), &mut file)?;
            Ok(file)
        };
        let spooled = stop.unless_stopped(spool).and_then(|copied| match copied {
            Some(copied) => copied,
            None => Err(io::ErrorKind::Interrupted.into()),
        });
        match spooled {
            Ok(file) => {
                let digests = Arc::default();
                Ok(Self { id, name, path: None, format, spool: Some(file), digests })
            }
            Err(source) => Err(ReadError::Io { name, source }),
        }
    }

    /// Opens it at its start.
    ///
    /// # Errors
    /// When it cannot be read, or is of another kind than its format.
    pub fn open(&self, dialect: &Dialect) -> Result<SourceReader, ReadError> {
        match self.format {
            Format::Xlsx => self.sheet(self.rewound()?, dialect),
            Format::Csv | Format::Vcf => self.reader(ListFile::plain(self.rewound()?), dialect),
        }
    }

    /// Opens it at its start for a pass over all rows. The first whole pass makes digests of its
    /// content; in a later one, other content is [`ReadError::Changed`].
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_compared(&self, dialect: &Dialect) -> Result<SourceReader, ReadError> {
        match self.format {
            Format::Xlsx => self.sheet(self.copied()?, dialect),
            Format::Csv | Format::Vcf => self.reader(self.compared()?, dialect),
        }
    }

    /// Reads it to its end and returns whether its content is that of the first pass.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn has_same_content(&self) -> Result<bool, ReadError> {
        match io::copy(&mut self.compared()?, &mut io::sink()) {
            Ok(_) => Ok(true),
            Err(error) if Changed::is(&error) => Ok(false),
            Err(error) => Err(ReadError::io(&self.name, error)),
        }
    }

    /// Returns whether it begins with the byte-order mark of UTF-8.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn begins_with_utf8_mark(&self) -> Result<bool, ReadError> {
        let head = self.rewound().map(read_head)?;
        let head = head.map_err(|source| ReadError::io(&self.name, source))?;
        Ok(head.starts_with(b"\xEF\xBB\xBF"))
    }

    /// Nobody else can write to the copy of standard input.
    fn compared(&self) -> Result<ListFile, ReadError> {
        let file = self.rewound()?;
        Ok(match &self.path {
            Some(_) => ListFile::compared(file, &self.digests),
            None => ListFile::plain(file),
        })
    }

    /// A copy without a name of what was compared: the parts of a spreadsheet are read in any order,
    /// and nobody else can write to the copy meanwhile.
    fn copied(&self) -> Result<File, ReadError> {
        let mut compared = self.compared()?;
        let mut copy = || -> io::Result<File> {
            let mut file = tempfile::tempfile()?;
            io::copy(&mut compared, &mut file)?;
            file.seek(SeekFrom::Start(0))?;
            Ok(file)
        };
        copy().map_err(|source| ReadError::io(&self.name, source))
    }

    fn sheet(&self, file: File, dialect: &Dialect) -> Result<SourceReader, ReadError> {
        let name = self.name.clone();
        match file.metadata() {
            Err(source) => return Err(ReadError::io(&name, source)),
            Ok(metadata) if metadata.len() == 0 => {
                return Err(ReadError::NotAList { name, kind: FileKind::Empty });
            }
            Ok(_) => {}
        }
        let mut again = file.try_clone().map_err(|source| ReadError::io(&name, source))?;
        match SheetReader::open(file, self.id, &name, &dialect.sheet) {
            Ok(reader) => Ok(SourceReader::Sheet(Box::new(reader))),
            // Web pages and XML are often named .xls by the programs that export them.
            Err(ReadError::Sheet { name, problem: SheetProblem::NotASpreadsheet }) => {
                let head = again.rewind().and_then(|()| read_head(again));
                Err(match head.map(|head| file_kind(&head)) {
                    Ok(
                        kind @ (FileKind::Html
                        | FileKind::Xml
                        | FileKind::Pdf
                        | FileKind::Image
                        | FileKind::Json
                        | FileKind::Archive),
                    ) => ReadError::NotAList { name, kind },
                    _ => ReadError::Sheet { name, problem: SheetProblem::NotASpreadsheet },
                })
            }
            Err(error) => Err(error),
        }
    }

    fn reader(&self, file: ListFile, dialect: &Dialect) -> Result<SourceReader, ReadError> {
        match self.format {
            Format::Vcf => {
                let name = self.name.clone();
                let io = |source| ReadError::io(&name, source);
                if file.is_empty().map_err(io)? {
                    return Err(ReadError::NotAList { name, kind: FileKind::Empty });
                }
                if let EncodingChoice::Only(FileEncoding::CodePage(_)) = dialect.encoding {
                    return Err(ReadError::CardsInCodePage { name });
                }
                let cards = Cards::new(file, self.id).in_encoding(dialect.encoding);
                Ok(SourceReader::Vcf(Box::new(VcfReader { cards, name, ended: false })))
            }
            Format::Csv | Format::Xlsx => {
                let options = CsvOptions {
                    name: self.name.clone(),
                    encoding: dialect.encoding,
                    delimiter: dialect.delimiter,
                };
                Ok(SourceReader::Csv(Box::new(CsvReader::open(file, self.id, &options)?)))
            }
        }
    }

    /// Its current stamp: another one means that the file has changed.
    ///
    /// # Errors
    /// When it does not exist any more.
    pub fn stamp(&self) -> Result<Stamp, ReadError> {
        let metadata = match (&self.path, &self.spool) {
            (Some(path), _) => fs::metadata(path),
            (None, Some(file)) => file.metadata(),
            (None, None) => Err(io::ErrorKind::NotFound.into()),
        };
        match metadata {
            Ok(metadata) => Ok(Stamp::of(&metadata)),
            Err(source) => Err(ReadError::io(&self.name, source)),
        }
    }

    fn rewound(&self) -> Result<File, ReadError> {
        let rewound = || -> io::Result<File> {
            match (&self.path, &self.spool) {
                (Some(path), _) => plain_file::open(path),
                (None, Some(spool)) => {
                    let mut file = spool.try_clone()?;
                    file.seek(SeekFrom::Start(0))?;
                    Ok(file)
                }
                (None, None) => Err(io::ErrorKind::NotFound.into()),
            }
        };
        rewound().map_err(|source| not_opened(&self.name, self.format, source))
    }
}

/// The inputs at the paths in `given`, in order, with the lists of each folder in its place. A file
/// of a folder that `is_ours` is not a list, and `format` is not that of one that is given.
///
/// # Errors
/// When one is missing or of unknown format, a folder contains no list, or a signal comes while
/// standard input is read.
pub fn sources(
    given: &[PathBuf],
    format: Option<Format>,
    is_ours: &dyn Fn(&Path) -> bool,
    stop: &Stop,
) -> Result<Vec<Source>, ReadError> {
    let mut sources = Vec::with_capacity(given.len());
    let next = |sources: &[Source]| SourceId(u32::try_from(sources.len()).unwrap_or(u32::MAX));
    for path in given {
        if path.as_os_str() == "-" {
            sources.push(Source::stdin(next(&sources), format, stop)?);
        } else if path.is_dir() {
            for file in lists_in(path, is_ours)? {
                sources.push(Source::file(next(&sources), &file, format_by_content(&file))?);
            }
        } else {
            let format = format.filter(|_| !is_ours(path)).or_else(|| format_by_content(path));
            sources.push(Source::file(next(&sources), path, format)?);
        }
    }
    Ok(sources)
}

/// The lists in a folder, sorted by name. Hidden files are none: macOS writes a `._a.vcf` beside
/// `a.vcf`, and Excel a `~$a.xlsx` beside the `a.xlsx` that is open.
fn lists_in(folder: &Path, is_ours: &dyn Fn(&Path) -> bool) -> Result<Vec<PathBuf>, ReadError> {
    let name = name_of(folder);
    let read = || -> io::Result<Vec<PathBuf>> {
        let entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
        Ok(entries.into_iter().map(|entry| entry.path()).collect())
    };
    let mut files = match read() {
        Ok(files) => files,
        Err(source) => return Err(ReadError::Io { name, source }),
    };
    let is_hidden = |path: &Path| {
        path.file_name()
            .map(OsStr::as_encoded_bytes)
            .is_some_and(|name| name.starts_with(b".") || name.starts_with(b"~$"))
    };
    files.retain(|path| {
        !is_hidden(path) && path.is_file() && format_of(path).is_some() && !is_ours(path)
    });
    files.sort();
    match files.is_empty() {
        true => Err(ReadError::NoLists { name }),
        false => Ok(files),
    }
}

/// The format for the extension of a file's name.
fn format_of(path: &Path) -> Option<Format> {
    let extension = path.extension()?.to_str()?.to_ascii_lowercase();
    match extension.as_str() {
        "csv" | "tsv" | "txt" => Some(Format::Csv),
        // The other kinds are opened for the error that says how to convert them.
        "xlsx" | "xlsm" | "xltx" | "ods" | "ots" | "xls" | "xlsb" | "fods" | "numbers" => {
            Some(Format::Xlsx)
        }
        "vcf" | "vcard" => Some(Format::Vcf),
        _ => None,
    }
}

/// The format of a file that begins like vCards or like a spreadsheet, whatever its name is.
#[must_use]
pub fn format_by_content(path: &Path) -> Option<Format> {
    let head = head_of(path).ok()?;
    match file_kind(&head) {
        FileKind::Spreadsheet | FileKind::OtherSpreadsheet => Some(Format::Xlsx),
        _ => looks_like_vcard(&head).then_some(Format::Vcf),
    }
}

/// The error for a file whose name has no known extension: its first bytes may show that it is no
/// list.
fn unknown_format(path: &Path, name: String) -> ReadError {
    match head_of(path).map(|head| file_kind(&head)) {
        Err(source) => not_opened(&name, Format::Csv, source),
        Ok(
            FileKind::Text | FileKind::Vcard | FileKind::Binary | FileKind::Empty | FileKind::Blank,
        ) => ReadError::UnknownFormat { name },
        Ok(kind) => ReadError::NotAList { name, kind },
    }
}

fn head_of(path: &Path) -> io::Result<Vec<u8>> {
    read_head(plain_file::open(path)?)
}

fn name_of(path: &Path) -> String {
    printable(&path.display().to_string()).into_owned()
}

fn not_opened(name: &str, format: Format, error: io::Error) -> ReadError {
    match NotPlain::of(&error) {
        Some(NotPlain::Pipe) => ReadError::Pipe { name: name.to_owned(), format: format.word() },
        _ => ReadError::io(name, error),
    }
}
