//! Tests: the response that a client receives with each fault, and whether the message was
//! accepted.

use std::net::TcpStream;

use super::client::{Received, exchange, post, read_to_end_of, send, send_on, start_with_script};
use crate::mock_gateway::{Gateway, GatewayOptions, Tally};

/// Sends one message with a fault, and one without: the gateway still serves. Returns what was
/// received for the first one, and whether it was accepted.
fn send_with_fault(fault: &str) -> (Received, bool) {
    let gateway = start_with_script(&format!("1:{fault}"));
    let received = send(&gateway, "m-1");
    assert_eq!(gateway.tally().faults, 1, "{fault}");
    let accepted = gateway.tally().accepted == 1;
    assert_eq!(send(&gateway, "m-2").status(), 200, "after {fault}");
    gateway.stop().unwrap();
    (received, accepted)
}

#[test]
fn a_status_comes_with_its_headers_and_body() {
    let (received, accepted) =
        send_with_fault("503:retry-after=7:header=X-Left=0:body=<html>busy: now</html>");
    assert_eq!((received.status(), accepted), (503, false));
    assert_eq!(received.header("retry-after").as_deref(), Some("7"));
    assert_eq!(received.header("x-left").as_deref(), Some("0"));
    assert_eq!(received.header("content-type").as_deref(), Some("text/html"));
    assert_eq!(received.body(), b"<html>busy: now</html>");
}

#[test]
fn a_plain_status_has_the_documented_kind_of_body() {
    let (received, accepted) = send_with_fault("500");
    assert!(!accepted);
    let json = received.json();
    assert_eq!((received.status(), &json["status"]), (500, &500.into()));
    assert_eq!(json["error"], "Internal Server Error");
}

#[test]
fn a_whatsapp_code_is_in_the_text() {
    let (received, accepted) = send_with_fault("400:code=131047");
    assert_eq!((received.status(), accepted), (400, false));
    assert_eq!(received.json()["message"], "(#131047) Message refused");

    let (received, accepted) = send_with_fault("failed:code=131049");
    assert_eq!((received.status(), accepted), (200, false));
    let data = &received.json()["data"];
    assert_eq!((&data["status"], &data["messageId"]), (&"FAILED".into(), &"m-1".into()));
    assert!(data["statusDesc"].as_str().unwrap().contains("(#131049)"));
}

#[test]
fn a_status_may_accept_the_message() {
    let (received, accepted) = send_with_fault("502:accepted");
    assert_eq!((received.status(), accepted), (502, true));
}

#[test]
fn an_acceptance_may_have_retry_after() {
    let (received, accepted) = send_with_fault("202:retry-date=30");
    assert_eq!((received.status(), accepted), (202, true));
    assert!(received.header("retry-after").unwrap().ends_with(" GMT"));
    assert_eq!(received.json()["data"]["status"], "SENT");
}

#[test]
fn a_redirect_has_its_location() {
    let (received, accepted) = send_with_fault("redirect:to=http://127.0.0.1:9/x");
    assert_eq!((received.status(), accepted), (307, false));
    assert_eq!(received.header("location").as_deref(), Some("http://127.0.0.1:9/x"));
}

#[test]
fn no_response_is_a_reset_or_a_close() {
    for (fault, reset, taken) in [
        ("reset", true, false),
        ("reset:fin", false, false),
        ("reset-read", true, false),
        ("reset-read:fin", false, false),
        ("lost", true, true),
        ("lost:fin", false, true),
    ] {
        let (received, accepted) = send_with_fault(fault);
        assert_eq!(received.bytes, b"", "{fault}");
        assert_eq!((received.reset, accepted), (reset, taken), "{fault}");
    }
}

#[test]
fn a_response_is_cut_short() {
    for (fault, reset) in [("reset-mid", true), ("truncated", false)] {
        let (received, accepted) = send_with_fault(fault);
        assert_eq!((received.status(), received.reset, accepted), (200, reset, true), "{fault}");
        let claimed: usize = received.header("content-length").unwrap().parse().unwrap();
        assert_eq!(received.body().len(), claimed / 2, "{fault}");
    }
}

#[test]
fn the_response_to_an_accepted_message_may_be_unreadable() {
    let (received, accepted) = send_with_fault("not-json");
    assert_eq!((received.status(), accepted), (200, true));
    assert!(received.body().starts_with(b"<html>"));

    let (received, accepted) = send_with_fault("empty");
    assert_eq!((received.status(), received.body(), accepted), (200, &b""[..], true));

    let (received, accepted) = send_with_fault("oversized");
    assert_eq!((received.body().len(), accepted), (1 << 20, true));
    assert_eq!(received.json()["data"]["status"], "SENT");
}

#[test]
fn a_connection_is_closed_without_notice() {
    let gateway = start_with_script("2:close");
    let mut stream = TcpStream::connect(gateway.address()).unwrap();
    send_on(&mut stream, "m-1");
    let received = send_on(&mut stream, "m-2");
    assert_eq!((received.status(), received.header("connection")), (200, None));
    assert_eq!(read_to_end_of(stream).bytes, b"");
    assert_eq!(gateway.stop().unwrap().accepted, 2);
}

#[test]
fn a_repeat_gets_the_lost_response() {
    for fault in ["lost", "reset-mid", "truncated", "500:accepted", "not-json"] {
        let gateway = start_with_script(&format!("1:{fault}"));
        send(&gateway, "m-1");
        assert_eq!(send(&gateway, "m-1").json()["data"]["status"], "SENT", "{fault}");
        let tally = gateway.stop().unwrap();
        let expected = Tally {
            requests: 2,
            distinct_ids: 1,
            repeats: 1,
            accepted: 1,
            duplicates: 1,
            faults: 1,
            ..Tally::default()
        };
        assert_eq!(tally, expected, "{fault}");
    }
}

#[test]
fn a_message_that_was_not_accepted_is_new_when_it_comes_again() {
    for fault in ["500", "reset-read", "failed"] {
        let gateway = start_with_script(&format!("1:{fault}"));
        send(&gateway, "m-1");
        assert_eq!(send(&gateway, "m-1").status(), 200, "{fault}");
        let tally = gateway.stop().unwrap();
        assert_eq!((tally.accepted, tally.refused, tally.repeats), (1, 1, 1), "{fault}");
        assert_eq!((tally.distinct_ids, tally.duplicates), (1, 0), "{fault}");
    }
}

#[test]
fn a_fault_with_acceptance_does_not_strike_an_invalid_request() {
    let gateway = start_with_script("1-:lost");
    assert_eq!(exchange(&gateway, &post("{}")).status(), 400);
    let tally = gateway.stop().unwrap();
    assert_eq!((tally.faults, tally.refused), (0, 1));
}

#[test]
fn every_request_is_counted_once() {
    let faults = ["500=20%", "lost=20%", "reset=10%", "failed=every=7"];
    let gateway = Gateway::start(GatewayOptions {
        faults: faults.map(|fault| fault.parse().unwrap()).to_vec(),
        seed: 7,
        ..GatewayOptions::default()
    });
    let gateway = gateway.unwrap();
    for number in 0..300 {
        send(&gateway, &format!("m-{}", number / 2));
    }
    let tally = gateway.stop().unwrap();
    assert_eq!(tally.requests, 300);
    assert_eq!(tally.accepted + tally.duplicates + tally.refused, 300);
    assert!(tally.accepted <= 150 && tally.distinct_ids <= 150);
    assert!((120..220).contains(&tally.faults), "{tally:?}");
}
