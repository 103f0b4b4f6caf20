//! The messages of results files in memory: what counts of each, in few bytes, and the rules by
//! which several lines of one message become one.

use std::collections::BTreeSet;
use std::path::Path;

use hashbrown::{HashMap, HashTable};
use jiff::Timestamp;

use crate::prepare::message::IdKey;
use crate::record::Error;
use crate::record::ledger::{Column, Record, Records, counts_over};
use crate::record::names::REHEARSAL;
use crate::send::outcome::Status;

/// What counts of one message: 48 bytes, because there may be millions.
#[derive(Debug, Clone, Copy)]
pub(super) struct Message {
    id: IdKey,
    /// The time of the last attempt in milliseconds since 1970, or [`NO_TIME`]: a message that a
    /// later run recorded after a crash has none.
    time: i64,
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
    /// The time of the last attempt in milliseconds since 1970, if it is known.
    pub(super) fn time(&self) -> Option<i64> {
        (self.time != NO_TIME).then_some(self.time)
    }

    /// The time until the last answer in milliseconds, if it is known.
    pub(super) fn latency(&self) -> Option<u32> {
        (self.latency != NO_LATENCY).then_some(self.latency)
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

/// Where messages come from: messages of different origins are never the same campaign.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Origin {
    /// The gateway as host or host:port, or [`REHEARSAL`].
    pub(super) gateway: Box<str>,
    pub(super) campaign: Box<str>,
    /// The sender.
    pub(super) from: Box<str>,
}

/// Different values, each once with a number. The last one is found without a search.
#[derive(Debug)]
pub(super) struct Numbered<T> {
    list: Vec<T>,
    numbers: HashMap<T, u32>,
    last: u32,
}

impl<T> Default for Numbered<T> {
    fn default() -> Self {
        Self { list: Vec::new(), numbers: HashMap::new(), last: 0 }
    }
}

impl<T: Clone + Eq + std::hash::Hash> Numbered<T> {
    /// The number of the value for which `is` holds if it is the last one, else of that which `make`
    /// returns.
    fn number(&mut self, is: impl Fn(&T) -> bool, make: impl FnOnce() -> T) -> u32 {
        if self.list.get(self.last as usize).is_some_and(is) {
            return self.last;
        }
        let value = make();
        self.last = match self.numbers.get(&value) {
            Some(number) => *number,
            None => {
                let number = u32::try_from(self.list.len()).unwrap_or(u32::MAX);
                self.numbers.insert(value.clone(), number);
                self.list.push(value);
                number
            }
        };
        self.last
    }

    pub(super) fn get(&self, number: u32) -> &T {
        &self.list[number as usize]
    }
}

/// The texts that many messages share.
#[derive(Debug, Default)]
pub(super) struct Texts {
    /// Error codes; the empty one too.
    pub(super) codes: Numbered<Box<str>>,
    /// The meaning of each code, as the first line with it says it.
    meanings: Vec<Box<str>>,
    /// The texts of lines without a code, if all have the same.
    without_code: Option<Box<str>>,
    /// Start times of runs, as they stand in the files.
    pub(super) runs: Numbered<Box<str>>,
    pub(super) origins: Numbered<Origin>,
    /// The present name of the gateway of each origin.
    gateways: Vec<Box<str>>,
    /// The present names of gateways that were renamed (`--adopt-gateway`), by their earlier ones.
    renamed: HashMap<Box<str>, Box<str>>,
}

impl Texts {
    fn code(&mut self, record: &Record<'_>) -> u32 {
        let code = record.text(Column::ErrorCode);
        let code = code.trim();
        if code.is_empty() {
            self.note_without_code(&record.text(Column::Error));
        }
        let number = self.codes.number(|known| **known == *code, || code.into());
        if self.meanings.len() == number as usize {
            self.meanings.push(meaning(&record.text(Column::Error)).into());
        }
        number
    }

    /// Takes the error of a line without a code. Different ones have no meaning in common.
    fn note_without_code(&mut self, error: &str) {
        let text = meaning(error);
        match &self.without_code {
            None => self.without_code = Some(text.into()),
            Some(known) if **known == *text => {}
            Some(_) => self.without_code = Some("".into()),
        }
    }

    /// The meaning of a code, as the results say it.
    pub(super) fn meaning(&self, code: u32) -> &str {
        match self.codes.get(code).is_empty() {
            true => self.without_code.as_deref().unwrap_or_default(),
            false => &self.meanings[code as usize],
        }
    }

    fn run(&mut self, record: &Record<'_>) -> u32 {
        let run = record.text(Column::Run);
        self.runs.number(|known| **known == *run, || run.trim().into())
    }

    fn origin(&mut self, record: &Record<'_>) -> u32 {
        let cells = [Column::Gateway, Column::Campaign, Column::From].map(|c| record.bytes(c));
        let is = |known: &Origin| {
            [&known.gateway, &known.campaign, &known.from].map(|text| text.as_bytes()) == cells
        };
        let number = self.origins.number(is, || {
            let text = |column| record.text(column).trim().into();
            let (gateway, campaign) = (text(Column::Gateway), text(Column::Campaign));
            Origin { gateway, campaign, from: text(Column::From) }
        });
        if self.gateways.len() == number as usize {
            let name = &self.origins.get(number).gateway;
            self.gateways.push(self.renamed.get(name).unwrap_or(name).clone());
        }
        number
    }

    /// The present name of a message's gateway.
    pub(super) fn gateway(&self, message: &Message) -> &str {
        self.gateway_of(message.origin)
    }

    /// The present name of an origin's gateway.
    pub(super) fn gateway_of(&self, origin: u32) -> &str {
        &self.gateways[origin as usize]
    }

