//! The thread that writes: it takes all events that came during the last sync, and writes and syncs
//! them together.

use std::io;
use std::thread::{self, JoinHandle};

use crossbeam_channel::{Receiver, Sender, unbounded};
use tokio::sync::oneshot;

use crate::record::event_file::EventFile;
use crate::report::terminal;

/// The bytes of a batch at which it is written, whatever else waits.
const BATCH: usize = 8 << 20;

/// A line that is to be kept, and who waits for that.
struct Waiting {
    line: Vec<u8>,
    kept: oneshot::Sender<bool>,
}

/// The way to the thread that writes. At most one line of each connection waits there.
pub(super) struct Store {
    lines: Sender<Waiting>,
    thread: JoinHandle<()>,
}

impl Store {
    /// Starts the thread.
    pub(super) fn start(file: EventFile) -> io::Result<Self> {
        let (lines, waiting) = unbounded();
        let thread = thread::Builder::new().name("events".to_owned());
        let thread = thread.spawn(move || write_all(file, &waiting))?;
        Ok(Self { lines, thread })
    }

    /// Returns, once this is known, whether the line is on the disk.
    pub(super) async fn keep(&self, line: Vec<u8>) -> bool {
        let (kept, known) = oneshot::channel();
        // The thread ends after this store only.
        self.lines.send(Waiting { line, kept }).is_ok() && known.await.unwrap_or(false)
    }

    /// Ends the thread when all lines are written.
    pub(super) fn finish(self) {
        drop(self.lines);
        let _ = self.thread.join();
    }
}

/// Writes until there is no sender any more.
fn write_all(mut file: EventFile, waiting: &Receiver<Waiting>) {
    let mut lines = Vec::new();
    let mut fails = false;
    while let Ok(first) = waiting.recv() {
        lines.clear();
        let mut batch = Vec::new();
        let mut next = Some(first);
        while let Some(Waiting { line, kept }) = next {
            lines.extend_from_slice(&line);
            batch.push(kept);
            next = if lines.len() < BATCH { waiting.try_recv().ok() } else { None };
        }
        let written = file.append(&lines);
        report(&file, &written, &mut fails);
        for kept in batch {
            // A client that has left does not wait any more.
            let _ = kept.send(written.is_ok());
        }
    }
}

/// Reports the first error, and the first success after it.
fn report(file: &EventFile, written: &io::Result<()>, fails: &mut bool) {
    let path = file.path().display();
    match written {
        Err(error) if !*fails => terminal::message(&format!(
            "{path} cannot be written: {error}; events are answered 503 until it can (free some space, or check the folder)"
        )),
        Ok(()) if *fails => terminal::message(&format!("{path} can be written again")),
        _ => {}
    }
    *fails = written.is_err();
}
