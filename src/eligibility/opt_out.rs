//! The numbers that nothing is ever sent to.

use hashbrown::HashSet;

use crate::prepare::phone::{self, Blocked, Ending, PhoneNumber, PhoneOptions, canonical};

pub use crate::prepare::phone::{BLOCKING_DIGITS, TooShort};

/// The numbers of people who opted out. One is found in every form of it: as it is today, as it was
/// when its owner registered, and by its last digits where an entry cannot be read.
#[derive(Debug, Clone, Default)]
pub struct OptOuts {
    numbers: HashSet<PhoneNumber>,
    endings: HashSet<Ending>,
}

impl OptOuts {
    /// Adds an entry of an opt-out list. Returns whether it blocks anything; a text without a number
    /// does not.
    ///
    /// # Errors
    /// When it has digits, but too few to block a number.
    pub fn add_text(&mut self, entry: &str, options: &PhoneOptions) -> Result<bool, TooShort> {
        let Blocked { numbers, endings } = phone::blocked(entry, options)?;
        let blocks = !numbers.is_empty() || !endings.is_empty();
        self.numbers.extend(numbers);
        self.endings.extend(endings);
        Ok(blocks)
    }

    /// Adds a number.
    pub fn add(&mut self, number: &PhoneNumber) {
        self.numbers.insert(canonical(number));
    }

    /// Returns whether nothing may be sent to the number.
    #[must_use]
    pub fn contains(&self, to: &PhoneNumber) -> bool {
        (!self.numbers.is_empty() && self.numbers.contains(&canonical(to)))
            || (!self.endings.is_empty()
                && Ending::of(to).is_some_and(|ending| self.endings.contains(&ending)))
    }

    /// Returns whether nobody opted out.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.numbers.is_empty() && self.endings.is_empty()
    }
}

impl Extend<PhoneNumber> for OptOuts {
    fn extend<I: IntoIterator<Item = PhoneNumber>>(&mut self, numbers: I) {
        numbers.into_iter().for_each(|number| self.add(&number));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(digits: &str) -> PhoneNumber {
        PhoneNumber::from_digits(digits).unwrap()
    }

    #[test]
    fn a_number_is_found_in_each_of_its_forms() {
        let mut out = OptOuts::default();
        assert!(out.is_empty() && !out.contains(&number("254712345678")));
        let options = PhoneOptions::default();
        assert_eq!(out.add_text("+254 712 345 678", &options), Ok(true));
        assert_eq!(out.add_text("0722 000 111", &options), Ok(true));
        assert_eq!(out.add_text("Ann", &options), Ok(false));
        assert_eq!(out.add_text("12345", &options), Err(TooShort));
        out.add(&number("5213312345670"));
        out.extend([number("5521987650001")]);
        for blocked in [
            "254712345678",
            "254722000111",
            "255722000111",
            "523312345670",
            "5213312345670",
            "552187650001",
        ] {
            assert!(out.contains(&number(blocked)), "{blocked}");
        }
        for other in ["254712345679", "255712345678", "254733000222", "12345"] {
            assert!(!out.contains(&number(other)), "{other}");
        }
    }
}
