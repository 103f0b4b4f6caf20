//! The output of the program: the plan before a run, the progress, the summary after it, and the
//! contents of results files (`results`, for `lipasend report`).
//!
//! `tally` counts rows and messages, `countries` the countries of their numbers; `findings` shows
//! what is wrong; `next_step` says what to do about a message that was not sent; `format` writes numbers and labelled lines, `terminal` writes to stdout and stderr.

pub mod countries;
mod findings;
pub mod format;
pub mod next_step;
pub mod plan;
pub mod progress;
pub mod results;
pub mod summary;
pub mod tally;
pub mod terminal;
pub mod when;
