//! Cards: the lines of one, what they say, and the contact that is sent.

use std::borrow::Cow;

use super::card_error::CardError;
use super::charset::Charset;
use super::name::{self, NameSource};
use super::property::{Property, PropertyName};
use super::round_trip;
use super::tel::{self, Number};
use super::value::{Context, Decoder, plain, unescape};
use crate::read::note::NoteKind;
use crate::read::{Cells, Place, Record, Row, SkipReason};

/// A card with more numbers is rejected: `vcard_parser` is quadratic in them.
const MOST_NUMBERS: usize = 100;

/// The most lines that are kept. A real card has a dozen that matter.
const MOST_LINES: usize = 1_000;

/// The lines of one card that a message can need, as they stand in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawCard {
    place: Place,
    /// Unfolded lines with LF between them.
    lines: Vec<u8>,
    line_count: usize,
    /// True if the file was UTF-16: the lines are UTF-8, whatever charset they name.
    unicode: bool,
    /// The charset of `--encoding`, for lines that name none.
    given: Option<Charset>,
    error: Option<CardError>,
    /// The error if the card turns out to be empty.
    error_if_empty: Option<CardError>,
    /// True if something in it looked like the next card, so that a second name is the next card's.
    may_be_two: bool,
    notes: Vec<NoteKind>,
}

/// The content of a card, before anything is left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DecodedCard {
    /// `2.1`, `3.0`, `4.0` or whatever it says.
    pub version: Option<String>,
    /// The name to show and where it comes from; not from a number.
    pub name: Option<(NameSource, String)>,
    /// Every number in the card's order, faxes and the like among them.
    pub numbers: Vec<Number>,
    /// True if it stands for a group of contacts.
    pub group: bool,
    /// The reason for a reject, although it could be decoded.
    pub(super) error: Option<CardError>,
    /// The repairs.
    pub notes: Vec<NoteKind>,
}

/// A contact from a vCard, as `vcard_parser` returned it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// The place of its `BEGIN:VCARD`.
    pub place: Place,
    /// The name to show and where it comes from; `None` for a card without name and numbers.
    pub name: Option<(NameSource, String)>,
    /// The numbers to show, the preferred one first.
    pub phones: Vec<Phone>,
    /// Repairs and omissions.
    pub notes: Vec<NoteKind>,
}

/// A number of a [`Card`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phone {
    /// The number as it is written.
    pub number: String,
    /// The type to show; empty if there is none.
    pub kind: Cow<'static, str>,
    /// Its WhatsApp id, where the card names it.
    pub wa_id: Option<String>,
}

impl RawCard {
    pub(super) fn new(place: Place, unicode: bool, given: Option<Charset>) -> Self {
        Self {
            place,
            lines: Vec::new(),
            line_count: 0,
            unicode,
            given,
            error: None,
            error_if_empty: None,
            may_be_two: false,
            notes: Vec::new(),
        }
    }

    /// The place of its `BEGIN:VCARD`.
    #[must_use]
    pub fn place(&self) -> Place {
        self.place
    }

    /// Adds a line; returns `false` if it was not kept.
    pub(super) fn add_line(&mut self, line: &[u8]) -> bool {
        self.line_count += 1;
        if self.error.is_some() || self.line_count > MOST_LINES {
            return false;
        }
        if !self.lines.is_empty() {
            self.lines.push(b'\n');
        }
        self.lines.extend_from_slice(line);
        true
    }

    /// Adds text to the last line.
    pub(super) fn extend_line(&mut self, text: &[u8]) {
        if self.error.is_none() {
            self.lines.extend_from_slice(text);
        }
    }

    /// Returns whether no line has been added.
    pub(super) fn is_empty(&self) -> bool {
        self.line_count == 0
    }

    /// Removes the last line, a number that may lack its last digits.
    pub(super) fn drop_cut_number(&mut self) {
        let end = memchr::memrchr(b'\n', &self.lines).unwrap_or(0);
        self.lines.truncate(end);
        self.note(NoteKind::NumberCutOff);
    }

