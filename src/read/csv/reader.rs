//! The CSV reader: the header, and then a record for each row, valid or broken.

use std::io::{self, Read};

use super::boundary::{Boundary, Quote, Quotes, RecordSpan, find_boundary, multiline_cells};
use super::buffer::RecordBuffer;
use super::defects;
use super::delimiter::Delimiter;
use super::fields::RecordSplitter;
use super::runaway_quote::contains_rows;
use super::second_header::HeaderCells;
use super::sniff;
use super::width::{Width, is_blank};
use crate::read::encoding::{
    DecodedText, DecodingReader, EncodingChoice, RecordDecoder, read_head,
};
use crate::read::error::ReadError;
use crate::read::file_kind::{FileKind, file_kind};
use crate::read::note::NoteKind;
use crate::read::{Cells, Place, Record, Row, SkipReason, SourceId};

/// The reject code of every broken row.
const ROW_BROKEN: &str = "row_broken";

/// The bytes that are kept of a record that is too long.
const KEPT_OF_LONG: usize = 1000;

/// The options for reading a CSV file.
#[derive(Debug, Clone, Default)]
pub struct CsvOptions {
    /// The name of the input in errors: `people.csv`, `standard input`.
    pub name: String,
    /// The value of `--encoding`.
    pub encoding: EncodingChoice,
    /// The value of `--delimiter`; `None` finds it.
    pub delimiter: Option<Delimiter>,
}

/// The facts about a CSV file that were found or given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// The encoding's name: `UTF-8`, `UTF-16LE`, `windows-1252`, …
    pub encoding: &'static str,
    /// The character between two cells.
    pub delimiter: Delimiter,
    /// The rows so far, with the header, that were not UTF-8 and have been read as Windows-1252.
    pub windows_1252_rows: u64,
}

/// A CSV file that is being read. As an iterator it gives the rows after the header.
pub struct CsvReader<R> {
    name: String,
    source: SourceId,
    buffer: RecordBuffer<DecodingReader<R>>,
    splitter: RecordSplitter,
    decoder: RecordDecoder,
    header: Row,
    header_cells: HeaderCells,
    width: Width,
    facts: Facts,
}

impl<R: Read> CsvReader<R> {
    /// Opens a CSV file and reads its header.
    ///
    /// # Errors
    /// When the input cannot be read, is another kind of file, has no row, or its first row is
    /// broken.
    pub fn open(mut input: R, source: SourceId, options: &CsvOptions) -> Result<Self, ReadError> {
        let name = options.name.clone();
        let io_error = |source| ReadError::io(&options.name, source);
        let head = read_head(&mut input).map_err(io_error)?;
        match (file_kind(&head), options.encoding) {
            (FileKind::Text | FileKind::Blank, _) => {}
            (FileKind::Binary, EncodingChoice::Only(_)) => {}
            (kind, _) => return Err(ReadError::NotAList { name, kind }),
        }
        let encoding = options.encoding.detect(&head);
        let input = DecodingReader::new(head, input, encoding);
        let mut buffer = RecordBuffer::new(input).map_err(io_error)?;
        let sep_line = sniff::sep_line(buffer.bytes());
        if let Some((_, length)) = sep_line {
            buffer.advance(length, 0);
        }
        let delimiter = options
            .delimiter
            .or(sep_line.map(|(delimiter, _)| delimiter))
            .unwrap_or_else(|| sniff::find_delimiter(buffer.bytes(), buffer.continuation()));
        let place = Place { source, line: 1 };
        let mut reader = Self {
            name,
            source,
            buffer,
            splitter: RecordSplitter::new(delimiter),
            decoder: RecordDecoder::new(options.encoding, encoding),
            header: Row { place, cells: Cells::default(), notes: Vec::new() },
            header_cells: HeaderCells::default(),
            width: Width::ANY,
            facts: Facts { encoding: encoding.name(), delimiter, windows_1252_rows: 0 },
        };
        reader.header = reader.read_header()?;
        reader.width = Width::of(&reader.header.cells);
        reader.header_cells = HeaderCells::of(&reader.header.cells);
        Ok(reader)
    }

    /// The first row that is not blank.
    fn read_header(&mut self) -> Result<Row, ReadError> {
        loop {
            match self.next_record()? {
                Some(Record::Skipped { .. } | Record::Card(_)) => {}
                Some(Record::Row(row)) => return Ok(row),
                Some(Record::Broken { row, reason, .. }) => {
                    let (name, line) = (self.name.clone(), row.place.line);
                    return Err(ReadError::NoHeader { name, line, reason });
                }
                None => {
                    let name = self.name.clone();
                    return Err(ReadError::NotAList { name, kind: FileKind::Blank });
                }
            }
        }
    }

    /// The first row. The caller decides whether it is a header or a row like the others.
    pub fn header(&self) -> &Row {
        &self.header
    }

    /// The facts about the file so far.
    pub fn facts(&self) -> Facts {
        self.facts
    }

    fn next_record(&mut self) -> Result<Option<Record>, ReadError> {
        let error = match self.read() {
            Ok(Some(Record::Row(row))) if self.is_second_header(&row.cells) => {
                ReadError::SecondHeader { name: self.name.clone(), line: row.place.line }
            }
            Ok(record) => return Ok(record),
            Err(source) => ReadError::io(&self.name, source),
        };
        self.buffer.close();
        Err(error)
    }

    fn is_second_header(&self, row: &Cells) -> bool {
        self.header_cells.are_in_another_order(&self.header.cells, row)
    }

