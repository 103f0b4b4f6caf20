//! Handles each POST to the endpoint: checks it, recognises repeats, accepts or refuses the
//! message, applies the fault, counts and logs.

use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::io;
use std::sync::Arc;
use std::time::Duration;

use hyper::StatusCode;
use jiff::Timestamp;
use uuid::Uuid;

use super::fault_plan::{FaultPlan, draw};
use super::faults::{Effect, Fault, Outgoing};
use super::log::{LogEntry, RequestLog, Tally};
use super::options::{Duplicates, GatewayOptions, Latency};
use super::request::{Refusal, Request, ValidMessage, is_accepted_key};
use super::response::{self, ENDPOINT, HttpResponse};

/// A POST's number and its fault.
#[derive(Debug)]
pub(super) struct Numbered {
    pub(super) n: u64,
    pub(super) fault: Option<Arc<Fault>>,
}

/// The state of the gateway.
pub(super) struct Handler {
    key: Option<String>,
    duplicates: Duplicates,
    latency: Latency,
    seed: u64,
    plan: FaultPlan,
    ids: SeenIds,
    numbered: u64,
    tally: Tally,
    log: RequestLog,
    started: Timestamp,
}

/// The handling of a request by the documented gateway.
enum Handling {
    Refuse(StatusCode),
    /// The message was accepted before, at this time since the start.
    AnswerDuplicate(Duration),
    Accept,
}

impl Handler {
    /// The handler of a gateway that starts at `started`.
    pub(super) fn new(
        options: GatewayOptions,
        log: RequestLog,
        started: Timestamp,
    ) -> Result<Self, String> {
        Ok(Self {
            key: options.key,
            duplicates: options.duplicates,
            latency: options.latency,
            seed: options.seed,
            plan: FaultPlan::new(options.seed, options.script, options.faults)?,
            ids: SeenIds::default(),
            numbered: 0,
            tally: Tally::default(),
            log,
            started,
        })
    }

    /// Gives the next POST its number.
    pub(super) fn number(&mut self) -> Numbered {
        self.numbered += 1;
        Numbered { n: self.numbered, fault: self.plan.fault(self.numbered).cloned() }
    }

    /// The delay before the response to a POST.
    pub(super) fn delay(&self, post: &Numbered) -> Duration {
        let after = post.fault.as_ref().map_or(Duration::ZERO, |fault| fault.after);
        if self.latency.is_zero() {
            return after;
        }
        // Another random number than the one that chose the fault.
        after.saturating_add(self.latency.at(draw(!self.seed, post.n)))
    }

    /// Counts and logs a POST that is reset unread.
    ///
    /// # Errors
    /// When the log cannot be written.
    pub(super) fn record_unread(&mut self, post: &Numbered, now: Duration) -> io::Result<()> {
        let fault = post.fault.as_ref().map(|fault| fault.text.as_str());
        self.record(LogEntry { fault, ..self.entry(post.n, now) }, false)
    }

    /// Handles a POST at `now` (since the start).
    ///
    /// # Errors
    /// When the log cannot be written.
    pub(super) fn handle(
        &mut self,
        post: &Numbered,
        now: Duration,
        request: &Request<'_>,
    ) -> io::Result<Outgoing> {
        let read = request.read(self.key.as_deref());
        let message = read.as_ref().ok();
        let id = message.map_or("", |message| message.message_id.as_ref());
        let seen = message.map(|message| self.ids.see(&message.message_id));
        let handling = self.decide(&read, seen);
        // A fault with acceptance does not apply to a request that is not valid.
        let valid = !matches!(handling, Handling::Refuse(_));
        let fault = post.fault.as_deref().filter(|fault| valid || !fault.accepts());
        let applies = fault.is_none_or(Fault::accepts);
        let outgoing = self.outgoing(fault, &handling, id, now);
        let entry = LogEntry {
            message_id: message.map(|message| message.message_id.as_ref()),
            to: message.map(|message| message.to.as_ref()),
            status: outgoing.status().map(|status| status.as_u16()),
            fault: fault.map(|fault| fault.text.as_str()),
            accepted: applies && matches!(handling, Handling::Accept),
            repeat: seen.is_some_and(|seen| seen != Seen::New),
            duplicate: matches!(seen, Some(Seen::Accepted(_))),
            why: read.as_ref().err().map(|refusal| refusal.why.as_str()),
            ..self.entry(post.n, now)
        };
        self.record(entry, applies && matches!(handling, Handling::AnswerDuplicate(_)))?;
        Ok(outgoing)
    }

