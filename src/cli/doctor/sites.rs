//! The sites: those of the configuration beside those on the disk. Invariant: each site of either is told of once.

use std::collections::BTreeSet;

use super::{Finding, Patient, Server};
use crate::domain::TrackerId;
use crate::engine::embedded::offline::{check, condition};

const OF: &str = "site";

/// All of them, or one.
pub(super) fn look(patient: &Patient, wanted: Option<&TrackerId>) -> Vec<Finding> {
    let stored = match check::sites(&patient.data_dir) {
        Ok(stored) => stored,
        Err(error) => {
            let words = super::super::with_causes(&error);
            return vec![Finding::fault("data folder", words)];
        }
    };
    let configured: Option<BTreeSet<TrackerId>> = patient.config.as_ref().map(|config| {
        let sites = config.sites.iter();
        sites.map(|site| site.site.tracker_id.clone()).collect()
    });
    let is_demo = patient.config.as_ref().is_some_and(|config| config.is_demo);
    let mut findings = Vec::new();
    findings.push(match patient.server {
        Server::None => Finding::ok("server", "none works on the data folder"),
        Server::Running(Some(id)) => {
            Finding::ok("server", format!("process {id} works on the data folder"))
        }
        Server::Running(None) => Finding::ok("server", "one works on the data folder"),
    });
    let all: BTreeSet<&TrackerId> = stored.iter().chain(configured.iter().flatten()).collect();
    for site in all {
        if wanted.is_some_and(|wanted| wanted != site) {
            continue;
        }
        if !stored.contains(site) {
            findings.push(Finding::ok(
                OF,
                format!("{site}: has no folder yet; the next start makes it"),
            ));
            continue;
        }
        let is_named = is_demo
            || configured
                .as_ref()
                .is_none_or(|configured| configured.contains(site));
        findings.extend(of_site(patient, site, is_named));
    }
    findings
}

fn of_site(patient: &Patient, site: &TrackerId, is_named: bool) -> Vec<Finding> {
    let seen = condition::condition(&patient.data_dir, site);
    let mut findings = Vec::new();
    for fault in &seen.faults {
        findings.push(Finding::fault(OF, format!("{site}: {fault}")));
    }
    for warning in &seen.warnings {
        findings.push(Finding::warning(OF, format!("{site}: {warning}")));
    }
    if !is_named && !seen.is_made {
        let words =
            "no configuration names it, so it is not served: name it, or take its folder away";
        findings.push(Finding::warning(OF, format!("{site}: {words}")));
    }
    if findings.is_empty() {
        let words = "can be opened; `vetrina check` looks through all of it";
        findings.push(Finding::ok(OF, format!("{site}: {words}")));
    }
    findings
}
