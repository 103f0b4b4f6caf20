//! Which character separates the cells: said by the user, by Excel's `sep=` line, or found from
//! the header and the first rows.

use std::fmt;
use std::str::FromStr;

use super::boundary::{Behind, Frame, frame};
use super::defects::Width;
use super::fields::Splitter;
use crate::read::Cells;

/// Rows that are looked at to find the separator.
const SAMPLE_ROWS: usize = 200;

/// The character between two cells: ASCII, and neither a quote nor a line end.
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

    /// The separators that are looked for, the likeliest first.
    const KNOWN: [Self; 4] = [Self::COMMA, Self::SEMICOLON, Self::TAB, Self::PIPE];

    /// The byte that stands in the file.
    #[must_use]
    pub fn as_byte(self) -> u8 {
        self.0
    }

    fn new(byte: u8) -> Option<Self> {
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

/// A separator that cannot be one.
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

/// What Excel's first line `sep=;` names, when the input begins with such a line: the separator
/// and how many bytes the line has, without its line break.
pub(super) fn sep_line(bytes: &[u8]) -> Option<(Delimiter, usize)> {
    let length = memchr::memchr2(b'\n', b'\r', bytes).unwrap_or(bytes.len());
    let line = &bytes[..length];
    let bare = line.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\"")).unwrap_or(line);
    let (word, rest) = bare.split_at_checked(4)?;
    let [byte] = rest else { return None };
    let delimiter = Delimiter::new(*byte)?;
    word.eq_ignore_ascii_case(b"sep=").then_some((delimiter, length))
}

/// Finds the separator from the first bytes of the input; `behind` tells whether they are all.
///
/// It is the one that gives the header more than one cell and the most rows as many cells as the
/// header. When none divides the header, the table has one column, and a separator is taken that
/// leaves most rows whole.
pub(super) fn guess(bytes: &[u8], behind: Behind) -> Delimiter {
    let fits = Delimiter::KNOWN.map(|delimiter| (delimiter, Fit::of(bytes, delimiter, behind)));
    let mut best = fits[0];
    for candidate in &fits[1..] {
        // Strictly better, so that the likelier separator wins a tie.
        if candidate.1 > best.1 {
            best = *candidate;
        }
    }
    best.0
}

/// How well a separator fits; the order of the fields is the order of their weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Fit {
    /// The header has several cells and, if there are rows, some row has.
    divides: bool,
    /// Rows with as many cells as the header.
    agreeing: usize,
    /// Cells of the header.
    cells: usize,
}

impl Fit {
    fn of(bytes: &[u8], delimiter: Delimiter, behind: Behind) -> Self {
        let mut sample = Sample { splitter: Splitter::new(delimiter), delimiter, bytes, behind };
        let header = sample.next().unwrap_or_default();
        let width = Width::of(&header);
        let rows: Vec<Cells> = sample.take(SAMPLE_ROWS).collect();
        let divided = rows.is_empty() || rows.iter().any(|row| row.len() > 1);
        Self {
            divides: header.len() > 1 && divided,
            agreeing: rows.iter().filter(|row| width.fits(row)).count(),
            cells: header.len(),
        }
    }
}

/// The records of the first bytes, taken apart by one of the separators.
struct Sample<'a> {
    splitter: Splitter,
    delimiter: Delimiter,
    bytes: &'a [u8],
    behind: Behind,
}

impl Iterator for Sample<'_> {
    type Item = Cells;

    fn next(&mut self) -> Option<Cells> {
        let breaks = self.bytes.iter().take_while(|byte| matches!(byte, b'\n' | b'\r')).count();
        self.bytes = &self.bytes[breaks..];
        if self.bytes.is_empty() {
            return None;
        }
        match frame(self.bytes, self.delimiter, self.behind) {
            Frame::Whole(whole) => {
                let record = String::from_utf8_lossy(&self.bytes[..whole.content]);
                self.bytes = &self.bytes[whole.end..];
                Some(self.splitter.cells(&record, whole.quoted))
            }
            Frame::Open(quote) => {
                let lines = String::from_utf8_lossy(&self.bytes[..quote.next_line]);
                self.bytes = &self.bytes[quote.next_line..];
                Some(self.splitter.cells_of_open(lines.trim_end(), quote.at))
            }
            // The sample ends inside a record, which therefore says nothing.
            Frame::Long | Frame::Unfinished => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guessed(text: &str) -> String {
        guess(text.as_bytes(), Behind::Nothing).to_string()
    }

    #[test]
    fn separators_by_name() {
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

    #[test]
    fn sep_lines() {
        for (text, want) in [
            ("sep=;\r\nto;name\r\n", Some((Delimiter::SEMICOLON, 5))),
            ("SEP=,", Some((Delimiter::COMMA, 5))),
            ("\"sep=|\"\n", Some((Delimiter::PIPE, 7))),
            ("sep=\t\rto", Some((Delimiter::TAB, 5))),
            ("sep=\n", None),
            ("sep=;;\n", None),
            ("sep=a\n", None),
            ("separator,name\n", None),
            ("", None),
        ] {
            assert_eq!(sep_line(text.as_bytes()), want, "{text:?}");
        }
    }

    #[test]
    fn separators_found() {
        for (text, want) in [
            ("to,name\n1,a\n", ","),
            ("to;name\n1;a\n", ";"),
            ("to\tname\n1\ta\n", "TAB"),
            ("to|name\n1|a\n", "|"),
            ("to;name", ";"),
            ("\n\n\rto;name\r1;a\r", ";"),
            // The other separators occur, in some rows more often than the right one.
            ("to;name\n1;Doe, Jane\n2;Roe, Richard, Dr\n", ";"),
            ("to,name\n1,a;b\n2,c;d;e\n", ","),
            ("name,tags\nJane,a|b|c\nBob,d|e|f\n", ","),
            ("\"name, first\";phone\nJane;1\nBob;2\n", ";"),
            ("\"a;b;c\",phone\n\"Jane;x;y\",1\n\"Bob;x;y\",2\n", ","),
            // The header has one more than the other, the rows decide.
            ("name;phone,mobile;city\nJane;1;Nairobi\nBob;2;Kisumu\n", ";"),
            // Spreadsheets leave empty cells at the end of some rows.
            ("to;name;;\n1;a\n2;b;;\n", ";"),
            ("to;name;type\n1;a;\n2;b;\n", ";"),
            ("to;name;type\n1;a,b;\n2;b,c;;;\n", ";"),
            // Damaged rows and footers do not decide.
            ("to;name;type\n1;a\n2;b;Home\nTotal: 1,5\n", ";"),
            ("to;name\n1;\"a\n2;b\n3;c\n", ";"),
            // One column: numbers, and names that hold a comma.
            ("254712345678\n254712345679\n", ","),
            ("phone\n254712345678\n", ","),
            ("name\nDoe, Jane\nRoe, Richard\n", ";"),
            ("name\nDoe; Jane\nRoe; Richard\n", ","),
            ("Doe, Jane\nSmith\nMiller\n", ";"),
            ("", ","),
        ] {
            assert_eq!(guessed(text), want, "{text:?}");
        }
    }

    #[test]
    fn the_end_of_the_sample_does_not_count() {
        let sample = "to;name\n1;a,b\n2;";
        assert_eq!(guess(sample.as_bytes(), Behind::More), Delimiter::SEMICOLON);
    }
}
