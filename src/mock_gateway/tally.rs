//! What the gateway saw, in numbers. Every POST to the endpoint is counted as exactly one of
//! accepted, duplicate and refused.

use std::fmt;

/// The counts of a gateway's life, or of its life so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// POSTs to the endpoint that were ruled on.
    pub requests: u64,
    /// Different messageIds in sound requests, whatever they were answered.
    pub distinct_ids: u64,
    /// Sound requests whose messageId had been seen before.
    pub repeats: u64,
    /// Requests taken as a new message, also when a fault then lost the answer.
    pub accepted: u64,
    /// Repeats of an accepted message, answered by the duplicate policy.
    pub duplicates: u64,
    /// Everything else: wrong requests, 429, and faults that accept nothing.
    pub refused: u64,
    /// Requests that a fault struck.
    pub faults: u64,
    /// Requests that were not POSTs to the endpoint, the check of the key among them.
    pub elsewhere: u64,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [requests, ids, repeats] =
            [self.requests, self.distinct_ids, self.repeats].map(Grouped);
        write!(f, "saw {requests} requests, {ids} distinct ids, {repeats} repeats")?;
        let [accepted, duplicates, refused] =
            [self.accepted, self.duplicates, self.refused].map(Grouped);
        write!(f, " ({accepted} accepted, {duplicates} duplicates, {refused} refused)")
    }
}

/// A number with a comma between thousands.
struct Grouped(u64);

impl fmt::Display for Grouped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 < 1000 {
            return write!(f, "{}", self.0);
        }
        write!(f, "{},{:03}", Grouped(self.0 / 1000), self.0 % 1000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_told_in_one_line() {
        let tally = Tally {
            requests: 1_204,
            distinct_ids: 1_200,
            repeats: 4,
            accepted: 1_200,
            duplicates: 3,
            refused: 1,
            ..Tally::default()
        };
        let told = "saw 1,204 requests, 1,200 distinct ids, 4 repeats \
                    (1,200 accepted, 3 duplicates, 1 refused)";
        assert_eq!(tally.to_string(), told);
        assert_eq!(Grouped(1_002_003).to_string(), "1,002,003");
        assert_eq!(Grouped(0).to_string(), "0");
    }
}
