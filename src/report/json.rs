//! The report of `check` and `send` as JSON. Its form is described in `docs/report.schema.json`.
//!
//! It is made of the plan and the summary, so it has their figures: nothing is counted here.

mod found;
mod lists;
mod when;

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use self::found::{Duplicates, Noted, Rejected, Skipped};
use self::lists::List;
use self::when::Eligibility;
use super::next_step::{by_number, code_meaning, held_next_step, next_step};
use super::pace::Pace;
use super::plan::Plan;
use super::speed::{Latency, RateJson, Speed};
use super::summary::Summary;
use super::tally::{MessageCounts, RowCounts, Tally};
use crate::read::Place;
use crate::record::ledger::time;
use crate::record::run_ends::HowEnded;
use crate::send::outcome::Status;
use crate::send::rate::Rate;
use crate::units::printable::printable_json;

/// The version of the form: a key may be added, none changes its meaning.
const VERSION: u32 = 1;

/// The parts of a report.
pub struct RunReport<'a> {
    /// The plan of the run.
    pub plan: &'a Plan<'a>,
    /// Its summary.
    pub summary: &'a Summary<'a>,
    /// What only a `send` has; `None` for a check.
    pub sending: Option<Sending<'a>>,
    /// The gateway as host or host:port.
    pub gateway: &'a str,
    /// True if nothing is sent to it.
    pub rehearsal: bool,
}

/// What a report has of a `send`.
pub struct Sending<'a> {
    /// Why the run ended.
    pub how: HowEnded,
    /// How fast it went; `None` if it ended before it sent.
    pub speed: Option<&'a Speed>,
}

/// The form of a place.
type Places<'a> = &'a dyn Fn(Place) -> (&'a str, u64);

#[derive(Serialize)]
struct Whole<'a> {
    version: u32,
    report: &'static str,
    campaign: &'a str,
    from: String,
    gateway: &'a str,
    rehearsal: bool,
    exit: u8,
    stopped: Option<&'a str>,
    rows: RowCounts,
    messages: MessageCounts,
    refused_before: u64,
    refused_before_codes: Vec<Code<'a>>,
    unknown_before: u64,
    in_doubt: u64,
    rejected: Vec<Rejected<'a>>,
    skipped: Vec<Skipped>,
    duplicates: Duplicates<'a>,
    notes: Vec<Noted<'a>>,
    edited: Edited,
    held: Vec<HeldCount>,
    countries: CountryCounts,
    number_types: std::collections::BTreeMap<&'static str, u64>,
    lists: Vec<List<'a>>,
    eligibility: Eligibility,
    pace: PaceJson,
    run: Option<Run>,
    codes: Vec<Code<'a>>,
    latency_ms: Option<Latency>,
    rate: Option<RateJson>,
    results: Option<String>,
    rejects: Vec<String>,
    not_sent: Vec<String>,
    warnings: &'a [String],
}

/// The messages whose card was, or may have been, sent under another name.
#[derive(Serialize)]
struct Edited {
    held: bool,
    after_sent: u64,
    after_unknown: u64,
}

#[derive(Serialize)]
struct HeldCount {
    code: &'static str,
    messages: u64,
    meaning: &'static str,
    next_step: &'static str,
}

#[derive(Serialize)]
struct CountryCounts {
    recipients: std::collections::BTreeMap<String, u64>,
    unknown: u64,
    completed_by_column: u64,
    completed_by_region: u64,
}

#[derive(Serialize)]
struct PaceJson {
    messages: u64,
    rate: String,
    rate_per_second: Option<f64>,
    recipient_rate: String,
    concurrency: u64,
    most_to_one: u64,
    takes_s: Option<f64>,
    limit: &'static str,
    longest_answer_ms: Option<u64>,
    before_close: Option<u64>,
}

#[derive(Serialize)]
struct Run {
    start: Option<String>,
    finished_at: String,
    exit: u8,
    end: &'static str,
    meaning: &'static str,
    elapsed_ms: u64,
}

/// The messages with one status and one error code.
#[derive(Serialize)]
pub(in crate::report) struct Code<'a> {
    pub(in crate::report) status: &'static str,
    pub(in crate::report) code: &'a str,
    pub(in crate::report) messages: u64,
    pub(in crate::report) meaning: &'a str,
    pub(in crate::report) next_step: &'static str,
}

