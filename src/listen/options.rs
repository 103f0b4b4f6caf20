//! The options of `lipasend listen`. The doc comments of the fields are the help.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::loopback;
use crate::units::parse_positive_duration;

/// Options of the receiver of events.
#[derive(Debug, Clone, PartialEq, Args)]
pub struct ListenOptions {
    /// The address to listen on, loopback only; port 0 takes a free one
    ///
    /// A proxy on the same machine (nginx, Caddy) takes the gateway's HTTPS requests and passes them
    /// on to this address.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080", value_parser = address)]
    pub listen: SocketAddr,

    /// The file to which each event is appended as a line, for --inbound
    #[arg(long, value_name = "FILE")]
    pub events: PathBuf,

    /// The path of the URL that the gateway posts to: a secret of at least 16 characters
    ///
    /// Who knows the path can write events. LIPASEND_PATH sets it without showing it in the list of
    /// processes. Make one with: openssl rand -hex 16
    #[arg(long, value_name = "/SECRET")]
    pub path: SecretPath,

    /// The most connections at the same time; then the one that has waited longest is closed
    #[arg(long, value_name = "N", default_value_t = 256, value_parser = clap::value_parser!(u16).range(1..=4096))]
    pub connections: u16,

    /// The longest time for a request to arrive, and between two requests of a connection
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = parse_positive_duration)]
    pub request_timeout: Duration,

    /// Write the address to this file when listening
    #[arg(long, value_name = "FILE")]
    pub port_file: Option<PathBuf>,
}

fn address(text: &str) -> Result<SocketAddr, String> {
    let address = loopback::parse_address(text)?;
    loopback::require(address, "lipasend", ", behind a TLS proxy such as nginx or Caddy")?;
    Ok(address)
}

/// The fewest characters of a path beside the slashes: 64 bits when they are hexadecimal.
const SHORTEST: usize = 16;

/// The path that only the gateway knows. It is never printed.
#[derive(Clone, PartialEq)]
pub struct SecretPath(String);

impl From<String> for SecretPath {
    fn from(path: String) -> Self {
        Self(path)
    }
}

impl fmt::Debug for SecretPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretPath")
    }
}

impl SecretPath {
    /// Checks that it can be the path of a URL and is hard to guess.
    ///
    /// # Errors
    /// The reason, without the path.
    pub fn check(&self) -> Result<(), String> {
        let Some(rest) = self.0.strip_prefix('/') else {
            return Err("--path must begin with / (like --path /SECRET)".to_owned());
        };
        let is_usual = |c: char| c.is_ascii_alphanumeric() || "-._~/".contains(c);
        if !rest.chars().all(is_usual) {
            let error = "--path may have only letters, digits and - . _ ~ / (make one with: openssl rand -hex 16)";
            return Err(error.to_owned());
        }
        let length = rest.chars().filter(|c| *c != '/').count();
        match length {
            SHORTEST.. => Ok(()),
            _ => Err(format!(
                "--path is too short to be a secret: it has {length} characters without the /, and {SHORTEST} are needed (make one with: openssl rand -hex 16)"
            )),
        }
    }

    /// Returns whether this is the path of a request. The time that this takes does not depend on
    /// the characters.
    pub(super) fn is(&self, path: &str) -> bool {
        let bytes = self.0.bytes().zip(path.bytes());
        let differing = bytes.fold(0, |differing, (one, other)| differing | (one ^ other));
        self.0.len() == path.len() && differing == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_a_secret_or_an_error_that_does_not_repeat_it() {
        for (path, problem) in [
            ("/0123456789abcdef", None),
            ("/hooks/0123-4567_89.b~", None),
            ("/0123456789abcde", Some("15 characters")),
            ("/0123/4567/89ab/cde/", Some("15 characters")),
            ("/", Some("0 characters")),
            ("", Some("begin with /")),
            ("0123456789abcdef", Some("begin with /")),
            ("/0123456789abcdef?x=1", Some("only letters")),
            ("/0123456789abcdef g", Some("only letters")),
            ("/0123456789abcdefé", Some("only letters")),
        ] {
            let checked = SecretPath::from(path.to_owned()).check();
            let is_right = match (&checked, problem) {
                (Ok(()), None) => true,
                (Err(error), Some(problem)) => error.contains(problem),
                _ => false,
            };
            assert!(is_right, "{path}: {checked:?}");
            assert!(path.len() < 5 || !format!("{checked:?}").contains(path));
        }
    }

    #[test]
    fn only_the_whole_path_is_the_path() {
        let secret = SecretPath::from("/0123456789abcdef".to_owned());
        for (path, is) in [
            ("/0123456789abcdef", true),
            ("/0123456789abcdeF", false),
            ("/0123456789abcde", false),
            ("/0123456789abcdef/", false),
            ("/", false),
            ("", false),
        ] {
            assert_eq!(secret.is(path), is, "{path}");
        }
        assert_eq!(format!("{secret:?}"), "SecretPath");
    }

    #[test]
    fn an_address_that_others_can_reach_is_refused_with_the_way_out() {
        assert!(address("localhost:8080").is_ok());
        assert!(address("[::1]:0").is_ok());
        for text in ["0.0.0.0:8080", "192.0.2.1:8080", "[::]:8080"] {
            let error = address(text).unwrap_err();
            assert!(
                error.ends_with("(try 127.0.0.1:8080, behind a TLS proxy such as nginx or Caddy)")
            );
        }
        assert!(address("8080").unwrap_err().contains("try 127.0.0.1:8080"));
    }
}
