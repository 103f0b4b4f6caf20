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

/// The words of other languages, in lower case. They are found anywhere in a label: Chinese and
/// Japanese have no blanks between words, and the others stand in no other word. Headers are not
/// recognised by them.
const FOREIGN_WORDS: [(&str, Device); 79] = [
    ("факс", Device::Fax),
    ("φαξ", Device::Fax),
    ("传真", Device::Fax),
    ("傳真", Device::Fax),
    ("ファックス", Device::Fax),
    ("ファクス", Device::Fax),
    ("ファクシミリ", Device::Fax),
    ("팩스", Device::Fax),
    ("فاكس", Device::Fax),
    ("فکس", Device::Fax),
    ("فیکس", Device::Fax),
    ("نمابر", Device::Fax),
    ("دورنگار", Device::Fax),
    ("פקס", Device::Fax),
    ("โทรสาร", Device::Fax),
    ("แฟกซ์", Device::Fax),
    ("แฟ็กซ์", Device::Fax),
    ("फ़ैक्स", Device::Fax),
    ("फैक्स", Device::Fax),
    ("ফ্যাক্স", Device::Fax),
    ("ֆաքս", Device::Fax),
    ("ფაქს", Device::Fax),
    ("télécop", Device::Fax),
    ("telecopie", Device::Fax),
    ("télefax", Device::Fax),
    ("téléfax", Device::Fax),
    ("telefaks", Device::Fax),
    ("telefacs", Device::Fax),
    ("faxnum", Device::Fax),
    ("faxgerät", Device::Fax),
    ("faxnr", Device::Fax),
    ("bürofax", Device::Fax),
    ("belgegeçer", Device::Fax),
    ("faksimil", Device::Fax),
    ("தொலைநகல்", Device::Fax),
    ("ఫ్యాక్స్", Device::Fax),
    ("ಫ್ಯಾಕ್ಸ್", Device::Fax),
    ("ഫാക്സ്", Device::Fax),
    ("ફેક્સ", Device::Fax),
    ("ਫੈਕਸ", Device::Fax),
    ("ፋክስ", Device::Fax),
    ("пейджър", Device::Pager),
    ("пејџер", Device::Pager),
    ("傳呼", Device::Pager),
    ("尋呼", Device::Pager),
    ("เพจเจอร์", Device::Pager),
    ("पेजर", Device::Pager),
    ("hakulaite", Device::Pager),
    ("csipogó", Device::Pager),
    ("βομβητή", Device::Pager),
    ("זימונית", Device::Pager),
    ("ביפר", Device::Pager),
    ("téléavertisseur", Device::Pager),
    ("personensucher", Device::Pager),
    ("personsøg", Device::Pager),
    ("personsøk", Device::Pager),
    ("çağrı cihaz", Device::Pager),
    ("máy nhắn tin", Device::Pager),
    ("جهاز النداء", Device::Pager),
    ("جهاز نداء", Device::Pager),
    ("пейджер", Device::Pager),
    ("寻呼", Device::Pager),
    ("传呼", Device::Pager),
    ("呼叫器", Device::Pager),
    ("ポケベル", Device::Pager),
    ("ポケットベル", Device::Pager),
    ("ページャー", Device::Pager),
    ("호출기", Device::Pager),
    ("삐삐", Device::Pager),
    ("semafoon", Device::Pager),
    ("personsök", Device::Pager),
    ("buscapersonas", Device::Pager),
    ("cercapersone", Device::Pager),
    ("funkruf", Device::Pager),
    ("модем", Device::Modem),
    ("モデム", Device::Modem),
    ("télex", Device::Telex),
    ("телекс", Device::Telex),
    ("电传", Device::Telex),
];

/// Words of other languages that count only as a whole.
const FOREIGN_WHOLE_WORDS: [(&str, Device); 11] = [
    ("tlx", Device::Telex),
    ("faks", Device::Fax),
    ("faksi", Device::Fax),
    ("fakss", Device::Fax),
    ("faksas", Device::Fax),
    ("faksnummer", Device::Fax),
    ("faxi", Device::Fax),
    ("facs", Device::Fax),
    ("faxe", Device::Fax),
    ("bipeur", Device::Pager),
    ("piepser", Device::Pager),
];

