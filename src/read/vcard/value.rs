//! A value's bytes become text: quoted-printable, then the charset, then the escapes.
//!
//! Each value is decoded by itself, because one card may mix charsets.

use std::borrow::Cow;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use encoding_rs::{Encoding, ISO_2022_JP, WINDOWS_1252};
use memchr::memchr;
use quoted_printable::ParseMode;

use super::charset::{Charset, is_rather_utf8};
use super::encoded_word;
use super::property::{Parameters, Property};
use super::unfold::FOLD_IN_DOUBT;
use crate::read::note::NoteKind;

/// The charsets for values that name none.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Context {
    /// The charset that another line of the card names.
    pub(super) card: Option<&'static Encoding>,
    /// The charset of `--encoding`.
    pub(super) given: Option<Charset>,
    /// True if the file was UTF-16: what is not quoted-printable is text already, whatever charset
    /// is named.
    pub(super) unicode: bool,
}

/// Decodes the values of a card and collects the notes.
#[derive(Debug)]
pub(super) struct Decoder {
    pub(super) context: Context,
    pub(super) notes: Vec<NoteKind>,
}

impl Decoder {
    /// Decodes a property's value; its escapes are still in it.
    pub(super) fn value<'a>(&mut self, property: &Property<'a>) -> Cow<'a, str> {
        self.text(property.value, &property.parameters)
    }

    /// Decodes the value of a name, with the encoded words of mail headers in it. In a name of
    /// `parts`, a semicolon that is encoded belongs to its part and becomes `\;`.
    pub(super) fn name(&mut self, property: &Property<'_>, parts: bool) -> String {
        let parameters = &property.parameters;
        let split_safe =
            parts && parameters.quoted_printable && memchr(b';', property.value).is_some();
        let value = match split_safe && parameters.charset != Some(Charset::Known(ISO_2022_JP)) {
            true => Cow::Owned(escape_encoded_semicolons(property.value)),
            false => Cow::Borrowed(property.value),
        };
        let text = self.text(&value, parameters).into_owned();
        if !text.contains("=?") {
            return text;
        }
        let context = self.context;
        let mut notes = Vec::new();
        let plain = encoded_word::decoded(&text, |bytes, charset| {
            let decoded = decode_charset(bytes, Some(charset), context);
            notes.extend(decoded.note);
            decoded.text.into_owned()
        });
        self.notes.extend(notes);
        plain.unwrap_or(text)
    }

    /// Decodes a text with its own parameters.
    pub(super) fn text<'a>(&mut self, text: &'a [u8], parameters: &Parameters<'_>) -> Cow<'a, str> {
        let decoded = decode(text, parameters, self.context);
        self.notes.extend(decoded.note);
        decoded.text
    }

    /// Decodes a text that is never encoded, such as a type.
    pub(super) fn plain<'a>(&mut self, text: &'a [u8], charset: Option<Charset>) -> Cow<'a, str> {
        let decoded = decode_plain(text, charset, self.context);
        self.notes.extend(decoded.note);
        decoded.text
    }
}

/// A decoded text, with a note if its charset was in doubt.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Decoded<'a> {
    text: Cow<'a, str>,
    note: Option<NoteKind>,
}

fn decode<'a>(value: &'a [u8], parameters: &Parameters<'_>, context: Context) -> Decoded<'a> {
    if parameters.quoted_printable && memchr(FOLD_IN_DOUBT[0], value).is_some() {
        return decode_folds(value, parameters.charset, context);
    }
    let bytes = match (parameters.quoted_printable, parameters.base64) {
        (true, _) => Some(from_quoted_printable(value)),
        (false, true) => from_base64(value),
        (false, false) => None,
    };
    let charset = parameters.charset;
    match bytes {
        Some(bytes) => {
            let Decoded { text, note } = decode_charset(&bytes, charset, context);
            Decoded { text: Cow::Owned(text.into_owned()), note }
        }
        None => decode_plain(value, charset, context),
    }
}

