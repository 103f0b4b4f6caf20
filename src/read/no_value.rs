//! Words for an empty cell: what programs, spreadsheets and people write in place of a value.

/// The values of failed formulas without a `!` or `?` at their end, in the languages of Excel.
const ERROR_VALUES: [&str; 13] = [
    "#N/A",
    "#N/D",
    "#N/B",
    "#NV",
    "#I/T",
    "#YOK",
    "#Н/Д",
    "#HIÁNYZIK",
    "#GETTING_DATA",
    "#BUSY",
    "#KALD",
    "#DÉLKA",
    "#EPARS",
];

/// The other values of failed formulas, which end in `!` or `?`. Each is a name no more than one of
/// its words is.
const MARKED_ERROR_VALUES: &str = "#REF! #VALUE! #NAME? #DIV/0! #NULL! #NUM! #ERROR! #SPILL! #CALC! \
     #FIELD! #N/A! #BEZUG! #WERT! #ZAHL! #ÜBERLAUF! #VALEUR! #NOM? #NUL! #NOMBRE! #¡REF! #¡VALOR! \
     #¿NOMBRE? #¡DIV/0! #¡NULO! #¡NUM! #VALOR! #NOME? #NULO! #NÚM! #RIF! #VALORE! #NULLO! #VERW! \
     #WAARDE! #NAAM? #DEEL/0! #LEEG! #GETAL! #ADR! #ARG! #NAZWA? #DZIEL/0! #ZERO! #LICZBA! #N/D! \
     #ССЫЛКА! #ЗНАЧ! #ИМЯ? #ДЕЛ/0! #ПУСТО! #ЧИСЛО! #SAKNAS! #REFERENS! #VÄRDEFEL! #NAMN? \
     #DIVISION/0! #OGILTIGT! #BAŞV! #DEĞER! #AD? #SAYI/0! #BOŞ! #SAYI! #ODKAZ! #HODNOTA! #NÁZEV? \
     #ČÍSLO! #REFERENCE! #VÆRDI! #NAVN? #VERDI! #PUUTTUU! #VIITTAUS! #ARVO! #NIMI? #JAKO/0! \
     #LUKU! #HIV! #ÉRTÉK! #NÉV? #ZÉRÓOSZTÓ! #SZÁM!";

/// The words of programs for a missing value, as they write them: `Null` and `Nan` are names.
const NULL_VALUES: [&str; 8] = ["NULL", "null", "NaN", "nan", "NaT", "<NA>", "nil", "\\N"];

/// The words of people for an empty cell, in lower case.
const EMPTY_WORDS: [&str; 12] =
    ["n/a", "n.a.", "n.a", "n/d", "n.d.", "k.a.", "k. a.", "н/д", "n/b", "#n/a", "s/d", "n.v.t."];

/// The words of pivot tables and of programs for an empty cell, without the brackets around them.
const BRACKETED: &str = "blank|empty|null|none|nil|leer|vide|vacío|vacio|en blanco|vuoto|vazio|em branco|\
     leeg|puste|пусто|tom|tyhjä|prázdné|boş|üres|necompletat|κενό|空白|비어 있음|kosong|tupu";

/// The text of a cell with a formula whose value the program that wrote the spreadsheet did not save.
pub(super) const UNSAVED_FORMULA: &str = "#UNSAVED!";

/// What stands in place of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NoValue {
    /// A formula without its value.
    Unsaved,
    /// A spreadsheet's error value.
    Error,
    /// A program's word for a missing value.
    Null,
    /// A person's word for an empty cell.
    Empty,
}

impl NoValue {
    fn of(word: &str) -> Option<Self> {
        if word == UNSAVED_FORMULA {
            Some(Self::Unsaved)
        } else if is_error_value(word) {
            Some(Self::Error)
        } else if NULL_VALUES.contains(&word) {
            Some(Self::Null)
        } else {
            is_empty_word(word).then_some(Self::Empty)
        }
    }

    fn describe(self) -> &'static str {
        match self {
            Self::Unsaved => {
                "stands for a formula whose value was not saved (open and save the spreadsheet in a spreadsheet program)"
            }
            Self::Error => "is a spreadsheet's error value",
            Self::Null => "is a program's null value",
            Self::Empty => "is a word for an empty cell",
        }
    }
}

/// Describes a text that is not a value: a spreadsheet's error value, a program's null value or a
/// word for an empty cell. A name joined from parts is not a name if one of them is an error value.
#[must_use]
pub fn no_value(text: &str) -> Option<&'static str> {
    let text = text.trim();
    // Called for every name, and few contain such a value.
    let begins = || NULL_VALUES.iter().any(|word| text.starts_with(word));
    let is_null = || text.starts_with(['N', 'n']) && (begins() || text[1..].starts_with("/"));
    if !may_be_no_value(text) && !text.contains('#') && !is_null() {
        return None;
    }
    if let Some(found) = NoValue::of(text) {
        return Some(found.describe());
    }
    let mut words = text.split_whitespace();
    if words.clone().any(is_known_error_value) {
        return Some(NoValue::Error.describe());
    }
    // `NULL NULL`, `- -`: a name that was joined from empty parts.
    let first = NoValue::of(words.next()?)?;
    words.all(|word| NoValue::of(word).is_some()).then(|| first.describe())
}

/// Returns whether the cell is a word for an empty one.
#[must_use]
pub fn is_empty(cell: &str) -> bool {
    may_be_no_value(cell) && matches!(NoValue::of(cell), Some(NoValue::Null | NoValue::Empty))
}

/// The longest word for an empty cell that begins with a letter.
const LONGEST_WORD: usize = 6;

