//! BEGIN and END: where they stand in a line, and the disguises in which they come.

use memchr::{memchr2_iter, memmem};

use super::property::{Name, strip_prefix};

const BEGIN: &[u8] = b"BEGIN:VCARD";
const END: &[u8] = b"END:VCARD";

/// BEGIN:VCARD of a single-byte text that was read as UTF-16 (little and big endian, from an even
/// and an odd byte), and BEGIN of UTF-16 that was read in the other order of bytes.
const MISREAD: [&str; 5] = [
    "\u{4542}\u{4947}\u{3a4e}\u{4356}\u{5241}",
    "\u{4745}\u{4e49}\u{563a}\u{4143}\u{4452}",
    "\u{4245}\u{4749}\u{4e3a}\u{5643}\u{4152}",
    "\u{4547}\u{494e}\u{3a56}\u{4341}\u{5244}",
    "\u{4200}\u{4500}\u{4700}\u{4900}\u{4e00}",
];

/// What a line says about where cards begin and end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    Begin,
    End,
}

impl Mark {
    /// The mark as it is written.
    pub(super) fn text(self) -> &'static [u8] {
        match self {
            Self::Begin => BEGIN,
            Self::End => END,
        }
    }
}

/// The mark that a line ends with and what stands before it. An END counts at the line's front too:
/// whatever a mishap put behind it is no part of a card.
pub(super) fn split_mark(line: &[u8]) -> Option<(&[u8], Mark)> {
    if !matches!(line.last(), Some(b'D' | b'd' | b'\t'..=b'\r' | b' ' | 0x8B | 0xA0 | 0xBF))
        && !may_end(line)
    {
        return None;
    }
    let line = trim_end(line);
    // Joined files bring their byte order marks along.
    let line = line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(line);
    last_mark(line).or_else(|| may_end(line).then_some((&line[..0], Mark::End)))
}

/// The line without blanks and their like behind it: a no-break space, a space of no width.
fn trim_end(line: &[u8]) -> &[u8] {
    const BLANKS: [&str; 3] = ["\u{a0}", "\u{200b}", "\u{feff}"];
    let mut line = line.trim_ascii_end();
    while let Some(rest) = BLANKS.iter().find_map(|blank| line.strip_suffix(blank.as_bytes())) {
        line = rest.trim_ascii_end();
    }
    line
}

/// `BEGIN:VCARD` at the end, or `BEGIN: VCARD` as some write it.
fn last_mark(line: &[u8]) -> Option<(&[u8], Mark)> {
    let rest = strip_suffix(line, b"VCARD")?.trim_ascii_end();
    let rest = rest.strip_suffix(b":")?.trim_ascii_end();
    match strip_suffix(rest, b"BEGIN") {
        Some(before) => Some((before, Mark::Begin)),
        None => strip_suffix(rest, b"END").map(|before| (before, Mark::End)),
    }
}

fn may_end(line: &[u8]) -> bool {
    strip_prefix(line, END).is_some()
}

/// Whether a text was cut off, so that the next card's BEGIN is glued to it.
pub(super) fn has_glued_begin(line: &[u8]) -> bool {
    matches!(split_mark(line), Some((rest, Mark::Begin)) if !rest.trim_ascii().is_empty())
}

/// Whether a line (trimmed) is nothing but the BEGIN of a card.
pub(super) fn is_begin(line: &[u8]) -> bool {
    matches!(split_mark(line), Some((rest, Mark::Begin)) if rest.trim_ascii().is_empty())
}

/// Whether a card begins with this line, whatever comes behind its BEGIN.
pub(super) fn opens_with_begin(line: &[u8]) -> bool {
    let text = line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(line).trim_ascii_start();
    strip_prefix(text, BEGIN).is_some() || is_begin(line)
}

/// Whether `AGENT:BEGIN:VCARD` stands here, or a whole card as the text of an AGENT.
pub(super) fn opens_agent(rest: &[u8], mark: Mark) -> bool {
    let agent = matches!(Name::of(rest), Some((Name::Agent, _)));
    agent
        && match mark {
            Mark::Begin => rest.trim_ascii_end().ends_with(b":"),
            Mark::End => has_begin(rest),
        }
}

/// Whether BEGIN:VCARD stands anywhere in a text.
pub(super) fn has_begin(text: &[u8]) -> bool {
    mentions(text, BEGIN)
}

/// The pieces of a line that holds whole cards, each from its BEGIN, and whether each has an END.
pub(super) fn cards_in_line(line: &[u8]) -> Vec<bool> {
    let mut starts: Vec<usize> = memchr2_iter(b'B', b'b', line)
        .filter(|start| strip_prefix(&line[*start..], BEGIN).is_some())
        .collect();
    starts.push(line.len());
    starts.windows(2).map(|piece| mentions(&line[piece[0]..piece[1]], END)).collect()
}

/// Whether `word` (in capitals) stands in `text` in any letter case.
pub(super) fn mentions(text: &[u8], word: &[u8]) -> bool {
    let first = word[0];
    memchr2_iter(first, first.to_ascii_lowercase(), text)
        .any(|start| strip_prefix(&text[start..], word).is_some())
}

/// A line of UTF-16 in a file of single bytes, without the zeros; `None` when it is none.
pub(super) fn narrow(line: &[u8]) -> Option<Vec<u8>> {
    // Such a line ends in a zero or in one and its last byte: most lines are let through by that.
    if !matches!(line, [.., 0] | [.., 0, _]) {
        return None;
    }
    let zeros = line.iter().filter(|byte| **byte == 0).count();
    let wide_begin = || memmem::find(line, b"B\0E\0G\0I\0N\0:\0V\0C\0A\0R\0D").is_some();
    let is_wide = zeros * 3 > line.len() || wide_begin();
    is_wide.then(|| line.iter().copied().filter(|byte| !matches!(byte, 0 | 0xFE | 0xFF)).collect())
}

/// How many cards of another encoding begin in a line that was read as UTF-16: to it, all the rest
/// of such a file is one line.
pub(super) fn misread_cards(line: &[u8]) -> usize {
    MISREAD.iter().map(|begin| memmem::find_iter(line, begin.as_bytes()).count()).sum()
}

/// `text` without `suffix`, in any letter case.
pub(super) fn strip_suffix<'a>(text: &'a [u8], suffix: &[u8]) -> Option<&'a [u8]> {
    let (rest, end) = text.split_at_checked(text.len().checked_sub(suffix.len())?)?;
    end.eq_ignore_ascii_case(suffix).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_at_the_end_of_a_line() {
        let table: [(&str, Option<(&str, Mark)>); 10] = [
            ("BEGIN:VCARD", Some(("", Mark::Begin))),
            ("begin : vCard ", Some(("", Mark::Begin))),
            ("\u{feff}BEGIN: VCARD", Some(("", Mark::Begin))),
            ("BEGIN:VCARD\u{a0} \u{200b}", Some(("", Mark::Begin))),
            ("xEND:VCARD\t", Some(("x", Mark::End))),
            ("END:VCARDBEGIN:VCARD", Some(("END:VCARD", Mark::Begin))),
            ("END:VCARD and more", Some(("", Mark::End))),
            ("BEGINVCARD", None),
            ("TEND", None),
            ("BEGIN:VCARD VERSION:3.0", None),
        ];
        for (line, expected) in table {
            let expected = expected.map(|(rest, mark)| (rest.as_bytes(), mark));
            assert_eq!(split_mark(line.as_bytes()), expected, "{line}");
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
