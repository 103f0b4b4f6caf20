//! The gateway over real sockets, with a client that sees every byte.

mod client;
mod documented;
mod faults;
mod log;
mod stopping;
