//! What has begun while lines become cards: open cards, the last line's property, a mark in doubt.

use super::card::RawCard;
use super::markers::Mark;
use super::property::Name;

/// A card that has begun.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) card: RawCard,
    pub(super) size: usize,
    /// The card of an AGENT, which is nobody's contact.
    pub(super) agent: bool,
    /// The last AGENT's card: a neighbour after all when this card never ends.
    pub(super) held: Option<RawCard>,
    /// A card inside it has ended, and it goes on.
    pub(super) resumed: bool,
    /// It has a VERSION.
    pub(super) version: bool,
    /// Its last line may lack its end, and is not a number, which is left out.
    pub(super) cut: bool,
    /// It has a name or a number.
    pub(super) filled: bool,
}

/// The property that the last line belongs to, for the lines that go on with it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Last {
    pub(super) name: Option<Name>,
    pub(super) kept: bool,
    pub(super) quoted_printable: bool,
    /// It ends in a quoted-printable `=`: the next line goes on without a blank in front.
    pub(super) soft_break: bool,
    /// How many blank lines stand before its latest line: as many as between all lines of a file
    /// that has them everywhere.
    pub(super) gap: u32,
    /// An AGENT with nothing in its line: a card that begins now is the agent's.
    pub(super) awaits_agent: bool,
    /// `AGENT:BEGIN:VCARD`: a card unless the next line goes on with a blank in front.
    pub(super) agent_begins: Option<u64>,
}

/// A BEGIN or END behind other text, or folded, which may be text itself: the next line tells.
#[derive(Debug, Clone, Copy)]
pub(super) struct Doubt {
    pub(super) mark: Mark,
    pub(super) number: u64,
    pub(super) unicode: bool,
    /// Nothing but the mark is in the line.
    pub(super) alone: bool,
}

impl Open {
    /// Its last line may not be whole: a number is left out at once, a name or a label makes the
    /// card useless, unless an END shows that only a line end is lost.
    pub(super) fn cut_off(&mut self, name: Option<Name>) {
        match name {
            Some(Name::Tel) => self.card.drop_cut_number(),
            Some(Name::Version) | None => {}
            Some(_) => self.cut = true,
        }
    }

    /// Whether a property shows that END and BEGIN before it are lost.
    pub(super) fn is_over_before(&self, name: Name) -> bool {
        let second_version = name == Name::Version && self.version && self.filled;
        second_version || (self.resumed && begins_another(name))
    }
}

impl Last {
    /// Notes whether `text` ends in a soft break, and takes it off.
    pub(super) fn without_soft_break<'a>(&mut self, text: &'a [u8]) -> &'a [u8] {
        let whole = self.quoted_printable.then(|| text.trim_ascii_end().strip_suffix(b"="));
        self.soft_break = matches!(whole, Some(Some(_)));
        whole.flatten().unwrap_or(text)
    }
}

/// Properties that a card has once: another one belongs to another card.
pub(super) fn begins_another(name: Name) -> bool {
    matches!(name, Name::Version | Name::Fn | Name::N)
}
