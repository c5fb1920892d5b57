//! `vetrina restore`: sites of a backup back in a data folder that no server works on. Invariant: nothing in the data
//! folder is touched before all of the file was read and compared with its checksums.

use std::path::PathBuf;

use super::Failure;
use super::backup::{IN_A_CLUSTER, described};
use super::data_folder::DataFolderArgs;
use super::output::print_lines;
use crate::domain::Clock;
use crate::engine::embedded::offline::backup::{self, Restore, RestoredSite};

#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    folder: DataFolderArgs,
    /// Only say whether the file is a whole backup, and what is in it
    #[arg(long, conflicts_with = "replace")]
    verify: bool,
    /// Give up sites that are there for those of the backup
    #[arg(long)]
    replace: bool,
    /// What `vetrina backup` wrote
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let site = args.folder.site()?;
    let manifest = backup::verify(&args.file)?;
    if args.verify {
        let (made_at, made_by) = (&manifest.made_at, &manifest.made_by);
        let whole = format!("whole; made at {made_at} by {made_by}");
        return print_lines([vec![whole], described(&manifest)].concat());
    }
    let data_dir = args.folder.data_dir(IN_A_CLUSTER)?;
    let restore = Restore {
        data_dir: &data_dir,
        file: &args.file,
        manifest: &manifest,
        site: site.as_ref(),
        replaces: args.replace,
        bookmark: &of_restored,
        clock: Clock::system(),
    };
    let restored = restore.run()?;
    print_lines(restored.iter().flat_map(told))
}

#[cfg(feature = "postgres")]
fn of_restored(bookmark: &str) -> String {
    crate::sync::of_restored(bookmark)
}

/// For a program that has the product sync.
#[cfg(not(feature = "postgres"))]
fn of_restored(bookmark: &str) -> String {
    bookmark.to_owned()
}

fn told(restored: &RestoredSite) -> Vec<String> {
    let RestoredSite {
        site,
        objects,
        as_of,
        findings,
    } = restored;
    let mut lines = vec![format!(
        "{site}: restored, {objects} objects, with all that was acknowledged before {as_of}; the next start makes the \
         index"
    )];
    lines.extend(findings.iter().map(|finding| format!("  {finding}")));
    lines
}
