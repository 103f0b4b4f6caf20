//! The gateway that a run posts to: the configured one, or the mock gateway of a rehearsal.

use std::fmt::Display;

use crate::config::{Config, Target};
use crate::exit::Fatal;
use crate::limits;
use crate::mock_gateway;
use crate::send::gateway::Secret;
use crate::send::gateway::{Address, Gateway, GatewayOptions};

/// A client that is ready to post.
pub(super) struct Endpoint {
    pub(super) gateway: Gateway,
    /// The mock gateway of a rehearsal; it answers until it is dropped.
    _mock: Option<mock_gateway::Gateway>,
}

impl Endpoint {
    /// Makes the client before any row is read, so that a wrong setting ends the run at once.
    /// Nothing is sent.
    ///
    /// # Errors
    /// A `--ca-file` or proxy that cannot be used, or a mock gateway that cannot listen.
    pub(super) fn open(config: &Config) -> Result<Self, Fatal> {
        if let Target::Gateway { address, key } = &config.target {
            let gateway = client(config, address.clone(), key.clone())?;
            return Ok(Self { gateway, _mock: None });
        }
        let mock = mock_gateway::Gateway::start(mock_gateway::GatewayOptions::default()).map_err(
            |error| {
                Fatal::internal(format!("the mock gateway: {error}{}", limits::way_out(&error)))
            },
        )?;
        let address = mock.url().parse().map_err(bad)?;
        let gateway = client(config, address, Secret::new("rehearsal").map_err(bad)?)?;
        Ok(Self { gateway, _mock: Some(mock) })
    }
}

fn client(config: &Config, address: Address, key: Secret) -> Result<Gateway, Fatal> {
    Gateway::new(&GatewayOptions {
        address,
        key,
        timeout: config.timeout,
        connect_timeout: config.connect_timeout,
        ca_file: config.ca_file.clone(),
    })
    .map_err(bad)
}

fn bad(error: impl Display) -> Fatal {
    Fatal::usage(format!("gateway: {error}"))
}
