//! Sending: messages become outcomes.
//!
//! `engine` decides what is sent next and stops the run; `pacer` limits the `rate`; `gateway` posts
//! one message; `outcome` says what a failure means. File formats and columns are not known here.

pub mod engine;
pub mod gateway;
pub mod outcome;
pub mod pacer;
pub mod rate;
