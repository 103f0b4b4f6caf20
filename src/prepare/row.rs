//! Prepares one row: `Record → Draft → Message`, or the reason for a reject.
//!
//! Duplicates and earlier runs are not known here.

use std::borrow::Cow;
use std::sync::Arc;

use jiff::tz::TimeZone;

use compact_str::CompactString;

use super::last_inbound::{LastInbound, parse_last_inbound};
use super::mapping::{Draft, DraftPhone, Field, Mapping};
use super::message::{CardPhone, Contact, Message, MessageId, Origin, Phones};
use super::name;
use super::name_lint;
use super::phone::{
    self, NumberType, ParsedNumber, PhoneNumber, PhoneOptions, PhoneProblem, ProblemKind, Role,
};
use super::row_notes::RowNotes;
use super::row_numbers::{NumberTrouble, RowCountries, RowNumbers, why_country_unknown};
use crate::read::no_value::{is_no_number, no_value};
use crate::read::note::{Note, NoteKind, NoteSet};
use crate::read::vcard::Card;
use crate::read::{Cells, Place, Record, Row, SkipReason};

/// The recipients of the contacts in an input.
#[derive(Debug, Clone)]
pub enum Recipients {
    /// Each row names its recipient.
    InRow,
    /// The recipients are named outside of the rows: a row is a contact.
    Elsewhere,
    /// Each row is a recipient and gets this card.
    GetCard(Arc<Contact>),
    /// Each row is a recipient of the contacts in another file.
    List,
}

/// Turns the rows of one input into messages.
#[derive(Debug)]
pub struct Preparer {
    /// The fields of the columns.
    pub mapping: Mapping,
    /// The recipients of the contacts.
    pub recipients: Recipients,
    /// Options for parsing numbers.
    pub phone_options: PhoneOptions,
    /// Campaign and sender.
    pub origin: Arc<Origin>,
    /// True if a number without a WhatsApp id gets its own digits as its id.
    pub wa_id_from_phone: bool,
    /// The zone of times without one.
    pub time_zone: TimeZone,
    /// True if every note gets a detail: the value in the file and the value that is used.
    /// Otherwise only the first one of each kind in a chunk gets one, as an example.
    pub details: bool,
    /// True if it is wanted what can be read of a rejected row.
    pub reads_rejects: bool,
    /// True if the types of the recipients' numbers are wanted.
    pub number_types: bool,
}

/// A prepared row.
#[derive(Debug)]
pub struct Prepared {
    /// The row's place.
    pub place: Place,
    /// Its outcome.
    pub outcome: RowOutcome,
    /// Repairs, omissions and warnings; usually none.
    pub notes: Vec<Note>,
    /// What its numbers say about countries.
    pub countries: RowCountries,
    /// When its recipient last wrote, if the row says so.
    pub last_inbound: Option<LastInbound>,
    /// What can be read of a rejected row, if that is wanted. In a box, because most rows have none.
    pub readable: Option<Box<Readable>>,
    /// The type of the recipient's number, if that is wanted and the row is a message.
    pub number_type: Option<NumberType>,
}

/// The outcome of preparing a row.
#[derive(Debug)]
pub enum RowOutcome {
    /// It is a message by itself. The cells are kept only for a row with its own id, which may
    /// still be rejected because another message has that id.
    Message(Message, Cells),
    /// It is a contact for recipients that are named outside of the rows.
    Contact(Arc<Contact>),
    /// It is a recipient of a list.
    Recipient(PhoneNumber),
    /// It cannot be used.
    Rejected(Reject),
    /// It is not meant to become a message.
    Skipped(SkipReason),
}

/// A row that cannot be used, with everything that is needed to fix it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    /// Its place.
    pub place: Place,
    /// The stable code (`to_not_valid`, `row_broken`, …).
    pub code: &'static str,
    /// The error, its place in the row, and what to do.
    pub reason: String,
    /// The number that the cell is likely to mean, if the reason names one.
    pub suggestion: Option<PhoneNumber>,
    /// The row's own cells.
    pub cells: Cells,
}

/// What can be read of a row that is not used.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Readable {
    /// Its recipient.
    pub to: Option<PhoneNumber>,
    /// The name on its card.
    pub name: CompactString,
}

