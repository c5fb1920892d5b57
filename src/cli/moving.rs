//! `vetrina move`: catalogs from one backend to the other, also beside running servers. Invariant: a site is called moved only
//! when nothing can be written to where it was any more, and both hold the same.

use std::process::ExitCode;
use std::sync::Arc;

use super::Failure;
use super::data_folder::DataFolderArgs;
use super::output::print_lines;
use crate::config::Config;
use crate::domain::{Clock, Site, TrackerId};
use crate::engine::embedded::offline::objects::{self, FolderReads};
use crate::engine::opensearch::OpenSearchCatalogs;
use crate::engine::transfer::{self, Transferred};
use crate::engine::{CatalogReads, CatalogWrites, DocumentEngine, Engine};
use crate::server;

/// What a run ends with that leaves something to do.
const NOT_FINISHED: u8 = 3;

/// Passes beside a server; each writes what came during the one before it.
const PASSES: usize = 3;

/// What is read and written where catalogs are to be.
type Target<'t> = (&'t dyn CatalogReads, &'t dyn CatalogWrites);

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
    let sites = config.sites.iter().map(|entry| entry.site.clone());
    let sites = sites.filter(|site| wanted.as_ref().is_none_or(|id| *id == site.tracker_id));
    let sites: Vec<Site> = sites.collect();
    if sites.is_empty() {
        return Err("the configuration names no such site".into());
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let cluster = open_cluster(&config, sites.clone()).await?;
        match args.from {
            Place::Embedded => out_of_folder(&config, &sites, &cluster).await,
            Place::Opensearch => out_of_cluster(&config, &sites, &cluster, args.finish).await,
        }
    })
}

async fn open_cluster(
    config: &Config,
    sites: Vec<Site>,
) -> Result<Arc<OpenSearchCatalogs>, Failure> {
    let Some(cluster) = &config.opensearch else {
        return Err("the configuration has no section `[opensearch]`".into());
    };
    let settings = server::cluster_settings(config, cluster)?;
    let catalogs = Arc::new(OpenSearchCatalogs::new(settings, sites, Clock::system())?);
    catalogs.begin().await;
    Ok(catalogs)
}

/// Beside a server that works on the folder; without one to the end.
async fn out_of_folder(
    config: &Config,
    sites: &[Site],
    cluster: &Arc<OpenSearchCatalogs>,
) -> Result<ExitCode, Failure> {
    let from = FolderReads::new(&config.data_dir);
    for site in sites {
        refuse_documents(&site.tracker_id, from.document_types(&site.tracker_id)?)?;
        cluster.freeze(&site.tracker_id, false).await?;
    }
    let no_server = objects::keep_servers_out(&config.data_dir);
    if no_server.is_ok() {
        finish(&from, (&**cluster, &**cluster), sites).await?;
        print_lines(["finished: serve with `backend = \"opensearch\"` from here on".to_owned()])?;
        return Ok(ExitCode::SUCCESS);
    }
    // Each pass writes what came during the one before it.
    for _ in 0..PASSES {
        if pass(&from, (&**cluster, &**cluster), sites).await? == 0 {
            break;
        }
    }
    let words = "not finished: a server works on the data folder; stop it and run this again";
    print_lines([words.to_owned()])?;
    Ok(ExitCode::from(NOT_FINISHED))
}

/// What is declared of documents is not moved, and without it they are not what they were.
fn refuse_documents(site: &TrackerId, types: usize) -> Result<(), Failure> {
    if types == 0 {
        return Ok(());
    }
    Err(format!("{site}: has document types, which are not moved").into())
}

async fn out_of_cluster(
    config: &Config,
    sites: &[Site],
    cluster: &Arc<OpenSearchCatalogs>,
    is_last: bool,
) -> Result<ExitCode, Failure> {
    for site in sites {
        let schema = cluster.schema(&site.tracker_id).await?;
        refuse_documents(&site.tracker_id, schema.document_types().len())?;
    }
    let to = server::open_folder(config, sites.to_vec(), Clock::system()).await?;
    let moved = into_folder(&to, sites, cluster, is_last).await;
    to.lifecycle.close().await;
    moved
}

async fn into_folder(
    to: &Engine,
    sites: &[Site],
    cluster: &Arc<OpenSearchCatalogs>,
    is_last: bool,
) -> Result<ExitCode, Failure> {
    let to = (&*to.reads, &*to.writes);
    pass(&**cluster, to, sites).await?;
    if !is_last {
        print_lines(["not finished: run this again with `--finish`".to_owned()])?;
        return Ok(ExitCode::from(NOT_FINISHED));
    }
    for site in sites {
        cluster.freeze(&site.tracker_id, true).await?;
    }
    if let Err(failure) = finish(&**cluster, to, sites).await {
        for site in sites {
            cluster.freeze(&site.tracker_id, false).await?;
        }
        return Err(failure);
    }
    print_lines(["finished: serve with `backend = \"embedded\"` from here on".to_owned()])?;
    Ok(ExitCode::SUCCESS)
}

/// Writes what is not the same; how much that was.
async fn pass(from: &dyn CatalogReads, to: Target<'_>, sites: &[Site]) -> Result<u64, Failure> {
    let mut changed = 0;
    for site in sites {
        let done = transfer::transfer(from, to, &site.tracker_id).await?;
        changed += done.written + done.deleted;
        told(&site.tracker_id, &done)?;
    }
    Ok(changed)
}

/// The last pass, while nobody writes, and the comparison.
async fn finish(from: &dyn CatalogReads, to: Target<'_>, sites: &[Site]) -> Result<(), Failure> {
    pass(from, to, sites).await?;
    for site in sites {
        let id = &site.tracker_id;
        let (had, has) = (
            transfer::tally(from, id).await?,
            transfer::tally(to.0, id).await?,
        );
        if had != has {
            let (had, has) = (had.objects, has.objects);
            return Err(format!("{id}: {had} objects and {has} objects are not the same").into());
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
