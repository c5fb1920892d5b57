//! The catalogs as engines of documents. A write waits in the writer's queue like any other; what is
//! read comes from the store, so it is what was acknowledged last.

use std::sync::Arc;

use async_trait::async_trait;

use crate::domain::{
    AnswerMemory, DocumentOutcome, DocumentPlace, Identity, ObjectType, Receipt, Schema, Site,
    StoredDocument, Timestamp, TrackerId,
};
use crate::engine::embedded::batch::{WriteBatch, prepare};
use crate::engine::embedded::catalog::{Catalog, Input, Request, kept, submit};
use crate::engine::embedded::engine::EmbeddedEngine;
use crate::engine::embedded::error::internal;
use crate::engine::embedded::ids::Sequence;
use crate::engine::embedded::sites::CLOSE_WITHIN;
use crate::engine::embedded::store::{StoreError, clicks, documents, last_writes, receipts};
use crate::engine::plan::{self, ReadyDocument};
use crate::engine::{
    DocumentEdit, DocumentEngine, DocumentKey, EngineCard, EngineError, Made, SubmittedDocument,
    WrittenType,
};

#[async_trait]
impl DocumentEngine for EmbeddedEngine {
    async fn card(&self, site: &TrackerId) -> Result<EngineCard, EngineError> {
        Ok(self.catalog(site)?.card.clone())
    }

    async fn made_sites(&self) -> Result<Vec<Site>, EngineError> {
        let catalogs = self.served.catalogs().into_iter();
        let made = catalogs.filter(|catalog| catalog.card.name.is_some());
        Ok(made
            .map(|catalog| Site::clone(&catalog.site.load()))
            .collect())
    }

    async fn made_site(&self, id: &TrackerId) -> Result<Option<Site>, EngineError> {
        let catalog = self.catalog(id).ok();
        let made = catalog.filter(|catalog| catalog.card.name.is_some());
        Ok(made.map(|catalog| Site::clone(&catalog.site.load())))
    }

    async fn make_site(&self, site: Site, name: String) -> Result<Made, EngineError> {
        let served = Arc::clone(&self.served);
        let made = tokio::task::spawn_blocking(move || {
            if !served.make(&site, name)? {
                return Ok(Made::Exists);
            }
            served.open(site);
            Ok(Made::New)
        });
        made.await
            .map_err(|error| internal("a site could not be made", error))?
            .map_err(|error: StoreError| internal("a site could not be made", error))
    }

    async fn remove_site(&self, site: &TrackerId) -> Result<(), EngineError> {
        let (served, site) = (Arc::clone(&self.served), site.clone());
        tokio::task::spawn_blocking(move || served.remove(&site, CLOSE_WITHIN))
            .await
            .map_err(|error| internal("a site could not be removed", error))?
            .map_err(|error| internal("a site could not be removed", error))
    }

    async fn schema(&self, site: &TrackerId) -> Result<Arc<Schema>, EngineError> {
        Ok(self.catalog(site)?.schema.load_full())
    }

