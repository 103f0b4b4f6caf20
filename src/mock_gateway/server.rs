//! The sockets: hyper reads every request and writes every sound answer; a sabotage gets the bare
//! socket. What to answer is decided in `intake`.

use std::cell::Cell;
use std::error::Error as _;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{ALLOW, CONNECTION, CONTENT_TYPE, HeaderMap, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::effect::Delivery;
use super::handler::{Arrival, Intake};
use super::raw_response::{Ending, Sabotage};
use super::request::Request;
use super::response::{Answer, ENDPOINT};
use super::tally::Tally;

/// Where clients in the wild check their key: the sender's number follows.
const TEMPLATES: &str = "/api/v1/template/";

/// Many times the largest card.
const BODY_LIMIT: usize = 1 << 20;

/// How long a stopping gateway lets answers under way finish.
const GRACE: Duration = Duration::from_secs(2);

/// What the connections share, among themselves and with whoever holds the gateway.
pub(super) struct Shared {
    intake: Mutex<Intake>,
    started: Instant,
    close_after: u64,
    stop: watch::Sender<bool>,
    /// The log's first failure, which stops the gateway.
    failure: Mutex<Option<io::Error>>,
}

impl Shared {
    /// A gateway that begins now and ends when `stop` becomes true.
    pub(super) fn new(intake: Intake, close_after: u64, stop: watch::Sender<bool>) -> Self {
        Self {
            intake: Mutex::new(intake),
            started: Instant::now(),
            close_after,
            stop,
            failure: Mutex::new(None),
        }
    }

    pub(super) fn intake(&self) -> MutexGuard<'_, Intake> {
        self.intake.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes the log's last word and gives the counts, or the failure that stopped it all.
    pub(super) fn finish(&self) -> io::Result<Tally> {
        let mut failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        match failure.take() {
            Some(error) => Err(error),
            None => self.intake().close(),
        }
    }

    fn now(&self) -> Duration {
        self.started.elapsed()
    }

    async fn stopped(&self) {
        let mut told = self.stop.subscribe();
        // An error would mean that no sender is left, but `self` holds one.
        let _ = told.wait_for(|stop| *stop).await;
    }

    /// What is not in the log must not be answered: the request is reset and the gateway stops.
    fn fail(&self, error: io::Error) -> Sabotage {
        let mut failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        failure.get_or_insert(error);
        self.stop.send_replace(true);
        Sabotage::silent(Ending::Reset)
    }
}

type Reply = Result<Response<Full<Bytes>>, Sabotage>;

/// Serves until told to stop, then lets what is under way finish.
pub(super) async fn serve(listener: TcpListener, shared: &Arc<Shared>) {
    let mut connections = JoinSet::new();
    tokio::select! {
        () = accept(listener, shared, &mut connections) => {}
        () = shared.stopped() => {}
    }
    let drained = async { while connections.join_next().await.is_some() {} };
    // Time is up for slow drips and long delays; dropping the set ends them.
    let _ = timeout(GRACE, drained).await;
}

async fn accept(listener: TcpListener, shared: &Arc<Shared>, connections: &mut JoinSet<()>) {
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(converse(stream, Arc::clone(shared)));
                }
                // Out of file descriptors: some will be free in a moment.
                Err(_) => sleep(Duration::from_millis(10)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

/// One connection from its first request to its end, good or bad.
async fn converse(stream: TcpStream, shared: Arc<Shared>) {
    // Without it the second small packet of an answer would wait for the first one's receipt.
    let _ = stream.set_nodelay(true);
    let (asked, visited) = (Cell::new(0), Arc::clone(&shared));
    let service = service_fn(move |request| {
        asked.set(asked.get() + 1);
        let last = asked.get() >= visited.close_after;
        let reply = reply(Arc::clone(&visited), request, last);
        Box::pin(reply) as Pin<Box<dyn Future<Output = Reply> + Send>>
    });
    let mut connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    let ended = tokio::select! {
        ended = poll_fn(|context| connection.poll_without_shutdown(context)) => ended,
        () = shared.stopped() => {
            Pin::new(&mut connection).graceful_shutdown();
            poll_fn(|context| connection.poll_without_shutdown(context)).await
        }
    };
    let Err(error) = ended else { return };
    let cause = error.source();
    if let Some(sabotage) = cause.and_then(|cause| cause.downcast_ref::<Sabotage>()) {
        let stream = connection.into_parts().io.into_inner();
        tokio::select! {
            // Stopping must not turn a reset, which takes no time, into an ordinary close.
            biased;
            _ = sabotage.perform(stream) => {}
            () = shared.stopped() => {}
        }
    }
}

async fn reply(shared: Arc<Shared>, request: hyper::Request<Incoming>, last: bool) -> Reply {
    let answer = match (request.method(), request.uri().path()) {
        (&Method::POST, ENDPOINT) => take(&shared, request).await?,
        (method, path) => elsewhere(&shared, method, path, request.headers()),
    };
    let mut response = answer.into_response();
    if last {
        let headers = response.headers_mut();
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    Ok(response)
}

/// Anything but a POST to the endpoint; no fault strikes it.
fn elsewhere(shared: &Shared, method: &Method, path: &str, headers: &HeaderMap) -> Answer {
    let (mut intake, now) = (shared.intake(), shared.now());
    if path == ENDPOINT {
        let refused = intake.misdirected(StatusCode::METHOD_NOT_ALLOWED, path, now);
        return refused.with(ALLOW, HeaderValue::from_static("POST"));
    }
    let sender = path.strip_prefix(TEMPLATES).unwrap_or("");
    if method == Method::GET && !sender.is_empty() {
        return intake.check_key(api_key(headers), now);
    }
    intake.misdirected(StatusCode::NOT_FOUND, path, now)
}

/// A POST to the endpoint: numbered, read, ruled on, held back, answered.
async fn take(shared: &Shared, request: hyper::Request<Incoming>) -> Result<Answer, Sabotage> {
    let arrival = shared.intake().arrive();
    if let Some(fault) = &arrival.fault {
        pause(fault.before).await;
        if let Some(ending) = fault.unread() {
            let noted = shared.intake().leave_unread(&arrival, shared.now());
            noted.map_err(|error| shared.fail(error))?;
            return Err(Sabotage::silent(ending));
        }
    }
    let (head, body) = request.into_parts();
    let body = Limited::new(body, BODY_LIMIT).collect().await;
    let body = body.ok().map(|body| body.to_bytes());
    let delivery = rule(shared, &arrival, &head.headers, body.as_deref())?;
    let hold_back = shared.intake().hold_back(&arrival);
    pause(hold_back).await;
    match delivery {
        Delivery::Answer(answer) => Ok(answer),
        Delivery::Sabotage(sabotage) => Err(sabotage),
    }
}

fn rule(
    shared: &Shared,
    arrival: &Arrival,
    headers: &HeaderMap,
    body: Option<&[u8]>,
) -> Result<Delivery, Sabotage> {
    let content_type = headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    let request = Request { api_key: api_key(headers), content_type, body };
    let mut intake = shared.intake();
    let ruled = intake.rule(arrival, shared.now(), &request);
    ruled.map_err(|error| shared.fail(error))
}

fn api_key(headers: &HeaderMap) -> Option<&[u8]> {
    headers.get("apikey").map(HeaderValue::as_bytes)
}

/// The timer rounds up to its next tick, so no wait at all must not be asked of it.
async fn pause(time: Duration) {
    if !time.is_zero() {
        sleep(time).await;
    }
}
