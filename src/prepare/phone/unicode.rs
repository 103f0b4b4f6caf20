//! The world's ways to write a number's characters, as the ASCII they stand for: digits of every
//! script, fullwidth signs, blanks, dashes. What a character means in its place is `clean`'s work.

use super::problem::ProblemKind;
use crate::prepare::name::is_format;

/// Longer cells hold no one number.
pub(super) const MOST_CHARACTERS: usize = 40;

/// Stands for any letter outside ASCII.
pub(super) const LETTER: u8 = b'?';
/// Stands for any sign that no number has.
pub(super) const SIGN: u8 = b'*';

/// A short piece of ASCII text that lives on the stack.
#[derive(Clone, Copy)]
pub(super) struct Ascii {
    bytes: [u8; MOST_CHARACTERS],
    len: usize,
}

impl Ascii {
    /// No text.
    pub(super) const EMPTY: Self = Self { bytes: [0; MOST_CHARACTERS], len: 0 };

    /// Adds one byte; more than fit are left out, which no caller's input can reach.
    pub(super) fn push(&mut self, byte: u8) {
        if let Some(place) = self.bytes.get_mut(self.len) {
            *place = byte;
            self.len += 1;
        }
    }

    /// These pieces, one behind the other; what does not fit is left out.
    pub(super) fn joined(pieces: &[&str]) -> Self {
        let mut all = Self::EMPTY;
        for piece in pieces {
            let room = &mut all.bytes[all.len..];
            let fitting = piece.len().min(room.len());
            room[..fitting].copy_from_slice(&piece.as_bytes()[..fitting]);
            all.len += fitting;
        }
        all
    }

    /// The text.
    pub(super) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.len]).unwrap_or_default()
    }

    /// How many bytes it has.
    pub(super) fn len(&self) -> usize {
        self.len
    }
}

/// Writes a cell in ASCII. Format characters vanish, line ends become `\n`, other blanks a space.
///
/// # Errors
/// [`ProblemKind::TooLong`] for more than [`MOST_CHARACTERS`], blanks around it not counted.
pub(super) fn ascii(text: &str) -> Result<Ascii, ProblemKind> {
    let text = text.trim();
    if text.len() > MOST_CHARACTERS && text.chars().count() > MOST_CHARACTERS {
        return Err(ProblemKind::TooLong);
    }
    let mut all = Ascii::EMPTY;
    text.chars().filter_map(meaning).for_each(|byte| all.push(byte));
    Ok(all)
}

/// The ASCII that a character stands for; `None` when it is not to be seen at all.
fn meaning(c: char) -> Option<u8> {
    match c {
        '\n' | '\r' | '\u{B}' | '\u{C}' => Some(b'\n'),
        '\t' => Some(b' '),
        // These two stand for something else below.
        '?' | '*' => Some(SIGN),
        ' '..='~' => u8::try_from(c).ok(),
        _ if is_format(c) || within(SELECTORS, c) => None,
        _ => Some(far_meaning(c)),
    }
}

fn far_meaning(c: char) -> u8 {
    if let Some(value) = digit(c) {
        return b'0' + value;
    }
    match c {
        '\u{85}' | '\u{2028}' | '\u{2029}' => b'\n',
        // Braille's and Hangul's blanks are drawn as nothing, though Unicode calls them signs.
        '\u{2800}' | '\u{3164}' => b' ',
        '\u{2019}' => b'\'',
        // Unicode's minus, and the long-vowel signs that Japanese keyboards give for a hyphen.
        '\u{2212}' | '\u{30FC}' | '\u{FF70}' => b'-',
        '\u{B7}' | '\u{387}' | '\u{2027}' | '\u{22C5}' | '\u{30FB}' => b'-',
        // The Russian word for extension is the one label that is not ASCII.
        'д' | 'Д' => b'd',
        'о' | 'О' => b'o',
        'б' | 'Б' => b'b',
        _ if fullwidth(c).is_some() => fullwidth(c).and_then(meaning).unwrap_or(SIGN),
        _ if within(DASHES, c) => b'-',
        _ if c.is_whitespace() => b' ',
        _ if c.is_alphabetic() => LETTER,
        _ => SIGN,
    }
}

/// The ASCII character that a fullwidth one is drawn from.
fn fullwidth(c: char) -> Option<char> {
    let offset = u32::from(c).checked_sub(0xFF01)?;
    (offset < 0x5E).then(|| char::from_u32(0x21 + offset))?
}

/// The value of a decimal digit of any script (Unicode's category Nd).
fn digit(c: char) -> Option<u8> {
    if c.is_ascii() {
        return u8::try_from(c).ok().filter(u8::is_ascii_digit).map(|b| b - b'0');
    }
    let code = u32::from(c);
    let next = ZEROS.partition_point(|&zero| zero <= code);
    let zero = *ZEROS.get(next.checked_sub(1)?)?;
    u8::try_from(code - zero).ok().filter(|&value| value < 10)
}

