//! The table of HTTP statuses and WhatsApp error codes, and the search for a code in a text. The
//! codes are Meta's: <https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes>.

use crate::send::outcome::Code::{self, Http, Whatsapp};
use crate::send::outcome::FailureKind;

/// The kind of failure that a code means; `None` for a code that is not in the table.
#[rustfmt::skip]
pub(super) fn meaning(code: Code) -> Option<FailureKind> {
    Some(match code {
        Http(401 | 403) | Whatsapp(0 | 190 | 3 | 10 | 200..=299 | 131_005) => FailureKind::Unauthorised,
        Http(402) | Whatsapp(368 | 131_031 | 131_042 | 131_048 | 131_064) => FailureKind::AccountStopped,
        Whatsapp(33 | 131_037 | 131_045 | 133_000 | 133_006 | 133_010 | 133_015) => FailureKind::SenderUnusable,
        Http(429) | Whatsapp(4 | 80_007 | 130_429) => FailureKind::Throttled,
        Whatsapp(131_056) => FailureKind::PairLimited,
        Http(408 | 500..=599)
        | Whatsapp(1 | 2 | 131_000 | 131_016 | 133_004 | 131_057) => FailureKind::Unavailable,
        Whatsapp(131_047) => FailureKind::WindowClosed,
        Whatsapp(131_026 | 130_403) => FailureKind::Undeliverable,
        Whatsapp(130_497) => FailureKind::CountryBlocked,
        Whatsapp(131_049) => FailureKind::UserLimited,
        Http(300..=399 | 404 | 405 | 407) => FailureKind::SetUp,
        Http(409) => FailureKind::Duplicate,
        Http(425) => FailureKind::TooEarly,
        // The other 4xx are not known; none of them will pass by itself.
        Http(400..=499) | Whatsapp(100 | 131_008 | 131_009 | 131_051) => FailureKind::Refused,
        _ => return None,
    })
}

/// The kind of failure of a value of the results' `error_code` column: `131047`, `http_503`, or a
/// word; `None` for one that is not known.
#[must_use]
pub fn kind_of_code(code: &str) -> Option<FailureKind> {
    if let Some(status) = code.strip_prefix("http_") {
        return meaning(Http(status.parse().ok()?));
    }
    Some(match code {
        "not_connected" => FailureKind::NotConnected,
        "certificate" | "no_tls" | "proxy" => FailureKind::SetUp,
        "limit" => FailureKind::OwnLimit,
        "lost" => FailureKind::Lost,
        "unreadable" => FailureKind::Unreadable,
        "duplicate" => FailureKind::Duplicate,
        "payload" | "status_failed" | "status_rejected" | "status_expired" => FailureKind::Refused,
        _ => return meaning(Whatsapp(code.parse().ok()?)),
    })
}

/// The first WhatsApp code in `text` that is in the table: as `(#n)`, or bare when it looks like
/// `13xxxx`. A phone number, a timestamp or an id is never taken for a code.
pub(super) fn known_code(text: &str) -> Option<(Code, FailureKind)> {
    codes(text).find_map(|code| meaning(code).map(|kind| (code, kind)))
}

/// The first WhatsApp code in `text`, even if it is not in the table.
pub(super) fn any_code(text: &str) -> Option<Code> {
    codes(text).next()
}

fn codes(text: &str) -> impl Iterator<Item = Code> {
    digit_runs(text)
        .filter(|run| run.is_marked() || run.is_bare_code())
        .filter_map(|run| run.digits().parse().ok().map(Whatsapp))
}

/// A run of ASCII digits in its text.
struct Run<'a> {
    text: &'a str,
    start: usize,
    end: usize,
}

fn digit_runs(text: &str) -> impl Iterator<Item = Run<'_>> {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + bytes.get(at..)?.iter().position(u8::is_ascii_digit)?;
        let length = bytes[start..].iter().take_while(|b| b.is_ascii_digit()).count();
        at = start + length;
        Some(Run { text, start, end: at })
    })
}

impl<'a> Run<'a> {
    fn digits(&self) -> &'a str {
        &self.text[self.start..self.end]
    }

    /// Returns whether the digits are marked as in `(#131047)`.
    fn is_marked(&self) -> bool {
        self.text[..self.start].ends_with("(#") && self.text[self.end..].starts_with(')')
    }

    /// Returns whether the digits are six, begin with 13, and are not part of something longer
    /// (`35.131047`, `ab131047`, `131047-88`).
    fn is_bare_code(&self) -> bool {
        let before = self.text[..self.start].chars().rev();
        let after = self.text[self.end..].chars();
        self.digits().len() == 6
            && self.digits().starts_with("13")
            && !continues(before)
            && !continues(after)
    }
}

