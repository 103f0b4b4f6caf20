//! Encoded words of mail headers (RFC 2047), which mail programs write into names:
//! `=?UTF-8?Q?Zo=C3=AB?=`.

use super::charset::Charset;

/// One word without its marks.
struct Word<'a> {
    charset: &'a str,
    /// True if it is base64 (`B`), false if it is `Q`.
    base64: bool,
    text: &'a str,
    /// The rest behind it.
    rest: &'a str,
}

/// Decodes the encoded words of a text; `None` if it has none. `decode` turns the bytes of words in
/// one charset into text: a letter may be split between two words. Blanks between words are no text.
pub(super) fn decoded(
    text: &str,
    mut decode: impl FnMut(&[u8], Charset) -> String,
) -> Option<String> {
    let mut plain = String::with_capacity(text.len());
    let mut bytes: Option<(Vec<u8>, &str)> = None;
    let mut rest = text;
    let mut found = false;
    while let Some(start) = rest.find("=?") {
        let Some((word, decoded)) = word(&rest[start..]) else {
            let (before, behind) = rest.split_at(start + 2);
            flush(&mut bytes, &mut plain, &mut decode);
            plain.push_str(before);
            rest = behind;
            continue;
        };
        let between = &rest[..start];
        let joined = bytes.is_some() && between.trim().is_empty();
        match &mut bytes {
            Some((open, charset)) if joined && charset.eq_ignore_ascii_case(word.charset) => {
                open.extend(decoded);
            }
            _ => {
                flush(&mut bytes, &mut plain, &mut decode);
                plain.push_str(if joined { "" } else { between });
                bytes = Some((decoded, word.charset));
            }
        }
        found = true;
        rest = word.rest;
    }
    flush(&mut bytes, &mut plain, &mut decode);
    plain.push_str(rest);
    found.then_some(plain)
}

fn flush(
    bytes: &mut Option<(Vec<u8>, &str)>,
    plain: &mut String,
    decode: &mut impl FnMut(&[u8], Charset) -> String,
) {
    if let Some((bytes, charset)) = bytes.take() {
        plain.push_str(&decode(&bytes, Charset::named(charset.as_bytes())));
    }
}

/// The word at a text's beginning and its bytes.
fn word(text: &str) -> Option<(Word<'_>, Vec<u8>)> {
    let (charset, rest) = text.strip_prefix("=?")?.split_once('?')?;
    let (kind, rest) = rest.split_once('?')?;
    let (text, rest) = rest.split_once("?=")?;
    // RFC 2231 puts a language behind the charset: `UTF-8*de`.
    let charset = charset.split('*').next().unwrap_or_default();
    if charset.is_empty() || charset.contains(char::is_whitespace) {
        return None;
    }
    let word = Word { charset, base64: kind.eq_ignore_ascii_case("B"), text, rest };
    let bytes = match word.base64 {
        true => super::value::from_base64(word.text.as_bytes())?,
        false if kind.eq_ignore_ascii_case("Q") => {
            super::value::from_quoted_printable(word.text.replace('_', " ").as_bytes())
        }
        false => return None,
    };
    Some((word, bytes))
}
