//! `Row → Draft`: picking the mapped cells out of a row.
//!
//! This runs for every row, twice in each run: it borrows from the row, and allocates only for a
//! name joined from parts and for more than two numbers.

use std::borrow::Cow;

use smallvec::SmallVec;

use super::assign::ValueSource;
use super::column_map::Mapping;
use super::columns::OurFile;
use super::contact_columns::PhoneColumns;
use super::name_columns::NameColumns;
use super::phone_kinds::is_phone_kind;
use crate::prepare::name::trimmed;
use crate::prepare::name_cell::unwrapped;
use crate::read::formula::unescape_formula;
use crate::read::no_value::{is_empty, is_no_number};
use crate::read::phone_device::Device;
use crate::read::vcard::Card;
use crate::read::{Place, Row};

/// The fields of a row or a vCard as they are in the file, not parsed or validated. A blank cell is
/// absent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft<'r> {
    /// The row's place.
    pub place: Place,
    /// The recipient's number.
    pub to: Option<&'r str>,
    /// The column of the recipient's number, from 0, where it is not the usual one.
    pub spare_to_column: Option<usize>,
    /// The country of the numbers.
    pub country: Option<&'r str>,
    /// The device that the recipient's number is of, when it is no telephone.
    pub to_device: Option<Device>,
    /// The name; empty when there is none.
    pub name: Cow<'r, str>,
    /// The contact's numbers in the card's order.
    pub phones: SmallVec<[DraftPhone<'r>; 2]>,
    /// The row's own message id.
    pub message_id: Option<&'r str>,
    /// The time at which the recipient last wrote.
    pub last_inbound: Option<&'r str>,
    /// The numbers that cannot be on the card.
    pub left_out: Vec<LeftOutNumber>,
    /// The vCard it was made from; `None` for a row of a table.
    pub card: Option<&'r Card>,
}

/// One of the contact's numbers as it is in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DraftPhone<'r> {
    /// The number's text.
    pub value: &'r str,
    /// Its type in free words.
    pub kind: Option<&'r str>,
    /// Its WhatsApp id.
    pub wa_id: Option<&'r str>,
    /// Its column, from 0; `None` for a fixed value and in a vCard. [`Mapping::column_name`] names
    /// it.
    pub column: Option<usize>,
}

/// A number that is left out because no card can be shown on its device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeftOutNumber {
    /// The device; [`Device::note`] is the row's note.
    pub device: Device,
    /// Its column, from 0.
    pub column: usize,
}

impl<'r> Draft<'r> {
    /// The fields of a vCard, which names no recipient.
    #[must_use]
    pub fn of_card(card: &'r Card) -> Self {
        let phones = card.phones.iter().map(|phone| DraftPhone {
            value: &phone.number,
            kind: Some(&phone.kind),
            wa_id: phone.wa_id.as_deref(),
            column: None,
        });
        Self {
            place: card.place,
            to: None,
            spare_to_column: None,
            country: None,
            to_device: None,
            name: Cow::Borrowed(card.name()),
            phones: phones.collect(),
            message_id: None,
            last_inbound: None,
            left_out: Vec::new(),
            card: Some(card),
        }
    }
}

/// Google's separator between several values in one cell.
const VALUE_SEPARATOR: &str = ":::";

/// The sign between a number and the name behind it in one cell.
const NAME_BEHIND: &str = " - ";

impl Mapping {
    /// The row's fields.
    #[must_use]
    pub fn draft<'r>(&'r self, row: &'r Row) -> Draft<'r> {
        let mut draft = Draft {
            place: row.place,
            to: self.number(row, self.fields.to.as_ref()),
            spare_to_column: None,
            country: self.value(row, self.fields.country.as_ref()),
            to_device: self
                .fields
                .to_label
                .and_then(|at| self.cell(row, at))
                .and_then(Device::of_label),
            name: self.name(row, &self.fields.name),
            phones: SmallVec::new(),
            message_id: self.value(row, self.fields.message_id.as_ref()),
            last_inbound: self
                .value(row, self.fields.last_inbound.as_ref())
                .filter(|text| !is_empty(text)),
            left_out: Vec::new(),
            card: None,
        };
        self.replace_missing_recipient(row, &mut draft);
        let mut primaries = 0;
        for columns in &self.fields.phones {
            self.add_phones(row, columns, &mut draft, &mut primaries);
        }
        for (column, device) in &self.fields.left_out {
            if self.cell(row, *column).is_some() {
                draft.left_out.push(LeftOutNumber { device: *device, column: *column });
            }
        }
        draft
    }