impl Readable {
    /// What a message has.
    #[must_use]
    pub fn of(message: &Message) -> Self {
        Self { to: Some(message.to), name: message.contact.name.clone() }
    }
}

/// The reason for a reject, without the row's cells.
struct RowError {
    code: &'static str,
    reason: String,
    suggestion: Option<PhoneNumber>,
}

impl RowError {
    fn new(code: &'static str, reason: String) -> Self {
        Self { code, reason, suggestion: None }
    }

    fn reject(self, place: Place, cells: Cells) -> RowOutcome {
        let Self { code, reason, suggestion } = self;
        RowOutcome::Rejected(Reject { place, code, reason, suggestion, cells })
    }
}

impl Preparer {
    /// Prepares a chunk of the input's rows.
    #[must_use]
    pub fn prepare_chunk(&self, records: impl Iterator<Item = Record>) -> Vec<Prepared> {
        let mut explained = NoteSet::default();
        records.map(|record| self.prepare(record, &mut explained)).collect()
    }

    /// Prepares one row of the input. `explained` are the kinds of notes that had a detail before.
    fn prepare(&self, record: Record, explained: &mut NoteSet) -> Prepared {
        let explained = (!self.details).then_some(explained);
        match record {
            Record::Row(row) => {
                let notes = RowNotes::new(&row.notes, explained);
                self.prepare_row(row, notes)
            }
            Record::Card(card) => self.prepare_card(&card, RowNotes::new(&card.notes, explained)),
            Record::Broken { row, code, reason } => Prepared {
                place: row.place,
                notes: RowNotes::new(&row.notes, None).into_list(),
                countries: RowCountries::default(),
                last_inbound: None,
                readable: None,
                number_type: None,
                outcome: RowOutcome::Rejected(Reject {
                    place: row.place,
                    code,
                    reason,
                    suggestion: None,
                    cells: row.cells,
                }),
            },
            Record::Skipped { place, reason } => Prepared {
                place,
                outcome: RowOutcome::Skipped(reason),
                notes: Vec::new(),
                countries: RowCountries::default(),
                last_inbound: None,
                readable: None,
                number_type: None,
            },
        }
    }

    fn prepare_row(&self, row: Row, mut notes: RowNotes<'_>) -> Prepared {
        let place = row.place;
        let (outcome, countries, last_inbound, readable) = {
            let draft = self.mapping.draft(&row);
            let numbers = self.numbers(&draft);
            let outcome = self.outcome(&draft, &numbers, &mut notes);
            let zone = &self.time_zone;
            let last_inbound = draft.last_inbound.map(|text| parse_last_inbound(text, zone));
            let countries = numbers.countries();
            let readable = self.readable(&draft, &numbers, &outcome);
            (outcome, countries, last_inbound, readable)
        };
        let outcome = match outcome {
            Ok(RowOutcome::Message(message, _)) if message.id.is_own() => {
                RowOutcome::Message(message, row.cells)
            }
            Ok(outcome) => outcome,
            Err(error) => error.reject(place, row.cells),
        };
        let number_type = match &outcome {
            RowOutcome::Message(message, _) if self.number_types => {
                Some(NumberType::of(&message.to))
            }
            _ => None,
        };
        let notes = notes.into_list();
        Prepared { place, outcome, notes, countries, last_inbound, readable, number_type }
    }

    fn prepare_card(&self, card: &Card, mut notes: RowNotes<'_>) -> Prepared {
        let draft = Draft::of_card(card);
        let numbers = self.numbers(&draft);
        let outcome = self.outcome(&draft, &numbers, &mut notes);
        let countries = numbers.countries();
        let readable = self.readable(&draft, &numbers, &outcome);
        let outcome = outcome.unwrap_or_else(|error| error.reject(card.place, card.cells()));
        let notes = notes.into_list();
        Prepared {
            place: card.place,
            outcome,
            notes,
            countries,
            last_inbound: None,
            readable,
            number_type: None,
        }
    }