    /// Answers the read-only check of a key.
    pub(super) fn check_key(&mut self, api_key: Option<&[u8]>, now: Duration) -> HttpResponse {
        self.tally.elsewhere += 1;
        if is_accepted_key(api_key, self.key.as_deref()) {
            response::templates(self.clock(now))
        } else {
            response::unauthorized(self.clock(now))
        }
    }

    /// Refuses a request to another path or with another method.
    pub(super) fn refuse_elsewhere(
        &mut self,
        status: StatusCode,
        path: &str,
        now: Duration,
    ) -> HttpResponse {
        self.tally.elsewhere += 1;
        response::refusal(self.clock(now), status, path, None)
    }

    /// The counts so far.
    pub(super) fn tally(&self) -> Tally {
        self.tally
    }

    /// Ends the log with the counts.
    pub(super) fn finish(&mut self) -> io::Result<Tally> {
        self.log.finish(&self.tally)?;
        Ok(self.tally)
    }

    fn decide(&self, read: &Result<ValidMessage<'_>, Refusal>, seen: Option<Seen>) -> Handling {
        match (read, seen) {
            (Err(refusal), _) => Handling::Refuse(refusal.status),
            (Ok(_), Some(Seen::Accepted(at))) if self.duplicates != Duplicates::Accept => {
                Handling::AnswerDuplicate(at)
            }
            _ => Handling::Accept,
        }
    }

    fn outgoing(
        &mut self,
        fault: Option<&Fault>,
        handling: &Handling,
        id: &str,
        now: Duration,
    ) -> Outgoing {
        let at = self.clock(now);
        match fault.map(|fault| &fault.effect) {
            None => Outgoing::Http(self.apply(handling, id, now)),
            Some(Effect::Change(change)) => change.apply(self.apply(handling, id, now), at),
            Some(Effect::Replace { with, accepted }) => {
                if *accepted {
                    self.apply(handling, id, now);
                }
                with.outgoing(at, id)
            }
        }
    }

    /// Does what was decided and returns the documented response.
    fn apply(&mut self, handling: &Handling, id: &str, now: Duration) -> HttpResponse {
        let at = self.clock(now);
        match handling {
            Handling::Refuse(StatusCode::UNAUTHORIZED) => response::unauthorized(at),
            Handling::Refuse(status) => response::refusal(at, *status, ENDPOINT, None),
            Handling::AnswerDuplicate(accepted_at) => match self.duplicates {
                Duplicates::Conflict => response::refusal(at, StatusCode::CONFLICT, ENDPOINT, None),
                Duplicates::Text => response::duplicate_text(at),
                Duplicates::Replay | Duplicates::Accept => self.acceptance(*accepted_at, id),
            },
            Handling::Accept => {
                self.ids.accept(id, now);
                self.acceptance(now, id)
            }
        }
    }

    fn acceptance(&self, accepted_at: Duration, id: &str) -> HttpResponse {
        let at = self.clock(accepted_at);
        response::accepted(at, id, &wamid(id, at))
    }

    fn clock(&self, now: Duration) -> Timestamp {
        self.started.checked_add(now).unwrap_or(self.started)
    }

    fn entry<'a>(&self, n: u64, now: Duration) -> LogEntry<'a> {
        LogEntry {
            n,
            time: self.clock(now),
            since_start: now,
            message_id: None,
            to: None,
            status: None,
            fault: None,
            accepted: false,
            repeat: false,
            duplicate: false,
            why: None,
        }
    }

