//! The `--inbound` files: webhook events that say who wrote to the sender and when.

use std::io;
use std::path::{Path, PathBuf};

use crate::eligibility::heard::HeardTimes;
use crate::eligibility::inbound::{Inbound, InboundLog, Noted};
use crate::exit::Fatal;
use crate::prepare::phone::PhoneNumber;
use crate::read::inbound_events::{EventsError, read_events};
use crate::read::plain_file;
use crate::units::printable::printable;

/// Reads the files for `sender`, and adds their times to those of `heard`.
///
/// # Errors
/// When a file cannot be read or is of another kind.
pub(super) fn read_inbound(
    paths: &[PathBuf],
    sender: &PhoneNumber,
    heard: HeardTimes,
) -> Result<Inbound, Fatal> {
    let mut log = InboundLog::new(heard);
    for path in paths {
        read_file(path, sender, &mut log).map_err(|error| {
            let name = path.display().to_string();
            Fatal::input(format!("{} {}", printable(&name), shown(&error)))
        })?;
    }
    Ok(log.finish())
}

fn read_file(path: &Path, sender: &PhoneNumber, log: &mut InboundLog) -> Result<(), EventsError> {
    let file = plain_file::open_once(path)?;
    let lines = read_events(file, |event| Noted::of(event, sender), |noted| log.take(noted))?;
    log.count(lines);
    Ok(())
}

fn shown(error: &EventsError) -> String {
    match error {
        EventsError::Io(error) if error.kind() == io::ErrorKind::NotFound => {
            "cannot be read: there is no such file (is it in another folder?)".to_owned()
        }
        error => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::exit::ExitCode;

    fn number(digits: &str) -> PhoneNumber {
        PhoneNumber::from_digits(digits).unwrap()
    }

    fn read(paths: &[PathBuf]) -> Result<Inbound, Fatal> {
        let heard = HeardTimes::new("2026-11-27T12:00:00Z".parse().unwrap());
        read_inbound(paths, &number("254110090747"), heard)
    }

    #[test]
    fn all_files_count_in_their_order() {
        let folder = tempfile::tempdir().unwrap();
        let event = |text: &str| {
            format!(
                r#"{{"from":"254712345678","received_at":"2026-11-27T08:00:00Z","text":"{text}"}}"#
            )
        };
        let paths = ["a.jsonl", "b.jsonl"].map(|name| folder.path().join(name));
        fs::write(&paths[0], event("STOP") + "\n").unwrap();
        fs::write(
            &paths[1],
            format!("{}\n{{\"event\":\"MESSAGE_STATUS\"}}\n{{\"fr", event("START")),
        )
        .unwrap();
        let ann = number("254712345678");
        let inbound = read(&paths).unwrap();
        assert!(!inbound.has_opted_out(&ann));
        let counts = inbound.counts;
        assert_eq!((counts.inbound, counts.statuses, counts.incomplete), (2, 1, 1));
        let [first, second] = paths;
        assert!(read(&[second, first]).unwrap().has_opted_out(&ann));
    }

    #[test]
    fn a_file_that_is_missing_or_of_another_kind_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let list = folder.path().join("a.csv");
        fs::write(&list, "to,name\n254712345678,Ann\n").unwrap();
        // Its events are not read: one of them is a STOP.
        let indented = folder.path().join("a.json");
        let event = r#"{"from":"254712345678","received_at":"2026-11-27T08:00:00Z","text":"STOP"}"#;
        fs::write(&indented, format!("[\n  {event}\n]\n").replace(",\"", ",\n    \"")).unwrap();
        for (path, expected) in [
            (
                list,
                "is not a file of events: its first line is no JSON object (give the lines that lipasend listen or your webhook stores)",
            ),
            (
                indented,
                "is one JSON text over several lines (save it with one event on each line, as jq -c does)",
            ),
            (
                folder.path().join("none"),
                "cannot be read: there is no such file (is it in another folder?)",
            ),
            (folder.path().to_owned(), "cannot be read: it is a folder, not a file"),
        ] {
            let error = read(std::slice::from_ref(&path)).unwrap_err();
            assert_eq!(error.code, ExitCode::Input);
            assert_eq!(error.message, format!("{} {expected}", path.display()));
        }
    }
}
