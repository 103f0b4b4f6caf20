//! Files of webhook events, one JSON value a line: who wrote to the business number, and when.
//!
//! Such a file may grow while it is read, and programs of other people write it: a line that is no
//! event is counted, never an error. Lines are read in chunks by several threads, and what each
//! event comes to is handed on in the order of the file. What the shapes of events are is known in
//! `shapes`; what a number or a word means is not known here.

mod chunks;
mod shapes;
mod time;

use std::borrow::Cow;
use std::fmt;
use std::io::{self, Read};
use std::num::NonZero;
use std::thread::{self, available_parallelism};

use jiff::Timestamp;

use self::chunks::{Chunk, Chunks};
use self::shapes::Found;
use super::encoding::{DecodingReader, EncodingChoice, read_head};
use super::file_kind::{FileKind, file_kind};

/// The most bytes of a line: a body of 1 MiB, as `lipasend listen` takes it, and what stands around
/// it. A longer one is counted and passed over.
const MAX_LINE: usize = (1 << 20) + 256;

/// The most threads that read lines; the rest of the work is done by one.
const MAX_THREADS: usize = 8;

/// The lines at the start of a file among which one must begin like JSON. A first line can be cut:
/// logs are rotated.
const FIRST_LINES: usize = 20;

/// One message or call of a person to a business number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboundEvent<'a> {
    /// The WhatsApp id of the person, as it is written.
    pub from: Cow<'a, str>,
    /// The business number, as it is written, if it is given.
    pub to: Option<Cow<'a, str>>,
    /// The time when the person wrote, or else that of receipt; `None` without a time that can be
    /// read.
    pub at: Option<Timestamp>,
    /// The message's text, or the title of the button that was pressed.
    pub text: Option<Cow<'a, str>>,
}

/// What was in the lines of a file, apart from the inbound events.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LineCounts {
    /// Status events, and other events that are no message of a person.
    pub statuses: u64,
    /// Lines, or items of a line's array, that are no event: no JSON, another shape, too long.
    pub unread: u64,
    /// 1 if the last line has no end and cannot be read: it was still being written.
    pub incomplete: u64,
}

impl LineCounts {
    /// Adds the counts of other lines.
    pub fn add(&mut self, other: Self) {
        self.statuses += other.statuses;
        self.unread += other.unread;
        self.incomplete += other.incomplete;
    }
}

/// The error of a file that cannot be read.
#[derive(Debug)]
pub enum EventsError {
    /// The bytes cannot be read.
    Io(io::Error),
    /// It is a file of another kind.
    NotEvents,
    /// It is one JSON text over several lines, so that no line is an event.
    Indented,
}

/// A lowercase fragment for behind the file's name.
impl fmt::Display for EventsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => write!(f, "cannot be read: {error}"),
            Self::NotEvents => f.write_str(
                "is not a file of events: its first line is no JSON object (give the lines that lipasend listen or your webhook stores)",
            ),
            Self::Indented => f.write_str(
                "is one JSON text over several lines (save it with one event on each line, as jq -c does)",
            ),
        }
    }
}

impl std::error::Error for EventsError {}

