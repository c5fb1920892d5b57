//! The algorithm against what it promises, over any traffic.

use super::*;
use proptest::prelude::*;

const MINUTE: Duration = Duration::from_secs(60);

fn quota(requests: u32, window: Duration) -> Quota {
    Quota::new(NonZeroU32::new(requests).expect("not zero"), window)
}

fn ms(millis: i64) -> Instant {
    Instant::at(Timestamp::from_millis(millis))
}

/// A client and what it has sent.
struct Client {
    quota: Quota,
    arrival: ArrivalTime,
}

impl Client {
    fn new(quota: Quota) -> Self {
        let arrival = ArrivalTime::LONG_AGO;
        Self { quota, arrival }
    }

    fn send(&mut self, now: i64) -> Result<(), Refused> {
        self.arrival = self.quota.admit(self.arrival, ms(now))?;
        Ok(())
    }
}

#[test]
fn the_eleventh_request_of_a_minute_waits_for_a_tenth_of_it() {
    let mut client = Client::new(quota(10, MINUTE));
    for second in 0..10 {
        assert_eq!(client.send(second * 100), Ok(()));
    }
    // The first was sent at 0, so one is refilled at 6,000.
    assert_eq!(client.send(1_000), Err(Refused { retry_after_s: 5 }));
    assert_eq!(client.send(1_001), Err(Refused { retry_after_s: 5 }));
    assert_eq!(client.send(5_999), Err(Refused { retry_after_s: 1 }));
    assert_eq!(client.send(6_000), Ok(()));
    assert_eq!(client.send(6_001), Err(Refused { retry_after_s: 6 }));
}

#[test]
fn after_a_window_of_rest_all_of_it_is_there_again() {
    let mut client = Client::new(quota(350, MINUTE));
    for round in 0..3 {
        let start = round * 60_000;
        let sent = (0..1_000).filter(|_| client.send(start).is_ok()).count();
        assert_eq!(sent, 350);
    }
}

#[test]
fn one_request_in_a_long_window_is_possible() {
    let mut client = Client::new(quota(1, MINUTE));
    assert_eq!(client.send(0), Ok(()));
    assert_eq!(client.send(0), Err(Refused { retry_after_s: 60 }));
    assert_eq!(client.send(60_000), Ok(()));
}

fn any_quota() -> impl Strategy<Value = Quota> {
    (1u32..1_000, 1u64..100_000)
        .prop_map(|(requests, window)| quota(requests, Duration::from_millis(window)))
}

/// Pauses between requests, in milliseconds.
fn any_pauses() -> impl Strategy<Value = Vec<i64>> {
    let pause = prop_oneof![3 => Just(0), 3 => 0..20i64, 1 => 0..10_000i64];
    proptest::collection::vec(pause, 1..100)
}

proptest! {
    #[test]
    fn no_stretch_of_time_sees_more_than_the_burst_and_the_refill(
        quota in any_quota(), pauses in any_pauses(),
    ) {
        let mut client = Client::new(quota);
        let mut now = 0;
        let mut admitted = Vec::new();
        for pause in pauses {
            now += pause;
            if client.send(now).is_ok() {
                admitted.push(ms(now).0);
            }
        }
        for (first, from) in admitted.iter().enumerate() {
            for (last, to) in admitted.iter().enumerate().skip(first) {
                let allowed = quota.burst / quota.interval + (to - from) / quota.interval;
                prop_assert!((last - first + 1) as i64 <= allowed);
            }
        }
    }

    #[test]
    fn who_waits_as_told_is_admitted_and_who_comes_a_second_sooner_is_not(
        quota in any_quota(), pauses in any_pauses(),
    ) {
        let mut client = Client::new(quota);
        let mut now = 0;
        for pause in pauses {
            now += pause;
            let Err(refused) = client.send(now) else { continue };
            let wait = i64::from(refused.retry_after_s) * 1_000;
            prop_assert!(wait >= 1_000);
            if wait > 1_000 {
                prop_assert!(quota.admit(client.arrival, ms(now + wait - 1_000)).is_err());
            }
            prop_assert!(quota.admit(client.arrival, ms(now + wait)).is_ok());
        }
    }

    #[test]
    fn an_even_client_is_never_refused(requests in 1u32..1_000, window in 1u64..100_000) {
        let quota = quota(requests, Duration::from_millis(window));
        let mut client = Client::new(quota);
        let pause = (window as i64 + i64::from(requests) - 1) / i64::from(requests);
        for n in 0..300 {
            prop_assert!(client.send(n * pause).is_ok());
        }
    }

    #[test]
    fn a_clock_set_back_costs_no_more_than_a_window(
        quota in any_quota(), sent in 1usize..100, back in 0..1_000_000_000i64,
    ) {
        let mut client = Client::new(quota);
        for _ in 0..sent {
            let _ = client.send(1_000_000_000);
        }
        let now = 1_000_000_000 - back;
        let window_s = quota.burst / NANOS_PER_SECOND + 1;
        if let Err(refused) = client.send(now) {
            prop_assert!(i64::from(refused.retry_after_s) <= window_s);
        }
    }

    #[test]
    fn no_times_or_sizes_overflow(
        requests in 1u32.., window in 0u64.., arrival in any::<i64>(), now in any::<i64>(),
    ) {
        let quota = quota(requests, Duration::from_millis(window));
        let admitted = quota.admit(ArrivalTime(Instant(arrival)), ms(now));
        if let Err(refused) = admitted {
            prop_assert!(refused.retry_after_s >= 1);
        }
    }
}

#[test]
fn what_is_left_is_told_in_the_measure_of_an_hour() {
    let quota = quota(10, MINUTE);
    let mut client = Client::new(quota);
    let mut left = |now| {
        let sent = client.send(now);
        (
            sent.is_ok(),
            quota.standing(client.arrival, ms(now)).remaining,
        )
    };
    assert_eq!(left(0), (true, 540));
    assert_eq!(left(0), (true, 480));
    assert_eq!(left(6_000), (true, 480));
    for _ in 0..8 {
        assert!(left(6_000).0);
    }
    assert_eq!(left(6_000), (false, 0));
    assert_eq!(quota.standing(ArrivalTime::LONG_AGO, ms(0)).per_hour, 600);
}

proptest! {
    /// Who is told that nothing is left, is refused, and nobody else.
    #[test]
    fn nothing_is_left_to_whom_nothing_is_given(
        requests in 1..10_000_u32, arrival in -1_000..200_000_i64, now in 0..100_000_i64,
    ) {
        let (quota, arrival, now) = (quota(requests, MINUTE), ArrivalTime(ms(arrival)), ms(now));
        let standing = quota.standing(arrival, now);
        prop_assert_eq!(standing.remaining == 0, quota.admit(arrival, now).is_err());
        prop_assert!(standing.remaining <= standing.per_hour);
    }
}
