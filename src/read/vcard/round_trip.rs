//! The way through `vcard_parser`: name and numbers are written as a small clean vCard 4.0, and
//! taken as the crate reads them.
//!
//! The crate reads vCard 4.0 only and may drop what it does not understand. So it is given nothing
//! but what a message needs, in the plainest form, and must return exactly that.

use std::borrow::Cow;
use std::fmt::Write as _;

use percent_encoding::percent_decode_str;
use vcard_parser::error::VcardError;
use vcard_parser::parse::encoding::escape;
use vcard_parser::parse::vcard::vcard;
use vcard_parser::traits::{HasName, HasParameters, HasValue};
use vcard_parser::vcard::parameter::Parameter;
use vcard_parser::vcard::property::Property;
use vcard_parser::vcard::value::Value;

use super::card_error::CardError;
use super::tel::Number;

/// A card of more bytes is rejected: it is no contact, and the parser would take long.
const LARGEST: usize = 64 << 10;

/// The parameter for labels.
const LABEL: &str = "X-LABEL";

/// The characters that a parameter cannot hold, and the one that encodes them.
const UNSAFE: [char; 8] = ['"', ';', ':', ',', '\\', '\n', '\t', '%'];

/// Writes name and numbers as a vCard 4.0 and returns what `vcard_parser` reads in it.
///
/// # Errors
///
/// When the card is too long for the parser, or the parser refuses or changes it.
pub(super) fn through_parser(name: &str, numbers: &[Number]) -> Result<Parsed, CardError> {
    let text = write(name, numbers);
    if text.len() > LARGEST {
        return Err(CardError::TooLong);
    }
    let parsed = read(text.as_bytes()).map_err(|_| CardError::Refused)?;
    match parsed.name == name && parsed.numbers == numbers {
        true => Ok(parsed),
        false => Err(CardError::Changed),
    }
}

/// A name and its numbers, as the parser returned them.
#[derive(Debug, Default)]
pub(super) struct Parsed {
    pub(super) name: String,
    pub(super) numbers: Vec<Number>,
}

fn write(name: &str, numbers: &[Number]) -> String {
    let mut text = format!("BEGIN:VCARD\nVERSION:4.0\nFN:{}\n", escaped(name));
    for number in numbers {
        write_number(&mut text, number);
    }
    text.push_str("END:VCARD\n");
    text
}

/// Writing to a `String` cannot fail, so there is no result.
fn write_number(text: &mut String, number: &Number) {
    text.push_str("TEL");
    for (kind, separator) in
        number.types.iter().zip([";TYPE="].into_iter().chain(std::iter::repeat(",")))
    {
        let _ = write!(text, "{separator}{kind}");
    }
    if let Some(preference) = number.preference {
        let _ = write!(text, ";PREF={preference}");
    }
    if let Some(wa_id) = &number.wa_id {
        let _ = write!(text, ";X-WAID={wa_id}");
    }
    if let Some(label) = &number.label {
        let _ = write!(text, ";{LABEL}={}", encoded(label));
    }
    // A text with a colon could be read as a URI, and the parser would rewrite it.
    if number.text.contains(':') {
        text.push_str(";VALUE=TEXT");
    }
    let _ = writeln!(text, ":{}", escaped(&number.text));
}

/// Escapes a value. The crate takes `\\n` for a line end; `\:`, which it drops, separates the
/// backslash from the `n`.
fn escaped(text: &str) -> Cow<'_, str> {
    if !text.contains(['\\', ',', ';', '\n', '\t']) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(escape(text).replace(r"\\", r"\\\:"))
}

/// Percent-encodes a label: `Shop; late` as `Shop%3B late`. A property of its own, as phones write
/// it, would cost the parser as much as all the rest of the card.
fn encoded(label: &str) -> Cow<'_, str> {
    if !label.contains(UNSAFE) {
        return Cow::Borrowed(label);
    }
    let mut encoded = String::with_capacity(label.len() + 16);
    for sign in label.chars() {
        match UNSAFE.contains(&sign) {
            true => drop(write!(encoded, "%{:02X}", u32::from(sign))),
            false => encoded.push(sign),
        }
    }
    Cow::Owned(encoded)
}

/// Parses a card property by property: a `Vcard` would clone each of them several times.
fn read(card: &[u8]) -> Result<Parsed, VcardError> {
    let (_, properties) = vcard(card)?;
    let mut parsed = Parsed::default();
    for property in properties {
        let property = Property::try_from(property)?;
        match (&property, property.get_value()) {
            (Property::PropertyFn(_), Value::ValueText(text)) => {
                parsed.name.clone_from(&text.value)
            }
            (Property::PropertyTel(_), Value::ValueText(text)) => {
                parsed.numbers.push(number(text.value.clone(), &property));
            }
            _ => {}
        }
    }
    Ok(parsed)
}

fn number(text: String, tel: &Property) -> Number {
    let mut number = Number { text, ..Number::default() };
    for parameter in tel.get_parameters() {
        match (&parameter, parameter.get_value()) {
            (Parameter::ParameterType(_), Value::ValueTextList(list)) => {
                number.types.clone_from(&list.value)
            }
            (Parameter::ParameterPref(_), Value::ValueInteger(rank)) => {
                number.preference = u8::try_from(rank.value).ok();
            }
            (Parameter::ParameterXName(_), Value::ValueText(id))
                if parameter.name() == "X-WAID" =>
            {
                number.wa_id = Some(id.value.clone());
            }
            (Parameter::ParameterXName(_), Value::ValueText(label))
                if parameter.name() == LABEL =>
            {
                let decoded = percent_decode_str(&label.value).decode_utf8_lossy();
                number.label = Some(decoded.into_owned());
            }
            _ => {}
        }
    }
    number
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Number {
        Number { text: text.to_owned(), ..Number::default() }
    }

    #[test]
    fn a_card_comes_back_as_it_was_written() {
        let full = Number {
            types: vec!["cell".to_owned(), "费".to_owned()],
            label: Some("Shop; 100% %3B \\night:, \"lâte\"".to_owned()),
            preference: Some(100),
            wa_id: Some("254712345678".to_owned()),
            ..number("+254 712 345 678")
        };
        let names = [
            "Amani",
            "",
            "Otieno, A.; \\ C:\\new\\temp \\",
            "名前",
            "tel:1",
            "\"",
            "=0A",
            "\u{feff}x\u{0}",
        ];
        for name in names {
            for numbers in [
                vec![],
                vec![full.clone(), number("0712"), full.clone()],
                vec![number("tel:0712;phone-context=+254")],
                vec![number("mailto:x"), number("a\\nb")],
            ] {
                let parsed = through_parser(name, &numbers).unwrap();
                assert_eq!((&*parsed.name, parsed.numbers), (name, numbers));
            }
        }
    }

    #[test]
    fn a_card_that_changes_is_an_error() {
        for name in ["two\nlines", "tab\tstop"] {
            assert_eq!(through_parser(name, &[]).unwrap_err(), CardError::Changed, "{name}");
        }
        let odd = Number { types: vec!["a,b".to_owned()], ..number("1") };
        assert_eq!(through_parser("Amani", &[odd]).unwrap_err(), CardError::Changed);
        let long = "x".repeat(LARGEST);
        assert_eq!(through_parser(&long, &[]).unwrap_err(), CardError::TooLong);
    }
}
