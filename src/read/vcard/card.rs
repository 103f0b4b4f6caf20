//! A card as it was found becomes a record: read, ordered, through the parser, into cells.

use std::borrow::Cow;

use super::charset::Charset;
use super::flaw::CardError;
use super::name::NameSource;
use super::property::{Name, Parameters, Property};
use super::round_trip;
use super::tel::{self, Number};
use super::value::{self, Context, plain, unescape};
use crate::read::note::NoteKind;
use crate::read::{Cells, Place, Record, Row};

/// More numbers than this are no contact, and `vcard_parser` is quadratic in them.
const MOST_NUMBERS: usize = 100;

/// Lines that a message can need; a real card has a dozen. What comes behind is not kept.
const MOST_LINES: usize = 1_000;

/// The lines of one card that a message can need, as they stand in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawCard {
    place: Place,
    /// Unfolded lines with LF between them.
    lines: Vec<u8>,
    count: usize,
    /// The file was UTF-16: the lines are UTF-8, whatever charset they name.
    unicode: bool,
    /// The charset that the user names for lines that name none.
    told: Option<Charset>,
    flaw: Option<CardError>,
    /// What would explain that nothing is in it.
    oddity: Option<CardError>,
    /// Something in it looked like the next card: another name is somebody else's.
    may_be_two: bool,
    notes: Vec<NoteKind>,
}

/// A contact from a vCard, as `vcard_parser` returned it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// Where its `BEGIN:VCARD` is.
    pub place: Place,
    /// The name to show and where it comes from; `None` for a card without name and numbers.
    pub name: Option<(NameSource, String)>,
    /// The numbers to show, the preferred one first.
    pub phones: Vec<Phone>,
    /// What was repaired or left out.
    pub notes: Vec<NoteKind>,
}

/// A number of a [`Card`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phone {
    /// The number as it is written.
    pub number: String,
    /// The type to show; empty when there is none.
    pub kind: Cow<'static, str>,
    /// Its WhatsApp id, where the card names it.
    pub wa_id: Option<String>,
}

/// What a card says, before anything of it is left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DecodedCard {
    /// `2.1`, `3.0`, `4.0` or whatever it says.
    pub version: Option<String>,
    /// The name to show and where it comes from; not from a number.
    pub name: Option<(NameSource, String)>,
    /// Every number, in the card's order, machines such as a fax among them.
    pub numbers: Vec<Number>,
    /// Whether it stands for a group of contacts.
    pub group: bool,
    /// Whether it holds two cards' names and numbers, and nothing tells whose is which.
    pub mixed: bool,
    /// Why it is not used, though it could be read.
    pub(super) flaw: Option<CardError>,
    /// What was mended in reading it.
    pub notes: Vec<NoteKind>,
}

impl RawCard {
    pub(super) fn new(place: Place, unicode: bool, told: Option<Charset>) -> Self {
        Self {
            place,
            lines: Vec::new(),
            count: 0,
            unicode,
            told,
            flaw: None,
            oddity: None,
            may_be_two: false,
            notes: Vec::new(),
        }
    }

    /// Where its `BEGIN:VCARD` is.
    #[must_use]
    pub fn place(&self) -> Place {
        self.place
    }

    /// Adds a line; `false` when no line is kept any more.
    pub(super) fn add(&mut self, line: &[u8]) -> bool {
        self.count += 1;
        if self.flaw.is_some() || self.count > MOST_LINES {
            return false;
        }
        if !self.lines.is_empty() {
            self.lines.push(b'\n');
        }
        self.lines.extend_from_slice(line);
        true
    }

    /// Whether no line has been added.
    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Notes what would explain that nothing is in it; the first reason stands.
    pub(super) fn looks_odd(&mut self, oddity: CardError) {
        self.oddity.get_or_insert(oddity);
    }

    /// Goes on with the last line.
    pub(super) fn go_on(&mut self, line: &[u8]) {
        if self.flaw.is_none() {
            self.lines.extend_from_slice(line);
        }
    }

    /// Drops the last line, a number that may lack its last digits.
    pub(super) fn drop_cut_number(&mut self) {
        let end = memchr::memrchr(b'\n', &self.lines).unwrap_or(0);
        self.lines.truncate(end);
        self.notes.push(NoteKind::NumberCutOff);
    }

    pub(super) fn agent_left_out(&mut self) {
        self.notes.push(NoteKind::AgentLeftOut);
    }

    pub(super) fn may_be_two(&mut self) {
        self.may_be_two = true;
    }

    pub(super) fn lost_end(&mut self) {
        self.notes.push(NoteKind::LostEnd);
    }

    /// Gives the card up; the first reason stands.
    pub(super) fn spoil(&mut self, flaw: CardError) {
        self.flaw.get_or_insert(flaw);
        self.lines = Vec::new();
    }

