//! The columns that make up a contact or a recipient.
//!
//! A contact has a name and numbers; in the rows to send, its recipient and message id are in the
//! same row. Several number columns are several numbers on one card. Numbered ones (`phone_2`, or a
//! `--map` for it) have that position on the card; the others fill the free positions, those
//! likeliest to be on WhatsApp first: WhatsApp, mobile, plain, work, home, main, other, car. In a
//! file with our own columns `phone` is the first.

use std::collections::BTreeMap;

use super::assign::{Assignments, ValueSource};
use super::columns::OurFile;
use super::error::{MappingError, MappingErrorKind};
use super::explain::{Purpose, Reason};
use super::field::Field;
use super::name_columns::{self, NameColumns};
use super::vocabulary::{self, Meaning};
use crate::prepare::phone::country_names::CountryText;
use crate::read::phone_device::Device;

/// The role of a file in a run; it decides which fields the file must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InputRole {
    /// The rows to send: contacts, each with its own `to` unless recipients are given separately.
    Rows {
        /// True if `--to` or `--recipients` names the recipients.
        recipients_given: bool,
    },
    /// Recipients: `to`, or else the only number column. A list of numbers needs no header.
    Recipients,
    /// Contacts for the recipients in the rows of another file (`--card FILE.csv`).
    Cards,
}

impl InputRole {
    /// Returns whether each row must name its recipient, and so is one message.
    fn has_own_recipients(self) -> bool {
        matches!(self, Self::Rows { recipients_given: false })
    }
}

/// The sources of a row's fields.
#[derive(Debug, Clone, Default)]
pub(super) struct RowColumns {
    pub(super) to: Option<ValueSource>,
    /// The columns with the recipient's number where `to` is empty.
    pub(super) spare_to: Vec<usize>,
    /// The label of the recipient's number, which may be a fax's.
    pub(super) to_label: Option<usize>,
    /// The country of the row's numbers.
    pub(super) country: Option<ValueSource>,
    pub(super) name: NameColumns,
    pub(super) phones: Vec<PhoneColumns>,
    pub(super) message_id: Option<ValueSource>,
    /// The time at which the recipient last wrote.
    pub(super) last_inbound: Option<ValueSource>,
    /// The column that has a number and a name in one cell.
    pub(super) number_and_name: Option<usize>,
    /// Columns of numbers that cannot be on a card.
    pub(super) left_out: Vec<(usize, Device)>,
    /// True if the first line is a row like the others.
    pub(super) headerless: bool,
}

/// The sources of one number of the card.
#[derive(Debug, Clone)]
pub(super) struct PhoneColumns {
    pub(super) value: ValueSource,
    /// The type from a rule or a column of ours; it takes precedence over the label.
    pub(super) kind: Option<ValueSource>,
    /// The address book's label: a type, with a star for the primary number, or a fax's.
    pub(super) label: Option<usize>,
    /// True if only words for a kind of telephone count as its type.
    pub(super) kinds_only: bool,
    /// True if it counts only where the row has no other number.
    pub(super) is_spare: bool,
    /// The type when no cell gives one.
    pub(super) default_kind: Option<Box<str>>,
    pub(super) wa_id: Option<ValueSource>,
}

/// Assigns the columns of contacts, and of their recipients where the rows name them.
pub(super) fn of_contacts(
    assignments: &mut Assignments<'_>,
    role: InputRole,
) -> Result<RowColumns, MappingError> {
    let to = match role {
        InputRole::Cards => None,
        _ => assignments.field(Field::To)?.filter(ValueSource::can_give),
    };
    let mut row = RowColumns {
        phones: numbers(assignments)?,
        name: name_columns::of(assignments)?,
        message_id: message_ids(assignments, role.has_own_recipients())?,
        left_out: left_out(assignments),
        headerless: false,
        number_and_name: assignments.columns.number_and_name(),
        to_label: None,
        spare_to: Vec::new(),
        country: country(assignments)?,
        last_inbound: last_inbound(assignments, role.has_own_recipients() && to.is_some())?,
        to,
    };
    check_complete(assignments, role, &row)?;
    row.headerless = row
        .to
        .iter()
        .chain(row.phones.iter().map(|phone| &phone.value))
        .any(|source| assignments.is_data(source));
    Ok(row)
}

