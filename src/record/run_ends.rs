//! How runs ended, as the lock file keeps it: a line `ended RUN EXIT WORD` for each of the last runs
//! that ended in order, with [what of the list](RunExtent) it was for behind that. The results have
//! the outcome of each message, but not why a run stopped.
//!
//! The lines are behind the five lines that every version reads, so an older version passes over
//! them; it leaves them out when it writes the file.

use std::fmt::Write;

use super::run_extent::RunExtent;

/// The first word of a line.
const MARK: &str = "ended";

/// The most runs that are kept.
const MOST: usize = 20;

macro_rules! ends {
    ($($(#[$doc:meta])* $end:ident $word:literal $meaning:literal)*) => {
        /// The reason why a run ended.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum HowEnded {
            $($(#[$doc])* $end),*
        }

        impl HowEnded {
            /// All of them.
            pub const ALL: [Self; [$($word),*].len()] = [$(Self::$end),*];

            /// The word in the lock file and in the JSON report.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self {
                    $(Self::$end => $word),*
                }
            }

            /// What it means, for people.
            #[must_use]
            pub fn meaning(self) -> &'static str {
                match self {
                    $(Self::$end => $meaning),*
                }
            }
        }
    };
}

ends! {
    /// Nothing was left to send.
    Done "done" "finished"
    /// SIGINT.
    Interrupted "interrupted" "stopped by Ctrl-C"
    /// SIGTERM.
    Terminated "terminated" "stopped by SIGTERM"
    /// SIGHUP.
    HungUp "hung_up" "the terminal was closed"
    /// `--limit`.
    Limit "limit" "stopped at --limit"
    /// `--daily-cap`.
    DailyCap "daily_cap" "stopped at --daily-cap"
    /// `--max-duration`.
    MaxDuration "max_duration" "stopped at --max-duration"
    /// `--hours`.
    OutsideHours "outside_hours" "stopped outside --hours"
    /// The gateway was down for as long as `--retry-for`.
    Down "down" "the gateway was down"
    /// Too much failed.
    Failing "failing" "too much failed"
    /// Too much was refused.
    Refusing "refusing" "too much was refused"
    /// The first messages were all refused for the same reason.
    WrongSetUp "wrong_set_up" "the set-up was wrong"
    /// The first messages all met a closed 24-hour window.
    NoSession "no_session" "no 24-hour window was open"
    /// `--canary`.
    Canary "canary" "the canary failed"
    /// The key, the account, the sender or the address was refused.
    Refused "refused" "the key, account, sender or address was refused"
    /// The system allows no more open files.
    OwnLimit "own_limit" "too few open files"
    /// An outcome could not be written.
    NotWritten "not_written" "a file could not be written"
    /// Another error.
    Error "error" "stopped by an error"
}

/// The end of one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunEnd {
    /// The start time of the run, as it stands in the results.
    pub run: String,
    /// The exit code.
    pub exit: u8,
    /// One of the words of [`HowEnded`], or of a later version.
    pub word: String,
    /// What of the list it was for, and what it left of that.
    pub extent: RunExtent,
}

impl RunEnd {
    /// The reason, if this version knows it.
    #[must_use]
    pub fn how(&self) -> Option<HowEnded> {
        HowEnded::ALL.into_iter().find(|how| how.word() == self.word)
    }

    /// Returns whether the run reached the end of what it was for.
    #[must_use]
    pub fn left_nothing(&self) -> bool {
        match self.extent.left {
            Some(left) => left == 0,
            None => self.how() == Some(HowEnded::Done),
        }
    }

    fn parse(line: &str) -> Option<Self> {
        let mut words = line.split(' ');
        let begin = [words.next()?, words.next()?, words.next()?, words.next()?];
        let [MARK, run, exit, word] = begin else { return None };
        let is_word = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
        (!word.is_empty() && word.bytes().all(is_word)).then_some(())?;
        let (run, exit, word) = (run.to_owned(), exit.parse().ok()?, word.to_owned());
        Some(Self { run, exit, word, extent: RunExtent::parse(words)? })
    }
}

/// The ends of the last runs, in the order in which the runs ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunEnds(Vec<RunEnd>);

