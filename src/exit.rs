//! What ends a run: fatal errors and exit codes.
//!
//! A row that cannot be used or a message that was refused is data and never comes through here.

use std::fmt;

/// How the program ends, as promised in the README.
///
/// The order of the variants is the order of precedence: when several apply, the first one wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ExitCode {
    /// An internal or I/O error.
    Internal,
    /// Usage or configuration; nothing was sent.
    Usage,
    /// An input or ledger cannot be read or mapped, or changed under us.
    Input,
    /// Another run holds the lock.
    Locked,
    /// Key, account, sender or set-up refused: running again will not help.
    SetUp,
    /// Stopped on trouble that may pass: run again.
    Unavailable,
    /// SIGTERM, after a clean drain.
    Terminated,
    /// SIGINT, after a clean drain.
    Interrupted,
    /// `--max-duration` reached with messages left.
    MaxDuration,
    /// `--limit` reached with messages left.
    Limit,
    /// Finished, but some rows or messages did not go out.
    Incomplete,
    /// Everything was sent, now or before.
    Success,
}

impl ExitCode {
    /// The number the shell sees.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Internal => 1,
            Self::Usage => 2,
            Self::Incomplete => 3,
            Self::Input => 4,
            Self::Unavailable => 5,
            Self::SetUp => 7,
            Self::Limit => 8,
            Self::MaxDuration => 10,
            Self::Locked => 11,
            Self::Interrupted => 130,
            Self::Terminated => 143,
        }
    }

    /// The more severe of the two.
    #[must_use]
    pub fn worst(self, other: Self) -> Self {
        self.min(other)
    }
}

/// An error that ends the run, with the exit code it earns.
///
/// The text is a lowercase fragment that says where and what to do instead.
#[derive(Debug)]
pub struct Fatal {
    /// How the program ends.
    pub code: ExitCode,
    /// What went wrong, where, and the way out.
    pub message: String,
}

impl Fatal {
    /// An error with the exit code it earns.
    pub fn new(code: ExitCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// A mistake in what was typed or configured.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(ExitCode::Usage, message)
    }

    /// An input or ledger that cannot be read.
    pub fn input(message: impl Into<String>) -> Self {
        Self::new(ExitCode::Input, message)
    }

    /// An I/O error on our own files, or a mistake of ours.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(ExitCode::Internal, message)
    }
}

impl fmt::Display for Fatal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Fatal {}

#[cfg(test)]
mod tests {
    use super::ExitCode::*;

    #[test]
    fn when_several_apply_the_weightier_wins() {
        let order = [
            (Internal, 1),
            (Usage, 2),
            (Input, 4),
            (Locked, 11),
            (SetUp, 7),
            (Unavailable, 5),
            (Terminated, 143),
            (Interrupted, 130),
            (MaxDuration, 10),
            (Limit, 8),
            (Incomplete, 3),
            (Success, 0),
        ];
        for (i, (weightier, number)) in order.iter().enumerate() {
            assert_eq!(weightier.number(), *number);
            for (lighter, _) in &order[i..] {
                assert_eq!(weightier.worst(*lighter), *weightier);
                assert_eq!(lighter.worst(*weightier), *weightier);
            }
        }
    }
}
