//! Classifies an HTTP response as a reply or a failure. Pure.
//!
//! The order of the rules matters, because the body may contradict the status (a 401 has
//! `"status":"success"`): first an answer to another message of the run; then 401; then an
//! acceptance, which needs a 2xx; then a known WhatsApp code in a text; then a duplicate, except
//! after a server error; and last the HTTP status.

use std::borrow::Cow;
use std::time::Duration;

use serde_json::Value;

use super::recent_ids::RecentIds;
use super::redact::Redactor;
use super::{codes, duplicate};
use crate::send::outcome::{Code, Failure, FailureKind, Receipt, Reply};

/// The fields with texts of the gateway and of WhatsApp, in the body and in its `data`.
const TEXTS: [&str; 4] = ["message", "error", "statusDesc", "errors"];

/// The values of `data.status` that mean an acceptance.
const ACCEPTED: [&str; 6] = ["SENT", "QUEUED", "PENDING", "ACCEPTED", "DELIVERED", "READ"];

/// The values of `data.status` that mean a refusal, and our codes for them.
const REFUSED: [(&str, &str); 3] =
    [("FAILED", "status_failed"), ("REJECTED", "status_rejected"), ("EXPIRED", "status_expired")];

/// The parts of an HTTP response that matter here.
pub(super) struct HttpResponse<'a> {
    pub(super) status: u16,
    /// The body, perhaps cut short.
    pub(super) body: &'a [u8],
    /// The wait that the headers ask for.
    pub(super) wait: Option<Duration>,
    /// Cleans the texts of the body, which go into a file.
    pub(super) redactor: &'a Redactor,
    /// The messages that were posted, this one among them.
    pub(super) posted: &'a RecentIds,
}

/// The detail of an answer that is none to this message.
const OTHER_MESSAGE: &str = "it names another message of this run";

/// Classifies the response to the message `message_id`.
pub(super) fn classify(response: &HttpResponse<'_>, message_id: &str) -> Result<Reply, Failure> {
    let json = Json::read(response.body);
    if json.names_another(message_id, response.posted) {
        // Nothing in it is about this message.
        return Err(Failure {
            http_status: Some(response.status),
            wait: response.wait,
            ..Failure::unanswered(FailureKind::Unreadable, UNREADABLE, OTHER_MESSAGE)
        });
    }
    if response.status != 401
        && let Some(reply) = json.accepted(response, message_id)
    {
        return Ok(reply);
    }
    let (kind, code) = kind_and_code(response.status, &json);
    Err(Failure {
        kind,
        code,
        http_status: Some(response.status),
        wait: response.wait,
        receipt: json.receipt(response, message_id),
        detail: json.detail(response.redactor),
    })
}

/// The code of an answer that cannot be understood.
const UNREADABLE: Code = Code::Word("unreadable");

fn kind_and_code(status: u16, json: &Json) -> (FailureKind, Code) {
    let http = Code::Http(status);
    if status == 401 {
        return (FailureKind::Unauthorised, http);
    }
    let texts = json.texts();
    if let Some((code, kind)) = texts.iter().find_map(|text| codes::known_code(text)) {
        return (kind, code);
    }
    let by_status = codes::meaning(http);
    // A "duplicate key" with a 500 is an error of the gateway's database, and no acceptance.
    let server_error = by_status == Some(FailureKind::Unavailable);
    if status == 409 || (!server_error && texts.iter().any(|text| duplicate::is_of_message(text))) {
        return (FailureKind::Duplicate, Code::Word("duplicate"));
    }
    // A code that is not in the table decides nothing, but users can look it up.
    let unknown_code = texts.iter().find_map(|text| codes::any_code(text));
    if !is_success(status) {
        return (by_status.unwrap_or(FailureKind::Unreadable), unknown_code.unwrap_or(http));
    }
    match REFUSED.into_iter().find(|(word, _)| json.data_status_is(word)) {
        Some((_, word)) => (FailureKind::Refused, unknown_code.unwrap_or(Code::Word(word))),
        None => (FailureKind::Unreadable, UNREADABLE),
    }
}

fn is_success(status: u16) -> bool {
    (200..=299).contains(&status)
}

/// The body as JSON; null when it is not JSON.
struct Json(Value);

impl Json {
    fn read(body: &[u8]) -> Self {
        let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
        Self(serde_json::from_slice(body).unwrap_or(Value::Null))
    }

    fn accepted(&self, response: &HttpResponse<'_>, message_id: &str) -> Option<Reply> {
        let accepted = is_success(response.status)
            && ACCEPTED.into_iter().any(|word| self.data_status_is(word))
            && is_empty(self.0.get("errors"));
        accepted.then(|| Reply {
            receipt: self.receipt(response, message_id),
            http_status: response.status,
            pause: response.wait,
        })
    }

