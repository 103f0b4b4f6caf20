//! Event files: a million lines of about 200 bytes, each of another person, and the same where the
//! body is a text in the JSON. The figure is lines per second.

use divan::Bencher;
use divan::counter::ItemsCount;
use jiff::Timestamp;
use lipasend::eligibility::heard::HeardTimes;
use lipasend::eligibility::inbound::{InboundLog, Noted};
use lipasend::prepare::phone::PhoneNumber;
use lipasend::read::inbound_events::read_events;

const LINES: u32 = 1_000_000;

fn main() {
    divan::main();
}

fn event(line: u32) -> String {
    format!(
        r#"{{"messageId":"5b1f2d0c-7a44-4f0e-9a51-{line:012}","from":"2547{line:08}","to":"254110090747","profileName":"Jane","type":"TEXT","text":"Is it open?"}}"#
    )
}

fn read(bencher: Bencher<'_, '_>, body: impl Fn(u32) -> String) {
    let mut content = String::new();
    for line in 0..LINES {
        let (minute, second) = (line / 60 % 60, line % 60);
        let body = body(line);
        content += &format!(
            "{{\"received_at\":\"2026-11-27T08:{minute:02}:{second:02}Z\",\"body\":{body}}}\n"
        );
    }
    let sender = PhoneNumber::from_digits("254110090747").expect("a number");
    let now: Timestamp = "2026-11-27T12:00:00Z".parse().expect("a time");
    bencher.counter(ItemsCount::new(LINES)).bench(|| {
        let mut log = InboundLog::new(HeardTimes::new(now));
        let lines = read_events(
            content.as_bytes(),
            |event| Noted::of(event, &sender),
            |noted| log.take(noted),
        );
        log.count(lines.expect("bytes in memory can be read"));
        let inbound = log.finish();
        assert_eq!(inbound.counts.inbound, u64::from(LINES));
        inbound
    });
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn objects(bencher: Bencher<'_, '_>) {
    read(bencher, event);
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn texts(bencher: Bencher<'_, '_>) {
    read(bencher, |line| serde_json::to_string(&event(line)).expect("a text"));
}
