//! Keeps the webhook events of the gateway: each POST to one secret path becomes a line of a file,
//! with the time of its receipt, and is answered 200 once that line is on the disk.
//!
//! A request passes `server` (sockets, hyper), `connections` (who may stay connected) and `answer`
//! (what is right about it; pure). `store` writes what came meanwhile with one sync. The lines are
//! read by `read::inbound_events`.

mod answer;
mod connections;
mod options;
mod server;
mod store;
mod tally;

pub use options::{ListenOptions, SecretPath};
pub use server::run;
pub use tally::Tally;
