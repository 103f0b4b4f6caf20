//! Finds the cells of an .xlsx sheet with a formula but without its value. Programs that only write
//! spreadsheets do not calculate; calamine gives such a cell as an empty one.

use memchr::memmem;

use super::tag::attribute;

/// The most cells that are kept. More formulas than that have no telephone numbers.
const MAX_CELLS: usize = 1 << 20;

/// The cells of a sheet with a formula and no value, while its XML is seen in pieces of whole tags.
#[derive(Default)]
pub(super) struct UnsavedFormulas {
    /// The row, from 1, and the column, from 0, in the order of the sheet.
    cells: Vec<(u32, u32)>,
    /// The cell that is open, if it says where it is.
    open: Option<(u32, u32)>,
    /// True if its value is a text, of which the empty one is written as `<v></v>`.
    is_text: bool,
    has_formula: bool,
    has_value: bool,
}

impl UnsavedFormulas {
    /// Looks at the next piece of the XML.
    pub(super) fn see(&mut self, bytes: &[u8]) {
        let has_formula = memmem::find(bytes, b"<f").is_some();
        if !has_formula && !self.has_formula {
            // Its last cell may have one in the next piece.
            if let Some(at) = memmem::rfind(bytes, b"<c ") {
                self.begin(&bytes[at + 1..]);
                self.has_value = memmem::find(&bytes[at..], b"<v>").is_some();
            }
            return;
        }
        for at in memchr::memchr_iter(b'<', bytes) {
            self.tag(&bytes[at + 1..]);
        }
    }

    /// The cells, in order.
    pub(super) fn into_cells(mut self) -> Vec<(u32, u32)> {
        self.cells.sort_unstable();
        self.cells
    }

    fn tag(&mut self, tag: &[u8]) {
        match tag {
            [b'c', b' ' | b'>', ..] => self.begin(tag),
            [b'f', b' ' | b'>' | b'/', ..] => self.has_formula = true,
            [b'v', ..] if self.is_text => self.has_value = true,
            [b'v' | b't', b'>', first, ..] => self.has_value |= *first != b'<',
            [b'/', b'c', b'>', ..] => self.end(),
            _ => {}
        }
    }

    fn begin(&mut self, tag: &[u8]) {
        let tag = &tag[..memchr::memchr(b'>', tag).unwrap_or(tag.len())];
        self.open = attribute(tag, b"r").and_then(position).filter(|_| !tag.ends_with(b"/"));
        self.is_text = attribute(tag, b"t") == Some(b"str");
        (self.has_formula, self.has_value) = (false, false);
    }

    fn end(&mut self) {
        let is_unsaved = self.has_formula && !self.has_value && self.cells.len() < MAX_CELLS;
        self.cells.extend(self.open.take().filter(|_| is_unsaved));
        (self.has_formula, self.has_value) = (false, false);
    }
}

/// The row, from 1, and the column, from 0, of a cell's name: `B7`.
fn position(name: &[u8]) -> Option<(u32, u32)> {
    let letters = name.iter().take_while(|byte| byte.is_ascii_uppercase()).count();
    let (letters, digits) = name.split_at(letters);
    if !(1..=3).contains(&letters.len()) {
        return None;
    }
    let column = letters.iter().fold(0, |sum, letter| 26 * sum + u32::from(letter - b'A') + 1);
    Some((std::str::from_utf8(digits).ok()?.parse().ok()?, column - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROW: &str = "<row r=\"2\"><c r=\"A2\"><f>B2&amp;C2</f></c><c r=\"B2\"><f>1</f><v></v></c>\
        <c r=\"C2\"><f t=\"shared\" si=\"0\"/></c><c r=\"D2\" t=\"str\"><f>1</f><v>x</v></c>\
        <c r=\"E2\"><v>7</v></c><c r=\"F2\" s=\"1\"/><c r=\"G2\"><v/></c><c><f>1</f></c>\
        <c r=\"H2\" t=\"str\"><f>1</f><v></v></c>\
        <c r=\"AA2\"><f/><v/></c></row>";

    #[test]
    fn formulas_without_a_value_are_found_wherever_a_piece_ends() {
        let expected = [(2, 0), (2, 1), (2, 2), (2, 26)];
        let ends: Vec<usize> = ROW.match_indices('<').map(|(at, _)| at).collect();
        for at in ends {
            let mut formulas = UnsavedFormulas::default();
            formulas.see(&ROW.as_bytes()[..at]);
            formulas.see(&ROW.as_bytes()[at..]);
            assert_eq!(formulas.into_cells(), expected, "{}", &ROW[..at]);
        }
    }

    #[test]
    fn a_sheet_without_formulas_has_none() {
        let mut formulas = UnsavedFormulas::default();
        formulas.see(b"<c r=\"A1\"><v>1</v></c><c r=\"B1\">");
        formulas.see(b"<v></v></c><fx/>");
        assert!(formulas.into_cells().is_empty());
    }
}
