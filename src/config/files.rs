//! `[files]` from its raw form to the checked one.

use std::path::{Path, PathBuf};
use std::time::Duration;

use ipnet::IpNet;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use serde::Deserialize;

use super::check::{Checks, GIB, KIB, MIB};

/// As the file has it.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FilesSection {
    enabled: Option<bool>,
    #[serde(default)]
    allow_hosts: Vec<String>,
    #[serde(default)]
    allow_networks: Vec<String>,
    allow_ports: Option<Vec<u64>>,
    tls_ca_file: Option<PathBuf>,
    downloads_concurrent_max: Option<u64>,
    downloads_per_host_max: Option<u64>,
    download_timeout_ms: Option<u64>,
    file_bytes_max: Option<u64>,
    text_bytes_max: Option<u64>,
    redirects_max: Option<u64>,
    tries_max: Option<u64>,
    first_retry_s: Option<u64>,
    refresh_after_s: Option<u64>,
    extract_timeout_ms: Option<u64>,
    extract_cpu_ms: Option<u64>,
    extract_memory_bytes: Option<u64>,
}

/// Which files are fetched, and what that may take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files {
    pub enabled: bool,
    /// Lower-case names; `*.` before one stands for all below it. None: every host.
    pub allow_hosts: Vec<String>,
    /// Addresses beside those of the public internet.
    pub allow_networks: Vec<IpNet>,
    pub allow_ports: Vec<u16>,
    /// Certificates trusted beside those of the system.
    pub tls_ca_file: Option<PathBuf>,
    pub downloads_concurrent_max: usize,
    pub downloads_per_host_max: usize,
    pub download_timeout: Duration,
    pub file_bytes_max: u64,
    pub text_bytes_max: usize,
    pub redirects_max: usize,
    pub tries_max: u32,
    pub first_retry: Duration,
    /// `None`: never by itself.
    pub refresh_after: Option<Duration>,
    pub extract_timeout: Duration,
    pub extract_cpu: Duration,
    pub extract_memory_bytes: u64,
}

impl Checks<'_> {
    pub(super) fn files(&mut self, section: FilesSection) -> Files {
        let s = section;
        let allow_networks = self.networks(&s.allow_networks);
        let allow_ports = self.ports(s.allow_ports);
        self.hosts(&s.allow_hosts);
        let tls_ca_file = s.tls_ca_file.map(|file| self.folder.join(file));
        if let Some(file) = tls_ca_file.as_ref().filter(|_| s.enabled == Some(true)) {
            self.certificates("files.tls_ca_file", file);
        }
        let download_timeout =
            self.duration("files.download_timeout_ms", s.download_timeout_ms, 30_000);
        let extract_timeout =
            self.duration("files.extract_timeout_ms", s.extract_timeout_ms, 60_000);
        let extract_cpu = self.duration("files.extract_cpu_ms", s.extract_cpu_ms, 20_000);
        if extract_cpu.subsec_nanos() > 0 {
            let words = "is counted in whole seconds: give a multiple of 1000";
            self.wrong("files.extract_cpu_ms", words);
        }
        let mut number = |key: &str, value, default, bounds| {
            self.number(&format!("files.{key}"), value, default, bounds)
        };
        let year = 366 * 24 * 60 * 60;
        let refresh_after_s = number("refresh_after_s", s.refresh_after_s, 0, 0..=year);
        let places = 1..=64;
        Files {
            enabled: s.enabled.unwrap_or(false),
            allow_hosts: s
                .allow_hosts
                .iter()
                .map(|host| host.to_lowercase())
                .collect(),
            allow_networks,
            allow_ports,
            tls_ca_file,
            downloads_concurrent_max: number(
                "downloads_concurrent_max",
                s.downloads_concurrent_max,
                4,
                places.clone(),
            ) as usize,
            downloads_per_host_max: number(
                "downloads_per_host_max",
                s.downloads_per_host_max,
                2,
                places,
            ) as usize,
            download_timeout,
            file_bytes_max: number("file_bytes_max", s.file_bytes_max, 20 * MIB, KIB..=GIB),
            text_bytes_max: number("text_bytes_max", s.text_bytes_max, MIB, KIB..=8 * MIB) as usize,
            redirects_max: number("redirects_max", s.redirects_max, 5, 0..=20) as usize,
            tries_max: number("tries_max", s.tries_max, 8, 1..=50) as u32,
            first_retry: Duration::from_secs(number(
                "first_retry_s",
                s.first_retry_s,
                30,
                1..=3_600,
            )),
            refresh_after: (refresh_after_s > 0).then(|| Duration::from_secs(refresh_after_s)),
            extract_timeout,
            extract_cpu,
            extract_memory_bytes: number(
                "extract_memory_bytes",
                s.extract_memory_bytes,
                512 * MIB,
                64 * MIB..=64 * GIB,
            ),
        }
    }

    /// Where they cannot be trusted nothing would be fetched, and nobody would be told.
    pub(super) fn certificates(&mut self, key: &str, file: &Path) {
        let pem = match std::fs::read(file) {
            Ok(pem) => pem,
            Err(error) => {
                let words = format!("`{}` cannot be read ({error})", file.display());
                self.wrong(key, words);
                return;
            }
        };
        let is_certificate = |found: &Result<CertificateDer<'_>, _>| found.is_ok();
        let mut found = CertificateDer::pem_slice_iter(&pem).peekable();
        if found.peek().is_none() || !found.all(|one| is_certificate(&one)) {
            let words = format!("`{}` holds no certificates in PEM form", file.display());
            self.wrong(key, words);
        }
    }

    fn hosts(&mut self, hosts: &[String]) {
        let is_host = |host: &str| {
            let host = host.strip_prefix("*.").unwrap_or(host);
            let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
            host.starts_with(|c: char| c.is_ascii_alphanumeric()) && host.chars().all(allowed)
        };
        for host in hosts.iter().filter(|host| !is_host(host)) {
            let words = format!(
                "`{host}` is not a host without its port, such as `docs.example.com` or `*.example.com`, in ASCII"
            );
            self.wrong("files.allow_hosts", words);
        }
    }

    fn networks(&mut self, networks: &[String]) -> Vec<IpNet> {
        let mut read = Vec::with_capacity(networks.len());
        for text in networks {
            match text.parse::<IpNet>() {
                Ok(network) if network == network.trunc() => read.push(network),
                Ok(network) => self.wrong(
                    "files.allow_networks",
                    format!("`{text}` is an address in a network: write `{}`, if that is meant, or `{}` for the one address", network.trunc(), IpNet::from(network.addr())),
                ),
                Err(_) => self.wrong(
                    "files.allow_networks",
                    format!("`{text}` is no network such as `10.1.0.0/16` or `fd00::/8`"),
                ),
            }
        }
        read
    }

    fn ports(&mut self, ports: Option<Vec<u64>>) -> Vec<u16> {
        if ports.as_ref().is_some_and(Vec::is_empty) {
            let words = "names no port, so nothing could be fetched: leave it out for 80 and 443";
            self.wrong("files.allow_ports", words);
        }
        let mut read = Vec::new();
        for port in ports.unwrap_or_else(|| vec![80, 443]) {
            match u16::try_from(port) {
                Ok(port) if port > 0 => read.push(port),
                _ => self.wrong("files.allow_ports", format!("`{port}` is no port")),
            }
        }
        read
    }
}
