//! What to do about a message that was not sent: one sentence for each status and error code, and
//! for each reason of a held message. Pure.
//!
//! The sentences stand on the screen of `report`, in the reports and in the not-sent files.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::eligibility::held::Held;
use crate::send::gateway::kind_of_code;
use crate::send::outcome::{FailureKind, Status};

/// The user stopped messages of this business (WhatsApp's error code).
const STOPPED: &str = "131050";

/// Returns what to do about a message with this status and error code, as a lowercase fragment;
/// empty for a sent one.
///
/// `code` is a value of the results' `error_code` column. A code that is not known is one of its
/// status.
#[must_use]
pub fn next_step(status: Status, code: &str) -> &'static str {
    match status {
        Status::Sent => "",
        Status::Unknown => "it may have arrived; run again: it keeps its id",
        Status::Failed if code == Held::SessionClosed.code() => "they must write first; run again",
        Status::Failed => kind_of_code(code).map_or("run again", after_failure),
        Status::Refused if code == STOPPED => "nothing: they do not want your messages",
        Status::Refused => kind_of_code(code).map_or(AFTER_REFUSAL, after_refusal),
    }
}

/// What to do about a refusal whose reason is only in the gateway's own words.
const AFTER_REFUSAL: &str = "see `error` in the results; once it is solved, --retry-refused";

/// What to do about a message that failed: the next run tries it again by itself.
fn after_failure(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::NotConnected => "check the network and --gateway, then run again",
        FailureKind::Throttled => "run again, with a lower --rate",
        FailureKind::PairLimited => "run again later, with a lower --recipient-rate",
        FailureKind::Unauthorised => "correct the API key, then run again",
        FailureKind::AccountStopped => "see the gateway's settings page, then run again",
        FailureKind::SenderUnusable => "check --from, then run again",
        FailureKind::SetUp => "check --gateway, the proxy and --ca-file, then run again",
        FailureKind::OwnLimit => "run again, with a lower --concurrency",
        FailureKind::Refused => "see `error` in the results; once it is solved, run again",
        FailureKind::WindowClosed => "they must write first; run again",
        FailureKind::UserLimited => "run again after 24 hours",
        FailureKind::TooEarly
        | FailureKind::Unavailable
        | FailureKind::Lost
        | FailureKind::Unreadable
        | FailureKind::Undeliverable
        | FailureKind::CountryBlocked
        | FailureKind::Duplicate => "run again",
    }
}

/// What to do about a message that was refused: no run tries it again by itself, except after a
/// closed window when the recipient is known to have written.
fn after_refusal(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::WindowClosed => "they must write first, then --retry-refused=131047",
        FailureKind::UserLimited => "after 24 hours, --retry-refused=131049",
        FailureKind::Undeliverable => "check that the number is on WhatsApp",
        FailureKind::CountryBlocked => "nothing: WhatsApp does not allow this country",
        FailureKind::Duplicate => "ask them whether it arrived: an earlier message has its id",
        _ => AFTER_REFUSAL,
    }
}

/// Returns what to do about a message that is held, as a lowercase fragment.
#[must_use]
pub fn held_next_step(held: Held) -> &'static str {
    match held {
        Held::Edited => "--send-changed sends it; the earlier card stays with them",
        Held::SessionClosed => "they must write first; run again",
        Held::SessionUnknown => "give --inbound or last_inbound_at, or --session-missing send",
        Held::LastInboundBad => "correct last_inbound_at, or look at --timezone",
        Held::RecipientCap => "run again later: they got as many as --recipient-cap allows",
    }
}

/// The reason of a held message in few words.
#[must_use]
pub fn held_words(held: Held) -> &'static str {
    match held {
        Held::Edited => "sent before under another name",
        Held::SessionClosed => "24-hour window closed",
        Held::SessionUnknown => "not known when they last wrote",
        Held::LastInboundBad => "time they last wrote not usable",
        Held::RecipientCap => "enough messages for now",
    }
}

/// The codes of results that have a meaning of their own, apart from what their kind says.
pub const OWN_CODES: [(&str, &str); 6] = [
    (STOPPED, "stopped messages"),
    ("session_closed", "session closed"),
    ("in_flight", "the run ended before the answer"),
    ("broken_line", "line in the results not readable"),
    ("payload", "request not written: an error in lipasend"),
    ("130403", "number blocked"),
];

/// Returns what an error code means, in few words for a line that counts it; `None` for a code that
/// is not known.
#[must_use]
pub fn code_meaning(code: &str) -> Option<&'static str> {
    if let Some((_, meaning)) = OWN_CODES.iter().find(|(own, _)| *own == code) {
        return Some(meaning);
    }
    Some(match kind_of_code(code)? {
        FailureKind::NotConnected => "no connection",
        FailureKind::Throttled => "rate limit",
        FailureKind::PairLimited => "too many to this recipient",
        FailureKind::TooEarly => "gateway not ready",
        FailureKind::Unavailable => "gateway failed",
        FailureKind::Lost => "answer lost",
        FailureKind::Unreadable => "answer not understood",
        FailureKind::WindowClosed => "session closed",
        FailureKind::Undeliverable => "not reachable on WhatsApp",
        FailureKind::UserLimited => "enough messages for now",
        FailureKind::CountryBlocked => "country not allowed",
        FailureKind::Refused => "request refused",
        FailureKind::Duplicate => "id already used",
        FailureKind::Unauthorised => "key refused",
        FailureKind::AccountStopped => "account stopped",
        FailureKind::SenderUnusable => "sender not usable",
        FailureKind::SetUp => "address, certificate or proxy wrong",
        FailureKind::OwnLimit => "too many open files",
    })
}

