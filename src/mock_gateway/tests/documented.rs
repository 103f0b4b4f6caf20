//! The documented responses, and the choices where the documentation has none.

use std::net::TcpStream;

use serde_json::Value;

use super::client::{exchange, message, post, read_to_end_of, send, send_on};
use crate::mock_gateway::{Duplicates, Gateway, GatewayOptions, Tally};

fn start(options: GatewayOptions) -> Gateway {
    Gateway::start(options).unwrap()
}

#[test]
fn a_message_is_accepted_as_documented() {
    let gateway = start(GatewayOptions::default());
    let received = send(&gateway, "m-1");
    assert_eq!(received.status(), 200);
    assert_eq!(received.header("content-type").as_deref(), Some("application/json"));
    let json = received.json();
    assert_eq!(json["data"]["messageId"], "m-1");
    assert_eq!(json["data"]["status"], "SENT");
    assert!(json["data"]["waId"].as_str().unwrap().starts_with("wamid.HBg"));
    assert_eq!((&json["status"], &json["errors"]), (&"success".into(), &Value::Null));
    let tally = gateway.stop().unwrap();
    let expected = Tally { requests: 1, distinct_ids: 1, accepted: 1, ..Tally::default() };
    assert_eq!(tally, expected);
}

#[test]
fn a_wrong_key_and_a_wrong_body_are_refused_as_documented() {
    let key = Some("right".to_owned());
    let gateway = start(GatewayOptions { key, ..GatewayOptions::default() });
    let valid = post(&message("m-1")).replacen("apiKey: k", "apiKey: right", 1);
    for (request, status, error) in [
        (valid.clone(), 200, Value::Null),
        (valid.replacen("right", "wrong", 1), 401, Value::Null),
        (valid.replacen("apiKey: right\r\n", "", 1), 401, Value::Null),
        (valid.replacen("application/json", "text/plain", 1), 400, "Bad Request".into()),
        (valid.replacen("formattedName", "formattedname", 1), 400, "Bad Request".into()),
    ] {
        let received = exchange(&gateway, &request);
        assert_eq!((received.status(), &received.json()["error"]), (status, &error), "{request}");
    }
    let tally = gateway.stop().unwrap();
    assert_eq!((tally.requests, tally.accepted, tally.refused), (5, 1, 4));
    assert_eq!((tally.distinct_ids, tally.repeats), (1, 0), "refused requests have no id");
}

#[test]
fn only_the_documented_path_takes_messages() {
    let gateway = start(GatewayOptions::default());
    let head = "HTTP/1.1\r\nhost: g\r\n";
    for (line, key, status) in [
        ("POST /api/v1/whatsapp/message", "apiKey: k\r\n", 404),
        ("GET /", "apiKey: k\r\n", 404),
        ("GET /api/v1/whatsapp/contact", "apiKey: k\r\n", 405),
        ("GET /api/v1/template/254110090747", "apiKey: k\r\n", 200),
        ("GET /api/v1/template/254110090747", "", 401),
        ("GET /api/v1/template/", "apiKey: k\r\n", 404),
    ] {
        let received = exchange(&gateway, &format!("{line} {head}{key}\r\n"));
        assert_eq!(received.status(), status, "{line}");
        let allow = received.header("allow");
        assert_eq!(allow.as_deref(), (status == 405).then_some("POST"));
    }
    let tally = gateway.stop().unwrap();
    assert_eq!((tally.requests, tally.elsewhere), (0, 6));
}

#[test]
fn a_repeat_is_answered_by_the_policy() {
    for (duplicates, status, accepted) in [
        (Duplicates::Replay, 200, 1),
        (Duplicates::Conflict, 409, 1),
        (Duplicates::Text, 400, 1),
        (Duplicates::Accept, 200, 2),
    ] {
        let gateway = start(GatewayOptions { duplicates, ..GatewayOptions::default() });
        let first = send(&gateway, "m-1");
        let second = send(&gateway, "m-1");
        assert_eq!(second.status(), status, "{duplicates:?}");
        let same = first.body() == second.body();
        assert_eq!(same, duplicates == Duplicates::Replay, "{duplicates:?}");
        let tally = gateway.stop().unwrap();
        assert_eq!((tally.distinct_ids, tally.repeats), (1, 1));
        assert_eq!((tally.accepted, tally.duplicates), (accepted, 2 - accepted));
    }
}

#[test]
fn a_connection_is_closed_after_the_last_of_its_requests() {
    let close_after = Some(3);
    let gateway = start(GatewayOptions { close_after, ..GatewayOptions::default() });
    let mut stream = TcpStream::connect(gateway.address()).unwrap();
    let headers = ["m-1", "m-2", "m-3"].map(|id| send_on(&mut stream, id).header("connection"));
    assert_eq!(headers, [None, None, Some("close".to_owned())]);
    assert_eq!(read_to_end_of(stream).bytes, b"");
    assert_eq!(gateway.stop().unwrap().accepted, 3);
}

#[test]
fn a_body_over_the_limit_is_refused() {
    let gateway = start(GatewayOptions::default());
    let received = exchange(&gateway, &post(&"x".repeat((1 << 20) + 1)));
    assert_eq!(received.status(), 413);
}
