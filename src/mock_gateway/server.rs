//! The server: hyper reads every request and writes every well-formed response. A raw response is
//! written to the socket itself. `handler` decides what to send.

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

use super::faults::Outgoing;
use super::handler::Handler;
use super::log::Tally;
use super::raw_response::{Ending, RawResponse};
use super::request::Request;
use super::response::{ENDPOINT, HttpResponse};

/// The path with which clients check their key; the sender's number follows.
const TEMPLATES: &str = "/api/v1/template/";

/// The longest body that is read, many times the largest card.
const BODY_LIMIT: usize = 1 << 20;

/// The longest time that a gateway lets its current responses finish when it stops.
const GRACE: Duration = Duration::from_secs(2);

/// The state that all connections share with the owner of the gateway.
pub(super) struct Shared {
    handler: Mutex<Handler>,
    started: Instant,
    close_after: u64,
    stop: watch::Sender<bool>,
    /// The log's first error, which stops the gateway.
    log_error: Mutex<Option<io::Error>>,
}

impl Shared {
    /// A gateway that starts now and ends when `stop` becomes true.
    pub(super) fn new(handler: Handler, close_after: u64, stop: watch::Sender<bool>) -> Self {
        Self {
            handler: Mutex::new(handler),
            started: Instant::now(),
            close_after,
            stop,
            log_error: Mutex::new(None),
        }
    }

    pub(super) fn handler(&self) -> MutexGuard<'_, Handler> {
        self.handler.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the log and returns the counts, or the error that stopped the gateway.
    pub(super) fn finish(&self) -> io::Result<Tally> {
        let mut log_error = self.log_error.lock().unwrap_or_else(PoisonError::into_inner);
        match log_error.take() {
            Some(error) => Err(error),
            None => self.handler().finish(),
        }
    }

    fn now(&self) -> Duration {
        self.started.elapsed()
    }

    async fn stopped(&self) {
        let mut stop = self.stop.subscribe();
        // An error would mean that no sender is left, but `self` holds one.
        let _ = stop.wait_for(|stop| *stop).await;
    }

    /// Stops the gateway: a request that is not in the log must not be answered, so it is reset.
    fn fail(&self, error: io::Error) -> RawResponse {
        let mut log_error = self.log_error.lock().unwrap_or_else(PoisonError::into_inner);
        log_error.get_or_insert(error);
        self.stop.send_replace(true);
        RawResponse::empty(Ending::Reset)
    }
}

type Reply = Result<Response<Full<Bytes>>, RawResponse>;

/// Serves until the gateway is stopped, then lets the current responses finish.
pub(super) async fn serve(listener: std::net::TcpListener, shared: &Arc<Shared>) -> io::Result<()> {
    let mut connections = JoinSet::new();
    tokio::select! {
        () = accept(TcpListener::from_std(listener)?, shared, &mut connections) => {}
        () = shared.stopped() => {}
    }
    let drained = async { while connections.join_next().await.is_some() {} };
    // Dropping the set ends the responses that take longer.
    let _ = timeout(GRACE, drained).await;
    Ok(())
}

async fn accept(listener: TcpListener, shared: &Arc<Shared>, connections: &mut JoinSet<()>) {
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(serve_connection(stream, Arc::clone(shared)));
                }
                // Out of file descriptors: connections that end give some back.
                Err(_) => sleep(Duration::from_millis(10)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve_connection(stream: TcpStream, shared: Arc<Shared>) {
    // Otherwise the second small packet of a response would wait for the first one's receipt.
    let _ = stream.set_nodelay(true);
    let (served, of_service) = (Cell::new(0), Arc::clone(&shared));
    let service = service_fn(move |request| {
        served.set(served.get() + 1);
        let last = served.get() >= of_service.close_after;
        let reply = reply(Arc::clone(&of_service), request, last);
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
    if let Some(raw) = cause.and_then(|cause| cause.downcast_ref::<RawResponse>()) {
        // The client may have left.
        let _ = raw.write(connection.into_parts().io.into_inner()).await;
    }
}

async fn reply(shared: Arc<Shared>, request: hyper::Request<Incoming>, last: bool) -> Reply {
    let response = match (request.method(), request.uri().path()) {
        (&Method::POST, ENDPOINT) => post(&shared, request).await?,
        (method, path) => elsewhere(&shared, method, path, request.headers()),
    };
    let mut response = response.into_hyper();
    if last {
        let headers = response.headers_mut();
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    Ok(response)
}

/// Answers everything but a POST to the endpoint. It never gets a fault.
fn elsewhere(shared: &Shared, method: &Method, path: &str, headers: &HeaderMap) -> HttpResponse {
    let (mut handler, now) = (shared.handler(), shared.now());
    if path == ENDPOINT {
        let refusal = handler.refuse_elsewhere(StatusCode::METHOD_NOT_ALLOWED, path, now);
        return refusal.with(ALLOW, HeaderValue::from_static("POST"));
    }
    let sender = path.strip_prefix(TEMPLATES).unwrap_or("");
    if method == Method::GET && !sender.is_empty() {
        return handler.check_key(api_key(headers), now);
    }
    handler.refuse_elsewhere(StatusCode::NOT_FOUND, path, now)
}

/// Answers a POST to the endpoint.
async fn post(
    shared: &Shared,
    request: hyper::Request<Incoming>,
) -> Result<HttpResponse, RawResponse> {
    let post = shared.handler().number();
    if let Some(fault) = &post.fault {
        wait(fault.before).await;
        if let Some(ending) = fault.unread() {
            let recorded = shared.handler().record_unread(&post, shared.now());
            recorded.map_err(|error| shared.fail(error))?;
            return Err(RawResponse::empty(ending));
        }
    }
    let (head, body) = request.into_parts();
    let body = Limited::new(body, BODY_LIMIT).collect().await;
    let body = body.ok().map(|body| body.to_bytes());
    let request = Request {
        api_key: api_key(&head.headers),
        content_type: head.headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes),
        body: body.as_deref(),
    };
    let handled = {
        let mut handler = shared.handler();
        let outgoing = handler.handle(&post, shared.now(), &request);
        outgoing.map(|outgoing| (outgoing, handler.delay(&post)))
    };
    let (outgoing, delay) = handled.map_err(|error| shared.fail(error))?;
    wait(delay).await;
    match outgoing {
        Outgoing::Http(response) => Ok(response),
        Outgoing::Raw(raw) => Err(raw),
    }
}

fn api_key(headers: &HeaderMap) -> Option<&[u8]> {
    headers.get("apikey").map(HeaderValue::as_bytes)
}

/// Waits, except for zero: the timer would round it up to its next tick.
async fn wait(time: Duration) {
    if !time.is_zero() {
        sleep(time).await;
    }
}
