//! What comes as another backend has kept it, in a batch (`engine::transfer`). Invariant: an object stands in the order where it stood;
//! what is written later, by whomever, comes behind all of that.

use std::sync::Arc;

use serde_json::json;
use serde_json::value::RawValue;

use super::{Batch, bookmark_id};
use crate::domain::{JobLook, JobRefusal, Outcome, Schema, Timestamp};
use crate::engine::EngineError;
use crate::engine::opensearch::kept_documents;
use crate::engine::opensearch::layout::document::{Kept, Note};
use crate::engine::plan::{Content, Head, Origin};
use crate::engine::transfer::{Beside, KeptObject, KeptReceipt};

/// What is taken over.
pub(in crate::engine::opensearch) enum KeptWork {
    Schema(Arc<Schema>),
    Objects(Vec<KeptObject>),
    Beside(Box<Beside>),
    Receipts(Vec<KeptReceipt>),
    Job(Box<(JobLook, Vec<JobRefusal>)>),
}

/// What of a document is not its content.
pub(super) struct About {
    pub(super) first_seen: u64,
    pub(super) origin: Option<Arc<Origin>>,
    pub(super) updated_at: Timestamp,
    pub(super) created_at: Option<Timestamp>,
    pub(super) refused: Vec<Note>,
    /// The last job that has changed it.
    pub(super) job: Option<u64>,
    pub(super) place: u64,
}

impl KeptWork {
    pub(in crate::engine::opensearch::site) fn objects(&self) -> usize {
        match self {
            Self::Objects(objects) => objects.len(),
            Self::Receipts(receipts) => receipts.len(),
            Self::Schema(_) | Self::Beside(_) | Self::Job(_) => 1,
        }
    }
}

impl Batch<'_> {
    /// One outcome per object, in order.
    pub(in crate::engine::opensearch::site) async fn take(
        &mut self,
        work: KeptWork,
    ) -> Result<Vec<Outcome>, EngineError> {
        match work {
            KeptWork::Schema(schema) => {
                self.plan.learn_schema(&schema);
                Ok(Vec::new())
            }
            KeptWork::Objects(objects) => {
                let identities = objects.iter().map(|kept| &kept.object.identity);
                self.read_all(identities).await?;
                let mut outcomes = Vec::with_capacity(objects.len());
                for kept in objects {
                    outcomes.push(self.take_object(kept).await?);
                }
                Ok(outcomes)
            }
            KeptWork::Beside(beside) => {
                self.take_beside(&beside);
                Ok(Vec::new())
            }
            KeptWork::Receipts(receipts) => {
                self.take_receipts(&receipts).await?;
                Ok(Vec::new())
            }
            KeptWork::Job(job) => {
                self.take_job(&job.0, &job.1).await?;
                Ok(Vec::new())
            }
        }
    }

    async fn take_object(&mut self, kept: KeptObject) -> Result<Outcome, EngineError> {
        let admitted = loop {
            let object = kept.object.clone();
            match self.plan.admit_kept(&mut self.there, object) {
                Ok(admitted) => break admitted,
                Err(missing) => self.read_missing(missing).await?,
            }
        };
        let content = match admitted {
            Ok((content, _)) => content,
            Err(refusal) => return Ok(Outcome::Refused(refusal)),
        };
        let number = self.take_number();
        let notes = kept.refused.into_iter().map(|note| Note {
            by: note.by.to_string(),
            generation: note.generation,
        });
        let about = About {
            first_seen: kept.place,
            origin: kept.origin,
            updated_at: kept.updated_at,
            created_at: kept.created_at,
            refused: notes.collect(),
            job: None,
            place: kept.place,
        };
        self.give_no_place_upto(kept.place);
        self.keep(&content, number, about);
        Ok(Outcome::Applied)
    }

    /// Has a content stand in the catalog.
    pub(super) fn keep(&mut self, content: &Content, number: u64, about: About) {
        let file = self.followed_file(content, number);
        let object = Arc::clone(&content.object);
        self.bytes += content.body.len() + object.memory_bytes();
        let raw = String::from_utf8(content.body.clone()).expect("JSON is text");
        let kept = Kept {
            identity: object.identity.clone(),
            head: Head {
                object_type: object.object_type.clone(),
                generation: object.generation.clone(),
                version: number,
                hash: content.hash,
                first_seen: about.first_seen,
                active: object.schedule(),
                origin: about.origin,
            },
            raw: RawValue::from_string(raw).expect("an encoded object is JSON"),
            updated_at: about.updated_at,
            refused: about.refused,
            job: about.job,
            place: Some(about.place),
            created_at: about.created_at,
            file,
        };
        let identity = object.identity.clone();
        self.objects.insert(identity.clone(), object);
        self.set(identity, Some(kept));
    }

    /// Places up to this one are taken, and stand in the order before all that is still to come.
    fn give_no_place_upto(&mut self, place: u64) {
        let book = &mut self.control.documents;
        book.places = book.places.max(place);
        self.control.number_behind(place);
    }

    fn take_beside(&mut self, beside: &Beside) {
        self.give_no_place_upto(beside.given.places);
        let receipts = &mut self.control.documents.receipts;
        receipts.number_behind(beside.given.receipts);
        self.control.jobs.number_behind(beside.given.jobs);
        let written = beside.last_writes.iter();
        let written = written.map(|(name, at)| (name.to_string(), at.as_millis()));
        self.control.last_writes = written.collect();
        let site = self.site.tracker().clone();
        if let Some((first, last)) = self.control.documents.clicked.take() {
            let gone = (first..=last).filter(|day| !beside.clicks.contains_key(day));
            for day in gone {
                self.keep_beside(kept_documents::clicks_id(&site, day), None);
            }
        }
        for (day, clicks) in &beside.clicks {
            let id = kept_documents::clicks_id(&site, *day);
            self.keep_beside(id, Some(super::json(clicks)));
        }
        let days = beside.clicks.keys();
        let first_and_last = days.clone().next().zip(days.last());
        self.control.documents.clicked = first_and_last.map(|(first, last)| (*first, *last));
        for (source, bookmark) in &beside.bookmarks {
            let document = bookmark.as_ref().map(|kept| json!({ "bookmark": kept }));
            let document = document.map(|document| document.to_string().into_bytes());
            self.keep_beside(bookmark_id(&site, source), document);
        }
    }
}
