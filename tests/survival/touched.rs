//! Campaigns with a [saboteur](super::saboteur), during the runs and between them.
//!
//! A campaign is sound when it goes through whole, or ends with 4 and says why: with the name of a
//! file that the saboteur touched, and a way out. After an exit 4 some campaigns end; the others
//! take the way out that was named and go on.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitStatus};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use fastrand::Rng;

use super::desk::{Desk, IN_FLIGHT, RESULTS, sent_ids};
use super::figures::{Figure, Figures};
use super::saboteur::{Act, Deed, Saboteur};
use super::{CLEAN_RUNS, for_each_campaign};

#[test]
#[ignore = "minutes; see main.rs"]
fn whatever_is_done_to_the_files_nothing_is_lost_and_nothing_is_sent_twice() {
    let total = Mutex::new(Figures::default());
    for_each_campaign(|seed| {
        let figures = Campaign::new(seed).survive();
        let mut total = total.lock().unwrap();
        total.0.iter_mut().zip(figures.0).for_each(|(sum, number)| *sum += number);
    });
    let total = total.into_inner().unwrap();
    println!("campaigns with a saboteur\n{}", total.table());
    assert!(total.is_sound(), "see the stories above");
}

/// One list, one gateway with faults, and runs whose files are touched.
pub(crate) struct Campaign {
    pub(crate) desk: Desk,
    pub(crate) rng: Rng,
    pub(crate) saboteur: Saboteur,
    pub(crate) figures: Figures,
    /// Told when the campaign fails.
    pub(crate) story: Vec<String>,
    /// True if unknown messages are left in the runs with a saboteur.
    pub(crate) hold: bool,
    /// The files that are given with `--ledger`.
    pub(crate) ledgers: Vec<String>,
    /// The names of all files that were touched or made.
    pub(crate) touched: HashSet<String>,
    /// True if something was done since the last run that took the files as they are.
    pub(crate) harmed: bool,
    /// Accepted messages that are not recorded: the next run must end with 4.
    pub(crate) pending: HashSet<String>,
    /// True if a message may have been forgotten, so that it ends as refused as a known repeat.
    pub(crate) may_be_refused: bool,
    /// True if the next run accepts the results as they are.
    pub(crate) accept: bool,
}

/// What is known before a run.
pub(crate) struct Before {
    pub(crate) requests: usize,
    /// The ids that the files that are read say are sent.
    pub(crate) sent: HashSet<String>,
    /// The ids that a file said were sent.
    pub(crate) said_sent: HashSet<String>,
    /// Those whose line was cut off behind what the lock file remembers.
    pub(crate) cut: HashSet<String>,
    /// The ids that were in flight without a line before that file was touched, and are not now.
    pub(crate) forgotten: HashSet<String>,
    /// The ids that are in doubt: unknown, or in flight without a line.
    pub(crate) in_doubt: HashSet<String>,
}

/// A run that has ended.
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) text: String,
    /// What the saboteur did during the run.
    pub(crate) deeds: Vec<Deed>,
}

impl Ended {
    pub(crate) fn was_killed(&self) -> bool {
        self.status.signal().is_some()
    }
}

impl Campaign {
    fn new(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let story = vec![format!("campaign {seed}")];
        let messages = rng.u64(60..300);
        let desk = Desk::new(seed, &mut rng, messages);
        let mut figures = Figures::default();
        figures.add(Figure::Campaigns, 1);
        figures.add(Figure::Messages, usize::try_from(messages).unwrap());
        Self {
            desk,
            hold: rng.u8(0..4) == 0,
            saboteur: Saboteur::new(rng.u64(..)),
            rng,
            figures,
            story,
            ledgers: Vec::new(),
            touched: HashSet::new(),
            harmed: false,
            pending: HashSet::new(),
            may_be_refused: false,
            accept: false,
        }
    }

    fn survive(mut self) -> Figures {
        let whole = self.goes_through();
        self.figures.add(if whole { Figure::Whole } else { Figure::Ended }, 1);
        let mut ids: HashMap<String, HashSet<String>> = HashMap::new();
        for seen in self.desk.log(0) {
            self.figures.add(Figure::Faults, usize::from(seen.had_fault));
            if seen.accepted {
                self.figures.add(Figure::Accepted, 1);
                ids.entry(seen.to).or_default().insert(seen.id);
            }
        }
        let two = ids.values().filter(|ids| ids.len() > 1).count();
        self.figures.add(Figure::TwoIds, two);
        if !self.figures.is_sound() {
            println!("{}", self.story.join("\n"));
        }
        self.figures
    }