/// Decodes quoted-printable with blanks behind soft line breaks. One between two bytes of a letter
/// is a fold's (RFC 6350, section 3.2), and then so are the others of the value.
fn decode_folds<'a>(value: &[u8], charset: Option<Charset>, context: Context) -> Decoded<'a> {
    let mut pieces = value.split(|byte| *byte == FOLD_IN_DOUBT[0]);
    let first = pieces.next().unwrap_or_default();
    let (mut folded, mut whole) = (first.to_vec(), first.to_vec());
    for piece in pieces {
        whole.extend_from_slice(piece);
        folded.extend_from_slice(piece.get(1..).unwrap_or_default());
    }
    let decode = |text: &[u8]| {
        let bytes = from_quoted_printable(text);
        let Decoded { text, note } = decode_charset(&bytes, charset, context);
        Decoded { text: Cow::Owned(text.into_owned()), note }
    };
    let broken = |decoded: &Decoded<'_>| {
        let signs = decoded.text.matches('\u{fffd}').count();
        signs + usize::from(decoded.note.is_some())
    };
    let (folded, whole) = (decode(&folded), decode(&whole));
    if broken(&folded) < broken(&whole) { folded } else { whole }
}

fn decode_plain(bytes: &[u8], charset: Option<Charset>, context: Context) -> Decoded<'_> {
    decode_charset(bytes, charset.filter(|_| !context.unicode), context)
}

fn decode_charset(bytes: &[u8], named: Option<Charset>, context: Context) -> Decoded<'_> {
    let mut text = match named.and_then(Charset::besides_utf8) {
        Some(charset) => {
            if !is_rather_utf8(bytes, charset) {
                return declared_text(bytes, charset);
            }
            let text = undeclared_text(bytes, context);
            // Programs that name ISO-8859-1 and write UTF-8 are common: no note is needed.
            let note = (charset != WINDOWS_1252).then_some(NoteKind::CharsetUntrue);
            return Decoded { note, ..text };
        }
        None => undeclared_text(bytes, context),
    };
    if text.note == Some(NoteKind::CharsetGuessed) {
        text.note = Some(match named {
            None => NoteKind::CharsetGuessed,
            Some(Charset::Unknown) => NoteKind::CharsetUnknown,
            Some(Charset::Known(_)) => NoteKind::CharsetUntrue,
        });
    }
    text
}

/// Text that is decoded without a note.
pub(super) fn plain(bytes: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

fn declared_text<'a>(bytes: &'a [u8], charset: &'static Encoding) -> Decoded<'a> {
    let (text, broken) = charset.decode_without_bom_handling(bytes);
    Decoded { text, note: broken.then_some(NoteKind::BrokenBytes) }
}

/// Decodes as UTF-8 if it is that, broken bytes aside; else as the card names elsewhere, else as
/// the user names for all lists (the cards may be UTF-8 and only the table beside them old), else
/// as Windows-1252.
fn undeclared_text(bytes: &[u8], context: Context) -> Decoded<'_> {
    let given = context.given.filter(|_| !context.unicode).and_then(Charset::besides_utf8);
    if let Some(charset) = given.filter(|given| *given == ISO_2022_JP && bytes.contains(&b'\x1b')) {
        return declared_text(bytes, charset);
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        // Two bytes can be a character in both: UTF-8 is likelier.
        let both = |given: &'static Encoding| {
            !given.is_single_byte() && !text.is_ascii() && !is_rather_utf8(bytes, given)
        };
        let note = given.filter(|given| both(given)).map(|_| NoteKind::CharsetGuessed);
        return Decoded { text: Cow::Borrowed(text), note };
    }
    if mostly_utf8(bytes, context.card.or(given).is_none()) {
        let text = String::from_utf8_lossy(bytes);
        return Decoded { text, note: Some(NoteKind::BrokenBytes) };
    }
    match context.card.or(given) {
        Some(charset) => declared_text(bytes, charset),
        None => {
            let (text, _) = WINDOWS_1252.decode_without_bom_handling(bytes);
            Decoded { text, note: Some(NoteKind::CharsetGuessed) }
        }
    }
}

/// Puts a backslash before each `=3B` that has none.
fn escape_encoded_semicolons(value: &[u8]) -> Vec<u8> {
    let mut escaped = Vec::with_capacity(value.len());
    for (index, byte) in value.iter().enumerate() {
        let semicolon =
            value[index..].get(..3).is_some_and(|code| code.eq_ignore_ascii_case(b"=3B"));
        let has_backslash =
            escaped.ends_with(b"\\") || escaped.ends_with(b"=5C") || escaped.ends_with(b"=5c");
        if semicolon && !has_backslash {
            escaped.extend_from_slice(b"=5C");
        }
        escaped.push(*byte);
    }
    escaped
}

