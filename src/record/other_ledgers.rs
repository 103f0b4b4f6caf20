//! The results of other inputs: a message that is `sent` there is not sent again, one that is
//! `refused` there is left alone, and one that is `unknown` or in flight there is in doubt here too.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};

use super::error::Error;
use super::folder::FolderFiles;
use super::in_flight::InFlightReader;
use super::ledger::content::{CardKey, Content, ContentReader};
use super::ledger::reader::Records;
use super::ledger::refusals::Refusals;
use super::ledger::state::{Index, counts_over};
use super::memory::{Found, Memory};
use super::names::{self, REHEARSAL};
use super::{fs, lock};
use crate::prepare::message::IdKey;
use crate::read::own_columns::Column;
use crate::send::outcome::Status;

/// A results file other than the run's own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OtherLedger {
    /// The file.
    pub path: PathBuf,
    /// The number of messages that are `sent` there, through a gateway that counts.
    pub sent: u64,
    /// The number of messages that are `unknown` or in flight there: they may have been accepted.
    pub unknown: u64,
    /// The number of messages that were refused there.
    pub refused: u64,
    /// The number of lines that do not count, because they are of another gateway or of a
    /// rehearsal.
    pub other_gateway: u64,
    /// True if the user named it (`--ledger`).
    pub named: bool,
    /// True if this user may not read the file; then nothing in it counts.
    pub forbidden: bool,
    /// True if its in-flight file cannot be read.
    pub in_flight_unread: bool,
    /// The number of messages that its lock file remembers, when the file itself is gone.
    pub gone_with: u64,
}

impl OtherLedger {
    fn is_relevant(&self) -> bool {
        self.sent + self.unknown + self.refused + self.gone_with > 0 || self.in_flight_unread
    }
}

/// The messages that are, or may be, sent according to other results files.
#[derive(Debug, Default)]
pub struct OtherLedgers {
    /// The files that have something to report, in the order in which they were read.
    pub files: Vec<OtherLedger>,
    sent: Messages,
    unknown: Messages,
    refused: HashSet<IdKey>,
    refusals: Refusals,
    /// True if one of the files holds all that is remembered of the run's own results.
    own_moved: bool,
}

/// Messages, each with its content as far as that is known.
type Messages = Index<Option<Content>>;

/// The messages of one file, each with the status after all lines.
type FileMessages = Index<(Status, Option<Content>)>;

/// The gateways whose lines count.
#[derive(Debug, Clone, Copy)]
pub(super) struct Gateways<'a> {
    ours: &'a str,
    any_real_one: bool,
}

impl OtherLedgers {
    /// Reads every other `*.results.csv` beside `results`, every one of `waited_for`, and every one of
    /// `ledgers` (`--ledger`). In the folder only lines of `gateway` count; in `ledgers`, which the user
    /// named, those of any real gateway. Lines of a rehearsal count for rehearsals alone. `own` is
    /// what is remembered of `results`, which may be [one of these files](Self::own_were_moved) now.
    ///
    /// # Errors
    /// When a file of ours cannot be read, or one of `ledgers` is not ours. In the folder, files
    /// that are not ours are skipped, and one that another run is writing may end with half a line.
    pub fn read(
        results: &Path,
        waited_for: &[PathBuf],
        ledgers: &[PathBuf],
        gateway: &str,
        own: &Memory,
    ) -> Result<Self, Error> {
        let mut others = Self::default();
        let mut paths = FolderFiles::beside(results)?.results;
        paths.extend(waited_for.iter().filter(|path| !names::is_results(path)).cloned());
        for path in paths {
            let gateways = Gateways::new(gateway, false);
            match others.read_file(&path, gateways, own) {
                Err(Error::NotALedger { .. }) => {}
                Err(Error::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                    others.files.extend(gone(path)?);
                }
                Err(Error::Io { source, .. })
                    if source.kind() == io::ErrorKind::PermissionDenied =>
                {
                    let file = OtherLedger { path, forbidden: true, ..Default::default() };
                    others.files.push(file);
                }
                read => others.files.extend(Some(read?).filter(OtherLedger::is_relevant)),
            }
        }
        for path in ledgers {
            let mut file = others.read_file(path, Gateways::new(gateway, true), own)?;
            file.named = true;
            others.files.push(file);
        }
        Ok(others)
    }

    /// Returns whether one of these files is what the run's own results were: it has their last line,
    /// and no fewer messages. An older copy may have its id too, of another run.
    #[must_use]
    pub fn own_were_moved(&self) -> bool {
        self.own_moved
    }

    /// Returns whether a message is sent there.
    #[must_use]
    pub fn is_sent(&self, id: &IdKey) -> bool {
        self.sent.get(id).is_some()
    }

