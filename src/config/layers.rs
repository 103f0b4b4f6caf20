//! The layers of the configuration: flag before environment before `--config` file before default.
//!
//! clap resolves flags and environment. The file's keys are added to the command line as flags,
//! where neither of these sets the option.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::builder::BoolishValueParser;
use clap::error::{ContextKind, ContextValue};
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command, CommandFactory, FromArgMatches, Id};

use super::hidden_keys::HiddenKeys;
use super::suggest::variable;
use super::{api_key_source, suggest};
use crate::cli::Cli;
use crate::exit::Fatal;
use crate::read::plain_file;
use crate::report::report_file::ReportFile;

/// Adds the `LIPASEND_<FLAG>` variable to every option that no flag on the command line excludes.
fn with_environment(command: Command, typed: Option<&ArgMatches>) -> Command {
    let names: Vec<String> =
        command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    names.iter().fold(command, |command, name| {
        let typed = typed.and_then(|typed| typed.subcommand_matches(name));
        command.mut_subcommand(name, |sub| every_option(sub, typed))
    })
}

fn every_option(command: Command, typed: Option<&ArgMatches>) -> Command {
    let excluded = excluded(&command, typed);
    command.mut_args(|arg| match arg.get_long() {
        Some(long)
            if !matches!(long, "help" | "version")
                && !suggest::is_flag_only(long)
                && !excluded.contains(arg.get_id()) =>
        {
            let name = variable(long);
            // An empty variable counts as not set.
            if std::env::var_os(&name).is_none_or(|value| value.is_empty()) {
                return arg;
            }
            match arg.get_action() {
                // `1`, `yes` and `on` mean true, as `true` does.
                ArgAction::SetTrue => {
                    arg.env(name).hide_env(true).value_parser(BoolishValueParser::new())
                }
                // These become flags: see `flags_of_variables`.
                ArgAction::Append => arg,
                _ => arg.env(name).hide_env(true),
            }
        }
        _ => arg,
    })
}

/// The options that conflict with one on the command line.
fn excluded(command: &Command, typed: Option<&ArgMatches>) -> Vec<Id> {
    let is_typed = |arg: &Arg| typed.is_some_and(|typed| is_set(typed, arg));
    let all = || command.get_arguments();
    let excluded =
        all().filter(|arg| all().any(|other| is_typed(other) && conflict(command, arg, other)));
    excluded.map(|arg| arg.get_id().clone()).collect()
}

/// Turns variables with several values into flags; clap would take each variable for one value.
fn flags_of_variables(command: &Command, typed: Option<&ArgMatches>) -> Vec<OsString> {
    let Some((name, typed)) = typed.and_then(ArgMatches::subcommand) else { return Vec::new() };
    let Some(command) = command.find_subcommand(name) else { return Vec::new() };
    let excluded = excluded(command, Some(typed));
    let mut flags = Vec::new();
    for arg in command.get_arguments() {
        let several = matches!(arg.get_action(), ArgAction::Append);
        let Some(long) = arg.get_long().filter(|_| several) else { continue };
        if is_set(typed, arg) || excluded.contains(arg.get_id()) {
            continue;
        }
        let Some(value) = std::env::var_os(variable(long)) else { continue };
        match value.to_str() {
            Some(text) => {
                flags.extend(values_in(long, text).map(|one| format!("--{long}={one}").into()));
            }
            // Not UTF-8: a path.
            None => {
                let mut flag = OsString::from(format!("--{long}="));
                flag.push(value);
                flags.push(flag);
            }
        }
    }
    flags
}

/// Splits a variable into its values: one a line, or separated by commas where no value can contain
/// one. (Flags that split at commas themselves get the whole text.)
fn values_in<'v>(long: &str, value: &'v str) -> impl Iterator<Item = &'v str> {
    let commas = match long {
        _ if value.trim().contains(['\n', '\r']) => false,
        "map" => value.split(',').all(|rule| rule.contains('=')),
        "ledger" => value.split(',').all(|path| path.trim().ends_with(".csv")),
        "report" => value.split(',').all(|path| path.trim().parse::<ReportFile>().is_ok()),
        _ => false,
    };
    value
        .split(move |c| matches!(c, '\n' | '\r') || (commas && c == ','))
        .map(str::trim)
        .filter(|one| !one.is_empty())
}

/// Returns whether two options conflict. clap records it only at the one that declares it.
fn conflict(command: &Command, one: &Arg, other: &Arg) -> bool {
    let declares = |one: &Arg, other: &Arg| command.get_arg_conflicts_with(one).contains(&other);
    declares(one, other) || declares(other, one)
}

