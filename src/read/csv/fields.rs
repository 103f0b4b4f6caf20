//! Taking one record apart into its cells.

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use super::dialect::Delimiter;
use crate::read::Cells;

/// Takes records apart, one at a time; keeps its buffers from record to record.
pub(super) struct Splitter {
    delimiter: Delimiter,
    reader: Reader,
    text: Vec<u8>,
    ends: Vec<usize>,
    /// Cells of the record before, which is the likely number of the next one's.
    likely: usize,
}

impl Splitter {
    pub(super) fn new(delimiter: Delimiter) -> Self {
        let reader = ReaderBuilder::new().delimiter(delimiter.as_byte()).build();
        Self { delimiter, reader, text: Vec::new(), ends: vec![0; 16], likely: 0 }
    }

    /// The cells of `record`, which has no line break at its end; `quoted` tells whether there is
    /// any quote in it.
    pub(super) fn cells(&mut self, record: &str, quoted: bool) -> Cells {
        let mut cells = Cells::with_capacity(record.len(), self.likely);
        if quoted {
            self.unquoted(record, &mut cells);
        } else {
            plain(record, self.delimiter, &mut cells);
        }
        self.likely = cells.len();
        cells
    }

    /// The cells of a record whose quote at `open` is never closed: in front of it as usual, and
    /// from there on as if quotes meant nothing, so that the columns stay where they were meant.
    pub(super) fn cells_of_open(&mut self, record: &str, open: usize) -> Cells {
        let (before, after) = record.split_at_checked(open).unwrap_or(("", record));
        let mut cells = Cells::default();
        if let Some(before) = before.strip_suffix(char::from(self.delimiter.as_byte())) {
            self.unquoted(before, &mut cells);
        }
        plain(after, self.delimiter, &mut cells);
        cells
    }

    fn unquoted(&mut self, record: &str, cells: &mut Cells) {
        if record.is_empty() {
            cells.push("");
            return;
        }
        let count = self.read(record.as_bytes());
        let ends = &self.ends[..count];
        let written = ends.last().copied().unwrap_or(0);
        // csv-core takes away quotes and separators, all ASCII: what is left is valid, and every
        // cell's end is between two characters.
        let text = std::str::from_utf8(&self.text[..written]).unwrap_or_default();
        let mut start = 0;
        for end in ends {
            cells.push(text.get(start..*end).unwrap_or_default());
            start = *end;
        }
    }

    /// Lets csv-core read the record into `text` and `ends`; gives the number of cells.
    fn read(&mut self, record: &[u8]) -> usize {
        self.reader.reset();
        if self.text.len() < record.len() {
            self.text.resize(record.len(), 0);
        }
        let (mut read, mut written, mut count) = (0, 0, 0);
        loop {
            let (result, bytes, text, ends) = self.reader.read_record(
                &record[read..],
                &mut self.text[written..],
                &mut self.ends[count..],
            );
            (read, written, count) = (read + bytes, written + text, count + ends);
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => self.text.resize(self.text.len() + 64, 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
                ReadRecordResult::Record | ReadRecordResult::End => return count,
            }
        }
    }
}

fn plain(record: &str, delimiter: Delimiter, cells: &mut Cells) {
    let mut start = 0;
    for end in memchr::memchr_iter(delimiter.as_byte(), record.as_bytes()) {
        cells.push(&record[start..end]);
        start = end + 1;
    }
    cells.push(&record[start..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(record: &str) -> Vec<String> {
        let mut splitter = Splitter::new(Delimiter::COMMA);
        splitter.cells(record, record.contains('"')).iter().map(str::to_owned).collect()
    }

    #[test]
    fn cells_of_records() {
        for (record, want) in [
            ("a,b", &["a", "b"][..]),
            ("a,", &["a", ""]),
            (",", &["", ""]),
            ("\"a\"", &["a"]),
            ("\"\"", &[""]),
            ("\"a\",", &["a", ""]),
            ("\"a,b\",c", &["a,b", "c"]),
            ("\"say \"\"hi\"\"\",c", &["say \"hi\"", "c"]),
            ("\"a\r\nb\n\rc\",d", &["a\r\nb\n\rc", "d"]),
            ("5\" pipe,7\"", &["5\" pipe", "7\""]),
            ("\"a\"b,c", &["ab", "c"]),
            (" \"a\" ,b", &[" \"a\" ", "b"]),
            ("\"Zoë\",Ñ", &["Zoë", "Ñ"]),
        ] {
            assert_eq!(cells(record), want, "{record:?}");
        }
    }

    #[test]
    fn more_cells_than_the_buffers_have_room_for() {
        let record = "\"x\",".repeat(1_000);
        assert_eq!(cells(&record).len(), 1_001);
    }

    #[test]
    fn the_same_splitter_takes_record_after_record() {
        let mut splitter = Splitter::new(Delimiter::SEMICOLON);
        for record in ["\"a\";b", "c;\"d\"", "\"e\"", "f;g;h"] {
            let count = record.split(';').count();
            assert_eq!(splitter.cells(record, record.contains('"')).len(), count, "{record}");
        }
    }

    #[test]
    fn cells_around_an_open_quote() {
        for (record, open, want) in [
            ("1,\"Jane,0712", 2, &["1", "\"Jane", "0712"][..]),
            ("\"Jane,0712", 0, &["\"Jane", "0712"]),
            ("\"a,b\",\"Jane,0712", 6, &["a,b", "\"Jane", "0712"]),
            (",\"Jane", 1, &["", "\"Jane"]),
        ] {
            let mut splitter = Splitter::new(Delimiter::COMMA);
            let got = splitter.cells_of_open(record, open);
            assert_eq!(got.iter().collect::<Vec<_>>(), want, "{record:?}");
        }
    }
}