/// The words that are joined to a device's word: `homefax`, `FAXHOME`. Not `car`: Carfax is a
/// place.
const JOINED: [&str; 30] = [
    "番号",
    "号码",
    "號碼",
    "번호",
    "会社",
    "自宅",
    "勤務先",
    "公司",
    "家庭",
    "办公",
    "회사",
    "집",
    "home",
    "work",
    "tele",
    "business",
    "office",
    "company",
    "other",
    "main",
    "private",
    "privat",
    "personal",
    "mobile",
    "x",
    "e",
    "number",
    "no",
    "phone",
    "line",
];

/// The usual words of labels and types, which name no device. They are looked at first, because most
/// labels consist of them.
const USUAL_WORDS: [&str; 12] = [
    "cell", "voice", "pref", "home", "work", "mobile", "", "internet", "main", "other", "msg",
    "iphone",
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
        let of_words = label.split(|c: char| !c.is_alphanumeric()).find_map(Self::of_word);
        // Some signs of Hindi and Thai words are neither letters nor digits.
        of_words.or_else(|| (!label.is_ascii()).then(|| Self::in_text(label)).flatten())
    }

    /// The device of another language's word anywhere in a text.
    fn in_text(text: &str) -> Option<Self> {
        FOREIGN_WORDS.iter().find(|(name, _)| holds(text, name)).map(|(_, device)| *device)
    }

    fn of_word(word: &str) -> Option<Self> {
        if USUAL_WORDS.iter().any(|usual| word.eq_ignore_ascii_case(usual)) {
            return None;
        }
        Self::of_unusual_word(word)
    }

    fn of_unusual_word(word: &str) -> Option<Self> {
        // `Fax2`
        let word = word.trim_end_matches(|c: char| c.is_ascii_digit());
        let found =
            DEVICE_WORDS.iter().find(|(name, _)| ends_in(word, name) || begins_with(word, name));
        found.map(|(_, device)| *device).or_else(|| Self::of_foreign_word(word))
    }

    fn of_foreign_word(word: &str) -> Option<Self> {
        let whole = FOREIGN_WHOLE_WORDS.iter().find(|(name, _)| word.eq_ignore_ascii_case(name));
        // The usual types (`cell`, `voice`) are shorter than every ASCII word.
        let may_be = !word.is_ascii() || word.len() >= 5;
        let whole = whole.map(|(_, device)| *device);
        whole.or_else(|| may_be.then(|| Self::in_text(word)).flatten())
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

/// Returns whether `name` (in lower case) stands in `word` in any letter case.
fn holds(word: &str, name: &str) -> bool {
    let small = |text: &str, name: &str| {
        let mut signs = text.chars().flat_map(char::to_lowercase);
        name.chars().all(|sign| signs.next() == Some(sign))
    };
    word.char_indices().any(|(at, _)| small(&word[at..], name))
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
    fn the_usual_words_are_no_device_without_the_short_way_either() {
        for word in USUAL_WORDS {
            assert_eq!(Device::of_unusual_word(word), None, "{word}");
        }
    }

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
        for label in [
            "Факс",
            "РАБОЧИЙ ФАКС",
            "Факс2",
            "公司传真",
            "公司傳真號碼",
            "FAX番号",
            "公司FAX",
            "会社ファックス",
            "팩스번호",
            "Télécopieur",
            "TÉLÉCOPIE",
            "telecopie",
            "Faxnummer (Büro)",
            "Bürofax",
            "faks",
            "Φαξ",
            "فاكس",
            "פקס",
            "โทรสาร",
        ] {
            assert_eq!(Device::of_label(label), Some(Device::Fax), "{label}");
        }
        for label in
            ["Belgegeçer", "Faksimile", "தொலைநகல்", "ఫ్యాక్స్", "ഫാക്സ് 2", "ፋክስ", "ਫੈਕਸ", "फ़ैक्स", "แฟกซ์"]
        {
            assert_eq!(Device::of_label(label), Some(Device::Fax), "{label}");
        }
        for label in [
            "Пейджер",
            "Personsøger",
            "Csipogó",
            "傳呼機",
            "เพจเจอร์",
            "पेजर",
            "Βομβητής",
            "Çağrı cihazı",
            "Máy nhắn tin",
        ] {
            assert_eq!(Device::of_label(label), Some(Device::Pager), "{label}");
        }
        assert_eq!(Device::of_label("tlx"), Some(Device::Telex));
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
            "Мобильный",
            "手机",
            "Telefon",
            "Téléphone",
        ] {
            assert_eq!(Device::of_label(label), None, "{label}");
        }
    }
}