fn within(ranges: &[(u32, u32)], c: char) -> bool {
    let code = u32::from(c);
    let next = ranges.partition_point(|&(first, _)| first <= code);
    next > 0 && code <= ranges[next - 1].1
}

/// The zero of every script outside ASCII; its nine other digits follow it (Unicode 16).
const ZEROS: &[u32] = &[
    0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6,
    0xe50, 0xed0, 0xf20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50,
    0x1bb0, 0x1c40, 0x1c50, 0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10,
    0x104a0, 0x10d30, 0x10d40, 0x11066, 0x110f0, 0x11136, 0x111d0, 0x112f0, 0x11450, 0x114d0,
    0x11650, 0x116c0, 0x116d0, 0x116da, 0x11730, 0x118e0, 0x11950, 0x11bf0, 0x11c50, 0x11d50,
    0x11da0, 0x11f50, 0x16130, 0x16a60, 0x16ac0, 0x16b50, 0x16d70, 0x1ccf0, 0x1d7ce, 0x1d7d8,
    0x1d7e2, 0x1d7ec, 0x1d7f6, 0x1e140, 0x1e2f0, 0x1e4f0, 0x1e5f1, 0x1e950, 0x1fbf0,
];

/// The variation selectors, which telephones put behind digits that could be emoji (Unicode 16).
const SELECTORS: &[(u32, u32)] =
    &[(0x180b, 0x180d), (0x180f, 0x180f), (0xfe00, 0xfe0f), (0xe0100, 0xe01ef)];

/// Unicode's category Pd outside ASCII and fullwidth (Unicode 16).
const DASHES: &[(u32, u32)] = &[
    (0x58a, 0x58a),
    (0x5be, 0x5be),
    (0x1400, 0x1400),
    (0x1806, 0x1806),
    (0x2010, 0x2015),
    (0x2e17, 0x2e17),
    (0x2e1a, 0x2e1a),
    (0x2e3a, 0x2e3b),
    (0x2e40, 0x2e40),
    (0x2e5d, 0x2e5d),
    (0x301c, 0x301c),
    (0x3030, 0x3030),
    (0x30a0, 0x30a0),
    (0xfe31, 0xfe32),
    (0xfe58, 0xfe58),
    (0xfe63, 0xfe63),
    (0x10d6e, 0x10d6e),
    (0x10ead, 0x10ead),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_become_what_they_stand_for() {
        let table = [
            ("+254 712", "+254 712"),
            ("+\u{662}\u{665}\u{664}", "+254"),
            ("＋２５４（０）", "+254(0)"),
            ("𝟚𝟝𝟜", "254"),
            ("1\u{200B}2\u{AD}3\u{2066}4\u{FEFF}", "1234"),
            ("1\u{FE0F}2\u{180B}3\u{E0100}", "123"),
            ("1\u{A0}2\u{202F}3\u{3000}4\t5", "1 2 3 4 5"),
            ("1–2—3‑4−5·6・7－8ー9", "1-2-3-4-5-6-7-8-9"),
            ("1\r\n2\u{2028}3", "1\n\n2\n3"),
            ("’1", "'1"),
            ("1 доб. 2 ｅｘｔ 3", "1 dob. 2 ext 3"),
            ("é1ж", "?1?"),
            ("²Ⅷ①?*\0", "*?****"),
        ];
        for (text, expected) in table {
            assert_eq!(ascii(text).unwrap().as_str(), expected, "{text:?}");
        }
    }

    #[test]
    fn forty_characters_are_the_most() {
        assert!(ascii(&"٣".repeat(40)).is_ok());
        assert!(ascii(&format!("  {}\n", "1".repeat(40))).is_ok());
        assert_eq!(ascii(&"1".repeat(41)).err(), Some(ProblemKind::TooLong));
    }

    #[test]
    fn every_script_has_ten_digits_that_count_up() {
        for &zero in ZEROS {
            for value in 0..10_u8 {
                let c = char::from_u32(zero + u32::from(value)).unwrap();
                assert_eq!(digit(c), Some(value), "{c:?}");
            }
        }
        assert!(
            ZEROS.windows(2).all(|pair| pair[0] + 10 <= pair[1]),
            "the search needs them apart and in order"
        );
    }

    #[test]
    fn ranges_are_in_order() {
        for ranges in [SELECTORS, DASHES] {
            assert!(ranges.windows(2).all(|pair| pair[0].1 < pair[1].0));
            assert!(ranges.iter().all(|&(first, last)| first <= last));
        }
    }
}
