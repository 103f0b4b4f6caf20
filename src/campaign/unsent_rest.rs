//! The messages that no outcome of this run speaks of and that were not sent: left alone, held by
//! the plan, or not reached although an earlier run left them refused, failed or unknown.
//!
//! However a run ends, the not-sent files have them beside the messages that ended in this run.

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;

use super::Run;
use super::not_sent_files::{NotSentFiles, Why};
use super::prior_runs::{Decision, Reason};
use super::recorder::log_held;
use super::row_filter::Wanted;
use super::scan::{Known, Step, scan};
use crate::eligibility::held::Held;
use crate::exit::Fatal;
use crate::prepare::message::{IdKey, Message};
use crate::report::decided::Decided;
use crate::report::event_log;
use crate::report::tally::NotReached;
use crate::send::outcome::Status;
use crate::signals::Stop;

/// How far a run came.
#[derive(Clone, Copy)]
pub(super) enum Reach<'a> {
    /// It sends nothing.
    Nothing,
    /// It reached every message.
    All,
    /// It did not reach every message; those of earlier runs and of the plan's held ones that it
    /// settled or held are these.
    Part(&'a HashSet<IdKey>),
}

/// What is known of one of these messages.
enum Left {
    Held(Held),
    /// An earlier run left it with this status, and no run sends it by itself, for this reason.
    Alone(Status, &'static str),
    /// An earlier run left it with this status, and this run was to send it again.
    NotReached(Status),
}

impl Run<'_> {
    /// Writes these messages to the not-sent files, in a pass over the inputs that only a run with
    /// such messages makes. The event log gets those that are held.
    ///
    /// # Errors
    /// When an input or the results cannot be read again, or a signal came before anything was sent.
    pub(super) fn write_the_rest(
        &self,
        files: &mut NotSentFiles,
        reach: Reach<'_>,
        stop: &Stop,
    ) -> Result<NotReached, Fatal> {
        let mut not_reached = NotReached::default();
        let decisions = &self.preflight.decisions;
        if !decisions.any(|decided| self.may_be_left(decided, reach, files.are_none())) {
            return Ok(not_reached);
        }
        let none = HashMap::new();
        let reasons = match decisions.any(|decided| self.may_have_reason(decided, reach)) {
            true => self.prior.reasons(self.config)?,
            false => &none,
        };
        let known = Known { prior: self.prior, opt_outs: &self.may_go.opt_outs };
        let mut number = 0;
        scan(self.inputs, Wanted::Used, self.config, known, &mut |step| {
            let message = match step {
                Step::Chunk(_) if matches!(reach, Reach::Nothing) && stop.signal().is_some() => {
                    return Err(Fatal::stopped_before_sending(stop));
                }
                Step::Chunk(input) => {
                    input.check_unchanged()?;
                    return Ok(ControlFlow::Continue(()));
                }
                Step::Row(_, Some(message)) | Step::Message(message, _) => message,
                Step::Row(_, None) | Step::Recipient(..) => return Ok(ControlFlow::Continue(())),
            };
            let decided = decisions.get(number);
            number += 1;
            if let Some(left) = decided.and_then(|decided| self.left(&message, decided, reach)) {
                self.count(&mut not_reached, &message, &left, reasons);
                self.write_left(files, &message, left, reasons);
            }
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(not_reached)
    }

    /// Returns whether a message with this decision may be one of them, and is wanted by the files or
    /// the event log.
    fn may_be_left(&self, decided: Decided, reach: Reach<'_>, no_files: bool) -> bool {
        let is_counted = matches!(reach, Reach::Part(_));
        match decided {
            Decided::AlreadySent => false,
            Decided::Held(Held::Edited) => !no_files || event_log::is_on(),
            Decided::Held(_) if matches!(reach, Reach::All) => false,
            Decided::Held(_) => !no_files || event_log::is_on() || is_counted,
            _ => self.may_have_reason(decided, reach) && (!no_files || is_counted),
        }
    }

    /// Returns whether results may say why a message with this decision was not sent.
    fn may_have_reason(&self, decided: Decided, reach: Reach<'_>) -> bool {
        match decided {
            Decided::Refused | Decided::WindowClosed | Decided::Unknown => true,
            Decided::Send | Decided::LeftByDailyCap => {
                self.preflight.sends_again && !matches!(reach, Reach::All)
            }
            Decided::AlreadySent | Decided::Held(_) => false,
        }
    }

    /// What is known of a message if it is one of them.
    fn left(&self, message: &Message, decided: Decided, reach: Reach<'_>) -> Option<Left> {
        let is_reached = || match reach {
            Reach::Nothing => false,
            Reach::All => true,
            Reach::Part(ended) => ended.contains(&message.id.key()),
        };
        match decided {
            Decided::AlreadySent => None,
            Decided::Refused | Decided::WindowClosed => {
                Some(Left::Alone(Status::Refused, decided.reason()))
            }
            Decided::Unknown => Some(Left::Alone(Status::Unknown, decided.reason())),
            Decided::Held(Held::Edited) => Some(Left::Held(Held::Edited)),
            Decided::Held(held) => (!is_reached()).then_some(Left::Held(held)),
            Decided::Send | Decided::LeftByDailyCap => {
                match self.prior.decide_for(message, &self.may_go.eligibility) {
                    Decision::Send(Some(status)) if !is_reached() => Some(Left::NotReached(status)),
                    _ => None,
                }
            }
        }
    }

    /// Counts a message that was not reached.
    fn count(
        &self,
        not_reached: &mut NotReached,
        message: &Message,
        left: &Left,
        reasons: &HashMap<IdKey, Reason>,
    ) {
        match left {
            Left::Held(Held::Edited) | Left::Alone(..) => {}
            Left::Held(held) => *not_reached.held.entry(*held).or_default() += 1,
            Left::NotReached(Status::Failed) => not_reached.failed += 1,
            Left::NotReached(Status::Unknown) => not_reached.unknown += 1,
            Left::NotReached(_) => {
                let code = reasons.get(&message.id.key()).map_or("", |(code, _)| code);
                *not_reached.refused_codes.entry(code.to_owned()).or_default() += 1;
                let again = self.prior.decide(message) == Decision::Send(Some(Status::Refused));
                not_reached.need_the_option += u64::from(again);
            }
        }
    }

    fn write_left(
        &self,
        files: &mut NotSentFiles,
        message: &Message,
        left: Left,
        reasons: &HashMap<IdKey, Reason>,
    ) {
        let heard = &self.may_go.eligibility.heard;
        let (status, reason) = match left {
            Left::Held(held) => {
                log_held(self.inputs, message, held);
                files.write(self.inputs, heard, message, Why::held(held));
                return;
            }
            Left::Alone(status, reason) => (status, reason),
            Left::NotReached(status) => (status, NOT_REACHED),
        };
        let known = reasons.get(&message.id.key());
        let (code, error) = known.map_or(("", ""), |(code, error)| (code, error));
        let why = Why::ended(status, code, if error.is_empty() { reason } else { error });
        files.write(self.inputs, heard, message, why);
    }
}

/// The reason of a message that was not reached again, where results say no other one.
const NOT_REACHED: &str =
    "an earlier run did not send it for certain, and this run did not reach it";
