//! `backend` and `[opensearch]` from their raw form to the checked one.

use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

use super::Secret;
use super::check::Checks;

/// As the file has it.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OpenSearchSection {
    #[serde(default)]
    nodes: Vec<String>,
    prefix: Option<String>,
    shards: Option<u64>,
    replicas: Option<u64>,
    user: Option<String>,
    password: Option<Secret<String>>,
    api_key: Option<Secret<String>>,
    tls_ca_file: Option<PathBuf>,
    connect_timeout_ms: Option<u64>,
    read_timeout_ms: Option<u64>,
    write_timeout_ms: Option<u64>,
    takeover_after_ms: Option<u64>,
}

/// Where catalogs are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Backend {
    #[default]
    Embedded,
    OpenSearch,
}

/// A cluster, and how it is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenSearch {
    /// One at least, each an URL without a query.
    pub nodes: Vec<String>,
    pub prefix: String,
    pub shards: u32,
    pub replicas: u32,
    pub login: OpenSearchLogin,
    /// Certificates trusted beside those of the system.
    pub tls_ca_file: Option<PathBuf>,
    pub connect_timeout: Duration,
    pub read_timeout: Duration,
    pub write_timeout: Duration,
    /// How long another process may stand still before its work is taken over.
    pub takeover_after: Duration,
}

/// Who this server is to the cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum OpenSearchLogin {
    #[default]
    Nobody,
    Basic {
        user: String,
        password: Secret<String>,
    },
    ApiKey(Secret<String>),
}

