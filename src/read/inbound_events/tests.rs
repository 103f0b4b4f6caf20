//! Lines of event files, and what is found in them.

use proptest::prelude::*;

use super::*;

/// An event as `from to time text`, with `-` for what is missing.
fn shown(event: &InboundEvent<'_>) -> String {
    let at = event.at.map(|at| at.to_string());
    let to = event.to.as_deref().unwrap_or("-");
    let (at, text) = (at.as_deref().unwrap_or("-"), event.text.as_deref().unwrap_or("-"));
    format!("{} {to} {at} {text}", event.from)
}

fn read(content: impl AsRef<[u8]>) -> (Vec<String>, LineCounts) {
    let mut events = Vec::new();
    let counts =
        read_events(content.as_ref(), shown, |event| events.push(event)).expect("a file of events");
    (events, counts)
}

/// The only event of a line, with a second line behind it that is always an event.
fn event_of(line: &str) -> String {
    let (events, counts) = read(format!("{line}\n{LAST}\n"));
    assert_eq!(counts, LineCounts::default(), "{line}");
    assert_eq!(events.len(), 2, "{line}: {events:?}");
    events[0].clone()
}

const LAST: &str = r#"{"from":"254700000001","received_at":"2026-11-27T00:00:00Z"}"#;

#[test]
fn each_shape_of_an_event_is_read() {
    let expected = "254712345678 254110090747 2026-11-27T14:05:00Z Hi";
    let event = r#"{"messageId":"m1","from":"254712345678","to":"254110090747","profileName":"Ann","type":"TEXT","text":"Hi"}"#;
    let meta = r#"{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{"messaging_product":"whatsapp","contacts":[{"profile":{"name":"Ann"},"wa_id":"254712345678"}],"messages":[{"from":"254712345678","id":"wamid.1","timestamp":"1795788300","type":"text","text":{"body":"Hi"}}],"metadata":{"display_phone_number":"254110090747","phone_number_id":"7"}}}]}]}"#;
    let text = |json: &str| serde_json::to_string(json).unwrap();
    let at = "2026-11-27T14:05:00Z";
    for line in [
        // With the time of receipt around it.
        format!(r#"{{"received_at":"{at}","body":{event}}}"#),
        format!(r#"{{"body":{event},"received_at":"2026-11-27T17:05:00+03:00"}}"#),
        format!(r#"{{"received_at":"{at}","body":[{event}]}}"#),
        format!(r#"{{"received_at":"{at}","body":{}}}"#, text(event)),
        format!(r#"{{"received_at":"{at}","body":{}}}"#, text(&format!("[{event}]"))),
        format!(r#"{{"received_at":"{at}","from":"10.0.0.1","body":{event}}}"#),
        // With its own time.
        event.replace(r#""messageId""#, &format!(r#""received_at":"{at}","messageId""#)),
        event.replace(r#""messageId""#, &format!(r#""timestamp":"{at}","messageId""#)),
        event.replace(r#""messageId""#, &format!(r#""createdAt":"{at}","messageId""#)),
        event.replace(r#""messageId""#, r#""timestamp":1795788300,"messageId""#),
        event.replace(r#""messageId""#, r#""timestamp":"1795788300000","messageId""#),
        event.replace(r#""messageId""#, r#""timestamp":1795788300000,"messageId""#),
        // The gateway's times have no zone; the time of receipt counts.
        event.replace(
            r#""messageId""#,
            &format!(
                r#""timestamp":"2023-08-06T01:27:56.825898971","received_at":"{at}","messageId""#
            ),
        ),
        // Meta's.
        meta.to_owned(),
        format!("[{meta}]"),
        format!(r#"{{"received_at":"2026-11-27T14:09:00Z","body":{meta}}}"#),
        format!(r#"{{"received_at":"2026-11-27T14:09:00Z","body":{}}}"#, text(meta)),
        // Only the `value` of it.
        meta[meta.find(r#"{"messaging_product"#).unwrap()..meta.len() - 5].to_owned(),
        // Blanks and line ends.
        format!(
            "  [ {} ]\r",
            event.replace(r#""messageId""#, &format!(r#""createdAt" : "{at}","messageId""#))
        ),
    ] {
        assert_eq!(event_of(&line), expected, "{line}");
    }
}

#[test]
fn fields_of_other_types_are_as_if_they_were_missing() {
    for (fields, expected) in [
        (r#""from":254712345678,"to":254110090747"#, "254712345678 254110090747 - -"),
        (r#""from":"+254712345678","to":null,"text":null"#, "+254712345678 - - -"),
        (r#""from":"1","to":"","text":{"body":"Hi"}"#, "1 - - Hi"),
        (r#""from":"1","to":{"id":2},"text":["Hi"]"#, "1 - - -"),
        (r#""from":"1","text":7,"timestamp":true"#, "1 - - 7"),
        (r#""from":"1","text":{"body":{"x":1}},"createdAt":{}"#, "1 - - -"),
        (r#""from":"1","text":"Karibu \u2764 \"x\"""#, "1 - - Karibu ❤ \"x\""),
        // A text that was cut in the middle of an emoji is lost; the event is not.
        (r#""from":"1","text":"\ud83d""#, "1 - - -"),
        (r#""from":"1","profileName":"\ud83d","text":"Hi""#, "1 - - Hi"),
        (r#""from":"1","body":"STOP""#, "1 - - STOP"),
        (r#""from":"1","type":"button","button":{"text":"STOP","payload":"x"}"#, "1 - - STOP"),
        (
            r#""from":"1","interactive":{"type":"button_reply","button_reply":{"id":"2","title":"Acha"}}"#,
            "1 - - Acha",
        ),
        (
            r#""from":"1","interactive":{"type":"list_reply","list_reply":{"id":"2","title":"Opt out"}}"#,
            "1 - - Opt out",
        ),
        (r#""from":"1","event":"MESSAGE_RECEIVED","timestamp":"soon""#, "1 - - -"),
    ] {
        assert_eq!(event_of(&format!("{{{fields}}}")), expected, "{fields}");
    }
}

#[test]
fn calls_count_as_if_the_person_had_written() {
    let call = |direction: &str| {
        format!(
            r#"{{"entry":[{{"changes":[{{"value":{{"metadata":{{"display_phone_number":"+254 110 090 747"}},"calls":[{{"from":"254712345678","to":"254110090747","event":"connect","timestamp":"1795788300"{direction}}}]}},"field":"calls"}}]}}]}}"#
        )
    };
    let expected = "254712345678 +254 110 090 747 2026-11-27T14:05:00Z -";
    assert_eq!(event_of(&call("")), expected);
    assert_eq!(event_of(&call(r#","direction":"USER_INITIATED""#)), expected);
    let (events, counts) = read(call(r#","direction":"BUSINESS_INITIATED""#));
    assert_eq!((events.len(), counts.statuses), (0, 1));
}

#[test]
fn statuses_are_counted() {
    for (line, statuses) in [
        (r#"{"event":"MESSAGE_STATUS","messageStatus":{"waId":"wamid.1","status":"READ"}}"#, 1),
        (r#"{"received_at":"2026-11-27T14:05:00Z","body":{"event":"message_status"}}"#, 1),
        (r#"[{"event":"MESSAGE_STATUS"},{"event":"MESSAGE_STATUS"}]"#, 2),
        (r#"{"entry":[{"changes":[{"value":{"statuses":[{"id":"1"},{"id":"2"}]}}]}]}"#, 2),
        // A template was approved.
        (r#"{"entry":[{"changes":[{"value":{"event":"APPROVED"},"field":"x"}]}]}"#, 1),
        // A person has a new number.
        (
            r#"{"entry":[{"changes":[{"value":{"messages":[{"from":"1","type":"system","system":{"body":"x"}}]}}]}]}"#,
            1,
        ),
    ] {
        let (events, counts) = read(line);
        assert_eq!(
            (events.len(), counts),
            (0, LineCounts { statuses, ..LineCounts::default() }),
            "{line}"
        );
    }
}

#[test]
fn lines_that_are_no_event_are_counted_and_the_others_are_read() {
    let long = format!(r#"{{"from":"1","text":"{}"}}"#, "x".repeat(MAX_LINE));
    let deep = format!("{}1{}", "[".repeat(1_000_000), "]".repeat(1_000_000));
    let damaged =
        b"{\"from\":\"2\",\"profileName\":\"\xFF\xFEAnn\",\"text\":\"J\xFCrgen\"}".to_vec();
    for line in [
        b"no JSON".to_vec(),
        b"{}".to_vec(),
        b"{\"from\":\"1\"".to_vec(),
        b"{\"from\":\"1\"} {\"from\":\"2\"}".to_vec(),
        b"{\"from\":\"1\",\"from\":\"2\"}".to_vec(),
        b"{\"from\":null}".to_vec(),
        b"{\"body\":7}".to_vec(),
        b"{\"body\":null}".to_vec(),
        b"{\"entry\":7}".to_vec(),
        b"null".to_vec(),
        b"17".to_vec(),
        b"[1]".to_vec(),
        b"\"text\"".to_vec(),
        b"\0\0\0\0".to_vec(),
        b"\xFF\xFE\xFD".to_vec(),
        b"to,name,phone".to_vec(),
        long.into_bytes(),
        deep.into_bytes(),
    ] {
        let shown = String::from_utf8_lossy(&line[..line.len().min(60)]).into_owned();
        let mut content = format!("{LAST}\n").into_bytes();
        content.extend(line);
        content.extend(b"\n\n  \r\n");
        content.extend(&damaged);
        content.extend(b"\n");
        let (events, counts) = read(content);
        assert_eq!(counts, LineCounts { unread: 1, ..LineCounts::default() }, "{shown}");
        assert_eq!(events.len(), 2, "{shown}");
        assert_eq!(events[1], "2 - - J\u{FFFD}rgen", "{shown}");
    }
}

#[test]
fn a_last_line_that_is_still_written_is_incomplete() {
    let half = &LAST[..LAST.len() - 5];
    let incomplete = LineCounts { incomplete: 1, ..LineCounts::default() };
    assert_eq!(read(format!("{LAST}\n{half}")), (read(LAST).0, incomplete));
    // Whole, but for the end of the line.
    assert_eq!(read(format!("{LAST}\n{LAST}")).0.len(), 2);
    assert_eq!(read(LAST).1, LineCounts::default());
    // Not the last one.
    assert_eq!(read(format!("{half}\n{LAST}\n")).1.unread, 1);
    // The first line of a new file.
    assert_eq!(read(half), (vec![], incomplete));
}

#[test]
fn a_byte_order_mark_is_no_part_of_a_line_and_an_empty_file_has_none() {
    assert_eq!(read(format!("\u{FEFF}{LAST}\r\n{LAST}\r\n")).0.len(), 2);
    let utf_16: Vec<u8> =
        format!("\u{FEFF}{LAST}\r\n{LAST}\r\n").encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(read(utf_16).0.len(), 2);
    for empty in ["", "\u{FEFF}", "\n\n", " \r\n"] {
        assert_eq!(read(empty), (vec![], LineCounts::default()), "{empty:?}");
    }
}

#[test]
fn a_file_of_another_kind_is_an_error() {
    let results = "message_id,campaign,from,to\nab,,254110090747,254712345678\n";
    let mut sheet = b"PK\x03\x04".to_vec();
    sheet.extend(b"xl/ \n{ \n[ ".repeat(50));
    for content in [
        results.as_bytes(),
        "to,name\n\n".as_bytes(),
        b"BEGIN:VCARD\nVERSION:3.0\n{\nEND:VCARD\n",
        b"254712345678\n",
        &sheet,
        b"%PDF-1.7\n{}",
        b"<html>",
        &b"\0\x01\x02\x03".repeat(100),
    ] {
        let error = read_events(content, |_| (), |()| ()).unwrap_err();
        assert!(matches!(error, EventsError::NotEvents), "{content:?}");
        assert!(error.to_string().starts_with("is not a file of events: "));
    }
    // The log was rotated in the middle of a line.
    let (events, counts) = read(format!("00001\"}}}}\n{LAST}\n"));
    assert_eq!((events.len(), counts.unread), (1, 1));
}

#[test]
fn events_come_in_the_order_of_the_file() {
    let mut content = String::new();
    let count = 60_000;
    for n in 0..count {
        content += &format!(r#"{{"from":"{n}","text":"{}"}}"#, "x".repeat(n % 97));
        content.push('\n');
    }
    let mut next = 0;
    let note = |event: &InboundEvent<'_>| event.from.parse::<usize>().unwrap();
    let counts = read_events(content.as_bytes(), note, |from| {
        assert_eq!(from, next);
        next += 1;
    });
    assert_eq!((next, counts.unwrap()), (count, LineCounts::default()));
}

#[test]
fn an_error_of_the_file_is_an_error() {
    struct Broken;
    impl io::Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the disk is gone"))
        }
    }
    let error = read_events(Broken, |_| (), |()| ()).unwrap_err();
    assert_eq!(error.to_string(), "cannot be read: the disk is gone");
}

proptest! {
    /// Whatever is in a file, each of its lines is counted, and the events around it are read.
    #[test]
    fn no_bytes_hide_an_event(
        junk in proptest::collection::vec(any::<u8>(), 0..80),
        like_json in r#"[\[{]{0,3}("(from|to|body|entry|text|timestamp)"[:,]|[0-9"\[\]{},:]|null){0,20}"#,
    ) {
        for junk in [junk, like_json.into_bytes()] {
            let content = [LAST.as_bytes(), b"\n", &junk, b"\n", LAST.as_bytes(), b"\n"].concat();
            let (events, _) = read(&content);
            let expected = &read(LAST).0[0];
            prop_assert_eq!(events.first(), Some(expected));
            prop_assert_eq!(events.last(), Some(expected));
            prop_assert!(events.len() >= 2);
        }
    }

    #[test]
    fn every_event_of_a_generated_file_is_read(
        numbers in proptest::collection::vec((1_u64..1_000_000_000_000, 1_i64..2_000_000_000, 0..4), 1..40),
    ) {
        let mut content = String::new();
        let mut expected = Vec::new();
        for (from, at, shape) in numbers {
            let message = format!(r#""from":"{from}","timestamp":"{at}""#);
            content += &match shape {
                0 => format!("{{{message}}}"),
                1 => format!(r#"{{"received_at":"2026-01-01T00:00:00Z","body":{{{message}}}}}"#),
                2 => format!(r#"{{"entry":[{{"changes":[{{"value":{{"messages":[{{{message}}}]}}}}]}}]}}"#),
                _ => format!("[{{{message}}}]"),
            };
            content.push('\n');
            expected.push(format!("{from} - {} -", Timestamp::from_second(at).unwrap()));
        }
        prop_assert_eq!(read(content), (expected, LineCounts::default()));
    }
}