    /// What can be read of a row that is rejected.
    fn readable(
        &self,
        draft: &Draft<'_>,
        numbers: &RowNumbers<'_>,
        outcome: &Result<RowOutcome, RowError>,
    ) -> Option<Box<Readable>> {
        if outcome.is_ok() || !self.reads_rejects {
            return None;
        }
        let names_recipient = !matches!(self.recipients, Recipients::Elsewhere);
        let to = draft.to.filter(|_| names_recipient && draft.to_device.is_none());
        let to = to.and_then(|to| numbers.parse(to, Role::To).ok());
        let name = match &self.recipients {
            Recipients::GetCard(card) => card.name.clone(),
            Recipients::List => CompactString::default(),
            Recipients::InRow | Recipients::Elsewhere => {
                self.name(draft, &draft.name).map(CompactString::from).unwrap_or_default()
            }
        };
        Some(Box::new(Readable { to: to.map(|parsed| parsed.number), name }))
    }

    fn numbers<'n>(&'n self, draft: &Draft<'n>) -> RowNumbers<'n> {
        let person = match self.recipients {
            Recipients::Elsewhere => Role::Card,
            Recipients::InRow | Recipients::GetCard(_) | Recipients::List => Role::To,
        };
        RowNumbers::new(&self.phone_options, draft.country, person)
    }

    fn outcome(
        &self,
        draft: &Draft<'_>,
        numbers: &RowNumbers<'_>,
        notes: &mut RowNotes<'_>,
    ) -> Result<RowOutcome, RowError> {
        for number in &draft.left_out {
            let column = || format!("column `{}`", self.mapping.column_name(Some(number.column)));
            notes.add(number.device.note(), column);
        }
        Ok(match &self.recipients {
            Recipients::InRow => {
                let to = self.recipient(draft, numbers, notes)?;
                let contact = self.contact(draft, numbers, notes)?;
                if contact.phones.iter().any(|phone| phone.number == to) {
                    let detail = || format!("{to} gets a card with their own number");
                    notes.add(NoteKind::OwnNumber, detail);
                }
                let message = self.message(draft, to, &Arc::new(contact))?;
                RowOutcome::Message(message, Cells::default())
            }
            Recipients::Elsewhere => {
                RowOutcome::Contact(Arc::new(self.contact(draft, numbers, notes)?))
            }
            Recipients::GetCard(card) => {
                let to = self.recipient(draft, numbers, notes)?;
                let message =
                    Message::new(&self.origin, to, card).with_recipient_row(Some(draft.place));
                RowOutcome::Message(message, Cells::default())
            }
            Recipients::List => RowOutcome::Recipient(self.recipient(draft, numbers, notes)?),
        })
    }

    fn message(
        &self,
        draft: &Draft<'_>,
        to: PhoneNumber,
        contact: &Arc<Contact>,
    ) -> Result<Message, RowError> {
        let Some(text) = draft.message_id else {
            return Ok(Message::new(&self.origin, to, contact));
        };
        match MessageId::own(text) {
            Some(id) => Ok(Message::with_id(id, &self.origin, to, contact)),
            None => Err(RowError::new(
                "message_id_bad",
                format!(
                    "message_id \"{text}\" must be 1 to 100 letters, digits and . _ : -, a letter or digit first"
                ),
            )),
        }
    }

    fn recipient(
        &self,
        draft: &Draft<'_>,
        numbers: &RowNumbers<'_>,
        notes: &mut RowNotes<'_>,
    ) -> Result<PhoneNumber, RowError> {
        let column = || match draft.spare_to_column {
            None => self.mapping.field_name(Field::To),
            spare => self.mapping.column_name(spare),
        };
        let text = draft.to.unwrap_or_default();
        if let Some(device) = draft.to_device {
            let what = format_args!(
                "is a {}'s number by its label; give the number of a telephone",
                device.word()
            );
            return Err(RowError::new("to_missing", in_cell(&column(), text, what)));
        }
        let parsed = numbers
            .parse(text, Role::To)
            .map_err(|trouble| self.number_trouble(&trouble, Role::To, &column(), text))?;
        if parsed.number == self.origin.from {
            return Err(RowError::new(
                "to_is_sender",
                in_cell(&column(), text, "is the sender itself, which WhatsApp refuses"),
            ));
        }
        self.note_parsed(&parsed, &column, text, notes);
        Ok(parsed.number)
    }

