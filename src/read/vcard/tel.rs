//! The numbers of a card: each with its text, its types and its preference.
//!
//! Whether the text is a phone number is left to `prepare::phone`.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use super::property::{Parameters, Property, PropertyName, strip_prefix};
use super::value::{Decoder, plain, unescape};
use crate::read::note::NoteKind;
use crate::read::phone_device::Device;

/// A shorter text (in digits) is not completed by a WhatsApp id.
const SHORTEST_NATIONAL: usize = 6;

/// A number of a card, as its TEL says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Number {
    /// The number as it is written, without `tel:` and `;ext=`.
    pub text: String,
    /// The types in lower case, in the card's order, without `pref`.
    pub types: Vec<String>,
    /// The user's own label (`X-ABLabel`).
    pub label: Option<String>,
    /// From `PREF=`, 1 (most preferred) to 100, or 1 from `type=pref`.
    pub preference: Option<u8>,
    /// The number's WhatsApp id, where the card names it.
    pub wa_id: Option<String>,
}

/// Reads the numbers of a card, each with the label of its group.
pub(super) fn numbers(properties: &[Property<'_>], decoder: &mut Decoder) -> Vec<Number> {
    let labels: Vec<(&[u8], Option<String>)> = properties
        .iter()
        .filter(|one| one.name == PropertyName::Label && !one.group.is_empty())
        .map(|one| (one.group, label(&decoder.name(one, false))))
        .collect();
    let tels = properties.iter().filter(|one| one.name == PropertyName::Tel);
    let numbers = tels.map(|tel| {
        let mut number = Number::read(tel, decoder);
        let label = labels.iter().find(|(group, _)| group.eq_ignore_ascii_case(tel.group));
        let label = label.and_then(|(_, label)| label.clone());
        number.label = label.or_else(|| custom_label(tel.parameters.custom?, decoder));
        number
    });
    numbers.filter(|number| !number.text.is_empty()).collect()
}

/// Decodes the label that Android writes among the parameters of a TEL.
fn custom_label(custom: &[u8], decoder: &mut Decoder) -> Option<String> {
    let (parameters, text) = Parameters::of_custom(custom);
    label(&decoder.text(text, &parameters))
}

impl Number {
    /// Reads a TEL, all but its label.
    fn read(tel: &Property<'_>, decoder: &mut Decoder) -> Self {
        let Parameters { preference, wa_id, charset, ref types, .. } = tel.parameters;
        let value = unescape(&decoder.value(tel));
        let notes = &mut decoder.notes;
        let text = match strip_scheme(&value) {
            Some(uri) => of_uri(uri, notes),
            None => without_parameters(&value, &|part| !is_extension(part), notes),
        };
        let wa_id = wa_id.map(<[u8]>::trim_ascii).filter(|wa_id| !wa_id.is_empty());
        let usable_wa_id = wa_id.filter(|wa_id| is_wa_id(wa_id));
        if usable_wa_id != wa_id {
            notes.push(NoteKind::WaIdLeftOut);
        }
        let types = types.iter().map(|word| decoder.plain(word, charset).to_lowercase());
        Self {
            types: types.filter(|word| !word.contains(char::is_control)).collect(),
            text: text.trim().to_owned(),
            label: None,
            preference,
            wa_id: usable_wa_id.map(|wa_id| plain(wa_id).into_owned()),
        }
    }

    /// Completes a national number with the country of its WhatsApp id, which ends in it.
    pub(super) fn complete_by_wa_id(&mut self) {
        let Some(wa_id) = &self.wa_id else { return };
        let of_phone = |sign: char| sign.is_ascii_digit() || " -./()\u{a0}\u{2011}".contains(sign);
        if !self.text.chars().all(of_phone) {
            return;
        }
        let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
        let (own, wa_id) = (digits(&self.text), digits(wa_id));
        let national = own.trim_start_matches('0');
        if national.len() >= SHORTEST_NATIONAL && wa_id.ends_with(national) {
            self.text = format!("+{wa_id}");
        }
    }

    /// The note on a number that cannot show a card: a fax, a pager, a modem.
    pub(super) fn device_note(&self) -> Option<NoteKind> {
        // As a type, ISDN is a feature of a telephone line.
        let by_type = self.types.iter().filter_map(|word| Device::of_label(word));
        let by_type = by_type.filter(|device| *device != Device::Isdn);
        let by_label = self.label.as_deref().and_then(Device::of_label);
        by_type.chain(by_label).next().map(Device::note)
    }
}

/// The type to show: the label, else the most specific type; empty if there is none.
pub(super) fn shown_type<'a>(label: Option<Cow<'a, str>>, types: &[String]) -> Cow<'a, str> {
    let is_known = |word: &str| types.iter().any(|one| one == word);
    let known = || WORDS.iter().find(|(word, _)| is_known(word)).map(|(_, shown)| *shown);
    let other = || types.iter().find(|word| !FEATURES.contains(&word.as_str()));
    label
        .or_else(|| known().map(Cow::Borrowed))
        .or_else(|| other().map(|word| Cow::Owned(capitalised(word))))
        .unwrap_or_default()
}

