//! Reading tables: CSV, TSV and plain lists, as programs export them and people damage them.
//!
//! [`Table::open`] finds the encoding and the separator, takes the first record as the header, and
//! then gives one [`Record`](crate::read::Record) for each record of the file, in constant memory.
//! A row that cannot be right is given as broken, with its reason; only an input that cannot be
//! read at all is an error. What the columns mean, and whether the first record is a header at
//! all, is for the caller to say.
//!
//! The way of the bytes: [`decode`](super::decode) makes them UTF-8, `window` holds the part that
//! is being looked at and counts lines, `frame` finds where a record ends, `split` takes its cells
//! apart (csv-core for records with quotes), `damage` judges them.

mod boundary;
mod buffer;
mod defects;
mod dialect;
mod fields;
mod reader;
mod runaway_quote;

#[cfg(test)]
mod tests;

pub use dialect::{BadDelimiter, Delimiter};
pub use reader::{CsvOptions, Facts, Table};
