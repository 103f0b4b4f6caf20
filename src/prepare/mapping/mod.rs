//! Mapping: which column is which field, and a row's cells as a draft (`Row → Draft`).
//!
//! [`Mapping::of_header`] reads a header once and decides everything; [`Mapping::draft`] then only
//! picks cells out of each row. Our own columns are known by name, the columns of other lists by
//! synonyms, and the exports of common address books by their headers; `--map` overrides all of
//! them. Whether a cell is a valid number or name is decided in `phone` and `row`.

mod assign;
mod column_map;
mod columns;
mod contact_columns;
mod draft;
mod error;
mod explain;
mod exports;
mod field;
mod header;
mod in_file;
mod likely;
mod map_flag;
mod name_columns;
mod phone_kinds;
mod roles;
#[cfg(test)]
mod tests;
mod vocabulary;
mod whose;

pub use column_map::Mapping;
pub use columns::OurFile;
pub use contact_columns::InputRole;
pub use draft::{Draft, DraftPhone, LeftOutNumber};
pub use error::{Headers, MappingError, MappingErrorKind};
pub use explain::{ColumnUse, Purpose, Reason};
pub use field::Field;
pub use header::looks_like_number;
pub use map_flag::{MapRule, MapRuleError};