impl From<io::Error> for EventsError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Reads a file of events. `note` is called for each inbound event, in several threads; `take` gets
/// its results in the order of the file.
///
/// # Errors
/// When the bytes cannot be read, or the file is plainly of another kind.
pub fn read_events<T: Send>(
    mut input: impl Read,
    note: impl Fn(&InboundEvent<'_>) -> T + Sync,
    mut take: impl FnMut(T),
) -> Result<LineCounts, EventsError> {
    let threads = available_parallelism().map_or(1, NonZero::get).min(MAX_THREADS);
    let head = read_head(&mut input)?;
    let kind = file_kind(&head);
    // PowerShell writes UTF-16.
    let encoding = EncodingChoice::Auto.detect(&head);
    let mut chunks = Chunks::new(DecodingReader::new(head, input, encoding));
    let mut counts = LineCounts::default();
    let mut is_first = true;
    loop {
        let mut batch = Vec::with_capacity(threads);
        while batch.len() < threads
            && let Some(chunk) = chunks.next()?
        {
            batch.push(chunk);
        }
        if let Some(first) = batch.first().filter(|_| is_first)
            && !may_be_events(kind, &first.bytes)
        {
            return Err(EventsError::NotEvents);
        }
        if batch.first().is_some_and(|first| is_first && is_indented(&first.bytes)) {
            return Err(EventsError::Indented);
        }
        is_first = false;
        if batch.is_empty() {
            counts.unread += chunks.too_long();
            return Ok(counts);
        }
        for (notes, of_chunk) in read_batch(&batch, &note) {
            counts.add(of_chunk);
            notes.into_iter().for_each(&mut take);
        }
    }
}

/// Returns whether a file of this kind, which begins with these lines, may be one of events.
fn may_be_events(kind: FileKind, head: &[u8]) -> bool {
    let lines = head.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_start);
    let lines = lines.filter(|line| !line.is_empty());
    // In the other kinds the bytes at the start of a line mean nothing.
    let looked_at = if kind == FileKind::Text { FIRST_LINES } else { 1 };
    lines.clone().next().is_none()
        || lines.take(looked_at).any(|line| matches!(line[0], b'{' | b'['))
}

/// Returns whether a file that begins with these lines is one JSON text over several of them: its
/// first line has nothing but opening brackets. Events that are passed over could be a STOP.
fn is_indented(head: &[u8]) -> bool {
    let lines = head.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let mut lines = lines.filter(|line| !line.is_empty());
    let first = lines.next().unwrap_or_default();
    first.iter().all(|byte| matches!(byte, b'{' | b'[' | b' ')) && lines.next().is_some()
}

type Notes<T> = (Vec<T>, LineCounts);

/// Reads each chunk in a thread of its own, the last one in this thread. Where the system allows no
/// more threads, this one reads.
fn read_batch<T: Send>(
    batch: &[Chunk],
    note: &(impl Fn(&InboundEvent<'_>) -> T + Sync),
) -> Vec<Notes<T>> {
    let Some((last, others)) = batch.split_last() else { return Vec::new() };
    thread::scope(|scope| {
        let spawn =
            |chunk| thread::Builder::new().spawn_scoped(scope, move || read_chunk(chunk, note));
        let started: Vec<_> = others.iter().map(|chunk| (chunk, spawn(chunk))).collect();
        let of_last = read_chunk(last, note);
        let mut all: Vec<Notes<T>> = started
            .into_iter()
            .map(|(chunk, thread)| match thread {
                Ok(thread) => {
                    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
                }
                Err(_) => read_chunk(chunk, note),
            })
            .collect();
        all.push(of_last);
        all
    })
}

fn read_chunk<T>(chunk: &Chunk, note: &impl Fn(&InboundEvent<'_>) -> T) -> Notes<T> {
    let mut notes = Vec::new();
    let mut counts = LineCounts::default();
    let mut rest = &chunk.bytes[..];
    while !rest.is_empty() {
        let (line, is_whole) = match memchr::memchr(b'\n', rest) {
            Some(end) => (&rest[..end], true),
            None => (rest, !chunk.is_last),
        };
        rest = rest.get(line.len() + 1..).unwrap_or_default();
        let before = counts.unread;
        read_line(line, &mut |found| match found {
            Found::Inbound(event) => notes.push(note(&event)),
            Found::Status => counts.statuses += 1,
            Found::Unread => counts.unread += 1,
        });
        if !is_whole && counts.unread > before {
            counts.unread = before;
            counts.incomplete += 1;
        }
    }
    (notes, counts)
}

/// Reads one line. Bytes that are not UTF-8 are damage in a text: the event is read.
fn read_line(line: &[u8], take: &mut dyn FnMut(Found<'_>)) {
    let line = line.trim_ascii();
    if line.len() > MAX_LINE {
        return take(Found::Unread);
    }
    if line.is_empty() {
        return;
    }
    match std::str::from_utf8(line) {
        Ok(line) => shapes::read(line, take),
        Err(_) => shapes::read(&String::from_utf8_lossy(line), take),
    }
}

#[cfg(test)]
mod tests;
