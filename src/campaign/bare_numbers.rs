//! The numbers of a column that have no `+`: whether those that fit a country can be trusted.
//!
//! National numbers without their zero fit no country for the most part, and the others are read as
//! those of strangers: `51987650123` of Brazil is a mobile number of Peru.

use std::collections::BTreeSet;

use compact_str::CompactString;

use crate::prepare::phone::{self, PhoneOptions, Region, Role};
use crate::report::countries::ByRegion;

/// The fewest numbers that fit no country before the others are in doubt.
const UNFITTING: u64 = 3;

/// The numbers of one column, from some rows.
#[derive(Debug, Default)]
pub(super) struct BareNumbers {
    with_plus: u64,
    fitting: ByRegion,
    /// Each text once: one that stands in many rows stands for no number.
    unfitting: BTreeSet<CompactString>,
}

impl BareNumbers {
    /// Counts a number.
    pub(super) fn add(&mut self, text: &str) {
        if phone::is_international(text) {
            self.with_plus += 1;
            return;
        }
        match phone::parse_number(text, Role::Card, &PhoneOptions::default()) {
            Ok(parsed) => {
                Region::of(&parsed.number).into_iter().for_each(|r| self.fitting.count(r))
            }
            Err(problem) if problem.kind.fits_no_country() && phone::may_be_national(text) => {
                self.unfitting.insert(text.into());
            }
            Err(_) => {}
        }
    }

    /// Returns whether those that fit a country are in doubt.
    pub(super) fn are_doubted(&self) -> bool {
        let counts = Counts {
            with_plus: self.with_plus,
            fitting: self.fitting.total(),
            unfitting: self.unfitting.len() as u64,
            of_main: 0,
        };
        let main = self.fitting.sorted().first().map(|(region, _)| *region);
        counts.are_doubted() && Counts { of_main: self.of_country(main), ..counts }.are_doubted()
    }

    /// The number of those that fit no country and are of this one: national numbers, and numbers
    /// with its code and a typing error, or in a range newer than the metadata.
    fn of_country(&self, region: Option<Region>) -> u64 {
        let options = PhoneOptions { region, ..PhoneOptions::default() };
        let is_national = |text: &str| {
            phone::parse_number(text, Role::Card, &options)
                .is_ok_and(|parsed| parsed.completed.is_some())
        };
        let carries_code =
            |text: &str| region.is_some_and(|region| phone::carries_code_of(text, region));
        self.unfitting.iter().filter(|text| carries_code(text) || is_national(text)).count() as u64
    }
}

/// What the decision depends on.
#[derive(Debug, Clone, Copy)]
struct Counts {
    /// Numbers with `+`: who writes some with it knows what a country code is.
    with_plus: u64,
    /// Bare numbers that are those of a country.
    fitting: u64,
    /// Bare numbers that fit no country.
    unfitting: u64,
    /// Those of `unfitting` that are of the country that most others are of: then the list is of
    /// that country, and some of its numbers lack the code or have a typing error.
    of_main: u64,
}

impl Counts {
    fn are_doubted(self) -> bool {
        self.with_plus == 0
            && self.unfitting >= UNFITTING
            && self.unfitting > self.fitting
            && self.of_main * 2 <= self.unfitting
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_fitting_numbers_among_many_others_are_doubted() {
        let table = [
            // With `+`, fitting, fitting no country, of the main country.
            ((0, 1, 5, 0), true),
            ((0, 0, 5, 0), true),
            ((0, 2, 3, 1), true),
            // As many fit a country as do not, or only two do not.
            ((0, 3, 3, 0), false),
            ((0, 1, 2, 0), false),
            ((0, 100, 5, 0), false),
            // Most are of the country of the others.
            ((0, 2, 5, 2), true),
            ((0, 2, 5, 3), false),
            ((1, 1, 5, 0), false),
        ];
        for ((with_plus, fitting, unfitting, of_main), doubted) in table {
            let counts = Counts { with_plus, fitting, unfitting, of_main };
            assert_eq!(counts.are_doubted(), doubted, "{counts:?}");
        }
    }

    #[test]
    fn only_columns_of_national_numbers_are_doubted() {
        let table: [(&[&str], bool); 7] = [
            // Brazil without the zero; the last one is a number of Peru.
            (&["11987650123", "21987650124", "31987650125", "51987650126"], true),
            // Kenya, with the country code.
            (&["254733000451", "254733000452", "254733000453", "254733000454"], false),
            // Kenya, most without it.
            (&["254733000451", "0733000452", "733000453", "0733000454"], false),
            // Somebody's number among national ones of another country.
            (&["51987650126", "0733000452", "0733000453", "0733000454"], true),
            (&["51987650126", "0733000452", "0733000453", "+254733000454"], false),
            // These stand for no number.
            (&["51987650126", "0", "0000000000", "9999999999", "1111111", "123"], false),
            // These are no telephone numbers at all.
            (&["51987650126", "n/a", "ask Ann", "2026-03-09", "x"], false),
        ];
        for (texts, doubted) in table {
            let mut numbers = BareNumbers::default();
            texts.iter().for_each(|text| numbers.add(text));
            assert_eq!(numbers.are_doubted(), doubted, "{texts:?}");
        }
    }

    #[test]
    fn numbers_with_the_code_of_the_list_and_a_typing_error_do_not_refuse_the_good_ones() {
        let table: [(&[&str], bool); 5] = [
            // A digit too few or too many.
            (&["254733000451", "25473300045", "25472200041", "25471100042"], false),
            (&["254733000451", "2547330004511", "2547220004112", "2547110004223"], false),
            // In a range of Ethiopia that the metadata does not know.
            (&["251911000451", "251700095811", "251700095812", "251700095813"], false),
            // Atlanta without its 1; the first one is a number of Vanuatu.
            (&["6785350126", "6782350127", "6783350128", "6784350129"], true),
            // China without its code; the first one is a number of the United States.
            (&["15212340452", "13812340451", "18812340453", "13912340454"], true),
        ];
        for (texts, doubted) in table {
            let mut numbers = BareNumbers::default();
            texts.iter().for_each(|text| numbers.add(text));
            assert_eq!(numbers.are_doubted(), doubted, "{texts:?}");
        }
    }

    #[test]
    fn a_placeholder_in_many_rows_does_not_refuse_the_good_numbers() {
        let mut numbers = BareNumbers::default();
        numbers.add("254733000451");
        (0..9).for_each(|_| numbers.add("1234567890"));
        assert!(!numbers.are_doubted());
    }
}
