//! Caps: how many recipients a sender writes to in a day, and how many messages a recipient gets.
//!
//! A recipient counts once for each message that was sent or may have been. A message under way
//! counts until its outcome is known; one that was not sent gives its place back.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use hashbrown::HashMap;
use jiff::{SignedDuration, Timestamp};
use smallvec::SmallVec;

use crate::prepare::message::IdKey;
use crate::prepare::phone::PhoneNumber;

/// The period of `--daily-cap`.
pub const DAY: SignedDuration = SignedDuration::from_hours(24);

/// `--daily-cap` and `--recipient-cap`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CapLimits {
    /// The most recipients of this sender in 24 hours.
    pub daily: Option<u64>,
    /// The most messages to a recipient, of any sender.
    pub recipient: Option<RecipientCap>,
}

/// The most messages to one recipient in a period: `2/7d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecipientCap {
    /// The number of messages.
    pub most: u32,
    /// The period.
    pub within: SignedDuration,
}

/// The longest period of a [`RecipientCap`]: results of longer ago are seldom kept.
const LONGEST_DAYS: i64 = 31;

impl FromStr for RecipientCap {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let explain = || format!("`{text}` is not a number of messages in a time, like 2/7d");
        let (most, within) = text.trim().split_once('/').ok_or_else(explain)?;
        let most: u32 = most.trim().parse().map_err(|_| explain())?;
        let within = within.trim();
        let unit = within.trim_start_matches(|c: char| c.is_ascii_digit());
        let number = &within[..within.len() - unit.len()];
        let number: i64 =
            if number.is_empty() { 1 } else { number.parse().map_err(|_| explain())? };
        let hours = match unit.trim() {
            "h" => 1,
            "d" | "day" | "days" => 24,
            "w" | "week" | "weeks" => 7 * 24,
            _ => return Err(explain()),
        };
        let hours = number.checked_mul(hours).filter(|hours| *hours > 0).ok_or_else(explain)?;
        if most == 0 {
            return Err(format!("`{text}` allows no message at all (try 1/7d)"));
        }
        if hours > LONGEST_DAYS * 24 {
            return Err(format!("`{text}` is longer than {LONGEST_DAYS} days, which is the most"));
        }
        Ok(Self { most, within: SignedDuration::from_hours(hours) })
    }
}

impl fmt::Display for RecipientCap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.within.as_hours() {
            hours if hours % 24 == 0 => write!(f, "{}/{}d", self.most, hours / 24),
            hours => write!(f, "{}/{hours}h", self.most),
        }
    }
}

impl CapLimits {
    /// Returns whether there is no cap.
    #[must_use]
    pub fn are_none(&self) -> bool {
        self.daily.is_none() && self.recipient.is_none()
    }

    /// The longest period for which posts count.
    #[must_use]
    pub fn longest(&self) -> SignedDuration {
        let daily = self.daily.map_or(SignedDuration::ZERO, |_| DAY);
        let recipient = self.recipient.map_or(SignedDuration::ZERO, |cap| cap.within);
        daily.max(recipient)
    }
}

/// One message that was sent or may have been.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PastPost {
    /// Its id.
    pub id: IdKey,
    /// Its recipient.
    pub to: PhoneNumber,
    /// The time of its last attempt.
    pub at: Timestamp,
    /// True if it is of this run's sender.
    pub ours: bool,
}

/// The answer to whether a message may be posted now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CapAnswer {
    /// It may, and it counts from now on.
    Go,
    /// Not now; a message under way may give its place back.
    Wait,
    /// No: its recipient has as many messages as `--recipient-cap` allows.
    RecipientFull,
    /// No: the sender has as many recipients as `--daily-cap` allows.
    DayFull,
}

/// The messages that count, of this run and of earlier ones.
#[derive(Debug, Clone, Default)]
pub struct Caps {
    limits: CapLimits,
    posts: HashMap<PhoneNumber, SmallVec<[Post; 1]>>,
    /// The time of the last message of this sender to each recipient.
    day: BTreeSet<(Timestamp, PhoneNumber)>,
    /// Recipients in `day` that are there only because of messages under way.
    under_way: u64,
}

#[derive(Debug, Clone, Copy)]
struct Post {
    id: IdKey,
    at: Timestamp,
    ours: bool,
    under_way: bool,
}

impl Caps {
    /// The state before a run: `past` are the messages of earlier runs.
    #[must_use]
    pub fn new(limits: CapLimits, past: impl IntoIterator<Item = PastPost>) -> Self {
        let mut caps = Self { limits, ..Self::default() };
        for PastPost { id, to, at, ours } in past {
            caps.put(to, Post { id, at, ours, under_way: false });
        }
        caps
    }

    /// Returns whether there is no cap.
    #[must_use]
    pub fn are_none(&self) -> bool {
        self.limits.are_none()
    }