    /// Runs with a saboteur, then runs that are left alone until all is sent. Returns `false` if the
    /// campaign ended with 4.
    fn goes_through(&mut self) -> bool {
        for _ in 0..self.rng.usize(2..6) {
            if !self.accept {
                for _ in 0..self.rng.usize(0..3) {
                    self.touch_between_runs();
                }
            }
            let hold = if self.hold { " --on-unknown hold" } else { "" };
            if self.run_and_judge(hold, true) == Some(4) && !self.takes_a_way_out() {
                return false;
            }
        }
        for _ in 0..CLEAN_RUNS {
            match self.run_and_judge(" --retry-refused", false) {
                Some(0) => break,
                Some(3) if self.may_be_refused && self.all_are_accepted() => break,
                Some(4) if !self.takes_a_way_out() => return false,
                _ => {}
            }
        }
        self.judge_the_end();
        true
    }

    fn touch_between_runs(&mut self) {
        if let Some(deed) = self.saboteur.act(&self.desk) {
            // Saved between runs, results are read as ever; a length in the in-flight file is not.
            let saved = matches!(deed.act, Act::Save | Act::SaveByRename);
            let in_flight = self.desk.path(IN_FLIGHT).exists();
            self.note(&deed, !saved || in_flight);
        }
    }

    fn note(&mut self, deed: &Deed, harms: bool) {
        self.story.push(format!("{deed:?}"));
        self.figures.add(
            match deed.act {
                Act::Save | Act::SaveByRename => Figure::Saved,
                Act::MoveAway | Act::Rotate => Figure::Moved,
                Act::Truncate => Figure::Truncated,
                Act::Copy => Figure::Copied,
                Act::ModeOrLink => Figure::ModeOrLink,
            },
            1,
        );
        self.harmed |= harms && deed.act.harms();
        self.may_be_refused |= deed.file == IN_FLIGHT && deed.act.harms();
        self.touched.extend(deed.made.clone());
        self.touched.insert(deed.file.to_owned());
    }

    fn run_and_judge(&mut self, more: &str, disturbed: bool) -> Option<i32> {
        let accept = std::mem::take(&mut self.accept);
        if accept {
            self.saboteur.said_sent.clear();
            self.saboteur.was_in_flight.clear();
            self.pending.clear();
        }
        let before = self.before();
        let ended = self.run(more, accept, disturbed && !accept);
        self.judge(&before, &ended, more.contains("hold"));
        ended.status.code()
    }

    fn before(&mut self) -> Before {
        let statuses = self.statuses();
        let sent = sent_ids(&statuses);
        let unknown = statuses.iter().filter(|(_, status)| *status == "unknown");
        let mut in_doubt: HashSet<String> = unknown.map(|(id, _)| id.clone()).collect();
        let in_flight = self.desk.in_flight(IN_FLIGHT);
        in_doubt.extend(in_flight.into_iter().filter(|id| !statuses.contains_key(id)));
        let saboteur = &mut self.saboteur;
        saboteur.said_sent.extend(sent.iter().cloned());
        saboteur.cut_unremembered.retain(|id| !sent.contains(id));
        let cut = &saboteur.cut_unremembered;
        let requested: HashSet<String> = self.desk.log(0).into_iter().map(|seen| seen.id).collect();
        let is_forgotten = |id: &&String| {
            let known = statuses.contains_key(*id) || in_doubt.contains(*id) || cut.contains(*id);
            requested.contains(*id) && !known
        };
        Before {
            requests: self.desk.requests(),
            said_sent: saboteur.said_sent.difference(cut).cloned().collect(),
            cut: cut.clone(),
            forgotten: saboteur.was_in_flight.iter().filter(is_forgotten).cloned().collect(),
            in_doubt,
            sent,
        }
    }

    /// Every id in the results files that a run reads, with its status (`sent` wins).
    pub(crate) fn statuses(&self) -> HashMap<String, String> {
        let mut all = HashMap::new();
        let is_read = |name: &String| name.starts_with("people.results.") && name.ends_with(".csv");
        for name in self.desk.files().iter().filter(|name| is_read(name)).chain(&self.ledgers) {
            for (id, status) in self.desk.statuses(name) {
                let known: &mut String = all.entry(id).or_default();
                if known != "sent" {
                    *known = status;
                }
            }
        }
        all
    }

