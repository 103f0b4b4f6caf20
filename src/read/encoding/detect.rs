//! The encoding of a file: the one that the user names, or the one that its first bytes show.

use std::fmt;
use std::io::{self, Read};
use std::str::FromStr;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

use super::code_page::CodePage;

/// The value of `--encoding`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EncodingChoice {
    /// By the byte-order mark or the pattern of UTF-16; otherwise UTF-8, and Windows-1252 for the
    /// records that are not UTF-8.
    #[default]
    Auto,
    /// This one, whatever the bytes look like.
    Only(FileEncoding),
}

/// The encoding of a whole file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileEncoding {
    /// An encoding of the web, which UTF-8 and UTF-16 are too.
    Web(&'static Encoding),
    /// A code page of MS-DOS.
    CodePage(CodePage),
}

impl FileEncoding {
    /// Its name: `UTF-8`, `windows-1252`, `cp850`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Web(encoding) => encoding.name(),
            Self::CodePage(page) => page.name(),
        }
    }
}

/// An encoding name that is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadEncoding(String);

impl fmt::Display for BadEncoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "encoding `{}` is not known; try auto, utf-8, utf-16le, utf-16be, windows-1252 \
             or another label of the web (iso-8859-2, gbk, shift_jis, …) or a code page of MS-DOS \
             (cp437, cp850, …)",
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
        Encoding::for_label_no_replacement(name.as_bytes())
            .map(FileEncoding::Web)
            .or_else(|| CodePage::named(name).map(FileEncoding::CodePage))
            .map(Self::Only)
            .ok_or_else(|| BadEncoding(name.to_owned()))
    }
}

impl EncodingChoice {
    /// The encoding of a file that begins with `head` (1 KiB is enough).
    #[must_use]
    pub fn detect(self, head: &[u8]) -> FileEncoding {
        match self {
            Self::Only(encoding) => encoding,
            Self::Auto => FileEncoding::Web(detect_unicode(head)),
        }
    }
}

/// UTF-16, if the first bytes of a file show it, else UTF-8.
#[must_use]
pub fn detect_unicode(head: &[u8]) -> &'static Encoding {
    utf_16_of(head).unwrap_or(UTF_8)
}

/// Reads the first 4 KiB of `input`, or all of it if it is shorter: enough to find out what kind of
/// file it is, and in which encoding.
///
/// # Errors
/// When `input` cannot be read.
pub fn read_head(input: impl Read) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    input.take(4096).read_to_end(&mut head)?;
    Ok(head)
}

/// UTF-16 by its byte-order mark, or by its pattern: digits, delimiters and line breaks have a zero
/// byte beside them, always on the same side, in any script.
fn utf_16_of(head: &[u8]) -> Option<&'static Encoding> {
    match head {
        [0xFF, 0xFE, ..] => return Some(UTF_16LE),
        [0xFE, 0xFF, ..] => return Some(UTF_16BE),
        _ => {}
    }
    let pairs = head[..head.len().min(1024)].chunks_exact(2);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_encoding_is_named_by_its_label() {
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
            ("cp850", Some("cp850")),
            ("IBM437", Some("cp437")),
            ("ibm866", Some("IBM866")),
            ("iso-2022-kr", None),
            ("utf-9", None),
            ("", None),
        ] {
            let got = name.parse::<EncodingChoice>().ok().map(|choice| choice.detect(b"a").name());
            assert_eq!(got, want, "{name:?}");
        }
    }

    #[test]
    fn the_error_lists_labels_that_work() {
        let error = "utf-9".parse::<EncodingChoice>().unwrap_err().to_string();
        assert!(error.starts_with("encoding `utf-9` is not known; try auto, utf-8"), "{error}");
    }

    #[test]
    fn an_encoding_is_detected_from_the_first_bytes() {
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
            assert_eq!(EncodingChoice::Auto.detect(&bytes).name(), want, "{bytes:?}");
        }
    }
}
