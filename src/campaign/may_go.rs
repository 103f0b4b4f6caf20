//! What a run knows of its recipients beside its lists: event files, opt-outs and earlier messages.

use jiff::Timestamp;

use super::inbound_files::read_inbound;
use super::inputs::Inputs;
use super::opt_out_files::read_opt_outs;
use super::prior_runs::PriorRuns;
use crate::config::Config;
use crate::eligibility::Eligibility;
use crate::eligibility::caps::Caps;
use crate::eligibility::heard::HeardTimes;
use crate::eligibility::inbound::Inbound;
use crate::eligibility::opt_out::OptOuts;
use crate::eligibility::row_times::RowTimes;
use crate::eligibility::session::{Missing, SessionRule};
use crate::exit::Fatal;
use crate::prepare::phone::PhoneOptions;
use crate::read::spreadsheet::SheetChoice;
use crate::read::{Dialect, SkipReason};
use crate::record::past_posts::Counting;
use crate::report::format::counted;
use crate::report::terminal;
use crate::report::when::EventFacts;

/// The rules for when a message may go, with what they need to know.
#[derive(Debug)]
pub(super) struct MayGo {
    /// The rules.
    pub(super) eligibility: Eligibility,
    /// The numbers that are never sent to.
    pub(super) opt_outs: OptOuts,
    /// What the event files hold.
    pub(super) events: Option<EventFacts>,
    /// The time of the plan.
    pub(super) now: Timestamp,
    /// True if messages are decided on after the last row.
    pub(super) decides_at_end: bool,
    /// Warnings about recipients.
    pub(super) warnings: Vec<String>,
}

impl MayGo {
    /// Reads the event files and the opt-outs.
    ///
    /// # Errors
    /// When a file cannot be read: exit code 4.
    pub(super) fn read(config: &Config, inputs: &Inputs) -> Result<Self, Fatal> {
        let when = &config.when;
        let now = Timestamp::now();
        let horizon = now.checked_add(when.margin).unwrap_or(Timestamp::MAX);
        let mut heard = HeardTimes::new(horizon);
        for (to, wrote) in &inputs.heard {
            heard.add(to, wrote.clone());
        }
        let mut opt_outs = opt_outs(config, inputs)?;
        let mut events = None;
        if !when.inbound.is_empty() {
            let inbound = read_inbound(&when.inbound, &config.origin.from, heard)?;
            inbound.all_opted_out().for_each(|number| opt_outs.add(number));
            events = Some(facts(&inbound));
            heard = inbound.heard;
        }
        let times_given = inputs.have_last_inbound() || !when.inbound.is_empty();
        let missing = when.missing.unwrap_or(match times_given {
            true => Missing::Hold,
            false => Missing::Send,
        });
        let session =
            when.window.map(|window| SessionRule { window, margin: when.margin, missing });
        let holds = times_given || (session.is_some() && missing == Missing::Hold);
        Ok(Self {
            eligibility: Eligibility {
                session,
                heard,
                hours: when.hours.clone(),
                caps: Caps::default(),
            },
            opt_outs,
            events,
            now,
            decides_at_end: holds || !when.caps.are_none(),
            warnings: Vec::new(),
        })
    }

    /// Adds when the recipients of the rows last wrote, which each post is decided by.
    pub(super) fn hear(&mut self, times: Option<RowTimes>) {
        times.into_iter().for_each(|times| times.add_all_to(&mut self.eligibility.heard));
    }

    /// Adds what the results files know: who stopped messages, and whose messages count for the
    /// caps. Then leaves out the recipients that have opted out.
    ///
    /// # Errors
    /// When a results file cannot be read again (4), or no recipient is left (2).
    pub(super) fn add_ledgers(
        &mut self,
        prior: &PriorRuns,
        config: &Config,
        inputs: &mut Inputs,
    ) -> Result<(), Fatal> {
        prior.stopped().for_each(|to| self.opt_outs.add(to));
        let caps = config.when.caps;
        if !caps.are_none() {
            let gateway = config.target.name();
            let since = self.now.checked_sub(caps.longest()).unwrap_or(Timestamp::MIN);
            let from = config.origin.from.as_str();
            let posts = prior.posts(config, Counting { from, gateway: &gateway, since })?;
            self.eligibility.caps = Caps::new(caps, posts);
        }
        if self.opt_outs.is_empty() {
            return Ok(());
        }
        let named = inputs.leave_out(&self.opt_outs)?;
        if !named.is_empty() {
            let what = counted(named.len() as u64, "number");
            self.warnings.push(format!("left out because of an opt-out: {what} of --to"));
        }
        if config.output.verbose {
            let out = SkipReason::OptedOut;
            for to in named {
                terminal::line(&format!("--to {to} skipped: {out}"));
            }
        }
        Ok(())
    }
}

/// The numbers of the `--opt-out` files, which may be of any country that the lists are of.
fn opt_outs(config: &Config, inputs: &Inputs) -> Result<OptOuts, Fatal> {
    let reading = &config.reading;
    let dialect = Dialect {
        encoding: reading.encoding,
        delimiter: reading.delimiter,
        sheet: SheetChoice(None),
    };
    let known = config.phones.known.union(&inputs.known);
    let phones = PhoneOptions { known, ..config.phones };
    read_opt_outs(&config.when.opt_outs, &dialect, &reading.map, &phones)
}

fn facts(inbound: &Inbound) -> EventFacts {
    let counts = inbound.counts;
    EventFacts {
        inbound: counts.inbound,
        other_number: counts.other_number,
        statuses: counts.statuses,
        other_lines: counts.undated + counts.unread + counts.incomplete,
        newest: inbound.newest,
    }
}
