//! The records of earlier runs, and the decision that follows from them for each message of this
//! run.
//!
//! [`PriorRuns`] holds this campaign's own results, those in its folder and those that `--ledger`
//! names, read once. [`ResumePolicy`] decides from an earlier status whether a message is sent
//! again.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::{Arc, OnceLock};

use jiff::{SignedDuration, Timestamp};

use crate::config::{Config, RetryRefused};
use crate::eligibility::Eligibility;
use crate::eligibility::caps::PastPost;
use crate::exit::{ExitCode, Fatal};
use crate::prepare::message::{IdKey, Message};
use crate::prepare::phone::PhoneNumber;
use crate::record::ledger::{Cards, Column, Content, LedgerState, Records, Refusals};
use crate::record::other_ledgers::{OtherLedger, OtherLedgers};
use crate::record::past_posts::{Counting, read_past_posts};
use crate::report::format::counted;
use crate::send::outcome::Status;
use crate::units::show_number;

/// The records of all earlier runs that count for this one.
#[derive(Debug)]
pub(super) struct PriorRuns {
    own: Arc<LedgerState>,
    other_ledgers: OtherLedgers,
    policy: ResumePolicy,
    reasons: OnceLock<HashMap<IdKey, Reason>>,
    /// The time of the plan.
    now: Timestamp,
}

/// The time for which WhatsApp's limit of marketing messages to one user (131049) is not tried
/// again.
const USER_LIMIT: SignedDuration = SignedDuration::from_hours(24);

impl PriorRuns {
    /// Combines this run's own results with the other results files that count. What depends on the
    /// time is decided as at `now`.
    ///
    /// # Errors
    /// When the own results cannot be read again, or what is in flight elsewhere not at all.
    pub(super) fn new(
        own: Arc<LedgerState>,
        other_ledgers: OtherLedgers,
        config: &Config,
        now: Timestamp,
    ) -> Result<Self, Fatal> {
        let files = &config.files;
        let refused_with_code = match &config.retry_refused {
            RetryRefused::Codes(codes) => {
                let others = other_ledgers.files.iter().filter(|file| !file.forbidden);
                let others = others.map(|file| file.path.as_path());
                let mut ids = HashSet::new();
                for results in others.chain([files.results.as_path()]) {
                    ids.extend(refused_with(codes, results)?);
                }
                ids
            }
            RetryRefused::None | RetryRefused::All => HashSet::new(),
        };
        let policy = ResumePolicy {
            retry_refused: config.retry_refused.clone(),
            refused_with_code,
            hold_unknown: config.engine.retry_policy.hold_unknown,
        };
        let unread = other_ledgers.files.iter().find(|file| file.in_flight_unread);
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
        Ok(Self { own, other_ledgers, policy, reasons: OnceLock::new(), now })
    }

    /// Looks up `ids` ahead of [`decide`](Self::decide), so that their memory is loaded in
    /// parallel.
    pub(super) fn prefetch(&self, ids: impl Iterator<Item = IdKey>) {
        if !self.own.is_empty() {
            let known = ids.filter(|id| self.own.get(id).is_some());
            std::hint::black_box(known.count());
        }
    }

    /// Decides whether a message is sent.
    pub(super) fn decide(&self, message: &Message) -> Decision {
        let key = message.id.key();
        self.by_refusal(self.by_status(&key), &key)
    }

    /// Decides whether a message is sent, now that it is known when its recipient last wrote.
    pub(super) fn decide_for(&self, message: &Message, eligibility: &Eligibility) -> Decision {
        match self.decide(message) {
            Decision::IfWroteSince(at) if eligibility.wrote_since(&message.to, at) => {
                Decision::Send(Some(Status::Refused))
            }
            Decision::IfWroteSince(_) => Decision::Leave(Status::Refused),
            decision => decision,
        }
    }

