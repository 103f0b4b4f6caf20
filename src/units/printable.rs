//! Texts of others on a screen: control characters and those that change the direction of text are
//! shown as `\u{1b}`.
//!
//! A card or a list from a stranger could otherwise write to the terminal (its clipboard, its title,
//! lines that look like ours) or turn the order of a line around. The two joiners stay, because
//! emoji and several scripts need them.

use std::borrow::Cow;
use std::fmt::Write as _;

/// The text on one line. A line break in it is shown as `\u{a}`.
#[must_use]
pub fn printable(text: &str) -> Cow<'_, str> {
    escaped(text, |_, _| false, |shown, c| shown.extend(c.escape_unicode()))
}

/// Several lines, each of them [`printable`].
#[must_use]
pub fn printable_lines(text: &str) -> Cow<'_, str> {
    escaped(text, |c, _| c == '\n', |shown, c| shown.extend(c.escape_unicode()))
}

/// Records of a CSV file: their line ends and TABs stay, so that they can be saved as a file.
#[must_use]
pub fn printable_records(text: &str) -> Cow<'_, str> {
    let stays = |c, next| matches!((c, next), ('\n' | '\t', _) | ('\r', Some('\n')));
    escaped(text, stays, |shown, c| shown.extend(c.escape_unicode()))
}

/// The same JSON with these characters as `\u001b`. Only strings contain them, but for the line
/// breaks between the values.
#[must_use]
pub fn printable_json(json: &str) -> Cow<'_, str> {
    let as_json = |shown: &mut String, c: char| {
        for unit in c.encode_utf16(&mut [0; 2]) {
            // Writing to a string cannot fail.
            let _ = write!(shown, "\\u{unit:04x}");
        }
    };
    escaped(json, |c, _| c == '\n', as_json)
}

/// The text with the characters escaped that are not printable, unless `stays` is true for one and
/// the character behind it.
fn escaped(
    text: &str,
    stays: impl Fn(char, Option<char>) -> bool,
    escape: impl Fn(&mut String, char),
) -> Cow<'_, str> {
    if !text.chars().any(is_unprintable) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        match is_unprintable(c) && !stays(c, characters.peek().copied()) {
            true => escape(&mut shown, c),
            false => shown.push(c),
        }
    }
    Cow::Owned(shown)
}

/// Returns whether a character acts on the screen instead of being shown on it.
fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{61c}' // directional marks, embeddings, overrides and isolates
                | '\u{200e}'
                | '\u{200f}'
                | '\u{202a}'..='\u{202e}'
                | '\u{2066}'..='\u{206f}'
                | '\u{2028}' // line and paragraph separator
                | '\u{2029}'
                | '\u{feff}' // byte order mark
                | '\u{fff9}'..='\u{fffb}' // interlinear annotations
                | '\u{e0000}'..='\u{e007f}' // tags
        )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_acts_on_the_screen_is_escaped() {
        for (text, shown) in [
            ("\u{1b}]52;c;ZXZpbA==\u{7}", "\\u{1b}]52;c;ZXZpbA==\\u{7}"),
            ("\u{9b}31m\u{85}\u{7f}", "\\u{9b}31m\\u{85}\\u{7f}"),
            ("Jane\r\nsent 5", "Jane\\u{d}\\u{a}sent 5"),
            ("a\tb", "a\\u{9}b"),
            ("\u{202e}cba", "\\u{202e}cba"),
            (
                "a\u{61c}\u{200e}\u{200f}\u{2066}\u{2069}",
                "a\\u{61c}\\u{200e}\\u{200f}\\u{2066}\\u{2069}",
            ),
            ("a\u{2028}b\u{2029}", "a\\u{2028}b\\u{2029}"),
            ("\u{feff}to", "\\u{feff}to"),
            ("a\u{e0041}", "a\\u{e0041}"),
        ] {
            assert_eq!(printable(text), shown);
        }
    }

    #[test]
    fn names_of_every_script_stay_readable() {
        for text in
            ["Zoë Ñandú", "محمد", "נועה", "می\u{200c}خواهم", "ශ්\u{200d}රී", "👩\u{200d}🔧 🇰🇪", "李"]
        {
            assert_eq!(printable(text), text);
        }
    }

    #[test]
    fn our_own_line_ends_stay() {
        assert_eq!(printable_lines("a\nb\tc\r\n"), "a\nb\\u{9}c\\u{d}\n");
        assert_eq!(printable_records("a\tb\r\nc\rd\n"), "a\tb\r\nc\\u{d}d\n");
    }

    proptest! {
        #[test]
        fn json_stays_valid_and_means_the_same(text in "[\u{0}-\u{a0}\u{2020}-\u{2070}\u{e0040}\"\\\\a]{0,9}|.*") {
            let json = serde_json::to_string_pretty(&[&text]).unwrap();
            let shown = printable_json(&json).into_owned();
            prop_assert!(!shown.chars().any(|c| c != '\n' && is_unprintable(c)));
            prop_assert_eq!(serde_json::from_str::<[String; 1]>(&shown).unwrap(), [text]);
        }

        #[test]
        fn a_line_has_nothing_that_acts_on_the_screen(text in ".*") {
            prop_assert!(!printable(&text).chars().any(is_unprintable));
            let once = printable(&text).into_owned();
            prop_assert_eq!(printable(&once), once.as_str());
        }
    }
}
