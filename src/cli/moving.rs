//! `vetrina move`: catalogs from one backend to the other, also beside running servers. Invariant: a site is called moved only
//! when nothing can be written to where it was any more, and both hold the same.

use std::collections::HashSet;
use std::process::ExitCode;
use std::sync::Arc;

use super::Failure;
use super::cluster;
use super::data_folder::DataFolderArgs;
use super::output::print_lines;
use crate::config::Config;
use crate::domain::{Clock, Site, SourceName, TrackerId};
use crate::engine::embedded::EmbeddedEngine;
use crate::engine::embedded::offline::objects::{self, FolderReads};
use crate::engine::opensearch::OpenSearchCatalogs;
use crate::engine::transfer::{self, MovedFrom, MovedTo, Target, Transferred};
use crate::engine::{DocumentEngine, Lifecycle, Made};
use crate::server;

/// What a run ends with that leaves something to do.
const NOT_FINISHED: u8 = 3;

/// Passes beside a server; each writes what came during the one before it.
const PASSES: usize = 3;

/// A site that is moved.
struct Moving {
    id: TrackerId,
    /// Sources that are read into it.
    sources: Vec<SourceName>,
}

#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    folder: DataFolderArgs,
    /// Where catalogs are
    #[arg(long, value_name = "BACKEND")]
    from: Place,
    /// Where they are to be
    #[arg(long, value_name = "BACKEND")]
    to: Place,
    /// Out of a cluster: let no server write the catalog there any more, and end the move
    #[arg(long)]
    finish: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Place {
    Embedded,
    Opensearch,
}

pub(super) fn run(args: &Args) -> Result<ExitCode, Failure> {
    let config = args.folder.config()?;
    if args.from == args.to {
        return Err("`--from` and `--to` are the same".into());
    }
    let wanted = args.folder.site()?;
    let is_wanted = |id: &TrackerId| wanted.as_ref().is_none_or(|wanted| wanted == id);
    let sites = config.sites.iter().map(|entry| entry.site.clone());
    let sites = sites.filter(|site| is_wanted(&site.tracker_id));
    let sites: Vec<Site> = sites.collect();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let cluster = cluster::open(&config, sites.clone()).await?;
        let moved = async {
            let folder = FolderReads::new(&config.data_dir, Clock::system());
            let mut made = match args.from {
                Place::Embedded => folder.made_sites(&configured(&config)).await?,
                Place::Opensearch => made_in(&cluster).await?,
            };
            made.retain(|(site, _)| is_wanted(&site.tracker_id));
            let all = sites.iter().chain(made.iter().map(|(site, _)| site));
            let moving: Vec<Moving> = all.map(|site| moving(&config, &site.tracker_id)).collect();
            if moving.is_empty() {
                return Err("there is no such site".into());
            }
            match args.from {
                Place::Embedded => {
                    make(&*cluster, made).await?;
                    out_of_folder(&config, &folder, &moving, &cluster).await
                }
                Place::Opensearch => {
                    let to = server::open_folder(&config, sites, Clock::system()).await?;
                    let moved = match make(&*to, made).await {
                        Ok(()) => into_folder(&folder, &to, &moving, &cluster, args.finish).await,
                        Err(failure) => Err(failure),
                    };
                    to.close().await;
                    moved
                }
            }
        };
        let moved = moved.await;
        // What works beside for these sites must not end while others wait for it.
        Lifecycle::close(&*cluster).await;
        moved
    })
}

fn configured(config: &Config) -> HashSet<TrackerId> {
    let sites = config.sites.iter();
    sites.map(|entry| entry.site.tracker_id.clone()).collect()
}

fn moving(config: &Config, site: &TrackerId) -> Moving {
    let sources = config.product_sync.iter().flat_map(|sync| &sync.sources);
    let sources = sources.filter(|source| source.tracker == *site);
    Moving {
        id: site.clone(),
        sources: sources.map(|source| source.name.clone()).collect(),
    }
}

/// Sites that were made over the API, with their names.
async fn made_in(cluster: &OpenSearchCatalogs) -> Result<Vec<(Site, String)>, Failure> {
    let mut made = Vec::new();
    for site in cluster.made_sites().await? {
        let name = cluster.card(&site.tracker_id).await?.name;
        made.push((site, name.unwrap_or_default()));
    }
    Ok(made)
}

