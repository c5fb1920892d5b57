//! Files: told of, taken over, looked up. Invariant: what is told to be fetched is what lies in the stores.

use async_trait::async_trait;

use crate::domain::{FileEnd, FileList, FileLook, FileTask, Identity, Timestamp, TrackerId};
use crate::engine::embedded::catalog::{Input, Request, kept, submit};
use crate::engine::embedded::engine::EmbeddedEngine;
use crate::engine::embedded::store::files;
use crate::engine::{EngineError, Files};

/// What was brought, on its way to the writer.
struct Brought {
    task: FileTask,
    end: FileEnd,
}

impl Input for Brought {
    fn edits(&self) -> usize {
        1
    }

    fn bytes(&self) -> usize {
        size_of::<Self>()
            + self.task.identity.as_str().len()
            + self.task.url.len()
            + self.end.text_bytes()
    }
}

/// Objects whose files are to be fetched again.
struct Asked(Vec<Identity>);

impl Input for Asked {
    fn edits(&self) -> usize {
        self.0.len()
    }

    fn bytes(&self) -> usize {
        let each = self.0.iter();
        each.map(|identity| size_of::<Identity>() + identity.as_str().len())
            .sum()
    }
}

#[async_trait]
impl Files for EmbeddedEngine {
    async fn sites_with_files(&self) -> Result<Vec<(TrackerId, Timestamp)>, EngineError> {
        let catalogs = self.served.catalogs().into_iter();
        let first =
            catalogs.filter_map(|catalog| Some((catalog.tracker_id.clone(), catalog.files.get()?)));
        Ok(first.collect())
    }

    async fn more_files(&self) {
        self.served.files_bell().notified().await;
    }

    async fn due_files(
        &self,
        site: &TrackerId,
        busy_hosts: Vec<String>,
        limit: usize,
    ) -> Result<Vec<FileTask>, EngineError> {
        let now = self.catalog(site)?.clock.now();
        self.read_store(site, move |store| {
            files::due(store, now, &busy_hosts, limit)
        })
        .await
    }

    async fn finish_file(
        &self,
        site: &TrackerId,
        task: FileTask,
        end: FileEnd,
    ) -> Result<bool, EngineError> {
        let catalog = self.catalog(site)?;
        let place = catalog.place_for_text(&end).await;
        let brought = Brought { task, end };
        let (request, promise) = Request::task_on(brought, |batch, brought| {
            let Brought { task, end } = brought;
            batch.finish_file(&task, end)
        });
        submit(&catalog, request)?;
        let (is_taken, sequence) = kept(promise).await?;
        if let Some(place) = place.filter(|_| is_taken) {
            catalog.keep_until_shown(place, sequence);
        }
        Ok(is_taken)
    }

    async fn refetch_files(
        &self,
        site: &TrackerId,
        identities: Vec<Identity>,
    ) -> Result<u64, EngineError> {
        let catalog = self.catalog(site)?;
        let asked = Asked(identities);
        let (request, promise) = Request::task_on(asked, |batch, Asked(identities)| {
            batch.refetch_files(&identities)
        });
        submit(&catalog, request)?;
        let (count, _) = kept(promise).await?;
        Ok(count)
    }

    async fn file(
        &self,
        site: &TrackerId,
        identity: Identity,
    ) -> Result<Option<FileLook>, EngineError> {
        self.read_store(site, move |store| {
            let row = files::row(store, &identity)?;
            Ok(row.map(|row| row.into_look(identity)))
        })
        .await
    }

    async fn latest_files(&self, site: &TrackerId, limit: usize) -> Result<FileList, EngineError> {
        self.read_store(site, move |store| {
            let snapshot = store.snapshot()?;
            Ok(FileList {
                counts: files::counts(&snapshot)?,
                listed: files::latest(&snapshot, limit)?,
            })
        })
        .await
    }
}
