//! The columns that make up a contact: its name, its numbers in the card's order, and with them the
//! row's recipient and id.
//!
//! Several number columns are several numbers on one card. Numbered ones (`phone_2`, a `--map` for
//! it) have their place; the others fill the places between them, the ones likeliest to be on
//! WhatsApp first: WhatsApp, mobile, plain, work, home, main, other, car. In a file laid out as ours
//! `phone` is the first.

use std::collections::BTreeMap;

use super::assign::Claims;
use super::column_map::{Fields, NamePlan, PhonePlan, Source, Wants};
use super::error::{MappingError, Trouble};
use super::explain::{Use, Why};
use super::field::Field;
use super::vocabulary::{Meaning, NameFallback, NamePart};
use crate::read::phone_device::Device;

/// Claims everything a contact needs.
pub(super) fn fields(claims: &mut Claims<'_>, wants: Wants) -> Result<Fields, MappingError> {
    let to = match wants {
        Wants::Cards => None,
        _ => claims.field(Field::To)?.filter(Source::gives),
    };
    let fields = Fields {
        phones: numbers(claims)?,
        name: name(claims)?,
        message_id: own_ids(claims, wants.own_recipients())?,
        last_inbound_at: claims.field(Field::LastInboundAt)?,
        left_out: left_out(claims),
        headerless: false,
        to,
    };
    complete(claims, wants, &fields)?;
    let headerless = fields
        .to
        .iter()
        .chain(fields.phones.iter().map(|phone| &phone.value))
        .any(|source| claims.is_data(source));
    Ok(Fields { headerless, ..fields })
}

/// Says what is missing for a row to become a contact with somebody to receive it, the most telling
/// thing first.
fn complete(claims: &Claims<'_>, wants: Wants, fields: &Fields) -> Result<(), MappingError> {
    let columns = claims.columns;
    Err(if let (Some(to), Wants::Rows { recipients_given: true }) = (&fields.to, wants) {
        // A row with its own recipient is a message by itself: sent to somebody else, it goes to a
        // stranger, and nobody is told.
        columns.error(Trouble::OtherRecipients {
            column: to.column().map(|at| columns.list[at].shown.clone()),
        })
    } else if fields.phones.is_empty() && fields.to.is_some() {
        let hint = columns.hint(Field::Phone(1));
        let to = fields.to.as_ref().and_then(Source::column).map(|at| &columns.list[at].shown);
        let taken = to.filter(|to| !to.is_empty() && hint.contains(&***to)).cloned();
        columns.error(Trouble::NoContact { hint, taken })
    } else if fields.phones.is_empty() {
        columns.not_found(Field::Phone(1), "phone")
    } else if wants.own_recipients() && fields.to.is_none() {
        columns.error(Trouble::NoRecipients)
    } else if !fields.name.can_give() {
        columns.not_found(Field::Name, "name")
    } else {
        return Ok(());
    })
}

/// The rows' own ids; an error where one row becomes several messages.
pub(super) fn own_ids(
    claims: &mut Claims<'_>,
    allowed: bool,
) -> Result<Option<Source>, MappingError> {
    let ids = claims.field(Field::MessageId)?.filter(Source::gives);
    match ids {
        Some(ids) if !allowed => Err(claims.columns.error(Trouble::OwnIds {
            column: match ids {
                Source::Column(at) => claims.columns.list[at].shown.clone(),
                Source::Fixed(_) => "message_id".into(),
            },
        })),
        ids => Ok(ids),
    }
}

/// A number's column, and the type it gets where no cell gives one.
struct Number {
    value: Source,
    usual_kind: Option<Box<str>>,
}

impl Number {
    /// The user's one fixed type speaks of all numbers that say nothing of their own; else the
    /// header does.
    fn new(claims: &Claims<'_>, value: Source, of_header: Option<&str>) -> Self {
        let usual_kind = claims.fixed(Field::Type(1)).or(of_header).map(Into::into);
        Self { value, usual_kind }
    }
}

fn numbers(claims: &mut Claims<'_>) -> Result<Vec<PhonePlan>, MappingError> {
    let mut places = BTreeMap::new();
    seat_ruled(claims, &mut places);
    seat_numbered(claims, &mut places);
    if !claims.has_rule(Field::Phone(1)) {
        seat_others(claims, &mut places);
    }
    no_orphans(claims, &places)?;
    places.into_iter().map(|(place, number)| phone_plan(claims, place, number)).collect()
}

/// The numbers that rules name.
fn seat_ruled(claims: &mut Claims<'_>, places: &mut BTreeMap<u16, Number>) {
    let ruled: Vec<Field> = claims.ruled_fields().collect();
    for field in ruled {
        if let Field::Phone(place) = field
            && let Some(value) = claims.ruled(field).filter(Source::gives)
        {
            places.insert(place, Number::new(claims, value, None));
        }
    }
}

