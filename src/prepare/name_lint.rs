//! Names that can be sent but look wrong: a warning, never a reason to reject a row.

/// The longest usual name, in characters.
const LONG: usize = 100;

/// The words that programs and forms write instead of a value.
const NOT_NAMES: [&str; 6] = ["undefined", "none", "true", "false", "[object", "object]"];

/// The words of people for a name that they do not know, in lower case, by their first letter.
fn words_for_unknown(first: u8) -> &'static [&'static str] {
    match first.to_ascii_lowercase() {
        b'a' => &["anonymous", "anonyme", "aucun", "aucune"],
        b'b' => &["bilinmiyor"],
        b'd' => &["desconocido", "desconocida", "desconhecido", "desconhecida", "dummy"],
        b'h' => &["hakuna", "hakuna jina", "haijulikani"],
        b'i' => &["inconnu", "inconnue"],
        b'k' => &["keine angabe", "kein name"],
        b'n' => &[
            "na",
            "no name",
            "noname",
            "n/k",
            "nenhum",
            "ninguno",
            "nieznany",
            "nill",
            "no aplica",
            "not applicable",
            "not available",
            "not given",
            "not known",
            "not provided",
            "not set",
            "not specified",
            "não informado",
        ],
        b'o' => &["ohne name", "onbekend"],
        b's' => &["sans nom", "sconosciuto", "sem nome", "sin nombre"],
        b't' => &["tba", "tbc", "tbd", "test", "tidak ada"],
        b'u' => &["unbekannt", "unknown", "unknown name", "unknown unknown", "unnamed"],
        b'x' => &["xx", "xxx", "xxxx"],
        0x80.. => &["неизвестно", "нет", "غير معروف", "لا يوجد", "不明", "未知", "无", "無", "없음"],
        _ => &[],
    }
}

/// The length in bytes of the longest of them.
const LONGEST_WORD: usize = 20;

/// Returns whether it is a word for an unknown name. A name `Na` is one in Korea and in China.
fn is_word_for_unknown(name: &str) -> bool {
    let Some(first) = name.as_bytes().first().filter(|_| name.len() <= LONGEST_WORD) else {
        return false;
    };
    let is = |word: &&str| word.len() == name.len() && name.to_lowercase() == **word;
    words_for_unknown(*first).iter().any(is) && name != "Na"
}

/// Returns whether it is the number of an order or an invoice: `ORD-1001`, `INV/2026/17`.
fn is_order_number(name: &str) -> bool {
    let is_sign = |c: char| matches!(c, '-' | '/' | '_' | '#');
    name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || is_sign(c))
        && name.starts_with(|c: char| c.is_ascii_uppercase() || c == '#')
        && name.contains(is_sign)
        && name.bytes().filter(u8::is_ascii_digit).count() >= 3
}

/// Traces of a template whose fields were not filled in, of a web page's markup, of a wrong
/// encoding.
const TRACES: [(&str, &str); 9] = [
    ("{{", PLACEHOLDER),
    ("${", PLACEHOLDER),
    ("*|", PLACEHOLDER),
    ("&amp;", MARKUP),
    ("&quot;", MARKUP),
    ("&nbsp;", MARKUP),
    ("&#", MARKUP),
    ("<br", MARKUP),
    ("\u{fffd}", GARBLED),
];
const PLACEHOLDER: &str = "is a template's placeholder";
const MARKUP: &str = "has a web page's markup in it";
const CODED: &str = "has parts of a vCard or of quoted-printable in it";
const GARBLED: &str = "has broken characters in it";
const OTHER_ENCODING: &str = "looks like text in another encoding (give --encoding)";

/// What stands for a letter within or at the end of a word when a code page of MS-DOS
/// (`Jos‚`) or of Central Europe (`Micha³`) is read as Windows-1252.
const INSTEAD_OF_LETTERS: &str = "‚ƒ†‡ˆ‰¢£¤¥¹³¶¼½¾¿¬±µ";

/// The same within a word only: at its end they are punctuation.
const INSTEAD_OF_LETTERS_WITHIN: &str = "„…•˜™›“”¡";

/// Letters of Windows-1252 that no name has behind a small letter.
const INSTEAD_OF_SMALL_LETTERS: &str = "ŠŒŽŸ";

/// The fewest letters with accents, and none without, that are taken for another alphabet.
const ACCENTED: usize = 3;