/// Joins numbers that are written alike: the first one is kept, with what it lacks from the others.
pub(super) fn join_equal(numbers: &mut Vec<Number>) {
    let mut joined: Vec<Number> = Vec::new();
    for number in numbers.drain(..) {
        match joined.iter_mut().find(|other| other.text == number.text) {
            Some(first) => {
                first.wa_id = first.wa_id.take().or(number.wa_id);
                if first.label.is_none() && shown_type(None, &first.types).is_empty() {
                    (first.label, first.types) = (number.label, number.types);
                }
            }
            None => joined.push(number),
        }
    }
    *numbers = joined;
}

/// Returns whether a WhatsApp id is a number: 8 to 15 digits with separators.
fn is_wa_id(text: &[u8]) -> bool {
    let digits = text.iter().filter(|byte| byte.is_ascii_digit()).count();
    let plain = |byte: &u8| byte.is_ascii_digit() || b"+-. ()".contains(byte);
    (8..=15).contains(&digits) && text.iter().all(plain)
}

/// The types that are shown and their words, the most specific first: a work mobile is a mobile.
const WORDS: [(&str, &str); 10] = [
    ("iphone", "iPhone"),
    ("whatsapp", "WhatsApp"),
    ("cell", "Cell"),
    ("mobile", "Cell"),
    ("main", "Main"),
    ("work", "Work"),
    ("home", "Home"),
    ("car", "Car"),
    ("other", "Other"),
    ("x-other", "Other"),
];

/// Types that are features of a line, and are not shown.
const FEATURES: [&str; 9] =
    ["voice", "msg", "text", "textphone", "video", "internet", "isdn", "bbs", "pcs"];

/// A label as it is shown. Apple's own ones (`_$!<Mobile>!$_`) are unwrapped, a user's is not
/// changed.
pub(super) fn label(text: &str) -> Option<String> {
    let text = unescape(text);
    let inner =
        text.trim_matches('_').strip_prefix("$!<").and_then(|text| text.strip_suffix(">!$"));
    let label = match inner {
        Some(own) => {
            let known = WORDS.iter().find(|(word, _)| word.eq_ignore_ascii_case(own));
            known.map_or_else(|| capitalised(own), |(_, shown)| (*shown).to_owned())
        }
        None => text,
    };
    Some(label).filter(|label| !label.is_empty())
}

/// Returns `Mobil` for `x-mobil`.
fn capitalised(word: &str) -> String {
    let word = word.strip_prefix("x-").unwrap_or(word);
    let mut signs = word.chars();
    signs.next().map_or_else(String::new, |first| first.to_uppercase().chain(signs).collect())
}

