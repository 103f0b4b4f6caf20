//! Unfolding: which lines continue a property, and which properties are kept.
//!
//! A property continues in a line with a blank in front (RFC 6350, section 3.2) and, in
//! quoted-printable, behind a soft line break (RFC 2045, section 6.7). Blank lines between them do
//! not end it: some files have one behind every line.

use super::card_error::CardError;
use super::markers::{Marker, mentions};
use super::property::{PropertyName, name_end, strip_prefix};
use super::property_names::{
    is_base64, is_free_text, is_in_capitals, is_in_program_form, is_no_property, is_prose,
    is_standard,
};
use super::spelling::says_quoted_printable;
use super::splitter::CardSplitter;
use crate::read::note::NoteKind;

/// The sign between a soft line break and a blank behind it, which is a fold's or the text's own;
/// `value` decides. No line holds one.
pub(super) const FOLD_IN_DOUBT: &[u8] = b"\r";

/// Parameters are not read again from line to line in a longer property, in bytes.
const LONGEST_HEAD: usize = 1_000;

/// The property of the last line, which the next line may continue.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct LastProperty {
    pub(super) name: Option<PropertyName>,
    kept: bool,
    pub(super) quoted_printable: bool,
    /// True if an encoded line end stands before the soft break: the text is broken at its lines, and
    /// the next one may look like a property.
    in_lines: bool,
    /// True if its parameters go on in the next line.
    head_open: bool,
    /// True if it holds free text, of which raw line ends may make lines of their own.
    free_text: bool,
    /// True if it ends in a quoted-printable `=`: the next line continues it without a blank in
    /// front.
    pub(super) soft_break: bool,
    /// The number of blank lines before its latest line: the same between all lines of a file that
    /// has them everywhere.
    gap: u32,
    /// True if it is an AGENT with nothing in its line: a card that begins now is the agent's.
    pub(super) awaits_agent: bool,
    /// The line of an `AGENT:BEGIN:VCARD`: a card begins there, unless the next line continues it
    /// with a blank in front.
    pub(super) agent_line: Option<u64>,
}

impl LastProperty {
    /// Returns `text` without a soft break at its end, and takes note whether there was one.
    fn without_soft_break<'a>(&mut self, text: &'a [u8]) -> &'a [u8] {
        let whole = self.quoted_printable.then(|| text.trim_ascii_end().strip_suffix(b"="));
        self.soft_break = matches!(whole, Some(Some(_)));
        self.in_lines = matches!(whole, Some(Some([.., b'=', b'0', b'A' | b'D' | b'a' | b'd'])));
        whole.flatten().unwrap_or(text)
    }

    /// Returns whether it is a name, which a raw line end may break.
    fn is_name(&self) -> bool {
        use PropertyName::{Fn, N, Nickname, Org};
        matches!(self.name, Some(Fn | N | Nickname | Org))
    }

    /// Reads from a line's parameters whether its value is quoted-printable.
    fn read_head(&mut self, line: &[u8]) {
        let Some(end) = name_end(line) else { return };
        self.head_open = line[end] == b';' && memchr::memchr(b':', line).is_none();
        self.quoted_printable |= says_quoted_printable(head(line, end));
    }

    /// Returns whether a line behind a soft break begins the next property. Text of which no message
    /// needs anything may hold such lines too, but hardly as programs write them.
    fn ends_before(&self, line: &[u8]) -> bool {
        if line.starts_with(b" ") || line.starts_with(b"\t") {
            return false;
        }
        if self.kept {
            let written_by_a_program = !is_prose(line) || is_in_program_form(line);
            return (is_standard(line) && written_by_a_program) || is_in_capitals(line);
        }
        is_standard(line)
            && !self.in_lines
            && (!line.trim_ascii_end().ends_with(b"=") || is_encoded(line))
            && is_in_program_form(line)
    }
}

impl CardSplitter {
    /// Takes a blank line, which ends no property: a name or a number would be cut off there.
    pub(super) fn take_blank(&mut self, line: &[u8]) {
        match line {
            [b' ' | b'\t', folded @ ..]
                if self.last.kept && !self.last.soft_break && self.pending.is_none() =>
            {
                self.continue_property(folded, false);
            }
            _ => self.blank_lines = self.blank_lines.saturating_add(1),
        }
    }

    /// Adds a line without markers to the open card. It may not be whole if `cut_off`.
    pub(super) fn add(&mut self, text: &[u8], number: u64, cut_off: bool) {
        if self.is_soft_broken(text) {
            self.continue_property(text, cut_off);
        } else if let [b' ' | b'\t', folded @ ..] = text
            && self.last.name.is_some()
        {
            self.continue_property(folded, cut_off);
        } else if self.last.quoted_printable && begins_with_code(text) {
            // A raw line end, without the `=` of a soft break before it.
            self.continue_property(text, cut_off);
        } else {
            self.add_property(text, number, cut_off);
        }
    }

    /// Returns whether a line continues the one before because of a soft break. A property ends the
    /// value: some programs write a `=` behind its last letter (Android, before a blank line that
    /// others take out). A blank line
    /// between them ends the value, unless the file has blank lines everywhere or the line cannot
    /// be a property.
    pub(super) fn is_soft_broken(&self, text: &[u8]) -> bool {
        if !self.last.soft_break || self.last.ends_before(text) {
            return false;
        }
        let usual_gap = self.gap == 0 || self.gap == self.last.gap;
        usual_gap || !looks_like_property(text)
    }

