//! Notes: what was repaired, left out or looks wrong in a row that is used anyway.

/// Defines [`NoteKind`] from one table: each kind with its stable code and its meaning.
macro_rules! note_kinds {
    ($($kind:ident $code:literal $meaning:literal)+) => {
        /// A kind of note. The order is that of the notes on one phone number.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum NoteKind {
            $(#[doc = $meaning] $kind,)+
        }

        impl NoteKind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$kind),+];

            /// The stable code, as in `--summary-json`.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(Self::$kind => $code,)+ }
            }

            /// The meaning of the code: a lowercase fragment for the user.
            #[must_use]
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$kind => $meaning,)+ }
            }
        }
    };
}

note_kinds! {
    // Phone numbers: what was changed, then what looks wrong.
    TrunkZero "trunk_zero" "a trunk zero after the country code was dropped"
    DoubleZero "double_zero" "a leading 00 was read as +"
    Completed "completed" "a national number got the region's country code"
    LostZero "lost_zero" "a national number without its leading zero got the region's country code"
    Spreadsheet "spreadsheet" "marks of a spreadsheet were removed"
    Rewritten "rewritten" "a national form was rewritten as the country is called from abroad"
    FixedLine "fixed_line" "a fixed line, which is rarely on WhatsApp"
    PossibleNotValid "possible_not_valid" "a number of a possible length, but in no known range"
    ExtensionDropped "extension_dropped" "extension dropped from the number"
    Rounded "rounded" "ends in five zeros or more, as where a spreadsheet cut the last digits"

    // Numbers that are left out.
    Fax "fax_left_out" "fax number left out"
    Pager "pager_left_out" "pager number left out"
    Modem "modem_left_out" "modem number left out"
    Telex "telex_left_out" "telex number left out"
    Isdn "isdn_left_out" "ISDN number left out"
    Tty "tty_left_out" "text telephone's number left out"
    PhoneLeftOut "phone_left_out" "a number that cannot be used was left out; the card has others"

    // vCards.
    NoNumber "no_number" "no phone number in the card"
    WaIdLeftOut "wa_id_left_out" "a WhatsApp id that is not a number was left out"
    NumberCutOff "number_cut_off" "number left out because its line is cut off"
    AgentLeftOut "agent_left_out" "card inside the card (AGENT) left out"
    LostEnd "lost_end" "card without END:VCARD was read to its last line"
    NotAProperty "not_a_property" "a line in the card that is no property was left out: a name or note may be cut off before it"
    NameFromN "name_from_n" "name put together from N"
    NameFromNickname "name_from_nickname" "name taken from NICKNAME"
    NameFromOrg "name_from_org" "name taken from ORG"
    NameFromNumber "name_from_number" "name taken from the number"

    // Text encodings.
    CharsetGuessed "charset_guessed" "text without a charset read as Windows-1252"
    CharsetUnknown "charset_unknown" "text in a charset that is not known read as Windows-1252"
    CharsetUntrue "charset_untrue" "text in another charset than it names read as UTF-8 or Windows-1252"
    BrokenBytes "broken_bytes" "bytes that are not text were replaced"
    Windows1252 "read as windows-1252" "not UTF-8: check the names, or give --encoding"

    // Spreadsheets.
    HiddenRow "hidden_row" "a row that the spreadsheet hides was read too"

    // Contacts and recipients.
    OddName "odd_name" "a name that looks wrong: a number, a placeholder, broken characters"
    OwnNumber "own_number" "a card that holds its recipient's own number"
    SameRecipient "same_recipient" "another card to somebody who gets one already"
}

/// Something noticed in a row that is used anyway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Its kind.
    pub kind: NoteKind,
    /// The column, the value as it stood and what was made of it; empty where the kind says all.
    pub detail: String,
}

impl From<NoteKind> for Note {
    fn from(kind: NoteKind) -> Self {
        Self { kind, detail: String::new() }
    }
}

/// A set of kinds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct NoteSet(u64);

const _: () = assert!(NoteKind::ALL.len() <= 64);

impl NoteSet {
    /// Adds a kind.
    pub fn insert(&mut self, kind: NoteKind) {
        self.0 |= 1 << kind as u8;
    }

    /// Removes a kind.
    pub fn remove(&mut self, kind: NoteKind) {
        self.0 &= !(1 << kind as u8);
    }

    /// Returns whether it is in the set.
    #[must_use]
    pub fn contains(self, kind: NoteKind) -> bool {
        self.0 & (1 << kind as u8) != 0
    }

    /// The kinds in it, in the order of [`NoteKind::ALL`].
    pub fn iter(self) -> impl Iterator<Item = NoteKind> {
        let mut bits = self.0;
        std::iter::from_fn(move || {
            let kind = NoteKind::ALL.get(bits.trailing_zeros() as usize)?;
            bits &= bits - 1;
            Some(*kind)
        })
    }
}

impl Extend<NoteKind> for NoteSet {
    fn extend<I: IntoIterator<Item = NoteKind>>(&mut self, kinds: I) {
        kinds.into_iter().for_each(|kind| self.insert(kind));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The codes in `--summary-json`, which programs rely on.
    const CODES: &str = "trunk_zero double_zero completed lost_zero spreadsheet rewritten fixed_line \
        possible_not_valid extension_dropped rounded fax_left_out pager_left_out modem_left_out \
        telex_left_out isdn_left_out tty_left_out phone_left_out no_number wa_id_left_out \
        number_cut_off agent_left_out lost_end not_a_property name_from_n name_from_nickname name_from_org \
        name_from_number charset_guessed charset_unknown charset_untrue broken_bytes hidden_row odd_name \
        own_number same_recipient";

    #[test]
    fn codes_are_stable_and_unique() {
        let windows_1252 = [NoteKind::Windows1252.code()];
        assert_eq!(windows_1252, ["read as windows-1252"]);
        let mut pinned: Vec<&str> = CODES.split_whitespace().chain(windows_1252).collect();
        let mut codes: Vec<&str> = NoteKind::ALL.iter().map(|kind| kind.code()).collect();
        pinned.sort_unstable();
        codes.sort_unstable();
        assert_eq!(codes, pinned);
        codes.dedup();
        assert_eq!(codes.len(), NoteKind::ALL.len());
    }

    #[test]
    fn every_kind_has_a_meaning_of_its_own() {
        let meanings: std::collections::HashSet<&str> =
            NoteKind::ALL.iter().map(|kind| kind.meaning()).collect();
        assert_eq!(meanings.len(), NoteKind::ALL.len());
        assert!(meanings.iter().all(|meaning| !meaning.is_empty() && !meaning.ends_with('.')));
    }

    #[test]
    fn a_set_holds_what_was_inserted_in_the_order_of_the_table() {
        let mut set = NoteSet::default();
        assert_eq!(set.iter().next(), None);
        set.extend([NoteKind::SameRecipient, NoteKind::TrunkZero, NoteKind::TrunkZero]);
        assert_eq!(set.iter().collect::<Vec<_>>(), [NoteKind::TrunkZero, NoteKind::SameRecipient]);
        assert!(set.contains(NoteKind::TrunkZero) && !set.contains(NoteKind::DoubleZero));
    }
}
