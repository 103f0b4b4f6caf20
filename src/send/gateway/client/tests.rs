//! The client against the mock gateway, and against servers that send raw bytes.

mod raw_server;
mod tls;

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use self::raw_server::{RawServer, Then};
use super::{Client, Gateway, GatewayOptions};
use crate::mock_gateway::{self, Tally};
use crate::prepare::message::{CardPhone, Contact, Message, MessageId, Origin};
use crate::prepare::payload::{Payload, ToFormat};
use crate::prepare::phone::PhoneNumber;
use crate::read::{Place, SourceId};
use crate::send::gateway::Secret;
use crate::send::outcome::{Failure, FailureKind, Reply};

const SENT: &str = r#"{"timestamp":"t","data":{"messageId":"m1","waId":"wamid.1","status":"SENT","statusDesc":""},"status":"success","message":"","errors":null}"#;

fn http(status: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n{headers}\r\n{body}").into_bytes()
}

fn options(address: &str) -> GatewayOptions {
    GatewayOptions {
        address: address.parse().unwrap(),
        key: Secret::new("the-key").unwrap(),
        timeout: Duration::from_secs(20),
        connect_timeout: Duration::from_secs(10),
        ca_file: None,
    }
}

fn client(address: &str) -> Client {
    Gateway::new(&options(address)).unwrap().client()
}

