//! Names and campaigns as they are sent: texts that look the same become the same.
//!
//! Texts are in NFC; white space of any kind becomes one space; control and format characters are
//! removed, except the two joiners that scripts and emoji need; the ends are trimmed.

use std::borrow::Cow;

use icu_properties::props::{EnumeratedProperty, GeneralCategory};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// The longest name that is sent, in characters.
pub const NAME_MAX: usize = 1024;

/// The text as it is sent; empty when it has no visible characters.
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
    // Removing a character can bring two together that compose.
    Cow::Owned(cleaned.nfc().collect())
}

/// The text without the blanks around it. Most cells have none, which two bytes show.
pub(super) fn trimmed(cell: &str) -> &str {
    match cell.as_bytes() {
        [only] if only.is_ascii_graphic() => cell,
        [first, .., last] if first.is_ascii_graphic() && last.is_ascii_graphic() => cell,
        _ => cell.trim(),
    }
}

/// Returns whether `clean` would change nothing, for a trimmed text.
fn is_clean(text: &str) -> bool {
    is_plainly_clean(text) || is_clean_by_unicode_tables(text)
}

/// A check without tables that suffices for most names: below U+0300 no characters compose.
fn is_plainly_clean(text: &str) -> bool {
    let mut before = ' ';
    text.chars().all(|c| {
        let doubled = c == ' ' && before == ' ';
        before = c;
        !doubled && matches!(c, ' '..='~' | '\u{a1}'..='\u{ac}' | '\u{ae}'..'\u{300}')
    })
}

fn is_clean_by_unicode_tables(text: &str) -> bool {
    is_nfc_quick(text.chars()) == IsNormalized::Yes
        && !text.contains("  ")
        && !text.chars().any(|c| (c != ' ' && c.is_whitespace()) || is_unwanted(c))
}

/// Returns whether it is a control or format character other than ZWNJ and ZWJ.
fn is_unwanted(character: char) -> bool {
    character.is_control()
        || (is_format(character) && !matches!(character, '\u{200c}' | '\u{200d}'))
}

/// Returns whether it is in the general category Cf: bidi marks, zero-width spaces and others.
pub(super) fn is_format(character: char) -> bool {
    GeneralCategory::for_char(character) == GeneralCategory::Format
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn texts_that_look_the_same_become_the_same() {
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

    /// Message ids depend on the cleaned name, so a new version of Unicode must not change the set.
    #[test]
    fn the_set_of_format_characters_is_pinned() {
        let format = || ('\0'..=char::MAX).filter(|c| is_format(*c)).map(u32::from);
        assert_eq!((format().count(), format().sum::<u32>()), (170, 92_312_063));
    }

    proptest! {
        #[test]
        fn plainly_clean_text_is_clean_by_unicode_tables(text in "[\\x00-\u{2ff}]{0,3}") {
            if is_plainly_clean(&text) && text.trim() == text {
                prop_assert!(is_clean_by_unicode_tables(&text), "{text:?}");
                prop_assert_eq!(text.nfc().collect::<String>(), text);
            }
        }

        #[test]
        fn cleaning_again_changes_nothing(text in "\\PC{0,12}|[ \\t\\r\\n\u{200b}\u{a0}e\u{301}a]{0,12}") {
            let once = clean(&text).into_owned();
            prop_assert_eq!(clean(&once), once.as_str());
        }
    }
}
