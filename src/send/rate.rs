//! Rates: messages per time, as typed on the command line and as shown in the plan.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// Messages per time, as typed: `10`, `10/s`, `0.5/s`, `600/m`, `1/6s` or `unlimited`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rate {
    /// One message in each interval.
    Every(Duration),
    /// No limit.
    Unlimited,
}

impl Rate {
    /// Messages per second; infinite without a limit.
    #[must_use]
    pub fn per_second(self) -> f64 {
        match self {
            Self::Every(interval) => 1.0 / interval.as_secs_f64(),
            Self::Unlimited => f64::INFINITY,
        }
    }

    /// The time that `messages` take at this rate.
    #[must_use]
    pub fn time_for(self, messages: u64) -> Duration {
        match self {
            Self::Every(interval) => {
                Duration::try_from_secs_f64(interval.as_secs_f64() * messages as f64)
                    .unwrap_or(Duration::MAX)
            }
            Self::Unlimited => Duration::ZERO,
        }
    }
}

impl FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let explain = || format!("rate `{text}` is not like 10/s, 600/m, 1/6s or unlimited");
        let text = text.trim();
        if text.eq_ignore_ascii_case("unlimited") {
            return Ok(Self::Unlimited);
        }
        let (count, per) = text.split_once('/').unwrap_or((text, "s"));
        let count: f64 = count.trim().parse().map_err(|_| explain())?;
        let per = per.trim();
        let digits = per.len() - per.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let units: f64 = match &per[..digits] {
            "" => 1.0,
            digits => digits.parse().map_err(|_| explain())?,
        };
        let unit = match &per[digits..] {
            "s" | "sec" | "second" => 1.0,
            "m" | "min" | "minute" => 60.0,
            "h" | "hour" => 3600.0,
            _ => return Err(explain()),
        };
        let interval = Duration::try_from_secs_f64(units * unit / count).map_err(|_| explain())?;
        match interval {
            Duration::ZERO => Err(explain()),
            _ if interval > Duration::from_secs(86_400) => {
                Err(format!("rate `{text}` is less than one message a day"))
            }
            _ => Ok(Self::Every(interval)),
        }
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unlimited => f.write_str("no limit"),
            Self::Every(interval) => match self.per_second() {
                rate if rate >= 0.95 => write!(f, "{}/s", short(rate)),
                _ => write!(f, "1/{}s", short(interval.as_secs_f64())),
            },
        }
    }
}

/// The number with one decimal, or none where that is 0.
fn short(number: f64) -> String {
    let text = format!("{number:.1}");
    text.strip_suffix(".0").unwrap_or(&text).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(text: &str) -> Rate {
        text.parse().unwrap()
    }

    #[test]
    fn rates_are_read_in_every_form_that_the_help_names() {
        let table = [
            ("10", Duration::from_millis(100)),
            ("10/s", Duration::from_millis(100)),
            ("0.5/s", Duration::from_secs(2)),
            ("600/m", Duration::from_millis(100)),
            ("1/6s", Duration::from_secs(6)),
            (" 3 / min ", Duration::from_secs(20)),
        ];
        for (text, interval) in table {
            assert_eq!(rate(text), Rate::Every(interval), "{text}");
        }
        assert_eq!(rate("Unlimited"), Rate::Unlimited);
        for text in ["", "0", "-1", "x", "10/d", "10/s/s", "nan", "inf", "1/0s", "1e30", "1e-9"] {
            assert!(text.parse::<Rate>().is_err(), "{text}");
        }
    }

    #[test]
    fn rates_are_shown_as_they_are_typed() {
        for text in ["10/s", "2.5/s", "1/s", "1/6s", "1/2s", "no limit"] {
            let typed = text.replace("no limit", "unlimited");
            assert_eq!(rate(&typed).to_string(), text);
        }
    }
}
