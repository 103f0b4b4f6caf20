//! The stand-in gateway: it answers on loopback as the documentation says, remembers every
//! messageId, and goes wrong on request. It knows nothing of the engine that talks to it.
//!
//! A request's way: `server` (sockets, hyper) → `request` (is it what the documentation asks for?)
//! → `intake` (throttle, repeat, accept; writes the `journal` line) → `effect` (the fault that
//! strikes it, if any) → an `answer` through hyper, or a sabotage on the bare socket (`wire`).
//! Which fault strikes which request is a pure function of seed and request number (`fault_plan`,
//! `fault`), so a run can be repeated. `gateway` starts and stops it all.
//!
//! # In a test
//!
//! In the same process, on a port of its own, already listening when `start` returns:
//!
//! ```
//! use lipasend::mock_gateway::{Gateway, GatewayOptions};
//!
//! # fn main() -> std::io::Result<()> {
//! let gateway = Gateway::start(GatewayOptions {
//!     script: Some("3:lost,4-6:429:retry-after=1".parse().unwrap()),
//!     ..GatewayOptions::default()
//! })?;
//! let endpoint = gateway.url(); // give this to the client
//! assert!(endpoint.starts_with("http://127.0.0.1:"));
//! let tally = gateway.stop()?;
//! assert_eq!(tally.repeats, 0);
//! # Ok(())
//! # }
//! ```
//!
//! As a process of its own: `lipasend mock-gateway --port-file P --log-file L --fault lost=2%`.
//! `P` appears, whole, once the gateway listens, and holds `127.0.0.1:PORT`. `L` gets one JSON line
//! for each POST to the endpoint and is the truth to compare a ledger with: the line is handed to
//! the operating system *before* the first byte of the answer, so an accepted message is always in
//! it. A later gateway appends to the same file.
//!
//! | key | means |
//! |---|---|
//! | `n` | the POST's number, from 1 in order of arrival; what `--script` counts |
//! | `time`, `since_start_us` | when it was ruled on: Unix seconds, and µs since the start |
//! | `messageId`, `to` | as read; null when the body was not read or is wrong |
//! | `status` | the HTTP status answered; null when the fault answers none |
//! | `fault` | the fault that struck, as written on the command line; null when none |
//! | `accepted` | this very request was taken as a new message |
//! | `repeat` | the same messageId came before, whatever it was answered |
//! | `duplicate` | the same messageId had been *accepted* before |
//! | `why` | why the documentation's checks refuse it; null when they do not |
//!
//! So a message went out twice when two lines of one id have `accepted`, which happens only under
//! `--duplicates accept`. A number that is missing: the client left before its body was whole.

mod effect;
mod fault;
mod fault_plan;
mod gateway;
mod gzip;
mod handler;
mod log;
mod memory;
mod options;
mod raw_response;
mod request;
mod response;
mod server;
mod tally;
mod throttle;

#[cfg(test)]
mod tests;

pub use fault_plan::{RatedFault, Script};
pub use gateway::{Gateway, run};
pub use options::{Duplicates, GatewayOptions, Latency};
pub use tally::Tally;
