//! Fatal errors and exit codes.
//!
//! A row that cannot be used and a message that was refused are data, not errors of this kind.

use std::fmt;

use crate::signals::{Signal, Stop};

/// The exit code of the program, as documented in `docs/reference.md`.
///
/// The variants are in order of severity: when several apply, the first one counts.
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
    /// The key, account, sender or set-up was refused: running again will not help.
    SetUp,
    /// Stopped on an error that may pass: run again.
    Unavailable,
    /// SIGTERM, after a clean drain.
    Terminated,
    /// SIGINT, after a clean drain.
    Interrupted,
    /// SIGHUP, after a clean drain.
    HungUp,
    /// `--max-duration` reached, or the hours closed, with messages left.
    MaxDuration,
    /// `--daily-cap` reached with messages left.
    DailyCap,
    /// `--limit` reached with messages left.
    Limit,
    /// Finished, but some rows or messages did not go out.
    Incomplete,
    /// Everything was sent, now or before.
    Success,
}

impl ExitCode {
    /// The number that the process returns.
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
            Self::DailyCap => 9,
            Self::MaxDuration => 10,
            Self::Locked => 11,
            Self::HungUp => 129,
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

impl From<Signal> for ExitCode {
    fn from(signal: Signal) -> Self {
        match signal {
            Signal::Interrupt => Self::Interrupted,
            Signal::Terminate => Self::Terminated,
            Signal::HangUp => Self::HungUp,
        }
    }
}

/// An error that ends the run, with its exit code.
///
/// The text is a lowercase fragment that says where and what to do instead.
#[derive(Debug)]
pub struct Fatal {
    /// The exit code.
    pub code: ExitCode,
    /// The error, its place, and what to do.
    pub message: String,
}

impl Fatal {
    /// Makes an error with an exit code.
    pub fn new(code: ExitCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// Makes an error in the command line or the configuration (2).
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(ExitCode::Usage, message)
    }

    /// Makes an error about an input or ledger that cannot be read (4).
    pub fn input(message: impl Into<String>) -> Self {
        Self::new(ExitCode::Input, message)
    }

    /// Makes the error of a run that a signal stopped before anything was posted.
    #[must_use]
    pub fn stopped_before_sending(stop: &Stop) -> Self {
        let signal = stop.signal().unwrap_or(Signal::Terminate);
        Self::new(signal.into(), "stopped by a signal before anything was sent")
    }

    /// Makes an I/O error on our own files, or an internal error (1).
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
    fn when_several_apply_the_most_severe_counts() {
        let order = [
            (Internal, 1),
            (Usage, 2),
            (Input, 4),
            (Locked, 11),
            (SetUp, 7),
            (Unavailable, 5),
            (Terminated, 143),
            (Interrupted, 130),
            (HungUp, 129),
            (MaxDuration, 10),
            (DailyCap, 9),
            (Limit, 8),
            (Incomplete, 3),
            (Success, 0),
        ];
        for (i, (severe, number)) in order.iter().enumerate() {
            assert_eq!(severe.number(), *number);
            for (lighter, _) in &order[i..] {
                assert_eq!(severe.worst(*lighter), *severe);
                assert_eq!(lighter.worst(*severe), *severe);
            }
        }
    }
}
