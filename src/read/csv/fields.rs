//! Splits a record into its cells (the fields of RFC 4180), with csv-core when there are quotes.

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use super::boundary::{Quotes, blanks_before_quotes};
use super::delimiter::Delimiter;
use crate::read::Cells;

/// Splits one record after another with the same buffers.
pub(super) struct RecordSplitter {
    delimiter: Delimiter,
    reader: Reader,
    text: Vec<u8>,
    ends: Vec<usize>,
    /// The number of cells of the previous record, for which room is made.
    expected_cells: usize,
}

impl RecordSplitter {
    pub(super) fn new(delimiter: Delimiter) -> Self {
        let reader = ReaderBuilder::new().delimiter(delimiter.as_byte()).build();
        Self { delimiter, reader, text: Vec::new(), ends: vec![0; 16], expected_cells: 0 }
    }

    /// The cells of `record`, which has no line break at its end.
    pub(super) fn split(&mut self, record: &str, quotes: Quotes) -> Cells {
        let mut cells = Cells::with_capacity(record.len(), self.expected_cells);
        match quotes {
            Quotes::None => push_plain(record, self.delimiter, &mut cells),
            Quotes::First => self.push_quoted(record, &mut cells),
            Quotes::BehindBlanks => {
                self.push_quoted(&without_blanks(record, self.delimiter), &mut cells);
            }
        }
        self.expected_cells = cells.len();
        cells
    }

    /// The cells of a record whose quote at `open` is never closed. From there on quotes are plain
    /// characters, so that the cells stay in their columns.
    pub(super) fn split_open(&mut self, record: &str, open: usize) -> Cells {
        let before = record.get(..open).unwrap_or_default();
        // Blanks before the quote belong to its cell.
        let delimiter = char::from(self.delimiter.as_byte());
        let before = before.trim_end_matches(|c| matches!(c, ' ' | '\t') && c != delimiter);
        let after = &record[before.len()..];
        let mut cells = Cells::default();
        if let Some(before) = before.strip_suffix(delimiter) {
            self.push_quoted(before, &mut cells);
        }
        push_plain(after, self.delimiter, &mut cells);
        cells
    }

    fn push_quoted(&mut self, record: &str, cells: &mut Cells) {
        if record.is_empty() {
            cells.push("");
            return;
        }
        let count = self.read(record.as_bytes());
        let ends = &self.ends[..count];
        let written = ends.last().copied().unwrap_or(0);
        // csv-core removes quotes and delimiters, all ASCII: the rest is valid, and every cell ends
        // between two characters.
        let text = std::str::from_utf8(&self.text[..written]).unwrap_or_default();
        let mut start = 0;
        for end in ends {
            cells.push(text.get(start..*end).unwrap_or_default());
            start = *end;
        }
    }

    /// Reads the record with csv-core into `text` and `ends`, and returns the number of cells.
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

/// The record without the blanks before quotes that open a cell.
fn without_blanks(record: &str, delimiter: Delimiter) -> String {
    let mut record = record.to_owned();
    for blanks in blanks_before_quotes(record.as_bytes(), delimiter).into_iter().rev() {
        record.replace_range(blanks, "");
    }
    record
}

fn push_plain(record: &str, delimiter: Delimiter, cells: &mut Cells) {
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

    fn quotes(record: &str) -> Quotes {
        match blanks_before_quotes(record.as_bytes(), Delimiter::COMMA).is_empty() {
            _ if !record.contains('"') => Quotes::None,
            true => Quotes::First,
            false => Quotes::BehindBlanks,
        }
    }

    fn cells(record: &str) -> Vec<String> {
        let mut splitter = RecordSplitter::new(Delimiter::COMMA);
        splitter.split(record, quotes(record)).iter().map(str::to_owned).collect()
    }

    #[test]
    fn a_record_is_split_at_its_delimiters() {
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
            (" \"a\" ,b", &["a ", "b"]),
            ("1, \"Doe, Cee\", \"\"\"C\"\"\"", &["1", "Doe, Cee", "\"C\""]),
            ("1, \"The Rock\" Johnson,2", &["1", " \"The Rock\" Johnson", "2"]),
            ("\"Zoë\",Ñ", &["Zoë", "Ñ"]),
        ] {
            assert_eq!(cells(record), want, "{record:?}");
        }
    }

    #[test]
    fn the_buffers_grow_with_the_number_of_cells() {
        let record = "\"x\",".repeat(1_000);
        assert_eq!(cells(&record).len(), 1_001);
    }

    #[test]
    fn a_splitter_splits_one_record_after_another() {
        let mut splitter = RecordSplitter::new(Delimiter::SEMICOLON);
        for record in ["\"a\";b", "c;\"d\"", "\"e\"", "f;g;h"] {
            let count = record.split(';').count();
            assert_eq!(splitter.split(record, quotes(record)).len(), count, "{record}");
        }
    }

    #[test]
    fn quotes_after_an_open_quote_are_plain_characters() {
        for (record, open, want) in [
            ("1,\"Jane,0712", 2, &["1", "\"Jane", "0712"][..]),
            ("\"Jane,0712", 0, &["\"Jane", "0712"]),
            ("\"a,b\",\"Jane,0712", 6, &["a,b", "\"Jane", "0712"]),
            (",\"Jane", 1, &["", "\"Jane"]),
        ] {
            let mut splitter = RecordSplitter::new(Delimiter::COMMA);
            let got = splitter.split_open(record, open);
            assert_eq!(got.iter().collect::<Vec<_>>(), want, "{record:?}");
        }
    }
}
