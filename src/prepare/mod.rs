//! Preparing: rows become messages.
//!
//! `mapping` finds the fields in a row (`Row → Draft`), `phone` and `name` parse them, `message`
//! builds the message and its id (`Draft → Message`). `row` does all of this for one row
//! (with its notes in `row_notes`), `parallel` for many rows in order, and `dedup` finds the messages that occurred before.
//! `last_inbound` reads the time at which a recipient last wrote. There is no access to files, clock
//! or network.

pub mod dedup;
pub mod last_inbound;
pub mod mapping;
pub mod message;
mod message_id;
pub mod name;
mod name_cell;
mod name_lint;
pub mod parallel;
pub mod payload;
pub mod phone;
pub mod row;
mod row_notes;
pub mod row_numbers;
