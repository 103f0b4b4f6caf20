//! The layout of one results file: the order of its columns, its separator and its line end.
//!
//! A spreadsheet may have saved the file in another order, with another separator, or with columns
//! of the user's own. Such a file is read and continued in its own layout.

use std::borrow::Cow;

use crate::read::own_columns::Column;
use crate::record::csv_text::{BOM, csv_line};

/// The separators with which spreadsheets save CSV files.
const DELIMITERS: [u8; 3] = [b',', b';', b'\t'];

/// The columns without which a file is not a ledger.
const NEEDED: [Column; 3] = [Column::MessageId, Column::Status, Column::Gateway];

/// The layout of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::record) struct Layout {
    pub(in crate::record) delimiter: u8,
    crlf: bool,
    /// The columns of the file, in its order; `None` is a column of the user's.
    columns: Vec<Option<Column>>,
    /// The position of each of our columns.
    positions: [Option<usize>; Column::ALL.len()],
}

impl Layout {
    /// The layout of a file that we create.
    pub(in crate::record) fn ours() -> Self {
        Self::of(&Column::ALL)
    }

    /// The layout of a file of ours with only these columns.
    pub(in crate::record) fn of(columns: &[Column]) -> Self {
        Self::new(b',', false, columns.iter().copied().map(Some).collect())
    }

    /// The layout under a header line; `None` when it is not the header of a ledger.
    pub(in crate::record) fn of_header(line: &[u8]) -> Option<Self> {
        let text = line.strip_prefix(BOM).unwrap_or(line);
        let crlf = text.ends_with(b"\r\n");
        let mut layouts = DELIMITERS.into_iter().filter_map(|delimiter| {
            let names = names_in(text, delimiter)?;
            Some(Self::new(delimiter, crlf, names.iter().map(column_named).collect()))
        });
        layouts.find(|layout| NEEDED.iter().all(|column| layout.position(*column).is_some()))
    }

    fn new(delimiter: u8, crlf: bool, columns: Vec<Option<Column>>) -> Self {
        let positions = Column::ALL
            .map(|column| columns.iter().position(|candidate| *candidate == Some(column)));
        Self { delimiter, crlf, columns, positions }
    }

    /// The header line of a file that we create, with the byte order mark.
    pub(in crate::record) fn our_header() -> Vec<u8> {
        [BOM, Column::ALL.map(Column::name).join(",").as_bytes(), b"\n"].concat()
    }

    /// The number of cells of a whole line.
    pub(in crate::record) fn width(&self) -> usize {
        self.columns.len()
    }

    /// The position of a column, from 0; `None` when the file lacks it.
    pub(in crate::record) fn position(&self, column: Column) -> Option<usize> {
        self.positions[column as usize]
    }

    /// One line in this layout, line end included. The user's own columns stay empty.
    pub(in crate::record) fn line<'a>(&self, cell: impl Fn(Column) -> Cow<'a, str>) -> Vec<u8> {
        let cells = self.columns.iter().map(|column| column.map_or(Cow::Borrowed(""), &cell));
        csv_line(self.delimiter, self.crlf, cells)
    }
}

fn column_named(header: &[u8]) -> Option<Column> {
    let is = |name: &str| name.as_bytes().eq_ignore_ascii_case(header.trim_ascii());
    Column::ALL.into_iter().find(|column| is(column.name()))
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
    fn our_header_is_that_of_our_layout() {
        assert!(Layout::our_header().starts_with("\u{feff}message_id,campaign,".as_bytes()));
        assert_eq!(Layout::of_header(&Layout::our_header()), Some(Layout::ours()));
    }

    #[test]
    fn a_header_is_recognised_however_a_spreadsheet_saved_it() {
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
    fn another_header_is_not_a_ledgers() {
        for header in ["", "\n", "name,phone\n", "message_id,status\n", "message_id|status|gateway"]
        {
            assert_eq!(Layout::of_header(header.as_bytes()), None, "{header}");
        }
    }

    #[test]
    fn a_line_is_written_in_the_layout_of_the_file() {
        let layout = Layout::of_header(b"status;note;message_id;gateway\r\n").unwrap();
        let line = layout.line(|column| Cow::Borrowed(column.name()));
        assert_eq!(line, b"status;;message_id;gateway\r\n");
    }
}
