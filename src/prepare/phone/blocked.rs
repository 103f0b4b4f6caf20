//! The numbers that an entry of an opt-out list blocks. A message to somebody who opted out is worse
//! than one that is not sent, so every number that the entry may be is blocked.

use smallvec::SmallVec;

use super::artefacts::MIN_NUMBER_DIGITS;
use super::canonical::canonical;
use super::number::PhoneNumber;
use super::options::{NumberStyle, PhoneCheck, PhoneOptions, Role, Roles};
use super::parse::{ParsedNumber, parse_number};
use super::problem::{PhoneProblem, ProblemKind};
use super::unicode::{self, LETTER};

/// The digits by which an entry that cannot be read blocks.
pub const BLOCKING_DIGITS: usize = 8;

/// At most this many digits beside letters are no number: `list of 2026`.
const MAX_DIGITS_OF_TEXT: usize = 4;

/// The most digits of a number with `000` before it.
const MAX_DIALLED: usize = PhoneNumber::MAX_DIGITS + 3;

/// A number begins with one of this many groups of digits.
const MAX_GROUPS: usize = 32;

/// The most groups of digits of one number.
const MAX_GROUPS_OF_NUMBER: usize = 8;

/// A number is compared with this many others: a quote that is not closed makes one cell of a whole
/// file.
const MAX_COMPARED: usize = 16;

/// The most characters of an entry in which letters are taken for digits.
const MAX_CORRECTED: usize = 60;

/// The numbers that one entry blocks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Blocked {
    /// Every number that the entry may be, in its [`canonical`] form.
    pub numbers: SmallVec<[PhoneNumber; 4]>,
    /// The last digits of numbers that cannot be read.
    pub endings: SmallVec<[Ending; 2]>,
}

/// The last [`BLOCKING_DIGITS`] digits of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Ending([u8; BLOCKING_DIGITS]);

impl Ending {
    /// The ending of a number, if it has that many digits.
    #[must_use]
    pub fn of(number: &PhoneNumber) -> Option<Self> {
        Self::of_digits(number.as_bytes())
    }

    fn of_digits(digits: &[u8]) -> Option<Self> {
        digits.last_chunk().copied().map(Self)
    }
}

/// The error of an entry that has digits, but too few to block a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooShort;

/// Returns what an entry blocks; nothing for a text without a number.
///
/// # Errors
/// When it has too few digits.
pub fn blocked(text: &str, options: &PhoneOptions) -> Result<Blocked, TooShort> {
    let entry = Entry::of(text);
    let mut blocked = Blocked::default();
    if entry.has_only_zeros() {
        return Ok(blocked);
    }
    let options = PhoneOptions { countries: None, doubted: Roles::default(), ..*options };
    match blocked.add_cell(text, &options) {
        Ok(_) => return Ok(blocked),
        // What a spreadsheet has left of it blocks nobody.
        Err(problem) if problem.kind == ProblemKind::Exponent => return Err(TooShort),
        Err(_) => {}
    }
    entry.runs().for_each(|run| blocked.add_run(run, &options));
    // One number whose groups have other signs between them.
    blocked.add_part(&entry.groups, &options);
    if let Some(corrected) = without_lookalikes(text) {
        blocked.add_all(self::blocked(&corrected, &options).unwrap_or_default());
    }
    match blocked == Blocked::default() && !entry.is_text() {
        true => Err(TooShort),
        false => Ok(blocked),
    }
}

/// The characters of an entry as ASCII, in groups of digits.
struct Entry {
    groups: Vec<Group>,
    has_letters: bool,
    is_comment: bool,
}

struct Group {
    digits: Vec<u8>,
    /// True if a `+` stands before it.
    has_plus: bool,
    /// True if a number may begin with it: something else than blanks, hyphens, dots and brackets
    /// stands before it.
    begins: bool,
}

impl Entry {
    fn of(text: &str) -> Self {
        let mut groups: Vec<Group> = Vec::new();
        let (mut in_digits, mut begins, mut has_plus) = (false, true, false);
        let mut has_letters = false;
        for byte in text.chars().filter_map(unicode::ascii_of) {
            if byte.is_ascii_digit() {
                match groups.last_mut().filter(|_| in_digits) {
                    Some(group) => group.digits.push(byte),
                    None => groups.push(Group { digits: vec![byte], has_plus, begins }),
                }
                (in_digits, begins, has_plus) = (true, false, false);
                continue;
            }
            in_digits = false;
            has_letters |= byte.is_ascii_alphabetic() || byte == LETTER;
            has_plus |= byte == b'+';
            begins |= !b" -.()".contains(&byte);
        }
        let is_comment = text.trim_start().starts_with(['#', '/']);
        Self { groups, has_letters, is_comment }
    }

    fn has_only_zeros(&self) -> bool {
        self.groups.iter().flat_map(|group| &group.digits).all(|digit| *digit == b'0')
    }

    /// The runs of groups that may be one number each.
    fn runs(&self) -> impl Iterator<Item = &[Group]> {
        self.groups.chunk_by(|_, next| !next.begins)
    }

