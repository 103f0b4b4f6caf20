//! `--test-to`: the first card of the plan goes to one number, with a new id, and nothing of it is
//! recorded.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::endpoint::Endpoint;
use super::inputs::Inputs;
use super::may_go::MayGo;
use super::recorder::log_settled;
use super::row_filter::Wanted;
use super::summary_json::{Ended, json_without_counts};
use crate::config::{Config, Target};
use crate::exit::{ExitCode, Fatal};
use crate::prepare::message::{Contact, Message, MessageId};
use crate::prepare::payload::Payload;
use crate::prepare::phone::PhoneNumber;
use crate::prepare::row::RowOutcome;
use crate::report::terminal;
use crate::send::outcome::{Attempts, Failure, Outcome, Reply, Retry, RetryPolicy, Status};
use crate::signals::Stop;

/// Sends the first card of the inputs to `to`, after it has asked.
///
/// # Errors
/// When there is no card, `to` has opted out, or nobody agrees to sending.
pub(super) fn send_test(config: &Config, to: PhoneNumber, stop: &Stop) -> Result<Ended, Fatal> {
    let inputs = match Inputs::open(config, stop) {
        // A list of contacts needs no recipients for this.
        Err(error) if stop.signal().is_some() => return Err(error),
        Err(error) => Inputs::open_as_cards(config, stop).map_err(|_| error)?,
        inputs => inputs?,
    };
    let may_go = MayGo::read(config, &inputs)?;
    if may_go.opt_outs.contains(&to) {
        return Err(Fatal::usage(format!("--test-to {to} has opted out")));
    }
    let Some(card) = first_card(&inputs, config)? else {
        return Err(Fatal::input(
            "no row has a card that can be sent (see what is wrong with lipasend check)",
        ));
    };
    let endpoint = Endpoint::open(config)?;
    ask(config, &card, to, stop)?;
    if stop.signal().is_some() {
        return Err(Fatal::stopped_before_sending(stop));
    }
    let id = MessageId::random(fastrand::u128(..).to_be_bytes());
    let message = Message::with_id(id, &config.origin, to, &card);
    let (sent_at, began) = (Timestamp::now(), Instant::now());
    let result = endpoint.gateway.client().post(&Payload::of(&message, config.engine.to_format));
    let outcome = outcome_of(result, sent_at, began.elapsed());
    log_settled(&inputs, &message, &outcome);
    let result = outcome.result;
    let exit = match &result {
        Ok(_) => ExitCode::Success,
        Err(failure) => code_of(failure),
    };
    if !config.output.quiet || result.is_err() {
        terminal::report(&format!(
            "{}\nnothing else was sent, and nothing is recorded\n",
            show_result(&result)
        ))?;
    }
    let stopped = result.err().map(|failure| failure.in_full());
    Ok(Ended { json: json_without_counts(exit, stopped), result: Ok(exit) })
}

/// Whether the card was sent, and why not.
fn show_result(result: &Result<Reply, Failure>) -> String {
    match result {
        Ok(Reply { receipt, .. }) => {
            let answer = receipt.wamid.as_deref().unwrap_or(&receipt.gateway_status);
            format!("the test card was accepted ({answer})")
        }
        Err(failure) if failure.kind.surely_not_sent() => {
            format!("the test card was not sent: {}", failure.in_full())
        }
        Err(failure) => format!("the test card may have arrived: {}", failure.in_full()),
    }
}

/// The outcome of the only attempt.
fn outcome_of(result: Result<Reply, Failure>, sent_at: Timestamp, latency: Duration) -> Outcome {
    let mut attempts = Attempts::new(None);
    let policy = RetryPolicy { retries: 0, hold_unknown: true };
    attempts.on_result(result.as_ref(), policy, 0.0);
    let status = attempts.status_so_far().unwrap_or(Status::Sent);
    Outcome { status, attempts: 1, result, sent_at, latency }
}

/// The first card that can be sent.
fn first_card(inputs: &Inputs, config: &Config) -> Result<Option<Arc<Contact>>, Fatal> {
    if let Some(card) = inputs.cards.first() {
        return Ok(Some(Arc::clone(card)));
    }
    for input in &inputs.inputs {
        for chunk in input.rows(Wanted::Used, inputs.recipients(None), config)? {
            let chunk = chunk.map_err(|error| Fatal::input(error.to_string()))?;
            let card = chunk.into_iter().find_map(|prepared| match prepared.outcome {
                RowOutcome::Message(message, _) => Some(message.contact),
                RowOutcome::Contact(contact) => Some(contact),
                _ => None,
            });
            if card.is_some() {
                return Ok(card);
            }
        }
    }
    Ok(None)
}

fn ask(config: &Config, card: &Contact, to: PhoneNumber, stop: &Stop) -> Result<(), Fatal> {
    if config.output.yes || matches!(config.target, Target::Rehearsal) {
        return Ok(());
    }
    if !terminal::can_ask() {
        return Err(Fatal::usage("no terminal to ask on: add --yes to send without asking"));
    }
    let question =
        format!("the card \"{}\" from {} to {to} as a test. Send?", card.name, config.origin.from);
    match terminal::ask(&question, stop) {
        Some(true) => Ok(()),
        Some(false) => Err(Fatal::usage("nothing was sent")),
        None => Err(Fatal::stopped_before_sending(stop)),
    }
}

fn code_of(failure: &Failure) -> ExitCode {
    match failure.kind {
        kind if kind.stops_run().is_some() => ExitCode::SetUp,
        kind if kind.surely_not_sent() && kind.retry() != Retry::Never => ExitCode::Unavailable,
        _ => ExitCode::Incomplete,
    }
}
