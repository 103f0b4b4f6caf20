//! Names and campaigns as they are sent: one spelling for what looks the same.
//!
//! NFC, blanks of every kind become one space, control and format characters go (but for the two
//! joiners that scripts and emoji need), ends are trimmed.

use std::borrow::Cow;

use icu_properties::CodePointMapData;
use icu_properties::props::GeneralCategory;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// The longest name that is sent, in characters.
pub const NAME_MAX: usize = 1024;

/// The text as it is sent; empty when nothing is left of it.
#[must_use]
pub fn clean(text: &str) -> Cow<'_, str> {
    let trimmed = trimmed(text);
    if is_clean(trimmed) {
        return Cow::Borrowed(trimmed);
    }
    let mut cleaned = String::with_capacity(trimmed.len());
    for character in trimmed.nfc() {
        if character.is_whitespace() {
            if !cleaned.is_empty() && !cleaned.ends_with(' ') {
                cleaned.push(' ');
            }
        } else if !is_unwanted(character) {
            cleaned.push(character);
        }
    }
    cleaned.truncate(cleaned.trim_end().len());
    // Taking a mark away can bring two characters together that compose.
    Cow::Owned(cleaned.nfc().collect())
}

/// What a spreadsheet shows where a formula failed, in the languages in which it does not translate it.
const ERROR_VALUES: [&str; 8] =
    ["#REF!", "#N/A", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#ERROR!"];

/// What programs write for a value that is not there. `Null` is a surname.
const NOTHING: [&str; 3] = ["NULL", "null", "NaN"];

/// What a text is, when it is no value: a spreadsheet's error, or a program's word for nothing. A
/// name put together from parts is none as soon as one of them is an error.
pub(super) fn no_value(text: &str) -> Option<&'static str> {
    // Hardly any cell has such a sign or such a word, and this is asked for each.
    if !text.contains('#') && !text.starts_with(['N', 'n']) {
        return None;
    }
    let mut words = text.split_whitespace().peekable();
    words.peek()?;
    if words.clone().any(|word| ERROR_VALUES.contains(&word)) {
        return Some("is a spreadsheet's error value");
    }
    words.all(|word| NOTHING.contains(&word)).then_some("is a program's word for nothing")
}

/// The text without the blanks around it. Most cells have none, and two bytes tell.
pub(super) fn trimmed(cell: &str) -> &str {
    match cell.as_bytes() {
        [only] if only.is_ascii_graphic() => cell,
        [first, .., last] if first.is_ascii_graphic() && last.is_ascii_graphic() => cell,
        _ => cell.trim(),
    }
}

/// Whether `clean` would change nothing, for text without blanks at its ends.
fn is_clean(text: &str) -> bool {
    is_plainly_clean(text) || is_clean_by_the_tables(text)
}

/// One look at each character tells for most names: below U+0300 nothing composes.
fn is_plainly_clean(text: &str) -> bool {
    let mut before = ' ';
    text.chars().all(|c| {
        let doubled = c == ' ' && before == ' ';
        before = c;
        !doubled && matches!(c, ' '..='~' | '\u{a1}'..='\u{ac}' | '\u{ae}'..'\u{300}')
    })
}

fn is_clean_by_the_tables(text: &str) -> bool {
    is_nfc_quick(text.chars()) == IsNormalized::Yes
        && !text.contains("  ")
        && !text.chars().any(|c| (c != ' ' && c.is_whitespace()) || is_unwanted(c))
}

/// Returns whether the character is a control or format character other than ZWNJ and ZWJ.
fn is_unwanted(character: char) -> bool {
    match CodePointMapData::<GeneralCategory>::new().get(character) {
        GeneralCategory::Control => true,
        GeneralCategory::Format => !matches!(character, '\u{200c}' | '\u{200d}'),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_looks_the_same_is_the_same() {
        let table = [
            ("Test User", "Test User"),
            ("  Test   User ", "Test User"),
            ("Test\u{a0}\tUser\r\n", "Test User"),
            ("Jose\u{301}", "Jos\u{e9}"),
            ("\u{202a}Test\u{202c} \u{200b}User\u{feff}", "Test User"),
            ("a\u{200b} \u{200b} b", "a b"),
            ("👩\u{200d}🔧", "👩\u{200d}🔧"),
            ("e\u{200e}\u{301}", "\u{e9}"),
            ("bell\u{7}", "bell"),
            ("\u{200b}", ""),
            (" ", ""),
        ];
        for (text, expected) in table {
            assert_eq!(clean(text), expected, "{text:?}");
        }
    }

    #[test]
    fn error_values_and_words_for_nothing_are_no_names() {
        for text in ERROR_VALUES.into_iter().chain(["Ann #REF!", " #N/A "]) {
            assert_eq!(no_value(text), Some("is a spreadsheet's error value"), "{text}");
        }
        for text in ["NULL", "null", "NaN", "NULL NULL"] {
            assert_eq!(no_value(text), Some("is a program's word for nothing"), "{text}");
        }
        for text in ["", "Null", "Ann Null", "Nan", "Nancy", "#1 Garage", "null & void", "N/A Ltd"]
        {
            assert_eq!(no_value(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_one_look_takes_for_clean_is_clean(text in "[\\x00-\u{2ff}]{0,3}") {
            if is_plainly_clean(&text) && text.trim() == text {
                prop_assert!(is_clean_by_the_tables(&text), "{text:?}");
                prop_assert_eq!(text.nfc().collect::<String>(), text);
            }
        }

        #[test]
        fn cleaning_twice_is_cleaning_once(text in "\\PC{0,12}|[ \\t\\r\\n\u{200b}\u{a0}e\u{301}a]{0,12}") {
            let once = clean(&text).into_owned();
            prop_assert_eq!(clean(&once), once.as_str());
        }
    }
}
