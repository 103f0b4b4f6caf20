//! What results files say, for `lipasend report`.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use super::text::{by_frequency, count, counted, line};
use crate::prepare::message::IdKey;
use crate::record::Error;
use crate::record::ledger::{Column, Records};
use crate::send::outcome::Status;

/// The newest word on each message of one file.
#[derive(Debug, Default)]
struct History {
    messages: HashMap<IdKey, (Status, String)>,
    lines: u64,
    gateways: BTreeMap<String, u64>,
    runs: BTreeMap<String, u64>,
    first: Option<String>,
    last: Option<String>,
}

/// A text about each of the files.
///
/// # Errors
/// When one cannot be read or is no results file.
pub fn show(paths: &[PathBuf]) -> Result<String, Error> {
    let mut text = String::new();
    for path in paths {
        text.push_str(&History::read(path)?.show(path));
    }
    Ok(text)
}

impl History {
    fn read(path: &Path) -> Result<Self, Error> {
        let mut history = Self::default();
        let mut records = Records::open(path)?;
        while let Some(record) = records.next_record()? {
            let key = IdKey::of(&record.text(Column::MessageId));
            let Some(status) = record.status() else {
                let reason =
                    format!("the status `{}` is none of ours", record.text(Column::Status));
                return Err(Error::Unreadable { path: path.to_owned(), line: record.line, reason });
            };
            history.lines += 1;
            *history.gateways.entry(record.text(Column::Gateway).into_owned()).or_default() += 1;
            *history.runs.entry(record.text(Column::Run).into_owned()).or_default() += 1;
            history.note_time(&record.text(Column::SentAt));
            let code = record.text(Column::ErrorCode).into_owned();
            match history.messages.get(&key) {
                Some((Status::Sent, _)) => {}
                // Doubt is lifted by nothing but an acceptance.
                Some((Status::Unknown, _))
                    if matches!(status, Status::Failed | Status::Refused) => {}
                _ => {
                    history.messages.insert(key, (status, code));
                }
            }
        }
        Ok(history)
    }

    /// RFC 3339 in UTC: the order of the texts is the order of the times.
    fn note_time(&mut self, time: &str) {
        if time.is_empty() {
            return;
        }
        if self.first.as_deref().is_none_or(|first| time < first) {
            self.first = Some(time.to_owned());
        }
        if self.last.as_deref().is_none_or(|last| time > last) {
            self.last = Some(time.to_owned());
        }
    }

    fn show(&self, path: &Path) -> String {
        let mut statuses: BTreeMap<&str, u64> = BTreeMap::new();
        let mut codes: BTreeMap<&str, u64> = BTreeMap::new();
        for (status, code) in self.messages.values() {
            *statuses.entry(status.as_str()).or_default() += 1;
            if *status != Status::Sent && !code.is_empty() {
                *codes.entry(code).or_default() += 1;
            }
        }
        let mut text = format!("{}\n", path.display());
        let sum: Vec<String> = [Status::Sent, Status::Refused, Status::Failed, Status::Unknown]
            .iter()
            .map(|status| {
                let number = statuses.get(status.as_str()).copied().unwrap_or_default();
                format!("{} {status}", count(number))
            })
            .collect();
        let total = counted(self.messages.len() as u64, "message");
        text.push_str(&line("messages", format!("{total} = {}", sum.join(" + "))));
        if !codes.is_empty() {
            text.push_str(&line("errors", by_frequency(&codes)));
        }
        text.push_str(&line("gateway", by_frequency(&self.gateways).replace(", ", "; ")));
        if let (Some(first), Some(last)) = (&self.first, &self.last) {
            let runs = counted(self.runs.len() as u64, "run");
            text.push_str(&line("time", format!("{first} to {last}, {runs}")));
        }
        text
    }
}