    /// Returns whether it is a text whose few digits are no number.
    fn is_text(&self) -> bool {
        let are_few = || self.runs().all(|run| digits_of(run).len() <= MAX_DIGITS_OF_TEXT);
        self.is_comment || (self.has_letters && are_few())
    }
}

fn digits_of(run: &[Group]) -> Vec<u8> {
    run.iter().flat_map(|group| &group.digits).copied().collect()
}

/// The text of the number that the groups are.
fn text_of(run: &[Group]) -> String {
    let plus = if run.first().is_some_and(|first| first.has_plus) { "+" } else { "" };
    let digits = digits_of(run).into_iter().map(char::from);
    plus.chars().chain(digits).collect()
}

/// Returns the text with digits in place of the letters that look like them and stand beside a
/// digit: `07l2`, `O712`.
fn without_lookalikes(text: &str) -> Option<String> {
    let characters: Vec<char> = text.chars().take(MAX_CORRECTED + 1).collect();
    if characters.len() > MAX_CORRECTED {
        return None;
    }
    let mut corrected = characters.clone();
    let is_digit = |at: Option<&char>| {
        at.is_some_and(|c| unicode::ascii_of(*c).is_some_and(|b| b.is_ascii_digit()))
    };
    for at in 0..characters.len() {
        let digit = match characters[at] {
            'l' | 'I' | '|' => '1',
            'O' | 'o' => '0',
            _ => continue,
        };
        if is_digit(characters.get(at + 1)) || (at > 0 && is_digit(corrected.get(at - 1))) {
            corrected[at] = digit;
        }
    }
    (corrected != characters).then(|| corrected.into_iter().collect())
}

impl Blocked {
    fn add(&mut self, number: PhoneNumber) {
        let number = canonical(&number);
        // The usual repetition is that of one reading after the other.
        if !self.numbers.iter().rev().take(MAX_COMPARED).any(|known| *known == number) {
            self.numbers.push(number);
        }
    }

    fn add_ending(&mut self, digits: &[u8]) {
        let Some(ending) = Ending::of_digits(digits) else { return };
        if !self.endings.iter().rev().take(MAX_COMPARED).any(|known| *known == ending) {
            self.endings.push(ending);
        }
    }

    fn add_all(&mut self, other: Self) {
        other.numbers.into_iter().for_each(|number| self.add(number));
        other.endings.iter().for_each(|ending| self.add_ending(&ending.0));
    }

    /// Adds every number that a cell may be. Returns what it is read as in a list.
    fn add_cell(
        &mut self,
        text: &str,
        options: &PhoneOptions,
    ) -> Result<ParsedNumber, PhoneProblem> {
        let read = self.add_reading(text, options);
        if read.is_ok_and(|parsed| parsed.with_sign) {
            return read;
        }
        // A short number that is only possible is hardly anybody's.
        let digits = Entry::of(text).groups;
        let is_short = digits_of(&digits).len() < BLOCKING_DIGITS;
        let check = if is_short { PhoneCheck::Valid } else { PhoneCheck::Possible };
        let options = PhoneOptions { check, ..*options };
        let national = |region| PhoneOptions {
            region: Some(region),
            numbers: NumberStyle::National,
            ..options
        };
        let regions = options.region.into_iter().chain(options.suggest).chain(options.known.iter());
        for region in regions {
            let _ = self.add_reading(text, &national(region));
        }
        let numbers = NumberStyle::International;
        let _ = self.add_reading(text, &PhoneOptions { region: None, numbers, ..options });
        read
    }

    fn add_reading(
        &mut self,
        text: &str,
        options: &PhoneOptions,
    ) -> Result<ParsedNumber, PhoneProblem> {
        let read = parse_number(text, Role::Card, options);
        match &read {
            Ok(parsed) => self.add(parsed.number),
            Err(problem) => {
                problem.candidate.into_iter().chain(problem.other).for_each(|one| self.add(one));
            }
        }
        read
    }

    /// Adds the number that a run of groups is. When it is none, it may be two with blanks between
    /// them, or one with other digits beside it, so each part of it is added.
    fn add_run(&mut self, run: &[Group], options: &PhoneOptions) {
        if self.add_part(run, options) {
            return;
        }
        for begin in 0..run.len().min(MAX_GROUPS) {
            for end in begin + 1..=run.len().min(begin + MAX_GROUPS_OF_NUMBER) {
                self.add_part(&run[begin..end], options);
            }
        }
    }

    /// Adds the number that the groups are, or else their last digits. Returns whether they are one
    /// number.
    fn add_part(&mut self, part: &[Group], options: &PhoneOptions) -> bool {
        let digits = digits_of(part);
        let is_one = (MIN_NUMBER_DIGITS..=MAX_DIALLED).contains(&digits.len())
            && self.add_cell(&text_of(part), options).is_ok();
        if !is_one {
            self.add_ending(&digits);
        }
        is_one
    }
}

#[cfg(test)]
mod tests;
