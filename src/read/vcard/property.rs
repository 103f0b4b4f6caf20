//! A line becomes a property: group, name, parameters and the value's bytes, which `value` decodes.

use memchr::{memchr, memchr2};

use super::charset::Charset;
use super::markers::mentions;
use super::spelling::{is_charset_name, is_quoted_printable};
use super::value;
use crate::read::phone_device::Device;

/// The most types that are read of a number. Each is compared with all the others.
const MOST_TYPES: usize = 100;

/// A longer text at a line's beginning (in bytes) is no name.
const LONGEST_NAME: usize = 80;

/// The properties that are read, and one variant for all others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PropertyName {
    Version,
    Fn,
    N,
    Nickname,
    Org,
    Tel,
    Kind,
    Label,
    Agent,
    /// Kept only if it names a charset.
    Other,
}

impl PropertyName {
    /// The name at a line's beginning, without its group and in any letter case, and where it ends.
    pub(super) fn of(line: &[u8]) -> Option<(Self, usize)> {
        let end = name_end(line)?;
        let (_, name) = split_group(&line[..end]);
        Some((Self::known(name.trim_ascii()), end))
    }

    fn known(name: &[u8]) -> Self {
        let is = |known: &[u8]| name.eq_ignore_ascii_case(known);
        // Called for every line: a length has one or two names.
        match name.len() {
            1 if is(b"N") => Self::N,
            2 if is(b"FN") => Self::Fn,
            3 if is(b"TEL") => Self::Tel,
            3 if is(b"ORG") => Self::Org,
            4 if is(b"KIND") => Self::Kind,
            5 if is(b"AGENT") => Self::Agent,
            7 if is(b"VERSION") => Self::Version,
            8 if is(b"NICKNAME") => Self::Nickname,
            // Numbers that Outlook has and vCard 2.1 has no type for.
            8 if is(b"X-MS-TEL") => Self::Tel,
            9 if is(b"X-ABLABEL") => Self::Label,
            24 if is(b"X-ADDRESSBOOKSERVER-KIND") => Self::Kind,
            _ => Self::Other,
        }
    }

    /// Returns whether a card has it once, so that a second one belongs to the next card.
    pub(super) fn is_single(self) -> bool {
        matches!(self, Self::Version | Self::Fn | Self::N)
    }

    /// Returns whether it holds a name or a number.
    pub(super) fn is_content(self) -> bool {
        matches!(self, Self::Fn | Self::N | Self::Nickname | Self::Org | Self::Tel)
    }
}

/// An unfolded line, split into its parts.
#[derive(Debug)]
pub(super) struct Property<'a> {
    pub(super) group: &'a [u8],
    pub(super) name: PropertyName,
    pub(super) parameters: Parameters<'a>,
    pub(super) value: &'a [u8],
}

/// The parameters that say how to decode the value, and those of a TEL.
#[derive(Debug, Default)]
pub(super) struct Parameters<'a> {
    /// The words of TYPE, each once, in the line's order, without `pref`.
    pub(super) types: Vec<&'a [u8]>,
    /// True if it has more types than are read.
    pub(super) too_many_types: bool,
    /// The user's label with its own parameters in front, as Android writes it:
    /// `X-CUSTOM(CHARSET=UTF-8,ENCODING=QUOTED-PRINTABLE,=C3=91)`, without the brackets.
    pub(super) custom: Option<&'a [u8]>,
    /// PREF, from 1 (most preferred) to 100; `type=pref` is 1.
    pub(super) preference: Option<u8>,
    pub(super) wa_id: Option<&'a [u8]>,
    pub(super) charset: Option<Charset>,
    pub(super) quoted_printable: bool,
    pub(super) base64: bool,
    /// True if it is the same in another language or script (ALTID, LANGUAGE).
    pub(super) alternative: bool,
}

impl<'a> Property<'a> {
    /// Splits an unfolded line; `None` if it has no colon.
    pub(super) fn parse(line: &'a [u8]) -> Option<Self> {
        let (name, end) = PropertyName::of(line)?;
        let colon = end + unquoted_colon(&line[end..])?;
        let mut parameters = Parameters::default();
        for parameter in unquoted_parts(&line[end..colon]) {
            parameters.read(parameter, name == PropertyName::Tel);
        }
        let (group, _) = split_group(&line[..end]);
        Some(Self { group, name, parameters, value: &line[colon + 1..] })
    }
}

