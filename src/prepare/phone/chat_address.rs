//! WhatsApp's own addresses that hold a number: links and chat ids. The number in them always
//! begins with its country code.

/// The links, without `https://` and `www.`, up to the number.
const LINKS: [&str; 6] = [
    "wa.me/",
    "api.whatsapp.com/send?phone=",
    "api.whatsapp.com/send/?phone=",
    "web.whatsapp.com/send?phone=",
    "web.whatsapp.com/send/?phone=",
    "whatsapp://send?phone=",
];

/// The ends of chat ids.
const DOMAINS: [&str; 2] = ["@c.us", "@s.whatsapp.net"];

/// Returns the digits of a link or chat id: `https://wa.me/254712345678?text=Hi`,
/// `254712345678@c.us`.
pub(super) fn digits(text: &str) -> Option<&str> {
    let text = text.trim();
    in_link(text).or_else(|| in_chat_id(text)).filter(|digits| is_unbroken(digits))
}

fn in_link(text: &str) -> Option<&str> {
    // Every cell that is not plain digits comes here.
    if !text.starts_with(['w', 'W', 'h', 'H', 'a', 'A']) {
        return None;
    }
    let text = without(text, "https://").or(without(text, "http://")).unwrap_or(text);
    let text = without(text, "www.").unwrap_or(text);
    let number = LINKS.iter().find_map(|link| without(text, link))?;
    let number = number.split(['?', '&', '#']).next()?.trim_end_matches('/');
    Some(number.strip_prefix('+').or(without(number, "%2B")).unwrap_or(number))
}

fn in_chat_id(text: &str) -> Option<&str> {
    let number = DOMAINS.iter().find_map(|domain| {
        let (number, end) = text.split_at_checked(text.len().checked_sub(domain.len())?)?;
        end.eq_ignore_ascii_case(domain).then_some(number)
    })?;
    let number = number.strip_prefix('+').unwrap_or(number);
    // The id of one device of the account has the device's number behind it.
    match number.split_once(':') {
        Some((account, device)) if is_unbroken(device) => Some(account),
        _ => Some(number),
    }
}

/// Returns the text behind `start`, in any case.
fn without<'t>(text: &'t str, start: &str) -> Option<&'t str> {
    let (found, rest) = text.split_at_checked(start.len())?;
    found.eq_ignore_ascii_case(start).then_some(rest)
}

fn is_unbroken(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_and_chat_ids_hold_a_number() {
        for text in [
            "https://wa.me/255754000123",
            "wa.me/+255754000123",
            "HTTP://WWW.WA.ME/255754000123/",
            "https://wa.me/255754000123?text=Hello%20there,%20is%20it%20still%20for%20sale",
            "https://api.whatsapp.com/send?phone=255754000123",
            "https://api.whatsapp.com/send/?phone=%2B255754000123&text&app_absent=0",
            "https://web.whatsapp.com/send?phone=255754000123",
            "whatsapp://send?phone=+255754000123",
            " 255754000123@c.us",
            "255754000123@S.WhatsApp.net",
            "255754000123:7@s.whatsapp.net",
        ] {
            assert_eq!(digits(text), Some("255754000123"), "{text}");
        }
        for text in [
            "255754000123",
            "wa.me/",
            "wa.me/message/ABC",
            "wa.me/255754000123x",
            "https://example.com/255754000123",
            "ann@c.us",
            "120363000000000000@g.us",
            "255754000123:x@c.us",
            "@c.us",
            "ÿ",
        ] {
            assert_eq!(digits(text), None, "{text}");
        }
    }
}
