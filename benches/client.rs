//! Messages per second that the client can post.
//!
//! `cargo bench --bench client`. The mock gateway on loopback answers at once, and shares the
//! processor; `benches/figures` measures with nginx.

use std::sync::Arc;
use std::time::Duration;

use divan::Bencher;
use divan::counter::ItemsCount;
use lipasend::mock_gateway;
use lipasend::prepare::message::{CardPhone, Contact, Message, Origin};
use lipasend::prepare::payload::{Payload, ToFormat};
use lipasend::prepare::phone::PhoneNumber;
use lipasend::read::{Place, SourceId};
use lipasend::send::gateway::{Gateway, GatewayOptions, Secret};

const MESSAGES: usize = 2_000;

fn main() {
    divan::main();
}

fn messages() -> Vec<Message> {
    let number = |text: &str| PhoneNumber::from_digits(text).expect("a number");
    let origin = Arc::new(Origin { campaign: String::new(), from: number("254110090747") });
    let contact = Arc::new(Contact {
        name: "Amani Travel Bookings".into(),
        phones: [CardPhone {
            number: number("254722000111"),
            kind: Some("Work".into()),
            wa_id: None,
        }]
        .into(),
        place: Place { source: SourceId(0), line: 2 },
    });
    (0..MESSAGES)
        .map(|n| Message::new(&origin, number(&format!("25471{n:07}")), &contact))
        .collect()
}

#[divan::bench(args = [1, 8, 32], sample_count = 5)]
fn posts(bencher: Bencher<'_, '_>, threads: usize) {
    let mock =
        mock_gateway::Gateway::start(mock_gateway::GatewayOptions::default()).expect("a gateway");
    let gateway = Gateway::new(&GatewayOptions {
        address: mock.url().parse().expect("an address"),
        key: Secret::new("key").expect("a key"),
        timeout: Duration::from_secs(10),
        connect_timeout: Duration::from_secs(10),
        ca_file: None,
    })
    .expect("a client");
    let messages = messages();
    bencher.counter(ItemsCount::new(MESSAGES)).bench_local(|| {
        std::thread::scope(|scope| {
            for share in messages.chunks(MESSAGES.div_ceil(threads)) {
                let gateway = &gateway;
                scope.spawn(move || {
                    let mut client = gateway.client();
                    for message in share {
                        let payload = Payload::of(message, ToFormat::Digits);
                        client.post(&payload).expect("an answer");
                    }
                });
            }
        });
    });
}
