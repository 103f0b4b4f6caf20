//! The HTTP client: one message, one POST, without repeats or redirects.

use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use ureq::config::Config;
use ureq::http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use ureq::http::{Method, Request, Response, Uri};
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::unversioned::transport::{Connector, DefaultConnector};
use ureq::{Agent, Body, Proxy};

use super::classify::{HttpResponse, classify};
use super::dns_cache::DnsCache;
use super::recent_ids::RecentIds;
use super::redact::Redactor;
use super::transport::{self, WrapConnector};
use super::{Address, BadSetting, Secret, proxy, retry_after, transport_error};
use crate::prepare::payload::Payload;
use crate::read::plain_file;
use crate::send::outcome::{Code, Failure, FailureKind, Reply};

/// The header for the key. It is documented as `apiKey`, but letter case does not matter.
const KEY: HeaderName = HeaderName::from_static("apikey");

/// The buffer for a request of a few hundred bytes; ureq's default is 128 KiB.
const OUTPUT_BUFFER: usize = 8 * 1024;

/// The buffer for a response, into which all its headers must fit.
const INPUT_BUFFER: usize = 16 * 1024;

/// The most bytes of a body that are read.
const MAX_BODY: u64 = 64 * 1024;

/// The longest idle time after which a connection is used again. Some servers close idle
/// connections after 5 s, and a request that is sent at that moment is lost.
const MAX_IDLE: Duration = Duration::from_secs(4);

/// Options for the connection to the gateway.
pub struct GatewayOptions {
    /// Its address.
    pub address: Address,
    /// The account's API key.
    pub key: Secret,
    /// The limit for a whole request, from the name lookup to the last byte of the response.
    pub timeout: Duration,
    /// The limit for the name lookup, and again for the connection with TLS.
    pub connect_timeout: Duration,
    /// A file of PEM certificates to trust instead of the built-in ones, such as those of a
    /// company's proxy.
    pub ca_file: Option<PathBuf>,
}

/// The settings of the gateway, from which each sender thread makes its own client.
pub struct Gateway {
    config: Config,
    endpoint: Uri,
    headers: HeaderMap,
    redactor: Arc<Redactor>,
    dns: DnsCache,
    posted: Arc<RecentIds>,
}

/// The HTTP client of one sender thread, with one connection that is kept open.
///
/// Each thread has its own, because threads that share ureq's pool wait for each other: its lock is
/// held during three system calls.
pub struct Client {
    config: Config,
    agent: Agent,
    endpoint: Uri,
    headers: HeaderMap,
    redactor: Arc<Redactor>,
    dns: DnsCache,
    posted: Arc<RecentIds>,
    request: Vec<u8>,
    response: Vec<u8>,
}

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gateway").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

impl Gateway {
    /// Reads the settings and the environment. Nothing is sent yet.
    ///
    /// # Errors
    /// A `--ca-file` that cannot be read, or a proxy in the environment that cannot be used.
    pub fn new(options: &GatewayOptions) -> Result<Self, BadSetting> {
        Self::in_environment(options, |name| std::env::var(name).ok())
    }

    fn in_environment(
        options: &GatewayOptions,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, BadSetting> {
        let address = &options.address;
        let endpoint = address
            .endpoint()
            .parse::<Uri>()
            .map_err(|_| BadSetting::new(format!("{address} cannot be used as an address")))?;
        let proxy = proxy::from_environment(address, environment)?;
        Ok(Self {
            config: agent_config(options, proxy, tls(options.ca_file.as_deref())?),
            endpoint,
            headers: headers(&options.key)?,
            redactor: Arc::new(Redactor::new(options.key.expose())),
            dns: DnsCache::default(),
            posted: Arc::default(),
        })
    }

    /// A client for one sender thread. It connects with its first message.
    #[must_use]
    pub fn client(&self) -> Client {
        Client {
            config: self.config.clone(),
            agent: agent(&self.config, &self.endpoint, &self.dns),
            endpoint: self.endpoint.clone(),
            headers: self.headers.clone(),
            redactor: Arc::clone(&self.redactor),
            dns: self.dns.clone(),
            posted: Arc::clone(&self.posted),
            request: Vec::new(),
            response: Vec::new(),
        }
    }
}

impl Client {
    /// Posts one message, once.
    ///
    /// # Errors
    /// What went wrong, and whether the message may have been sent anyway.
    pub fn post(&mut self, payload: &Payload<'_>) -> Result<Reply, Failure> {
        payload.write(&mut self.request).map_err(|error| {
            Failure::unanswered(FailureKind::Refused, Code::Word("payload"), error.to_string())
        })?;
        self.posted.insert(payload.message_id());
        let response = self.exchange()?;
        let status = response.status().as_u16();
        let wait = requested_wait(response.headers());
        read_body(response, &mut self.response);
        let (body, redactor, posted) = (&*self.response, &*self.redactor, &*self.posted);
        let response = HttpResponse { status, body, wait, redactor, posted };
        let result = classify(&response, payload.message_id());
        if result.as_ref().is_err_and(|failure| failure.kind == FailureKind::Unreadable) {
            self.close_connection();
        }
        result
    }

    /// Closes the connection, because what follows on it may be the answer to another request.
    fn close_connection(&mut self) {
        self.agent = agent(&self.config, &self.endpoint, &self.dns);
    }

    fn exchange(&self) -> Result<Response<Body>, Failure> {
        let mut request = Request::new(self.request.as_slice());
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.endpoint.clone();
        *request.headers_mut() = self.headers.clone();
        transport::begin_request();
        self.agent.run(request).map_err(|error| {
            let mut failure = transport_error::failure(&error, transport::any_byte_written());
            // A proxy or a certificate may have texts of its own in it.
            failure.detail = self.redactor.clean(&failure.detail).into();
            if failure.kind == FailureKind::NotConnected {
                self.dns.rotate();
            }
            failure
        })
    }
}

/// A client of ureq, whose pool has no connection yet.
fn agent(config: &Config, endpoint: &Uri, dns: &DnsCache) -> Agent {
    let gateway = endpoint.authority().cloned();
    let connector = DefaultConnector::new().chain(WrapConnector { gateway });
    Agent::with_parts(config.clone(), connector, dns.clone())
}

fn agent_config(options: &GatewayOptions, proxy: Option<Proxy>, tls: TlsConfig) -> Config {
    Agent::config_builder()
        // A redirect is not followed: the key would be sent to another host.
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
        .max_idle_age(MAX_IDLE)
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
    let is_called_so = |ending: &str| path.extension().is_some_and(|found| found == ending);
    let may_be_shown = path.exists() || ["pem", "crt", "cer"].into_iter().any(is_called_so);
    let pem = plain_file::read_once(path).map_err(|error| match may_be_shown {
        true => bad(&error.to_string()),
        // The key, in place of the file's name, would be shown.
        false => BadSetting::new(
            "the file given with --ca-file does not exist (its name is not shown because it may be a key)",
        ),
    })?;
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

fn requested_wait(headers: &HeaderMap) -> Option<Duration> {
    retry_after::requested_wait(|name| headers.get(name)?.to_str().ok(), Timestamp::now())
}

/// Reads the body into the buffer. A body that breaks off or is too long is cut short: its status
/// still counts, and an acceptance cut short is none.
fn read_body(response: Response<Body>, buffer: &mut Vec<u8>) {
    buffer.clear();
    let mut body = response.into_body().into_reader().take(MAX_BODY);
    // What was read before an error stays in the buffer.
    let _cut_short = body.read_to_end(buffer);
}

#[cfg(test)]
mod tests;
