//! Inputs that lipasend wrote itself, given with the options of the list that they were made from.
//!
//! A not-sent file holds whole messages in our own columns, so `--map` does not apply to it, and what
//! names recipients or cards is an error. A rejects file has the columns of its list. Both are
//! written as UTF-8 with a byte-order mark, and a spreadsheet may have changed the separator.

use super::finished::Finished;
use crate::config::{Config, RetryRefused};
use crate::eligibility::held::Held;
use crate::exit::Fatal;
use crate::prepare::mapping::OurFile;
use crate::read::encoding::EncodingChoice;
use crate::read::error::ReadError;
use crate::read::{Cells, Dialect, Source};

/// Returns how to read an input: as the options say, unless it is a file of ours that they do not
/// fit.
///
/// # Errors
/// When it cannot be read.
pub(super) fn dialect_of(source: &Source, given: Dialect) -> Result<Dialect, ReadError> {
    if given.encoding == EncodingChoice::Auto && given.delimiter.is_none() {
        return Ok(given);
    }
    let encoding = match source.begins_with_utf8_mark()? {
        true => EncodingChoice::Auto,
        false => given.encoding,
    };
    let own = Dialect { encoding, delimiter: None, sheet: given.sheet.clone() };
    // What cannot be read is reported when it is read as the options say.
    let opened = source.open(&own).ok();
    let header = opened.as_ref().and_then(|opened| opened.header());
    let is_ours = header.is_some_and(|row| our_file(&row.cells).is_some());
    Ok(if is_ours { own } else { given })
}

/// The kind of our own files that has this header, if any.
pub(super) fn our_file(header: &Cells) -> Option<OurFile> {
    OurFile::of(&header.iter().collect::<Vec<_>>())
}

/// Checks that no option names recipients or cards for a not-sent file.
///
/// # Errors
/// When one does: exit code 2.
pub(super) fn check_options(name: &str, config: &Config) -> Result<(), Fatal> {
    let given = naming_options(config);
    match given.is_empty() {
        true => Ok(()),
        false => Err(Fatal::usage(format!(
            "each line of {name} is a whole message, with its recipient and its card (leave out {})",
            given.join(" and ")
        ))),
    }
}

/// The given options that must not be given again with a not-sent file.
pub(super) fn options_to_leave_out(config: &Config) -> Vec<&'static str> {
    let (reading, files) = (&config.reading, &config.files);
    let mut options = naming_options(config);
    for (option, is_given) in [
        ("--rows", reading.rows.is_some()),
        ("--sample", reading.sample.is_some()),
        ("--not-sent", files.not_sent.as_ref().is_some_and(|path| !path.as_os_str().is_empty())),
    ] {
        options.extend(is_given.then_some(option));
    }
    options
}

/// The options without which a run leaves messages of its not-sent files alone.
pub(super) fn options_to_give_also(config: &Config, finished: &Finished) -> Vec<&'static str> {
    let Finished { messages, held, .. } = finished;
    let leaves_refused = config.retry_refused == RetryRefused::None;
    [
        ("--retry-refused", leaves_refused && messages.refused > 0),
        ("--on-unknown retry", config.engine.retry_policy.hold_unknown && messages.unknown > 0),
        ("--send-changed", held.contains_key(&Held::Edited)),
    ]
    .into_iter()
    .filter_map(|(option, is_needed)| is_needed.then_some(option))
    .collect()
}

/// The given options that name recipients or cards.
fn naming_options(config: &Config) -> Vec<&'static str> {
    [
        ("--to", !config.to.is_empty()),
        ("--recipients", config.recipients.is_some()),
        ("--card", config.card.is_some()),
    ]
    .into_iter()
    .filter_map(|(option, is_given)| is_given.then_some(option))
    .collect()
}
