//! The forms of a time that are read, and those that are not.

use proptest::prelude::*;

use super::*;

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap()
}

#[test]
fn times_are_read_in_these_forms() {
    for (text, utc) in [
        // RFC 3339.
        ("2026-11-27T14:05:09Z", "2026-11-27T14:05:09Z"),
        ("2026-11-27t14:05:09z", "2026-11-27T14:05:09Z"),
        ("2026-11-27 14:05:09Z", "2026-11-27T14:05:09Z"),
        ("2026-11-27T14:05Z", "2026-11-27T14:05:00Z"),
        ("2026-11-27T14:05:09.5Z", "2026-11-27T14:05:09.5Z"),
        ("2026-11-27T14:05:09.123456789Z", "2026-11-27T14:05:09.123456789Z"),
        ("2026-11-27T14:05:09.1234567891Z", "2026-11-27T14:05:09.123456789Z"),
        ("2026-11-27T14:05:09+03:00", "2026-11-27T11:05:09Z"),
        ("2026-11-27T14:05:09-03:30", "2026-11-27T17:35:09Z"),
        ("2026-11-27T01:05:09.25+03:00", "2026-11-26T22:05:09.25Z"),
        ("2026-11-27T14:05:09-00:00", "2026-11-27T14:05:09Z"),
        ("2026-12-31T23:59:60Z", "2026-12-31T23:59:59Z"),
        // As databases write it.
        ("2026-11-27 14:05:09+03", "2026-11-27T11:05:09Z"),
        ("2026-11-27 14:05:09.123456+00", "2026-11-27T14:05:09.123456Z"),
        ("2026-11-27 14:05:09 +0300", "2026-11-27T11:05:09Z"),
        ("2026-11-27 14:05:09 UTC", "2026-11-27T14:05:09Z"),
        // Without an offset: in Nairobi.
        ("2026-11-27 14:05", "2026-11-27T11:05:00Z"),
        ("2026-11-27T14:05", "2026-11-27T11:05:00Z"),
        ("2026-11-27T14:05:09", "2026-11-27T11:05:09Z"),
        ("2026-11-27 14:05:09.75", "2026-11-27T11:05:09.75Z"),
        ("2026-11-27 14:05:09,750", "2026-11-27T11:05:09.75Z"),
        ("2024-02-29 00:00", "2024-02-28T21:00:00Z"),
        // A day.
        ("2026-11-27", "2026-11-26T21:00:00Z"),
        // Unix time.
        ("1795788309", "2026-11-27T14:05:09Z"),
        ("1795788309.0", "2026-11-27T14:05:09Z"),
        ("1795788309.5", "2026-11-27T14:05:09.5Z"),
        ("1795788309123", "2026-11-27T14:05:09.123Z"),
        ("1795788309123.0", "2026-11-27T14:05:09.123Z"),
        // Marks around it.
        ("'2026-11-27 14:05", "2026-11-27T11:05:00Z"),
        ("'1795788309", "2026-11-27T14:05:09Z"),
        ("=\"2026-11-27 14:05\"", "2026-11-27T11:05:00Z"),
        ("'=\"1795788309\"", "2026-11-27T14:05:09Z"),
        ("\"2026-11-27 14:05\"", "2026-11-27T11:05:00Z"),
        // The first and the last time that is one.
        ("2000-01-01T00:00:00Z", "2000-01-01T00:00:00Z"),
        ("2200-12-31T23:59:59Z", "2200-12-31T23:59:59Z"),
    ] {
        let at = LastInbound::At(utc.parse().unwrap());
        assert_eq!(parse_last_inbound(text, &zone("Africa/Nairobi")), at, "{text}");
    }
}

