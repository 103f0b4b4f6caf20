//! The form in which a number and a WhatsApp id are compared. A WhatsApp id is the number that the
//! account was registered with, so it can be an old form of the number in a list.

use super::known_changes;
use super::number::PhoneNumber;
use super::unicode::Ascii;
use super::validate::validate;

/// Returns the number under which two forms of one person's number are the same: that of today for
/// an old form (Mexico with `521`, Brazil without the ninth digit, Benin and Côte d'Ivoire with
/// eight digits, Argentina without the `9` of mobile numbers), any other number as it is.
#[must_use]
pub fn canonical(number: &PhoneNumber) -> PhoneNumber {
    match number.as_bytes() {
        [b'2', b'2', b'5' | b'9', ..] | [b'5', b'2' | b'4' | b'5' | b'7', ..] => {
            today(number.as_str()).unwrap_or(*number)
        }
        // No other country has a known change. This is asked for each message.
        _ => *number,
    }
}

fn today(digits: &str) -> Option<PhoneNumber> {
    if let Some((now, _)) = known_changes::rewritten(digits) {
        return PhoneNumber::from_digits(now.as_str());
    }
    known_changes::successor(digits).or_else(|| argentine_mobile(digits))
}

/// Returns a number of Argentina with the `9` that its mobile numbers have in the international
/// form. Without it the digits are the same line, and WhatsApp ids occur in both forms.
fn argentine_mobile(digits: &str) -> Option<PhoneNumber> {
    let national = digits.strip_prefix("54").filter(|national| national.len() == 10)?;
    validate(Ascii::joined(&["549", national]).as_str()).valid_number()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn canonical_of(digits: &str) -> String {
        canonical(&PhoneNumber::from_digits(digits).unwrap()).to_string()
    }

    #[test]
    fn forms_of_one_number_are_the_same() {
        let table = [
            ("5213312345670", "523312345670"),
            ("552187650001", "5521987650001"),
            ("22966123400", "2290166123400"),
            ("22507891200", "2250707891200"),
            ("5703204567891", "573204567891"),
            ("541123456789", "5491123456789"),
        ];
        for (old, today) in table {
            assert_eq!(canonical_of(old), today);
            assert_eq!(canonical_of(today), today);
        }
    }

    #[test]
    fn other_numbers_stay() {
        for digits in [
            "254712345678",
            // A fixed line of Brazil has eight digits still.
            "552133334444",
            // A fixed line of Côte d'Ivoire before 2021: its operator is not known.
            "22521891200",
            "54112345",
            "52",
            "1",
            "999999999999999",
        ] {
            assert_eq!(canonical_of(digits), digits);
        }
    }

    proptest! {
        #[test]
        fn the_form_of_today_has_no_other_one(digits in "(22[59]|5[2457]|[1-9])[0-9]{1,12}") {
            let once = canonical(&PhoneNumber::from_digits(&digits).unwrap());
            prop_assert_eq!(canonical(&once), once);
        }
    }
}
