//! Which places files may be fetched from. Invariant: the answer hangs on the URL and the addresses alone, and a place
//! that is not told of is not allowed.

use std::net::IpAddr;

use ipnet::IpNet;
use reqwest::Url;
use url::Host;

use super::address::is_public;

/// What the configuration says of places.
#[derive(Clone, Debug, Default)]
pub(crate) struct Policy {
    /// Lower-case names; `*.` before one stands for all below it. None: every host.
    pub(crate) hosts: Vec<String>,
    /// Addresses beside those of the public internet.
    pub(crate) networks: Vec<IpNet>,
    pub(crate) ports: Vec<u16>,
}

/// Why a place may not be asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refused {
    #[error("`url` is no URL: {0}")]
    NotUrl(String),
    #[error("only http and https are fetched")]
    Scheme,
    #[error("a URL with a user name or a password is not fetched")]
    Credentials,
    #[error("port {0} is not among `files.allow_ports`")]
    Port(u16),
    #[error("host `{0}` is not among `files.allow_hosts`")]
    Host(String),
    #[error("the address is not of the public internet, nor in `files.allow_networks`")]
    Address,
}

impl Policy {
    /// The URL, if it may be asked for. Where it names an address, that is looked at, in whatever way it is written:
    /// what is checked here is what is connected to. Addresses of names are looked at when they are known.
    pub(crate) fn check(&self, text: &str) -> Result<Url, Refused> {
        let mut url = Url::parse(text).map_err(|error| Refused::NotUrl(error.to_string()))?;
        self.check_url(&url)?;
        url.set_fragment(None);
        Ok(url)
    }

    pub(crate) fn check_url(&self, url: &Url) -> Result<(), Refused> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Refused::Scheme);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Refused::Credentials);
        }
        let port = url.port_or_known_default().unwrap_or_default();
        if !self.ports.contains(&port) {
            return Err(Refused::Port(port));
        }
        match url.host() {
            Some(Host::Domain(name)) => self.check_name(name),
            Some(Host::Ipv4(address)) => self.check_literal(address.into()),
            Some(Host::Ipv6(address)) => self.check_literal(address.into()),
            None => Err(Refused::Scheme),
        }
    }

    /// Whether an address may be connected to.
    pub(crate) fn allows(&self, address: IpAddr) -> bool {
        is_public(address) || self.is_in_networks(address)
    }

    fn is_in_networks(&self, address: IpAddr) -> bool {
        let mut networks = self.networks.iter();
        networks.any(|network| network.contains(&address))
    }

    fn check_name(&self, name: &str) -> Result<(), Refused> {
        let name = name.strip_suffix('.').unwrap_or(name);
        let is_allowed = |allowed: &String| match allowed.strip_prefix("*.") {
            Some(above) => name
                .strip_suffix(above)
                .is_some_and(|below| below.len() > 1 && below.ends_with('.')),
            None => name == allowed,
        };
        if self.hosts.is_empty() || self.hosts.iter().any(is_allowed) {
            return Ok(());
        }
        Err(Refused::Host(name.to_owned()))
    }

    fn check_literal(&self, address: IpAddr) -> Result<(), Refused> {
        if !self.allows(address) {
            return Err(Refused::Address);
        }
        // A list of hosts names no addresses; a network is a list of them.
        if self.hosts.is_empty() || self.is_in_networks(address) {
            return Ok(());
        }
        Err(Refused::Host(address.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn policy(hosts: &[&str], networks: &[&str]) -> Policy {
        let networks = networks.iter().map(|text| text.parse().expect("a network"));
        Policy {
            hosts: hosts.iter().map(|&host| host.to_owned()).collect(),
            networks: networks.collect(),
            ports: vec![80, 443],
        }
    }

    #[rstest]
    #[case("http://example.com/a.pdf", None)]
    #[case("https://example.com:443/a.pdf", None)]
    #[case("http://8.8.8.8/", None)]
    #[case("http://[2606:4700::1]/", None)]
    #[case("ftp://example.com/a", Some(Refused::Scheme))]
    #[case("file:///etc/passwd", Some(Refused::Scheme))]
    #[case("gopher://example.com/", Some(Refused::Scheme))]
    #[case("http://example.com:22/", Some(Refused::Port(22)))]
    #[case("http://user@example.com/", Some(Refused::Credentials))]
    #[case("http://user:pass@example.com/", Some(Refused::Credentials))]
    #[case("http://127.0.0.1/", Some(Refused::Address))]
    #[case("http://2130706433/", Some(Refused::Address))]
    #[case("http://0x7f.1/", Some(Refused::Address))]
    #[case("http://0177.0.0.01/", Some(Refused::Address))]
    #[case("http://127.1/", Some(Refused::Address))]
    #[case("http://127.0.0.1./", Some(Refused::Address))]
    #[case("http://１２７.０.０.１/", Some(Refused::Address))]
    #[case("http://①②⑦.⓪.⓪.①/", Some(Refused::Address))]
    #[case("http://[::ffff:127.0.0.1]/", Some(Refused::Address))]
    #[case("http://8.8.8.8@127.0.0.1/", Some(Refused::Credentials))]
    #[case("http:\\\\127.0.0.1\\", Some(Refused::Address))]
    fn places_are_judged_by_what_would_be_asked(
        #[case] url: &str,
        #[case] expected: Option<Refused>,
    ) {
        assert_eq!(policy(&[], &[]).check(url).err(), expected, "{url}");
    }

    #[rstest]
    #[case("http://a.example.com/", true)]
    #[case("http://A.EXAMPLE.com./", true)]
    #[case("http://b.example.com/", false)]
    #[case("http://x.docs.example.com/", true)]
    #[case("http://docs.example.com/", false)]
    #[case("http://evildocs.example.com/", false)]
    #[case("http://.docs.example.com/", false)]
    #[case("http://8.8.8.8/", false)]
    #[case("http://10.1.2.3/", true)]
    #[case("http://10.2.2.3/", false)]
    #[case("http://a.example.com.evil.com/", false)]
    fn a_list_of_hosts_is_all_there_is(#[case] url: &str, #[case] is_allowed: bool) {
        let policy = policy(&["a.example.com", "*.docs.example.com"], &["10.1.0.0/16"]);
        assert_eq!(policy.check(url).is_ok(), is_allowed, "{url}");
    }
}