/// Assigns the column of recipients: `to`, or else the only number column. Of two number columns
/// the user must choose one.
pub(super) fn of_recipients(assignments: &mut Assignments<'_>) -> Result<RowColumns, MappingError> {
    // The ids in these files belong to other messages.
    if !matches!(assignments.columns.ours, Some(OurFile::Results | OurFile::NotSent)) {
        message_ids(assignments, false)?;
    }
    let named = match assignments.field(Field::To)?.filter(ValueSource::can_give) {
        Some(to) => Some(to),
        None => assignments.by_rule(Field::Phone(1)).filter(ValueSource::can_give),
    };
    let (to, headerless) = match named {
        Some(to) => {
            let is_data = assignments.is_data(&to);
            (to, is_data)
        }
        None => only_number(assignments)?,
    };
    let spare_to = spare_recipients(assignments, &to);
    let label = to.column().and_then(|at| assignments.columns.label_of(at));
    // Our own `type` says as well that a number is a fax's.
    let own_type = || match assignments.columns.of_field(Field::Type(1)) {
        [at] => Some(*at).filter(|at| assignments.is_free(*at)),
        _ => None,
    };
    let to_label = label.or_else(own_type);
    if let Some(at) = to_label.filter(|at| assignments.is_free(*at)) {
        assignments.assign(at, Purpose::Field(Field::Type(1)), None);
    }
    let country = country(assignments)?;
    let last_inbound = last_inbound(assignments, true)?;
    Ok(RowColumns {
        to: Some(to),
        last_inbound,
        spare_to,
        to_label,
        country,
        number_and_name: assignments.columns.number_and_name(),
        headerless,
        ..RowColumns::default()
    })
}

/// Assigns the columns whose number is the recipient's where the row has no other, as on a card. A
/// recipient's column of its own, and one that the user names, stands alone.
fn spare_recipients(assignments: &mut Assignments<'_>, to: &ValueSource) -> Vec<usize> {
    let columns = assignments.columns;
    let of_contact =
        |at| columns.number_type(at).is_some() && columns.of_field(Field::To).is_empty();
    let is_ruled = assignments.has_rule(Field::To) || assignments.has_rule(Field::Phone(1));
    if is_ruled || !to.column().is_some_and(of_contact) {
        return Vec::new();
    }
    let is_spare = |at: &usize| {
        assignments.is_free(*at)
            && columns.can_be_recipient(*at)
            && columns.list[*at].meaning == Meaning::SpareNumber
    };
    let spare: Vec<usize> = (0..columns.list.len()).filter(is_spare).collect();
    for at in &spare {
        assignments.assign(*at, Purpose::SpareNumber(Field::To), None);
    }
    spare
}

/// The only number column, and whether the file has no header.
fn only_number(assignments: &mut Assignments<'_>) -> Result<(ValueSource, bool), MappingError> {
    let columns = assignments.columns;
    let mut numbers: Vec<usize> = (0..columns.list.len())
        .filter(|at| assignments.is_free(*at) && columns.can_be_recipient(*at))
        .collect();
    let is_spare = |at: &usize| columns.list[*at].meaning == Meaning::SpareNumber;
    if !numbers.iter().all(is_spare) {
        numbers.retain(|at| !is_spare(at));
    }
    numbers.sort_by_key(|at| (columns.number_type(*at).map(|number_type| number_type.rank), *at));
    match *numbers.as_slice() {
        [at] => {
            assignments.assign(at, Purpose::Field(Field::To), None);
            return Ok((ValueSource::Column(at), false));
        }
        [first, second, ..] => return Err(columns.ambiguous(Field::To, first, second)),
        [] => {}
    }
    match *columns.data_columns().as_slice() {
        [at] if columns.is_data() => {
            let purpose = Purpose::Field(Field::To);
            assignments.assign_because(at, purpose, None, Reason::OnlyNumbers);
            Ok((ValueSource::Column(at), true))
        }
        _ => Err(columns.not_found(Field::To, "to")),
    }
}

/// Returns an error when a row cannot become a contact with a recipient. It names all that is
/// missing.
fn check_complete(
    assignments: &Assignments<'_>,
    role: InputRole,
    row: &RowColumns,
) -> Result<(), MappingError> {
    let columns = assignments.columns;
    if let (Some(to), InputRole::Rows { recipients_given: true }) = (&row.to, role) {
        // A row with its own recipient is a message already. Sent to the other recipients, it would
        // reach strangers, and nobody would notice.
        return Err(columns.error(MappingErrorKind::OtherRecipients {
            column: to.column().map(|at| columns.list[at].shown.clone()),
        }));
    }
    let phone = row.phones.is_empty().then_some(Field::Phone(1));
    let name = (!row.name.can_give()).then_some(Field::Name);
    let fields: Vec<Field> = phone.into_iter().chain(name).collect();
    let no_recipient = role.has_own_recipients() && row.to.is_none();
    let to = row.to.as_ref().and_then(ValueSource::column).map(|at| &columns.list[at].shown);
    Err(match *fields.as_slice() {
        [] if no_recipient => columns.error(MappingErrorKind::NoRecipients),
        [] => return Ok(()),
        _ if phone.is_some() && row.to.is_some() => {
            let hint = columns.hint(Field::Phone(1));
            let taken = to.filter(|to| !to.is_empty() && hint.contains(&***to)).cloned();
            columns.error(MappingErrorKind::NoContact {
                hints: columns.hints(&fields),
                fields,
                taken,
            })
        }
        [field] if !no_recipient => columns.not_found(field, &field.to_string()),
        _ => columns.error(MappingErrorKind::Missing {
            hints: columns.hints(&fields),
            fields,
            no_recipient,
        }),
    })
}

