//! Faults: how one is written (`KIND[:OPTION[=VALUE]]…`, such as `429:retry-after=2` or `lost`) and
//! what it does to the response. `fault_plan` decides which request gets which fault.

use std::str::FromStr;
use std::time::Duration;

use hyper::StatusCode;
use hyper::header::{HeaderName, HeaderValue, LOCATION, RETRY_AFTER};
use jiff::fmt::rfc2822::DateTimePrinter;
use jiff::{SignedDuration, Timestamp};

use super::raw_response::{Ending, RawResponse, encode};
use super::response::{self, ENDPOINT, HttpResponse};
use crate::units::parse_duration;

/// The default size of an oversized response: a megabyte, more than a client should read.
const OVERSIZED: usize = 1 << 20;

/// A host that does not exist by definition (RFC 2606).
const OTHER_HOST: &str = "https://elsewhere.invalid/api/v1/whatsapp/contact";

const HTML: HeaderValue = HeaderValue::from_static("text/html");

/// One fault.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fault {
    /// As it was written, for the log.
    pub(super) text: String,
    /// The delay before the request's body is read.
    pub(super) before: Duration,
    /// The delay before the response.
    pub(super) after: Duration,
    pub(super) effect: Effect,
}

/// The effect of a fault.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Effect {
    /// Sends something else in place of the documented response. The message is accepted or not.
    Replace { with: Replacement, accepted: bool },
    /// Accepts the message and changes the documented response.
    Change(Change),
}

/// A replacement for the documented response.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Replacement {
    /// An HTTP status.
    Status(Edit),
    /// 200 with `data.status` FAILED and this WhatsApp code.
    Failed(u32),
    /// No response. With `unread`, the request's body is not read.
    Nothing { ending: Ending, unread: bool },
}

/// A change to the documented response.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Change {
    /// Another status, more headers or another body; still well-formed.
    Edit(Edit),
    /// An HTML page, as from a proxy.
    NotJson,
    /// No body.
    Empty,
    /// Valid JSON of at least this many bytes.
    Oversized(usize),
    /// Half the body, then an ordinary close.
    Truncated,
    /// Half the body, then a reset.
    ResetMid,
    /// The whole response, then a close that was not announced.
    Close,
}

/// The status, headers and body that a fault sets.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Edit {
    status: StatusCode,
    headers: Vec<(HeaderName, HeaderValue)>,
    /// Seconds from now, for Retry-After as an HTTP-date.
    retry_date: Option<u32>,
    /// A WhatsApp code for the text of the default body.
    code: Option<u32>,
    body: Option<String>,
}

/// The bytes that are sent for a request.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Outgoing {
    /// A well-formed response, written by hyper.
    Http(HttpResponse),
    /// Something else, written to the socket.
    Raw(RawResponse),
}

impl Outgoing {
    /// The HTTP status that the client gets, if any.
    pub(super) fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Http(response) => Some(response.status),
            Self::Raw(raw) => raw.status,
        }
    }
}

impl Fault {
    /// Returns whether the message is accepted although this fault applies to it.
    pub(super) fn accepts(&self) -> bool {
        match self.effect {
            Effect::Replace { accepted, .. } => accepted,
            Effect::Change(_) => true,
        }
    }

    /// Returns how the connection ends, if this fault leaves the request unread.
    pub(super) fn unread(&self) -> Option<Ending> {
        match self.effect {
            Effect::Replace { with: Replacement::Nothing { ending, unread: true }, .. } => {
                Some(ending)
            }
            _ => None,
        }
    }

    fn set(&mut self, key: &str, value: &str) -> Result<(), String> {
        match (key, &mut self.effect) {
            ("before", _) => self.before = parse_duration(value)?,
            ("after", _) => self.after = parse_duration(value)?,
            ("accepted", Effect::Replace { with: Replacement::Status(_), accepted }) => {
                *accepted = true;
            }
            ("code", Effect::Replace { with: Replacement::Failed(code), .. }) => {
                *code = number(value)?;
            }
            ("fin", Effect::Replace { with: Replacement::Nothing { ending, .. }, .. }) => {
                *ending = Ending::Close;
            }
            ("size", Effect::Change(Change::Oversized(size))) => *size = number(value)?,
            (_, Effect::Replace { with: Replacement::Status(edit), .. })
            | (_, Effect::Change(Change::Edit(edit))) => edit.set(key, value)?,
            _ => return Err(format!("unknown option `{key}`")),
        }
        Ok(())
    }
}

