//! What earlier runs say: this campaign's own results, those of its folder, and those that
//! `--ledger` names. Read once, then only asked.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use super::decide::{Decision, Policy};
use crate::config::{Config, RetryRefused};
use crate::error::{ExitCode, Fatal};
use crate::prepare::message::{IdKey, Message};
use crate::record::ledger::{Column, Content, Heeded, HeededFile, Records, SentCards, Standings};
use crate::report::text::{count, counted};
use crate::send::outcome::Status;

/// Everything earlier runs say.
#[derive(Debug)]
pub(super) struct Book {
    own: Arc<Standings>,
    heeded: Heeded,
    policy: Policy,
}

impl Book {
    /// Puts this run's own results (`own`) together with what else is to be heeded.
    ///
    /// # Errors
    /// When a file that `--ledger` names, or one of ours in the folder, cannot be read.
    pub(super) fn open(own: Arc<Standings>, config: &Config) -> Result<Self, Fatal> {
        let files = &config.files;
        let heeded = Heeded::read(&files.results, &files.ledgers, &config.target.name())?;
        let refused_with_code = match &config.retry_refused {
            RetryRefused::Codes(codes) => refused_with(codes, &files.results)?,
            RetryRefused::None | RetryRefused::All => HashSet::new(),
        };
        let policy = Policy {
            retry_refused: config.retry_refused.clone(),
            refused_with_code,
            hold_unknown: config.rules.patience.hold_unknown,
        };
        let unread = heeded.files.iter().find(|file| file.in_flight_unread);
        if let Some(file) = unread.filter(|_| policy.hold_unknown) {
            return Err(Fatal::new(
                ExitCode::Input,
                format!(
                    "what was in flight beside {} cannot be read, and --on-unknown hold needs it \
                     (let that campaign finish first)",
                    file.path.display()
                ),
            ));
        }
        Ok(Self { own, heeded, policy })
    }

    /// Looks up what `ids` will be asked for, so that the memory it is in is fetched side by side.
    pub(super) fn look_ahead(&self, ids: impl Iterator<Item = IdKey>) {
        if !self.own.is_empty() {
            let known = ids.filter(|id| self.own.get(id).is_some());
            std::hint::black_box(known.count());
        }
    }

    /// What is done with a message.
    pub(super) fn decide(&self, message: &Message) -> Decision {
        let key = message.id.key();
        match self.own.get(&key) {
            Some(standing) if standing.status == Status::Sent => Decision::AlreadySent,
            _ if self.heeded.is_sent(&key) => Decision::AlreadySent,
            standing => {
                let own = standing.map(|standing| standing.status);
                match self.policy.decide(&key, own) {
                    // Another file's doubt goes along with every attempt from here.
                    Decision::Send(_) if self.heeded.is_unknown(&key) => {
                        self.policy.decide(&key, Some(Status::Unknown))
                    }
                    decision => decision,
                }
            }
        }
    }

    /// Attempts of earlier runs.
    pub(super) fn attempts(&self, key: &IdKey) -> u32 {
        self.own.get(key).map_or(0, |standing| standing.attempts)
    }

    /// Whether a message's own id stands for other content in the results.
    pub(super) fn contradicts(&self, message: &Message) -> bool {
        if !message.id.is_own() {
            return false;
        }
        let key = message.id.key();
        let told = self.own.content(&key).or_else(|| self.heeded.content(&key));
        told.is_some_and(|told| !told.agrees_with(&content(message)))
    }

    /// Every card that is sent, here or elsewhere.
    pub(super) fn sent_cards(&self) -> SentCards {
        SentCards::of(self.own.sent().chain(self.heeded.sent()))
    }

    /// Other numbers that this campaign's results were sent from.
    pub(super) fn other_senders(&self, ours: &str) -> Vec<String> {
        self.own.other_senders(ours).map(str::to_owned).collect()
    }

    /// Sent messages of this campaign's results whose cards a spreadsheet has spoiled.
    pub(super) fn spoiled(&self) -> u64 {
        self.own.spoiled()
    }

    /// The other results that were looked at, each with what it says, or why it says nothing.
    pub(super) fn heeded(&self) -> Vec<(String, String)> {
        let lines = |file: &HeededFile| match (file.sent, file.unknown, file.other_gateway) {
            _ if file.forbidden => "may not be read by you, so nothing in it counts".to_owned(),
            (0, 0, 0) => "says that nothing is sent".to_owned(),
            (0, 0, other) => {
                format!("{} of another gateway, which do not count", counted(other, "line"))
            }
            (sent, 0, _) => format!("{} sent", count(sent)),
            (sent, unknown, _) => format!("{} sent, {} unknown", count(sent), count(unknown)),
        };
        let told = |file: &HeededFile| match file.in_flight_unread {
            true => format!("{}; what is in flight there cannot be read", lines(file)),
            false => lines(file),
        };
        let files = self.heeded.files.iter();
        files.map(|file| (file.path.display().to_string(), told(file))).collect()
    }
}

/// What a message says, as results remember it.
pub(super) fn content(message: &Message) -> Content {
    let contact = &message.contact;
    Content::of(
        &message.origin.campaign,
        message.origin.from.as_str(),
        message.to.as_str(),
        &contact.name,
        contact.phones.iter().map(|phone| phone.number.as_str()),
    )
}

/// The ids whose last line is a refusal with one of `codes`.
fn refused_with(codes: &[String], results: &Path) -> Result<HashSet<IdKey>, Fatal> {
    let mut ids = HashSet::new();
    if !results.exists() {
        return Ok(ids);
    }
    let mut records = Records::open(results)?;
    while let Some(record) = records.next_record()? {
        let key = IdKey::of(&record.text(Column::MessageId));
        let code = record.text(Column::ErrorCode);
        let refused = record.status() == Some(Status::Refused);
        match refused && codes.iter().any(|wanted| *wanted == code) {
            true => ids.insert(key),
            false => ids.remove(&key),
        };
    }
    Ok(ids)
}
