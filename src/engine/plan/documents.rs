//! Documents and what they declare (docs/reference/10-swiftype.md §3 to §5). Invariant: a document is planned
//! with everything it declares, or leaves no trace; so does a document type that documents make.

use std::sync::Arc;

use super::content::{Element, Encoder};
use super::head::Origins;
use super::{Heads, Plan, Sweep};
use crate::domain::{
    DeclaredField, DocumentProblem, DocumentType, DocumentTypes, FieldChanges, FieldName,
    FieldType, FieldValue, Identity, Mismatch, Object, ObjectKey, ObjectPatch, ObjectType, Outcome,
    Timestamp,
};
use crate::engine::{DocumentKey, Extraction, Made, PutMode};

/// An edit of a document as it waits to be planned.
#[derive(Debug)]
pub enum ReadyDocument {
    Put {
        element: Element,
        declared: Vec<(FieldName, FieldType)>,
        mode: PutMode,
    },
    Update {
        key: DocumentKey,
        fields: FieldChanges,
    },
    Delete(DocumentKey),
    Refuse(DocumentProblem),
}

/// What a backend keeps of the schema beside its attributes.
#[derive(Clone, Debug)]
pub enum SchemaEffect {
    /// The fields it was made with follow as effects of their own.
    AddType(DocumentType),
    AddField(ObjectType, DeclaredField),
    /// With all its fields. Attributes stay, and may be nobody's.
    DeleteType(ObjectType),
}

type OrProblem<T, E> = Result<Result<T, DocumentProblem>, E>;

impl<V: Copy + Eq> Plan<V> {
    pub fn create_document_type(
        &mut self,
        object_type: &ObjectType,
        name: &str,
        since: Timestamp,
    ) -> Made {
        let types = self.schema.document_types();
        if types.get(object_type).is_some() {
            return Made::Exists;
        }
        if types.len() >= DocumentTypes::MAX {
            return Made::TooMany;
        }
        let new = DocumentType::new(object_type.clone(), name.to_owned(), since);
        self.schema_effects.push(SchemaEffect::AddType(new.clone()));
        let schema = Arc::make_mut(&mut self.schema);
        schema.add_document_type(new);
        if let Some(field) = schema.declare_updated_at(object_type) {
            let effect = SchemaEffect::AddField(object_type.clone(), field);
            self.schema_effects.push(effect);
        }
        Made::New
    }

    /// Deletes the type; the sweep is of its objects. `None` when it is not there.
    pub fn delete_document_type(&mut self, object_type: &ObjectType) -> Option<Sweep> {
        self.schema.document_types().get(object_type)?;
        Arc::make_mut(&mut self.schema).remove_document_type(object_type);
        let effect = SchemaEffect::DeleteType(object_type.clone());
        self.schema_effects.push(effect);
        Some(Sweep::OfType(object_type.clone()))
    }

    /// Puts a document to a type that is there; what it will be.
    pub fn put_document<H: Heads<Version = V>>(
        &mut self,
        heads: &mut H,
        object_type: &ObjectType,
        element: &Element,
        declared: &[(FieldName, FieldType)],
        mode: PutMode,
    ) -> OrProblem<Arc<Object>, H::Error> {
        let object = Arc::clone(&element.own().object);
        if mode == PutMode::Create && self.current(heads, &object.identity)?.is_some() {
            return Ok(Err(DocumentProblem::Exists));
        }
        let point = self.schema_point();
        if let Err(problem) = self.declare(object_type, declared) {
            return Ok(Err(problem));
        }
        match self.replace(heads, element, &Origins::default(), self.sent())? {
            Outcome::Applied | Outcome::AppliedWith(_) => Ok(Ok(object)),
            Outcome::Refused(_) => {
                self.restore(point);
                Ok(Err(DocumentProblem::ShopRules))
            }
        }
    }

