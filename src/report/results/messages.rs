//! The messages of results files in memory: what counts of each, in few bytes, and the rules by
//! which several lines of one message become one.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::Path;

use hashbrown::HashTable;
use jiff::Timestamp;

use super::texts::Texts;
use crate::prepare::message::IdKey;
use crate::record::Error;
use crate::record::in_flight::{InFlightRun, run_in_flight};
use crate::record::ledger::{Column, Record, Records, counts_over};
use crate::record::names::REHEARSAL;
use crate::send::outcome::Status;

/// What counts of one message: 56 bytes, because there may be millions.
#[derive(Debug, Clone, Copy)]
pub(super) struct Message {
    id: IdKey,
    /// The time of the line that counts in milliseconds since 1970, or [`NO_TIME`]: a message that a
    /// later run recorded after a crash has none.
    time: i64,
    /// The latest time of all its lines, in all files, or [`NO_TIME`].
    last_attempt: i64,
    /// The time until its answer in milliseconds, or [`NO_LATENCY`].
    latency: u32,
    /// The line that counts, by its number among the records of its file.
    record: u32,
    /// The indexes in [`Texts`].
    run: u32,
    pub(super) code: u32,
    pub(super) origin: u32,
    pub(super) file: u16,
    /// The number of phones on the card, at most 255.
    pub(super) phones: u8,
    pub(super) status: Status,
}

const NO_TIME: i64 = i64::MIN;
const NO_LATENCY: u32 = u32::MAX;

impl Message {
    /// The time of the latest attempt of all its lines in milliseconds since 1970, if it is known. The
    /// line that counts may be an older one.
    pub(super) fn last_attempt(&self) -> Option<i64> {
        (self.last_attempt != NO_TIME).then_some(self.last_attempt)
    }

    /// The time of the line that counts in milliseconds since 1970, if it is known.
    pub(super) fn time(&self) -> Option<i64> {
        (self.time != NO_TIME).then_some(self.time)
    }

    /// The time until the last answer in milliseconds, if it is known.
    pub(super) fn latency(&self) -> Option<u32> {
        (self.latency != NO_LATENCY).then_some(self.latency)
    }

    /// The time by which the lines of a message in several files are ordered: without a time of the
    /// attempt, the start of its run.
    fn order(&self, texts: &Texts) -> i64 {
        let of_run = || texts.runs.get(self.run).parse().ok().map(Timestamp::as_millisecond);
        self.time().or_else(of_run).unwrap_or(NO_TIME)
    }

    /// The index of its run.
    pub(super) fn run(&self) -> u32 {
        self.run
    }

    /// Returns whether this line counts over `old`, a line of the same message in another file:
    /// `sent` wins, else `unknown`, else the last attempt. Of two `sent` lines the first counts, as in
    /// one file. `order` returns the time by which messages are ordered.
    fn counts_over(&self, old: &Self, order: impl Fn(&Self) -> i64) -> bool {
        let rank = |message: &Self| match message.status {
            Status::Sent => 2,
            Status::Unknown => 1,
            Status::Refused | Status::Failed => 0,
        };
        match rank(self).cmp(&rank(old)) {
            std::cmp::Ordering::Equal if self.status == Status::Sent => order(self) < order(old),
            std::cmp::Ordering::Equal => order(self) >= order(old),
            other => other.is_gt(),
        }
    }
}

/// Messages by id. The same id at another gateway is another message.
#[derive(Debug, Default)]
pub(super) struct Messages {
    list: Vec<Message>,
    /// The place of each message in `list`.
    places: HashTable<u32>,
}

