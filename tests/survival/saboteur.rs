//! The saboteur: at random moments it saves, moves, truncates or copies one of the three files of a
//! run, or does to it what must not matter.
//!
//! - It never puts an older copy in place: an editor that saves wrote down what the file held right
//!   before, as it was or in another form (semicolons, CRLF). Lines that a run appends in between
//!   are lost from the file all the same, as by an editor.
//! - Before a run has looked at them, it does not destroy the lock file and one of the other two:
//!   the lock file shows that they are damaged, and without it there is nothing to notice it by.
//!   Destroyed is a file that is truncated, or moved to where no run reads it.

use std::collections::HashSet;
use std::fs::{self, OpenOptions, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use fastrand::Rng;

use super::desk::{Desk, IN_FLIGHT, LOCK, RESULTS, ids_in_flight, sent_ids, statuses};

/// What it does to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Act {
    /// Opens the file, empties it and writes its content again.
    Save,
    /// Writes the content to a new file, which it then gives the name of the old one.
    SaveByRename,
    /// Moves it to where no run reads it.
    MoveAway,
    /// Gives results a name under which they are read: rotates them.
    Rotate,
    Truncate,
    Copy,
    ModeOrLink,
}

impl Act {
    /// Returns whether it can matter to a run.
    pub(crate) fn harms(self) -> bool {
        !matches!(self, Self::Copy | Self::ModeOrLink)
    }
}

/// Something that it did.
#[derive(Debug)]
pub(crate) struct Deed {
    pub(crate) act: Act,
    /// The name of the file.
    pub(crate) file: &'static str,
    /// The name of the file that was made by it, if any.
    pub(crate) made: Option<String>,
    /// True if a run that goes on must notice it: the file is another one, or shorter.
    pub(crate) noticeable: bool,
    /// The number of requests at that moment.
    pub(crate) requests: usize,
}

/// The saboteur of one campaign.
pub(crate) struct Saboteur {
    rng: Rng,
    made: u32,
    /// True for the lock, false for another one, destroyed since a run last looked at them.
    destroyed: Option<bool>,
    /// The ids that the results said were sent before it touched them.
    pub(crate) said_sent: HashSet<String>,
    /// The ids that were in the in-flight file before it touched that.
    pub(crate) was_in_flight: HashSet<String>,
    /// The ids that it cut out of the results or the in-flight file behind what the lock file
    /// remembers: a run that was killed remembers what was synced, up to 200 ms earlier.
    pub(crate) cut_unremembered: HashSet<String>,
}

