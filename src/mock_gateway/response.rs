//! The responses in the gateway's documentation, with ids and times filled in.

use hyper::body::Bytes;
use hyper::header::{HeaderName, HeaderValue};
use hyper::{Response, StatusCode};
use jiff::Timestamp;
use jiff::tz::Offset;

/// The path that takes messages.
pub(super) const ENDPOINT: &str = "/api/v1/whatsapp/contact";

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// A response before it is written.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct HttpResponse {
    pub(super) status: StatusCode,
    pub(super) content_type: HeaderValue,
    /// Headers other than the type and the length.
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    pub(super) body: Bytes,
}

impl HttpResponse {
    /// A JSON response without other headers.
    pub(super) fn json(status: StatusCode, body: String) -> Self {
        Self { status, content_type: JSON, headers: Vec::new(), body: body.into() }
    }

    /// Adds a header.
    pub(super) fn with(mut self, name: HeaderName, value: impl Into<HeaderValue>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Converts it to a response that hyper writes.
    pub(super) fn into_hyper(self) -> Response<http_body_util::Full<Bytes>> {
        let mut response = Response::new(self.body.into());
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(hyper::header::CONTENT_TYPE, self.content_type);
        for (name, value) in self.headers {
            headers.append(name, value);
        }
        response
    }
}

/// 200: the message is accepted. `wamid` is its id at WhatsApp.
pub(super) fn accepted(at: Timestamp, message_id: &str, wamid: &str) -> HttpResponse {
    let desc = "Message sent successfully";
    HttpResponse::json(StatusCode::OK, outcome(at, message_id, wamid, "SENT", desc))
}

/// 200 with `data.status` FAILED and a WhatsApp code in the text.
pub(super) fn failed(at: Timestamp, message_id: &str, code: u32) -> HttpResponse {
    let desc = format!("(#{code}) Message failed to send");
    let wamid = format!("wamid.HBgM{:016X}", at.as_microsecond());
    let body = outcome(at, message_id, &wamid, "FAILED", &desc);
    HttpResponse::json(StatusCode::OK, body)
}

fn outcome(at: Timestamp, message_id: &str, wamid: &str, status: &str, desc: &str) -> String {
    let at = local(at);
    let message_id = quoted(message_id);
    format!(
        r#"{{"timestamp":"{at}","data":{{"messageId":{message_id},"waId":"{wamid}","status":"{status}","statusDesc":"{desc}"}},"status":"success","message":"","errors":null}}"#
    )
}

/// 401. The documented body really contains `"status":"success"`.
pub(super) fn unauthorized(at: Timestamp) -> HttpResponse {
    let at = local(at);
    let body = format!(
        r#"{{"timestamp":"{at}","data":null,"status":"success","message":"Invalid credentials","errors":null}}"#
    );
    HttpResponse::json(StatusCode::UNAUTHORIZED, body)
}

/// A refusal in the form that is documented for 400, with an optional `message`.
pub(super) fn refusal(
    at: Timestamp,
    status: StatusCode,
    path: &str,
    message: Option<&str>,
) -> HttpResponse {
    let at = Offset::UTC.to_datetime(at);
    let error = status.canonical_reason().unwrap_or("Error");
    let message = message.map_or(String::new(), |text| format!(r#","message":{}"#, quoted(text)));
    let (number, path) = (status.as_u16(), quoted(path));
    let body = format!(
        r#"{{"timestamp":"{at:.3}+00:00","status":{number},"error":"{error}"{message},"path":{path}}}"#
    );
    HttpResponse::json(status, body)
}

/// 400 with the text "Duplicate messageId", for a repeat of an accepted message.
pub(super) fn duplicate_text(at: Timestamp) -> HttpResponse {
    let at = local(at);
    let body = format!(
        r#"{{"timestamp":"{at}","data":null,"status":"error","message":"Duplicate messageId","errors":null}}"#
    );
    HttpResponse::json(StatusCode::BAD_REQUEST, body)
}

/// 200 with no templates, for the read-only check of a key.
pub(super) fn templates(at: Timestamp) -> HttpResponse {
    let at = local(at);
    let body = format!(
        r#"{{"timestamp":"{at}","data":[],"status":"success","message":"","errors":null}}"#
    );
    HttpResponse::json(StatusCode::OK, body)
}

/// A time without a zone, as in most of the documented responses.
fn local(at: Timestamp) -> String {
    format!("{:.9}", Offset::UTC.to_datetime(at))
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(response: HttpResponse) -> (u16, String) {
        let body = String::from_utf8(response.body.to_vec()).unwrap();
        (response.status.as_u16(), body)
    }

    #[test]
    fn the_responses_are_the_documented_ones() {
        let at = "2023-08-06T01:27:56.825898971Z".parse().unwrap();
        let ms = "2023-08-06T17:50:35.701Z".parse().unwrap();
        let table = [
            (
                accepted(at, "7addc006", "wamid.HBg"),
                200,
                r#"{"timestamp":"2023-08-06T01:27:56.825898971","data":{"messageId":"7addc006","waId":"wamid.HBg","status":"SENT","statusDesc":"Message sent successfully"},"status":"success","message":"","errors":null}"#,
            ),
            (
                refusal(ms, StatusCode::BAD_REQUEST, ENDPOINT, None),
                400,
                r#"{"timestamp":"2023-08-06T17:50:35.701+00:00","status":400,"error":"Bad Request","path":"/api/v1/whatsapp/contact"}"#,
            ),
            (
                unauthorized(at),
                401,
                r#"{"timestamp":"2023-08-06T01:27:56.825898971","data":null,"status":"success","message":"Invalid credentials","errors":null}"#,
            ),
        ];
        for (response, status, body) in table {
            assert_eq!(text(response), (status, body.to_owned()));
        }
    }

    #[test]
    fn every_body_is_json_with_any_id_and_path() {
        let at = Timestamp::UNIX_EPOCH;
        let odd = "\"\\\n{\u{1}é";
        for response in [
            accepted(at, odd, "wamid.X"),
            failed(at, odd, 131_026),
            refusal(at, StatusCode::NOT_FOUND, odd, Some(odd)),
            duplicate_text(at),
            templates(at),
        ] {
            let (_, body) = text(response);
            let json: Result<serde_json::Value, _> = serde_json::from_str(&body);
            assert!(json.is_ok(), "{body}");
        }
    }
}
