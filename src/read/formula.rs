//! Protection against CSV injection (OWASP): a `'` before a cell that a spreadsheet could run.
//!
//! [`escape_formula`] is applied to every text cell that we write, [`unescape_formula`] to every
//! cell of a file with our columns. The second undoes the first for every text. What earlier
//! versions escaped is escaped now too, so their files are read as they were meant.
//!
//! Only the start of a cell counts: a cell that holds a separator is quoted. A file that is opened
//! with another separator than its own is split at the wrong places, and no mark in front of the
//! cell helps there.

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
    match cell {
        // Nearly every cell begins like this.
        [b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z', ..] | [] => false,
        [b'\'', rest @ ..] => is_formula(rest),
        [b'\t' | b'\r' | b'\n', ..] => true,
        [b'+', digits @ ..] if is_number(digits) => false,
        _ => {
            let text = cell.utf8_chunks().next().map_or("", |chunk| chunk.valid());
            text.chars().find(|c| !is_passed_over(*c)).is_some_and(begins_formula)
        }
    }
}

/// Returns whether it is digits only: after a `+` they stay a number.
fn is_number(digits: &[u8]) -> bool {
    !digits.is_empty() && digits.iter().all(u8::is_ascii_digit)
}

/// Returns whether a formula can begin with this character. Spreadsheets read the wide and small
/// forms of East Asian keyboards, and the minus sign, as the ASCII ones.
fn begins_formula(c: char) -> bool {
    matches!(
        c,
        '=' | '+' | '-' | '@' // ASCII
            | '＝' | '＋' | '－' | '＠' // full width
            | '﹦' | '﹢' | '﹣' | '﹫' // small
            | '\u{2212}' // minus sign
    )
}

/// Returns whether a program may drop this character at the start of a cell: blanks, control
/// characters and invisible ones.
fn is_passed_over(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(
            c,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{202a}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
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
            (" Jane", " Jane"),
            ("\u{200e}Jane", "\u{200e}Jane"),
            ("Zoë", "Zoë"),
            ("=1+1", "'=1+1"),
            ("+254712345678", "+254712345678"),
            ("+ 254", "'+ 254"),
            ("+", "'+"),
            ("-", "'-"),
            ("@x", "'@x"),
            ("\tx", "'\tx"),
            ("\rx", "'\rx"),
            ("\nx", "'\nx"),
            ("'tis", "'tis"),
            ("'=x", "''=x"),
            ("''=x", "'''=x"),
            ("a=b", "a=b"),
            ("(1)", "(1)"),
        ] {
            assert_eq!(escape_formula(cell), written);
            assert_eq!(unescape_formula(written), cell);
        }
    }

    #[test]
    fn a_plus_needs_no_apostrophe_only_before_nothing_but_digits() {
        for cell in ["+1+cmd|' /C calc'!A0", "+2HYPERLINK(\"x\")", "+254-712-345-678", "+254 712"]
            .into_iter()
            .chain(["+254712345678 ", " +254712345678", "+٢٥٤", "++1", "+1="])
        {
            assert_eq!(escape_formula(cell), format!("'{cell}"));
        }
    }

    #[test]
    fn a_formula_behind_characters_that_may_be_dropped_is_escaped() {
        for before in [" ", "  ", "\u{a0}", "\u{3000}", "\u{feff}", "\u{200b}", "\u{202e}", "\0"] {
            for sign in ["=", "+", "-", "@", "＝", "＋", "－", "＠", "﹦", "\u{2212}"] {
                let cell = format!("{before}{sign}1");
                assert_eq!(escape_formula(&cell), format!("'{cell}"));
                assert_eq!(escape_formula(&cell[before.len()..]).starts_with('\''), sign != "+");
            }
        }
    }

    #[test]
    fn files_of_earlier_versions_are_read_as_they_were_meant() {
        // These versions escaped a `+` only when no digit followed.
        for (written, cell) in [
            ("+2HYPER", "+2HYPER"),
            ("+254 712", "+254 712"),
            ("'+x", "+x"),
            ("'=x", "=x"),
            ("'\tx", "\tx"),
            ("＝x", "＝x"),
            (" =x", " =x"),
            ("'+254712345678", "'+254712345678"),
        ] {
            assert_eq!(unescape_formula(written), cell);
        }
    }

    #[test]
    fn an_apostrophe_before_other_text_stays() {
        assert_eq!(unescape_formula("'tis"), "'tis");
        assert_eq!(unescape_formula("'"), "'");
        assert_eq!(unescape_formula("'+254712345678"), "'+254712345678");
        assert_eq!(unescape_formula_bytes(b"'\xff=x"), b"'\xff=x");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1024))]
        #[test]
        fn a_round_trip_changes_nothing(
            cell in "['=+@＝＋\t\r\n \u{feff}\u{200b}\\-0-9a]{0,6}|.*"
        ) {
            let written = escape_formula(&cell).into_owned();
            prop_assert_eq!(unescape_formula(&written), &cell);
            prop_assert_eq!(unescape_formula_bytes(written.as_bytes()), cell.as_bytes());
        }
    }
}
