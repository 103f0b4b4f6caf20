//! What results files say, counted: a section for each gateway, from which the screen and the JSON
//! report are made.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use hashbrown::HashMap;
use serde::Serialize;

use super::messages::{Message, Reading};
use crate::record::names::REHEARSAL;
use crate::record::run_ends::{RunEnd, RunEnds};
use crate::report::next_step::{code_meaning, next_step};
use crate::report::speed::{Latency, Rate, mean_rate};
use crate::send::outcome::Status;

/// Messages by status.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(super) struct Counts {
    pub(super) total: u64,
    pub(super) sent: u64,
    pub(super) refused: u64,
    pub(super) failed: u64,
    pub(super) unknown: u64,
}

impl Counts {
    fn add(&mut self, status: Status) {
        self.total += 1;
        *match status {
            Status::Sent => &mut self.sent,
            Status::Refused => &mut self.refused,
            Status::Failed => &mut self.failed,
            Status::Unknown => &mut self.unknown,
        } += 1;
    }
}

/// The messages of one status and error code.
#[derive(Debug, PartialEq)]
pub(super) struct CodeCount {
    pub(super) status: Status,
    pub(super) code: Box<str>,
    pub(super) messages: u64,
    /// What the code means; of a code that is not known, what the results say.
    pub(super) meaning: Box<str>,
    pub(super) next_step: &'static str,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Ending {
    /// So.
    Recorded(RunEnd),
    /// It is still going on.
    Alive,
    /// Without an end: it was killed, or it was one of an older version.
    None,
    /// There is no lock file, its line of the run has gone, or an older version wrote it.
    NotRecorded,
}

/// What is known of the runs of one file, beside their messages.
#[derive(Debug)]
pub(super) struct FileRuns {
    /// How the last ones ended; `None` without a lock file.
    pub(super) ends: Option<RunEnds>,
    /// The start time of the one that is still going on.
    pub(super) alive: Option<Box<str>>,
    /// True if there is an end, or a run has not ended: an older version records no ends.
    pub(super) knows_ends: bool,
}

impl FileRuns {
    fn ending(&self, start: &str) -> Ending {
        let Some(ends) = &self.ends else { return Ending::NotRecorded };
        match ends.get(start) {
            Some(end) => Ending::Recorded(end.clone()),
            None if self.alive.as_deref() == Some(start) => Ending::Alive,
            None if ends.would_know(start) && self.knows_ends => Ending::None,
            None => Ending::NotRecorded,
        }
    }
}

/// The messages whose last attempt was in one run.
#[derive(Debug, PartialEq)]
pub(super) struct RunCount {
    /// The start time, as it stands in the results.
    pub(super) start: Box<str>,
    pub(super) counts: Counts,
    pub(super) end: Ending,
    /// The number of a file that has lines of it.
    pub(super) file: u16,
    /// The messages whose time is known.
    timed: u64,
    /// The first and the last attempt of them, in milliseconds since 1970.
    span: Option<(i64, i64)>,
}

/// The messages of one gateway.
#[derive(Debug)]
pub(super) struct Section {
    /// The gateway as host or host:port, or [`REHEARSAL`].
    pub(super) gateway: Box<str>,
    /// The earlier names of the gateway.
    pub(super) earlier_names: BTreeSet<Box<str>>,
    pub(super) campaigns: BTreeSet<Box<str>>,
    /// True if all messages are of one campaign and one sender.
    pub(super) is_one_campaign: bool,
    pub(super) counts: Counts,
    /// The most frequent first.
    pub(super) codes: Vec<CodeCount>,
    /// The earliest first.
    pub(super) runs: Vec<RunCount>,
    pub(super) latency: Option<Latency>,
    pub(super) rate: Option<Rate>,
    /// The first and the last attempt, in milliseconds since 1970.
    pub(super) span: Option<(i64, i64)>,
}

impl Section {
    pub(super) fn is_rehearsal(&self) -> bool {
        &*self.gateway == REHEARSAL
    }

    /// The attempts in a second, over all runs of at least a second: the time between the first and
    /// the last attempt of a run has one part fewer than it has attempts.
    pub(super) fn mean_rate(&self) -> Option<f64> {
        let (mut messages, mut milliseconds) = (0, 0);
        for run in &self.runs {
            if let Some((first, last)) = run.span
                && last - first >= 1000
            {
                messages += run.timed - 1;
                milliseconds += last - first;
            }
        }
        mean_rate(messages, milliseconds)
    }
}

