//! What a data folder keeps of a site, for another backend, also beside a running server. Invariant: nothing is written; a page is one
//! moment.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;

use crate::domain::{
    Clock, JobNumber, JobRefusal, Receipt, RefusedLately, Scan, ScanPosition, Schema, Scope, Site,
    SourceName, StampedId, TrackerId,
};
use crate::engine::EngineError;
use crate::engine::embedded::error::{internal, unavailable};
use crate::engine::embedded::read::listing;
use crate::engine::embedded::sites;
use crate::engine::embedded::store::{
    self, Reader, StoreError, attributes, clicks, engines, jobs, last_writes, receipts, refused,
    sources,
};
use crate::engine::folder;
use crate::engine::transfer::{
    Beside, Given, KeptJobs, KeptPage, KeptReceipt, MovedFrom, ReceiptPage,
};

/// Page cache of one look, in bytes.
const CACHE_BYTES: u64 = 4 << 20;
/// Receipts that are read at once.
const RECEIPTS_PAGE: usize = 2_000;

/// What lies in a data folder.
#[derive(Clone)]
pub struct FolderReads {
    data_dir: PathBuf,
    clock: Clock,
}

/// As long as it is held, no server works on the data folder.
pub struct NoServer {
    _lock: folder::Lock,
}

/// Keeps servers out; an error while one is at work.
pub fn keep_servers_out(data_dir: &Path) -> Result<NoServer, EngineError> {
    Ok(NoServer {
        _lock: sites::lock(data_dir)?,
    })
}

impl FolderReads {
    pub fn new(data_dir: &Path, clock: Clock) -> Self {
        Self {
            data_dir: data_dir.to_owned(),
            clock,
        }
    }

    /// Sites that were made over the API, and no configuration names, with their names.
    pub async fn made_sites(
        &self,
        configured: &HashSet<TrackerId>,
    ) -> Result<Vec<(Site, String)>, EngineError> {
        let found = sites::registry::look(&self.data_dir, configured)
            .map_err(|error| internal("cannot read the data folder", error))?;
        let mut made = Vec::new();
        for site in found {
            let name = self
                .read(&site.tracker_id, |reader| engines::made(reader))
                .await?;
            made.extend(name.map(|engine| (site, engine.name)));
        }
        Ok(made)
    }

    /// Reads the store of a site, off the async threads.
    async fn read<T: Send + 'static>(
        &self,
        site: &TrackerId,
        read: impl FnOnce(&Reader) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, EngineError> {
        let folder = folder::of_site(&self.data_dir, site);
        if !store::path(&folder).is_file() {
            return Err(unavailable(format!("there is no store of `{site}`")));
        }
        let reading = tokio::task::spawn_blocking(move || {
            let reader = Reader::open(&folder, CACHE_BYTES)?;
            read(&reader)
        });
        let done = reading
            .await
            .map_err(|error| internal("the store cannot be read", error))?;
        done.map_err(|error: StoreError| internal("the store cannot be read", error))
    }
}

#[async_trait]
impl MovedFrom for FolderReads {
    async fn kept_objects(
        &self,
        site: &TrackerId,
        after: u64,
        limit: usize,
    ) -> Result<KeptPage, EngineError> {
        let of = site.clone();
        self.read(site, move |reader| {
            let scan = Scan {
                scope: Scope::default(),
                after: ScanPosition(after),
                limit,
            };
            listing::kept(reader, &of, &scan)
        })
        .await
    }

    async fn kept_schema(&self, site: &TrackerId) -> Result<Arc<Schema>, EngineError> {
        self.read(site, |reader| attributes::load(reader).map(Arc::new))
            .await
    }

    async fn kept_beside(
        &self,
        site: &TrackerId,
        sources: &[SourceName],
    ) -> Result<Beside, EngineError> {
        let (sources, now) = (sources.to_vec(), self.clock.now());
        self.read(site, move |reader| {
            let snapshot = reader.snapshot()?;
            let card = engines::card(&snapshot)?;
            let mut bookmarks = BTreeMap::new();
            for source in sources {
                let bookmark = sources::bookmark(&snapshot, &source)?;
                bookmarks.insert(source, bookmark);
            }
            let mut refused = refused::list(&snapshot, RefusedLately::KEPT_MAX, now)?.listed;
            refused.reverse();
            let places = store::read_meta(&snapshot)?.counters.next_first_seen;
            Ok(Beside {
                key: card.key,
                created_at: card.created_at,
                last_writes: last_writes::all(&snapshot)?,
                clicks: clicks::all(&snapshot)?,
                bookmarks,
                refused,
                given: Given {
                    places: places.saturating_sub(1),
                    receipts: engines::last_receipt(&snapshot)?,
                    jobs: jobs::last_number(&snapshot)?,
                },
            })
        })
        .await
    }

    async fn kept_receipts(
        &self,
        site: &TrackerId,
        after: u64,
    ) -> Result<ReceiptPage, EngineError> {
        self.read(site, move |reader| {
            let snapshot = reader.snapshot()?;
            let given = engines::last_receipt(&snapshot)?;
            let (receipts, last) = receipts::page(&snapshot, after as i64, RECEIPTS_PAGE)?;
            let next = last.filter(|_| receipts.len() == RECEIPTS_PAGE);
            // Only the low bits of a number are kept: it is the last one that has them.
            let number = |receipt: &Receipt| {
                let low = u64::from(StampedId::counter_of(
                    given.wrapping_sub(u64::from(receipt.counter)),
                ));
                given.saturating_sub(low)
            };
            Ok(ReceiptPage {
                receipts: receipts
                    .into_iter()
                    .map(|receipt| KeptReceipt {
                        number: number(&receipt),
                        receipt,
                    })
                    .collect(),
                next: next.map(|next| next as u64),
            })
        })
        .await
    }

    async fn kept_jobs(&self, site: &TrackerId) -> Result<KeptJobs, EngineError> {
        self.read(site, |reader| {
            let all = jobs::latest(reader, usize::MAX >> 1)?;
            let (ended, open) = all
                .into_iter()
                .partition::<Vec<_>, _>(|look| look.ended_at.is_some());
            let open = open.into_iter().map(|look| look.job.number);
            Ok(KeptJobs {
                ended,
                open: open.collect(),
            })
        })
        .await
    }

    async fn kept_refusals(
        &self,
        site: &TrackerId,
        job: JobNumber,
    ) -> Result<Vec<JobRefusal>, EngineError> {
        self.read(site, move |reader| {
            jobs::refusals_after(reader, job, 0, usize::MAX >> 1)
        })
        .await
    }
}