    /// Asks whether a message may be posted at `now`. On [`CapAnswer::Go`] it counts as under way.
    pub fn ask(&mut self, id: IdKey, to: PhoneNumber, now: Timestamp) -> CapAnswer {
        if self.are_none() {
            return CapAnswer::Go;
        }
        let answer = match self.recipient_answer(id, &to, now) {
            CapAnswer::Go => self.day_answer(&to, now),
            other => other,
        };
        if answer == CapAnswer::Go {
            self.put(to, Post { id, at: now, ours: true, under_way: true });
        }
        answer
    }

    /// Settles a message under way: its time if it counts, nothing if it was not sent.
    pub fn settle(&mut self, id: IdKey, to: PhoneNumber, counts: Option<Timestamp>) {
        if self.are_none() {
            return;
        }
        match counts {
            Some(at) => self.put(to, Post { id, at, ours: true, under_way: false }),
            None => self.remove(id, to),
        }
    }

    /// The number of recipients of this sender in the 24 hours before `now`.
    pub fn recipients_today(&mut self, now: Timestamp) -> u64 {
        while let Some(&(at, to)) = self.day.first() {
            if now.duration_since(at) < DAY {
                break;
            }
            self.day.remove(&(at, to));
            self.under_way -= u64::from(self.is_only_under_way(&to));
        }
        self.day.len() as u64
    }

    /// When `--daily-cap`, which is reached, has its next place.
    #[must_use]
    pub fn next_place(&self, now: Timestamp) -> Option<Timestamp> {
        let most = usize::try_from(self.limits.daily?).ok()?;
        let counting = || self.day.iter().filter(|(at, _)| now.duration_since(*at) < DAY);
        let (at, _) = counting().nth(counting().count().checked_sub(most)?)?;
        at.checked_add(DAY).ok()
    }

    fn recipient_answer(&self, id: IdKey, to: &PhoneNumber, now: Timestamp) -> CapAnswer {
        let Some(cap) = self.limits.recipient else { return CapAnswer::Go };
        let posts = self.posts.get(to).map_or(&[][..], |posts| posts);
        let others = posts.iter().filter(|post| post.id != id);
        let counting = others.filter(|post| now.duration_since(post.at) < cap.within);
        let (mut count, mut under_way) = (0, false);
        for post in counting {
            count += 1;
            under_way |= post.under_way;
        }
        match count >= cap.most {
            false => CapAnswer::Go,
            true if under_way => CapAnswer::Wait,
            true => CapAnswer::RecipientFull,
        }
    }

    fn day_answer(&mut self, to: &PhoneNumber, now: Timestamp) -> CapAnswer {
        let Some(most) = self.limits.daily else { return CapAnswer::Go };
        let recipients = self.recipients_today(now);
        // One who is counted already is no further recipient.
        let known = self.last_of_ours(to).is_some_and(|at| self.day.contains(&(at, *to)));
        match known || recipients < most {
            true => CapAnswer::Go,
            false if self.under_way > 0 => CapAnswer::Wait,
            false => CapAnswer::DayFull,
        }
    }

    fn put(&mut self, to: PhoneNumber, post: Post) {
        self.change(to, |posts| {
            match posts.iter_mut().find(|known| known.id == post.id) {
                // An id is in several files after a results file was copied: the later time counts.
                Some(known) => *known = Post { at: known.at.max(post.at), ..post },
                None => posts.push(post),
            }
        });
    }

    fn remove(&mut self, id: IdKey, to: PhoneNumber) {
        self.change(to, |posts| posts.retain(|post| post.id != id || !post.under_way));
    }

    /// Changes the posts of a recipient, and `day` with them.
    fn change(&mut self, to: PhoneNumber, change: impl FnOnce(&mut SmallVec<[Post; 1]>)) {
        if let Some(at) = self.last_of_ours(&to)
            && self.day.remove(&(at, to))
        {
            self.under_way -= u64::from(self.is_only_under_way(&to));
        }
        change(self.posts.entry(to).or_default());
        if let Some(at) = self.last_of_ours(&to) {
            self.day.insert((at, to));
            self.under_way += u64::from(self.is_only_under_way(&to));
        }
    }

    fn last_of_ours(&self, to: &PhoneNumber) -> Option<Timestamp> {
        let ours = self.posts.get(to)?.iter().filter(|post| post.ours);
        ours.map(|post| post.at).max()
    }

    fn is_only_under_way(&self, to: &PhoneNumber) -> bool {
        let posts = self.posts.get(to).map_or(&[][..], |posts| posts);
        posts.iter().filter(|post| post.ours).all(|post| post.under_way)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u32) -> IdKey {
        IdKey::of(&format!("m{n}"))
    }

    fn to(n: u32) -> PhoneNumber {
        PhoneNumber::from_digits(&format!("25471234{n:04}")).unwrap()
    }

