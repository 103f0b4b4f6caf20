//! Parses hours: `Mon-Fri 09:00-18:00`.
//!
//! The text is a row of words: days (`Mon`, `Sat-Mon`, `weekdays`) and times (`09:00-18:00`),
//! separated by blanks, `,` or `;`. Times belong to all days that stand directly before them or
//! before other times; without any day they belong to every day.

use std::str::FromStr;

use super::hours::{DAY_NAMES, Hours, MINUTES_OF_A_DAY, Range};

const FULL_NAMES: [&str; 7] =
    ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// Words for several days, with the first and the last of them.
const GROUPS: [(&str, usize, usize); 6] = [
    ("daily", 0, 6),
    ("everyday", 0, 6),
    ("weekdays", 0, 4),
    ("weekday", 0, 4),
    ("weekend", 5, 6),
    ("weekends", 5, 6),
];

impl FromStr for Hours {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = with_plain_dashes(text.trim_end_matches('.'));
        let mut hours = Self::default();
        let mut days: Vec<usize> = (0..7).collect();
        // The words for days whose times have not been read yet.
        let mut without_times: Vec<&str> = Vec::new();
        for word in text.split(|c: char| c.is_whitespace() || c == ',' || c == ';') {
            match word.chars().next() {
                None => {}
                Some(c) if c.is_numeric() || c == '-' => {
                    let range = times(word)?;
                    days.iter().for_each(|day| hours.add(*day, range));
                    without_times.clear();
                }
                Some(_) => {
                    if without_times.is_empty() {
                        days.clear();
                    }
                    days.extend(days_of(word.trim_end_matches([':', '.']))?);
                    without_times.push(word);
                }
            }
        }
        let days = without_times.join(",");
        match (days.is_empty(), hours == Self::default()) {
            (false, _) => {
                Err(format!("`{days}` has no times behind it (write {days} 09:00-18:00)"))
            }
            (true, true) => Err("there are no hours in it (write Mon-Fri 09:00-18:00)".to_owned()),
            (true, false) => Ok(hours),
        }
    }
}

/// The text with `-` for every kind of dash, and without blanks around it.
fn with_plain_dashes(text: &str) -> String {
    let is_dash = |c| matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}');
    text.split(is_dash).map(str::trim).collect::<Vec<_>>().join("-")
}

/// The days that a word names: `Mon`, `Monday`, `Sat-Mon`, `weekdays`.
fn days_of(word: &str) -> Result<Vec<usize>, String> {
    let lower = word.to_lowercase();
    if let Some((_, first, last)) = GROUPS.iter().find(|(name, ..)| *name == lower) {
        return Ok((*first..=*last).collect());
    }
    let (first, last) = word.split_once('-').unwrap_or((word, word));
    let (first, last) = (day(first)?, day(last)?);
    let length = (last + 7 - first) % 7;
    Ok((first..=first + length).map(|day| day % 7).collect())
}

/// The day with this name: at least three letters of it.
fn day(name: &str) -> Result<usize, String> {
    let lower = name.to_lowercase();
    let begins = |full: &str| lower.len() >= 3 && full.starts_with(&lower);
    let day = FULL_NAMES.iter().position(|full| begins(full));
    day.ok_or_else(|| match likely(&lower) {
        Some(likely) => format!("unknown weekday `{name}` (did you mean {likely}?)"),
        None => format!("unknown weekday `{name}` (write {})", DAY_NAMES.join(", ")),
    })
}

/// The word that was probably meant: the one that is nearest, if at most a third of the letters is
/// wrong and no other is as near.
fn likely(lower: &str) -> Option<&'static str> {
    let days = FULL_NAMES.into_iter().zip(DAY_NAMES);
    let short = DAY_NAMES.into_iter().zip(DAY_NAMES);
    let groups = ["daily", "weekdays", "weekend"].into_iter().zip(["daily", "weekdays", "weekend"]);
    let mut near: Vec<(usize, &str)> = days
        .chain(short)
        .chain(groups)
        .map(|(name, shown)| (strsim::osa_distance(lower, &name.to_lowercase()), shown))
        .filter(|(distance, _)| *distance <= (lower.chars().count() / 3).max(1))
        .collect();
    near.sort_unstable();
    match near[..] {
        [(nearest, shown), (second, other), ..] if nearest == second && shown != other => None,
        [(_, shown), ..] => Some(shown),
        [] => None,
    }
}

