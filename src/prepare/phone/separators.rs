//! A text of digits and separators, read character by character: the digits, what stands in front of
//! them, and the gaps between them.

use super::artefacts::MIN_NUMBER_DIGITS;
use super::normalize::{Gaps, Normalized, Prefix, without_double_zero};
use super::problem::ProblemKind;
use super::unicode::Ascii;
use super::validate;

/// An area code in brackets has at most this many digits.
const MAX_AREA_DIGITS: usize = 5;

/// This many equal signs behind a digit stand for other digits.
const MASKED: usize = 3;

/// The digits of a text, read character by character.
struct Digits {
    all: Ascii,
    prefix: Prefix,
    zero_at: Option<usize>,
    gaps: Gaps,
    /// The number of digits before the first slash that stands behind as many as a number has.
    first_run: Option<usize>,
}

impl Digits {
    fn slash(&mut self) {
        let whole = Some(self.all.len()).filter(|&len| len >= MIN_NUMBER_DIGITS);
        self.first_run = self.first_run.or(whole);
    }

    /// Reads a `+`, in front of the digits, behind a dialled `00`, or at the very end.
    fn plus(&mut self, rest: &str) -> Result<(), ProblemKind> {
        self.prefix = match self.all.as_bytes() {
            b"" => Prefix::Plus,
            b"00" | b"000" => Prefix::International,
            _ if rest.bytes().all(|b| b"+ -.()/".contains(&b)) => match self.prefix {
                Prefix::Plus => Prefix::Plus,
                _ => Prefix::International,
            },
            _ => return Err(ProblemKind::Sign),
        };
        Ok(())
    }

    /// Returns whether the digits on both sides of a slash are as many as a number has.
    fn are_several(&self) -> bool {
        self.first_run.is_some_and(|first| self.all.len() - first >= MIN_NUMBER_DIGITS)
    }
}

/// Normalises a text of digits and separators only; anything else in it is an error.
pub(super) fn without_separators(text: &str) -> Result<Normalized, ProblemKind> {
    let mut digits = Digits {
        all: Ascii::EMPTY,
        prefix: if has_area(text) { Prefix::Area } else { Prefix::None },
        zero_at: None,
        gaps: Gaps { tail: text.ends_with(')'), ..Gaps::default() },
        first_run: None,
    };
    let mut gap = Gap::default();
    let mut rest = text.bytes().enumerate();
    while let Some((at, byte)) = rest.next() {
        match byte {
            b'0'..=b'9' => digits.all.push(byte),
            b'+' => digits.plus(&text[at + 1..])?,
            b'(' if digits.zero_at.is_none()
                && text[at..].starts_with("(0)")
                && is_country_code(digits.prefix == Prefix::Plus, digits.all.as_str()) =>
            {
                digits.zero_at = Some(digits.all.len());
                // Passes over `0)`.
                rest.nth(1);
            }
            b'/' => digits.slash(),
            b'\n' => digits.gaps.lines = true,
            b' ' | b'-' | b'.' | b'(' | b')' => {}
            _ => return Err(ProblemKind::Sign),
        }
        gap = gap.followed_by(byte, &mut digits.gaps);
        if gap.hides_digits() {
            return Err(ProblemKind::Sign);
        }
    }
    if digits.all.len() == 0 {
        return Err(ProblemKind::Missing);
    }
    if digits.are_several() || (digits.gaps.lines && has_two_lines(text)) {
        return Err(ProblemKind::Several);
    }
    let normalized = Normalized::new(digits.all.as_str(), digits.prefix, digits.zero_at);
    Ok(Normalized { gaps: digits.gaps, ..normalized })
}

/// The blanks, hyphens and dots since the last digit.
#[derive(Default)]
struct Gap {
    /// The last two bytes.
    last: [u8; 2],
    /// True if there was a blank.
    has_blank: bool,
    /// The number of times that the last sign was repeated, behind a digit.
    repeated: usize,
}

impl Gap {
    /// The gap after one more byte. A gap with a blank is counted at its first one; a blank beside a
    /// hyphen or dot is a gap as well.
    fn followed_by(self, byte: u8, gaps: &mut Gaps) -> Self {
        let [before, last] = self.last;
        let mut gap = Self { last: [last, byte], ..Self::default() };
        match byte {
            b' ' => {
                gaps.blanks += usize::from(!self.has_blank);
                gaps.tail |= [before, last] == *b" -";
                gap.has_blank = true;
            }
            b'-' | b'.' => {
                gap.has_blank = self.has_blank;
                gap.repeated = match last {
                    b'0'..=b'9' => 1,
                    _ if last == byte && self.repeated > 0 => self.repeated + 1,
                    _ => 0,
                };
            }
            b'/' => gaps.slashes += 1,
            _ => {}
        }
        gap
    }

    /// Returns whether dots, bullets or hyphens stand for digits: `+2547....678`.
    fn hides_digits(&self) -> bool {
        self.repeated >= MASKED
    }
}

/// Returns whether two lines of the text have as many digits as a number each.
fn has_two_lines(text: &str) -> bool {
    let is_long =
        |line: &&str| line.bytes().filter(u8::is_ascii_digit).count() >= MIN_NUMBER_DIGITS;
    text.split('\n').filter(is_long).count() > 1
}

/// Returns whether the text begins with an area code in brackets and digits behind it.
fn has_area(text: &str) -> bool {
    let area = text.strip_prefix('(').and_then(|text| text.split_once(')'));
    area.is_some_and(|(area, rest)| {
        (1..=MAX_AREA_DIGITS).contains(&area.trim().len())
            && area.trim().bytes().all(|b| b.is_ascii_digit())
            && rest.bytes().any(|b| b.is_ascii_digit())
    })
}

/// Returns whether the digits before a `(0)` are a country code, so that it is a trunk zero.
fn is_country_code(plus: bool, digits: &str) -> bool {
    let code = without_double_zero(digits);
    (plus || code.len() < digits.len() || !digits.starts_with('0'))
        && validate::is_calling_code(code)
}
