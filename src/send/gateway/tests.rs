//! The client against small servers that do one thing wrong each, on port 0 of this machine.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use super::{Gateway, GatewayOptions, Line};
use crate::prepare::message::{CardPhone, Contact, Message, MessageId, Origin};
use crate::prepare::payload::{Payload, ToFormat};
use crate::prepare::phone::PhoneNumber;
use crate::read::{Place, SourceId};
use crate::send::gateway::Secret;
use crate::send::outcome::{Failure, Kind, Reply};

const SENT: &str = r#"{"timestamp":"t","data":{"messageId":"m1","waId":"wamid.1","status":"SENT","statusDesc":""},"status":"success","message":"","errors":null}"#;

/// What a server does with one request.
enum Deed {
    /// Answers with these bytes and keeps the connection.
    Answer(Vec<u8>),
    /// Answers, then hangs up.
    AnswerAndHangUp(Vec<u8>),
    /// Hangs up on a request that it has read, after these bytes.
    HangUp(Vec<u8>),
    /// Resets the connection without having read the request.
    ResetUnread,
    /// Writes these bytes and nothing more, but keeps the connection.
    FallSilent(Vec<u8>),
}

/// A server that tells of each request that it read and, with an empty text, of each hang-up.
struct Server {
    address: String,
    heard: Receiver<String>,
    connections: Arc<Mutex<usize>>,
}

impl Server {
    /// Serves with `deed`, which is given the request's number, from 0.
    fn new(deed: impl Fn(usize) -> Deed + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (tell, heard) = mpsc::channel();
        let connections = Arc::new(Mutex::new(0));
        let counted = Arc::clone(&connections);
        thread::spawn(move || {
            let (mut requests, mut silent) = (0, Vec::new());
            for stream in listener.incoming() {
                *counted.lock().unwrap() += 1;
                silent.extend(serve(stream.unwrap(), &deed, &mut requests, &tell));
            }
        });
        Self { address, heard, connections }
    }

    fn answering(body: &str) -> Self {
        let answer = http("200 OK", "", body);
        Self::new(move |_| Deed::Answer(answer.clone()))
    }

    fn connections(&self) -> usize {
        *self.connections.lock().unwrap()
    }
}

/// Serves one connection to its end; gives it back when it must stay open in silence.
fn serve(
    mut stream: TcpStream,
    deed: &impl Fn(usize) -> Deed,
    requests: &mut usize,
    tell: &Sender<String>,
) -> Option<TcpStream> {
    loop {
        if stream.peek(&mut [0]).unwrap_or(0) == 0 {
            return None;
        }
        let deed = deed(*requests);
        *requests += 1;
        if !matches!(deed, Deed::ResetUnread) {
            let _ = tell.send(request(&mut stream));
        }
        match deed {
            Deed::Answer(bytes) => drop(stream.write_all(&bytes)),
            Deed::FallSilent(bytes) => {
                stream.write_all(&bytes).unwrap();
                return Some(stream);
            }
            Deed::AnswerAndHangUp(bytes) | Deed::HangUp(bytes) => {
                stream.write_all(&bytes).unwrap();
                drop(stream);
                let _ = tell.send(String::new());
                return None;
            }
            // To close with unread bytes is to reset.
            Deed::ResetUnread => return None,
        }
    }
}

/// Reads one request with a Content-Length.
fn request(stream: &mut TcpStream) -> String {
    let (mut bytes, mut chunk) = (Vec::new(), [0; 4096]);
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n")
            && head.lines().find_map(|line| line.strip_prefix("content-length: "))
                == Some(&body.len().to_string())
        {
            return text;
        }
        let read = stream.read(&mut chunk).unwrap();
        assert!(read > 0, "the request broke off: {text}");
        bytes.extend_from_slice(&chunk[..read]);
    }
}

fn http(status: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n{headers}\r\n{body}").into_bytes()
}

fn options(host_and_port: &str) -> GatewayOptions {
    GatewayOptions {
        address: format!("http://{host_and_port}").parse().unwrap(),
        key: Secret::new("the-key").unwrap(),
        timeout: Duration::from_secs(20),
        connect_timeout: Duration::from_secs(10),
        ca_file: None,
    }
}

/// What a post to a server comes to that writes `bytes` and falls silent. More time is
/// given when a busy machine does not get as far as `kind`.
fn told_in_silence(bytes: &[u8], kind: Kind) -> Failure {
    let bytes = bytes.to_vec();
    let server = Server::new(move |_| Deed::FallSilent(bytes.clone()));
    let told = |millis| {
        let options =
            GatewayOptions { timeout: Duration::from_millis(millis), ..options(&server.address) };
        post(&mut line(&options)).unwrap_err()
    };
    let mut attempts = [50, 500, 5_000].into_iter().map(told);
    attempts.find(|failure| failure.kind == kind).expect("a failure of this kind")
}

