//! Texts of the gateway as they are kept: one short line without control characters, and never with
//! the API key in it, however the key is written there.

use std::borrow::Cow;
use std::ops::Range;

use aho_corasick::AhoCorasick;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// The most characters of one text that are kept: it may be a stack trace.
pub(super) const MAX_TEXT: usize = 200;

/// The text in place of the key.
const HIDDEN: &str = "[key]";

/// The length from which a key is found anywhere in a text and in any case of letters. A shorter
/// one could be a part of other words by chance, so it is found only as a whole word.
const LONG: usize = 8;

/// The most times that a text is decoded: an escaped text can be part of an escaped text.
const DECODINGS: usize = 3;

/// Finds one API key in texts.
pub(super) struct Redactor {
    key: Box<[u8]>,
    /// The key in base64 (at each of the three offsets, without the characters that what stands
    /// around it decides) and in hexadecimal digits. `None` for a short key.
    encoded: Option<AhoCorasick>,
}

impl Redactor {
    /// Prepares the search for a key.
    pub(super) fn new(key: &str) -> Self {
        let encoded = match key.len() {
            LONG.. => Some(AhoCorasick::new(encodings(key.as_bytes())).expect("eight short texts")),
            _ => None,
        };
        Self { key: key.as_bytes().into(), encoded }
    }

    /// The text as it is kept. The key is removed before the text is cut, because a part of it
    /// would not be found, and after invisible characters, which may stand inside it.
    pub(super) fn clean<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let line = one_line(text);
        let redacted = match self.places(&line) {
            places if places.is_empty() => line,
            places => Cow::Owned(without(&line, places)),
        };
        match redacted.char_indices().nth(MAX_TEXT) {
            None => redacted,
            Some((end, _)) => Cow::Owned(redacted[..end].to_owned()),
        }
    }

    /// The places of the key in a text, in any order.
    fn places(&self, text: &str) -> Vec<Range<usize>> {
        let mut places = Vec::new();
        if self.key.is_empty() {
            return places;
        }
        let bytes = text.as_bytes();
        self.find(bytes, |at| places.push(at));
        if let Some(encoded) = &self.encoded {
            places.extend(encoded.find_iter(bytes).map(|found| run_around(bytes, found.start())));
        }
        let mut decoded = Decoded::of(bytes);
        for _ in 0..DECODINGS {
            let Some(text) = decoded else { break };
            self.find(&text.bytes, |at| places.push(text.origin(at)));
            decoded = text.again();
        }
        places
    }

    /// Calls `found` with each place of the key as it is.
    fn find(&self, text: &[u8], mut found: impl FnMut(Range<usize>)) {
        let (first, length) = (self.key[0], self.key.len());
        let either = (first.to_ascii_lowercase(), first.to_ascii_uppercase());
        for start in memchr::memchr2_iter(either.0, either.1, text) {
            let Some(there) = text.get(start..start + length) else { break };
            let is_key = match length {
                LONG.. => there.eq_ignore_ascii_case(&self.key),
                _ => *there == *self.key && is_word(text, start..start + length),
            };
            if is_key {
                found(start..start + length);
            }
        }
    }
}

/// Returns whether no letter or digit is directly before or after a part of a text.
fn is_word(text: &[u8], part: Range<usize>) -> bool {
    let letter = |byte: Option<&u8>| byte.is_some_and(|b| b.is_ascii_alphanumeric() || *b > 127);
    !letter(text[..part.start].last()) && !letter(text.get(part.end))
}

/// The forms in which a key can be found inside a longer encoded text.
fn encodings(key: &[u8]) -> Vec<String> {
    let mut forms = Vec::new();
    for offset in 0..3 {
        let padded = [&[0; 2][..offset], key].concat();
        // Characters that the bytes before and after the key have a part in.
        let before = [0, 2, 3][offset];
        let after = usize::from(padded.len() % 3 != 0);
        for text in [STANDARD_NO_PAD.encode(&padded), URL_SAFE_NO_PAD.encode(&padded)] {
            forms.push(text[before..text.len() - after].to_owned());
        }
    }
    forms.push(key.iter().map(|byte| format!("{byte:02x}")).collect());
    forms.push(key.iter().map(|byte| format!("{byte:02X}")).collect());
    forms.sort();
    forms.dedup();
    forms
}