    /// The last line so far.
    pub(super) fn last_line(&self) -> &[u8] {
        let start = memchr::memrchr(b'\n', &self.lines).map_or(0, |end| end + 1);
        &self.lines[start..]
    }

    /// Takes a note, unless it has it already.
    pub(super) fn note_once(&mut self, kind: NoteKind) {
        if !self.notes.contains(&kind) {
            self.notes.push(kind);
        }
    }

    pub(super) fn note(&mut self, kind: NoteKind) {
        self.notes.push(kind);
    }

    pub(super) fn may_be_two(&mut self) {
        self.may_be_two = true;
    }

    /// Rejects the card. The first error is kept.
    pub(super) fn reject(&mut self, error: CardError) {
        self.error.get_or_insert(error);
        self.lines = Vec::new();
    }

    /// Rejects the card if it turns out to be empty. The first error is kept.
    pub(super) fn reject_if_empty(&mut self, error: CardError) {
        self.error_if_empty.get_or_insert(error);
    }

    /// Decodes everything that the card says.
    #[must_use]
    pub fn decode(&self) -> DecodedCard {
        let mut without_colon = false;
        let lines = self.lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        let properties: Vec<Property<'_>> = lines
            .filter_map(|line| {
                let property = Property::parse(line);
                without_colon |= property.is_none();
                property
            })
            .collect();
        let mut decoder = Decoder { context: self.context(&properties), notes: self.notes.clone() };
        if without_colon && !decoder.notes.contains(&NoteKind::NotAProperty) {
            decoder.notes.push(NoteKind::NotAProperty);
        }
        let name = name::find(&properties, &mut decoder);
        let version = properties.iter().find(|one| one.name == PropertyName::Version);
        let version = version.map(|one| plain(one.value).trim().to_owned());
        let group = properties.iter().any(|one| {
            one.name == PropertyName::Kind && one.value.trim_ascii().eq_ignore_ascii_case(b"group")
        });
        let numbers = tel::numbers(&properties, &mut decoder);
        let error = self.error_in(&properties, &numbers, name.is_none(), version.as_deref());
        DecodedCard { version, name, numbers, group, error, notes: decoder.notes }
    }

