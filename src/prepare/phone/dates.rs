//! Dates and numbers with a fraction: what spreadsheets and exports put into a column of telephone
//! numbers, and what has as many digits as one.

/// Returns whether the text is a date with a year of this century or the last one, with a time
/// behind it or not: `2026-01-05`, `5/1/2026 10:30`.
pub(super) fn is_date(text: &str) -> bool {
    let Some(separator) = text.bytes().find(|b| matches!(b, b'-' | b'/' | b'.')) else {
        return false;
    };
    let mut parts = text.splitn(3, char::from(separator));
    let (Some(first), Some(second), Some(rest)) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let third = &rest[..rest.bytes().take_while(u8::is_ascii_digit).count()];
    if !is_time(&rest[third.len()..]) {
        return false;
    }
    // With dots, `22.12.19.87` and the like are telephone numbers; only this order is common.
    let year_first = separator != b'.' && is_year(first) && are_day_and_month(second, third);
    year_first || (is_year(third) && are_day_and_month(first, second))
}

fn is_year(text: &str) -> bool {
    text.len() == 4 && (text.starts_with("19") || text.starts_with("20")) && value(text).is_some()
}

fn are_day_and_month(one: &str, other: &str) -> bool {
    let within = |text, most| value(text).is_some_and(|value| (1..=most).contains(&value));
    (within(one, 31) && within(other, 12)) || (within(one, 12) && within(other, 31))
}

/// The value of one to four digits.
fn value(text: &str) -> Option<u16> {
    let is_short = (1..=4).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|_| is_short)
}

/// Returns whether the text behind a date is nothing or a time.
fn is_time(text: &str) -> bool {
    let Some(time) = text.strip_prefix([' ', 'T', 't', '\n']) else {
        return text.is_empty();
    };
    let in_time = |b: u8| b.is_ascii_digit() || b" :.,+-ZzAaPpMm".contains(&b);
    time.bytes().all(in_time) && time.contains(':')
}

/// Returns whether the text is a number with a fraction, not digits in groups: digits on both sides
/// of the only dot or comma, where a spreadsheet's days (`45297.375`) or a fraction have it.
pub(super) fn has_fraction(text: &str) -> bool {
    let Some((whole, fraction)) = text.split_once(['.', ',']) else {
        return false;
    };
    let point_is_dot = text.as_bytes().get(whole.len()) == Some(&b'.');
    let digits = whole.strip_prefix('+').unwrap_or(whole);
    if fraction.is_empty() || !all_digits(digits) || !all_digits(fraction) {
        return false;
    }
    // Days since 1900, from 1954 to 2064. No number is dialled in such groups with these digits in
    // front, except for a few that are dialled with a zero before them.
    let is_day = digits.len() == 5 && matches!(digits.as_bytes()[0], b'2'..=b'5');
    // The last group of a telephone number has more than two digits; behind a comma there may be
    // an extension.
    let is_long = point_is_dot && digits.len() >= 7;
    is_day || (is_long && (fraction.len() <= 2 || fraction.bytes().all(|b| b == b'0')))
}

fn all_digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_told_from_numbers_in_groups() {
        for text in [
            "2026-03-09",
            "2026/3/9",
            "9/3/2026",
            "31-12-1999",
            "12/31/1999",
            "09.03.2026",
            "2026-03-09 08:15",
            "2026-03-09T08:15:00.000Z",
            "9/3/2026 8:15 PM",
        ] {
            assert!(is_date(text), "{text}");
        }
        for text in [
            "2026-45-09",
            "2026-13-13",
            "1826-03-09",
            "2026-03-091",
            "2012-123-456",
            "0712-345-678",
            "22.12.19.87",
            "2026.03.09",
            "+254-712-2026",
            "2026-03-09 12",
            "2026-03",
            "20260309",
            "-/-",
            "",
        ] {
            assert!(!is_date(text), "{text}");
        }
    }

    #[test]
    fn a_fraction_is_told_from_groups() {
        for text in
            ["46123.5", "46123,375", "31001.4791666667", "254754000123.5", "+254754000123.000"]
        {
            assert!(has_fraction(text), "{text}");
        }
        for text in [
            "254754000123",
            "254.754000123",
            "254754.000123",
            "254754000.123",
            "0754.000123",
            "98765.43210",
            "254754000123,9",
            "712,345,678",
            "254 754 000.12",
            "46123.",
            ".5",
        ] {
            assert!(!has_fraction(text), "{text}");
        }
    }
}
