//! The messages that an earlier run recorded as refused, that this run was to send again, and that
//! it did not reach. They are still refused: they stay in the not-sent files.

use std::collections::HashSet;
use std::ops::ControlFlow;

use super::Run;
use super::not_sent_files::{NotSentFiles, Why};
use super::prior_runs::Decision;
use super::row_filter::Wanted;
use super::scan::{Known, Step, scan};
use crate::exit::Fatal;
use crate::prepare::message::IdKey;
use crate::send::outcome::Status;

impl Run<'_> {
    /// Writes them to the not-sent files, in a pass over the inputs that only a run with such
    /// messages makes. `ended` are those that this run settled or held. Returns how many only
    /// `--retry-refused` sends: not those whose recipient wrote since.
    ///
    /// # Errors
    /// When an input or the results cannot be read again.
    pub(super) fn write_refused_again(
        &self,
        files: &mut NotSentFiles,
        ended: &HashSet<IdKey>,
    ) -> Result<u64, Fatal> {
        if !self.preflight.sends_refused {
            return Ok(0);
        }
        let reasons = self.prior.reasons(self.config)?;
        let eligibility = &self.may_go.eligibility;
        let known = Known { prior: self.prior, opt_outs: &self.may_go.opt_outs };
        let to_be_sent_again = Decision::Send(Some(Status::Refused));
        let mut need_the_option = 0;
        scan(self.inputs, Wanted::Used, self.config, known, &mut |step| {
            let message = match step {
                Step::Row(_, Some(message)) | Step::Message(message, _) => message,
                Step::Chunk(input) => {
                    input.check_unchanged()?;
                    return Ok(ControlFlow::Continue(()));
                }
                Step::Row(_, None) | Step::Recipient(..) => return Ok(ControlFlow::Continue(())),
            };
            let key = message.id.key();
            let is_held = self.preflight.edited.contains(&key);
            if self.prior.decide_for(&message, eligibility) == to_be_sent_again
                && !is_held
                && !ended.contains(&key)
            {
                need_the_option += u64::from(self.prior.decide(&message) == to_be_sent_again);
                let (code, reason) =
                    reasons.get(&key).map_or(("", ""), |(code, reason)| (code, reason));
                files.write(
                    self.inputs,
                    &eligibility.heard,
                    &message,
                    Why::ended(Status::Refused, code, reason),
                );
            }
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(need_the_option)
    }
}
