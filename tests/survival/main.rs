//! Fault tests: campaigns with random faults, kill -9 and SIGTERM, each compared with the gateway's
//! log; in `touched`, somebody also changes the files of the runs.
//!
//! `cargo test --release --test survival -- --ignored --nocapture` does 200 campaigns of each kind
//! and prints the tables; `LIPASEND_SURVIVAL_RUNS=12` does a few, and one of the names `kills` and
//! `touched` behind `survival --` one kind. A campaign is a function of its number: when one fails,
//! `LIPASEND_SURVIVAL_FIRST=17 LIPASEND_SURVIVAL_RUNS=1` begins with that one.

#![allow(clippy::unwrap_used)] // a test has nobody to tell an error to
#![expect(clippy::print_stdout, reason = "the figures are what this test is for")]

mod desk;
mod figures;
mod judge;
mod kills;
mod saboteur;
mod touched;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// Clean runs after which a campaign without an end is a failure.
const CLEAN_RUNS: u32 = 8;

/// The kinds of campaigns are done one after the other: each takes both processors.
static ONE_KIND: Mutex<()> = Mutex::new(());

/// Does each campaign that the environment asks for, as many at a time as there are processors.
fn for_each_campaign(campaign: impl Fn(u64) + Sync) {
    let _alone = ONE_KIND.lock().unwrap_or_else(PoisonError::into_inner);
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let first = number("LIPASEND_SURVIVAL_FIRST").unwrap_or(0);
    let last = first + number("LIPASEND_SURVIVAL_RUNS").unwrap_or(200);
    let next = AtomicU64::new(first);
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                let mine = || Some(next.fetch_add(1, Ordering::Relaxed)).filter(|n| *n < last);
                std::iter::from_fn(mine).for_each(&campaign);
            });
        }
    });
}

/// The table of figures, one a line.
fn table(figures: &[(&str, u64)]) -> String {
    figures.iter().map(|(what, number)| format!("{what:<52}{number:>9}\n")).collect()
}