impl Property<'_> {
    /// Returns whether its value is text: it is not base64 of something else.
    pub(super) fn is_text(&self) -> bool {
        !self.parameters.base64
            || value::from_base64(self.value).is_some_and(|bytes| {
                self.parameters.charset.is_some() || std::str::from_utf8(&bytes).is_ok()
            })
    }
}

impl<'a> Parameters<'a> {
    /// Reads `NAME=VALUE`, or the bare value that vCard 2.1 allows.
    fn read(&mut self, parameter: &'a [u8], tel: bool) {
        if tel && let Some(custom) = strip_prefix(parameter, b"X-CUSTOM(") {
            self.custom = Some(custom.strip_suffix(b")").unwrap_or(custom));
            return;
        }
        let Some(equals) = memchr(b'=', parameter) else {
            return self.read_bare(parameter, tel);
        };
        let name = parameter[..equals].trim_ascii();
        if name.eq_ignore_ascii_case(b"TYPE") {
            match tel {
                true => self.read_types(unquoted(&parameter[equals + 1..])),
                // `TYPE=QUOTED-PRINTABLE`
                false => self.quoted_printable |= is_quoted_printable(parameter),
            }
            return;
        }
        // `PREF=1,TYPE=CELL`
        let (value, others) = split_list(&parameter[equals + 1..]);
        self.read_named(name, value);
        // The others of `PID=1.1,2.1` are no parameters.
        let named = |other: &&[u8]| memchr(b'=', other).is_some();
        for other in others.split(|byte| *byte == b',').filter(named) {
            self.read(other.trim_ascii(), tel);
        }
    }

    /// Reads a parameter with a name, other than TYPE.
    fn read_named(&mut self, name: &'a [u8], value: &'a [u8]) {
        if is_charset_name(name) {
            match is_quoted_printable(value) {
                // `CHARSET=QUOTED-PRINTABLE;ENCODING=UTF-8`
                true => self.quoted_printable = true,
                false => self.charset = Some(Charset::named(value)),
            }
        } else if name.eq_ignore_ascii_case(b"ENCODING") {
            if !self.read_encoding(value) {
                // `ENCODING=UTF-8`
                self.charset = self.charset.or_else(|| Charset::if_known(value));
            }
        } else if name.eq_ignore_ascii_case(b"PREF") {
            let rank = std::str::from_utf8(value).ok().and_then(|text| text.parse().ok());
            self.preference = rank.filter(|rank| (1..=100).contains(rank)).or(self.preference);
        } else if name.eq_ignore_ascii_case(b"WAID") {
            self.wa_id = Some(value);
        } else if name.eq_ignore_ascii_case(b"ALTID") || name.eq_ignore_ascii_case(b"LANGUAGE") {
            self.alternative = true;
        } else if is_quoted_printable(value) {
            // `ECODING=QUOTED-PRINTABLE`
            self.quoted_printable = true;
        } else {
            // `FAX=1`, `VALUE=FAX`, `TYPE=WORK TYPE=FAX`
            [name, value]
                .into_iter()
                .filter(|word| is_device(word))
                .for_each(|word| self.add_type(word));
        }
    }

    fn read_bare(&mut self, parameter: &'a [u8], tel: bool) {
        if self.read_encoding(parameter) {
        } else if tel {
            self.read_types(parameter);
        } else {
            // `FN;UTF-8:`
            self.charset = self.charset.or_else(|| Charset::if_known(parameter));
        }
    }

    fn read_encoding(&mut self, word: &[u8]) -> bool {
        let is = |words: &[&str]| words.iter().any(|one| word.eq_ignore_ascii_case(one.as_bytes()));
        let quoted_printable = is(&["Q", "QP"]) || is_quoted_printable(word);
        let base64 = is(&["BASE64", "B"]);
        self.quoted_printable |= quoted_printable;
        self.base64 |= base64;
        quoted_printable || base64 || is(&["8BIT", "7BIT"])
    }

