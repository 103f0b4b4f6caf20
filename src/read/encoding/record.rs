//! The bytes of one record become text.

use std::borrow::Cow;

use encoding_rs::{UTF_8, WINDOWS_1252};

use super::{EncodingChoice, FileEncoding};

/// Turns the bytes of a record, read from a [`DecodingReader`](super::DecodingReader), into text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordDecoder {
    /// UTF-8 and nothing else: the user asked for it.
    Utf8,
    /// UTF-8, or Windows-1252 for a record that is not valid UTF-8.
    Utf8OrWindows1252,
    /// The stream was converted from this encoding; what could not be converted is U+FFFD.
    Transcoded(&'static str),
}

/// The text of one record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DecodedText<'a> {
    /// Valid in the expected encoding.
    Valid(&'a str),
    /// Not UTF-8, so read as Windows-1252.
    Windows1252(Cow<'a, str>),
    /// Not in the encoding that the user asked for; read as Windows-1252, to have something to
    /// show.
    Invalid(Cow<'a, str>),
}

impl RecordDecoder {
    /// The decoder for the records of a file in `encoding`, detected with `choice`.
    #[must_use]
    pub fn new(choice: EncodingChoice, encoding: FileEncoding) -> Self {
        match choice {
            _ if encoding != FileEncoding::Web(UTF_8) => Self::Transcoded(encoding.name()),
            EncodingChoice::Auto => Self::Utf8OrWindows1252,
            EncodingChoice::Only(_) => Self::Utf8,
        }
    }

    /// Decodes a record, or any other piece that ends with a line.
    #[must_use]
    pub fn decode(self, bytes: &[u8]) -> DecodedText<'_> {
        match (std::str::from_utf8(bytes), self) {
            (Ok(text), Self::Transcoded(_)) if text.contains('\u{FFFD}') => {
                DecodedText::Invalid(Cow::Borrowed(text))
            }
            (Ok(text), _) => DecodedText::Valid(text),
            (Err(_), Self::Utf8OrWindows1252) => DecodedText::Windows1252(windows_1252(bytes)),
            (Err(_), _) => DecodedText::Invalid(windows_1252(bytes)),
        }
    }

    /// The name of the encoding that a record must be in.
    #[must_use]
    pub fn encoding_name(self) -> &'static str {
        match self {
            Self::Utf8 | Self::Utf8OrWindows1252 => "UTF-8",
            Self::Transcoded(name) => name,
        }
    }
}

impl DecodedText<'_> {
    /// The text itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Valid(text) => text,
            Self::Windows1252(text) | Self::Invalid(text) => text,
        }
    }
}

fn windows_1252(bytes: &[u8]) -> Cow<'_, str> {
    WINDOWS_1252.decode_without_bom_handling(bytes).0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_that_is_not_utf_8_is_windows_1252_or_invalid() {
        let auto = RecordDecoder::Utf8OrWindows1252;
        assert_eq!(auto.decode("Zoë".as_bytes()), DecodedText::Valid("Zoë"));
        assert_eq!(auto.decode(b"Zo\xEB \x80"), DecodedText::Windows1252("Zoë €".into()));
        assert_eq!(auto.decode("x \u{FFFD}".as_bytes()), DecodedText::Valid("x \u{FFFD}"));
        assert_eq!(RecordDecoder::Utf8.decode(b"Zo\xEB"), DecodedText::Invalid("Zoë".into()));
        let utf_16 = RecordDecoder::Transcoded("UTF-16LE");
        assert_eq!(utf_16.decode("Zoë".as_bytes()), DecodedText::Valid("Zoë"));
        assert_eq!(utf_16.decode("\u{FFFD}".as_bytes()), DecodedText::Invalid("\u{FFFD}".into()));
    }
}
