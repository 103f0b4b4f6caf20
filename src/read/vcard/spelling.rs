//! The spellings of the ENCODING and CHARSET of a value: real files have several of each.

use memchr::{memchr, memchr2};

use super::markers::mentions;
use super::property::{unquoted, unquoted_parts};

/// Returns whether a parameter's name is CHARSET, as it is written or misspelt: `CHAR-SET`,
/// `CHARACTER-SET`, `CHRSET`.
pub(super) fn is_charset_name(name: &[u8]) -> bool {
    let part = |count: usize| name.get(..count).unwrap_or_default();
    part(4).eq_ignore_ascii_case(b"CHAR")
        || (part(1).eq_ignore_ascii_case(b"C")
            && name.len() > 3
            && name[name.len() - 3..].eq_ignore_ascii_case(b"SET"))
}

/// Returns whether a word is QUOTED-PRINTABLE, whole or in part, in any spelling that keeps one of
/// its two words: `QUOTED`, `QuotedPrintable`, `QOUTED-PRINTABLE`.
pub(super) fn is_quoted_printable(word: &[u8]) -> bool {
    mentions(word, b"QUOTED") || mentions(word, b"PRINTABLE")
}

/// Returns whether the parameters in front of a value say that it is quoted-printable.
pub(super) fn says_quoted_printable(parameters: &[u8]) -> bool {
    let word = |part: &[u8]| {
        let value = memchr(b'=', part).map_or(part, |equals| &part[equals + 1..]);
        let value = unquoted(value.strip_suffix(b":").unwrap_or(value));
        [&b"Q"[..], b"QP"].iter().any(|short| value.eq_ignore_ascii_case(short))
    };
    is_quoted_printable(parameters)
        || (memchr2(b'Q', b'q', parameters).is_some() && unquoted_parts(parameters).any(word))
}

#[cfg(test)]
mod tests {
    use super::super::charset::Charset;
    use super::super::property::Property;
    use super::*;

    #[test]
    fn an_encoding_in_another_spelling_is_never_sent_undecoded() {
        for parameters in [
            "ENCODING=QUOTED-PRINTABLE",
            "encoding=\"quoted-printable\"",
            "ENCODING=QuotedPrintable",
            "ENCODING=QUOTED_PRINTABLE",
            "ENCODING=PRINTABLE",
            "ENCODIGN=QUOTED-PRINTABLE",
            "ENCODE=QOUTED-PRINTABLE",
            "ENC=QUOTED-PRINTABEL",
            "ENCODING=QP",
            "Quoted",
            "ENCODING=QUOTED-PRINTABLE,CHARSET=KOI8-R",
        ] {
            let line = format!("FN;{parameters}:=4A");
            let property = Property::parse(line.as_bytes()).unwrap();
            assert!(property.parameters.quoted_printable, "{line}");
            assert!(says_quoted_printable(format!(";{parameters}:").as_bytes()), "{line}");
        }
        for parameters in ["X-QUALITY=Qx", "LANGUAGE=q-x", "TYPE=a;CHARSET=UTF-8"] {
            let line = format!("FN;{parameters}:=4A");
            assert!(!Property::parse(line.as_bytes()).unwrap().parameters.quoted_printable);
            assert!(!says_quoted_printable(format!(";{parameters}:").as_bytes()), "{line}");
        }
    }

    #[test]
    fn a_charset_in_another_spelling_is_never_overlooked() {
        for parameters in [
            "CHAR-SET=KOI8-R",
            "Character_Set=koi8-r",
            "CHRSET=KOI8-R",
            "CHARSER=KOI8-R",
            "KOI8-R",
            "ENCODING=KOI8-R",
            "ENCODING=QUOTED-PRINTABLE,CHARSET=KOI8-R",
        ] {
            let line = format!("FN;{parameters}:x");
            let charset = Property::parse(line.as_bytes()).unwrap().parameters.charset;
            assert_eq!(charset, Some(Charset::named(b"KOI8-R")), "{line}");
        }
    }
}
