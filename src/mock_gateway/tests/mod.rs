//! The gateway over real sockets, asked by a client that sees every byte.

mod client;
mod documented;
mod faults;
mod log;
mod stopping;
