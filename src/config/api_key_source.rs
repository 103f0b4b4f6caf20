//! Reads the API key from a file, a command or the environment; never from the command line, which
//! every user of the machine can read.

use std::env;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::exit::Fatal;
use crate::read::plain_file;
use crate::send::gateway::{BadSecret, Secret};

/// The variable for the key.
const VARIABLE: &str = "LIPACHAT_API_KEY";

/// Reads the key from the file, the command or the environment, in this order.
///
/// # Errors
/// When there is none, or it cannot be read; the error never contains the key.
pub fn read(file: Option<&Path>, command: Option<&str>) -> Result<Secret, Fatal> {
    let (text, source) = match (file, command) {
        (Some(path), _) => (from_file(path)?, path.display().to_string()),
        (None, Some(command)) => (from_command(command)?, "--api-key-command".to_owned()),
        (None, None) => (from_environment()?, VARIABLE.to_owned()),
    };
    Secret::new(&text).map_err(|bad: BadSecret| Fatal::usage(format!("{source}: {bad}")))
}

fn from_file(path: &Path) -> Result<String, Fatal> {
    plain_file::read_text_once(path)
        .map_err(|error| Fatal::usage(format!("api key file {}: {error}", path.display())))
}

fn from_command(command: &str) -> Result<String, Fatal> {
    let output = Command::new("sh")
        .args(["-c", command])
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| Fatal::usage(format!("--api-key-command cannot be run: {error}")))?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => Err(Fatal::usage(format!("--api-key-command failed: {}", output.status))),
    }
}

fn from_environment() -> Result<String, Fatal> {
    env::var(VARIABLE).map_err(|_| {
        Fatal::usage(format!(
            "no API key: set {VARIABLE} or use --api-key-file FILE (to try it without a key: --rehearse)"
        ))
    })
}
