//! Names become addresses, and only those that may be connected to. Invariant: what is handed out was looked at, and is
//! what is connected to: a name that means another address a moment later is looked at again.

use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::policy::{Policy, Refused};
use super::trouble::NoAddress;

type Found = Pin<Box<dyn Future<Output = std::io::Result<Vec<IpAddr>>> + Send>>;

/// Asks what addresses a name has.
pub(crate) type LookUp = Arc<dyn Fn(String) -> Found + Send + Sync>;

pub(super) struct Guarded {
    pub(super) policy: Arc<Policy>,
    pub(super) look_up: LookUp,
}

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let policy = Arc::clone(&self.policy);
        let found = (self.look_up)(name.as_str().to_owned());
        Box::pin(async move {
            let found = found.await.map_err(|error| NoAddress(Some(error)))?;
            if found.is_empty() {
                return Err(NoAddress(None).into());
            }
            let allowed = found.into_iter().filter(|address| policy.allows(*address));
            // The port is that of the URL.
            let allowed: Vec<SocketAddr> = allowed.map(|address| (address, 0).into()).collect();
            if allowed.is_empty() {
                return Err(Refused::Address.into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

/// As the system knows names.
pub(crate) fn system() -> LookUp {
    Arc::new(|name| {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    })
}