    /// Changes attributes that a document has; what it will be.
    pub fn update_document<H: Heads<Version = V>>(
        &mut self,
        heads: &mut H,
        identity: &Identity,
        fields: &[(FieldName, Option<FieldValue>)],
    ) -> OrProblem<Arc<Object>, H::Error> {
        let Some(current) = self.current(heads, identity)? else {
            return Ok(Err(DocumentProblem::NotFound));
        };
        let Some(object) = current.object(heads)? else {
            return Ok(Err(DocumentProblem::NotFound));
        };
        let known = |name: &FieldName| object.fields.contains(name.as_str());
        if !fields.iter().all(|(name, _)| known(name)) {
            let known = object.fields.iter().map(|(name, _)| name.clone());
            let known = known.collect();
            return Ok(Err(DocumentProblem::UnknownField { known }));
        }
        if !object.is_document() {
            return self.update_shop_object(heads, identity, fields);
        }
        let fields = match self.read_as_declared(&object.object_type, fields) {
            Ok(fields) => fields,
            Err(problem) => return Ok(Err(problem)),
        };
        let patch = ObjectPatch::of_fields(identity.clone(), fields);
        let Ok(changed) = patch.apply(&object) else {
            return Ok(Err(DocumentProblem::ShopRules));
        };
        let mut encoder = Encoder::new(self.encode);
        let element = Element::new(changed, Extraction::Leave, &mut encoder);
        let from = Origins {
            own: current.origin,
            extracted: None,
        };
        // A document brings nothing that it did not declare: there is nothing to refuse.
        self.replace(heads, &element, &from, self.sent())?;
        Ok(Ok(Arc::clone(&element.own().object)))
    }

    pub fn delete_document<H: Heads<Version = V>>(
        &mut self,
        heads: &mut H,
        object_type: &ObjectType,
        identity: Identity,
    ) -> OrProblem<(), H::Error> {
        let key = ObjectKey {
            identity,
            object_type: object_type.clone(),
        };
        match self.delete(heads, &key)? {
            Outcome::Applied | Outcome::AppliedWith(_) => Ok(Ok(())),
            Outcome::Refused(_) => Ok(Err(DocumentProblem::NotFound)),
        }
    }

    /// What a patch made of a document has to go with what was declared, and may bring what was not.
    pub(super) fn declare_patched(&mut self, patched: &Object) -> Result<(), Mismatch> {
        if !patched.is_document() {
            return Ok(());
        }
        let types = self.schema.types_of_changed(patched)?;
        // Beyond the bound new attributes are kept and returned only.
        let _full = self.declare(&patched.object_type, &types);
        Ok(())
    }

    /// Gives types to what the document type did not know; nothing when one of them is another already.
    pub(super) fn declare(
        &mut self,
        object_type: &ObjectType,
        declared: &[(FieldName, FieldType)],
    ) -> Result<(), DocumentProblem> {
        for declaration in self.schema.check_declared(object_type, declared)? {
            let schema = Arc::make_mut(&mut self.schema);
            let field = schema.declare(object_type, declaration);
            let effect = SchemaEffect::AddField(object_type.clone(), field);
            self.schema_effects.push(effect);
        }
        Ok(())
    }

    /// An object of a shop keeps the rules it was written under.
    fn update_shop_object<H: Heads<Version = V>>(
        &mut self,
        heads: &mut H,
        identity: &Identity,
        fields: &[(FieldName, Option<FieldValue>)],
    ) -> OrProblem<Arc<Object>, H::Error> {
        let patch = ObjectPatch::of_fields(identity.clone(), fields.to_vec());
        if let Outcome::Refused(_) = self.patch(heads, &patch, self.conflicts)? {
            return Ok(Err(DocumentProblem::ShopRules));
        }
        let Some(current) = self.current(heads, identity)? else {
            return Ok(Err(DocumentProblem::NotFound));
        };
        let object = current.object(heads)?;
        Ok(object.ok_or(DocumentProblem::NotFound))
    }

    fn read_as_declared(
        &self,
        object_type: &ObjectType,
        fields: &[(FieldName, Option<FieldValue>)],
    ) -> Result<FieldChanges, DocumentProblem> {
        let document_type = self.schema.document_types().get(object_type);
        let read = |(name, value): &(FieldName, Option<FieldValue>)| {
            let declared = document_type.and_then(|known| known.field(name.as_str()));
            let (Some(value), Some(declared)) = (value, declared) else {
                return Ok((name.clone(), value.clone()));
            };
            let expected = declared.field_type;
            let accepted = expected.accept(value.clone());
            let accepted = accepted.ok_or_else(|| DocumentProblem::BadValue {
                field: name.clone(),
                expected,
            })?;
            Ok((name.clone(), Some(accepted)))
        };
        fields.iter().map(read).collect()
    }
}