impl RunEnds {
    /// Reads the text of a lock file. What is left behind the lines after a crash may repeat one.
    pub(crate) fn of_text(text: &str) -> Self {
        let mut ends = Self::default();
        // Half a line has no end.
        let lines = text.split_inclusive('\n').skip(2).filter_map(|line| line.strip_suffix('\n'));
        for end in lines.filter_map(|line| RunEnd::parse(line.strip_suffix('\r').unwrap_or(line))) {
            if ends.get(&end.run).is_none() {
                ends.add(end);
            }
        }
        ends
    }

    /// Adds the lines to a lock file's text.
    pub(super) fn push_lines(&self, text: &mut String) {
        for RunEnd { run, exit, word, extent } in &self.0 {
            // Writing to a String does not fail.
            let _ = write!(text, "{MARK} {run} {exit} {word}");
            extent.push_words(text);
            text.push('\n');
        }
    }

    /// Adds the end of a run; the oldest goes when there are too many.
    pub(super) fn add(&mut self, end: RunEnd) {
        self.0.push(end);
        if self.0.len() > MOST {
            self.0.remove(0);
        }
    }

    /// The end of the run that started at this time, if it is known.
    #[must_use]
    pub fn get(&self, run: &str) -> Option<&RunEnd> {
        self.0.iter().find(|end| end.run == run)
    }

    /// The end of the last run that ended in order.
    #[must_use]
    pub fn last(&self) -> Option<&RunEnd> {
        self.0.last()
    }

    /// The end of the last one that was for the whole list.
    #[must_use]
    pub fn last_of_whole_list(&self) -> Option<&RunEnd> {
        self.0.iter().rev().find(|end| !end.extent.is_part())
    }

    /// Returns whether the last run, and the last one that was for the whole list, left nothing.
    #[must_use]
    pub fn nothing_is_left(&self) -> bool {
        [self.last(), self.last_of_whole_list()]
            .iter()
            .all(|end| end.is_some_and(RunEnd::left_nothing))
    }

    /// Returns whether the end of the run that started at this time would be known if it had ended in
    /// order: that of an earlier run may have been left out.
    #[must_use]
    pub fn would_know(&self, run: &str) -> bool {
        self.0.len() < MOST || self.0.iter().any(|end| *end.run < *run)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::memory::{Holdings, Memory};

    fn end(n: usize) -> RunEnd {
        let run = format!("2026-03-01T08:00:{n:02}.000Z");
        let extent =
            RunExtent { left: n.is_multiple_of(2).then_some(n as u64), ..RunExtent::default() };
        RunEnd { run, exit: 3, word: HowEnded::Done.word().to_owned(), extent }
    }

    #[test]
    fn the_last_ends_are_read_back_and_the_memory_does_not_see_them() {
        let mut ends = RunEnds::default();
        (0..MOST + 3).for_each(|n| ends.add(end(n)));
        assert_eq!(ends.get(&end(2).run), None);
        assert_eq!(ends.get(&end(3).run), Some(&end(3)));
        assert!(!ends.would_know(&end(2).run) && ends.would_know(&end(4).run));
        assert!(RunEnds::default().would_know(&end(2).run), "the first run was killed");
        let held = Holdings { messages: 2, sent: 1, last_id: "a".into(), ..Holdings::default() };
        let mut text = "pid 7 on desk\n".to_owned();
        held.push_line(&mut text);
        text.push_str("run h 1 1/1 spring\n");
        held.push_more_lines(&mut text);
        let lines = text.len();
        ends.push_lines(&mut text);
        for cut in lines..text.len() {
            assert_eq!(Memory::of_text(&text[..cut]), Memory::Held(held.clone()), "{cut}");
            let read = RunEnds::of_text(&text[..cut]);
            assert!(read.0.len() < MOST && ends.0.starts_with(&read.0), "{cut}");
        }
        // The rest of a longer text, as a crash leaves it.
        let left = format!("{text}z\nended {} 0 done\n{}", end(3).run, "ended 2026");
        assert_eq!(RunEnds::of_text(&left), ends);
        assert_eq!(RunEnds::of_text(&text.replace('\n', "\r\n")), ends);
        assert_eq!(
            RunEnds::of_text("pid 7 on desk\nledger 1 1 a\nended x\nended x 3 A\n"),
            RunEnds::default()
        );
    }

    #[test]
    fn each_word_is_read_back() {
        for how in HowEnded::ALL {
            let text = format!("pid\nledger 0 0 -\nended r 0 {}\n", how.word());
            assert_eq!(RunEnds::of_text(&text).get("r").unwrap().how(), Some(how));
        }
    }
}
