//! The judgement of each run of a campaign with a saboteur, and of the campaign in the end.

use std::collections::HashSet;

use super::desk::{IN_FLIGHT, RESULTS, Seen, sent_ids};
use super::figures::Figure;
use super::touched::{Before, Campaign, Ended};

/// The words of an error that name a way out.
const WAYS_OUT: [&str; 7] = [
    "restore it first",
    "run the same command again",
    "--accept-results",
    "fix or remove",
    "remove this line",
    "save them as a file",
    "finish that run with the program that began it",
];

impl Campaign {
    pub(crate) fn judge(&mut self, before: &Before, ended: &Ended, hold: bool) {
        let log = self.desk.log(before.requests);
        let code = ended.status.code();
        self.figures.add(Figure::Killed, usize::from(ended.was_killed()));
        self.figures.add(Figure::Terminated, usize::from(code == Some(143)));
        match code {
            Some(4) => self.judge_words(ended, log.is_empty()),
            Some(0 | 3 | 5 | 143) | None => {}
            _ => self.fails(Figure::OtherCodes, "a code for another reason"),
        }
        self.judge_repeats(before, ended, &log, hold);
        self.judge_losses(ended, &log);
        if code.is_some_and(|code| code != 4) {
            let began = before.requests;
            let requests = self.desk.requests();
            let mut all = ended.deeds.iter().filter(|deed| deed.noticeable);
            if all.any(|deed| deed.requests > began && deed.requests < requests) {
                self.fails(Figure::Unnoticed, "it went on");
            }
            // What was done in the end is for the next run to notice.
            self.harmed = ended.deeds.iter().any(|deed| deed.act.harms());
            if !self.harmed {
                self.saboteur.files_were_taken();
            }
        }
    }

    fn judge_words(&mut self, ended: &Ended, at_the_beginning: bool) {
        self.figures.add(
            match at_the_beginning {
                true => Figure::StoppedAtTheBeginning,
                false => Figure::StoppedDuringTheRun,
            },
            1,
        );
        if !self.harmed {
            self.fails(Figure::FalseAlarms, "nothing was done that matters");
        }
        let is_named = |word: &str| {
            let name = word.trim_matches([':', ',', ';', '(', ')']);
            self.touched.contains(name.rsplit('/').next().unwrap_or_default())
        };
        let says = ended.text.split_whitespace().any(is_named)
            && WAYS_OUT.iter().any(|way| ended.text.contains(way));
        if !says {
            self.fails(Figure::WithoutWords, "it does not say why");
        }
    }

    /// Nothing is posted again whose line says `sent`, and by hold nothing that is in doubt.
    fn judge_repeats(&mut self, before: &Before, ended: &Ended, log: &[Seen], hold: bool) {
        let touches = |file: &str| ended.deeds.iter().any(|deed| deed.file == file);
        let posted: HashSet<&String> = log.iter().map(|seen| &seen.id).collect();
        let known = |id: &&&String| before.sent.contains(**id) && !touches(RESULTS);
        // What is cut off while the files are opened can be behind what is remembered, too.
        let cut = &self.saboteur.cut_unremembered;
        let said = |id: &&&String| before.said_sent.contains(**id) && !cut.contains(**id);
        let again: Vec<String> =
            posted.iter().filter(|id| known(id) || said(id)).map(|id| (*id).clone()).collect();
        let among = |ids: &HashSet<String>| posted.iter().filter(|id| ids.contains(**id)).count();
        let (doubtful, in_doubt) = (among(&before.cut), among(&before.in_doubt));
        let forgotten = posted.iter().filter(|id| before.forgotten.contains(**id));
        let forgotten = forgotten.filter(|id| !cut.contains(**id)).count();
        self.figures.add(Figure::Doubtful, doubtful);
        if forgotten > 0 {
            self.fails(Figure::Forgotten, &format!("{forgotten} that were in flight are posted"));
        }
        for id in again {
            self.fails(Figure::Again, &format!("{id} is posted again\n{}", self.desk.log_of(&id)));
        }
        if hold && in_doubt > 0 && !touches(RESULTS) && !touches(IN_FLIGHT) {
            self.fails(Figure::Held, &format!("{in_doubt} in doubt are posted"));
        }
    }

    /// What the gateway has accepted in this run is recorded or printed, or in flight after a kill.
    fn judge_losses(&mut self, ended: &Ended, log: &[Seen]) {
        let statuses = self.statuses();
        let recorded = |id: &String| statuses.contains_key(id) || ended.text.contains(id.as_str());
        let accepted = log.iter().filter(|seen| seen.accepted).map(|seen| &seen.id);
        let mut missing: HashSet<String> = accepted.filter(|id| !recorded(id)).cloned().collect();
        let is_clear = ended.deeds.iter().filter(|deed| deed.act.harms()).count() <= 1;
        match ended.status.code() {
            None => {
                let in_flight = self.desk.files().into_iter().filter(|f| f.contains("inflight"));
                for name in in_flight {
                    let there = self.desk.in_flight(&name);
                    missing.retain(|id| !there.contains(id));
                }
                missing.retain(|id| !self.saboteur.was_in_flight.contains(id));
                self.lose(missing);
            }
            Some(4) if is_clear => self.lose(missing),
            Some(4) => self.pending.extend(missing),
            Some(_) => {
                // An earlier run's were to be told by this one.
                let untold: HashSet<String> =
                    self.pending.drain().filter(|id| !recorded(id)).collect();
                self.lose(untold);
                self.pending.extend(missing);
            }
        }
    }

    fn lose(&mut self, ids: HashSet<String>) {
        for id in ids {
            self.fails(Figure::Lost, &format!("{id} is lost\n{}", self.desk.log_of(&id)));
        }
    }

    pub(crate) fn fails(&mut self, figure: Figure, why: &str) {
        self.figures.add(figure, 1);
        self.story.push(format!("FAILS: {why}"));
    }

    pub(crate) fn all_are_accepted(&self) -> bool {
        let log = self.desk.log(0);
        let accepted = log.iter().filter(|seen| seen.accepted).count();
        accepted as u64 == self.figures.get(Figure::Messages)
    }

    /// At the end every message is accepted, and recorded as sent unless it was forgotten.
    pub(crate) fn judge_the_end(&mut self) {
        if !self.all_are_accepted() {
            self.fails(Figure::Unfinished, "not all are accepted");
        }
        let statuses = self.statuses();
        let sent = sent_ids(&statuses);
        let log = self.desk.log(0);
        let accepted = log.iter().filter(|seen| seen.accepted).map(|seen| seen.id.clone());
        let is_lost = |id: &String| match self.may_be_refused {
            true => !statuses.contains_key(id),
            false => !sent.contains(id),
        };
        self.lose(accepted.filter(is_lost).collect());
    }
}
