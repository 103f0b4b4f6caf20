//! The name that a card shows: FN, else N put together, NICKNAME, ORG, else the number.

use super::property::{Property, PropertyName};
use super::value::{Decoder, parts, unescape};
use crate::read::note::NoteKind;

/// The source of a card's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NameSource {
    /// The formatted name.
    Fn,
    /// The name's parts, put together.
    N,
    /// A nickname.
    Nickname,
    /// The organisation.
    Org,
    /// The first number, for want of a name.
    Number,
}

impl NameSource {
    /// The note on a name from this source, unless it is FN.
    pub(super) fn note(self) -> Option<NoteKind> {
        match self {
            Self::Fn => None,
            Self::N => Some(NoteKind::NameFromN),
            Self::Nickname => Some(NoteKind::NameFromNickname),
            Self::Org => Some(NoteKind::NameFromOrg),
            Self::Number => Some(NoteKind::NameFromNumber),
        }
    }

    /// The name in a value of this source; empty if there is none.
    fn name_in(self, value: &str) -> String {
        let first = |separator| parts(value, separator).find(|part| is_name(part));
        match self {
            Self::N => put_together(value),
            Self::Nickname => first(',').unwrap_or_default(),
            Self::Org => first(';').unwrap_or_default(),
            Self::Fn | Self::Number => {
                Some(unescape(value)).filter(|name| is_name(name)).unwrap_or_default()
            }
        }
    }
}

