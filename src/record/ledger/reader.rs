//! Reads a results file record by record, in constant memory.
//!
//! A line without a quote is split at its separators; a record with one is parsed by the csv crate.
//! A last line that is torn (a run was killed in the middle of its write) is left out; any other
//! broken line is an error, because a message whose outcome is left out would be sent again. So is a
//! line end inside a record or the header: we write none, and behind a quote in the wrong place whole
//! lines would be taken for one cell.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::broken_line::BROKEN_LINE;
use super::columns::Layout;
use super::entry::{Record, time};
use crate::prepare::message::IdKey;
use crate::read::buffer::RefillBuffer;
use crate::read::own_columns::Column;
use crate::read::plain_file;
use crate::record::csv_text::BOM;
use crate::record::error::Error;
use crate::record::fs::Touched;

/// The number of bytes that are read from the file at once.
const BLOCK: usize = 256 * 1024;

/// The usual length of a line, to reserve memory. A wrong guess costs only time.
const USUAL_LINE: u64 = 250;

/// A longer record has others behind a quote that is never closed.
const LONGEST_RECORD: usize = 1024 * 1024;

const OPEN_QUOTE: &str = "a quote that opens here is never closed (fix or remove this line)";

const LINE_END_INSIDE: &str =
    "a line end is inside a cell: a quote is in the wrong place (fix or remove this line)";

const ZEROS_INSIDE: &str = "zero bytes are inside, as after a power cut (remove this line)";

/// The records of one results file, in order.
pub struct Records<R = File> {
    path: PathBuf,
    header: Vec<u8>,
    layout: Layout,
    /// The file; the bytes that were taken last are the current record.
    input: RefillBuffer<R>,
    /// The start of the next record, in bytes from the start of the file.
    offset: u64,
    /// The number of bytes behind that which are torn.
    torn: u64,
    /// The line on which the next record begins, from 1.
    line: u64,
    terminated: bool,
    /// True if a last line with too few cells may end with a line end: an editor adds one.
    torn_may_be_terminated: bool,
    unquoter: Unquoter,
    cells: Vec<Range<usize>>,
}

/// The form of the current record.
struct Span {
    quoted: bool,
    /// True if a quote in it is never closed: the record ends with the file.
    open: bool,
}

impl Records<File> {
    /// Opens a results file and reads its header. A new file (0 bytes, a header that a run could not
    /// finish because it was killed, or zeros in its place after a power cut) has no records, and
    /// its [`offset`](Self::offset) is 0.
    ///
    /// # Errors
    /// [`Error::Io`], or [`Error::NotALedger`] for content without our header.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let input = plain_file::open(path).map_err(Error::reading("open", path))?;
        Self::behind_header(input, path)
    }

    /// The estimated number of records.
    pub(super) fn expected(&self) -> usize {
        let length = self.input.input().metadata().map_or(0, |file| file.len());
        usize::try_from(length / USUAL_LINE).unwrap_or(0)
    }

    /// Checks that the file at the path is still the one that was read to its end.
    pub(super) fn check_unchanged(&self) -> Result<(), Error> {
        Error::if_touched(&self.path, self.input.input(), self.offset + self.torn)
    }

    /// Goes back to the `line` that begins at `start` and passes over it, whatever is in it. Returns
    /// its bytes.
    pub(super) fn pass_over_line(&mut self, start: u64, line: u64) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::new();
        let input = self.input.restart();
        let read = input.seek(SeekFrom::Start(start)).and_then(|_| {
            BufReader::new(&mut *input).read_until(b'\n', &mut bytes)?;
            input.seek(SeekFrom::Start(start + bytes.len() as u64))
        });
        self.offset = read.map_err(self.reading())?;
        self.torn = 0;
        self.line = line + 1;
        self.terminated = bytes.ends_with(b"\n");
        Ok(bytes)
    }

    /// Goes to an offset at which a record began earlier. Returns `false` when no line begins
    /// there: the file is not the one that it was. The line numbers behind it are meaningless.
    fn jump_to(&mut self, offset: u64) -> Result<bool, Error> {
        let length = self.input.input().metadata().map_err(self.reading())?.len();
        if offset == 0 || offset < self.offset || offset > length {
            return Ok(false);
        }
        let mut before = [0];
        let input = self.input.restart();
        let read =
            input.seek(SeekFrom::Start(offset - 1)).and_then(|_| input.read_exact(&mut before));
        read.map_err(self.reading())?;
        if before != *b"\n" {
            return Ok(false);
        }
        self.offset = offset;
        Ok(true)
    }
}

