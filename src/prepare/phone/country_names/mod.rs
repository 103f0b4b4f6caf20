//! Countries as lists write them: ISO codes, names in many languages, calling codes.
//!
//! `names.tsv` is made from CLDR by `generate.py`; `other_names.tsv` is written by hand. A text is
//! compared by its letters alone: case, accents, blanks and signs make no difference.

use std::fmt::Write as _;
use std::sync::LazyLock;

use hashbrown::HashMap;
use smallvec::SmallVec;
use unicode_normalization::UnicodeNormalization;

use super::region::Region;

const TABLES: [&str; 2] = [include_str!("names.tsv"), include_str!("other_names.tsv")];

/// Names that stand for several countries, although CLDR gives some of them to one.
const SEVERAL: [(&[&str], &[&str]); 3] = [
    (&["Congo", "Kongo"], &["CD", "CG"]),
    (&["Guinea", "Guinée", "Guiné", "Gine"], &["GN", "GQ", "GW"]),
    (&["Korea", "Corea", "Corée"], &["KP", "KR"]),
];

/// The longest text that is read: longer than any name, and short enough for a word on the stack.
const LONGEST: usize = 160;

/// The country that a text names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CountryText {
    /// One country, by its code or a name.
    Region(Region),
    /// A calling code: its main country. What stands beside it is a national number.
    CallingCode(Region),
    /// The name of several countries.
    Several,
    /// No country that is known.
    Unknown,
}

impl CountryText {
    /// Reads a text: `KE`, `KEN`, `Kenya`, `254`, `+254`, `Kenya (+254)`.
    #[must_use]
    pub fn read(text: &str) -> Self {
        if let Some(region) = calling_code(text) {
            return Self::CallingCode(region);
        }
        if text.len() > LONGEST {
            return Self::Unknown;
        }
        match named(text) {
            Self::Unknown => in_parts(text),
            found => found,
        }
    }

    /// The country, if there is exactly one.
    #[must_use]
    pub fn region(self) -> Option<Region> {
        match self {
            Self::Region(region) | Self::CallingCode(region) => Some(region),
            Self::Several | Self::Unknown => None,
        }
    }
}

/// Returns the countries that a name stands for when it stands for several: `CD or CG`.
#[must_use]
pub fn several(text: &str) -> Option<String> {
    let word = word(text);
    let is_named = |names: &[&str]| names.iter().any(|name| self::word(name) == word);
    let (_, codes) = SEVERAL.iter().find(|(names, _)| is_named(names))?;
    Some(codes.join(" or "))
}

/// Returns the English name of a region: the first one of CLDR's table behind the codes.
#[must_use]
pub(super) fn english(region: Region) -> Option<&'static str> {
    let code = region.to_string();
    let mut lines = TABLES[0].lines().map(|line| line.split('\t'));
    let mut names = lines.find_map(|mut names| (names.next()? == code).then_some(names))?;
    names.find(|name| name.chars().any(char::is_lowercase))
}

/// Returns the country to suggest for a text that names none: `Kenya`, with its code.
#[must_use]
pub fn nearest(text: &str) -> Option<(&'static str, Region)> {
    let word = word(text);
    let allowed = word.chars().count() / 4;
    let names = TABLE.names.iter().filter(|(name, ..)| name.chars().count() > 3);
    let distance = |name: &str| strsim::osa_distance(&word, name);
    names
        .map(|(name, shown, region)| (distance(name), *shown, *region))
        .filter(|(distance, ..)| *distance <= allowed)
        .min_by_key(|(distance, ..)| *distance)
        .map(|(_, shown, region)| (shown, region))
}

/// The tables, by word.
struct Table {
    by_word: HashMap<Box<str>, CountryText>,
    /// Each word with the name as it stands in the table.
    names: Vec<(Box<str>, &'static str, Region)>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut table = Table { by_word: HashMap::new(), names: Vec::new() };
    for line in TABLES.iter().flat_map(|text| text.lines()) {
        let mut names = line.split('\t');
        let Some(region) = names.next().and_then(Region::of_code) else { continue };
        table.add(&region.to_string(), region);
        for name in names {
            table.add(name, region);
            table.names.push((word(name), name, region));
        }
    }
    for name in SEVERAL.iter().flat_map(|(names, _)| *names) {
        table.by_word.insert(word(name), CountryText::Several);
    }
    table
});

