//! The connections to the gateway: wrapped, outside of TLS, so that a request leaves in one piece,
//! and that we know whether any byte of it left.
//!
//! That is the line between "surely not sent" and "may have been sent", and ureq's errors do not
//! draw it: a reset while connecting looks like a reset while waiting for the answer. ureq runs a
//! request on its caller's thread and never repeats one by itself (only redirects do, and they are
//! off), so a note per thread is a note per request.
//!
//! Left alone, ureq makes 12 system calls a message, 7 of which say what the kernel knows already;
//! here it makes 5.

use std::cell::Cell;
use std::time::Duration;

use ureq::Error;
use ureq::http::uri::Authority;
use ureq::unversioned::transport::time::Duration as Remaining;
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport};

/// A request is gathered up to this size; what is longer leaves in pieces.
const GATHER: usize = 4 * 1024;

/// What is left of a timeout is rounded up to this: it changes with every call otherwise, and each
/// change is a system call.
const TICK: Duration = Duration::from_millis(250);

thread_local! {
    static WRITTEN: Cell<bool> = const { Cell::new(false) };
}

/// Forgets the last request of this thread.
pub(super) fn forget() {
    WRITTEN.set(false);
}

/// Whether a byte of this thread's request may have left. True already when the write failed: part
/// of it may have gone.
pub(super) fn any_byte_left() -> bool {
    WRITTEN.get()
}

/// Wraps what the connectors before it connect to the gateway. A connection to a proxy is left as
/// it is: what is written there before the tunnel stands is no part of a request.
#[derive(Debug)]
pub(super) struct Wrap {
    pub(super) gateway: Option<Authority>,
}

impl<In: Transport> Connector<In> for Wrap {
    type Out = Connection<In>;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<In>,
    ) -> Result<Option<Connection<In>>, Error> {
        let to_gateway = details.uri.authority() == self.gateway.as_ref();
        Ok(chained.map(|inner| Connection { inner, to_gateway, gathered: Vec::new(), used: false }))
    }
}

/// A connection to the gateway, or to a proxy before it.
#[derive(Debug)]
pub(super) struct Connection<T> {
    inner: T,
    to_gateway: bool,
    gathered: Vec<u8>,
    /// Whether it was read from since it was last asked whether it is open.
    used: bool,
}

impl<T: Transport> Connection<T> {
    fn flush(&mut self, timeout: NextTimeout) -> Result<(), Error> {
        let mut sent = 0;
        while sent < self.gathered.len() {
            let (rest, output) = (&self.gathered[sent..], self.inner.buffers().output());
            let piece = rest.len().min(output.len());
            output[..piece].copy_from_slice(&rest[..piece]);
            WRITTEN.set(true);
            self.inner.transmit_output(piece, timeout)?;
            sent += piece;
        }
        self.gathered.clear();
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
        self.gathered.extend_from_slice(&output[..amount]);
        if self.gathered.len() < GATHER {
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

    /// ureq asks when it puts a connection back and again when it takes it out. The first time is
    /// for nothing: whatever the server does, it may still do until the second.
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

/// The next whole tick. A short rest stays as it is, so that a short timeout is kept to.
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
    fn timeouts_are_rounded_up_but_short_ones_are_kept_to() {
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