impl Messages {
    /// Adds a message, unless it is there already (`is_same`) and does not count over that line: then
    /// only the time of its last attempt is taken.
    fn put(
        &mut self,
        new: Message,
        is_same: impl Fn(&Message) -> bool,
        counts_over: impl Fn(&Message) -> bool,
    ) {
        let Self { list, places } = self;
        let hash = new.id.spread();
        let found = places.find(hash, |place| {
            let known = &list[*place as usize];
            known.id == new.id && is_same(known)
        });
        match found {
            Some(place) => {
                let known = &mut list[*place as usize];
                let last_attempt = known.last_attempt.max(new.last_attempt);
                if counts_over(known) {
                    *known = new;
                }
                known.last_attempt = last_attempt;
            }
            None => {
                let place = u32::try_from(list.len()).unwrap_or(u32::MAX);
                list.push(new);
                places.insert_unique(hash, place, |place| list[*place as usize].id.spread());
            }
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Message> {
        self.list.iter()
    }

    /// The number of messages whose counting line is in this file behind its first `lines` records:
    /// they are those that a killed run left in flight.
    pub(super) fn in_flight(&self, file: u16, lines: u64) -> u64 {
        let is = |message: &&Message| message.file == file && u64::from(message.record) >= lines;
        self.iter().filter(is).count() as u64
    }

    /// The message whose counting line is this record of a file.
    pub(super) fn of_record(&self, id: IdKey, file: u16, record: u32) -> Option<&Message> {
        let is = |place: &u32| {
            let known = &self.list[*place as usize];
            known.id == id && known.file == file && known.record == record
        };
        let place = self.places.find(id.spread(), is)?;
        Some(&self.list[*place as usize])
    }

    /// Adds the messages of another file.
    fn merge(&mut self, others: Self, texts: &Texts) {
        if self.list.is_empty() {
            *self = others;
            return;
        }
        for new in others.list {
            self.merge_one(new, texts);
        }
    }

    fn merge_one(&mut self, new: Message, texts: &Texts) {
        let is_same = |known: &Message| texts.gateway(known.origin) == texts.gateway(new.origin);
        self.put(new, is_same, |old| new.counts_over(old, |message| message.order(texts)));
    }

    /// Merges the messages again, after gateways were found to be one.
    fn merge_again(&mut self, texts: &Texts) {
        for message in std::mem::take(self).list {
            self.merge_one(message, texts);
        }
    }
}

/// What was read of one file, beside its messages.
#[derive(Debug)]
pub(super) struct FileRead {
    /// The number of its lines.
    pub(super) lines: u64,
    /// The latest start time of a run; empty without a line.
    pub(super) last_run: Box<str>,
    /// The run of which there is an in-flight file beside it.
    pub(super) in_flight: Option<InFlightRun>,
}

/// The messages of one file, while it is read.
#[derive(Debug, Default)]
struct OwnMessages {
    messages: Messages,
    /// The number of the records that were read.
    records: u32,
    /// The indexes of runs and origins in [`Texts`].
    runs: BTreeSet<u32>,
    origins: BTreeSet<u32>,
    last_origin: Option<u32>,
}

/// The lines of files that are read one after the other.
#[derive(Debug, Default)]
pub(super) struct Reading {
    pub(super) messages: Messages,
    pub(super) texts: Texts,
    files: u16,
}

impl Reading {
    /// Reads a file, and what a killed run left in flight beside it as lines behind its own ones. In
    /// one file the ledger's rule holds: the last line of a message counts, except over `sent` and `unknown`; one after an address was renamed
    /// counts over one before, in another file too. A rehearsal is never merged with anything.
    ///
    /// # Errors
    /// When the file or a line of it cannot be read.
    pub(super) fn add_file(&mut self, path: &Path) -> Result<FileRead, Error> {
        let mut own = OwnMessages::default();
        self.add_records(&mut Records::open(path)?, &mut own)?;
        let lines = own.records;
        let in_flight = run_in_flight(path);
        if let Some(InFlightRun::Dead(lost)) = &in_flight {
            self.add_records(&mut lost.records(), &mut own)?;
        }
        if own.last_origin.is_some_and(|last| self.texts.rename(&own.origins, last)) {
            self.messages.merge_again(&self.texts);
        }
        self.messages.merge(own.messages, &self.texts);
        self.files += 1;
        let last_run = own.runs.into_iter().map(|run| self.texts.runs.get(run)).max();
        let last_run = last_run.cloned().unwrap_or_default();
        Ok(FileRead { lines: lines.into(), last_run, in_flight })
    }

    /// Adds records of one file to its messages.
    fn add_records<R: Read>(
        &mut self,
        records: &mut Records<R>,
        own: &mut OwnMessages,
    ) -> Result<(), Error> {
        while let Some(record) = records.next_record()? {
            let line = record.line;
            let new = match self.message(&record, own.records) {
                Ok(new) => new,
                Err(reason) => return Err(records.unreadable(line, reason)),
            };
            own.records += 1;
            own.runs.insert(new.run);
            own.origins.insert(new.origin);
            own.last_origin = Some(new.origin);
            let texts = &self.texts;
            let rehearsed = |message: &Message| texts.gateway(message.origin) == REHEARSAL;
            let is_same =
                |known: &Message| known.origin == new.origin || rehearsed(known) == rehearsed(&new);
            own.messages.put(new, is_same, |old| counts_over(new.status, old.status));
        }
        Ok(())
    }

    fn message(&mut self, record: &Record<'_>, number: u32) -> Result<Message, String> {
        let (id, status) = record.outcome()?;
        let sent_at: Option<Timestamp> = record.text(Column::SentAt).trim().parse().ok();
        let latency = record.number(Column::LatencyMs).and_then(|latency| latency.try_into().ok());
        let phones = record.bytes(Column::Phone).split(|byte| *byte == b' ').count();
        let time = sent_at.map_or(NO_TIME, Timestamp::as_millisecond);
        Ok(Message {
            id,
            time,
            last_attempt: time,
            latency: latency.unwrap_or(NO_LATENCY),
            record: number,
            run: self.texts.run(record),
            code: if status == Status::Sent {
                self.texts.no_code()
            } else {
                self.texts.code(record)
            },
            origin: self.texts.origin(record),
            file: self.files,
            phones: phones.try_into().unwrap_or(u8::MAX),
            status,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(status: Status, time: i64) -> Message {
        Message {
            id: IdKey([7; 16]),
            time,
            last_attempt: time,
            latency: NO_LATENCY,
            record: 0,
            run: 0,
            code: 0,
            origin: 0,
            file: 0,
            phones: 1,
            status,
        }
    }

    #[test]
    fn sent_counts_over_unknown_and_unknown_over_the_last_attempt() {
        use Status::{Failed, Refused, Sent, Unknown};
        for (new, old, counts) in [
            ((Sent, 1), (Unknown, 9), true),
            ((Unknown, 9), (Sent, 1), false),
            ((Unknown, 1), (Refused, 9), true),
            ((Failed, 9), (Unknown, 1), false),
            ((Failed, 2), (Refused, 1), true),
            ((Failed, 1), (Refused, 2), false),
            // The later file at the same time; the first time that it was sent.
            ((Failed, 2), (Refused, 2), true),
            ((Sent, 1), (Sent, 2), true),
            ((Sent, 2), (Sent, 1), false),
            ((Unknown, NO_TIME), (Unknown, 1), false),
        ] {
            let (one, other) = (message(new.0, new.1), message(old.0, old.1));
            assert_eq!(one.counts_over(&other, |message| message.time), counts, "{new:?} {old:?}");
        }
    }

    #[test]
    fn a_message_is_small() {
        assert!(size_of::<Message>() <= 56, "{}", size_of::<Message>());
    }
}
