//! Places of connections, all together and by address. Invariant: an address never has more than its
//! share; a connection on which nothing happens never keeps out another one.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use super::pace::Pace;

/// One household or server has at least this much of an IPv6 address to itself.
const IPV6_PREFIX_BITS: u32 = 64;

/// Between two looks whether a connection has become idle, while all are busy.
const BUSY_PAUSE: Duration = Duration::from_millis(20);

/// All the addresses that may be one client's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Network(IpAddr);

impl Network {
    pub(super) fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V6(address) => {
                let prefix = u128::MAX << (u128::BITS - IPV6_PREFIX_BITS);
                Self(Ipv6Addr::from_bits(address.to_bits() & prefix).into())
            }
            address @ IpAddr::V4(_) => Self(address),
        }
    }
}

/// The places there are.
pub struct Seats {
    most: usize,
    per_network_max: usize,
    taken: Mutex<Taken>,
    freed: Notify,
}

#[derive(Default)]
struct Taken {
    last: u64,
    by_number: HashMap<u64, Seated>,
    by_network: HashMap<Network, usize>,
    /// Requests that proxies have under way, by whom they ask for.
    forwarded: HashMap<Network, usize>,
}

struct Seated {
    /// `None` where there is no share: a proxy that is trusted.
    network: Option<Network>,
    pace: Arc<Pace>,
}

/// A connection's place, given back when it is dropped.
pub(super) struct Seat {
    seats: Arc<Seats>,
    number: u64,
}

/// The place of a request that a proxy passed on.
pub(super) struct Forwarded {
    seats: Arc<Seats>,
    network: Network,
}

/// The address has its share, and uses all of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ShareTaken;

enum Found {
    Seat(Seat),
    /// All are taken, and busy.
    None,
}

impl Seats {
    pub(super) fn new(seats_max: usize, per_network_max: usize) -> Arc<Self> {
        Arc::new(Self {
            most: seats_max,
            per_network_max,
            taken: Mutex::default(),
            freed: Notify::new(),
        })
    }

    /// Connections that have a place.
    pub fn count(&self) -> usize {
        self.lock().by_number.len()
    }

    /// Waits for a place; the connection that has been idle longest gives up its own when it must.
    pub(super) async fn take(
        self: &Arc<Self>,
        network: Option<Network>,
        pace: &Arc<Pace>,
    ) -> Result<Seat, ShareTaken> {
        loop {
            if let Found::Seat(seat) = self.try_take(network, pace)? {
                return Ok(seat);
            }
            // Time out or not: another look is due.
            let _ = tokio::time::timeout(BUSY_PAUSE, self.freed.notified()).await;
        }
    }

    fn try_take(
        self: &Arc<Self>,
        network: Option<Network>,
        pace: &Arc<Pace>,
    ) -> Result<Found, ShareTaken> {
        let mut taken = self.lock();
        let of_network = network.and_then(|network| taken.by_network.get(&network).copied());
        if of_network.unwrap_or(0) >= self.per_network_max
            && !taken.free_idlest(|seated| seated.network == network)
        {
            return Err(ShareTaken);
        }
        if taken.by_number.len() >= self.most && !taken.free_idlest(|_| true) {
            return Ok(Found::None);
        }
        taken.last += 1;
        let number = taken.last;
        if let Some(network) = network {
            *taken.by_network.entry(network).or_default() += 1;
        }
        let pace = Arc::clone(pace);
        taken.by_number.insert(number, Seated { network, pace });
        Ok(Found::Seat(Seat {
            seats: Arc::clone(self),
            number,
        }))
    }

