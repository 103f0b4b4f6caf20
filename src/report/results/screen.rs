//! The report of results files on the screen, within 80 columns.

use std::collections::BTreeSet;
use std::path::Path;

use jiff::Timestamp;
use jiff::civil::Date;

use super::rest::Rest;
use super::sections::{CodeCount, Ending, RunCount, Section};
use super::{FileFacts, Report};
use crate::eligibility::zone::Zone;
use crate::record::in_flight::InFlightRun;
use crate::record::run_ends::{HowEnded, RunEnd};
use crate::report::format::{add_line, counted, folded, shortened, show_rate};
use crate::report::speed::Latency;
use crate::send::outcome::Status;
use crate::units::printable::printable;
use crate::units::{show_duration, show_number};

/// The width of the screen.
const WIDTH: usize = 80;

/// The cells of the bar.
const BAR: u64 = 20;

/// The most error codes and runs that have a line each.
const MOST_CODES: usize = 8;
const MOST_RUNS: usize = 10;

/// The report as text. Nothing in it is a name or a number of a person.
pub(super) fn show(report: &Report<'_>) -> String {
    let mut text = String::new();
    match report.sections.first() {
        None => {
            text = format!("{}\n", printable(&list_name(report.files)));
            let since =
                report.since.map(|since| format!(" since {}", show_time(since, report.zone)));
            let since = since.unwrap_or_default();
            add_line(
                &mut text,
                "sent",
                format!("nothing is recorded{since}{}", show_without_time(report)),
            );
        }
        Some(first) => show_section(&mut text, report, first, &list_name(report.files)),
    }
    show_left(&mut text, report);
    show_files(&mut text, report);
    for other in report.sections.iter().skip(1) {
        let name = match other.is_rehearsal() {
            true => "counted apart: rehearsed".to_owned(),
            false => format!("counted apart: {}", other.gateway),
        };
        show_section(&mut text, report, other, &name);
    }
    folded(&text, WIDTH)
}

fn show_section(text: &mut String, report: &Report<'_>, section: &Section, name: &str) {
    text.push_str(&format!("{}{}\n", printable(name), title(section, report.zone)));
    if section.is_rehearsal() {
        add_line(text, "rehearsal", "nothing of this was sent");
    }
    let campaigns: Vec<&str> =
        section.campaigns.iter().map(|name| &**name).filter(|name| !name.is_empty()).collect();
    if !campaigns.is_empty() {
        add_line(text, "campaign", campaigns.join(", "));
    }
    if let (Some(since), true) =
        (report.since, report.sections.first().is_some_and(|first| std::ptr::eq(first, section)))
    {
        add_line(
            text,
            "since",
            format!(
                "{}: only what was last attempted since then{}",
                show_time(since, report.zone),
                show_without_time(report)
            ),
        );
    }
    show_sent(text, section, is_whole(report, section));
    show_codes(text, "not sent", section, |status| status != Status::Unknown);
    show_codes(text, "unknown", section, |status| status == Status::Unknown);
    show_runs(text, section, report.zone);
    if let Some(latency) = &section.latency {
        add_line(text, "latency", show_latency(latency));
    }
    show_rates(text, section);
}

/// The messages that `--since` leaves out because their time is not known.
fn show_without_time(report: &Report<'_>) -> String {
    match report.without_time as u64 {
        0 => String::new(),
        1 => "; 1 message without a time is left out".to_owned(),
        more => format!("; {} without a time are left out", counted(more, "message")),
    }
}

/// `   27 Nov 2026 18:10-18:12 Africa/Nairobi, 3 runs`.
fn title(section: &Section, zone: &Zone) -> String {
    let runs = counted(section.runs.len() as u64, "run");
    let Some((first, last)) = section.span.and_then(|(first, last)| {
        Some((Timestamp::from_millisecond(first).ok()?, Timestamp::from_millisecond(last).ok()?))
    }) else {
        return format!("   {runs}");
    };
    let [from, to] = [first, last].map(|time| show_time(time, zone));
    let until = match (from == to, date_of(first, zone) == date_of(last, zone)) {
        (true, _) => String::new(),
        (false, true) => format!("-{}", show_clock(last, zone)),
        (false, false) => format!(" to {to}"),
    };
    format!("   {from}{until} {zone}, {runs}")
}