    fn context(&self, properties: &[Property<'_>]) -> Context {
        let mut charsets = properties.iter().filter_map(|one| one.parameters.charset);
        let card = charsets.find_map(Charset::besides_utf8);
        Context { card, given: self.given, unicode: self.unicode }
    }

    /// Returns the reason why a card is rejected that could be decoded.
    fn error_in(
        &self,
        properties: &[Property<'_>],
        numbers: &[Number],
        nameless: bool,
        version: Option<&str>,
    ) -> Option<CardError> {
        let doubtful = self.may_be_two
            || self.notes.contains(&NoteKind::LostEnd)
            || name::is_repeated(properties);
        let empty =
            numbers.is_empty() && (nameless || self.error_if_empty == Some(CardError::Indented));
        match self.line_count > MOST_LINES {
            true if numbers.len() > MOST_NUMBERS => Some(CardError::TooManyNumbers),
            true => Some(CardError::TooManyLines),
            false if properties.iter().any(|one| one.parameters.too_many_types) => {
                Some(CardError::TooManyTypes)
            }
            false if name::are_of_two(properties, doubtful, version != Some("4.0")) => {
                Some(CardError::Mixed)
            }
            false => self.error_if_empty.filter(|_| empty),
        }
    }

    /// Turns the lines into a contact, by way of `vcard_parser`.
    #[must_use]
    pub fn into_record(self) -> Record {
        let place = self.place;
        let empty = |notes| Card { place, name: None, phones: Vec::new(), notes };
        match self.error {
            None => {}
            Some(CardError::NotACard) => {
                return Record::Skipped { place, reason: SkipReason::NotACard };
            }
            Some(error) => return empty(self.notes).broken(error),
        }
        let card = self.decode();
        match card.error {
            // Nothing says whose name it is.
            Some(CardError::Mixed) => empty(card.notes).broken(CardError::Mixed),
            Some(error) => Card { name: card.name, ..empty(card.notes) }.broken(error),
            None if card.group => Record::Skipped { place, reason: SkipReason::GroupCard },
            None => Card { name: card.name, ..empty(card.notes) }.with_numbers(card.numbers),
        }
    }
}

impl Card {
    /// Adds the numbers that a message can use, as `vcard_parser` returns them.
    fn with_numbers(mut self, mut numbers: Vec<Number>) -> Record {
        numbers.iter_mut().for_each(Number::complete_by_wa_id);
        self.sort(&mut numbers);
        self.name_by_number(&numbers);
        if numbers.len() > MOST_NUMBERS {
            return self.broken(CardError::TooManyNumbers);
        }
        match round_trip::through_parser(self.name(), &numbers) {
            Ok(parsed) => {
                self.name = self.name.map(|(source, _)| (source, parsed.name));
                self.phones = parsed.numbers.into_iter().map(Phone::from).collect();
                Record::Card(self)
            }
            Err(error) => {
                self.phones = numbers.into_iter().map(Phone::from).collect();
                self.broken(error)
            }
        }
    }

    /// Puts the preferred numbers first and leaves out those that cannot show a card.
    fn sort(&mut self, numbers: &mut Vec<Number>) {
        let notes = &mut self.notes;
        numbers.retain(|number| {
            let left_out = number.device_note();
            notes.extend(left_out);
            left_out.is_none()
        });
        numbers.sort_by_key(|number| number.preference.unwrap_or(u8::MAX));
        if numbers.len() > MOST_NUMBERS {
            tel::join_equal(numbers);
        }
        if numbers.is_empty() {
            notes.push(NoteKind::NoNumber);
        }
    }

    /// Shows the first number for want of a name.
    fn name_by_number(&mut self, numbers: &[Number]) {
        if self.name.is_none() {
            let number = numbers.first();
            self.name = number.map(|number| (NameSource::Number, unescape(&number.text)));
        }
        let source = self.name.as_ref().map(|(source, _)| *source);
        self.notes.extend(source.and_then(NameSource::note));
    }

    /// The name to show; empty if there is none.
    #[must_use]
    pub fn name(&self) -> &str {
        self.name.as_ref().map_or("", |(_, name)| name)
    }

    /// Returns whether a number is shown for want of a name.
    #[must_use]
    pub fn shows_number(&self) -> bool {
        matches!(self.name, Some((NameSource::Number, _)))
    }

    /// The columns of rejected cards, with room for this many numbers:
    /// `name,phone,type,wa_id,phone_2,type_2,wa_id_2,…`.
    #[must_use]
    pub fn columns(numbers: usize) -> Vec<String> {
        let of_number =
            |number| ["phone", "type", "wa_id"].map(|column| numbered_column(column, number));
        ["name".to_owned()].into_iter().chain((1..=numbers).flat_map(of_number)).collect()
    }

    /// The column of a number, from 1: `phone`, `phone_2`, ….
    #[must_use]
    pub fn phone_column(number: usize) -> String {
        numbered_column("phone", number)
    }

    /// The card as a row in its [`columns`](Self::columns).
    #[must_use]
    pub fn cells(&self) -> Cells {
        let phones = self.phones.iter().flat_map(|phone| {
            [&*phone.number, &*phone.kind, phone.wa_id.as_deref().unwrap_or_default()]
        });
        [self.name()].into_iter().chain(phones).collect()
    }

    /// The card as a reject.
    fn broken(self, error: CardError) -> Record {
        let row = Row { place: self.place, cells: self.cells(), notes: self.notes };
        Record::Broken { row, code: "card_broken", reason: error.reason().to_owned() }
    }
}

/// `phone` for the first number, `phone_2` for the second.
fn numbered_column(column: &str, number: usize) -> String {
    if number == 1 { column.to_owned() } else { format!("{column}_{number}") }
}

impl From<Number> for Phone {
    fn from(Number { text, types, label, wa_id, .. }: Number) -> Self {
        Self { number: text, kind: tel::shown_type(label.map(Cow::Owned), &types), wa_id }
    }
}