    async fn create_document_type(
        &self,
        site: &TrackerId,
        object_type: ObjectType,
        name: String,
        since: Option<Timestamp>,
    ) -> Result<Made, EngineError> {
        let work = move |batch: &mut WriteBatch<'_>, ()| {
            Ok(batch.create_document_type(&object_type, &name, since))
        };
        self.change(site, (), |_| work).await
    }

    async fn delete_document_type(
        &self,
        site: &TrackerId,
        object_type: ObjectType,
    ) -> Result<bool, EngineError> {
        let work = move |batch: &mut WriteBatch<'_>, ()| batch.delete_document_type(&object_type);
        let (was_there, sequence) = self.change_at(site, (), |_| work).await?;
        self.catalog(site)?.wait_visible(sequence).await?;
        Ok(was_there)
    }

    async fn write_documents(
        &self,
        site: &TrackerId,
        of: WrittenType,
        edits: Vec<DocumentEdit>,
    ) -> Result<Option<Vec<DocumentOutcome>>, EngineError> {
        let edits = self.ready(edits).await?;
        self.change(site, edits, |catalog| {
            let stamps = catalog.stamps();
            move |batch: &mut WriteBatch<'_>, edits| batch.write_documents(stamps, &of, &edits)
        })
        .await
    }

    async fn submit_documents(
        &self,
        site: &TrackerId,
        of: WrittenType,
        documents: Vec<SubmittedDocument>,
    ) -> Result<Option<Vec<Receipt>>, EngineError> {
        let (external_ids, edits) = plan::submitted(documents);
        let edits = self.ready(edits).await?;
        self.change(site, edits, |catalog| {
            let stamps = catalog.stamps();
            move |batch: &mut WriteBatch<'_>, edits: Vec<ReadyDocument>| {
                let Some(outcomes) = batch.write_documents(stamps, &of, &edits)? else {
                    return Ok(None);
                };
                batch
                    .give_receipts(&of.object_type, external_ids, outcomes)
                    .map(Some)
            }
        })
        .await
    }

    async fn receipts(
        &self,
        site: &TrackerId,
        asked: Vec<(i64, u32)>,
    ) -> Result<Vec<Option<Receipt>>, EngineError> {
        // Taken before the store is read: what is called visible now, was visible then.
        let visible = self.catalog(site)?.visible();
        self.read_store(site, move |store| {
            let find = |id| receipts::find(store, id, visible);
            asked.into_iter().map(find).collect()
        })
        .await
    }

    async fn document(
        &self,
        site: &TrackerId,
        object_type: ObjectType,
        key: DocumentKey,
    ) -> Result<Option<StoredDocument>, EngineError> {
        let stamps = self.catalog(site)?.stamps();
        self.read_store(site, move |store| {
            let snapshot = store.snapshot()?;
            match documents::resolve(&snapshot, stamps, &object_type, &key.0)? {
                Some((_, head)) => documents::read(store, stamps, &head, &AnswerMemory::default()),
                None => Ok(None),
            }
        })
        .await
    }

    async fn documents(
        &self,
        site: &TrackerId,
        object_type: ObjectType,
        skip: u64,
        limit: usize,
        memory: AnswerMemory,
    ) -> Result<Vec<StoredDocument>, EngineError> {
        let stamps = self.catalog(site)?.stamps();
        self.read_store(site, move |store| {
            let snapshot = store.snapshot()?;
            let heads = documents::page(&snapshot, store.damaged(), &object_type, skip, limit)?;
            let read = |head| documents::read(store, stamps, head, &memory).transpose();
            heads.iter().filter_map(read).collect()
        })
        .await
    }

    async fn last_write(
        &self,
        site: &TrackerId,
        object_type: Option<ObjectType>,
    ) -> Result<Option<Timestamp>, EngineError> {
        self.read_store(site, move |store| {
            last_writes::last(store, object_type.as_ref())
        })
        .await
    }

    async fn count_click(
        &self,
        site: &TrackerId,
        object_type: ObjectType,
        day: i64,
    ) -> Result<(), EngineError> {
        let work = move |batch: &mut WriteBatch<'_>, ()| {
            clicks::count(batch.transaction(), day, &object_type)
        };
        self.change(site, (), |_| work).await
    }

    async fn clicks(
        &self,
        site: &TrackerId,
        object_type: Option<ObjectType>,
        from: i64,
        to: i64,
    ) -> Result<Vec<(i64, u64)>, EngineError> {
        self.read_store(site, move |store| {
            clicks::by_day(store, object_type.as_ref(), from, to)
        })
        .await
    }

    async fn places(
        &self,
        site: &TrackerId,
        identities: Vec<Identity>,
    ) -> Result<Vec<Option<DocumentPlace>>, EngineError> {
        let stamps = self.catalog(site)?.stamps();
        self.read_store(site, move |store| {
            documents::places(store, stamps, &identities)
        })
        .await
    }
}

impl Input for Vec<ReadyDocument> {
    fn edits(&self) -> usize {
        self.len()
    }

    fn bytes(&self) -> usize {
        self.iter().map(ReadyDocument::bytes).sum()
    }
}

impl EmbeddedEngine {
    /// Does the work in the transaction of a write batch; durable when it returns.
    pub(super) async fn change<I, T, W>(
        &self,
        site: &TrackerId,
        input: I,
        work: impl FnOnce(&Catalog) -> W,
    ) -> Result<T, EngineError>
    where
        I: Input,
        T: Send + 'static,
        W: FnOnce(&mut WriteBatch<'_>, I) -> Result<T, StoreError> + Send + 'static,
    {
        let (done, _) = self.change_at(site, input, work).await?;
        Ok(done)
    }

    /// The same, with what has to be visible for it to be seen.
    async fn change_at<I, T, W>(
        &self,
        site: &TrackerId,
        input: I,
        work: impl FnOnce(&Catalog) -> W,
    ) -> Result<(T, Sequence), EngineError>
    where
        I: Input,
        T: Send + 'static,
        W: FnOnce(&mut WriteBatch<'_>, I) -> Result<T, StoreError> + Send + 'static,
    {
        let catalog = self.catalog(site)?;
        let (request, promise) = Request::task_on(input, work(&catalog));
        submit(&catalog, request)?;
        kept(promise).await
    }

    /// Encodes documents off the async threads.
    async fn ready(&self, edits: Vec<DocumentEdit>) -> Result<Vec<ReadyDocument>, EngineError> {
        let _turn = self.preparing.acquire().await;
        let ready = tokio::task::spawn_blocking(move || {
            let mut encoder = prepare::encoder();
            let ready = |edit| ReadyDocument::new(edit, &mut encoder);
            edits.into_iter().map(ready).collect()
        });
        ready
            .await
            .map_err(|error| internal("a batch could not be made ready", error))
    }
}
