//! Limits by site and by address together.

use std::time::Duration;

use super::*;

fn quota(requests: u32, seconds: u64) -> Quota {
    let requests = NonZeroU32::new(requests).expect("not zero");
    Quota::new(requests, Duration::from_secs(seconds))
}

/// Sites and addresses of these tests, by number.
struct Clients<'a> {
    throttle: &'a Throttle,
    limits: SiteLimits,
}

impl Clients<'_> {
    fn send(&self, group: Group, site: u32, address: &str, now_s: i64) -> Result<(), Refused> {
        let site = TrackerId::new(&site.to_string()).expect("a tracker id");
        let address = Some(address.parse().expect("an address"));
        let now = Timestamp::from_millis(now_s * 1_000);
        self.throttle
            .admit(group, &site, address, &self.limits, now)
            .outcome
    }
}

const RETRY_IN_6_S: Result<(), Refused> = Err(Refused { retry_after_s: 6 });

#[test]
fn without_limits_everything_is_admitted_and_nothing_remembered() {
    let throttle = Throttle::default();
    let limits = SiteLimits::default();
    let clients = Clients {
        throttle: &throttle,
        limits,
    };
    for _ in 0..1_000 {
        assert_eq!(clients.send(Group::Search, 1, "10.0.0.1", 0), Ok(()));
    }
}

#[test]
fn sites_and_groups_have_limits_of_their_own() {
    let throttle = Throttle::default();
    let ten = Quotas {
        per_site: Some(quota(10, 60)),
        per_address: None,
    };
    let limits = SiteLimits {
        content: ten,
        search: ten,
        autocomplete: ten,
        recommend: ten,
        content_concurrent_max: None,
    };
    let clients = Clients {
        throttle: &throttle,
        limits,
    };
    for (group, site) in [
        (Group::Content, 1),
        (Group::Search, 1),
        (Group::Autocomplete, 1),
        (Group::Recommend, 1),
        (Group::Content, 2),
    ] {
        for n in 0..10 {
            let address = format!("10.0.0.{n}");
            assert_eq!(clients.send(group, site, &address, 0), Ok(()));
        }
        assert_eq!(clients.send(group, site, "10.0.0.1", 0), RETRY_IN_6_S);
    }
    assert_eq!(clients.send(Group::Content, 1, "10.0.0.1", 6), Ok(()));
}

#[test]
fn a_request_refused_for_one_reason_uses_up_nothing_of_the_other() {
    let throttle = Throttle::default();
    let search = Quotas {
        per_site: Some(quota(100, 60)),
        per_address: Some(quota(5, 30)),
    };
    let limits = SiteLimits {
        search,
        ..SiteLimits::default()
    };
    let clients = Clients {
        throttle: &throttle,
        limits,
    };
    for _ in 0..5 {
        assert_eq!(clients.send(Group::Search, 1, "10.0.0.1", 0), Ok(()));
    }
    for _ in 0..1_000 {
        assert_eq!(clients.send(Group::Search, 1, "10.0.0.1", 0), RETRY_IN_6_S);
    }
    for n in 0..95 {
        let other = format!("10.0.1.{n}");
        assert_eq!(clients.send(Group::Search, 1, &other, 0), Ok(()), "{n}");
    }
    let refused = clients.send(Group::Search, 1, "10.0.2.1", 0);
    assert_eq!(refused, Err(Refused { retry_after_s: 1 }), "the site");
    let refused = clients.send(Group::Search, 1, "10.0.0.1", 0);
    assert_eq!(refused, RETRY_IN_6_S, "the longer wait of the two");
    assert_eq!(clients.send(Group::Search, 1, "10.0.0.1", 6), Ok(()));
}

#[test]
fn an_address_is_one_client_of_all_sites_and_an_ipv6_network_is_too() {
    let throttle = Throttle::default();
    let search = Quotas {
        per_site: None,
        per_address: Some(quota(2, 60)),
    };
    let limits = SiteLimits {
        search,
        ..SiteLimits::default()
    };
    let clients = Clients {
        throttle: &throttle,
        limits,
    };
    for (first, second, third) in [
        ("10.0.0.1", "10.0.0.1", "::ffff:10.0.0.1"),
        ("2001:db8::1", "2001:db8::2", "2001:db8::ffff:0:1"),
    ] {
        assert_eq!(clients.send(Group::Search, 1, first, 0), Ok(()));
        assert_eq!(clients.send(Group::Search, 2, second, 0), Ok(()));
        assert!(clients.send(Group::Search, 3, third, 0).is_err());
    }
    let other_network = clients.send(Group::Search, 1, "2001:db8:0:1::1", 0);
    assert_eq!(other_network, Ok(()));
}

#[test]
fn limits_can_change_under_what_was_sent() {
    let throttle = Throttle::default();
    let with = |requests| Clients {
        throttle: &throttle,
        limits: SiteLimits {
            content: Quotas {
                per_site: Some(quota(requests, 60)),
                per_address: None,
            },
            ..SiteLimits::default()
        },
    };
    let send = |requests| with(requests).send(Group::Content, 1, "10.0.0.1", 0);
    for _ in 0..10 {
        assert_eq!(send(10), Ok(()));
    }
    assert!(send(10).is_err());
    let fewer = send(1).expect_err("the same minute");
    assert_eq!(fewer.retry_after_s, 60);
    assert!(send(10).is_err(), "nor is more to be had again");
}

/// A clock that was a day ahead for one request locked its site and its client out until the day had passed.
#[test]
fn a_clock_that_was_ahead_locks_nobody_out_for_longer_than_a_window() {
    const DAY_S: i64 = 86_400;
    let throttle = Throttle::default();
    let ten = Quotas {
        per_site: Some(quota(10, 60)),
        per_address: Some(quota(10, 60)),
    };
    let limits = SiteLimits {
        search: ten,
        ..SiteLimits::default()
    };
    let clients = Clients {
        throttle: &throttle,
        limits,
    };
    let send = |now_s| clients.send(Group::Search, 1, "10.0.0.1", now_s);
    assert_eq!(send(DAY_S), Ok(()));
    assert_eq!(send(0), RETRY_IN_6_S, "it owes a window at most");
    for sent in 1..=10 {
        assert_eq!(send(sent * 6), Ok(()), "{sent}");
    }
}