/// Returns the codes with their numbers, the most frequent first.
#[must_use]
pub fn by_number(codes: &BTreeMap<String, u64>) -> Vec<(&str, u64)> {
    let mut codes: Vec<(&str, u64)> =
        codes.iter().map(|(code, number)| (code.as_str(), *number)).collect();
    codes.sort_by_key(|(_, number)| Reverse(*number));
    codes
}

/// Returns the meaning of a refusal's code with the code; `None` without a code.
#[must_use]
pub fn refused_words(code: &str) -> Option<String> {
    match (code, code_meaning(code)) {
        ("", _) => None,
        (code, None) => Some(format!("refused ({code})")),
        (code, Some(meaning)) => Some(format!("{meaning} ({code})")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_status_and_code_has_its_next_step() {
        use Status::{Failed, Refused, Sent, Unknown};
        #[rustfmt::skip]
        let cases = [
            (Sent,    "",               "",                ""),
            (Sent,    "131047",         "session closed",  ""),
            (Unknown, "lost",           "answer lost",     "it may have arrived; run again: it keeps its id"),
            (Unknown, "http_503",       "gateway failed",  "it may have arrived; run again: it keeps its id"),
            (Unknown, "in_flight",      "the run ended before the answer", "it may have arrived; run again: it keeps its id"),
            (Unknown, "131047",         "session closed",  "it may have arrived; run again: it keeps its id"),
            (Refused, "131047",         "session closed",  "they must write first, then --retry-refused=131047"),
            (Failed,  "session_closed", "session closed",  "they must write first; run again"),
            (Refused, "131026",         "not reachable on WhatsApp", "check that the number is on WhatsApp"),
            (Refused, "130403",         "number blocked",  "check that the number is on WhatsApp"),
            (Refused, "131049",         "enough messages for now", "after 24 hours, --retry-refused=131049"),
            (Refused, "131050",         "stopped messages", "nothing: they do not want your messages"),
            (Refused, "130497",         "country not allowed", "nothing: WhatsApp does not allow this country"),
            (Refused, "duplicate",      "id already used", "ask them whether it arrived: an earlier message has its id"),
            (Refused, "http_400",       "request refused", AFTER_REFUSAL),
            (Refused, "status_failed",  "request refused", AFTER_REFUSAL),
            (Refused, "payload",        "request not written: an error in lipasend", AFTER_REFUSAL),
            (Refused, "132000",         "",                AFTER_REFUSAL),
            (Refused, "=cmd()",         "",                AFTER_REFUSAL),
            (Failed,  "http_400",       "request refused", "see `error` in the results; once it is solved, run again"),
            (Failed,  "http_401",       "key refused",     "correct the API key, then run again"),
            (Failed,  "190",            "key refused",     "correct the API key, then run again"),
            (Failed,  "131042",         "account stopped", "see the gateway's settings page, then run again"),
            (Failed,  "131037",         "sender not usable", "check --from, then run again"),
            (Failed,  "http_404",       "address, certificate or proxy wrong", "check --gateway, the proxy and --ca-file, then run again"),
            (Failed,  "certificate",    "address, certificate or proxy wrong", "check --gateway, the proxy and --ca-file, then run again"),
            (Failed,  "not_connected",  "no connection",   "check the network and --gateway, then run again"),
            (Failed,  "http_429",       "rate limit",      "run again, with a lower --rate"),
            (Failed,  "131056",         "too many to this recipient", "run again later, with a lower --recipient-rate"),
            (Failed,  "limit",          "too many open files", "run again, with a lower --concurrency"),
            (Failed,  "http_425",       "gateway not ready", "run again"),
            (Failed,  "",               "",                "run again"),
        ];
        for (status, code, meaning, next) in cases {
            assert_eq!(next_step(status, code), next, "{status} {code}");
            if !code.is_empty() {
                assert_eq!(code_meaning(code).unwrap_or_default(), meaning, "{code}");
            }
        }
        assert_eq!(code_meaning(""), None);
    }

    #[test]
    fn each_reason_of_a_held_message_has_its_next_step() {
        for (held, next) in [
            (Held::Edited, "--send-changed sends it; the earlier card stays with them"),
            (Held::SessionClosed, "they must write first; run again"),
            (Held::SessionUnknown, "give --inbound or last_inbound_at, or --session-missing send"),
            (Held::LastInboundBad, "correct last_inbound_at, or look at --timezone"),
            (Held::RecipientCap, "run again later: they got as many as --recipient-cap allows"),
        ] {
            assert_eq!(held_next_step(held), next, "{held}");
        }
    }
}