/// Describes what is odd about a name, as the end of a sentence that begins with the name.
pub(super) fn odd_name(name: &str) -> Option<&'static str> {
    if name.len() > LONG && name.chars().count() > LONG {
        return Some("is very long for a name");
    }
    let mut letters = false;
    let mut suspicious = false;
    let mut accented = false;
    for c in name.chars() {
        match c {
            'a'..='z' | 'A'..='Z' => letters = true,
            '{' | '$' | '*' | '&' | '<' | '@' | '"' | '[' | '=' | ';' | ':' | 'Ã' | 'Â' | 'â'
            | '\u{fffd}' => {
                suspicious = true;
            }
            '\u{80}'..='\u{ff}' | 'Œ' | 'Š' | 'Ÿ' | 'Ž' | 'ƒ' | 'ˆ' | '˜' | '‚'..='›' | '™' =>
            {
                letters = true;
                accented = true;
            }
            // Other scripts, and emoji, can be a name.
            _ => letters |= !c.is_ascii(),
        }
    }
    let begins_oddly = name.starts_with(|c: char| !c.is_alphabetic() || "nNtTfFuU".contains(c));
    match letters {
        false => Some("has no letter"),
        true if is_word_for_unknown(name) => Some("is a word for an unknown name"),
        true if name.ends_with(|c: char| c.is_ascii_digit()) && is_order_number(name) => {
            Some("is the number of an order")
        }
        true if suspicious || begins_oddly => odd_detail(name),
        true if accented => is_in_another_encoding(name).then_some(OTHER_ENCODING),
        true => None,
    }
}

fn odd_detail(name: &str) -> Option<&'static str> {
    if let Some((_, what)) = TRACES.iter().find(|(trace, _)| name.contains(trace)) {
        return Some(what);
    }
    let is_not_a_name = |word: &str| NOT_NAMES.iter().any(|other| word.eq_ignore_ascii_case(other));
    if is_coded(name) {
        return Some(CODED);
    }
    let number = name.starts_with(|c: char| c.is_ascii_digit()) && name.parse::<f64>().is_ok();
    match () {
        () if number => Some("is a number"),
        () if name.starts_with('=') => Some("is a formula"),
        () if name.split(' ').all(is_not_a_name) => Some("is a program's word"),
        () if is_address(name) => Some("is an e-mail address"),
        () if name.matches('"').count() % 2 == 1 => Some("has an unpaired quote"),
        () if name.is_ascii() => None,
        () if is_garbled(name) => Some(GARBLED),
        () if is_in_another_encoding(name) => Some(OTHER_ENCODING),
        () => None,
    }
}

/// Returns whether the lines of a vCard are in it, or bytes of quoted-printable (RFC 2045).
fn is_coded(name: &str) -> bool {
    let codes = || {
        name.as_bytes()
            .windows(3)
            .filter(|code| code[0] == b'=' && code[1..].iter().all(|sign| sign.is_ascii_hexdigit()))
    };
    const PARTS: [&str; 6] = ["TEL;", "TEL:", "ENCODING=", "CHARSET=", "BEGIN:VCARD", "END:VCARD"];
    // `AnnN:Bell;Ann;;;`
    let is_list = || name.matches(';').count() > 2;
    PARTS.iter().any(|part| name.contains(part))
        || codes().nth(1).is_some()
        || is_list()
        || has_number(name)
}

/// Returns whether the end of a vCard's property and its number are in it: `CELL:+254…`.
fn has_number(name: &str) -> bool {
    name.match_indices(':').any(|(at, _)| {
        let number = name[at + 1..].trim_start_matches(['+', '(']);
        name[..at].ends_with(|sign: char| sign.is_ascii_uppercase())
            && number.chars().take_while(|sign| sign.is_ascii_digit()).count() > 4
    })
}

fn is_address(name: &str) -> bool {
    let parts = name.split_once('@');
    !name.contains(' ') && parts.is_some_and(|(who, place)| !who.is_empty() && place.contains('.'))
}

/// Returns whether it is UTF-8 that was read as Windows-1252 and saved again: `JosÃ©`, `Itâ€™s`.
fn is_garbled(name: &str) -> bool {
    name.contains("â€")
        || name.chars().zip(name.chars().skip(1)).any(|(first, second)| {
            matches!(first, 'Ã' | 'Â') && !second.is_alphabetic() && !second.is_ascii()
        })
}

