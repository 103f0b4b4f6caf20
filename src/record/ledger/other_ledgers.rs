//! The results of other inputs: what is `sent` there is not sent again, and what is `unknown` or in
//! flight there is in doubt here too.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use super::columns::Column;
use super::index::{CardKey, Content, Index};
use super::reader::{Record, Records};
use super::state::content_of;
use crate::prepare::message::IdKey;
use crate::record::error::Error;
use crate::record::{in_flight, names};
use crate::send::outcome::Status;

/// A results file that was read beside the run's own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OtherLedger {
    /// The file.
    pub path: PathBuf,
    /// Messages that are `sent` there, through a gateway that counts.
    pub sent: u64,
    /// Messages that are `unknown` or in flight there: they may have been accepted.
    pub unknown: u64,
    /// Lines that do not count because they are another gateway's or a rehearsal's.
    pub other_gateway: u64,
    /// Whether the file may not be read by this user; then it says nothing.
    pub forbidden: bool,
    /// Whether what is in flight there cannot be read.
    pub in_flight_unread: bool,
}

impl OtherLedger {
    fn says_something(&self) -> bool {
        self.sent + self.unknown > 0 || self.in_flight_unread
    }
}

/// What is `sent` in the other results files, and what may be.
#[derive(Debug, Default)]
pub struct OtherLedgers {
    /// The files that say something, in the order in which they were read.
    pub files: Vec<OtherLedger>,
    sent: Index<SentElsewhere>,
    unknown: HashSet<IdKey>,
}

#[derive(Debug)]
struct SentElsewhere {
    card: Option<CardKey>,
    name: Option<NonZeroU32>,
}

/// Which lines of a file count.
#[derive(Clone, Copy)]
struct Wanted<'a> {
    gateway: &'a str,
    any_real_one: bool,
}

impl OtherLedgers {
    /// Reads every other `*.results.csv` in the folder of `results`, and every one of `ledgers`
    /// (`--ledger`). In the folder only lines of `gateway` count; in `ledgers`, which the user
    /// named, those of any real gateway. A rehearsal's count for rehearsals alone.
    ///
    /// # Errors
    /// A file of ours that cannot be read, or one of `ledgers` that is not ours. In the folder,
    /// files that are not ours are passed over, and one that another run is writing just now may
    /// end in half a line.
    pub fn read(results: &Path, ledgers: &[PathBuf], gateway: &str) -> Result<Self, Error> {
        let mut other_ledgers = Self::default();
        for path in siblings(results)? {
            let wanted = Wanted { gateway, any_real_one: false };
            match other_ledgers.read_file(&path, wanted) {
                Err(Error::NotALedger { .. }) => {}
                Err(Error::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {}
                Err(Error::Io { source, .. })
                    if source.kind() == io::ErrorKind::PermissionDenied =>
                {
                    other_ledgers.files.push(OtherLedger {
                        path,
                        forbidden: true,
                        ..Default::default()
                    });
                }
                read => other_ledgers.files.extend(Some(read?).filter(OtherLedger::says_something)),
            }
        }
        for path in ledgers {
            let any_real_one = gateway != super::REHEARSAL;
            let file = other_ledgers.read_file(path, Wanted { gateway, any_real_one })?;
            other_ledgers.files.push(file);
        }
        Ok(other_ledgers)
    }

    /// Whether a message is sent there.
    #[must_use]
    pub fn is_sent(&self, id: &IdKey) -> bool {
        self.sent.get(id).is_some()
    }

    /// Whether a message may have been accepted there: nothing says that it was not.
    #[must_use]
    pub fn is_unknown(&self, id: &IdKey) -> bool {
        self.unknown.contains(id)
    }

    /// What a message that is sent there says, if the file tells.
    #[must_use]
    pub fn content(&self, id: &IdKey) -> Option<Content> {
        let sent = self.sent.get(id)?;
        sent.card.map(|card| Content::from_keys(card, sent.name))
    }

    /// Every message that is sent there, with its card.
    pub fn sent(&self) -> impl Iterator<Item = (IdKey, CardKey)> {
        self.sent.iter().filter_map(|(id, sent)| sent.card.map(|card| (*id, card)))
    }

    fn read_file(&mut self, path: &Path, wanted: Wanted<'_>) -> Result<OtherLedger, Error> {
        let mut file = OtherLedger { path: path.to_owned(), ..Default::default() };
        let mut records = Records::open(path)?;
        // First, because what is in flight there may have its outcome a moment later.
        let counts = |gateway: &str| wanted.counts(gateway.as_bytes());
        let found = |id| file.unknown += u64::from(self.unknown.insert(id));
        match in_flight::ids_beside(path, counts, found) {
            Ok(()) => {}
            Err(error) if wanted.any_real_one => return Err(error),
            // It may be somebody else's, and the results beside it count all the same.
            Err(_) => file.in_flight_unread = true,
        }
        while let Some(record) = records.next_record()? {
            let line = record.line;
            if let Err(reason) = self.take(&record, wanted, &mut file) {
                return Err(records.unreadable(line, reason));
            }
        }
        Ok(file)
    }

    fn take(
        &mut self,
        record: &Record<'_>,
        wanted: Wanted<'_>,
        file: &mut OtherLedger,
    ) -> Result<(), String> {
        let (id, status) = record.outcome()?;
        if !wanted.counts(record.bytes(Column::Gateway)) {
            file.other_gateway += 1;
        } else if status == Status::Sent {
            file.sent += 1;
            let content = content_of(record);
            let sent = SentElsewhere {
                card: content.map(|told| told.card()),
                name: content.and_then(|told| told.name()),
            };
            self.sent.put(id, sent, |_, _| {});
        } else if status == Status::Unknown {
            file.unknown += 1;
            self.unknown.insert(id);
        }
        Ok(())
    }
}

impl Wanted<'_> {
    fn counts(&self, gateway: &[u8]) -> bool {
        let rehearsal = super::REHEARSAL.as_bytes();
        gateway == self.gateway.as_bytes() || (self.any_real_one && gateway != rehearsal)
    }
}

/// The other results files of the folder, in the order of their names.
fn siblings(results: &Path) -> Result<Vec<PathBuf>, Error> {
    let folder = names::folder_of(results);
    let own = results.file_name().unwrap_or_default();
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(Error::reading("list", folder))? {
        let name = entry.map_err(Error::reading("list", folder))?.file_name();
        if name != own && names::is_results(Path::new(&name)) {
            found.push(results.with_file_name(name));
        }
    }
    found.sort();
    Ok(found)
}

/// Sent messages by their card. A new id with the card of a sent one that the input has no more is
/// the same message, changed.
#[derive(Debug, Default)]
pub struct SentCards(Vec<(CardKey, IdKey)>);

impl SentCards {
    /// Made of sent messages, each with its card.
    #[must_use]
    pub fn of(sent: impl IntoIterator<Item = (IdKey, CardKey)>) -> Self {
        let mut cards: Vec<_> = sent.into_iter().map(|(id, card)| (card, id)).collect();
        cards.sort_unstable();
        Self(cards)
    }

    /// Whether nothing was sent.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The ids under which a card was sent.
    pub fn with(&self, card: CardKey) -> impl Iterator<Item = IdKey> {
        let first = self.0.partition_point(|(sent, _)| *sent < card);
        self.0[first..].iter().take_while(move |(sent, _)| *sent == card).map(|(_, id)| *id)
    }
}
