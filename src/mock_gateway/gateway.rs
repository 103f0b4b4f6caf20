//! A mock gateway on a thread of its own: starting, restarting, stopping and its counts.

use std::convert::Infallible;
use std::io::{self, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use crossbeam_channel::{Receiver, Sender, bounded, select};
use jiff::Timestamp;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;

use super::handler::Handler;
use super::log::{Output, RequestLog, Tally};
use super::options::{GatewayOptions, require_loopback};
use super::response::ENDPOINT;
use super::server::{Shared, serve};
use crate::loopback;

/// A running mock gateway. It stops when it is dropped.
pub struct Gateway {
    address: SocketAddr,
    listener: TcpListener,
    shared: Arc<Shared>,
    stop: StopOnDrop,
    ended: Receiver<Infallible>,
    thread: JoinHandle<io::Result<Tally>>,
}

impl Gateway {
    /// Starts a gateway that prints nothing (`options.log` needs [`run`]). It listens when this
    /// returns.
    ///
    /// # Errors
    /// The address is in use or not loopback, a file cannot be written, or the rates of the faults
    /// are more than 100 % together.
    pub fn start(options: GatewayOptions) -> io::Result<Self> {
        Self::start_printing(options, None)
    }

    /// Stops this gateway and starts another one at its address (`options.listen` is not used). The
    /// address stays open: a client that connects in between waits for the new gateway.
    ///
    /// # Errors
    /// As [`Gateway::start`] and [`Gateway::stop`].
    pub fn restart(self, options: GatewayOptions) -> io::Result<Self> {
        let listener = self.listener.try_clone()?;
        self.stop()?;
        Self::start_on(listener, runtime()?, options, None)
    }

    /// The address it listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The endpoint, `http://127.0.0.1:PORT/api/v1/whatsapp/contact`.
    #[must_use]
    pub fn url(&self) -> String {
        url(self.address)
    }

    /// The counts so far.
    #[must_use]
    pub fn tally(&self) -> Tally {
        self.shared.handler().tally()
    }

    /// Accepts no more connections, lets the current responses finish (for at most two seconds) and
    /// returns the counts.
    ///
    /// # Errors
    /// The log could not be written. The gateway has then stopped at that request.
    pub fn stop(self) -> io::Result<Tally> {
        drop(self.listener);
        drop(self.stop);
        let panicked = |_| Err(io::Error::other("the mock gateway's thread panicked"));
        self.thread.join().unwrap_or_else(panicked)
    }

    /// Waits until `stop` gets a message or loses its sender, or the gateway ends by itself.
    pub(super) fn wait(&self, stop: &Receiver<()>) {
        select! {
            recv(stop) -> _ => {}
            recv(self.ended) -> _ => {}
        }
    }

    /// Starts a gateway that prints to `output`.
    pub(super) fn start_printing(
        options: GatewayOptions,
        output: Option<Output>,
    ) -> io::Result<Self> {
        require_loopback(options.listen).map_err(invalid)?;
        let runtime = runtime()?;
        let listener = loopback::listen(&runtime, options.listen)?;
        Self::start_on(listener, runtime, options, output)
    }

    fn start_on(
        listener: TcpListener,
        runtime: Runtime,
        options: GatewayOptions,
        output: Option<Output>,
    ) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let mut log = RequestLog::open(options.log_file.as_deref(), output, options.log)?;
        log.announce(&url(address))?;
        if let Some(path) = &options.port_file {
            loopback::write_address(path, address)?;
        }
        let stop = StopOnDrop(watch::Sender::new(false));
        let close_after = options.close_after.unwrap_or(u64::MAX);
        let handler = Handler::new(options, log, Timestamp::now()).map_err(invalid)?;
        let shared = Arc::new(Shared::new(handler, close_after, stop.0.clone()));
        let (of_thread, accepting) = (Arc::clone(&shared), listener.try_clone()?);
        let (alive, ended) = bounded(0);
        let thread = thread::Builder::new()
            .name("gateway".to_owned())
            .spawn(move || run_thread(&runtime, accepting, &of_thread, alive))?;
        Ok(Self { address, listener, shared, stop, ended, thread })
    }
}

/// Ends the gateway's thread when it is dropped.
struct StopOnDrop(watch::Sender<bool>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.send_replace(true);
    }
}

/// Serves until the end. Dropping `_alive` is the signal for [`Gateway::wait`].
fn run_thread(
    runtime: &Runtime,
    listener: TcpListener,
    shared: &Arc<Shared>,
    _alive: Sender<Infallible>,
) -> io::Result<Tally> {
    runtime.block_on(serve(listener, shared))?;
    shared.finish()
}

/// Runs a gateway until `stop` gets a message or loses its sender. `output` gets
/// `listening on URL` first, the log's lines when `options.log` is set, and the counts last.
///
/// # Errors
/// As [`Gateway::start`], and when `output` or the log file cannot be written.
pub fn run(
    options: GatewayOptions,
    stop: &Receiver<()>,
    output: impl Write + Send + 'static,
) -> io::Result<Tally> {
    let gateway = Gateway::start_printing(options, Some(Box::new(output)))?;
    gateway.wait(stop);
    gateway.stop()
}

fn url(address: SocketAddr) -> String {
    format!("http://{address}{ENDPOINT}")
}

fn invalid(problem: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, problem)
}

fn runtime() -> io::Result<Runtime> {
    Builder::new_current_thread().enable_all().build()
}
