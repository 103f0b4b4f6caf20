//! What is known of the messages of a list that are not in its results. Pure.

use crate::record::run_ends::{RunEnd, RunEnds};
use crate::report::format::counted;

/// The messages of a list that are not in its results.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Rest {
    /// It is not recorded whether there are any.
    NotRecorded,
    /// The runs were for parts of the list; the last one for this part.
    OutsideOf(String),
    /// The run that ended last, or the last one over the whole list, stopped before its end.
    NotReached {
        /// The messages that it did not reach, if that is recorded.
        left: Option<u64>,
        /// The messages that it held.
        held: u64,
        /// True if a later run was for a part of the list.
        is_earlier: bool,
    },
    /// So many were held, by the last run over the whole list.
    Held(u64),
    /// There are none.
    None,
}

impl Rest {
    /// The messages of a list that are not in results whose last run began at `last_run`. `ends` is
    /// what their lock file says, `None` without one; `in_flight` is whether a run has not ended, of
    /// which the results may have no line.
    pub(super) fn of(ends: Option<&RunEnds>, last_run: &str, in_flight: bool) -> Self {
        let Some(last) = ends.and_then(RunEnds::last) else { return Self::NotRecorded };
        if *last.run < *last_run || in_flight {
            // That one did not end in order.
            return Self::NotRecorded;
        }
        if !last.left_nothing() {
            return Self::not_reached(last, false);
        }
        match ends.and_then(RunEnds::last_of_whole_list) {
            None => Self::OutsideOf(last.extent.part().unwrap_or_default()),
            Some(whole) if !whole.left_nothing() => Self::not_reached(whole, true),
            Some(RunEnd { extent, .. }) if extent.held > 0 => Self::Held(extent.held),
            Some(_) => Self::None,
        }
    }

    fn not_reached(run: &RunEnd, is_earlier: bool) -> Self {
        let extent = &run.extent;
        Self::NotReached { left: extent.left, held: extent.held, is_earlier }
    }

    /// The labels and the words for the screen.
    pub(super) fn show(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::NotRecorded => {
                vec![("left", "not recorded here: the list may have more".to_owned())]
            }
            Self::OutsideOf(part) => {
                let what = format!("the last run was for {part}, the list may have more");
                vec![("left", format!("not recorded here: {what}"))]
            }
            Self::NotReached { left, held, is_earlier } => {
                let by = if *is_earlier { "last run over the whole list" } else { "last run" };
                let left = match left {
                    None => format!("the {by} stopped before its end: run again"),
                    Some(left) => {
                        format!("{} not reached by the {by}: run again", counted(*left, "message"))
                    }
                };
                std::iter::once(("left", left)).chain(show_held(*held)).collect()
            }
            Self::Held(held) => show_held(*held).into_iter().collect(),
            Self::None => Vec::new(),
        }
    }
}

fn show_held(held: u64) -> Option<(&'static str, String)> {
    let messages = counted(held, "message");
    let text = format!("{messages}, by the last run over the whole list: see the not-sent file");
    (held > 0).then_some(("held", text))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rest after runs that ended with these lines.
    fn after(lines: &[&str], last_run: &str) -> Rest {
        let lines: String = lines.iter().map(|line| format!("ended {line}\n")).collect();
        let ends = RunEnds::of_text(&format!("pid 1\nledger 1 1 a\n{lines}"));
        assert_eq!(Rest::of(Some(&ends), last_run, true), Rest::NotRecorded, "a run goes on");
        Rest::of(Some(&ends), last_run, false)
    }

    #[test]
    fn what_is_left_is_what_the_last_run_and_the_last_whole_run_say() {
        use Rest::{Held, NotRecorded, OutsideOf};
        let stopped = |left, held, is_earlier| Rest::NotReached { left, held, is_earlier };
        for (lines, last_run, rest) in [
            (&[][..], "1", NotRecorded),
            (&["1 0 done"], "1", Rest::None),
            (&["1 0 done left=0"], "1", Rest::None),
            (&["1 8 limit"], "1", stopped(None, 0, false)),
            (&["1 8 limit left=90"], "1", stopped(Some(90), 0, false)),
            (&["1 9 daily_cap left=13 held=23"], "1", stopped(Some(13), 23, false)),
            // A signal after the last message.
            (&["1 130 interrupted left=0"], "1", Rest::None),
            // A run was killed after the last end.
            (&["1 0 done left=0"], "2", NotRecorded),
            (&["1 0 done rows=1-100 left=0"], "1", OutsideOf("rows 1-100".to_owned())),
            (&["1 0 done sample=1 left=0"], "1", OutsideOf("a sample of 1 row".to_owned())),
            (&["1 8 limit rows=1-100 left=7"], "1", stopped(Some(7), 0, false)),
            // A part after the whole, and the other way round.
            (&["1 0 done left=0", "2 0 done rows=7 left=0"], "2", Rest::None),
            (&["1 8 limit left=9", "2 0 done rows=7 left=0"], "2", stopped(Some(9), 0, true)),
            (&["1 8 limit left=9", "2 0 done list=rejects left=0"], "2", stopped(Some(9), 0, true)),
            (&["1 0 done rows=7 left=0", "2 0 done left=0"], "2", Rest::None),
            (&["1 3 done left=0 held=38"], "1", Held(38)),
        ] {
            assert_eq!(after(lines, last_run), rest, "{lines:?}");
        }
        assert_eq!(Rest::of(None, "1", false), NotRecorded);
    }

    #[test]
    fn held_messages_are_shown_beside_those_that_were_left() {
        let rest = after(&["1 9 daily_cap left=13 held=23"], "1");
        let [("left", left), ("held", held)] = &*rest.show() else { panic!("{:?}", rest.show()) };
        assert_eq!(left, "13 messages not reached by the last run: run again");
        assert!(held.starts_with("23 messages, by "), "{held}");
    }
}
