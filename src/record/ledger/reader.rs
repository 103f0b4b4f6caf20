//! A results file as records, fast and in constant memory.
//!
//! A line without a quote is cut at its separators; a record with one goes through the csv crate.
//! What a line means is the reader's caller's. A last line that is torn (a run died in the middle of
//! its write) ends the file as if it were not there; any other broken line is an error, because an
//! outcome that is passed over would be sent again.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::columns::{Column, Layout};
use super::unquote::Unquoter;
use crate::prepare::message::IdKey;
use crate::read::formula::unescape_formula_bytes;
use crate::record::error::Error;
use crate::send::outcome::Status;

/// How much is asked of the file at once.
const BLOCK: usize = 256 * 1024;

/// About how long a line is, to make room before it is read. A wrong guess costs only time.
const USUAL_LINE: u64 = 250;

/// A record that is longer has swallowed others behind a quote that was never closed.
const LONGEST_RECORD: usize = 1024 * 1024;

/// The records of one results file, in order.
pub struct Records<R = File> {
    path: PathBuf,
    header: Vec<u8>,
    layout: Layout,
    input: R,
    buffer: Vec<u8>,
    /// What of the buffer is filled and not yet read.
    unread: Range<usize>,
    ended: bool,
    /// Where the next record begins: bytes from the file's start, lines from 1.
    offset: u64,
    line: u64,
    terminated: bool,
    unquoter: Unquoter,
    cells: Vec<Range<usize>>,
}

/// One record of a results file.
pub struct Record<'a> {
    /// The bytes as they stand in the file, line end included.
    pub(in crate::record) raw: &'a [u8],
    text: &'a [u8],
    cells: &'a [Range<usize>],
    layout: &'a Layout,
    /// The line it begins on, from 1.
    pub line: u64,
}

/// Where a record was found in the buffer.
struct Span {
    bytes: Range<usize>,
    quoted: bool,
}

impl Records<File> {
    /// Opens a results file behind its header. One that is new (0 bytes, or a header that a dying
    /// run could not finish) has no records; its [`offset`](Self::offset) is 0.
    ///
    /// # Errors
    /// [`Error::Io`], or [`Error::NotALedger`] for content without our header.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let input = File::open(path).map_err(Error::reading("open", path))?;
        Self::behind_header(input, path)
    }

    /// About how many records there are.
    pub(super) fn expected(&self) -> usize {
        let length = self.input.metadata().map_or(0, |file| file.len());
        usize::try_from(length / USUAL_LINE).unwrap_or(0)
    }

    /// Goes to a place that was told as an [`offset`](Self::offset) before. It says `false`, and
    /// stays, when no line begins there: the file is not the one that it was. Line numbers behind
    /// it are meaningless.
    pub(in crate::record) fn jump_to(&mut self, offset: u64) -> Result<bool, Error> {
        let length = self.input.metadata().map_err(self.reading())?.len();
        if offset == 0 || offset < self.offset || offset > length {
            return Ok(false);
        }
        let mut before = [0];
        self.input.seek(SeekFrom::Start(offset - 1)).map_err(self.reading())?;
        self.input.read_exact(&mut before).map_err(self.reading())?;
        if before != *b"\n" {
            return Ok(false);
        }
        (self.unread, self.ended, self.offset) = (0..0, false, offset);
        Ok(true)
    }
}

impl<R: Read> Records<R> {
    /// Records without a header above them, in a layout that is known, from a line of the file on.
    pub(in crate::record) fn bare(input: R, path: &Path, layout: Layout, line: u64) -> Self {
        Self {
            path: path.to_owned(),
            unquoter: Unquoter::new(layout.delimiter),
            header: Layout::our_header(),
            layout,
            input,
            buffer: Vec::new(),
            unread: 0..0,
            ended: false,
            offset: 0,
            line,
            terminated: true,
            cells: Vec::new(),
        }
    }

