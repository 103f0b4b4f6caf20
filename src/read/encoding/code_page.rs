//! The code pages of MS-DOS, which a spreadsheet writes as "CSV (MS-DOS)".
//!
//! They are no encodings of the web, so `encoding_rs` does not know them; one byte is one character.

use std::fmt;

use oem_cp::code_table::DECODING_TABLE_CP_MAP;
use oem_cp::code_table_type::TableType;

/// The words before the number of a code page.
const PREFIXES: [&str; 6] = ["msdos", "csibm", "ibm", "dos", "oem", "cp"];

/// A code page of MS-DOS.
#[derive(Clone, Copy)]
pub struct CodePage {
    table: &'static TableType,
    name: &'static str,
}

/// The names of the code pages, as they are shown.
const NAMES: [(u16, &str); 16] = [
    (437, "cp437"),
    (720, "cp720"),
    (737, "cp737"),
    (775, "cp775"),
    (850, "cp850"),
    (852, "cp852"),
    (855, "cp855"),
    (857, "cp857"),
    (858, "cp858"),
    (860, "cp860"),
    (861, "cp861"),
    (862, "cp862"),
    (863, "cp863"),
    (864, "cp864"),
    (865, "cp865"),
    (869, "cp869"),
];

impl CodePage {
    /// The code page that programs call by this name: `cp850`, `IBM-850`, `850`.
    pub(super) fn named(name: &str) -> Option<Self> {
        let letters = name.chars().filter(char::is_ascii_alphanumeric);
        let word: String = letters.map(|letter| letter.to_ascii_lowercase()).collect();
        let number = PREFIXES.iter().find_map(|prefix| word.strip_prefix(prefix)).unwrap_or(&word);
        let number = number.parse().ok()?;
        let (_, name) = NAMES.iter().find(|(known, _)| *known == number)?;
        Some(Self { table: DECODING_TABLE_CP_MAP.get(&number)?, name })
    }

    /// Its name: `cp850`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.name
    }

    /// The character of a byte; U+FFFD where it has none.
    pub(super) fn character(self, byte: u8) -> char {
        if byte.is_ascii() {
            return char::from(byte);
        }
        let at = usize::from(byte & 0x7F);
        match self.table {
            TableType::Complete(table) => table[at],
            TableType::Incomplete(table) => table[at].unwrap_or(char::REPLACEMENT_CHARACTER),
        }
    }
}

impl PartialEq for CodePage {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for CodePage {}

impl fmt::Debug for CodePage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_page_is_named_by_its_number() {
        for (name, known) in [
            ("cp437", Some("cp437")),
            ("IBM850", Some("cp850")),
            ("ibm-852", Some("cp852")),
            ("850", Some("cp850")),
            ("CP_858", Some("cp858")),
            ("dos-860", Some("cp860")),
            ("cp1252", None),
            ("cp", None),
            ("latin1", None),
            ("", None),
        ] {
            assert_eq!(CodePage::named(name).map(CodePage::name), known, "{name}");
        }
    }

    #[test]
    fn every_code_page_is_there_and_reads_ascii_as_it_is() {
        for (number, name) in NAMES {
            let page = CodePage::named(&number.to_string()).unwrap();
            assert_eq!(page.name(), name);
            assert!((b' '..=b'~').all(|byte| page.character(byte) == char::from(byte)), "{name}");
        }
    }

    #[test]
    fn the_letters_of_names_are_read() {
        for (name, bytes, text) in [
            ("cp437", &b"Jos\x82 J\x81rgen \xA4"[..], "José Jürgen ñ"),
            ("cp850", b"\xB5gnes \xE5 \x9B", "Ágnes Õ ø"),
            ("cp852", b"\xA9ukasz", "ęukasz"),
            ("cp857", b"\xE7", "\u{fffd}"),
        ] {
            let page = CodePage::named(name).unwrap();
            let read: String = bytes.iter().map(|byte| page.character(*byte)).collect();
            assert_eq!(read, text, "{name}");
        }
    }
}
