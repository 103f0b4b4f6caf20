//! The options of `lipasend mock-gateway`; tests and rehearsals start from the defaults. The doc
//! comments of the fields are the help.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::fault_plan::{RatedFault, Script};
use crate::loopback;
use crate::units::parse_duration;

/// Options of a mock gateway. The default one accepts every valid message at once, as documented.
#[derive(Debug, Clone, PartialEq, Args)]
pub struct GatewayOptions {
    /// The address to listen on, loopback only; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0", value_parser = loopback)]
    pub listen: SocketAddr,

    /// Write the address to this file when listening
    #[arg(long, value_name = "FILE")]
    pub port_file: Option<PathBuf>,

    /// The only accepted API key [default: any that is not empty]
    #[arg(long, value_name = "KEY")]
    pub key: Option<String>,

    /// Time before each answer, such as 120ms or 50ms..200ms
    #[arg(long, value_name = "TIME", default_value = "0ms")]
    pub latency: Latency,

    /// The answer to a repeat of an accepted messageId
    #[arg(long, value_name = "POLICY", value_enum, default_value_t)]
    pub duplicates: Duplicates,

    /// Close each connection after this many requests, announced in the last answer
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub close_after: Option<u64>,

    /// Fail at a rate, such as 500=2% or lost=every=50 (repeatable; --help lists the faults)
    ///
    /// FAULT=RATE, where RATE is a share of the requests (2%, 0.5%) or every=N, and FAULT is
    /// KIND[:OPTION[=VALUE]]...
    ///
    /// Kinds that accept nothing:
    ///   NNN          that HTTP status (300 to 599), with the documented kind of body
    ///   redirect     307 to another host (to=URL, last option)
    ///   failed       200 with data.status FAILED (code=N, default 131026)
    ///   reset        a TCP reset before the body is read
    ///   reset-read   a TCP reset after the body is read
    ///
    /// Kinds that accept the message:
    ///   lost         a TCP reset instead of the answer
    ///   reset-mid    a TCP reset in the middle of the answer
    ///   truncated    half of the answer, then an ordinary close
    ///   oversized    an answer of size=BYTES (default 1048576)
    ///   not-json     an HTML page
    ///   empty        no body
    ///   close        the whole answer, then an unannounced close
    ///   NNN          that HTTP status (200 to 299) with the documented answer
    ///
    /// Options of a status: retry-after=TEXT, retry-date=SECONDS (as an HTTP-date), code=N (a
    /// WhatsApp code in the body's text), header=NAME=VALUE, accepted (accept the message all the
    /// same), body=TEXT (last option). Of reset, reset-read and lost: fin (an ordinary close).
    /// Of every kind: before=TIME (wait before reading), after=TIME (wait before answering).
    ///
    /// Examples: 500=2%  lost=1%  429:retry-after=2=10%  400:code=131026=every=20
    /// 200:after=40s=1%  503:accepted:body=<html>busy</html>=1%
    #[arg(long = "fault", value_name = "FAULT=RATE", verbatim_doc_comment)]
    pub faults: Vec<RatedFault>,

    /// Faults by request number, such as 3:500,4-6:429:retry-after=1,10-:lost, or a file of them
    ///
    /// A script decides before --fault. In a file each entry is on a line of its own, and a body
    /// may contain commas.
    #[arg(long, value_name = "SCRIPT|FILE", value_parser = Script::from_file_or_text)]
    pub script: Option<Script>,

    /// Another seed, other requests that fail
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,

    /// Print one JSON line for each request
    #[arg(long)]
    pub log: bool,

    /// Append one JSON line for each request to this file
    #[arg(long, value_name = "FILE")]
    pub log_file: Option<PathBuf>,
}

impl Default for GatewayOptions {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            port_file: None,
            key: None,
            latency: Latency::default(),
            duplicates: Duplicates::default(),
            close_after: None,
            faults: Vec::new(),
            script: None,
            seed: 0,
            log: false,
            log_file: None,
        }
    }
}

/// The answer to a repeat of an accepted messageId.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Duplicates {
    /// The first answer again
    #[default]
    Replay,
    /// HTTP 409
    #[value(name = "409")]
    Conflict,
    /// HTTP 400 with "Duplicate messageId"
    Text,
    /// Accept it once more, as if it were new
    Accept,
}

