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
    /// The run that ended last, or the last one over the whole list, stopped before its end. The
    /// number is that of the messages which the last run did not reach, if that is recorded.
    NotReached(Option<u64>),
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
            return Self::NotReached(last.extent.left);
        }
        match ends.and_then(RunEnds::last_of_whole_list) {
            None => Self::OutsideOf(last.extent.part().unwrap_or_default()),
            Some(whole) if !whole.left_nothing() => Self::NotReached(None),
            Some(RunEnd { extent, .. }) if extent.held > 0 => Self::Held(extent.held),
            Some(_) => Self::None,
        }
    }

    /// The label and the words for the screen, if there is anything to say.
    pub(super) fn show(&self) -> Option<(&'static str, String)> {
        let text = match self {
            Self::NotRecorded => "not recorded here: the list may have more".to_owned(),
            Self::OutsideOf(part) => {
                format!("not recorded here: the last run was for {part}, the list may have more")
            }
            Self::NotReached(None) => {
                "the last run stopped before the end of the list: run again".to_owned()
            }
            Self::NotReached(Some(left)) => {
                format!("{} not reached by the last run: run again", counted(*left, "message"))
            }
            Self::Held(held) => {
                let held = counted(*held, "message");
                return Some((
                    "held",
                    format!("{held}, by the last run over the whole list: see the not-sent file"),
                ));
            }
            Self::None => return None,
        };
        Some(("left", text))
    }
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
        use Rest::{Held, NotReached, NotRecorded, OutsideOf};
        for (lines, last_run, rest) in [
            (&[][..], "1", NotRecorded),
            (&["1 0 done"], "1", Rest::None),
            (&["1 0 done left=0"], "1", Rest::None),
            (&["1 8 limit"], "1", NotReached(None)),
            (&["1 8 limit left=90"], "1", NotReached(Some(90))),
            // A signal after the last message.
            (&["1 130 interrupted left=0"], "1", Rest::None),
            // A run was killed after the last end.
            (&["1 0 done left=0"], "2", NotRecorded),
            (&["1 0 done rows=1-100 left=0"], "1", OutsideOf("rows 1-100".to_owned())),
            (&["1 0 done sample=1 left=0"], "1", OutsideOf("a sample of 1 row".to_owned())),
            (&["1 8 limit rows=1-100 left=7"], "1", NotReached(Some(7))),
            // A part after the whole, and the other way round.
            (&["1 0 done left=0", "2 0 done rows=7 left=0"], "2", Rest::None),
            (&["1 8 limit left=9", "2 0 done rows=7 left=0"], "2", NotReached(None)),
            (&["1 8 limit left=9", "2 0 done list=rejects left=0"], "2", NotReached(None)),
            (&["1 0 done rows=7 left=0", "2 0 done left=0"], "2", Rest::None),
            (&["1 3 done left=0 held=38"], "1", Held(38)),
        ] {
            assert_eq!(after(lines, last_run), rest, "{lines:?}");
        }
        assert_eq!(Rest::of(None, "1", false), NotRecorded);
    }
}