/// Returns whether these characters, read away from the digits, belong to the same word or number.
fn continues(mut around: impl Iterator<Item = char>) -> bool {
    match around.next() {
        Some(next) if next.is_alphanumeric() || next == '_' => true,
        Some('.' | ',' | ':' | '-' | '+' | '/') => {
            around.next().is_some_and(|next| next.is_ascii_digit())
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table, row by row, and codes that are not in it.
    #[rustfmt::skip]
    const TABLE: [(Option<FailureKind>, &[u16], &[u32]); 16] = [
        (Some(FailureKind::Unauthorised),   &[401, 403], &[0, 190, 3, 10, 200, 250, 299, 131_005]),
        (Some(FailureKind::AccountStopped), &[402], &[368, 131_031, 131_042, 131_048, 131_064]),
        (Some(FailureKind::SenderUnusable), &[], &[33, 131_037, 131_045, 133_000, 133_006, 133_010, 133_015]),
        (Some(FailureKind::Throttled),      &[429], &[4, 80_007, 130_429]),
        (Some(FailureKind::PairLimited),    &[], &[131_056]),
        (Some(FailureKind::Unavailable),    &[408, 500, 502, 503, 504, 599], &[1, 2, 131_000, 131_016, 133_004, 131_057]),
        (Some(FailureKind::WindowClosed),   &[], &[131_047]),
        (Some(FailureKind::Undeliverable),  &[], &[131_026, 130_403]),
        (Some(FailureKind::CountryBlocked), &[], &[130_497]),
        (Some(FailureKind::UserLimited),    &[], &[131_049]),
        (Some(FailureKind::Refused),        &[400, 413, 415, 422, 418], &[100, 131_008, 131_009, 131_051]),
        (Some(FailureKind::SetUp),          &[300, 301, 302, 307, 308, 404, 405, 407], &[]),
        (Some(FailureKind::Duplicate),      &[409], &[]),
        (Some(FailureKind::TooEarly),       &[425], &[]),
        (None,                       &[101, 200, 202, 204, 600], &[]),
        (None,                       &[], &[5, 199, 300, 131_999, 130_000, 132_000]),
    ];

    #[test]
    fn every_code_has_its_kind() {
        for (kind, statuses, codes) in TABLE {
            for status in statuses {
                assert_eq!(meaning(Http(*status)), kind, "http {status}");
                assert_eq!(kind_of_code(&Http(*status).to_string()), kind, "http {status}");
            }
            for code in codes {
                assert_eq!(meaning(Whatsapp(*code)), kind, "code {code}");
                assert_eq!(kind_of_code(&Whatsapp(*code).to_string()), kind, "code {code}");
            }
        }
        assert_eq!(meaning(Code::Word("lost")), None);
    }

    #[test]
    fn a_code_is_found_only_where_it_is_marked_or_stands_alone() {
        #[rustfmt::skip]
        let cases = [
            ("(#131047) Re-engagement message",            Some(131_047)),
            ("131047",                                     Some(131_047)),
            ("code 131047.",                               Some(131_047)),
            ("code:131047, see the docs",                  Some(131_047)),
            ("error #131047",                              Some(131_047)),
            ("(#190) Invalid OAuth access token",          Some(190)),
            ("(#0) AuthException",                         Some(0)),
            ("(#4) too many calls",                        Some(4)),
            ("(#999999) then (#130429)",                   Some(130_429)),
            ("(#131999) not known",                        None),
            // A small number is a code only when marked.
            ("error 190 at line 4, 100 rows",              None),
            ("(190)",                                      None),
            ("#190",                                       None),
            ("(#190",                                      None),
            ("80007",                                      None),
            // Parts of something longer.
            ("254131047000",                               None),
            ("number +131047",                             Some(131_047)),
            ("2023-08-06T17:50:35.131047",                 None),
            ("2023-08-06T17:50:35.131047+00:00",           None),
            ("a131047", None), ("131047b", None), ("id_131047", None), ("131047_", None),
            ("0.131047", None), ("131047.5", None), ("131047-88", None),
            ("é131047", None), ("131047é", None),
            ("(#99999999999999999999)",                    None),
            ("",                                           None),
        ];
        for (text, code) in cases {
            let found = known_code(text).map(|(code, _)| code);
            assert_eq!(found, code.map(Whatsapp), "{text}");
        }
    }
}
