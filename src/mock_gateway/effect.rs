//! What a fault does to the conversation: another answer in place of the documented one, or the
//! documented one spoilt on its way. Pure: it makes the answer or the sabotage, others perform it.

use std::time::Duration;

use hyper::StatusCode;
use hyper::header::{CONTENT_ENCODING, HeaderName, HeaderValue, RETRY_AFTER};
use jiff::fmt::rfc2822::DateTimePrinter;
use jiff::{SignedDuration, Timestamp};

use super::gzip;
use super::raw_response::{Ending, Sabotage, encode};
use super::response::{self, Answer, ENDPOINT};

/// What goes out for a request.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Delivery {
    /// A well-formed answer, for hyper.
    Answer(Answer),
    /// Something else, for the bare socket.
    Sabotage(Sabotage),
}

/// What a fault does.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Effect {
    /// Something else in place of the documented answer. Whether the message is `accepted` all the
    /// same is the fault's own matter.
    Instead { what: Instead, accepted: bool },
    /// The documented answer to an accepted message, spoilt.
    Spoilt(Spoil),
}

/// What comes in place of the documented answer.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Instead {
    /// An HTTP status.
    Status(Costume),
    /// 200 with `data.status` FAILED and this WhatsApp code.
    Failed(u32),
    /// No answer at all; `unread`: the request's body is not even looked at.
    Silence { ending: Ending, unread: bool },
}

/// How the documented answer is spoilt.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Spoil {
    /// Other status, headers or body, still well-formed.
    Dressed(Costume),
    /// An HTML page, as from a proxy.
    NotJson,
    /// No body.
    Empty,
    /// Valid JSON that is at least this many bytes long.
    Oversized(usize),
    /// `Content-Encoding: gzip`, asked for or not.
    Gzip,
    /// Half the body, then a close.
    Truncated,
    /// Half the body, then a reset.
    ResetMid,
    /// A length that is this much more (the rest never comes) or less than the truth.
    WrongLength(i32),
    /// One byte at a time, this far apart.
    Drip(Duration),
    /// Whole, then closed without a word about it.
    Close,
}

/// The status, headers and body of an answer that is not the documented one.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Costume {
    pub(super) status: StatusCode,
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    /// Seconds from now, to be told as an HTTP-date.
    pub(super) retry_date: Option<u32>,
    /// A WhatsApp code for the text of the default body.
    pub(super) code: Option<u32>,
    pub(super) body: Option<String>,
}

impl Delivery {
    /// The HTTP status that the client is told, if any.
    pub(super) fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Answer(answer) => Some(answer.status),
            Self::Sabotage(sabotage) => sabotage.status,
        }
    }
}

impl Instead {
    /// What goes out for the message with this id (empty when it could not be read).
    pub(super) fn deliver(&self, at: Timestamp, message_id: &str) -> Delivery {
        match self {
            Self::Status(costume) => {
                let text = costume.code.map(|code| format!("(#{code}) Message refused"));
                let plain = response::refusal(at, costume.status, ENDPOINT, text.as_deref());
                Delivery::Answer(costume.dress(plain, at))
            }
            Self::Failed(code) => Delivery::Answer(response::failed(at, message_id, *code)),
            Self::Silence { ending, .. } => Delivery::Sabotage(Sabotage::silent(*ending)),
        }
    }
}

impl Spoil {
    /// What becomes of the documented answer.
    pub(super) fn deliver(&self, honest: Answer, at: Timestamp) -> Delivery {
        let status = Some(honest.status);
        let whole = honest.body.len();
        let (bytes, gap, ending) = match self {
            Self::Dressed(costume) => return Delivery::Answer(costume.dress(honest, at)),
            Self::NotJson => return Delivery::Answer(page(honest)),
            Self::Empty => return Delivery::Answer(body(honest, Vec::new())),
            Self::Oversized(size) => return Delivery::Answer(padded(honest, *size)),
            Self::Gzip => return Delivery::Answer(gzipped(honest)),
            Self::Truncated => (half(&honest), None, Ending::Close),
            Self::ResetMid => (half(&honest), None, Ending::Reset),
            Self::WrongLength(by) => {
                let claimed = whole.saturating_add_signed(isize::try_from(*by).unwrap_or(0));
                let ending = if claimed > whole { Ending::Hold } else { Ending::Close };
                (encode(&honest, claimed), None, ending)
            }
            Self::Drip(gap) => (encode(&honest, whole), Some(*gap), Ending::Close),
            Self::Close => (encode(&honest, whole), None, Ending::Close),
        };
        Delivery::Sabotage(Sabotage { status, bytes: bytes.into(), gap, ending })
    }
}

impl Costume {
    /// Only the status; everything else as the answer has it.
    pub(super) fn of(status: StatusCode) -> Self {
        Self { status, headers: Vec::new(), retry_date: None, code: None, body: None }
    }

