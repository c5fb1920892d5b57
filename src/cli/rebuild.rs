//! `vetrina rebuild`: indexes made again from their stores, and names of attributes freed that no object has. The
//! server does both by itself; this is for when an index is not trusted, or names are wanted at once.

use super::Failure;
use super::data_folder::DataFolderArgs;
use super::output::print_lines;
use crate::engine::embedded::offline::{check, rebuild};

#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    folder: DataFolderArgs,
}

/// Fails when a server is running on the data folder.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let mut config = args.folder.config()?;
    let wanted = args.folder.site()?;
    let stored = check::sites(&config.data_dir)?;
    if config.is_demo && !stored.is_empty() {
        config.add_demo_site()?;
    }
    let mut rebuilt = 0;
    for configured in config.sites {
        let site = configured.site;
        let id = site.tracker_id.clone();
        if wanted.as_ref().is_none_or(|wanted| *wanted == id) && stored.contains(&id) {
            let freed = rebuild::rebuild_index(&config.data_dir, site)?;
            let mut lines = vec![format!("{id}: index made again")];
            if freed > 0 {
                lines.push(format!(
                    "{id}: attribute names that no object has are free again: {freed}"
                ));
            }
            print_lines(lines)?;
            rebuilt += 1;
        }
    }
    if rebuilt == 0 {
        return Err("no configured site has data here".into());
    }
    Ok(())
}
