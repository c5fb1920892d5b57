//! Documents with declared types, receipts for those accepted for later, and engines made while the
//! server runs: what a backend offers beside objects, to the dialects that speak of documents.

use std::sync::Arc;

use async_trait::async_trait;

use super::EngineError;
use crate::domain::{
    AnswerMemory, Document, DocumentOutcome, DocumentPlace, DocumentProblem, FieldChanges,
    Identity, ObjectType, Receipt, Schema, Site, StoredDocument, Timestamp, TrackerId,
};

/// What a site says of itself as an engine of documents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngineCard {
    /// Opens searches, for browsers; made once.
    pub key: String,
    pub created_at: Timestamp,
    /// As its maker wrote it; `None` for a site that the configuration made.
    pub name: Option<String>,
}

impl EngineCard {
    /// Characters of a key: some 76 random bits.
    const KEY_CHARS: usize = 20;

    /// A new one, with a key that nobody has.
    pub fn made(created_at: Timestamp, name: Option<String>) -> Self {
        let random = uuid::Uuid::new_v4().simple().to_string();
        Self {
            key: random[..Self::KEY_CHARS].to_owned(),
            created_at,
            name,
        }
    }
}

/// Whether a document may be there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PutMode {
    Create,
    CreateOrReplace,
}

/// One element of a batch.
#[derive(Clone, Debug)]
pub enum DocumentEdit {
    Put {
        document: Document,
        mode: PutMode,
    },
    /// Only of attributes the document has.
    Update {
        key: DocumentKey,
        fields: FieldChanges,
    },
    Delete(DocumentKey),
    /// Refused when it was read.
    Refuse(DocumentProblem),
}

/// Names a document of a type: by its external id, or else by the id it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentKey(pub String);

/// A document accepted for later, or why it cannot be one.
#[derive(Clone, Debug)]
pub struct SubmittedDocument {
    pub external_id: Option<String>,
    pub document: Result<Document, DocumentProblem>,
}

/// What came of making something under a name of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Made {
    New,
    /// It is there already.
    Exists,
    /// There are as many as there may be.
    TooMany,
}

/// A document type that is written to.
#[derive(Clone, Debug)]
pub struct WrittenType {
    pub object_type: ObjectType,
    /// What it is called when it is not there yet and one of the documents is accepted, which makes it;
    /// `None` where documents make no type.
    pub made_as: Option<String>,
}

impl From<ObjectType> for WrittenType {
    fn from(object_type: ObjectType) -> Self {
        Self {
            object_type,
            made_as: None,
        }
    }
}

/// Writes return once durable. A document type that is not there is `None`.
#[async_trait]
pub trait DocumentEngine: Send + Sync + 'static {
    async fn card(&self, site: &TrackerId) -> Result<EngineCard, EngineError>;

    /// Sites made by [`Self::make_site`], also before a restart.
    async fn made_sites(&self) -> Result<Vec<Site>, EngineError>;

    /// One of [`Self::made_sites`].
    async fn made_site(&self, id: &TrackerId) -> Result<Option<Site>, EngineError>;

    /// Makes a site under a name and serves it.
    async fn make_site(&self, site: Site, name: String) -> Result<Made, EngineError>;

    /// Serves a site no more and removes all it holds.
    async fn remove_site(&self, site: &TrackerId) -> Result<(), EngineError>;

    /// Attributes and document types, as of what was acknowledged last.
    async fn schema(&self, site: &TrackerId) -> Result<Arc<Schema>, EngineError>;

    /// `since` is when the type was made, where it was there before it was declared; `None` is now.
    async fn create_document_type(
        &self,
        site: &TrackerId,
        object_type: ObjectType,
        name: String,
        since: Option<Timestamp>,
    ) -> Result<Made, EngineError>;

    /// Deletes a document type, its documents and what they declared; whether it was there. Returns once
    /// no search finds them.
    async fn delete_document_type(
        &self,
        site: &TrackerId,
        object_type: ObjectType,
    ) -> Result<bool, EngineError>;

    /// One outcome per edit, in order.
    async fn write_documents(
        &self,
        site: &TrackerId,
        of: WrittenType,
        edits: Vec<DocumentEdit>,
    ) -> Result<Option<Vec<DocumentOutcome>>, EngineError>;

    /// Writes documents and keeps a receipt of each, in one step that no crash can divide.
    async fn submit_documents(
        &self,
        site: &TrackerId,
        of: WrittenType,
        documents: Vec<SubmittedDocument>,
    ) -> Result<Option<Vec<Receipt>>, EngineError>;

    /// Receipts by second and number, in the order asked for.
    async fn receipts(
        &self,
        site: &TrackerId,
        asked: Vec<(i64, u32)>,
    ) -> Result<Vec<Option<Receipt>>, EngineError>;

    async fn document(
        &self,
        site: &TrackerId,
        object_type: ObjectType,
        key: DocumentKey,
    ) -> Result<Option<StoredDocument>, EngineError>;

    /// Documents of a type in order of creation, `skip` of them left out; as many as there is room for, or none.
    async fn documents(
        &self,
        site: &TrackerId,
        object_type: ObjectType,
        skip: u64,
        limit: usize,
        memory: AnswerMemory,
    ) -> Result<Vec<StoredDocument>, EngineError>;

    /// When something of a type, or of any, was written last: an object, a type, a field of one. `None`
    /// before there was such a write.
    async fn last_write(
        &self,
        site: &TrackerId,
        object_type: Option<ObjectType>,
    ) -> Result<Option<Timestamp>, EngineError>;

    /// Counts a click on a result; days are those since the Unix epoch.
    async fn count_click(
        &self,
        site: &TrackerId,
        object_type: ObjectType,
        day: i64,
    ) -> Result<(), EngineError>;

    /// Clicks of each day that had some, both ends included; of all document types when none is named.
    async fn clicks(
        &self,
        site: &TrackerId,
        object_type: Option<ObjectType>,
        from: i64,
        to: i64,
    ) -> Result<Vec<(i64, u64)>, EngineError>;

    /// Where objects stand in the order of creation, in the order asked for.
    async fn places(
        &self,
        site: &TrackerId,
        identities: Vec<Identity>,
    ) -> Result<Vec<Option<DocumentPlace>>, EngineError>;
}

/// Where a backend has documents.
pub type Documents = Arc<dyn DocumentEngine>;
