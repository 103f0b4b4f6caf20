//! The messages of earlier runs that count for the caps: those that were sent, or may have been,
//! within the caps' periods. They are read only when there is a cap.

use std::io;
use std::path::Path;

use jiff::Timestamp;

use super::error::Error;
use super::fs;
use super::in_flight::InFlightReader;
use super::ledger::{Record, Records};
use super::other_ledgers::Gateways;
use crate::eligibility::caps::PastPost;
use crate::prepare::message::IdKey;
use crate::prepare::phone::PhoneNumber;
use crate::read::own_columns::Column;

/// What is read from results files.
#[derive(Debug, Clone, Copy)]
pub struct Counting<'a> {
    /// The sender of this run.
    pub from: &'a str,
    /// The name of its gateway. Lines of another one count only in files that the user named.
    pub gateway: &'a str,
    /// Earlier posts do not count.
    pub since: Timestamp,
}

/// Reads one results file and its in-flight file; `named` if the user named it. A file that is not
/// there has no posts.
///
/// # Errors
/// When the file cannot be read.
pub fn read_past_posts(
    results: &Path,
    named: bool,
    counting: Counting<'_>,
    posts: &mut Vec<PastPost>,
) -> Result<(), Error> {
    let gateways = Gateways::new(counting.gateway, named);
    let results = &fs::followed(results);
    // Before the records, because a message in flight may have its outcome a moment later.
    let in_flight = match InFlightReader::open(results) {
        Err(_) if !named => None,
        opened => opened?,
    };
    if let Some(in_flight) = in_flight
        && in_flight.gateway().is_some_and(|gateway| gateways.counts(gateway.as_bytes()))
    {
        let began = in_flight.run();
        in_flight
            .each_open(results, |record, id| posts.extend(post(record, id, began, counting)))?;
    }
    let mut records = match Records::open(results) {
        Err(Error::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => return Ok(()),
        opened => opened?,
    };
    while let Some(record) = records.next_record()? {
        let Ok((id, status)) = record.outcome() else { continue };
        if status.may_be_sent() && gateways.counts(record.bytes(Column::Gateway)) {
            posts.extend(post(&record, id, record.attempted_at(), counting));
        }
    }
    Ok(())
}

/// The post of a line. One whose time cannot be read counts, whatever the period.
fn post(
    record: &Record<'_>,
    id: IdKey,
    at: Option<Timestamp>,
    counting: Counting<'_>,
) -> Option<PastPost> {
    let at = at.unwrap_or(Timestamp::MAX);
    let to = PhoneNumber::from_digits(record.text(Column::To).trim())?;
    let ours = record.bytes(Column::From) == counting.from.as_bytes();
    (at >= counting.since).then_some(PastPost { id, to, at, ours })
}