    fn contact(
        &self,
        draft: &Draft<'_>,
        numbers: &RowNumbers<'_>,
        notes: &mut RowNotes<'_>,
    ) -> Result<Contact, RowError> {
        if draft.card.is_some_and(Card::shows_number) {
            let phones = self.phones(draft, numbers, notes)?;
            // Not every number of the row is on the card.
            let is_sent =
                |text: &&str| phone::parse_number(text, Role::Card, &self.phone_options).is_ok();
            let sent = draft.phones.iter().map(|drafted| drafted.value).find(is_sent);
            let name = self.name(draft, sent.unwrap_or(&draft.name))?;
            return Ok(Contact { name: name.into(), phones, place: draft.place });
        }
        let name = self.name(draft, &draft.name)?;
        if let Some(what) = name_lint::odd_name(&name) {
            let column = self.mapping.field_name(Field::Name);
            notes.add(NoteKind::OddName, || in_cell(&column, &name, what));
        }
        let phones = self.phones(draft, numbers, notes)?;
        Ok(Contact { name: name.into(), phones, place: draft.place })
    }

    /// Returns the name as it is sent, or the reason for a reject.
    fn name<'t>(&self, draft: &Draft<'_>, text: &'t str) -> Result<Cow<'t, str>, RowError> {
        let name = name::clean(text);
        if name.is_empty() {
            return Err(self.nameless(draft));
        }
        if let Some(what) = no_value(&name) {
            let column = self.mapping.field_name(Field::Name);
            let what = format_args!("{what} and no name; write the contact's name there");
            return Err(RowError::new("name_missing", in_cell(&column, &name, what)));
        }
        if name.len() > name::NAME_MAX && name.chars().count() > name::NAME_MAX {
            return Err(RowError::new(
                "name_too_long",
                format!(
                    "the name has {} characters; {} is the most",
                    name.chars().count(),
                    name::NAME_MAX
                ),
            ));
        }
        Ok(name)
    }

    fn nameless(&self, draft: &Draft<'_>) -> RowError {
        if draft.phones.is_empty() {
            let reason = "has neither a name nor a phone number for the card; remove the row if it is only a note, a total or another line of an order";
            return RowError::new("contact_missing", reason.to_owned());
        }
        let column = self.mapping.field_name(Field::Name);
        let reason = format!("has no name for the card; give it one in column `{column}`");
        RowError::new("name_missing", reason)
    }

    fn numberless(&self, draft: &Draft<'_>) -> RowError {
        let columns = self.mapping.number_columns();
        let named: Vec<String> =
            columns.iter().take(COLUMNS_NAMED).map(|name| format!("`{name}`")).collect();
        let columns = named.join(" or ");
        let reason = match draft.left_out.first() {
            Some(number) => format!(
                "has only the number of a {}; give it that of a telephone in column {columns}",
                number.device.word()
            ),
            None => format!("has no phone number for the card; give it one in column {columns}"),
        };
        RowError::new("phone_missing", reason)
    }

    /// The card's numbers, each once. A bad one among good ones is left out with a note. When none
    /// is left, the row is rejected for the first error.
    fn phones(
        &self,
        draft: &Draft<'_>,
        numbers: &RowNumbers<'_>,
        notes: &mut RowNotes<'_>,
    ) -> Result<Phones, RowError> {
        let mut phones = Phones::with_capacity(draft.phones.len());
        let mut first_trouble = None;
        for (index, drafted) in draft.phones.iter().enumerate() {
            let column = || match draft.card {
                Some(_) => Cow::Owned(Card::phone_column(index + 1)),
                None => self.mapping.column_name(drafted.column),
            };
            match self.card_phone(drafted, numbers, &column, notes) {
                Ok(phone) => match phones.iter_mut().find(|kept| kept.number == phone.number) {
                    Some(kept) => {
                        kept.wa_id = kept.wa_id.or(phone.wa_id);
                        kept.kind = kept.kind.take().or(phone.kind);
                    }
                    None => phones.push(phone),
                },
                Err(error) => {
                    let detail = || format!("{}: {}", error.code, error.reason);
                    notes.add(NoteKind::PhoneLeftOut, detail);
                    first_trouble.get_or_insert(error);
                }
            }
        }
        if self.wa_id_from_phone {
            phones.iter_mut().for_each(|phone| phone.wa_id = phone.wa_id.or(Some(phone.number)));
        }
        match first_trouble {
            Some(error) if phones.is_empty() => {
                notes.remove(NoteKind::PhoneLeftOut);
                Err(error)
            }
            None if phones.is_empty() => Err(self.numberless(draft)),
            _ => Ok(phones),
        }
    }

