//! How long an answer's headers ask to wait: `Retry-After`, and the rate-limit headers of this
//! family of gateways. None of it is documented, so whatever cannot be read is passed over.

use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;

/// Nobody is made to wait longer by a header.
const CAP: Duration = Duration::from_secs(3600);

/// How much is left in this window of time, and when the next one begins.
const WINDOWS: [(&str, &str); 2] =
    [("ratelimit-remaining", "ratelimit-reset"), ("x-ratelimit-remaining", "x-ratelimit-reset")];

/// From here on a number of seconds is a moment, not a duration (2001 or 31 years).
const EPOCH_SECONDS: f64 = 1e9;

/// From here on a moment is in milliseconds.
const EPOCH_MILLISECONDS: f64 = 1e12;

/// The longest wait that the headers ask for. `header` looks one up by its lower-case name; `now`
/// is our clock, used for dates unless the answer brings the gateway's own.
pub(super) fn asked<'a>(
    header: impl Fn(&str) -> Option<&'a str>,
    now: Timestamp,
) -> Option<Duration> {
    let asked = |name| {
        let value = header(name)?;
        let now = header("date").and_then(http_date).unwrap_or(now);
        wait(value, now)
    };
    let windows = WINDOWS.into_iter().filter_map(|(remaining, reset)| {
        let left = header(remaining)?.trim().parse::<f64>().ok()?;
        if left <= 0.0 { asked(reset) } else { None }
    });
    windows.chain(asked("retry-after")).max()
}

/// A wait as seconds, as a moment in seconds or milliseconds, or as an HTTP date.
fn wait(value: &str, now: Timestamp) -> Option<Duration> {
    let seconds = match value.trim().parse::<f64>() {
        Ok(moment) if moment >= EPOCH_MILLISECONDS => moment / 1e3 - seconds_of(now),
        Ok(moment) if moment >= EPOCH_SECONDS => moment - seconds_of(now),
        Ok(seconds) => seconds,
        Err(_) => seconds_of(http_date(value)?) - seconds_of(now),
    };
    (seconds > 0.0).then(|| Duration::try_from_secs_f64(seconds).map_or(CAP, |wait| wait.min(CAP)))
}

fn http_date(value: &str) -> Option<Timestamp> {
    static PARSER: DateTimeParser = DateTimeParser::new().relaxed_weekday(true);
    PARSER.parse_timestamp(value.trim()).ok()
}

fn seconds_of(moment: Timestamp) -> f64 {
    moment.as_duration().as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sun, 06 Aug 2023 17:50:00 GMT.
    const NOW: i64 = 1_691_344_200;

    type Headers = [(&'static str, &'static str)];

    fn asks(headers: &Headers) -> Option<u64> {
        let now = Timestamp::from_second(NOW).unwrap();
        let header = |name: &str| headers.iter().find(|(n, _)| *n == name).map(|(_, v)| *v);
        asked(header, now).map(|wait| wait.as_secs())
    }

    #[test]
    fn what_the_headers_ask_for() {
        #[rustfmt::skip]
        let cases: [(&Headers, Option<u64>); 22] = [
            (&[],                                                      None),
            (&[("retry-after", "5")],                                  Some(5)),
            (&[("retry-after", " 5 ")],                                Some(5)),
            (&[("retry-after", "1.5")],                                Some(1)),
            (&[("retry-after", "0")],                                  None),
            (&[("retry-after", "-5")],                                 None),
            (&[("retry-after", "soon")],                               None),
            (&[("retry-after", "nan")],                                None),
            (&[("retry-after", "inf")],                                Some(3600)),
            (&[("retry-after", "86400")],                              Some(3600)),
            (&[("retry-after", "Sun, 06 Aug 2023 17:50:30 GMT")],      Some(30)),
            (&[("retry-after", "Sun, 06 Aug 2023 17:49:30 GMT")],      None),
            // The gateway's clock is what its dates are measured by.
            (&[("retry-after", "Sun, 06 Aug 2023 19:00:20 GMT"), ("date", "Sun, 06 Aug 2023 19:00:00 GMT")], Some(20)),
            (&[("ratelimit-remaining", "0"), ("ratelimit-reset", "12")],     Some(12)),
            (&[("ratelimit-remaining", "1"), ("ratelimit-reset", "12")],     None),
            (&[("ratelimit-remaining", "0")],                                None),
            (&[("ratelimit-reset", "12")],                                   None),
            (&[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "12")], Some(12)),
            (&[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1691344240")],    Some(40)),
            (&[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1691344240000")], Some(40)),
            (&[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1691344100")],    None),
            // The longest counts.
            (&[("retry-after", "3"), ("ratelimit-remaining", "0"), ("ratelimit-reset", "9")], Some(9)),
        ];
        for (headers, wait) in cases {
            assert_eq!(asks(headers), wait, "{headers:?}");
        }
    }
}
