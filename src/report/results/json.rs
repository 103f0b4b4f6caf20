//! The report of results files as JSON. Its form is described in `docs/report.schema.json`.

use serde::Serialize;

use super::Report;
use super::sections::{CodeCount, Counts, Ending, RunCount, Section};
use crate::record::ledger::time;
use crate::report::json::Code;
use crate::report::speed::{Latency, RateJson, time_of};
use crate::units::printable::printable_json;

/// The version of the form: a key may be added, none changes its meaning.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Whole<'a> {
    version: u32,
    report: &'static str,
    files: Vec<File<'a>>,
    since: Option<String>,
    #[serde(flatten)]
    first: Part<'a>,
    other_gateways: Vec<Part<'a>>,
}

#[derive(Serialize)]
struct File<'a> {
    path: std::borrow::Cow<'a, str>,
    lines: u64,
    in_flight: bool,
    messages_in_flight: Option<u64>,
}

/// A section.
#[derive(Serialize)]
struct Part<'a> {
    gateway: &'a str,
    earlier_names: Vec<&'a str>,
    rehearsal: bool,
    campaigns: Vec<&'a str>,
    messages: Counts,
    codes: Vec<Code<'a>>,
    runs: Vec<Run<'a>>,
    latency_ms: Option<Latency>,
    rate: Option<RateJson>,
    first: Option<String>,
    last: Option<String>,
}

#[derive(Serialize)]
struct Run<'a> {
    start: &'a str,
    end: Option<&'a str>,
    exit: Option<u8>,
    part: Option<String>,
    left: Option<u64>,
    held: Option<u64>,
    messages: Counts,
}

/// The report on one line that can be printed.
///
/// # Errors
/// As of `serde_json`; it has none for numbers and texts.
pub(super) fn json(report: &Report<'_>) -> serde_json::Result<String> {
    let mut sections = report.sections.iter().map(Part::of);
    let files = report.files.iter().map(|file| File {
        path: file.path.to_string_lossy(),
        lines: file.lines,
        in_flight: file.in_flight.is_some(),
        messages_in_flight: file.messages_in_flight,
    });
    let whole = Whole {
        version: VERSION,
        report: "results",
        files: files.collect(),
        since: report.since.map(|since| time(since).into_owned()),
        first: sections.next().unwrap_or_else(Part::none),
        other_gateways: sections.collect(),
    };
    let json = serde_json::to_string(&whole)?;
    Ok(format!("{}\n", printable_json(&json)))
}

impl<'a> Part<'a> {
    fn of(section: &'a Section) -> Self {
        let rate = section.rate.as_ref().map(|rate| RateJson::of(rate, section.mean_rate()));
        Self {
            gateway: &section.gateway,
            earlier_names: section.earlier_names.iter().map(|name| &**name).collect(),
            rehearsal: section.is_rehearsal(),
            campaigns: section.campaigns.iter().map(|name| &**name).collect(),
            messages: section.counts,
            codes: section.codes.iter().map(Code::of).collect(),
            runs: section.runs.iter().map(Run::of).collect(),
            latency_ms: section.latency,
            rate,
            first: section.span.and_then(|(first, _)| time_of(first)),
            last: section.span.and_then(|(_, last)| time_of(last)),
        }
    }

    /// The section of results without a message.
    fn none() -> Self {
        Self {
            gateway: "",
            earlier_names: Vec::new(),
            rehearsal: false,
            campaigns: Vec::new(),
            messages: Counts::default(),
            codes: Vec::new(),
            runs: Vec::new(),
            latency_ms: None,
            rate: None,
            first: None,
            last: None,
        }
    }
}

impl<'a> Code<'a> {
    fn of(count: &'a CodeCount) -> Self {
        Self {
            status: count.status.as_str(),
            code: &count.code,
            messages: count.messages,
            meaning: &count.meaning,
            next_step: count.next_step,
        }
    }
}

impl<'a> Run<'a> {
    fn of(run: &'a RunCount) -> Self {
        let end = match &run.end {
            Ending::Recorded(end) => Some(end),
            Ending::Alive | Ending::None | Ending::NotRecorded => None,
        };
        Self {
            start: &run.start,
            end: end.map(|end| &*end.word),
            exit: end.map(|end| end.exit),
            part: end.and_then(|end| end.extent.part()),
            left: end.and_then(|end| end.extent.left),
            held: end.filter(|end| end.extent.left.is_some()).map(|end| end.extent.held),
            messages: run.counts,
        }
    }
}
