//! Documents with declared types, receipts, and engines made while servers run, of a cluster. Invariant: what a process knows of
//! other processes' engines is a second old at most; all else is asked of the cluster each time.
//!
//! | file | for |
//! |---|---|
//! | `engines` | sites that were made while servers run |
//! | `reading` | documents as they lie in the cluster |
//! | `receipts`, `clicks` | what became of documents, and what was clicked on |

mod clicks;
mod engines;
mod reading;
mod receipts;

pub(super) use engines::Engines;

use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::OpenSearchCatalogs;
use super::client::CallError;
use super::kept_documents::Stamps;
use super::site::{DocumentStep, DocumentWork, Done, OpenSite, Work, WriteDocuments, mixed_up};
use crate::domain::{
    AnswerMemory, DocumentOutcome, DocumentPlace, EngineNumber, Identity, ObjectType, Receipt,
    Schema, Site, StoredDocument, Timestamp, TrackerId,
};
use crate::engine::plan::{self, Encoder, ReadyDocument};
use crate::engine::{
    DocumentEdit, DocumentEngine, DocumentKey, EngineCard, EngineError, Made, SubmittedDocument,
    WrittenType, codec,
};

/// The card of a site that a configuration names, as it is kept.
#[derive(Serialize, Deserialize)]
struct KeptCard {
    key: String,
    created_at: i64,
}

#[async_trait]
impl DocumentEngine for OpenSearchCatalogs {
    async fn card(&self, site: &TrackerId) -> Result<EngineCard, EngineError> {
        let known = self.engines_lately().await?;
        match known.card(site) {
            Some(card) => Ok(card),
            None => self.site(site)?.configured_card().await,
        }
    }

    async fn made_sites(&self) -> Result<Vec<Site>, EngineError> {
        self.made().await
    }

    async fn made_site(&self, id: &TrackerId) -> Result<Option<Site>, EngineError> {
        self.made_one(id).await
    }

    async fn make_site(&self, site: Site, name: String) -> Result<Made, EngineError> {
        self.make(&site, name).await
    }

    async fn remove_site(&self, site: &TrackerId) -> Result<(), EngineError> {
        self.remove(site).await
    }

    async fn schema(&self, site: &TrackerId) -> Result<Arc<Schema>, EngineError> {
        let site = self.site(site)?;
        let moment = site.glimpse().await?;
        site.schema(&moment.control).await
    }

    async fn create_document_type(
        &self,
        site: &TrackerId,
        object_type: ObjectType,
        name: String,
        since: Option<Timestamp>,
    ) -> Result<Made, EngineError> {
        let work = DocumentWork::CreateType {
            object_type,
            name,
            since,
        };
        match self.site(site)?.document_step(work).await? {
            DocumentStep::Made(made) => Ok(made),
            other => Err(mixed_up(&other)),
        }
    }

    async fn delete_document_type(
        &self,
        site: &TrackerId,
        object_type: ObjectType,
    ) -> Result<bool, EngineError> {
        let work = DocumentWork::DeleteType(object_type);
        match self.site(site)?.document_step(work).await? {
            DocumentStep::Deleted(was_there) => Ok(was_there),
            other => Err(mixed_up(&other)),
        }
    }

    async fn write_documents(
        &self,
        site: &TrackerId,
        of: WrittenType,
        edits: Vec<DocumentEdit>,
    ) -> Result<Option<Vec<DocumentOutcome>>, EngineError> {
        match self.write_ready(site, of, edits, None).await? {
            DocumentStep::Written(outcomes) => Ok(outcomes),
            other => Err(mixed_up(&other)),
        }
    }

    async fn submit_documents(
        &self,
        site: &TrackerId,
        of: WrittenType,
        documents: Vec<SubmittedDocument>,
    ) -> Result<Option<Vec<Receipt>>, EngineError> {
        let (external_ids, edits) = plan::submitted(documents);
        let step = self.write_ready(site, of, edits, Some(external_ids));
        match step.await? {
            DocumentStep::Submitted(receipts) => {
                self.site(site)?
                    .note_receipts(receipts.as_deref().unwrap_or_default());
                Ok(receipts)
            }
            other => Err(mixed_up(&other)),
        }
    }

    async fn receipts(
        &self,
        site: &TrackerId,
        asked: Vec<(i64, u32)>,
    ) -> Result<Vec<Option<Receipt>>, EngineError> {
        self.site(site)?.receipts(&asked).await
    }

    async fn document(
        &self,
        site: &TrackerId,
        object_type: ObjectType,
        key: DocumentKey,
    ) -> Result<Option<StoredDocument>, EngineError> {
        let open = self.site(site)?;
        let stamps = self.stamps(site).await?;
        open.document(stamps, &object_type, &key).await
    }

    async fn documents(
        &self,
        site: &TrackerId,
        object_type: ObjectType,
        skip: u64,
        limit: usize,
        memory: AnswerMemory,
    ) -> Result<Vec<StoredDocument>, EngineError> {
        let open = self.site(site)?;
        let stamps = self.stamps(site).await?;
        let page = (skip, limit);
        open.documents(stamps, &object_type, page, &memory).await
    }

    async fn last_write(
        &self,
        site: &TrackerId,
        object_type: Option<ObjectType>,
    ) -> Result<Option<Timestamp>, EngineError> {
        let moment = self.site(site)?.glimpse().await?;
        let writes = &moment.control.last_writes;
        let at = match object_type {
            Some(object_type) => writes.get(object_type.as_str()),
            None => writes.values().max(),
        };
        Ok(at.map(|at| Timestamp::from_millis(*at)))
    }

