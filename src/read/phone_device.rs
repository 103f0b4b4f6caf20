//! Fax, pager and other devices that cannot show a contact card, recognised by the label or type of
//! a number. One definition for CSV headers, CSV labels and vCard types.

use super::note::NoteKind;

/// A device with a phone number that cannot show a card.
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

/// The words for each device. Headers are recognised by them as well.
pub(crate) const DEVICE_WORDS: [(&str, Device); 11] = [
    ("fax", Device::Fax),
    ("telefax", Device::Fax),
    ("pager", Device::Pager),
    ("modem", Device::Modem),
    ("telex", Device::Telex),
    ("isdn", Device::Isdn),
    ("tty", Device::Tty),
    ("tdd", Device::Tty),
    ("ttytdd", Device::Tty),
    ("beeper", Device::Pager),
    ("facsimile", Device::Fax),
];

/// The words that are joined to a device's word: `homefax`, `FAXHOME`. Not `car`: Carfax is a
/// place.
const JOINED: [&str; 18] = [
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

    /// The name of the device, for the user.
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

    /// The device that a label or type names: `Work Fax`, `homeFax`, `* Pager`, `faxhome`.
    /// Allocates nothing, because it is called for every number with a label.
    #[must_use]
    pub fn of_label(label: &str) -> Option<Self> {
        label.split(|c: char| !c.is_alphanumeric()).find_map(Self::of_word)
    }

    fn of_word(word: &str) -> Option<Self> {
        // `Fax2`
        let word = word.trim_end_matches(|c: char| c.is_ascii_digit());
        let found =
            DEVICE_WORDS.iter().find(|(name, _)| ends_in(word, name) || begins_with(word, name));
        found.map(|(_, device)| *device)
    }
}

/// Returns `true` if `word` is `name` in any letter case, or ends in it after a lowercase letter
/// (`homeFax`) or after a word that is joined to it.
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
            || is_joined(head)
    };
    tail.eq_ignore_ascii_case(name) && begins_a_word()
}

fn begins_with(word: &str, name: &str) -> bool {
    let parts = word.split_at_checked(name.len());
    parts.is_some_and(|(head, tail)| head.eq_ignore_ascii_case(name) && is_joined(tail))
}

fn is_joined(word: &str) -> bool {
    JOINED.iter().any(|joined| word.eq_ignore_ascii_case(joined))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_found_in_a_label() {
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