/// Returns the first name of the best source that has one; of several, the preferred one.
pub(super) fn find(
    properties: &[Property<'_>],
    decoder: &mut Decoder,
) -> Option<(NameSource, String)> {
    const SOURCES: [(PropertyName, NameSource); 4] = [
        (PropertyName::Fn, NameSource::Fn),
        (PropertyName::N, NameSource::N),
        (PropertyName::Nickname, NameSource::Nickname),
        (PropertyName::Org, NameSource::Org),
    ];
    SOURCES.iter().find_map(|(name, source)| {
        let mut named: Vec<&Property<'_>> =
            properties.iter().filter(|one| one.name == *name && one.is_text()).collect();
        named.sort_by_key(|one| one.parameters.preference.unwrap_or(u8::MAX));
        let mut names = named.into_iter().map(|one| {
            source.name_in(&decoder.name(one, matches!(source, NameSource::N | NameSource::Org)))
        });
        names.find(|name| !name.is_empty()).map(|name| (*source, name))
    })
}

/// Puts the parts of N together: prefix, given, middle, family, suffix. Chinese, Japanese and Korean
/// names have the family first and no blanks.
fn put_together(value: &str) -> String {
    let parts: Vec<String> = parts(value, ';').collect();
    let part = |index: usize| {
        let part = parts.get(index).map_or("", String::as_str);
        if is_name(part) { part } else { "" }
    };
    let [family, given, middle, prefix, suffix] = [0, 1, 2, 3, 4].map(part);
    // `陈;大文 David` too.
    if is_east_asian(family) && given.chars().next().is_none_or(is_east_asian_sign) {
        let name = format!("{family}{given}");
        let blank = |other| if is_east_asian(other) || other.is_empty() { "" } else { " " };
        let [before, between, behind] = [prefix, middle, suffix].map(blank);
        return format!("{prefix}{before}{name}{between}{middle}{behind}{suffix}");
    }
    // Several prefixes or middle names stand in one part: `Philip,Paul`.
    let (middle, prefix) = (middle.replace(',', " "), prefix.replace(',', " "));
    let words = [&*prefix, given, &*middle, family, suffix];
    let words = words.iter().flat_map(|part| part.split(' ')).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

/// Returns whether all letters of a name are Chinese characters, Kana or Hangul: `王`, `伟(2)`.
fn is_east_asian(name: &str) -> bool {
    let mut letters = name.chars().filter(|sign| sign.is_alphabetic()).peekable();
    letters.peek().is_some() && letters.all(is_east_asian_sign)
}

fn is_east_asian_sign(sign: char) -> bool {
    matches!(sign,
        '\u{1100}'..='\u{11ff}' | '\u{3005}'..='\u{3007}' | '\u{3040}'..='\u{30ff}'
        | '\u{3105}'..='\u{318f}' | '\u{31a0}'..='\u{31bf}' | '\u{31f0}'..='\u{31ff}'
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}'
        | '\u{f900}'..='\u{faff}' | '\u{ff66}'..='\u{ff9f}' | '\u{20000}'..='\u{3ffff}')
}

/// Returns whether a name comes again behind a number, as where END and BEGIN between two cards are
/// missing.
pub(super) fn is_repeated(properties: &[Property<'_>]) -> bool {
    let at = |wanted: PropertyName, from: usize| {
        let found = properties[from..].iter().position(|one| one.name == wanted);
        found.map(|place| from + place)
    };
    [PropertyName::Fn, PropertyName::N].into_iter().any(|name| {
        let first = at(name, 0);
        let number = first.and_then(|first| at(PropertyName::Tel, first));
        number.and_then(|number| at(name, number)).is_some()
    })
}

/// Returns whether the names are those of two cards: a second N and a second FN (vCard 4.0 allows
/// several FN) or, in a card that is doubtful anyway, one of them.
pub(super) fn are_of_two(properties: &[Property<'_>], doubtful: bool, single_fn: bool) -> bool {
    let differ = |name: PropertyName| {
        let mut values = properties
            .iter()
            .filter(|one| one.name == name && !one.parameters.alternative)
            .map(comparable)
            .filter(|value| !value.is_empty());
        values.next().is_some_and(|first| values.any(|value| value != first))
    };
    match doubtful {
        true => differ(PropertyName::N) || (single_fn && differ(PropertyName::Fn)),
        false => differ(PropertyName::N) && differ(PropertyName::Fn),
    }
}

/// A name without escapes, blanks and empty parts at its end, which one program writes and another
/// does not. An encoded name is not compared.
fn comparable(name: &Property<'_>) -> Vec<u8> {
    if name.parameters.quoted_printable || name.parameters.base64 {
        return Vec::new();
    }
    let kept = name.value.iter().filter(|byte| !matches!(byte, b'\\' | b' ' | b'\t'));
    let mut kept: Vec<u8> = kept.copied().collect();
    while kept.last() == Some(&b';') {
        kept.pop();
    }
    kept
}

/// Returns whether a text is a name: it is visible, and more than dashes or a program's words for a
/// missing value.
fn is_name(text: &str) -> bool {
    let missing = |word: &str| {
        let word = word.trim_matches(['(', ')', '<', '>', '-', '–', '—', '_']);
        matches!(word, "" | "null" | "NULL" | "undefined")
    };
    // Nearly every name begins with another letter.
    let may_be_missing = text.starts_with(['n', 'N', 'u', '(', '<', '-', '–', '—', '_']);
    is_visible(text) && !(may_be_missing && text.split_whitespace().all(missing))
}

/// Returns whether a text has a visible character: blanks and format characters are no name.
fn is_visible(text: &str) -> bool {
    let hidden = |sign: char| {
        sign.is_whitespace()
            || sign.is_control()
            || matches!(sign,
                '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
                | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
                | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
    };
    !text.chars().all(hidden)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_values() {
        use NameSource::{Fn, N, Nickname, Number, Org};
        let table = [
            (Fn, "Achieng\\, A.", "Achieng, A."),
            (Fn, " ", ""),
            (N, "Otieno;Achieng;Akinyi;Dr.;PhD", "Dr. Achieng Akinyi Otieno PhD"),
            (N, "Groot;Eva;de,la;;", "Eva de la Groot"),
            (N, "李;小龍;;;", "李小龍"),
            (N, "이;순신;;;장군", "이순신장군"),
            (N, "さとう;ハナ;;Dr.;", "Dr. さとうハナ"),
            (N, "Lee;小龍;;;", "小龍 Lee"),
            (N, "李;;;;", "李"),
            (N, "李;;小;;", "李小"),
            (N, "김;민 준;;;", "김민 준"),
            (N, "王;伟(2);;;", "王伟(2)"),
            (N, "陈;大文 David;;;", "陈大文 David"),
            (N, "陈;David 大文;;;", "David 大文 陈"),
            (N, "山田;;;;様", "山田様"),
            (N, "Doe;null;;;", "Doe"),
            (N, "null;null;;;", ""),
            (N, "-;Jane;--;;", "Jane"),
            (N, "Null;Nan;;;", "Nan Null"),
            (Fn, "null null", ""),
            (Fn, "(null) (null)", ""),
            (Fn, "-", ""),
            (Fn, "Undefined", "Undefined"),
            (Fn, "null Doe", "null Doe"),
            (Org, "null;Sales", "Sales"),
            (N, ";;Akinyi;Dr.;", "Dr. Akinyi"),
            (N, "only family", "only family"),
            (N, ";;;;", ""),
            (Fn, "\u{a0}\u{200b}\u{feff}", ""),
            (N, "\u{200b};Achieng", "Achieng"),
            (Nickname, ",Achi,Otie", "Achi"),
            (Org, ";Amani\\; Sons;Sales", "Amani; Sons"),
            (Number, "0712", "0712"),
        ];
        for (source, value, name) in table {
            assert_eq!(source.name_in(value), name, "{value}");
        }
    }
}