impl Table {
    fn add(&mut self, name: &str, region: Region) {
        let one = CountryText::Region(region);
        let known = self.by_word.entry(word(name)).or_insert(one);
        if *known != one {
            *known = CountryText::Several;
        }
    }
}

/// The letters of a text in lower case, without accents; a flag is its two letters.
fn word(text: &str) -> Box<str> {
    letters(text).collect::<String>().into_boxed_str()
}

fn letters(text: &str) -> impl Iterator<Item = char> {
    // The accents of Latin, Greek and Cyrillic. The vowel signs of other scripts are letters.
    let is_accent = |c: &char| ('\u{300}'..='\u{36f}').contains(c);
    let is_letter = |c: &char| c.is_alphanumeric();
    text.nfd()
        .filter(move |c| !is_accent(c))
        .map(|c| letter_of_flag(c).unwrap_or(c))
        .filter(is_letter)
        .flat_map(char::to_lowercase)
}

/// The letter of a regional indicator symbol, two of which are a flag.
fn letter_of_flag(c: char) -> Option<char> {
    let at = u32::from(c).checked_sub(0x1f1e6).filter(|at| *at < 26)?;
    char::from_u32(u32::from('a') + at)
}

/// Looks a text up as a whole. Allocates nothing.
fn named(text: &str) -> CountryText {
    let mut word: SmallVec<[u8; LONGEST]> = SmallVec::new();
    if text.is_ascii() {
        let letters = text.bytes().filter(u8::is_ascii_alphanumeric);
        word.extend(letters.map(|byte| byte.to_ascii_lowercase()));
    } else {
        letters(text).for_each(|c| word.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()));
    }
    let word = std::str::from_utf8(&word).unwrap_or_default();
    TABLE.by_word.get(word).copied().unwrap_or(CountryText::Unknown)
}

/// Reads a text with a calling code beside a name or a code: `Kenya (+254)`, `KE +254`. Both must
/// be of the same country.
fn in_parts(text: &str) -> CountryText {
    let digits = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '(' | ')' | ' ');
    let (name, code) = match text.trim_start().starts_with(digits) {
        true => {
            let at = text.find(|c| !digits(c)).unwrap_or(text.len());
            (&text[at..], &text[..at])
        }
        false => text.split_at(text.trim_end_matches(digits).len()),
    };
    let (Some(code), Some(region)) = (calling_code(code), named(name).region()) else {
        return CountryText::Unknown;
    };
    match code.calling_code() == region.calling_code() {
        true => CountryText::CallingCode(region),
        false => CountryText::Unknown,
    }
}

/// The main country of a calling code: `254`, `+254`, `00254`, `'254`, `254.0`.
fn calling_code(text: &str) -> Option<Region> {
    let is_mark = |c: char| c.is_whitespace() || matches!(c, '\'' | '"' | '(' | ')' | '=');
    let text = text.trim_matches(is_mark);
    let text = text.strip_suffix(".0").unwrap_or(text);
    let digits = text.strip_prefix(['+', '＋']).or_else(|| text.strip_prefix("00")).unwrap_or(text);
    let digits = digits.trim_start();
    match digits.len() {
        1..=3 => Region::of_calling_code(digits),
        _ => None,
    }
}

