//! No answer makes the client panic or hang. Whatever a gateway writes: only an answer with a 2xx
//! status is an acceptance, and the key is in no error text.
//!
//! The bytes are the whole HTTP answer, sent by a server on loopback.
#![no_main]

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread;
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use lipasend::prepare::message::{CardPhone, Contact, Message, Origin, Phones};
use lipasend::prepare::payload::{Payload, ToFormat};
use lipasend::prepare::phone::PhoneNumber;
use lipasend::read::{Place, SourceId};
use lipasend::send::gateway::{Gateway, GatewayOptions, Secret};

const KEY: &str = "KEY-7f3a9c";

fuzz_target!(|bytes: &[u8]| {
    let fixture = Fixture::get();
    let next = fixture.answers.lock().expect("no thread has panicked");
    next.send(bytes.to_vec()).expect("the server runs");
    let payload = Payload::of(&fixture.message, ToFormat::Digits);
    match fixture.gateway.client().post(&payload) {
        Ok(reply) => assert!((200..=299).contains(&reply.http_status), "{reply:?}"),
        Err(failure) => {
            let text = failure.in_full();
            assert!(!text.contains(KEY), "{text}");
        }
    }
});

/// A client and the server that it talks to.
struct Fixture {
    gateway: Gateway,
    message: Message,
    answers: Mutex<Sender<Vec<u8>>>,
}

impl Fixture {
    fn get() -> &'static Self {
        static FIXTURE: OnceLock<Fixture> = OnceLock::new();
        FIXTURE.get_or_init(|| {
            let (address, answers) = serve();
            let options = GatewayOptions {
                address: format!("http://{address}").parse().expect("an address"),
                key: Secret::new(KEY).expect("a key"),
                timeout: Duration::from_secs(5),
                connect_timeout: Duration::from_secs(5),
                ca_file: None,
            };
            let gateway = Gateway::new(&options).expect("a client");
            Self { gateway, message: message(), answers: Mutex::new(answers) }
        })
    }
}

/// Answers one request with each of the answers it is given, one connection for each.
fn serve() -> (SocketAddr, Sender<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    let (answers, next) = channel::<Vec<u8>>();
    thread::spawn(move || {
        for answer in next {
            let (connection, _) = listener.accept().expect("a connection");
            // The client may hang up in the middle of a long answer.
            let _ = exchange(connection, &answer);
        }
    });
    (address, answers)
}

fn exchange(mut connection: TcpStream, answer: &[u8]) -> std::io::Result<()> {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    while !request.ends_with(b"}]}") {
        match connection.read(&mut buffer)? {
            0 => return Ok(()),
            length => request.extend(&buffer[..length]),
        }
    }
    connection.write_all(answer)?;
    connection.shutdown(Shutdown::Write)?;
    connection.read_to_end(&mut request)?;
    Ok(())
}

fn message() -> Message {
    let number = |digits| PhoneNumber::from_digits(digits).expect("a number");
    let phone = CardPhone { number: number("254722000111"), kind: None, wa_id: None };
    let origin = Arc::new(Origin { campaign: String::new(), from: number("254110090747") });
    let place = Place { source: SourceId(0), line: 2 };
    let contact = Contact { name: "Ann".into(), phones: Phones::from_iter([phone]), place };
    Message::new(&origin, number("254712345678"), &Arc::new(contact))
}
