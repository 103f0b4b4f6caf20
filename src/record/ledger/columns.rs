//! The columns of the results, and where they stand in one file.
//!
//! A file may have been saved by a spreadsheet: in another order, with another separator, with
//! columns of the user's own. It is then read and continued in its own shape.

use std::borrow::Cow;

/// UTF-8's byte order mark, by which spreadsheets know the encoding.
pub(in crate::record) const BOM: &[u8] = b"\xEF\xBB\xBF";

/// The separators that spreadsheets save with.
const DELIMITERS: [u8; 3] = [b',', b';', b'\t'];

/// A column of the results, in the order of the header that we write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // Their names are the header's; their meanings stand at `Entry`.
pub enum Column {
    MessageId,
    Campaign,
    From,
    To,
    Name,
    Phone,
    Status,
    Wamid,
    GatewayStatus,
    GatewayMessageId,
    HttpStatus,
    ErrorCode,
    Error,
    Attempts,
    SentAt,
    LatencyMs,
    Source,
    Line,
    Gateway,
    Run,
}

/// Every column with its name in the header.
const COLUMNS: [(Column, &str); 20] = [
    (Column::MessageId, "message_id"),
    (Column::Campaign, "campaign"),
    (Column::From, "from"),
    (Column::To, "to"),
    (Column::Name, "name"),
    (Column::Phone, "phone"),
    (Column::Status, "status"),
    (Column::Wamid, "wamid"),
    (Column::GatewayStatus, "gateway_status"),
    (Column::GatewayMessageId, "gateway_message_id"),
    (Column::HttpStatus, "http_status"),
    (Column::ErrorCode, "error_code"),
    (Column::Error, "error"),
    (Column::Attempts, "attempts"),
    (Column::SentAt, "sent_at"),
    (Column::LatencyMs, "latency_ms"),
    (Column::Source, "source"),
    (Column::Line, "line"),
    (Column::Gateway, "gateway"),
    (Column::Run, "run"),
];

impl Column {
    /// The name in the header.
    #[must_use]
    pub fn name(self) -> &'static str {
        COLUMNS[self as usize].1
    }

    fn named(header: &[u8]) -> Option<Self> {
        COLUMNS
            .iter()
            .find(|(_, name)| name.as_bytes().eq_ignore_ascii_case(header.trim_ascii()))
            .map(|(column, _)| *column)
    }
}

/// The shape of one file: its separator, its line end and what stands in which place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::record) struct Layout {
    pub(in crate::record) delimiter: u8,
    crlf: bool,
    /// What each place of the file holds; `None` is a column of the user's.
    places: Vec<Option<Column>>,
    /// Where each of our columns stands.
    positions: [Option<usize>; COLUMNS.len()],
}

impl Layout {
    /// The shape that we write ourselves.
    pub(in crate::record) fn ours() -> Self {
        Self::new(b',', false, COLUMNS.iter().map(|(column, _)| Some(*column)).collect())
    }

    /// A file of ours with only these columns.
    pub(in crate::record) fn of(columns: &[Column]) -> Self {
        Self::new(b',', false, columns.iter().copied().map(Some).collect())
    }

    /// The shape that a header line tells, or `None` when it is not the header of a ledger: without
    /// id, status and gateway there is nothing to go by.
    pub(in crate::record) fn of_header(line: &[u8]) -> Option<Self> {
        let text = line.strip_prefix(BOM).unwrap_or(line);
        let crlf = text.ends_with(b"\r\n");
        let shapes = DELIMITERS.into_iter().filter_map(|delimiter| {
            let names = names_in(text, delimiter)?;
            let places = names.iter().map(Column::named).collect();
            Some(Self::new(delimiter, crlf, places))
        });
        let needed = [Column::MessageId, Column::Status, Column::Gateway];
        shapes
            .into_iter()
            .find(|layout| needed.iter().all(|column| layout.position(*column).is_some()))
    }

    fn new(delimiter: u8, crlf: bool, places: Vec<Option<Column>>) -> Self {
        let positions =
            COLUMNS.map(|(column, _)| places.iter().position(|place| *place == Some(column)));
        Self { delimiter, crlf, places, positions }
    }