impl<R: Read> Records<R> {
    /// Reads records in a known layout that have no header above them, the first of them on `line`.
    pub(in crate::record) fn bare(input: R, path: &Path, layout: Layout, line: u64) -> Self {
        Self {
            path: path.to_owned(),
            unquoter: Unquoter::new(layout.delimiter),
            header: Layout::our_header(),
            layout,
            input: RefillBuffer::new(input, BLOCK),
            offset: 0,
            torn: 0,
            line,
            terminated: true,
            torn_may_be_terminated: false,
            cells: Vec::new(),
        }
    }

    fn behind_header(input: R, path: &Path) -> Result<Self, Error> {
        let mut records = Self::bare(input, path, Layout::ours(), 1);
        records.torn_may_be_terminated = true;
        let Some(header) = records.next_span()? else {
            return Ok(records);
        };
        if header.open {
            return Err(records.unreadable(1, OPEN_QUOTE));
        }
        let header = records.input.taken().to_owned();
        if !header.ends_with(b"\n") && is_unfinished(&header, &records.header) {
            records.tear_off(0);
            return Ok(records);
        }
        let mut pieces = without_end(&header).split(|byte| *byte == b'\r');
        let first = pieces.next().unwrap_or_default();
        if pieces.next().is_some() && Layout::of_header(first).is_some() {
            // All lines would be one header, and the file would have no outcomes.
            let reason = "its lines end as an old Macintosh's do (save it as CSV UTF-8 again)";
            return Err(records.unreadable(1, reason));
        }
        let layout = Layout::of_header(&header);
        if layout.is_some() && memchr::memchr3(b'\n', b'\r', 0, without_end(&header)).is_some() {
            return Err(records.unreadable(1, LINE_END_INSIDE));
        }
        records.header = header;
        records.layout = layout.ok_or_else(|| Error::NotALedger { path: path.to_owned() })?;
        records.unquoter = Unquoter::new(records.layout.delimiter);
        Ok(records)
    }