impl FromStr for Fault {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (kind, mut rest) = text.split_once(':').unwrap_or((text, ""));
        let mut fault = Self {
            text: text.to_owned(),
            before: Duration::ZERO,
            after: Duration::ZERO,
            effect: effect_of(kind)?,
        };
        while !rest.is_empty() {
            let option;
            (option, rest) = next_option(rest);
            let (key, value) = option.split_once('=').unwrap_or((option, ""));
            fault.set(key, value).map_err(|problem| format!("{problem} in the fault `{text}`"))?;
        }
        Ok(fault)
    }
}

/// Splits off the first option. `body=` and `to=` take all that follows: JSON and addresses contain
/// colons.
fn next_option(rest: &str) -> (&str, &str) {
    if rest.starts_with("body=") || rest.starts_with("to=") {
        (rest, "")
    } else {
        rest.split_once(':').unwrap_or((rest, ""))
    }
}

fn effect_of(kind: &str) -> Result<Effect, String> {
    let nothing = |accepted, unread| Effect::Replace {
        with: Replacement::Nothing { ending: Ending::Reset, unread },
        accepted,
    };
    Ok(match kind {
        "reset" => nothing(false, true),
        "reset-read" => nothing(false, false),
        "lost" => nothing(true, false),
        "failed" => Effect::Replace { with: Replacement::Failed(131_026), accepted: false },
        "reset-mid" => Effect::Change(Change::ResetMid),
        "truncated" => Effect::Change(Change::Truncated),
        "oversized" => Effect::Change(Change::Oversized(OVERSIZED)),
        "not-json" => Effect::Change(Change::NotJson),
        "empty" => Effect::Change(Change::Empty),
        "close" => Effect::Change(Change::Close),
        "redirect" => effect_of_status(StatusCode::TEMPORARY_REDIRECT),
        status => effect_of_status(parse_status(status)?),
    })
}

fn parse_status(text: &str) -> Result<StatusCode, String> {
    let number = text.parse().ok().filter(|number| (200..600).contains(number));
    let status = number.and_then(|number| StatusCode::from_u16(number).ok());
    status.ok_or_else(|| {
        format!(
            "`{text}` is not a fault; there are: an HTTP status from 200 to 599, redirect, failed, \
             reset, reset-read, lost, reset-mid, truncated, oversized, not-json, empty, close"
        )
    })
}

fn effect_of_status(status: StatusCode) -> Effect {
    let mut edit = Edit::new(status);
    if status.is_success() {
        return Effect::Change(Change::Edit(edit));
    }
    if status.is_redirection() {
        edit.headers.push((LOCATION, HeaderValue::from_static(OTHER_HOST)));
    }
    Effect::Replace { with: Replacement::Status(edit), accepted: false }
}

fn number<N: FromStr>(text: &str) -> Result<N, String> {
    text.parse().map_err(|_| format!("`{text}` is not a number that fits"))
}

fn header_value(text: &str) -> Result<HeaderValue, String> {
    HeaderValue::from_str(text).map_err(|_| format!("`{text}` is not a header value"))
}

fn header(text: &str) -> Result<(HeaderName, HeaderValue), String> {
    let (name, value) =
        text.split_once('=').ok_or_else(|| format!("`{text}` is not header=NAME=VALUE"))?;
    let name = HeaderName::try_from(name).map_err(|_| format!("`{name}` is not a header name"))?;
    Ok((name, header_value(value)?))
}

impl Replacement {
    /// Returns the response for the message with this id (empty when the request has none).
    pub(super) fn outgoing(&self, at: Timestamp, message_id: &str) -> Outgoing {
        match self {
            Self::Status(edit) => {
                let text = edit.code.map(|code| format!("(#{code}) Message refused"));
                let plain = response::refusal(at, edit.status, ENDPOINT, text.as_deref());
                Outgoing::Http(edit.apply(plain, at))
            }
            Self::Failed(code) => Outgoing::Http(response::failed(at, message_id, *code)),
            Self::Nothing { ending, .. } => Outgoing::Raw(RawResponse::empty(*ending)),
        }
    }
}