/// Assigns the column of the country: by its rule, or else the one whose header speaks most of
/// numbers. The others are passed over.
fn country(assignments: &mut Assignments<'_>) -> Result<Option<ValueSource>, MappingError> {
    let columns = assignments.columns;
    if assignments.has_rule(Field::Country) {
        let country = assignments.by_rule(Field::Country).filter(ValueSource::can_give);
        return match &country {
            Some(ValueSource::Fixed(value)) if CountryText::read(value).region().is_none() => {
                Err(columns.error(MappingErrorKind::NoCountry { value: value.clone() }))
            }
            _ => Ok(country),
        };
    }
    let mut found: Vec<(usize, usize)> = columns
        .of_field(Field::Country)
        .iter()
        .filter(|at| assignments.is_free(**at))
        .filter_map(|at| {
            let word = &columns.list[*at].word;
            Some((vocabulary::COUNTRY_WORDS.iter().position(|known| known == word)?, *at))
        })
        .collect();
    found.sort_unstable();
    let best = match *found.as_slice() {
        [] => return Ok(None),
        [(rank, first), (other, second), ..] if rank == other => {
            return Err(columns.ambiguous(Field::Country, first, second));
        }
        [(_, best), ..] => best,
    };
    assignments.assign(best, Purpose::Field(Field::Country), None);
    for (_, at) in &found[1..] {
        assignments.assign_because(*at, Purpose::Ignored, None, Reason::Replaced);
    }
    Ok(Some(ValueSource::Column(best)))
}

/// Assigns the times at which the recipients last wrote; they count only where the rows name the
/// recipients.
fn last_inbound(
    assignments: &mut Assignments<'_>,
    counts: bool,
) -> Result<Option<ValueSource>, MappingError> {
    match counts {
        true => Ok(assignments.field(Field::LastInbound)?.filter(ValueSource::can_give)),
        false => Ok(None),
    }
}

/// Assigns the rows' own message ids; an error where each row becomes several messages.
fn message_ids(
    assignments: &mut Assignments<'_>,
    allowed: bool,
) -> Result<Option<ValueSource>, MappingError> {
    let ids = assignments.field(Field::MessageId)?.filter(ValueSource::can_give);
    match ids {
        Some(ids) if !allowed => Err(assignments.columns.error(MappingErrorKind::OwnIds {
            column: match ids {
                ValueSource::Column(at) => assignments.columns.list[at].shown.clone(),
                ValueSource::Fixed(_) | ValueSource::Joined(_) => "message_id".into(),
            },
        })),
        ids => Ok(ids),
    }
}

/// A number's source, and its type where no cell gives one.
struct Number {
    value: ValueSource,
    default_kind: Option<Box<str>>,
    is_spare: bool,
}

impl Number {
    /// The user's fixed type applies to every number; without one, the header's does.
    fn new(assignments: &Assignments<'_>, value: ValueSource, of_header: Option<&str>) -> Self {
        let default_kind = assignments.fixed(Field::Type(1)).or(of_header).map(Into::into);
        let is_spare = value
            .column()
            .is_some_and(|at| assignments.columns.list[at].meaning == Meaning::SpareNumber);
        Self { value, default_kind, is_spare }
    }
}

/// The card's numbers by their position, from 1.
type Positions = BTreeMap<u16, Number>;

fn numbers(assignments: &mut Assignments<'_>) -> Result<Vec<PhoneColumns>, MappingError> {
    let mut positions = Positions::new();
    place_ruled(assignments, &mut positions);
    place_numbered(assignments, &mut positions);
    if !assignments.has_rule(Field::Phone(1)) {
        place_others(assignments, &mut positions);
    }
    check_rules_have_numbers(assignments, &positions)?;
    positions
        .into_iter()
        .map(|(position, number)| phone_columns(assignments, position, number))
        .collect()
}

