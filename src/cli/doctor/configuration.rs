//! The configuration: whether it can be read, and what of it is not wise. Invariant: no key is ever printed.

use std::fs;
use std::io::ErrorKind;
use std::net::TcpListener;
use std::os::unix::fs::MetadataExt as _;

use super::super::data_folder::DataFolderArgs;
use super::{Finding, Patient, Server};
use crate::config::{Backend, Config};

const OF: &str = "configuration";

/// A key of fewer characters can be guessed.
const KEY_CHARACTERS_MIN: usize = 16;

/// Of the mode of a file: others may read it.
const OTHERS_READ: u32 = 0o004;

/// Reads it as the server would.
pub(super) fn read(folder: &DataFolderArgs) -> (Option<Config>, Vec<Finding>) {
    let mut findings = Vec::new();
    let config = match folder.config() {
        Ok(config) => {
            let words = match config.sites.len() {
                _ if config.is_demo => "none: a server begins with the demo site".to_owned(),
                sites => format!("good; sites: {sites}"),
            };
            findings.push(Finding::ok(OF, words));
            Some(config)
        }
        Err(error) => {
            let words = super::super::with_causes(error.as_ref());
            findings.push(Finding::fault(OF, words.replace('\n', "; ")));
            None
        }
    };
    if let Some(file) = &folder.config
        && fs::metadata(file).is_ok_and(|file| file.mode() & OTHERS_READ != 0)
    {
        findings.push(Finding::warning(
            OF,
            format!(
                "every user of this machine can read `{}`: `chmod o-r` it, or keep keys in the environment",
                file.display()
            ),
        ));
    }
    (config, findings)
}

pub(super) fn look(patient: &Patient) -> Vec<Finding> {
    let Some(config) = &patient.config else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    for site in &config.sites {
        let is_short = |key: &str| key.chars().count() < KEY_CHARACTERS_MIN;
        if site.private_keys.iter().any(|key| is_short(key.expose())) {
            let words = format!(
                "a private key of `{}` has fewer than {KEY_CHARACTERS_MIN} characters and can be guessed: exchange it",
                site.site.tracker_id
            );
            findings.push(Finding::warning(OF, words));
        }
    }
    findings.extend(files(config));
    findings.extend(address(config, patient.server));
    findings
}

/// Whom the server asks for files.
fn files(config: &Config) -> Option<Finding> {
    let files = &config.files;
    (files.enabled && files.allow_hosts.is_empty()).then(|| {
        Finding::warning(
            OF,
            "whoever holds a write key can have any public address asked for files: name the hosts of your documents in \
             `files.allow_hosts`",
        )
    })
}

/// Whether the address can be listened on, when nobody does.
fn address(config: &Config, server: Server) -> Option<Finding> {
    const OF: &str = "address";
    if server != Server::None {
        return None;
    }
    let listen = config.listen;
    Some(match TcpListener::bind(listen) {
        Ok(_) if listen.ip().is_loopback() || config.admin_token.is_some() => {
            Finding::ok(OF, format!("{listen} is free"))
        }
        Ok(_) => Finding::ok(
            OF,
            format!(
                "{listen} is free; `/browse` and `/metrics` answer this machine alone, for want of `[admin] token`"
            ),
        ),
        // Of one that keeps its catalogs in a cluster no folder says that it runs.
        Err(error)
            if error.kind() == ErrorKind::AddrInUse && config.backend != Backend::Embedded =>
        {
            Finding::ok(OF, format!("{listen} is taken: by the server, if it runs"))
        }
        Err(error) => Finding::fault(
            OF,
            format!("cannot listen on {listen} ({error}): end what does, or set another `listen`"),
        ),
    })
}
