//! Numbers, lists and long lines as people read them.

use std::collections::BTreeMap;
use std::fmt::Display;

use textwrap::core::Word;
use textwrap::{Options, WordSeparator, WordSplitter};

/// A label with what is before and behind it.
const LABELS: usize = 13;

/// What is below a line that begins with a label, and below a line below that.
const BELOW: &str = "             ";
const FURTHER_BELOW: &str = "               ";
const _: () = assert!(BELOW.len() == LABELS);

/// The label of a command that is there to be copied.
pub const COMMAND: &str = "go on with";

/// `12300` → `12,300`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 message`, `2 messages`.
pub fn counted(number: u64, thing: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {thing}{plural}", count(number))
}

/// The most frequent first: `3 to_missing, 1 to_letters`.
pub fn by_frequency<K: Display>(counts: &BTreeMap<K, u64>) -> String {
    let mut counts: Vec<_> = counts.iter().collect();
    counts.sort_by_key(|(_, number)| std::cmp::Reverse(**number));
    let parts: Vec<String> =
        counts.iter().map(|(what, number)| format!("{} {what}", count(**number))).collect();
    parts.join(", ")
}

/// One line of a report: a label in a column of its own, then what it is about.
pub fn line(label: &str, text: impl Display) -> String {
    format!("  {label:<width$} {text}\n", width = LABELS - 3)
}

/// How often there was what, with what it means where that is known: a line each, the most frequent
/// first, the label before the first.
pub fn explained<'a>(
    label: &str,
    counts: impl IntoIterator<Item = (u64, &'a str, &'a str)>,
) -> String {
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(number, what, _)| (std::cmp::Reverse(*number), *what));
    let mut text = String::new();
    for (number, what, meaning) in counts {
        let label = if text.is_empty() { label } else { "" };
        let meaning = if meaning.is_empty() { String::new() } else { format!(": {meaning}") };
        text.push_str(&line(label, format!("{} {what}{meaning}", count(number))));
    }
    text
}

/// A report on a screen `width` columns wide: what is too long goes on below its own beginning. A
/// command stays in one line, because it is copied, and so does a word (a path, say).
pub fn folded(text: &str, width: usize) -> String {
    let mut folded = String::with_capacity(text.len() + text.len() / 8);
    for line in text.lines() {
        let below = match line.len() - line.trim_start_matches(' ').len() {
            0 => "  ",
            1..LABELS => BELOW,
            _ => FURTHER_BELOW,
        };
        let options = Options::new(width)
            .subsequent_indent(below)
            .break_words(false)
            .word_separator(WordSeparator::Custom(words))
            .word_splitter(WordSplitter::NoHyphenation);
        match line.trim_start().starts_with(COMMAND) {
            true => folded.push_str(line),
            false => folded.push_str(&textwrap::fill(line, options)),
        }
        folded.push('\n');
    }
    folded
}

/// The words of a line; a number is one with what it counts.
fn words(line: &str) -> Box<dyn Iterator<Item = Word<'_>> + '_> {
    let counts = |before: &str| {
        let last = before.trim_end().rsplit(' ').next().unwrap_or_default();
        last.ends_with(|last: char| last.is_ascii_digit())
            && last.bytes().all(|byte| byte.is_ascii_digit() || byte == b',')
    };
    let begins = move |at: &usize| !line[*at..].starts_with(' ') && !counts(&line[..*at]);
    let ends = line.match_indices(' ').map(|(at, _)| at + 1).filter(begins);
    let mut start = 0;
    Box::new(ends.chain([line.len()]).map(move |end| {
        let word = Word::from(&line[start..end]);
        start = end;
        word
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        for (number, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(count(number), text);
        }
        assert_eq!(counted(1, "message"), "1 message");
        assert_eq!(counted(12_300, "message"), "12,300 messages");
    }

    #[test]
    fn the_most_frequent_comes_first() {
        let counts = BTreeMap::from([("a", 1), ("b", 1_000), ("c", 1)]);
        assert_eq!(by_frequency(&counts), "1,000 b, 1 a, 1 c");
    }

    #[test]
    fn long_lines_go_on_below_their_beginning_and_commands_stay_whole() {
        let text = "people.csv (UTF-8, commas)\n\
                    \x20 columns    `to` `name` `phone` `type` as they are named\n\
                    \x20            people.csv:12  column `to` is empty; give a number\n\
                    \x20 rejected   1 to_letters, 12 to_not_possible\n\
                    \x20 results    a/path/that/is/longer/than/the/screen.csv\n\
                    \x20 go on with lipasend send people.csv --from 254712345678\n";
        let expected = "people.csv (UTF-8, commas)\n\
                        \x20 columns    `to` `name` `phone` `type`\n\
                        \x20            as they are named\n\
                        \x20            people.csv:12  column `to`\n\
                        \x20              is empty; give a number\n\
                        \x20 rejected   1 to_letters,\n\
                        \x20            12 to_not_possible\n\
                        \x20 results\n\
                        \x20            a/path/that/is/longer/than/the/screen.csv\n\
                        \x20 go on with lipasend send people.csv --from 254712345678\n";
        assert_eq!(folded(text, 40), expected);
        assert_eq!(folded(text, 200), text);
    }
}
