//! Numbers, labelled lines and long lines as text.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::{Display, Write as _};

use textwrap::core::Word;
use textwrap::{Options, WordSeparator, WordSplitter};

use crate::units::printable::printable;
use crate::units::show_number;

/// The width of the column of labels, with the spaces around it.
pub(super) const LABELS: usize = 13;

/// The indents of the rest of a folded line: of a line with a label, and of one without.
const INDENT: &str = "             ";
const DEEPER_INDENT: &str = "               ";
const _: () = assert!(INDENT.len() == LABELS);

/// The label of a command for the user to copy.
pub const COMMAND: &str = "continue";

/// A number with its noun: `1 message`, `12,300 messages`.
pub fn counted(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", show_number(number))
}

/// The beginning of a text that is too long for a line, with `…` behind it.
pub fn shortened(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(LONGEST) {
        None => Cow::Borrowed(text),
        Some(_) => Cow::Owned(text.chars().take(LONGEST - 1).chain(['…']).collect()),
    }
}

/// The most characters of a text of somebody else in a line.
const LONGEST: usize = 40;

/// A measured rate in messages a second: `10.0/s`, slow ones by the minute or by the hour.
pub fn show_rate(rate: f64) -> String {
    let (minute, hour) = (60.0, 3600.0);
    match rate {
        100.0.. => format!("{}/s", show_number(rate.round() as u64)),
        0.95.. => format!("{rate:.1}/s"),
        _ if rate * minute >= 0.95 => format!("{:.0}/min", rate * minute),
        _ if rate * hour >= 0.5 => format!("{:.0}/h", rate * hour),
        _ => "under 1/h".to_owned(),
    }
}

/// Counts on one line, the most frequent first: `3 to_missing, 1 to_letters`.
pub fn by_frequency<K: Display>(counts: &BTreeMap<K, u64>) -> String {
    let mut counts: Vec<_> = counts.iter().collect();
    counts.sort_by_key(|(_, number)| std::cmp::Reverse(**number));
    let parts: Vec<String> =
        counts.iter().map(|(what, number)| format!("{} {what}", show_number(**number))).collect();
    parts.join(", ")
}

/// Adds a line with its label in a column of its own. A value of somebody else stays on this line.
pub fn add_line(text: &mut String, label: &str, value: impl Display) {
    let value = value.to_string();
    let _ = writeln!(text, "  {label:<width$} {}", printable(&value), width = LABELS - 3);
}

/// Folds the lines that are longer than `width`; the rest of a line is indented. A command stays on
/// one line, because it is copied, and so does a word (a path, for example).
pub fn folded(text: &str, width: usize) -> String {
    let mut folded = String::with_capacity(text.len() + text.len() / 8);
    for line in text.lines() {
        let indent = match line.len() - line.trim_start_matches(' ').len() {
            0 => "  ",
            1..LABELS => INDENT,
            _ => DEEPER_INDENT,
        };
        let options = Options::new(width)
            .subsequent_indent(indent)
            .break_words(false)
            .word_separator(WordSeparator::Custom(words))
            .word_splitter(WordSplitter::NoHyphenation);
        match is_command(line) {
            true => folded.push_str(line),
            false => folded.push_str(&textwrap::fill(line, options)),
        }
        folded.push('\n');
    }
    folded
}

/// An error that names what a list has, and what to try, each on a line of its own; others stay.
pub(super) fn on_lines(error: &str) -> String {
    let parts = error.split_once(HAS).and_then(|(what, rest)| {
        let (has, rest) = rest.rsplit_once(TRY)?;
        let (advice, more) = rest.rsplit_once(')')?;
        Some((what, has, advice, more))
    });
    match parts {
        None => error.to_owned(),
        Some((what, has, advice, more)) => {
            format!("{what}\n  it has: {has}\n  try {advice}{more}\n")
        }
    }
}

/// What stands before the columns of a list in an error, and before what to try.
const HAS: &str = "; it has: ";
const TRY: &str = " (try ";

