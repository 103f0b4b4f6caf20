//! The server: hyper reads the requests and writes the answers, in one thread; `store` writes the
//! file in another.

use std::cell::RefCell;
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body as _, Bytes, Incoming};
use hyper::header::EXPECT;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;
use tokio::sync::watch;
use tokio::task::LocalSet;
use tokio::time::{sleep, timeout};

use super::answer::{self, Answer, BODY_LIMIT};
use super::connections::{ClientWait, Connections};
use super::options::{ListenOptions, SecretPath};
use super::store::Store;
use super::tally::Tally;
use crate::loopback;
use crate::record::event_file::EventFile;
use crate::report::terminal;
use crate::signals::Stop;

/// The longest time for requests that have begun to arrive when the program is to end.
const GRACE: Duration = Duration::from_secs(5);

/// The delay before a signal is looked for again.
const POLL: Duration = Duration::from_millis(50);

/// The delay before the next try to accept a connection, when none can be accepted.
const PAUSE: Duration = Duration::from_millis(10);

/// The longest head of a request.
const HEAD_LIMIT: usize = 64 << 10;

/// Receives events until a signal, then finishes the requests that have begun.
///
/// # Errors
/// The address is in use, or the port file cannot be written.
pub fn run(options: &ListenOptions, file: EventFile, stop: &Stop) -> io::Result<Tally> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let listener = loopback::listen(&runtime, options.listen)?;
    let address = listener.local_addr()?;
    if let Some(path) = &options.port_file {
        loopback::write_address(path, address)?;
    }
    announce(address, &file);
    let shared = Rc::new(Shared {
        path: options.path.clone(),
        limit: options.request_timeout,
        store: Store::start(file)?,
        tally: RefCell::default(),
        stop: watch::Sender::new(false),
    });
    let connections = Connections::new(usize::from(options.connections));
    LocalSet::new().block_on(&runtime, serve(listener, connections, &shared, stop))?;
    let tally = *shared.tally.borrow();
    // The connections are gone, and with them their handles.
    if let Some(shared) = Rc::into_inner(shared) {
        shared.store.finish();
    }
    Ok(tally)
}

fn announce(address: SocketAddr, file: &EventFile) {
    let path = file.path().display();
    terminal::line(&format!("listening on http://{address}, events go to {path}"));
    if file.is_readable_by_others() {
        terminal::message(&format!("{path} can be read by others (chmod 600 {path})"));
    }
}

/// The state that all connections share.
struct Shared {
    path: SecretPath,
    limit: Duration,
    store: Store,
    tally: RefCell<Tally>,
    stop: watch::Sender<bool>,
}

impl Shared {
    async fn stopped(&self) {
        let mut stop = self.stop.subscribe();
        // An error would mean that no sender is left, but `self` holds one.
        let _ = stop.wait_for(|stop| *stop).await;
    }

    /// Counts an answer. The first one of a kind is reported: a webhook that is set up wrongly would
    /// otherwise lose all events without a word.
    fn count(&self, answer: Answer) {
        let is_first = self.tally.borrow_mut().count(answer);
        // The thread that writes reports its errors itself.
        if is_first && !matches!(answer, Answer::Kept | Answer::NotKept) {
            let (status, meaning) = (answer.status().as_u16(), answer.meaning());
            terminal::message(&format!(
                "a request was answered {status}: {meaning} (later ones are only counted)"
            ));
        }
    }
}

async fn serve(
    listener: std::net::TcpListener,
    mut connections: Connections,
    shared: &Rc<Shared>,
    stop: &Stop,
) -> io::Result<()> {
    let listener = TcpListener::from_std(listener)?;
    let signal = async {
        while stop.signal().is_none() {
            sleep(POLL).await;
        }
    };
    tokio::select! {
        () = accept(&listener, &mut connections, shared) => {}
        () = signal => {}
    }
    drop(listener);
    shared.stop.send_replace(true);
    let drained = async { while connections.one_ends().await {} };
    // Dropping the connections ends those that take longer.
    let _ = timeout(GRACE, drained).await;
    Ok(())
}

async fn accept(listener: &TcpListener, connections: &mut Connections, shared: &Rc<Shared>) {
    loop {
        let has_room = connections.have_room();
        tokio::select! {
            accepted = listener.accept(), if has_room => match accepted {
                Ok((stream, _)) => {
                    let shared = Rc::clone(shared);
                    connections.add(|wait| serve_connection(stream, shared, wait));
                }
                // Out of file descriptors: connections that end give some back.
                Err(_) => sleep(PAUSE).await,
            },
            true = connections.one_ends() => {}
            // An event that is being kept becomes an answer, and its connection waits again.
            () = sleep(PAUSE), if !has_room => {}
        }
    }
}

async fn serve_connection(stream: TcpStream, shared: Rc<Shared>, wait: ClientWait) {
    // Otherwise the second small packet of an answer would wait for the first one's receipt.
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request| reply(Rc::clone(&shared), wait.clone(), request));
    let connection = http1::Builder::new()
        .max_buf_size(HEAD_LIMIT)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    // An error is a client that has left, or whose request hyper has refused.
    tokio::select! {
        _ = connection.as_mut() => return,
        () = wait.exceeds(shared.limit) => return,
        () = shared.stopped() => {}
    }
    connection.as_mut().graceful_shutdown();
    tokio::select! {
        _ = connection => {}
        () = wait.exceeds(shared.limit) => {}
    }
}

/// Answers a request.
async fn reply(
    shared: Rc<Shared>,
    wait: ClientWait,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    wait.begin();
    let answer = take(&shared, &wait, request).await;
    wait.begin();
    shared.count(answer);
    Ok(answer.response())
}

/// Keeps the event that a request brings.
async fn take(shared: &Shared, wait: &ClientWait, request: Request<Incoming>) -> Answer {
    if let Some(answer) = Answer::to_head(request.method(), request.uri().path(), &shared.path) {
        return answer;
    }
    let body = match read_body(request).await {
        Ok(body) => body,
        Err(answer) => return answer,
    };
    let Some(line) = answer::line(Timestamp::now(), &body) else { return Answer::NoJson };
    wait.end();
    match shared.store.keep(line).await {
        true => Answer::Kept,
        false => Answer::NotKept,
    }
}

/// Reads a body. One that is too long is read to its end and forgotten, because a client that still
/// writes would not see the answer.
async fn read_body(request: Request<Incoming>) -> Result<Vec<u8>, Answer> {
    let (head, mut body) = request.into_parts();
    let is_too_long = body.size_hint().lower() > BODY_LIMIT as u64;
    if is_too_long && head.headers.contains_key(EXPECT) {
        return Err(Answer::TooLong);
    }
    let mut bytes = Vec::new();
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Answer::NoJson)?;
        let Some(data) = frame.data_ref() else { continue };
        length += data.len();
        match length > BODY_LIMIT {
            true => bytes = Vec::new(),
            false => bytes.extend_from_slice(data),
        }
    }
    match length > BODY_LIMIT {
        true => Err(Answer::TooLong),
        false => Ok(bytes),
    }
}
