//! Phone numbers: from the text of a cell to the digits that WhatsApp knows.
//!
//! A cell goes through these files:
//!
//! 1. `unicode`: every character becomes the ASCII it stands for;
//! 2. `normalize` with `artefacts`: everything but the digits is removed, or the cell is rejected;
//! 3. `reading`: the country code is found, with the region if there is none;
//! 4. `validate`: libphonenumber's metadata tells whether the number exists;
//! 5. `number`: the result, digits with the country code (ITU-T E.164) without `+`.
//!
//! `parse` is the entry. `options` are the user's, `problem`
//! why a cell has none. Columns, files and rows are not known here.

mod artefacts;
mod countries;
pub mod country_names;
mod normalize;
mod number;
mod options;
mod parse;
mod problem;
mod reading;
mod region;
mod unicode;
mod validate;
mod written;

pub use countries::Countries;
pub use number::PhoneNumber;
pub use options::{NumberStyle, PhoneCheck, PhoneOptions, Role};
pub use parse::{ParsedNumber, parse_number, parse_wa_id};
pub use problem::{PhoneProblem, ProblemKind};
pub use region::{Region, UnknownRegion};
pub use written::{is_bare, is_international};