    /// Reads a list of types. `TYPE="work,voice"` is one value by the standard, but meant as two.
    fn read_types(&mut self, list: &'a [u8]) {
        for word in list.split(|byte| *byte == b',') {
            // `TYPE=FAX\,WORK`
            let word = word.trim_ascii();
            let word = word.strip_suffix(b"\\").unwrap_or(word);
            // `TYPE=HOME,TYPE=VOICE`
            let word = strip_prefix(word, b"TYPE=").unwrap_or(word);
            if let Some(equals) = memchr(b'=', word) {
                self.read_named(word[..equals].trim_ascii(), unquoted(&word[equals + 1..]));
                continue;
            }
            let word = unquoted(word);
            if word.eq_ignore_ascii_case(b"PREF") {
                self.preference = self.preference.or(Some(1));
            } else {
                self.add_type(word);
            }
        }
    }

    /// Adds a type, unless it has one of the format's own signs in it or is the scheme of a number
    /// (`TEL;tel:+254…`). A fax is a fax, however it is written.
    fn add_type(&mut self, word: &'a [u8]) {
        let odd = |sign: &u8| sign.is_ascii_control() || b"\":;,\\".contains(sign);
        let known = |one: &&[u8]| one.eq_ignore_ascii_case(word);
        let scheme = word.eq_ignore_ascii_case(b"TEL");
        let left_out = word.is_empty() || scheme || (word.iter().any(odd) && !is_device(word));
        if left_out || self.types.iter().any(known) {
            return;
        }
        match self.types.len() < MOST_TYPES {
            true => self.types.push(word),
            false => self.too_many_types = true,
        }
    }

    /// The text of a [`custom`](Self::custom) label, and the parameters that say how to decode it.
    pub(super) fn of_custom(mut custom: &'a [u8]) -> (Self, &'a [u8]) {
        let mut parameters = Self::default();
        while let Some(comma) = memchr(b',', custom)
            && [&b"CHARSET="[..], b"ENCODING="]
                .iter()
                .any(|name| strip_prefix(custom, name).is_some())
        {
            parameters.read(&custom[..comma], false);
            custom = &custom[comma + 1..];
        }
        (parameters, custom)
    }
}

/// Returns whether a word names a fax, a pager or a modem.
fn is_device(word: &[u8]) -> bool {
    let named = || std::str::from_utf8(word).ok().and_then(Device::of_label).is_some();
    [&b"FAX"[..], b"PAGER", b"MODEM"].iter().any(|device| mentions(word, device)) && named()
}

/// The place of the colon or semicolon behind the name at a line's beginning.
pub(super) fn name_end(line: &[u8]) -> Option<usize> {
    memchr2(b':', b';', &line[..line.len().min(LONGEST_NAME)])
}

/// Splits `item1.TEL` into `item1` and `TEL`.
pub(super) fn split_group(name: &[u8]) -> (&[u8], &[u8]) {
    match name.iter().rposition(|byte| *byte == b'.') {
        Some(dot) => (name[..dot].trim_ascii(), &name[dot + 1..]),
        None => (&[], name),
    }
}

/// The colon before the value: the first outside quotes or, if a quote is never closed, the first.
fn unquoted_colon(text: &[u8]) -> Option<usize> {
    let mut quoted = false;
    let found = text.iter().position(|byte| {
        quoted ^= *byte == b'"';
        *byte == b':' && !quoted
    });
    found.or_else(|| memchr(b':', text))
}

/// The parts between semicolons outside quotes.
pub(super) fn unquoted_parts(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut quoted = false;
    text.split(move |byte| {
        quoted ^= *byte == b'"';
        *byte == b';' && !quoted
    })
    .map(<[u8]>::trim_ascii)
    .filter(|part| !part.is_empty())
}

/// Splits a parameter's value from what is behind its first comma, unless it is in quotes.
fn split_list(value: &[u8]) -> (&[u8], &[u8]) {
    let quoted = value.trim_ascii_start().starts_with(b"\"");
    match memchr(b',', value).filter(|_| !quoted) {
        Some(comma) => (unquoted(&value[..comma]), &value[comma + 1..]),
        None => (unquoted(value), &[]),
    }
}

pub(super) fn unquoted(text: &[u8]) -> &[u8] {
    let text = text.trim_ascii();
    let text = text.strip_prefix(b"\"").unwrap_or(text);
    text.strip_suffix(b"\"").unwrap_or(text)
}

