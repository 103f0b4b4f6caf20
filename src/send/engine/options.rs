//! The settings of a run.

use std::time::Duration;

use super::breaker::Halt;
use crate::eligibility::Eligibility;
use crate::prepare::payload::ToFormat;
use crate::send::gateway::Gateway;
use crate::send::outcome::RetryPolicy;
use crate::send::rate::Rate;
use crate::signals::Stop;

/// Options for sending.
#[derive(Debug, Clone, Copy)]
pub struct EngineOptions {
    /// The ceiling for all senders together.
    pub rate: Rate,
    /// The ceiling for each recipient.
    pub recipient_rate: Rate,
    /// The number of sender threads, at least 1.
    pub concurrency: usize,
    /// The rule for repeated attempts.
    pub retry_policy: RetryPolicy,
    /// The form of the recipient's number.
    pub to_format: ToFormat,
    /// The most messages of the run.
    pub limit: Option<u64>,
    /// The time after which sending stops.
    pub max_duration: Option<Duration>,
    /// When the run stops because of failures.
    pub halt: Halt,
    /// The longest wait for a gateway that is down.
    pub retry_for: Duration,
    /// The number of messages that go first and must all be accepted before the others go.
    pub canary: u64,
}

/// What a run needs beside its messages.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'a> {
    /// The gateway that messages are posted to.
    pub gateway: &'a Gateway,
    /// The options for sending.
    pub options: &'a EngineOptions,
    /// The rules for when a message may go.
    pub eligibility: &'a Eligibility,
    /// The flag that a signal sets.
    pub stop: &'a Stop,
}