/// Returns whether more characters than broken pieces are UTF-8 beyond ASCII; as many are
/// enough where no other charset is named.
fn mostly_utf8(bytes: &[u8], as_many: bool) -> bool {
    let (mut good, mut bad) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        good += chunk.valid().chars().filter(|sign| !sign.is_ascii()).count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    good > bad || (as_many && good == bad && good > 0)
}

/// Decodes quoted-printable. The crate drops bytes that it does not allow and blanks at the end,
/// and fails at a lone `=`; real files have all three. So they are escaped first.
pub(super) fn from_quoted_printable(value: &[u8]) -> Vec<u8> {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let mut escaped = Vec::with_capacity(value.len());
    for (index, &byte) in value.iter().enumerate() {
        let allowed = match byte {
            b'=' => {
                matches!(value.get(index + 1..index + 3), Some([a, b]) if a.is_ascii_hexdigit() && b.is_ascii_hexdigit())
            }
            _ => byte.is_ascii_graphic(),
        };
        match allowed {
            true => escaped.push(byte),
            false => {
                escaped.extend([b'=', HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]])
            }
        }
    }
    quoted_printable::decode(&escaped, ParseMode::Robust).unwrap_or(escaped)
}

/// Base64 without padding, as careless programs write it.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone),
);

/// Decodes base64 in either alphabet; `None` if the value is not base64. Blanks in it are left from
/// folds, but words have blanks too: with blanks its length must be a multiple of 4.
pub(super) fn from_base64(value: &[u8]) -> Option<Vec<u8>> {
    let value = value.trim_ascii();
    let mut signs: Vec<u8> =
        value.iter().copied().filter(|sign| !sign.is_ascii_whitespace()).collect();
    if signs.len() != value.len() && !signs.len().is_multiple_of(4) {
        return None;
    }
    signs.truncate(signs.iter().position(|sign| *sign == b'=').unwrap_or(signs.len()));
    for sign in &mut signs {
        match sign {
            b'-' => *sign = b'+',
            b'_' => *sign = b'/',
            _ => {}
        }
    }
    BASE64.decode(signs).ok()
}

/// Resolves `\,` `\;` `\:` `\\` and `\n` (RFC 6350, section 3.4) into one trimmed line: line ends
/// and tabs become spaces.
pub(super) fn unescape(text: &str) -> String {
    if !text.bytes().any(|byte| matches!(byte, b'\\' | b'\t'..=b'\r')) {
        return text.trim().to_owned();
    }
    let mut plain = String::with_capacity(text.len());
    let mut signs = text.chars().peekable();
    while let Some(sign) = signs.next() {
        let escaped = signs.peek().copied().filter(|_| sign == '\\');
        match escaped {
            Some('n' | 'N') => plain.push(' '),
            Some(next @ (',' | ';' | ':' | '\\')) => plain.push(next),
            _ => {
                plain.push(if matches!(sign, '\t'..='\r') { ' ' } else { sign });
                continue;
            }
        }
        signs.next();
    }
    plain.trim().to_owned()
}

/// The parts of a text between separators that are not escaped, each unescaped.
pub(super) fn parts(text: &str, separator: char) -> impl Iterator<Item = String> {
    let mut escaped = false;
    text.split(move |sign: char| {
        let splits = sign == separator && !escaped;
        escaped = sign == '\\' && !escaped;
        splits
    })
    .map(unescape)
}

#[cfg(test)]
mod tests {
    use encoding_rs::{SHIFT_JIS, WINDOWS_1251};

    use super::*;

    fn read(value: &[u8], line: &[u8], context: Context) -> (String, Option<NoteKind>) {
        let line = super::super::property::Property::parse(line).unwrap();
        let text = decode(value, &line.parameters, context);
        (text.text.into_owned(), text.note)
    }

