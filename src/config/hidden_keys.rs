//! Keeps an API key that was typed in a wrong place out of the errors that repeat what was typed:
//! they end in a log or in the mail of cron.

use std::borrow::Cow;
use std::ffi::OsString;
use std::path::Path;

use crate::cli::CampaignArgs;

/// The text in place of what may be a key.
const HIDDEN: &str = "[not shown: it may be an API key]";

/// The least length of a word that may be a key.
const SHORTEST: usize = 16;

/// The least length of the key itself; a shorter one could be part of other words.
const SHORTEST_KEY: usize = 8;

/// The least length of a word with a `/` that may be a key and not a path.
const SHORTEST_BASE64: usize = 24;

/// What was typed, or set in the environment, and may be a key.
#[derive(Debug)]
pub struct HiddenKeys(Vec<String>);

impl HiddenKeys {
    /// Collects what may be a key from the command line and the environment.
    #[must_use]
    pub fn of_line(line: &[OsString]) -> Self {
        let typed = line.iter().skip(1).filter_map(|word| word.to_str().map(str::to_owned));
        Self::of(typed.chain(variables()))
    }

    /// Collects what may be a key from the options as they were resolved, whose values may come
    /// from the `--config` file.
    #[must_use]
    pub fn of_options(args: &CampaignArgs) -> Self {
        let (content, files, gateway) = (&args.content, &args.files, &args.gateway);
        let paths = [&content.recipients, &content.card, &files.results, &files.rejects]
            .into_iter()
            .chain([&files.config, &gateway.api_key_file, &gateway.ca_file])
            .chain([&args.output.summary_json])
            .flatten()
            .chain(&args.inputs)
            .chain(&files.ledger)
            .chain(args.output.report.iter().map(|report| &report.path))
            .map(|path| path.as_os_str())
            .chain(files.not_sent.as_deref())
            .filter_map(|path| path.to_str());
        let texts = [&content.from, &gateway.gateway, &gateway.api_key_command];
        let texts = texts.into_iter().flatten().chain(&content.to).chain([&content.campaign]);
        Self::of(paths.chain(texts.map(String::as_str)).map(str::to_owned).chain(variables()))
    }

    /// Collects what may be a key from words.
    pub fn of(words: impl Iterator<Item = String>) -> Self {
        let mut found = Vec::new();
        for word in words {
            let parts = word.split(|c: char| c.is_whitespace() || c == '"' || c == '\'');
            parts.for_each(|part| collect(part, &mut found));
        }
        // The key itself, whatever it looks like.
        let key = std::env::var("LIPACHAT_API_KEY").ok();
        found.extend(
            key.filter(|key| key.trim().len() >= SHORTEST_KEY).map(|key| key.trim().into()),
        );
        // The longest first: another one may be a part of it.
        found.sort_by_key(|word| std::cmp::Reverse(word.len()));
        found.dedup();
        Self(found)
    }

    /// The text without what may be a key.
    #[must_use]
    pub fn hide<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut text = Cow::Borrowed(text);
        for key in self.0.iter().filter(|key| !HIDDEN.contains(key.as_str())) {
            if text.contains(key.as_str()) {
                text = Cow::Owned(text.replace(key.as_str(), HIDDEN));
            }
        }
        text
    }
}

/// The values of our variables, LIPACHAT_ and LIPASEND_.
fn variables() -> impl Iterator<Item = String> {
    std::env::vars_os().filter_map(|(name, value)| {
        let ours = name.to_str().is_some_and(|name| name.starts_with("LIPA"));
        value.into_string().ok().filter(|_| ours)
    })
}