fn strip_scheme(text: &str) -> Option<&str> {
    let rest = strip_prefix(text.as_bytes(), b"tel:")?;
    text.get(text.len() - rest.len()..)
}

/// The number of a `tel:` URI (RFC 3966). `;phone-context=` is kept: without it the number is
/// another.
fn of_uri<'a>(uri: &'a str, notes: &mut Vec<NoteKind>) -> Cow<'a, str> {
    let is_context = |part: &str| strip_prefix(part.as_bytes(), b"phone-context=").is_some();
    match without_parameters(uri, &is_context, notes) {
        text if text.contains('%') => {
            Cow::Owned(unescape(&percent_decode_str(&text).decode_utf8_lossy()))
        }
        text => text,
    }
}

fn is_extension(part: &str) -> bool {
    strip_prefix(part.as_bytes(), b"ext=").is_some()
}

/// The text without the `;NAME=VALUE` behind it, but for those that `keep` accepts.
fn without_parameters<'a>(
    text: &'a str,
    keep: &dyn Fn(&str) -> bool,
    notes: &mut Vec<NoteKind>,
) -> Cow<'a, str> {
    if !text.contains(';') {
        return Cow::Borrowed(text);
    }
    let parts = || text.split(';').map(str::trim_start);
    if parts().any(is_extension) {
        notes.push(NoteKind::ExtensionDropped);
    }
    let parts = parts().enumerate().filter(|(index, part)| *index == 0 || keep(part));
    Cow::Owned(parts.map(|(_, part)| part).collect::<Vec<_>>().join(";"))
}

#[cfg(test)]
mod tests {
    use super::super::value::Context;
    use super::*;

    fn read(line: &str) -> (Number, Vec<NoteKind>) {
        let property = Property::parse(line.as_bytes()).unwrap();
        let mut decoder = Decoder { context: Context::default(), notes: Vec::new() };
        (Number::read(&property, &mut decoder), decoder.notes)
    }

    #[test]
    fn text_and_wa_id() {
        let table: [(&str, &str, Option<&str>, &[NoteKind]); 14] = [
            (
                "TEL;VALUE=uri:tel:+254-712-345-678;ext=9",
                "+254-712-345-678",
                None,
                &[NoteKind::ExtensionDropped],
            ),
            ("TEL;VALUE=uri:Tel:+254-712\\;EXT=9", "+254-712", None, &[NoteKind::ExtensionDropped]),
            ("TEL:tel:712;phone-context=+254", "712;phone-context=+254", None, &[]),
            ("TEL: *121# ", "*121#", None, &[]),
            (
                "TEL;waid=254712345678:+254 712 345 678",
                "+254 712 345 678",
                Some("254712345678"),
                &[],
            ),
            ("TEL;waid=\"a;b\":0712", "0712", None, &[NoteKind::WaIdLeftOut]),
            ("TEL;waid=:0712", "0712", None, &[]),
            ("TEL;waid=123:+254712345679", "+254712345679", None, &[NoteKind::WaIdLeftOut]),
            ("TEL;waid=2547123456781234:0712", "0712", None, &[NoteKind::WaIdLeftOut]),
            // Parameters other than the context are not part of the number.
            (
                "TEL;VALUE=URI:TEL:+254712345679;EXT=9;foo=bar",
                "+254712345679",
                None,
                &[NoteKind::ExtensionDropped],
            ),
            ("TEL;VALUE=uri:tel:+254712345679;foo=bar", "+254712345679", None, &[]),
            ("TEL;VALUE=uri:tel:%2B254%20712", "+254 712", None, &[]),
            ("TEL:50%25", "50%25", None, &[]),
            ("TEL:tel:1%", "1%", None, &[]),
        ];
        for (line, text, wa_id, notes) in table {
            let (number, noted) = read(line);
            assert_eq!((number.text.as_str(), number.wa_id.as_deref()), (text, wa_id), "{line}");
            assert_eq!(noted, notes, "{line}");
        }
    }