/// Shows a text that names no country, with what to write: a fragment behind the text.
#[must_use]
pub fn why_unknown(text: &str) -> String {
    if let Some(codes) = several(text) {
        return format!("is the name of several countries; write {codes}");
    }
    let mut why = String::from("is no country that is known; ");
    let _ = match nearest(text) {
        Some((name, region)) => write!(why, "did you mean {name} ({region})?"),
        None => write!(why, "write its two letters, like KE for Kenya"),
    };
    why
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        match CountryText::read(text) {
            CountryText::Region(region) => region.to_string(),
            CountryText::CallingCode(region) => format!("+{region}"),
            CountryText::Several => "several".to_owned(),
            CountryText::Unknown => "unknown".to_owned(),
        }
    }

    #[test]
    fn every_country_has_an_english_name() {
        for (code, name) in [("KE", "Kenya"), ("DE", "Germany"), ("CI", "Côte d’Ivoire")] {
            assert_eq!(code.parse::<Region>().unwrap().name(), name);
        }
        let codes = TABLES[0].lines().filter(|line| !line.starts_with('#'));
        let regions = codes.filter_map(|line| Region::of_code(line.split('\t').next()?));
        let unnamed: Vec<_> = regions.filter(|one| one.name() == one.to_string()).collect();
        assert!(unnamed.is_empty(), "{unnamed:?}");
    }

    #[test]
    fn a_country_is_named_by_its_code_or_in_many_languages() {
        for (text, country) in [
            ("KE", "KE"),
            (" ke ", "KE"),
            ("KEN", "KE"),
            ("Kenya", "KE"),
            ("KENIA", "KE"),
            ("肯尼亚", "KE"),
            ("كينيا", "KE"),
            ("केन्या", "KE"),
            ("🇰🇪", "KE"),
            ("UK", "GB"),
            ("U.S.A.", "US"),
            ("Etats-Unis", "US"),
            ("Côte d’Ivoire", "CI"),
            ("Cote d'Ivoire", "CI"),
            ("Ivory Coast", "CI"),
            ("Congo - Kinshasa", "CD"),
            ("RD Congo", "CD"),
            ("Guinea-Bissau", "GW"),
            ("Österreich", "AT"),
            ("Osterreich", "AT"),
            ("Suomi", "FI"),
            ("Ελλάδα", "GR"),
            ("ประเทศไทย", "unknown"),
            ("ไทย", "TH"),
            ("Tanzania, United Republic of", "TZ"),
            ("Trinidad & Tobago", "TT"),
            ("Turkey", "TR"),
            ("Türkiye", "TR"),
            ("Congo", "several"),
            ("GUINEA", "several"),
            ("Guinée", "several"),
            ("टोगो", "TG"),
            ("टोंगा", "TO"),
            ("Nairobi", "unknown"),
            ("Kenyan", "unknown"),
            ("", "unknown"),
            ("AQ", "unknown"),
            ("EU", "unknown"),
        ] {
            assert_eq!(read(text), country, "{text}");
        }
    }

    #[test]
    fn a_calling_code_names_its_main_country() {
        for (text, country) in [
            ("254", "+KE"),
            ("+254", "+KE"),
            ("'+254", "+KE"),
            ("00254", "+KE"),
            ("254.0", "+KE"),
            ("(+1)", "+US"),
            ("7", "+RU"),
            ("Kenya (+254)", "+KE"),
            ("+254 Kenya", "+KE"),
            ("KE +254", "+KE"),
            ("Canada +1", "+CA"),
            ("Kenya (+255)", "unknown"),
            ("1-876", "unknown"),
            ("870", "unknown"),
            ("999", "unknown"),
            ("0", "unknown"),
            ("25", "unknown"),
            ("254712345678", "unknown"),
        ] {
            assert_eq!(read(text), country, "{text}");
        }
    }

    #[test]
    fn every_code_of_the_table_is_its_country() {
        let mut countries = 0;
        for line in TABLES[0].lines().skip(1) {
            let code = line.split('\t').next().unwrap();
            let Some(region) = Region::of_code(code) else { continue };
            assert_eq!(CountryText::read(code), CountryText::Region(region));
            countries += 1;
        }
        assert!(countries > 240, "{countries} countries");
        assert!(TABLES[0].starts_with("# CLDR 49, from Babel 2.19.0"));
    }

    #[test]
    fn only_the_names_of_several_countries_name_none() {
        let mut several: Vec<&str> = TABLE
            .by_word
            .iter()
            .filter(|(_, country)| **country == CountryText::Several)
            .map(|(word, _)| &**word)
            .collect();
        several.sort_unstable();
        assert_eq!(
            several,
            ["congo", "corea", "coree", "gine", "guine", "guinea", "guinee", "kongo", "korea"]
        );
    }

    #[test]
    fn the_reason_says_what_to_write() {
        for (text, reason) in [
            ("Congo", "is the name of several countries; write CD or CG"),
            ("Kenyaa", "is no country that is known; did you mean Kenya (KE)?"),
            ("Tanzani", "is no country that is known; did you mean Tanzania (TZ)?"),
            ("Atlantis", "is no country that is known; write its two letters, like KE for Kenya"),
        ] {
            assert_eq!(why_unknown(text), reason);
        }
    }
}
