//! Phone numbers: from the text of a cell to the digits that WhatsApp knows.
//!
//! A cell goes through these files:
//!
//! 1. `unicode`: every character becomes the ASCII it stands for;
//! 2. `normalize` with `chat_address`, `marks`, `dates`, `separators` and `artefacts`: everything but the digits is
//!    removed, or the cell is rejected;
//! 3. `reading` with `known_changes`: the country code is found, with the region if there is none;
//! 4. `validate`: libphonenumber's metadata tells whether the number exists;
//! 5. `several`: what could be two numbers is no number;
//! 6. `number`: the result, digits with the country code (ITU-T E.164) without `+`.
//!
//! `parse` is the entry, `wa_id` that of WhatsApp ids, `blocked` that of opt-out lists. `canonical` is
//! the form in which a number and a WhatsApp id are compared. `options` are the user's, `problem` is why a
//! cell has no number, `suggestion` the number that it may mean. Columns, files and rows are not
//! known here.

mod artefacts;
mod blocked;
mod canonical;
mod chat_address;
mod countries;
pub mod country_names;
mod dates;
mod known_changes;
mod marks;
mod normalize;
mod number;
mod number_type;
mod options;
mod parse;
mod problem;
mod reading;
mod region;
mod separators;
mod several;
mod suggestion;
#[cfg(test)]
mod tests;
mod unicode;
mod validate;
mod wa_id;
mod written;

pub use blocked::{BLOCKING_DIGITS, Blocked, Ending, TooShort, blocked};
pub use canonical::canonical;
pub use countries::Countries;
pub use number::PhoneNumber;
pub use number_type::NumberType;
pub use options::{NumberStyle, PhoneCheck, PhoneOptions, Role, Roles};
pub use parse::{ParsedNumber, parse_number};
pub use problem::{PhoneProblem, ProblemKind};
pub use region::{Region, UnknownRegion};
pub use wa_id::{parse_account, parse_wa_id};
pub use written::{CARRIES_CODE, carries_code_of, is_bare, is_international, may_be_national};
