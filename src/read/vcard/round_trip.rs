//! One card as `vcard_parser` reads it without fault, and the comparison of what it read.
//!
//! The crate reads vCard 4.0 only, and what it does not understand it may drop without a word. So it
//! is given nothing but what a message needs, in the plainest form, and believed only when exactly
//! that comes back.

use std::borrow::Cow;
use std::fmt::Write as _;

use vcard_parser::parse::encoding::escape;
use vcard_parser::traits::{HasName, HasParameters, HasValue};
use vcard_parser::vcard::Vcard;
use vcard_parser::vcard::parameter::Parameter;
use vcard_parser::vcard::property::Property;
use vcard_parser::vcard::value::Value;

use super::flaw::CardError;
use super::tel::Number;

/// A clean card of more bytes than this is no contact, and would take the parser long.
const LARGEST: usize = 64 << 10;

/// The parameter that a label travels in.
const LABEL: &str = "X-LABEL";

/// What a parameter cannot hold as it is, and the sign that stands for it there.
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
    let card = Vcard::try_from(text.as_str()).map_err(|_| CardError::Refused)?;
    let parsed = read(&card);
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

/// Writing to a `String` cannot fail, hence no result.
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
        let _ = write!(text, ";{LABEL}={}", coded(label));
    }
    // With a colon it could pass for a URI, and the parser would rewrite it.
    if number.text.contains(':') {
        text.push_str(";VALUE=TEXT");
    }
    let _ = writeln!(text, ":{}", escaped(&number.text));
}

/// The crate takes `\\n` for a line end; `\:`, which it drops, keeps the backslash off the `n`.
fn escaped(text: &str) -> Cow<'_, str> {
    if !text.contains(['\\', ',', ';', '\n', '\t']) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(escape(text).replace(r"\\", r"\\\:"))
}

/// A label as a parameter can hold it: `Shop; late` as `Shop%3B late`. A line of its own, as phones
/// write it, would cost the parser as much as all the rest of the card.
fn coded(label: &str) -> Cow<'_, str> {
    if !label.contains(UNSAFE) {
        return Cow::Borrowed(label);
    }
    let mut coded = String::with_capacity(label.len() + 16);
    for sign in label.chars() {
        match UNSAFE.contains(&sign) {
            true => drop(write!(coded, "%{:02X}", u32::from(sign))),
            false => coded.push(sign),
        }
    }
    Cow::Owned(coded)
}

/// The label that a parameter holds.
fn decoded(coded: &str) -> String {
    let mut pieces = coded.split('%');
    let mut label = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let sign = piece.get(..2).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        label.extend(sign.map(char::from));
        label.push_str(piece.get(2..).unwrap_or_default());
    }
    label
}

fn read(card: &Vcard) -> Parsed {
    let mut parsed = Parsed::default();
    for property in card.get_properties() {
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
    parsed
}

fn number(text: String, tel: &Property) -> Number {
    let mut number = Number { text, types: Vec::new(), label: None, preference: None, wa_id: None };
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
                number.label = Some(decoded(&label.value));
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
        Number {
            text: text.to_owned(),
            types: Vec::new(),
            label: None,
            preference: None,
            wa_id: None,
        }
    }

    #[test]
    fn what_goes_in_comes_out() {
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
    fn a_change_is_found() {
        for name in ["two\nlines", "tab\tstop"] {
            assert_eq!(through_parser(name, &[]).unwrap_err(), CardError::Changed, "{name}");
        }
        let odd = Number { types: vec!["a,b".to_owned()], ..number("1") };
        assert_eq!(through_parser("Amani", &[odd]).unwrap_err(), CardError::Changed);
        let long = "x".repeat(LARGEST);
        assert_eq!(through_parser(&long, &[]).unwrap_err(), CardError::TooLong);
    }
}
