//! Each fault as a client meets it: what is on the wire, and whether the message was accepted.

use std::io::{Read, Write};
use std::net::TcpStream;

use super::client::{Heard, ask, message, post, scripted, send, to_the_end};
use crate::mock_gateway::{Gateway, GatewayOptions, Tally};

/// Sends one message to a gateway that strikes it with `fault`, and a second one untouched: the
/// first's answer, whether it was accepted, and proof that the gateway goes on.
fn struck(fault: &str) -> (Heard, bool) {
    let gateway = scripted(&format!("1:{fault}"));
    let heard = send(&gateway, "m-1");
    assert_eq!(gateway.tally().faults, 1, "{fault}");
    let accepted = gateway.tally().accepted == 1;
    assert_eq!(send(&gateway, "m-2").status(), 200, "after {fault}");
    gateway.stop().unwrap();
    (heard, accepted)
}

#[test]
fn a_status_comes_with_its_headers_and_body() {
    let (heard, accepted) = struck("503:retry-after=7:header=X-Left=0:body=<html>busy: now</html>");
    assert_eq!((heard.status(), accepted), (503, false));
    assert_eq!(heard.header("retry-after").as_deref(), Some("7"));
    assert_eq!(heard.header("x-left").as_deref(), Some("0"));
    assert_eq!(heard.header("content-type").as_deref(), Some("text/html"));
    assert_eq!(heard.body(), b"<html>busy: now</html>");
}

#[test]
fn a_plain_status_has_the_documented_kind_of_body() {
    let (heard, accepted) = struck("500");
    assert!(!accepted);
    let json = heard.json();
    assert_eq!((heard.status(), &json["status"]), (500, &500.into()));
    assert_eq!(json["error"], "Internal Server Error");
}

#[test]
fn a_whatsapp_code_stands_in_the_text() {
    let (heard, accepted) = struck("400:code=131047");
    assert_eq!((heard.status(), accepted), (400, false));
    assert_eq!(heard.json()["message"], "(#131047) Message refused");

    let (heard, accepted) = struck("failed:code=131049");
    assert_eq!((heard.status(), accepted), (200, false));
    let data = &heard.json()["data"];
    assert_eq!((&data["status"], &data["messageId"]), (&"FAILED".into(), &"m-1".into()));
    assert!(data["statusDesc"].as_str().unwrap().contains("(#131049)"));
}

#[test]
fn an_error_may_follow_an_acceptance() {
    let (heard, accepted) = struck("502:accepted");
    assert_eq!((heard.status(), accepted), (502, true));
}

#[test]
fn a_success_may_carry_retry_after() {
    let (heard, accepted) = struck("202:retry-date=30");
    assert_eq!((heard.status(), accepted), (202, true));
    assert!(heard.header("retry-after").unwrap().ends_with(" GMT"));
    assert_eq!(heard.json()["data"]["status"], "SENT");
}

#[test]
fn a_redirect_names_its_host() {
    let (heard, accepted) = struck("redirect:to=http://127.0.0.1:9/x");
    assert_eq!((heard.status(), accepted), (307, false));
    assert_eq!(heard.header("location").as_deref(), Some("http://127.0.0.1:9/x"));
}

#[test]
fn silence_is_a_reset_or_a_close() {
    for (fault, reset, taken) in [
        ("reset", true, false),
        ("reset:fin", false, false),
        ("reset-read", true, false),
        ("reset-read:fin", false, false),
        ("lost", true, true),
        ("lost:fin", false, true),
    ] {
        let (heard, accepted) = struck(fault);
        assert_eq!(heard.bytes, b"", "{fault}");
        assert_eq!((heard.reset, accepted), (reset, taken), "{fault}");
    }
}

#[test]
fn an_answer_breaks_off() {
    for (fault, reset) in [("reset-mid", true), ("truncated", false)] {
        let (heard, accepted) = struck(fault);
        assert_eq!((heard.status(), heard.reset, accepted), (200, reset, true), "{fault}");
        let claimed: usize = heard.header("content-length").unwrap().parse().unwrap();
        assert_eq!(heard.body().len(), claimed / 2, "{fault}");
    }
}