fn message() -> Message {
    message_named("Test User")
}

fn message_named(name: &str) -> Message {
    let number = |digits| PhoneNumber::from_digits(digits).unwrap();
    let origin = Origin { campaign: String::new(), from: number("254110090747") };
    let contact = Contact {
        name: name.into(),
        phones: [CardPhone { number: number("254712345678"), kind: None, wa_id: None }].into(),
        place: Place { source: SourceId(0), line: 2 },
    };
    let id = MessageId::own("m1").unwrap();
    Message::with_id(id, &Arc::new(origin), number("254712345678"), &Arc::new(contact))
}

fn line(options: &GatewayOptions) -> Line {
    Gateway::new(options).unwrap().line()
}

fn post(line: &mut Line) -> Result<Reply, Failure> {
    line.post(&Payload::of(&message(), ToFormat::Digits))
}

/// What one post to a server that does `deed` comes to.
fn told_by(deed: impl Fn(usize) -> Deed + Send + 'static) -> Result<Reply, Failure> {
    let server = Server::new(deed);
    post(&mut line(&options(&server.address)))
}

fn answered(bytes: Vec<u8>) -> Result<Reply, Failure> {
    told_by(move |_| Deed::Answer(bytes.clone()))
}

#[test]
fn the_request_is_as_documented() {
    let server = Server::answering(SENT);
    let reply = post(&mut line(&options(&server.address))).unwrap();
    assert_eq!(reply.receipt.wamid.as_deref(), Some("wamid.1"));
    assert_eq!(reply.receipt.gateway_message_id, None);

    let request = server.heard.recv().unwrap();
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let mut lines = head.lines();
    assert_eq!(lines.next(), Some("POST /api/v1/whatsapp/contact HTTP/1.1"));
    let mut headers: Vec<_> = lines.collect();
    headers.sort_unstable();
    let host = format!("host: {}", server.address);
    let agent = concat!("user-agent: lipasend/", env!("CARGO_PKG_VERSION"));
    assert_eq!(
        headers,
        [
            "accept-encoding: gzip",
            "accept: application/json",
            "apikey: the-key",
            &format!("content-length: {}", body.len()),
            "content-type: application/json",
            &host,
            agent,
        ]
    );
    assert_eq!(
        body,
        concat!(
            r#"{"messageId":"m1","to":"254712345678","from":"254110090747","#,
            r#""name":{"formattedName":"Test User"},"phones":[{"phone":"254712345678"}]}"#
        )
    );
}

#[test]
fn a_request_of_any_length_leaves_whole() {
    let server = Server::answering(SENT);
    let mut line = line(&options(&server.address));
    for length in [1, 3_500, 4_096, 8_192, 50_000] {
        let name = "n".repeat(length);
        let message = message_named(&name);
        let payload = Payload::of(&message, ToFormat::Digits);
        line.post(&payload).unwrap();
        let request = server.heard.recv().unwrap();
        assert!(request.contains(&format!("\"formattedName\":\"{name}\"")), "{length}");
    }
}

#[test]
fn one_connection_serves_many_messages() {
    let server = Server::answering(SENT);
    let mut line = line(&options(&server.address));
    for _ in 0..20 {
        post(&mut line).unwrap();
    }
    assert_eq!(server.connections(), 1);
    assert_eq!(server.heard.try_iter().count(), 20);
}

#[test]
fn failures_with_a_body_keep_the_connection_too() {
    let answer = http("503 Service Unavailable", "Retry-After: 7\r\n", "<html>busy</html>");
    let server = Server::new(move |_| Deed::Answer(answer.clone()));
    let mut line = line(&options(&server.address));
    for _ in 0..3 {
        let failure = post(&mut line).unwrap_err();
        assert_eq!(failure.kind, Kind::Unavailable);
        assert_eq!(failure.http_status, Some(503));
        assert_eq!(failure.wait, Some(Duration::from_secs(7)));
    }
    assert_eq!(server.connections(), 1);
}

#[test]
fn a_success_with_rate_headers_is_a_success_with_a_pause() {
    let headers = "RateLimit-Remaining: 0\r\nRateLimit-Reset: 3\r\n";
    let reply = answered(http("200 OK", headers, SENT)).unwrap();
    assert_eq!(reply.pause, Some(Duration::from_secs(3)));
}

