//! How a gateway begins and ends.

use std::io::Write;
use std::net::{TcpListener, TcpStream};

use super::client::{ask, message, post, scripted, send, to_the_end};
use crate::mock_gateway::{Gateway, GatewayOptions};

#[test]
fn it_does_not_start_where_it_must_not() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let over = ["500=60%", "lost=60%"].map(|fault| fault.parse().unwrap()).to_vec();
    let with = GatewayOptions::default;
    for (options, problem) in [
        (GatewayOptions { listen: "0.0.0.0:0".parse().unwrap(), ..with() }, "loopback only"),
        (GatewayOptions { listen: taken.local_addr().unwrap(), ..with() }, "in use"),
        (GatewayOptions { faults: over, ..with() }, "over 100 %"),
        (GatewayOptions { log_file: Some("/nowhere/log".into()), ..with() }, "/nowhere/log"),
        (GatewayOptions { port_file: Some("/nowhere/port".into()), ..with() }, "/nowhere/port"),
    ] {
        let Err(error) = Gateway::start(options) else { panic!("it started: {problem}") };
        assert!(error.to_string().contains(problem), "{error}");
    }
}

#[test]
fn idle_connections_do_not_keep_it() {
    let gateway = scripted("9:500");
    let mut stream = TcpStream::connect(gateway.address()).unwrap();
    ask(&mut stream, "m-1");
    let address = gateway.address();
    assert_eq!(gateway.stop().unwrap().requests, 1);
    assert_eq!(to_the_end(stream).bytes, b"");
    assert!(TcpStream::connect(address).is_err(), "nobody listens any more");
}

#[test]
fn an_answer_under_way_is_finished() {
    let gateway = scripted("1:200:after=300ms");
    let mut stream = TcpStream::connect(gateway.address()).unwrap();
    stream.write_all(post(&message("m-1")).as_bytes()).unwrap();
    while gateway.tally().accepted == 0 {
        std::thread::yield_now();
    }
    assert_eq!(gateway.stop().unwrap().accepted, 1);
    assert_eq!(to_the_end(stream).status(), 200);
}

#[test]
fn a_client_that_leaves_has_been_accepted_all_the_same() {
    let gateway = scripted("1:200:after=1h");
    let mut stream = TcpStream::connect(gateway.address()).unwrap();
    stream.write_all(post(&message("m-1")).as_bytes()).unwrap();
    while gateway.tally().accepted == 0 {
        std::thread::yield_now();
    }
    drop(stream);
    assert_eq!(send(&gateway, "m-1").status(), 200);
    let tally = gateway.stop().unwrap();
    assert_eq!((tally.accepted, tally.duplicates), (1, 1));
}

#[test]
fn dropped_it_closes_its_socket() {
    let gateway = scripted("9:500");
    let mut stream = TcpStream::connect(gateway.address()).unwrap();
    ask(&mut stream, "m-1");
    drop(gateway);
    assert_eq!(to_the_end(stream).bytes, b"");
}
