//! The text of a cell that holds a number or a date.

use calamine::{ExcelDateTime, ExcelDateTimeType};

/// The first whole number that a cell does not hold exactly is one more: 2^53.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// The first day that is no date any more: 10000-01-01.
const END_OF_DATES: f64 = 2_958_466.0;

const SECONDS_OF_A_DAY: f64 = 86_400.0;

/// A number format that adds digits or a plus in front of a number: `0000000000`, `"+"0`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Picture {
    prefix: String,
    zeros: usize,
}

impl Picture {
    /// The picture in a format code; `None` for a format that only changes how a number looks.
    pub(super) fn of(code: &str) -> Option<Self> {
        let (mut prefix, mut zeros, mut placeholders) = (String::new(), 0, 0);
        let mut chars = code.chars();
        while let Some(c) = chars.next() {
            let literal: String = match c {
                ';' => break,
                '0' | '#' | '?' => {
                    placeholders += 1;
                    // A digit stands in each place from the first `0` on.
                    zeros += usize::from(c == '0' || zeros > 0);
                    continue;
                }
                // A colour or a language, but no condition; a blank as wide as the next character.
                '[' => {
                    let inside: String = chars.by_ref().take_while(|c| *c != ']').collect();
                    match inside.starts_with("$-") || inside.chars().all(char::is_alphabetic) {
                        true => continue,
                        false => return None,
                    }
                }
                '_' | '*' => {
                    chars.next();
                    continue;
                }
                '"' => chars.by_ref().take_while(|c| *c != '"').collect(),
                '\\' => chars.next().into_iter().collect(),
                '1'..='9' | '+' | '-' | ' ' | '(' | ')' | '/' => c.to_string(),
                _ => return None,
            };
            for c in literal.chars() {
                match c {
                    '0'..='9' | '+' if placeholders == 0 => prefix.push(c),
                    '-' | ' ' | '(' | ')' | '/' | '\u{a0}' => {}
                    _ => return None,
                }
            }
        }
        let shows_more = !prefix.is_empty() || zeros > 1;
        (placeholders > 0 && shows_more).then_some(Self { prefix, zeros })
    }

    fn show(&self, digits: &str) -> String {
        format!("{}{digits:0>width$}", self.prefix, width = self.zeros)
    }
}

/// The text of a number. A whole one keeps all its digits; one that may have lost some, because it
/// is above 2^53, is written with an exponent, as what a spreadsheet has damaged is.
pub(super) fn number(value: f64, picture: Option<&Picture>) -> String {
    if !value.is_finite() {
        return String::new();
    }
    if value.abs() > EXACT || (value != 0.0 && value.abs() < 1e-9) {
        return format!("{value:E}").replace('E', if value.abs() > EXACT { "E+" } else { "E" });
    }
    match picture {
        Some(picture) if value.fract() == 0.0 && value >= 0.0 => picture.show(&value.to_string()),
        _ => (value + 0.0).to_string(),
    }
}