fn message(name: &str) -> Message {
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

fn post(client: &mut Client) -> Result<Reply, Failure> {
    client.post(&Payload::of(&message("Test User"), ToFormat::Digits))
}

/// The result of one post to a mock gateway with this fault, and what the gateway counted.
fn post_with_fault(fault: &str) -> (Result<Reply, Failure>, Tally) {
    let script = Some(format!("1:{fault}").parse().unwrap());
    let options = mock_gateway::GatewayOptions { script, ..Default::default() };
    let gateway = mock_gateway::Gateway::start(options).unwrap();
    let result = post(&mut client(&gateway.url()));
    (result, gateway.stop().unwrap())
}

/// The result of one post to a server that sends these bytes and closes the connection.
fn post_answered_with(bytes: impl Into<Vec<u8>>) -> Result<Reply, Failure> {
    post(&mut client(&RawServer::start(bytes, Then::Close).address))
}

/// The failure of a post to a server that sends these bytes and then nothing. The timeout is longer
/// with each attempt, for a busy machine that does not get as far as `kind`.
fn post_timed_out_after(bytes: &[u8], kind: FailureKind) -> Failure {
    let server = RawServer::start(bytes, Then::KeepOpen);
    let mut failures = [50, 500, 5_000].into_iter().map(|millis| {
        let timeout = Duration::from_millis(millis);
        let options = GatewayOptions { timeout, ..options(&server.address) };
        post(&mut Gateway::new(&options).unwrap().client()).unwrap_err()
    });
    failures.find(|failure| failure.kind == kind).expect("a failure of this kind")
}

#[test]
fn the_request_is_as_documented() {
    let server = RawServer::start(http("200 OK", "", SENT), Then::KeepOpen);
    let reply = post(&mut client(&server.address)).unwrap();
    assert_eq!(reply.receipt.wamid.as_deref(), Some("wamid.1"));
    assert_eq!(reply.receipt.gateway_message_id, None);

    let request = server.request();
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let mut lines = head.lines();
    assert_eq!(lines.next(), Some("POST /api/v1/whatsapp/contact HTTP/1.1"));
    let mut headers: Vec<_> = lines.collect();
    headers.sort_unstable();
    assert_eq!(
        headers,
        [
            "accept-encoding: gzip",
            "accept: application/json",
            "apikey: the-key",
            &format!("content-length: {}", body.len()),
            "content-type: application/json",
            &format!("host: {}", server.address),
            concat!("user-agent: lipasend/", env!("CARGO_PKG_VERSION")),
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
fn a_request_of_any_length_is_sent_whole() {
    let server = RawServer::start(http("200 OK", "", SENT), Then::KeepOpen);
    let mut client = client(&server.address);
    for length in [1, 3_500, 4_096, 8_192, 50_000] {
        let name = "n".repeat(length);
        client.post(&Payload::of(&message(&name), ToFormat::Digits)).unwrap();
        assert!(server.request().contains(&format!("\"formattedName\":\"{name}\"")), "{length}");
    }
}

#[test]
fn one_connection_serves_many_messages_accepted_or_not() {
    let busy = http("503 Service Unavailable", "Retry-After: 7\r\n", "<html>busy</html>");
    for (response, status) in [(http("200 OK", "", SENT), None), (busy, Some(503))] {
        let server = RawServer::start(response, Then::KeepOpen);
        let mut client = client(&server.address);
        for _ in 0..20 {
            let failure = post(&mut client).err();
            assert_eq!(failure.as_ref().and_then(|failure| failure.http_status), status);
            assert_eq!(
                failure.and_then(|failure| failure.wait).map(|wait| wait.as_secs()),
                status.map(|_| 7)
            );
        }
        assert_eq!(server.connections(), 1);
    }
}

/// Posts messages with the ids of `posts`, and answers with `answers` in the same order, each under
/// the id that it names. Returns the kind of each failure and the number of connections.
fn post_mixed_up(posts: &[&str], answers: &[&str]) -> (Vec<Option<FailureKind>>, usize) {
    let bodies = answers.iter().map(|id| http("200 OK", "", &SENT.replace("m1", id)));
    let server = RawServer::start_with(bodies.collect());
    let mut client = client(&server.address);
    let mut results = Vec::new();
    for id in posts {
        let message = Message { id: MessageId::own(id).unwrap(), ..message("Test User") };
        let result = client.post(&Payload::of(&message, ToFormat::Digits));
        results.push(result.err().map(|failure| failure.kind));
    }
    (results, server.connections())
}

#[test]
fn an_answer_to_an_earlier_message_is_unreadable_and_ends_the_connection() {
    let wrong = Some(FailureKind::Unreadable);
    for (posts, answers, results, connections) in [
        (["a", "b", "c"], ["a", "b", "c"], [None, None, None], 1),
        // The gateway's own ids.
        (["a", "b", "c"], ["x", "y", "y"], [None, None, None], 1),
        // The answer before this one once more, and one from further back.
        (["a", "b", "c"], ["a", "a", "c"], [None, wrong, None], 2),
        (["a", "b", "c"], ["a", "b", "a"], [None, None, wrong], 1),
        // A repeat under its own id is right.
        (["a", "b", "b"], ["a", "a", "b"], [None, wrong, None], 2),
    ] {
        assert_eq!(post_mixed_up(&posts, &answers), (results.to_vec(), connections), "{answers:?}");
    }
}

#[test]
fn an_answer_to_a_message_of_another_connection_is_unreadable() {
    let server = RawServer::start(http("200 OK", "", &SENT.replace("m1", "m2")), Then::KeepOpen);
    let gateway = Gateway::new(&options(&server.address)).unwrap();
    let other = Message { id: MessageId::own("m2").unwrap(), ..message("Test User") };
    assert!(post(&mut gateway.client()).is_ok(), "the other one is not posted yet");
    gateway.client().post(&Payload::of(&other, ToFormat::Digits)).unwrap();
    let failure = post(&mut gateway.client()).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unreadable);
}

#[test]
fn a_connection_that_the_server_closed_is_not_used_again() {
    let server = RawServer::start(http("200 OK", "", SENT), Then::Close);
    let mut client = client(&server.address);
    for _ in 0..5 {
        post(&mut client).unwrap();
        assert!(server.request().starts_with("POST "));
        assert_eq!(server.requests.recv().unwrap(), None, "the connection has ended");
    }
    assert_eq!(server.connections(), 5);
}

#[test]
fn the_client_never_repeats_a_post_by_itself() {
    let (result, tally) = post_with_fault("lost:fin");
    assert_eq!(result.unwrap_err().kind, FailureKind::Lost);
    assert_eq!(tally.requests, 1);
}

#[test]
fn rate_limit_headers_of_an_acceptance_are_a_pause() {
    let fault = "200:header=RateLimit-Remaining=0:header=RateLimit-Reset=3";
    let (result, _) = post_with_fault(fault);
    assert_eq!(result.unwrap().pause, Some(Duration::from_secs(3)));
}

#[test]
fn a_redirect_is_a_wrong_set_up_and_the_key_is_not_sent_to_the_other_host() {
    let other = mock_gateway::Gateway::start(mock_gateway::GatewayOptions::default()).unwrap();
    for status in [301, 302, 303, 307, 308] {
        let (result, _) = post_with_fault(&format!("{status}:to={}", other.url()));
        let failure = result.unwrap_err();
        assert_eq!(failure.kind, FailureKind::SetUp, "{status}");
        assert_eq!(failure.code.to_string(), format!("http_{status}"));
    }
    assert_eq!(other.stop().unwrap(), Tally::default());
}

#[test]
fn a_refused_connection_is_surely_not_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    drop(listener);
    let failure = post(&mut client(&address)).unwrap_err();
    assert_eq!(failure.kind, FailureKind::NotConnected);
    assert_eq!(failure.code.to_string(), "not_connected");
    assert_eq!(&*failure.detail, "connection refused");
}

#[test]
fn a_proxy_that_opens_no_tunnel_does_not_get_the_key() {
    #[rustfmt::skip]
    let cases = [
        ("HTTP/1.1 407 Who are you\r\n\r\n", FailureKind::SetUp,        "proxy"),
        ("HTTP/1.1 502 Not there\r\n\r\n",   FailureKind::NotConnected, "not_connected"),
        ("",                                 FailureKind::NotConnected, "not_connected"),
    ];
    for (response, kind, code) in cases {
        let proxy = RawServer::start(response, Then::Close);
        let environment =
            |name: &str| (name == "HTTPS_PROXY").then(|| format!("http://{}", proxy.address));
        let gateway = Gateway::in_environment(&options("gateway.example"), environment).unwrap();
        let failure = post(&mut gateway.client()).unwrap_err();
        assert_eq!(failure.kind, kind, "{}", failure.in_full());
        assert_eq!(failure.code.to_string(), code);
        let request = proxy.request();
        assert!(request.starts_with("CONNECT gateway.example:443 HTTP/1.1\r\n"), "{request}");
        assert!(!request.contains("the-key"));
    }
}

#[test]
fn a_connection_that_ends_after_the_request_may_have_been_sent() {
    let cut_head = post_answered_with("HTTP/1.1 200 OK\r\nContent-");
    let faults = ["reset", "lost", "lost:fin"].map(|fault| post_with_fault(fault).0);
    for result in faults.into_iter().chain([cut_head]) {
        let failure = result.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Lost, "{}", failure.in_full());
    }
}

#[test]
fn a_response_cut_short_is_classified_by_its_status() {
    let cut = |status| {
        let whole = http(status, "", SENT);
        post_answered_with(&whole[..whole.len() - 9]).unwrap_err().kind
    };
    assert_eq!(cut("200 OK"), FailureKind::Unreadable);
    assert_eq!(cut("503 Busy"), FailureKind::Unavailable);
    assert_eq!(cut("400 Bad Request"), FailureKind::Refused);
}

#[test]
fn no_response_in_time_is_lost_and_half_a_response_is_unreadable() {
    let lost = post_timed_out_after(b"", FailureKind::Lost);
    assert_eq!(&*lost.detail, "no answer in time");
    let whole = http("200 OK", "", SENT);
    let half = post_timed_out_after(&whole[..whole.len() - 1], FailureKind::Unreadable);
    assert_eq!(half.http_status, Some(200));
}

#[test]
fn a_content_length_that_is_too_large_does_not_undo_an_acceptance() {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", SENT.len() + 5);
    assert!(post_answered_with(head + SENT).is_ok());
}

#[test]
fn a_body_that_is_too_long_is_cut_short() {
    let long = format!("{{\"padding\":\"{}\",{}", "x".repeat(100_000), &SENT[1..]);
    for (status, kind) in [
        ("200 OK", FailureKind::Unreadable),
        ("500 Oops", FailureKind::Unavailable),
        ("401 Unauthorized", FailureKind::Unauthorised),
    ] {
        assert_eq!(post_answered_with(http(status, "", &long)).unwrap_err().kind, kind, "{status}");
    }
}

#[test]
fn a_response_that_is_not_http_is_unreadable() {
    let failure = post_answered_with("SSH-2.0-OpenSSH_9\r\n\r\n").unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unreadable, "{}", failure.in_full());
}

