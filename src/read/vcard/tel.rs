//! What a TEL says: the number's text, its types in the field's words, which one comes first.
//!
//! Whether the text is a number is left to `prepare::phone`.

use std::borrow::Cow;

use super::property::{Parameters, strip_prefix};
use super::value::{plain, unescape};
use crate::read::note::NoteKind;
use crate::read::phone_device::Device;

/// One number of a card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number {
    /// The number as it is written, without `tel:` and `;ext=`.
    pub text: String,
    /// The types as lower-case words, in the card's order; `pref` is not among them.
    pub types: Vec<String>,
    /// The user's own name for the number (`X-ABLabel`).
    pub label: Option<String>,
    /// 1 to 100, the smaller the better: from `PREF=` or, as 1, from `type=pref`.
    pub preference: Option<u8>,
    /// The number's WhatsApp id, where the card names it.
    pub wa_id: Option<String>,
}

impl Number {
    /// Reads a TEL from its decoded value; types and label are decoded apart.
    ///
    /// Notes what was left out of it.
    pub(super) fn read(
        value: &str,
        parameters: &Parameters<'_>,
        notes: &mut Vec<NoteKind>,
    ) -> Self {
        let value = unescape(value);
        let text = match strip_scheme(&value) {
            Some(uri) => of_uri(uri, notes),
            None => without_parameters(&value, &|part| !is_extension(part), notes),
        };
        let wa_id = parameters.wa_id.map(<[u8]>::trim_ascii).unwrap_or_default();
        let odd = !wa_id.is_empty() && !is_wa_id(wa_id);
        if odd {
            notes.push(NoteKind::WaIdLeftOut);
        }
        Self {
            text: text.trim().to_owned(),
            types: Vec::new(),
            label: None,
            preference: parameters.preference,
            wa_id: (!odd && !wa_id.is_empty()).then(|| plain(wa_id).into_owned()),
        }
    }

    /// The note of a number that no message can use: a fax, a pager, a modem.
    pub(super) fn left_out(&self) -> Option<NoteKind> {
        // As a type, ISDN says what else a telephone line can do.
        let by_type = self.types.iter().filter_map(|word| Device::of_label(word));
        let by_type = by_type.filter(|device| *device != Device::Isdn);
        let by_label = self.label.as_deref().and_then(Device::of_label);
        by_type.chain(by_label).next().map(Device::note)
    }

    /// The type as a card shows it: the label, else the word that says most; empty when none does.
    #[must_use]
    pub fn shown_type(&self) -> Cow<'static, str> {
        if let Some(label) = &self.label {
            return Cow::Owned(label.clone());
        }
        let has = |word: &str| self.types.iter().any(|one| one == word);
        if let Some((_, shown)) = WORDS.iter().find(|(word, _)| has(word)) {
            return Cow::Borrowed(shown);
        }
        let telling = self.types.iter().find(|word| !SILENT.contains(&word.as_str()));
        telling.map_or(Cow::Borrowed(""), |word| Cow::Owned(capitalised(word)))
    }
}

/// Makes one of numbers that are written alike: the first, with what it lacks from the others.
pub(super) fn join_equal(numbers: &mut Vec<Number>) {
    let mut joined: Vec<Number> = Vec::new();
    for number in numbers.drain(..) {
        match joined.iter_mut().find(|other| other.text == number.text) {
            Some(first) => {
                first.wa_id = first.wa_id.take().or(number.wa_id);
                if first.shown_type().is_empty() {
                    (first.label, first.types) = (number.label, number.types);
                }
            }
            None => joined.push(number),
        }
    }
    *numbers = joined;
}

/// 8 to 15 digits, as people part them.
fn is_wa_id(text: &[u8]) -> bool {
    let digits = text.iter().filter(|byte| byte.is_ascii_digit()).count();
    let plain = |byte: &u8| byte.is_ascii_digit() || b"+-. ()".contains(byte);
    (8..=15).contains(&digits) && text.iter().all(plain)
}

/// The field's words, the one that says most first: a work mobile is a mobile.
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

/// Types that say what a line can do, not whose it is.
const SILENT: [&str; 9] =
    ["voice", "msg", "text", "textphone", "video", "internet", "isdn", "bbs", "pcs"];

/// What Apple's own labels (`_$!<Mobile>!$_`) are called; a user's label is nobody's to change.
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

/// `x-mobil` as `Mobil`.
fn capitalised(word: &str) -> String {
    let word = word.strip_prefix("x-").unwrap_or(word);
    let mut signs = word.chars();
    signs.next().map_or_else(String::new, |first| first.to_uppercase().chain(signs).collect())
}

fn strip_scheme(text: &str) -> Option<&str> {
    let rest = strip_prefix(text.as_bytes(), b"tel:")?;
    text.get(text.len() - rest.len()..)
}

/// The number of a `tel:` URI. `;phone-context=` makes it another number, which is not ours to drop.
fn of_uri<'a>(uri: &'a str, notes: &mut Vec<NoteKind>) -> Cow<'a, str> {
    let is_context = |part: &str| strip_prefix(part.as_bytes(), b"phone-context=").is_some();
    match without_parameters(uri, &is_context, notes) {
        text if text.contains('%') => Cow::Owned(percent_decoded(&text)),
        text => text,
    }
}

fn is_extension(part: &str) -> bool {
    strip_prefix(part.as_bytes(), b"ext=").is_some()
}

/// The text without those `;NAME=VALUE` behind it that are not to be kept.
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

/// `%2B` as `+`; a lone `%` stays.
fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, behind @ ..] = rest {
        let hex = behind.get(..2).filter(|_| *first == b'%');
        let hex = hex.and_then(|hex| std::str::from_utf8(hex).ok());
        let byte = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &behind[2..] } else { behind };
    }
    unescape(&plain(&bytes))
}

#[cfg(test)]
mod tests {
    use super::super::property::Property;
    use super::*;

    fn read(line: &str) -> (Number, Vec<NoteKind>) {
        let property = Property::parse(line.as_bytes()).unwrap();
        let value = std::str::from_utf8(property.value).unwrap();
        let mut notes = Vec::new();
        let mut number = Number::read(value, &property.parameters, &mut notes);
        let types = property.parameters.types.iter();
        number.types = types.map(|word| plain(word).to_lowercase()).collect();
        (number, notes)
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
            // Global numbers need no context, and the others are nothing that is dialled.
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
            assert_eq!(read(line).0.shown_type(), shown, "{line}");
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
    fn machines_are_left_out() {
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
            assert_eq!(number.left_out(), note, "{line} {shown}");
        }
    }
}
