//! The delimiter: the character between two cells, and how the user names it.

use std::fmt;
use std::str::FromStr;

/// The character between two cells: ASCII, and neither a quote nor a line break.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Delimiter(u8);

impl Delimiter {
    /// `,`
    pub const COMMA: Self = Self(b',');
    /// `;`, where the comma is the decimal sign.
    pub const SEMICOLON: Self = Self(b';');
    /// TAB.
    pub const TAB: Self = Self(b'\t');
    /// `|`
    pub const PIPE: Self = Self(b'|');

    /// Those that lists have, the most likely first.
    pub const USUAL: [Self; 4] = [Self::COMMA, Self::SEMICOLON, Self::TAB, Self::PIPE];

    /// The byte in the file.
    #[must_use]
    pub fn as_byte(self) -> u8 {
        self.0
    }

    /// The delimiter `byte`; `None` for a byte that cannot be one.
    pub(super) fn new(byte: u8) -> Option<Self> {
        let usable = byte == b'\t' || byte == b' ' || byte.is_ascii_punctuation();
        (usable && byte != b'"').then_some(Self(byte))
    }
}

impl fmt::Display for Delimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            b'\t' => f.write_str("TAB"),
            b' ' => f.write_str("space"),
            other => write!(f, "{}", char::from(other)),
        }
    }
}

/// A text that names no delimiter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadDelimiter(String);

impl fmt::Display for BadDelimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` cannot separate cells; give one character such as , ; | or the word tab",
            self.0
        )
    }
}

impl std::error::Error for BadDelimiter {}

impl FromStr for Delimiter {
    type Err = BadDelimiter;

    fn from_str(text: &str) -> Result<Self, BadDelimiter> {
        match text.to_ascii_lowercase().as_str() {
            "tab" | "\\t" => Some(Self::TAB),
            "comma" => Some(Self::COMMA),
            "semicolon" => Some(Self::SEMICOLON),
            "pipe" => Some(Self::PIPE),
            "space" => Some(Self(b' ')),
            other => match other.as_bytes() {
                [byte] => Self::new(*byte),
                _ => None,
            },
        }
        .ok_or_else(|| BadDelimiter(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delimiter_is_a_character_or_its_name() {
        for (text, want) in [
            (",", Some(",")),
            (";", Some(";")),
            ("tab", Some("TAB")),
            ("TAB", Some("TAB")),
            ("\t", Some("TAB")),
            ("\\t", Some("TAB")),
            ("|", Some("|")),
            ("pipe", Some("|")),
            ("^", Some("^")),
            (" ", Some("space")),
            ("\"", None),
            ("\n", None),
            ("a", None),
            ("0", None),
            (",,", None),
            ("é", None),
            ("", None),
        ] {
            let got = text.parse::<Delimiter>().ok().map(|delimiter| delimiter.to_string());
            assert_eq!(got.as_deref(), want, "{text:?}");
        }
    }
}
