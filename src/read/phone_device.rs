//! Fax, pager and their like: known by a number's label or type, whatever file it stands in.

use super::note::NoteKind;

/// Something with a number of its own that cannot show a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Device {
    /// A fax.
    Fax,
    /// A pager.
    Pager,
    /// A modem.
    Modem,
    /// A telex.
    Telex,
    /// An ISDN data line.
    Isdn,
    /// A text telephone.
    Tty,
}

const DEVICES: [(&str, Device); 9] = [
    ("fax", Device::Fax),
    ("pager", Device::Pager),
    ("modem", Device::Modem),
    ("telex", Device::Telex),
    ("isdn", Device::Isdn),
    ("tty", Device::Tty),
    ("tdd", Device::Tty),
    ("beeper", Device::Pager),
    ("facsimile", Device::Fax),
];

/// What a device's word is written together with: `homefax`, `FAXHOME`. No `car`: Carfax is a place.
const BESIDE: [&str; 18] = [
    "home", "work", "tele", "business", "office", "company", "other", "main", "private", "privat",
    "personal", "mobile", "x", "e", "number", "no", "phone", "line",
];

impl Device {
    /// The note on a number that is left out because it is this device's.
    #[must_use]
    pub fn note(self) -> NoteKind {
        match self {
            Self::Fax => NoteKind::Fax,
            Self::Pager => NoteKind::Pager,
            Self::Modem => NoteKind::Modem,
            Self::Telex => NoteKind::Telex,
            Self::Isdn => NoteKind::Isdn,
            Self::Tty => NoteKind::Tty,
        }
    }

    /// The device in a word, for the user.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Fax => "fax",
            Self::Pager => "pager",
            Self::Modem => "modem",
            Self::Telex => "telex",
            Self::Isdn => "ISDN",
            Self::Tty => "text telephone",
        }
    }

    /// The device that a number's label or type speaks of: `Work Fax`, `homeFax`, `* Pager`,
    /// `faxhome`. Allocates nothing, because it is asked for every labelled number.
    #[must_use]
    pub fn of_label(label: &str) -> Option<Self> {
        label.split(|c: char| !c.is_alphanumeric()).find_map(Self::of_word)
    }

    fn of_word(word: &str) -> Option<Self> {
        // `Fax2`
        let word = word.trim_end_matches(|c: char| c.is_ascii_digit());
        let found = DEVICES.iter().find(|(name, _)| ends_in(word, name) || begins_with(word, name));
        found.map(|(_, device)| *device)
    }
}

/// Whether `word` is `name` in any case, or ends in it behind a small letter (`homeFax`) or one of
/// the words that are written together with it.
fn ends_in(word: &str, name: &str) -> bool {
    let Some((head, tail)) =
        word.len().checked_sub(name.len()).and_then(|at| word.split_at_checked(at))
    else {
        return false;
    };
    let begins_a_word = || {
        head.is_empty()
            || (tail.starts_with(|c: char| c.is_ascii_uppercase())
                && head.ends_with(|c: char| c.is_lowercase()))
            || is_beside(head)
    };
    tail.eq_ignore_ascii_case(name) && begins_a_word()
}

fn begins_with(word: &str, name: &str) -> bool {
    let parts = word.split_at_checked(name.len());
    parts.is_some_and(|(head, tail)| head.eq_ignore_ascii_case(name) && is_beside(tail))
}

fn is_beside(word: &str) -> bool {
    BESIDE.iter().any(|beside| word.eq_ignore_ascii_case(beside))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels() {
        for label in [
            "Work Fax",
            "homeFax",
            "* Fax",
            "FAX",
            "Fax (home)",
            "telefax",
            "Fax prof.",
            "Fax2",
            "Work Fax 2",
            "Homefax",
            "faxhome",
            "FAXWORK",
            "fax-work",
            "x-fax",
            "Bürofax2 Fax",
            "Fax Number",
            "_$!<HomeFAX>!$_",
        ] {
            assert_eq!(Device::of_label(label), Some(Device::Fax), "{label}");
        }
        for label in ["Pager", "Work Pager", "WORKPAGER", "beeper"] {
            assert_eq!(Device::of_label(label), Some(Device::Pager), "{label}");
        }
        assert_eq!(Device::of_label("Modem"), Some(Device::Modem));
        for label in [
            "Mobile",
            "* Work",
            "Halifax",
            "Carfax",
            "",
            "Büro",
            "F\u{301}ax",
            "Fairfax Office",
            "tty5x",
        ] {
            assert_eq!(Device::of_label(label), None, "{label}");
        }
    }
}
