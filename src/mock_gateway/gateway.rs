//! A stand-in gateway from outside: started, asked, stopped. It runs on a thread of its own; what
//! happens there is the business of `server`.

use std::convert::Infallible;
use std::fs;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use crossbeam_channel::{Receiver, Sender, bounded, select};
use jiff::Timestamp;
use tokio::net::{TcpListener, TcpSocket};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;

use super::handler::Intake;
use super::log::{Journal, Out, placed};
use super::options::{GatewayOptions, require_loopback};
use super::response::ENDPOINT;
use super::server::{Shared, serve};
use super::tally::Tally;

/// A campaign opens all its connections at once; std's 128 would make some wait a second.
const BACKLOG: u32 = 4096;

/// A stand-in gateway on a thread of its own. Dropped, it ends by itself.
pub struct Gateway {
    address: SocketAddr,
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
    /// The address is taken or not loopback, a file cannot be written, or the faults' rates are
    /// together over 100 %.
    pub fn start(options: GatewayOptions) -> io::Result<Self> {
        Self::launch(options, None)
    }

    /// The address it listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The whole endpoint, `http://127.0.0.1:PORT/api/v1/whatsapp/contact`.
    #[must_use]
    pub fn url(&self) -> String {
        url(self.address)
    }

    /// The counts so far.
    #[must_use]
    pub fn tally(&self) -> Tally {
        self.shared.intake().tally()
    }

    /// Takes no more connections, lets the answers under way finish (for two seconds at most) and
    /// returns the counts.
    ///
    /// # Errors
    /// The log could not be written; the gateway had then stopped at that request.
    pub fn stop(self) -> io::Result<Tally> {
        drop(self.stop);
        let panicked = |_| Err(io::Error::other("the stand-in gateway's thread panicked"));
        self.thread.join().unwrap_or_else(panicked)
    }

    /// Waits until `stop` speaks or ends, or the gateway ends by itself.
    pub(super) fn wait(&self, stop: &Receiver<()>) {
        select! {
            recv(stop) -> _ => {}
            recv(self.ended) -> _ => {}
        }
    }

    pub(super) fn launch(options: GatewayOptions, out: Option<Out>) -> io::Result<Self> {
        require_loopback(options.listen).map_err(invalid)?;
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let listener = listen(&runtime, options.listen)?;
        let address = listener.local_addr()?;
        let mut journal = Journal::open(options.log_file.as_deref(), out, options.log)?;
        journal.announce(&url(address))?;
        if let Some(path) = &options.port_file {
            write_whole(path, &format!("{address}\n"))?;
        }
        let stop = StopOnDrop(watch::Sender::new(false));
        let close_after = options.close_after.unwrap_or(u64::MAX);
        let intake = Intake::new(options, journal, Timestamp::now()).map_err(invalid)?;
        let shared = Arc::new(Shared::new(intake, close_after, stop.0.clone()));
        let served = Arc::clone(&shared);
        let (alive, ended) = bounded(0);
        let thread = thread::Builder::new()
            .name("gateway".to_owned())
            .spawn(move || live(&runtime, listener, &served, alive))?;
        Ok(Self { address, shared, stop, ended, thread })
    }
}

/// Tells the gateway's thread to end, also when the gateway is only dropped.
struct StopOnDrop(watch::Sender<bool>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.send_replace(true);
    }
}

/// The thread's whole life. Dropping `_alive` at its end tells whoever waits.
fn live(
    runtime: &Runtime,
    listener: TcpListener,
    shared: &Arc<Shared>,
    _alive: Sender<Infallible>,
) -> io::Result<Tally> {
    runtime.block_on(serve(listener, shared));
    shared.finish()
}

/// Runs a gateway until `stop` gets a message or loses its sender. `out` gets
/// `listening on URL` first, the log's lines when `options.log` is set, and the tally last.
///
/// # Errors
/// As [`Gateway::start`], and when `out` or the log file cannot be written.
pub fn run(
    options: GatewayOptions,
    stop: &Receiver<()>,
    out: impl Write + Send + 'static,
) -> io::Result<Tally> {
    let gateway = Gateway::launch(options, Some(Box::new(out)))?;
    gateway.wait(stop);
    gateway.stop()
}

fn url(address: SocketAddr) -> String {
    format!("http://{address}{ENDPOINT}")
}

fn invalid(problem: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, problem)
}

fn listen(runtime: &Runtime, address: SocketAddr) -> io::Result<TcpListener> {
    let _context = runtime.enter();
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    let in_use = |error: io::Error| placed(address, &error);
    socket.bind(address).map_err(in_use)?;
    socket.listen(BACKLOG)
}

/// Whoever waits for the file must never see half of it.
fn write_whole(path: &Path, text: &str) -> io::Result<()> {
    let mut draft = path.as_os_str().to_owned();
    draft.push(".tmp");
    let written = fs::write(&draft, text).and_then(|()| fs::rename(&draft, path));
    written.map_err(|error| placed(path.display(), &error))
}
