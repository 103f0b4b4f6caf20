//! Checks a request against the documentation: the key, the content type and exactly the documented
//! fields.

use std::borrow::Cow;

use hyper::StatusCode;
use serde::Deserialize;
use serde_json::error::Category;

/// The relevant parts of a POST to the endpoint.
#[derive(Debug, Clone, Copy)]
pub(super) struct Request<'a> {
    pub(super) api_key: Option<&'a [u8]>,
    pub(super) content_type: Option<&'a [u8]>,
    /// `None` when it is over the limit, or the client left before its end.
    pub(super) body: Option<&'a [u8]>,
}

/// The id and the recipient of a valid request.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ValidMessage<'a> {
    pub(super) message_id: Cow<'a, str>,
    pub(super) to: Cow<'a, str>,
}

/// The reason why a request is not valid. `why` is for the log: the documented responses give no
/// reason.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    pub(super) why: String,
}

/// The documented payload; other fields are an error.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Payload<'a> {
    #[serde(borrow)]
    message_id: Cow<'a, str>,
    #[serde(borrow)]
    to: Cow<'a, str>,
    #[serde(borrow)]
    from: Cow<'a, str>,
    #[serde(borrow)]
    name: Name<'a>,
    #[serde(borrow)]
    phones: Vec<Phone<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Name<'a> {
    #[serde(borrow)]
    formatted_name: Cow<'a, str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Phone<'a> {
    #[serde(borrow)]
    phone: Cow<'a, str>,
    #[serde(borrow, default, rename = "type")]
    kind: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    wa_id: Option<Cow<'a, str>>,
}

impl<'a> Request<'a> {
    /// Returns the message, or why the request is not valid. `key` is the only accepted key, if
    /// any.
    pub(super) fn read(&self, key: Option<&str>) -> Result<ValidMessage<'a>, Refusal> {
        if !is_accepted_key(self.api_key, key) {
            return Err(refusal(StatusCode::UNAUTHORIZED, "the apiKey header is missing or wrong"));
        }
        let Some(body) = self.body else {
            return Err(refusal(
                StatusCode::PAYLOAD_TOO_LARGE,
                "the body is too large or not whole",
            ));
        };
        let read = if is_json(self.content_type) {
            read_payload(body)
        } else {
            Err("the content type is not application/json".to_owned())
        };
        read.map_err(|why| refusal(StatusCode::BAD_REQUEST, why))
    }
}

fn refusal(status: StatusCode, why: impl Into<String>) -> Refusal {
    let why = why.into();
    Refusal { status, why }
}

/// Returns whether a request's key is the accepted one, or not empty when every key is accepted.
pub(super) fn is_accepted_key(key: Option<&[u8]>, accepted: Option<&str>) -> bool {
    match (key, accepted) {
        (Some(key), Some(accepted)) => key == accepted.as_bytes(),
        (Some(key), None) => !key.is_empty(),
        (None, _) => false,
    }
}

fn is_json(content_type: Option<&[u8]>) -> bool {
    let essence = content_type.and_then(|value| value.split(|byte| *byte == b';').next());
    essence.is_some_and(|kind| kind.trim_ascii().eq_ignore_ascii_case(b"application/json"))
}

fn read_payload(body: &[u8]) -> Result<ValidMessage<'_>, String> {
    let payload: Payload = serde_json::from_slice(body).map_err(|error| describe(&error))?;
    let wrong = |field: &str| Err(format!("{field} is empty or not a number in digits"));
    if payload.message_id.trim().is_empty() {
        return Err("messageId is empty".to_owned());
    }
    if !is_number(&payload.to) {
        return wrong("to");
    }
    if !is_number(&payload.from) {
        return wrong("from");
    }
    check_card(&payload)?;
    Ok(ValidMessage { message_id: payload.message_id, to: payload.to })
}

fn check_card(payload: &Payload) -> Result<(), String> {
    let wrong = |field: &str, index| Err(format!("phones[{index}].{field} is empty or wrong"));
    if payload.name.formatted_name.trim().is_empty() {
        return Err("name.formattedName is empty".to_owned());
    }
    if payload.phones.is_empty() {
        return Err("phones is empty".to_owned());
    }
    for (index, phone) in payload.phones.iter().enumerate() {
        if !is_number(&phone.phone) {
            return wrong("phone", index);
        }
        if phone.kind.as_ref().is_some_and(|kind| kind.trim().is_empty()) {
            return wrong("type", index);
        }
        if phone.wa_id.as_ref().is_some_and(|id| !is_digits(id)) {
            return wrong("waId", index);
        }
    }
    Ok(())
}

/// Returns whether a text is a number. The documentation has none with `+`; real requests do.
fn is_number(text: &str) -> bool {
    is_digits(text.strip_prefix('+').unwrap_or(text))
}

