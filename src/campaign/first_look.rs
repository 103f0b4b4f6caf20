//! The first look at a list: the countries of its numbers that are written with `+`, and whether its
//! numbers without can be trusted. The former speak for bare numbers of the same countries, and for
//! the region to suggest.

use super::bare_numbers::BareNumbers;
use super::inputs::Input;
use super::row_filter::Wanted;
use crate::exit::Fatal;
use crate::prepare::mapping::Draft;
use crate::prepare::phone::{self, Countries, PhoneOptions, Region, Role, Roles};
use crate::read::{Raw, Record};

/// The rows that are looked at.
const ROWS: usize = 1_000;

/// What the first rows of a list say about countries.
pub(super) struct FirstLook {
    /// The countries of the numbers with a country code.
    pub(super) countries: Countries,
    /// The roles whose bare numbers are in doubt.
    pub(super) doubted: Roles,
}

/// The numbers that were seen.
#[derive(Default)]
struct Seen {
    countries: Countries,
    recipients: BareNumbers,
    on_cards: BareNumbers,
}

/// Reads the first rows of a list.
///
/// # Errors
/// When it cannot be opened. An error in its rows ends the first pass.
pub(super) fn look(input: &Input) -> Result<FirstLook, Fatal> {
    let mut seen = Seen::default();
    for raw in input.raw_rows(Wanted::Used, false)?.take(ROWS) {
        match raw.map(Raw::into_record) {
            Ok(Record::Row(row)) => seen.add(&input.mapping.draft(&row)),
            Ok(Record::Card(card)) => seen.add(&Draft::of_card(&card)),
            Ok(Record::Broken { .. } | Record::Skipped { .. }) => {}
            Err(_) => break,
        }
    }
    let doubted = Roles { to: seen.recipients.are_doubted(), card: seen.on_cards.are_doubted() };
    Ok(FirstLook { countries: seen.countries, doubted })
}

impl Seen {
    /// Adds a row's numbers. Where the row has a country, that is asked about its bare ones.
    fn add(&mut self, draft: &Draft<'_>) {
        let on_card = || draft.phones.iter().map(|phone| phone.value);
        for text in draft.to.into_iter().chain(on_card()) {
            if phone::is_international(text) {
                let parsed = phone::parse_number(text, Role::Card, &PhoneOptions::default());
                self.countries.extend(parsed.ok().and_then(|parsed| Region::of(&parsed.number)));
            }
        }
        if draft.country.is_none() {
            draft.to.into_iter().for_each(|text| self.recipients.add(text));
            on_card().for_each(|text| self.on_cards.add(text));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prepare::mapping::{InputRole, Mapping};
    use crate::read::{Place, Row, SourceId};

    #[test]
    fn only_numbers_with_a_sign_speak_for_their_country() {
        let role = InputRole::Rows { recipients_given: false };
        let mapping = Mapping::of_header(&["to", "name", "phone"], "a.csv", role, &[]).unwrap();
        let countries = |to: &str, phone: &str| {
            let place = Place { source: SourceId(0), line: 2 };
            let row = Row { place, cells: [to, "Ann", phone].into_iter().collect(), notes: vec![] };
            let mut seen = Seen::default();
            seen.add(&mapping.draft(&row));
            seen.countries.to_string()
        };
        assert_eq!(countries("+256772345678", "00447400123456"), "GB, UG");
        assert_eq!(countries("254722000111", "0722000111"), "");
        assert_eq!(countries("+254", "phone"), "");
    }
}