/// The numbers in our own columns, `phone` only where the whole file looks like ours.
fn seat_numbered(claims: &mut Claims<'_>, places: &mut BTreeMap<u16, Number>) {
    let ours = claims.columns.has_our_layout();
    for at in 0..claims.columns.list.len() {
        if let Meaning::Own(field @ Field::Phone(place)) = claims.columns.list[at].meaning
            && claims.is_free(at)
            && (place > 1 || ours)
            && !places.contains_key(&place)
            && !claims.has_rule(field)
        {
            claims.claim(at, Use::Field(field), None);
            places.insert(place, Number::new(claims, Source::Column(at), None));
        }
    }
}

/// Gives the other number columns the places that are free, by rank and then from the left.
fn seat_others(claims: &mut Claims<'_>, places: &mut BTreeMap<u16, Number>) {
    let mut others: Vec<_> = (0..claims.columns.list.len())
        .filter(|at| claims.is_free(*at) && !is_replaced(claims, *at))
        .filter_map(|at| Some((claims.columns.number_kind(at)?, at)))
        .collect();
    others.sort_by_key(|(kind, at)| (kind.rank, *at));
    let free: Vec<u16> =
        (1..=u16::MAX).filter(|place| !places.contains_key(place)).take(others.len()).collect();
    for ((kind, at), place) in others.into_iter().zip(free) {
        let number = Number::new(claims, Source::Column(at), kind.shown);
        let used_for = Use::Field(Field::Phone(place));
        claims.claim(at, used_for, number.usual_kind.as_deref());
        places.insert(place, number);
    }
}

/// Whether a rule fills the very field that column `at` is named after.
fn is_replaced(claims: &Claims<'_>, at: usize) -> bool {
    match claims.columns.list[at].meaning {
        Meaning::Own(field) => claims.has_rule(field),
        _ => false,
    }
}

/// A rule for the type of a number that is not there would be lost without a word.
fn no_orphans(claims: &Claims<'_>, places: &BTreeMap<u16, Number>) -> Result<(), MappingError> {
    let orphan = claims.ruled_fields().find_map(|field| match field {
        Field::Type(place) | Field::WaId(place) if place > 1 && !places.contains_key(&place) => {
            Some((field, Field::Phone(place)))
        }
        _ => None,
    });
    match orphan {
        Some((field, phone)) => Err(claims.columns.error(Trouble::NoNumber { field, phone })),
        None => Ok(()),
    }
}

fn phone_plan(
    claims: &mut Claims<'_>,
    place: u16,
    number: Number,
) -> Result<PhonePlan, MappingError> {
    let kind = claims.field(Field::Type(place))?;
    let label = number.value.column().and_then(|at| claims.columns.label_of(at));
    let label = label.filter(|at| claims.is_free(*at));
    match (label, &kind) {
        (Some(at), None) => claims.claim(at, Use::Field(Field::Type(place)), None),
        // It still tells a fax from a telephone.
        (Some(at), Some(_)) => claims.claim_because(at, Use::Ignored, None, Why::Replaced),
        (None, _) => {}
    }
    Ok(PhonePlan {
        wa_id: claims.field(Field::WaId(place))?,
        otherwise: number.usual_kind,
        value: number.value,
        kind,
        label,
    })
}

fn name(claims: &mut Claims<'_>) -> Result<NamePlan, MappingError> {
    let ruled = claims.has_rule(Field::Name);
    let whole = claims.field(Field::Name)?;
    if ruled {
        return Ok(NamePlan { whole, ..NamePlan::default() });
    }
    let parts: Vec<usize> = [NamePart::First, NamePart::Middle, NamePart::Last]
        .into_iter()
        .filter_map(|part| claim_meaning(claims, Meaning::Part(part), Use::NamePart))
        .collect();
    // Only lists of people put the firm in for the person: our own columns mean what they say.
    let falls_back = claims.columns.export.is_some() || !parts.is_empty();
    let fallbacks = [NameFallback::FileAs, NameFallback::Organisation]
        .into_iter()
        .filter(|_| falls_back)
        .filter_map(|what| claim_meaning(claims, Meaning::Fallback(what), Use::NameFallback))
        .collect();
    Ok(NamePlan { whole, parts, fallbacks })
}

/// The leftmost free column of this meaning; a second one would only say the same again.
fn claim_meaning(claims: &mut Claims<'_>, meaning: Meaning, used_for: Use) -> Option<usize> {
    let at = (0..claims.columns.list.len())
        .find(|at| claims.columns.list[*at].meaning == meaning && claims.is_free(*at))?;
    claims.claim(at, used_for, None);
    Some(at)
}

impl NamePlan {
    /// Whether a row can have a name at all. A firm alone is none: that is for the user to say.
    fn can_give(&self) -> bool {
        self.whole.as_ref().is_some_and(Source::gives) || !self.parts.is_empty()
    }
}

fn left_out(claims: &mut Claims<'_>) -> Vec<(usize, Device)> {
    let mut devices = Vec::new();
    for at in 0..claims.columns.list.len() {
        if let Meaning::LeftOut(device) = claims.columns.list[at].meaning
            && claims.is_free(at)
        {
            let why = claims.columns.export.map_or(Why::Synonym, Why::Export);
            claims.claim_because(at, Use::LeftOut(device), None, why);
            devices.push((at, device));
        }
    }
    devices
}