    /// Parses one number of the card. An error concerns only this number, not the row.
    fn card_phone<'a>(
        &self,
        drafted: &DraftPhone<'_>,
        numbers: &RowNumbers<'_>,
        column: &dyn Fn() -> Cow<'a, str>,
        notes: &mut RowNotes<'_>,
    ) -> Result<CardPhone, RowError> {
        let parsed = numbers.parse(drafted.value, Role::Card).map_err(|trouble| {
            self.number_trouble(&trouble, Role::Card, &column(), drafted.value)
        })?;
        self.note_parsed(&parsed, column, drafted.value, notes);
        let wa_id = self.wa_id(drafted.wa_id.unwrap_or_default(), notes);
        let kind = name::clean(drafted.kind.unwrap_or_default());
        let kind = (!kind.is_empty()).then(|| kind.into());
        Ok(CardPhone { number: parsed.number, kind, wa_id })
    }

    /// Parses an explicit WhatsApp id. One that is none is left out: the number is good without it.
    fn wa_id(&self, text: &str, notes: &mut RowNotes<'_>) -> Option<PhoneNumber> {
        match phone::parse_wa_id(text, &self.phone_options) {
            Ok(id) => id,
            Err(problem) => {
                let detail = || format!("wa_id \"{text}\" {problem}");
                notes.add(NoteKind::WaIdLeftOut, detail);
                None
            }
        }
    }

    /// Adds the repairs and warnings of a number as notes.
    fn note_parsed<'a>(
        &self,
        parsed: &ParsedNumber,
        column: &dyn Fn() -> Cow<'a, str>,
        text: &str,
        notes: &mut RowNotes<'_>,
    ) {
        for kind in parsed.notes.iter() {
            let read = || in_cell(&column(), text, format_args!("read as {}", parsed.number));
            notes.add(kind, read);
        }
    }

    fn number_trouble(
        &self,
        trouble: &NumberTrouble<'_>,
        role: Role,
        column: &str,
        text: &str,
    ) -> RowError {
        let problem = match trouble {
            NumberTrouble::Number(problem) => problem,
            NumberTrouble::Country(country) => {
                let column = self.mapping.field_name(Field::Country);
                let reason = in_cell(&column, country, why_country_unknown(country));
                return RowError::new("country_unknown", reason);
            }
        };
        // Such a word is short, and a long text is not searched for one.
        let is_short = !text.trim().is_empty() && text.len() <= SHOWN;
        let what = match is_short && is_no_number(text) {
            true => Some(no_value(text).unwrap_or("is a word for an empty cell")),
            false => None,
        };
        match what {
            Some(what) => {
                let what = format_args!("{what} and no number; write the number there");
                let code = PhoneProblem::from(ProblemKind::Missing).code(role);
                RowError::new(code, in_cell(column, text, what))
            }
            None => RowError {
                suggestion: problem.suggestion(),
                ..RowError::new(problem.code(role), in_cell(column, text, problem))
            },
        }
    }
}

/// The most columns that are named for a missing number; an address book has a dozen.
const COLUMNS_NAMED: usize = 3;

/// The most characters of a cell that are shown; the whole cell is in the rejects.
const SHOWN: usize = 80;

/// Returns the place within the row and the reason: "column `to`: "0712" is too short".
fn in_cell(column: &str, text: &str, what: impl std::fmt::Display) -> String {
    match text.trim() {
        "" => format!("column `{column}` {what}"),
        text => match text.char_indices().nth(SHOWN) {
            Some((end, _)) => format!("column `{column}`: \"{}…\" {what}", &text[..end]),
            None => format!("column `{column}`: \"{text}\" {what}"),
        },
    }
}
