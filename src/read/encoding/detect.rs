//! Which encoding a file's text is in: what was asked for, what the first bytes tell, and how one
//! record's bytes become text.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use encoding_rs::{UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// What `--encoding` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EncodingChoice {
    /// By the byte-order mark or the pattern of UTF-16; otherwise UTF-8, and Windows-1252 for the
    /// records that are not UTF-8.
    #[default]
    Auto,
    /// This one, whatever the bytes look like.
    Only(&'static encoding_rs::Encoding),
}

/// An encoding name that is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadEncoding(String);

impl fmt::Display for BadEncoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "encoding `{}` is not known; try auto, utf-8, utf-16le, utf-16be, windows-1252 \
             or another label of the web (iso-8859-2, gbk, shift_jis, …)",
            self.0
        )
    }
}

impl std::error::Error for BadEncoding {}

impl FromStr for EncodingChoice {
    type Err = BadEncoding;

    fn from_str(name: &str) -> Result<Self, BadEncoding> {
        if name.trim().eq_ignore_ascii_case("auto") {
            return Ok(Self::Auto);
        }
        encoding_rs::Encoding::for_label_no_replacement(name.as_bytes())
            .map(Self::Only)
            .ok_or_else(|| BadEncoding(name.to_owned()))
    }
}

impl EncodingChoice {
    /// The encoding of a file that begins with `first_bytes` (a kibibyte is enough).
    #[must_use]
    pub fn of(self, first_bytes: &[u8]) -> Encoding {
        match self {
            Self::Only(encoding) => Encoding { encoding, strict: true },
            Self::Auto => {
                Encoding { encoding: utf_16_of(first_bytes).unwrap_or(UTF_8), strict: false }
            }
        }
    }
}

/// The encoding that one file is read in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Encoding {
    encoding: &'static encoding_rs::Encoding,
    strict: bool,
}

impl Encoding {
    /// Its usual name: `UTF-8`, `UTF-16LE`, `windows-1252`, …
    #[must_use]
    pub fn name(self) -> &'static str {
        self.encoding.name()
    }

    /// How the records of the decoded stream are to be read.
    #[must_use]
    pub fn charset(self) -> Charset {
        match (self.encoding == UTF_8, self.strict) {
            (true, false) => Charset::Utf8OrWindows1252,
            (true, true) => Charset::Utf8,
            (false, _) => Charset::Transcoded(self.name()),
        }
    }

    /// What the stream needs to turn the file's bytes into UTF-8; `None` when they pass as they
    /// are.
    pub(super) fn decoder(self) -> Option<encoding_rs::Decoder> {
        (self.encoding != UTF_8).then(|| self.encoding.new_decoder_with_bom_removal())
    }
}

/// UTF-16 by its byte-order mark, or by its pattern: digits, separators and line ends have a zero
/// byte beside them, always on the same side, in any script.
fn utf_16_of(first_bytes: &[u8]) -> Option<&'static encoding_rs::Encoding> {
    match first_bytes {
        [0xFF, 0xFE, ..] => return Some(UTF_16LE),
        [0xFE, 0xFF, ..] => return Some(UTF_16BE),
        _ => {}
    }
    let head = &first_bytes[..first_bytes.len().min(1024)];
    let pairs = head.chunks_exact(2);
    let count = pairs.len();
    let zeros = |side: usize| pairs.clone().filter(|pair| pair[side] == 0).count();
    let (left, right) = (zeros(0), zeros(1));
    let many = |zeros: usize| zeros >= 2 && zeros * 10 >= count * 4;
    let few = |zeros: usize| zeros * 50 <= count;
    if many(right) && few(left) {
        Some(UTF_16LE)
    } else if many(left) && few(right) {
        Some(UTF_16BE)
    } else {
        None
    }
}

/// How the bytes of one record, taken from the decoded stream, become text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Charset {
    /// UTF-8 and nothing else: the user said so.
    Utf8,
    /// UTF-8, or Windows-1252 for a record that is not.
    Utf8OrWindows1252,
    /// The stream has turned this encoding into UTF-8; what it could not read became U+FFFD.
    Transcoded(&'static str),
}