impl Checks<'_> {
    pub(super) fn backend(
        &mut self,
        name: Option<&str>,
        opensearch: Option<&OpenSearch>,
    ) -> Backend {
        let choices = [
            ("embedded", Backend::Embedded),
            ("opensearch", Backend::OpenSearch),
        ];
        let backend = self.choice("backend", name, &choices).unwrap_or_default();
        if backend == Backend::OpenSearch && opensearch.is_none() {
            let words = "`opensearch` needs a section `[opensearch]` with its `nodes`";
            self.wrong("backend", words);
        }
        backend
    }

    pub(super) fn opensearch(&mut self, section: Option<OpenSearchSection>) -> Option<OpenSearch> {
        let s = section?;
        let login = self.opensearch_login(s.user, s.password, s.api_key);
        let tls_ca_file = s.tls_ca_file.map(|file| self.folder.join(file));
        if let Some(file) = &tls_ca_file {
            self.certificates("opensearch.tls_ca_file", file);
        }
        let prefix = s.prefix.unwrap_or_else(|| "vetrina-".to_owned());
        self.opensearch_prefix(&prefix);
        self.opensearch_nodes(&s.nodes);
        let mut number = |key: &str, value, default, bounds| {
            self.number(&format!("opensearch.{key}"), value, default, bounds) as u32
        };
        let shards = number("shards", s.shards, 1, 1..=50);
        let replicas = number("replicas", s.replicas, 1, 0..=5);
        let mut duration = |key: &str, value, default_ms| {
            self.duration(&format!("opensearch.{key}"), value, default_ms)
        };
        Some(OpenSearch {
            nodes: s.nodes,
            prefix,
            shards,
            replicas,
            login,
            tls_ca_file,
            connect_timeout: duration("connect_timeout_ms", s.connect_timeout_ms, 1_000),
            read_timeout: duration("read_timeout_ms", s.read_timeout_ms, 5_000),
            write_timeout: duration("write_timeout_ms", s.write_timeout_ms, 30_000),
            takeover_after: duration("takeover_after_ms", s.takeover_after_ms, 30_000),
        })
    }

    fn opensearch_nodes(&mut self, nodes: &[String]) {
        const KEY: &str = "opensearch.nodes";
        if nodes.is_empty() {
            self.wrong(KEY, "names no node, such as `http://10.0.0.1:9200`");
        }
        let is_node = |node: &&String| {
            url::Url::parse(node).is_ok_and(|url| {
                matches!(url.scheme(), "http" | "https")
                    && url.has_host()
                    && url.query().is_none()
                    && url.fragment().is_none()
                    && url.username().is_empty()
                    && url.password().is_none()
            })
        };
        for node in nodes.iter().filter(|node| !is_node(node)) {
            // It may hold a password.
            let told = node.rsplit_once('@').map_or(&**node, |(_, host)| host);
            let words = format!(
                "`{told}` is no URL such as `https://10.0.0.1:9200`; who may ask is said by `user` and `password`"
            );
            self.wrong(KEY, words);
        }
    }

    fn opensearch_prefix(&mut self, prefix: &str) {
        const CHARACTERS_MAX: usize = 40;
        let is_letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        let may_be = |c: char| is_letter(c) || matches!(c, '-' | '_');
        let is_prefix = prefix.len() <= CHARACTERS_MAX
            && prefix.starts_with(is_letter)
            && prefix.chars().all(may_be);
        if !is_prefix {
            let words = format!(
                "`{prefix}` does not begin with a letter or digit, is longer than {CHARACTERS_MAX} characters, or has \
                 others than small letters, digits, `-` and `_`"
            );
            self.wrong("opensearch.prefix", words);
        }
    }

    fn opensearch_login(
        &mut self,
        user: Option<String>,
        password: Option<Secret<String>>,
        api_key: Option<Secret<String>>,
    ) -> OpenSearchLogin {
        let secrets: Vec<Secret<String>> = password.iter().chain(&api_key).cloned().collect();
        if secrets.iter().any(|secret| secret.expose().is_empty()) {
            self.wrong("opensearch", "`password` or `api_key` is empty");
        }
        self.tokens("opensearch.api_key", api_key.as_slice(), "is a key");
        match (user, password, api_key) {
            (None, None, None) => OpenSearchLogin::Nobody,
            (Some(user), Some(password), None) => OpenSearchLogin::Basic { user, password },
            (None, None, Some(key)) => OpenSearchLogin::ApiKey(key),
            _ => {
                let words = "takes `user` and `password`, or `api_key`, or none of them";
                self.wrong("opensearch", words);
                OpenSearchLogin::Nobody
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::config::Config;

    const SITE: &str = "[[sites]]\ntracker_id = \"1-1\"\nprivate_key = \"secret\"\n";

    fn read(top: &str, section: &str) -> Result<Config, String> {
        let text = format!("{top}\n{SITE}{section}");
        Config::from_toml(&text).map_err(|error| error.to_string())
    }

    #[test]
    fn a_cluster_needs_its_nodes_and_has_defaults_for_the_rest() {
        let section = "[opensearch]\nnodes = [\"http://a:9200\", \"https://b/es\"]\nuser = \"u\"\npassword = \"p\"\n";
        let config = read("backend = \"opensearch\"", section).expect("a good configuration");
        assert_eq!(config.backend, Backend::OpenSearch);
        let cluster = config.opensearch.expect("it is there");
        assert_eq!(cluster.nodes, ["http://a:9200", "https://b/es"]);
        assert_eq!((cluster.prefix.as_str(), cluster.shards), ("vetrina-", 1));
        assert!(matches!(cluster.login, OpenSearchLogin::Basic { .. }));
        assert!(!format!("{:?}", cluster.login).contains("\"p\""));
        let without = read("", "").expect("a good configuration");
        assert_eq!(without.backend, Backend::Embedded);
        assert_eq!(without.opensearch, None);
    }

    #[rstest]
    #[case("backend = \"opensearch\"", "", "backend")]
    #[case("backend = \"solr\"", "", "backend")]
    #[case("", "[opensearch]\n", "opensearch.nodes")]
    #[case("", "[opensearch]\nnodes = [\"a:9200\"]\n", "opensearch.nodes")]
    #[case("", "[opensearch]\nnodes = [\"http://a/?x=1\"]\n", "opensearch.nodes")]
    #[case(
        "",
        "[opensearch]\nnodes = [\"http://a\"]\nprefix = \"A\"\n",
        "opensearch.prefix"
    )]
    #[case(
        "",
        "[opensearch]\nnodes = [\"http://a\"]\nprefix = \"-a\"\n",
        "opensearch.prefix"
    )]
    #[case(
        "",
        "[opensearch]\nnodes = [\"http://a\"]\nprefix = \"\"\n",
        "opensearch.prefix"
    )]
    #[case(
        "",
        "[opensearch]\nnodes = [\"http://a\"]\nshards = 0\n",
        "opensearch.shards"
    )]
    #[case(
        "",
        "[opensearch]\nnodes = [\"http://a\"]\nuser = \"a\"\n",
        "opensearch"
    )]
    #[case(
        "",
        "[opensearch]\nnodes = [\"http://a\"]\napi_key = \"\"\n",
        "opensearch"
    )]
    #[case(
        "",
        "[opensearch]\nnodes = [\"http://a\"]\ntls_ca_file = \"none.pem\"\n",
        "opensearch.tls_ca_file"
    )]
    fn what_cannot_be_is_told_with_its_key(
        #[case] top: &str,
        #[case] section: &str,
        #[case] key: &str,
    ) {
        let told = read(top, section).expect_err("it is wrong");
        assert!(told.contains(&format!("{key}: ")), "{told}");
    }

    #[test]
    fn a_password_in_the_address_of_a_node_is_refused_and_not_told() {
        let section = "[opensearch]\nnodes = [\"https://me:hidden@a:9200\"]\n";
        let told = read("", section).expect_err("it is wrong");
        assert!(
            told.contains("opensearch.nodes") && !told.contains("hidden"),
            "{told}"
        );
    }
}