/// Returns whether the text can be no value, by its first character and its length. Nearly every
/// name begins with a letter and is longer than such a word.
fn may_be_no_value(text: &str) -> bool {
    match text.as_bytes() {
        [] => false,
        [b'E', ..] => text.starts_with("Err"),
        [b'N' | b'n' | b'K' | b'k' | b'S' | b's', ..] => text.len() <= LONGEST_WORD,
        [first, ..] => !first.is_ascii_alphanumeric(),
    }
}

/// Words that programs and people write for a missing value, and that are never a number, an id or a
/// country, in lower case. As names they are only odd: there are people called None.
const NEVER_A_NUMBER: [&str; 8] =
    ["null", "nan", "nil", "none", "unknown", "undefined", "not available", "not provided"];

/// Returns whether a cell for a number, an id or a country is as good as empty: `-`, `n/a`, `none`.
#[must_use]
pub fn says_nothing(cell: &str) -> bool {
    let cell = cell.trim();
    // Nearly every one is a number.
    if cell.starts_with(|c: char| c == '+' || c.is_ascii_digit()) {
        return false;
    }
    !cell.contains(char::is_alphanumeric)
        || NEVER_A_NUMBER.iter().any(|word| cell.eq_ignore_ascii_case(word))
        || no_value(cell).is_some()
}

/// Returns whether a cell for a number or an id is as good as empty. As a country, `NA` is one.
#[must_use]
pub fn is_no_number(cell: &str) -> bool {
    says_nothing(cell) || cell.trim().eq_ignore_ascii_case("na")
}

fn is_known_error_value(word: &str) -> bool {
    word.starts_with('#')
        && (ERROR_VALUES.contains(&word)
            || MARKED_ERROR_VALUES.split(' ').any(|value| value == word))
}

/// Returns whether it is an error value of Excel, also of a language that is not listed, or of
/// LibreOffice (`Err:508`).
fn is_error_value(word: &str) -> bool {
    let is_marked = || {
        let inside = word.strip_prefix('#').and_then(|rest| rest.strip_suffix(['!', '?']));
        inside.is_some_and(|inside| {
            inside.contains(char::is_alphabetic)
                && !inside.contains(|c: char| c.is_lowercase() || c.is_whitespace())
        })
    };
    let code = || word.strip_prefix("Err").and_then(|rest| rest.trim_start().strip_prefix(':'));
    is_known_error_value(word)
        || is_marked()
        || code()
            .is_some_and(|code| code.len() == 3 && code.bytes().all(|digit| digit.is_ascii_digit()))
}

fn is_empty_word(word: &str) -> bool {
    if word.chars().all(|c| matches!(c, '-' | '–' | '—' | '_')) {
        return !word.is_empty();
    }
    // `=""`: a formula for an empty text, from exports that write every cell so.
    if matches!(word, "=\"\"" | "\"\"" | "''") {
        return true;
    }
    let lower = word.to_lowercase();
    let bracketed = lower
        .strip_prefix(['(', '[', '<', '（'])
        .and_then(|rest| rest.strip_suffix([')', ']', '>', '）']));
    EMPTY_WORDS.contains(&&*lower)
        || bracketed.is_some_and(|inside| BRACKETED.split('|').any(|word| word == inside.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn error_values_and_words_for_an_empty_cell_are_recognised() {
        let marked = MARKED_ERROR_VALUES.split(' ');
        for text in ERROR_VALUES.into_iter().chain(marked).chain([
            "Ann #REF!",
            " #N/A ",
            "#¡REF! Doe",
            "Err:508",
            "Err :502",
            "#GRESEALA!",
        ]) {
            assert_eq!(no_value(text), Some("is a spreadsheet's error value"), "{text}");
        }
        for text in ["NULL", "null", "NaN", "NULL NULL", "nan", "<NA>", "\\N", "nil", "nan nan"] {
            assert_eq!(no_value(text), Some("is a program's null value"), "{text}");
        }
        for text in [
            "-",
            "--",
            "—",
            "n/a",
            "=\"\"",
            "N/A",
            "(blank)",
            "(Leer)",
            "(en blanco)",
            "[null]",
            "(空白)",
        ] {
            assert_eq!(no_value(text), Some("is a word for an empty cell"), "{text}");
            assert!(is_empty(text), "{text}");
        }
        for text in ["- -", "N/A N/A", "n/a -"] {
            assert_eq!(no_value(text), Some("is a word for an empty cell"), "{text}");
        }
        for text in [
            "",
            "Null",
            "Ann Null",
            "Nan",
            "Nancy",
            "#1 Garage",
            "null & void",
            "N/A Ltd",
            "Erna",
            "(Blank) Slate",
            "-Ann",
            "Nil Sen",
            "Na",
            "#Hash!",
            "#1!",
            "Team #GO!",
            "S/D Traders",
        ] {
            assert_eq!(no_value(text), None, "{text}");
            assert!(!is_empty(text), "{text}");
        }
    }

    #[test]
    fn a_number_an_id_and_a_country_have_more_words_for_nothing() {
        for cell in
            ["", "-", "n/a", "None", "UNKNOWN", "nil", "(blank)", "#NV", "\\N", "Err:508", "?"]
        {
            assert!(says_nothing(cell), "{cell}");
        }
        for cell in ["+254712345678", "0", "Kenya", "NA", "Nigeria", "x", "12-", "Niger"] {
            assert!(!says_nothing(cell), "{cell}");
        }
        assert!(is_no_number("NA") && is_no_number(" na ") && !is_no_number("254"));
    }
}
