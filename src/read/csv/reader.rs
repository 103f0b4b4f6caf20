//! A table: its header, and then a record for each row, good or broken.

use std::io::{self, Read};

use super::boundary::{Frame, Quote, Whole, frame, spanning};
use super::buffer::Window;
use super::defects::{self, Width};
use super::dialect::{self, Delimiter};
use super::fields::Splitter;
use super::runaway_quote::swallows_rows;
use crate::read::encoding::{Charset, Decoded, EncodingChoice, Text};
use crate::read::error::ReadError;
use crate::read::file_kind::{FileKind, file_kind};
use crate::read::note::NoteKind;
use crate::read::{Cells, Place, Record, Row, SourceId};

/// The reject code of everything that is wrong with a row here.
const ROW_BROKEN: &str = "row_broken";

/// Bytes that tell what kind of file it is, and its encoding.
const HEAD: u64 = 4096;

/// What is kept of a record that is too long, in bytes.
const KEPT_OF_LONG: usize = 1000;

/// How a table is to be read.
#[derive(Debug, Clone, Default)]
pub struct CsvOptions {
    /// How errors call the input: `people.csv`, `standard input`.
    pub name: String,
    /// What `--encoding` says.
    pub encoding: EncodingChoice,
    /// What `--delimiter` says; `None` finds it.
    pub delimiter: Option<Delimiter>,
}

/// What was found out about a table. The counts grow while it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// The encoding's name: `UTF-8`, `UTF-16LE`, `windows-1252`, …
    pub encoding: &'static str,
    /// What separates the cells.
    pub delimiter: Delimiter,
    /// Whether the first line is Excel's `sep=`.
    pub sep_line: bool,
    /// Rows up to here, the header with them, that were not UTF-8 and have been read as
    /// Windows-1252.
    pub windows_1252_rows: u64,
}

/// A table that is being read. As an iterator it gives the rows behind the header.
pub struct Table<R> {
    name: String,
    source: SourceId,
    window: Window<Decoded<R>>,
    splitter: Splitter,
    charset: Charset,
    header: Row,
    width: Width,
    facts: Facts,
}

impl<R: Read> Table<R> {
    /// Opens a table and reads its header.
    ///
    /// # Errors
    /// When the input cannot be read, is something else than a table, holds no row, or its first
    /// row is broken.
    pub fn open(input: R, source: SourceId, options: &CsvOptions) -> Result<Self, ReadError> {
        let name = options.name.clone();
        match Self::begin(input, source, options) {
            Ok(Ok(table)) => table.with_header(),
            Ok(Err(kind)) => Err(ReadError::NotATable { name, kind }),
            Err(source) => Err(ReadError::Io { name, source }),
        }
    }

    /// Everything up to the header: the kind of file, the encoding and the separator.
    fn begin(
        mut input: R,
        source: SourceId,
        options: &CsvOptions,
    ) -> io::Result<Result<Self, FileKind>> {
        let mut head = Vec::new();
        input.by_ref().take(HEAD).read_to_end(&mut head)?;
        match (file_kind(&head), options.encoding) {
            (FileKind::Text | FileKind::Blank, _) | (FileKind::Binary, EncodingChoice::Only(_)) => {
            }
            (kind, _) => return Ok(Err(kind)),
        }
        let encoding = options.encoding.of(&head);
        let mut window = Window::new(Decoded::new(head, input, encoding))?;
        let sep_line = dialect::sep_line(window.bytes());
        if let Some((_, length)) = sep_line {
            window.advance(length, 0);
        }
        let delimiter = options
            .delimiter
            .or(sep_line.map(|(delimiter, _)| delimiter))
            .unwrap_or_else(|| dialect::guess(window.bytes(), window.behind()));
        let header =
            Row { place: Place { source, line: 1 }, cells: Cells::default(), notes: Vec::new() };
        Ok(Ok(Self {
            name: options.name.clone(),
            source,
            window,
            splitter: Splitter::new(delimiter),
            charset: encoding.charset(),
            header,
            width: Width::ANY,
            facts: Facts {
                encoding: encoding.name(),
                delimiter,
                sep_line: sep_line.is_some(),
                windows_1252_rows: 0,
            },
        }))
    }

    /// Takes the first row that is not blank as the header.
    fn with_header(mut self) -> Result<Self, ReadError> {
        loop {
            match self.next_record()? {
                Some(Record::Skipped { .. } | Record::Card(_)) => {}
                Some(Record::Row(row)) => {
                    self.width = Width::of(&row.cells);
                    self.header = row;
                    return Ok(self);
                }
                Some(Record::Broken { row, reason, .. }) => {
                    return Err(ReadError::NoHeader {
                        name: self.name,
                        line: row.place.line,
                        reason,
                    });
                }
                None => {
                    return Err(ReadError::NotATable { name: self.name, kind: FileKind::Blank });
                }
            }
        }
    }

    /// The first row. Whether it is a header or a row like the others is for the caller to say.
    pub fn header(&self) -> &Row {
        &self.header
    }

    /// What is known about the table by now.
    pub fn facts(&self) -> Facts {
        self.facts
    }

    /// Adds up to `most` records to `records`; gives how many, 0 only at the end.
    ///
    /// # Errors
    /// When the input cannot be read any further.
    pub fn next_chunk(
        &mut self,
        records: &mut Vec<Record>,
        most: usize,
    ) -> Result<usize, ReadError> {
        for count in 0..most {
            match self.next_record()? {
                Some(record) => records.push(record),
                None => return Ok(count),
            }
        }
        Ok(most)
    }

    fn next_record(&mut self) -> Result<Option<Record>, ReadError> {
        self.read().map_err(|source| {
            self.window.close();
            ReadError::Io { name: self.name.clone(), source }
        })
    }

