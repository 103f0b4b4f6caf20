//! No bytes make the reader of event files panic or hang, and none hide the event in the last line:
//! a STOP there is found.
#![no_main]

use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use lipasend::eligibility::heard::HeardTimes;
use lipasend::eligibility::inbound::{InboundLog, Noted};
use lipasend::prepare::phone::PhoneNumber;
use lipasend::read::inbound_events::read_events;

const LAST: &[u8] = br#"{"from":"254712345678","text":"STOP"}"#;

fuzz_target!(|bytes: &[u8]| {
    let number = |digits| PhoneNumber::from_digits(digits).expect("a number");
    let sender = number("254110090747");
    // The first kilobyte decides the kind and the encoding of a file.
    let first = br#"{"event":"MESSAGE_STATUS"}"#.iter().chain(b"\n").copied();
    let mut content: Vec<u8> = first.collect::<Vec<_>>().repeat(50);
    content.extend([bytes, b"\n", LAST].concat());
    let mut log = InboundLog::new(HeardTimes::new(Timestamp::UNIX_EPOCH));
    let counts = read_events(
        &content[..],
        |event| Noted::of(event, &sender),
        |noted| log.take(noted),
    );
    log.count(counts.expect("bytes in memory can be read"));
    assert!(log.finish().has_opted_out(&number("254712345678")));
});
