//! Documents of a batch, one after the other (docs/reference/10-swiftype.md §3 to §5), and the receipts of those that were accepted for
//! later. Invariant: a document type that documents make is there with the first that is accepted, or was never there.

use std::mem::size_of;
use std::sync::Arc;

use super::content::{Element, Encoder};
use super::{Heads, Plan, ReadyDocument};
use crate::domain::{
    DocumentOutcome, DocumentProblem, FieldChanges, FieldName, FieldValue, Identity, Object,
    ObjectType, Receipt, ReceiptState, StampedId, StoredDocument, Timestamp,
};
use crate::engine::{
    DocumentEdit, DocumentKey, Extraction, Made, PutMode, SubmittedDocument, WrittenType,
};

/// Memory of changed documents that outcomes hold on to, in bytes; one document is always told.
const TOLD_BYTES_MAX: usize = 32 << 20;

/// Where documents of a batch are written: its plan, and what a backend has of them.
pub trait DocumentTarget {
    type Version: Copy + Eq;
    type Heads: Heads<Version = Self::Version>;

    /// When types are made that documents make.
    fn now(&self) -> Timestamp;

    fn parts(&mut self) -> (&mut Plan<Self::Version>, &mut Self::Heads);

    /// Does what is planned.
    fn execute(&mut self) -> Result<(), ErrorOf<Self>>;

    /// The object that a key means among those of a type, once all that was planned is done: by external id, by the id it was
    /// given, by its whole identity (docs/reference/10-swiftype.md §7).
    fn resolve(
        &mut self,
        object_type: &ObjectType,
        key: &DocumentKey,
    ) -> Result<Option<Identity>, ErrorOf<Self>>;

    /// An object that was just written, as it is kept. One that was there and was not created as a document keeps the id it had
    /// until now.
    fn stored(&mut self, object: Arc<Object>) -> Result<Option<StoredDocument>, ErrorOf<Self>>;

    /// The upload of the document is taken.
    fn is_taken(&mut self, element: &Element) -> Result<(), ErrorOf<Self>>;
}

type ErrorOf<T> = <<T as DocumentTarget>::Heads as Heads>::Error;

type OrProblem<T, E> = Result<Result<T, DocumentProblem>, E>;

impl ReadyDocument {
    /// Does what needs no store: encodes what was sent.
    pub fn new(edit: DocumentEdit, encoder: &mut Encoder) -> Self {
        match edit {
            DocumentEdit::Put { document, mode } => Self::Put {
                element: Element::new(document.object, Extraction::Leave, encoder),
                declared: document.declared,
                mode,
            },
            DocumentEdit::Update { key, fields } => Self::Update { key, fields },
            DocumentEdit::Delete(key) => Self::Delete(key),
            DocumentEdit::Refuse(problem) => Self::Refuse(problem),
        }
    }

    /// About how much memory it takes while it waits, in bytes.
    pub fn bytes(&self) -> usize {
        /// What a name and its type take beside the text.
        const DECLARED_BYTES: usize = 64;
        size_of::<Self>()
            + match self {
                Self::Put {
                    element, declared, ..
                } => element.bytes() + DECLARED_BYTES * declared.len(),
                Self::Update { key, fields } => {
                    let fields = fields.iter().map(|(name, value)| {
                        let held = value.as_ref().map_or(0, FieldValue::memory_bytes);
                        size_of::<(FieldName, FieldValue)>() + name.as_str().len() + held
                    });
                    key.0.len() + fields.sum::<usize>()
                }
                Self::Delete(key) => key.0.len(),
                Self::Refuse(_) => 0,
            }
    }
}

/// What was submitted as edits, and the external ids that receipts name.
pub fn submitted(documents: Vec<SubmittedDocument>) -> (Vec<Option<String>>, Vec<DocumentEdit>) {
    let edit = |document| match document {
        Ok(document) => DocumentEdit::Put {
            document,
            mode: PutMode::CreateOrReplace,
        },
        Err(problem) => DocumentEdit::Refuse(problem),
    };
    let of_each = documents.into_iter();
    of_each
        .map(|sent| (sent.external_id, edit(sent.document)))
        .unzip()
}

/// Writes documents; what became of each. `None` when there is no such document type, and none of the documents makes it.
pub fn write_documents<T: DocumentTarget>(
    target: &mut T,
    of: &WrittenType,
    edits: &[ReadyDocument],
) -> Result<Option<Vec<DocumentOutcome>>, ErrorOf<T>> {
    let object_type = &of.object_type;
    let types = target.parts().0.schema().document_types();
    if types.get(object_type).is_some() {
        return write_known(target, object_type, edits).map(Some);
    }
    match &of.made_as {
        Some(name) => write_making(target, object_type, name, edits),
        None => Ok(None),
    }
}

