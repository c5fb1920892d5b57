//! Takes what waits and does it in batches, each behind a fence of its own. Invariant: nobody is answered before the site was
//! given back, and everybody is answered: with how it ended, or with why nobody knows.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::sync::{mpsc, oneshot};

use super::batch::Batch;
use super::{Done, OpenSite, Request, Work, of_newer};
use crate::engine::opensearch::kept_documents::KnownSchema;
use crate::engine::opensearch::layout::mapping;
use crate::engine::opensearch::lease::{Held, Lease};
use crate::engine::{EngineError, Visibility};

/// Requests that are one batch.
const REQUESTS_MAX: usize = 64;
/// Edits whose objects are read at once.
const EDITS_READ_MAX: usize = 250;
/// Edits that are one batch, if more than one request has them.
const EDITS_MAX: usize = 2_000;

type Reply = oneshot::Sender<Result<(Done, Visibility), EngineError>>;

pub(super) async fn run(site: Arc<OpenSite>, mut queue: mpsc::Receiver<Request>) {
    let lease = site.lease();
    let mut writing = Writing {
        site,
        lease,
        schema: KnownSchema::default(),
        has_written: false,
    };
    let mut next = None;
    loop {
        let first = match next.take() {
            Some(first) => first,
            None => match queue.recv().await {
                Some(first) => first,
                None => return,
            },
        };
        let mut requests = vec![first];
        let mut edits = requests[0].edits();
        // A commit is a batch of its own, and so is a step of a job.
        while requests[0].joins() && requests.len() < REQUESTS_MAX {
            let Ok(another) = queue.try_recv() else {
                break;
            };
            edits += another.edits();
            if !another.joins() || edits > EDITS_MAX {
                next = Some(another);
                break;
            }
            requests.push(another);
        }
        writing.write(requests).await;
    }
}

struct Writing {
    site: Arc<OpenSite>,
    lease: Lease,
    schema: KnownSchema,
    /// Something of the batch may be there already.
    has_written: bool,
}

impl Request {
    fn edits(&self) -> usize {
        match &self.work {
            Work::Edits(edits) => edits.len(),
            Work::NoteRefused(uploads) => uploads.len(),
            Work::Rows(rows) => rows.rows.len(),
            Work::Expire { names, .. } => names.len(),
            Work::Files(work) => work.objects(),
            Work::Kept(work) => work.objects(),
            Work::Commit(_)
            | Work::CommitSource(_)
            | Work::Swept(_)
            | Work::Job(_)
            | Work::Rebuild(_) => 1,
            Work::Documents(work) => work.edits(),
        }
    }

    /// Whether it can be done together with others.
    fn joins(&self) -> bool {
        match &self.work {
            Work::Edits(_) | Work::NoteRefused(_) | Work::Files(_) => true,
            Work::Documents(work) => work.joins(),
            _ => false,
        }
    }
}

impl Writing {
    async fn write(&mut self, requests: Vec<Request>) {
        let (works, replies): (Vec<Work>, Vec<(Reply, _)>) = requests
            .into_iter()
            .map(|request| (request.work, (request.reply, request.room)))
            .unzip();
        match self.try_write(works).await {
            Ok((done, number)) => {
                self.site.written.fetch_max(number, Ordering::AcqRel);
                for (done, (reply, _)) in done.into_iter().zip(replies) {
                    // Whoever asked may have gone.
                    let _ = reply.send(Ok((done, Visibility::at(number))));
                }
            }
            Err(error) => {
                for (reply, _) in replies {
                    let _ = reply.send(Err(again(&error)));
                }
            }
        }
    }

    async fn try_write(&mut self, works: Vec<Work>) -> Result<(Vec<Done>, u64), EngineError> {
        let held = self.lease.take().await?;
        self.has_written = false;
        let done = self.write_behind(held, works).await;
        if let Err(error) = &done {
            let is_in_doubt = matches!(error, EngineError::InDoubt { .. });
            self.lease.give_up(self.has_written || is_in_doubt).await;
        }
        let in_doubt = EngineError::InDoubt {
            retry_after_s: super::COME_AGAIN_S,
        };
        done.map_err(|error| if self.has_written { in_doubt } else { error })
    }