fn is_digits(text: &str) -> bool {
    (5..=15).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The error as text without values: names do not belong in a log.
fn describe(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let about_a_field = ["unknown field", "missing field", "duplicate field"];
    if about_a_field.iter().any(|start| text.starts_with(start)) {
        return text;
    }
    let what = match error.classify() {
        Category::Data => "a value of the wrong type",
        _ => "not JSON",
    };
    format!("{what} at line {} column {}", error.line(), error.column())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use serde_json::{Value, json};

    /// The documentation's own example.
    pub(in super::super) fn documented() -> Value {
        json!({
            "messageId": "ca739107-4b0d-4581-acb1-4c4af70555de",
            "to": "254712345678", "from": "254110090747",
            "name": {"formattedName": "Test User"},
            "phones": [{"phone": "254712345678", "type": "Cell", "waId": "254712345678"}],
        })
    }

    fn read(body: &str) -> Result<(String, String), (u16, String)> {
        let request = Request {
            api_key: Some(b"k"),
            content_type: Some(b"application/json"),
            body: Some(body.as_bytes()),
        };
        match request.read(None) {
            Ok(message) => Ok((message.message_id.into_owned(), message.to.into_owned())),
            Err(refusal) => Err((refusal.status.as_u16(), refusal.why)),
        }
    }

    /// The documented payload with the value at a JSON pointer replaced, added or (null) removed.
    fn with(pointer: &str, value: Value) -> String {
        let mut payload = documented();
        let (parent, field) = pointer.rsplit_once('/').unwrap();
        match payload.pointer_mut(parent).unwrap() {
            Value::Object(object) if value.is_null() => drop(object.remove(field)),
            Value::Object(object) => drop(object.insert(field.to_owned(), value)),
            other => panic!("{other} has no fields"),
        }
        payload.to_string()
    }

    #[test]
    fn the_documented_message_and_its_variants_are_valid() {
        for body in [
            documented().to_string(),
            with("/to", json!("+254712345678")),
            with("/phones/0/waId", Value::Null),
            with("/phones/0/type", Value::Null),
            with("/name/formattedName", json!("Zoë \"Z\" \u{1f600}\n")),
            with("/phones", json!([{"phone": "254712345678"}, {"phone": "+441234567890"}])),
        ] {
            let (id, to) = read(&body).unwrap();
            assert_eq!(id, "ca739107-4b0d-4581-acb1-4c4af70555de");
            assert!(to.ends_with("254712345678"));
        }
        assert_eq!(read(&with("/messageId", json!("a\"b"))).unwrap().0, "a\"b");
    }

    #[test]
    fn anything_else_is_refused_with_a_reason() {
        let table = [
            (with("/campaign", json!("x")), "unknown field `campaign`"),
            (with("/name/first", json!("x")), "unknown field `first`"),
            (with("/phones/0/ext", json!("x")), "unknown field `ext`"),
            (with("/messageId", Value::Null), "missing field `messageId`"),
            (with("/phones", Value::Null), "missing field `phones`"),
            (with("/messageId", json!(7)), "a value of the wrong type"),
            (with("/to", json!(254_712_345_678_u64)), "a value of the wrong type"),
            (with("/name", json!("Test User")), "a value of the wrong type"),
            (with("/messageId", json!(" ")), "messageId is empty"),
            (with("/to", json!("")), "to is empty"),
            (with("/to", json!("0712 345 678")), "to is empty"),
            (with("/to", json!("++254712345678")), "to is empty"),
            (with("/from", json!("2547123456789012")), "from is empty"),
            (with("/name/formattedName", json!("")), "name.formattedName is empty"),
            (with("/phones", json!([])), "phones is empty"),
            (with("/phones/0/phone", json!("abc")), "phones[0].phone"),
            (with("/phones/0/type", json!("")), "phones[0].type"),
            (with("/phones/0/waId", json!("+254712345678")), "phones[0].waId"),
            (String::new(), "not JSON at line 1 column 0"),
            ("{".to_owned(), "not JSON"),
            (format!("{}x", documented()), "not JSON"),
            ("[1]".to_owned(), "a value of the wrong type"),
        ];
        for (body, reason) in table {
            let (status, why) = read(&body).unwrap_err();
            assert_eq!(status, 400, "{body}");
            assert!(why.starts_with(reason), "{body}: {why}");
        }
    }

    #[test]
    fn a_reason_never_contains_a_value() {
        let (_, why) = read(&with("/phones", json!("Jane Doe"))).unwrap_err();
        assert!(!why.contains("Jane"), "{why}");
    }

    #[test]
    fn the_key_is_checked_before_the_content_type_and_the_body() {
        let body = documented().to_string();
        let status = |api_key, content_type: &'static [u8], body, key| {
            let content_type = Some(content_type);
            let read = Request { api_key, content_type, body }.read(key);
            read.map_or_else(|refusal| refusal.status.as_u16(), |_| 200)
        };
        let body = Some(body.as_bytes());
        let json: &[u8] = b"application/json";
        let table = [
            (Some(&b"k"[..]), json, body, None, 200),
            (Some(b"k"), b"Application/JSON ; charset=utf-8", body, Some("k"), 200),
            (None, json, body, None, 401),
            (Some(b""), json, body, None, 401),
            (Some(b"x"), json, Some(&b"{"[..]), Some("k"), 401),
            (Some(b"k"), b"text/plain", body, None, 400),
            (Some(b"k"), b"application/jsonp", body, None, 400),
            (Some(b"k"), json, None, None, 413),
        ];
        for (api_key, content_type, body, key, expected) in table {
            assert_eq!(status(api_key, content_type, body, key), expected);
        }
    }
}
