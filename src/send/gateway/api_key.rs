//! A value that cannot be printed: no `Debug`, no `Display`, no `Serialize`.

use std::fmt;

/// The gateway's key. It leaves this type in one place only, where the request's header is made.
#[derive(Clone)]
pub struct Secret(Box<str>);

/// Why a text cannot be a key. It never says what the text was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadSecret {
    /// There is nothing but blanks.
    Empty,
    /// It has a character that no HTTP header carries.
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
    /// Takes a key as people store it: blanks and line ends around it are dropped.
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
    fn a_key_is_taken_as_people_store_it() {
        let key = |text| Secret::new(text).map(|key| key.expose().to_owned());
        assert_eq!(key("abc-123\r\n"), Ok("abc-123".to_owned()));
        assert_eq!(key(" \n"), Err(BadSecret::Empty));
        for text in ["a b", "a\nb", "a\u{e9}", "a\u{200b}b", "a\0"] {
            assert_eq!(key(text), Err(BadSecret::NotAscii), "{text:?}");
        }
    }
}
