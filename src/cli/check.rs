//! `vetrina check`: whether stores and indexes are whole and agree. Changes nothing in them, and may
//! be run beside a server.

use std::path::Path;

use super::Failure;
use super::data_folder::DataFolderArgs;
use super::output::print_lines;
use crate::domain::TrackerId;
use crate::engine::embedded::offline::check::{self, SiteReport};

const IN_A_CLUSTER: &str =
    "the cluster checks what it keeps: `vetrina doctor` and `/health/ready` say how it is";

#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    folder: DataFolderArgs,
}

/// Fails when anything is wrong, so that a script can tell.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let (data_dir, sites) = args.folder.sites(IN_A_CLUSTER)?;
    let mut bad_sites = 0;
    for site in &sites {
        bad_sites += usize::from(!is_good(&data_dir, site)?);
    }
    match (bad_sites, sites.len()) {
        (0, _) => Ok(()),
        (bad, all) => Err(format!("{bad} of {all} sites are not as they should be").into()),
    }
}

fn is_good(data_dir: &Path, site: &TrackerId) -> Result<bool, Failure> {
    let report = check::check(data_dir, site)?;
    print_lines(described(site, &report))?;
    Ok(report.findings.is_empty())
}

fn described(site: &TrackerId, report: &SiteReport) -> Vec<String> {
    let verdict = if report.findings.is_empty() {
        "good"
    } else {
        "not good"
    };
    let mut lines = vec![format!(
        "{site}: {verdict}; {} objects, {} in the index, {} contents stored",
        report.objects, report.indexed, report.versions
    )];
    if report.groups_behind > 0 {
        lines.push(format!(
            "  groups of writes the index has yet to take from the log: {}",
            report.groups_behind
        ));
    }
    if report.lacks_index {
        lines.push("  no index yet: the next start makes it from the store".to_owned());
    }
    lines.extend(
        report
            .findings
            .listed
            .iter()
            .map(|finding| format!("  {finding}")),
    );
    if report.findings.more > 0 {
        lines.push(format!("  and {} more", report.findings.more));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::embedded::offline::check::Findings;

    #[test]
    fn a_report_says_what_is_wrong_and_what_is_merely_late() {
        let site = TrackerId::new("shop-1").expect("a good id");
        let mut report = SiteReport {
            objects: 3,
            indexed: 2,
            versions: 4,
            groups_behind: 1,
            lacks_index: false,
            findings: Findings::default(),
        };
        assert_eq!(
            described(&site, &report),
            [
                "shop-1: good; 3 objects, 2 in the index, 4 contents stored",
                "  groups of writes the index has yet to take from the log: 1",
            ]
        );
        report.groups_behind = 0;
        report.findings = Findings {
            listed: vec!["object `p1`: has no content".to_owned()],
            more: 2,
        };
        assert_eq!(
            described(&site, &report),
            [
                "shop-1: not good; 3 objects, 2 in the index, 4 contents stored",
                "  object `p1`: has no content",
                "  and 2 more",
            ]
        );
    }

    #[test]
    fn a_folder_without_sites_is_a_failure() {
        let data = tempfile::tempdir().expect("a folder");
        let run_on = |site: Option<&str>| {
            run(&Args {
                folder: DataFolderArgs {
                    config: None,
                    data_dir: Some(data.path().to_owned()),
                    site: site.map(str::to_owned),
                },
            })
        };
        for site in [None, Some("shop-1"), Some("../shop")] {
            assert!(run_on(site).is_err(), "{site:?}");
        }
    }
}
