//! The client against TLS servers.

use std::time::Instant;

use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, Resolver};

use super::raw_server::{Certificate, RawServer, Then};
use super::{SENT, client, http, options, post};
use crate::send::gateway::client::{Gateway, GatewayOptions};
use crate::send::outcome::FailureKind;

/// Options for a server at this address that has this certificate.
fn tls_options(address: &str, certificate: &Certificate) -> GatewayOptions {
    GatewayOptions {
        address: format!("https://{address}").parse().unwrap(),
        ca_file: Some(certificate.ca_file()),
        ..options(address)
    }
}

#[test]
fn a_message_is_posted_over_tls() {
    let certificate = Certificate::new();
    let server = RawServer::start_tls(http("200 OK", "", SENT), &certificate);
    let mut client = Gateway::new(&tls_options(&server.address, &certificate)).unwrap().client();
    for _ in 0..2 {
        post(&mut client).unwrap();
        assert!(server.request().contains("apikey: the-key\r\n"));
    }
    assert_eq!(server.connections(), 1);
}

#[test]
fn a_certificate_that_is_not_trusted_is_a_wrong_set_up_and_the_key_is_not_sent() {
    let certificate = Certificate::new();
    let server = RawServer::start_tls(http("200 OK", "", SENT), &certificate);
    for ca_file in [None, Some(Certificate::new())] {
        let ca_file = ca_file.as_ref().map(Certificate::ca_file);
        let options = GatewayOptions { ca_file, ..tls_options(&server.address, &certificate) };
        let failure = post(&mut Gateway::new(&options).unwrap().client()).unwrap_err();
        assert_eq!(failure.kind, FailureKind::SetUp, "{}", failure.in_full());
        assert_eq!(failure.code.to_string(), "certificate");
        assert_eq!(server.requests.recv().unwrap(), None);
    }
}

#[test]
fn a_server_without_tls_is_a_wrong_set_up() {
    let server = RawServer::start("HTTP/1.1 400 Bad Request\r\n\r\n", Then::Close);
    let failure = post(&mut client(&format!("https://{}", server.address))).unwrap_err();
    assert_eq!(failure.kind, FailureKind::SetUp, "{}", failure.in_full());
    assert_eq!(failure.code.to_string(), "no_tls");
    assert!(!server.request().contains("the-key"));
}

#[test]
fn a_redirect_from_https_to_http_is_not_followed() {
    let certificate = Certificate::new();
    let other = RawServer::start(http("200 OK", "", SENT), Then::KeepOpen);
    let location = format!("Location: http://{}/api/v1/whatsapp/contact\r\n", other.address);
    let server = RawServer::start_tls(http("307 Redirect", &location, ""), &certificate);
    let options = tls_options(&server.address, &certificate);
    let failure = post(&mut Gateway::new(&options).unwrap().client()).unwrap_err();
    assert_eq!(failure.code.to_string(), "http_307");
    assert_eq!(other.connections(), 0);
}

#[test]
fn the_client_of_an_https_gateway_connects_only_with_tls() {
    let certificate = Certificate::new();
    let server = RawServer::start(http("200 OK", "", SENT), Then::KeepOpen);
    let mut gateway = Gateway::new(&tls_options(&server.address, &certificate)).unwrap();
    gateway.endpoint = format!("http://{}/", server.address).parse().unwrap();
    assert!(post(&mut gateway.client()).unwrap_err().kind.surely_not_sent());
    assert_eq!(server.connections(), 0);
}

#[test]
fn after_a_failed_connection_the_next_address_of_the_host_is_used() {
    let certificate = Certificate::new();
    let broken = RawServer::start("", Then::Close);
    let server = RawServer::start_tls(http("200 OK", "", SENT), &certificate);
    let mut client = Gateway::new(&tls_options("localhost:1", &certificate)).unwrap().client();
    let mut addresses = DefaultResolver::default().empty();
    addresses.push(broken.address.parse().unwrap());
    addresses.push(server.address.parse().unwrap());
    let uri = Uri::from_static("https://localhost:1/");
    client.dns.insert(&uri, Some(&addresses), Instant::now());
    assert_eq!(post(&mut client).unwrap_err().kind, FailureKind::NotConnected);
    post(&mut client).unwrap();
}
