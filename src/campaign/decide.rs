//! Whether a message is sent in this run, by what the results of earlier runs say of it.

use std::collections::HashSet;

use crate::config::RetryRefused;
use crate::prepare::message::IdKey;
use crate::send::outcome::Status;

/// What is done with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decision {
    /// It is sent; the status is what an earlier run left.
    Send(Option<Status>),
    /// It was sent before.
    AlreadySent,
    /// It keeps the status that an earlier run left: refused, or unknown and held.
    Leave(Status),
}

/// What the user wants done with messages that did not simply go out.
#[derive(Debug)]
pub(super) struct Policy {
    /// `--retry-refused`.
    pub(super) retry_refused: RetryRefused,
    /// The ids that were refused with one of the codes named there.
    pub(super) refused_with_code: HashSet<IdKey>,
    /// `--on-unknown hold`.
    pub(super) hold_unknown: bool,
}

impl Policy {
    /// What is done with the message `id`, which stands at `earlier`.
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
    fn each_status_has_its_answer() {
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
            let policy = Policy { retry_refused, refused_with_code, hold_unknown };
            assert_eq!(policy.decide(&this, earlier), decision, "{earlier:?}");
            if by_code {
                assert_eq!(policy.decide(&other, earlier), Leave(Status::Refused));
            }
        }
    }
}