/// Returns whether a line has a command to copy.
fn is_command(line: &str) -> bool {
    let line = line.trim_start();
    [COMMAND, "next: ", "lipasend "].iter().any(|begin| line.starts_with(begin))
}

/// The words of a line. A number and its noun are one word.
fn words(line: &str) -> Box<dyn Iterator<Item = Word<'_>> + '_> {
    let ends_with_number = |before: &str| {
        let last = before.trim_end().rsplit(' ').next().unwrap_or_default();
        last.ends_with(|last: char| last.is_ascii_digit())
            && last.bytes().all(|byte| byte.is_ascii_digit() || byte == b',')
    };
    let begins = move |at: &usize| !line[*at..].starts_with(' ') && !ends_with_number(&line[..*at]);
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
    fn a_noun_is_singular_or_plural() {
        assert_eq!(counted(1, "message"), "1 message");
        assert_eq!(counted(12_300, "message"), "12,300 messages");
    }

    #[test]
    fn a_slow_rate_is_shown_by_the_minute_or_by_the_hour_and_never_as_0() {
        for (rate, text) in [
            (12_345.0, "12,345/s"),
            (100.0, "100/s"),
            (99.94, "99.9/s"),
            (10.0, "10.0/s"),
            (1.0, "1.0/s"),
            (0.5, "30/min"),
            (4.0 / 60.0, "4/min"),
            (1.0 / 60.0, "1/min"),
            (0.9 / 60.0, "54/h"),
            (1.0 / 3600.0, "1/h"),
            (0.1 / 3600.0, "under 1/h"),
        ] {
            assert_eq!(show_rate(rate), text);
        }
    }

    #[test]
    fn a_long_text_is_shortened() {
        assert_eq!(shortened("Ann"), "Ann");
        assert_eq!(shortened(&"é".repeat(40)), "é".repeat(40));
        assert_eq!(shortened(&"é".repeat(500)), "é".repeat(39) + "…");
    }

    #[test]
    fn the_most_frequent_comes_first() {
        let counts = BTreeMap::from([("a", 1), ("b", 1_000), ("c", 1)]);
        assert_eq!(by_frequency(&counts), "1,000 b, 1 a, 1 c");
    }

    #[test]
    fn an_error_with_columns_and_advice_has_three_lines() {
        let error =
            "column `phone` not found in p.csv; it has: a, b (c) (try --map phone=b (c) or x)";
        let lines =
            "column `phone` not found in p.csv\n  it has: a, b (c)\n  try --map phone=b (c) or x\n";
        assert_eq!(on_lines(error), lines);
        let error = "a.csv has no header; it has: A (try --map x=A); the first line is the header";
        let lines =
            "a.csv has no header\n  it has: A\n  try --map x=A; the first line is the header\n";
        assert_eq!(on_lines(error), lines);
        for error in ["`x` is no time (try 30s)", "p.csv changed; it has: 3 bytes"] {
            assert_eq!(on_lines(error), error);
        }
    }

    #[test]
    fn long_lines_are_folded_and_commands_are_not() {
        let text = "people.csv (UTF-8, commas)\n\
                    \x20 columns    `to` `name` `phone` `type` by their names\n\
                    \x20            people.csv:12  column `to` is empty; give a number\n\
                    \x20 rejected   1 to_letters, 12 to_not_possible\n\
                    \x20 results    a/path/that/is/longer/than/the/screen.csv\n\
                    \x20 continue   lipasend send people.csv --from 254712345678\n";
        let expected = "people.csv (UTF-8, commas)\n\
                        \x20 columns    `to` `name` `phone` `type`\n\
                        \x20            by their names\n\
                        \x20            people.csv:12  column `to`\n\
                        \x20              is empty; give a number\n\
                        \x20 rejected   1 to_letters,\n\
                        \x20            12 to_not_possible\n\
                        \x20 results\n\
                        \x20            a/path/that/is/longer/than/the/screen.csv\n\
                        \x20 continue   lipasend send people.csv --from 254712345678\n";
        assert_eq!(folded(text, 40), expected);
        assert_eq!(folded(text, 200), text);
    }
}
