//! The wait that a response's headers ask for: `Retry-After` (RFC 9110), and the rate-limit headers
//! that similar gateways send. None of them is documented, so a value that cannot be read is
//! ignored.

use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;

/// The longest wait that a header can ask for.
const MAX_WAIT: Duration = Duration::from_secs(3600);

/// The headers with the number of requests left in a time window, and with the end of that window.
const WINDOWS: [(&str, &str); 2] =
    [("ratelimit-remaining", "ratelimit-reset"), ("x-ratelimit-remaining", "x-ratelimit-reset")];

/// From here on a number is a point in time in Unix seconds, not a duration (2001, or 31 years).
const EPOCH_SECONDS: f64 = 1e9;

/// From here on it is in Unix milliseconds.
const EPOCH_MILLISECONDS: f64 = 1e12;

/// The longest wait that the headers ask for. `header` finds a header by its lower-case name; `now`
/// is our clock, which counts for dates when the response has no `Date`.
pub(super) fn requested_wait<'a>(
    header: impl Fn(&str) -> Option<&'a str>,
    now: Timestamp,
) -> Option<Duration> {
    let requested = |name| {
        let value = header(name)?;
        let now = header("date").and_then(http_date).unwrap_or(now);
        wait(value, now)
    };
    let windows = WINDOWS.into_iter().filter_map(|(remaining, reset)| {
        let left = header(remaining)?.trim().parse::<f64>().ok()?;
        if left <= 0.0 { requested(reset) } else { None }
    });
    windows.chain(requested("retry-after")).max()
}

/// The wait until a number of seconds, a point in time in seconds or milliseconds, or an HTTP date.
fn wait(value: &str, now: Timestamp) -> Option<Duration> {
    let seconds = match value.trim().parse::<f64>() {
        Ok(time) if time >= EPOCH_MILLISECONDS => time / 1e3 - seconds_of(now),
        Ok(time) if time >= EPOCH_SECONDS => time - seconds_of(now),
        Ok(seconds) => seconds,
        Err(_) => seconds_of(http_date(value)?) - seconds_of(now),
    };
    (seconds > 0.0)
        .then(|| Duration::try_from_secs_f64(seconds).map_or(MAX_WAIT, |wait| wait.min(MAX_WAIT)))
}

fn http_date(value: &str) -> Option<Timestamp> {
    static PARSER: DateTimeParser = DateTimeParser::new().relaxed_weekday(true);
    PARSER.parse_timestamp(value.trim()).ok()
}

fn seconds_of(time: Timestamp) -> f64 {
    time.as_duration().as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sun, 06 Aug 2023 17:50:00 GMT.
    const NOW: i64 = 1_691_344_200;

    type Headers = [(&'static str, &'static str)];

    fn seconds(headers: &Headers) -> Option<u64> {
        let now = Timestamp::from_second(NOW).unwrap();
        let header = |name: &str| headers.iter().find(|(n, _)| *n == name).map(|(_, v)| *v);
        requested_wait(header, now).map(|wait| wait.as_secs())
    }

    #[test]
    fn the_headers_ask_for_a_wait() {
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
            // Dates are compared with the gateway's own clock.
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
            assert_eq!(seconds(headers), wait, "{headers:?}");
        }
    }
}