    fn by_status(&self, key: &IdKey) -> Decision {
        match self.own.get(key) {
            Some(known) if known.status == Status::Sent => Decision::AlreadySent,
            _ if self.other_ledgers.is_sent(key) => Decision::AlreadySent,
            known => {
                let own = known.map(|known| known.status);
                match self.policy.decide(key, own) {
                    // A message that is unknown in another file is in doubt here too.
                    Decision::Send(_) if self.other_ledgers.is_unknown(key) => {
                        self.policy.decide(key, Some(Status::Unknown))
                    }
                    Decision::Send(None | Some(Status::Failed))
                        if self.other_ledgers.is_refused(key) =>
                    {
                        self.policy.decide(key, Some(Status::Refused))
                    }
                    decision => decision,
                }
            }
        }
    }

    /// Adds what the code of a refusal means: a closed window opens when the recipient writes, and the
    /// limit of a recipient (131049) lasts for a day, whatever `--retry-refused` says.
    fn by_refusal(&self, decision: Decision, key: &IdKey) -> Decision {
        match decision {
            Decision::Leave(Status::Refused) => {
                self.refusals_of(key).closed_at(key).map_or(decision, Decision::IfWroteSince)
            }
            // WhatsApp would refuse it again.
            Decision::Send(Some(Status::Refused)) => match self.refusals_of(key).limited_at(key) {
                Some(at) if self.now.duration_since(at) < USER_LIMIT => {
                    Decision::Leave(Status::Refused)
                }
                _ => decision,
            },
            _ => decision,
        }
    }

    /// Returns whether earlier runs tried a message, as far as results say.
    pub(super) fn was_tried(&self, key: &IdKey) -> bool {
        let others = &self.other_ledgers;
        self.own.get(key).is_some() || others.is_refused(key) || others.is_unknown(key)
    }

    /// The refusals of the file that says why a message was refused.
    fn refusals_of(&self, key: &IdKey) -> &Refusals {
        match self.own.get(key) {
            Some(own) if own.status == Status::Refused => self.own.refusals(),
            _ => self.other_ledgers.refusals(),
        }
    }

    /// The recipients who stopped messages (131050).
    pub(super) fn stopped(&self) -> impl Iterator<Item = &PhoneNumber> {
        self.own.refusals().stopped().chain(self.other_ledgers.refusals().stopped())
    }

    /// The messages of all results files that count for the caps.
    ///
    /// # Errors
    /// When a results file cannot be read again.
    pub(super) fn posts(
        &self,
        config: &Config,
        counting: Counting<'_>,
    ) -> Result<Vec<PastPost>, Fatal> {
        let mut posts = Vec::new();
        read_past_posts(&config.files.results, false, counting, &mut posts)?;
        let others = self.other_ledgers.files.iter();
        for file in others.filter(|file| !file.forbidden && file.gone_with == 0) {
            read_past_posts(&file.path, file.named, counting, &mut posts)?;
        }
        Ok(posts)
    }

    /// The code and the error with which earlier runs left messages unsent. Those in flight have
    /// none. The results are read for them at the first call.
    ///
    /// # Errors
    /// When a results file cannot be read again.
    pub(super) fn reasons(&self, config: &Config) -> Result<&HashMap<IdKey, Reason>, Fatal> {
        if let Some(reasons) = self.reasons.get() {
            return Ok(reasons);
        }
        let reasons = self.read_reasons(config)?;
        Ok(self.reasons.get_or_init(|| reasons))
    }

    fn read_reasons(&self, config: &Config) -> Result<HashMap<IdKey, Reason>, Fatal> {
        let mut reasons = HashMap::new();
        // Most messages have one of a few errors.
        let mut texts: HashSet<Arc<str>> = HashSet::new();
        for path in self.readable(config) {
            let mut records = Records::open(path)?;
            while let Some(record) = records.next_record()? {
                let key = IdKey::of(&record.text(Column::MessageId));
                if matches!(record.status(), Some(Status::Sent) | None) {
                    reasons.remove(&key);
                    continue;
                }
                let mut shared = |column| {
                    let text = record.text(column);
                    texts.get(&*text).cloned().unwrap_or_else(|| {
                        let text: Arc<str> = Arc::from(&*text);
                        texts.insert(Arc::clone(&text));
                        text
                    })
                };
                reasons.insert(key, (shared(Column::ErrorCode), shared(Column::Error)));
            }
        }
        Ok(reasons)
    }

