//! The gateway: one message, one POST, one `Reply` or `Failure`.
//!
//! `address` is where it is, `client` posts, `answer` says what came back with the help of `codes`
//! (the table of statuses and WhatsApp codes), `duplicate` (texts that report one) and `pause` (the headers that ask to wait), `trouble`
//! says what it means when nothing came back. `resolver`, `connection` and `proxy` are the parts of
//! the HTTP client that we bring ourselves. No other room imports that client.
//!
//! It tries once. Whether to try again is `outcome`'s to say, and when is the pacer's.

mod address;
mod api_key;
mod classify;
mod client;
mod codes;
mod dns_cache;
mod duplicate;
mod proxy;
mod retry_after;
mod transport;
mod transport_error;

#[cfg(test)]
mod tests;

use std::fmt;

pub use address::Address;
pub use api_key::{BadSecret, Secret};
pub use client::{Gateway, GatewayOptions, Line};

/// A setting that the gateway cannot be reached with: a sentence with the way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadSetting(Box<str>);

impl BadSetting {
    fn new(sentence: impl Into<Box<str>>) -> Self {
        Self(sentence.into())
    }
}

impl fmt::Display for BadSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BadSetting {}
