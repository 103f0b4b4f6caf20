//! Recording: outcomes become lines that survive.
//!
//! | room | file | holds |
//! |---|---|---|
//! | [`ledger`] | `X.results.csv` | one outcome for each messageId: read, append, compact; the other ledgers that are heeded |
//! | [`inflight`] | `X.results.csv.inflight` | what this run was about to post, for the run after a crash |
//! | [`lock`] | `X.results.csv.lock` | one run at a time |
//! | [`rejects`] | `X.rejects.csv` | the rows to mend, with the reason |
//!
//! [`names`] says which file belongs to which input, [`error`] is what all of them
//! fail with. This wing knows files and columns. It does not know
//! HTTP, when to send, or what a column of an input means.

pub mod error;
mod fs;
pub mod in_flight;
pub mod ledger;
pub mod lock;
pub mod names;
pub mod rejects;

pub use error::Error;

/// How eagerly what was written is forced onto the disk (`--sync`).
///
/// A killed process loses nothing in any of them: this is about a machine that loses its power.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Sync {
    /// What is about to be posted before each batch, outcomes every 200 ms
    #[default]
    Batch,
    /// What is about to be posted before each batch, and every outcome at once
    Each,
    /// Nothing until the end of the run
    Never,
}
