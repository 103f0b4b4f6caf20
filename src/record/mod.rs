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
