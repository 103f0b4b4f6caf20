//! The gateway's address: the accepted forms, and when a connection without TLS is allowed.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use super::BadSetting;

const ENDPOINT: &str = "/api/v1/whatsapp/contact";

/// The address of the gateway, read from a host, `…/api/v1`, `…/api/v1/whatsapp` or the whole
/// endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    scheme: Scheme,
    host: String,
    port: Option<u16>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scheme {
    Http,
    Https,
}

impl Scheme {
    fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    fn port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

impl Address {
    /// `host[:port]`, the gateway's name in the ledger. The default port is left out, so that one
    /// gateway has one name.
    #[must_use]
    pub fn name(&self) -> String {
        match self.port {
            Some(port) => format!("{}:{port}", self.host),
            None => self.host.clone(),
        }
    }

    /// The URL that messages are posted to.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("{}://{}{ENDPOINT}", self.scheme.as_str(), self.name())
    }

    /// The host without brackets, in lower case.
    #[must_use]
    pub fn host(&self) -> &str {
        self.host.trim_start_matches('[').trim_end_matches(']')
    }

    /// Returns whether the gateway is on this machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        is_loopback(self.host())
    }

    /// Returns whether the connection uses TLS.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.scheme == Scheme::Https
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.endpoint())
    }
}

impl FromStr for Address {
    type Err = BadSetting;

    fn from_str(text: &str) -> Result<Self, BadSetting> {
        let text = text.trim();
        let (scheme, rest) = scheme_of(text)?;
        let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        if authority.contains('@') {
            // Not repeated in the error: it may hold a password.
            return Err(BadSetting::new(
                "the gateway's address has a user or password in it; the key goes into \
                 LIPACHAT_API_KEY or --api-key-file",
            ));
        }
        check_path(text, path)?;
        let (host, port) = split_port(text, authority)?;
        let address = Self { scheme, host, port: port.filter(|port| *port != scheme.port()) };
        if !address.is_https() && !address.is_loopback() {
            return Err(BadSetting::new(format!(
                "{text}: http:// is only for this machine, because the key would travel in the \
                 clear (try https://{})",
                address.name()
            )));
        }
        Ok(address)
    }
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<Ipv4Addr>().is_ok_and(|ip| ip.is_loopback())
        || host.parse::<Ipv6Addr>().is_ok_and(|ip| ip.is_loopback())
}

/// The host of an address that has no scheme, without brackets and port.
fn host_of(text: &str) -> &str {
    let authority = text.split(['/', '?', '#']).next().unwrap_or_default();
    match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, _)) => host,
        None => authority.split(':').next().unwrap_or_default(),
    }
}

fn scheme_of(text: &str) -> Result<(Scheme, &str), BadSetting> {
    match text.split_once("://") {
        // There are no certificates for this machine, and nothing leaves it.
        None if is_loopback(host_of(text)) => Ok((Scheme::Http, text)),
        None => Ok((Scheme::Https, text)),
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => Ok((Scheme::Https, rest)),
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => Ok((Scheme::Http, rest)),
        Some((scheme, _)) => Err(BadSetting::new(format!(
            "a gateway's address begins with https:// and not {scheme}://"
        ))),
    }
}

/// Accepts the four documented forms, with or without a slash at the end.
fn check_path(text: &str, path: &str) -> Result<(), BadSetting> {
    let known = ["", "/api/v1", "/api/v1/whatsapp", ENDPOINT];
    if known.contains(&path.trim_end_matches('/')) {
        return Ok(());
    }
    let host = text.split_once(path).map_or(text, |(host, _)| host);
    // A longer part, and all behind a `?`, is not repeated in the error: it may hold the key.
    let shown = match path.find(['?', '#']) {
        Some(at) if at <= SHOWN => format!("{}…", &path[..=at]),
        None if path.len() <= SHOWN => path.to_owned(),
        _ => "/…".to_owned(),
    };
    Err(BadSetting::new(format!(
        "`{shown}` is not a part of the gateway's address; give the host alone (try {host})"
    )))
}

/// The most characters of a wrong path that an error shows.
const SHOWN: usize = 16;