#[test]
fn what_may_be_another_time_or_none_is_unreadable() {
    for text in [
        "27/11/2026",
        "11/27/2026 14:05",
        "2026/11/27",
        "27.11.2026",
        "27-11-2026",
        "2026.11.27 14:05",
        "27 Nov 2026",
        "Nov 27, 2026",
        "2026-Nov-27",
        "Fri, 27 Nov 2026 14:05:09 +0300",
        "2026-11-27 02:05 PM",
        "2026-11-27 2:05",
        "2026-11-27 14:05:09 EAT",
        "2026-11-27 14:05:09 GMT+3",
        "2026-11-27 14.05",
        "2026-11-27T14",
        "2026-11-27T",
        "2026-11-27Z",
        "2026-11-27  14:05",
        "2026-11-27 14:05:",
        "2026-11-27 14:05:09.",
        "2026-11-27 14:05.5",
        "2026-11-27T14:05:09Z?",
        "2026-11-27T14:05:09+3",
        "2026-11-27T14:05:09+03:60",
        "2026-11-27T14:05:09+24:00",
        "2026-11-27T14:05:09+03:00:00",
        "2026-11-27T14:05:09+03:00[Africa/Nairobi]",
        "2026-11-27T24:00:00",
        "2026-11-27T14:60:00",
        "2026-11-27T14:05:61",
        "2026-02-29",
        "2026-13-01",
        "2026-00-10",
        "2026-11-00",
        "20261127",
        "20261127140509",
        "2026-1-7",
        "26-11-27",
        "14:05:00",
        "14:05",
        // A phone number, a day of a spreadsheet, a number that a spreadsheet has cut.
        "254712345678",
        "+254712345678",
        "0712345678",
        "+1795788309",
        "46353.5868055556",
        "46353",
        "1.79579E+09",
        "1795788309,5",
        "1795788309.",
        "1795788309.5s",
        "1795788309123456",
        "-1795788309",
        "'-1795788309",
        "-2026-11-27",
        // Before 2000 and after 2200.
        "1999-12-31T23:59:59Z",
        "2201-01-01T00:00:00Z",
        "0000-00-00 00:00:00",
        "1900-01-00",
        "0946684799",
        "7289654400",
        "9999999999",
        "0946684799999",
        "7289654400000",
        // Words.
        "yesterday",
        "never",
        "-",
        "'",
        "''",
        "=\"\"",
        "=NOW()",
        "２０２６-11-27",
        "2026-11-27 14:0５",
        "é",
    ] {
        let zone = zone("Africa/Nairobi");
        assert_eq!(parse_last_inbound(text, &zone), LastInbound::Unreadable(text.into()), "{text}");
    }
}

#[test]
fn a_changed_clock_gives_the_first_time_that_can_be_meant() {
    for (text, name, utc) in [
        // Repeated: the first pass.
        ("2026-10-25 02:30", "Europe/Berlin", "2026-10-25T00:30:00Z"),
        ("2026-04-05 01:45", "Australia/Lord_Howe", "2026-04-04T14:45:00Z"),
        // Left out: as long after the change.
        ("2026-03-29 02:30", "Europe/Berlin", "2026-03-29T01:30:00Z"),
        // Days that begin at one o'clock, and a day that there was not.
        ("2026-04-24", "Africa/Cairo", "2026-04-23T22:00:00Z"),
        ("2026-09-06", "America/Santiago", "2026-09-06T04:00:00Z"),
        ("2011-12-30", "Pacific/Apia", "2011-12-30T10:00:00Z"),
        ("2026-11-27", "Asia/Kathmandu", "2026-11-26T18:15:00Z"),
        ("2026-11-27 14:05", "UTC", "2026-11-27T14:05:00Z"),
    ] {
        let at = LastInbound::At(utc.parse().unwrap());
        assert_eq!(parse_last_inbound(text, &zone(name)), at, "{text} {name}");
    }
}