/// `text` without `prefix`, in any letter case.
pub(super) fn strip_prefix<'a>(text: &'a [u8], prefix: &[u8]) -> Option<&'a [u8]> {
    let (start, rest) = text.split_at_checked(prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_groups_in_any_case() {
        let table: [(&str, Option<PropertyName>); 15] = [
            ("TEL:1", Some(PropertyName::Tel)),
            ("org;CHARSET=UTF-8:x", Some(PropertyName::Org)),
            ("Kind:group", Some(PropertyName::Kind)),
            ("AGENT:", Some(PropertyName::Agent)),
            ("Version:3.0", Some(PropertyName::Version)),
            ("x.nickname:x", Some(PropertyName::Nickname)),
            ("X-Ms-Tel;CAR:1", Some(PropertyName::Tel)),
            ("item1.tel;type=pref:1", Some(PropertyName::Tel)),
            ("a.b.Fn:x", Some(PropertyName::Fn)),
            ("N ;X=1:x", Some(PropertyName::N)),
            ("X-ABLabel:x", Some(PropertyName::Label)),
            ("x-addressbookserver-kind:group", Some(PropertyName::Kind)),
            ("NOTE:x", Some(PropertyName::Other)),
            ("TELEX:x", Some(PropertyName::Other)),
            ("no colon", None),
        ];
        for (line, expected) in table {
            assert_eq!(PropertyName::of(line.as_bytes()).map(|(name, _)| name), expected, "{line}");
        }
    }

    #[test]
    fn types_as_they_are_written() {
        let table = [
            ("TEL;CELL;VOICE:1", "cell voice", None),
            ("TEL;TYPE=home,voice:1", "home voice", None),
            ("TEL;TYPE=\"work,voice\";PREF=2:1", "work voice", Some(2)),
            ("TEL;type=CELL;type=pref:1", "cell", Some(1)),
            ("TEL;TYPE=HOME,TYPE=VOICE:1", "home voice", None),
            ("TEL;FAX,WORK:1", "fax work", None),
            ("TEL;:1", "", None),
            ("TEL;PREF=0;WORK;QUOTED-PRINTABLE;WORK:1", "work", None),
            ("TEL;TYPE=\"a:b,c\";X-Y=\"d;e\":1", "c", None),
        ];
        for (line, types, preference) in table {
            let property = Property::parse(line.as_bytes()).unwrap();
            assert_eq!(property.value, b"1", "{line}");
            let words = property.parameters.types.join(&b' ').to_ascii_lowercase();
            assert_eq!(words, types.as_bytes(), "{line}");
            assert_eq!(property.parameters.preference, preference, "{line}");
        }
    }

    #[test]
    fn commas_in_parameters_never_hide_a_fax_or_a_preference() {
        let table = [
            ("TEL;TYPE=WORK\\,FAX:1", "work fax", None),
            ("TEL;TYPE=home\\,pref\\,voice:1", "home voice", Some(1)),
            ("TEL;TYPE=FAX\\;HOME:1", "fax home", None),
            ("TEL;PREF=7,TYPE=work:1", "work", Some(7)),
            ("TEL;PREF=7,TYPE=work,TYPE=voice:1", "work voice", Some(7)),
            ("TEL;TYPE=cell,PREF=2:1", "cell", Some(2)),
            ("TEL;VALUE=uri,TYPE=\"pager\":1", "pager", None),
            ("TEL;PID=3.1,1.7;TYPE=home:1", "home", None),
            ("TEL;TYPE=work;tel:1", "work", None),
            ("X-MS-TEL;VOICE;CALLBACK:1", "voice callback", None),
        ];
        for (line, types, preference) in table {
            let property = Property::parse(line.as_bytes()).unwrap();
            assert_eq!(property.name, PropertyName::Tel, "{line}");
            let words = property.parameters.types.join(&b' ').to_ascii_lowercase();
            assert_eq!(words, types.as_bytes(), "{line}");
            assert_eq!(property.parameters.preference, preference, "{line}");
        }
    }

    #[test]
    fn value_begins_at_the_first_unquoted_colon() {
        let uri = Property::parse(b"TEL;VALUE=uri;TYPE=\"a:b\":tel:+254-712;ext=9").unwrap();
        assert_eq!(uri.value, b"tel:+254-712;ext=9");
        let unclosed = Property::parse(b"TEL;TYPE=\"work:+254").unwrap();
        assert_eq!(unclosed.value, b"+254");
    }
}