    /// For a request that a proxy passed on, until its answer is taken.
    pub(super) fn forwarded(self: &Arc<Self>, client: IpAddr) -> Result<Forwarded, ShareTaken> {
        let network = Network::of(client);
        let mut taken = self.lock();
        let requests = taken.forwarded.entry(network).or_default();
        if *requests >= self.per_network_max {
            return Err(ShareTaken);
        }
        *requests += 1;
        drop(taken);
        Ok(Forwarded {
            seats: Arc::clone(self),
            network,
        })
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        // Nothing that can panic happens between two halves of a change.
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Taken {
    /// Closes one of these connections, if there is one that nothing happens on.
    fn free_idlest(&mut self, is_meant: impl Fn(&Seated) -> bool) -> bool {
        let meant = self.by_number.iter().filter(|(_, seated)| is_meant(seated));
        let idle = meant.filter_map(|(number, seated)| Some((seated.pace.idle_since()?, *number)));
        let Some((_, number)) = idle.min() else {
            return false;
        };
        if let Some(seated) = self.remove(number) {
            seated.pace.give_way();
        }
        true
    }

    fn remove(&mut self, number: u64) -> Option<Seated> {
        let seated = self.by_number.remove(&number)?;
        if let Some(network) = seated.network {
            count_down(&mut self.by_network, network);
        }
        Some(seated)
    }
}

fn count_down(counts: &mut HashMap<Network, usize>, network: Network) {
    if let Some(count) = counts.get_mut(&network) {
        *count = count.saturating_sub(1);
        if *count == 0 {
            counts.remove(&network);
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        // A connection that gave way has none any more.
        self.seats.lock().remove(self.number);
        self.seats.freed.notify_one();
    }
}

impl Drop for Forwarded {
    fn drop(&mut self) {
        count_down(&mut self.seats.lock().forwarded, self.network);
    }
}

#[cfg(test)]
mod tests {
    use super::super::listen::ConnectionSettings;
    use super::*;

    fn pace() -> Arc<Pace> {
        let long = Duration::from_secs(60);
        Pace::new(ConnectionSettings {
            first_byte_timeout: long,
            header_timeout: long,
            idle_timeout: long,
            answer_bytes_per_s_min: 1,
        })
    }

    fn network(last: u8) -> Network {
        Network::of([192, 0, 2, last].into())
    }

    async fn seat(seats: &Arc<Seats>, of: impl Into<Option<Network>>) -> (Seat, Arc<Pace>) {
        let pace = pace();
        let seat = seats.take(of.into(), &pace).await.expect("a place");
        (seat, pace)
    }

    #[tokio::test]
    async fn an_address_has_its_share_and_its_idlest_makes_place() {
        let seats = Seats::new(100, 2);
        let (_first, idle) = seat(&seats, network(1)).await;
        let (_second, busy) = seat(&seats, network(1)).await;
        let _exchange = busy.request_began(false);
        let (_other, of_another) = seat(&seats, network(2)).await;
        let (third, busy_too) = seat(&seats, network(1)).await;
        assert!(idle.gave_way() && !busy.gave_way() && !of_another.gave_way());
        let _exchange_too = busy_too.request_began(false);
        let refused = seats.take(Some(network(1)), &pace()).await.err();
        assert_eq!(refused, Some(ShareTaken));
        assert_eq!(seats.count(), 3);
        drop(third);
        seat(&seats, network(1)).await;
    }

    #[tokio::test]
    async fn when_all_are_taken_the_one_that_has_been_idle_longest_goes() {
        let seats = Seats::new(3, 3);
        let mut seated = Vec::new();
        for last in 0..3 {
            seated.push(seat(&seats, network(last)).await);
        }
        // The first was used after the second came.
        drop(seated[0].1.request_began(false));
        seated.push(seat(&seats, network(9)).await);
        let gone: Vec<bool> = seated.iter().map(|(_, pace)| pace.gave_way()).collect();
        assert_eq!(gone, [false, true, false, false]);
        assert_eq!(seats.count(), 3);
    }

    #[tokio::test]
    async fn while_all_are_busy_a_new_one_waits() {
        let seats = Seats::new(1, 1);
        let (first, pace) = seat(&seats, network(1)).await;
        let exchange = pace.request_began(false);
        let waiting = tokio::spawn({
            let seats = Arc::clone(&seats);
            async move { drop(seat(&seats, network(2)).await) }
        });
        tokio::time::sleep(3 * BUSY_PAUSE).await;
        assert!(!waiting.is_finished());
        drop((first, exchange));
        waiting.await.expect("a place");
        assert_eq!(seats.count(), 0);
    }

    #[tokio::test]
    async fn proxies_have_no_share_but_those_they_ask_for_have() {
        let seats = Seats::new(100, 2);
        let mut seated = Vec::new();
        for _ in 0..10 {
            seated.push(seat(&seats, None).await);
        }
        assert_eq!(seats.count(), 10);
        let client: IpAddr = [192, 0, 2, 1].into();
        let first = seats.forwarded(client).expect("a share");
        let _second = seats.forwarded(client).expect("a share");
        assert!(seats.forwarded(client).is_err());
        assert!(seats.forwarded([192, 0, 2, 2].into()).is_ok());
        drop(first);
        assert!(seats.forwarded(client).is_ok());
    }

    #[test]
    fn a_network_of_ipv6_is_one_address() {
        let of = |text: &str| Network::of(text.parse().expect("an address"));
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:1:2:3"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
    }
}
