//! Numbers and lists as people read them.

use std::collections::BTreeMap;
use std::fmt::Display;

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
    format!("  {label:<10} {text}\n")
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
}