/// Counts the messages for which `counts` holds. Real gateways come before rehearsals, and then the
/// one with the most messages. `runs` has what is known of the runs of each file.
pub(super) fn sections(
    reading: &Reading,
    counts: impl Fn(&Message) -> bool,
    runs: &[FileRuns],
) -> Vec<Section> {
    let mut parts: HashMap<&str, Part> = HashMap::new();
    for message in reading.messages.iter().filter(|message| counts(message)) {
        let gateway = reading.texts.gateway(message.origin);
        parts.entry(gateway).or_default().add(message);
    }
    let mut sections: Vec<Section> =
        parts.into_iter().map(|(gateway, part)| part.section(gateway, reading, runs)).collect();
    sections.sort_by(|a, b| {
        let key = |section: &Section| (section.is_rehearsal(), Reverse(section.counts.total));
        key(a).cmp(&key(b)).then_with(|| a.gateway.cmp(&b.gateway))
    });
    sections
}

/// The counts of one gateway, while they are made.
#[derive(Debug, Default)]
struct Part {
    counts: Counts,
    origins: BTreeSet<u32>,
    codes: HashMap<(Status, u32), u64>,
    runs: HashMap<u32, RunPart>,
    latencies: Vec<u32>,
    times: Vec<i64>,
}

#[derive(Debug, Default)]
struct RunPart {
    counts: Counts,
    timed: u64,
    span: Option<(i64, i64)>,
    /// A file that has lines of the run.
    file: u16,
}

impl Part {
    fn add(&mut self, message: &Message) {
        self.counts.add(message.status);
        self.origins.insert(message.origin);
        if message.status != Status::Sent {
            *self.codes.entry((message.status, message.code)).or_default() += 1;
        }
        let run = self.runs.entry(message.run()).or_default();
        run.counts.add(message.status);
        run.file = message.file;
        self.latencies.extend(message.latency());
        if let Some(time) = message.time() {
            self.times.push(time);
            run.timed += 1;
            let (first, last) = run.span.unwrap_or((time, time));
            run.span = Some((first.min(time), last.max(time)));
        }
    }

    fn section(mut self, gateway: &str, reading: &Reading, runs: &[FileRuns]) -> Section {
        self.times.sort_unstable();
        let origins = self.origins.iter().map(|origin| reading.texts.origins.get(*origin));
        let pairs: BTreeSet<_> =
            origins.clone().map(|origin| (&origin.campaign, &origin.from)).collect();
        let names = origins.clone().map(|origin| origin.gateway.clone());
        let mut section = Section {
            gateway: gateway.into(),
            earlier_names: names.filter(|name| **name != *gateway).collect(),
            campaigns: origins.map(|origin| origin.campaign.clone()).collect(),
            is_one_campaign: pairs.len() == 1,
            counts: self.counts,
            codes: code_counts(&self.codes, reading),
            runs: Vec::with_capacity(self.runs.len()),
            latency: Latency::of(self.latencies),
            rate: Rate::of(&self.times),
            span: self.times.first().copied().zip(self.times.last().copied()),
        };
        for (run, RunPart { counts, timed, span, file }) in self.runs {
            let start = reading.texts.runs.get(run).clone();
            let end = runs[usize::from(file)].ending(&start);
            section.runs.push(RunCount { start, counts, end, file, timed, span });
        }
        section.runs.sort_by(|a, b| a.start.cmp(&b.start));
        section
    }
}

fn code_counts(counts: &HashMap<(Status, u32), u64>, reading: &Reading) -> Vec<CodeCount> {
    let mut codes: Vec<CodeCount> = counts
        .iter()
        .map(|(&(status, number), &messages)| {
            let code = reading.texts.codes.get(number).clone();
            let known = code_meaning(&code).map(Box::from);
            let said = || reading.texts.meaning(number).into();
            let next_step = next_step(status, &code);
            CodeCount { status, messages, meaning: known.unwrap_or_else(said), next_step, code }
        })
        .collect();
    codes.sort_by(|a, b| {
        let key = |count: &CodeCount| (Reverse(count.messages), count.status.as_str());
        key(a).cmp(&key(b)).then_with(|| a.code.cmp(&b.code))
    });
    codes
}
