//! The characters of a cell as the ASCII they stand for: digits of every script, fullwidth signs,
//! blanks, dashes. What a character means where it stands is decided in `normalize`.

use icu_properties::props::{GeneralCategory, VariationSelector};
use icu_properties::{CodePointMapData, CodePointSetData};

/// The most characters of a cell that can hold a single number.
pub(super) const MAX_CHARACTERS: usize = 40;

/// Stands for any letter outside ASCII.
pub(super) const LETTER: u8 = b'?';
/// Stands for any sign that no number has.
pub(super) const SIGN: u8 = b'*';

/// A short ASCII text on the stack.
#[derive(Clone, Copy)]
pub(super) struct Ascii {
    bytes: [u8; MAX_CHARACTERS],
    len: usize,
}

impl Ascii {
    /// The empty text.
    pub(super) const EMPTY: Self = Self { bytes: [0; MAX_CHARACTERS], len: 0 };

    /// Appends one byte. A full text stays as it is, which no caller's input can reach.
    pub(super) fn push(&mut self, byte: u8) {
        if let Some(free) = self.bytes.get_mut(self.len) {
            *free = byte;
            self.len += 1;
        }
    }

    /// Returns the pieces one after the other; what does not fit is left out.
    pub(super) fn joined(pieces: &[&str]) -> Self {
        let mut all = Self::EMPTY;
        for piece in pieces {
            let free = &mut all.bytes[all.len..];
            let fitting = piece.len().min(free.len());
            free[..fitting].copy_from_slice(&piece.as_bytes()[..fitting]);
            all.len += fitting;
        }
        all
    }

    /// The text as a string slice, which checks it each time.
    pub(super) fn as_str(&self) -> &str {
        std::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }

    /// The text as bytes, which costs nothing.
    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    /// The length in bytes.
    pub(super) fn len(&self) -> usize {
        self.len
    }
}

/// Returns a cell's text in ASCII, or `None` if it has more than [`MAX_CHARACTERS`] without the
/// blanks around it. Format characters are dropped, a line end becomes `\n`, any other blank a
/// space.
pub(super) fn to_ascii(text: &str) -> Option<Ascii> {
    let text = text.trim();
    if text.len() > MAX_CHARACTERS && text.chars().count() > MAX_CHARACTERS {
        return None;
    }
    let mut all = Ascii::EMPTY;
    text.chars().filter_map(ascii_of).for_each(|byte| all.push(byte));
    Some(all)
}

/// Returns the ASCII character that `c` stands for; `None` if `c` is not shown at all.
pub(super) fn ascii_of(c: char) -> Option<u8> {
    let byte = match c {
        // `LETTER` and `SIGN` are these two.
        '?' | '*' => SIGN,
        ' '..='~' => return u8::try_from(c).ok(),
        '\t' => b' ',
        '\n' | '\r' | '\u{B}' | '\u{C}' | '\u{85}' | '\u{2028}' | '\u{2029}' => b'\n',
        // The blank Braille pattern and the Hangul filler show nothing, but are no blanks in
        // Unicode.
        '\u{2800}' | '\u{3164}' => b' ',
        // Quotes and what is typed for them: acute accent, primes, modifier letters.
        '\u{B4}' | '\u{2B9}'..='\u{2BD}' | '\u{2CA}' | '\u{2CB}' | '\u{2EE}' => b'\'',
        '\u{2018}'..='\u{201F}' | '\u{2032}'..='\u{2037}' | '\u{301D}'..='\u{301F}' => b'\'',
        '\u{2C8}' | '\u{2DD}' | '\u{384}' | '\u{55A}' | '\u{5F3}' | '\u{5F4}' | '\u{A78C}' => b'\'',
        // Corner brackets are the quotes of Chinese and Japanese.
        '\u{300C}'..='\u{300F}' | '\u{FF62}' | '\u{FF63}' | '\u{275B}'..='\u{275E}' => b'\'',
        // The minus sign, and the long vowel marks that Japanese keyboards give for a hyphen.
        '\u{2212}' | '\u{2D7}' | '\u{2043}' | '\u{30FC}' | '\u{FF70}' => b'-',
        // Middle dots and bullets.
        '\u{B7}' | '\u{387}' | '\u{2022}' | '\u{2027}' | '\u{2219}' | '\u{22C5}' => b'-',
        '\u{30FB}' | '\u{FF65}' => b'-',
        '\u{FE62}' => b'+',
        // The Russian word for an extension (`доб.`) is the only label that is not ASCII.
        'д' | 'Д' => b'd',
        'о' | 'О' => b'o',
        'б' | 'Б' => b'b',
        '\u{FF01}'..='\u{FF5E}' => return ascii_of_fullwidth(c),
        _ => return by_category(c),
    };
    Some(byte)
}