    /// Takes the recipient's number from another column where its own is empty.
    fn replace_missing_recipient<'r>(&self, row: &'r Row, draft: &mut Draft<'r>) {
        if self.fields.spare_to.is_empty() || draft.to.is_some_and(|text| !is_no_number(text)) {
            return;
        }
        let cells = self.fields.spare_to.iter().filter_map(|at| Some((*at, self.cell(row, *at)?)));
        if let Some((at, text)) = cells.into_iter().find(|(_, text)| !is_no_number(text)) {
            draft.to = Some(text);
            draft.spare_to_column = Some(at);
            draft.to_device = None;
        }
    }

    /// Adds the numbers of one column: none, one, or several from one cell. Primary numbers go
    /// before the others.
    fn add_phones<'r>(
        &'r self,
        row: &'r Row,
        columns: &'r PhoneColumns,
        draft: &mut Draft<'r>,
        primaries: &mut usize,
    ) {
        if columns.is_spare && draft.phones.iter().any(|phone| !is_no_number(phone.value)) {
            return;
        }
        let Some(value) = self.number(row, Some(&columns.value)) else {
            return;
        };
        let column = columns.value.column();
        let label = columns.label.and_then(|at| self.cell(row, at)).map(Label::read);
        let device = match (label, &columns.kind) {
            (Some(label), _) => label.device,
            (None, Some(ValueSource::Column(at))) => self.cell(row, *at).and_then(Device::of_label),
            (None, _) => None,
        };
        if let (Some(device), Some(column)) = (device, column) {
            draft.left_out.push(LeftOutNumber { device, column });
            return;
        }
        let phone = DraftPhone {
            value,
            kind: self.kind(row, columns, label),
            wa_id: self.value(row, columns.wa_id.as_ref()),
            column,
        };
        let before = draft.phones.len();
        push_each(&mut draft.phones, phone);
        if label.is_some_and(|label| label.is_primary) {
            let added = draft.phones.len() - before;
            draft.phones[*primaries..].rotate_right(added);
            *primaries += added;
        }
    }

    fn kind<'r>(
        &'r self,
        row: &'r Row,
        columns: &'r PhoneColumns,
        label: Option<Label<'r>>,
    ) -> Option<&'r str> {
        if let Some(fixed @ ValueSource::Fixed(_)) = &columns.kind {
            return self.value(row, Some(fixed));
        }
        let is_kind = |kind: &&str| !columns.kinds_only || is_phone_kind(kind);
        self.value(row, columns.kind.as_ref())
            .filter(|kind| !is_empty(kind))
            .filter(is_kind)
            .or(label.map(|label| label.text).filter(|text| !is_empty(text)))
            .or(columns.default_kind.as_deref())
            .filter(|kind| !kind.is_empty())
    }

    /// A number, without the name behind it in the same cell.
    fn number<'r>(&'r self, row: &'r Row, source: Option<&'r ValueSource>) -> Option<&'r str> {
        let value = self.value(row, source)?;
        let both = self.fields.number_and_name;
        if both.is_none() || source.and_then(ValueSource::column) != both {
            return Some(value);
        }
        Some(value.split_once(NAME_BEHIND).map_or(value, |(number, _)| number))
    }

    fn name<'r>(&'r self, row: &'r Row, columns: &'r NameColumns) -> Cow<'r, str> {
        let parts = || columns.parts.iter().filter_map(|at| self.name_cell(row, *at));
        let whole = match &columns.whole {
            Some(ValueSource::Column(at)) => self.name_cell(row, *at),
            whole => self.value(row, whole.as_ref()).map(Cow::Borrowed),
        };
        if let Some(whole) = whole {
            return match parts().next().filter(|_| columns.may_be_last) {
                Some(first) if !has_word(&whole, &first) => Cow::Owned(format!("{first} {whole}")),
                _ => whole,
            };
        }
        let mut name = Cow::Borrowed("");
        for part in parts() {
            if name.is_empty() {
                name = part;
            } else if !(columns.may_be_whole && has_word(&name, &part)) {
                let joined = name.to_mut();
                joined.push(' ');
                joined.push_str(&part);
            }
        }
        if !name.is_empty() {
            return name;
        }
        let fallback = columns.fallbacks.iter().find_map(|at| self.name_cell(row, *at));
        fallback.unwrap_or_else(|| Cow::Borrowed(self.instead_of_name(row, columns)))
    }

    /// A cell of a name without the marks around it; `None` for a word for an empty cell.
    fn name_cell<'r>(&self, row: &'r Row, at: usize) -> Option<Cow<'r, str>> {
        let cell = self.cell(row, at)?;
        let cell = match self.fields.number_and_name == Some(at) {
            true => trimmed(cell.split_once(NAME_BEHIND)?.1),
            false => cell,
        };
        let name = match self.our_file() {
            // It is the name as it is sent.
            Some(OurFile::NotSent) => Cow::Borrowed(cell),
            _ => unwrapped(cell),
        };
        (!is_empty(&name)).then_some(name)
    }

    /// The word for an empty cell in place of a name, for the reason of the reject.
    fn instead_of_name<'r>(&self, row: &'r Row, columns: &NameColumns) -> &'r str {
        let whole = columns.whole.as_ref().and_then(ValueSource::column);
        let cells = whole.into_iter().chain(columns.parts.iter().copied());
        let cells = cells.filter(|at| self.fields.number_and_name != Some(*at));
        cells.filter_map(|at| self.cell(row, at)).next().unwrap_or_default()
    }

    fn value<'r>(&'r self, row: &'r Row, source: Option<&'r ValueSource>) -> Option<&'r str> {
        match source? {
            ValueSource::Column(at) => self.cell(row, *at),
            ValueSource::Fixed(value) => Some(&**value).filter(|value| !value.is_empty()),
            // A name, which is joined from its parts.
            ValueSource::Joined(_) => None,
        }
    }

    /// A cell without the blanks around it; `None` when it is blank.
    fn cell<'r>(&self, row: &'r Row, at: usize) -> Option<&'r str> {
        let cell = row.cells.get(at)?;
        let cell = if self.may_be_escaped { unescape_formula(cell) } else { cell };
        let cell = trimmed(cell);
        (!cell.is_empty()).then_some(cell)
    }
}

