//! What HTTP forbids and networks do all the same: answers cut short, resets, wrong lengths. hyper
//! writes none of that, so the server takes the bare socket back and lets this file at it.

use std::time::Duration;
use std::{fmt, io};

use hyper::StatusCode;
use hyper::body::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::sleep;

use super::response::Answer;

/// How a sabotaged connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// A TCP reset.
    Reset,
    /// An ordinary close.
    Close,
    /// Open until the client leaves: the answer is never complete.
    Hold,
}

/// The last bytes a connection will carry, and how it ends.
///
/// It travels as the *error* of the hyper service: hyper then gives the connection up without
/// having written a byte of its own.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sabotage {
    /// The HTTP status that the bytes tell, if any.
    pub(super) status: Option<StatusCode>,
    pub(super) bytes: Bytes,
    /// The pause before each byte; none: all at once.
    pub(super) gap: Option<Duration>,
    pub(super) ending: Ending,
}

impl fmt::Display for Sabotage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sabotaged on request")
    }
}

impl std::error::Error for Sabotage {}

impl Sabotage {
    /// Ends the connection without an answer.
    pub(super) fn silent(ending: Ending) -> Self {
        Self { status: None, bytes: Bytes::new(), gap: None, ending }
    }

    /// Does it. An error means that the client left first, which is its right.
    pub(super) async fn perform(&self, mut stream: TcpStream) -> io::Result<()> {
        match self.gap {
            None => stream.write_all(&self.bytes).await?,
            Some(gap) => drip(&mut stream, &self.bytes, gap).await?,
        }
        match self.ending {
            Ending::Reset => stream.set_zero_linger(),
            Ending::Close => {
                discard_what_came(&stream);
                stream.shutdown().await
            }
            Ending::Hold => wait_until_left(&mut stream).await,
        }
    }
}

/// Closing a socket over unread bytes would send a reset.
fn discard_what_came(stream: &TcpStream) {
    let mut ignored = [0; 4096];
    while stream.try_read(&mut ignored).is_ok_and(|count| count > 0) {}
}

async fn drip(stream: &mut TcpStream, bytes: &[u8], gap: Duration) -> io::Result<()> {
    for byte in bytes {
        sleep(gap).await;
        stream.write_all(&[*byte]).await?;
    }
    Ok(())
}

async fn wait_until_left(stream: &mut TcpStream) -> io::Result<()> {
    let mut ignored = [0; 512];
    while stream.read(&mut ignored).await? > 0 {}
    Ok(())
}

/// The bytes of an answer whose head claims `length` bytes of body, whatever the body has.
pub(super) fn encode(answer: &Answer, length: usize) -> Vec<u8> {
    let status = answer.status;
    let reason = status.canonical_reason().unwrap_or("");
    let mut bytes = format!("HTTP/1.1 {} {reason}\r\n", status.as_str()).into_bytes();
    let mut header = |name: &str, value: &[u8]| {
        bytes.extend_from_slice(name.as_bytes());
        bytes.extend_from_slice(b": ");
        bytes.extend_from_slice(value);
        bytes.extend_from_slice(b"\r\n");
    };
    header("content-type", answer.content_type.as_bytes());
    header("content-length", length.to_string().as_bytes());
    for (name, value) in &answer.headers {
        header(name.as_str(), value.as_bytes());
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(&answer.body);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::header::{HeaderValue, RETRY_AFTER};

    #[test]
    fn an_answer_is_written_with_the_length_it_claims() {
        let answer = Answer::json(StatusCode::OK, "{}".to_owned())
            .with(RETRY_AFTER, HeaderValue::from_static("3"));
        let text = String::from_utf8(encode(&answer, 12)).unwrap();
        assert_eq!(
            text,
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 12\r\nretry-after: 3\r\n\r\n{}"
        );
    }
}
