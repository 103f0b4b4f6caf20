//! Responses that are cut short or end with a reset. hyper writes only whole ones, so the server
//! takes the socket back from hyper and writes these itself.

use std::{fmt, io};

use hyper::StatusCode;
use hyper::body::Bytes;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::response::HttpResponse;

/// The end of a connection after a raw response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// A TCP reset.
    Reset,
    /// An ordinary close.
    Close,
}

/// The last bytes of a connection, and how it ends.
///
/// It is the *error* of the hyper service: hyper then ends the connection without a byte of its
/// own.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct RawResponse {
    /// The HTTP status in the bytes, if any.
    pub(super) status: Option<StatusCode>,
    pub(super) bytes: Bytes,
    pub(super) ending: Ending,
}

impl fmt::Display for RawResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a fault ends the connection")
    }
}

impl std::error::Error for RawResponse {}

impl RawResponse {
    /// Ends the connection without a response.
    pub(super) fn empty(ending: Ending) -> Self {
        Self { status: None, bytes: Bytes::new(), ending }
    }

    /// Writes the bytes and ends the connection. An error means that the client has left.
    pub(super) async fn write(&self, mut stream: TcpStream) -> io::Result<()> {
        stream.write_all(&self.bytes).await?;
        match self.ending {
            Ending::Reset => stream.set_zero_linger(),
            Ending::Close => {
                discard_unread(&stream);
                stream.shutdown().await
            }
        }
    }
}

/// Reads what has arrived: closing a socket with unread bytes would send a reset.
fn discard_unread(stream: &TcpStream) {
    let mut ignored = [0; 4096];
    while stream.try_read(&mut ignored).is_ok_and(|count| count > 0) {}
}

/// The bytes of a response.
pub(super) fn encode(response: &HttpResponse) -> Vec<u8> {
    let status = response.status;
    let reason = status.canonical_reason().unwrap_or("");
    let mut bytes = format!("HTTP/1.1 {} {reason}\r\n", status.as_str()).into_bytes();
    let mut header = |name: &str, value: &[u8]| {
        bytes.extend_from_slice(name.as_bytes());
        bytes.extend_from_slice(b": ");
        bytes.extend_from_slice(value);
        bytes.extend_from_slice(b"\r\n");
    };
    header("content-type", response.content_type.as_bytes());
    header("content-length", response.body.len().to_string().as_bytes());
    for (name, value) in &response.headers {
        header(name.as_str(), value.as_bytes());
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(&response.body);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::header::{HeaderValue, RETRY_AFTER};

    #[test]
    fn a_response_is_written_as_http_does() {
        let response = HttpResponse::json(StatusCode::OK, "{}".to_owned())
            .with(RETRY_AFTER, HeaderValue::from_static("3"));
        let text = String::from_utf8(encode(&response)).unwrap();
        assert_eq!(
            text,
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\nretry-after: 3\r\n\r\n{}"
        );
    }
}
