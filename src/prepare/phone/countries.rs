//! A set of regions: the countries that a list may have, or that something speaks for.

use std::fmt;

use super::region::Region;

/// One bit for each pair of letters.
const WORDS: usize = (26 * 26_usize).div_ceil(64);

/// A set of regions. Small and `Copy`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Countries([u64; WORDS]);

impl Countries {
    /// Adds a region.
    pub fn insert(&mut self, region: Region) {
        let (word, bit) = place(region.index());
        self.0[word] |= bit;
    }

    /// Returns whether the region is in the set.
    #[must_use]
    pub fn contains(&self, region: Region) -> bool {
        let (word, bit) = place(region.index());
        self.0[word] & bit != 0
    }

    /// Returns whether no region is in the set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|&word| word == 0)
    }

    /// Returns the region of a set with exactly one.
    #[must_use]
    pub fn only(&self) -> Option<Region> {
        let mut regions = self.iter();
        regions.next().filter(|_| regions.next().is_none())
    }

    /// Returns the regions that are in one of the two sets.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        let mut all = *self;
        all.0.iter_mut().zip(other.0).for_each(|(word, other)| *word |= other);
        all
    }

    /// The regions in the order of their letters.
    pub fn iter(&self) -> impl Iterator<Item = Region> {
        (0..26 * 26)
            .filter(|&index| {
                let (word, bit) = place(index);
                self.0[word] & bit != 0
            })
            .filter_map(Region::at)
    }
}

/// The word that holds the bit of an index, and the bit.
fn place(index: usize) -> (usize, u64) {
    (index / 64, 1 << (index % 64))
}

impl Extend<Region> for Countries {
    fn extend<I: IntoIterator<Item = Region>>(&mut self, regions: I) {
        regions.into_iter().for_each(|region| self.insert(region));
    }
}

impl FromIterator<Region> for Countries {
    fn from_iter<I: IntoIterator<Item = Region>>(regions: I) -> Self {
        let mut all = Self::default();
        all.extend(regions);
        all
    }
}

impl fmt::Display for Countries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, region) in self.iter().enumerate() {
            let separator = if at == 0 { "" } else { ", " };
            write!(f, "{separator}{region}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn countries(codes: &[&str]) -> Countries {
        codes.iter().map(|code| code.parse::<Region>().unwrap()).collect()
    }

    #[test]
    fn a_set_has_what_was_put_into_it() {
        let set = countries(&["UG", "AC", "KE", "ZW", "KE"]);
        for code in ["AC", "KE", "UG", "ZW"] {
            assert!(set.contains(code.parse().unwrap()), "{code}");
        }
        for code in ["AD", "TZ", "ZM", "US"] {
            assert!(!set.contains(code.parse().unwrap()), "{code}");
        }
        assert_eq!(set.to_string(), "AC, KE, UG, ZW");
        assert_eq!(set.only(), None);
        assert_eq!(countries(&["KE"]).only(), "KE".parse().ok());
        assert!(!set.is_empty() && Countries::default().is_empty());
        assert_eq!(Countries::default().to_string(), "");
    }

    #[test]
    fn a_union_has_the_regions_of_both_sets() {
        let both = countries(&["KE", "UG"]).union(&countries(&["UG", "TZ"]));
        assert_eq!(both, countries(&["KE", "TZ", "UG"]));
    }
}
