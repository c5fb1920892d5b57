//! Checks of what concerns clients: how much each may ask for, and which proxies speak for others.

use std::net::IpAddr;
use std::num::NonZeroU32;

use ipnet::IpNet;

use super::check::Checks;
use super::file::{SiteEntry, ThrottleSection};
use super::{SiteThrottle, Throttle};

/// More a minute is no limit.
const REQUESTS_MAX: u64 = 1_000_000;

impl Checks<'_> {
    pub(super) fn throttle(&mut self, section: &ThrottleSection) -> Throttle {
        let mut limit = |key: &str, value| self.limit(&format!("throttle.{key}"), value);
        Throttle {
            of_a_site: SiteThrottle {
                content_per_minute: limit("content_per_minute", section.content_per_minute),
                content_concurrent_max: limit(
                    "content_concurrent_max",
                    section.content_concurrent_max,
                ),
                search_per_minute: limit("search_per_minute", section.search_per_minute),
                autocomplete_per_minute: limit(
                    "autocomplete_per_minute",
                    section.autocomplete_per_minute,
                ),
            },
            search_per_address_per_5s: limit(
                "search_per_address_per_5s",
                section.search_per_address_per_5s,
            ),
            autocomplete_per_address_per_5s: limit(
                "autocomplete_per_address_per_5s",
                section.autocomplete_per_address_per_5s,
            ),
            recommend_per_5s: limit("recommend_per_5s", section.recommend_per_5s),
            recommend_per_address_per_5s: limit(
                "recommend_per_address_per_5s",
                section.recommend_per_address_per_5s,
            ),
            events_per_client_per_15s: limit(
                "events_per_client_per_15s",
                section.events_per_client_per_15s,
            ),
        }
    }

    /// What the site sets, over what holds for all.
    pub(super) fn site_throttle(
        &mut self,
        at: &str,
        entry: &SiteEntry,
        of_all: SiteThrottle,
    ) -> SiteThrottle {
        let mut over = |key: &str, value: Option<u64>, of_all| match value {
            Some(_) => self.limit(&format!("{at}.{key}"), value),
            None => of_all,
        };
        SiteThrottle {
            content_per_minute: over(
                "content_per_minute",
                entry.content_per_minute,
                of_all.content_per_minute,
            ),
            content_concurrent_max: over(
                "content_concurrent_max",
                entry.content_concurrent_max,
                of_all.content_concurrent_max,
            ),
            search_per_minute: over(
                "search_per_minute",
                entry.search_per_minute,
                of_all.search_per_minute,
            ),
            autocomplete_per_minute: over(
                "autocomplete_per_minute",
                entry.autocomplete_per_minute,
                of_all.autocomplete_per_minute,
            ),
        }
    }

    /// Zero, like nothing, is no limit.
    fn limit(&mut self, key: &str, value: Option<u64>) -> Option<NonZeroU32> {
        let value = self.number(key, value, 0, 0..=REQUESTS_MAX);
        u32::try_from(value).ok().and_then(NonZeroU32::new)
    }

    /// Networks, or single addresses.
    pub(super) fn trusted_proxies(&mut self, texts: &[String]) -> Vec<IpNet> {
        let mut networks = Vec::new();
        for (position, text) in texts.iter().enumerate() {
            let network = text.parse::<IpNet>().ok();
            let address = || text.parse::<IpAddr>().ok().map(IpNet::from);
            match network.or_else(address) {
                Some(network) => networks.push(network),
                None => self.wrong(
                    format!("trusted_proxies[{position}]"),
                    format!("`{text}` is no address or network, as in `10.0.0.0/8`"),
                ),
            }
        }
        networks
    }
}
