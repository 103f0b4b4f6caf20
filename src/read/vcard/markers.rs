//! BEGIN and END: where they stand in a line, and in which forms they are written.

use memchr::{memchr2_iter, memmem};

use super::property::{PropertyName, strip_prefix};

const BEGIN: &[u8] = b"BEGIN:VCARD";
const END: &[u8] = b"END:VCARD";

/// BEGIN:VCARD of a single-byte text read as UTF-16 (little and big endian, from an even and an odd
/// byte), and BEGIN of UTF-16 read in the other byte order.
const MISREAD: [&str; 5] = [
    "\u{4542}\u{4947}\u{3a4e}\u{4356}\u{5241}",
    "\u{4745}\u{4e49}\u{563a}\u{4143}\u{4452}",
    "\u{4245}\u{4749}\u{4e3a}\u{5643}\u{4152}",
    "\u{4547}\u{494e}\u{3a56}\u{4341}\u{5244}",
    "\u{4200}\u{4500}\u{4700}\u{4900}\u{4e00}",
];

/// The first or the last line of a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Marker {
    Begin,
    End,
}

impl Marker {
    /// The marker as it is written.
    pub(super) fn text(self) -> &'static [u8] {
        match self {
            Self::Begin => BEGIN,
            Self::End => END,
        }
    }
}

/// Returns the marker at a line's end and what stands before it. An END at the line's beginning
/// counts too: what stands behind it is not part of a card.
pub(super) fn split_marker(line: &[u8]) -> Option<(&[u8], Marker)> {
    if !matches!(line.last(), Some(b'D' | b'd' | b'\t'..=b'\r' | b' ' | 0x8B | 0xA0 | 0xBF))
        && !starts_with_end(line)
    {
        return None;
    }
    let line = trim_end(line);
    // Joined files have byte order marks inside.
    let line = line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(line);
    last_marker(line).or_else(|| starts_with_end(line).then_some((&line[..0], Marker::End)))
}

/// The line without the blanks at its end, no-break and zero-width spaces included.
fn trim_end(line: &[u8]) -> &[u8] {
    const BLANKS: [&str; 3] = ["\u{a0}", "\u{200b}", "\u{feff}"];
    let mut line = line.trim_ascii_end();
    while let Some(rest) = BLANKS.iter().find_map(|blank| line.strip_suffix(blank.as_bytes())) {
        line = rest.trim_ascii_end();
    }
    line
}

/// The marker at the line's end: `BEGIN:VCARD`, or `BEGIN: VCARD` as some programs write it.
fn last_marker(line: &[u8]) -> Option<(&[u8], Marker)> {
    let rest = strip_suffix(line, b"VCARD")?.trim_ascii_end();
    let rest = rest.strip_suffix(b":")?.trim_ascii_end();
    match strip_suffix(rest, b"BEGIN") {
        Some(before) => Some((before, Marker::Begin)),
        None => strip_suffix(rest, b"END").map(|before| (before, Marker::End)),
    }
}

fn starts_with_end(line: &[u8]) -> bool {
    strip_prefix(line, END).is_some()
}

/// Returns whether a text was cut off, so that the next card's BEGIN is joined to it.
pub(super) fn has_joined_begin(line: &[u8]) -> bool {
    matches!(split_marker(line), Some((rest, Marker::Begin)) if !rest.trim_ascii().is_empty())
}

/// Returns whether a trimmed line is nothing but the BEGIN of a card.
pub(super) fn is_begin(line: &[u8]) -> bool {
    matches!(split_marker(line), Some((rest, Marker::Begin)) if rest.trim_ascii().is_empty())
}

/// Returns whether a card begins with this line, whatever comes behind its BEGIN.
pub(super) fn opens_with_begin(line: &[u8]) -> bool {
    let text = line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(line).trim_ascii_start();
    strip_prefix(text, BEGIN).is_some() || is_begin(line)
}

/// Returns whether the text before a marker is that of an AGENT: `AGENT:BEGIN:VCARD`, or a whole
/// card in the AGENT's line.
pub(super) fn opens_agent(rest: &[u8], marker: Marker) -> bool {
    let agent = matches!(PropertyName::of(rest), Some((PropertyName::Agent, _)));
    agent
        && match marker {
            Marker::Begin => rest.trim_ascii_end().ends_with(b":"),
            Marker::End => has_begin(rest),
        }
}

/// Returns whether BEGIN:VCARD stands anywhere in a text.
pub(super) fn has_begin(text: &[u8]) -> bool {
    mentions(text, BEGIN)
}