/// Adds the parts of a word that may be keys. Of a URL, the host is none; of a path, only its first
/// folder may be one.
fn collect(word: &str, found: &mut Vec<String>) {
    if let Some((_, rest)) = word.split_once("://") {
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let host = authority.rsplit('@').next().unwrap_or_default();
        let host = host.split(':').next().unwrap_or_default();
        let parts = rest.split(['/', '?', '#', '&', '=', '@', ':', ';']);
        let parts = parts.filter(|part| *part != host && may_be_an_api_key(part));
        found.extend(parts.map(str::to_owned));
        return;
    }
    let word = word.trim_start_matches('-');
    // An `=` at the end is base64.
    let parts = match word.trim_end_matches('=').split_once('=') {
        Some((before, _)) => vec![before, &word[before.len() + 1..]],
        None => vec![word],
    };
    let parts = parts.into_iter().flat_map(|part| part.split(','));
    for part in parts {
        let folder = part.split_once('/').map(|(folder, _)| folder);
        let words = [Some(part), folder].into_iter().flatten();
        found.extend(words.filter(|word| may_be_an_api_key(word)).map(str::to_owned));
    }
}

/// Returns whether a word may be an API key: long, with letters and digits, and without the look of
/// a path or the ending of a file or a host. The name of a file that exists is none.
#[must_use]
pub fn may_be_an_api_key(word: &str) -> bool {
    let has = |test: fn(&u8) -> bool| word.as_bytes().iter().any(test);
    let ending = word.rsplit_once('.').map(|(_, ending)| ending);
    let has_ending = ending.is_some_and(|ending| {
        (1..=6).contains(&ending.len()) && ending.bytes().all(|b| b.is_ascii_alphabetic())
    });
    word.len() >= SHORTEST
        && word.bytes().all(|byte| byte.is_ascii_graphic())
        && has(u8::is_ascii_digit)
        && has(u8::is_ascii_alphabetic)
        && !has_ending
        && !is_path(word)
        && !Path::new(word).exists()
}

/// Returns whether a word with a `/` is a path and not base64.
fn is_path(word: &str) -> bool {
    if word.contains('\\') || word.starts_with(['/', '~']) || word.starts_with("./") {
        return true;
    }
    let Some((folder, _)) = word.split_once('/') else { return false };
    let base64 = |b: u8| b.is_ascii_alphanumeric() || b"+/=".contains(&b);
    folder == ".."
        || Path::new(folder).is_dir()
        || word.len() < SHORTEST_BASE64
        || !word.bytes().all(base64)
        || !word.bytes().any(|b| b.is_ascii_uppercase())
        || !word.bytes().any(|b| b.is_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_told_from_other_words() {
        for (word, may_be) in [
            ("k-test-SECRET-4711", true),
            ("sk-live-0123456789abcdef", true),
            ("5b333be4-d0fa-5085-9522-d00cb0be8189", true),
            ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dozjgNryP4J3jVmN", true),
            ("aGVsbG8gd29ybGQ/aGVsbG8r0aGVsbG8=", true),
            ("people-2026-november.csv", false),
            ("lists/people-2026-november", false),
            ("/home/Ann/Lists/Contacts2026", false),
            ("gateway2.staging.example.com", false),
            ("+254 712 345 678", false),
            ("254712345678901234", false),
            ("a-campaign-for-easter", false),
            ("131047", false),
            ("src/lib.rs", false),
        ] {
            assert_eq!(may_be_an_api_key(word), may_be, "{word}");
        }
    }

    #[test]
    fn what_may_be_a_key_is_hidden_wherever_it_was_typed() {
        const KEY: &str = "sk-live-0123456789abcdef";
        for typed in [
            KEY.to_owned(),
            format!("--rate={KEY}"),
            format!("-{KEY}"),
            format!("printf '{KEY}'"),
            format!("to={KEY}"),
            format!("254712345678,{KEY}"),
            format!("{KEY}/summary.json"),
            format!("--results={KEY}/a.csv"),
            format!("https://me:{KEY}@gateway1.example.com"),
            format!("https://gateway.example.com/v1?key={KEY}"),
        ] {
            let keys = HiddenKeys::of([typed.clone()].into_iter());
            assert_eq!(keys.hide(&format!("a {KEY} b")), format!("a {HIDDEN} b"), "{typed}");
        }
        let host = HiddenKeys::of(["https://gateway1-of-kenya:1".to_owned()].into_iter());
        assert_eq!(host.hide("gateway1-of-kenya"), "gateway1-of-kenya");
    }
}
