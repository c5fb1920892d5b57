//! Documents in a batch: the plan decides, over what was read beforehand. Invariants: what a type declares stands in the control of the site
//! before any document that has it; receipts are written behind the documents that they speak of.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use serde_json::json;

use super::Batch;
use crate::domain::{
    DocumentOutcome, Identity, Object, ObjectType, Receipt, StampedId, StoredDocument, Timestamp,
    extract,
};
use crate::engine::opensearch::control::Dead;
use crate::engine::opensearch::kept_documents::{self, Stamps};
use crate::engine::opensearch::site::there::{Missing, There};
use crate::engine::plan::{self, DocumentTarget, Element, Plan, ReadyDocument};
use crate::engine::{DocumentKey, EngineError, Made, WrittenType};

/// What a piece of work takes beside the documents that it brings.
const WORK_BYTES: usize = 512;

/// What is done with documents.
#[derive(Debug)]
pub(in crate::engine::opensearch) enum DocumentWork {
    CreateType {
        object_type: ObjectType,
        name: String,
        since: Option<Timestamp>,
    },
    DeleteType(ObjectType),
    Write(Box<WriteDocuments>),
    /// On a day.
    Click(ObjectType, i64),
    ForgetReceipts,
    /// Removes the site.
    Remove,
}

#[derive(Debug)]
pub(in crate::engine::opensearch) struct WriteDocuments {
    pub(in crate::engine::opensearch) of: WrittenType,
    pub(in crate::engine::opensearch) edits: Vec<ReadyDocument>,
    /// Of those that are to get receipts.
    pub(in crate::engine::opensearch) external_ids: Option<Vec<Option<String>>>,
    pub(in crate::engine::opensearch) stamps: Stamps,
}

/// What came of it.
#[derive(Debug)]
pub(in crate::engine::opensearch) enum DocumentStep {
    Made(Made),
    Deleted(bool),
    Written(Option<Vec<DocumentOutcome>>),
    Submitted(Option<Vec<Receipt>>),
    Nothing,
}

impl DocumentWork {
    pub(in crate::engine::opensearch) fn bytes(&self) -> usize {
        match self {
            Self::Write(write) => {
                WORK_BYTES + write.edits.iter().map(ReadyDocument::bytes).sum::<usize>()
            }
            _ => WORK_BYTES,
        }
    }

    pub(in crate::engine::opensearch::site) fn edits(&self) -> usize {
        match self {
            Self::Write(write) => write.edits.len(),
            _ => 1,
        }
    }

    /// Whether it can be done together with others.
    pub(in crate::engine::opensearch::site) fn joins(&self) -> bool {
        matches!(self, Self::Click(..))
    }
}

/// A batch as documents are written to it.
struct Target<'b, 's> {
    batch: &'b mut Batch<'s>,
    stamps: Stamps,
    by_id: &'b HashMap<StampedId, Identity>,
    /// Documents whose uploads are taken, and what they nested for which a refusal was noted.
    taken: Vec<(Identity, Vec<Identity>)>,
}

