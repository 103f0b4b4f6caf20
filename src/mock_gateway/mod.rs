//! A mock gateway for tests and rehearsals: it answers on loopback as the documentation says,
//! remembers every messageId, and fails on request.
//!
//! A request passes `server` (sockets, hyper), `handler` (which checks it with `request`, decides
//! and writes to the `log`), and `faults` (the fault that it gets, if any). Then hyper writes a
//! `response`, or the server writes a `raw_response`. `fault_plan` decides the fault of each
//! request. `gateway` starts and stops it all.
//!
//! # In a test
//!
//! In the same process, on a port of its own. It listens when `start` returns:
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
//! In a process of its own: `lipasend mock-gateway --port-file P --log-file L --fault lost=2%`. The
//! file `P` appears when the gateway listens, and contains `127.0.0.1:PORT`. `L` gets one JSON line
//! for each POST to the endpoint. The line is written *before* the first byte of the response, so
//! every accepted message is in the log, and a ledger can be compared with it. A later gateway
//! appends to the same file.
//!
//! | key | meaning |
//! |---|---|
//! | `n` | the POST's number, from 1 in order of arrival, as `--script` counts |
//! | `time`, `since_start_us` | when it was handled: Unix seconds, and µs since the start |
//! | `messageId`, `to` | null when the request was not read or is not valid |
//! | `status` | the HTTP status of the response; null when the fault sends none |
//! | `fault` | the fault that it got, as on the command line, or null |
//! | `accepted` | whether this request was accepted as a new message |
//! | `repeat` | whether the messageId was seen before |
//! | `duplicate` | whether the messageId was *accepted* before |
//! | `why` | why the request is not valid, or null |
//!
//! A message was sent twice when two lines with one id have `accepted`, which is possible only with
//! `--duplicates accept`. When a number is missing, the client left before its body was complete.

mod fault_plan;
mod faults;
mod gateway;
mod handler;
mod log;
mod options;
mod raw_response;
mod request;
mod response;
mod server;

#[cfg(test)]
mod tests;

pub use fault_plan::{RatedFault, Script};
pub use gateway::{Gateway, run};
pub use log::Tally;
pub use options::{Duplicates, GatewayOptions, Latency};
