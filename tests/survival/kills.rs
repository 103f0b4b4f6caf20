//! Campaigns whose runs are killed and terminated at random moments.

use std::collections::{HashMap, HashSet};
use std::ops::AddAssign;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command};
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use fastrand::Rng;

use super::desk::{Desk, IN_FLIGHT, RESULTS, Seen};
use super::{CLEAN_RUNS, for_each_campaign, table};

/// The figures of one campaign, or of all.
#[derive(Debug, Default, Clone, Copy)]
struct Figures {
    campaigns: u64,
    runs: u64,
    killed: u64,
    terminated: u64,
    faults: u64,
    messages: u64,
    accepted: u64,
    /// Ids that the gateway took as new more than once.
    twice: u64,
    /// Requests with an id that had been there before.
    repeats: u64,
    /// Those of them whose earlier request had been answered, and was not in flight in a run that
    /// was killed.
    needless: u64,
    /// Messages that the gateway never accepted, and ids that belong to no message.
    missing: u64,
    strangers: u64,
    /// Results lines that contradict the gateway's log.
    disagreeing: u64,
}

impl AddAssign for Figures {
    fn add_assign(&mut self, other: Self) {
        self.campaigns += other.campaigns;
        self.runs += other.runs;
        self.killed += other.killed;
        self.terminated += other.terminated;
        self.faults += other.faults;
        self.messages += other.messages;
        self.accepted += other.accepted;
        self.twice += other.twice;
        self.repeats += other.repeats;
        self.needless += other.needless;
        self.missing += other.missing;
        self.strangers += other.strangers;
        self.disagreeing += other.disagreeing;
    }
}

impl Figures {
    fn is_sound(&self) -> bool {
        self.twice + self.needless + self.missing + self.strangers + self.disagreeing == 0
    }

    fn table(&self) -> String {
        table(&[
            ("campaigns", self.campaigns),
            ("runs of the program", self.runs),
            ("  of these killed", self.killed),
            ("  of these terminated", self.terminated),
            ("requests with a fault", self.faults),
            ("messages", self.messages),
            ("accepted at the gateway", self.accepted),
            ("accepted more than once as new", self.twice),
            ("requests that repeated an id", self.repeats),
            ("  of these neither in flight nor in doubt", self.needless),
            ("messages missing at the end", self.missing),
            ("accepted under an id of no message", self.strangers),
            ("results lines that disagree with the gateway", self.disagreeing),
        ])
    }
}

#[test]
#[ignore = "minutes; see main.rs"]
fn after_any_kill_nothing_is_lost_and_nothing_is_sent_twice() {
    let total = Mutex::new(Figures::default());
    for_each_campaign(|seed| {
        let figures = Campaign::new(seed).survive();
        assert!(figures.is_sound(), "campaign {seed}\n{}", figures.table());
        *total.lock().unwrap() += figures;
    });
    println!("campaigns with kills\n{}", total.lock().unwrap().table());
}

/// One list, one gateway with faults, and runs that are killed.
struct Campaign {
    desk: Desk,
    rng: Rng,
    figures: Figures,
    /// Ids that killed runs have left in flight.
    in_flight: HashSet<String>,
}

impl Campaign {
    fn new(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let messages = rng.u64(50..400);
        let desk = Desk::new(seed, &mut rng, messages);
        let figures = Figures { campaigns: 1, messages, ..Figures::default() };
        Self { desk, rng, figures, in_flight: HashSet::new() }
    }

    /// Runs that are killed or terminated, then runs that are left alone until all is sent.
    fn survive(mut self) -> Figures {
        for _ in 0..self.rng.usize(1..5) {
            self.interrupted_run();
            self.compare_results();
        }
        let mut left = CLEAN_RUNS;
        while self.run("--retry-refused").wait().unwrap().code() != Some(0) {
            left -= 1;
            assert!(left > 0, "after {CLEAN_RUNS} clean runs not all is sent");
            self.compare_results();
        }
        self.compare_results();
        self.compare_gateway();
        self.figures
    }

    fn run(&mut self, more: &str) -> Child {
        self.figures.runs += 1;
        let concurrency = self.rng.u8(1..32);
        let rate = ["unlimited", "400/s"][self.rng.usize(0..2)];
        let line = format!("--rate {rate} --concurrency {concurrency} {more}");
        self.desk.send(&line).spawn().unwrap()
    }

    /// A run that gets a signal at a random moment; it may have ended by itself before.
    fn interrupted_run(&mut self) {
        let mut run = self.run("");
        thread::sleep(Duration::from_millis(self.rng.u64(1..600)));
        let signal = ["KILL", "KILL", "TERM"][self.rng.usize(0..3)];
        if run.try_wait().unwrap().is_none() {
            let pid = run.id().to_string();
            Command::new("kill").args(["-s", signal, &pid]).status().unwrap();
        }
        let status = run.wait().unwrap();
        self.figures.killed += u64::from(status.signal() == Some(9));
        self.figures.terminated += u64::from(status.code() == Some(143));
        // The next run records them as unknown.
        self.in_flight.extend(self.desk.in_flight(IN_FLIGHT));
    }

    /// Every id's last line (`sent` wins) against what the gateway has accepted.
    fn compare_results(&mut self) {
        let statuses = self.desk.statuses(RESULTS);
        let log = self.desk.log(0);
        let accepted: HashSet<&str> =
            log.iter().filter(|seen| seen.accepted).map(|seen| &*seen.id).collect();
        let in_flight = self.desk.in_flight(IN_FLIGHT);
        let disagrees = |(id, status): &(&String, &String)| match status.as_str() {
            "sent" => !accepted.contains(id.as_str()),
            // An earlier run's word, if the last one was killed with the message in flight.
            "failed" | "refused" => accepted.contains(id.as_str()) && !in_flight.contains(*id),
            "unknown" => false,
            other => panic!("no status: {other}"),
        };
        for (id, status) in statuses.iter().filter(disagrees) {
            self.figures.disagreeing += 1;
            println!("after run {}, {id} is {status}:", self.figures.runs);
            println!("{}", self.desk.log_of(id));
        }
    }

    /// At the end: every message accepted once, and nothing repeated without need.
    fn compare_gateway(&mut self) {
        let mut asked: HashMap<String, Seen> = HashMap::new();
        let mut accepted: HashMap<String, u64> = HashMap::new();
        for seen in self.desk.log(0) {
            self.figures.faults += u64::from(seen.had_fault);
            *accepted.entry(seen.id.clone()).or_default() += u64::from(seen.accepted);
            if let Some(before) = asked.get(&seen.id) {
                self.figures.repeats += 1;
                let in_doubt = before.had_fault || self.in_flight.contains(&seen.id);
                self.figures.needless += u64::from(!in_doubt);
            }
            asked.insert(seen.id.clone(), seen);
        }
        accepted.retain(|_, times| *times > 0);
        let twice = accepted.values().filter(|times| **times > 1).count();
        let known = self.desk.statuses(RESULTS);
        let strangers = accepted.keys().filter(|id| !known.contains_key(*id)).count();
        self.figures.accepted += accepted.len() as u64;
        self.figures.twice += twice as u64;
        self.figures.strangers += strangers as u64;
        self.figures.missing += self.figures.messages.abs_diff(accepted.len() as u64);
    }
}
