//! Rules on each request: throttled, wrong, repeated, accepted, or struck by a fault; remembers,
//! counts and logs the ruling. Time is an argument, so whole campaigns are tested without a socket.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use hyper::StatusCode;
use hyper::header::RETRY_AFTER;
use jiff::Timestamp;

use super::effect::{Delivery, Effect};
use super::fault::Fault;
use super::fault_plan::{FaultPlan, draw};
use super::log::{Journal, Line};
use super::memory::{Memory, Met, Receipt};
use super::options::{Duplicates, GatewayOptions, Latency};
use super::request::{Named, Refusal, Request, key_fits};
use super::response::{self, Answer, ENDPOINT};
use super::tally::Tally;
use super::throttle::Throttle;

/// A request that has come in, by its number, and the fault it has drawn.
#[derive(Debug)]
pub(super) struct Arrival {
    pub(super) n: u64,
    pub(super) fault: Option<Arc<Fault>>,
}

/// Everything that the gateway knows.
pub(super) struct Intake {
    key: Option<String>,
    duplicates: Duplicates,
    latency: Latency,
    seed: u64,
    plan: FaultPlan,
    throttle: Option<Throttle>,
    memory: Memory,
    arrived: u64,
    tally: Tally,
    journal: Journal,
    started: Timestamp,
}

/// How the documented gateway would take a request.
enum Stand {
    Wrong(StatusCode),
    TooFast(Duration),
    Duplicate(Receipt),
    New,
}

impl Intake {
    /// An intake that has seen nothing yet, for a gateway started at `started`.
    pub(super) fn new(
        options: GatewayOptions,
        journal: Journal,
        started: Timestamp,
    ) -> Result<Self, String> {
        Ok(Self {
            key: options.key,
            duplicates: options.duplicates,
            latency: options.latency,
            seed: options.seed,
            plan: FaultPlan::new(options.seed, options.script, options.faults)?,
            throttle: options.throttle.and_then(Throttle::new),
            memory: Memory::default(),
            arrived: 0,
            tally: Tally::default(),
            journal,
            started,
        })
    }

    /// Gives the next request its number.
    pub(super) fn arrive(&mut self) -> Arrival {
        self.arrived += 1;
        let fault = self.plan.strike(self.arrived).cloned();
        Arrival { n: self.arrived, fault }
    }

    /// How long the answer to a request is held back after the ruling.
    pub(super) fn hold_back(&self, arrival: &Arrival) -> Duration {
        let after = arrival.fault.as_ref().map_or(Duration::ZERO, |fault| fault.after);
        if self.latency.is_zero() {
            return after;
        }
        // Another draw than the one that chose the fault.
        after.saturating_add(self.latency.at(draw(!self.seed, arrival.n)))
    }

    /// Notes a request that is reset unread. An error: the log cannot be written.
    pub(super) fn leave_unread(&mut self, arrival: &Arrival, now: Duration) -> io::Result<()> {
        let line = self.line(arrival.n, now);
        let fault = arrival.fault.as_ref().map(|fault| fault.text.as_str());
        self.note(Line { fault, ..line }, false)
    }

    /// Rules on a request at `now` (since the start). An error: the log cannot be written.
    pub(super) fn rule(
        &mut self,
        arrival: &Arrival,
        now: Duration,
        request: &Request,
    ) -> io::Result<Delivery> {
        let read = request.read(self.key.as_deref());
        let named = read.as_ref().ok();
        let id = named.map_or("", |named| named.message_id.as_ref());
        let met = named.map(|named| self.memory.meet(&named.message_id));
        let stand = self.stand(&read, met, now);
        // A fault that needs an accepted message passes a request that is none.
        let sound = matches!(stand, Stand::New | Stand::Duplicate(_));
        let fault = arrival.fault.as_deref().filter(|fault| sound || !fault.accepts());
        let settles = fault.is_none_or(Fault::accepts);
        let delivery = self.deliver(fault, &stand, id, now);
        let line = Line {
            message_id: named.map(|named| named.message_id.as_ref()),
            to: named.map(|named| named.to.as_ref()),
            status: delivery.status().map(|status| status.as_u16()),
            fault: fault.map(|fault| fault.text.as_str()),
            accepted: settles && matches!(stand, Stand::New),
            repeat: met.is_some_and(|met| met != Met::New),
            duplicate: matches!(met, Some(Met::Accepted(_))),
            why: read.as_ref().err().map(|refusal| refusal.why.as_str()),
            ..self.line(arrival.n, now)
        };
        self.note(line, settles && matches!(stand, Stand::Duplicate(_)))?;
        Ok(delivery)
    }

