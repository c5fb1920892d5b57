//! How much each client may ask for (docs/reference/07-http-principles.md §5): requests in a time, by site
//! and by address, and requests at a time. Invariant: a refused request uses nothing up, and what is
//! remembered is bounded.

mod keys;
mod permits;
mod quota;

use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

pub use permits::{Permit, PermitsNow};
pub use quota::{Quota, Refused, Standing};

use crate::domain::{Timestamp, TrackerId};
use keys::Keys;
use permits::Permits;
use quota::{ArrivalTime, Instant};

/// One household or server has at least this much of an IPv6 address to itself.
const IPV6_PREFIX_BITS: u32 = 64;

/// Attempts to log in of one client, and the time they are counted over.
const LOG_INS_MAX: NonZeroU32 = NonZeroU32::new(10).expect("ten is not zero");
const LOG_INS_WINDOW: Duration = Duration::from_secs(300);

/// Requests that share their limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Everything signed.
    Content,
    Search,
    Autocomplete,
    Recommend,
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
    pub autocomplete: Quotas,
    pub recommend: Quotas,
    /// Content requests that run at a time.
    pub content_concurrent_max: Option<NonZeroU32>,
}

/// What was said to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Admission {
    pub outcome: Result<(), Refused>,
    /// Of the limit that leaves the client the least; `None` without a limit.
    pub standing: Option<Standing>,
}

impl Admission {
    /// Nothing limits the request.
    pub const FREE: Self = Self {
        outcome: Ok(()),
        standing: None,
    };
}

/// Stands for a key in what is remembered: its digest.
pub type KeyDigest = [u8; 32];

impl SiteLimits {
    fn of(&self, group: Group) -> Quotas {
        match group {
            Group::Content => self.content,
            Group::Search => self.search,
            Group::Autocomplete => self.autocomplete,
            Group::Recommend => self.recommend,
        }
    }
}

/// What clients have sent lately. Limits are no part of it, so they can change under it.
#[derive(Debug, Default)]
pub struct Throttle {
    content: Mutex<Clients>,
    search: Mutex<Clients>,
    autocomplete: Mutex<Clients>,
    recommend: Mutex<Clients>,
    api_keys: Mutex<Keys<KeyDigest>>,
    /// Those who send events.
    event_clients: Mutex<Keys<KeyDigest>>,
    /// Those who try to log in.
    log_ins: Mutex<Keys<IpAddr>>,
    content_permits: Permits,
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
    ) -> Admission {
        let quotas = limits.of(group);
        if quotas == Quotas::default() {
            return Admission::FREE;
        }
        let clients = match group {
            Group::Content => &self.content,
            Group::Search => &self.search,
            Group::Autocomplete => &self.autocomplete,
            Group::Recommend => &self.recommend,
        };
        // Nothing under this lock can panic half way.
        let mut clients = clients.lock().unwrap_or_else(PoisonError::into_inner);
        clients.admit(quotas, site, address, Instant::at(now))
    }

    /// How many permits of all sites are taken, and waited for.
    pub fn permits(&self) -> PermitsNow {
        self.content_permits.now()
    }

    /// Counts a request that is about no site, for the key it came with, or refuses it.
    pub fn admit_key(&self, key: KeyDigest, quota: Option<Quota>, now: Timestamp) -> Admission {
        let Some(quota) = quota else {
            return Admission::FREE;
        };
        let now = Instant::at(now);
        let mut keys = self.api_keys.lock().unwrap_or_else(PoisonError::into_inner);
        admitted(now, [(quota, keys.of(key, now))])
    }

    /// Counts an event of a client, or refuses it.
    pub fn admit_event(&self, client: KeyDigest, quota: Quota, now: Timestamp) -> Admission {
        let now = Instant::at(now);
        let clients = &self.event_clients;
        let mut clients = clients.lock().unwrap_or_else(PoisonError::into_inner);
        admitted(now, [(quota, clients.of(client, now))])
    }

    /// Counts an attempt to log in from an address, or refuses it.
    pub fn admit_log_in(&self, address: IpAddr, now: Timestamp) -> Admission {
        let now = Instant::at(now);
        let quota = Quota::new(LOG_INS_MAX, LOG_INS_WINDOW);
        let mut log_ins = self.log_ins.lock().unwrap_or_else(PoisonError::into_inner);
        admitted(now, [(quota, log_ins.of(client_of(address), now))])
    }

    /// Waits a little for a permit to run beside the other requests of the site that run; `None` without a limit.
    pub async fn content_permit(
        &self,
        site: &TrackerId,
        limits: &SiteLimits,
    ) -> Result<Option<Permit>, Refused> {
        match limits.content_concurrent_max {
            Some(most) => self.content_permits.take(site, most).await.map(Some),
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
    ) -> Admission {
        let of_site = quotas
            .per_site
            .map(|quota| (quota, self.sites.of(site.clone(), now)));
        let of_address = quotas.per_address.zip(address);
        let of_address =
            of_address.map(|(quota, address)| (quota, self.addresses.of(client_of(address), now)));
        admitted(now, of_site.into_iter().chain(of_address))
    }
}

/// Counts a request under all quotas, or refuses it and counts it under none.
fn admitted<'r>(
    now: Instant,
    quotas: impl IntoIterator<Item = (Quota, &'r mut ArrivalTime)>,
) -> Admission {
    let mut quotas: Vec<(Quota, &mut ArrivalTime)> = quotas.into_iter().collect();
    for (quota, arrival) in &mut quotas {
        **arrival = quota.settled(**arrival, now);
    }
    let asked = quotas
        .iter()
        .map(|(quota, arrival)| quota.admit(**arrival, now));
    let (admissions, refusals): (Vec<_>, Vec<_>) = asked.partition(Result::is_ok);
    let refusals = refusals.into_iter().filter_map(Result::err);
    let outcome = refusals.reduce(Refused::or_later).map_or(Ok(()), Err);
    if outcome.is_ok() {
        let next = admissions.into_iter().flatten();
        for ((_, arrival), next) in quotas.iter_mut().zip(next) {
            **arrival = next;
        }
    }
    let standings = quotas
        .iter()
        .map(|(quota, arrival)| quota.standing(**arrival, now));
    Admission {
        outcome,
        standing: standings.min_by_key(|standing| standing.remaining),
    }
}

/// Stands for what these texts name together.
pub fn key_of(texts: [&str; 2]) -> KeyDigest {
    let mut hasher = blake3::Hasher::new();
    for text in texts {
        hasher.update(&(text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    }
    hasher.finalize().into()
}

/// The address that stands for a client.
pub fn client_of(address: IpAddr) -> IpAddr {
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
