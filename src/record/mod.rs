//! Records outcomes in files that survive a crash.
//!
//! | module | file | holds |
//! |---|---|---|
//! | [`ledger`] | `X.results.csv` | one outcome for each messageId |
//! | [`in_flight`] | `X.results.csv.inflight` | the messages that a run is about to post |
//! | [`lock`] | `X.results.csv.lock` | the lock of the run that writes the results, and the [`memory`] of what they hold |
//! | [`rejects`] | `X.rejects.csv` | the rejected rows, each with its reason |
//! | [`not_sent`] | `X.not-sent.csv` | the messages that were not sent, as a list |
//! | [`other_ledgers`] | other results files | what was sent from other inputs |
//! | [`event_file`] | the file of `listen` | webhook events, one a line |
//! | [`past_posts`] | all results files | who got messages lately, for the caps |
//!
//! A [`beside_file`] is a file that comes back as an input: rejects, not sent; [`csv_text`] is how all CSV
//! files are written. An [`output_file`] is a file that the user named; an [`earlier_file`] is one that an earlier run
//! left where a new one goes. [`neighbours`] takes the lock once no other run sends the same
//! messages; [`run_name`] is what a run sends, [`run_ends`] how the last ones ended, and [`run_extent`] what of the list they were for. [`names`] derives the names of these files from an input's, and [`error`] is what all
//! of them fail with. Nothing here knows HTTP, when to send, or what a column of an input means.

pub mod beside_file;
pub mod csv_text;
pub mod earlier_file;
pub mod error;
pub mod event_file;
mod folder;
mod fs;
pub mod in_flight;
pub mod ledger;
pub mod lock;
pub mod memory;
pub mod names;
pub mod neighbours;
pub mod not_sent;
pub mod other_ledgers;
pub mod output_file;
pub mod past_posts;
pub mod rejects;
pub mod run_ends;
pub mod run_extent;
pub mod run_name;

pub use error::Error;
pub use fs::Touched;