    /// Reads the lines, all that is said in them.
    #[must_use]
    pub fn decode(&self) -> DecodedCard {
        let properties: Vec<Property<'_>> =
            self.lines.split(|byte| *byte == b'\n').filter_map(Property::parse).collect();
        let mut reading = Reading { context: self.context(&properties), notes: self.notes.clone() };
        let name = reading.name(&properties);
        let version = properties.iter().find(|one| one.name == Name::Version);
        let version = version.map(|one| plain(one.value).trim().to_owned());
        let group = properties.iter().any(|one| {
            one.name == Name::Kind && one.value.trim_ascii().eq_ignore_ascii_case(b"group")
        });
        // In 4.0 a card may have several FN.
        let one_name = version.as_deref() != Some("4.0");
        let begun_anew = self.notes.contains(&NoteKind::LostEnd) || begins_anew(&properties);
        let mixed = are_mixed(&properties, begun_anew || self.may_be_two, one_name);
        let too_many_types = properties.iter().any(|one| one.parameters.too_many_types);
        let numbers = reading.numbers(properties);
        let bare =
            numbers.is_empty() && (name.is_none() || self.oddity == Some(CardError::Indented));
        let flaw = match self.count > MOST_LINES {
            true if numbers.len() > MOST_NUMBERS => Some(CardError::TooManyNumbers),
            true => Some(CardError::TooManyLines),
            false if too_many_types => Some(CardError::TooManyTypes),
            false if mixed => Some(CardError::Mixed),
            false => self.oddity.filter(|_| bare),
        };
        DecodedCard { version, name, numbers, group, mixed, flaw, notes: reading.notes }
    }

    /// Reads the card and lets `vcard_parser` have its say: pure, for any thread.
    #[must_use]
    pub fn into_record(self) -> Record {
        let place = self.place;
        match self.flaw {
            None => {}
            Some(CardError::NoCard) => {
                return Record::Skipped { place, reason: CardError::NoCard.reason() };
            }
            Some(flaw) => {
                let card = Card { place, name: None, phones: Vec::new(), notes: self.notes };
                return card.broken(flaw);
            }
        }
        let DecodedCard { name, numbers, group, flaw, notes, .. } = self.decode();
        let mut card = Card { place, name, phones: Vec::new(), notes };
        match flaw {
            Some(flaw) => {
                // Nothing says whose name it is.
                card.name = card.name.filter(|_| flaw != CardError::Mixed);
                card.broken(flaw)
            }
            None if group => Record::Skipped { place, reason: "group card" },
            None => card.with_numbers(numbers),
        }
    }

    fn context(&self, properties: &[Property<'_>]) -> Context {
        let mut charsets = properties.iter().filter_map(|one| one.parameters.charset);
        let charset = charsets.find_map(Charset::besides_utf8);
        Context { charset, told: self.told, unicode: self.unicode }
    }
}

/// Reads values one by one and collects what had to be mended.
struct Reading {
    context: Context,
    notes: Vec<NoteKind>,
}

impl Reading {
    fn text<'a>(&mut self, property: &Property<'a>) -> Cow<'a, str> {
        let text = value::decode(property.value, &property.parameters, self.context);
        self.notes.extend(text.note);
        text.text
    }

    /// The first name of the best source that has one; of several, the preferred one.
    fn name(&mut self, properties: &[Property<'_>]) -> Option<(NameSource, String)> {
        const SOURCES: [(Name, NameSource); 4] = [
            (Name::Fn, NameSource::Fn),
            (Name::N, NameSource::N),
            (Name::Nickname, NameSource::Nickname),
            (Name::Org, NameSource::Org),
        ];
        for (name, source) in SOURCES {
            let mut named: Vec<&Property<'_>> =
                properties.iter().filter(|one| one.name == name && one.is_text()).collect();
            named.sort_by_key(|one| one.parameters.preference.unwrap_or(u8::MAX));
            let mut shown = named.into_iter().map(|one| source.name_in(&self.text(one)));
            if let Some(shown) = shown.find(|shown| !shown.is_empty()) {
                return Some((source, shown));
            }
        }
        None
    }

    /// The types of a TEL as lower-case words.
    fn types(&mut self, parameters: &Parameters<'_>) -> Vec<String> {
        let words = parameters.types.iter().map(|word| {
            let text = value::decode_plain(word, parameters.charset, self.context);
            self.notes.extend(text.note);
            text.text.to_lowercase()
        });
        words.filter(|word| !word.contains(char::is_control)).collect()
    }

    /// The label that Android writes among the types of a TEL.
    fn custom_label(&mut self, custom: &[u8]) -> Option<String> {
        let (parameters, text) = Parameters::of_custom(custom);
        let text = value::decode(text, &parameters, self.context);
        self.notes.extend(text.note);
        tel::label(&text.text)
    }

    /// The numbers, each with the label of its group.
    fn numbers(&mut self, properties: Vec<Property<'_>>) -> Vec<Number> {
        let labels: Vec<(&[u8], Option<String>)> = properties
            .iter()
            .filter(|one| one.name == Name::Label && !one.group.is_empty())
            .map(|one| (one.group, tel::label(&self.text(one))))
            .collect();
        let tels = properties.into_iter().filter(|one| one.name == Name::Tel);
        let numbers = tels.map(|tel| {
            let text = self.text(&tel);
            let mut number = Number::read(&text, &tel.parameters, &mut self.notes);
            number.types = self.types(&tel.parameters);
            let label = labels.iter().find(|(group, _)| group.eq_ignore_ascii_case(tel.group));
            let label = label.and_then(|(_, label)| label.clone());
            number.label = label.or_else(|| self.custom_label(tel.parameters.custom?));
            number
        });
        numbers.filter(|number| !number.text.is_empty()).collect()
    }
}