/// A range of times: `09:00-18:00`, `9-18`, over midnight `22:00-02:00`.
fn times(word: &str) -> Result<Range, String> {
    let (start, end) = match word.split_once('-') {
        Some((start, end)) if !start.is_empty() && !end.is_empty() => (start, end),
        Some(("", _)) => return Err(format!("`{word}` has no start (write 09:00{word})")),
        _ => {
            let start = word.trim_end_matches('-');
            return Err(format!("`{word}` has no end (write {start}-18:00)"));
        }
    };
    let (start, end) = (minute(start)?, minute(end)?);
    if start == MINUTES_OF_A_DAY {
        return Err(format!("`{word}` begins at 24:00 (write 00:00 on the next day)"));
    }
    if start == end {
        return Err(format!("`{word}` is an empty range (the whole day is 00:00-24:00)"));
    }
    let over_midnight = if end < start { MINUTES_OF_A_DAY } else { 0 };
    Ok(Range { start, end: end + over_midnight })
}

/// A time of the day in minutes: `09:00`, `9:00`, `9`, and `24:00` for the end of the day.
fn minute(text: &str) -> Result<u16, String> {
    let number = |text: &str, lengths: &[usize]| {
        let is_number = lengths.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        text.parse::<u16>().ok().filter(|_| is_number)
    };
    let parsed = match text.split_once(':') {
        Some((hours, minutes)) => number(hours, &[1, 2]).zip(number(minutes, &[2])),
        None => number(text, &[1, 2]).map(|hours| (hours, 0)),
    };
    match parsed {
        Some((hours @ 0..24, minutes @ 0..60)) => Ok(60 * hours + minutes),
        Some((24, 0)) => Ok(MINUTES_OF_A_DAY),
        _ => Err(format!("`{text}` is not a time between 00:00 and 24:00 (write 09:00 or 18:30)")),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn hours_are_parsed_in_all_their_forms() {
        for (text, shown) in [
            ("Mon-Fri 09:00-18:00", "Mon-Fri 09:00-18:00"),
            ("monday-FRIDAY 9-18", "Mon-Fri 09:00-18:00"),
            ("weekdays 9:00-18:00", "Mon-Fri 09:00-18:00"),
            ("Mon\u{2013}Fri 09:00\u{2013}18:00", "Mon-Fri 09:00-18:00"),
            ("Mon - Fri  09:00 - 18:00 ;", "Mon-Fri 09:00-18:00"),
            ("Mon-Fri: 09:00-18:00.", "Mon-Fri 09:00-18:00"),
            ("Mon,Tue, Wed Thu;Fri 09:00-18:00", "Mon-Fri 09:00-18:00"),
            ("09:00-18:00", "daily 09:00-18:00"),
            ("daily 09:00-24:00", "daily 09:00-24:00"),
            ("18:00-00:00", "daily 18:00-24:00"),
            ("00:00-24:00", "daily 00:00-24:00"),
            ("weekend 10:00-12:30", "Sat-Sun 10:00-12:30"),
            ("Mon,Wed,Fri 09:00-12:00", "Mon,Wed,Fri 09:00-12:00"),
            ("Sat-Mon 09:00-12:00", "Sat-Mon 09:00-12:00"),
            ("Sun-Mon,Wed 09:00-12:00", "Wed,Sun-Mon 09:00-12:00"),
            ("Mon-Mon 9-12", "Mon 09:00-12:00"),
            ("Mon-Sun 9-12", "daily 09:00-12:00"),
            ("Tues,Thurs 9-12", "Tue,Thu 09:00-12:00"),
            ("Fri 22:00-02:00", "Fri 22:00-02:00"),
            ("Mon-Fri 09:00-12:00,14:00-18:00", "Mon-Fri 09:00-12:00,14:00-18:00"),
            ("Mon-Fri 14:00-18:00; 09:00-12:00", "Mon-Fri 09:00-12:00,14:00-18:00"),
            (
                "Mon-Fri 9-12,14-18, Sat 10-12; Sun 10-12",
                "Mon-Fri 09:00-12:00,14:00-18:00; Sat-Sun 10:00-12:00",
            ),
            ("9-12, Sat 14-18", "Sun-Fri 09:00-12:00; Sat 09:00-12:00,14:00-18:00"),
            // Ranges that touch or overlap are one.
            ("Mon 09:00-12:00,12:00-13:00,11:00-12:30", "Mon 09:00-13:00"),
            ("Mon 09:00-18:00,10:00-11:00", "Mon 09:00-18:00"),
            ("Mon 22:00-02:00,20:00-23:00", "Mon 20:00-02:00"),
            // One that is longer than a day is cut at midnight.
            ("Sun 00:00-24:00,22:00-02:00", "Mon 00:00-02:00; Sun 00:00-24:00"),
        ] {
            let hours: Hours = text.parse().expect(text);
            assert_eq!(hours.to_string(), shown, "{text}");
            assert_eq!(shown.parse(), Ok(hours), "{shown}");
        }
    }

    #[test]
    fn what_is_wrong_with_hours_is_named_with_a_way_out() {
        for (text, error) in [
            ("", "there are no hours in it (write Mon-Fri 09:00-18:00)"),
            (" ; ", "there are no hours in it (write Mon-Fri 09:00-18:00)"),
            ("Mon-Fry 09:00-18:00", "unknown weekday `Fry` (did you mean Fri?)"),
            ("Wendesday 09:00-18:00", "unknown weekday `Wendesday` (did you mean Wed?)"),
            ("Weds 09:00-18:00", "unknown weekday `Weds` (did you mean Wed?)"),
            ("weekdys 09:00-18:00", "unknown weekday `weekdys` (did you mean weekdays?)"),
            ("dayly 09:00-18:00", "unknown weekday `dayly` (did you mean daily?)"),
            (
                "Mittwoch 9-12",
                "unknown weekday `Mittwoch` (write Mon, Tue, Wed, Thu, Fri, Sat, Sun)",
            ),
            ("Mo 9-12", "unknown weekday `Mo` (did you mean Mon?)"),
            ("Sa 9-12", "unknown weekday `Sa` (did you mean Sat?)"),
            ("Set 9-12", "unknown weekday `Set` (did you mean Sat?)"),
            // As near to Tue as to Sun.
            ("Tun 9-12", "unknown weekday `Tun` (write Mon, Tue, Wed, Thu, Fri, Sat, Sun)"),
            ("Mon- 9-12", "unknown weekday `9-12` (write Mon, Tue, Wed, Thu, Fri, Sat, Sun)"),
            ("Mon-Fri", "`Mon-Fri` has no times behind it (write Mon-Fri 09:00-18:00)"),
            ("9-12, Sat, Sun", "`Sat,Sun` has no times behind it (write Sat,Sun 09:00-18:00)"),
            ("09:00-18:00 Mon-Fri", "`Mon-Fri` has no times behind it (write Mon-Fri 09:00-18:00)"),
            ("Mon 09:00-09:00", "`09:00-09:00` is an empty range (the whole day is 00:00-24:00)"),
            ("Mon 09:00", "`09:00` has no end (write 09:00-18:00)"),
            ("Mon 09:00-", "`09:00-` has no end (write 09:00-18:00)"),
            ("-18:00", "`-18:00` has no start (write 09:00-18:00)"),
            ("24:00-02:00", "`24:00-02:00` begins at 24:00 (write 00:00 on the next day)"),
            (
                "Mon 09:00-25:00",
                "`25:00` is not a time between 00:00 and 24:00 (write 09:00 or 18:30)",
            ),
            ("9am-6pm", "`9am` is not a time between 00:00 and 24:00 (write 09:00 or 18:30)"),
            ("9:60-18", "`9:60` is not a time between 00:00 and 24:00 (write 09:00 or 18:30)"),
            ("0900-1800", "`0900` is not a time between 00:00 and 24:00 (write 09:00 or 18:30)"),
            ("24:30-2", "`24:30` is not a time between 00:00 and 24:00 (write 09:00 or 18:30)"),
            ("9-12-14", "`12-14` is not a time between 00:00 and 24:00 (write 09:00 or 18:30)"),
            (
                "9:00-18:00:00",
                "`18:00:00` is not a time between 00:00 and 24:00 (write 09:00 or 18:30)",
            ),
        ] {
            assert_eq!(text.parse::<Hours>(), Err(error.to_owned()), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in "[MonFriSatweekdy0-9:;, \u{2013}é-]{0,24}") {
            let _ = text.parse::<Hours>();
        }

        #[test]
        fn what_is_shown_is_parsed_again(
            parts in proptest::collection::vec((0..7_usize, 0..7_usize, 0..1440_u16, 1..1440_u16), 1..5)
        ) {
            let mut hours = Hours::default();
            for (first, length, start, minutes) in parts {
                let days: Vec<usize> = (first..=first + length).map(|day| day % 7).collect();
                let range = Range { start, end: start + minutes };
                days.iter().for_each(|day| hours.add(*day, range));
            }
            prop_assert_eq!(hours.to_string().parse(), Ok(hours));
        }
    }
}
