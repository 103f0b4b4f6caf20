//! Tests: a gateway starts, restarts and stops.

use std::io::Write;
use std::net::{TcpListener, TcpStream};

use super::client::{message, post, read_to_end_of, send, send_on, start_with_script};
use crate::mock_gateway::{Gateway, GatewayOptions};

#[test]
fn a_bad_option_is_an_error_before_it_listens() {
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
fn idle_connections_do_not_delay_the_stop() {
    let gateway = start_with_script("9:500");
    let mut stream = TcpStream::connect(gateway.address()).unwrap();
    send_on(&mut stream, "m-1");
    let address = gateway.address();
    assert_eq!(gateway.stop().unwrap().requests, 1);
    assert_eq!(read_to_end_of(stream).bytes, b"");
    assert!(TcpStream::connect(address).is_err(), "the port is closed");
}

#[test]
fn a_restarted_gateway_keeps_its_address_and_forgets_the_rest() {
    let gateway = start_with_script("1:500");
    assert_eq!(send(&gateway, "m-1").status(), 500);
    let address = gateway.address();
    // The options are for any free port.
    let gateway = gateway.restart(GatewayOptions::default()).unwrap();
    assert_eq!(gateway.address(), address);
    assert_eq!(send(&gateway, "m-1").status(), 200);
    let tally = gateway.stop().unwrap();
    assert_eq!((tally.requests, tally.repeats), (1, 0));
    assert!(TcpStream::connect(address).is_err(), "the port is closed");
}

#[test]
fn a_response_that_has_begun_is_finished() {
    let gateway = start_with_script("1:200:after=300ms");
    let mut stream = TcpStream::connect(gateway.address()).unwrap();
    stream.write_all(post(&message("m-1")).as_bytes()).unwrap();
    while gateway.tally().accepted == 0 {
        std::thread::yield_now();
    }
    assert_eq!(gateway.stop().unwrap().accepted, 1);
    assert_eq!(read_to_end_of(stream).status(), 200);
}

#[test]
fn a_message_is_accepted_although_the_client_leaves() {
    let gateway = start_with_script("1:200:after=1h");
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
fn a_dropped_gateway_closes_its_connections() {
    let gateway = start_with_script("9:500");
    let mut stream = TcpStream::connect(gateway.address()).unwrap();
    send_on(&mut stream, "m-1");
    drop(gateway);
    assert_eq!(read_to_end_of(stream).bytes, b"");
}
