//! Reads CSV (RFC 4180), TSV and lists of one column, as programs export and people edit them.
//!
//! [`CsvReader::open`] finds the encoding and the delimiter and takes the first record as the
//! header; then the reader gives a [`Record`](super::Record) for each record of the file, in
//! constant memory. A row that is certainly wrong is a broken record with a reason; only an input
//! that cannot be read at all is an error. The caller decides what the columns mean, and whether
//! the first record is a header at all.
//!
//! ```
//! use lipasend::read::csv::{CsvOptions, CsvReader};
//! use lipasend::read::{Record, SourceId};
//!
//! let bytes = b"to;name\n254712345678;Jane\n".as_slice();
//! let mut reader = CsvReader::open(bytes, SourceId(0), &CsvOptions::default())?;
//! assert_eq!(reader.header().cells.get(1), Some("name"));
//! assert!(matches!(reader.next(), Some(Ok(Record::Row(row))) if row.cells.get(1) == Some("Jane")));
//! # Ok::<(), lipasend::read::error::ReadError>(())
//! ```
//!
//! The data path: a [`DecodingReader`](super::encoding::DecodingReader) makes the bytes UTF-8,
//! `buffer` holds the next record and counts lines, `boundary` finds where the record ends,
//! `fields` splits it into cells, and `width`, `defects` and `runaway_quote` check them.

mod boundary;
mod buffer;
mod defects;
mod delimiter;
mod fields;
mod reader;
mod runaway_quote;
mod second_header;
mod sniff;
mod width;

#[cfg(test)]
mod tests;

pub use delimiter::{BadDelimiter, Delimiter};
pub use reader::{CsvOptions, CsvReader, Facts};
pub(super) use second_header::HeaderCells;