/// Returns whether it is text of a code page or of another alphabet that was read as Windows-1252:
/// `J„ger`, `Èâàí`.
fn is_in_another_encoding(name: &str) -> bool {
    let letters = || name.chars().filter(|c| c.is_alphabetic());
    let is_accented = |c: char| matches!(c, 'À'..='ÿ');
    if letters().count() >= ACCENTED && letters().all(is_accented) {
        return true;
    }
    let is_letter = |c: Option<char>| c.is_some_and(char::is_alphabetic);
    let mut before = None;
    let mut rest = name.chars();
    while let Some(c) = rest.next() {
        let next = rest.clone().next();
        let ends = next.is_none_or(char::is_whitespace);
        let found = match c {
            c if INSTEAD_OF_LETTERS.contains(c) => is_letter(before) && (ends || is_letter(next)),
            c if INSTEAD_OF_LETTERS_WITHIN.contains(c) => is_letter(before) && is_letter(next),
            c if INSTEAD_OF_SMALL_LETTERS.contains(c) => before.is_some_and(char::is_lowercase),
            _ => false,
        };
        if found {
            return true;
        }
        before = Some(c);
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_names_are_described() {
        for (names, what) in [
            (&["254712345679", "0", "-", "?", ".", "07 12", "(12)"][..], "has no letter"),
            (&["7E+08", "2.54712E+11"], "is a number"),
            (&["Dear {{name}}", "${first}", "*|FNAME|*"], PLACEHOLDER),
            (&["&amp; Jane", "Jane &#39;s", "Tom &quot;T&quot;", "Jane<br>Doe"], MARKUP),
            (&["=HYPERLINK(\"x\")"], "is a formula"),
            (&["Jos=C3=A9", "=D0=98 x", "AnnTEL;CELL:1", "AnnN;ENCODING=B:x"], CODED),
            (
                &[
                    "AnnTEL:+2547",
                    "Ann CHARSET=UTF-8:x",
                    "AnnTEL CELL:+254712",
                    "Ann END:VCARD",
                    "AnnN:Bell;Ann;;;",
                ],
                CODED,
            ),
            (&["undefined undefined", "FALSE", "[object Object]", "None"], "is a program's word"),
            (&["name@mail.com"], "is an e-mail address"),
            (
                &[
                    "unknown",
                    "No Name",
                    "NA",
                    "TBD",
                    "haijulikani",
                    "desconocido",
                    "sin nombre",
                    "неизвестно",
                    "不明",
                ],
                "is a word for an unknown name",
            ),
            (&["ORD-1001", "INV/2026/17", "SO_0001"], "is the number of an order"),
            (&["\"Jane", "Bob\""], "has an unpaired quote"),
            (&["Jos\u{fffd}", "JosÃ©", "Itâ€™s Jane", "Â«Jane"], GARBLED),
            (
                &["Zo‰ Smith", "M„rz", "Ren‚", "Micha³", "Jos¿", "JosŽ", "AndrŽ Roy", "M•ller"],
                OTHER_ENCODING,
            ),
            (&["Àííà Ñìèðíîâà", "Ìàðèÿ", "Ãéþñãïò", "ãÍãÏ"], OTHER_ENCODING),
        ] {
            for name in names {
                assert_eq!(odd_name(name), Some(what), "{name}");
            }
        }
        assert_eq!(odd_name(&"Jane ".repeat(25)), Some("is very long for a name"));
    }

    #[test]
    fn names_of_people_and_organisations_are_not_odd() {
        for name in [
            "Jane Doe",
            "3M",
            "24/7 Taxi",
            "Na",
            "Studio-54",
            "Testa",
            "Unknown Pleasures Ltd",
            "A",
            "李",
            "Étienne Â",
            "SÃO PAULO TOURS",
            "Âme",
            "Zoë Ñandú-Übel",
            "Øe",
            "Élé Çà Öz",
            "Žaneta Šimková",
            "D’Angelo – “Bo” Smith…",
            "Gal·la Mª Núñez",
            "Foo™ Bar®",
            "¿Qué?",
            "Dwayne \"The Rock\" Johnson",
            "Tom & Jerry",
            "M*A*S*H",
            "$mart Shop",
            "@home",
            "Jane [work]",
            "😀",
            "Trueman",
            "None Such",
            "Fatma",
            "ﷺ",
        ] {
            assert_eq!(odd_name(name), None, "{name}");
        }
    }
}
