//! The client: one message, one POST.

use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use ureq::config::Config;
use ureq::http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use ureq::http::{Method, Request, Response, Uri};
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::unversioned::transport::{Connector, DefaultConnector};
use ureq::{Agent, Body, Proxy};

use super::classify::{self, Answer};
use super::dns_cache::DnsCache;
use super::transport::{self, Wrap};
use super::{Address, BadSetting, proxy, retry_after, transport_error};
use crate::prepare::payload::Payload;
use crate::send::gateway::Secret;
use crate::send::outcome::{Code, Failure, Kind, Reply};

/// Documented as `apiKey`; header names have no letter case.
const KEY: HeaderName = HeaderName::from_static("apikey");

/// For what goes out: a request has a few hundred bytes, and ureq's own default is 128 KiB.
const OUTPUT_BUFFER: usize = 8 * 1024;

/// For what comes in: an answer's headers must fit into it as a whole.
const INPUT_BUFFER: usize = 16 * 1024;

/// No answer is read further.
const LONGEST_ANSWER: u64 = 64 * 1024;

/// An idle connection is used again for this long: shorter than the 5 s after which the hastiest
/// servers hang up, because a request that crosses a hang-up is an answer lost.
const IDLE: Duration = Duration::from_secs(4);

/// All that a gateway needs to be known by.
pub struct GatewayOptions {
    /// Where it is.
    pub address: Address,
    /// The account's key.
    pub key: Secret,
    /// From the first byte of the name lookup to the last byte of the answer.
    pub timeout: Duration,
    /// For the name lookup, and again for the connection with TLS.
    pub connect_timeout: Duration,
    /// PEM certificates to trust in place of the built-in ones, as a company's own proxy needs.
    pub ca_file: Option<PathBuf>,
}

/// The gateway, by which every sender thread gets its line.
pub struct Gateway {
    config: Config,
    endpoint: Uri,
    headers: HeaderMap,
    addresses: DnsCache,
}

/// A sender thread's own line to the gateway: one connection, kept while it is used, and buffers.
///
/// One for each thread, because threads that share ureq's pool wait for each other: its lock is
/// held over three system calls.
pub struct Line {
    agent: Agent,
    endpoint: Uri,
    headers: HeaderMap,
    addresses: DnsCache,
    request: Vec<u8>,
    answer: Vec<u8>,
}

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gateway").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Line").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

impl Gateway {
    /// A client for the gateway. Nothing is sent yet.
    ///
    /// # Errors
    /// A `--ca-file` that cannot be read, or a proxy in the environment that cannot be understood.
    pub fn new(options: &GatewayOptions) -> Result<Self, BadSetting> {
        Self::in_environment(options, |name| std::env::var(name).ok())
    }

    pub(super) fn in_environment(
        options: &GatewayOptions,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, BadSetting> {
        let address = &options.address;
        let endpoint = address
            .endpoint()
            .parse::<Uri>()
            .map_err(|_| BadSetting::new(format!("{address} cannot be used as an address")))?;
        let proxy = proxy::on_the_way(address, environment)?;
        Ok(Self {
            config: agent_config(options, proxy, tls(options.ca_file.as_deref())?),
            endpoint,
            headers: headers(&options.key)?,
            addresses: DnsCache::default(),
        })
    }

    /// A line for one sender thread. It connects with its first message.
    #[must_use]
    pub fn line(&self) -> Line {
        let connector =
            DefaultConnector::new().chain(Wrap { gateway: self.endpoint.authority().cloned() });
        let addresses = self.addresses.clone();
        Line {
            agent: Agent::with_parts(self.config.clone(), connector, addresses.clone()),
            endpoint: self.endpoint.clone(),
            headers: self.headers.clone(),
            addresses,
            request: Vec::new(),
            answer: Vec::new(),
        }
    }
}

impl Line {
    /// Posts one message, once, and says what became of it.
    ///
    /// # Errors
    /// The failure, with its own answers to all that follows.
    pub fn post(&mut self, payload: &Payload<'_>) -> Result<Reply, Failure> {
        payload.write(&mut self.request).map_err(|error| {
            Failure::unanswered(Kind::Refused, Code::Word("payload"), error.to_string())
        })?;
        let response = self.exchange()?;
        let status = response.status().as_u16();
        let wait = asked_wait(response.headers());
        read(response, &mut self.answer);
        let key = self.headers.get(KEY).and_then(|key| key.to_str().ok()).unwrap_or_default();
        let answer = Answer { status, body: &self.answer, wait, key };
        classify::judge(&answer, payload.message_id())
    }

    fn exchange(&self) -> Result<Response<Body>, Failure> {
        let mut request = Request::new(self.request.as_slice());
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.endpoint.clone();
        *request.headers_mut() = self.headers.clone();
        transport::forget();
        self.agent.run(request).map_err(|error| {
            let failure = transport_error::failure(&error, transport::any_byte_left());
            if failure.kind == Kind::NotConnected {
                self.addresses.rotate();
            }
            failure
        })
    }
}

fn agent_config(options: &GatewayOptions, proxy: Option<Proxy>, tls: TlsConfig) -> Config {
    Agent::config_builder()
        // A redirect is followed by nobody: the key would go along.
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .https_only(options.address.is_https())
        .proxy(proxy)
        .tls_config(tls)
        .timeout_global(Some(options.timeout))
        .timeout_resolve(Some(options.connect_timeout))
        .timeout_connect(Some(options.connect_timeout))
        .max_idle_connections(1)
        .max_idle_connections_per_host(1)
        .max_idle_age(IDLE)
        .input_buffer_size(INPUT_BUFFER)
        .output_buffer_size(OUTPUT_BUFFER)
        .user_agent(concat!("lipasend/", env!("CARGO_PKG_VERSION")))
        .accept("application/json")
        .build()
}

fn headers(key: &Secret) -> Result<HeaderMap, BadSetting> {
    let unusable = |_| BadSetting::new("the key cannot be sent in a header; copy it again");
    let mut key = HeaderValue::from_str(key.expose()).map_err(unusable)?;
    key.set_sensitive(true);
    Ok(HeaderMap::from_iter([
        (CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (KEY, key),
    ]))
}

fn tls(ca_file: Option<&Path>) -> Result<TlsConfig, BadSetting> {
    let Some(path) = ca_file else {
        return Ok(TlsConfig::default());
    };
    let bad = |what: &str| BadSetting::new(format!("--ca-file {}: {what}", path.display()));
    let pem = std::fs::read(path).map_err(|error| bad(&error.to_string()))?;
    let certificates = parse_pem(&pem)
        .filter_map(|item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(Ok(certificate)),
            Ok(_) => None,
            Err(_) => Some(Err(bad("it is damaged; a PEM file is needed"))),
        })
        .collect::<Result<Vec<_>, _>>()?;
    if certificates.is_empty() {
        return Err(bad("no BEGIN CERTIFICATE in it; a PEM file is needed"));
    }
    let roots = RootCerts::from(certificates);
    Ok(TlsConfig::builder().root_certs(roots).build())
}

fn asked_wait(headers: &HeaderMap) -> Option<Duration> {
    retry_after::asked(|name| headers.get(name)?.to_str().ok(), Timestamp::now())
}

/// Reads what there is of the body. One that breaks off or goes on too long is judged by what came:
/// a status is told by then, and an acceptance cut short is none.
fn read(response: Response<Body>, into: &mut Vec<u8>) {
    into.clear();
    let mut body = response.into_body().into_reader().take(LONGEST_ANSWER);
    // What was read before an error stays in the buffer.
    let _cut_short = body.read_to_end(into);
}