/// Fullwidth characters stand in the order of ASCII, from U+FF01 for `!` on.
fn ascii_of_fullwidth(c: char) -> Option<u8> {
    char::from_u32(u32::from(c) - 0xFF01 + 0x21).and_then(ascii_of)
}

fn by_category(c: char) -> Option<u8> {
    match CodePointMapData::<GeneralCategory>::new().get(c) {
        GeneralCategory::DecimalNumber => Some(ascii_digit(c)),
        GeneralCategory::DashPunctuation => Some(b'-'),
        GeneralCategory::InitialPunctuation | GeneralCategory::FinalPunctuation => Some(b'\''),
        GeneralCategory::OpenPunctuation => Some(b'['),
        GeneralCategory::ClosePunctuation => Some(b']'),
        GeneralCategory::Format => None,
        // Telephones put these behind digits that could be emoji.
        _ if CodePointSetData::new::<VariationSelector>().contains(c) => None,
        _ if c.is_whitespace() => Some(b' '),
        _ if c.is_alphabetic() => Some(LETTER),
        _ => Some(SIGN),
    }
}

/// Returns the ASCII form of a decimal digit. The ten digits of a script are always ten code points
/// in a row, zero first (Unicode Standard Annex 44, `Numeric_Type=Decimal`).
fn ascii_digit(c: char) -> u8 {
    let categories = CodePointMapData::<GeneralCategory>::new();
    let is_digit = |code: &u32| categories.get32(*code) == GeneralCategory::DecimalNumber;
    let digits_before = (0..u32::from(c)).rev().take_while(is_digit).count();
    b"0123456789"[digits_before % 10]
}

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
            ("’1‘“”«»‹›„‚´′ʼ＇", "'1'''''''''''''"),
            ("［1］【2】｛3｝", "[1][2]{3}"),
            ("1 доб. 2 ｅｘｔ 3", "1 dob. 2 ext 3"),
            ("é1ж", "?1?"),
            ("²Ⅷ①?*\0", "*?****"),
        ];
        for (text, expected) in table {
            assert_eq!(to_ascii(text).unwrap().as_str(), expected, "{text:?}");
        }
    }

    #[test]
    fn a_cell_has_at_most_forty_characters() {
        assert!(to_ascii(&"٣".repeat(40)).is_some());
        assert!(to_ascii(&format!("  {}\n", "1".repeat(40))).is_some());
        assert!(to_ascii(&"1".repeat(41)).is_none());
    }

    #[test]
    fn digits_of_every_script_come_in_rows_of_ten() {
        let rows: Vec<_> = CodePointMapData::<GeneralCategory>::new()
            .iter_ranges_for_value(GeneralCategory::DecimalNumber)
            .collect();
        assert!(rows.len() > 60, "{rows:?}");
        for row in rows {
            assert_eq!(row.clone().count() % 10, 0, "{row:x?}");
            for (code, expected) in row.zip(b"0123456789".iter().cycle()) {
                assert_eq!(ascii_of(char::from_u32(code).unwrap()), Some(*expected), "{code:x}");
            }
        }
    }
}
