//! The messages of a killed run that have no outcome, for a report: as the lines that the next run
//! will add to the results. No file is changed.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::{COLUMNS, InFlightReader, unknown_entry};
use crate::prepare::message::IdKey;
use crate::read::own_columns::Column;
use crate::record::error::Error;
use crate::record::fs;
use crate::record::ledger::columns::Layout;
use crate::record::ledger::reader::Records;

/// The run of which there is an in-flight file beside results.
#[derive(Debug)]
pub enum InFlightRun {
    /// It is still going on.
    Alive,
    /// It ended without a summary.
    Dead(LostAnswers),
    /// It ended without a summary, and its in-flight file cannot be read, for this reason.
    Unreadable(String),
}

/// The messages of a killed run that have no outcome.
#[derive(Debug)]
pub struct LostAnswers {
    /// The in-flight file.
    path: PathBuf,
    /// A line of results for each message, with the columns of our own results.
    lines: Vec<u8>,
}

impl LostAnswers {
    /// A record of results for each message, `unknown` with the code `in_flight`. One that was sent
    /// before that run is among them.
    #[must_use]
    pub fn records(&self) -> Records<&[u8]> {
        Records::bare(&self.lines, &self.path, Layout::ours(), 1)
    }

    fn read(in_flight: InFlightReader, results: &Path) -> Result<Self, Error> {
        let path = in_flight.path.clone();
        let mut lines = Vec::new();
        let Some(first) = &in_flight.first else { return Ok(Self { path, lines }) };
        let (gateway, run) = (first.gateway.clone(), first.run);
        let mut open = Vec::new();
        in_flight.each_open(results, |record, id| {
            open.push((id, COLUMNS.map(|column| record.text(column).into_owned())));
        })?;
        let before = attempts_before(results, open.iter().map(|(id, _)| *id))?;
        let layout = Layout::ours();
        for (id, cells) in &open {
            let attempts = before.get(id).copied().unwrap_or(0).saturating_add(1);
            let cells = cells.each_ref().map(String::as_str);
            let entry = unknown_entry(cells, attempts, &gateway, run);
            lines.extend(layout.line(|column| entry.cell(column)));
        }
        Ok(Self { path, lines })
    }
}

/// The attempts that the results have of these messages.
fn attempts_before(
    results: &Path,
    ids: impl Iterator<Item = IdKey>,
) -> Result<HashMap<IdKey, u32>, Error> {
    let mut attempts: HashMap<IdKey, u32> = ids.map(|id| (id, 0)).collect();
    if attempts.is_empty() {
        return Ok(attempts);
    }
    let mut records = Records::open(results)?;
    while let Some(record) = records.next_record()? {
        let id = IdKey::of_bytes(record.bytes(Column::MessageId));
        if let Some(attempts) = attempts.get_mut(&id) {
            let number = record.number(Column::Attempts).unwrap_or(0);
            *attempts = number.try_into().unwrap_or(u32::MAX);
        }
    }
    Ok(attempts)
}

/// Finds out, for a report, of which run there is an in-flight file beside results.
#[must_use]
pub fn run_in_flight(results: &Path) -> Option<InFlightRun> {
    let results = &fs::followed(results);
    let dead = match InFlightReader::open(results) {
        Ok(None) => return None,
        Ok(Some(reader)) if reader.is_alive() => return Some(InFlightRun::Alive),
        Ok(Some(reader)) => LostAnswers::read(reader, results),
        Err(error) => Err(error),
    };
    Some(match dead {
        Ok(lost) => InFlightRun::Dead(lost),
        Err(error) => InFlightRun::Unreadable(error.to_string()),
    })
}