    /// Answers the read-only check of a key.
    pub(super) fn check_key(&mut self, api_key: Option<&[u8]>, now: Duration) -> Answer {
        self.tally.elsewhere += 1;
        if key_fits(api_key, self.key.as_deref()) {
            response::templates(self.clock(now))
        } else {
            response::unauthorized(self.clock(now))
        }
    }

    /// Answers a request that came to the wrong address.
    pub(super) fn misdirected(&mut self, status: StatusCode, path: &str, now: Duration) -> Answer {
        self.tally.elsewhere += 1;
        response::refusal(self.clock(now), status, path, None)
    }

    /// The counts so far.
    pub(super) fn tally(&self) -> Tally {
        self.tally
    }

    /// Ends the log with the counts.
    pub(super) fn close(&mut self) -> io::Result<Tally> {
        self.journal.close(&self.tally)?;
        Ok(self.tally)
    }

    fn stand(&mut self, read: &Result<Named, Refusal>, met: Option<Met>, now: Duration) -> Stand {
        let admitted = self.throttle.as_mut().map_or(Ok(()), |throttle| throttle.admit(now));
        match (read, admitted, met) {
            (Err(refusal), _, _) => Stand::Wrong(refusal.status),
            (Ok(_), Err(wait), _) => Stand::TooFast(wait),
            (Ok(_), Ok(()), Some(Met::Accepted(receipt)))
                if self.duplicates != Duplicates::Accept =>
            {
                Stand::Duplicate(receipt)
            }
            _ => Stand::New,
        }
    }

    fn deliver(
        &mut self,
        fault: Option<&Fault>,
        stand: &Stand,
        id: &str,
        now: Duration,
    ) -> Delivery {
        let at = self.clock(now);
        match fault.map(|fault| &fault.effect) {
            None => Delivery::Answer(self.settle(stand, id, now)),
            Some(Effect::Spoilt(spoil)) => spoil.deliver(self.settle(stand, id, now), at),
            Some(Effect::Instead { what, accepted }) => {
                if *accepted {
                    self.settle(stand, id, now);
                }
                what.deliver(at, id)
            }
        }
    }

    /// Does what the documented gateway does, and answers as it would.
    fn settle(&mut self, stand: &Stand, id: &str, now: Duration) -> Answer {
        let at = self.clock(now);
        match stand {
            Stand::Wrong(StatusCode::UNAUTHORIZED) => response::unauthorized(at),
            Stand::Wrong(status) => response::refusal(at, *status, ENDPOINT, None),
            Stand::TooFast(wait) => too_fast(at, *wait),
            Stand::Duplicate(receipt) => self.answer_duplicate(*receipt, id, at),
            Stand::New => {
                let receipt = self.memory.accept(id, now);
                self.receipted(receipt, id)
            }
        }
    }

    fn answer_duplicate(&self, receipt: Receipt, id: &str, at: Timestamp) -> Answer {
        match self.duplicates {
            Duplicates::Conflict => response::refusal(at, StatusCode::CONFLICT, ENDPOINT, None),
            Duplicates::Text => response::duplicate_text(at),
            Duplicates::Replay | Duplicates::Accept => self.receipted(receipt, id),
        }
    }

    fn receipted(&self, receipt: Receipt, id: &str) -> Answer {
        let epoch = u64::try_from(self.started.as_nanosecond()).unwrap_or(0);
        let at = self.clock(receipt.since_start());
        response::accepted(at, id, &receipt.wamid(id, epoch))
    }

    fn clock(&self, now: Duration) -> Timestamp {
        self.started.checked_add(now).unwrap_or(self.started)
    }

    fn line<'a>(&self, n: u64, now: Duration) -> Line<'a> {
        Line {
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

    fn note(&mut self, line: Line, answered_before: bool) -> io::Result<()> {
        let tally = &mut self.tally;
        tally.requests += 1;
        tally.faults += u64::from(line.fault.is_some());
        tally.repeats += u64::from(line.repeat);
        tally.distinct_ids += u64::from(line.message_id.is_some() && !line.repeat);
        match (line.accepted, answered_before) {
            (true, _) => tally.accepted += 1,
            (false, true) => tally.duplicates += 1,
            (false, false) => tally.refused += 1,
        }
        self.journal.record(&line)
    }
}

/// 429 with the whole seconds to wait, never less than is needed.
fn too_fast(at: Timestamp, wait: Duration) -> Answer {
    let partial = u64::from(wait.subsec_nanos() > 0);
    let seconds = (wait.as_secs() + partial).max(1);
    let answer = response::refusal(at, StatusCode::TOO_MANY_REQUESTS, ENDPOINT, None);
    answer.with(RETRY_AFTER, seconds)
}
