//! Mapping: which column is which field, and a row's cells as a draft (`Row → Draft`).
//!
//! [`Mapping::of_header`] reads a header once and decides everything; [`Mapping::draft`] then only
//! picks cells out of each row. Our own columns are known by name, other lists by the synonyms of
//! the design, and the exports of the big address books by their headers; `--map` has the last
//! word. What a cell says (is this a number? is this name too long?) is left to `phone` and
//! `message`.
//!
//! - `field`: the fields, their own words and their synonyms
//! - `header`: header words, and cells that look like data instead
//! - `telephone`: number columns and their kinds, fax and pager set apart
//! - `exports`: known exports, name parts, and what a header means
//! - `rules`: `--map`
//! - `columns`: a file's header, column by column
//! - `claims`: which column has been taken for which field
//! - `contacts`, `recipients`: the columns that make up a contact, or a recipient
//! - `plan`: the finished mapping
//! - `draft`: `Row → Draft`
//! - `explain`: what was decided, and why
//! - `error`: why a header cannot be mapped, and what to type

mod assign;
mod column_map;
mod columns;
mod contact_columns;
mod draft;
mod error;
mod explain;
mod field;
mod header;
mod map_flag;
mod recipients;
mod telephone;
#[cfg(test)]
mod tests;
mod vocabulary;

pub use crate::read::phone_device::Device;
pub use column_map::{Mapping, Wants};
pub use columns::OurFile;
pub use draft::{Draft, DraftPhone, Note};
pub use error::{Headers, MappingError, Trouble};
pub use explain::{Line, Use, Why};
pub use field::Field;
pub use map_flag::{MapRule, MapRuleError};
