//! Reading: bytes become rows.
//!
//! A row is one CSV record or one vCard, with its place as an editor shows it. This folder knows
//! encodings, dialects and broken files. It does not know what a message is, what a column means,
//! or which rows are wanted.

pub(crate) mod buffer;
pub mod csv;
pub mod encoding;
pub mod error;
pub mod file_kind;
pub mod formula;
pub mod note;
pub mod own_columns;
pub mod phone_device;
mod row;
mod source;
pub mod vcard;

pub use row::{Cells, Place, Raw, Record, Row, SourceId};
pub use source::{Dialect, Format, Source, SourceReader, Stamp, format_by_content, sources};
