//! What a command line that cannot be parsed still says about `--summary-json`, so that its end is
//! written too.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use super::suggest::variable;
use crate::record::output_file::NamedFiles;

const SUMMARY: &str = "summary-json";

/// The subcommands that have a summary.
const WITH_SUMMARY: [&str; 2] = ["send", "check"];

/// The summary's path and all other files that the command may name.
#[derive(Debug, Default)]
pub struct Unparsed {
    /// The value of `--summary-json`, from the command line, the environment or the file.
    pub summary: Option<PathBuf>,
    /// Every other word that may be the name of a file.
    pub named: NamedFiles,
}

impl Unparsed {
    /// Reads a command line, the environment and the `--config` file as far as possible.
    #[must_use]
    pub fn read(line: &[OsString]) -> Self {
        let mut read = Self::default();
        let words: Vec<&OsStr> = line.iter().skip(1).map(OsString::as_os_str).collect();
        let subcommand = words.iter().find(|word| !word.as_encoded_bytes().starts_with(b"-"));
        let known = subcommand.is_some_and(|word| WITH_SUMMARY.iter().any(|name| word == name));
        read.take_words(&words);
        if !known {
            // Of `report`, the variable does not mean it.
            read.summary = read.summary.filter(|_| !is_another_subcommand(subcommand.copied()));
            return read;
        }
        for (name, value) in std::env::vars_os() {
            let Some(name) = name.to_str().filter(|name| name.starts_with("LIPASEND_")) else {
                continue;
            };
            match name == variable(SUMMARY) {
                true if !value.is_empty() => {
                    read.summary.get_or_insert(value.into());
                }
                true => {}
                false => read.name(&value),
            }
        }
        let config = value_of(&words, "config").map(PathBuf::from);
        if let Some(path) = config.or_else(|| std::env::var_os(variable("config")).map(Into::into))
        {
            read.take_file(&path);
        }
        read
    }

    fn take_words(&mut self, words: &[&OsStr]) {
        self.summary = value_of(words, SUMMARY).map(PathBuf::from);
        let flag = format!("--{SUMMARY}");
        let mut words = words.iter();
        while let Some(word) = words.next() {
            if *word == flag.as_str() {
                words.next();
                continue;
            }
            self.name(word);
            if let Some((before, value)) = word.to_str().and_then(|word| word.split_once('='))
                && before != flag
            {
                self.name(value.as_ref());
            }
        }
    }

    fn take_file(&mut self, path: &Path) {
        let text = match path.is_file() {
            true => std::fs::read_to_string(path).unwrap_or_default(),
            false => return,
        };
        let table: toml::Table = text.parse().unwrap_or_default();
        for (key, value) in table {
            match value {
                toml::Value::String(path) if key == SUMMARY => {
                    self.summary.get_or_insert(path.into());
                }
                toml::Value::String(path) => self.name(path.as_ref()),
                toml::Value::Array(values) => {
                    let paths = values.iter().filter_map(toml::Value::as_str);
                    paths.for_each(|path| self.name(path.as_ref()));
                }
                _ => {}
            }
        }
    }

    fn name(&mut self, word: &OsStr) {
        self.named.keep(Path::new(word), "is named elsewhere in the same command");
    }
}

fn is_another_subcommand(word: Option<&OsStr>) -> bool {
    word.is_some_and(|word| {
        ["report", "listen", "mock-gateway", "help"].iter().any(|name| word == *name)
    })
}

/// The first value of a flag in a command line, up to `--`.
fn value_of<'w>(words: &[&'w OsStr], long: &str) -> Option<&'w OsStr> {
    let flag = format!("--{long}");
    let mut words = words.iter().take_while(|word| **word != "--");
    while let Some(word) = words.next() {
        if *word == flag.as_str() {
            return words.next().copied();
        }
        if let Some(value) =
            word.to_str().and_then(|word| word.strip_prefix(&flag)?.strip_prefix('='))
        {
            return Some(value.as_ref());
        }
    }
    None
}

/// The value of an option of this process, as typed or from its variable.
#[must_use]
pub fn value_of_option(long: &str) -> Option<PathBuf> {
    let line: Vec<OsString> = std::env::args_os().skip(1).collect();
    let words: Vec<&OsStr> = line.iter().map(OsString::as_os_str).collect();
    let typed = value_of(&words, long).map(PathBuf::from);
    typed.or_else(|| std::env::var_os(variable(long)).map(PathBuf::from))
}
