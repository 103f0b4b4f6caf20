//! The columns that make up a contact's name: one with the whole name, its parts, and the substitutes
//! where both are empty.

use super::assign::{Assignments, ValueSource};
use super::error::MappingError;
use super::explain::Purpose;
use super::field::Field;
use super::vocabulary::{Meaning, NameFallback, NamePart};

/// The sources of the name, the better ones first.
#[derive(Debug, Clone, Default)]
pub(super) struct NameColumns {
    pub(super) whole: Option<ValueSource>,
    /// Joined with spaces.
    pub(super) parts: Vec<usize>,
    pub(super) fallbacks: Vec<usize>,
    /// True if the whole name may be the last name, to which the only part is the first.
    pub(super) may_be_last: bool,
    /// True if the first part is a column `Name`, which may hold the whole name in some rows.
    pub(super) may_be_whole: bool,
}

impl NameColumns {
    /// Returns whether a row can have a name at all. An organisation alone is not a name: the user
    /// must say that it is.
    pub(super) fn can_give(&self) -> bool {
        self.whole.as_ref().is_some_and(ValueSource::can_give) || !self.parts.is_empty()
    }

    pub(super) fn first_column(&self) -> Option<usize> {
        let whole = self.whole.as_ref().and_then(ValueSource::column);
        whole.or_else(|| self.parts.first().copied())
    }
}

/// Assigns the columns of the name.
pub(super) fn of(assignments: &mut Assignments<'_>) -> Result<NameColumns, MappingError> {
    if assignments.has_rule(Field::Name) {
        return Ok(match assignments.by_rule(Field::Name) {
            Some(ValueSource::Joined(parts)) => NameColumns { parts, ..NameColumns::default() },
            whole => NameColumns { whole, ..NameColumns::default() },
        });
    }
    let mut whole = assignments.field(Field::Name)?;
    if let (None, Some(at)) = (&whole, assignments.columns.number_and_name()) {
        assignments.assign(at, Purpose::Field(Field::Name), None);
        whole = Some(ValueSource::Column(at));
    }
    let parts = name_parts(assignments);
    // Only address books list organisations as contacts; our own columns are taken literally.
    let falls_back = assignments.columns.export.is_some() || !parts.is_empty();
    let fallbacks = NAME_FALLBACKS
        .into_iter()
        .filter(|what| falls_back || *what == NameFallback::Display)
        .filter_map(|what| leftmost(assignments, Meaning::Fallback(what), Purpose::NameFallback))
        .collect();
    let meanings = |at: &usize| assignments.columns.list[*at].meaning;
    let may_be_last = parts.iter().map(meanings).eq([Meaning::Part(NamePart::First)])
        && whole.as_ref().and_then(ValueSource::column).as_ref().map(meanings)
            == Some(Meaning::Own(Field::Name));
    let may_be_whole = parts.first().is_some_and(|at| assignments.columns.list[*at].word == "name");
    Ok(NameColumns { whole, parts, fallbacks, may_be_last, may_be_whole })
}

/// The substitutes for an empty name, the better ones first.
const NAME_FALLBACKS: [NameFallback; 4] = [
    NameFallback::Display,
    NameFallback::FileAs,
    NameFallback::Shipping,
    NameFallback::Organisation,
];

/// Assigns the columns of the parts of a name. People have several middle names, in columns of
/// their own.
fn name_parts(assignments: &mut Assignments<'_>) -> Vec<usize> {
    let mut parts = Vec::new();
    for part in [NamePart::First, NamePart::Middle, NamePart::Last] {
        while let Some(at) = leftmost(assignments, Meaning::Part(part), Purpose::NamePart) {
            parts.push(at);
            if part != NamePart::Middle {
                break;
            }
        }
    }
    parts
}

/// Assigns the leftmost free column of this meaning; a second one would only repeat it.
fn leftmost(
    assignments: &mut Assignments<'_>,
    meaning: Meaning,
    purpose: Purpose,
) -> Option<usize> {
    let at = (0..assignments.columns.list.len())
        .find(|at| assignments.columns.list[*at].meaning == meaning && assignments.is_free(*at))?;
    assignments.assign(at, purpose, None);
    Some(at)
}
