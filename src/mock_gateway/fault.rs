//! One fault in words: `KIND[:OPTION[=VALUE]]…`, such as `429:retry-after=2` or `lost`. Only the
//! grammar is here; what a fault does is in `effect`, when it strikes in `fault_plan`.

use std::str::FromStr;
use std::time::Duration;

use hyper::StatusCode;
use hyper::header::{HeaderName, HeaderValue, LOCATION, RETRY_AFTER};

use super::effect::{Costume, Effect, Instead, Spoil};
use super::raw_response::Ending;
use crate::units::parse_duration;

/// A megabyte, more than any client should read of an answer.
const OVERSIZED: usize = 1 << 20;

/// A host that does not exist by definition (RFC 2606).
const ELSEWHERE: &str = "https://elsewhere.invalid/api/v1/whatsapp/contact";

/// One way to go wrong.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fault {
    /// As it was written, for the log.
    pub(super) text: String,
    /// The pause before the request's body is read.
    pub(super) before: Duration,
    /// The pause between the ruling and the answer.
    pub(super) after: Duration,
    pub(super) effect: Effect,
}

impl Fault {
    /// Whether a message that this fault strikes is accepted all the same.
    pub(super) fn accepts(&self) -> bool {
        match self.effect {
            Effect::Instead { accepted, .. } => accepted,
            Effect::Spoilt(_) => true,
        }
    }

    /// The ending of a connection whose request is not even read, if this fault is of that kind.
    pub(super) fn unread(&self) -> Option<Ending> {
        match self.effect {
            Effect::Instead { what: Instead::Silence { ending, unread: true }, .. } => Some(ending),
            _ => None,
        }
    }
}

