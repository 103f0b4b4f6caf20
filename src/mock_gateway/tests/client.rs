//! A client that sends bytes and returns every byte that comes back.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::path::Path;

use serde_json::Value;

use crate::mock_gateway::request::tests::documented;
use crate::mock_gateway::response::ENDPOINT;
use crate::mock_gateway::{Gateway, GatewayOptions};

/// The bytes that came back on a connection, and whether it ended with a reset.
#[derive(Debug)]
pub(super) struct Received {
    pub(super) bytes: Vec<u8>,
    pub(super) reset: bool,
}

impl Received {
    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    pub(super) fn status(&self) -> u16 {
        let text = self.text();
        let status = text.split(' ').nth(1).and_then(|status| status.parse().ok());
        status.unwrap_or_else(|| panic!("no status in {text:?}"))
    }

    pub(super) fn header(&self, name: &str) -> Option<String> {
        let text = self.text();
        let (head, _) = text.split_once("\r\n\r\n")?;
        let lines = head.lines().skip(1).filter_map(|line| line.split_once(": "));
        let mut values = lines.filter(|(key, _)| key.eq_ignore_ascii_case(name));
        values.next().map(|(_, value)| value.to_owned())
    }

    pub(super) fn body(&self) -> &[u8] {
        let head = self.bytes.windows(4).position(|window| window == b"\r\n\r\n");
        &self.bytes[head.expect("a head") + 4..]
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(self.body()).unwrap_or_else(|_| panic!("{:?}", self.text()))
    }
}

/// Starts a gateway with a script of faults.
pub(super) fn start_with_script(script: &str) -> Gateway {
    let script = Some(script.parse().unwrap());
    Gateway::start(GatewayOptions { script, ..GatewayOptions::default() }).unwrap()
}

/// The documented message with another id.
pub(super) fn message(id: &str) -> String {
    let mut payload = documented();
    payload["messageId"] = id.into();
    payload.to_string()
}

/// A POST of `body` to the endpoint that keeps the connection open.
pub(super) fn post(body: &str) -> String {
    let length = body.len();
    format!(
        "POST {ENDPOINT} HTTP/1.1\r\nhost: gateway\r\napiKey: k\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    )
}

/// Sends a request on a connection of its own and reads to the end of the connection.
pub(super) fn exchange(gateway: &Gateway, request: &str) -> Received {
    let request = request.replacen("\r\n", "\r\nconnection: close\r\n", 1);
    let mut stream = TcpStream::connect(gateway.address()).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    read_to_end_of(stream)
}

pub(super) fn read_to_end_of(mut stream: TcpStream) -> Received {
    let mut bytes = Vec::new();
    let reset = match stream.read_to_end(&mut bytes) {
        Ok(_) => false,
        Err(error) if error.kind() == ErrorKind::ConnectionReset => true,
        Err(error) => panic!("{error}"),
    };
    Received { bytes, reset }
}

/// Sends one message on a connection of its own and reads to the end of the connection.
pub(super) fn send(gateway: &Gateway, id: &str) -> Received {
    exchange(gateway, &post(&message(id)))
}

/// Sends one message on an open connection and reads one response.
pub(super) fn send_on(stream: &mut TcpStream, id: &str) -> Received {
    stream.write_all(post(&message(id)).as_bytes()).unwrap();
    let mut received = Received { bytes: Vec::new(), reset: false };
    while !received.bytes.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        received.bytes.push(byte[0]);
    }
    let length: usize = received.header("content-length").unwrap().parse().unwrap();
    let mut body = vec![0; length];
    stream.read_exact(&mut body).unwrap();
    received.bytes.extend(body);
    received
}

/// The lines of a log file.
pub(super) fn log_lines(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}
