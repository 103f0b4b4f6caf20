//! What is told of a number that was read: the repairs it needed and the warnings it earned.
//!
//! Taking separators away is no repair; a country code that was there all along is none either.

use std::fmt;
use std::marker::PhantomData;

/// A kind of remark, with a stable code and words for people.
pub trait Mark: Copy + 'static {
    /// All kinds, in the order in which they are told.
    const ALL: &'static [Self];

    /// The place in a [`Marks`], below 8.
    fn index(self) -> u8;

    /// The stable name in reports and tests.
    fn code(self) -> &'static str;

    /// A lowercase fragment for people.
    fn sentence(self) -> &'static str;
}

/// What was changed in a number beyond taking separators away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Repair {
    /// `+44 (0)7911…`, `+2540712…`: the zero is dialled only inside the country.
    TrunkZero,
    /// `00254…` or `000254…`: what is dialled before a country code is written `+`.
    DoubleZero,
    /// A national number as it is dialled (`0712…`) got the region's country code.
    Completed,
    /// A national number without the zero it is dialled with (`712…`, as spreadsheets leave it)
    /// got the region's country code.
    LostZero,
    /// `254712345678.0`, `2.54712345678E+11`, `="0712…"`: a spreadsheet's traces were removed.
    Spreadsheet,
    /// The country writes it otherwise when it is called from abroad (Argentina's `15` is a `9`).
    Rewritten,
}

impl Mark for Repair {
    const ALL: &'static [Self] = &[
        Self::TrunkZero,
        Self::DoubleZero,
        Self::Completed,
        Self::LostZero,
        Self::Spreadsheet,
        Self::Rewritten,
    ];

    fn index(self) -> u8 {
        self as u8
    }

    fn code(self) -> &'static str {
        match self {
            Self::TrunkZero => "trunk_zero",
            Self::DoubleZero => "double_zero",
            Self::Completed => "completed",
            Self::LostZero => "lost_zero",
            Self::Spreadsheet => "spreadsheet",
            Self::Rewritten => "rewritten",
        }
    }

    fn sentence(self) -> &'static str {
        match self {
            Self::TrunkZero => "a trunk zero after the country code was dropped",
            Self::DoubleZero => "a leading 00 was read as +",
            Self::Completed => "a national number got the region's country code",
            Self::LostZero => {
                "a national number without its leading zero got the region's country code"
            }
            Self::Spreadsheet => "a spreadsheet's traces were removed",
            Self::Rewritten => "a national form was rewritten as the country is called from abroad",
        }
    }
}

/// What is odd about a number that was taken all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Warning {
    /// A fixed line. It can be on WhatsApp, but seldom is.
    FixedLine,
    /// Of a possible length for its country, but in no range that the metadata knows.
    PossibleNotValid,
    /// An extension was left out.
    ExtensionDropped,
    /// Bare digits that end in five zeros or more, as in a cell that was once `2.547123E+11`.
    Rounded,
}

impl Mark for Warning {
    const ALL: &'static [Self] =
        &[Self::FixedLine, Self::PossibleNotValid, Self::ExtensionDropped, Self::Rounded];

    fn index(self) -> u8 {
        self as u8
    }

    fn code(self) -> &'static str {
        match self {
            Self::FixedLine => "fixed_line",
            Self::PossibleNotValid => "possible_not_valid",
            Self::ExtensionDropped => "extension_dropped",
            Self::Rounded => "rounded",
        }
    }

    fn sentence(self) -> &'static str {
        match self {
            Self::FixedLine => "a fixed line, which is seldom on WhatsApp",
            Self::PossibleNotValid => "a number of a possible length, but in no known range",
            Self::ExtensionDropped => "an extension was left out",
            Self::Rounded => {
                "ends in five zeros or more, as where a spreadsheet cut the last digits (--verbose shows which)"
            }
        }
    }
}

/// A set of marks of one kind: one byte, `Copy`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Marks<M> {
    bits: u8,
    kind: PhantomData<M>,
}

impl<M: Mark> Marks<M> {
    /// No marks.
    pub const NONE: Self = Self { bits: 0, kind: PhantomData };

    /// Adds one.
    pub fn insert(&mut self, mark: M) {
        self.bits |= 1 << mark.index();
    }

    /// Whether this one is in it.
    #[must_use]
    pub fn contains(self, mark: M) -> bool {
        self.bits & (1 << mark.index()) != 0
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.bits == 0
    }

    /// Those that are in it, in the order of [`Mark::ALL`].
    pub fn iter(self) -> impl Iterator<Item = M> {
        M::ALL.iter().copied().filter(move |&mark| self.contains(mark))
    }
}

impl<M: Mark> Default for Marks<M> {
    fn default() -> Self {
        Self::NONE
    }
}

impl<M: Mark> FromIterator<M> for Marks<M> {
    fn from_iter<I: IntoIterator<Item = M>>(marks: I) -> Self {
        marks.into_iter().fold(Self::NONE, |mut all, mark| {
            all.insert(mark);
            all
        })
    }
}

impl<M: Mark> fmt::Debug for Marks<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(Mark::code)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every_kind_has_its_own_place<M: Mark>() {
        for (place, mark) in M::ALL.iter().enumerate() {
            assert_eq!(usize::from(mark.index()), place, "{}", mark.code());
            assert!(place < 8, "{} does not fit a byte", mark.code());
        }
    }

    #[test]
    fn kinds_do_not_share_places() {
        every_kind_has_its_own_place::<Repair>();
        every_kind_has_its_own_place::<Warning>();
    }

    #[test]
    fn a_set_holds_what_was_put_in() {
        let set = Marks::from_iter([Repair::Spreadsheet, Repair::TrunkZero, Repair::TrunkZero]);
        assert_eq!(set.iter().collect::<Vec<_>>(), [Repair::TrunkZero, Repair::Spreadsheet]);
        assert!(!set.contains(Repair::DoubleZero) && !set.is_empty());
        assert!(Marks::<Warning>::NONE.is_empty());
    }
}