impl Saboteur {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            rng: Rng::with_seed(seed),
            made: 0,
            destroyed: None,
            said_sent: HashSet::new(),
            was_in_flight: HashSet::new(),
            cut_unremembered: HashSet::new(),
        }
    }

    /// To be called when a run has taken the files as they are, and so repaired them.
    pub(crate) fn files_were_taken(&mut self) {
        self.destroyed = None;
    }

    /// Does one thing to one file. `None` when that file is not there, or is better left alone.
    pub(crate) fn act(&mut self, desk: &Desk) -> Option<Deed> {
        let file = [RESULTS, RESULTS, IN_FLIGHT, LOCK][self.rng.usize(0..4)];
        let act = [
            Act::Save,
            Act::SaveByRename,
            Act::MoveAway,
            Act::Rotate,
            Act::Truncate,
            Act::Truncate,
            Act::Copy,
            Act::ModeOrLink,
        ][self.rng.usize(0..8)];
        let act = if act == Act::Rotate && file != RESULTS { Act::MoveAway } else { act };
        let destroys = matches!(act, Act::MoveAway | Act::Truncate);
        if destroys && self.destroyed.is_some_and(|lock| lock != (file == LOCK)) {
            return None;
        }
        let path = desk.path(file);
        let requests = desk.requests();
        let before = fs::read(&path).ok()?;
        let (noticeable, made) = self.do_to(&path, file, act, &before)?;
        if file == IN_FLIGHT {
            let was_in_flight = ids_in_flight(&before);
            let left = desk.in_flight(IN_FLIGHT);
            let length = fs::metadata(&path).map_or(0, |file| file.len());
            if in_memory(desk, "in-flight", 1).is_none_or(|remembered| remembered <= length) {
                self.cut_unremembered.extend(was_in_flight.difference(&left).cloned());
            }
            self.was_in_flight.extend(was_in_flight);
        }
        if file == RESULTS {
            let said_sent = sent_ids(&statuses(&before));
            let left = sent_ids(&desk.statuses(RESULTS));
            let cut: Vec<String> = said_sent.difference(&left).cloned().collect();
            let results = desk.statuses(RESULTS);
            let holds = |word, number: usize| {
                in_memory(desk, "ledger", word).is_none_or(|it| it <= number as u64)
            };
            if holds(1, results.len()) && holds(2, left.len()) {
                self.cut_unremembered.extend(cut);
            } else if !cut.is_empty() {
                self.destroyed = Some(false);
            }
            self.said_sent.extend(said_sent);
        }
        if destroys {
            self.destroyed = Some(file == LOCK);
        }
        Some(Deed { act, file, made, noticeable, requests })
    }

    /// Returns whether a run must notice it, and the name of a file that it made. `None` when the
    /// file has gone meanwhile.
    fn do_to(
        &mut self,
        path: &Path,
        file: &str,
        act: Act,
        before: &[u8],
    ) -> Option<(bool, Option<String>)> {
        Some(match act {
            Act::Save => {
                let text = self.edited(file, before);
                let opened = OpenOptions::new().write(true).truncate(true).open(path);
                std::io::Write::write_all(&mut opened.ok()?, &text).unwrap();
                (text.len() != before.len(), None)
            }
            Act::SaveByRename => {
                let text = self.edited(file, before);
                let new = path.with_extension("save");
                fs::write(&new, text).unwrap();
                fs::set_permissions(&new, Permissions::from_mode(0o600)).unwrap();
                if !path.exists() {
                    // A run has just removed it; to create it again would put back an older copy.
                    fs::remove_file(new).unwrap();
                    return None;
                }
                fs::rename(new, path).unwrap();
                (true, None)
            }
            Act::MoveAway => {
                let name = self.new_name(&format!("{file}.moved"), "");
                fs::rename(path, path.with_file_name(&name)).ok()?;
                (true, Some(name))
            }
            Act::Rotate => {
                let name = self.new_name("people.results.old", ".csv");
                fs::rename(path, path.with_file_name(&name)).ok()?;
                (true, Some(name))
            }
            Act::Truncate => {
                let length = before.len() as u64;
                let kept = match self.rng.usize(0..4) {
                    0 => 0,
                    1 => self.rng.u64(0..=length.min(8)),
                    2 => self.rng.u64(0..=length),
                    _ => length.saturating_sub(self.rng.u64(0..2000)),
                };
                let opened = OpenOptions::new().write(true).open(path).ok()?;
                opened.set_len(kept).unwrap();
                (kept < length, None)
            }
            Act::Copy => (false, Some(self.copy(path, file)?)),
            Act::ModeOrLink => {
                if self.rng.bool() {
                    let mode = [0o600, 0o640, 0o644, 0o660][self.rng.usize(0..4)];
                    fs::set_permissions(path, Permissions::from_mode(mode)).ok()?;
                } else {
                    let name = self.new_name(&format!("{file}.link"), "");
                    fs::hard_link(path, path.with_file_name(name)).ok()?;
                }
                (false, None)
            }
        })
    }

    /// Copies the file beside itself, half of the time under a name that runs read.
    fn copy(&mut self, path: &Path, file: &str) -> Option<String> {
        let name = match self.rng.bool() {
            true => self.new_name(&format!("{file}.copy"), ""),
            false => {
                let results = self.new_name("people.results.copy", ".csv");
                file.replace(RESULTS, &results)
            }
        };
        fs::copy(path, path.with_file_name(&name)).ok()?;
        if file == RESULTS && self.rng.bool() {
            // With what is in flight, as somebody copies a whole folder.
            let _ = fs::copy(
                with_ending(path, ".inflight"),
                with_ending(&path.with_file_name(&name), ".inflight"),
            );
        }
        Some(name)
    }

    fn new_name(&mut self, base: &str, ending: &str) -> String {
        self.made += 1;
        format!("{base}-{}{ending}", self.made)
    }

    /// The content as an editor or a spreadsheet writes it.
    fn edited(&mut self, file: &str, text: &[u8]) -> Vec<u8> {
        match self.rng.usize(0..3) {
            // A torn line would get its missing cells, and what is in them is anybody's guess.
            0 if file == RESULTS && text.ends_with(b"\n") => as_spreadsheet(text),
            0 if file != RESULTS => with_crlf(text),
            1 => String::from_utf8_lossy(text).replace("\r\n", "\n").into(),
            _ => text.to_owned(),
        }
    }
}

fn with_crlf(text: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(text).replace("\r\n", "\n");
    text.replace('\n', "\r\n").into()
}

/// The results with semicolons and CRLF.
fn as_spreadsheet(text: &[u8]) -> Vec<u8> {
    let first = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let delimiter = if first.contains(&b';') { b';' } else { b',' };
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(text);
    let mut writer = csv::WriterBuilder::new()
        .delimiter(b';')
        .flexible(true)
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    for record in reader.byte_records() {
        writer.write_byte_record(&record.unwrap()).unwrap();
    }
    writer.into_inner().unwrap()
}

/// The number that stands in the lock file as a word of the line that begins with `mark`.
fn in_memory(desk: &Desk, mark: &str, word: usize) -> Option<u64> {
    let lock = fs::read_to_string(desk.path(LOCK)).ok()?;
    let line = lock.lines().find(|line| line.starts_with(mark))?;
    line.split(' ').nth(word)?.parse().ok()
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().unwrap().to_owned();
    name.push(ending);
    path.with_file_name(name)
}
