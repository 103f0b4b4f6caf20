//! Encodings: bytes of any encoding become text.
//!
//! [`EncodingChoice::detect`] finds a file's encoding from its first bytes, [`DecodingReader`]
//! gives the file as UTF-8, and [`RecordDecoder`] turns the bytes of one record into text.
//!
//! A file without a byte-order mark does not show its encoding, and its first byte that is not
//! UTF-8 may come after a gigabyte of ASCII. So `auto` does not decide for the whole file: UTF-8
//! passes unchanged, and each record that is not valid UTF-8 is read as Windows-1252. In a file
//! that is Windows-1252 throughout, the other records are ASCII, which is the same in both; a file
//! that mixes both encodings is read correctly as well.

mod code_page;
mod detect;
mod record;
mod stream;

pub use code_page::CodePage;
pub use detect::{BadEncoding, EncodingChoice, FileEncoding, detect_unicode, read_head};
pub use record::{DecodedText, RecordDecoder};
pub use stream::DecodingReader;