    /// Returns whether the answer has the id of another message of the run. An id that is unknown
    /// is the gateway's own.
    fn names_another(&self, message_id: &str, posted: &RecentIds) -> bool {
        let id = match self.0.get("data").and_then(|data| data.get("messageId")) {
            Some(Value::String(id)) => Cow::Borrowed(id.as_str()),
            Some(Value::Number(id)) => Cow::Owned(id.to_string()),
            _ => return false,
        };
        // Some systems change the letter case of a UUID.
        let in_capitals = || id.bytes().any(|byte| byte.is_ascii_uppercase());
        !id.eq_ignore_ascii_case(message_id)
            && (posted.contains(&id)
                || (in_capitals() && posted.contains(&id.to_ascii_lowercase())))
    }

    fn receipt(&self, response: &HttpResponse<'_>, message_id: &str) -> Receipt {
        let text = |field| self.data_text(field, response.redactor);
        Receipt {
            wamid: text("waId"),
            gateway_status: text("status").unwrap_or_default(),
            gateway_message_id: match self.has_id(message_id) {
                true => None,
                false => text("messageId"),
            },
        }
    }

    /// Returns whether the answer has the id that was posted.
    fn has_id(&self, message_id: &str) -> bool {
        let id = self.0.get("data").and_then(|data| data.get("messageId"));
        id.and_then(Value::as_str) == Some(message_id)
    }

    fn data_text(&self, field: &str, redactor: &Redactor) -> Option<Box<str>> {
        let text: Box<str> = match self.0.get("data")?.get(field)? {
            Value::String(text) => redactor.clean(text).into(),
            Value::Number(number) => redactor.clean(&number.to_string()).into(),
            _ => return None,
        };
        Some(text).filter(|text| !text.is_empty())
    }

    fn data_status_is(&self, word: &str) -> bool {
        let status = self.0.get("data").and_then(|data| data.get("status"));
        let status = status.and_then(Value::as_str);
        status.is_some_and(|status| status.trim().eq_ignore_ascii_case(word))
    }

    /// All texts and numbers that may hold a code or a reason.
    fn texts(&self) -> Vec<String> {
        let mut texts = Vec::new();
        let data = self.0.get("data").unwrap_or(&Value::Null);
        for object in [&self.0, data] {
            for field in TEXTS {
                leaves(object.get(field).unwrap_or(&Value::Null), &mut texts);
            }
        }
        texts
    }

    /// The gateway's own text: the longest, if there are several.
    fn detail(&self, redactor: &Redactor) -> Box<str> {
        let texts = self.texts();
        let longest = texts.iter().rev().max_by_key(|text| text.len());
        longest.map(|text| redactor.clean(text)).unwrap_or_default().into()
    }
}

fn is_empty(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => true,
        Some(Value::Array(items)) => items.is_empty(),
        Some(Value::Object(fields)) => fields.is_empty(),
        Some(Value::String(text)) => text.trim().is_empty(),
        Some(Value::Bool(_) | Value::Number(_)) => false,
    }
}

