//! The names of properties: whether a line is one, or a text that was broken by a raw line end.

use super::property::{name_end, split_group};

/// The properties of vCard 2.1, 3.0 and 4.0 and of their extensions (RFC 6350, 6474, 6715, 8605,
/// 9554), and those of programs that have no `X-` in front.
const STANDARD: [&str; 57] = [
    "ADR",
    "AGENT",
    "ANNIVERSARY",
    "BDAY",
    "BIRTHPLACE",
    "CALADRURI",
    "CALURI",
    "CATEGORIES",
    "CLASS",
    "CLIENTPIDMAP",
    "CONTACT-URI",
    "CREATED",
    "DEATHDATE",
    "DEATHPLACE",
    "EMAIL",
    "EXPERTISE",
    "FBURL",
    "FN",
    "GENDER",
    "GEO",
    "GRAMGENDER",
    "HOBBY",
    "IMPP",
    "INTEREST",
    "KEY",
    "KIND",
    "LABEL",
    "LANG",
    "LANGUAGE",
    "LOGO",
    "MAILER",
    "MEMBER",
    "N",
    "NAME",
    "NICKNAME",
    "NOTE",
    "ORG",
    "ORG-DIRECTORY",
    "PHOTO",
    "PID",
    "PRODID",
    "PROFILE",
    "PRONOUNS",
    "RELATED",
    "REV",
    "ROLE",
    "SOCIALPROFILE",
    "SORT-STRING",
    "SOUND",
    "SOURCE",
    "TEL",
    "TITLE",
    "TZ",
    "UID",
    "URL",
    "VERSION",
    "XML",
];

/// Properties that hold free text, which some programs write with raw line ends.
const FREE_TEXT: [&str; 6] = ["NOTE", "LABEL", "ADR", "ORG", "COMMENT", "TITLE"];

/// The name of a line without its group, up to its first colon or semicolon.
fn name_of(line: &[u8]) -> Option<&[u8]> {
    let end = name_end(line)?;
    Some(split_group(&line[..end]).1.trim_ascii())
}

/// Returns whether a line begins with a property that is known, in any letter case, or with `X-…`.
pub(super) fn is_standard(line: &[u8]) -> bool {
    let Some(name) = name_of(line) else { return false };
    let extension = name.get(..2).is_some_and(|start| start.eq_ignore_ascii_case(b"X-"));
    match extension {
        true => name.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(byte)),
        false => STANDARD.iter().any(|known| name.eq_ignore_ascii_case(known.as_bytes())),
    }
}

/// Returns whether a line is written as people write, not programs: `Tel: 12`, but neither `TEL:12`
/// nor `tel: 12`.
pub(super) fn is_prose(line: &[u8]) -> bool {
    let Some(end) = name_end(line) else { return true };
    let name = &line[..end];
    let capital = name.first().is_some_and(u8::is_ascii_uppercase);
    let small = name.iter().any(u8::is_ascii_lowercase);
    capital && small && matches!(line[end..], [b':', b' ' | b'\t', ..])
}

/// Returns whether a line begins as programs write properties: `TEL;CELL:12` or `TEL:12`, but
/// neither `TEL: 12` nor `Tel:12`.
pub(super) fn is_in_program_form(line: &[u8]) -> bool {
    let Some(end) = name_end(line) else { return false };
    let capitals = || !line[..end].iter().any(u8::is_ascii_lowercase);
    line[end] == b';' || (capitals() && line.get(end + 1) != Some(&b' '))
}

/// Returns whether a line begins with a name in capitals as programs write properties, also one
/// that is not known: `ACCOUNT;X=1:ann`. Two letters may be a piece of a text.
pub(super) fn is_in_capitals(line: &[u8]) -> bool {
    let Some(end) = name_end(line) else { return false };
    let of_name = |byte: &u8| byte.is_ascii_uppercase() || b"-_.".contains(byte);
    end > 2
        && line[..end].iter().all(of_name)
        && is_in_program_form(line)
        && memchr::memchr(b':', line).is_some()
}

/// Returns whether a line begins a property of free text.
pub(super) fn is_free_text(line: &[u8]) -> bool {
    let known = |name: &[u8]| FREE_TEXT.iter().any(|one| name.eq_ignore_ascii_case(one.as_bytes()));
    name_of(line).is_some_and(known)
}

/// Returns whether a line cannot be a property: it has no name, or one with blanks or other signs in
/// it.
pub(super) fn is_no_property(line: &[u8]) -> bool {
    let of_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_./".contains(byte);
    name_of(line).is_none_or(|name| name.is_empty() || !name.iter().all(of_name))
}

/// Returns whether a line may be a piece of base64 without a blank in front: a photo has many.
pub(super) fn is_base64(line: &[u8]) -> bool {
    let sign = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=".contains(byte);
    let long = line.len() >= 40 || matches!(line, [.., b'=']);
    long && line.trim_ascii().iter().all(sign)
}