/// Parses the command line together with the environment and the `--config` file.
///
/// # Errors
/// clap's own errors (help and version are among them), and a file that cannot be used.
pub fn parse(typed: &[OsString]) -> Result<Cli, ParseError> {
    // The command line alone, without variables.
    let bare = Cli::command().ignore_errors(true).try_get_matches_from(typed).ok();
    let command = &with_environment(Cli::command(), bare.as_ref());
    let several = flags_of_variables(command, bare.as_ref());
    let line = insert_flags(command, typed, several);
    let matches =
        command.clone().try_get_matches_from(&line).map_err(|error| name_variable(error, typed))?;
    let Some((name, given)) = matches.subcommand() else {
        return Ok(Cli::from_arg_matches(&matches)?);
    };
    let apart = command.find_subcommand(name).and_then(|sub| suggest::value_apart(sub, typed));
    if let Some(error) = apart {
        return Err(ParseError::File(Fatal::usage(error)));
    }
    let Some(path) = given.try_get_one::<PathBuf>("config").ok().flatten() else {
        return Ok(Cli::from_arg_matches(&matches)?);
    };
    let extra = flags_of(path, command, &matches)?;
    let words = extra.iter().filter_map(|flag| flag.to_str().map(str::to_owned));
    let keys = HiddenKeys::of(words);
    let line = insert_flags(command, &line, extra);
    let matches = command
        .clone()
        .try_get_matches_from(line)
        .map_err(|error| ParseError::File(Fatal::usage(keys.hide(&in_file(path, &error)))))?;
    Ok(Cli::from_arg_matches(&matches)?)
}

/// Inserts flags directly after the subcommand, so that an input after `--` stays an input.
fn insert_flags(command: &Command, line: &[OsString], flags: Vec<OsString>) -> Vec<OsString> {
    let is_subcommand =
        |word: &OsString| word.to_str().is_some_and(|word| command.find_subcommand(word).is_some());
    let at = line.iter().skip(1).position(is_subcommand).map_or(line.len(), |at| at + 2);
    let mut line = line.to_vec();
    line.splice(at..at, flags);
    line
}

/// An error that makes a command line unusable.
#[derive(Debug)]
pub enum ParseError {
    /// An error or a help text of clap.
    Line(clap::Error),
    /// An error in the file or in a variable.
    File(Fatal),
}

impl From<clap::Error> for ParseError {
    fn from(error: clap::Error) -> Self {
        Self::Line(error)
    }
}

impl From<Fatal> for ParseError {
    fn from(error: Fatal) -> Self {
        Self::File(error)
    }
}

fn in_file(path: &Path, error: &clap::Error) -> String {
    in_place(&path.display().to_string(), error)
}

fn in_place(place: &str, error: &clap::Error) -> String {
    let text = error.to_string();
    let first = text.lines().next().unwrap_or_default();
    format!("{place}: {}", first.trim_start_matches("error: "))
}

/// Names the variable in an error about a value that is not on the command line.
fn name_variable(error: clap::Error, line: &[OsString]) -> ParseError {
    let Some(ContextValue::String(shown)) = error.get(ContextKind::InvalidArg) else {
        return error.into();
    };
    let flag = shown.split([' ', '=']).next().unwrap_or_default();
    let variable = variable(flag.trim_start_matches('-'));
    let typed = line.iter().any(|word| word.to_string_lossy().starts_with(flag));
    match !typed && std::env::var_os(&variable).is_some() {
        true => ParseError::File(Fatal::usage(in_place(&variable, &error))),
        false => error.into(),
    }
}

/// Returns the file's keys as flags, without those that a flag or a variable sets.
fn flags_of(path: &Path, command: &Command, matches: &ArgMatches) -> Result<Vec<OsString>, Fatal> {
    let shown = path.display();
    let text = plain_file::read_text_once(path).map_err(|error| match may_be_shown(path) {
        true => Fatal::usage(format!("{shown}: cannot be read: {error}")),
        false => Fatal::usage(api_key_source::no_such_file("--config or LIPASEND_CONFIG")),
    })?;
    let table: toml::Table = text.parse().map_err(|error| {
        Fatal::usage(format!("{shown}:{}: {}", line_of(&error, &text), not_toml(&error)))
    })?;
    let Some((name, given)) = matches.subcommand() else { return Ok(Vec::new()) };
    let Some(subcommand) = command.find_subcommand(name) else { return Ok(Vec::new()) };
    let mut flags = Vec::new();
    for (key, value) in &table {
        let arg = subcommand
            .get_arguments()
            .find(|arg| arg.get_long() == Some(key))
            .filter(|_| key != "config" && !suggest::is_flag_only(key))
            .ok_or_else(|| {
                let error = suggest::unknown_key(key, value, subcommand);
                Fatal::usage(format!("{shown}: {error}"))
            })?;
        let set = is_set(given, arg);
        let mut others = subcommand.get_arguments();
        let excluded = others.any(|other| is_set(given, other) && conflict(subcommand, arg, other));
        if !set && !excluded {
            let switch = matches!(arg.get_action(), ArgAction::SetTrue);
            flags_of_key(key, value, switch, &mut flags)
                .map_err(|reason| Fatal::usage(format!("{shown}: `{key}` {reason}")))?;
        }
    }
    Ok(flags)
}

