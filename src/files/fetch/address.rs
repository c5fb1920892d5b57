//! Which addresses are of the public internet (the registries of special addresses of IANA). Invariant: an address
//! that leads to this machine, its network, or through a translator to such a one, is none of them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Networks of IPv4 that are not everybody's, as address and length.
const NOT_PUBLIC_V4: &[([u8; 4], u32)] = &[
    // "This network": Linux takes it for this machine.
    ([0, 0, 0, 0], 8),
    // Private.
    ([10, 0, 0, 0], 8),
    // Behind the translators of providers.
    ([100, 64, 0, 0], 10),
    // Loopback.
    ([127, 0, 0, 0], 8),
    // Link-local, where clouds tell machines their secrets.
    ([169, 254, 0, 0], 16),
    ([172, 16, 0, 0], 12),
    // Protocol assignments.
    ([192, 0, 0, 0], 24),
    // Documentation.
    ([192, 0, 2, 0], 24),
    // Relays of 6to4, which are gone.
    ([192, 88, 99, 0], 24),
    ([192, 168, 0, 0], 16),
    // Benchmarks.
    ([198, 18, 0, 0], 15),
    ([198, 51, 100, 0], 24),
    ([203, 0, 113, 0], 24),
    // Multicast, then what is reserved, broadcast at its end.
    ([224, 0, 0, 0], 4),
    ([240, 0, 0, 0], 4),
];

/// The one part of IPv6 that is given out as global unicast; whatever lies outside of it is refused: loopback,
/// mapped and compatible addresses (`::/8`), translated ones (`64:ff9b::/96`, `64:ff9b:1::/48`), local ones
/// (`fc00::/7`, `fe80::/10`, `fec0::/10`), multicast, discards.
const GLOBAL_V6: ([u16; 8], u32) = ([0x2000, 0, 0, 0, 0, 0, 0, 0], 3);

/// Networks in that part that are not everybody's.
const NOT_PUBLIC_V6: &[([u16; 8], u32)] = &[
    // Protocol assignments, Teredo (`2001::/32`), benchmarks and hashes of keys among them.
    ([0x2001, 0, 0, 0, 0, 0, 0, 0], 23),
    // Documentation.
    ([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32),
    // 6to4: any address of IPv4.
    ([0x2002, 0, 0, 0, 0, 0, 0, 0], 16),
    ([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20),
];

/// Whether anybody on the internet could mean this address.
pub(super) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let bits = address.to_bits();
    !NOT_PUBLIC_V4.iter().any(|&(network, length)| {
        let network = Ipv4Addr::from(network).to_bits();
        (bits ^ network) >> (32 - length) == 0
    })
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let is_in = |&(network, length): &([u16; 8], u32)| {
        let network = Ipv6Addr::from(network).to_bits();
        (address.to_bits() ^ network) >> (128 - length) == 0
    };
    is_in(&GLOBAL_V6)
        && !NOT_PUBLIC_V6.iter().any(is_in)
        && isatap(address).is_none_or(is_public_v4)
}

/// The address of IPv4 at the end of a tunnel, where the interface says that it is one (RFC 5214).
fn isatap(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let [.., scope, kind, high, low] = address.segments();
    let is_tunnel = matches!(scope, 0 | 0x0200) && kind == 0x5efe;
    is_tunnel.then(|| Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn public(text: &str) -> bool {
        is_public(text.parse().expect("an address"))
    }

    #[rstest]
    #[case("8.8.8.8")]
    #[case("1.1.1.1")]
    #[case("100.63.255.255")]
    #[case("100.128.0.0")]
    #[case("172.15.255.255")]
    #[case("172.32.0.0")]
    #[case("192.0.1.0")]
    #[case("198.17.255.255")]
    #[case("198.20.0.0")]
    #[case("223.255.255.255")]
    #[case("2606:4700:4700::1111")]
    #[case("2a00:1450:4001:81b::200e")]
    #[case("2001:200::1")]
    #[case("2003::1")]
    #[case("2606::200:5efe:808:808")]
    fn what_is_everybodys_is_public(#[case] text: &str) {
        assert!(public(text), "{text}");
    }

    #[rstest]
    #[case("::")]
    #[case("::1")]
    #[case("::7f00:1")]
    #[case("::ffff:8.8.8.8")]
    #[case("::ffff:127.0.0.1")]
    #[case("::ffff:0:127.0.0.1")]
    #[case("64:ff9b::8.8.8.8")]
    #[case("64:ff9b::7f00:1")]
    #[case("64:ff9b:1::a00:1")]
    #[case("100::1")]
    #[case("2001::1")]
    #[case("2001:0:4136:e378:8000:63bf:3fff:fdd2")]
    #[case("2001:2::1")]
    #[case("2001:10::1")]
    #[case("2001:db8::1")]
    #[case("2002:7f00:1::1")]
    #[case("2002:808:808::1")]
    #[case("2606::5efe:7f00:1")]
    #[case("2606::200:5efe:a00:1")]
    #[case("3fff::1")]
    #[case("4000::1")]
    #[case("5f00::1")]
    #[case("fc00::1")]
    #[case("fd12:3456:789a::1")]
    #[case("fe80::1")]
    #[case("febf::1")]
    #[case("fec0::1")]
    #[case("ff02::1")]
    fn what_leads_inside_is_not(#[case] text: &str) {
        assert!(!public(text), "{text}");
    }

    proptest! {
        /// The same said by the standard library, as far as it says it, and by hand.
        #[test]
        fn addresses_of_ipv4_are_judged_by_their_network(bits in any::<u32>()) {
            let address = Ipv4Addr::from_bits(bits);
            let [a, b, c, _] = address.octets();
            let is_special = address.is_private()
                || address.is_loopback()
                || address.is_link_local()
                || address.is_multicast()
                || address.is_documentation()
                || a == 0
                || a >= 240
                || (a == 100 && (64..128).contains(&b))
                || (a == 192 && b == 0 && c == 0)
                || (a == 192 && b == 88 && c == 99)
                || (a == 198 && (b == 18 || b == 19));
            prop_assert_eq!(is_public(address.into()), !is_special);
        }

        /// However an address of IPv4 is wrapped, what is inside decides nothing: no wrapping is public.
        #[test]
        fn no_wrapping_of_an_address_is_public(bits in any::<u32>(), rest in any::<u64>()) {
            let [high, low] = [(bits >> 16) as u16, bits as u16];
            let rest = [(rest >> 32) as u16, (rest >> 16) as u16, rest as u16];
            for segments in [
                [0, 0, 0, 0, 0, 0, high, low],
                [0, 0, 0, 0, 0, 0xffff, high, low],
                [0, 0, 0, 0, 0xffff, 0, high, low],
                [0x64, 0xff9b, 0, 0, 0, 0, high, low],
                [0x64, 0xff9b, 1, rest[0], rest[1], rest[2], high, low],
                [0x2002, high, low, rest[0], rest[1], rest[2], 0, 1],
                [0x2001, 0, rest[0], rest[1], rest[2], 0, !high, !low],
                [0xfe80, 0, 0, 0, 0, 0x5efe, high, low],
            ] {
                prop_assert!(!is_public(Ipv6Addr::from(segments).into()));
            }
        }

        #[test]
        fn all_of_ipv6_outside_of_global_unicast_is_refused(bits in any::<u128>()) {
            let address = Ipv6Addr::from_bits(bits);
            if address.segments()[0] >> 13 != 1 {
                prop_assert!(!is_public(address.into()));
            }
        }
    }
}
