//! The door of documents of the reference. Invariant: every method is one look at, or one change of, one
//! catalog.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;

use super::{Catalog, Reference};
use crate::domain::{
    AnswerMemory, DocumentOutcome, DocumentPlace, Identity, ObjectType, Receipt, Schema, Site,
    StoredDocument, Timestamp, TrackerId,
};
use crate::engine::{
    DocumentEdit, DocumentEngine, DocumentKey, EngineCard, EngineError, Made, PutMode,
    SubmittedDocument, WrittenType,
};

#[async_trait]
impl DocumentEngine for Reference {
    async fn card(&self, site: &TrackerId) -> Result<EngineCard, EngineError> {
        self.with(site, |catalog| catalog.card.clone())
    }

    async fn made_sites(&self) -> Result<Vec<Site>, EngineError> {
        let catalogs = self.catalogs();
        let made = catalogs
            .values()
            .filter(|catalog| catalog.is_open && catalog.card.name.is_some());
        Ok(made.map(|catalog| catalog.site.clone()).collect())
    }

    async fn made_site(&self, id: &TrackerId) -> Result<Option<Site>, EngineError> {
        let made = self.made_sites().await?;
        Ok(made.into_iter().find(|site| site.tracker_id == *id))
    }

    async fn make_site(&self, site: Site, name: String) -> Result<Made, EngineError> {
        let mut catalogs = self.catalogs();
        if catalogs.contains_key(&site.tracker_id) {
            return Ok(Made::Exists);
        }
        let id = site.tracker_id.clone();
        catalogs.insert(id, Catalog::new(site, Some(name), self.clock.now()));
        Ok(Made::New)
    }

    async fn remove_site(&self, site: &TrackerId) -> Result<(), EngineError> {
        self.catalogs().remove(site);
        Ok(())
    }

    async fn schema(&self, site: &TrackerId) -> Result<Arc<Schema>, EngineError> {
        self.with(site, |catalog| Arc::new(catalog.schema.clone()))
    }

    async fn create_document_type(
        &self,
        site: &TrackerId,
        object_type: ObjectType,
        name: String,
        since: Option<Timestamp>,
    ) -> Result<Made, EngineError> {
        self.with(site, |catalog| {
            catalog.create_type(&object_type, name, since)
        })
    }

    async fn delete_document_type(
        &self,
        site: &TrackerId,
        object_type: ObjectType,
    ) -> Result<bool, EngineError> {
        self.with(site, |catalog| catalog.delete_type(&object_type))
    }

    async fn write_documents(
        &self,
        site: &TrackerId,
        of: WrittenType,
        edits: Vec<DocumentEdit>,
    ) -> Result<Option<Vec<DocumentOutcome>>, EngineError> {
        self.with(site, |catalog| catalog.write_documents(&of, edits))
    }

    async fn submit_documents(
        &self,
        site: &TrackerId,
        of: WrittenType,
        documents: Vec<SubmittedDocument>,
    ) -> Result<Option<Vec<Receipt>>, EngineError> {
        let external_ids = documents
            .iter()
            .map(|sent| sent.external_id.clone())
            .collect();
        let edits = documents.into_iter().map(|sent| match sent.document {
            Ok(document) => DocumentEdit::Put {
                document,
                mode: PutMode::CreateOrReplace,
            },
            Err(problem) => DocumentEdit::Refuse(problem),
        });
        let edits = edits.collect();
        self.with(site, |catalog| {
            let outcomes = catalog.write_documents(&of, edits)?;
            Some(catalog.give_receipts(&of.object_type, external_ids, outcomes))
        })
    }

    async fn receipts(
        &self,
        site: &TrackerId,
        asked: Vec<(i64, u32)>,
    ) -> Result<Vec<Option<Receipt>>, EngineError> {
        self.with(site, |catalog| {
            let find = |id| {
                let mut all = catalog.receipts.iter();
                all.find(|receipt| (receipt.second, receipt.counter) == id)
            };
            asked.into_iter().map(|id| find(id).cloned()).collect()
        })
    }

    async fn document(
        &self,
        site: &TrackerId,
        object_type: ObjectType,
        key: DocumentKey,
    ) -> Result<Option<StoredDocument>, EngineError> {
        self.with(site, |catalog| {
            let found = catalog.resolve(&object_type, &key);
            found.map(|stored| catalog.told(stored))
        })
    }

    async fn documents(
        &self,
        site: &TrackerId,
        object_type: ObjectType,
        skip: u64,
        limit: usize,
        _: AnswerMemory,
    ) -> Result<Vec<StoredDocument>, EngineError> {
        self.with(site, |catalog| {
            let all = catalog.in_order().into_iter();
            let of_type = all.filter(|stored| stored.object.object_type == object_type);
            let page = of_type.skip(skip as usize).take(limit);
            page.map(|stored| catalog.told(stored)).collect()
        })
    }

    async fn last_write(
        &self,
        site: &TrackerId,
        object_type: Option<ObjectType>,
    ) -> Result<Option<Timestamp>, EngineError> {
        self.with(site, |catalog| match object_type {
            Some(object_type) => catalog.last_writes.get(&object_type).copied(),
            None => catalog.last_writes.values().copied().max(),
        })
    }

    async fn count_click(
        &self,
        site: &TrackerId,
        object_type: ObjectType,
        day: i64,
    ) -> Result<(), EngineError> {
        self.with(site, |catalog| {
            *catalog.clicks.entry((day, object_type)).or_default() += 1;
        })
    }

    async fn clicks(
        &self,
        site: &TrackerId,
        object_type: Option<ObjectType>,
        from: i64,
        to: i64,
    ) -> Result<Vec<(i64, u64)>, EngineError> {
        self.with(site, |catalog| {
            let mut days = BTreeMap::new();
            for ((day, of), count) in &catalog.clicks {
                let is_asked = object_type.as_ref().is_none_or(|asked| asked == of);
                if is_asked && (from..=to).contains(day) {
                    *days.entry(*day).or_default() += count;
                }
            }
            days.into_iter().collect()
        })
    }

    async fn places(
        &self,
        site: &TrackerId,
        identities: Vec<Identity>,
    ) -> Result<Vec<Option<DocumentPlace>>, EngineError> {
        self.with(site, |catalog| {
            let place = |identity| {
                let stored = catalog.objects.get(identity)?;
                Some(catalog.place(stored))
            };
            identities.iter().map(place).collect()
        })
    }
}