    /// Returns the next whole record, `None` after the last one. Empty lines are skipped.
    ///
    /// # Errors
    /// [`Error::Io`], or [`Error::Unreadable`] for a broken line that is not the file's torn end.
    pub fn next_record(&mut self) -> Result<Option<Record<'_>>, Error> {
        loop {
            let (start, line) = (self.offset, self.line);
            let Some(span) = self.next_span()? else {
                return Ok(None);
            };
            self.split(&span, line)?;
            if self.is_blank(&span) {
                continue;
            }
            if self.cells.len() != self.layout.width() {
                return self.end_or_error(&span, start, line).map(|()| None);
            }
            if span.open {
                // What is appended would be inside the quote.
                return Err(self.unreadable(line, OPEN_QUOTE));
            }
            // The last line may lack its end.
            let ends = u64::from(self.input.taken().ends_with(b"\n"));
            if self.line - line > ends {
                return Err(self.unreadable(line, LINE_END_INSIDE));
            }
            match memchr::memchr2(b'\r', 0, without_end(self.input.taken())) {
                None => return Ok(Some(self.record(&span, line))),
                Some(at) if self.input.taken()[at] == b'\r' => {
                    return Err(self.unreadable(line, LINE_END_INSIDE));
                }
                Some(_) => return self.zeros_or_error(start, line).map(|()| None),
            }
        }
    }

    /// The start of the next record or the end of the last whole one, in bytes from the start of
    /// the file.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// The line on which the next record begins, from 1.
    pub(super) fn next_line(&self) -> u64 {
        self.line
    }

    /// The number of torn bytes behind the last record.
    pub(super) fn torn(&self) -> u64 {
        self.torn
    }

    /// Returns whether the file ends with a part of a record, and not only of a header.
    pub(super) fn has_torn_record(&self) -> bool {
        self.offset > 0 && self.torn > 0
    }

    /// Checks that the file, which was read to its end, had `length` bytes: whoever saves a file in
    /// place empties it for a moment.
    pub(super) fn check_was_whole(&self, length: u64) -> Result<(), Error> {
        match self.offset == length {
            true => Ok(()),
            false => Err(Error::Touched {
                path: self.path.clone(),
                change: Touched::Length(self.offset),
                length,
            }),
        }
    }

    /// Ends the file at `offset`, where the last whole record ends.
    fn tear_off(&mut self, offset: u64) {
        self.torn = self.offset - offset;
        self.offset = offset;
    }

    /// Returns whether the last record ends with a line end.
    pub(in crate::record) fn terminated(&self) -> bool {
        self.terminated
    }

    /// The file.
    pub(in crate::record) fn path(&self) -> &Path {
        &self.path
    }

    /// The header line of the file, or the one for a new file.
    pub(in crate::record) fn header(&self) -> &[u8] {
        &self.header
    }

    /// The columns and separators of the file.
    pub(in crate::record) fn layout(&self) -> &Layout {
        &self.layout
    }

    /// An error that names this file and a line of it.
    #[must_use]
    pub fn unreadable(&self, line: u64, reason: impl Into<String>) -> Error {
        Error::Unreadable { path: self.path.clone(), line, reason: reason.into() }
    }

    fn reading(&self) -> impl FnOnce(io::Error) -> Error {
        Error::reading("read", &self.path)
    }

    fn record(&self, span: &Span, line: u64) -> Record<'_> {
        let raw = self.input.taken();
        Record {
            raw,
            text: if span.quoted { self.unquoter.text() } else { raw },
            cells: &self.cells,
            layout: &self.layout,
            line,
        }
    }

    /// Returns whether the line is nothing but separators: a spreadsheet leaves such lines for
    /// emptied rows.
    fn is_blank(&self, span: &Span) -> bool {
        !span.quoted && self.cells.iter().all(Range::is_empty)
    }

    /// Ends the file at a torn last line: it has too few cells and nothing follows it. Any other
    /// line with a wrong number of cells is an error.
    fn end_or_error(&mut self, span: &Span, start: u64, line: u64) -> Result<(), Error> {
        let (has, width) = (self.cells.len(), self.layout.width());
        let others_inside = span.quoted && without_end(self.input.taken()).contains(&b'\n');
        let torn = self.torn_may_be_terminated || !self.input.taken().ends_with(b"\n");
        if torn && has < width && !others_inside && self.at_end()? {
            self.tear_off(start);
            self.terminated = true;
            return Ok(());
        }
        let reason = match others_inside {
            true => OPEN_QUOTE.to_owned(),
            false => format!("{has} cells where the header has {width} (fix or remove this line)"),
        };
        Err(self.unreadable(line, reason))
    }

    /// Ends the file at a last line with zero bytes in it: it was not synced before a power cut.
    fn zeros_or_error(&mut self, start: u64, line: u64) -> Result<(), Error> {
        if self.terminated || !self.at_end()? {
            return Err(self.unreadable(line, ZEROS_INSIDE));
        }
        self.tear_off(start);
        self.terminated = true;
        Ok(())
    }

    fn at_end(&mut self) -> Result<bool, Error> {
        while self.input.unread().is_empty() && !self.input.ended() {
            self.fill()?;
        }
        Ok(self.input.unread().is_empty())
    }

    /// Finds the cells of a record, in its bytes or in its unquoted copy.
    fn split(&mut self, span: &Span, line: u64) -> Result<(), Error> {
        let raw = self.input.taken();
        self.cells.clear();
        if span.quoted {
            let read = self.unquoter.read(raw, &mut self.cells);
            return match read.map_err(Error::reading("read", &self.path))? {
                true => Ok(()),
                false => Err(self
                    .unreadable(line, "a quote is in the wrong place (fix or remove this line)")),
            };
        }
        let line = without_end(raw);
        let mut start = 0;
        for end in memchr::memchr_iter(self.layout.delimiter, line) {
            self.cells.push(start..end);
            start = end + 1;
        }
        self.cells.push(start..line.len());
        Ok(())
    }

    /// Consumes the bytes up to the next line end outside of quotes.
    fn next_span(&mut self) -> Result<Option<Span>, Error> {
        let mut scan = Scan::default();
        let length = loop {
            let rest = self.input.unread();
            match scan.record_end(rest) {
                Some(end) => break end,
                None if self.input.ended() => break rest.len(),
                None if rest.len() > LONGEST_RECORD => {
                    return Err(self.unreadable(
                        self.line,
                        "this line does not end (a quote that is never closed?)",
                    ));
                }
                None => self.fill()?,
            }
        };
        if length == 0 {
            return Ok(None);
        }
        let record = self.input.take(length);
        self.terminated = !scan.open && record.ends_with(b"\n");
        self.offset += length as u64;
        self.line += scan.lines;
        Ok(Some(Span { quoted: scan.quoted, open: scan.open }))
    }

    fn fill(&mut self) -> Result<(), Error> {
        self.input.fill().map(|_| ()).map_err(self.reading())
    }
}

