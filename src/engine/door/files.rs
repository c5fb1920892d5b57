//! Files that are fetched, and what is found in them (docs/reference/02-content.md §8).

use async_trait::async_trait;

use super::EngineError;
use crate::domain::{FileEnd, FileList, FileLook, FileTask, Identity, Timestamp, TrackerId};

/// Files of all sites: what is to be fetched is durable with the object that names it, and stays until
/// [`Self::finish_file`] says what came of it. Whoever fetches needs to remember nothing.
#[async_trait]
pub trait Files: Send + Sync + 'static {
    /// Sites of which a file is to be fetched, now or later, each with the first time; as of what was acknowledged
    /// last. Where several processes share the work: to be fetched by this one.
    async fn sites_with_files(&self) -> Result<Vec<(TrackerId, Timestamp)>, EngineError>;

    /// Returns when [`Self::sites_with_files`] may say something else than it did before this was called last.
    async fn more_files(&self);

    /// Files that are to be fetched by now, those that have waited longest first, and none of these hosts; nor any that
    /// another process fetches.
    async fn due_files(
        &self,
        site: &TrackerId,
        busy_hosts: Vec<String>,
        limit: usize,
    ) -> Result<Vec<FileTask>, EngineError>;

    /// Takes over what came of a try: durable when this returns, found soon after. A text waits while several of its site
    /// are written and not found yet, so whoever brings many never keeps the index from what others write. `false` where
    /// the object is gone, is no file any more, or names another one: then nothing was changed. A file that was asked for again since
    /// the task was given stays to be fetched, whatever came.
    async fn finish_file(
        &self,
        site: &TrackerId,
        task: FileTask,
        end: FileEnd,
    ) -> Result<bool, EngineError>;

    /// Has files fetched again, whatever is there of them; how many of the objects are files.
    async fn refetch_files(
        &self,
        site: &TrackerId,
        identities: Vec<Identity>,
    ) -> Result<u64, EngineError>;

    /// How the file of an object is.
    async fn file(
        &self,
        site: &TrackerId,
        identity: Identity,
    ) -> Result<Option<FileLook>, EngineError>;

    /// How many there are, and those that something happened to last.
    async fn latest_files(&self, site: &TrackerId, limit: usize) -> Result<FileList, EngineError>;
}
