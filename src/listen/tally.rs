//! The counts of `lipasend listen`.

use std::fmt;

use super::answer::Answer;
use crate::units::show_number;

/// How many requests got which answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally([u64; Answer::ALL.len()]);

impl Tally {
    /// Counts an answer. Returns whether it is the first of its kind.
    pub(super) fn count(&mut self, answer: Answer) -> bool {
        let count = &mut self.0[answer as usize];
        *count += 1;
        *count == 1
    }
}

/// `1,234 events kept, 3 requests refused (2 another path than --path, 1 a body above 1 MiB)`.
impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [kept, refused @ ..] = self.0;
        let noun = |count: u64, noun: &str| {
            format!("{} {noun}{}", show_number(count), if count == 1 { "" } else { "s" })
        };
        write!(f, "{} kept", noun(kept, "event"))?;
        let sum: u64 = refused.iter().sum();
        if sum == 0 {
            return Ok(());
        }
        let reasons = refused.iter().zip(&Answer::ALL[1..]).filter(|(count, _)| **count > 0);
        let reasons =
            reasons.map(|(count, answer)| format!("{} {}", show_number(*count), answer.meaning()));
        let reasons: Vec<String> = reasons.collect();
        write!(f, ", {} refused ({})", noun(sum, "request"), reasons.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counts_are_one_line() {
        let mut tally = Tally::default();
        assert_eq!(tally.to_string(), "0 events kept");
        assert!(tally.count(Answer::Kept));
        assert_eq!(tally.to_string(), "1 event kept");
        assert!(!tally.count(Answer::Kept));
        assert!(tally.count(Answer::NoJson));
        assert_eq!(
            tally.to_string(),
            "2 events kept, 1 request refused (1 a body that is not JSON)"
        );
        tally.count(Answer::WrongPath);
        assert_eq!(
            tally.to_string(),
            "2 events kept, 2 requests refused (1 another path than --path, 1 a body that is not JSON)"
        );
    }
}