/// Returns whether the name of a configuration file may be shown: the key for the API does not end
/// like this, and is not the name of a file.
fn may_be_shown(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "toml") || path.exists()
}

/// The line of a syntax error in a TOML file, counted from 1.
fn line_of(error: &toml::de::Error, text: &str) -> usize {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    1 + before.matches('\n').count()
}

fn not_toml(error: &toml::de::Error) -> String {
    format!("{} (each line is like rate = \"10/s\")", error.message())
}

/// Returns whether a flag or a variable sets an option.
fn is_set(given: &ArgMatches, arg: &Arg) -> bool {
    let source = given.value_source(arg.get_id().as_str());
    matches!(source, Some(ValueSource::CommandLine | ValueSource::EnvVariable))
}

fn flags_of_key(
    key: &str,
    value: &toml::Value,
    switch: bool,
    flags: &mut Vec<OsString>,
) -> Result<(), &'static str> {
    use toml::Value;
    let mut flag = |value: &dyn std::fmt::Display| flags.push(format!("--{key}={value}").into());
    match value {
        Value::Boolean(true) if switch => flags.push(format!("--{key}").into()),
        Value::Boolean(false) if switch => {}
        _ if switch => return Err("is true or false"),
        Value::String(text) => flag(text),
        Value::Integer(number) => flag(number),
        Value::Float(number) => flag(number),
        Value::Boolean(word) => flag(word),
        Value::Array(values) => {
            for value in values {
                match value {
                    Value::Array(_) => return Err("is a list in a list"),
                    value => flags_of_key(key, value, switch, flags)?,
                }
            }
        }
        _ => return Err("is not a text, a number or a list of them"),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli;

    fn rate_and_to(line: &[&str], file: &str) -> Result<(String, Vec<String>), String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lipasend.toml");
        std::fs::write(&path, file).unwrap();
        let config = format!("--config={}", path.display());
        let line =
            ["lipasend", "send", "people.csv", &config].into_iter().chain(line.iter().copied());
        let line: Vec<OsString> = line.map(OsString::from).collect();
        match parse(&line) {
            Ok(Cli { command: cli::Command::Send(args) }) => {
                Ok((args.sending.rate.to_string(), args.content.to))
            }
            Ok(_) => Err("another command".into()),
            Err(ParseError::Line(error)) => Err(error.to_string()),
            Err(ParseError::File(error)) => {
                Err(error.to_string().replace(&path.display().to_string(), "FILE"))
            }
        }
    }

    #[test]
    fn a_flag_comes_before_the_file_and_the_file_before_the_default() {
        let two = vec!["254712345678".to_owned(), "254712345679".to_owned()];
        let file = "rate = \"20/s\"\nto = [\"254712345678\", 254712345679]\nyes = true\n";
        assert_eq!(rate_and_to(&[], ""), Ok(("10/s".into(), vec![])));
        assert_eq!(rate_and_to(&[], file), Ok(("20/s".into(), two.clone())));
        assert_eq!(rate_and_to(&["--rate=5/s"], file), Ok(("5/s".into(), two)));
        let one = vec!["254700000000".to_owned()];
        assert_eq!(rate_and_to(&["--to=254700000000"], file), Ok(("20/s".into(), one)));
    }

    #[test]
    fn an_error_in_the_file_names_the_file() {
        let table = [
            (
                "rat = 1",
                "FILE: `rat` is not an option: did you mean rate? (see lipasend send --help)",
            ),
            ("yes = 1", "FILE: `yes` is true or false"),
            ("to = [[1]]", "FILE: `to` is a list in a list"),
        ];
        for (file, expected) in table {
            assert_eq!(rate_and_to(&[], file).unwrap_err(), expected);
        }
        assert!(rate_and_to(&[], "rate = \"x\"").unwrap_err().starts_with("FILE: invalid value"));
        let error = rate_and_to(&[], "yes = true\nrate").unwrap_err();
        assert!(error.starts_with("FILE:2: "), "{error}");
    }
}