/// The time before each answer: fixed, or random in a range.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Latency {
    least: Duration,
    most: Duration,
}

impl Latency {
    /// The latency at a random number from 0 (the least) to 1 (the most).
    pub(super) fn at(self, draw: f64) -> Duration {
        self.least + (self.most - self.least).mul_f64(draw.clamp(0.0, 1.0))
    }

    /// Returns whether there is no latency.
    pub(super) fn is_zero(self) -> bool {
        self.most.is_zero()
    }
}

impl FromStr for Latency {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (least, most) = text.split_once("..").unwrap_or((text, text));
        let (least, most) = (parse_duration(least)?, parse_duration(most)?);
        if least > most {
            return Err(format!("`{text}` ends before it begins"));
        }
        Ok(Self { least, most })
    }
}

fn loopback(text: &str) -> Result<SocketAddr, String> {
    let address = loopback::parse_address(text)?;
    require_loopback(address)?;
    Ok(address)
}

/// Refuses an address that other machines can reach.
pub(super) fn require_loopback(address: SocketAddr) -> Result<(), String> {
    loopback::require(address, "the mock gateway", "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{CommandFactory, Parser};

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        options: GatewayOptions,
    }

    fn parse(line: &str) -> Result<GatewayOptions, String> {
        let words = std::iter::once("mock-gateway").chain(line.split_whitespace());
        let command = Command::try_parse_from(words).map_err(|error| error.to_string())?;
        Ok(command.options)
    }

    #[test]
    fn without_options_the_defaults_apply() {
        Command::command().debug_assert();
        assert_eq!(parse("").unwrap(), GatewayOptions::default());
    }

    #[test]
    fn every_option_is_read() {
        let options = parse(
            "--listen localhost:8099 --port-file p --key k --latency 50ms..200ms \
             --duplicates 409 --close-after 9 --fault 500=2% --fault lost=every=50 \
             --script 3:500,4-6:429:retry-after=1 --seed 7 --log --log-file l",
        );
        let expected = GatewayOptions {
            listen: "127.0.0.1:8099".parse().unwrap(),
            port_file: Some("p".into()),
            key: Some("k".to_owned()),
            latency: "50ms..200ms".parse().unwrap(),
            duplicates: Duplicates::Conflict,
            close_after: Some(9),
            faults: vec!["500=2%".parse().unwrap(), "lost=every=50".parse().unwrap()],
            script: Some("3:500,4-6:429:retry-after=1".parse().unwrap()),
            seed: 7,
            log: true,
            log_file: Some("l".into()),
        };
        assert_eq!(options.unwrap(), expected);
    }

    #[test]
    fn the_error_names_the_problem() {
        for (line, problem) in [
            ("--listen 0.0.0.0:80", "on loopback only, not on 0.0.0.0:80 (try 127.0.0.1:80)"),
            ("--listen example.org:80", "is not an address and port"),
            ("--latency 200ms..50ms", "ends before it begins"),
            ("--fault 500", "does not end with a rate"),
            ("--fault boom=1%", "`boom` is not a fault"),
            ("--script nonsense", "is not NUMBER:FAULT"),
            ("--close-after 0", "0 is not in 1.."),
        ] {
            let error = parse(line).unwrap_err();
            assert!(error.contains(problem), "{line}: {error}");
        }
    }

    #[test]
    fn a_script_may_be_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("faults");
        std::fs::write(&path, "1:500:body={\"a\":1,\"b\":2}").unwrap();
        let options = parse(&format!("--script {}", path.display())).unwrap();
        let expected = "1:500:body={\"a\":1,\"b\":2}\n".parse().unwrap();
        assert_eq!(options.script, Some(expected));
    }

    #[test]
    fn latency_stays_in_its_range() {
        let range: Latency = "50ms..250ms".parse().unwrap();
        for (draw, millis) in [(0.0, 50), (0.5, 150), (1.0, 250), (7.0, 250)] {
            assert_eq!(range.at(draw), Duration::from_millis(millis));
        }
        let fixed: Latency = "120ms".parse().unwrap();
        assert_eq!(fixed.at(0.9), Duration::from_millis(120));
    }
}
