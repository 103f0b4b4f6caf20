//! The apostrophe that keeps a spreadsheet from running a cell as a formula.
//!
//! It is put in front of every text cell that we write and taken away when a file with our columns
//! is read, so writing and reading share it here. [`unescape_formula`] undoes [`escape_formula`] for every text, so a round trip changes nothing.

use std::borrow::Cow;

/// The cell as we write it: with a `'` in front when a spreadsheet could run it.
#[must_use]
pub fn escape_formula(cell: &str) -> Cow<'_, str> {
    match runs(cell.as_bytes()) {
        true => Cow::Owned(format!("'{cell}")),
        false => Cow::Borrowed(cell),
    }
}

/// The cell as it was meant: without the one `'` that [`escape_formula`] put there.
#[must_use]
pub fn unescape_formula(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(meant) if runs(meant.as_bytes()) => meant,
        _ => cell,
    }
}

/// [`unescape_formula`] for bytes that need not be UTF-8.
#[must_use]
pub fn unguarded_bytes(cell: &[u8]) -> &[u8] {
    match cell.strip_prefix(b"'") {
        Some(meant) if runs(meant) => meant,
        _ => cell,
    }
}

/// Whether the cell begins like a formula. Apostrophes in front do not count: a cell that already
/// looks guarded gets one more, and so keeps its own on the way back.
fn runs(cell: &[u8]) -> bool {
    let apostrophes = cell.iter().take_while(|byte| **byte == b'\'').count();
    match &cell[apostrophes..] {
        [b'=' | b'-' | b'@' | b'\t' | b'\r', ..] => true,
        [b'+', rest @ ..] => !rest.first().is_some_and(u8::is_ascii_digit),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_cell_that_could_run_gets_its_apostrophe() {
        for (cell, written) in [
            ("", ""),
            ("Jane", "Jane"),
            ("=1+1", "'=1+1"),
            ("+254712345678", "+254712345678"),
            ("+ 254", "'+ 254"),
            ("+", "'+"),
            ("-", "'-"),
            ("@x", "'@x"),
            ("\tx", "'\tx"),
            ("\rx", "'\rx"),
            ("'tis", "'tis"),
            ("'=x", "''=x"),
            ("''=x", "'''=x"),
            ("a=b", "a=b"),
        ] {
            assert_eq!(escape_formula(cell), written);
            assert_eq!(unescape_formula(written), cell);
        }
    }

    #[test]
    fn an_apostrophe_that_guards_nothing_stays() {
        assert_eq!(unescape_formula("'tis"), "'tis");
        assert_eq!(unescape_formula("'"), "'");
        assert_eq!(unescape_formula("'+254712345678"), "'+254712345678");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]
        #[test]
        fn a_round_trip_changes_nothing(cell in "['=+@\t\r\\-0-9a]{0,6}|.*") {
            let written = escape_formula(&cell).into_owned();
            prop_assert_eq!(unescape_formula(&written), &cell);
            prop_assert_eq!(unguarded_bytes(written.as_bytes()), cell.as_bytes());
        }
    }
}