/// The whole run of base64 or hexadecimal characters that an encoded key, which begins at `at`, is
/// part of.
fn run_around(text: &[u8], at: usize) -> Range<usize> {
    let of_run = |byte: &&u8| byte.is_ascii_alphanumeric() || b"+/-_=".contains(byte);
    let before = text[..at].iter().rev().take_while(of_run).count();
    let after = text[at..].iter().take_while(of_run).count();
    at - before..at + after
}

/// A text with its escapes decoded, and the place in the text itself of each byte.
struct Decoded {
    bytes: Vec<u8>,
    places: Vec<Range<usize>>,
}

impl Decoded {
    /// Decodes a text; `None` when it has no escapes.
    fn of(text: &[u8]) -> Option<Self> {
        // Most texts have none.
        memchr::memchr3(b'%', b'\\', b'&', text)?;
        let places = (0..text.len()).map(|at| at..at + 1).collect();
        Self { bytes: text.to_owned(), places }.again()
    }

    /// Decodes it once more; `None` when that changes nothing.
    fn again(&self) -> Option<Self> {
        let mut decoded = Self { bytes: Vec::new(), places: Vec::new() };
        let mut at = 0;
        while let Some(byte) = self.bytes.get(at) {
            let (byte, length) = escape(&self.bytes[at..]).unwrap_or((*byte, 1));
            decoded.bytes.push(byte);
            decoded.places.push(self.origin(at..at + length));
            at += length;
        }
        (decoded.bytes.len() < self.bytes.len()).then_some(decoded)
    }

    /// The place of a part in the text itself.
    fn origin(&self, part: Range<usize>) -> Range<usize> {
        self.places[part.start].start..self.places[part.end - 1].end
    }
}

/// The ASCII character that an escape at the start of a text means, and the escape's length: of a
/// URL (`%2D`), of JSON (`\/`, `\u002d`) and of HTML (`&#45;`, `&#x2d;`, `&amp;`).
fn escape(text: &[u8]) -> Option<(u8, usize)> {
    match text {
        [b'%', high, low, ..] => Some((number(&[*high, *low], 16)?, 3)),
        [b'\\', b'u', b'0', b'0', high, low, ..] => Some((number(&[*high, *low], 16)?, 6)),
        [b'\\', quoted @ (b'/' | b'"' | b'\\'), ..] => Some((*quoted, 2)),
        [b'&', rest @ ..] => {
            let name = &rest[..rest.iter().take(8).position(|byte| *byte == b';')?];
            let byte = match name {
                [b'#', b'x' | b'X', digits @ ..] => number(digits, 16)?,
                [b'#', digits @ ..] => number(digits, 10)?,
                b"amp" => b'&',
                b"quot" => b'"',
                b"apos" => b'\'',
                b"lt" => b'<',
                b"gt" => b'>',
                _ => return None,
            };
            Some((byte, name.len() + 2))
        }
        _ => None,
    }
}

fn number(digits: &[u8], radix: u32) -> Option<u8> {
    let digits = std::str::from_utf8(digits).ok()?;
    u8::from_str_radix(digits, radix).ok()
}

fn without(text: &str, mut places: Vec<Range<usize>>) -> String {
    places.sort_by_key(|place| place.start);
    let mut rest = String::with_capacity(text.len());
    let mut end = 0;
    for place in places {
        if place.start >= end {
            rest.push_str(&text[end..place.start]);
            rest.push_str(HIDDEN);
        }
        end = end.max(place.end);
    }
    rest.push_str(&text[end..]);
    rest
}