/// Makes sites that no configuration names where they are to be.
async fn make(to: &dyn MovedTo, made: Vec<(Site, String)>) -> Result<(), Failure> {
    for (site, name) in made {
        let id = site.tracker_id.clone();
        if to.made_site(&id).await?.is_none() && to.make_site(site, name).await? != Made::New {
            let words = "was made over the API, and there is another one where it is to be";
            return Err(format!("{id}: {words}").into());
        }
    }
    Ok(())
}

/// Beside a server that works on the folder; without one to the end.
async fn out_of_folder(
    config: &Config,
    from: &FolderReads,
    sites: &[Moving],
    cluster: &Arc<OpenSearchCatalogs>,
) -> Result<ExitCode, Failure> {
    let to = Target {
        reads: &**cluster,
        writes: &**cluster,
    };
    for site in sites {
        cluster.freeze(&site.id, false).await?;
    }
    let no_server = objects::keep_servers_out(&config.data_dir);
    if no_server.is_ok() {
        finish(from, to, sites).await?;
        print_lines(["finished: serve with `backend = \"opensearch\"` from here on".to_owned()])?;
        return Ok(ExitCode::SUCCESS);
    }
    // Each pass writes what came during the one before it.
    for _ in 0..PASSES {
        if pass(from, to, sites).await? == 0 {
            break;
        }
    }
    let words = "not finished: a server works on the data folder; stop it and run this again";
    print_lines([words.to_owned()])?;
    Ok(ExitCode::from(NOT_FINISHED))
}

async fn into_folder(
    reads: &FolderReads,
    to: &EmbeddedEngine,
    sites: &[Moving],
    cluster: &Arc<OpenSearchCatalogs>,
    is_last: bool,
) -> Result<ExitCode, Failure> {
    let to = Target { reads, writes: to };
    pass(&**cluster, to, sites).await?;
    if !is_last {
        print_lines(["not finished: run this again with `--finish`".to_owned()])?;
        return Ok(ExitCode::from(NOT_FINISHED));
    }
    for site in sites {
        cluster.freeze(&site.id, true).await?;
    }
    if let Err(failure) = finish(&**cluster, to, sites).await {
        for site in sites {
            cluster.freeze(&site.id, false).await?;
        }
        return Err(failure);
    }
    print_lines(["finished: serve with `backend = \"embedded\"` from here on".to_owned()])?;
    Ok(ExitCode::SUCCESS)
}

/// Writes what is not the same; how much that was.
async fn pass(from: &dyn MovedFrom, to: Target<'_>, sites: &[Moving]) -> Result<u64, Failure> {
    let mut changed = 0;
    for site in sites {
        let done = transfer::transfer(from, to, &site.id, &site.sources).await?;
        changed += done.written + done.deleted;
        told(&site.id, &done)?;
    }
    Ok(changed)
}

/// The last pass, while nobody writes, and the comparison.
async fn finish(from: &dyn MovedFrom, to: Target<'_>, sites: &[Moving]) -> Result<(), Failure> {
    for Moving { id, .. } in sites {
        let open = from.kept_jobs(id).await?.open.len();
        if open > 0 {
            let words = "that have not ended, and are done where the catalog is";
            return Err(format!("{id}: has {open} jobs {words}").into());
        }
    }
    pass(from, to, sites).await?;
    for Moving { id, sources } in sites {
        let had = transfer::tally(from, id).await?;
        let has = transfer::tally(to.reads, id).await?;
        if had != has {
            let (had, has) = (had.objects, has.objects);
            return Err(format!("{id}: {had} objects and {has} objects are not the same").into());
        }
        let different = transfer::differences(from, to.reads, id, sources).await?;
        if !different.is_empty() {
            return Err(format!("{id}: not the same: {}", different.join(", ")).into());
        }
        print_lines([format!("{id}: the same, {} objects", has.objects)])?;
    }
    Ok(())
}

fn told(site: &TrackerId, done: &Transferred) -> Result<(), Failure> {
    let (objects, written, deleted) = (done.objects, done.written, done.deleted);
    let mut lines = vec![format!(
        "{site}: {objects} objects, {written} written, {deleted} deleted, {} refused",
        done.refused
    )];
    let refused = done.told.iter();
    lines.extend(refused.map(|(identity, reason)| format!("  {identity}: {reason}")));
    print_lines(lines)
}
