//! The contents of results files, for `lipasend report`: the messages by their last status and the
//! error codes with their meanings.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use super::format::{add_line, counted, explained};
use crate::prepare::message::IdKey;
use crate::record::ledger::{Column, Record, Records, counts_over};
use crate::record::{Error, names};
use crate::send::outcome::Status;
use crate::units::printable::printable;
use crate::units::show_number;

/// The contents of one file.
#[derive(Debug, Default)]
struct Contents {
    /// Each message's status and error code.
    messages: HashMap<IdKey, (Status, CodeId)>,
    codes: Codes,
    /// The number of lines of each gateway.
    gateways: BTreeMap<String, u64>,
    runs: BTreeSet<String>,
    first: Option<String>,
    last: Option<String>,
}

/// The index of a code in [`Codes`].
type CodeId = u16;

/// Each error code once, with its meaning.
#[derive(Debug, Default)]
struct Codes {
    known: Vec<(String, String)>,
}

impl Codes {
    fn id(&mut self, record: &Record<'_>) -> CodeId {
        let code = record.text(Column::ErrorCode);
        let at = self.known.iter().position(|(known, _)| *known == code).unwrap_or_else(|| {
            // After the colon is the gateway's text, which may contain names.
            let error = record.text(Column::Error);
            let meaning = error.split_once(": ").map_or(&*error, |(meaning, _)| meaning);
            // The code is printed before the meaning.
            let meaning = [" (whatsapp code ", " (http "]
                .iter()
                .fold(meaning, |text, code| text.rsplit_once(code).map_or(text, |(text, _)| text));
            self.known.push((code.into_owned(), meaning.to_owned()));
            self.known.len() - 1
        });
        CodeId::try_from(at).unwrap_or(CodeId::MAX)
    }

    /// The codes of these messages with their meanings.
    fn show(&self, ids: impl Iterator<Item = CodeId>) -> String {
        let mut counts = vec![0; self.known.len()];
        for id in ids {
            counts[usize::from(id)] += 1;
        }
        let counts = self.known.iter().zip(counts);
        let counts = counts.filter(|((code, _), number)| *number > 0 && !code.is_empty());
        explained("errors", counts.map(|((code, meaning), number)| (number, &**code, &**meaning)))
    }
}

/// The contents of the files as text.
///
/// # Errors
/// When one cannot be read or is no results file.
pub fn show(paths: &[PathBuf]) -> Result<String, Error> {
    let mut text = String::new();
    for path in paths {
        text.push_str(&Contents::read(path)?.show(path));
    }
    Ok(text)
}

impl Contents {
    fn read(path: &Path) -> Result<Self, Error> {
        let mut contents = Self::default();
        let mut records = Records::open(path)?;
        while let Some(record) = records.next_record()? {
            let line = record.line;
            if let Err(reason) = contents.add(&record) {
                return Err(records.unreadable(line, reason));
            }
        }
        Ok(contents)
    }

    fn add(&mut self, record: &Record<'_>) -> Result<(), String> {
        let (id, status) = record.outcome()?;
        *self.gateways.entry(record.text(Column::Gateway).into_owned()).or_default() += 1;
        self.runs.insert(record.text(Column::Run).into_owned());
        self.add_time(&record.text(Column::SentAt));
        let newer = (status, self.codes.id(record));
        self.messages
            .entry(id)
            .and_modify(|known| {
                if counts_over(status, known.0) {
                    *known = newer;
                }
            })
            .or_insert(newer);
        Ok(())
    }

    /// Times are RFC 3339 in UTC, so their order is the order of the texts.
    fn add_time(&mut self, time: &str) {
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
        let mut text = format!("{}\n", printable(&path.display().to_string()));
        let sum: Vec<String> = [Status::Sent, Status::Refused, Status::Failed, Status::Unknown]
            .iter()
            .map(|wanted| {
                let number = self.messages.values().filter(|(status, _)| status == wanted).count();
                format!("{} {wanted}", show_number(number as u64))
            })
            .collect();
        let total = show_number(self.messages.len() as u64);
        add_line(&mut text, "messages", format!("{total} = {}", sum.join(" + ")));
        let failures = self.messages.values().filter(|(status, _)| *status != Status::Sent);
        text.push_str(&self.codes.show(failures.map(|(_, code)| *code)));
        if names::in_flight_path(path).exists() {
            let what = "a run is still going on, or ended without a summary (the next run records its messages)";
            add_line(&mut text, "in flight", what);
        }
        add_line(&mut text, "gateway", self.show_gateways());
        if let (Some(first), Some(last)) = (&self.first, &self.last) {
            let runs = counted(self.runs.len() as u64, "run");
            add_line(&mut text, "time", format!("{first} to {last}, {runs}"));
        }
        text
    }

    /// The names of the gateways, with their numbers of lines if there are several.
    fn show_gateways(&self) -> String {
        let names = self.gateways.iter().map(|(name, lines)| match self.gateways.len() {
            1 => name.clone(),
            _ => format!("{name} ({})", counted(*lines, "line")),
        });
        names.collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_a_campaign_cannot_read_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.results.csv");
        for (line, problem) in [
            (",sent,h", "line 2: the message_id is missing"),
            ("a,Sent!,h", "line 2: the status `Sent!` is none of"),
        ] {
            std::fs::write(&path, format!("message_id,status,gateway\n{line}\n")).unwrap();
            let error = show(std::slice::from_ref(&path)).unwrap_err().to_string();
            assert!(error.contains(problem), "{error}");
        }
    }
}
