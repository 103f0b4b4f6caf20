//! Folds inside a property's name, BEGIN or END: `TE`, then ` L:…` (RFC 6350, section 3.2).
//!
//! A line that may be the beginning of a name is held until the next one shows what it is. It is
//! joined with a folded line only if a property that is known comes of it.

use super::lines::Line;
use super::markers::{is_begin, opens_with_begin};
use super::property::strip_prefix;
use super::property_names::is_standard;
use super::splitter::CardSplitter;

/// The longest text that may be the beginning of a name, in bytes.
const LONGEST_NAME: usize = 40;

/// A line that the next one may continue inside its name.
#[derive(Debug)]
pub(super) struct HeldLine {
    text: Vec<u8>,
    number: u64,
    ended: bool,
    unicode: bool,
    /// The number of blank lines before it.
    blank_lines: u32,
}

impl HeldLine {
    fn as_line(&self) -> Line<'_> {
        Line {
            bytes: &self.text,
            number: self.number,
            length: self.text.len(),
            ended: self.ended,
            unicode: self.unicode,
        }
    }
}

impl CardSplitter {
    /// Joins a line with the one that is held, or holds it; returns whether it is done with.
    pub(super) fn take_in_name(&mut self, line: &Line<'_>) -> bool {
        if let Some(mut held) = self.held.take() {
            if let Some(joined) = joined(&held.text, line.bytes) {
                (held.text, held.ended) = (joined, line.ended);
                match may_go_on(&held.text) {
                    true => self.held = Some(held),
                    false => self.take_held(&held),
                }
                return true;
            }
            self.take_held(&held);
        }
        if !may_go_on(line.bytes) || self.is_soft_broken(line.bytes) {
            return false;
        }
        self.held = Some(HeldLine {
            text: line.bytes.to_vec(),
            number: line.number,
            ended: line.ended,
            unicode: line.unicode,
            blank_lines: std::mem::take(&mut self.blank_lines),
        });
        true
    }

    /// Takes the line that is held, if there is one.
    pub(super) fn finish_held(&mut self) {
        if let Some(held) = self.held.take() {
            self.take_held(&held);
        }
    }

    fn take_held(&mut self, held: &HeldLine) {
        let behind = std::mem::replace(&mut self.blank_lines, held.blank_lines);
        self.take_whole(&held.as_line());
        self.blank_lines = behind;
    }
}

/// Returns whether a text may be the beginning of a property's name, of BEGIN or of END.
fn may_go_on(text: &[u8]) -> bool {
    let of_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"-.".contains(byte);
    text.len() <= LONGEST_NAME
        && text.first().is_some_and(u8::is_ascii_alphanumeric)
        && (text.iter().all(of_name) || is_part_of_marker(text))
}

fn is_part_of_marker(text: &[u8]) -> bool {
    [&b"BEGIN:VCARD"[..], b"END:VCARD"]
        .iter()
        .any(|marker| text.len() < marker.len() && strip_prefix(marker, text).is_some())
}

/// The line that a held text and the folded line behind it are, if that is one.
fn joined(held: &[u8], line: &[u8]) -> Option<Vec<u8>> {
    let [b' ' | b'\t', folded @ ..] = line else { return None };
    if opens_with_begin(folded) || strip_prefix(folded.trim_ascii(), b"END:VCARD").is_some() {
        return None;
    }
    let whole = [held, folded].concat();
    let is_end = || whole.trim_ascii().eq_ignore_ascii_case(b"END:VCARD");
    let known = may_go_on(&whole) || is_standard(&whole) || is_begin(&whole) || is_end();
    known.then_some(whole)
}

/// Returns whether a file begins with a folded BEGIN:VCARD. `lines` are those of its first bytes
/// that are not blank.
pub(super) fn is_folded_begin(first: &[u8], next: &[u8]) -> Option<Vec<u8>> {
    joined(first, next).filter(|text| is_begin(text) || is_part_of_marker(text))
}
