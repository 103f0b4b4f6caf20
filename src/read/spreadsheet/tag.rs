//! The attributes of a tag of XML, as bytes, where the XML is only looked at and not read.

use memchr::memmem;

/// What stands in the quotes behind the first `name` of a tag.
pub(super) fn attribute<'a>(tag: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let mut rest = tag;
    loop {
        let at = memmem::find(rest, name)?;
        let before = at.checked_sub(1).map(|before| rest[before]);
        rest = &rest[at + name.len()..];
        if let [b'=', quote @ (b'"' | b'\''), value @ ..] = rest
            && before.is_some_and(|byte| byte.is_ascii_whitespace())
        {
            return Some(&value[..memchr::memchr(*quote, value)?]);
        }
    }
}
