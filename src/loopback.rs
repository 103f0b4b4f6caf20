//! Listening on loopback: what the mock gateway and `lipasend listen` have in common.

use std::io::{self, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;

use tempfile::NamedTempFile;
use tokio::net::TcpSocket;
use tokio::runtime::Runtime;

use crate::units::in_context;

/// The length of the queue of new connections. A campaign opens all of its connections at once, and
/// with a queue of 128 some would wait a second.
const BACKLOG: u32 = 4096;

/// Reads an address with its port, such as `127.0.0.1:8080` or `localhost:8080`.
pub(crate) fn parse_address(text: &str) -> Result<SocketAddr, String> {
    let address = text.replace("localhost", "127.0.0.1").parse();
    address.map_err(|_| format!("`{text}` is not an address and port (try 127.0.0.1:8080)"))
}

/// Refuses an address that other machines can reach. `who` listens; `more` goes behind the way out.
pub(crate) fn require(address: SocketAddr, who: &str, more: &str) -> Result<(), String> {
    if address.ip().is_loopback() {
        return Ok(());
    }
    let port = address.port();
    Err(format!("{who} listens on loopback only, not on {address} (try 127.0.0.1:{port}{more})"))
}

/// Starts to listen. Port 0 takes a free one.
pub(crate) fn listen(runtime: &Runtime, address: SocketAddr) -> io::Result<TcpListener> {
    let _context = runtime.enter();
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    socket.bind(address).map_err(|error| in_context(address, &error))?;
    socket.listen(BACKLOG)?.into_std()
}

/// Writes the address to a file so that a reader never sees a part of it.
pub(crate) fn write_address(path: &Path, address: SocketAddr) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let write = || {
        let mut draft = NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
        writeln!(draft, "{address}")?;
        draft.persist(path).map_err(|error| error.error)
    };
    write().map(drop).map_err(|error| in_context(path.display(), &error))
}