    /// Writes what a batch holds if that is much, and goes on with another one.
    async fn write_full<'s>(
        &mut self,
        site: &'s OpenSite,
        batch: Batch<'s>,
        held: Held,
    ) -> Result<(Batch<'s>, Held), EngineError> {
        if !batch.is_full() {
            return Ok((batch, held));
        }
        let (held, schema, number) = batch.write(&mut self.lease, held).await?;
        self.has_written = true;
        let next = Batch::new(site, held.control.clone(), schema, number);
        Ok((next, held))
    }

    async fn write_behind(
        &mut self,
        mut held: Held,
        works: Vec<Work>,
    ) -> Result<(Vec<Done>, u64), EngineError> {
        let site = Arc::clone(&self.site);
        let version = site.made_with(&held.control).version;
        if version > mapping::VERSION {
            return Err(of_newer(version));
        }
        site.follow_schema(&mut self.schema, &held.control).await?;
        if self.schema.types != held.control.documents.types {
            return Err(EngineError::Internal {
                context: "document types of the site are not there",
                source: format!("{:?}", held.control.documents.types).into(),
            });
        }
        let files_before = held.control.files;
        let asks = works.iter().any(Work::asks_for_files);
        let mut done = Vec::with_capacity(works.len());
        let schema = Arc::clone(&self.schema.schema);
        let number = held.control.first_number();
        let mut batch = Batch::new(&site, held.control.clone(), schema, number);
        for work in works {
            done.push(match work {
                Work::Edits(edits) => {
                    let mut outcomes = Vec::with_capacity(edits.len());
                    for some in edits.chunks(EDITS_READ_MAX) {
                        outcomes.extend(batch.apply(some).await?);
                        (batch, held) = self.write_full(&site, batch, held).await?;
                    }
                    Done::Edits(outcomes)
                }
                Work::Files(work) => {
                    let step = batch.files(work).await?;
                    (batch, held) = self.write_full(&site, batch, held).await?;
                    Done::Files(step)
                }
                Work::Kept(work) => Done::Edits(batch.take(work).await?),
                Work::NoteRefused(uploads) => {
                    batch.note_refused(&uploads).await?;
                    Done::Nothing
                }
                Work::Commit(commit) => {
                    Done::Commit(site.commit(&mut batch.control, &commit).await?)
                }
                Work::Rows(rows) => Done::Rows(batch.rows(rows).await?),
                Work::CommitSource(commit) => {
                    Done::CommitSource(site.commit_source(&mut batch.control, &commit).await?)
                }
                Work::Expire {
                    names,
                    before,
                    reached,
                } => {
                    batch.control.expired_upto = Some(reached.as_millis());
                    Done::Expired(batch.expire(&names, before).await?)
                }
                Work::Rebuild(work) => Done::Rebuild(batch.rebuild(work).await?),
                Work::Job(work) => Done::Job(batch.job(work).await?),
                Work::Documents(work) => Done::Documents(batch.documents(work).await?),
                Work::Swept(dead) => {
                    batch.control.dead.retain(|one| *one != dead);
                    batch.control.dead_changes += 1;
                    Done::Nothing
                }
            });
        }
        let (after, schema, number) = batch.write(&mut self.lease, held).await?;
        held = after;
        let files = held.control.files;
        let has_dead = !held.control.dead.is_empty();
        let known = KnownSchema {
            schema,
            types: held.control.documents.types.clone(),
            life: held.control.life,
        };
        self.lease.give_back(held).await?;
        self.schema = known;
        if asks && files.changes != files_before.changes {
            site.sharing.bell.notify_one();
        }
        if has_dead {
            site.sweep();
        }
        Ok((done, number))
    }
}

impl Work {
    /// Whether files may have to be fetched because of it.
    fn asks_for_files(&self) -> bool {
        match self {
            Self::Files(work) => work.asks(),
            Self::Swept(_) | Self::NoteRefused(_) => false,
            _ => true,
        }
    }
}

/// The same error for another one who waits.
fn again(error: &EngineError) -> EngineError {
    match error {
        EngineError::Overloaded { retry_after_s } => EngineError::Overloaded {
            retry_after_s: *retry_after_s,
        },
        EngineError::Unavailable {
            reason,
            retry_after_s,
        } => EngineError::Unavailable {
            reason: reason.clone(),
            retry_after_s: *retry_after_s,
        },
        EngineError::InDoubt { retry_after_s } => EngineError::InDoubt {
            retry_after_s: *retry_after_s,
        },
        EngineError::UnknownSite(site) => EngineError::UnknownSite(site.clone()),
        other => EngineError::Internal {
            context: "a batch could not be written",
            source: other.to_string().into(),
        },
    }
}