/// What is known of the messages that a file lacks. The ends of runs do not say of which campaign they
/// are.
fn rest_of<'f>(section: &Section, file: &'f FileFacts) -> &'f Rest {
    match (&file.rest, section.is_one_campaign) {
        (Rest::None | Rest::Held(_) | Rest::OutsideOf(_), false) => &Rest::NotRecorded,
        (rest, _) => rest,
    }
}

/// Returns whether the results of a section hold all messages of its lists.
fn is_whole(report: &Report<'_>, section: &Section) -> bool {
    let mut files = section.runs.iter().map(|run| &report.files[usize::from(run.file)]);
    let is_whole =
        |file: &FileFacts| rest_of(section, file) == &Rest::None && elsewhere(section, file) == 0;
    report.since.is_none() && files.all(is_whole)
}

/// The messages of a file's list that are in other results.
fn elsewhere(section: &Section, file: &FileFacts) -> u64 {
    file.of_list.saturating_sub(section.counts.total)
}

/// `221 of 265  ████░  83 %`; without the share when the lists may have more.
fn show_sent(text: &mut String, section: &Section, is_whole: bool) {
    let (sent, total) = (section.counts.sent, section.counts.total);
    let of = format!("{} of {}", show_number(sent), show_number(total));
    if !is_whole {
        return add_line(text, "sent", format!("{of} tried"));
    }
    let filled = match sent * BAR / total.max(1) {
        0 if sent > 0 => 1,
        filled => filled,
    };
    let bar = "█".repeat(filled as usize) + &"░".repeat((BAR - filled) as usize);
    let percent = match sent * 100 / total.max(1) {
        0 if sent > 0 => "under 1 %".to_owned(),
        percent => format!("{percent} %"),
    };
    add_line(text, "sent", format!("{of}  {bar}  {percent}"));
}

/// The messages of these statuses by code: `38 session closed (131047): they must write first`.
fn show_codes(text: &mut String, label: &str, section: &Section, is: fn(Status) -> bool) {
    let counts: Vec<&CodeCount> = section.codes.iter().filter(|count| is(count.status)).collect();
    let Some(most) = counts.first() else { return };
    let width = show_number(most.messages).len();
    for (index, count) in counts.iter().take(MOST_CODES).enumerate() {
        let label = if index == 0 { label } else { "" };
        let what = match (&*count.meaning, &*count.code) {
            ("", "") => format!("{} without a code", count.status),
            (text, "") => format!("{} without a code, \"{}\"", count.status, shortened(text)),
            ("", code) => code.to_owned(),
            (meaning, code) => format!("{meaning} ({code})"),
        };
        let number = show_number(count.messages);
        add_line(text, label, format!("{number:>width$} {what}: {}", count.next_step));
    }
    if let Some(rest) = counts.get(MOST_CODES..).filter(|rest| !rest.is_empty()) {
        let messages = rest.iter().map(|count| count.messages).sum();
        let codes = counted(rest.len() as u64, "code");
        add_line(
            text,
            "",
            format!("{} of {codes} more (--report FILE.json)", show_number(messages)),
        );
    }
}

fn show_runs(text: &mut String, section: &Section, zone: &Zone) {
    let earlier = section.runs.len().saturating_sub(MOST_RUNS);
    let runs = &section.runs[earlier..];
    let starts = show_starts(runs, zone);
    let width = runs.iter().map(|run| show_number(run.counts.sent).len()).max().unwrap_or(0);
    for (index, (run, start)) in runs.iter().zip(starts).enumerate() {
        let label = if index == 0 { "runs" } else { "" };
        let sent = show_number(run.counts.sent);
        add_line(text, label, format!("{start}  {sent:>width$} sent{}", show_run(run)));
    }
    if earlier > 0 {
        add_line(text, "", format!("and {} before", counted(earlier as u64, "run")));
    }
}