    /// Takes the lines of one file, which belong to one gateway: the other names in it are earlier
    /// ones of that in its last line. Returns whether a name changes.
    fn rename(&mut self, origins: &BTreeSet<u32>, last: u32) -> bool {
        let present: Box<str> = self.gateway_of(last).into();
        let earlier: BTreeSet<Box<str>> = origins
            .iter()
            .map(|origin| self.gateway_of(*origin))
            .filter(|name| **name != *present)
            .map(Box::from)
            .collect();
        if earlier.is_empty() || *present == *REHEARSAL || earlier.contains(REHEARSAL) {
            return false;
        }
        for name in self.gateways.iter_mut().chain(self.renamed.values_mut()) {
            if earlier.contains(name) {
                name.clone_from(&present);
            }
        }
        self.renamed.extend(earlier.into_iter().map(|name| (name, present.clone())));
        true
    }

    /// The time by which the lines of a message in several files are ordered: without a time of the
    /// attempt, the start of its run.
    fn order(&self, message: &Message) -> i64 {
        let of_run = || self.runs.get(message.run).parse().ok().map(Timestamp::as_millisecond);
        message.time().or_else(of_run).unwrap_or(NO_TIME)
    }
}

/// The meaning of an error without the gateway's own text, which may contain names, and without the
/// code, which is shown beside it.
fn meaning(error: &str) -> &str {
    let meaning = error.split_once(": ").map_or(error, |(meaning, _)| meaning);
    [" (whatsapp code ", " (http "]
        .iter()
        .fold(meaning, |text, code| text.rsplit_once(code).map_or(text, |(text, _)| text))
}

/// Messages by id. The same id at another gateway is another message.
#[derive(Debug, Default)]
pub(super) struct Messages {
    list: Vec<Message>,
    /// The place of each message in `list`.
    places: HashTable<u32>,
}

impl Messages {
    /// Adds a message, unless it is there already (`is_same`) and does not count over that line.
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
                if counts_over(known) {
                    *known = new;
                }
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
        let is_same = |known: &Message| texts.gateway(known) == texts.gateway(&new);
        self.put(new, is_same, |old| new.counts_over(old, |message| texts.order(message)));
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
}

/// The lines of files that are read one after the other.
#[derive(Debug, Default)]
pub(super) struct Reading {
    pub(super) messages: Messages,
    pub(super) texts: Texts,
    files: u16,
}

impl Reading {
    /// Reads a file. In one file the ledger's rule holds: the last
    /// line of a message counts, except over `sent` and `unknown`; one after an address was renamed
    /// counts over one before, in another file too. A rehearsal is never merged with anything.
    ///
    /// # Errors
    /// When the file or a line of it cannot be read.
    pub(super) fn add_file(&mut self, path: &Path) -> Result<FileRead, Error> {
        let mut own = Messages::default();
        let (mut runs, mut origins, mut last_origin) = (BTreeSet::new(), BTreeSet::new(), None);
        let mut records = Records::open(path)?;
        let mut number = 0_u32;
        while let Some(record) = records.next_record()? {
            let line = record.line;
            let new = match self.message(&record, number) {
                Ok(new) => new,
                Err(reason) => return Err(records.unreadable(line, reason)),
            };
            number += 1;
            runs.insert(new.run);
            origins.insert(new.origin);
            last_origin = Some(new.origin);
            let texts = &self.texts;
            let rehearsed = |message: &Message| texts.gateway(message) == REHEARSAL;
            let is_same =
                |known: &Message| known.origin == new.origin || rehearsed(known) == rehearsed(&new);
            own.put(new, is_same, |old| counts_over(new.status, old.status));
        }
        if last_origin.is_some_and(|last| self.texts.rename(&origins, last)) {
            self.messages.merge_again(&self.texts);
        }
        self.messages.merge(own, &self.texts);
        self.files += 1;
        let last_run = runs.into_iter().map(|run| self.texts.runs.get(run)).max();
        Ok(FileRead { lines: u64::from(number), last_run: last_run.cloned().unwrap_or_default() })
    }

    fn message(&mut self, record: &Record<'_>, number: u32) -> Result<Message, String> {
        let (id, status) = record.outcome()?;
        let sent_at: Option<Timestamp> = record.text(Column::SentAt).trim().parse().ok();
        let latency = record.number(Column::LatencyMs).and_then(|latency| latency.try_into().ok());
        let phones = record.bytes(Column::Phone).split(|byte| *byte == b' ').count();
        Ok(Message {
            id,
            time: sent_at.map_or(NO_TIME, Timestamp::as_millisecond),
            latency: latency.unwrap_or(NO_LATENCY),
            record: number,
            run: self.texts.run(record),
            code: if status == Status::Sent { self.no_code() } else { self.texts.code(record) },
            origin: self.texts.origin(record),
            file: self.files,
            phones: phones.try_into().unwrap_or(u8::MAX),
            status,
        })
    }

    /// The number of the empty code.
    fn no_code(&mut self) -> u32 {
        let texts = &mut self.texts;
        let number = texts.codes.number(|code| code.is_empty(), || "".into());
        if texts.meanings.len() == number as usize {
            texts.meanings.push("".into());
        }
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(status: Status, time: i64) -> Message {
        Message {
            id: IdKey([7; 16]),
            time,
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

    #[test]
    fn a_meaning_is_without_names_and_codes() {
        for (error, expected) in [
            ("the window is closed (whatsapp code 131047): Bob", "the window is closed"),
            ("the gateway failed (http 503): busy", "the gateway failed"),
            ("the answer was lost", "the answer was lost"),
            ("", ""),
        ] {
            assert_eq!(meaning(error), expected);
        }
    }
}
