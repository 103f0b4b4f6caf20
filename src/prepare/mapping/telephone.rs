//! Number columns: `Mobile Phone`, `Business Phone 2`, `Person - Phone - Work`, `Home Fax`.
//!
//! Such a header says what device it is and of which kind; the kind gives the card's type and the
//! order of the numbers on the card. Somebody else's numbers (`Assistant's Phone`) are no columns of
//! the contact and stay unknown.

use super::header::split_number;
use crate::read::phone_device::Device;

/// What a number column says about its numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kind {
    /// The card's type, when the header tells one.
    pub(super) shown: Option<&'static str>,
    /// The place among the card's numbers: the ones likeliest to be on WhatsApp first.
    pub(super) rank: u8,
}

impl Kind {
    /// A number column that says nothing more.
    pub(super) const PLAIN: Self = Self { shown: None, rank: 2 };
}

/// The kinds by their words.
const KINDS: [(&str, Kind); 13] = [
    ("whatsapp", Kind { shown: Some("WhatsApp"), rank: 0 }),
    ("mobile", Kind { shown: Some("Cell"), rank: 1 }),
    ("cell", Kind { shown: Some("Cell"), rank: 1 }),
    ("cellular", Kind { shown: Some("Cell"), rank: 1 }),
    ("", Kind::PLAIN),
    ("business", Kind { shown: Some("Work"), rank: 3 }),
    ("work", Kind { shown: Some("Work"), rank: 3 }),
    ("home", Kind { shown: Some("Home"), rank: 4 }),
    ("primary", Kind { shown: Some("Main"), rank: 5 }),
    ("main", Kind { shown: Some("Main"), rank: 5 }),
    ("companymain", Kind { shown: Some("Main"), rank: 6 }),
    ("other", Kind { shown: Some("Other"), rank: 7 }),
    ("car", Kind { shown: Some("Car"), rank: 8 }),
];

/// Words for a telephone, the longer ones first so that they are not cut short.
const NOUNS: [&str; 8] = [
    "telephonenumber",
    "telephoneno",
    "phonenumber",
    "phoneno",
    "telephone",
    "telno",
    "phone",
    "tel",
];

/// Words for a fax and its like, as they stand in headers; the longer ones first.
const DEVICE_NOUNS: [(&str, Device); 11] = [
    ("faxnumber", Device::Fax),
    ("faxphone", Device::Fax),
    ("telefax", Device::Fax),
    ("fax", Device::Fax),
    ("pagernumber", Device::Pager),
    ("pager", Device::Pager),
    ("telex", Device::Telex),
    ("isdn", Device::Isdn),
    ("ttytddphone", Device::Tty),
    ("ttytdd", Device::Tty),
    ("tty", Device::Tty),
];

/// A number column of the contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Telephone {
    /// A telephone.
    Number(Kind),
    /// Something else with a number.
    LeftOut(Device),
}

impl Telephone {
    /// Reads a normalised header; `None` when it is no number column of the contact.
    pub(super) fn of_word(word: &str) -> Option<Self> {
        let (base, _) = split_number(word)?;
        let base = base.strip_prefix("person").unwrap_or(base);
        let device = device(base.strip_prefix("phone").unwrap_or(base));
        if let Some(device) = device {
            return Some(Self::LeftOut(device));
        }
        NOUNS
            .iter()
            .find_map(|noun| kind(rest_of(base, noun)?))
            .or_else(|| bare_kind(base))
            .map(Self::Number)
    }
}

/// What is left of a word without the noun at its end or its beginning.
fn rest_of<'w>(word: &'w str, noun: &str) -> Option<&'w str> {
    word.strip_suffix(noun).or_else(|| word.strip_prefix(noun))
}

fn device(word: &str) -> Option<Device> {
    DEVICE_NOUNS
        .iter()
        .find(|(noun, _)| rest_of(word, noun).and_then(kind).is_some())
        .map(|(_, device)| *device)
}

fn kind(word: &str) -> Option<Kind> {
    KINDS.iter().find(|(name, _)| *name == word).map(|(_, kind)| *kind)
}

/// Headers that mean a number without saying "phone": `mobile`, `Cell No`, `WhatsApp number`.
fn bare_kind(word: &str) -> Option<Kind> {
    let bare = word.strip_suffix("number").or_else(|| word.strip_suffix("no")).unwrap_or(word);
    match bare {
        "msisdn" => Some(Kind::PLAIN),
        "whatsapp" | "mobile" | "cell" => kind(bare),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn number_columns() {
        for (word, shown, rank) in [
            ("phone", None, 2),
            ("phonenumber", None, 2),
            ("telephone", None, 2),
            ("tel", None, 2),
            ("msisdn", None, 2),
            ("mobile", Some("Cell"), 1),
            ("cell", Some("Cell"), 1),
            ("whatsapp", Some("WhatsApp"), 0),
            ("mobilephone", Some("Cell"), 1),
            ("mobilephonenumber", Some("Cell"), 1),
            ("mobileno", Some("Cell"), 1),
            ("whatsappphonenumber", Some("WhatsApp"), 0),
            ("whatsappnumber", Some("WhatsApp"), 0),
            ("businessphone", Some("Work"), 3),
            ("businessphone2", Some("Work"), 3),
            ("homephone", Some("Home"), 4),
            ("primaryphone", Some("Main"), 5),
            ("companymainphone", Some("Main"), 6),
            ("otherphone", Some("Other"), 7),
            ("carphone", Some("Car"), 8),
            ("personphonework", Some("Work"), 3),
            ("phonemobile", Some("Cell"), 1),
            ("personphone", None, 2),
        ] {
            let expected = Some(Telephone::Number(Kind { shown, rank }));
            assert_eq!(Telephone::of_word(word), expected, "{word}");
        }
    }

    #[test]
    fn devices_that_show_no_card() {
        for (word, device) in [
            ("fax", Device::Fax),
            ("businessfax", Device::Fax),
            ("homefax", Device::Fax),
            ("otherfax", Device::Fax),
            ("faxnumber", Device::Fax),
            ("phonefax", Device::Fax),
            ("pager", Device::Pager),
            ("telex", Device::Telex),
            ("isdn", Device::Isdn),
            ("ttytddphone", Device::Tty),
        ] {
            assert_eq!(Telephone::of_word(word), Some(Telephone::LeftOut(device)), "{word}");
        }
    }

    #[test]
    fn other_peoples_and_other_things() {
        for word in [
            "assistantsphone",
            "asstphone",
            "callback",
            "radiophone",
            "businessnumber",
            "accountnumber",
            "halifax",
            "phonetic",
            "phoneticfirstname",
            "hotel",
            "work",
            "home",
            "number",
            "no",
            "",
        ] {
            assert_eq!(Telephone::of_word(word), None, "{word}");
        }
    }
}