/// The text of a date cell: `2026-11-27`, `2026-11-27 14:05`, a time `14:05:00` or a duration. A
/// value that is no day is the number that it is.
pub(super) fn date(cell: &ExcelDateTime, is_1904: bool) -> String {
    let value = cell.as_f64();
    if !(0.0..END_OF_DATES).contains(&value) {
        return number(value, None);
    }
    let seconds = (value * SECONDS_OF_A_DAY).round();
    let time = |seconds: f64| {
        let whole = seconds as u64;
        format!("{:02}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60)
    };
    if cell.is_duration() || seconds < SECONDS_OF_A_DAY {
        return time(seconds);
    }
    let day = (seconds / SECONDS_OF_A_DAY).floor();
    let day_only = ExcelDateTime::new(day, ExcelDateTimeType::DateTime, is_1904);
    let (year, month, of_month, ..) = day_only.to_ymd_hms_milli();
    with_time(
        &format!("{year:04}-{month:02}-{of_month:02}"),
        &time(seconds - day * SECONDS_OF_A_DAY),
    )
}

/// The text of a date in the form of ISO 8601, as .ods and some .xlsx files have it. Its zone stays,
/// because the time would be another one without it.
pub(super) fn iso_date(text: &str) -> String {
    let text = text.trim();
    let Some((day, time)) = text.split_once('T') else { return text.to_owned() };
    let (time, zone) = time.split_at(time.find(['Z', '+', '-']).unwrap_or(time.len()));
    let time = time.split(['.', ',']).next().unwrap_or_default();
    match zone {
        "" => with_time(day, time),
        zone => format!("{day} {time}{zone}"),
    }
}

/// A day and a time of it. Midnight is only the day, and seconds are left out when they are zero.
fn with_time(day: &str, time: &str) -> String {
    match time {
        "00:00:00" | "00:00" | "" => day.to_owned(),
        time => {
            format!("{day} {}", time.strip_suffix(":00").filter(|t| t.len() == 5).unwrap_or(time))
        }
    }
}

/// The text of a number whose digits are shown too: with the zeros or the plus of the shown text,
/// when those are all that it adds.
pub(super) fn shown_number(value: f64, shown: &str) -> String {
    let plain = number(value, None);
    let is_digits =
        |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | ' ' | '(' | ')' | '\u{a0}');
    if !shown.chars().all(is_digits) || !plain.bytes().all(|b| b.is_ascii_digit()) {
        return plain;
    }
    let digits: String = shown.chars().filter(char::is_ascii_digit).collect();
    let plus = if shown.trim_start().starts_with('+') { "+" } else { "" };
    match digits.strip_suffix(plain.as_str()) {
        Some(more) if plus == "+" || more.bytes().all(|b| b == b'0') => format!("{plus}{digits}"),
        _ => plain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_keeps_its_digits() {
        for (value, code, expected) in [
            (254_712_345_678.0, "General", "254712345678"),
            (254_712_345_678.0, "0.00E+00", "254712345678"),
            (254_712_345_678.0, "0%", "254712345678"),
            (254_712_345_678.0, "[$KES] #,##0.00", "254712345678"),
            (254_712_345_678.0, "\"+\"0", "+254712345678"),
            (712_345_678.0, "0000000000", "0712345678"),
            (712_345_678.0, "0000-000-000", "0712345678"),
            (712_345_678.0, "\"0\"000 000 000;@", "0712345678"),
            (712_345_678.0, "\\+254###", "+254712345678"),
            (712_345_678.0, "\"Tel \"0", "712345678"),
            (712_345_678.0, "0## ### ## ##", "0712345678"),
            (712_345_678.0, "0##\\-###\\-####", "0712345678"),
            (712_345_678.0, "[Black]0000000000", "0712345678"),
            (712_345_678.0, "[$-409]0000000000", "0712345678"),
            (712_345_678.0, "_-* 0000000000_-", "0712345678"),
            (7.0, "##00", "07"),
            (712_345_678.0, "[<=9999999]0000000000", "712345678"),
            (712_345_678.0, "[$KES] 0000000000", "712345678"),
            (712_345_678.0, "#,##0", "712345678"),
            (7.0, "0", "7"),
            (-7.0, "000", "-7"),
            (0.0, "General", "0"),
            (-0.0, "General", "0"),
            (254_712_345_678.5, "0", "254712345678.5"),
            (0.15, "0%", "0.15"),
            (9_007_199_254_740_992.0, "0", "9007199254740992"),
            (9_007_199_254_740_994.0, "0", "9.007199254740994E+15"),
            (1e-12, "0", "1E-12"),
            (f64::INFINITY, "0", ""),
        ] {
            let picture = Picture::of(code);
            assert_eq!(number(value, picture.as_ref()), expected, "{value} {code}");
        }
    }

    #[test]
    fn a_date_is_a_date() {
        for (value, is_1904, expected) in [
            (46_353.0, false, "2026-11-27"),
            (46_353.586_805_555_6, false, "2026-11-27 14:05"),
            (46_353.586_921_296_3, false, "2026-11-27 14:05:10"),
            (44_891.0, true, "2026-11-27"),
            (46_352.999_999_999, false, "2026-11-27"),
            (0.25, false, "06:00:00"),
            (254_712_345_678.0, false, "254712345678"),
            (-1.0, false, "-1"),
        ] {
            let cell = ExcelDateTime::new(value, ExcelDateTimeType::DateTime, is_1904);
            assert_eq!(date(&cell, is_1904), expected, "{value}");
        }
        let duration = ExcelDateTime::new(1.5, ExcelDateTimeType::TimeDelta, false);
        assert_eq!(date(&duration, false), "36:00:00");
        for (text, expected) in [
            ("2026-11-27", "2026-11-27"),
            ("2026-11-27T00:00:00", "2026-11-27"),
            ("2026-11-27T14:05:00", "2026-11-27 14:05"),
            ("2026-11-27T14:05:09.5Z", "2026-11-27 14:05:09Z"),
            ("2026-11-27T00:00:00Z", "2026-11-27 00:00:00Z"),
            ("2026-11-27T14:05:00.25+03:00", "2026-11-27 14:05:00+03:00"),
        ] {
            assert_eq!(iso_date(text), expected);
        }
    }

    #[test]
    fn shown_zeros_and_a_shown_plus_belong_to_a_number() {
        for (value, shown, expected) in [
            (712_345_678.0, "0712345678", "0712345678"),
            (712_345_678.0, "0712 345 678", "0712345678"),
            (712_345_678.0, "+254 712 345 678", "+254712345678"),
            (712_345_678.0, "712,345,678", "712345678"),
            (712_345_678.0, "7.12E+08", "712345678"),
            (712_345_678.0, "###", "712345678"),
            (712_345_678.0, "1712345678", "712345678"),
            (0.5, "50", "0.5"),
        ] {
            assert_eq!(shown_number(value, shown), expected, "{shown}");
        }
    }
}