    /// Returns whether a message is `unknown` or in flight there: it may have been accepted.
    #[must_use]
    pub fn is_unknown(&self, id: &IdKey) -> bool {
        self.unknown.get(id).is_some()
    }

    /// Returns whether a message was refused there.
    #[must_use]
    pub fn is_refused(&self, id: &IdKey) -> bool {
        self.refused.contains(id)
    }

    /// The refusals there whose code matters to later messages.
    #[must_use]
    pub fn refusals(&self) -> &Refusals {
        &self.refusals
    }

    /// The content of a message that is sent there, if its numbers are intact or its card id is
    /// recorded.
    #[must_use]
    pub fn content(&self, id: &IdKey) -> Option<Content> {
        *self.sent.get(id)?
    }

    /// Every message that is sent there, with its card.
    pub fn sent_cards(&self) -> impl Iterator<Item = (IdKey, CardKey)> {
        cards(&self.sent)
    }

    /// Every message that is `unknown` or in flight there, with its card.
    pub fn unknown_cards(&self) -> impl Iterator<Item = (IdKey, CardKey)> {
        cards(&self.unknown)
    }

    fn read_file(
        &mut self,
        path: &Path,
        gateways: Gateways<'_>,
        own: &Memory,
    ) -> Result<OtherLedger, Error> {
        let mut file = OtherLedger { path: path.to_owned(), ..Default::default() };
        let mut records = Records::open(path)?;
        // Before the records, because a message in flight may have its outcome a moment later.
        let in_flight = match in_flight(path, gateways) {
            Err(error) if gateways.any_real_one => return Err(error),
            // It may be another program's, and the results still count.
            read => read.inspect_err(|_| file.in_flight_unread = true).unwrap_or_default(),
        };
        let last_line = own.last_line().map(|(id, run)| (IdKey::of(id), run.as_bytes()));
        let mut has_last_line = false;
        let mut messages = FileMessages::default();
        let mut contents = ContentReader::default();
        while let Some(record) = records.next_record()? {
            let line = record.line;
            let (id, status) = match record.outcome() {
                Ok(outcome) => outcome,
                Err(reason) => return Err(records.unreadable(line, reason)),
            };
            has_last_line |= last_line.is_some_and(|(last, run)| {
                last == id && (run.is_empty() || run == record.bytes(Column::Run))
            });
            match gateways.counts(record.bytes(Column::Gateway)) {
                true => {
                    self.refusals.note(&record, id, status);
                    put_line(&mut messages, id, status, contents.read(&record.card_cells()));
                }
                false => file.other_gateway += 1,
            }
        }
        self.own_moved |= has_last_line && holds_all(&messages, own);
        for (id, content) in in_flight {
            put_line(&mut messages, id, Status::Unknown, content);
        }
        self.take(&messages, &mut file);
        Ok(file)
    }

    /// Adds the messages of one file, and counts them.
    fn take(&mut self, messages: &FileMessages, file: &mut OtherLedger) {
        for (id, (status, content)) in messages.iter() {
            match status {
                Status::Sent => {
                    file.sent += 1;
                    put(&mut self.sent, *id, *content);
                }
                Status::Unknown => {
                    file.unknown += 1;
                    put(&mut self.unknown, *id, *content);
                }
                Status::Refused => {
                    file.refused += 1;
                    self.refused.insert(*id);
                }
                Status::Failed => {}
            }
        }
    }
}

/// What the lock file of results that are gone remembers.
fn gone(path: PathBuf) -> Result<Option<OtherLedger>, Error> {
    Ok(match lock::peek_memory(&path)? {
        Memory::Held(held) if held.messages > 0 => {
            Some(OtherLedger { path, gone_with: held.messages, ..Default::default() })
        }
        _ => None,
    })
}

/// The messages in flight of a results file that have no line yet.
fn in_flight(
    results: &Path,
    gateways: Gateways<'_>,
) -> Result<Vec<(IdKey, Option<Content>)>, Error> {
    let results = &fs::followed(results);
    let mut messages = Vec::new();
    if let Some(in_flight) = InFlightReader::open(results)?
        && in_flight.gateway().is_some_and(|gateway| gateways.counts(gateway.as_bytes()))
    {
        let mut contents = ContentReader::default();
        in_flight.each_open(results, |record, id| {
            messages.push((id, contents.read(&record.card_cells())));
        })?;
    }
    Ok(messages)
}

/// Adds a line of a file: the status that counts stays, and a content that is known.
fn put_line(messages: &mut FileMessages, id: IdKey, status: Status, content: Option<Content>) {
    messages.put(id, (status, content), |(known, card), (status, content)| {
        if counts_over(status, *known) {
            *known = status;
        }
        *card = card.or(content);
    });
}