#[test]
fn one_wrong_byte_makes_a_time_unreadable() {
    let right = *b"2026-11-27T14:05:09Z";
    for (at, byte) in (0..19).flat_map(|at| (0..=255_u8).map(move |byte| (at, byte))) {
        let mut text = right;
        text[at] = byte;
        let is_form = match right[at] {
            b'T' => matches!(byte, b'T' | b't' | b' '),
            b'0'..=b'9' => byte.is_ascii_digit(),
            separator => byte == separator,
        };
        if !is_form {
            assert_eq!(parse(&text, &TimeZone::UTC), None, "{}", text.escape_ascii());
        }
    }
}

#[test]
fn each_day_is_one_more_than_the_day_before() {
    let mut date = Date::new(0, 1, 1).unwrap();
    let mut day = unix_day(date);
    while let Ok(next) = date.tomorrow() {
        assert_eq!(unix_day(next), day + 1, "{next}");
        (date, day) = (next, day + 1);
    }
    assert_eq!(unix_day(Date::new(1970, 1, 1).unwrap()), 0);
}

/// A text that is a time, or nearly one.
fn time_like() -> impl Strategy<Value = String> {
    let date = "(19|20|21|22)[0-9]{2}-[01][0-9]-[0-3][0-9]";
    let time = "[T t][0-2][0-9]:[0-6][0-9](:[0-6][0-9]([.,][0-9]{1,9})?)?";
    let offset = "(Z|z|[+-][01][0-9]:[0-5][0-9]|[+-][01][0-9][0-5][0-9]|[+-][01][0-9])?";
    proptest::string::string_regex(&format!("{date}({time}{offset})?")).unwrap()
}

proptest! {
    #[test]
    fn a_time_is_what_a_general_parser_makes_of_it(
        text in time_like(),
        name in proptest::sample::select(&["UTC", "Africa/Nairobi", "Europe/Berlin", "Asia/Kathmandu"][..]),
    ) {
        let zone = zone(name);
        let local = || zone.to_timestamp(text.parse().ok()?).ok();
        let expected = text.parse().ok().or_else(|| match text.contains(['Z', 'z']) {
            true => None,
            false => local(),
        });
        let is_near = |at: &Timestamp| {
            (FIRST_SECOND..END_SECOND).contains(&at.as_second())
        };
        let expected = expected.filter(is_near).map_or_else(|| LastInbound::Unreadable(text.as_str().into()), LastInbound::At);
        prop_assert_eq!(parse_last_inbound(&text, &zone), expected, "{}", text);
    }

    #[test]
    fn every_second_is_read_in_each_way_of_writing_it(second in FIRST_SECOND..END_SECOND, hours in -23..24_i32) {
        let at = Timestamp::from_second(second).unwrap();
        let offset = Offset::from_seconds(3600 * hours).unwrap();
        let wall = offset.to_datetime(at);
        for text in [
            format!("{at}"),
            format!("{at}").replace('T', " ").replace('Z', "z"),
            format!("{wall}{hours:+03}:00"),
            format!("{wall} {hours:+03}"),
        ] {
            prop_assert_eq!(parse_last_inbound(&text, &TimeZone::UTC), LastInbound::At(at), "{}", text);
        }
        let text = format!("{wall}");
        prop_assert_eq!(parse_last_inbound(&text, &TimeZone::fixed(offset)), LastInbound::At(at));
    }

    #[test]
    fn unix_time_is_read_to_the_nanosecond(second in 1_000_000_000..END_SECOND, fraction in 0..1_000_000_000_i32) {
        let at = LastInbound::At(Timestamp::new(second, fraction).unwrap());
        prop_assert_eq!(parse_last_inbound(&format!("{second}.{fraction:09}"), &TimeZone::UTC), at);
        let at = Timestamp::from_millisecond(second * 1000 + i64::from(fraction / 1_000_000)).unwrap();
        let text = at.as_millisecond().to_string();
        prop_assert_eq!(parse_last_inbound(&text, &TimeZone::UTC), LastInbound::At(at));
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in "[0-9TZ:.,+=\"' \u{e9}-]{0,28}") {
        let _ = parse_last_inbound(&text, &TimeZone::UTC);
    }
}
