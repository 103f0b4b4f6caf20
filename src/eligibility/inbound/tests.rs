//! What events say about people.

use std::borrow::Cow;

use super::*;

const SENDER: &str = "254110090747";
const ANN: &str = "254712345678";
/// Now and the margin.
const HORIZON: i64 = 10_000;

fn number(digits: &str) -> PhoneNumber {
    PhoneNumber::from_digits(digits).unwrap()
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

/// An event of a person: from, to, second, text. An empty text and the second 0 are none.
type Event = (&'static str, &'static str, i64, &'static str);

fn log(events: &[Event]) -> Inbound {
    let mut log = InboundLog::new(HeardTimes::new(at(HORIZON)));
    for (from, to, second, text) in events {
        let event = InboundEvent {
            from: Cow::Borrowed(from),
            to: Some(Cow::Borrowed(*to)).filter(|to| !to.is_empty()),
            at: Some(at(*second)).filter(|_| *second > 0),
            text: Some(Cow::Borrowed(*text)).filter(|text| !text.is_empty()),
        };
        log.take(Noted::of(&event, &number(SENDER)));
    }
    log.finish()
}

/// The latest second at which somebody wrote, and the earliest in the future.
type Seconds = (Option<i64>, Option<i64>);

/// When the owner of a number wrote.
fn wrote(inbound: &Inbound, to: &str) -> Option<Seconds> {
    let heard = inbound.heard.get(&number(to));
    let second = |time: Timestamp| time.as_second();
    let wrote = (heard.latest.map(second), heard.future.map(second));
    Some(wrote).filter(|wrote| *wrote != (None, None))
}

#[test]
fn the_latest_message_to_the_sender_counts() {
    #[rustfmt::skip]
    let table: [(&[Event], Option<Seconds>); 10] = [
        (&[], None),
        (&[(ANN, SENDER, 500, "Hi")], Some((Some(500), None))),
        (&[(ANN, "", 500, "")], Some((Some(500), None))),
        (&[(ANN, "+254 110 090 747", 500, "")], Some((Some(500), None))),
        (&[("+254712345678", SENDER, 500, "")], Some((Some(500), None))),
        // Out of order and repeated.
        (&[(ANN, SENDER, 900, ""), (ANN, SENDER, 500, ""), (ANN, "", 900, "")], Some((Some(900), None))),
        (&[(ANN, "254722000111", 500, "Hi")], None),
        (&[(ANN, SENDER, 0, "Hi")], None),
        (&[(ANN, SENDER, HORIZON + 5, ""), (ANN, SENDER, HORIZON + 2, "")], Some((None, Some(HORIZON + 2)))),
        (&[(ANN, SENDER, HORIZON, ""), (ANN, SENDER, HORIZON + 2, "")], Some((Some(HORIZON), Some(HORIZON + 2)))),
    ];
    for (events, expected) in table {
        assert_eq!(wrote(&log(events), ANN), expected, "{events:?}");
    }
}

#[test]
fn old_and_new_forms_of_a_number_are_one_person() {
    for (id, other) in [
        ("5213312345670", "523312345670"),
        ("552187650001", "5521987650001"),
        ("22966123400", "2290166123400"),
        ("22507891200", "2250707891200"),
    ] {
        for (from, to) in [(id, other), (other, id), (id, id), (other, other)] {
            let inbound = log(&[(from, SENDER, 500, "stop")]);
            assert_eq!(wrote(&inbound, to), Some((Some(500), None)), "{from}, {to}");
            assert!(inbound.has_opted_out(&number(to)), "{from}, {to}");
        }
        let both = log(&[(id, SENDER, 500, ""), (other, SENDER, 900, ""), (id, SENDER, 700, "")]);
        assert_eq!(wrote(&both, id), Some((Some(900), None)), "{id}");
        let both = log(&[(id, SENDER, 700, "START"), (other, SENDER, 500, "STOP")]);
        assert_eq!(wrote(&both, other), Some((Some(700), None)));
        assert!(!both.has_opted_out(&number(id)));
    }
}

#[test]
fn a_stop_counts_until_a_later_start_lifts_it() {
    const OTHER: &str = "254722000111";
    #[rustfmt::skip]
    let table: [(&[Event], bool); 17] = [
        (&[(ANN, SENDER, 500, "STOP")], true),
        (&[(ANN, SENDER, 500, "Please stop")], false),
        (&[(OTHER, SENDER, 500, "STOP")], false),
        (&[(ANN, SENDER, 500, "STOP"), (ANN, SENDER, 600, "START")], false),
        (&[(ANN, SENDER, 600, "START"), (ANN, SENDER, 500, "STOP")], false),
        (&[(ANN, SENDER, 500, "START"), (ANN, SENDER, 600, "STOP")], true),
        (&[(ANN, SENDER, 600, "STOP"), (ANN, SENDER, 500, "START")], true),
        // With one time the order of the file counts.
        (&[(ANN, SENDER, 500, "STOP"), (ANN, SENDER, 500, "START")], false),
        (&[(ANN, SENDER, 500, "START"), (ANN, SENDER, 500, "STOP")], true),
        // To another number of the business.
        (&[(ANN, OTHER, 500, "STOP")], true),
        (&[(ANN, SENDER, 500, "STOP"), (ANN, OTHER, 600, "START")], true),
        // Without a time.
        (&[(ANN, SENDER, 0, "STOP")], true),
        (&[(ANN, SENDER, 0, "STOP"), (ANN, SENDER, 0, "START")], false),
        (&[(ANN, SENDER, 0, "STOP"), (ANN, SENDER, 600, "START")], true),
        (&[(ANN, SENDER, 500, "STOP"), (ANN, SENDER, 0, "START")], true),
        // In the future.
        (&[(ANN, SENDER, HORIZON + 1, "STOP")], true),
        (&[(ANN, SENDER, 500, "STOP"), (ANN, SENDER, HORIZON + 1, "START")], true),
    ];
    for (events, out) in table {
        let inbound = log(events);
        assert_eq!(inbound.has_opted_out(&number(ANN)), out, "{events:?}");
        assert_eq!(inbound.all_opted_out().any(|one| *one == number(ANN)), out, "{events:?}");
    }
}

#[test]
fn each_event_is_counted_once() {
    let mut log = InboundLog::new(HeardTimes::new(at(HORIZON)));
    for (from, to, at_second) in [
        (ANN, Some(SENDER), 500),
        (ANN, None, 700),
        (ANN, Some(SENDER), HORIZON + 1),
        (ANN, Some("254722000111"), 800),
        (ANN, Some("106540352242922"), 0),
        (ANN, Some(SENDER), 0),
        ("120363000000000000@g.us", Some(SENDER), 900),
        ("", None, 900),
    ] {
        let event = InboundEvent {
            from: from.into(),
            to: to.map(Into::into),
            at: Some(at(at_second)).filter(|_| at_second > 0),
            text: None,
        };
        log.take(Noted::of(&event, &number(SENDER)));
    }
    log.count(LineCounts { statuses: 3, unread: 2, incomplete: 1 });
    let inbound = log.finish();
    let expected = EventCounts {
        inbound: 3,
        future: 1,
        other_number: 2,
        undated: 1,
        statuses: 3,
        unread: 4,
        incomplete: 1,
    };
    assert_eq!(inbound.counts, expected);
    assert_eq!(inbound.newest, Some(at(700)));
}

#[test]
fn the_sample_has_each_shape_of_an_event() {
    let sample = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/samples/inbound.jsonl"));
    let now: Timestamp = "2026-11-27T12:00:00Z".parse().unwrap();
    let mut log = InboundLog::new(HeardTimes::new(now));
    let lines = crate::read::inbound_events::read_events(
        &sample[..],
        |event| Noted::of(event, &number(SENDER)),
        |noted| log.take(noted),
    );
    log.count(lines.unwrap());
    let inbound = log.finish();
    let expected =
        EventCounts { inbound: 6, other_number: 1, statuses: 1, ..EventCounts::default() };
    assert_eq!(inbound.counts, expected);
    assert_eq!(inbound.newest, "2026-11-27T10:30:00Z".parse().ok());
    for (to, time) in [
        ("254712345678", Some("2026-11-27T08:15:04Z")),
        ("255754123456", Some("2026-11-27T05:15:09Z")),
        ("256772123456", Some("2026-11-27T10:30:00Z")),
        ("254733456789", Some("2026-11-27T09:31:00Z")),
        ("5511912345678", Some("2026-11-27T09:31:18Z")),
        ("254745678901", None),
    ] {
        let latest = inbound.heard.get(&number(to)).latest;
        assert_eq!(latest, time.map(|time| time.parse().unwrap()), "{to}");
        // Sarah opted out, and in again.
        assert!(!inbound.has_opted_out(&number(to)), "{to}");
    }
}