#[test]
fn headers_have_a_limit() {
    let with_header_of = |length| {
        let header = format!("Set-Cookie: {}\r\n", "x".repeat(length));
        post_answered_with(http("200 OK", &header, SENT))
    };
    assert!(with_header_of(12_000).is_ok());
    assert!(!with_header_of(100_000).unwrap_err().kind.surely_not_sent());
}

#[test]
fn a_gzipped_response_is_read_and_a_damaged_one_is_unreadable() {
    // printf '{"data":{"status":"SENT"}}' | gzip -9n
    let gzipped: &[u8] = include_bytes!("tests/testdata/sent.json.gz");
    let response = |body: &[u8]| {
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        [head.as_bytes(), body].concat()
    };
    assert!(post_answered_with(response(gzipped)).is_ok());
    let half = response(&gzipped[..gzipped.len() / 2]);
    assert_eq!(post_answered_with(half).unwrap_err().kind, FailureKind::Unreadable);
}

#[test]
fn a_chunked_response_is_read() {
    let chunks = format!("{:x}\r\n{SENT}\r\n0\r\n\r\n", SENT.len());
    let response = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}");
    assert!(post_answered_with(response).is_ok());
}

#[test]
fn the_key_is_not_in_what_is_recorded_or_printed() {
    let body = r#"{"message":"Invalid key the-key"}"#;
    let server = RawServer::start(http("200 OK", "", body), Then::Close);
    let mut client = client(&server.address);
    let failure = post(&mut client).unwrap_err();
    assert_eq!(&*failure.detail, "Invalid key [key]");
    assert!(!format!("{client:?} {failure:?}").contains("the-key"));
    // A header that is marked as sensitive is not printed.
    assert!(!format!("{:?}", client.headers).contains("the-key"));
}

#[test]
fn a_ca_file_that_cannot_be_used_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ca.pem");
    let damaged = "-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n";
    #[rustfmt::skip]
    let cases = [
        (None,               "No such file"),
        (Some(""),           "no BEGIN CERTIFICATE"),
        (Some("just words"), "no BEGIN CERTIFICATE"),
        (Some(damaged),      "damaged"),
    ];
    for (text, problem) in cases {
        if let Some(text) = text {
            std::fs::write(&path, text).unwrap();
        }
        let options = GatewayOptions { ca_file: Some(path.clone()), ..options("127.0.0.1:9") };
        let error = Gateway::new(&options).unwrap_err().to_string();
        assert!(error.starts_with("--ca-file ") && error.contains(problem), "{error}");
    }
}