    /// The last run of each of these messages that has a line in results; `None` for one with a line
    /// whose run cannot be read.
    ///
    /// # Errors
    /// When a results file cannot be read again.
    pub(super) fn last_runs(
        &self,
        ids: &HashSet<IdKey>,
        config: &Config,
    ) -> Result<LastRuns, Fatal> {
        let mut runs = LastRuns::new();
        if ids.is_empty() {
            return Ok(runs);
        }
        for path in self.readable(config) {
            let mut records = Records::open(path)?;
            while let Some(record) = records.next_record()? {
                let key = IdKey::of(&record.text(Column::MessageId));
                if ids.contains(&key) {
                    let run = record.text(Column::Run).trim().parse::<Timestamp>().ok();
                    let known = runs.entry(key).or_insert(run);
                    *known = (*known).zip(run).map(|(known, run)| known.max(run));
                }
            }
        }
        Ok(runs)
    }

    /// The results files that were read; the own one last, because it says more about a message.
    pub(super) fn readable<'a>(&'a self, config: &'a Config) -> impl Iterator<Item = &'a Path> {
        let others = self.other_ledgers.files.iter();
        let others = others.filter(|file| !file.forbidden && file.gone_with == 0);
        let own = Some(config.files.results.as_path()).filter(|path| path.exists());
        others.map(|file| file.path.as_path()).chain(own)
    }

    /// The number of attempts of earlier runs.
    pub(super) fn attempts(&self, key: &IdKey) -> u32 {
        self.own.get(key).map_or(0, |known| known.attempts)
    }

    /// Returns whether the results have other content under a message's own id.
    pub(super) fn contradicts(&self, message: &Message) -> bool {
        if !message.id.is_own() {
            return false;
        }
        let key = message.id.key();
        let recorded = self.own.content(&key).or_else(|| self.other_ledgers.content(&key));
        recorded.is_some_and(|recorded| !recorded.agrees_with(&content(message)))
    }

    /// The cards of all sent messages, in this and the other ledgers.
    pub(super) fn sent_cards(&self) -> Cards {
        Cards::of(self.own.cards(Status::Sent).chain(self.other_ledgers.sent_cards()))
    }

    /// The cards of all messages that may have been accepted, in this and the other ledgers.
    pub(super) fn unknown_cards(&self) -> Cards {
        Cards::of(self.own.cards(Status::Unknown).chain(self.other_ledgers.unknown_cards()))
    }

    /// The other senders in this campaign's results.
    pub(super) fn other_senders(&self, ours: &str) -> Vec<String> {
        self.own.other_senders(ours).map(str::to_owned).collect()
    }

    /// The number of messages in this campaign's results that are sent, or may be, and whose card a
    /// spreadsheet has damaged.
    pub(super) fn damaged(&self) -> u64 {
        self.own.damaged()
    }

    /// The other results files that were read, each with its counts or the reason why it does not
    /// count.
    pub(super) fn other_ledgers(&self) -> Vec<(String, String)> {
        let files = self.other_ledgers.files.iter();
        files.map(|file| (file.path.display().to_string(), summary_of(file))).collect()
    }

    /// Warnings about records that are missing or damaged, when messages are `left` to be sent.
    pub(super) fn warnings(&self, left: u64) -> Vec<String> {
        if left == 0 {
            return Vec::new();
        }
        let gone = self.other_ledgers.files.iter().filter(|file| file.gone_with > 0);
        let gone = gone.map(|file| format!("{} {}", file.path.display(), summary_of(file)));
        let damaged = (self.own.damaged() > 0).then(|| {
            format!(
                "a spreadsheet has cut the numbers of {} in the results: a corrected name may be \
                 sent a second time",
                counted(self.own.damaged(), "message")
            )
        });
        gone.chain(damaged).collect()
    }
}

/// The last run of each message, as far as it can be read; `None` counts as not known.
pub(super) type LastRuns = HashMap<IdKey, Option<Timestamp>>;

/// The code and the error of a message that was not sent.
pub(super) type Reason = (Arc<str>, Arc<str>);