#[test]
fn a_redirect_is_a_wrong_set_up_and_the_other_host_never_sees_the_key() {
    for status in ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"] {
        let other = Server::answering(SENT);
        let location = format!("Location: http://{}/api/v1/whatsapp/contact\r\n", other.address);
        let failure = answered(http(status, &location, "")).unwrap_err();
        assert_eq!(failure.kind, Kind::SetUp, "{status}");
        assert_eq!(failure.code.to_string(), format!("http_{}", &status[..3]));
        assert_eq!(other.connections(), 0, "{status}");
    }
}

#[test]
fn a_refused_connection_is_surely_not_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    drop(listener);
    let failure = post(&mut line(&options(&address))).unwrap_err();
    assert_eq!(failure.kind, Kind::NotConnected);
    assert_eq!(failure.code.to_string(), "not_connected");
    assert_eq!(&*failure.detail, "connection refused");
}

#[test]
fn a_server_that_does_not_speak_tls_is_surely_not_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut options = options(&listener.local_addr().unwrap().to_string());
    options.address = format!("https://{}", options.address.name()).parse().unwrap();
    let babbler = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.read(&mut [0; 4096]).unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
    });
    let failure = post(&mut line(&options)).unwrap_err();
    assert_eq!(failure.kind, Kind::SetUp, "{}", failure.in_full());
    babbler.join().unwrap();
}

#[test]
fn a_proxy_that_opens_no_tunnel_leaves_no_doubt() {
    #[rustfmt::skip]
    let cases = [
        ("HTTP/1.1 407 Who are you\r\n\r\n", Kind::SetUp,        "proxy"),
        ("HTTP/1.1 502 Not there\r\n\r\n",   Kind::NotConnected, "not_connected"),
        ("",                                  Kind::NotConnected, "not_connected"),
    ];
    for (answer, kind, code) in cases {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let proxy = format!("http://{}", listener.local_addr().unwrap());
        let asked = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let (mut asked, mut chunk) = (Vec::new(), [0; 1024]);
            while !asked.ends_with(b"\r\n\r\n") {
                let read = stream.read(&mut chunk).unwrap();
                asked.extend_from_slice(&chunk[..read]);
            }
            stream.write_all(answer.as_bytes()).unwrap();
            String::from_utf8(asked).unwrap()
        });
        let options = GatewayOptions {
            address: "gateway.example".parse().unwrap(),
            ..options("127.0.0.1:9")
        };
        let environment = |name: &str| (name == "HTTPS_PROXY").then(|| proxy.clone());
        let failure =
            post(&mut Gateway::in_environment(&options, environment).unwrap().line()).unwrap_err();
        assert_eq!(failure.kind, kind, "{}", failure.in_full());
        assert_eq!(failure.code.to_string(), code);
        let asked = asked.join().unwrap();
        assert!(asked.starts_with("CONNECT gateway.example:443 HTTP/1.1\r\n"), "{asked}");
        assert!(!asked.contains("the-key"));
    }
}

#[test]
fn a_reset_after_the_request_was_written_may_have_been_sent() {
    for failure in [
        told_by(|_| Deed::ResetUnread),
        told_by(|_| Deed::HangUp(Vec::new())),
        told_by(|_| Deed::HangUp(b"HTTP/1.1 200 OK\r\nContent-".to_vec())),
    ] {
        let failure = failure.unwrap_err();
        assert_eq!(failure.kind, Kind::Lost, "{}", failure.in_full());
        assert!(!failure.surely_not_sent());
    }
}

#[test]
fn an_answer_that_breaks_off_is_judged_by_its_status() {
    let cut = |status| {
        let whole = http(status, "", SENT);
        told_by(move |_| Deed::HangUp(whole[..whole.len() - 9].to_vec())).unwrap_err()
    };
    assert_eq!(cut("200 OK").kind, Kind::Unreadable);
    assert_eq!(cut("503 Busy").kind, Kind::Unavailable);
    assert_eq!(cut("400 Bad Request").kind, Kind::Refused);
}

#[test]
fn a_post_is_never_repeated_by_the_client_itself() {
    let server = Server::new(|_| Deed::HangUp(Vec::new()));
    let mut line = line(&options(&server.address));
    assert_eq!(post(&mut line).unwrap_err().kind, Kind::Lost);
    assert!(server.heard.recv().unwrap().starts_with("POST "));
    assert_eq!(server.heard.recv().unwrap(), "", "the hang-up, and no second request");
    assert_eq!(server.connections(), 1);
}

