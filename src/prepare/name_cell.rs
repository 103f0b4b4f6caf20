//! The marks that programs leave around a name in a cell.

use std::borrow::Cow;

/// The pairs of quotation marks that may stand around a whole name by mistake.
const QUOTES: [(char, char); 6] =
    [('"', '"'), ('\'', '\''), ('“', '”'), ('„', '“'), ('„', '”'), ('‘', '’')];

/// The name in a cell without the marks that programs leave around it: the `="…"` with which they
/// keep spreadsheets from changing it, quotation marks around the whole of it, the `~` of WhatsApp
/// before a name that somebody gave themselves.
pub(super) fn unwrapped(cell: &str) -> Cow<'_, str> {
    // Nearly every name begins with a letter.
    if cell.starts_with(|c: char| c.is_alphanumeric()) {
        return Cow::Borrowed(cell);
    }
    let formula = cell.strip_prefix('=').map(str::trim_start);
    let inner = match (formula, without_quotes(formula.unwrap_or(cell))) {
        (Some(_), None) => return Cow::Borrowed(cell),
        (_, Some(name)) => name,
        (None, None) => Cow::Borrowed(cell),
    };
    let self_given = |rest: &&str| rest.trim_start().starts_with(char::is_alphabetic);
    match inner.strip_prefix('~').filter(self_given) {
        Some(rest) => Cow::Owned(rest.trim_start().to_owned()),
        None => inner,
    }
}

/// The text between quotation marks that stand around the whole of it; a mark inside is written
/// twice.
fn without_quotes(text: &str) -> Option<Cow<'_, str>> {
    let escaped = text.strip_prefix("\\\"").and_then(|rest| rest.strip_suffix("\\\""));
    let (open, inside) = match escaped {
        Some(inside) => ('"', inside),
        None => QUOTES.iter().find_map(|(open, close)| {
            Some((*open, text.strip_prefix(*open)?.strip_suffix(*close)?))
        })?,
    };
    let double = [open, open].iter().collect::<String>();
    let pieces: Vec<&str> = inside.split(double.as_str()).collect();
    let is_whole =
        inside.contains(char::is_alphanumeric) && !pieces.iter().any(|piece| piece.contains(open));
    is_whole.then(|| Cow::Owned(pieces.join(&open.to_string()).trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_around_a_name_are_removed() {
        for (cell, name) in [
            ("Ann Doe", "Ann Doe"),
            ("=\"Ann Doe\"", "Ann Doe"),
            ("= \"Ann \"\"Bo\"\" Doe\"", "Ann \"Bo\" Doe"),
            ("\"Ann Doe\"", "Ann Doe"),
            ("\"Ann \"\"Bo\"\" Doe\"", "Ann \"Bo\" Doe"),
            ("\\\"Ann Doe\\\"", "Ann Doe"),
            ("'Ann Doe'", "Ann Doe"),
            ("“Ann Doe”", "Ann Doe"),
            ("„Ann Doe“", "Ann Doe"),
            ("‘Ann’", "Ann"),
            ("~Ann", "Ann"),
            ("~ Ann", "Ann"),
            // What may be meant stays.
            ("\"The Rock\" Johnson", "\"The Rock\" Johnson"),
            ("\"Bo\" and \"Al\"", "\"Bo\" and \"Al\""),
            ("'t Hooft", "'t Hooft"),
            ("'Ofa", "'Ofa"),
            ("=1+1", "=1+1"),
            ("=HYPERLINK(\"x\")", "=HYPERLINK(\"x\")"),
            ("\"", "\""),
            ("\"\"", "\"\""),
            ("~", "~"),
            ("«Amani»", "«Amani»"),
            ("", ""),
        ] {
            assert_eq!(unwrapped(cell), name, "{cell}");
        }
    }
}
