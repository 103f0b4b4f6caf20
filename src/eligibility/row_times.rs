//! When recipients last wrote, as the rows of the lists say.
//!
//! Most recipients stand in one row, and then its time is all that the lists say of them. So the
//! times are kept in the order of the rows, and only a recipient that may stand in several is looked
//! up in [`HeardTimes`]: a lookup for each of a million rows waits for the memory each time.

use jiff::Timestamp;

use super::heard::{Heard, HeardTimes, RecipientKey};
use crate::prepare::last_inbound::LastInbound;
use crate::prepare::phone::PhoneNumber;
use crate::units::chunks::Chunks;

/// The times of the rows, to the second: 12 bytes for each.
#[derive(Debug)]
pub struct RowTimes {
    rows: Chunks<RowTime>,
    /// True if times were known before the first row.
    are_others: bool,
}

/// Packed, so that it has no unused bytes.
#[derive(Debug, Clone, Copy)]
#[repr(C, packed(4))]
struct RowTime {
    to: RecipientKey,
    wrote: Wrote,
}

/// A time in Unix seconds, from 1970-01-01T00:00:02 to 2106, or one of two words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Wrote(u32);

impl Wrote {
    /// The row has no time.
    const NEVER: Self = Self(0);
    /// All that is known is in [`HeardTimes`].
    const IN_HEARD: Self = Self(1);

    /// `None` for a time that cannot be kept here.
    fn at(at: Timestamp) -> Option<Self> {
        u32::try_from(at.as_second()).ok().map(Self).filter(|wrote| wrote.0 > 1)
    }

    fn timestamp(self) -> Option<Timestamp> {
        if self.0 > 1 { Timestamp::from_second(self.0.into()).ok() } else { None }
    }
}

/// A row that was added to [`RowTimes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowIndex(u32);

impl RowIndex {
    /// No row.
    pub const NONE: Self = Self(u32::MAX);

    fn of(index: usize) -> Self {
        // More rows than have an index would not fit into memory.
        u32::try_from(index).map_or(Self::NONE, Self)
    }
}

impl RowTimes {
    /// Returns no rows. What `heard` knows holds for their recipients too.
    #[must_use]
    pub fn new(heard: &HeardTimes) -> Self {
        let are_others = !heard.is_empty();
        Self { rows: Chunks::default(), are_others }
    }

    /// Adds a row that names a recipient, with the time that it gives. A time that does not count
    /// now is added to `heard`.
    pub fn add(
        &mut self,
        to: &PhoneNumber,
        wrote: Option<&LastInbound>,
        heard: &mut HeardTimes,
    ) -> RowIndex {
        let key = RecipientKey::of(to);
        let wrote = match wrote {
            None => Wrote::NEVER,
            Some(wrote) => kept(wrote, heard).unwrap_or_else(|| {
                heard.add(to, wrote.clone());
                Wrote::IN_HEARD
            }),
        };
        RowIndex::of(self.rows.push(RowTime { to: key, wrote }))
    }

    /// What is known of a row's recipient. Before [`settle`](Self::settle), of all rows it takes only
    /// that one into account.
    #[must_use]
    pub fn get(&self, row: RowIndex, heard: &HeardTimes) -> Heard {
        let Some(&RowTime { to, wrote }) = self.rows.get(row.0 as usize) else {
            return Heard::default();
        };
        if wrote == Wrote::IN_HEARD {
            return heard.get_key(to);
        }
        let latest = wrote.timestamp();
        match self.are_others {
            true => {
                let known = heard.get_key(to);
                Heard { latest: known.latest.max(latest), ..known }
            }
            false => Heard { latest, ..Heard::default() },
        }
    }

    /// Takes all rows into account: adds the times of recipients that stand in several rows to
    /// `heard`.
    pub fn settle(&mut self, heard: &mut HeardTimes) {
        let mut recurring = Recurring::of(self.rows.len());
        // Loops that do nothing else, so that the processor waits for several places at a time.
        for &RowTime { to, wrote } in self.rows.chunks().flatten() {
            recurring.add(to, wrote == Wrote::IN_HEARD);
        }
        for row in self.rows.chunks_mut().flatten() {
            let RowTime { to, wrote } = *row;
            if recurring.has(to) {
                wrote.timestamp().into_iter().for_each(|at| heard.add_at(to, at));
                row.wrote = Wrote::IN_HEARD;
            }
        }
    }

    /// Adds all times to `heard`.
    pub fn add_all_to(self, heard: &mut HeardTimes) {
        heard.reserve(self.rows.len());
        for &RowTime { to, wrote } in self.rows.chunks().flatten() {
            wrote.timestamp().into_iter().for_each(|at| heard.add_at(to, at));
        }
    }
}

