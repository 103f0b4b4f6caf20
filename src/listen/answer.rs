//! What a request is answered, and the line that an event becomes; pure.

use std::io::Write as _;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{ALLOW, CONNECTION, CONTENT_TYPE, HeaderValue};
use hyper::{Method, Response, StatusCode};
use jiff::Timestamp;
use jiff::fmt::temporal::DateTimePrinter;
use serde::de::IgnoredAny;

use super::options::SecretPath;

/// The longest body that is taken.
pub(super) const BODY_LIMIT: usize = 1 << 20;

/// The answer to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// The event is on the disk.
    Kept,
    /// The path is another one.
    WrongPath,
    /// The path is right, the method is not POST.
    WrongMethod,
    /// The body is longer than [`BODY_LIMIT`].
    TooLong,
    /// The body is not JSON, or ends too early.
    NoJson,
    /// The event is not known to be on the disk.
    NotKept,
}

impl Answer {
    /// All answers, in the order of their numbers.
    pub(super) const ALL: [Self; 6] = [
        Self::Kept,
        Self::WrongPath,
        Self::WrongMethod,
        Self::TooLong,
        Self::NoJson,
        Self::NotKept,
    ];

    /// The answer that a request gets whatever its body is; `None` for one whose body counts.
    pub(super) fn to_head(method: &Method, path: &str, secret: &SecretPath) -> Option<Self> {
        match (secret.is(path), method) {
            (false, _) => Some(Self::WrongPath),
            (true, &Method::POST) => None,
            (true, _) => Some(Self::WrongMethod),
        }
    }

    pub(super) fn status(self) -> StatusCode {
        match self {
            Self::Kept => StatusCode::OK,
            Self::WrongPath => StatusCode::NOT_FOUND,
            Self::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooLong => StatusCode::PAYLOAD_TOO_LARGE,
            Self::NoJson => StatusCode::BAD_REQUEST,
            Self::NotKept => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// What it means, in words for the sender and the operator.
    pub(super) fn meaning(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::WrongPath => "another path than --path",
            Self::WrongMethod => "another method than POST",
            Self::TooLong => "a body above 1 MiB",
            Self::NoJson => "a body that is not JSON",
            Self::NotKept => "the event could not be written",
        }
    }

    /// The answer as it is sent. A wrong path says nothing about the right one.
    pub(super) fn response(self) -> Response<Full<Bytes>> {
        let text = match self {
            Self::WrongPath => "not found",
            other => other.meaning(),
        };
        let mut response = Response::new(Full::from(Bytes::from_static(text.as_bytes())));
        *response.status_mut() = self.status();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
        match self {
            Self::WrongMethod => drop(headers.insert(ALLOW, HeaderValue::from_static("POST"))),
            // The rest of the body is not read.
            Self::TooLong => drop(headers.insert(CONNECTION, HeaderValue::from_static("close"))),
            _ => {}
        }
        response
    }
}

/// The line that an event becomes, with its end; `None` for a body that is not JSON.
///
/// The body stays as it came, byte for byte, but for its line ends: JSON has these only between its
/// parts, where a blank means the same.
pub(super) fn line(received_at: Timestamp, body: &[u8]) -> Option<Vec<u8>> {
    const PRINTER: DateTimePrinter = DateTimePrinter::new().precision(Some(3));
    let body = std::str::from_utf8(body).ok()?;
    let body = body.strip_prefix('\u{feff}').unwrap_or(body).trim();
    serde_json::from_str::<IgnoredAny>(body).ok()?;
    let time = PRINTER.timestamp_to_string(&received_at);
    let mut line = Vec::with_capacity(body.len() + 64);
    write!(line, "{{\"received_at\":\"{time}\",\"body\":").ok()?;
    line.extend(body.bytes().map(|byte| if matches!(byte, b'\n' | b'\r') { b' ' } else { byte }));
    line.extend_from_slice(b"}\n");
    Some(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_post_to_the_path_has_a_body_that_counts() {
        let secret = SecretPath::from("/0123456789abcdef".to_owned());
        for (method, path, answer) in [
            (Method::POST, "/0123456789abcdef", None),
            (Method::GET, "/0123456789abcdef", Some(Answer::WrongMethod)),
            (Method::HEAD, "/0123456789abcdef", Some(Answer::WrongMethod)),
            (Method::PUT, "/0123456789abcdef", Some(Answer::WrongMethod)),
            (Method::POST, "/", Some(Answer::WrongPath)),
            (Method::GET, "/0123456789abcdeg", Some(Answer::WrongPath)),
        ] {
            assert_eq!(Answer::to_head(&method, path, &secret), answer, "{method} {path}");
        }
    }

    #[test]
    fn each_answer_has_its_status() {
        let statuses = Answer::ALL.map(|answer| answer.response().status().as_u16());
        assert_eq!(statuses, [200, 404, 405, 413, 400, 503]);
        assert!(Answer::ALL.iter().enumerate().all(|(at, answer)| *answer as usize == at));
        assert_eq!(Answer::WrongMethod.response().headers()[ALLOW], "POST");
    }

    #[test]
    fn an_event_becomes_one_line_and_stays_as_it_came() {
        let at: Timestamp = "2026-11-28T17:00:00.5Z".parse().unwrap();
        for (body, kept) in [
            ("{}", "{}"),
            (" {\"a\": 1.50e400}\r\n", "{\"a\": 1.50e400}"),
            ("{\n  \"a\": [\r\n1,\n2]\n}", "{   \"a\": [  1, 2] }"),
            (
                "\u{feff}[{\"text\": \"\\n \\ud83d\\ude00 é\"}]",
                "[{\"text\": \"\\n \\ud83d\\ude00 é\"}]",
            ),
            ("7", "7"),
        ] {
            let line = String::from_utf8(line(at, body.as_bytes()).unwrap()).unwrap();
            let expected =
                format!("{{\"received_at\":\"2026-11-28T17:00:00.500Z\",\"body\":{kept}}}\n");
            assert_eq!(line, expected);
            assert_eq!(line.matches('\n').count(), 1);
        }
    }

    #[test]
    fn a_body_that_is_not_json_becomes_no_line() {
        for body in [
            "",
            " ",
            "{",
            "{}}",
            "{} {}",
            "{}\n{}",
            "a=1&b=2",
            "<html>",
            "{\"a\": \"\n\"}",
            "{'a': 1}",
            "{\"a\": NaN}",
            "\"\u{1}\"",
        ] {
            assert_eq!(line(Timestamp::UNIX_EPOCH, body.as_bytes()), None, "{body}");
        }
        assert_eq!(line(Timestamp::UNIX_EPOCH, b"\"\xff\""), None);
        assert_eq!(line(Timestamp::UNIX_EPOCH, b"{}\0"), None);
    }
}