impl Change {
    /// Changes the documented response.
    pub(super) fn apply(&self, documented: HttpResponse, at: Timestamp) -> Outgoing {
        let (bytes, ending) = match self {
            Self::Edit(edit) => return Outgoing::Http(edit.apply(documented, at)),
            Self::NotJson => return Outgoing::Http(html_page(documented)),
            Self::Empty => return Outgoing::Http(with_body(documented, Vec::new())),
            Self::Oversized(size) => return Outgoing::Http(padded(documented, *size)),
            Self::Truncated => (half(&documented), Ending::Close),
            Self::ResetMid => (half(&documented), Ending::Reset),
            Self::Close => (encode(&documented), Ending::Close),
        };
        Outgoing::Raw(RawResponse { status: Some(documented.status), bytes: bytes.into(), ending })
    }
}

impl Edit {
    fn new(status: StatusCode) -> Self {
        Self { status, headers: Vec::new(), retry_date: None, code: None, body: None }
    }

    fn set(&mut self, key: &str, value: &str) -> Result<(), String> {
        match key {
            "retry-after" => self.headers.push((RETRY_AFTER, header_value(value)?)),
            "retry-date" => self.retry_date = Some(number(value)?),
            "header" => self.headers.push(header(value)?),
            "code" => self.code = Some(number(value)?),
            "body" => self.body = Some(value.to_owned()),
            "to" if self.status.is_redirection() => {
                self.headers.retain(|(name, _)| name != LOCATION);
                self.headers.push((LOCATION, header_value(value)?));
            }
            _ => return Err(format!("unknown option `{key}`")),
        }
        Ok(())
    }

    fn apply(&self, mut response: HttpResponse, at: Timestamp) -> HttpResponse {
        response.status = self.status;
        response.headers.extend(self.headers.iter().cloned());
        if let Some(date) = self.retry_date.and_then(|seconds| http_date(at, seconds)) {
            response.headers.push((RETRY_AFTER, date));
        }
        if let Some(text) = &self.body {
            response.body = text.clone().into();
            if text.trim_start().starts_with('<') {
                response.content_type = HTML;
            }
        }
        response
    }
}

/// The HTTP-date `seconds` after `at`, rounded up: the format has no fractions, and a client must
/// not come back too early.
fn http_date(at: Timestamp, seconds: u32) -> Option<HeaderValue> {
    let wait = SignedDuration::from_secs(i64::from(seconds) + 1);
    let due = at.checked_add(wait).ok()?;
    let text = DateTimePrinter::new().timestamp_to_rfc9110_string(&due).ok()?;
    HeaderValue::try_from(text).ok()
}

fn with_body(mut response: HttpResponse, body: Vec<u8>) -> HttpResponse {
    response.body = body.into();
    response
}

fn html_page(mut response: HttpResponse) -> HttpResponse {
    response.content_type = HTML;
    let text = "<html><head><title>OK</title></head><body><h1>It works!</h1></body></html>";
    with_body(response, text.as_bytes().to_vec())
}

/// Puts spaces before the body, which JSON allows: only a client that reads all of it gets the
/// message's status.
fn padded(response: HttpResponse, size: usize) -> HttpResponse {
    let mut long = vec![b' '; size.saturating_sub(response.body.len())];
    long.extend_from_slice(&response.body);
    with_body(response, long)
}

