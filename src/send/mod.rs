//! Sending: messages become outcomes.
//!
//! `engine` skips, paces, repeats and stops; `pacer` says when; `gateway` makes one POST of one
//! message; `outcome` names what came of it. File formats and columns are not known here.

pub mod engine;
pub mod gateway;
pub mod outcome;
pub mod pacer;
