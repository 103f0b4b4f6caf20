//! Names that nobody knows, and the known one that was probably meant.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use clap::{ArgAction, Command, CommandFactory};

use crate::cli::Cli;
use crate::units::nearest::nearest;

/// The beginning of our variables.
const OURS: &str = "LIPASEND_";

/// Variables that are not of an option, without their beginning.
const LIPACHAT: [&str; 3] = ["LIPACHAT_API_KEY", "LIPACHAT_GATEWAY_URL", "LIPACHAT_PHONE_NUMBER"];

/// Options that are flags only: a variable or a key of the file would be forgotten there, and would
/// then switch off a protection in every run.
const FLAGS_ONLY: [&str; 1] = ["accept-results"];

/// The name of a flag's variable.
pub(super) fn variable(long: &str) -> String {
    format!("LIPASEND_{}", long.replace('-', "_").to_uppercase())
}

/// Returns whether an option has no variable and no key in the file.
#[must_use]
pub fn is_flag_only(long: &str) -> bool {
    FLAGS_ONLY.contains(&long)
}

/// Warnings about `LIPASEND_` variables in the environment that have no effect. Kubernetes sets
/// some of these names for a service that is called `lipasend`, so they are no errors.
#[must_use]
pub fn unknown_variables() -> Vec<String> {
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let mut names: Vec<String> = names.filter(|name| name.starts_with(OURS)).collect();
    names.sort();
    let known = longs(&Cli::command());
    names.iter().filter_map(|name| warning(name, &known)).collect()
}

/// The long names of all options of all subcommands.
fn longs(command: &Command) -> Vec<String> {
    let all = command.get_subcommands().flat_map(Command::get_arguments);
    let longs = all.filter_map(clap::Arg::get_long).filter(|long| *long != "help");
    let mut longs: Vec<String> = longs.map(str::to_owned).collect();
    longs.sort();
    longs.dedup();
    longs
}

fn warning(name: &str, known: &[String]) -> Option<String> {
    if let Some(long) = FLAGS_ONLY.iter().find(|long| variable(long) == *name) {
        return Some(format!("{name} has no effect, because --{long} is a flag only"));
    }
    let mut variables: Vec<String> = known.iter().map(|long| variable(long)).collect();
    if variables.iter().any(|known| known == name) {
        return None;
    }
    variables.retain(|known| !FLAGS_ONLY.iter().any(|long| variable(long) == *known));
    // The part behind the beginning is compared: LIPASEND_API_KEY is near LIPACHAT_API_KEY.
    let part = |name: &str| name[OURS.len()..].to_lowercase();
    variables.splice(0..0, LIPACHAT.map(str::to_owned));
    let parts: Vec<String> = variables.iter().map(|known| part(known)).collect();
    let near = nearest(&part(name), parts.iter().map(String::as_str));
    let near = near.and_then(|near| variables.get(parts.iter().position(|part| part == near)?));
    Some(format!("{name} is not the variable of an option{}", did_you_mean(near)))
}

/// The error about a value that a blank separates from its option, which then is taken for an
/// input: `--retry-refused 131047`. A word that is the name of a file is an input.
#[must_use]
pub fn value_apart(subcommand: &Command, line: &[OsString]) -> Option<String> {
    let apart = |flag: &OsStr, value: &OsStr| {
        let long = flag.to_str()?.strip_prefix("--")?;
        let value = value.to_str().filter(|value| !value.starts_with('-'))?;
        let arg = subcommand.get_arguments().find(|arg| arg.get_long() == Some(long))?;
        let way_out = match arg.get_action() {
            _ if arg.is_require_equals_set() => format!("did you mean --{long}={value}?"),
            ArgAction::SetTrue if BOOLEANS.contains(&value) => {
                format!("--{long} takes no value")
            }
            _ => return None,
        };
        let error = format!("`{value}` is not a file: {way_out}");
        (!Path::new(value).exists()).then_some(error)
    };
    let end = line.iter().position(|word| word == "--").unwrap_or(line.len());
    line[..end].windows(2).find_map(|two| apart(&two[0], &two[1]))
}

/// The values of a switch in the environment and in the file.
const BOOLEANS: [&str; 8] = ["true", "false", "yes", "no", "on", "off", "1", "0"];