    fn behind_header(input: R, path: &Path) -> Result<Self, Error> {
        let mut records = Self::bare(input, path, Layout::ours(), 1);
        let Some(header) = records.next_span()? else {
            return Ok(records);
        };
        let header = records.buffer[header.bytes].to_owned();
        if !header.ends_with(b"\n") && records.header.starts_with(&header) {
            records.offset = 0;
            return Ok(records);
        }
        let one_line = header.strip_suffix(b"\n").unwrap_or(&header);
        let mut pieces = one_line.strip_suffix(b"\r").unwrap_or(one_line).split(|b| *b == b'\r');
        let first = pieces.next().unwrap_or_default();
        if pieces.next().is_some() && Layout::of_header(first).is_some() {
            // All lines would be one header, and the file an empty ledger.
            let reason = "its lines end as an old Macintosh's do (save it as CSV UTF-8 again)";
            return Err(records.unreadable(1, reason));
        }
        let layout = Layout::of_header(&header);
        records.header = header;
        records.layout = layout.ok_or_else(|| Error::NotALedger { path: path.to_owned() })?;
        records.unquoter = Unquoter::new(records.layout.delimiter);
        Ok(records)
    }

    /// The next whole record; `None` behind the last one. Empty lines are passed over.
    ///
    /// # Errors
    /// [`Error::Io`], or [`Error::Unreadable`] for a broken line that is not the file's torn end.
    pub fn next_record(&mut self) -> Result<Option<Record<'_>>, Error> {
        loop {
            let (begun, line) = (self.offset, self.line);
            let Some(span) = self.next_span()? else {
                return Ok(None);
            };
            self.cut(&span, line)?;
            if self.is_blank(&span) {
                continue;
            }
            if self.cells.len() != self.layout.width() {
                return self.end_or_broken(&span, begun, line).map(|()| None);
            }
            return Ok(Some(self.record(&span, line)));
        }
    }

    /// Where the next record begins, or behind the last whole one: bytes from the file's start.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Whether the record read last ends with its line end.
    pub(in crate::record) fn terminated(&self) -> bool {
        self.terminated
    }

    /// The file.
    pub(in crate::record) fn path(&self) -> &Path {
        &self.path
    }

    /// The header line as it stands, or the one that a new file is to get.
    pub(in crate::record) fn header(&self) -> &[u8] {
        &self.header
    }

    /// The shape of the file.
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
        let raw = &self.buffer[span.bytes.clone()];
        Record {
            raw,
            text: if span.quoted { self.unquoter.text() } else { raw },
            cells: &self.cells,
            layout: &self.layout,
            line,
        }
    }

    /// A spreadsheet leaves lines of nothing but separators where rows were emptied.
    fn is_blank(&self, span: &Span) -> bool {
        !span.quoted && self.cells.iter().all(Range::is_empty)
    }

    /// A line with too few cells is the file's torn end if nothing follows it.
    fn end_or_broken(&mut self, span: &Span, begun: u64, line: u64) -> Result<(), Error> {
        let (has, width) = (self.cells.len(), self.layout.width());
        let swallowed = self.swallows_a_record(span);
        if has < width && !swallowed && self.at_end()? {
            self.offset = begun;
            self.terminated = true;
            return Ok(());
        }
        let reason = match swallowed {
            true => "a quote that opens here is never closed (mend or remove this line)".to_owned(),
            false => format!("{has} cells where the header has {width} (mend or remove this line)"),
        };
        Err(self.unreadable(line, reason))
    }

    /// Whether an open quote has drawn whole lines into what looks like one torn one.
    fn swallows_a_record(&self, span: &Span) -> bool {
        let Some(status) = self.layout.position(Column::Status).filter(|_| span.quoted) else {
            return false;
        };
        let mut lines = self.buffer[span.bytes.clone()].split(|byte| *byte == b'\n').skip(1);
        lines.any(|line| {
            let mut cells = line.split(|byte| *byte == self.layout.delimiter);
            cells.clone().count() >= self.layout.width()
                && cells.nth(status).and_then(Status::named).is_some()
        })
    }

    fn at_end(&mut self) -> Result<bool, Error> {
        while self.unread.is_empty() && !self.ended {
            self.fill()?;
        }
        Ok(self.unread.is_empty())
    }

    /// Finds where each cell of a record stands: in the record itself, or in its unquoted copy.
    fn cut(&mut self, span: &Span, line: u64) -> Result<(), Error> {
        let raw = &self.buffer[span.bytes.clone()];
        self.cells.clear();
        if span.quoted {
            let read = self.unquoter.read(raw, &mut self.cells);
            return match read.map_err(Error::reading("read", &self.path))? {
                true => Ok(()),
                false => Err(self.unreadable(line, "a quote stands where none belongs")),
            };
        }
        let line = raw.strip_suffix(b"\n").unwrap_or(raw);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let mut start = 0;
        for end in memchr::memchr_iter(self.layout.delimiter, line) {
            self.cells.push(start..end);
            start = end + 1;
        }
        self.cells.push(start..line.len());
        Ok(())
    }

    /// Takes the bytes up to the next line end that stands outside of quotes.
    fn next_span(&mut self) -> Result<Option<Span>, Error> {
        let mut scan = Scan::default();
        let length = loop {
            let rest = &self.buffer[self.unread.clone()];
            match scan.record_end(rest) {
                Some(end) => break end,
                None if self.ended => break rest.len(),
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
        let bytes = self.unread.start..self.unread.start + length;
        self.unread.start = bytes.end;
        self.offset += length as u64;
        self.line += scan.lines;
        self.terminated = !scan.open && self.buffer[bytes.clone()].ends_with(b"\n");
        Ok(Some(Span { bytes, quoted: scan.quoted }))
    }

    /// Moves what is unread to the front of the buffer and reads more behind it.
    fn fill(&mut self) -> Result<(), Error> {
        self.buffer.copy_within(self.unread.clone(), 0);
        self.unread = 0..self.unread.len();
        if self.buffer.len() < self.unread.end + BLOCK {
            self.buffer.resize(self.unread.end + BLOCK, 0);
        }
        let read = loop {
            match self.input.read(&mut self.buffer[self.unread.end..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => break result.map_err(Error::reading("read", &self.path))?,
            }
        };
        self.unread.end += read;
        self.ended = read == 0;
        Ok(())
    }
}

/// How far the search for a record's end has come.
#[derive(Default)]
struct Scan {
    at: usize,
    lines: u64,
    quoted: bool,
    open: bool,
}

impl Scan {
    /// The length of the first record in `bytes`, line end included, if it ends there. Asked again
    /// with more bytes it goes on where it was.
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

impl Record<'_> {
    /// A column's cell as it was meant, without quotes and guard; empty if the file lacks the column.
    #[must_use]
    pub fn bytes(&self, column: Column) -> &[u8] {
        let cell = self.layout.position(column).and_then(|at| self.cells.get(at));
        unescape_formula_bytes(cell.map_or(&[], |cell| &self.text[cell.clone()]))
    }

    /// [`bytes`](Self::bytes) as text; what is not UTF-8 (a spreadsheet's doing) is replaced.
    #[must_use]
    pub fn text(&self, column: Column) -> Cow<'_, str> {
        String::from_utf8_lossy(self.bytes(column))
    }

    /// The message's id and what became of it.
    ///
    /// # Errors
    /// What is wrong with them, and what to do about it.
    pub fn outcome(&self) -> Result<(IdKey, Status), String> {
        let id = self.bytes(Column::MessageId);
        if id.is_empty() {
            return Err("the message_id is missing (mend or remove this line)".to_owned());
        }
        match self.status() {
            Some(status) => Ok((IdKey::of_bytes(id), status)),
            None => Err(format!(
                "the status `{}` is none of sent, refused, failed, unknown (mend or remove this \
                 line)",
                self.text(Column::Status)
            )),
        }
    }

    /// The status alone, if the word is one of ours.
    #[must_use]
    pub fn status(&self) -> Option<Status> {
        Status::named(self.bytes(Column::Status))
    }

    /// A whole number in the column, if there is one.
    #[must_use]
    pub fn number(&self, column: Column) -> Option<u64> {
        std::str::from_utf8(self.bytes(column)).ok()?.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A file that comes in small pieces, so that every record meets a block's end.
    struct Drip<'a>(&'a [u8], usize);

    impl Read for Drip<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let length = self.1.min(buffer.len());
            self.0.read(&mut buffer[..length])
        }
    }

    /// Each record's id, status and name, or the error's text; then how long the whole records are.
    fn told(text: &[u8], piece: usize) -> (Vec<String>, u64) {
        let mut told = Vec::new();
        let mut records = match Records::behind_header(Drip(text, piece), Path::new("r.csv")) {
            Ok(records) => records,
            Err(error) => return (vec![error.to_string()], 0),
        };
        loop {
            match records.next_record() {
                Ok(Some(record)) => {
                    let cells = [Column::MessageId, Column::Status, Column::Name];
                    let cells = cells.map(|column| record.text(column).into_owned());
                    told.push(format!("{}: {}", record.line, cells.join("|")));
                }
                Ok(None) => return (told, records.offset()),
                Err(error) => return (vec![error.to_string()], 0),
            }
        }
    }

    const HEADER: &str = "message_id,status,name,gateway\n";

    #[test]
    fn every_shape_of_a_whole_file_is_read() {
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
                format!("{head}\na,sent,\"J\n\nD\",g\nb,sent,K,g\n"),
                vec!["2: a|sent|J\n\nD", "5: b|sent|K"],
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
                let (records, length) = told(text.as_bytes(), piece);
                assert_eq!(records, expected, "{text}");
                assert_eq!(length, text.len() as u64, "{text}");
            }
        }
    }

    #[test]
    fn a_torn_end_is_as_if_it_were_not_there() {
        let whole = format!("{HEADER}a,sent,J,g\n");
        for torn in
            ["b", "b,sen", "b,sent,\"Do", "b,sent,\"Do\n", "b,sent,\"D \"", "\0\0\0\0", "b,sent\n"]
        {
            for piece in [1, BLOCK] {
                let (records, length) = told(format!("{whole}{torn}").as_bytes(), piece);
                assert_eq!(records, ["2: a|sent|J"], "{torn}");
                assert_eq!(length, whole.len() as u64, "{torn}");
            }
        }
    }

    #[test]
    fn a_header_that_was_cut_off_is_a_new_file() {
        let header = Layout::our_header();
        for end in 0..header.len() {
            assert_eq!(told(&header[..end], BLOCK), (vec![], 0), "{end}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_an_error_with_its_line() {
        for (rest, expected) in [
            ("a,sent\nb,sent,J,g\n", "r.csv line 2: 2 cells where the header has 4"),
            ("a,sent,J,g\nb,sent,J,g,x\n", "r.csv line 3: 5 cells where the header has 4"),
            ("a,sent,\"J,g\nb,sent,K,g\n", "r.csv line 2: a quote that opens here is never closed"),
            ("a,sent,x\"J,g\nb,sent,K\"x,g\n", "r.csv line 2: a quote stands where none belongs"),
        ] {
            let (told, _) = told(format!("{HEADER}{rest}").as_bytes(), 5);
            assert!(told[0].starts_with(expected), "{told:?}");
        }
        let (other, _) = told(b"name,phone\nJane,0712345678\n", BLOCK);
        assert!(other[0].starts_with("r.csv is not a results file of lipasend"), "{other:?}");
    }

    #[test]
    fn a_quote_that_swallows_a_megabyte_is_not_read_on() {
        let line = "a,sent,J,g\n".repeat(LONGEST_RECORD / 5);
        let (told, _) = told(format!("{HEADER}b,sent,\"J,g\n{line}").as_bytes(), BLOCK);
        assert!(told[0].starts_with("r.csv line 2: this line does not end"), "{told:?}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]
        #[test]
        fn no_bytes_make_it_panic_or_depend_on_blocks(
            rest in "([ab,;\"'\n\r\0é]|sent|,){0,60}",
            piece in 1_usize..9,
        ) {
            let text = format!("{HEADER}{rest}");
            prop_assert_eq!(told(text.as_bytes(), piece), told(text.as_bytes(), BLOCK));
        }
    }
}
