//! How a cluster is reached. Invariant: what is here was checked: there is a node, and every node has an address that paths
//! can stand behind.

use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::{Certificate, Url};

/// Everything that the client has to know.
#[derive(Clone, Debug)]
pub struct ClientSettings {
    /// Each with the path prefix of its endpoint, if there is one.
    pub nodes: Vec<Url>,
    pub login: Login,
    /// Certificates in PEM of those who sign for the nodes, beside the ones that everybody trusts.
    pub tls_ca_pem: Option<Vec<u8>>,
    pub connect_timeout: Duration,
    /// For one try of a read.
    pub read_timeout: Duration,
    /// For one try of a write.
    pub write_timeout: Duration,
    /// No try of a read begins later.
    pub read_budget: Duration,
    /// For all tries of a write together.
    pub write_budget: Duration,
}

/// Who this server is to the cluster. Nothing of it is ever printed.
#[derive(Clone, Default)]
pub enum Login {
    #[default]
    Nobody,
    Basic {
        user: String,
        password: String,
    },
    ApiKey(String),
    Bearer(String),
}

/// Why a client cannot be made of its settings.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    #[error("no node is named")]
    NoNode,
    #[error("`{0}` is no address of a node")]
    Node(Url),
    #[error("the certificates cannot be read: {0}")]
    Certificates(#[source] reqwest::Error),
    #[error("the login has characters that no header can hold")]
    Login,
    #[error("the client cannot be made: {0}")]
    Client(#[source] reqwest::Error),
}

impl ClientSettings {
    /// The same nodes, and what is usual for the rest.
    pub fn of_nodes(nodes: Vec<Url>) -> Self {
        Self {
            nodes,
            login: Login::Nobody,
            tls_ca_pem: None,
            connect_timeout: Duration::from_secs(1),
            read_timeout: Duration::from_secs(5),
            write_timeout: Duration::from_secs(30),
            read_budget: Duration::from_secs(10),
            write_budget: Duration::from_secs(60),
        }
    }

    pub(super) fn check(&self) -> Result<(), SetupError> {
        if self.nodes.is_empty() {
            return Err(SetupError::NoNode);
        }
        let is_address = |url: &&Url| {
            matches!(url.scheme(), "http" | "https")
                && url.has_host()
                && url.query().is_none()
                && url.fragment().is_none()
        };
        match self.nodes.iter().find(|url| !is_address(url)) {
            Some(odd) => Err(SetupError::Node(odd.clone())),
            None => Ok(()),
        }
    }

    pub(super) fn certificates(&self) -> Result<Vec<Certificate>, SetupError> {
        match &self.tls_ca_pem {
            Some(pem) => Certificate::from_pem_bundle(pem).map_err(SetupError::Certificates),
            None => Ok(Vec::new()),
        }
    }
}

impl Login {
    /// What the header `authorization` says.
    pub(super) fn header(&self) -> Option<String> {
        match self {
            Self::Nobody => None,
            Self::Basic { user, password } => {
                let both = STANDARD.encode(format!("{user}:{password}"));
                Some(format!("Basic {both}"))
            }
            Self::ApiKey(key) => Some(format!("ApiKey {key}")),
            Self::Bearer(token) => Some(format!("Bearer {token}")),
        }
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nobody => "Nobody",
            Self::Basic { .. } => "Basic",
            Self::ApiKey(_) => "ApiKey",
            Self::Bearer(_) => "Bearer",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_login_has_its_header_and_is_never_printed() {
        let basic = Login::Basic {
            user: "shop".to_owned(),
            password: "secret".to_owned(),
        };
        let logins = [
            basic,
            Login::ApiKey("secret".to_owned()),
            Login::Bearer("secret".to_owned()),
        ];
        let headers: Vec<_> = logins.iter().filter_map(Login::header).collect();
        assert_eq!(
            headers,
            ["Basic c2hvcDpzZWNyZXQ=", "ApiKey secret", "Bearer secret"]
        );
        assert!(!format!("{logins:?}").contains("secret"));
        assert_eq!(Login::Nobody.header(), None);
    }

    #[test]
    fn a_node_has_an_address_and_nothing_behind_its_path() {
        let of = |nodes: &[&str]| {
            let nodes = nodes.iter().map(|node| Url::parse(node).expect("a URL"));
            ClientSettings::of_nodes(nodes.collect()).check()
        };
        assert!(of(&["http://127.0.0.1:9200", "https://cluster.example/es"]).is_ok());
        assert!(matches!(of(&[]), Err(SetupError::NoNode)));
        for odd in ["ftp://a", "http://a/?b=c", "http://a/#b", "file:///a"] {
            assert!(matches!(of(&[odd]), Err(SetupError::Node(_))), "{odd}");
        }
    }
}