    /// The header line that we write, byte order mark and all.
    pub(in crate::record) fn our_header() -> Vec<u8> {
        let names: Vec<&str> = COLUMNS.iter().map(|(_, name)| *name).collect();
        [BOM, names.join(",").as_bytes(), b"\n"].concat()
    }

    /// How many cells a whole line has.
    pub(in crate::record) fn width(&self) -> usize {
        self.places.len()
    }

    /// Where the column stands, from 0.
    pub(in crate::record) fn position(&self, column: Column) -> Option<usize> {
        self.positions[column as usize]
    }

    /// One line in this file's shape, its line end included; the user's own columns stay empty.
    pub(in crate::record) fn line<'a>(&self, cell: impl Fn(Column) -> Cow<'a, str>) -> Vec<u8> {
        let cells = self.places.iter().map(|place| place.map_or(Cow::Borrowed(""), &cell));
        csv_line(self.delimiter, self.crlf, cells)
    }
}

/// One CSV line with its line end, quoted where it must be.
pub(in crate::record) fn csv_line<T: AsRef<str>>(
    delimiter: u8,
    crlf: bool,
    cells: impl IntoIterator<Item = T>,
) -> Vec<u8> {
    let mut line = Vec::with_capacity(512);
    for (index, cell) in cells.into_iter().enumerate() {
        if index > 0 {
            line.push(delimiter);
        }
        push_cell(&mut line, cell.as_ref().as_bytes(), delimiter);
    }
    line.extend_from_slice(if crlf { b"\r\n" } else { b"\n" });
    line
}

/// The csv crate's writer would do, but it is made anew for each line, and two lines a message are
/// written by the one thread that all senders wait for.
fn push_cell(line: &mut Vec<u8>, cell: &[u8], delimiter: u8) {
    let special = |byte: &u8| *byte == delimiter || matches!(byte, b'"' | b'\r' | b'\n');
    if !cell.iter().any(special) {
        return line.extend_from_slice(cell);
    }
    line.push(b'"');
    for byte in cell {
        if *byte == b'"' {
            line.push(b'"');
        }
        line.push(*byte);
    }
    line.push(b'"');
}

fn names_in(header: &[u8], delimiter: u8) -> Option<csv::ByteRecord> {
    let mut names = csv::ByteRecord::new();
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).delimiter(delimiter).from_reader(header);
    reader.read_byte_record(&mut names).ok().filter(|read| *read)?;
    Some(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_is_the_designs() {
        let header = "\u{feff}message_id,campaign,from,to,name,phone,status,wamid,gateway_status,\
                      gateway_message_id,http_status,error_code,error,attempts,sent_at,latency_ms,\
                      source,line,gateway,run\n";
        assert_eq!(Layout::our_header(), header.as_bytes());
        assert_eq!(Layout::of_header(header.as_bytes()), Some(Layout::ours()));
        for (at, (column, _)) in COLUMNS.iter().enumerate() {
            assert_eq!(*column as usize, at);
        }
    }

    #[test]
    fn a_header_is_known_in_every_shape_a_spreadsheet_gives_it() {
        for (header, delimiter, width) in [
            ("status;gateway;message_id\r\n", b';', 3),
            ("\u{feff}message_id\tstatus\tnote\tgateway\n", b'\t', 4),
            ("\"message_id\",\"status\",\"gateway\"\n", b',', 3),
            ("Message_ID , STATUS,gateway", b',', 3),
        ] {
            let layout = Layout::of_header(header.as_bytes()).unwrap();
            assert_eq!((layout.delimiter, layout.width()), (delimiter, width));
        }
    }

    #[test]
    fn another_header_is_not_ours() {
        for header in ["", "\n", "name,phone\n", "message_id,status\n", "message_id|status|gateway"]
        {
            assert_eq!(Layout::of_header(header.as_bytes()), None, "{header}");
        }
    }

    #[test]
    fn a_line_keeps_the_files_own_shape() {
        let layout = Layout::of_header(b"status;note;message_id;gateway\r\n").unwrap();
        let line = layout.line(|column| Cow::Borrowed(column.name()));
        assert_eq!(line, b"status;;message_id;gateway\r\n");
    }
}