/// The text on one line, without characters that cannot be seen.
fn one_line(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Cow::Borrowed(text);
    }
    let blank = |c: char| c.is_whitespace() || c.is_control();
    let words = text.split(blank).map(|word| word.replace(is_invisible, ""));
    Cow::Owned(words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" "))
}

/// Returns whether a character changes the order or the look of others and is not seen itself.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "k-test/SECRET+4711";

    fn clean(key: &str, text: &str) -> String {
        Redactor::new(key).clean(text).into_owned()
    }

    #[test]
    fn the_key_is_found_however_it_is_written() {
        let basic = |user: &str| STANDARD_NO_PAD.encode(format!("{user}{KEY}:x"));
        #[rustfmt::skip]
        let cases = [
            (KEY.to_owned(),                                    "[key]"),
            (format!("bad key {KEY}, sorry"),                   "bad key [key], sorry"),
            (format!("{KEY}{KEY}"),                             "[key][key]"),
            (KEY.to_uppercase(),                                "[key]"),
            ("k-test%2FSECRET%2b4711 x".to_owned(),             "[key] x"),
            ("%6b-test%252FSECRET%252b4711".to_owned(),         "[key]"),
            (r"a k-test\/SECRET\u002b4711 b".to_owned(),        "a [key] b"),
            (r"k-test\\\/SECRET+4711".to_owned(),               "[key]"),
            ("k-test&#47;SECRET&#x2B;4711!".to_owned(),         "[key]!"),
            ("k-test/\u{200b}SECRET\u{202e}+4711".to_owned(),   "[key]"),
            (format!("Basic {}==", basic("")),                  "Basic [key]"),
            (format!("Basic {}==", basic("u")),                 "Basic [key]"),
            (format!("Basic {}==", basic("me:")),               "Basic [key]"),
            (KEY.bytes().map(|b| format!("{b:02x}")).collect(), "[key]"),
            ("k-test".to_owned(),                               "k-test"),
            ("100%, a\\b & c &nosuch;".to_owned(),              "100%, a\\b & c &nosuch;"),
        ];
        for (text, expected) in cases {
            assert_eq!(clean(KEY, &text), expected, "{text}");
        }
    }

    #[test]
    fn a_short_key_is_found_as_a_word_only() {
        for (text, expected) in [
            ("the key test is wrong", "the key [key] is wrong"),
            ("(test)", "([key])"),
            ("contest, tests, TEST, tést", "contest, tests, TEST, tést"),
            ("t%65st", "[key]"),
        ] {
            assert_eq!(clean("test", text), expected);
        }
        assert_eq!(clean("", "as it is"), "as it is");
    }

    #[test]
    fn a_text_is_one_short_line_that_can_be_seen() {
        assert_eq!(clean(KEY, " one\r\n\t two\0three\u{1b}[31m "), "one two three [31m");
        assert_eq!(clean(KEY, "a\u{202e}b\u{2028}c\u{feff}"), "ab c");
        assert_eq!(clean(KEY, "\u{200b}\n"), "");
        assert_eq!(clean(KEY, &"é".repeat(1000)), "é".repeat(MAX_TEXT));
    }

    #[test]
    fn no_part_of_the_key_is_left_where_the_text_is_cut() {
        for padding in MAX_TEXT - KEY.len()..MAX_TEXT {
            let cut = clean(KEY, &format!("{} {KEY}", "x".repeat(padding)));
            assert!(!cut.contains("k-"), "{cut}");
        }
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(256))]

        #[test]
        fn the_key_is_never_left(text in r#"([%\\&;#x0-9a-f+=/ ]|é|k-test/SECRET\+4711|\u{202e}|%6b|\\/){0,40}"#) {
            let cleaned = clean(KEY, &text);
            proptest::prop_assert!(!cleaned.contains(KEY), "{cleaned}");
            proptest::prop_assert!(cleaned.chars().count() <= MAX_TEXT);
        }
    }
}
