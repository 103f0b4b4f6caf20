//! Records with quotes in them, read by the csv crate one at a time.

use std::io::{self, Cursor, SeekFrom};
use std::ops::Range;

/// One csv reader that is fed record after record: setting one up for each costs more than reading.
pub(super) struct Unquoter {
    reader: csv::Reader<Cursor<Vec<u8>>>,
    record: csv::ByteRecord,
}

impl Unquoter {
    pub(super) fn new(delimiter: u8) -> Self {
        let reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .from_reader(Cursor::new(Vec::new()));
        Self { reader, record: csv::ByteRecord::new() }
    }

    /// Reads one record; `cells` gets where each of its cells stands in [`text`](Self::text).
    /// Says `false` when there is more in `raw` than one record: a quote stands in the wrong place.
    pub(super) fn read(&mut self, raw: &[u8], cells: &mut Vec<Range<usize>>) -> io::Result<bool> {
        let bytes = self.reader.get_mut().get_mut();
        bytes.clear();
        bytes.extend_from_slice(raw);
        self.reader.seek_raw(SeekFrom::Start(0), csv::Position::new())?;
        self.reader.read_byte_record(&mut self.record)?;
        cells.extend((0..self.record.len()).filter_map(|at| self.record.range(at)));
        let end = raw.iter().rev().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        Ok(self.reader.position().byte() >= (raw.len() - end) as u64)
    }

    /// The cells of the record read last, one behind the other.
    pub(super) fn text(&self) -> &[u8] {
        self.record.as_slice()
    }
}
