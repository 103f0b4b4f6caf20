//! Reads the API key from a file, a command or the environment; never from the command line, which
//! every user of the machine can read.

use std::env;
use std::path::Path;
use std::process::{Command, Stdio};

use super::hidden_keys::HiddenKeys;
use crate::exit::Fatal;
use crate::read::plain_file;
use crate::report::{event_log, terminal};
use crate::send::gateway::{BadSecret, Secret};
use crate::signals::Stop;

/// The variable for the key.
const VARIABLE: &str = "LIPACHAT_API_KEY";

/// Reads the key from the file, the command or the environment, in this order.
///
/// # Errors
/// When there is none, it cannot be read, or a signal comes first; the error never contains the key.
pub fn read(file: Option<&Path>, command: Option<&str>, stop: &Stop) -> Result<Secret, Fatal> {
    let (text, source) = match (file, command) {
        (Some(path), _) => (from_file(path)?, path.display().to_string()),
        (None, Some(command)) => (from_command(command, stop)?, "--api-key-command".to_owned()),
        (None, None) => (from_environment()?, VARIABLE.to_owned()),
    };
    Secret::new(&text).map_err(|bad: BadSecret| Fatal::usage(format!("{source}: {bad}")))
}

fn from_file(path: &Path) -> Result<String, Fatal> {
    plain_file::read_text_once(path).map_err(|error| match path.exists() {
        true => Fatal::usage(format!("api key file {}: {error}", path.display())),
        false => Fatal::usage(no_such_file(
            "--api-key-file, LIPASEND_API_KEY_FILE or api-key-file in --config",
        )),
    })
}

/// The error for a file that does not exist where a key may have been typed in place of its name.
pub(super) fn no_such_file(option: &str) -> String {
    format!(
        "the file given with {option} does not exist (its name is not shown because it may be a key)"
    )
}

/// Checks that the key is not the value of another option too, where it would be sent or recorded.
///
/// # Errors
/// When it is: exit code 2, without the key.
pub fn check_is_nowhere_else(key: &Secret, campaign: &str, gateway: &str) -> Result<(), Fatal> {
    let key = key.expose();
    let holds = |text: &str| {
        text.to_ascii_lowercase().contains(&key.to_ascii_lowercase()) && key.len() >= LONG
    };
    // In the value of --api-key-command it is part of a longer one.
    let is_it = |word: &str| key.len() >= LONG && word.rsplit('=').next() == Some(key);
    let typed = env::args_os().any(|word| is_it(&word.to_string_lossy()));
    let place = match () {
        () if holds(campaign) => "in the name of the campaign (--campaign)",
        () if holds(gateway) => "in the address of the gateway (--gateway)",
        () if typed => "on the command line, where all users of this machine can read it",
        () => return Ok(()),
    };
    Err(Fatal::usage(format!(
        "the API key is {place}: it belongs only into {VARIABLE} or the file of --api-key-file"
    )))
}

/// The length from which a key is looked for in other texts: a shorter one could be part of them.
const LONG: usize = 12;

/// A warning when others than its owner can read a key file.
#[must_use]
pub fn readable_by_others(path: &Path) -> Option<String> {
    use std::os::unix::fs::MetadataExt;
    let found = std::fs::metadata(path).ok()?;
    (found.is_file() && found.mode() & 0o044 != 0).then(|| {
        let path = path.display();
        format!("{path} has the API key, and other users can read it (try chmod 600 {path})")
    })
}

/// The exit status with which a shell ends when there is no such command.
const NO_COMMAND: [i32; 2] = [126, 127];

fn from_command(command: &str, stop: &Stop) -> Result<String, Fatal> {
    let mut shell = Command::new("sh");
    shell.args(["-c", command]).stdin(Stdio::null());
    let output = stop
        .unless_stopped(move || shell.output())
        .and_then(Option::transpose)
        .map_err(|error| Fatal::usage(format!("--api-key-command cannot be run: {error}")))?
        .ok_or_else(|| Fatal::stopped_before_sending(stop))?;
    let key = String::from_utf8_lossy(&output.stdout).into_owned();
    let is_one_word = command.split_whitespace().nth(1).is_none();
    if is_one_word && output.status.code().is_some_and(|code| NO_COMMAND.contains(&code)) {
        return Err(Fatal::usage(
            "--api-key-command: there is no such command (it is not shown because it may be a key; a file with the key is given with --api-key-file)",
        ));
    }
    print_messages(&String::from_utf8_lossy(&output.stderr), command, &key);
    match output.status.success() {
        true => Ok(key),
        false => Err(Fatal::usage(format!("--api-key-command failed: {}", output.status))),
    }
}

/// Prints what the command wrote to stderr, without the key.
fn print_messages(messages: &str, command: &str, key: &str) {
    let hidden = HiddenKeys::of([command.to_owned(), key.to_owned()].into_iter());
    let messages = hidden.hide(messages);
    let messages = match key.trim() {
        "" => messages,
        key => messages.replace(key, "[key]").into(),
    };
    messages.lines().for_each(|line| match event_log::is_on() {
        true => terminal::message(line),
        false => terminal::line(line),
    });
}

fn from_environment() -> Result<String, Fatal> {
    env::var(VARIABLE).map_err(|_| {
        Fatal::usage(format!(
            "no API key: set {VARIABLE} or use --api-key-file FILE (to try it without a key: --rehearse)"
        ))
    })
}