    fn hour(hour: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + hour * 3600).unwrap()
    }

    fn past(n: u32, recipient: u32, at: i64, ours: bool) -> PastPost {
        PastPost { id: id(n), to: to(recipient), at: hour(at), ours }
    }

    fn recipient_cap(most: u32, days: i64) -> CapLimits {
        let within = SignedDuration::from_hours(24 * days);
        CapLimits { recipient: Some(RecipientCap { most, within }), daily: None }
    }

    #[test]
    fn a_recipient_cap_is_a_number_and_a_time() {
        for (text, shown) in [
            ("2/7d", "2/7d"),
            (" 1 / 36h ", "1/36h"),
            ("3/day", "3/1d"),
            ("1/2w", "1/14d"),
            ("1/31d", "1/31d"),
        ] {
            assert_eq!(
                text.parse::<RecipientCap>().map(|cap| cap.to_string()),
                Ok(shown.to_owned())
            );
        }
        for text in ["2", "/7d", "2/", "0/7d", "2/0d", "2/32d", "2/7m", "-1/7d", "2/7d/3", "two/7d"]
        {
            assert!(text.parse::<RecipientCap>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_recipient_gets_as_many_messages_as_the_cap_in_its_period() {
        use CapAnswer::{Go, RecipientFull, Wait};
        let past = [past(1, 1, 0, false), past(2, 1, 24, true), past(3, 2, 0, true)];
        let mut caps = Caps::new(recipient_cap(2, 7), past);
        assert_eq!(caps.ask(id(10), to(1), hour(30)), RecipientFull);
        // The first of the two is seven days ago.
        assert_eq!(caps.ask(id(10), to(1), hour(168)), Go);
        assert_eq!(caps.ask(id(11), to(1), hour(168)), Wait, "the one under way may fail");
        caps.settle(id(10), to(1), None);
        assert_eq!(caps.ask(id(11), to(1), hour(168)), Go);
        caps.settle(id(11), to(1), Some(hour(168)));
        assert_eq!(caps.ask(id(12), to(1), hour(168)), RecipientFull);
        assert_eq!(caps.ask(id(4), to(2), hour(30)), Go);
    }

    #[test]
    fn a_messages_own_attempts_do_not_count_against_it() {
        let mut caps = Caps::new(recipient_cap(1, 1), [past(1, 1, 0, true)]);
        assert_eq!(caps.ask(id(1), to(1), hour(1)), CapAnswer::Go);
        assert_eq!(caps.ask(id(1), to(1), hour(1)), CapAnswer::Go, "a repeat of the same run");
        assert_eq!(caps.ask(id(2), to(1), hour(1)), CapAnswer::Wait);
        caps.settle(id(1), to(1), Some(hour(1)));
        assert_eq!(caps.ask(id(2), to(1), hour(2)), CapAnswer::RecipientFull);
    }

    #[test]
    fn the_daily_cap_counts_each_recipient_of_the_sender_once() {
        use CapAnswer::{DayFull, Go, Wait};
        let limits = CapLimits { daily: Some(3), recipient: None };
        let past = [past(1, 1, 0, true), past(2, 1, 1, true), past(3, 2, 0, false)];
        let mut caps = Caps::new(limits, past);
        assert_eq!(caps.ask(id(10), to(2), hour(2)), Go, "it was another sender's");
        assert_eq!(caps.ask(id(11), to(3), hour(2)), Go);
        assert_eq!(caps.ask(id(12), to(4), hour(2)), Wait);
        assert_eq!(caps.ask(id(13), to(1), hour(2)), Go, "counted already");
        caps.settle(id(10), to(2), Some(hour(2)));
        caps.settle(id(11), to(3), None);
        assert_eq!(caps.ask(id(12), to(4), hour(2)), Go);
        caps.settle(id(12), to(4), Some(hour(2)));
        caps.settle(id(13), to(1), None);
        assert_eq!(caps.ask(id(14), to(5), hour(3)), DayFull);
        assert_eq!(caps.recipients_today(hour(3)), 3);
        assert_eq!(caps.next_place(hour(3)), Some(hour(25)));
        // With a lower cap the first ones leave no place.
        let lower = |daily| Caps { limits: CapLimits { daily, recipient: None }, ..caps.clone() };
        assert_eq!(lower(Some(2)).next_place(hour(3)), Some(hour(26)));
        assert_eq!(lower(Some(0)).next_place(hour(3)), None);
        // Recipient 1 got the last one at hour 1.
        assert_eq!(caps.ask(id(14), to(5), hour(24)), DayFull);
        assert_eq!(caps.ask(id(14), to(5), hour(25)), Go);
    }

    #[test]
    fn without_caps_everything_goes() {
        let mut caps = Caps::new(CapLimits::default(), []);
        assert!(caps.are_none());
        assert_eq!(caps.ask(id(1), to(1), hour(0)), CapAnswer::Go);
    }
}