/// The start times of runs: with the date if they are of several days, with seconds if two are of the
/// same minute.
fn show_starts(runs: &[RunCount], zone: &Zone) -> Vec<String> {
    let times: Vec<Option<Timestamp>> = runs.iter().map(|run| run.start.parse().ok()).collect();
    let days: Vec<Option<Date>> =
        times.iter().map(|time| time.map(|time| date_of(time, zone))).collect();
    let one_day = days.windows(2).all(|days| days[0] == days[1]);
    let minute = |time: &Option<Timestamp>| time.map(|time| time.as_second().div_euclid(60));
    let same_minute = times.windows(2).any(|times| minute(&times[0]) == minute(&times[1]));
    let seconds = |time: Timestamp| match same_minute {
        true => zone.time_zone().to_datetime(time).strftime(":%S").to_string(),
        false => String::new(),
    };
    runs.iter()
        .zip(times)
        .map(|(run, time)| match time {
            None => printable(&run.start).into_owned(),
            Some(time) if one_day => show_clock(time, zone) + &seconds(time),
            Some(time) => show_time(time, zone) + &seconds(time),
        })
        .collect()
}

/// `, 3 refused; stopped by Ctrl-C`.
fn show_run(run: &RunCount) -> String {
    let mut text = String::new();
    let counts = &run.counts;
    for (number, what) in
        [(counts.refused, "refused"), (counts.failed, "failed"), (counts.unknown, "unknown")]
    {
        if number > 0 {
            text.push_str(&format!(", {} {what}", show_number(number)));
        }
    }
    let end = match &run.end {
        Ending::Recorded(end) => show_end(end),
        Ending::Alive => "still going on".to_owned(),
        Ending::None => "no end is recorded".to_owned(),
        Ending::NotRecorded => return text,
    };
    format!("{text}; {end}")
}

/// `finished rows 1-100`.
fn show_end(end: &RunEnd) -> String {
    let how = end.how().map_or(end.word.as_str(), |how| how.meaning());
    match (end.extent.part(), end.how()) {
        (None, _) => how.to_owned(),
        (Some(part), Some(HowEnded::Done)) => format!("{how} {part}"),
        (Some(part), _) => format!("{how} (of {part})"),
    }
}

fn show_latency(latency: &Latency) -> String {
    let show = |milliseconds: u32| match milliseconds {
        0..1000 => format!("{milliseconds} ms"),
        _ => show_duration(std::time::Duration::from_millis(milliseconds.into())),
    };
    let Latency { p50, p95, p99, max, .. } = *latency;
    let [p50, p95, p99, max] = [p50, p95, p99, max].map(show);
    format!("p50 {p50}, p95 {p95}, p99 {p99}, max {max}")
}

fn show_rates(text: &mut String, section: &Section) {
    let Some(rate) = &section.rate else { return };
    let mean = section
        .mean_rate()
        .map(|mean| format!("{} on average; ", show_rate(mean)))
        .unwrap_or_default();
    let (second, minute) = (show_number(rate.fullest_second), show_number(rate.fullest_minute));
    add_line(
        text,
        "rate",
        format!("{mean}at most {second} in a second, {minute} in a clock minute"),
    );
}

/// What is known of messages that are not in the results: a line for all files if it is the same,
/// else one for each.
fn show_left(text: &mut String, report: &Report<'_>) {
    let Some(first) = report.sections.first() else { return };
    let numbers: BTreeSet<u16> = first.runs.iter().map(|run| run.file).collect();
    let files: Vec<&FileFacts> =
        numbers.into_iter().map(|file| &report.files[usize::from(file)]).collect();
    let is_same = files.windows(2).all(|two| rest_of(first, two[0]) == rest_of(first, two[1]));
    let shown = if is_same { files.len().min(1) } else { files.len() };
    let mut before = "";
    for file in files.iter().take(shown) {
        let of = if shown > 1 { format!("{}: ", file.path.display()) } else { String::new() };
        let mut lines = rest_of(first, file).show();
        if lines.is_empty() && report.since.is_none() && elsewhere(first, file) > 0 {
            let messages = counted(elsewhere(first, file), "message");
            lines.push((
                "left",
                format!("{messages} of the list in other results: report them too"),
            ));
        }
        for (label, what) in lines {
            add_line(text, if label == before { "" } else { label }, format!("{of}{what}"));
            before = label;
        }
    }
}

