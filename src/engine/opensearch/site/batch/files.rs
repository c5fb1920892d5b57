//! Files of a batch (docs/reference/02-content.md §8): the plan decides what an object is, here what is known of its file
//! follows. Invariant: what was fetched is written with that in one document, and only for the ticket it was fetched for.

use super::Batch;
use crate::domain::{FileEnd, FileTask, FileTicket, Identity, Timestamp};
use crate::engine::EngineError;
use crate::engine::opensearch::layout::document::Kept;
use crate::engine::plan::{Content, FileRow};

/// What is done for files.
#[derive(Debug)]
pub(in crate::engine::opensearch) enum FileWork {
    /// Takes over what came of a try.
    Finish(Box<(FileTask, FileEnd)>),
    /// Has files fetched again.
    Refetch(Vec<Identity>),
    /// This is due first, unless something was written of a file since.
    Looked {
        changes: u64,
        first: Option<Timestamp>,
    },
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine::opensearch) enum FileStep {
    /// Whether the object still names the file.
    Taken(bool),
    /// So many of the objects are files.
    Asked(u64),
    Noted,
}

impl FileWork {
    /// Whether somebody may have to be told that there is more to fetch.
    pub(in crate::engine::opensearch::site) fn asks(&self) -> bool {
        matches!(self, Self::Refetch(_))
    }

    pub(in crate::engine::opensearch::site) fn objects(&self) -> usize {
        match self {
            Self::Refetch(identities) => identities.len(),
            Self::Finish(_) | Self::Looked { .. } => 1,
        }
    }
}

impl Batch<'_> {
    pub(in crate::engine::opensearch::site) async fn files(
        &mut self,
        work: FileWork,
    ) -> Result<FileStep, EngineError> {
        match work {
            FileWork::Finish(brought) => {
                let (task, end) = *brought;
                self.finish_file(&task, end).await.map(FileStep::Taken)
            }
            FileWork::Refetch(identities) => {
                self.refetch_files(&identities).await.map(FileStep::Asked)
            }
            FileWork::Looked { changes, first } => {
                self.control.files.look(changes, first);
                Ok(FileStep::Noted)
            }
        }
    }

    async fn finish_file(&mut self, task: &FileTask, end: FileEnd) -> Result<bool, EngineError> {
        let identity = &task.identity;
        self.read_all(std::iter::once(identity)).await?;
        let row = self.file(identity).filter(|row| row.ticket == task.ticket);
        let Some(mut row) = row else {
            return Ok(false);
        };
        let tried = loop {
            let point = self.plan.schema_point();
            match self
                .plan
                .take_over(&mut self.there, identity, &row.url, end.clone())
            {
                Ok(tried) => break tried,
                Err(missing) => {
                    self.plan.restore(point);
                    self.read_missing(missing).await?;
                }
            }
        };
        self.execute();
        let is_taken = tried.is_some();
        if let Some(tried) = tried {
            row.end(task, tried, self.now);
        }
        self.keep_file(identity, is_taken.then_some(row));
        Ok(is_taken)
    }

    async fn refetch_files(&mut self, identities: &[Identity]) -> Result<u64, EngineError> {
        self.read_all(identities.iter()).await?;
        let mut count = 0;
        for identity in identities {
            if let Some(mut row) = self.file(identity) {
                row.ask_again(self.now);
                self.keep_file(identity, Some(row));
                count += 1;
            }
        }
        Ok(count)
    }

    /// What is known of the file of an object that was read.
    fn file(&self, identity: &Identity) -> Option<FileRow> {
        let kept = self.there.get(identity)?;
        kept.file.as_deref().cloned()
    }

    fn keep_file(&mut self, identity: &Identity, row: Option<FileRow>) {
        let version = self.take_number();
        if let Some(mut kept) = self.there.get(identity).cloned() {
            kept.head.version = version;
            kept.file = row.map(Box::new);
            self.set(identity.clone(), Some(kept));
        }
    }

    /// What is known of the file of an object that is put with this number.
    pub(super) fn followed_file(&self, content: &Content, number: u64) -> Option<Box<FileRow>> {
        let url = content.object.file_url()?;
        let known = self.there.get(&content.object.identity);
        let known = known.and_then(|kept| kept.file.clone());
        let asked = || Box::new(FileRow::asked(FileTicket(number), url, self.now));
        let known = known.filter(|row| row.stands_for(url, content.is_new_file));
        Some(known.unwrap_or_else(asked))
    }

    /// Notes that something is written, if it is of a file: all processes hear of it.
    pub(super) fn note_file(&mut self, identity: &Identity, kept: Option<&Kept>) {
        let row = kept.and_then(|kept| kept.file.as_deref());
        if row.is_some() || self.file(identity).is_some() {
            self.control.files.note(row.and_then(|row| row.due));
        }
    }
}