    fn read(&mut self) -> io::Result<Option<Record>> {
        if !self.window.skip_empty_lines()? {
            return Ok(None);
        }
        let frame = self.window.frame(self.facts.delimiter)?;
        let record = match frame {
            Frame::Whole(whole) => self.whole(&whole),
            Frame::Open(quote) => self.open_quote(&quote),
            Frame::Long | Frame::Unfinished => self.long()?,
        };
        Ok(Some(record))
    }

    fn whole(&mut self, whole: &Whole) -> Record {
        let bytes = &self.window.bytes()[..whole.content];
        let text = self.charset.text(bytes);
        let cells = self.splitter.cells(text.as_str(), whole.quoted);
        let place = self.place();
        if defects::is_blank(&cells) {
            self.window.advance(whole.end, whole.lines);
            return Record::Skipped { place, reason: "empty row" };
        }
        let damage = match &text {
            Text::Same(_) if self.window.is_clean() => None,
            _ => defects::of_text(bytes, &text, &cells, &self.header.cells, self.charset),
        };
        let windows_1252 = matches!(text, Text::Windows1252(_));
        let trailing = whole.trailing.map(|at| defects::of_trailing_text(&bytes[..at]));
        let fits = self.width.fits(&cells);
        let swallowed = match whole.spanning {
            Some(_) if fits && self.width != Width::ANY => self.swallowed(bytes),
            _ => None,
        };
        if let (false, Some(quote)) = (fits, whole.spanning)
            && self.is_row(quote.next_line)
        {
            return self.open_quote(&quote);
        }
        self.window.advance(whole.end, whole.lines);
        let reason = match damage {
            None if !fits => Some(self.width.reason(&cells, self.facts.delimiter)),
            None => swallowed.or(trailing),
            damage => damage,
        };
        // A broken row keeps all that it holds, so that it can be mended.
        let cells = if fits { self.width.trimmed(cells) } else { cells };
        let row = self.row(place, cells, windows_1252);
        match reason {
            None => Record::Row(row),
            Some(reason) => broken(row, reason),
        }
    }

    /// Whether the line at `start` of the window is a good row by itself. Inside a cell of a row
    /// that does not fit, it is the sign that the cell's quote was never closed.
    fn is_row(&mut self, start: usize) -> bool {
        let bytes = &self.window.bytes()[start..];
        match frame(bytes, self.facts.delimiter, self.window.behind()) {
            Frame::Whole(whole) if whole.lines == 1 && self.width != Width::ANY => {
                let text = self.charset.text(&bytes[..whole.content]);
                let cells = self.splitter.cells(text.as_str(), whole.quoted);
                self.width.fits(&cells) && !defects::is_blank(&cells)
            }
            _ => false,
        }
    }

    /// Why a record that fits is not believed: rows may stand in one of its cells. They are not read
    /// as rows either, because a note with numbers in it looks the same, and somebody's number in a
    /// note is nobody's recipient.
    fn swallowed(&self, record: &[u8]) -> Option<String> {
        let delimiter = self.facts.delimiter;
        let spaced = self.header.cells.iter().skip(1).any(|cell| cell.starts_with(' '));
        spanning(record, delimiter)
            .iter()
            .find(|quote| swallows_rows(record, quote, delimiter, self.width, spaced))
            .map(|quote| defects::of_swallowed_rows(record, quote, self.window.line()))
    }

    /// A record with an open quote ends with the quote's line, so that the lines behind it are
    /// read as the rows that they are.
    fn open_quote(&mut self, quote: &Quote) -> Record {
        let bytes = &self.window.bytes()[..quote.next_line];
        let end = bytes.iter().rposition(|byte| !matches!(byte, b'\n' | b'\r'));
        let bytes = &bytes[..end.map_or(0, |last| last + 1)];
        let (before, after) = bytes.split_at(quote.at.min(bytes.len()));
        let line_start = memchr::memrchr2(b'\n', b'\r', before).map_or(0, |at| at + 1);
        let [before, start, after] =
            [before, &before[line_start..], after].map(|bytes| self.charset.text(bytes));
        let reason = defects::of_open_quote(
            self.window.line() + quote.lines_before,
            start.as_str().chars().count() + 1,
        );
        let record = format!("{}{}", before.as_str(), after.as_str());
        let cells = self.splitter.cells_of_open(&record, before.as_str().len());
        let windows_1252 =
            [&before, &after].iter().any(|text| matches!(text, Text::Windows1252(_)));
        let row = self.row(self.place(), cells, windows_1252);
        self.window.advance(quote.next_line, quote.lines_before + 1);
        broken(row, reason)
    }

    /// A record that is too long is passed over up to its line's end; its beginning is kept.
    fn long(&mut self) -> io::Result<Record> {
        let bytes = self.window.bytes();
        let text = String::from_utf8_lossy(&bytes[..bytes.len().min(KEPT_OF_LONG)]);
        let cells = self.splitter.cells(&text, false);
        let row = self.row(self.place(), cells, false);
        self.window.skip_line()?;
        Ok(broken(row, defects::of_length()))
    }

    fn place(&self) -> Place {
        Place { source: self.source, line: self.window.line() }
    }

    fn row(&mut self, place: Place, cells: Cells, windows_1252: bool) -> Row {
        self.facts.windows_1252_rows += u64::from(windows_1252);
        Row {
            place,
            cells,
            notes: if windows_1252 { vec![NoteKind::Windows1252] } else { Vec::new() },
        }
    }
}

impl<R: Read> Iterator for Table<R> {
    type Item = Result<Record, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_record().transpose()
    }
}

fn broken(row: Row, reason: String) -> Record {
    Record::Broken { row, code: ROW_BROKEN, reason }
}
