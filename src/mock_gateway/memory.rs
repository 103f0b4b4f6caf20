//! The messageIds the gateway has seen, and when it accepted them: what deduplication needs, in
//! about 40 bytes an id, because a rehearsal may have a million.

use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::num::NonZeroU64;
use std::time::Duration;

use uuid::Uuid;

/// The moment of a message's first acceptance, in ns since the gateway's start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Receipt(NonZeroU64);

impl Receipt {
    fn at(since_start: Duration) -> Self {
        let nanos = u64::try_from(since_start.as_nanos()).unwrap_or(u64::MAX);
        Self(NonZeroU64::new(nanos).unwrap_or(NonZeroU64::MIN))
    }

    /// The moment, as time since the start.
    pub(super) fn since_start(self) -> Duration {
        Duration::from_nanos(self.0.get())
    }

    /// The message's id at WhatsApp: the same for the same acceptance, another for every other one,
    /// also of a gateway started later (`epoch`: its start in ns).
    pub(super) fn wamid(self, message_id: &str, epoch: u64) -> String {
        let mut hasher = DefaultHasher::new();
        message_id.hash(&mut hasher);
        let moment = epoch.wrapping_add(self.0.get());
        format!("wamid.HBgM{:016X}{moment:016X}", hasher.finish())
    }
}

/// How well a messageId is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Met {
    /// Never seen.
    New,
    /// Seen, not accepted.
    Seen,
    /// Accepted before.
    Accepted(Receipt),
}

/// All ids seen.
#[derive(Debug, Default)]
pub(super) struct Memory(HashMap<Id, Option<Receipt>>);

#[derive(Debug, PartialEq, Eq, Hash)]
enum Id {
    /// In the usual spelling only, so that two spellings stay two ids.
    Uuid([u8; 16]),
    Text(Box<str>),
}

impl Memory {
    /// Says how the id is known, and knows it from now on.
    pub(super) fn meet(&mut self, message_id: &str) -> Met {
        let mut met = Met::Seen;
        let entry = self.0.entry(Id::of(message_id)).or_insert_with(|| {
            met = Met::New;
            None
        });
        entry.map_or(met, Met::Accepted)
    }

    /// Notes that the id's message is accepted. A later acceptance does not replace the first.
    pub(super) fn accept(&mut self, message_id: &str, since_start: Duration) -> Receipt {
        let receipt = Receipt::at(since_start);
        let entry = self.0.entry(Id::of(message_id)).or_default();
        entry.get_or_insert(receipt);
        receipt
    }
}

impl Id {
    fn of(text: &str) -> Self {
        let mut spelling = Uuid::encode_buffer();
        match Uuid::try_parse(text) {
            Ok(uuid) if uuid.hyphenated().encode_lower(&mut spelling) == text => {
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
    fn an_id_is_new_once_then_seen_then_accepted() {
        for id in ["ca739107-4b0d-4581-acb1-4c4af70555de", "row-17"] {
            let mut memory = Memory::default();
            assert_eq!(memory.meet(id), Met::New);
            assert_eq!(memory.meet(id), Met::Seen);
            let receipt = memory.accept(id, Duration::from_nanos(5));
            assert_eq!(memory.meet(id), Met::Accepted(receipt));
            let again = memory.accept(id, Duration::from_nanos(9));
            assert_ne!(again, receipt);
            assert_eq!(memory.meet(id), Met::Accepted(receipt), "the first stays");
        }
    }

    #[test]
    fn two_spellings_are_two_ids() {
        let mut memory = Memory::default();
        for id in [
            "ca739107-4b0d-4581-acb1-4c4af70555de",
            "CA739107-4B0D-4581-ACB1-4C4AF70555DE",
            "ca7391074b0d4581acb14c4af70555de",
        ] {
            assert_eq!(memory.meet(id), Met::New, "{id}");
        }
    }

    #[test]
    fn a_wamid_belongs_to_one_acceptance() {
        let [first, second] = [1, 2].map(|ns| Receipt::at(Duration::from_nanos(ns)));
        assert_eq!(first.wamid("a", 7), first.wamid("a", 7));
        assert_ne!(first.wamid("a", 7), first.wamid("b", 7));
        assert_ne!(first.wamid("a", 7), second.wamid("a", 7));
        assert_ne!(first.wamid("a", 7), first.wamid("a", 8));
    }

    #[test]
    fn an_id_takes_little_room() {
        assert!(size_of::<(Id, Option<Receipt>)>() <= 32);
    }
}
