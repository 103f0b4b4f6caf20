//! The first look at a list: the countries of its numbers that are written with `+`. They speak for
//! bare numbers of the same countries, and for the region to suggest.

use super::inputs::Input;
use super::row_filter::Wanted;
use crate::exit::Fatal;
use crate::prepare::mapping::Draft;
use crate::prepare::phone::{self, Countries, PhoneOptions, Region, Role};
use crate::read::{Raw, Record};

/// The rows that are looked at.
const ROWS: usize = 1_000;

/// The countries of the numbers with a country code in the first rows of a list.
///
/// # Errors
/// When it cannot be opened. An error in its rows ends the first pass.
pub(super) fn countries(input: &Input) -> Result<Countries, Fatal> {
    let mut found = Countries::default();
    for raw in input.raw_rows(Wanted::Used, false)?.take(ROWS) {
        match raw.map(Raw::into_record) {
            Ok(Record::Row(row)) => add(&mut found, &input.mapping.draft(&row)),
            Ok(Record::Card(card)) => add(&mut found, &Draft::of_card(&card)),
            Ok(Record::Broken { .. } | Record::Skipped { .. }) => {}
            Err(_) => break,
        }
    }
    Ok(found)
}

/// Adds the countries of a row's numbers.
fn add(found: &mut Countries, draft: &Draft<'_>) {
    let of_row = draft.to.into_iter().chain(draft.phones.iter().map(|phone| phone.value));
    for text in of_row.filter(|text| phone::is_international(text)) {
        let parsed = phone::parse_number(text, Role::Card, &PhoneOptions::default());
        found.extend(parsed.ok().and_then(|parsed| Region::of(&parsed.number)));
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
            let mut found = Countries::default();
            add(&mut found, &mapping.draft(&row));
            found.to_string()
        };
        assert_eq!(countries("+256772345678", "00447400123456"), "GB, UG");
        assert_eq!(countries("254722000111", "0722000111"), "");
        assert_eq!(countries("+254", "phone"), "");
    }
}
