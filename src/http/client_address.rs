//! Who is at the other end, when a proxy stands between. Invariant: what a client says of itself is
//! never believed, only what a configured proxy says of the one before it.

use std::net::{IpAddr, SocketAddr};

use axum::http::HeaderMap;
use ipnet::IpNet;

const FORWARDED_FOR: &str = "x-forwarded-for";

/// Address of the client. A request extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

/// Proxies that are believed when they say for whom they ask.
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    pub fn new(networks: Vec<IpNet>) -> Self {
        Self(networks)
    }

    /// The nearest address on the way here that is not one of these proxies. Each of them adds the
    /// one before it at the end of the list, so the list is read from there.
    pub(super) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> ClientAddress {
        let mut client = peer.to_canonical();
        let lines = headers.get_all(FORWARDED_FOR).iter().rev();
        let hops = lines.flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b','));
        for hop in hops {
            if !self.contains(client) {
                break;
            }
            // A hop that is no address hides what is before it.
            let Some(address) = read(hop) else { break };
            client = address;
        }
        ClientAddress(client)
    }

    /// Whether whoever opened this connection is one of them.
    pub(super) fn trusts(&self, peer: IpAddr) -> bool {
        self.contains(peer.to_canonical())
    }

    fn contains(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }
}

/// `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:80`.
fn read(hop: &[u8]) -> Option<IpAddr> {
    let hop = std::str::from_utf8(hop).ok()?.trim();
    let bare = hop
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let address = bare.unwrap_or(hop).parse::<IpAddr>().ok();
    let with_port = || hop.parse::<SocketAddr>().ok().map(|socket| socket.ip());
    address
        .or_else(with_port)
        .map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn client(trusted: &[&str], peer: &str, forwarded: &[&str]) -> String {
        let networks = trusted.iter().map(|network| network.parse());
        let networks: Result<Vec<IpNet>, _> = networks.collect();
        let proxies = TrustedProxies::new(networks.expect("networks"));
        let mut headers = HeaderMap::new();
        for line in forwarded {
            let line = HeaderValue::from_bytes(line.as_bytes()).expect("a header value");
            headers.append(FORWARDED_FOR, line);
        }
        let peer = peer.parse().expect("an address");
        proxies.client(peer, &headers).0.to_string()
    }

    const PROXIES: &[&str] = &["10.0.0.0/8", "127.0.0.1/32", "fd00::/8"];

    #[rstest]
    #[case::nothing_forwarded("127.0.0.1", &[], "127.0.0.1")]
    #[case::by_nobody_we_trust("192.0.2.9", &["192.0.2.1"], "192.0.2.9")]
    #[case::by_one("127.0.0.1", &["192.0.2.1"], "192.0.2.1")]
    #[case::by_two("127.0.0.1", &["192.0.2.1, 10.0.0.7"], "192.0.2.1")]
    #[case::in_two_lines("127.0.0.1", &["192.0.2.1", "10.0.0.7"], "192.0.2.1")]
    #[case::with_lies_before("127.0.0.1", &["198.51.100.1, 10.0.0.1, 192.0.2.1"], "192.0.2.1")]
    #[case::from_within("127.0.0.1", &["10.0.0.8, 10.0.0.7"], "10.0.0.8")]
    #[case::with_ports("127.0.0.1", &["192.0.2.1:4711, 10.0.0.7:80"], "192.0.2.1")]
    #[case::ipv6("fd00::1", &["[2001:db8::1]:80, fd00::2, [fd00::3]"], "2001:db8::1")]
    #[case::ipv4_in_ipv6("::ffff:127.0.0.1", &["::ffff:192.0.2.1"], "192.0.2.1")]
    #[case::no_address("127.0.0.1", &["192.0.2.1, unknown"], "127.0.0.1")]
    #[case::hidden_further_back("127.0.0.1", &["192.0.2.1, unknown, 10.0.0.7"], "10.0.0.7")]
    #[case::empty("127.0.0.1", &[""], "127.0.0.1")]
    fn the_nearest_hop_that_is_no_proxy_is_the_client(
        #[case] peer: &str,
        #[case] forwarded: &[&str],
        #[case] expected: &str,
    ) {
        assert_eq!(client(PROXIES, peer, forwarded), expected);
    }

    proptest! {
        #[test]
        fn nothing_is_believed_without_proxies(forwarded in "[ -~é]{0,60}") {
            prop_assert_eq!(client(&[], "192.0.2.9", &[&forwarded]), "192.0.2.9");
        }

        /// What a client writes itself stands before what the proxy adds.
        #[test]
        fn a_client_cannot_choose_its_address(lie in "[0-9a-f.:, ]{0,60}") {
            let forwarded = format!("{lie}, 192.0.2.1");
            prop_assert_eq!(client(PROXIES, "127.0.0.1", &[&forwarded]), "192.0.2.1");
        }
    }
}