#[test]
fn a_connection_that_the_server_closed_meanwhile_is_not_used_again() {
    let server = Server::new(|_| Deed::AnswerAndHangUp(http("200 OK", "", SENT)));
    let mut line = line(&options(&server.address));
    for _ in 0..5 {
        post(&mut line).unwrap();
        assert!(server.heard.recv().unwrap().starts_with("POST "));
        assert_eq!(server.heard.recv().unwrap(), "", "hung up");
    }
    assert_eq!(server.connections(), 5);
}

#[test]
fn no_answer_in_time_is_lost_and_half_an_answer_is_unreadable() {
    let lost = told_in_silence(b"", Kind::Lost);
    assert_eq!(&*lost.detail, "no answer in time");
    let whole = http("200 OK", "", SENT);
    let half = told_in_silence(&whole[..whole.len() - 1], Kind::Unreadable);
    assert_eq!(half.http_status, Some(200));
}

#[test]
fn a_length_that_promises_too_much_does_not_undo_an_acceptance() {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", SENT.len() + 5);
    let answer = [head.as_bytes(), SENT.as_bytes()].concat();
    assert!(told_by(move |_| Deed::HangUp(answer.clone())).is_ok());
}

#[test]
fn an_endless_answer_is_not_read_to_its_end() {
    let long = format!("{{\"padding\":\"{}\",{}", "x".repeat(100_000), &SENT[1..]);
    assert_eq!(answered(http("200 OK", "", &long)).unwrap_err().kind, Kind::Unreadable);
    let failure = answered(http("500 Oops", "", &long)).unwrap_err();
    assert_eq!(failure.kind, Kind::Unavailable);
    let failure = answered(http("401 Unauthorized", "", &long)).unwrap_err();
    assert_eq!(failure.kind, Kind::Unauthorised);
}

#[test]
fn what_is_not_http_may_have_been_sent() {
    let failure = told_by(|_| Deed::HangUp(b"SSH-2.0-OpenSSH_9\r\n\r\n".to_vec()));
    let failure = failure.unwrap_err();
    assert_eq!(failure.kind, Kind::Unreadable, "{}", failure.in_full());
}

#[test]
fn headers_may_be_long_but_not_endless() {
    let with = |length| {
        let header = format!("Set-Cookie: {}\r\n", "x".repeat(length));
        answered(http("200 OK", &header, SENT))
    };
    assert!(with(12_000).is_ok());
    assert!(!with(100_000).unwrap_err().surely_not_sent());
}

#[test]
fn a_gzipped_answer_is_read_and_a_broken_one_is_unreadable() {
    // printf '{"data":{"status":"SENT"}}' | gzip -9n | xxd -i
    let gzipped: &[u8] = include_bytes!("testdata/sent.json.gz");
    let answer = |body: &[u8]| {
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        [head.as_bytes(), body].concat()
    };
    assert_eq!(&*answered(answer(gzipped)).unwrap().receipt.gateway_status, "SENT");
    let half = answer(&gzipped[..gzipped.len() / 2]);
    assert_eq!(answered(half).unwrap_err().kind, Kind::Unreadable);
}

#[test]
fn a_chunked_answer_is_read() {
    let chunks = format!("{:x}\r\n{SENT}\r\n0\r\n\r\n", SENT.len());
    let answer = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}");
    assert!(answered(answer.into_bytes()).is_ok());
}

#[test]
fn the_key_is_not_in_what_we_keep_or_print() {
    let body = r#"{"message":"Invalid key the-key"}"#;
    let server = Server::answering(body);
    let mut line = line(&options(&server.address));
    let failure = post(&mut line).unwrap_err();
    assert_eq!(&*failure.detail, "Invalid key [key]");
    assert!(!format!("{line:?} {failure:?}").contains("the-key"));
}

#[test]
fn a_ca_file_that_cannot_be_used_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let with = |text: Option<&str>| {
        let path = folder.path().join("ca.pem");
        let _ = std::fs::remove_file(&path);
        if let Some(text) = text {
            std::fs::write(&path, text).unwrap();
        }
        let options =
            GatewayOptions { ca_file: Some(PathBuf::from(&path)), ..options("127.0.0.1:9") };
        Gateway::new(&options).map(|_| ()).map_err(|error| error.to_string())
    };
    let damaged = "-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n";
    #[rustfmt::skip]
    let cases = [
        (None,                      "No such file"),
        (Some(""),                  "no BEGIN CERTIFICATE"),
        (Some("just words"),        "no BEGIN CERTIFICATE"),
        (Some(damaged),             "damaged"),
    ];
    for (text, words) in cases {
        let error = with(text).unwrap_err();
        assert!(error.starts_with("--ca-file ") && error.contains(words), "{error}");
    }
}
