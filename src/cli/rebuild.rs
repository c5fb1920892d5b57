//! `vetrina rebuild`: indexes made again from their stores, and names of attributes freed that no object has. The
//! server does both by itself; this is for when an index is not trusted, or names are wanted at once.

use super::Failure;
use super::cluster;
use super::data_folder::DataFolderArgs;
use super::output::print_lines;
use crate::config::{Backend, Config};
use crate::domain::{Site, TrackerId};
use crate::engine::embedded::offline::{check, rebuild};
use crate::engine::opensearch::OpenSearchCatalogs;
use crate::engine::{DocumentEngine, Lifecycle};

#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    folder: DataFolderArgs,
}

/// Fails when a server is running on the data folder.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let mut config = args.folder.config()?;
    let wanted = args.folder.site()?;
    if config.backend == Backend::OpenSearch && args.folder.data_dir.is_none() {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()?;
        return runtime.block_on(in_cluster(&config, wanted.as_ref()));
    }
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

/// Beside servers; those engines too that were made over the API.
async fn in_cluster(config: &Config, wanted: Option<&TrackerId>) -> Result<(), Failure> {
    let configured = config.sites.iter().map(|entry| entry.site.clone());
    let mut sites: Vec<Site> = configured.collect();
    let catalogs = cluster::open(config, sites.clone()).await?;
    sites.extend(catalogs.made_sites().await?);
    sites.retain(|site| wanted.is_none_or(|wanted| *wanted == site.tracker_id));
    if sites.is_empty() {
        return Err("there is no such site".into());
    }
    let done = make_again(&catalogs, &sites).await;
    // What works beside for these sites must not end while others wait for it.
    Lifecycle::close(&*catalogs).await;
    done
}

async fn make_again(catalogs: &OpenSearchCatalogs, sites: &[Site]) -> Result<(), Failure> {
    let mut failed = 0;
    for Site { tracker_id, .. } in sites {
        let is_made = catalogs.rebuild(tracker_id).await?;
        let words = if is_made {
            "index made again"
        } else {
            "no other index serves: the log of the server that made one says why"
        };
        failed += usize::from(!is_made);
        print_lines([format!("{tracker_id}: {words}")])?;
    }
    match failed {
        0 => Ok(()),
        _ => Err(format!("{failed} of {} indexes were not made again", sites.len()).into()),
    }
}
