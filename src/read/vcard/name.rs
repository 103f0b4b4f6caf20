//! Which name a card shows: FN, else N put together, NICKNAME, ORG, else the number.

use super::value::{parts, unescape};
use crate::read::note::NoteKind;

/// Where a card's name comes from.
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
    /// The kind of note that tells it; `None` when nothing had to be mended.
    pub(super) fn note(self) -> Option<NoteKind> {
        match self {
            Self::Fn => None,
            Self::N => Some(NoteKind::NameFromN),
            Self::Nickname => Some(NoteKind::NameFromNickname),
            Self::Org => Some(NoteKind::NameFromOrg),
            Self::Number => Some(NoteKind::NameFromNumber),
        }
    }
}

impl NameSource {
    /// The name that a value of this source holds; empty when it holds none.
    pub(super) fn name_in(self, value: &str) -> String {
        let first = |separator| parts(value, separator).find(|part| shows(part));
        match self {
            Self::N => put_together(value),
            Self::Nickname => first(',').unwrap_or_default(),
            Self::Org => first(';').unwrap_or_default(),
            Self::Fn | Self::Number => {
                Some(unescape(value)).filter(|name| shows(name)).unwrap_or_default()
            }
        }
    }
}

/// N holds family; given; middle; prefix; suffix. Given and family name are what most readers show;
/// the others only when there is neither.
fn put_together(value: &str) -> String {
    let parts: Vec<String> = parts(value, ';').collect();
    let join = |order: &[usize]| {
        let shown = order.iter().filter_map(|index| parts.get(*index)).map(String::as_str);
        shown.filter(|part| shows(part)).collect::<Vec<_>>().join(" ")
    };
    match join(&[1, 0]) {
        name if name.is_empty() => join(&[3, 2, 4]),
        name => name,
    }
}

/// Whether anything of a text can be seen: blanks and format characters alone are no name.
fn shows(text: &str) -> bool {
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
            (N, "Otieno;Achieng;Akinyi;Dr.;PhD", "Achieng Otieno"),
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
