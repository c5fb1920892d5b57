//! The one writer of an index: queue, commit, show. Invariant: a commit shows everything queued
//! before it and carries the sequence it reaches; nothing is visible in part.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use tantivy::indexer::{IndexWriterOptions, UserOperation};
use tantivy::query::TermSetQuery;
use tantivy::{IndexReader, Term};

use super::document::IndexDocument;
use super::documents::documents;
use super::entry::IndexEntry;
use super::merging::{AtRest, Streaming};
use super::names::Names;
use super::own_columns::OwnColumns;
use crate::domain::Schema;
use crate::engine::embedded::ids::{Sequence, VersionId};
use crate::engine::embedded::index::segments::error::IndexError;
use crate::engine::embedded::index::segments::schema::{Checkpoint, IndexFields};
use crate::engine::embedded::index::segments::settings::IndexSettings;
use crate::engine::embedded::share::Drawn;

/// A second thread would halve the segments of every commit and with them double the merges.
const INDEXING_THREADS: usize = 1;
const MERGE_THREADS: usize = 2;
/// By how much threads that merge give way to those that answer, as `nice` counts it.
const MERGE_NICE: i32 = 5;
/// From this many deletions on they are one query instead of one term each: queued terms are held in
/// memory and looked up one by one in every segment.
const DELETED_TOGETHER_MIN: usize = 64;
/// Least memory tantivy accepts for a writer, in bytes.
const MEMORY_BYTES_MIN: usize = 15_000_000;

pub struct IndexWriter {
    writer: tantivy::IndexWriter<Box<IndexDocument>>,
    reader: IndexReader,
    fields: IndexFields,
    settings: IndexSettings,
    own_columns: Arc<Mutex<OwnColumns>>,
    names: Names,
    /// Of all writers, for as long as it is there.
    _memory: Option<Drawn>,
}

impl IndexWriter {
    /// `own_columns`: as the writer before has left them. `memory_bytes`: how much the queue may fill before it is
    /// written as a segment.
    pub(in super::super) fn open(
        index: &tantivy::Index,
        reader: IndexReader,
        fields: IndexFields,
        settings: IndexSettings,
        own_columns: Arc<Mutex<OwnColumns>>,
        memory_bytes: usize,
    ) -> Result<Self, IndexError> {
        let options = IndexWriterOptions::builder()
            .memory_budget_per_thread(memory_bytes.max(MEMORY_BYTES_MIN))
            .num_worker_threads(INDEXING_THREADS)
            .num_merge_threads(MERGE_THREADS)
            .build();
        let writer = giving_way(|| index.writer_with_options(options))?;
        writer.set_merge_policy(Box::new(Streaming));
        Ok(Self {
            writer,
            reader,
            fields,
            settings,
            own_columns,
            names: Names::new(settings.language),
            _memory: None,
        })
    }

    /// Gives the memory back when it ends.
    pub(in super::super) fn holding(self, memory: Drawn) -> Self {
        Self {
            _memory: Some(memory),
            ..self
        }
    }

    /// Queues an object. The schema must know its attributes.
    pub fn add(&mut self, schema: &Schema, entry: &IndexEntry<'_>) -> Result<(), IndexError> {
        let (fields, settings) = (&self.fields, &self.settings);
        let (names, own_columns) = (&mut self.names, &mut *own_columns(&self.own_columns));
        let documents = documents(fields, schema, entry, settings, names, own_columns);
        // Variants in its place have what it has, or little more.
        let first = documents.first().into_iter();
        own_columns.count(schema, first.flat_map(IndexDocument::sparse));
        // Together: what stands for one object must follow one another in one segment.
        self.writer.run(
            documents
                .into_iter()
                .map(|document| UserOperation::Add(Box::new(document)))
                .collect::<Vec<_>>(),
        )?;
        Ok(())
    }

    /// As if many objects turned out to have the attribute.
    #[cfg(test)]
    pub(in super::super) fn give_columns(&mut self, attribute: u32) {
        let mut own_columns = own_columns(&self.own_columns);
        let measured = own_columns.measured().chain([attribute]);
        *own_columns = OwnColumns::new(measured.collect::<Vec<_>>());
    }

    /// Segments stay as commits make them: what is counted of words depends on when deleted ones are merged away.
    #[cfg(test)]
    pub(in super::super) fn never_merge(&mut self) {
        let policy = tantivy::indexer::NoMergePolicy;
        self.writer.set_merge_policy(Box::new(policy));
    }

    /// Puts all segments into one, and waits for it.
    #[cfg(test)]
    pub(in super::super) fn merge_all(&mut self) -> Result<(), IndexError> {
        let segments = self.writer.index().searchable_segment_ids()?;
        self.writer.merge(&segments).wait()?;
        Ok(self.reader.reload()?)
    }

    /// Queues deletions; mass deletions as one query.
    pub fn delete(&mut self, versions: &[VersionId]) -> Result<(), IndexError> {
        let term = |version: &VersionId| Term::from_field_u64(self.fields.version_id, version.0);
        if versions.len() < DELETED_TOGETHER_MIN {
            for version in versions {
                self.writer.delete_term(term(version));
            }
        } else {
            let together = TermSetQuery::new(versions.iter().map(term));
            self.writer.delete_query(Box::new(together))?;
        }
        Ok(())
    }

    /// Makes everything queued durable and visible together, with `applied` as the payload.
    pub fn commit(&mut self, applied: Sequence) -> Result<(), IndexError> {
        let mark = Checkpoint {
            settings: self.settings,
            applied,
            own_columns: own_columns(&self.own_columns).measured().collect(),
        };
        let mut commit = self.writer.prepare_commit()?;
        commit.set_payload(&mark.encode());
        commit.commit()?;
        self.reader.reload()?;
        Ok(())
    }

    /// Has the small segments become few, without waiting for it: searches ask every segment. For an index
    /// that has had no writes for a while; `applied` is what its last commit said.
    pub fn tidy(&mut self, applied: Sequence) -> Result<(), IndexError> {
        self.writer.set_merge_policy(Box::new(AtRest));
        let committed = self.commit(applied);
        self.writer.set_merge_policy(Box::new(Streaming));
        committed
    }

    /// Ends the writer once its merges are done, and shows their result. Dropping it instead gives up
    /// running merges; nothing committed is lost either way.
    pub fn close(self) -> Result<(), IndexError> {
        self.writer.wait_merging_threads()?;
        self.reader.reload()?;
        Ok(())
    }
}

/// One writer has it at a time, so nobody waits for it.
fn own_columns(shared: &Mutex<OwnColumns>) -> MutexGuard<'_, OwnColumns> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs it on a thread of less priority, which the threads it starts have as well. Of a writer those are the ones that
/// merge: the one that indexes is started anew with every commit, by whoever commits.
fn giving_way<T: Send>(run: impl FnOnce() -> T + Send) -> T {
    let ended = thread::scope(|scope| {
        let thread = scope.spawn(|| {
            // Linux counts it by thread. Where it does not work, merges are as important as searches.
            if cfg!(target_os = "linux") {
                let _ = rustix::process::nice(MERGE_NICE);
            }
            run()
        });
        thread.join()
    });
    ended.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn threads_started_by_one_that_gives_way_give_way_too_and_no_others() {
        let priority = || rustix::process::getpriority_process(None);
        let own = priority().expect("a thread has one");
        let started = giving_way(|| thread::spawn(priority).join()).expect("it does not panic");
        assert_eq!(started, Ok((own + MERGE_NICE).min(19)));
        assert_eq!(priority(), Ok(own));
    }
}