    #[test]
    fn charsets_of_one_value() {
        let card = |charset| Context { card: Some(charset), ..Context::default() };
        let given = Context { given: Some(Charset::Known(WINDOWS_1251)), ..Context::default() };
        let none = Context::default();
        type Case<'a> = (&'a [u8], &'a [u8], Context, &'a str, Option<NoteKind>);
        let table: [Case<'_>; 22] = [
            ("Ñandú".as_bytes(), b"FN:", none, "Ñandú", None),
            (b"\xd1and\xfa", b"FN:", none, "Ñandú", Some(NoteKind::CharsetGuessed)),
            (b"\xca\xe8\xbf\xe2", b"FN:", card(WINDOWS_1251), "Київ", None),
            (b"\xca\xe8\xbf\xe2", b"FN;CHARSET=windows-1251:", none, "Київ", None),
            ("Київ".as_bytes(), b"FN:", card(WINDOWS_1251), "Київ", None),
            ("Ñandú".as_bytes(), b"FN;CHARSET=ISO-8859-1:", none, "Ñandú", None),
            (b"\xca\xe8\xbf\xe2", b"FN:", given, "Київ", None),
            (b"=CA=E8=BF=E2", b"FN;QUOTED-PRINTABLE:", given, "Київ", None),
            (b"\xd1and\xfa", b"FN;CHARSET=ISO-8859-1:", given, "Ñandú", None),
            (
                "Київ".as_bytes(),
                b"FN;CHARSET=WINDOWS-1251:",
                none,
                "Київ",
                Some(NoteKind::CharsetUntrue),
            ),
            (b"\x1b$B;3ED\x1b(B", b"FN;CHARSET=ISO-2022-JP:", none, "山田", None),
            (
                b"=1B$B;3ED=1B(B",
                b"FN;CHARSET=ISO-2022-JP;ENCODING=QUOTED-PRINTABLE:",
                none,
                "山田",
                None,
            ),
            (b"Zo\x89", b"FN;CHARSET=CP850:", none, "Zo‰", Some(NoteKind::CharsetUnknown)),
            ("Zoë".as_bytes(), b"FN;CHARSET=CP850:", none, "Zoë", None),
            (b"SmFu ZSBEb2U=", b"FN;ENCODING=B;CHARSET=UTF-8:", none, "Jane Doe", None),
            (b"\xd1and\xfa", b"FN;CHARSET=UTF-8:", none, "Ñandú", Some(NoteKind::CharsetUntrue)),
            (b"\x83\x5c", b"FN;CHARSET=SHIFT_JIS:", card(SHIFT_JIS), "ソ", None),
            (b"=C3=91and=C3=BA", b"FN;QUOTED-PRINTABLE:", none, "Ñandú", None),
            (
                b"=D1and=fa x ",
                b"FN;ENCODING=quoted-printable;CHARSET=nonsense:",
                none,
                "Ñandú x ",
                Some(NoteKind::CharsetUnknown),
            ),
            ("a=Ñ=3D=".as_bytes(), b"FN;QUOTED-PRINTABLE:", none, "a=Ñ==", None),
            (b"Wan\xc4 \xc5\x81uk", b"FN:", none, "Wan\u{fffd} Łuk", Some(NoteKind::BrokenBytes)),
            (
                b"Gr\xc3\xbc\xc3\x9fe\xff",
                b"FN:",
                none,
                "Grüße\u{fffd}",
                Some(NoteKind::BrokenBytes),
            ),
        ];
        for (value, line, context, text, note) in table {
            assert_eq!(read(value, line, context), (text.to_owned(), note), "{value:?}");
        }
    }

    #[test]
    fn a_utf16_file_is_text_already() {
        let context =
            Context { given: Some(Charset::Known(SHIFT_JIS)), unicode: true, ..Context::default() };
        assert_eq!(read("Ñ".as_bytes(), b"FN;CHARSET=SHIFT_JIS:", context).0, "Ñ");
        assert_eq!(read(b"=D1", b"FN;QUOTED-PRINTABLE;CHARSET=ISO-8859-1:", context).0, "Ñ");
    }

    #[test]
    fn escapes_and_parts() {
        let table = [
            (r"a\, b\; c\: d\\e", "a, b; c: d\\e"),
            (r" one\ntwo\Nthree ", "one two three"),
            ("tab\tcr\r", "tab cr"),
            (r"C:\path\", r"C:\path\"),
        ];
        for (text, expected) in table {
            assert_eq!(unescape(text), expected, "{text}");
        }
        let parts: Vec<_> = parts(r"a\;b;c\\;;d", ';').collect();
        assert_eq!(parts, ["a;b", "c\\", "", "d"]);
    }
}
