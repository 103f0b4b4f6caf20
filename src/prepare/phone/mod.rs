//! Reading a phone number: from what people type to the digits that WhatsApp knows.
//!
//! A cell goes through five steps, one file each:
//!
//! 1. `script` writes every character as the ASCII it stands for;
//! 2. `clean` takes away what is not the number, undoes damage, and refuses what holds no one number;
//! 3. `read` finds the country code, by the region where there is none;
//! 4. `judge` asks libphonenumber's metadata whether such a number exists;
//! 5. `number` is what remains: digits with the country code, without `+`.
//!
//! `rules` is what the user decides about all this, `marks` what is told of a number that was read,
//! `problem` what is told of one that was not. Nothing here knows columns, files or rows.

mod artefacts;
mod normalize;
mod number;
mod options;
mod parse;
mod problem;
mod unicode;
mod validate;

pub use number::PhoneNumber;
pub use options::{NumberStyle, PhoneCheck, PhoneRules, Region, Role, UnknownRegion};
pub use parse::{Reading, read_number, read_wa_id};
pub use problem::{PhoneProblem, ProblemKind};
