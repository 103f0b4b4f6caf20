//! Protection against CSV injection (OWASP): a `'` before a cell that a spreadsheet could run.
//!
//! [`escape_formula`] is applied to every text cell that we write, [`unescape_formula`] to every
//! cell of a file with our columns. The second undoes the first for every text.

use std::borrow::Cow;

/// The cell as we write it: with a `'` before it when a spreadsheet could run it.
#[must_use]
pub fn escape_formula(cell: &str) -> Cow<'_, str> {
    match is_formula(cell.as_bytes()) {
        true => Cow::Owned(format!("'{cell}")),
        false => Cow::Borrowed(cell),
    }
}

/// The cell without the `'` that [`escape_formula`] added.
#[must_use]
pub fn unescape_formula(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if is_formula(rest.as_bytes()) => rest,
        _ => cell,
    }
}

/// [`unescape_formula`] for bytes that need not be UTF-8.
#[must_use]
pub fn unescape_formula_bytes(cell: &[u8]) -> &[u8] {
    match cell.strip_prefix(b"'") {
        Some(rest) if is_formula(rest) => rest,
        _ => cell,
    }
}

/// Returns `true` if the cell begins like a formula after any number of apostrophes: a cell that
/// looks escaped gets one more, and so keeps its own when it is read.
fn is_formula(cell: &[u8]) -> bool {
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
    fn a_formula_is_escaped_and_unescaped() {
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
    fn an_apostrophe_before_other_text_stays() {
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
            prop_assert_eq!(unescape_formula_bytes(written.as_bytes()), cell.as_bytes());
        }
    }
}
