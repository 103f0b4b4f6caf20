//! The charset of a value: what it names, and whether its bytes agree.

use encoding_rs::{
    BIG5, EUC_JP, EUC_KR, Encoding, GBK, ISO_2022_JP, MACINTOSH, SHIFT_JIS, UTF_8, WINDOWS_1252,
    X_MAC_CYRILLIC,
};

/// A charset that is named, by CHARSET or `--encoding`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Charset {
    /// One that can be decoded.
    Known(&'static Encoding),
    /// One that cannot be decoded (CP850, UTF-7), or that no line can be in (UTF-16).
    Unknown,
}

impl Charset {
    /// The charset of a name as programs write it.
    pub(super) fn named(name: &[u8]) -> Self {
        let charset = Encoding::for_label(name).or_else(|| by_other_name(name));
        charset.and_then(Self::of).unwrap_or(Self::Unknown)
    }

    /// The charset of a name, if it can be decoded.
    pub(super) fn if_known(name: &[u8]) -> Option<Self> {
        Some(Self::named(name)).filter(|charset| *charset != Self::Unknown)
    }

    /// The charset, if lines can be in it.
    pub(super) fn of(charset: &'static Encoding) -> Option<Self> {
        let of_lines = charset.is_ascii_compatible() || charset == ISO_2022_JP;
        of_lines.then_some(Self::Known(charset))
    }

    /// The charset, if it is known and not UTF-8.
    pub(super) fn besides_utf8(self) -> Option<&'static Encoding> {
        match self {
            Self::Known(charset) if charset != UTF_8 => Some(charset),
            _ => None,
        }
    }
}

/// The charset of a name that is not in the WHATWG Encoding Standard but in use: `CP932`,
/// `windows-936`, `Mac-Roman`, `Latin-1`.
fn by_other_name(name: &[u8]) -> Option<&'static Encoding> {
    let signs = name.iter().filter(|sign| sign.is_ascii_alphanumeric());
    let name: String = signs.take(32).map(|sign| char::from(sign.to_ascii_lowercase())).collect();
    let page = ["cp", "ms", "windows", "win", "ansi"].iter().find_map(|kind| {
        name.strip_prefix(kind).filter(|page| page.starts_with(|sign: char| sign.is_ascii_digit()))
    });
    match page.unwrap_or(&name) {
        "932" => Some(SHIFT_JIS),
        "936" => Some(GBK),
        "949" | "uhc" => Some(EUC_KR),
        "950" => Some(BIG5),
        "65001" => Some(UTF_8),
        "ansi" => Some(WINDOWS_1252),
        "eucjp" => Some(EUC_JP),
        "macroman" => Some(MACINTOSH),
        "maccyrillic" => Some(X_MAC_CYRILLIC),
        plain if page.is_some() => Encoding::for_label(format!("cp{plain}").as_bytes()),
        plain => Encoding::for_label(plain.as_bytes()),
    }
}

/// Returns whether text that names `charset` is UTF-8 anyway, as in a file that was saved
/// again.
///
/// Latin-1 text is never valid UTF-8 by chance, and neither are four bytes to a character. Text in
/// other charsets can be (`SPÓŁKA` in ISO-8859-2, `แดง` in TIS-620), but decoded as UTF-8 it is not
/// in their own alphabet, and text that was saved again is.
pub(super) fn is_rather_utf8(bytes: &[u8], charset: &'static Encoding) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let foreign = || text.chars().filter(|sign| !sign.is_ascii());
    if foreign().next().is_none() {
        return false;
    }
    if charset == WINDOWS_1252 || foreign().any(|sign| sign > '\u{ffff}') {
        return true;
    }
    let (declared, broken) = charset.decode_without_bom_handling(bytes);
    if broken || declared.chars().any(|sign| matches!(sign, '\u{80}'..='\u{9f}')) {
        return true;
    }
    let letters: String = foreign().filter(|sign| sign.is_alphabetic()).collect();
    let own = !letters.is_empty() && !charset.encode(&letters).2;
    // These charsets have two bytes to a character, never three.
    own && (charset.is_single_byte() || foreign().all(|sign| sign >= '\u{800}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str) -> Option<&'static Encoding> {
        match Charset::named(name.as_bytes()) {
            Charset::Known(charset) => Some(charset),
            Charset::Unknown => None,
        }
    }

    #[test]
    fn usual_names_are_known() {
        let table = [
            ("CP932", "Shift_JIS"),
            ("windows-936", "GBK"),
            ("CP949", "EUC-KR"),
            ("ms950", "Big5"),
            ("Win-1251", "windows-1251"),
            ("MAC-ROMAN", "macintosh"),
            ("Latin-1", "windows-1252"),
            ("UTF_8", "UTF-8"),
            ("ISO-2022-JP", "ISO-2022-JP"),
        ];
        for (name, charset) in table {
            assert_eq!(of(name).map(Encoding::name), Some(charset), "{name}");
        }
        for name in ["CP850", "ibm437", "UTF-7", "UTF-16", "ISO-2022-KR", "nonsense", ""] {
            assert_eq!(of(name), None, "{name}");
        }
    }

    #[test]
    fn utf8_that_names_another_charset_is_recognised() {
        for (name, text) in [
            ("WINDOWS-1251", "Иван"),
            ("WINDOWS-1251", "Иван 😀"),
            ("KOI8-R", "Иван"),
            ("ISO-8859-5", "Я"),
            ("ISO-8859-2", "Zoë"),
            ("ISO-8859-2", "Ñandú"),
            ("ISO-8859-15", "Zoë"),
            ("WINDOWS-1256", "محمد"),
            ("TIS-620", "แดง"),
            ("GBK", "张伟"),
            ("SHIFT_JIS", "山田 太郎"),
            ("BIG5", "張偉"),
            ("EUC-KR", "김"),
        ] {
            assert!(is_rather_utf8(text.as_bytes(), of(name).unwrap()), "{name} {text}");
        }
    }

    #[test]
    fn text_in_the_named_charset_is_not_taken_for_utf8() {
        for (name, text) in [
            ("ISO-8859-2", "SPÓŁKA"),
            ("WINDOWS-1250", "SPÓŁKA Z O.O."),
            ("WINDOWS-1251", "Лі"),
            ("WINDOWS-1251", "Ві Ні"),
            ("WINDOWS-1251", "Иван"),
            ("ISO-8859-5", "ЧАЧА"),
            ("TIS-620", "แดง แดน"),
            ("GBK", "联通"),
            ("GBK", "张伟"),
            ("SHIFT_JIS", "ﾃｽ"),
            ("SHIFT_JIS", "山田ソ"),
            ("WINDOWS-1251", "Jane"),
        ] {
            let charset = of(name).unwrap();
            let (bytes, _, unmappable) = charset.encode(text);
            assert!(!unmappable && !is_rather_utf8(&bytes, charset), "{name} {text}");
        }
    }
}
