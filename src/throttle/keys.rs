//! What is remembered of each client, bounded. Invariant: nobody gets more than a quota by there being
//! many others; when all places are taken by busy clients, newcomers share one.

use std::collections::HashMap;
use std::hash::Hash;

use super::quota::{ArrivalTime, Instant};

/// Clients remembered at a time, some 50 bytes each.
const KEYS_MAX: usize = 65_536;

/// Between two searches for clients that owe nothing, which need no place: with all places taken, every
/// newcomer would start one.
const SWEEP_INTERVAL_MS: i64 = 1_000;

#[derive(Debug)]
pub(super) struct Keys<K> {
    arrivals: HashMap<K, ArrivalTime>,
    /// Of all who found no place.
    shared: ArrivalTime,
    swept: Option<Instant>,
    places: usize,
}

impl<K> Default for Keys<K> {
    fn default() -> Self {
        Self::with_places(KEYS_MAX)
    }
}

impl<K> Keys<K> {
    fn with_places(places: usize) -> Self {
        Self {
            arrivals: HashMap::new(),
            shared: ArrivalTime::LONG_AGO,
            swept: None,
            places,
        }
    }
}

impl<K: Eq + Hash> Keys<K> {
    /// What is remembered of the client, to be read and changed.
    pub(super) fn of(&mut self, key: K, now: Instant) -> &mut ArrivalTime {
        if !self.arrivals.contains_key(&key) && !self.has_place(now) {
            return &mut self.shared;
        }
        self.arrivals.entry(key).or_insert(ArrivalTime::LONG_AGO)
    }

    fn has_place(&mut self, now: Instant) -> bool {
        if self.arrivals.len() < self.places {
            return true;
        }
        // A clock set back sweeps too.
        let was_swept = self
            .swept
            .is_some_and(|swept| (0..SWEEP_INTERVAL_MS).contains(&now.millis_since(swept)));
        if !was_swept {
            self.swept = Some(now);
            let owes =
                |arrival: &ArrivalTime| !arrival.is_past(now) && !arrival.is_of_another_clock(now);
            self.arrivals.retain(|_, arrival| owes(arrival));
        }
        self.arrivals.len() < self.places
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;
    use std::time::Duration;

    use super::*;
    use crate::domain::Timestamp;
    use crate::throttle::quota::Quota;

    fn ms(millis: i64) -> Instant {
        Instant::at(Timestamp::from_millis(millis))
    }

    /// One request a second.
    fn send(keys: &mut Keys<u32>, key: u32, now: i64) -> bool {
        let quota = Quota::new(NonZeroU32::MIN, Duration::from_secs(1));
        let arrival = keys.of(key, ms(now));
        match quota.admit(*arrival, ms(now)) {
            Ok(next) => {
                *arrival = next;
                true
            }
            Err(_) => false,
        }
    }

    #[test]
    fn clients_do_not_pay_for_each_other() {
        let mut keys = Keys::default();
        for key in 0..100 {
            assert!(send(&mut keys, key, 0));
            assert!(!send(&mut keys, key, 500));
        }
    }

    #[test]
    fn clients_at_rest_make_place_for_others() {
        let mut keys = Keys::with_places(10);
        for round in 0..20 {
            for key in 0..10 {
                assert!(send(&mut keys, round * 10 + key, i64::from(round) * 1_000));
            }
            assert!(keys.arrivals.len() <= 10);
        }
    }

    #[test]
    fn newcomers_without_a_place_share_one() {
        let mut keys = Keys::with_places(10);
        for key in 0..10 {
            assert!(send(&mut keys, key, 0));
        }
        let admitted = (100..200).filter(|key| send(&mut keys, *key, 500)).count();
        assert_eq!(admitted, 1);
        assert_eq!(keys.arrivals.len(), 10);
        assert!(!send(&mut keys, 0, 500), "who has a place is remembered");
        assert!(send(&mut keys, 300, 1_500), "and places come free");
    }

    #[test]
    fn places_taken_while_the_clock_was_ahead_come_free() {
        const DAY_MS: i64 = 86_400_000;
        let mut keys = Keys::with_places(10);
        for key in 0..10 {
            assert!(send(&mut keys, key, DAY_MS));
        }
        assert!((20..30).all(|key| send(&mut keys, key, 0)));
    }
}