/// The error about a key of the `--config` file that is not an option of this subcommand.
#[must_use]
pub fn unknown_key(key: &str, value: &toml::Value, subcommand: &Command) -> String {
    if is_flag_only(key) {
        return format!("`{key}` is a flag only: type --{key}");
    }
    let name = subcommand.get_name();
    if value.is_table() {
        return format!(
            "[{key}] is a table: write the options one on a line, without a line like this (rate = \"10/s\")"
        );
    }
    let longs: Vec<&str> = subcommand
        .get_arguments()
        .filter_map(clap::Arg::get_long)
        .filter(|long| !matches!(*long, "help" | "config") && !is_flag_only(long))
        .collect();
    let near = nearest(&key.to_lowercase().replace('_', "-"), longs.iter().copied());
    match near {
        None if super::hidden_keys::may_be_an_api_key(key) => format!(
            "a key of the file is not an option (it is not shown because it may be an API key; see lipasend {name} --help)"
        ),
        near => {
            format!("`{key}` is not an option{} (see lipasend {name} --help)", did_you_mean(near))
        }
    }
}

fn did_you_mean(near: Option<impl std::fmt::Display>) -> String {
    near.map(|near| format!(": did you mean {near}?")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_variable_is_named() {
        let known = longs(&Cli::command());
        for (name, near) in [
            ("LIPASEND_RAET", Some("LIPASEND_RATE?")),
            ("LIPASEND_CONCURENCY", Some("LIPASEND_CONCURRENCY?")),
            ("LIPASEND_API_KEY", Some("LIPACHAT_API_KEY?")),
            ("LIPASEND_GATEWAY_URL", Some("LIPACHAT_GATEWAY_URL?")),
            ("LIPASEND_SUMMARY", Some("LIPASEND_SUMMARY_JSON?")),
            ("LIPASEND_SERVICE_HOST", None),
            ("LIPASEND_", None),
        ] {
            let warning = warning(name, &known).unwrap();
            let expected = near.map(|near| format!(": did you mean {near}")).unwrap_or_default();
            assert_eq!(warning, format!("{name} is not the variable of an option{expected}"));
        }
        for known_name in ["LIPASEND_RATE", "LIPASEND_LISTEN", "LIPASEND_LOG_FILE"] {
            assert_eq!(warning(known_name, &known), None);
        }
        let flag_only = warning("LIPASEND_ACCEPT_RESULTS", &known).unwrap();
        assert!(flag_only.contains("--accept-results is a flag only"), "{flag_only}");
    }

    #[test]
    fn a_value_behind_a_blank_is_no_input() {
        let command = Cli::command();
        let send = command.find_subcommand("send").unwrap();
        for (line, says) in [
            ("a.csv --retry-refused 131047", Some("did you mean --retry-refused=131047?")),
            ("--retry-refused 131047,131026 a.csv", Some("--retry-refused=131047,131026?")),
            ("--retry-refused=131047 a.csv", None),
            ("--retry-refused --yes a.csv", None),
            ("--retry-refused Cargo.toml", None),
            ("--yes true a.csv", Some("--yes takes no value")),
            ("--yes a.csv", None),
            ("-- --retry-refused 131047", None),
        ] {
            let line: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            let error = value_apart(send, &line);
            match says {
                Some(says) => assert!(error.as_ref().unwrap().contains(says), "{error:?}"),
                None => assert_eq!(error, None),
            }
        }
    }

    #[test]
    fn the_nearest_key_is_named() {
        let command = Cli::command();
        let send = command.find_subcommand("send").unwrap();
        for (key, says) in [
            ("rat", "`rat` is not an option: did you mean rate? (see lipasend send --help)"),
            ("retry_for", "`retry_for` is not an option: did you mean retry-for? (see"),
            ("Rate", "did you mean rate?"),
            ("listen", "`listen` is not an option (see"),
            ("accept-results", "is a flag only: type --accept-results"),
            ("k-test-SECRET-4711", "a key of the file is not an option (it is not shown"),
        ] {
            let error = unknown_key(key, &toml::Value::Boolean(true), send);
            assert!(error.contains(says), "{key}: {error}");
        }
        let table = unknown_key("send", &toml::Value::Table(toml::Table::new()), send);
        assert!(table.contains("[send] is a table"), "{table}");
    }
}