impl Card {
    /// Adds the numbers that a message can use, as `vcard_parser` reads them.
    fn with_numbers(mut self, mut numbers: Vec<Number>) -> Record {
        self.order(&mut numbers);
        self.name_it(&numbers);
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

    /// Puts the preferred numbers first, without those of machines.
    fn order(&mut self, numbers: &mut Vec<Number>) {
        let notes = &mut self.notes;
        numbers.retain(|number| {
            let left_out = number.left_out();
            notes.extend(left_out);
            left_out.is_none()
        });
        numbers.sort_by_key(|number| number.preference.unwrap_or(u8::MAX));
        if numbers.len() > MOST_NUMBERS {
            tel::join_equal(numbers);
        }
        if numbers.is_empty() {
            self.notes.push(NoteKind::NoNumber);
        }
    }

    /// A card without a name shows its number.
    fn name_it(&mut self, numbers: &[Number]) {
        if self.name.is_none() {
            let number = numbers.first();
            self.name = number.map(|number| (NameSource::Number, unescape(&number.text)));
        }
        let source = self.name.as_ref().map(|(source, _)| *source);
        self.notes.extend(source.and_then(NameSource::note));
    }

    /// The columns of rejected cards with room for so many numbers, as [`cells`](Self::cells) fills
    /// them: `name,phone,type,wa_id,phone_2,type_2,wa_id_2,…`.
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

    /// The name to show; empty when there is none.
    #[must_use]
    pub fn name(&self) -> &str {
        self.name.as_ref().map_or("", |(_, name)| name)
    }

    /// Whether a number is shown for want of a name.
    #[must_use]
    pub fn shows_number(&self) -> bool {
        matches!(self.name, Some((NameSource::Number, _)))
    }

    /// The card as a row in our own [`columns`](Self::columns).
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
    fn from(number: Number) -> Self {
        Self { kind: number.shown_type(), number: number.text, wa_id: number.wa_id }
    }
}

/// Whether a name comes up again behind a number, as where END and BEGIN between two cards are lost.
fn begins_anew(properties: &[Property<'_>]) -> bool {
    let at = |wanted: Name, from: usize| {
        let found = properties[from..].iter().position(|one| one.name == wanted);
        found.map(|place| from + place)
    };
    [Name::Fn, Name::N].into_iter().any(|name| {
        let first = at(name, 0);
        let number = first.and_then(|first| at(Name::Tel, first));
        number.and_then(|number| at(name, number)).is_some()
    })
}

/// Whether these are the properties of two cards: a second N and a second FN (4.0 allows several
/// FN) or, in a card that is doubtful anyway, one of them.
fn are_mixed(properties: &[Property<'_>], doubtful: bool, one_name: bool) -> bool {
    let differ = |name: Name| {
        let mut values = properties
            .iter()
            .filter(|one| one.name == name && !one.parameters.alternative)
            .map(as_compared)
            .filter(|value| !value.is_empty());
        values.next().is_some_and(|first| values.any(|value| value != first))
    };
    match doubtful {
        true => differ(Name::N) || (one_name && differ(Name::Fn)),
        false => differ(Name::N) && differ(Name::Fn),
    }
}

/// A name without what is written now so, now so: escapes, doubled blanks, empty parts at the end. A
/// name in another encoding is not compared.
fn as_compared(name: &Property<'_>) -> Vec<u8> {
    if name.parameters.quoted_printable || name.parameters.base64 {
        return Vec::new();
    }
    let kept = name.value.iter().filter(|byte| !matches!(byte, b'\\' | b' ' | b'\t'));
    let mut kept: Vec<u8> = kept.copied().collect();
    while kept.last() == Some(&b';') {
        kept.pop();
    }
    kept
}