/// For each card in a line, whether it has an END.
pub(super) fn cards_in_line(line: &[u8]) -> Vec<bool> {
    let mut starts: Vec<usize> = memchr2_iter(b'B', b'b', line)
        .filter(|start| strip_prefix(&line[*start..], BEGIN).is_some())
        .collect();
    starts.push(line.len());
    starts.windows(2).map(|part| mentions(&line[part[0]..part[1]], END)).collect()
}

/// Returns whether `word` (in capitals) stands in `text` in any letter case.
pub(super) fn mentions(text: &[u8], word: &[u8]) -> bool {
    let first = word[0];
    memchr2_iter(first, first.to_ascii_lowercase(), text)
        .any(|start| strip_prefix(&text[start..], word).is_some())
}

/// A line of UTF-16 in a file of single bytes, without the zeros; `None` if it is not UTF-16.
pub(super) fn narrow(line: &[u8]) -> Option<Vec<u8>> {
    // A line of UTF-16 has a zero in its last two bytes, and most other lines have none.
    if !matches!(line, [.., 0] | [.., 0, _]) {
        return None;
    }
    let zeros = line.iter().filter(|byte| **byte == 0).count();
    let wide_begin = || memmem::find(line, b"B\0E\0G\0I\0N\0:\0V\0C\0A\0R\0D").is_some();
    let is_wide = zeros * 3 > line.len() || wide_begin();
    is_wide.then(|| line.iter().copied().filter(|byte| !matches!(byte, 0 | 0xFE | 0xFF)).collect())
}

/// The number of cards of another encoding in a line that was read as UTF-16. All the rest of such
/// a file is one line then.
pub(super) fn misread_cards(line: &[u8]) -> usize {
    MISREAD.iter().map(|begin| memmem::find_iter(line, begin.as_bytes()).count()).sum()
}

/// `text` without `suffix`, in any letter case.
pub(super) fn strip_suffix<'a>(text: &'a [u8], suffix: &[u8]) -> Option<&'a [u8]> {
    let (rest, end) = text.split_at_checked(text.len().checked_sub(suffix.len())?)?;
    end.eq_ignore_ascii_case(suffix).then_some(rest)
}

/// Returns whether a text is separate from the marker behind it: it ends in a punctuation sign, a
/// blank or an escaped line end. A text that was cut off mostly ends in a word.
pub(super) fn is_separate(before: &[u8]) -> bool {
    const LINE_ENDS: [&[u8]; 4] = [b"\\n", b"\\r", b"=0A", b"=0D"];
    let by_sign = |last: &u8| last.is_ascii_punctuation() || last.is_ascii_whitespace();
    before.last().is_some_and(by_sign)
        || LINE_ENDS.iter().any(|end| strip_suffix(before, end).is_some())
}

/// Returns whether a fold fell between the backslash of an escaped line end and its letter.
pub(super) fn is_rest_of_line_end(folded: &[u8]) -> bool {
    folded.trim_ascii().eq_ignore_ascii_case(b"n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_at_the_end_of_a_line() {
        let table: [(&str, Option<(&str, Marker)>); 10] = [
            ("BEGIN:VCARD", Some(("", Marker::Begin))),
            ("begin : vCard ", Some(("", Marker::Begin))),
            ("\u{feff}BEGIN: VCARD", Some(("", Marker::Begin))),
            ("BEGIN:VCARD\u{a0} \u{200b}", Some(("", Marker::Begin))),
            ("xEND:VCARD\t", Some(("x", Marker::End))),
            ("END:VCARDBEGIN:VCARD", Some(("END:VCARD", Marker::Begin))),
            ("END:VCARD and more", Some(("", Marker::End))),
            ("BEGINVCARD", None),
            ("TEND", None),
            ("BEGIN:VCARD VERSION:3.0", None),
        ];
        for (line, expected) in table {
            let expected = expected.map(|(rest, marker)| (rest.as_bytes(), marker));
            assert_eq!(split_marker(line.as_bytes()), expected, "{line}");
        }
    }

    #[test]
    fn cards_of_one_line_are_counted() {
        let table: [(&str, &[bool]); 3] = [
            ("BEGIN:VCARD FN:A END:VCARD", &[true]),
            ("x BEGIN:VCARD FN:A begin:vcard FN:B END:VCARD", &[false, true]),
            ("FN:A", &[]),
        ];
        for (line, expected) in table {
            assert_eq!(cards_in_line(line.as_bytes()), expected, "{line}");
        }
    }
}