/// Receipts for outcomes, in order; `last` is the number of the last one.
pub fn receipts(
    object_type: &ObjectType,
    external_ids: Vec<Option<String>>,
    outcomes: Vec<DocumentOutcome>,
    (last, now): (u64, Timestamp),
) -> Vec<Receipt> {
    let (first, second) = (last - outcomes.len() as u64, now.second());
    let of_each = (first + 1..).zip(external_ids.into_iter().zip(outcomes));
    let receipts = of_each.map(|(number, (external_id, outcome))| Receipt {
        second,
        counter: StampedId::counter_of(number),
        object_type: object_type.clone(),
        external_id,
        state: match outcome {
            DocumentOutcome::Written(StoredDocument { place, .. })
            | DocumentOutcome::WrittenUntold(place) => ReceiptState::Complete(place),
            DocumentOutcome::Deleted => ReceiptState::Failed(DocumentProblem::NotFound),
            DocumentOutcome::Refused(problem) => ReceiptState::Failed(problem),
        },
    });
    receipts.collect()
}

/// Writes documents to a type that is not there; `None` when no document is accepted, which makes none.
fn write_making<T: DocumentTarget>(
    target: &mut T,
    object_type: &ObjectType,
    name: &str,
    edits: &[ReadyDocument],
) -> Result<Option<Vec<DocumentOutcome>>, ErrorOf<T>> {
    let is_put = |edit: &ReadyDocument| matches!(edit, ReadyDocument::Put { .. });
    if !edits.iter().any(is_put) {
        return Ok(None);
    }
    let now = target.now();
    let plan = target.parts().0;
    let point = plan.schema_point();
    if plan.create_document_type(object_type, name, now) != Made::New {
        return Ok(None);
    }
    let outcomes = write_known(target, object_type, edits)?;
    let is_refused = |outcome: &DocumentOutcome| matches!(outcome, DocumentOutcome::Refused(_));
    if !outcomes.iter().all(is_refused) {
        return Ok(Some(outcomes));
    }
    // As if it had never been there.
    target.parts().0.restore(point);
    Ok(None)
}

fn write_known<T: DocumentTarget>(
    target: &mut T,
    object_type: &ObjectType,
    edits: &[ReadyDocument],
) -> Result<Vec<DocumentOutcome>, ErrorOf<T>> {
    let mut outcomes = Vec::with_capacity(edits.len());
    let mut put: Vec<(usize, Arc<Object>)> = Vec::new();
    let mut told = Told::default();
    for (at, edit) in edits.iter().enumerate() {
        let outcome = match edit {
            ReadyDocument::Put {
                element,
                declared,
                mode,
            } => {
                let (plan, heads) = target.parts();
                let planned = plan.put_document(heads, object_type, element, declared, *mode)?;
                if planned.is_ok() {
                    target.is_taken(element)?;
                }
                planned.map(|object| {
                    put.push((at, object));
                    // Put in its place below, when all are written.
                    DocumentOutcome::Deleted
                })
            }
            ReadyDocument::Update { key, fields } => {
                update(target, object_type, key, fields)?.map(|stored| told.outcome(stored))
            }
            ReadyDocument::Delete(key) => {
                delete(target, object_type, key)?.map(|()| DocumentOutcome::Deleted)
            }
            ReadyDocument::Refuse(problem) => Err(problem.clone()),
        };
        outcomes.push(outcome.unwrap_or_else(DocumentOutcome::Refused));
    }
    target.execute()?;
    for (at, object) in put {
        outcomes[at] = target.stored(object)?.map_or(
            DocumentOutcome::Refused(DocumentProblem::NotFound),
            DocumentOutcome::Written,
        );
    }
    Ok(outcomes)
}

fn update<T: DocumentTarget>(
    target: &mut T,
    object_type: &ObjectType,
    key: &DocumentKey,
    fields: &FieldChanges,
) -> OrProblem<StoredDocument, ErrorOf<T>> {
    // Keys may be ids that only the store knows, so it has to have what was planned before.
    target.execute()?;
    let Some(identity) = target.resolve(object_type, key)? else {
        return Ok(Err(DocumentProblem::NotFound));
    };
    let (plan, heads) = target.parts();
    let object = match plan.update_document(heads, &identity, fields)? {
        Ok(object) => object,
        Err(problem) => return Ok(Err(problem)),
    };
    target.execute()?;
    let stored = target.stored(object)?;
    Ok(stored.ok_or(DocumentProblem::NotFound))
}

fn delete<T: DocumentTarget>(
    target: &mut T,
    object_type: &ObjectType,
    key: &DocumentKey,
) -> OrProblem<(), ErrorOf<T>> {
    target.execute()?;
    let Some(identity) = target.resolve(object_type, key)? else {
        return Ok(Err(DocumentProblem::NotFound));
    };
    let (plan, heads) = target.parts();
    plan.delete_document(heads, object_type, identity)
}

/// How much of changed documents outcomes hold.
#[derive(Default)]
struct Told(usize);

impl Told {
    fn outcome(&mut self, stored: StoredDocument) -> DocumentOutcome {
        let bytes = stored.object.memory_bytes();
        if self.0 > 0 && self.0 + bytes > TOLD_BYTES_MAX {
            return DocumentOutcome::WrittenUntold(stored.place);
        }
        self.0 += bytes;
        DocumentOutcome::Written(stored)
    }
}
