//! The gateway: one message, one POST, one `Reply` or `Failure`.
//!
//! `client` posts to the `address`; `classify` reads the response with the help of `codes`,
//! `duplicate` and `retry_after`, and `transport_error` reads the error when there is no response.
//! `recent_ids` knows the other messages of the run, so that an answer to one of them is noticed.
//! `redact` cleans the texts that are kept.
//! `transport`, `dns_cache` and `proxy` replace parts of ureq. No other folder uses ureq.
//!
//! Each message is tried once here: `outcome` decides whether to try again, the engine does it.

mod address;
mod api_key;
mod classify;
mod client;
mod codes;
mod dns_cache;
mod duplicate;
mod proxy;
mod recent_ids;
mod redact;
mod retry_after;
mod transport;
mod transport_error;

use std::fmt;

pub use address::Address;
pub use api_key::{BadSecret, Secret};
pub use client::{Client, Gateway, GatewayOptions};
pub use codes::kind_of_code;

/// A wrong setting: a sentence that names the way out.
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