/// Returns whether a name has the words of its first name in it.
fn has_word(whole: &str, first: &str) -> bool {
    let (whole, first) = (whole.to_lowercase(), first.to_lowercase());
    let words: Vec<&str> = whole.split([' ', ',']).collect();
    first.split_whitespace().all(|word| words.contains(&word))
}

/// Adds each of the numbers in one cell. A WhatsApp id in the row belongs to the first of them.
fn push_each<'r>(phones: &mut SmallVec<[DraftPhone<'r>; 2]>, phone: DraftPhone<'r>) {
    // Few cells contain a colon, and searching for one byte is much cheaper than for three.
    if memchr::memchr(b':', phone.value.as_bytes()).is_none() {
        return phones.push(phone);
    }
    let mut wa_id = phone.wa_id;
    for value in phone.value.split(VALUE_SEPARATOR).map(str::trim) {
        if !value.is_empty() {
            let wa_id = wa_id.take();
            phones.push(DraftPhone { value, wa_id, ..phone });
        }
    }
}

/// An address book's label for a number.
#[derive(Clone, Copy)]
struct Label<'r> {
    text: &'r str,
    is_primary: bool,
    device: Option<Device>,
}

impl<'r> Label<'r> {
    fn read(cell: &'r str) -> Self {
        let starred = cell.strip_prefix('*');
        Self {
            text: starred.unwrap_or(cell).trim(),
            is_primary: starred.is_some(),
            device: Device::of_label(cell),
        }
    }
}
