//! A value that cannot be printed: no `Debug`, no `Display`, no `Serialize`.

use std::fmt;

/// The API key. Only the code that makes the request's header reads it.
#[derive(Clone)]
pub struct Secret(Box<str>);

/// The reason why a text cannot be a key. The text itself is not part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadSecret {
    /// It has nothing but blanks.
    Empty,
    /// It has a character that cannot be in an HTTP header.
    NotAscii,
}

impl fmt::Display for BadSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "the key is empty",
            Self::NotAscii => {
                "the key has a blank, line break or non-ASCII character inside; copy it again"
            }
        })
    }
}

impl std::error::Error for BadSecret {}

impl Secret {
    /// Makes a key from a text; blanks and line ends around it are removed.
    ///
    /// # Errors
    /// An empty text, or one with a character other than visible ASCII.
    pub fn new(text: &str) -> Result<Self, BadSecret> {
        match text.trim() {
            "" => Err(BadSecret::Empty),
            key if key.bytes().all(|b| b.is_ascii_graphic()) => Ok(Self(key.into())),
            _ => Err(BadSecret::NotAscii),
        }
    }

    /// The key itself.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_around_a_key_are_removed_and_blanks_inside_are_an_error() {
        let key = |text| Secret::new(text).map(|key| key.expose().to_owned());
        assert_eq!(key("abc-123\r\n"), Ok("abc-123".to_owned()));
        assert_eq!(key(" \n"), Err(BadSecret::Empty));
        for text in ["a b", "a\nb", "a\u{e9}", "a\u{200b}b", "a\0"] {
            assert_eq!(key(text), Err(BadSecret::NotAscii), "{text:?}");
        }
    }
}
