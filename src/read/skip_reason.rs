//! Why a row is not meant to become a message.

use std::fmt;

/// The reason why a row is skipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SkipReason {
    /// It has no content.
    Empty,
    /// It is not among the rows of `--rows`.
    OutsideRows,
    /// It is not taken by `--sample`.
    NotSampled,
    /// Another shard of the campaign sends to its recipient.
    OtherShard,
    /// It is a vCard for a group of contacts.
    GroupCard,
    /// It is an object in a vCard file that is no vCard.
    NotACard,
    /// Its recipient has opted out.
    OptedOut,
    /// Its recipient is named by `--to` too.
    GivenAsTo,
}

impl SkipReason {
    /// All reasons.
    pub const ALL: [Self; 8] = [
        Self::Empty,
        Self::OutsideRows,
        Self::NotSampled,
        Self::OtherShard,
        Self::GroupCard,
        Self::NotACard,
        Self::OptedOut,
        Self::GivenAsTo,
    ];

    /// The stable code, as in the summary's JSON and the reports.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::OutsideRows => "outside_rows",
            Self::NotSampled => "not_sampled",
            Self::OtherShard => "other_shard",
            Self::GroupCard => "group_card",
            Self::NotACard => "not_a_card",
            Self::OptedOut => "opted_out",
            Self::GivenAsTo => "given_as_to",
        }
    }

    /// Returns whether such a row is nobody: it does not count among the people or the cards.
    #[must_use]
    pub fn is_nobody(self) -> bool {
        matches!(self, Self::Empty | Self::NotACard)
    }

    /// What it means, for people: a lowercase fragment.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Empty => "empty row",
            Self::OutsideRows => "outside --rows",
            Self::NotSampled => "outside --sample",
            Self::OtherShard => "of another shard",
            Self::GroupCard => "group card",
            Self::NotACard => "no vCard",
            Self::OptedOut => "opted out",
            Self::GivenAsTo => "its recipient is given with --to too",
        }
    }
}

/// Displays as the meaning.
impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.meaning())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_stable_and_meanings_differ() {
        let codes = SkipReason::ALL.map(SkipReason::code).join(" ");
        let pinned = "empty outside_rows not_sampled other_shard group_card not_a_card opted_out given_as_to";
        assert_eq!(codes, pinned);
        let meanings: std::collections::HashSet<_> =
            SkipReason::ALL.map(SkipReason::meaning).into_iter().collect();
        assert_eq!(meanings.len(), SkipReason::ALL.len());
    }
}
