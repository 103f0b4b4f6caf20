//! A server that sends given bytes to every request, over TCP or TLS, on a free port of this
//! machine.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::thread;

use rustls::{ServerConfig, ServerConnection, StreamOwned, crypto::ring};
use tempfile::TempDir;

/// The action of the server after it has sent its bytes.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Then {
    KeepOpen,
    Close,
}

pub(super) struct RawServer {
    /// `host:port`.
    pub(super) address: String,
    /// The requests in order, and a `None` for each connection that ended.
    pub(super) requests: Receiver<Option<String>>,
    connections: Arc<AtomicUsize>,
}

impl RawServer {
    pub(super) fn start(response: impl Into<Vec<u8>>, then: Then) -> Self {
        Self::serve(vec![response.into()], then, |tcp| tcp)
    }

    /// Sends these responses one after the other, whatever connection asks, then the last one.
    pub(super) fn start_with(responses: Vec<Vec<u8>>) -> Self {
        Self::serve(responses, Then::KeepOpen, |tcp| tcp)
    }

    /// Serves over TLS with `certificate`, and keeps connections open.
    pub(super) fn start_tls(response: impl Into<Vec<u8>>, certificate: &Certificate) -> Self {
        let config = Arc::clone(&certificate.config);
        Self::serve(vec![response.into()], Then::KeepOpen, move |tcp| {
            StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), tcp)
        })
    }

    fn serve<S: Read + Write>(
        responses: Vec<Vec<u8>>,
        then: Then,
        accept: impl Fn(TcpStream) -> S + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (sender, requests) = mpsc::channel();
        let connections = Arc::new(AtomicUsize::new(0));
        let accepted = Arc::clone(&connections);
        thread::spawn(move || {
            let mut responses = responses.iter();
            let mut response = responses.next();
            for tcp in listener.incoming() {
                accepted.fetch_add(1, Ordering::SeqCst);
                let mut stream = accept(tcp.unwrap());
                while let Some(request) = read_request(&mut stream) {
                    let _ = sender.send(Some(request));
                    let bytes = response.expect("a response");
                    response = responses.next().or(response);
                    let sent = stream.write_all(bytes).and_then(|()| stream.flush());
                    if sent.is_err() || then == Then::Close {
                        break;
                    }
                }
                drop(stream);
                let _ = sender.send(None);
            }
        });
        Self { address, requests, connections }
    }

    /// The next request.
    pub(super) fn request(&self) -> String {
        self.requests.recv().unwrap().expect("a request before the end of the connection")
    }

    pub(super) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

/// Reads one request with its body, or whatever the client of a TLS connection sends first; `None`
/// at the end of the connection.
fn read_request(stream: &mut impl Read) -> Option<String> {
    const TLS_HANDSHAKE: u8 = 22;
    let (mut bytes, mut chunk) = (Vec::new(), [0; 4096]);
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let whole = text.split_once("\r\n\r\n").is_some_and(|(head, body)| {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            length.unwrap_or("0") == body.len().to_string()
        });
        if whole || bytes.first() == Some(&TLS_HANDSHAKE) {
            return Some(text);
        }
        match stream.read(&mut chunk) {
            Ok(read @ 1..) => bytes.extend_from_slice(&chunk[..read]),
            _ => return None,
        }
    }
}

/// A self-signed certificate for this machine, and the file for `--ca-file`.
pub(super) struct Certificate {
    config: Arc<ServerConfig>,
    folder: TempDir,
}

impl Certificate {
    pub(super) fn new() -> Self {
        let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
        let made = rcgen::generate_simple_self_signed(names).unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), made.cert.pem()).unwrap();
        let key = made.signing_key.serialize_der().try_into().unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap();
        Self { config: Arc::new(config), folder }
    }

    pub(super) fn ca_file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }
}
