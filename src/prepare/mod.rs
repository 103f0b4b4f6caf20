//! Preparing: rows become messages.
//!
//! `mapping` finds the fields in a row (`Row → Draft`), `phone` and `name` read what stands in
//! them, `message` builds the message and its id (`Draft → Message`), `row` puts these steps
//! together for one row, `intake` does so for many at once and in order, and `seen` knows which
//! message came up before. All of it is pure: no files, no clock, no network.

pub mod dedup;
pub mod mapping;
pub mod message;
pub mod name;
mod name_lint;
pub mod parallel;
pub mod payload;
pub mod phone;
pub mod row;