    fn read(&mut self) -> io::Result<Option<Record>> {
        if !self.buffer.skip_empty_lines()? {
            return Ok(None);
        }
        let record = match self.buffer.find_boundary(self.facts.delimiter)? {
            Boundary::Complete(span) => self.complete(&span),
            Boundary::OpenQuote(quote) => self.open_quote(&quote),
            Boundary::TooLong | Boundary::Incomplete => self.too_long()?,
        };
        Ok(Some(record))
    }

    fn complete(&mut self, span: &RecordSpan) -> Record {
        let bytes = &self.buffer.bytes()[..span.content];
        let text = self.decoder.decode(bytes);
        let cells = self.splitter.split(text.as_str(), span.quotes);
        let place = self.place();
        if is_blank(&cells) {
            self.buffer.advance(span.end, span.lines);
            return Record::Skipped { place, reason: SkipReason::Empty };
        }
        let fits = self.width.fits(&cells);
        let defect = match &text {
            DecodedText::Valid(_) if self.buffer.is_clean() => None,
            _ => defects::of_text(bytes, &text, &cells, &self.header.cells, self.decoder),
        };
        let reason = defect.or_else(|| match fits {
            true => self.quote_defect(bytes, span, &cells),
            false => Some(self.width.reason(&cells, self.facts.delimiter)),
        });
        let windows_1252 = matches!(text, DecodedText::Windows1252(_));
        if let (false, Some(quote)) = (self.width.is_whole(&cells), span.multiline)
            && self.is_row(quote.next_line)
        {
            return self.open_quote(&quote);
        }
        self.buffer.advance(span.end, span.lines);
        // A broken row keeps all its cells, so that the user can fix it.
        let cells = if fits { self.width.trimmed(cells) } else { cells };
        let row = self.row(place, cells, windows_1252);
        match reason {
            None => Record::Row(row),
            Some(reason) => broken(row, reason),
        }
    }

    /// Returns `true` if the line at `start` of the buffer is a whole row by itself. Inside a cell
    /// of a row that is not whole, this shows that the cell's quote was never closed.
    fn is_row(&mut self, start: usize) -> bool {
        let bytes = &self.buffer.bytes()[start..];
        match find_boundary(bytes, self.facts.delimiter, self.buffer.continuation()) {
            Boundary::Complete(span) if span.lines == 1 && self.width != Width::ANY => {
                let text = self.decoder.decode(&bytes[..span.content]);
                let cells = self.splitter.split(text.as_str(), span.quotes);
                self.width.is_whole(&cells) && !is_blank(&cells)
            }
            _ => false,
        }
    }

    /// The reason why a record that fits is rejected for its quotes: rows may be inside one of its
    /// cells, or text follows a closing quote. The rows are not read as rows, because a note with
    /// numbers in it looks the same, and a number in a note is not a recipient.
    fn quote_defect(&self, record: &[u8], span: &RecordSpan, cells: &Cells) -> Option<String> {
        let delimiter = self.facts.delimiter;
        // Where cells are missing at the end of this row, they are missing in others as well.
        let width = match self.width.is_whole(cells) {
            true => self.width,
            false => self.width.with_cells_missing(),
        };
        let is_spaced = || self.header.cells.iter().skip(1).any(|cell| cell.starts_with(' '));
        let multiline = match span.multiline {
            Some(_) if self.width != Width::ANY => multiline_cells(record, delimiter),
            _ => Vec::new(),
        };
        let runaway = multiline
            .iter()
            .find(|quote| contains_rows(record, quote, delimiter, width, is_spaced()))
            .map(|quote| defects::of_runaway_quote(record, quote, self.buffer.line()));
        runaway
            .or_else(|| span.text_after_quote.map(|at| defects::of_text_after_quote(&record[..at])))
    }

    /// A record with an open quote ends with the quote's line, so that the lines after it are read
    /// as rows.
    fn open_quote(&mut self, quote: &Quote) -> Record {
        let bytes = &self.buffer.bytes()[..quote.next_line];
        let end = bytes.iter().rposition(|byte| !matches!(byte, b'\n' | b'\r'));
        let bytes = &bytes[..end.map_or(0, |last| last + 1)];
        let (before, after) = bytes.split_at(quote.at.min(bytes.len()));
        let line_start = memchr::memrchr2(b'\n', b'\r', before).map_or(0, |at| at + 1);
        let [before, line_before, after] =
            [before, &before[line_start..], after].map(|bytes| self.decoder.decode(bytes));
        let reason = defects::of_open_quote(
            self.buffer.line() + quote.lines_before,
            line_before.as_str().chars().count() + 1,
        );
        let record = format!("{}{}", before.as_str(), after.as_str());
        let cells = self.splitter.split_open(&record, before.as_str().len());
        let windows_1252 =
            [&before, &after].iter().any(|text| matches!(text, DecodedText::Windows1252(_)));
        let row = self.row(self.place(), cells, windows_1252);
        self.buffer.advance(quote.next_line, quote.lines_before + 1);
        broken(row, reason)
    }

    /// A record that is too long is skipped up to the end of its line; only its start is kept.
    fn too_long(&mut self) -> io::Result<Record> {
        let bytes = self.buffer.bytes();
        let text = String::from_utf8_lossy(&bytes[..bytes.len().min(KEPT_OF_LONG)]);
        let cells = self.splitter.split(&text, Quotes::None);
        let row = self.row(self.place(), cells, false);
        self.buffer.skip_line()?;
        Ok(broken(row, defects::of_length()))
    }

    fn place(&self) -> Place {
        Place { source: self.source, line: self.buffer.line() }
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

impl<R: Read> Iterator for CsvReader<R> {
    type Item = Result<Record, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_record().transpose()
    }
}

fn broken(row: Row, reason: String) -> Record {
    Record::Broken { row, code: ROW_BROKEN, reason }
}