#[test]
fn a_length_claims_too_little_or_too_much() {
    let (heard, accepted) = struck("wrong-length:by=-20");
    let claimed: usize = heard.header("content-length").unwrap().parse().unwrap();
    assert_eq!((heard.body().len(), accepted), (claimed + 20, true));
    assert_eq!(heard.json()["data"]["status"], "SENT");

    let gateway = scripted("1:wrong-length:by=7");
    let mut stream = TcpStream::connect(gateway.address()).unwrap();
    stream.write_all(post(&message("m-1")).as_bytes()).unwrap();
    let mut heard = Heard { bytes: Vec::new(), reset: false };
    while !heard.bytes.ends_with(b"null}") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        heard.bytes.push(byte[0]);
    }
    let claimed: usize = heard.header("content-length").unwrap().parse().unwrap();
    assert_eq!(heard.body().len() + 7, claimed);
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    assert_eq!(to_the_end(stream).bytes, b"", "the rest never comes");
    assert_eq!(gateway.stop().unwrap().accepted, 1);
}

#[test]
fn an_accepted_answer_may_be_unreadable() {
    let (heard, accepted) = struck("not-json");
    assert_eq!((heard.status(), accepted), (200, true));
    assert!(heard.body().starts_with(b"<html>"));

    let (heard, accepted) = struck("empty");
    assert_eq!((heard.status(), heard.body(), accepted), (200, &b""[..], true));

    let (heard, accepted) = struck("oversized");
    assert_eq!((heard.body().len(), accepted), (1 << 20, true));
    assert_eq!(heard.json()["data"]["status"], "SENT");

    let (heard, accepted) = struck("gzip");
    assert_eq!(heard.header("content-encoding").as_deref(), Some("gzip"));
    assert_eq!((&heard.body()[..2], accepted), (&[0x1f, 0x8b][..], true));
}

/// Another implementation of gzip reads what we wrote.
#[test]
fn a_gzip_answer_is_the_documented_one_inside() {
    let gateway = scripted("1:gzip");
    let request = ureq::post(gateway.url()).header("apiKey", "k");
    let request = request.header("content-type", "application/json");
    let mut answer = request.send(message("m-1")).unwrap();
    let text = answer.body_mut().read_to_string().unwrap();
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(json["data"]["messageId"], "m-1");
}

#[test]
fn a_drip_is_whole_in_the_end() {
    let (heard, accepted) = struck("drip:gap=0ms");
    assert_eq!((heard.json()["data"]["status"].as_str(), accepted), (Some("SENT"), true));
}

#[test]
fn a_connection_closes_unannounced() {
    let gateway = scripted("2:close");
    let mut stream = TcpStream::connect(gateway.address()).unwrap();
    ask(&mut stream, "m-1");
    let heard = ask(&mut stream, "m-2");
    assert_eq!((heard.status(), heard.header("connection")), (200, None));
    assert_eq!(to_the_end(stream).bytes, b"");
    assert_eq!(gateway.stop().unwrap().accepted, 2);
}

#[test]
fn a_lost_answer_is_replayed_to_the_repeat() {
    for fault in ["lost", "reset-mid", "truncated", "500:accepted", "not-json"] {
        let gateway = scripted(&format!("1:{fault}"));
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
        let gateway = scripted(&format!("1:{fault}"));
        send(&gateway, "m-1");
        assert_eq!(send(&gateway, "m-1").status(), 200, "{fault}");
        let tally = gateway.stop().unwrap();
        assert_eq!((tally.accepted, tally.refused, tally.repeats), (1, 1, 1), "{fault}");
        assert_eq!((tally.distinct_ids, tally.duplicates), (1, 0), "{fault}");
    }
}

#[test]
fn a_fault_of_accepted_messages_passes_a_wrong_request() {
    let gateway = scripted("1-:lost");
    assert_eq!(super::client::exchange(&gateway, &post("{}")).status(), 400);
    let tally = gateway.stop().unwrap();
    assert_eq!((tally.faults, tally.refused), (0, 1));
}

#[test]
fn rates_strike_and_every_request_is_counted_once() {
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