/// The head and half of the body. The head has the whole length.
fn half(response: &HttpResponse) -> Vec<u8> {
    let mut bytes = encode(response);
    bytes.truncate(bytes.len() - response.body.len().div_ceil(2));
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(text: &str) -> Fault {
        text.parse().unwrap()
    }

    fn documented() -> HttpResponse {
        HttpResponse::json(StatusCode::OK, r#"{"a":1}"#.to_owned())
    }

    #[test]
    fn each_kind_accepts_the_message_or_not() {
        let accepting = "200 202:retry-after=1 lost reset-mid truncated oversized not-json empty \
                         close 500:accepted";
        let refusing = "500 429 400:code=131026 redirect failed reset reset-read";
        for (kinds, accepts) in [(accepting, true), (refusing, false)] {
            for text in kinds.split(' ') {
                assert_eq!(parse(text).accepts(), accepts, "{text}");
            }
        }
    }

    #[test]
    fn options_are_read() {
        let Effect::Replace { with: Replacement::Status(edit), accepted: true } =
            parse(r#"429:retry-after=2:header=X-Left=0:accepted:body={"a":"b=c"}"#).effect
        else {
            panic!("another effect");
        };
        let left = (HeaderName::from_static("x-left"), HeaderValue::from_static("0"));
        assert_eq!(edit.headers, [(RETRY_AFTER, HeaderValue::from_static("2")), left]);
        assert_eq!(edit.body.as_deref(), Some(r#"{"a":"b=c"}"#));

        assert_eq!(parse("oversized:size=9").effect, Effect::Change(Change::Oversized(9)));
        assert_eq!(parse("reset:fin").unread(), Some(Ending::Close));
        assert_eq!(parse("lost").unread(), None);
        let slow = parse("200:before=1s:after=20ms");
        assert_eq!((slow.before, slow.after), (Duration::from_secs(1), Duration::from_millis(20)));
    }

    #[test]
    fn a_redirect_has_exactly_one_location() {
        for (text, location) in [
            ("redirect", OTHER_HOST),
            ("308", OTHER_HOST),
            ("301:to=http://localhost:1/x", "http://localhost:1/x"),
        ] {
            let Effect::Replace { with: Replacement::Status(edit), .. } = parse(text).effect else {
                panic!("{text} is another effect");
            };
            assert_eq!(edit.headers, [(LOCATION, HeaderValue::from_static(location))], "{text}");
        }
    }

    #[test]
    fn the_error_names_the_problem() {
        for (text, problem) in [
            ("explode", "`explode` is not a fault"),
            ("", "`` is not a fault"),
            ("100", "`100` is not a fault"),
            ("500:size=1", "unknown option `size` in the fault `500:size=1`"),
            ("500:to=x", "unknown option `to`"),
            ("lost:retry-after=1", "unknown option `retry-after`"),
            ("200:after=fast", "`fast` is not a time"),
            ("500:header=x", "`x` is not header=NAME=VALUE"),
            ("oversized:size=-1", "`-1` is not a number that fits"),
        ] {
            let error = text.parse::<Fault>().unwrap_err();
            assert!(error.contains(problem), "{text}: {error}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]
        #[test]
        fn no_text_makes_it_panic(kind in "[a-z0-9-]{0,8}|500|redirect", options in "[:=a-z0-9é -]{0,20}") {
            let text = format!("{kind}:{options}");
            if let Ok(fault) = text.parse::<Fault>() {
                prop_assert_eq!(fault.text, text);
            }
        }
    }

    #[test]
    fn a_truncated_response_has_its_whole_length_in_the_head() {
        for (change, ending) in
            [(Change::Truncated, Ending::Close), (Change::ResetMid, Ending::Reset)]
        {
            let Outgoing::Raw(raw) = change.apply(documented(), Timestamp::UNIX_EPOCH) else {
                panic!("a well-formed response");
            };
            let text = String::from_utf8(raw.bytes.to_vec()).unwrap();
            assert!(text.contains("content-length: 7\r\n"), "{text}");
            assert!(text.ends_with("\r\n\r\n{\"a"), "{text}");
            assert_eq!(raw.ending, ending);
        }
    }

    #[test]
    fn an_oversized_response_is_still_the_documented_one() {
        let long = padded(documented(), 1000).body;
        assert_eq!(long.len(), 1000);
        let json: serde_json::Value = serde_json::from_slice(&long).unwrap();
        assert_eq!(json["a"], 1);
        assert_eq!(padded(documented(), 3), documented(), "never shorter");
    }

    #[test]
    fn a_retry_date_is_never_too_early() {
        let at = "2023-08-06T23:59:58.7Z".parse().unwrap();
        assert_eq!(http_date(at, 2).unwrap(), "Mon, 07 Aug 2023 00:00:01 GMT");
    }

    #[test]
    fn a_body_that_begins_with_a_tag_is_html() {
        for (body, content_type) in [("<html>", "text/html"), ("{}", "application/json")] {
            let edit = Edit { body: Some(body.to_owned()), ..Edit::new(StatusCode::BAD_GATEWAY) };
            let edited = edit.apply(documented(), Timestamp::UNIX_EPOCH);
            assert_eq!(edited.content_type.to_str().unwrap(), content_type);
            assert_eq!(edited.body, body.as_bytes());
        }
    }
}
