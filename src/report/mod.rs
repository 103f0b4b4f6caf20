//! The output of the program: the plan before a run, the progress, the summary after it, and the
//! contents of results files (`results`, for `lipasend report`).
//!
//! `tally` counts rows and messages, `countries` the countries of their numbers; `findings` shows
//! what is wrong; `ended` says why sending ended, `next_step` what to do about a message that was not
//! sent; `format` writes numbers and labelled lines, `screen` makes them fit a screen, `terminal` writes to stdout and stderr.
//! `event_log` writes the events of `--log-format json` instead of what `terminal` writes to stderr.
//! `report_file` is a file of `--report`, `rows_csv` the lines of one, `decided` what they say about
//! each message.

pub mod countries;
pub mod decided;
pub mod ended;
pub mod event_log;
mod findings;
mod fix;
pub mod format;
pub mod json;
mod list_columns;
pub mod next;
pub mod next_step;
pub mod pace;
pub mod plan;
pub mod progress;
pub mod reject_words;
pub mod report_file;
pub mod results;
pub mod rows_csv;
pub mod screen;
pub mod speed;
pub mod summary;
pub mod tally;
pub mod terminal;
pub mod when;