/// Returns whether a first line without an end is what a run left that was killed, or what a power
/// cut left of it.
fn is_unfinished(line: &[u8], our_header: &[u8]) -> bool {
    let zeros = line.len() <= our_header.len() && line.iter().all(|byte| *byte == 0);
    zeros || our_header.starts_with(line) || begins_like(without_bom(our_header), without_bom(line))
}

/// Returns whether `line` is the beginning of `header`, as it is or as a spreadsheet saves it, with
/// another separator.
fn begins_like(header: &[u8], line: &[u8]) -> bool {
    let same = |(ours, theirs): (&u8, &u8)| match ours {
        b',' => [b',', b';', b'\t'].contains(theirs),
        _ => ours == theirs,
    };
    line.len() <= header.len() && header.iter().zip(line).all(same)
}

fn without_bom(line: &[u8]) -> &[u8] {
    line.strip_prefix(BOM).unwrap_or(line)
}

/// A record without its line end.
fn without_end(raw: &[u8]) -> &[u8] {
    let line = raw.strip_suffix(b"\n").unwrap_or(raw);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// The search for the end of a record.
#[derive(Default)]
struct Scan {
    at: usize,
    lines: u64,
    quoted: bool,
    open: bool,
}

impl Scan {
    /// The length of the first record in `bytes`, line end included, if it ends there. Called again
    /// with more bytes, it continues where it was.
    fn record_end(&mut self, bytes: &[u8]) -> Option<usize> {
        while let Some(found) = memchr::memchr2(b'"', b'\n', &bytes[self.at..]) {
            let here = self.at + found;
            self.at = here + 1;
            if bytes[here] == b'"' {
                self.quoted = true;
                self.open = !self.open;
                continue;
            }
            self.lines += 1;
            if !self.open {
                return Some(self.at);
            }
        }
        self.at = bytes.len();
        None
    }
}

/// Parses records with quotes by the csv crate, one at a time. It keeps one csv reader: creating
/// one for each record costs more than the parsing.
struct Unquoter {
    reader: csv::Reader<Cursor<Vec<u8>>>,
    record: csv::ByteRecord,
}

impl Unquoter {
    fn new(delimiter: u8) -> Self {
        let reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .from_reader(Cursor::new(Vec::new()));
        Self { reader, record: csv::ByteRecord::new() }
    }

    /// Parses one record; `cells` receives the place of each of its cells in [`text`](Self::text).
    /// Returns `false` when `raw` is more than one record: a quote is in the wrong place.
    fn read(&mut self, raw: &[u8], cells: &mut Vec<Range<usize>>) -> io::Result<bool> {
        let bytes = self.reader.get_mut().get_mut();
        bytes.clear();
        bytes.extend_from_slice(raw);
        self.reader.seek_raw(SeekFrom::Start(0), csv::Position::new())?;
        self.reader.read_byte_record(&mut self.record)?;
        cells.extend((0..self.record.len()).filter_map(|at| self.record.range(at)));
        let end = raw.iter().rev().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        Ok(self.reader.position().byte() >= (raw.len() - end) as u64)
    }

    /// The cells of the last record, one behind the other.
    fn text(&self) -> &[u8] {
        self.record.as_slice()
    }
}

/// The ids of the lines that the run of the time `run` wrote: those behind the first `length` bytes
/// of a results file. When no line begins there, another program has saved the file since; then it
/// is the lines with this run's time.
pub(in crate::record) fn ids_of_run(
    results: &Path,
    length: u64,
    run: Timestamp,
) -> Result<HashSet<IdKey>, Error> {
    let mut ids = HashSet::new();
    let mut records = Records::open(results)?;
    let behind = records.jump_to(length)?;
    if !behind {
        records = Records::open(results)?;
    }
    let run = time(run);
    while let Some(record) = records.next_record()? {
        let of_run = behind || record.bytes(Column::Run) == run.as_bytes();
        // Of such a message the in-flight file knows more.
        if of_run && record.bytes(Column::ErrorCode) != BROKEN_LINE.as_bytes() {
            ids.insert(IdKey::of_bytes(record.bytes(Column::MessageId)));
        }
    }
    Ok(ids)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A file that is read in small pieces, so that every record crosses the end of a block.
    struct Drip<'a>(&'a [u8], usize);

    impl Read for Drip<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let length = self.1.min(buffer.len());
            self.0.read(&mut buffer[..length])
        }
    }

    /// Each record's id, status and name, or the error's text; then the length of the whole
    /// records.
    fn read(text: &[u8], piece: usize) -> (Vec<String>, u64) {
        let mut read = Vec::new();
        let mut records = match Records::behind_header(Drip(text, piece), Path::new("r.csv")) {
            Ok(records) => records,
            Err(error) => return (vec![error.to_string()], 0),
        };
        loop {
            match records.next_record() {
                Ok(Some(record)) => {
                    let cells = [Column::MessageId, Column::Status, Column::Name];
                    let cells = cells.map(|column| record.text(column).into_owned());
                    read.push(format!("{}: {}", record.line, cells.join("|")));
                }
                Ok(None) => return (read, records.offset()),
                Err(error) => return (vec![error.to_string()], 0),
            }
        }
    }

    const HEADER: &str = "message_id,status,name,gateway\n";

    #[test]
    fn every_form_of_a_whole_file_is_read() {
        let head = HEADER.trim_end();
        for (text, expected) in [
            (
                format!("{head}\na,sent,Jane,g\nb,failed,,g\n"),
                vec!["2: a|sent|Jane", "3: b|failed|"],
            ),
            (format!("\u{feff}{head}\na,sent,Zoë,g\n"), vec!["2: a|sent|Zoë"]),
            (format!("{head}\r\na,sent,J,g\r\nb,sent,K,g\r\n"), vec!["2: a|sent|J", "3: b|sent|K"]),
            (format!("{head}\na,sent,J,g"), vec!["2: a|sent|J"]),
            ("name;x;gateway;status;message_id\nJ;?;g;sent;a\n".to_owned(), vec!["2: a|sent|J"]),
            ("message_id\tgateway\tstatus\na\tg\tsent\n".to_owned(), vec!["2: a|sent|"]),
            (format!("{head}\na,sent,\"Doe, J\",g\n"), vec!["2: a|sent|Doe, J"]),
            (
                format!("{head}\na,sent,\"J \"\"x\"\"\",g\r\nb,sent,K,g\n"),
                vec!["2: a|sent|J \"x\"", "3: b|sent|K"],
            ),
            (
                format!("{head}\na,sent,'=1,g\nb,sent,'tis,g\n"),
                vec!["2: a|sent|=1", "3: b|sent|'tis"],
            ),
            (format!("{head}\n\na,sent,J,g\n,,,\n\r\n"), vec!["3: a|sent|J"]),
            (head.to_owned(), vec![]),
            (String::new(), vec![]),
        ] {
            for piece in [1, 7, BLOCK] {
                let (records, length) = read(text.as_bytes(), piece);
                assert_eq!(records, expected, "{text}");
                assert_eq!(length, text.len() as u64, "{text}");
            }
        }
    }

    #[test]
    fn a_torn_end_is_left_out() {
        let whole = format!("{HEADER}a,sent,J,g\n");
        for torn in [
            "b",
            "b,sen",
            "b,sent,\"Do",
            "b,sent,\"Do\n",
            "b,sent,\"D \"",
            "\0\0\0\0",
            "b,sent\n",
            "b,sent,J,\0\0",
            "b,sent,J,g\0",
        ] {
            for piece in [1, BLOCK] {
                let (records, length) = read(format!("{whole}{torn}").as_bytes(), piece);
                assert_eq!(records, ["2: a|sent|J"], "{torn}");
                assert_eq!(length, whole.len() as u64, "{torn}");
            }
        }
    }

    #[test]
    fn a_header_that_was_cut_off_is_a_new_file() {
        let header = Layout::our_header();
        for end in 0..header.len() {
            assert_eq!(read(&header[..end], BLOCK), (vec![], 0), "{end}");
        }
    }

    #[test]
    fn zeros_in_place_of_a_header_are_a_new_file() {
        let longest = Layout::our_header().len();
        for zeros in [1, longest] {
            assert_eq!(read(&vec![0; zeros], BLOCK), (vec![], 0), "{zeros}");
        }
        let (read, _) = read(&vec![0; longest + 1], BLOCK);
        assert!(read[0].starts_with("r.csv is not a results file"), "{read:?}");
    }

    #[test]
    fn a_header_with_a_line_end_inside_is_an_error() {
        for (header, rest) in [
            ("message_id,status,gateway,\"name\n", "a,sent,g,J\"\nb,sent,g,K\n"),
            ("message_id,status,gateway,size 5\"\n", "a,sent,g,J\nb,sent,g,\"K\"\n"),
            ("message_id,status,gateway,\"na\rme\"\n", "a,sent,g,J\n"),
        ] {
            let (read, _) = read(format!("{header}{rest}").as_bytes(), BLOCK);
            assert!(read[0].starts_with("r.csv line 1: "), "{read:?}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_an_error_with_a_line_number() {
        for (rest, expected) in [
            ("a,sent\nb,sent,J,g\n", "r.csv line 2: 2 cells where the header has 4"),
            ("a,sent,J,g\nb,sent,J,g,x\n", "r.csv line 3: 5 cells where the header has 4"),
            ("a,sent,\"J,g\nb,sent,K,g\n", "r.csv line 2: a quote that opens here is never closed"),
            ("a,sent,x\"J,g\nb,sent,K\"x,g\n", "r.csv line 2: a quote is in the wrong place"),
            ("a,sent,J,g\nb,sent,J,\"g\n", "r.csv line 3: a quote that opens here is never closed"),
            ("a,sent,\"J,g\nb,sent,K\",g\n", "r.csv line 2: a line end is inside a cell"),
            ("a,sent,J,g\nb,sent,\"J\nK\",g", "r.csv line 3: a line end is inside a cell"),
            ("a,sent,\"J\rK\",g\nb,sent,K,g\n", "r.csv line 2: a line end is inside a cell"),
            ("a,sent,J\rb,g\nb,sent,K,g\n", "r.csv line 2: a line end is inside a cell"),
            ("a,sent,\0\0\0,g\nb,sent,K,g\n", "r.csv line 2: zero bytes are inside"),
            ("a,sent,J,g\0\nb,sent,K,g\n", "r.csv line 2: zero bytes are inside"),
        ] {
            let (read, _) = read(format!("{HEADER}{rest}").as_bytes(), 5);
            assert!(read[0].starts_with(expected), "{read:?}");
        }
        let (open, _) = read(b"message_id,status,gateway,\"name\na,sent,g,J\n", BLOCK);
        assert!(open[0].starts_with("r.csv line 1: a quote that opens here"), "{open:?}");
        let (other, _) = read(b"name,phone\nJane,0712345678\n", BLOCK);
        assert!(other[0].starts_with("r.csv is not a results file of lipasend"), "{other:?}");
    }

    #[test]
    fn a_quote_that_is_open_for_a_megabyte_is_an_error() {
        let line = "a,sent,J,g\n".repeat(LONGEST_RECORD / 5);
        let (read, _) = read(format!("{HEADER}b,sent,\"J,g\n{line}").as_bytes(), BLOCK);
        assert!(read[0].starts_with("r.csv line 2: this line does not end"), "{read:?}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]
        #[test]
        fn no_bytes_cause_a_panic_and_blocks_make_no_difference(
            rest in "([ab,;\"'\n\r\0é]|sent|,){0,60}",
            piece in 1_usize..9,
        ) {
            let text = format!("{HEADER}{rest}");
            prop_assert_eq!(read(text.as_bytes(), piece), read(text.as_bytes(), BLOCK));
        }
    }
}