/// Returns whether a file holds no fewer messages than are remembered.
fn holds_all(messages: &FileMessages, memory: &Memory) -> bool {
    let sent = messages.iter().filter(|(_, (status, _))| *status == Status::Sent).count() as u64;
    let found = Found::Holding { messages: messages.len() as u64, sent };
    !memory.is_less(found, false)
}

/// Adds a message; a content that is known counts over one that is not.
fn put(messages: &mut Messages, id: IdKey, content: Option<Content>) {
    messages.put(id, content, |known, other| *known = known.or(other));
}

fn cards(messages: &Messages) -> impl Iterator<Item = (IdKey, CardKey)> {
    messages.iter().filter_map(|(id, content)| Some((*id, content.as_ref()?.card())))
}

impl<'a> Gateways<'a> {
    /// The gateway `ours`, or in a file that the user named any real one.
    pub(super) fn new(ours: &'a str, named: bool) -> Self {
        Self { ours, any_real_one: named && ours != REHEARSAL }
    }

    pub(super) fn counts(&self, gateway: &[u8]) -> bool {
        gateway == self.ours.as_bytes() || (self.any_real_one && gateway != REHEARSAL.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::ledger::tests::{Desk, short};

    #[test]
    fn what_is_sent_in_other_results_counts_here() {
        let desk = Desk::new();
        desk.put("b.results.csv", short(&["b,sent,h,", "x,failed,h,", "tor"]));
        desk.put("c.results.csv", short(&["c,sent,other,", "b,sent,h,"]));
        desk.put("d.rehearsal.results.csv", short(&["d,sent,rehearsal,"]));
        desk.put("e.results.csv", "name,result\nJane,1\n");
        desk.put("f.results.csv", "");
        desk.put("g.results.csv", "student,score\rAnn,5\r");
        desk.put("own.csv", short(&["own,sent,h,"]));
        desk.put("a.results.csv", short(&["a,sent,h,"]));
        let named =
            desk.put("old.csv", short(&["o,sent,old.host,", "r,sent,rehearsal,", "p,sent,h,"]));
        let others =
            OtherLedgers::read(&desk.results(), &[], &[named], "h", &Memory::Nothing).unwrap();
        // `o` is in a file that the user named: it counts, whatever name the gateway had then.
        let ids = ["b", "p", "o", "a", "c", "d", "r", "own", "x"];
        let sent: Vec<_> = ids.into_iter().filter(|id| others.is_sent(&IdKey::of(id))).collect();
        assert_eq!(sent, ["b", "p", "o"]);
        let counts: Vec<_> =
            others.files.iter().map(|file| (file.sent, file.other_gateway)).collect();
        assert_eq!(counts, [(1, 0), (1, 1), (2, 1)]);
    }

    #[test]
    fn results_count_although_their_in_flight_file_cannot_be_read() {
        let desk = Desk::new();
        desk.put("b.results.csv", short(&["b,sent,h,"]));
        desk.put("b.results.csv.inflight", "lipasend-inflight 9,h,1,2026\n");
        let others = OtherLedgers::read(&desk.results(), &[], &[], "h", &Memory::Nothing).unwrap();
        assert!(others.is_sent(&IdKey::of("b")));
        assert!(others.files[0].in_flight_unread);
        let named = desk.folder.path().join("b.results.csv");
        OtherLedgers::read(
            &desk.folder.path().join("x/a.results.csv"),
            &[],
            &[named],
            "h",
            &Memory::Nothing,
        )
        .unwrap_err();
    }

    #[test]
    fn what_is_unknown_in_other_results_is_in_doubt_here() {
        let desk = Desk::new();
        desk.put("b.results.csv", short(&["b,unknown,h,", "c,unknown,other,", "x,failed,h,"]));
        let others = OtherLedgers::read(&desk.results(), &[], &[], "h", &Memory::Nothing).unwrap();
        let unknown = ["b", "c", "x", "y"].map(|id| others.is_unknown(&IdKey::of(id)));
        assert_eq!(unknown, [true, false, false, false]);
        assert_eq!((others.files[0].sent, others.files[0].unknown), (0, 1));
    }

    #[test]
    fn a_file_that_is_named_must_be_a_ledger() {
        let desk = Desk::new();
        for (name, content) in
            [("n.csv", "name\nJane\n".to_owned()), ("b.csv", short(&["a", "b,sent,h,"]))]
        {
            let named = desk.put(name, content);
            assert!(
                OtherLedgers::read(&desk.results(), &[], &[named], "h", &Memory::Nothing).is_err(),
                "{name}"
            );
        }
        let missing = desk.folder.path().join("missing.csv");
        assert!(
            OtherLedgers::read(&desk.results(), &[], &[missing], "h", &Memory::Nothing).is_err()
        );
        desk.put("b.results.csv", short(&["a,what,h,"]));
        assert!(OtherLedgers::read(&desk.results(), &[], &[], "h", &Memory::Nothing).is_err());
    }
}