/// One record's text, and what had to be done for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Text<'a> {
    /// As it stood.
    Same(&'a str),
    /// Not UTF-8, so read as Windows-1252.
    Windows1252(Cow<'a, str>),
    /// Not in the encoding that the user asked for; read as Windows-1252, to have something to
    /// show.
    Invalid(Cow<'a, str>),
}

impl Charset {
    /// The text of one record, or of any other piece that ends at a line's end.
    #[must_use]
    pub fn text(self, bytes: &[u8]) -> Text<'_> {
        match (std::str::from_utf8(bytes), self) {
            (Ok(text), Self::Transcoded(_)) if text.contains('\u{FFFD}') => {
                Text::Invalid(Cow::Borrowed(text))
            }
            (Ok(text), _) => Text::Same(text),
            (Err(_), Self::Utf8OrWindows1252) => Text::Windows1252(windows_1252(bytes)),
            (Err(_), _) => Text::Invalid(windows_1252(bytes)),
        }
    }

    /// The name of the encoding that a record must be in, for a message about one that is not.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Utf8 | Self::Utf8OrWindows1252 => "UTF-8",
            Self::Transcoded(name) => name,
        }
    }
}

impl Text<'_> {
    /// The text itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Same(text) => text,
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
    fn names_of_encodings() {
        for (name, want) in [
            ("auto", Some("UTF-8")),
            (" AUTO ", Some("UTF-8")),
            ("utf-8", Some("UTF-8")),
            ("UTF8", Some("UTF-8")),
            ("utf-16le", Some("UTF-16LE")),
            ("utf-16be", Some("UTF-16BE")),
            ("windows-1252", Some("windows-1252")),
            ("latin1", Some("windows-1252")),
            ("iso-8859-2", Some("ISO-8859-2")),
            ("iso-2022-kr", None),
            ("utf-9", None),
            ("", None),
        ] {
            let got = name.parse::<EncodingChoice>().ok().map(|choice| choice.of(b"a").name());
            assert_eq!(got, want, "{name:?}");
        }
    }

    #[test]
    fn the_error_names_what_can_be_typed() {
        let error = "utf-9".parse::<EncodingChoice>().unwrap_err().to_string();
        assert!(error.starts_with("encoding `utf-9` is not known; try auto, utf-8"), "{error}");
    }

    #[test]
    fn encodings_told_by_the_first_bytes() {
        let le = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
        let be = |text: &str| text.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<_>>();
        for (bytes, want) in [
            (b"to,name\n".to_vec(), "UTF-8"),
            (b"\xEF\xBB\xBFto,name\n".to_vec(), "UTF-8"),
            (b"\xFF\xFE".to_vec(), "UTF-16LE"),
            (b"\xFE\xFFx".to_vec(), "UTF-16BE"),
            (le("to,name\n254712345678,Jane\n"), "UTF-16LE"),
            (be("to,name\n254712345678,Jane\n"), "UTF-16BE"),
            (le("هاتف;اسم\r\n+254712345678;جين\r\n"), "UTF-16LE"),
            (b"to,n\0ame\n2547,Ja\0ne\n".to_vec(), "UTF-8"),
            (b"a\0".to_vec(), "UTF-8"),
            (vec![0; 64], "UTF-8"),
            (Vec::new(), "UTF-8"),
        ] {
            assert_eq!(EncodingChoice::Auto.of(&bytes).name(), want, "{bytes:?}");
        }
    }

    #[test]
    fn text_of_a_record() {
        let auto = Charset::Utf8OrWindows1252;
        assert_eq!(auto.text("Zoë".as_bytes()), Text::Same("Zoë"));
        assert_eq!(auto.text(b"Zo\xEB \x80"), Text::Windows1252("Zoë €".into()));
        assert_eq!(auto.text("lost \u{FFFD}".as_bytes()), Text::Same("lost \u{FFFD}"));
        assert_eq!(Charset::Utf8.text(b"Zo\xEB"), Text::Invalid("Zoë".into()));
        let utf_16 = Charset::Transcoded("UTF-16LE");
        assert_eq!(utf_16.text("Zoë".as_bytes()), Text::Same("Zoë"));
        assert_eq!(utf_16.text("\u{FFFD}".as_bytes()), Text::Invalid("\u{FFFD}".into()));
    }
}
