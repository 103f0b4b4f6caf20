//! A phone number that was read. Making one does not judge it: that is `judge`'s work.

use std::fmt;

/// A phone number with its country code: 1 to 15 ASCII digits without `+`. Small and `Copy`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PhoneNumber {
    digits: [u8; Self::MOST_DIGITS],
    len: u8,
}

impl PhoneNumber {
    /// No number in the world is longer (ITU E.164).
    pub const MOST_DIGITS: usize = 15;

    /// Takes 1 to 15 ASCII digits as they are; `None` for anything else. It does not judge them.
    #[must_use]
    pub fn from_digits(text: &str) -> Option<Self> {
        let mut digits = [0; Self::MOST_DIGITS];
        let len = u8::try_from(text.len()).ok().filter(|&len| len > 0)?;
        digits.get_mut(..text.len())?.copy_from_slice(text.as_bytes());
        text.bytes().all(|b| b.is_ascii_digit()).then_some(Self { digits, len })
    }

    /// The digits, country code first, without `+`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }

    /// The same as bytes, which costs nothing: a text is made anew each time.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.digits[..usize::from(self.len)]
    }
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PhoneNumber({})", self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::PhoneNumber;

    #[test]
    fn takes_one_to_fifteen_ascii_digits() {
        for good in ["1", "254712345678", "123456789012345"] {
            assert_eq!(PhoneNumber::from_digits(good).unwrap().to_string(), good);
        }
        for bad in ["", "+254712345678", "1234567890123456", "٢٥٤", "12 3"] {
            assert_eq!(PhoneNumber::from_digits(bad), None, "{bad}");
        }
    }
}