fn leaves(value: &Value, texts: &mut Vec<String>) {
    match value {
        Value::Null | Value::Bool(_) => {}
        Value::Number(number) => texts.push(number.to_string()),
        Value::String(text) if text.trim().is_empty() => {}
        Value::String(text) => texts.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| leaves(item, texts)),
        Value::Object(fields) => fields.values().for_each(|field| leaves(field, texts)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OK: &str = r#"{"timestamp":"2023-08-06T01:27:56.825898971","data":{"messageId":"m1","waId":"wamid.HBg","status":"SENT","statusDesc":"Message sent successfully"},"status":"success","message":"","errors":null}"#;
    const BAD: &str = r#"{"timestamp":"2023-08-06T17:50:35.701+00:00","status":400,"error":"Bad Request","path":"/api/v1/whatsapp/contact"}"#;
    const KEY: &str = r#"{"timestamp":"2023-08-06T20:49:48.455464058","data":null,"status":"success","message":"Invalid credentials","errors":null}"#;
    const HTML: &str =
        "<html><body bgcolor=#131047><h1>502 Bad Gateway</h1> duplicate</body></html>";

    fn classified(status: u16, body: &str) -> Result<Reply, Failure> {
        let posted = &RecentIds::default();
        ["m1", "m2", "M3"].iter().for_each(|id| posted.insert(id));
        let redactor = &Redactor::new("the-secret-key");
        let body = body.as_bytes();
        classify(&HttpResponse { status, body, wait: None, redactor, posted }, "m1")
    }

    #[test]
    fn an_answer_to_another_message_of_the_run_is_unreadable_whatever_it_says() {
        let naming = |id: &str| OK.replace("\"m1\"", id);
        let refused = |id: &str| naming(id).replace("SENT", "FAILED");
        for (status, body) in [
            (200, naming("\"m2\"")),
            (200, naming("\"M2\"")),
            (200, naming("\"M3\"")),
            (200, refused("\"m2\"")),
            (400, refused("\"m2\"")),
            (401, naming("\"m2\"")),
            (409, naming("\"m2\"")),
            (503, naming("\"m2\"")),
        ] {
            let failure = classified(status, &body).unwrap_err();
            assert_eq!(failure.kind, FailureKind::Unreadable, "{status} {body}");
            assert_eq!(failure.in_full(), format!("{failure}: {OTHER_MESSAGE}"));
            assert_eq!(failure.receipt, Receipt::default(), "nothing of the other message");
        }
        // The gateway's own id, ours in capitals, and none.
        for id in ["\"7addc006\"", "17", "\"M1\"", "null", "\"\"", "{}"] {
            assert!(classified(200, &naming(id)).is_ok(), "{id}");
        }
    }

    #[test]
    fn acceptances_are_recognised() {
        let data = |data: &str| format!(r#"{{"data":{data},"status":"success","errors":null}}"#);
        #[rustfmt::skip]
        let bodies = [
            (200, OK.to_owned()),
            (201, OK.to_owned()),
            (202, data(r#"{"status":"QUEUED"}"#)),
            (200, data(r#"{"status":"pending","waId":null}"#)),
            (200, data(r#"{"status":"Accepted"}"#)),
            (200, data(r#"{"status":"DELIVERED"}"#)),
            (200, data(r#"{"status":" read "}"#)),
            (200, r#"{"data":{"status":"SENT"}}"#.to_owned()),
            (200, r#"{"data":{"status":"SENT"},"status":200}"#.to_owned()),
            (200, r#"{"data":{"status":"SENT"},"errors":[]}"#.to_owned()),
            (200, r#"{"data":{"status":"SENT"},"errors":{}}"#.to_owned()),
            (200, r#"{"data":{"status":"SENT"},"errors":""}"#.to_owned()),
            // A number in the text of an acceptance is not an error code.
            (200, r#"{"data":{"status":"SENT","statusDesc":"order 131047"}}"#.to_owned()),
            (200, format!("\u{feff} {OK}\n")),
        ];
        for (status, body) in bodies {
            assert!(classified(status, &body).is_ok(), "{status} {body}");
        }
    }

    #[test]
    fn a_reply_has_the_ids_and_the_status() {
        let reply = classified(200, OK).unwrap();
        assert_eq!(reply.receipt.wamid.as_deref(), Some("wamid.HBg"));
        assert_eq!(&*reply.receipt.gateway_status, "SENT");
        assert_eq!(reply.receipt.gateway_message_id, None);
        assert_eq!(reply.http_status, 200);

        let other = OK.replace("\"m1\"", "\"7addc006\"");
        let reply = classified(201, &other).unwrap();
        assert_eq!(reply.receipt.gateway_message_id.as_deref(), Some("7addc006"));
        assert_eq!(reply.http_status, 201);

        let numbered = r#"{"data":{"status":"queued","messageId":17,"waId":""}}"#;
        let reply = classified(200, numbered).unwrap();
        assert_eq!(reply.receipt.gateway_message_id.as_deref(), Some("17"));
        assert_eq!(reply.receipt.wamid, None);
        assert_eq!(&*reply.receipt.gateway_status, "queued");
    }

    /// Checks how responses are classified: status, body, kind, `error_code`.
    fn check(cases: Vec<(u16, String, FailureKind, &str)>) {
        for (status, body, kind, code) in cases {
            let start: String = body.chars().take(80).collect();
            let failure = classified(status, &body).expect_err(&start);
            assert_eq!(failure.kind, kind, "{status} {start}");
            assert_eq!(failure.code.to_string(), code, "{status} {start}");
            assert_eq!(failure.http_status, Some(status));
        }
    }

    /// A body with a text in `message`.
    fn saying(text: &str) -> String {
        format!(r#"{{"message":"{text}","data":null}}"#)
    }

    /// A body with the status FAILED and a text in `statusDesc`.
    fn failed(text: &str) -> String {
        format!(r#"{{"data":{{"status":"FAILED","statusDesc":"{text}"}},"status":"success"}}"#)
    }

    #[test]
    fn documented_failures_and_the_order_of_the_rules() {
        use FailureKind::*;
        #[rustfmt::skip]
        check(vec![
            // The documented failures.
            (401, KEY.to_owned(),                                   Unauthorised,  "http_401"),
            (400, BAD.to_owned(),                                   Refused,       "http_400"),
            // 401 stops whatever the body is; only a 2xx can be an acceptance.
            (401, OK.to_owned(),                                    Unauthorised,  "http_401"),
            (401, saying("(#131047)"),                              Unauthorised,  "http_401"),
            (401, saying("duplicate"),                              Unauthorised,  "http_401"),
            (500, OK.to_owned(),                                    Unavailable,   "http_500"),
            (500, saying("duplicate key in table x"),               Unavailable,   "http_500"),
            (400, saying("(#131021) to is from"),                   Refused,       "131021"),
            (400, OK.to_owned(),                                    Refused,       "http_400"),
            (302, OK.to_owned(),                                    SetUp,         "http_302"),
        ]);
    }

    #[test]
    fn a_2xx_without_an_acceptance() {
        use FailureKind::*;
        #[rustfmt::skip]
        check(vec![
            // A 2xx with a refusal.
            (200, failed("no reason"),                              Refused,       "status_failed"),
            (200, failed("(#131047) Re-engagement"),                WindowClosed,  "131047"),
            (200, failed("131026: undeliverable"),                  Undeliverable, "131026"),
            (200, failed("(#131999) not known"),                   Refused,       "131999"),
            (200, r#"{"data":{"status":"rejected"}}"#.into(),       Refused,       "status_rejected"),
            (200, r#"{"data":{"status":"Expired"}}"#.into(),        Refused,       "status_expired"),
            // A 2xx with neither.
            (200, String::new(),                                    Unreadable,    "unreadable"),
            (204, String::new(),                                    Unreadable,    "unreadable"),
            (200, HTML.to_owned(),                                  Unreadable,    "unreadable"),
            (200, OK[..OK.len() - 1].to_owned(),                    Unreadable,    "unreadable"),
            (200, OK[..60].to_owned(),                              Unreadable,    "unreadable"),
            (200, format!("{OK}{OK}"),                              Unreadable,    "unreadable"),
            (200, "[]".to_owned(),                                  Unreadable,    "unreadable"),
            (200, "null".to_owned(),                                Unreadable,    "unreadable"),
            (200, "[".repeat(60_000),                               Unreadable,    "unreadable"),
            (200, KEY.to_owned(),                                   Unreadable,    "unreadable"),
            (200, r#"{"data":{}}"#.to_owned(),                      Unreadable,    "unreadable"),
            (200, r#"{"data":"SENT"}"#.to_owned(),                  Unreadable,    "unreadable"),
            (200, r#"{"status":"SENT"}"#.to_owned(),                Unreadable,    "unreadable"),
            (200, r#"{"data":{"status":1}}"#.to_owned(),            Unreadable,    "unreadable"),
            (200, r#"{"data":{"status":"SENDING"}}"#.into(),        Unreadable,    "unreadable"),
            (200, r#"{"data":{"status":"SENT"},"errors":["x"]}"#.into(), Unreadable,    "unreadable"),
            (200, r#"{"data":{"status":"SENT"},"errors":[131056]}"#.into(), PairLimited,   "131056"),
        ]);
    }

    #[test]
    fn a_known_code_decides_before_a_duplicate() {
        use FailureKind::*;
        #[rustfmt::skip]
        check(vec![
            // A known code decides before the status.
            (400, saying("(#131056) pair rate"),                    PairLimited,   "131056"),
            (400, saying("(#130429)"),                              Throttled,     "130429"),
            (500, saying("(#131026)"),                              Undeliverable, "131026"),
            (500, saying("(#190) token"),                           Unauthorised,  "190"),
            (403, saying("131031"),                                 AccountStopped, "131031"),
            (404, saying("(#33) no such number"),                   SenderUnusable, "33"),
            (400, saying("(#131000)"),                              Unavailable,   "131000"),
            (409, saying("(#131057)"),                              Unavailable,   "131057"),
            (400, r#"{"error":{"message":"(#131009) bad","code":131009}}"#.into(), Refused,       "131009"),
            (400, r#"{"errors":[{"code":131049}]}"#.into(),         UserLimited,   "131049"),
            (400, r#"{"errors":["x","130497 country"]}"#.into(),    CountryBlocked, "130497"),
            // Small and unknown numbers do not decide.
            (400, r#"{"errors":[{"code":190,"row":3}]}"#.into(),    Refused,       "http_400"),
            (400, saying("error 190, 100 chars"),                   Refused,       "http_400"),
            (422, saying("(#131999)"),                              Refused,       "131999"),
            (400, BAD.replace("35.701", "35.131047"),               Refused,       "http_400"),
            // Duplicates, by status and by text.
            (409, String::new(),                                    Duplicate,     "duplicate"),
            (409, HTML.to_owned(),                                  Duplicate,     "duplicate"),
            (400, saying("Duplicate messageId"),                    Duplicate,     "duplicate"),
            (200, failed("DUPLICATE message"),                      Duplicate,     "duplicate"),
            (422, saying("messageId already exists"),               Duplicate,     "duplicate"),
            (409, saying("Duplicate phone numbers in phones"),      Duplicate,     "duplicate"),
            // Something else is the duplicate.
            (400, saying("Duplicate phone numbers in phones"),      Refused,       "http_400"),
            (200, failed("Duplicate phone numbers in phones"),      Refused,       "status_failed"),
            (200, saying("duplicate request"),                      Unreadable,    "unreadable"),
        ]);
    }

    #[test]
    fn without_a_known_body_the_status_decides() {
        use FailureKind::*;
        #[rustfmt::skip]
        check(vec![
            // The status alone, with any body.
            (403, HTML.to_owned(),                                  Unauthorised,  "http_403"),
            (402, HTML.to_owned(),                                  AccountStopped, "http_402"),
            (429, String::new(),                                    Throttled,     "http_429"),
            (425, String::new(),                                    TooEarly,      "http_425"),
            (408, HTML.to_owned(),                                  Unavailable,   "http_408"),
            (502, HTML.to_owned(),                                  Unavailable,   "http_502"),
            (503, "{\"data\":".to_owned(),                          Unavailable,   "http_503"),
            (301, String::new(),                                    SetUp,         "http_301"),
            (404, HTML.to_owned(),                                  SetUp,         "http_404"),
            (407, HTML.to_owned(),                                  SetUp,         "http_407"),
            (413, String::new(),                                    Refused,       "http_413"),
            (101, String::new(),                                    Unreadable,    "http_101"),
            (999, String::new(),                                    Unreadable,    "http_999"),
        ]);
    }

    #[test]
    fn no_text_that_is_kept_has_the_key_or_a_line_end() {
        let body = r#"{"message":"no the-secret-key\nhere","data":{"status":"the-secret-key","waId":"w\r\n the-secret-key","messageId":"x%74he-secret-key\u202e"}}"#;
        for status in [200, 400, 401, 500] {
            let failure = classified(status, body).unwrap_err();
            assert_eq!(&*failure.detail, "no [key] here");
            let receipt = failure.receipt;
            assert_eq!(&*receipt.gateway_status, "[key]");
            assert_eq!(receipt.wamid.as_deref(), Some("w [key]"));
            assert_eq!(receipt.gateway_message_id.as_deref(), Some("x[key]"));
        }
    }

    #[test]
    fn the_detail_is_short_and_on_one_line() {
        let detail = |body: &str| classified(400, body).unwrap_err().detail;
        assert_eq!(&*detail(BAD), "Bad Request");
        assert_eq!(&*detail(r#"{"message":"one\n\t two\u0000three"}"#), "one two three");
        assert_eq!(
            &*detail(r#"{"error":"Bad Request","errors":[{"reason":"to is not a number"}]}"#),
            "to is not a number"
        );
        assert_eq!(&*detail(HTML), "");
    }

    #[test]
    fn the_wait_is_part_of_the_reply_or_failure() {
        let (wait, posted) = (Some(Duration::from_secs(3)), RecentIds::default());
        let classified = |status, body: &str| {
            let (redactor, body, posted) = (&Redactor::new(""), body.as_bytes(), &posted);
            let response = HttpResponse { status, body, wait, redactor, posted };
            classify(&response, "m1")
        };
        assert_eq!(classified(200, OK).unwrap().pause, wait);
        assert_eq!(classified(429, "").unwrap_err().wait, wait);
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(256))]

        #[test]
        fn no_body_makes_it_panic_or_is_accepted_without_2xx(
            status in 300_u16..1000,
            body in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200),
        ) {
            let (redactor, posted) = (&Redactor::new(""), &RecentIds::default());
            let response = HttpResponse { status, body: &body, wait: None, redactor, posted };
            proptest::prop_assert!(classify(&response, "m1").is_err());
        }

        #[test]
        fn an_acceptance_cut_short_is_unreadable(cut in 0..OK.len()) {
            let failure = classified(200, &OK[..cut]).unwrap_err();
            proptest::prop_assert_eq!(failure.kind, FailureKind::Unreadable);
        }
    }
}