    /// Adds a line to the property of the line before.
    pub(super) fn continue_property(&mut self, text: &[u8], cut_off: bool) {
        let soft_broken = self.last.soft_break;
        self.read_rest_of_head(text);
        let text = self.last.without_soft_break(text);
        self.last.gap = self.gap;
        if let Some(open) = self.open.last_mut().filter(|_| self.last.kept) {
            if soft_broken && matches!(text, [b' ' | b'\t', ..]) {
                open.card.extend_line(FOLD_IN_DOUBT);
            }
            open.card.extend_line(text);
            if cut_off {
                open.cut_off(self.last.name);
            }
        }
    }

    /// Reads parameters that go on in a line, and perhaps end there.
    fn read_rest_of_head(&mut self, text: &[u8]) {
        if let Some(open) = self.open.last().filter(|_| self.last.kept && self.last.head_open) {
            let line = open.card.last_line();
            match line.len() < LONGEST_HEAD {
                true => self.last.read_head(&[line, text].concat()),
                false => self.last.head_open = false,
            }
        }
    }

    /// Takes an AGENT: the text of a card or, when it ends in BEGIN, perhaps the first line of one.
    pub(super) fn add_agent(&mut self, marker: Marker, line: u64) {
        let awaits_agent = marker == Marker::Begin;
        if let (Marker::End, Some(around)) = (marker, self.open.last_mut()) {
            around.card.note_once(NoteKind::AgentLeftOut);
        }
        self.last = LastProperty {
            name: Some(PropertyName::Agent),
            awaits_agent,
            agent_line: awaits_agent.then_some(line),
            ..LastProperty::default()
        };
    }

    fn add_property(&mut self, text: &[u8], number: u64, cut_off: bool) {
        let before = std::mem::take(&mut self.last);
        self.last.gap = self.gap;
        let stray = before.free_text && is_prose(text);
        let known = PropertyName::of(text).filter(|_| !stray);
        let other = matches!(known, None | Some((PropertyName::Other, _)));
        let of_name =
            || before.is_name() && (before.soft_break || is_prose(text)) && !is_standard(text);
        if other && (stray || is_no_property(text) || of_name()) {
            self.note_stray(before, text);
            self.last.free_text = before.free_text;
        }
        let Some((name, end)) = known else {
            return;
        };
        let head = head(text, end);
        self.last.name = Some(name);
        self.last.free_text |=
            matches!(name, PropertyName::Other | PropertyName::Org) && is_free_text(text);
        self.last.read_head(text);
        let text = self.last.without_soft_break(text);
        if self.open.last().is_some_and(|open| open.is_over_before(name)) {
            self.close_all();
        }
        let Some(open) = self.open.last_mut() else {
            return self.add_outside(name, text, number);
        };
        self.last.awaits_agent =
            name == PropertyName::Agent && text.trim_ascii_end().ends_with(b":");
        open.has_version |= name == PropertyName::Version;
        open.has_content |= name.is_content();
        match text {
            [b' ' | b'\t', ..] if open.card.is_empty() => {
                open.card.reject_if_empty(CardError::Indented);
            }
            [b'>', ..] => open.card.reject_if_empty(CardError::Quoted),
            _ => {}
        }
        if !matches!(name, PropertyName::Other | PropertyName::Agent) {
            self.last.kept = open.card.add_line(text);
        } else if mentions(head, b"CHARSET=") {
            open.card.add_line(head);
        }
        if cut_off && self.last.kept {
            open.cut_off(self.last.name);
        }
    }

    /// Notes a line that is no property: a raw line end broke the value before it. A number that
    /// lacks digits would be another one, and is left out.
    fn note_stray(&mut self, before: LastProperty, text: &[u8]) {
        let Some(open) = self.open.last_mut() else { return };
        if before.name == Some(PropertyName::Tel) && before.kept && is_rest_of_number(text) {
            open.card.drop_cut_number();
        } else if !matches!(text, [b' ' | b'\t' | b'>', ..]) && !is_base64(text) {
            open.card.note_once(NoteKind::NotAProperty);
        }
    }

    /// Takes a line outside of cards: of a card without BEGIN, or of something else, such as an
    /// event.
    fn add_outside(&mut self, name: PropertyName, text: &[u8], number: u64) {
        if name != PropertyName::Other {
            self.headless.get_or_insert(number);
        } else if strip_prefix(text, b"END:").is_some() {
            self.reject_headless(CardError::NotACard);
        }
    }
}

/// Returns whether a text begins with a byte of quoted-printable, as no property does.
fn begins_with_code(text: &[u8]) -> bool {
    matches!(text, [b'=', a, b, ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit())
}

/// Returns whether a line that is no property can be the last digits of the number before it.
fn is_rest_of_number(line: &[u8]) -> bool {
    let of_number = |byte: &u8| byte.is_ascii_digit() || b" -./()#*".contains(byte);
    line.iter().any(u8::is_ascii_digit) && line.trim_ascii().iter().all(of_number)
}

/// Returns whether a line says that its value is quoted-printable.
fn is_encoded(line: &[u8]) -> bool {
    name_end(line).is_some_and(|end| says_quoted_printable(head(line, end)))
}

/// The line up to its first colon if it has parameters, else nothing.
fn head(line: &[u8], name_end: usize) -> &[u8] {
    match line.get(name_end) {
        Some(b';') => {
            let colon = memchr::memchr(b':', line).map_or(line.len(), |colon| colon + 1);
            &line[..colon]
        }
        _ => &[],
    }
}

/// Returns whether a line begins as properties do: with a word, then a colon or a semicolon.
fn looks_like_property(line: &[u8]) -> bool {
    let of_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._".contains(byte);
    name_end(line).is_some_and(|end| end > 0 && line[..end].iter().all(of_name))
}