    fn record(&mut self, entry: LogEntry<'_>, answered_duplicate: bool) -> io::Result<()> {
        let tally = &mut self.tally;
        tally.requests += 1;
        tally.faults += u64::from(entry.fault.is_some());
        tally.repeats += u64::from(entry.repeat);
        tally.distinct_ids += u64::from(entry.message_id.is_some() && !entry.repeat);
        match (entry.accepted, answered_duplicate) {
            (true, _) => tally.accepted += 1,
            (false, true) => tally.duplicates += 1,
            (false, false) => tally.refused += 1,
        }
        self.log.record(&entry)
    }
}

/// The message's id at WhatsApp: one for each acceptance.
fn wamid(message_id: &str, accepted_at: Timestamp) -> String {
    let mut hasher = DefaultHasher::new();
    message_id.hash(&mut hasher);
    format!("wamid.HBgM{:016X}{:016X}", hasher.finish(), accepted_at.as_nanosecond())
}

/// The state of a messageId.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Seen {
    New,
    NotAccepted,
    /// First accepted at this time since the start.
    Accepted(Duration),
}

/// The messageIds of all valid requests, each with the time of its first acceptance.
#[derive(Debug, Default)]
struct SeenIds(HashMap<Id, Option<Duration>>);

/// A messageId. A rehearsal may have a million of them, so UUIDs are kept as 16 bytes.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Id {
    /// Only in lower case with hyphens: another form is another id.
    Uuid([u8; 16]),
    Text(Box<str>),
}

impl SeenIds {
    /// Returns what was known of the id until now, and notes that it was seen.
    fn see(&mut self, message_id: &str) -> Seen {
        let mut unaccepted = Seen::NotAccepted;
        let accepted_at = self.0.entry(Id::of(message_id)).or_insert_with(|| {
            unaccepted = Seen::New;
            None
        });
        accepted_at.map_or(unaccepted, Seen::Accepted)
    }

    /// Notes that the message is accepted. A later acceptance does not replace the first.
    fn accept(&mut self, message_id: &str, now: Duration) {
        self.0.entry(Id::of(message_id)).or_default().get_or_insert(now);
    }
}

impl Id {
    fn of(text: &str) -> Self {
        let mut buffer = Uuid::encode_buffer();
        match Uuid::try_parse(text) {
            Ok(uuid) if uuid.hyphenated().encode_lower(&mut buffer) == text => {
                Self::Uuid(uuid.into_bytes())
            }
            _ => Self::Text(text.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_new_once_and_keeps_its_first_acceptance() {
        for id in ["ca739107-4b0d-4581-acb1-4c4af70555de", "row-17"] {
            let mut ids = SeenIds::default();
            assert_eq!(ids.see(id), Seen::New);
            assert_eq!(ids.see(id), Seen::NotAccepted);
            for nanos in [5, 9] {
                ids.accept(id, Duration::from_nanos(nanos));
                assert_eq!(ids.see(id), Seen::Accepted(Duration::from_nanos(5)));
            }
        }
    }

    #[test]
    fn two_forms_of_a_uuid_are_two_ids() {
        let mut ids = SeenIds::default();
        for id in [
            "ca739107-4b0d-4581-acb1-4c4af70555de",
            "CA739107-4B0D-4581-ACB1-4C4AF70555DE",
            "ca7391074b0d4581acb14c4af70555de",
        ] {
            assert_eq!(ids.see(id), Seen::New, "{id}");
        }
    }

    #[test]
    fn a_wamid_belongs_to_one_acceptance() {
        let [first, second] = [1, 2].map(|nanos| Timestamp::from_nanosecond(nanos).unwrap());
        assert_eq!(wamid("a", first), wamid("a", first));
        assert_ne!(wamid("a", first), wamid("b", first));
        assert_ne!(wamid("a", first), wamid("a", second));
    }
}
