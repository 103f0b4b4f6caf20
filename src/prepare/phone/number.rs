//! A phone number with its country code. Making one does not check that it exists: `validate` does.

use std::fmt;

/// A phone number with its country code: 1 to 15 ASCII digits without `+`. Small and `Copy`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PhoneNumber {
    digits: [u8; Self::MAX_DIGITS],
    len: u8,
}

impl PhoneNumber {
    /// The most digits of a number, country code included (ITU-T E.164).
    pub const MAX_DIGITS: usize = 15;

    /// Returns the number of 1 to 15 ASCII digits, unchecked; `None` for anything else.
    #[must_use]
    pub fn from_digits(text: &str) -> Option<Self> {
        let mut digits = [0; Self::MAX_DIGITS];
        let len = u8::try_from(text.len()).ok().filter(|&len| len > 0)?;
        digits.get_mut(..text.len())?.copy_from_slice(text.as_bytes());
        text.bytes().all(|b| b.is_ascii_digit()).then_some(Self { digits, len })
    }

    /// The digits, country code first, without `+`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }

    /// A key of 8 bytes, a different one for each phone number: four bits for each digit and for the
    /// length.
    #[must_use]
    pub fn packed(&self) -> u64 {
        let mut bytes = [0; 16];
        bytes[..Self::MAX_DIGITS].copy_from_slice(&self.digits);
        bytes[Self::MAX_DIGITS] = self.len;
        let both = u128::from_le_bytes(bytes);
        packed_half(both as u64) | packed_half((both >> 64) as u64) << 32
    }

    /// The digits as bytes. This costs nothing; [`as_str`](Self::as_str) checks them each time.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.digits[..usize::from(self.len)]
    }
}

/// The low four bits of each byte, in 32 bits.
fn packed_half(bytes: u64) -> u64 {
    let pairs = bytes & 0x0f0f_0f0f_0f0f_0f0f;
    let pairs = (pairs | pairs >> 4) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs | pairs >> 8) & 0x0000_ffff_0000_ffff;
    (fours | fours >> 16) & 0xffff_ffff
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
    fn each_number_has_its_own_key() {
        let packed = |text| PhoneNumber::from_digits(text).unwrap().packed();
        let keys = ["0", "00", "1", "01", "10", "999999999999999"].map(packed);
        let expected = [
            0x1000_0000_0000_0000,
            0x2000_0000_0000_0000,
            0x1000_0000_0000_0001,
            0x2000_0000_0000_0010,
            0x2000_0000_0000_0001,
            0xf999_9999_9999_9999,
        ];
        assert_eq!(keys, expected);
    }

    #[test]
    fn a_number_is_one_to_fifteen_ascii_digits() {
        for good in ["1", "254712345678", "123456789012345"] {
            assert_eq!(PhoneNumber::from_digits(good).unwrap().to_string(), good);
        }
        for bad in ["", "+254712345678", "1234567890123456", "٢٥٤", "12 3"] {
            assert_eq!(PhoneNumber::from_digits(bad), None, "{bad}");
        }
    }
}