impl Batch<'_> {
    pub(in crate::engine::opensearch::site) async fn documents(
        &mut self,
        work: DocumentWork,
    ) -> Result<DocumentStep, EngineError> {
        match work {
            DocumentWork::CreateType {
                object_type,
                name,
                since,
            } => {
                let since = since.unwrap_or(self.now);
                let made = self.plan.create_document_type(&object_type, &name, since);
                Ok(DocumentStep::Made(made))
            }
            DocumentWork::DeleteType(object_type) => self.delete_type(&object_type).await,
            DocumentWork::Write(write) => self.write_documents(*write).await,
            DocumentWork::Click(object_type, day) => {
                self.click(&object_type, day).await?;
                Ok(DocumentStep::Nothing)
            }
            DocumentWork::ForgetReceipts => {
                self.forget_receipts().await?;
                Ok(DocumentStep::Nothing)
            }
            DocumentWork::Remove => {
                self.remove_all().await?;
                Ok(DocumentStep::Nothing)
            }
        }
    }

    /// Deletes the type with all its documents, as a commit deletes.
    async fn delete_type(&mut self, object_type: &ObjectType) -> Result<DocumentStep, EngineError> {
        self.site.begin_commit(&self.control).await?;
        if self.plan.delete_document_type(object_type).is_none() {
            return Ok(DocumentStep::Deleted(false));
        }
        let (cluster, alias) = (&self.site.cluster, &self.site.alias);
        let of_type = json!({ "term": { "type": object_type.as_str() } });
        let query = self.control.alive(&[of_type], Vec::new());
        if cluster.count(alias, &query).await? > 0 {
            let upto = self.control.last_number();
            self.control.dead.push(Dead::of_type(object_type, upto));
            self.control.dead_changes += 1;
            self.note_write(object_type.as_str());
        }
        Ok(DocumentStep::Deleted(true))
    }

    async fn write_documents(
        &mut self,
        write: WriteDocuments,
    ) -> Result<DocumentStep, EngineError> {
        let WriteDocuments {
            of,
            edits,
            external_ids,
            stamps,
        } = write;
        let (mut named, by_id) = self.named_by(&of.object_type, &edits, stamps).await?;
        let (control, schema) = (self.control.clone(), Arc::clone(self.plan.schema()));
        let number = self.next_number;
        let (outcomes, taken) = loop {
            self.read_all(named.iter()).await?;
            // A change of an object of a shop asks for what it nests.
            let there = named.iter().filter_map(|name| self.there.get(name));
            let there = there.filter_map(super::Kept::object);
            let nested = there.flat_map(|object| {
                let nested = extract(&object).into_iter();
                let nested = nested.map(|one| one.object.identity.clone());
                nested.collect::<Vec<_>>()
            });
            let nested: Vec<Identity> = nested.collect();
            self.read_all(nested.iter()).await?;
            let mut target = Target {
                batch: self,
                stamps,
                by_id: &by_id,
                taken: Vec::new(),
            };
            match plan::write_documents(&mut target, &of, &edits) {
                Ok(outcomes) => break (outcomes, target.taken),
                Err(Missing::Object(identity)) => {
                    named.insert(identity);
                    // From the beginning: some of it is planned.
                    *self = Self::new(self.site, control.clone(), Arc::clone(&schema), number);
                }
                Err(other) => {
                    return Err(EngineError::Internal {
                        context: "documents ask for what only commits ask for",
                        source: format!("{other:?}").into(),
                    });
                }
            }
        };
        self.makes_documents = false;
        for (own, noted) in taken {
            self.forget_refused_document(&own, &noted).await?;
        }
        let Some(external_ids) = external_ids else {
            return Ok(DocumentStep::Written(outcomes));
        };
        let Some(outcomes) = outcomes else {
            return Ok(DocumentStep::Submitted(None));
        };
        let receipts = self.give_receipts(&of.object_type, external_ids, outcomes);
        self.forget_receipts().await?;
        Ok(DocumentStep::Submitted(Some(receipts)))
    }

    /// Everything that the edits may name, and what has the ids among their keys.
    async fn named_by(
        &self,
        object_type: &ObjectType,
        edits: &[ReadyDocument],
        stamps: Stamps,
    ) -> Result<(BTreeSet<Identity>, HashMap<StampedId, Identity>), EngineError> {
        let (mut named, mut ids) = (BTreeSet::new(), Vec::new());
        for edit in edits {
            match edit {
                ReadyDocument::Put { element, .. } => {
                    named.insert(element.own().object.identity.clone());
                }
                ReadyDocument::Update { key, .. } | ReadyDocument::Delete(key) => {
                    let meant = kept_documents::names_of(object_type, key);
                    named.extend(meant.into_iter().flatten());
                    ids.extend(stamps.id_of(key));
                }
                ReadyDocument::Refuse(_) => {}
            }
        }
        if ids.is_empty() {
            return Ok((named, HashMap::new()));
        }
        self.site.cluster.refresh(&self.site.alias).await?;
        let by_id = self.site.with_ids(&self.control, stamps, &ids).await?;
        named.extend(by_id.values().cloned());
        Ok((named, by_id))
    }
}

impl DocumentTarget for Target<'_, '_> {
    type Version = u64;
    type Heads = There;

    fn now(&self) -> Timestamp {
        self.batch.now
    }

    fn parts(&mut self) -> (&mut Plan<u64>, &mut There) {
        (&mut self.batch.plan, &mut self.batch.there)
    }

    fn execute(&mut self) -> Result<(), Missing> {
        self.batch.makes_documents = true;
        self.batch.execute();
        Ok(())
    }

    fn resolve(
        &mut self,
        object_type: &ObjectType,
        key: &DocumentKey,
    ) -> Result<Option<Identity>, Missing> {
        let [own, whole] = kept_documents::names_of(object_type, key);
        let id = self.stamps.id_of(key);
        let by_id = id.and_then(|id| self.by_id.get(&id).cloned());
        let mut names = [own, by_id, whole].into_iter().flatten();
        Ok(names.find(|name| {
            let kept = self.batch.there.get(name);
            kept.is_some_and(|kept| kept.head.object_type == *object_type)
        }))
    }

    fn stored(&mut self, object: Arc<Object>) -> Result<Option<StoredDocument>, Missing> {
        let kept = self.batch.there.get(&object.identity);
        Ok(kept.map(|kept| StoredDocument {
            place: kept.document_place(self.stamps.engine_created_at),
            updated_at: kept.updated_at,
            object: crate::domain::FoundObject::new(object),
        }))
    }

    fn is_taken(&mut self, element: &Element) -> Result<(), Missing> {
        let own = &element.own().object.identity;
        let kept = self.batch.there.get(own);
        if kept.is_some_and(|kept| !kept.refused.is_empty()) {
            self.taken.push((own.clone(), self.batch.noted_of(own)));
        }
        Ok(())
    }
}
