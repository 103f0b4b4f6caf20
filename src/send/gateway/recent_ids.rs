//! The ids of the messages that this run posted last, for all senders together.
//!
//! An answer that names another message of the run is not the answer to this one: something on the
//! way answered a request twice, or mixed up two connections. The other message is in flight on
//! some connection, or was posted on this one before; so the ids posted last are enough. They take
//! half a megabyte, whatever the length of the list.

use std::hash::BuildHasher;
use std::sync::atomic::{AtomicU64, Ordering};

use foldhash::quality::RandomState;

/// The number of buckets, a power of two.
const BUCKETS: usize = 1 << 14;

/// The number of ids in a bucket. An id is forgotten when as many newer ones fell into its bucket:
/// practically never within a thousand messages, and within five thousand 3 times in 10,000.
const WAYS: usize = 4;

/// A set of ids that forgets old ones, by their 64-bit hashes.
pub(super) struct RecentIds {
    hasher: RandomState,
    buckets: Box<[[AtomicU64; WAYS]]>,
}

impl Default for RecentIds {
    fn default() -> Self {
        let buckets = (0..BUCKETS).map(|_| Default::default()).collect();
        Self { hasher: RandomState::default(), buckets }
    }
}

impl RecentIds {
    /// Adds an id, before its message is posted.
    pub(super) fn insert(&self, id: &str) {
        let (bucket, mut hash) = self.find(id);
        if bucket[0].load(Ordering::Relaxed) == hash {
            return;
        }
        // Each one moves up by a place. With swaps none is lost when two senders do it at once.
        for way in bucket {
            hash = way.swap(hash, Ordering::Relaxed);
        }
    }

    /// Returns whether the id was added and is not forgotten.
    pub(super) fn contains(&self, id: &str) -> bool {
        let (bucket, hash) = self.find(id);
        bucket.iter().any(|way| way.load(Ordering::Relaxed) == hash)
    }

    fn find(&self, id: &str) -> (&[AtomicU64; WAYS], u64) {
        // 0 is a place that was never used.
        let hash = self.hasher.hash_one(id).max(1);
        // The remainder is smaller than the number of buckets.
        (&self.buckets[(hash % BUCKETS as u64) as usize], hash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_thousand_ids_are_known() {
        let ids = RecentIds::default();
        for n in 0..200_000_u32 {
            ids.insert(&format!("id-{n}"));
            ids.insert(&format!("id-{n}"));
        }
        let known = (199_000..200_000).filter(|n| ids.contains(&format!("id-{n}"))).count();
        assert!(known >= 999, "{known}");
        assert!(!ids.contains("id-200000"));
        let old = (0..100_000).filter(|n| ids.contains(&format!("id-{n}"))).count();
        assert!(old < 10_000, "memory is constant: {old}");
    }

    #[test]
    fn no_id_is_lost_when_many_are_added_at_once() {
        let ids = RecentIds::default();
        std::thread::scope(|scope| {
            for thread in 0..8 {
                let ids = &ids;
                scope.spawn(move || (0..100).for_each(|n| ids.insert(&format!("{thread}-{n}"))));
            }
        });
        let known = (0..800).filter(|n| ids.contains(&format!("{}-{}", n / 100, n % 100))).count();
        assert_eq!(known, 800);
    }
}