    fn dress(&self, mut answer: Answer, at: Timestamp) -> Answer {
        answer.status = self.status;
        answer.headers.extend(self.headers.iter().cloned());
        if let Some(date) = self.retry_date.and_then(|seconds| http_date(at, seconds)) {
            answer.headers.push((RETRY_AFTER, date));
        }
        if let Some(text) = &self.body {
            answer.body = text.clone().into();
            if text.trim_start().starts_with('<') {
                answer.content_type = HTML;
            }
        }
        answer
    }
}

const HTML: HeaderValue = HeaderValue::from_static("text/html");

/// `seconds` after `at` in HTTP's form, rounded up: the form has no fractions, and a wait told too
/// short would be the gateway's fault.
fn http_date(at: Timestamp, seconds: u32) -> Option<HeaderValue> {
    let wait = SignedDuration::from_secs(i64::from(seconds) + 1);
    let due = at.checked_add(wait).ok()?;
    let text = DateTimePrinter::new().timestamp_to_rfc9110_string(&due).ok()?;
    HeaderValue::try_from(text).ok()
}

fn body(mut honest: Answer, body: Vec<u8>) -> Answer {
    honest.body = body.into();
    honest
}

fn page(mut honest: Answer) -> Answer {
    honest.content_type = HTML;
    let text = "<html><head><title>OK</title></head><body><h1>It works!</h1></body></html>";
    body(honest, text.as_bytes().to_vec())
}

/// JSON may begin with blanks, so the answer stays what it was, but only for a client that reads to
/// its end.
fn padded(honest: Answer, size: usize) -> Answer {
    let mut long = vec![b' '; size.saturating_sub(honest.body.len())];
    long.extend_from_slice(&honest.body);
    body(honest, long)
}

fn gzipped(honest: Answer) -> Answer {
    let stored = gzip::store(&honest.body);
    body(honest, stored).with(CONTENT_ENCODING, HeaderValue::from_static("gzip"))
}

/// The head and half the body, of an answer that claims all of it.
fn half(honest: &Answer) -> Vec<u8> {
    let whole = honest.body.len();
    let mut bytes = encode(honest, whole);
    bytes.truncate(bytes.len() - whole.div_ceil(2));
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn honest() -> Answer {
        Answer::json(StatusCode::OK, r#"{"a":1}"#.to_owned())
    }

    fn sabotaged(spoil: &Spoil) -> (String, Ending) {
        match spoil.deliver(honest(), Timestamp::UNIX_EPOCH) {
            Delivery::Sabotage(sabotage) => {
                let text = String::from_utf8(sabotage.bytes.to_vec()).unwrap();
                (text, sabotage.ending)
            }
            Delivery::Answer(answer) => panic!("a proper answer: {answer:?}"),
        }
    }

    #[test]
    fn a_cut_answer_claims_its_whole_length() {
        for (spoil, ending) in [(Spoil::Truncated, Ending::Close), (Spoil::ResetMid, Ending::Reset)]
        {
            let (text, ended) = sabotaged(&spoil);
            assert!(text.contains("content-length: 7\r\n"), "{text}");
            assert!(text.ends_with("\r\n\r\n{\"a"), "{text}");
            assert_eq!(ended, ending);
        }
    }

    #[test]
    fn a_wrong_length_errs_both_ways() {
        for (by, claimed, ending) in [
            (10, "content-length: 17", Ending::Hold),
            (-3, "content-length: 4", Ending::Close),
            (-99, "content-length: 0", Ending::Close),
        ] {
            let (text, ended) = sabotaged(&Spoil::WrongLength(by));
            assert!(text.contains(claimed), "{text}");
            assert!(text.ends_with(r#"{"a":1}"#));
            assert_eq!(ended, ending);
        }
    }

    #[test]
    fn an_oversized_answer_is_still_the_documented_one() {
        let long = padded(honest(), 1000).body;
        assert_eq!(long.len(), 1000);
        let json: serde_json::Value = serde_json::from_slice(&long).unwrap();
        assert_eq!(json["a"], 1);
        assert_eq!(padded(honest(), 3), honest(), "never shorter");
    }

    #[test]
    fn a_retry_date_is_never_too_early() {
        let at = "2023-08-06T23:59:58.7Z".parse().unwrap();
        let told = http_date(at, 2).unwrap();
        assert_eq!(told, "Mon, 07 Aug 2023 00:00:01 GMT");
    }

    #[test]
    fn a_body_that_looks_like_a_page_is_one() {
        for (body, kind) in [("<html>", "text/html"), ("{}", "application/json")] {
            let costume =
                Costume { body: Some(body.to_owned()), ..Costume::of(StatusCode::BAD_GATEWAY) };
            let dressed = costume.dress(honest(), Timestamp::UNIX_EPOCH);
            assert_eq!(
                (dressed.content_type.to_str().unwrap(), &dressed.body[..]),
                (kind, body.as_bytes())
            );
        }
    }
}
