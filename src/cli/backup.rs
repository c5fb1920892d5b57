//! `vetrina backup`: sites of a data folder in one file, also beside a running server. Invariant: it ends well only when
//! every site that was asked for is in the file.

use std::path::PathBuf;

use super::Failure;
use super::data_folder::DataFolderArgs;
use super::output::print_lines;
use crate::domain::Clock;
use crate::engine::embedded::offline::backup::{self, Manifest};

/// Here and for what puts one back.
pub(super) const IN_A_CLUSTER: &str = "take snapshots of the cluster, of all indices that begin with `prefix`, or `vetrina export` (docs/opensearch.md)";

#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    folder: DataFolderArgs,
    /// File to write; it must not be there yet
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let (data_dir, sites) = args.folder.sites(IN_A_CLUSTER)?;
    let manifest = backup::make(&data_dir, &sites, &args.file, &Clock::system())?;
    print_lines(described(&manifest))?;
    match (manifest.left_out.len(), sites.len()) {
        (0, _) => Ok(()),
        (left, all) => Err(format!("{left} of {all} sites are not in the backup").into()),
    }
}

/// What is in a backup, and what is not.
pub(super) fn described(manifest: &Manifest) -> Vec<String> {
    let mut lines = Vec::new();
    for copy in &manifest.sites {
        let (site, objects, as_of) = (&copy.site, copy.objects, &copy.as_of);
        let bytes = copy.bytes();
        lines.push(format!(
            "{site}: {objects} objects, {bytes} bytes; with all that was acknowledged before {as_of}"
        ));
        lines.extend(copy.findings.iter().map(|finding| format!("  {finding}")));
    }
    let left_out = manifest.left_out.iter();
    lines.extend(left_out.map(|left| format!("{}: NOT in the backup: {}", left.site, left.reason)));
    lines
}
