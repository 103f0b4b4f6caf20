//! A wrapper around ureq's connections to the gateway, outside of TLS: it sends a request in one
//! write, and remembers whether any byte of it was written.
//!
//! That separates "surely not sent" from "may have been sent", which ureq's errors do not: a reset
//! while connecting looks like a reset while waiting for the response. ureq runs a request on its
//! caller's thread and never repeats one by itself (redirects are off), so one flag per thread is
//! one flag per request.
//!
//! Without the wrapper ureq makes 12 system calls a message, 7 of them without effect; with it, 5.

use std::cell::Cell;
use std::time::Duration;

use ureq::Error;
use ureq::http::uri::Authority;
use ureq::unversioned::transport::time::Duration as Remaining;
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport};

/// A request up to this size is sent in one write.
const WRITE_SIZE: usize = 4 * 1024;

/// Timeouts are rounded up to multiples of this. Otherwise the rest of a timeout changes with every
/// call, and each change is a system call.
const TICK: Duration = Duration::from_millis(250);

thread_local! {
    static WRITTEN: Cell<bool> = const { Cell::new(false) };
}

/// Begins a new request on this thread.
pub(super) fn begin_request() {
    WRITTEN.set(false);
}

/// Returns whether any byte of this thread's request may have been sent. True also when the write
/// failed, because part of it may have been sent.
pub(super) fn any_byte_written() -> bool {
    WRITTEN.get()
}

/// Wraps the connections of the connectors before it. A connection to a proxy is passed through:
/// what is written before the tunnel is open is not part of a request.
#[derive(Debug)]
pub(super) struct WrapConnector {
    pub(super) gateway: Option<Authority>,
}

impl<In: Transport> Connector<In> for WrapConnector {
    type Out = Connection<In>;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<In>,
    ) -> Result<Option<Connection<In>>, Error> {
        let to_gateway = details.uri.authority() == self.gateway.as_ref();
        Ok(chained.map(|inner| Connection { inner, to_gateway, unsent: Vec::new(), used: false }))
    }
}

/// A connection to the gateway, or to a proxy.
#[derive(Debug)]
pub(super) struct Connection<T> {
    inner: T,
    to_gateway: bool,
    unsent: Vec<u8>,
    /// True if it was read from since the last `is_open`.
    used: bool,
}

impl<T: Transport> Connection<T> {
    fn flush(&mut self, timeout: NextTimeout) -> Result<(), Error> {
        let mut sent = 0;
        while sent < self.unsent.len() {
            let (rest, output) = (&self.unsent[sent..], self.inner.buffers().output());
            let piece = rest.len().min(output.len());
            output[..piece].copy_from_slice(&rest[..piece]);
            WRITTEN.set(true);
            self.inner.transmit_output(piece, timeout)?;
            sent += piece;
        }
        self.unsent.clear();
        Ok(())
    }
}

impl<T: Transport> Transport for Connection<T> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.inner.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        if !self.to_gateway {
            return self.inner.transmit_output(amount, timeout);
        }
        let output = self.inner.buffers().output();
        self.unsent.extend_from_slice(&output[..amount]);
        if self.unsent.len() < WRITE_SIZE {
            return Ok(());
        }
        self.flush(in_ticks(timeout))
    }

    fn maybe_await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.flush(in_ticks(timeout))?;
        self.used = true;
        self.inner.maybe_await_input(in_ticks(timeout))
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.maybe_await_input(timeout)
    }

    /// ureq calls this when it puts a connection back and when it takes it out. The first check is
    /// left out: the server can still close the connection before the second one.
    fn is_open(&mut self) -> bool {
        std::mem::take(&mut self.used) || self.inner.is_open()
    }

    fn is_tls(&self) -> bool {
        self.inner.is_tls()
    }
}

fn in_ticks(timeout: NextTimeout) -> NextTimeout {
    let after = match timeout.after {
        Remaining::Exact(left) => Remaining::Exact(round_up(left)),
        Remaining::NotHappening => Remaining::NotHappening,
    };
    NextTimeout { after, ..timeout }
}

/// The next multiple of a tick. A short rest is not rounded, so that a short timeout stays short.
fn round_up(left: Duration) -> Duration {
    if left < 4 * TICK {
        return left;
    }
    let ticks = left.as_nanos().div_ceil(TICK.as_nanos());
    u32::try_from(ticks).map_or(left, |ticks| TICK.saturating_mul(ticks))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_timeouts_are_rounded_up() {
        #[rustfmt::skip]
        let cases = [
            (0, 0), (1, 1), (999, 999), (1_000, 1_000), (1_001, 1_250), (29_999, 30_000),
            (30_000, 30_000), (30_001, 30_250),
        ];
        for (left, rounded) in cases {
            let rounded = Duration::from_millis(rounded);
            assert_eq!(round_up(Duration::from_millis(left)), rounded, "{left}");
        }
        assert_eq!(round_up(Duration::MAX), Duration::MAX);
    }
}