    async fn count_click(
        &self,
        site: &TrackerId,
        object_type: ObjectType,
        day: i64,
    ) -> Result<(), EngineError> {
        let work = DocumentWork::Click(object_type, day);
        self.site(site)?.document_step(work).await?;
        Ok(())
    }

    async fn clicks(
        &self,
        site: &TrackerId,
        object_type: Option<ObjectType>,
        from: i64,
        to: i64,
    ) -> Result<Vec<(i64, u64)>, EngineError> {
        self.site(site)?
            .clicks(object_type.as_ref(), from, to)
            .await
    }

    async fn places(
        &self,
        site: &TrackerId,
        identities: Vec<Identity>,
    ) -> Result<Vec<Option<DocumentPlace>>, EngineError> {
        let open = self.site(site)?;
        let stamps = self.stamps(site).await?;
        open.places_of(stamps, &identities).await
    }
}

impl OpenSearchCatalogs {
    async fn stamps(&self, site: &TrackerId) -> Result<Stamps, EngineError> {
        Ok(Stamps {
            engine: EngineNumber::of(site),
            engine_created_at: self.card(site).await?.created_at,
        })
    }

    async fn write_ready(
        &self,
        site: &TrackerId,
        of: WrittenType,
        edits: Vec<DocumentEdit>,
        external_ids: Option<Vec<Option<String>>>,
    ) -> Result<DocumentStep, EngineError> {
        let open = self.site(site)?;
        let stamps = self.stamps(site).await?;
        let ready = tokio::task::spawn_blocking(move || {
            let mut encoder = Encoder::new(codec::encode_hashed);
            let ready = |edit| ReadyDocument::new(edit, &mut encoder);
            edits.into_iter().map(ready).collect()
        });
        let edits = ready.await.map_err(|error| EngineError::Internal {
            context: "documents could not be made ready",
            source: error.into(),
        })?;
        let write = WriteDocuments {
            of,
            edits,
            external_ids,
            stamps,
        };
        open.document_step(DocumentWork::Write(Box::new(write)))
            .await
    }
}

/// For catalogs that are moved.
impl OpenSearchCatalogs {
    /// What a site is as an engine, whatever this process knew of it.
    pub(super) async fn card_now(&self, site: &TrackerId) -> Result<EngineCard, EngineError> {
        let known = self.engines_now().await?;
        if let Some(card) = known.card(site) {
            return Ok(card);
        }
        let open = self.site(site)?;
        open.made().await?;
        let (alias, id) = (self.cluster.names.control(), card_id(site));
        match self.cluster.get::<KeptCard>(&alias, &id).await? {
            Some((kept, _)) => Ok(kept.card()),
            None => open.configured_card().await,
        }
    }

    /// Makes it the engine that it was where it comes from. Other processes learn of it when they are started.
    pub(super) async fn set_card(
        &self,
        site: &TrackerId,
        key: &str,
        created_at: Timestamp,
    ) -> Result<(), EngineError> {
        if self.set_made_card(site, key, created_at).await? {
            return Ok(());
        }
        self.site(site)?.made().await?;
        let (alias, id) = (self.cluster.names.control(), card_id(site));
        let read = self.cluster.get::<KeptCard>(&alias, &id).await?;
        let card = KeptCard {
            key: key.to_owned(),
            created_at: created_at.as_millis(),
        };
        let document = serde_json::to_value(&card);
        let document = document.map_err(|error| CallError::Unreadable(error.to_string()))?;
        let place = read.map(|(_, place)| place);
        self.cluster.put_if(&alias, &id, &document, place).await?;
        Ok(())
    }
}

fn card_id(site: &TrackerId) -> String {
    format!("engine:{site}")
}

impl OpenSite {
    /// Has the writer do something with documents.
    pub(super) async fn document_step(
        self: &Arc<Self>,
        work: DocumentWork,
    ) -> Result<DocumentStep, EngineError> {
        let bytes = work.bytes();
        match self.write(Work::Documents(work), bytes).await? {
            (Done::Documents(step), _) => Ok(step),
            (other, _) => Err(mixed_up(&other)),
        }
    }

    /// The card of a site that a configuration names, made by whoever asks first.
    async fn configured_card(&self) -> Result<EngineCard, EngineError> {
        let card = self.card.get_or_try_init(async || {
            self.made().await?;
            let (alias, id) = (self.cluster.names.control(), card_id(&self.id));
            let card = EngineCard::made(self.now(), None);
            let new = KeptCard {
                key: card.key.clone(),
                created_at: card.created_at.as_millis(),
            };
            let document = serde_json::to_value(&new);
            let document = document.map_err(|error| CallError::Unreadable(error.to_string()))?;
            if let Some((kept, _)) = self.cluster.get::<KeptCard>(&alias, &id).await? {
                return Ok(kept.card());
            }
            match self.cluster.put_if(&alias, &id, &document, None).await {
                Ok(_) => return Ok(card),
                // Somebody else was faster, or nobody said that it was done.
                Err(error) if error.is_conflict() || error.is_in_doubt() => {}
                Err(error) => return Err(EngineError::from(error)),
            }
            let kept = self.cluster.get::<KeptCard>(&alias, &id).await?;
            let kept = kept.ok_or_else(|| CallError::NoAnswer("no card was kept".to_owned()))?;
            Ok(kept.0.card())
        });
        Ok(card.await?.clone())
    }
}

impl KeptCard {
    fn card(&self) -> EngineCard {
        EngineCard {
            key: self.key.clone(),
            created_at: Timestamp::from_millis(self.created_at),
            name: None,
        }
    }
}
