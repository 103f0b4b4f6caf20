use proptest::prelude::*;

use super::*;

fn hours(text: &str) -> Hours {
    text.parse().unwrap()
}

fn zone(name: &str) -> Zone {
    name.parse().unwrap()
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

const OFFICE: &str = "Mon-Fri 09:00-18:00";

#[test]
fn hours_are_open_by_the_clock_on_the_wall() {
    for (text, zone_name, at, open) in [
        // The start is included, the end is not. 2026-11-27 is a Friday.
        (OFFICE, "Africa/Nairobi", "2026-11-27T05:59:59.999Z", false),
        (OFFICE, "Africa/Nairobi", "2026-11-27T06:00:00Z", true),
        (OFFICE, "Africa/Nairobi", "2026-11-27T14:59:59.999Z", true),
        (OFFICE, "Africa/Nairobi", "2026-11-27T15:00:00Z", false),
        (OFFICE, "Africa/Nairobi", "2026-11-28T08:00:00Z", false),
        (OFFICE, "Africa/Nairobi", "2026-11-30T08:00:00Z", true),
        // Zones that are a half or three quarters of an hour off.
        (OFFICE, "Asia/Kolkata", "2026-11-27T03:29:59Z", false),
        (OFFICE, "Asia/Kolkata", "2026-11-27T03:30:00Z", true),
        (OFFICE, "Asia/Kathmandu", "2026-11-27T03:14:59Z", false),
        (OFFICE, "Asia/Kathmandu", "2026-11-27T03:15:00Z", true),
        (OFFICE, "+05:45", "2026-11-27T03:15:00Z", true),
        // Another day there than in UTC.
        (OFFICE, "Pacific/Auckland", "2026-11-29T20:00:00Z", true),
        (OFFICE, "America/Los_Angeles", "2026-11-28T01:59:00Z", true),
        // Over midnight: the night belongs to the day on which it begins.
        ("Fri 22:00-02:00", "UTC", "2026-11-27T21:59:00Z", false),
        ("Fri 22:00-02:00", "UTC", "2026-11-27T22:00:00Z", true),
        ("Fri 22:00-02:00", "UTC", "2026-11-28T01:59:00Z", true),
        ("Fri 22:00-02:00", "UTC", "2026-11-28T02:00:00Z", false),
        ("Fri 22:00-02:00", "UTC", "2026-11-27T01:00:00Z", false),
        ("Sun 22:00-02:00", "UTC", "2026-11-30T01:59:00Z", true),
        ("Sun 22:00-02:00", "UTC", "2026-11-29T01:59:00Z", false),
        ("Mon 09:00-24:00", "UTC", "2026-11-30T23:59:59Z", true),
        ("Mon 09:00-24:00", "UTC", "2026-12-01T00:00:00Z", false),
        // Autumn in Berlin: 02:00 to 03:00 comes twice, and both count.
        ("Sun 02:00-03:00", "Europe/Berlin", "2026-10-25T00:30:00Z", true),
        ("Sun 02:00-03:00", "Europe/Berlin", "2026-10-25T01:30:00Z", true),
        ("Sun 02:00-03:00", "Europe/Berlin", "2026-10-25T02:00:00Z", false),
        // Spring: 02:00 to 03:00 does not exist.
        ("Sun 02:00-03:00", "Europe/Berlin", "2026-03-29T00:59:59Z", false),
        ("Sun 02:00-03:00", "Europe/Berlin", "2026-03-29T01:00:00Z", false),
        ("Sun 03:00-04:00", "Europe/Berlin", "2026-03-29T01:00:00Z", true),
    ] {
        assert_eq!(
            hours(text).is_open(time(at), &zone(zone_name)),
            open,
            "{text} {zone_name} {at}"
        );
    }
}

#[test]
fn the_next_change_is_exact() {
    for (text, zone_name, after, change) in [
        (OFFICE, "Africa/Nairobi", "2026-11-27T05:59:59.999Z", "2026-11-27T06:00:00Z"),
        (OFFICE, "Africa/Nairobi", "2026-11-27T06:00:00Z", "2026-11-27T15:00:00Z"),
        // The end of a week.
        (OFFICE, "Africa/Nairobi", "2026-11-27T15:00:00Z", "2026-11-30T06:00:00Z"),
        (OFFICE, "Asia/Kathmandu", "2026-11-28T00:00:00Z", "2026-11-30T03:15:00Z"),
        ("Sat-Mon 09:00-12:00", "UTC", "2026-11-30T12:00:00Z", "2026-12-05T09:00:00Z"),
        // Over midnight, also at the end of the week, and two ranges that meet there.
        ("Fri 22:00-02:00", "UTC", "2026-11-27T23:00:00Z", "2026-11-28T02:00:00Z"),
        ("Sun 22:00-02:00", "UTC", "2026-11-29T23:00:00Z", "2026-11-30T02:00:00Z"),
        ("Fri 22:00-24:00, Sat 00:00-03:00", "UTC", "2026-11-27T23:00:00Z", "2026-11-28T03:00:00Z"),
        ("Fri 22:00-02:00, Sat 01:00-03:00", "UTC", "2026-11-27T23:00:00Z", "2026-11-28T03:00:00Z"),
        // One range a week is a week away.
        ("Wed 12:00-12:01", "UTC", "2026-11-25T12:01:00Z", "2026-12-02T12:00:00Z"),
        // Spring in Berlin, 01:00Z: the weekend is an hour shorter.
        (OFFICE, "Europe/Berlin", "2026-03-27T17:00:00Z", "2026-03-30T07:00:00Z"),
        // A range that begins in the hour that does not exist begins with the next one.
        ("Sun 02:30-04:00", "Europe/Berlin", "2026-03-29T00:00:00Z", "2026-03-29T01:00:00Z"),
        // One that ends in it ends when it is left out.
        ("Sun 01:00-02:30", "Europe/Berlin", "2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z"),
        // One that is wholly in it comes a week later.
        ("Sun 02:00-03:00", "Europe/Berlin", "2026-03-22T02:00:00Z", "2026-04-05T00:00:00Z"),
        // Autumn in Berlin, 01:00Z: the weekend is an hour longer.
        (OFFICE, "Europe/Berlin", "2026-10-23T16:00:00Z", "2026-10-26T08:00:00Z"),
        // The repeated hour: open twice, closed between the passes where the range says so.
        ("Sun 02:00-03:00", "Europe/Berlin", "2026-10-25T00:00:00Z", "2026-10-25T02:00:00Z"),
        ("Sun 02:15-02:45", "Europe/Berlin", "2026-10-25T00:15:00Z", "2026-10-25T00:45:00Z"),
        ("Sun 02:15-02:45", "Europe/Berlin", "2026-10-25T00:45:00Z", "2026-10-25T01:15:00Z"),
        ("Sun 02:15-02:45", "Europe/Berlin", "2026-10-25T01:15:00Z", "2026-10-25T01:45:00Z"),
        ("Sun 01:00-02:30", "Europe/Berlin", "2026-10-25T00:00:00Z", "2026-10-25T00:30:00Z"),
        ("Sun 01:00-02:30", "Europe/Berlin", "2026-10-25T00:30:00Z", "2026-10-25T01:00:00Z"),
        ("Sun 03:00-04:00", "Europe/Berlin", "2026-10-25T00:30:00Z", "2026-10-25T02:00:00Z"),
        // New York changes on other days.
        (OFFICE, "America/New_York", "2026-03-06T23:00:00Z", "2026-03-09T13:00:00Z"),
        (OFFICE, "America/New_York", "2026-10-30T22:00:00Z", "2026-11-02T14:00:00Z"),
        // Lord Howe moves its clock by half an hour: forward at 15:30Z, back at 15:00Z.
        ("Sun 01:45-02:15", "Australia/Lord_Howe", "2026-10-03T15:15:00Z", "2026-10-03T15:30:00Z"),
        ("Sun 02:15-03:00", "Australia/Lord_Howe", "2026-10-03T15:15:00Z", "2026-10-03T15:30:00Z"),
        ("Sun 01:45-02:15", "Australia/Lord_Howe", "2026-04-04T14:45:00Z", "2026-04-04T15:00:00Z"),
        ("Sun 01:45-02:15", "Australia/Lord_Howe", "2026-04-04T15:00:00Z", "2026-04-04T15:15:00Z"),
        // Samoa left out Friday 2011-12-30.
        (OFFICE, "Pacific/Apia", "2011-12-30T09:00:00Z", "2012-01-01T19:00:00Z"),
        ("Fri 09:00-18:00", "Pacific/Apia", "2011-12-24T04:00:00Z", "2012-01-05T19:00:00Z"),
        ("Thu 00:00-24:00", "Pacific/Apia", "2011-12-29T12:00:00Z", "2011-12-30T10:00:00Z"),
        ("Sat 00:00-24:00", "Pacific/Apia", "2011-12-29T12:00:00Z", "2011-12-30T10:00:00Z"),
        ("Thu 22:00-02:00", "Pacific/Apia", "2011-12-30T09:00:00Z", "2011-12-30T10:00:00Z"),
    ] {
        let (hours, zone) = (hours(text), zone(zone_name));
        let found = hours.next_change(time(after), &zone);
        assert_eq!(found, Some(time(change)), "{text} {zone_name} {after}");
    }
}

#[test]
fn hours_that_are_always_open_never_change() {
    for text in ["00:00-24:00", "daily 00:00-12:00,12:00-24:00", "daily 09:00-08:59,08:00-10:00"] {
        for name in ["UTC", "Europe/Berlin", "Pacific/Apia"] {
            let changed = hours(text).next_change(time("2011-12-01T00:00:00Z"), &zone(name));
            assert_eq!(changed, None, "{text} {name}");
        }
    }
}

#[test]
fn a_time_to_come_is_shown_as_people_say_it() {
    // 21:30 on Friday in Nairobi.
    let now = time("2026-11-27T18:30:00Z");
    for (at, shown) in [
        ("2026-11-27T18:45:00Z", "21:45"),
        ("2026-11-28T06:00:00Z", "tomorrow 09:00"),
        ("2026-11-27T21:00:00Z", "tomorrow 00:00"),
        ("2026-11-30T06:00:00Z", "Mon 09:00"),
        ("2026-12-03T06:00:00Z", "Thu 09:00"),
        ("2026-12-04T06:00:00Z", "2026-12-04 09:00"),
        ("2026-12-24T06:00:00Z", "2026-12-24 09:00"),
    ] {
        assert_eq!(show_until(time(at), now, &zone("Africa/Nairobi")), shown, "{at}");
    }
}

/// Zones with summer time in both halves of the earth, and with odd offsets, days and changes.
const ZONES: [&str; 12] = [
    "UTC",
    "Africa/Nairobi",
    "Africa/Casablanca",
    "Africa/Cairo",
    "America/New_York",
    "America/St_Johns",
    "America/Santiago",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Europe/Berlin",
    "Pacific/Apia",
    "Pacific/Chatham",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Walking from minute to minute finds the same change. Half of the times are near a
    /// transition.
    #[test]
    fn the_next_change_is_that_of_a_walk(
        name in proptest::sample::select(&ZONES[..]),
        near_transition in any::<bool>(),
        minute in 5_500_000_i64..31_600_000,
        before in 0_i64..20_000,
        parts in proptest::collection::vec(
            (0..7_usize, 0..7_usize, 0..96_u16, 1..96_u16),
            1..4,
        ),
    ) {
        let zone = zone(name);
        let mut after = Timestamp::from_second(60 * minute).unwrap();
        if near_transition && let Some(next) = zone.time_zone().following(after).next() {
            let next = next.timestamp().as_second().div_euclid(60);
            after = Timestamp::from_second(60 * (next - before)).unwrap();
        }
        let mut hours = Hours::default();
        for (first, length, start, quarters) in parts {
            let range = Range { start: 15 * start, end: 15 * (start + quarters) };
            (first..=first + length).for_each(|day| hours.add(day % 7, range));
        }
        let now = hours.is_open(after, &zone);
        let step = |n: i64| Timestamp::from_second(after.as_second() + 60 * n).unwrap();
        let walked = (1..=16 * 1440).map(step).find(|at| hours.is_open(*at, &zone) != now);
        prop_assert_eq!(hours.next_change(after, &zone), walked, "{} in {} after {}", hours, name, after);
    }
}
