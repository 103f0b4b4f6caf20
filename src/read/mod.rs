//! Reading: bytes become rows.
//!
//! A row is one CSV record, one row of a spreadsheet or one vCard, with its place as an editor shows
//! it. This folder knows encodings, dialects and broken files. It does not know what a message is, what a column means,
//! or which rows are wanted.

pub(crate) mod buffer;
pub mod csv;
pub mod encoding;
pub mod error;
pub mod file_kind;
pub mod formula;
pub mod inbound_events;
mod list_file;
pub mod no_value;
pub mod note;
pub mod own_columns;
pub mod phone_device;
pub mod plain_file;
mod row;
mod skip_reason;
mod source;
pub mod spreadsheet;
pub mod vcard;

pub use list_file::{ListFile, Stamp};
pub use row::{Cells, Place, Raw, Record, Row, SourceId};
pub use skip_reason::SkipReason;
pub use source::{Dialect, Facts, Format, Source, SourceReader, format_by_content, sources};
