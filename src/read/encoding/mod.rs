//! Decoding: whatever bytes a program exported become bytes that read as UTF-8.
//!
//! Two questions are answered here: what kind of file is it, by its first bytes ([`sniff`]), and
//! in which encoding is its text ([`EncodingChoice::of`]). [`Decoded`] then gives the text as a
//! stream. Lines, cells and cards are left to the readers.
//!
//! A file without a byte-order mark cannot tell its encoding, and the first byte that is not
//! UTF-8 may come after a gigabyte of plain ASCII. So `auto` does not decide for the file: UTF-8
//! goes through as it is, and a reader hands each record to [`Charset::text`], which reads a
//! record that is not valid UTF-8 as Windows-1252. For a file that is Windows-1252 throughout
//! this is the same, as its pure ASCII records are equal in both; a file pasted together from
//! both comes out right as well.

mod detect;
mod stream;

pub use detect::{BadEncoding, Charset, Encoding, EncodingChoice, Text};

pub use stream::Decoded;
