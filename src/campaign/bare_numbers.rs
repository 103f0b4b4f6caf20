//! The numbers of a column that have no `+`: whether those that fit a country can be trusted.
//!
//! National numbers without their zero fit no country for the most part, and the others are read as
//! those of strangers: `51987650123` of Brazil is a mobile number of Peru.

use compact_str::CompactString;

use crate::prepare::phone::{self, PhoneOptions, ProblemKind, Region, Role};
use crate::report::countries::ByRegion;

/// The fewest numbers that fit no country before the others are in doubt.
const UNFITTING: u64 = 3;

/// The fewest digits of a number that may be a national one.
const NATIONAL_DIGITS: usize = 7;

/// The numbers of one column, from some rows.
#[derive(Debug, Default)]
pub(super) struct BareNumbers {
    with_plus: u64,
    fitting: ByRegion,
    unfitting: Vec<CompactString>,
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
            Err(problem) if fits_no_country(problem.kind) && may_be_national(text) => {
                self.unfitting.push(text.into());
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
            national: 0,
        };
        let main = self.fitting.sorted().first().map(|(region, _)| *region);
        counts.are_doubted() && Counts { national: self.national_in(main), ..counts }.are_doubted()
    }

    /// The number of those that fit no country and are national numbers of this one.
    fn national_in(&self, region: Option<Region>) -> u64 {
        let options = PhoneOptions { region, ..PhoneOptions::default() };
        let is_national = |text: &&CompactString| {
            phone::parse_number(text, Role::Card, &options)
                .is_ok_and(|parsed| parsed.completed.is_some())
        };
        self.unfitting.iter().filter(is_national).count() as u64
    }
}

/// Returns whether a text has the digits of a national number. `0` and `0000000000` stand for none.
fn may_be_national(text: &str) -> bool {
    let mut digits: Vec<char> = text.chars().filter(|c| c.is_numeric()).collect();
    let is_long = digits.len() >= NATIONAL_DIGITS;
    digits.sort_unstable();
    digits.dedup();
    is_long && digits.len() > 2
}

fn fits_no_country(kind: ProblemKind) -> bool {
    use ProblemKind::{NoCountryCode, NotPossible, NotValid};
    matches!(kind, NoCountryCode | NotPossible | NotValid)
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
    /// Those of `unfitting` that are national numbers of the country that most others are of: then
    /// the list is of that country, and some of its numbers lack the code.
    national: u64,
}

impl Counts {
    fn are_doubted(self) -> bool {
        self.with_plus == 0
            && self.unfitting >= UNFITTING
            && self.unfitting > self.fitting
            && self.national * 2 <= self.unfitting
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_fitting_numbers_among_many_others_are_doubted() {
        let table = [
            // With `+`, fitting, fitting no country, national.
            ((0, 1, 5, 0), true),
            ((0, 0, 5, 0), true),
            ((0, 2, 3, 1), true),
            // As many fit a country as do not, or only two do not.
            ((0, 3, 3, 0), false),
            ((0, 1, 2, 0), false),
            ((0, 100, 5, 0), false),
            // Most are national numbers of the country of the others.
            ((0, 2, 5, 2), true),
            ((0, 2, 5, 3), false),
            ((1, 1, 5, 0), false),
        ];
        for ((with_plus, fitting, unfitting, national), doubted) in table {
            let counts = Counts { with_plus, fitting, unfitting, national };
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
}