/// What another results file says, for the plan.
fn summary_of(file: &OtherLedger) -> String {
    if file.forbidden {
        return "cannot be read by you, so it does not count".to_owned();
    }
    if file.gone_with > 0 {
        let messages = counted(file.gone_with, "message");
        return format!("is gone: what it held ({messages}) is not known to this run");
    }
    let counts = [(file.sent, "sent"), (file.refused, "refused"), (file.unknown, "unknown")];
    let counts: Vec<String> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, status)| format!("{} {status}", show_number(*count)))
        .collect();
    let mut text = match (counts.is_empty(), file.other_gateway) {
        (true, 0) => "nothing sent".to_owned(),
        (true, other) => {
            format!("{} of another gateway, which do not count", counted(other, "line"))
        }
        (false, _) => counts.join(", "),
    };
    if file.in_flight_unread {
        text.push_str("; what is in flight there cannot be read");
    }
    text
}

/// A message's content in the ledger's form.
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

/// Returns the ids whose last line is a refusal with one of `codes`.
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

/// The decision about a message in this run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decision {
    /// It is sent; an earlier run ended it with this status.
    Send(Option<Status>),
    /// An earlier run sent it.
    AlreadySent,
    /// It is not sent and keeps its status from an earlier run: refused, or unknown.
    Leave(Status),
    /// It was refused at this time because its recipient's 24-hour window was closed. It is sent if
    /// the recipient wrote since, and else left alone.
    IfWroteSince(Timestamp),
}

/// The rule for messages of earlier runs that are sent again.
#[derive(Debug)]
pub(super) struct ResumePolicy {
    /// `--retry-refused`.
    pub(super) retry_refused: RetryRefused,
    /// The ids that were refused with one of its codes.
    pub(super) refused_with_code: HashSet<IdKey>,
    /// `--on-unknown hold`.
    pub(super) hold_unknown: bool,
}

impl ResumePolicy {
    /// Decides on the message `id` with the status `earlier`.
    pub(super) fn decide(&self, id: &IdKey, earlier: Option<Status>) -> Decision {
        match earlier {
            Some(Status::Sent) => Decision::AlreadySent,
            Some(Status::Refused) if !self.retries_refused(id) => Decision::Leave(Status::Refused),
            Some(Status::Unknown) if self.hold_unknown => Decision::Leave(Status::Unknown),
            earlier => Decision::Send(earlier),
        }
    }

    fn retries_refused(&self, id: &IdKey) -> bool {
        match self.retry_refused {
            RetryRefused::None => false,
            RetryRefused::All => true,
            RetryRefused::Codes(_) => self.refused_with_code.contains(id),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_earlier_status_has_a_decision() {
        use Decision::{AlreadySent, Leave, Send};
        let [this, other] = [IdKey::of("a"), IdKey::of("b")];
        let codes = RetryRefused::Codes(vec!["131047".into()]);
        let table = [
            (None, RetryRefused::None, false, Send(None)),
            (Some(Status::Sent), RetryRefused::All, false, AlreadySent),
            (Some(Status::Failed), RetryRefused::None, true, Send(Some(Status::Failed))),
            (Some(Status::Refused), RetryRefused::None, false, Leave(Status::Refused)),
            (Some(Status::Refused), RetryRefused::All, false, Send(Some(Status::Refused))),
            (Some(Status::Refused), codes, false, Send(Some(Status::Refused))),
            (Some(Status::Unknown), RetryRefused::None, false, Send(Some(Status::Unknown))),
            (Some(Status::Unknown), RetryRefused::None, true, Leave(Status::Unknown)),
        ];
        for (earlier, retry_refused, hold_unknown, decision) in table {
            let by_code = matches!(retry_refused, RetryRefused::Codes(_));
            let refused_with_code = HashSet::from([this]);
            let policy = ResumePolicy { retry_refused, refused_with_code, hold_unknown };
            assert_eq!(policy.decide(&this, earlier), decision, "{earlier:?}");
            if by_code {
                assert_eq!(policy.decide(&other, earlier), Leave(Status::Refused));
            }
        }
    }
}
