//! The proxy to the gateway, from the environment, read as curl reads it.
//!
//! `https_proxy` counts before `all_proxy`, lower case before upper case. Hosts in `NO_PROXY` and
//! this machine are connected to directly. `HTTP_PROXY` is not used, because connections without
//! TLS go to this machine only. A proxy setting that cannot be used is an error: ureq would ignore
//! it and send the key on a path that the machine's owner does not want.

use ureq::{Proxy, ProxyProtocol};

use super::{Address, BadSetting};

const VARIABLES: [&str; 4] = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];

/// The proxy to use for `address`, if there is one.
pub(super) fn from_environment(
    address: &Address,
    environment: impl Fn(&str) -> Option<String>,
) -> Result<Option<Proxy>, BadSetting> {
    let set = |name: &str| environment(name).filter(|value| !value.trim().is_empty());
    let exceptions = set("no_proxy").or_else(|| set("NO_PROXY")).unwrap_or_default();
    if address.is_loopback() || is_named(address.host(), &exceptions) {
        return Ok(None);
    }
    let Some((name, url)) = VARIABLES.into_iter().find_map(|name| Some((name, set(name)?))) else {
        return Ok(None);
    };
    match Proxy::new(url.trim()) {
        Ok(proxy) if is_http(&proxy) => Ok(Some(proxy)),
        // The value is not repeated: it may hold a password.
        _ => Err(BadSetting::new(format!(
            "the proxy in {name} cannot be used; an HTTP proxy is needed, as http://host:port"
        ))),
    }
}

/// Returns whether the proxy opens tunnels with CONNECT; ureq is built without SOCKS.
fn is_http(proxy: &Proxy) -> bool {
    matches!(proxy.protocol(), ProxyProtocol::Http | ProxyProtocol::Https)
}

/// Returns whether a `NO_PROXY` list has `host`, a domain of it, or `*`.
fn is_named(host: &str, exceptions: &str) -> bool {
    exceptions.split([',', ' ']).map(str::trim).filter(|entry| !entry.is_empty()).any(|entry| {
        let domain = entry.trim_start_matches('*').trim_start_matches('.').to_ascii_lowercase();
        let inside = host.strip_suffix(&domain).is_some_and(|rest| rest.ends_with('.'));
        entry == "*" || (!domain.is_empty() && (host == domain || inside))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    type Variables = [(&'static str, &'static str)];

    fn proxy(address: &str, variables: &Variables) -> Result<Option<String>, String> {
        let find = |name: &str| variables.iter().find(|(n, _)| *n == name);
        let environment = |name: &str| find(name).map(|(_, value)| (*value).to_owned());
        from_environment(&address.parse().unwrap(), environment)
            .map(|proxy| proxy.map(|proxy| format!("{}:{}", proxy.host(), proxy.port())))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn the_proxy_comes_from_the_environment() {
        const GATEWAY: &str = "https://gateway.lipachat.com";
        #[rustfmt::skip]
        let cases: [(&str, &Variables, Option<&str>); 13] = [
            (GATEWAY, &[],                                                       None),
            (GATEWAY, &[("HTTPS_PROXY", "http://p:3128")],                       Some("p:3128")),
            (GATEWAY, &[("https_proxy", "http://a:1"), ("HTTPS_PROXY", "http://b:2")], Some("a:1")),
            (GATEWAY, &[("ALL_PROXY", "http://a:1"), ("HTTPS_PROXY", "http://b:2")],   Some("b:2")),
            (GATEWAY, &[("ALL_PROXY", "http://a:1")],                            Some("a:1")),
            (GATEWAY, &[("HTTP_PROXY", "http://a:1")],                           None),
            (GATEWAY, &[("HTTPS_PROXY", " ")],                                   None),
            (GATEWAY, &[("HTTPS_PROXY", "http://p:3128"), ("NO_PROXY", "x.org, lipachat.com")], None),
            (GATEWAY, &[("HTTPS_PROXY", "http://p:3128"), ("no_proxy", "*")],    None),
            (GATEWAY, &[("HTTPS_PROXY", "http://p:3128"), ("NO_PROXY", "chat.com,.net,")], Some("p:3128")),
            ("http://127.0.0.1:8080", &[("HTTPS_PROXY", "http://p:3128")],       None),
            ("https://localhost:8443", &[("ALL_PROXY", "http://p:3128")],        None),
            ("http://[::1]:8080", &[("ALL_PROXY", "http://p:3128")],             None),
        ];
        for (address, variables, expected) in cases {
            let found = proxy(address, variables).unwrap();
            assert_eq!(found.as_deref(), expected, "{address} {variables:?}");
        }
    }

    #[test]
    fn a_proxy_that_cannot_be_used_is_an_error() {
        for url in ["gopher://me:pw@p", "socks5://me:pw@p:1080", "http://"] {
            let error = proxy("gateway.lipachat.com", &[("HTTPS_PROXY", url)]).unwrap_err();
            assert!(error.contains("HTTPS_PROXY"), "{error}");
            assert!(!error.contains("pw"), "{error}");
        }
    }

    #[test]
    fn no_proxy_matches_whole_labels() {
        #[rustfmt::skip]
        let cases = [
            ("gateway.lipachat.com", "gateway.lipachat.com", true),
            ("gateway.lipachat.com", "LipaChat.com",         true),
            ("gateway.lipachat.com", ".lipachat.com",        true),
            ("gateway.lipachat.com", "*.lipachat.com",       true),
            ("gateway.lipachat.com", "achat.com",            false),
            ("gateway.lipachat.com", "lipachat.org",         false),
            ("gateway.lipachat.com", ".",                    false),
            ("gateway.lipachat.com", "",                     false),
        ];
        for (host, list, named) in cases {
            assert_eq!(is_named(host, list), named, "{host} {list}");
        }
    }
}
