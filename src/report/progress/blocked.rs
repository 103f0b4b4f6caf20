//! Why no message goes out, and until when. Pure.

use std::time::Duration;

use jiff::Timestamp;

use super::Facts;
use super::meter::Still;
use crate::eligibility::hours::{show_second, show_until};
use crate::send::engine::{Snapshot, Trouble, TroubleAnswers};
use crate::units::{show_duration, show_number};

/// The shortest pause that is shown.
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);

/// The time without any message ending after which that is explained.
const STILL: Duration = Duration::from_secs(2);

/// The pause, or time without any message ending, from which on it is said in a line of its own.
const LONG: Duration = Duration::from_secs(5);

/// The kind of a reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The hours are closed.
    OutsideHours,
    /// Every answer is trouble.
    Trouble,
    /// All senders pause, because the gateway asked for it.
    Pause,
    /// Requests are not answered.
    Answers,
    /// Each message waits for the rate to its recipient.
    RecipientRate,
}

impl Cause {
    /// The word for it in the event log.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::OutsideHours => "outside_hours",
            Self::Trouble => "trouble",
            Self::Pause => "pause",
            Self::Answers => "unanswered",
            Self::RecipientRate => "recipient_rate",
        }
    }
}

/// Why no message goes out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocked {
    /// Its kind.
    pub cause: Cause,
    /// The reason in words.
    pub text: String,
    /// When messages go again, if that is known.
    pub until: Option<Timestamp>,
    /// True if it is long enough for a line of its own.
    pub is_long: bool,
}

/// Returns why no message goes out, if none does. `still` is how long nothing has happened.
pub(super) fn why(
    snapshot: &Snapshot,
    Still { ended: still, unanswered }: Still,
    facts: &Facts,
    now: Timestamp,
) -> Option<Blocked> {
    let at = |wait: Duration| now.checked_add(wait).unwrap_or(Timestamp::MAX);
    if let Some(until) = snapshot.closed_until {
        let hours = facts.hours.as_ref().map(|open| open.hours.to_string()).unwrap_or_default();
        let hours = hours.strip_prefix("daily ").unwrap_or(&hours);
        let text = format!("outside {hours} until {}", show_until(until, now, &facts.zone));
        let cause = Cause::OutsideHours;
        return Some(Blocked { cause, text, until: Some(until), is_long: true });
    }
    // A rate limit is trouble too, and the pause that follows it says more.
    let is_limit = |trouble: Trouble| trouble.answers.only_throttled();
    let may_be_pause = !snapshot.down || snapshot.trouble.is_some_and(is_limit);
    let pause = snapshot.pause.filter(|pause| may_be_pause && *pause >= SHORTEST_PAUSE);
    if let Some(pause) = pause {
        let until = at(pause);
        let text = pause_in_words(until, snapshot.ends_after.map(at), facts, now);
        let is_long = pause >= LONG;
        return Some(Blocked { cause: Cause::Pause, text, until: Some(until), is_long });
    }
    if let Some(trouble) = snapshot.trouble.filter(|_| snapshot.down || still >= STILL) {
        let text = trouble_in_words(trouble, snapshot);
        let until = snapshot.next_try.map(at);
        let is_long = snapshot.down || still >= LONG;
        return Some(Blocked { cause: Cause::Trouble, text, until, is_long });
    }
    if still < STILL {
        return None;
    }
    // At a slow rate a request may begin long after the last message ended.
    if snapshot.posting > 0 && unanswered >= STILL {
        let what = match snapshot.posting {
            1 => "an answer".to_owned(),
            many => format!("{} answers", show_number(many)),
        };
        let text = format!("waiting for {what} (--timeout {})", show_seconds(facts.timeout));
        let is_long = unanswered >= LONG;
        return Some(Blocked { cause: Cause::Answers, text, until: None, is_long });
    }
    if snapshot.waiting_for_recipients > 0 {
        let text = format!("waiting for {} to one recipient", facts.recipient_rate);
        let until = snapshot.next_try.map(at);
        let is_long = still >= LONG;
        return Some(Blocked { cause: Cause::RecipientRate, text, until, is_long });
    }
    None
}

/// `the gateway asked for a pause until 15:40:12`, or when the run ends before that, also why.
/// `trouble_ends` is when the trouble ends the run.
fn pause_in_words(
    until: Timestamp,
    trouble_ends: Option<Timestamp>,
    facts: &Facts,
    now: Timestamp,
) -> String {
    let shown = |time| show_second(time, now, &facts.zone);
    let ends = [(trouble_ends, "--retry-for"), (facts.ends_at, "--max-duration")];
    let ends = ends.into_iter().filter_map(|(end, option)| Some((end?, option)));
    match ends.min().filter(|(end, _)| *end < until) {
        None => format!("the gateway asked for a pause until {}", shown(until)),
        Some((end, option)) => {
            format!("pause until {}; the run ends at {} ({option})", shown(until), shown(end))
        }
    }
}

/// `no connection for 14 s, next try in 4 s; nothing is lost`.
fn trouble_in_words(trouble: Trouble, snapshot: &Snapshot) -> String {
    let lasts = show_seconds(trouble.lasts);
    let next = match snapshot.next_try {
        Some(wait) if wait >= Duration::from_millis(500) => {
            format!("next try in {}", show_seconds(wait))
        }
        _ => "trying now".to_owned(),
    };
    let trouble = match single_answer(trouble.answers) {
        Some(answer) => format!("{answer} {lasts} ago"),
        None => format!("{} for {lasts}", what_the_trouble_is(trouble.answers)),
    };
    format!("{trouble}, {next}; nothing is lost")
}

fn what_the_trouble_is(answers: TroubleAnswers) -> &'static str {
    let TroubleAnswers { throttled, server_errors, lost, not_connected } = answers;
    match (not_connected, lost, server_errors, throttled) {
        (1.., 0, 0, 0) => "no connection",
        (0, 1.., 0, 0) => "no answer",
        (0, 0, 1.., 0) => "errors from the gateway",
        (0, 0, 0, 1..) => "only \"too many requests\"",
        _ => "the gateway is down",
    }
}

/// The words for an answer that is the only one; `None` if it is not, or if it says the same as
/// many.
fn single_answer(answers: TroubleAnswers) -> Option<&'static str> {
    let TroubleAnswers { throttled, server_errors, lost: 0, not_connected: 0 } = answers else {
        return None;
    };
    match (server_errors, throttled) {
        (1, 0) => Some("an error from the gateway"),
        (0, 1) => Some("\"too many requests\""),
        _ => None,
    }
}

/// The duration in whole seconds: it changes with each of them.
fn show_seconds(duration: Duration) -> String {
    match duration.as_millis().div_ceil(1000) {
        seconds @ 0..10 => format!("{seconds} s"),
        seconds => show_duration(Duration::from_secs(u64::try_from(seconds).unwrap_or(u64::MAX))),
    }
}
