//! How much each client may ask for (contract 07 §5): requests in a time, by site and by address, and
//! requests at a time. Invariant: a refused request uses nothing up, and what is remembered is bounded.

mod keys;
mod places;
mod quota;

use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};

pub use places::Place;
pub use quota::{Quota, Refused};

use crate::domain::{Timestamp, TrackerId};
use keys::Keys;
use places::Places;
use quota::Instant;

/// One household or server has at least this much of an IPv6 address to itself.
const IPV6_PREFIX_BITS: u32 = 64;

/// Requests that share their limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Everything signed.
    Content,
    Search,
}

/// Limits of one group; without a quota there is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quotas {
    pub per_site: Option<Quota>,
    /// One client of all sites together.
    pub per_address: Option<Quota>,
}

/// Limits of one site.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SiteLimits {
    pub content: Quotas,
    pub search: Quotas,
    /// Content requests that run at a time.
    pub content_concurrent_max: Option<NonZeroU32>,
}

impl SiteLimits {
    /// Requests of the site in an hour; `None` without a limit.
    pub fn per_hour(&self, group: Group) -> Option<u64> {
        self.of(group).per_site.map(Quota::per_hour)
    }

    fn of(&self, group: Group) -> Quotas {
        match group {
            Group::Content => self.content,
            Group::Search => self.search,
        }
    }
}

/// What clients have sent lately. Limits are no part of it, so they can change under it.
#[derive(Debug, Default)]
pub struct Throttle {
    content: Mutex<Clients>,
    search: Mutex<Clients>,
    content_places: Places,
}

#[derive(Debug, Default)]
struct Clients {
    sites: Keys<TrackerId>,
    addresses: Keys<IpAddr>,
}

impl Throttle {
    /// Counts a request, or refuses it. The address is left out of it when nobody knows it.
    pub fn admit(
        &self,
        group: Group,
        site: &TrackerId,
        address: Option<IpAddr>,
        limits: &SiteLimits,
        now: Timestamp,
    ) -> Result<(), Refused> {
        let quotas = limits.of(group);
        if quotas == Quotas::default() {
            return Ok(());
        }
        let clients = match group {
            Group::Content => &self.content,
            Group::Search => &self.search,
        };
        // Nothing under this lock can panic half way.
        let mut clients = clients.lock().unwrap_or_else(PoisonError::into_inner);
        clients.admit(quotas, site, address, Instant::at(now))
    }

    /// Waits a little for a place among the requests of the site that run; `None` without a limit.
    pub async fn content_place(
        &self,
        site: &TrackerId,
        limits: &SiteLimits,
    ) -> Result<Option<Place>, Refused> {
        match limits.content_concurrent_max {
            Some(most) => self.content_places.take(site, most).await.map(Some),
            None => Ok(None),
        }
    }
}

impl Clients {
    /// Counted for both, or for neither.
    fn admit(
        &mut self,
        quotas: Quotas,
        site: &TrackerId,
        address: Option<IpAddr>,
        now: Instant,
    ) -> Result<(), Refused> {
        let of_site = quotas.per_site.map(|quota| {
            let rest = self.sites.of(site.clone(), now);
            (quota.admit(*rest, now), rest)
        });
        let of_address = quotas.per_address.zip(address).map(|(quota, address)| {
            let rest = self.addresses.of(client_of(address), now);
            (quota.admit(*rest, now), rest)
        });
        let both = of_site.into_iter().chain(of_address);
        let (refusals, admissions): (Vec<_>, Vec<_>) = both
            .map(|(outcome, rest)| outcome.map(|next| (next, rest)))
            .partition(Result::is_err);
        let refusals = refusals.into_iter().filter_map(Result::err);
        if let Some(refused) = refusals.reduce(Refused::or_later) {
            return Err(refused);
        }
        for (next, rest) in admissions.into_iter().flatten() {
            *rest = next;
        }
        Ok(())
    }
}

/// The address that stands for a client.
fn client_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let kept = u128::MAX << (u128::BITS - IPV6_PREFIX_BITS);
            Ipv6Addr::from_bits(address.to_bits() & kept).into()
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests;