impl RunReport<'_> {
    /// The report as JSON that can be printed; `places` gives a place's list and line.
    ///
    /// # Errors
    /// As of `serde_json`; it has none for numbers and texts.
    pub fn to_json<'a>(
        &'a self,
        places: &'a dyn Fn(Place) -> (&'a str, u64),
    ) -> serde_json::Result<String> {
        let Self { plan, summary, sending, .. } = self;
        let tally = plan.tally;
        let speed = sending.as_ref().and_then(|sending| sending.speed);
        let paths = |paths: &[std::path::PathBuf]| {
            paths.iter().map(|path| path.display().to_string()).collect()
        };
        let whole = Whole {
            version: VERSION,
            report: if sending.is_some() { "send" } else { "check" },
            campaign: &plan.origin.campaign,
            from: plan.origin.from.to_string(),
            gateway: self.gateway,
            rehearsal: self.rehearsal,
            exit: summary.exit,
            stopped: summary.ended.as_deref(),
            rows: tally.rows,
            messages: summary.messages,
            refused_before: summary.refused_before,
            refused_before_codes: refused_before_codes(&summary.refused_codes),
            unknown_before: summary.unknown_before,
            in_doubt: plan.in_doubt,
            rejected: found::rejected(plan, places),
            skipped: found::skipped(tally),
            duplicates: found::duplicates(tally, places),
            notes: found::notes(tally, places),
            edited: edited(tally),
            held: self.held(),
            countries: countries(tally),
            number_types: number_types(tally),
            lists: lists::lists(plan),
            eligibility: Eligibility::of(&plan.when),
            pace: self.pace(),
            run: self.run(),
            codes: self.codes(),
            latency_ms: speed.and_then(Speed::latency),
            rate: speed.and_then(Speed::rate),
            results: summary.results.map(|path| path.display().to_string()),
            rejects: paths(summary.rejects),
            not_sent: paths(summary.not_sent),
            warnings: summary.warnings,
        };
        let json = serde_json::to_string_pretty(&whole)?;
        Ok(format!("{}\n", printable_json(&json)))
    }

    fn held(&self) -> Vec<HeldCount> {
        let count = |(held, messages): (&crate::eligibility::held::Held, &u64)| HeldCount {
            code: held.code(),
            messages: *messages,
            meaning: held.meaning(),
            next_step: held_next_step(*held),
        };
        self.summary.held.iter().filter(|(_, number)| **number > 0).map(count).collect()
    }

    fn pace(&self) -> PaceJson {
        let plan = self.plan;
        let Pace { limit, takes, longest_answer, before_close } = plan.pace;
        PaceJson {
            messages: plan.to_send,
            rate: plan.rate.to_string(),
            rate_per_second: match plan.rate {
                Rate::Unlimited => None,
                rate @ Rate::Every(_) => Some(rate.per_second()),
            },
            recipient_rate: plan.recipient_rate.to_string(),
            concurrency: plan.concurrency,
            most_to_one: plan.most_to_one,
            takes_s: takes.map(|takes| takes.as_secs_f64()),
            limit: limit.code(),
            longest_answer_ms: longest_answer.map(milliseconds),
            before_close,
        }
    }

    fn run(&self) -> Option<Run> {
        let summary = self.summary;
        let Sending { how, .. } = self.sending.as_ref()?;
        Some(Run {
            start: summary.run.map(text_of),
            finished_at: text_of(summary.finished_at),
            exit: summary.exit,
            end: how.word(),
            meaning: how.meaning(),
            elapsed_ms: milliseconds(summary.elapsed),
        })
    }

    /// This run's failures by status and code, the most frequent first.
    fn codes(&self) -> Vec<Code<'_>> {
        let mut codes = Vec::new();
        for (code, error) in self.summary.errors {
            for (status, messages) in [
                (Status::Refused, error.refused),
                (Status::Failed, error.failed),
                (Status::Unknown, error.unknown),
            ] {
                if messages > 0 {
                    codes.push(Code {
                        status: status.as_str(),
                        code,
                        messages,
                        meaning: code_meaning(code).unwrap_or(error.meaning),
                        next_step: next_step(status, code),
                    });
                }
            }
        }
        codes.sort_by_key(|code| std::cmp::Reverse(code.messages));
        codes
    }
}

/// The messages that earlier runs left refused by code, the most frequent first.
fn refused_before_codes(codes: &BTreeMap<String, u64>) -> Vec<Code<'_>> {
    let code = |(code, messages)| Code {
        status: Status::Refused.as_str(),
        code,
        messages,
        meaning: code_meaning(code).unwrap_or_default(),
        next_step: next_step(Status::Refused, code),
    };
    by_number(codes).into_iter().map(code).collect()
}

fn edited(tally: &Tally) -> Edited {
    let edited = &tally.edited;
    Edited {
        held: !edited.are_sent,
        after_sent: edited.after_sent.number,
        after_unknown: edited.after_unknown.number,
    }
}

fn countries(tally: &Tally) -> CountryCounts {
    let countries = &tally.countries;
    let recipients = countries.recipients.sorted().into_iter();
    CountryCounts {
        recipients: recipients.map(|(region, number)| (region.to_string(), number)).collect(),
        unknown: countries.elsewhere,
        completed_by_column: countries.by_column,
        completed_by_region: countries.by_region,
    }
}

/// The recipients by the type of their number; types that nobody has are left out.
fn number_types(tally: &Tally) -> std::collections::BTreeMap<&'static str, u64> {
    tally.number_types.iter().map(|(kind, number)| (kind.code(), *number)).collect()
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn text_of(moment: Timestamp) -> String {
    time(moment).into_owned()
}

/// Returns whether the first bytes of a file are those of a JSON report, in whatever layout.
#[must_use]
pub fn is_json_report(first: &[u8]) -> bool {
    let text: Vec<u8> =
        first.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).take(64).collect();
    let begins = format!("{{\"version\":{VERSION},\"report\":\"");
    text.starts_with(begins.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_json_report_is_known_by_its_first_keys() {
        for (first, is) in [
            (&b"{\n  \"version\": 1,\n  \"report\": \"check\","[..], true),
            (b"{\"version\":1,\"report\":\"results\",", true),
            (b"{\"version\":1,\"other\":2}", false),
            (b"{}", false),
            (b"to,name,phone\n", false),
        ] {
            assert_eq!(is_json_report(first), is, "{}", String::from_utf8_lossy(first));
        }
    }
}