    #[test]
    fn a_wa_id_that_tells_the_country_is_never_overlooked() {
        for (line, text) in [
            ("TEL;waid=254712345678:0712 345 678", "+254712345678"),
            ("TEL;waid=\"254712345678\":(0712) 345-678", "+254712345678"),
            ("TEL;waid=49151234567:0049 151 234567", "+49151234567"),
            ("TEL;waid=254712345678:254712345678", "+254712345678"),
            ("TEL;waid=5215512345678:55 1234 5678", "+5215512345678"),
            ("TEL;waid=254712345678:+254 712 345 678", "+254 712 345 678"),
            ("TEL;waid=254712345678:0712 345 679", "0712 345 679"),
            ("TEL;waid=254712345678:45678", "45678"),
            ("TEL;waid=254712345678:0712 345 678 x", "0712 345 678 x"),
        ] {
            let (mut number, _) = read(line);
            number.complete_by_wa_id();
            assert_eq!(number.text, text, "{line}");
        }
    }

    #[test]
    fn types_as_shown() {
        let table = [
            ("TEL;CELL;VOICE:1", "Cell"),
            ("TEL;type=IPHONE;type=CELL;type=VOICE:1", "iPhone"),
            ("TEL;WORK;CELL:1", "Cell"),
            ("TEL;VOICE;WORK:1", "Work"),
            ("TEL;TYPE=main:1", "Main"),
            ("TEL;TYPE=VOICE:1", ""),
            ("TEL:1", ""),
            ("TEL;TYPE=x-mobil:1", "Mobil"),
            ("TEL;TYPE=voice,assistant:1", "Assistant"),
        ];
        for (line, shown) in table {
            assert_eq!(shown_type(None, &read(line).0.types), shown, "{line}");
        }
    }

    #[test]
    fn labels() {
        let table = [
            ("_$!<Mobile>!$_", Some("Cell")),
            ("$!<Home>!$", Some("Home")),
            ("_$!<HomeFAX>!$_", Some("HomeFAX")),
            ("_$!<AppleWatch>!$_", Some("AppleWatch")),
            ("_$!<assistant>!$_", Some("Assistant")),
            ("Shop till\\, night", Some("Shop till, night")),
            ("Mobile", Some("Mobile")),
            ("", None),
        ];
        for (text, expected) in table {
            assert_eq!(label(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn devices_are_left_out() {
        const FAX: Option<NoteKind> = Some(NoteKind::Fax);
        const PAGER: Option<NoteKind> = Some(NoteKind::Pager);
        let table = [
            ("TEL;WORK;FAX:1", "", FAX),
            ("TEL;TYPE=homefax:1", "", FAX),
            ("TEL;TYPE=faxhome:1", "", FAX),
            ("TEL;TYPE=fax-work:1", "", FAX),
            ("TEL;X-FAX:1", "", FAX),
            ("TEL;TYPE=WORKPAGER:1", "", PAGER),
            ("TEL;TYPE=\"voice,pager\":1", "", PAGER),
            ("TEL;MODEM:1", "", Some(NoteKind::Modem)),
            ("TEL;HOME:1", "", None),
            ("TEL;VOICE;ISDN:1", "", None),
            ("item1.TEL:1", "_$!<WorkFAX>!$_", FAX),
            ("item1.TEL:1", "_$!<HomeFAX>!$_", FAX),
            ("item1.TEL:1", "Fax (Work)", FAX),
            ("item1.TEL:1", "Home Fax 2", FAX),
            ("item1.TEL:1", "Work Pager", PAGER),
            ("item1.TEL;CELL:1", "Halifax", None),
        ];
        for (line, shown, note) in table {
            let (mut number, _) = read(line);
            number.label = label(shown);
            assert_eq!(number.device_note(), note, "{line} {shown}");
        }
    }
}
