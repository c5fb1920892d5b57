//! The objects of a data folder, page by page, also beside a running server. Invariant: nothing is written; a page is one moment.

use std::path::{Path, PathBuf};

use async_trait::async_trait;

use crate::domain::{CommitPreview, GenerationCommit, Scan, ScanPage, Scope, TrackerId};
use crate::engine::embedded::error::{internal, unavailable};
use crate::engine::embedded::read::listing;
use crate::engine::embedded::sites;
use crate::engine::embedded::store::{self, Reader, attributes};
use crate::engine::folder;
use crate::engine::{CatalogReads, EngineError};

/// Page cache of one look, in bytes.
const CACHE_BYTES: u64 = 4 << 20;

/// What lies in a data folder.
pub struct FolderReads {
    data_dir: PathBuf,
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
    pub fn new(data_dir: &Path) -> Self {
        Self {
            data_dir: data_dir.to_owned(),
        }
    }

    /// How many document types a site has.
    pub fn document_types(&self, site: &TrackerId) -> Result<usize, EngineError> {
        let reader = self.reader(site)?;
        let schema = attributes::load(&reader);
        let schema = schema.map_err(|error| internal("the store cannot be read", error))?;
        Ok(schema.document_types().len())
    }

    fn reader(&self, site: &TrackerId) -> Result<Reader, EngineError> {
        let folder = folder::of_site(&self.data_dir, site);
        if !store::path(&folder).is_file() {
            return Err(unavailable(format!("there is no store of `{site}`")));
        }
        Reader::open(&folder, CACHE_BYTES)
            .map_err(|error| internal("the store cannot be read", error))
    }
}

#[async_trait]
impl CatalogReads for FolderReads {
    async fn scan(&self, site: &TrackerId, scan: Scan) -> Result<ScanPage, EngineError> {
        let reads = Self::new(&self.data_dir);
        let site = site.clone();
        let read = tokio::task::spawn_blocking(move || {
            let reader = reads.reader(&site)?;
            listing::page(&reader, &site, &scan)
                .map_err(|error| internal("the store cannot be read", error))
        });
        read.await
            .map_err(|error| internal("the store cannot be read", error))?
    }

    async fn preview_commit(
        &self,
        _: &TrackerId,
        _: GenerationCommit,
    ) -> Result<Option<CommitPreview>, EngineError> {
        Err(EngineError::Unsupported("commits without a server"))
    }

    async fn count(&self, site: &TrackerId, scope: Scope) -> Result<u64, EngineError> {
        let reader = self.reader(site)?;
        store::listing::count(&reader, &scope)
            .map_err(|error| internal("the store cannot be read", error))
    }
}
