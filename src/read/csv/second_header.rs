//! A second header in another order: files were put together, and the rows behind it would be read
//! in the wrong columns.

use crate::read::row::Cells;

/// The digits from which a cell is taken for a telephone number, and its row for data.
const DIGITS_OF_A_NUMBER: usize = 5;

/// The byte order mark, with which the second of two files may begin.
const BOM: char = '\u{feff}';

/// The cells of a header, to be found again in another order.
#[derive(Debug, Default)]
pub(in crate::read) struct HeaderCells {
    /// In lower case, sorted. Empty when the first row is no header.
    sorted: Vec<String>,
    bytes: usize,
    /// A bit for the length of each cell.
    lengths: u64,
}

impl HeaderCells {
    /// The cells of a file's first row.
    pub(in crate::read) fn of(first_row: &Cells) -> Self {
        let digits = |cell: &str| cell.bytes().filter(u8::is_ascii_digit).count();
        if first_row.iter().any(|cell| digits(cell) >= DIGITS_OF_A_NUMBER) {
            return Self::default();
        }
        let lengths = first_row.iter().fold(0, |lengths, cell| lengths | length_bit(cell));
        Self { sorted: sorted(first_row), bytes: bytes(first_row), lengths }
    }

    /// Returns whether a row has the same cells as the header in another order.
    pub(in crate::read) fn are_in_another_order(&self, header: &Cells, row: &Cells) -> bool {
        // The lengths differ in nearly every row, and mostly that of the first cell is enough.
        if row.iter().next().is_none_or(|cell| self.lengths & length_bit(cell) == 0) {
            return false;
        }
        let more = bytes(row).wrapping_sub(self.bytes);
        (more == 0 || more == BOM.len_utf8())
            && row.len() == self.sorted.len()
            && sorted(row) == self.sorted
            && !header.iter().map(plain).eq(row.iter().map(plain))
    }
}

fn bytes(cells: &Cells) -> usize {
    cells.iter().map(str::len).sum()
}

fn length_bit(cell: &str) -> u64 {
    let length = cell.trim_start_matches(BOM).len();
    1 << length.min(63)
}

fn sorted(cells: &Cells) -> Vec<String> {
    let mut cells: Vec<String> = cells.iter().map(plain).collect();
    cells.sort();
    cells
}

fn plain(cell: &str) -> String {
    cell.trim_start_matches(BOM).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_in_another_order_is_found() {
        let cells = |text: &str| text.split(',').collect::<Cells>();
        for (header, row, is_second) in [
            ("to,name,phone", "phone,name,to", true),
            ("to,name,phone", "Phone,Name,TO", true),
            ("to,name,phone", "\u{feff}phone,name,to", true),
            // The same order does no harm: that row is rejected.
            ("to,name,phone", "to,name,phone", false),
            ("to,name,phone", "Name,phone", false),
            ("to,name,phone", "eno,hpnoe,mat", false),
            // Two rows of a list without a header, and an empty cell in another place.
            ("254712345678,254722000111", "254722000111,254712345678", false),
            ("name,phone,", "name,,phone", true),
        ] {
            let (header, row) = (cells(header), cells(row));
            let found = HeaderCells::of(&header).are_in_another_order(&header, &row);
            assert_eq!(found, is_second, "{header:?} {row:?}");
        }
    }
}