    /// Starts a run, disturbs it at random moments, and waits for its end.
    fn run(&mut self, more: &str, accept: bool, disturbed: bool) -> Ended {
        self.figures.add(Figure::Runs, 1);
        let concurrency = self.rng.u8(1..32);
        let rate = ["unlimited", "200/s", "200/s", "400/s"][self.rng.usize(0..4)];
        let mut line = format!("--rate {rate} --concurrency {concurrency}{more}");
        line.push_str(if accept { " --accept-results" } else { "" });
        for ledger in &self.ledgers {
            line.push_str(&format!(" --ledger {ledger}"));
        }
        self.story.push(format!("run {line}"));
        let output = self.desk.path("output");
        let (out, err) =
            (File::create(&output).unwrap(), File::options().append(true).open(&output));
        let mut command = self.desk.send(&line);
        let mut run =
            command.stdout(out.try_clone().unwrap()).stderr(err.unwrap()).spawn().unwrap();
        let began = Instant::now();
        let mut events = if disturbed { self.events() } else { Vec::new() };
        let mut deeds = Vec::new();
        let status = loop {
            if let Some(status) = run.try_wait().unwrap() {
                break status;
            }
            match events.last() {
                Some((at, signal)) if began.elapsed() >= *at => {
                    match signal {
                        Some(signal) => {
                            let pid = run.id().to_string();
                            Command::new("kill").args(["-s", signal, &pid]).status().unwrap();
                        }
                        None => deeds.extend(self.saboteur.act(&self.desk)),
                    }
                    events.pop();
                }
                _ => thread::sleep(Duration::from_millis(1)),
            }
        };
        let text = String::from_utf8_lossy(&fs::read(&output).unwrap()).into_owned();
        self.story.push(format!("{status}, {} requests: {text}", self.desk.requests()));
        for deed in &deeds {
            self.note(deed, true);
        }
        Ended { status, text, deeds }
    }

    /// The moments, the first one last, at which the saboteur acts (`None`) or a signal is sent.
    fn events(&mut self) -> Vec<(Duration, Option<&'static str>)> {
        let mut moment = |longest: u64| {
            // A part of them while the files are opened.
            let longest = if self.rng.u8(0..5) == 0 { 60 } else { longest };
            Duration::from_millis(self.rng.u64(0..longest))
        };
        let mut events = vec![(moment(800), None)];
        if moment(2).is_zero() {
            events.push((moment(800), None));
        }
        let (signal_at, signal) = (moment(1200), moment(4).as_millis());
        match signal {
            0 | 1 => events.push((signal_at, Some("KILL"))),
            2 => events.push((signal_at, Some("TERM"))),
            _ => {}
        }
        events.sort_by(|a, b| b.cmp(a));
        events
    }

    /// Takes the way out that the last run has named. Returns `false` if the campaign ends here.
    fn takes_a_way_out(&mut self) -> bool {
        let text = fs::read_to_string(self.desk.path("output")).unwrap();
        if self.rng.u8(0..4) == 0 {
            return false;
        }
        if text.contains("save them as a file") {
            self.save_what_was_printed(&text);
            return true;
        }
        if text.contains("--accept-results") {
            let results = self.desk.path(RESULTS);
            let number =
                |name: &String| name.rsplit('-').next().and_then(|n| n.parse::<u32>().ok());
            let moved = |name: &&String| name.starts_with("people.results.csv.moved");
            let moved = self.touched.iter().filter(moved).max_by_key(|name| number(name)).cloned();
            let moved = moved.filter(|name| self.desk.path(name).exists());
            match (moved, self.rng.u8(0..3)) {
                (Some(moved), 0) if !results.exists() => {
                    fs::rename(self.desk.path(&moved), results).unwrap();
                    self.ledgers.retain(|ledger| *ledger != moved);
                    self.figures.add(Figure::PutBackOrNamed, 1);
                }
                (Some(moved), 1) if !self.ledgers.contains(&moved) => {
                    self.ledgers.push(moved);
                    self.figures.add(Figure::PutBackOrNamed, 1);
                }
                _ => {
                    self.accept = true;
                    self.may_be_refused = true;
                    self.figures.add(Figure::Accepting, 1);
                }
            }
            self.story.push(format!("way out: accept {}, {:?}", self.accept, self.ledgers));
            return true;
        }
        text.contains("run the same command again")
    }

    fn save_what_was_printed(&mut self, text: &str) {
        let lines = text.lines().skip_while(|line| !line.contains("message_id"));
        let is_line = |line: &&str| line.contains("message_id") || line.get(8..9) == Some("-");
        let csv: String = lines.take_while(is_line).map(|line| format!("{line}\n")).collect();
        let name = format!("printed-{}.csv", self.ledgers.len());
        fs::write(self.desk.path(&name), csv).unwrap();
        self.ledgers.push(name);
    }
}