/// A time as it is kept for a row, unless it does not count now.
fn kept(wrote: &LastInbound, heard: &mut HeardTimes) -> Option<Wrote> {
    match wrote {
        LastInbound::At(at) if !heard.is_future(*at) => {
            heard.note_any();
            Wrote::at(*at)
        }
        LastInbound::At(_) | LastInbound::Unreadable(_) => None,
    }
}

/// A set of recipients that were added more than once. It may have others too, about 6 in 100; it
/// lacks none.
#[derive(Debug)]
struct Recurring {
    /// Two bits for each place: added, and added again. The number of bytes is a power of two.
    places: Vec<u8>,
}

impl Recurring {
    /// Returns an empty set for so many recipients.
    fn of(count: usize) -> Self {
        Self { places: vec![0; (4 * count).next_power_of_two()] }
    }

    /// Adds a recipient, twice if it is looked up for other rows too.
    fn add(&mut self, key: RecipientKey, twice: bool) {
        let (byte, shift) = self.place(key);
        if let Some(byte) = self.places.get_mut(byte) {
            let again = 1 + (*byte >> shift & 1) + 2 * u8::from(twice);
            *byte |= again.min(3) << shift;
        }
    }

    fn has(&self, key: RecipientKey) -> bool {
        let (byte, shift) = self.place(key);
        self.places.get(byte).is_none_or(|byte| byte >> shift & 2 != 0)
    }

    fn place(&self, key: RecipientKey) -> (usize, u32) {
        let hash = key.hash();
        // The two highest bits choose among the four places of a byte.
        (hash as usize & (self.places.len() - 1), 2 * (hash >> 62) as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(n: usize) -> PhoneNumber {
        PhoneNumber::from_digits(&format!("2547{n:08}")).unwrap()
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn rows_say_together_what_all_times_say() {
        use LastInbound::{At, Unreadable};
        let horizon = 10_000;
        let soon = || Unreadable("soon".into());
        // Recipient and time: once, twice, without a time, in the future, not to be read.
        let rows: [(usize, Option<LastInbound>); 13] = [
            (1, Some(At(at(500)))),
            (2, Some(At(at(700)))),
            (3, None),
            (2, Some(At(at(900)))),
            (2, None),
            (3, Some(At(at(400)))),
            (4, None),
            (5, Some(At(at(20_000)))),
            (5, Some(At(at(300)))),
            (6, Some(soon())),
            (7, Some(soon())),
            (7, Some(At(at(800)))),
            (8, Some(At(at(1)))),
        ];
        for others in [&[][..], &[(1, 600), (2, 100), (4, 50), (9, 10)]] {
            let mut heard = HeardTimes::new(at(horizon));
            others.iter().for_each(|(to, time)| heard.add(&number(*to), At(at(*time))));
            // The same in the simple way.
            let mut simple = HeardTimes::new(at(horizon));
            others.iter().for_each(|(to, time)| simple.add(&number(*to), At(at(*time))));
            let mut times = RowTimes::new(&heard);
            let mut indices = Vec::new();
            for (to, wrote) in &rows {
                indices.push(times.add(&number(*to), wrote.as_ref(), &mut heard));
                wrote.iter().for_each(|wrote| simple.add(&number(*to), wrote.clone()));
            }
            assert!(!heard.is_empty());
            // A row alone is known at once.
            let own = others.iter().filter(|(to, _)| *to == 1).map(|(_, time)| at(*time));
            let first = Heard { latest: own.max().or(Some(at(500))), ..Heard::default() };
            assert_eq!(times.get(indices[0], &heard), first);
            times.settle(&mut heard);
            for ((to, _), index) in rows.iter().zip(indices) {
                assert_eq!(times.get(index, &heard), simple.get(&number(*to)), "{to} {others:?}");
            }
            assert_eq!(times.get(RowIndex::NONE, &heard), Heard::default());
            times.add_all_to(&mut heard);
            for to in 0..10 {
                assert_eq!(heard.get(&number(to)), simple.get(&number(to)), "{to} {others:?}");
            }
        }
    }

    #[test]
    fn no_recurring_recipient_is_lacking_and_few_others_are_taken_for_one() {
        let mut recurring = Recurring::of(300_000);
        let key = |n| RecipientKey::of(&number(n));
        (0..300_000).for_each(|n| recurring.add(key(n), n % 3 == 1));
        (0..300_000).step_by(3).for_each(|n| recurring.add(key(n), false));
        assert!((0..300_000).filter(|n| n % 3 != 2).all(|n| recurring.has(key(n))));
        let others = (0..300_000).filter(|n| n % 3 == 2 && recurring.has(key(*n))).count();
        assert!(others < 100_000 / 10, "{others}");
    }

    #[test]
    fn a_row_takes_twelve_bytes() {
        assert_eq!(size_of::<RowTime>(), 12);
    }
}
