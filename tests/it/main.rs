//! Tests of the whole program against the mock gateway, written in the user's words.
//!
//! Everything uses loopback ports that the system chooses, and temporary folders.

#![allow(clippy::unwrap_used)] // a test has nobody to tell an error to

mod desk;
mod workbook;

mod cards; // what of a card goes out, whatever its file looks like
mod changed_lists; // lists that change between the passes of a run
mod checking; // what `check` says, and what becomes of each row
mod countries; // the country of each row, and what the plan says about countries
mod docs; // the README, docs/ and the samples: what they show and say is true
mod edited; // corrected names: held, sent when asked for, recognised in damaged results
mod flags; // options, environment, file, exit codes of misuse
mod in_doubt; // how much is in doubt after a crash
mod inputs; // who gets what: recipients, cards, folders, bad files
mod json_schema; // a check of JSON against a schema
mod listen; // webhook events are kept: answers, kills, full disks, slow clients
mod live; // the progress while a run goes on, and the event log
mod mistakes; // lists as people have them, and what is read of them
mod not_reached; // what a run leaves that does not reach every message
mod notes; // every kind of note: what causes it and how it is explained
mod older_results; // results without the newest columns
mod outputs; // where outputs may go, and the summary of every end
mod pace; // retries, throttling, limits
mod pipes; // pipes, sockets and devices where a file is expected
mod promises; // nothing twice, nothing lost: resume, kill, signals, lock, disk
mod report; // what `report` counts, in every form
mod reports; // the reports and the not-sent file
mod samples; // every sample, with what each of its rows comes to
mod screens; // whole screens: the plan, the summary, the report
mod secrets; // the API key is never repeated, whoever writes it where
mod sending;
mod sent_again; // what goes out, what is recorded
mod spreadsheets; // cells, sheets and headers of spreadsheets, and hostile ones
mod stopping; // when a run stops by itself
mod strangers; // what strangers write into cards, lists and answers
mod system; // closed terminals, limits on threads and open files
mod touched;
mod when; // results, lock and in-flight file that people touch
mod words; // every text of a table, side by side
mod write_order; // what is on the disk before what, by strace
