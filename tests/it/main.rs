//! The real program against the stand-in gateway, told in the user's words.
//!
//! Everything goes over loopback on ports the system chooses, in folders of its own.

#![allow(clippy::unwrap_used)] // a test has nobody to tell an error to

mod desk;

mod cards; // what of a card goes out, whatever its file looks like
mod checking; // what `check` says, and what becomes of each row
mod docs; // the README, docs/ and the samples: what they show and say is true
mod flags; // options, environment, file, exit codes of misuse
mod inputs; // who gets what: recipients, cards, folders, bad files
mod mistakes; // lists as people have them, and what is read of them
mod notes; // every kind of note: what causes it and how it is explained
mod pace; // retries, throttling, limits
mod promises; // nothing twice, nothing lost: resume, kill, signals, lock, disk
mod samples; // every sample, with what each of its rows comes to
mod sending; // what goes out, what is recorded
mod stopping; // when a run stops by itself
