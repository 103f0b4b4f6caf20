//! The other end of a campaign: the gateway that was configured, or the stand-in of a rehearsal.

use std::fmt::Display;

use crate::config::{Config, Target};
use crate::exit::Fatal;
use crate::mock_gateway;
use crate::send::gateway::Secret;
use crate::send::gateway::{Address, Gateway, GatewayOptions};

/// A client for the other end, ready to post.
pub(super) struct Endpoint {
    pub(super) gateway: Gateway,
    /// It answers for as long as this lives.
    _stand_in: Option<mock_gateway::Gateway>,
}

impl Endpoint {
    /// Opens it before any list is walked, so that a wrong setting is told at once. Nothing is sent.
    ///
    /// # Errors
    /// A `--ca-file` or proxy that cannot be used, or a stand-in that cannot listen.
    pub(super) fn open(config: &Config) -> Result<Self, Fatal> {
        if let Target::Gateway { address, key } = &config.target {
            let gateway = client(config, address.clone(), key.clone())?;
            return Ok(Self { gateway, _stand_in: None });
        }
        let stand_in = mock_gateway::Gateway::start(mock_gateway::GatewayOptions::default())
            .map_err(|error| Fatal::internal(format!("the stand-in gateway: {error}")))?;
        let address = stand_in.url().parse().map_err(bad)?;
        let gateway = client(config, address, Secret::new("rehearsal").map_err(bad)?)?;
        Ok(Self { gateway, _stand_in: Some(stand_in) })
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