/// Places the numbers that rules name.
fn place_ruled(assignments: &mut Assignments<'_>, positions: &mut Positions) {
    let ruled: Vec<Field> = assignments.ruled_fields().collect();
    for field in ruled {
        if let Field::Phone(position) = field
            && let Some(value) = assignments.by_rule(field).filter(ValueSource::can_give)
        {
            positions.insert(position, Number::new(assignments, value, None));
        }
    }
}

/// Places the numbers in our own columns; `phone` only if the whole file has our columns.
fn place_numbered(assignments: &mut Assignments<'_>, positions: &mut Positions) {
    let ours = assignments.columns.has_our_layout();
    for at in 0..assignments.columns.list.len() {
        if let Meaning::Own(field @ Field::Phone(position)) = assignments.columns.list[at].meaning
            && assignments.is_free(at)
            && (position > 1 || ours)
            && !positions.contains_key(&position)
            && !assignments.has_rule(field)
        {
            assignments.assign(at, Purpose::Field(field), None);
            positions.insert(position, Number::new(assignments, ValueSource::Column(at), None));
        }
    }
}

/// Places the other number columns in the free positions, by rank and then from the left.
fn place_others(assignments: &mut Assignments<'_>, positions: &mut Positions) {
    let mut others: Vec<_> = (0..assignments.columns.list.len())
        .filter(|at| assignments.is_free(*at) && !is_replaced(assignments, *at))
        .filter_map(|at| Some((assignments.columns.number_type(at)?, at)))
        .collect();
    others.sort_by_key(|(number_type, at)| (number_type.rank, *at));
    let is_free = |position: &u16| !positions.contains_key(position);
    let free: Vec<u16> = (1..=u16::MAX).filter(is_free).take(others.len()).collect();
    for ((number_type, at), position) in others.into_iter().zip(free) {
        let mut number = Number::new(assignments, ValueSource::Column(at), number_type.shown);
        number.is_spare &= !positions.is_empty();
        let purpose = match number.is_spare {
            true => Purpose::SpareNumber(Field::Phone(1)),
            false => Purpose::Field(Field::Phone(position)),
        };
        assignments.assign(at, purpose, number.default_kind.as_deref());
        positions.insert(position, number);
    }
}

/// Returns whether a rule fills the field that column `at` is named after.
fn is_replaced(assignments: &Assignments<'_>, at: usize) -> bool {
    match assignments.columns.list[at].meaning {
        Meaning::Own(field) => assignments.has_rule(field),
        _ => false,
    }
}

/// Returns an error for a rule about the type or id of a number that is missing: it would have no
/// effect.
fn check_rules_have_numbers(
    assignments: &Assignments<'_>,
    positions: &Positions,
) -> Result<(), MappingError> {
    let without_number = assignments.ruled_fields().find_map(|field| match field {
        Field::Type(at) | Field::WaId(at) if at > 1 && !positions.contains_key(&at) => {
            Some(MappingErrorKind::NoNumber { field, phone: Field::Phone(at) })
        }
        _ => None,
    });
    without_number.map_or(Ok(()), |kind| Err(assignments.columns.error(kind)))
}

fn phone_columns(
    assignments: &mut Assignments<'_>,
    position: u16,
    number: Number,
) -> Result<PhoneColumns, MappingError> {
    let kind = assignments.field(Field::Type(position))?;
    let kinds_only = !assignments.has_rule(Field::Type(position))
        && !assignments.columns.has_our_layout()
        && assignments.columns.ours.is_none();
    if let (true, Some(ValueSource::Column(at))) = (kinds_only, &kind) {
        assignments.explain_by(*at, Reason::KindsOnly);
    }
    let label = number.value.column().and_then(|at| assignments.columns.label_of(at));
    let label = label.filter(|at| assignments.is_free(*at));
    match (label, &kind) {
        (Some(at), None) => assignments.assign(at, Purpose::Field(Field::Type(position)), None),
        // It still distinguishes a fax from a telephone.
        (Some(at), Some(_)) => {
            assignments.assign_because(at, Purpose::Ignored, None, Reason::Replaced);
        }
        (None, _) => {}
    }
    Ok(PhoneColumns {
        wa_id: assignments.field(Field::WaId(position))?,
        default_kind: number.default_kind,
        is_spare: number.is_spare,
        value: number.value,
        kinds_only,
        kind,
        label,
    })
}

fn left_out(assignments: &mut Assignments<'_>) -> Vec<(usize, Device)> {
    let mut devices = Vec::new();
    for at in 0..assignments.columns.list.len() {
        if let Meaning::LeftOut(device) = assignments.columns.list[at].meaning
            && assignments.is_free(at)
        {
            assignments.assign(at, Purpose::LeftOut(device), None);
            devices.push((at, device));
        }
    }
    devices
}
