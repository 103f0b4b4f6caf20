//! The number of cells that a row may have.

use super::delimiter::Delimiter;
use crate::read::Cells;

/// The least and the most cells of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Width {
    min: usize,
    max: usize,
}

impl Width {
    /// Any number of cells: before the header is known.
    pub(super) const ANY: Self = Self { min: 0, max: usize::MAX };

    /// As many as the header has; the cells for empty headers at its end may be missing.
    pub(super) fn of(header: &Cells) -> Self {
        Self { min: filled(header), max: header.len() }
    }

    /// Returns `true` if a row has no more cells than the header, not counting empty ones at its
    /// end. Missing cells at its end are empty ones: Outlook and converters of spreadsheets leave
    /// them out.
    pub(super) fn fits(self, row: &Cells) -> bool {
        row.len() <= self.max || filled(row) <= self.max
    }

    /// Returns `true` if a row fits and no cell of it is missing.
    pub(super) fn is_whole(self, row: &Cells) -> bool {
        row.len() >= self.min && self.fits(row)
    }

    /// The width for the rows of a file in which cells are missing.
    pub(super) fn with_cells_missing(self) -> Self {
        Self { min: 0, ..self }
    }

    /// Returns `true` if a row of this many cells is whole, empty ones counted. One cell is no row.
    pub(super) fn fits_count(self, cells: usize) -> bool {
        cells > 1 && (self.min..=self.max).contains(&cells)
    }

    /// The row without the empty cells after the header's last one.
    pub(super) fn trimmed(self, row: Cells) -> Cells {
        if row.len() <= self.max { row } else { row.iter().take(self.max).collect() }
    }

    /// The reason for a row that does not fit.
    pub(super) fn reason(self, row: &Cells, delimiter: Delimiter) -> String {
        format!(
            "has {}, the header has {}: put quotes around a cell that contains the delimiter \
             ({delimiter})",
            counted(row.len()),
            self.max
        )
    }
}

fn counted(cells: usize) -> String {
    match cells {
        1 => "1 cell".to_owned(),
        _ => format!("{cells} cells"),
    }
}

/// The number of cells up to the last one that is not blank.
fn filled(cells: &Cells) -> usize {
    let is_filled = |at: &usize| cells.get(*at).is_some_and(|cell| !cell.trim().is_empty());
    (0..cells.len()).rev().find(is_filled).map_or(0, |last| last + 1)
}

/// Returns `true` if all cells are blank, as in the empty rows that spreadsheets write.
pub(super) fn is_blank(cells: &Cells) -> bool {
    cells.iter().all(|cell| cell.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(text: &str) -> Cells {
        text.split(',').collect()
    }

    #[test]
    fn a_row_fits_unless_it_has_more_cells_than_the_header() {
        for (header, row, fits, is_whole) in [
            ("a,b,c", "1,2,3", true, true),
            ("a,b,c", "1,2,", true, true),
            ("a,b,c", "1,2,3,, ", true, true),
            ("a,b,c", "1,2", true, false),
            ("a,b,c", "1,2,3,4", false, false),
            ("a,b,,", "1,2", true, true),
            ("a,b,,", "1,2,3,4", true, true),
            ("a,b,,", "1", true, false),
            ("a", "1", true, true),
            ("a", "1,2", false, false),
        ] {
            let (width, cells) = (Width::of(&cells(header)), cells(row));
            let got = (width.fits(&cells), width.is_whole(&cells));
            assert_eq!(got, (fits, is_whole), "{header} {row}");
        }
        assert!(Width::ANY.is_whole(&cells("1,2")));
    }

    #[test]
    fn the_reason_gives_both_numbers_and_the_fix() {
        let width = Width::of(&cells("a,b,c"));
        assert_eq!(
            width.reason(&cells("1,2,3,4"), Delimiter::TAB),
            "has 4 cells, the header has 3: put quotes around a cell that contains the \
             delimiter (TAB)"
        );
    }
}
