//! Tests of the whole program against the mock gateway, written in the user's words.
//!
//! Everything uses loopback ports that the system chooses, and temporary folders.

#![allow(clippy::unwrap_used)] // a test has nobody to tell an error to

mod desk;

mod cards; // what of a card goes out, whatever its file looks like
mod checking; // what `check` says, and what becomes of each row
mod docs; // the README, docs/ and the samples: what they show and say is true
mod flags; // options, environment, file, exit codes of misuse
mod in_doubt; // how much is in doubt after a crash
mod inputs; // who gets what: recipients, cards, folders, bad files
mod mistakes; // lists as people have them, and what is read of them
mod notes; // every kind of note: what causes it and how it is explained
mod pace; // retries, throttling, limits
mod promises; // nothing twice, nothing lost: resume, kill, signals, lock, disk
mod samples; // every sample, with what each of its rows comes to
mod screens; // whole screens: the plan, the summary, the report
mod sending; // what goes out, what is recorded
mod stopping; // when a run stops by itself
mod system; // closed terminals, limits on threads and open files
mod write_order; // what is on the disk before what, by strace