impl FromStr for Fault {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (kind, mut rest) = split_once_or_all(text);
        let mut fault = Self {
            text: text.to_owned(),
            before: Duration::ZERO,
            after: Duration::ZERO,
            effect: effect_named(kind)?,
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

fn split_once_or_all(text: &str) -> (&str, &str) {
    text.split_once(':').unwrap_or((text, ""))
}

/// `body=` and `to=` take all that follows: JSON and addresses are full of colons.
fn next_option(rest: &str) -> (&str, &str) {
    if rest.starts_with("body=") || rest.starts_with("to=") {
        (rest, "")
    } else {
        split_once_or_all(rest)
    }
}

fn effect_named(kind: &str) -> Result<Effect, String> {
    let silence = |accepted, unread| Effect::Instead {
        what: Instead::Silence { ending: Ending::Reset, unread },
        accepted,
    };
    Ok(match kind {
        "reset" => silence(false, true),
        "reset-read" => silence(false, false),
        "lost" => silence(true, false),
        "failed" => Effect::Instead { what: Instead::Failed(131_026), accepted: false },
        "reset-mid" => Effect::Spoilt(Spoil::ResetMid),
        "truncated" => Effect::Spoilt(Spoil::Truncated),
        "wrong-length" => Effect::Spoilt(Spoil::WrongLength(10)),
        "oversized" => Effect::Spoilt(Spoil::Oversized(OVERSIZED)),
        "not-json" => Effect::Spoilt(Spoil::NotJson),
        "empty" => Effect::Spoilt(Spoil::Empty),
        "gzip" => Effect::Spoilt(Spoil::Gzip),
        "drip" => Effect::Spoilt(Spoil::Drip(Duration::from_millis(20))),
        "close" => Effect::Spoilt(Spoil::Close),
        "redirect" => effect_of_status(StatusCode::TEMPORARY_REDIRECT),
        number => effect_of_status(status_named(number)?),
    })
}

fn status_named(text: &str) -> Result<StatusCode, String> {
    let number = text.parse().ok().filter(|number| (200..600).contains(number));
    let status = number.and_then(|number| StatusCode::from_u16(number).ok());
    status.ok_or_else(|| {
        format!(
            "`{text}` is not a fault; there are: an HTTP status from 200 to 599, redirect, failed, \
             reset, reset-read, lost, reset-mid, truncated, wrong-length, oversized, not-json, \
             empty, gzip, drip, close"
        )
    })
}

fn effect_of_status(status: StatusCode) -> Effect {
    let mut costume = Costume::of(status);
    if status.is_success() {
        return Effect::Spoilt(Spoil::Dressed(costume));
    }
    if status.is_redirection() {
        costume.headers.push((LOCATION, HeaderValue::from_static(ELSEWHERE)));
    }
    Effect::Instead { what: Instead::Status(costume), accepted: false }
}

impl Fault {
    fn set(&mut self, key: &str, value: &str) -> Result<(), String> {
        match (key, &mut self.effect) {
            ("before", _) => self.before = parse_duration(value)?,
            ("after", _) => self.after = parse_duration(value)?,
            ("accepted", Effect::Instead { what: Instead::Status(_), accepted }) => {
                *accepted = true
            }
            ("code", Effect::Instead { what: Instead::Failed(code), .. }) => *code = number(value)?,
            ("fin", Effect::Instead { what: Instead::Silence { ending, .. }, .. }) => {
                *ending = Ending::Close;
            }
            ("size", Effect::Spoilt(Spoil::Oversized(size))) => *size = number(value)?,
            ("by", Effect::Spoilt(Spoil::WrongLength(by))) => *by = number(value)?,
            ("gap", Effect::Spoilt(Spoil::Drip(gap))) => *gap = parse_duration(value)?,
            (_, Effect::Instead { what: Instead::Status(costume), .. })
            | (_, Effect::Spoilt(Spoil::Dressed(costume))) => costume.set(key, value)?,
            _ => return Err(format!("unknown option `{key}`")),
        }
        Ok(())
    }
}

impl Costume {
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
}

fn number<N: FromStr>(text: &str) -> Result<N, String> {
    text.parse().map_err(|_| format!("`{text}` is not a number that fits"))
}

fn header_value(text: &str) -> Result<HeaderValue, String> {
    HeaderValue::from_str(text).map_err(|_| format!("`{text}` cannot stand in a header"))
}

fn header(text: &str) -> Result<(HeaderName, HeaderValue), String> {
    let (name, value) =
        text.split_once('=').ok_or_else(|| format!("`{text}` is not header=NAME=VALUE"))?;
    let name = HeaderName::try_from(name).map_err(|_| format!("`{name}` is not a header name"))?;
    Ok((name, header_value(value)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(text: &str) -> Fault {
        text.parse().unwrap()
    }

    #[test]
    fn the_kinds_say_whether_the_message_is_accepted() {
        let accepting = [
            "200",
            "202:retry-after=1",
            "lost",
            "reset-mid",
            "truncated",
            "wrong-length",
            "oversized",
            "not-json",
            "empty",
            "gzip",
            "drip",
            "close",
            "500:accepted",
        ];
        let refusing =
            ["500", "429", "400:code=131026", "redirect", "failed", "reset", "reset-read"];
        for text in accepting {
            assert!(parse(text).accepts(), "{text}");
        }
        for text in refusing {
            assert!(!parse(text).accepts(), "{text}");
        }
    }

    #[test]
    fn options_reach_the_effect() {
        let Effect::Instead { what: Instead::Status(costume), accepted: true } =
            parse(r#"429:retry-after=2:header=X-Left=0:accepted:body={"a":"b=c"}"#).effect
        else {
            panic!("another effect");
        };
        let left = (HeaderName::from_static("x-left"), HeaderValue::from_static("0"));
        assert_eq!(costume.headers, [(RETRY_AFTER, HeaderValue::from_static("2")), left]);
        assert_eq!(costume.body.as_deref(), Some(r#"{"a":"b=c"}"#));

        assert_eq!(
            parse("drip:gap=5ms").effect,
            Effect::Spoilt(Spoil::Drip(Duration::from_millis(5)))
        );
        assert_eq!(parse("wrong-length:by=-4").effect, Effect::Spoilt(Spoil::WrongLength(-4)));
        assert_eq!(parse("oversized:size=9").effect, Effect::Spoilt(Spoil::Oversized(9)));
        assert_eq!(parse("reset:fin").unread(), Some(Ending::Close));
        assert_eq!(parse("lost").unread(), None);
        let slow = parse("200:before=1s:after=20ms");
        assert_eq!((slow.before, slow.after), (Duration::from_secs(1), Duration::from_millis(20)));
    }

    #[test]
    fn a_redirect_has_exactly_one_place_to_go() {
        for (text, place) in [
            ("redirect", ELSEWHERE),
            ("308", ELSEWHERE),
            ("301:to=http://localhost:1/x", "http://localhost:1/x"),
        ] {
            let Effect::Instead { what: Instead::Status(costume), .. } = parse(text).effect else {
                panic!("{text} is another effect");
            };
            let headers = [(LOCATION, HeaderValue::from_static(place))];
            assert_eq!(costume.headers, headers, "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, problem) in [
            ("explode", "`explode` is not a fault"),
            ("", "`` is not a fault"),
            ("100", "`100` is not a fault"),
            ("500:gap=1s", "unknown option `gap` in the fault `500:gap=1s`"),
            ("500:to=x", "unknown option `to`"),
            ("lost:retry-after=1", "unknown option `retry-after`"),
            ("drip:gap=fast", "`fast` is not a time"),
            ("500:header=x", "`x` is not header=NAME=VALUE"),
            ("oversized:size=-1", "`-1` is not a number that fits"),
        ] {
            let said = text.parse::<Fault>().unwrap_err();
            assert!(said.contains(problem), "{text}: {said}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]
        #[test]
        fn no_words_make_it_panic(kind in "[a-z0-9-]{0,8}|500|drip|redirect", options in "[:=a-z0-9é -]{0,20}") {
            let text = format!("{kind}:{options}");
            if let Ok(fault) = text.parse::<Fault>() {
                prop_assert_eq!(fault.text, text);
            }
        }
    }
}