fn split_port(text: &str, authority: &str) -> Result<(String, Option<u16>), BadSetting> {
    let bad = |what| BadSetting::new(format!("{text}: {what} (try https://gateway.lipachat.com)"));
    let colon = authority.rfind(':').filter(|at| !authority[*at..].contains(']'));
    let (host, port) = match colon.map(|at| (&authority[..at], &authority[at + 1..])) {
        None => (authority, None),
        Some((host, digits)) => match digits.parse::<u16>() {
            Ok(port) if port > 0 && digits.bytes().all(|b| b.is_ascii_digit()) => {
                (host, Some(port))
            }
            _ => {
                return Err(BadSetting::new(format!(
                    "{host}: the port is not a number from 1 to 65535"
                )));
            }
        },
    };
    if is_host(host) {
        Ok((host.to_ascii_lowercase(), port))
    } else {
        Err(bad("that is not a host name"))
    }
}

fn is_host(host: &str) -> bool {
    match host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        None => {
            let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_');
            !host.is_empty() && host.bytes().all(fits) && !host.starts_with('.')
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_accepted_form_is_read() {
        #[rustfmt::skip]
        let cases = [
            ("gateway.lipachat.com",                                  "gateway.lipachat.com"),
            ("https://gateway.lipachat.com",                          "gateway.lipachat.com"),
            ("https://gateway.lipachat.com/",                         "gateway.lipachat.com"),
            ("https://gateway.lipachat.com/api/v1",                   "gateway.lipachat.com"),
            ("https://gateway.lipachat.com/api/v1/",                  "gateway.lipachat.com"),
            ("gateway.lipachat.com/api/v1/whatsapp",                  "gateway.lipachat.com"),
            ("https://gateway.lipachat.com/api/v1/whatsapp/contact",  "gateway.lipachat.com"),
            ("https://gateway.lipachat.com/api/v1/whatsapp/contact/", "gateway.lipachat.com"),
            ("  HTTPS://Gateway.LipaChat.com:443/ ",                  "gateway.lipachat.com"),
            ("gateway.lipachat.com:8443",                             "gateway.lipachat.com:8443"),
            ("http://127.0.0.1:8080",                                 "127.0.0.1:8080"),
            ("http://127.9.9.9",                                      "127.9.9.9"),
            ("http://localhost:80/api/v1",                            "localhost"),
            ("http://[::1]:9000",                                     "[::1]:9000"),
            ("https://[2001:db8::1]",                                 "[2001:db8::1]"),
        ];
        for (text, name) in cases {
            let address: Address = text.parse().unwrap();
            assert_eq!(address.name(), name, "{text}");
            let scheme = if text.trim().starts_with("http:") { "http" } else { "https" };
            let endpoint = format!("{scheme}://{name}/api/v1/whatsapp/contact");
            assert_eq!(address.endpoint(), endpoint, "{text}");
        }
    }

    #[test]
    fn a_refused_address_names_the_way_out() {
        #[rustfmt::skip]
        let cases = [
            ("http://gateway.lipachat.com",         "the key would travel in the clear (try https://gateway.lipachat.com)"),
            ("http://10.0.0.1:8080",                "(try https://10.0.0.1:8080)"),
            ("http://localhost.evil.example",       "in the clear"),
            ("http://127.0.0.1.evil.example",       "in the clear"),
            ("ftp://gateway.lipachat.com",          "begins with https://"),
            ("https://me:pw@gateway.lipachat.com",  "LIPACHAT_API_KEY"),
            ("https://gateway.lipachat.com/v2",     "`/v2` is not a part"),
            ("https://gateway.lipachat.com/v2",     "(try https://gateway.lipachat.com)"),
            ("https://gateway.lipachat.com?key=1",  "`?…` is not a part"),
            ("https://gateway.lipachat.com/#x",     "`/#…` is not a part"),
            ("https://gateway.lipachat.com:0",      "port"),
            ("https://gateway.lipachat.com:+80",    "port"),
            ("https://gateway.lipachat.com:99999",  "port"),
            ("https://",                            "not a host name"),
            ("",                                    "not a host name"),
            ("https://gate way.com",                "not a host name"),
            ("https://[::zz]",                      "not a host name"),
            ("https://b\u{fc}ro.example",           "not a host name"),
        ];
        for (text, words) in cases {
            let error = text.parse::<Address>().unwrap_err().to_string();
            assert!(error.contains(words), "{text}: {error}");
        }
        for text in ["https://me:pw@h", "https://h/v1?key=pw", "h/v1/key/of-the-account/pw", "h:pw"]
        {
            let error = text.parse::<Address>().unwrap_err().to_string();
            assert!(!error.contains("pw"), "{error}");
        }
    }
}