fn show_files(text: &mut String, report: &Report<'_>) {
    for file in report.files {
        let Some(what) = show_in_flight(file) else { continue };
        let of = match report.files {
            [_] => String::new(),
            _ => format!("{}: ", file.path.display()),
        };
        add_line(text, "in flight", format!("{of}{what}"));
    }
    if let Some(first) = report.sections.first().filter(|first| !first.is_rehearsal()) {
        add_line(text, "gateway", show_gateway(first));
    }
    for (index, file) in report.files.iter().enumerate() {
        let label = if index == 0 { "results" } else { "" };
        add_line(text, label, file.path.display());
    }
    let mut before = "";
    for (label, written) in report.written {
        add_line(text, if *label == before { "" } else { label }, written);
        before = label;
    }
}

/// What is known of the messages in flight, if there is an in-flight file.
fn show_in_flight(file: &FileFacts) -> Option<String> {
    let what = match (file.in_flight.as_ref()?, file.messages_in_flight) {
        (InFlightRun::Alive, _) => "a run is going on".to_owned(),
        (InFlightRun::Unreadable(reason), _) => format!(
            "a run ended without a summary; which of its messages may have arrived is not known: {reason}"
        ),
        (InFlightRun::Dead(_), None | Some(0)) => {
            "a run ended without a summary; each of its messages has an outcome".to_owned()
        }
        (InFlightRun::Dead(_), Some(messages)) => format!(
            "{} may have arrived (counted as unknown): a run ended without a summary",
            counted(messages, "message")
        ),
    };
    Some(what)
}

/// `new.example (before: old.example)`.
fn show_gateway(section: &Section) -> String {
    let earlier: Vec<&str> = section.earlier_names.iter().map(|name| &**name).collect();
    match earlier.is_empty() {
        true => section.gateway.to_string(),
        false => format!("{} (before: {})", section.gateway, earlier.join(", ")),
    }
}

/// The name of the list that the first file belongs to, and how many files there are beside it.
fn list_name(files: &[FileFacts]) -> String {
    let Some(first) = files.first() else { return String::new() };
    let name = of_results(&first.path);
    match files.len() - 1 {
        0 => name,
        more => format!("{name} and {}", counted(more as u64, "other file")),
    }
}

/// `a/May.results.csv` → `May`, also after a rotation (`May.results.2026-11.csv`).
pub(super) fn of_results(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let list = name.strip_suffix(".csv").and_then(|name| match name.rsplit_once(".results") {
        Some((list, rotated)) if rotated.is_empty() || rotated.starts_with('.') => Some(list),
        _ => None,
    });
    let list = list.map(|list| list.strip_suffix(".rehearsal").unwrap_or(list));
    list.unwrap_or(&name).to_owned()
}

fn date_of(time: Timestamp, zone: &Zone) -> Date {
    zone.time_zone().to_datetime(time).date()
}

/// `27 Nov 2026 18:10`.
fn show_time(time: Timestamp, zone: &Zone) -> String {
    zone.time_zone().to_datetime(time).strftime("%-d %b %Y %H:%M").to_string()
}

/// `18:10`.
fn show_clock(time: Timestamp, zone: &Zone) -> String {
    zone.time_zone().to_datetime(time).strftime("%H:%M").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_named_as_its_results_are() {
        for (path, name) in [
            ("a/Customers May.results.csv", "Customers May"),
            ("May.rehearsal.results.csv", "May"),
            ("May.results.2026-11.csv", "May"),
            ("May.results2.csv", "May.results2.csv"),
            ("x", "x"),
        ] {
            assert_eq!(of_results(Path::new(path)), name);
        }
    }
}
