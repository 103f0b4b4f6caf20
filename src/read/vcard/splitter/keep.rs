//! What goes on with what: folds, soft breaks and the blank lines between, and which lines are kept.

use super::super::begun::Last;
use super::super::flaw::CardError;
use super::super::markers::mentions;
use super::super::property::{Name, strip_prefix};
use super::Finder;

impl Finder {
    /// Takes a line of nothing but blanks. It ends no property: whole files have one behind every
    /// line (CR CR LF, say), and what is cut there is a name or a number without its end.
    pub(super) fn take_blank(&mut self, line: &[u8]) {
        match line {
            [b' ' | b'\t', folded @ ..]
                if self.last.kept && !self.last.soft_break && self.doubt.is_none() =>
            {
                self.go_on(folded, false);
            }
            _ => self.blanks = self.blanks.saturating_add(1),
        }
    }

    /// Adds a line without marks to the open card. `cut`: it may not be whole.
    pub(super) fn add(&mut self, text: &[u8], number: u64, cut: bool) {
        if self.is_soft_broken(text) {
            self.go_on(text, cut);
        } else if let [b' ' | b'\t', folded @ ..] = text
            && self.last.name.is_some()
        {
            self.go_on(folded, cut);
        } else {
            self.add_property(text, number, cut);
        }
    }

    /// Whether a line goes on with the line before because that one ended in a soft break. A blank
    /// line between them ends the value, save in a file with blank lines everywhere, or when what
    /// comes behind it can be no property.
    pub(super) fn is_soft_broken(&self, text: &[u8]) -> bool {
        let spaced_alike = self.gap == 0 || self.gap == self.last.gap;
        self.last.soft_break && (spaced_alike || !reads_as_property(text))
    }

    /// A line that goes on with the property of the line before.
    pub(super) fn go_on(&mut self, text: &[u8], cut: bool) {
        let text = self.last.without_soft_break(text);
        self.last.gap = self.gap;
        if !self.last.kept {
            return;
        }
        let Some(open) = self.open.last_mut() else {
            return;
        };
        open.card.go_on(text);
        if cut {
            open.cut_off(self.last.name);
        }
    }

    fn add_property(&mut self, text: &[u8], number: u64, cut: bool) {
        self.last = Last { gap: self.gap, ..Last::default() };
        let Some((name, end)) = Name::of(text) else {
            return;
        };
        let head = head(text, end);
        self.last.name = Some(name);
        self.last.quoted_printable = mentions(head, b"QUOTED-PRINTABLE");
        let text = self.last.without_soft_break(text);
        if self.open.last().is_some_and(|open| open.is_over_before(name)) {
            self.close_all();
        }
        let Some(open) = self.open.last_mut() else {
            return self.add_stray(name, text, number);
        };
        self.last.kept = !matches!(name, Name::Other | Name::Agent);
        self.last.awaits_agent = name == Name::Agent && text.trim_ascii_end().ends_with(b":");
        open.version |= name == Name::Version;
        open.filled |= matches!(name, Name::Fn | Name::N | Name::Nickname | Name::Org | Name::Tel);
        match text {
            [b' ' | b'\t', ..] if open.card.is_empty() => open.card.looks_odd(CardError::Indented),
            [b'>', ..] => open.card.looks_odd(CardError::Quoted),
            _ => {}
        }
        if self.last.kept {
            self.last.kept = open.card.add(text);
        } else if mentions(head, b"CHARSET=") {
            open.card.add(head);
        }
        if cut && self.last.kept {
            open.cut_off(self.last.name);
        }
    }

    /// A line between cards: of a card without BEGIN or of something else, a list or an event.
    fn add_stray(&mut self, name: Name, text: &[u8], number: u64) {
        if name != Name::Other {
            self.stray.get_or_insert(number);
        } else if strip_prefix(text, b"END:").is_some() {
            self.give_stray(CardError::NoCard);
        }
    }
}

/// The line up to its first colon when it has parameters, else nothing.
fn head(line: &[u8], name_end: usize) -> &[u8] {
    match line.get(name_end) {
        Some(b';') => {
            let colon = memchr::memchr(b':', line).map_or(line.len(), |colon| colon + 1);
            &line[..colon]
        }
        _ => &[],
    }
}

/// Whether a line begins as properties do: with a word, then a colon or a semicolon.
fn reads_as_property(line: &[u8]) -> bool {
    let of_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._".contains(byte);
    matches!(Name::of(line), Some((_, end)) if end > 0 && line[..end].iter().all(of_name))
}
