//! Document types that a batch makes, changes and deletes. Invariant: the document of a type is written before the site says what is declared
//! in it, and removed after the site has said that it is gone.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Batch;
use crate::domain::ObjectType;
use crate::engine::opensearch::client::{Action, Operation};
use crate::engine::opensearch::kept_documents::{self, KeptType};
use crate::engine::plan::SchemaEffect;

impl Batch<'_> {
    /// Takes over what was declared; the documents of the types that have changed.
    pub(super) fn keep_types(&mut self) -> Vec<Operation> {
        let mut changed = BTreeSet::new();
        for effect in self.plan.take_schema_effects() {
            match effect {
                SchemaEffect::AddType(new) => {
                    let book = &mut self.control.documents;
                    book.last_type += 1;
                    book.types.push(KeptType {
                        number: book.last_type,
                        name: new.object_type.to_string(),
                        fields: 0,
                    });
                    self.note_write(new.object_type.as_str());
                    changed.insert(new.object_type.to_string());
                }
                SchemaEffect::AddField(object_type, _) => {
                    self.note_write(object_type.as_str());
                    changed.insert(object_type.to_string());
                }
                SchemaEffect::DeleteType(object_type) => {
                    let types = &mut self.control.documents.types;
                    let at = types
                        .iter()
                        .position(|one| one.name == object_type.as_str());
                    if let Some(gone) = at.map(|at| types.remove(at)) {
                        let id = kept_documents::type_id(&self.site.id, gone.number);
                        self.keep_beside(id, None);
                    }
                    changed.remove(object_type.as_str());
                }
            }
        }
        let schema = Arc::clone(self.plan.schema());
        let mut operations = Vec::new();
        for at in 0..self.control.documents.types.len() {
            let version = self.next_number + 1;
            let one = &mut self.control.documents.types[at];
            if !changed.contains(&one.name) {
                continue;
            }
            let of = ObjectType::new(&one.name).ok();
            let of = of.and_then(|of| schema.document_types().get(&of));
            let Some(of) = of else {
                continue;
            };
            one.fields = of.fields().len() as u32;
            self.next_number = version;
            operations.push(Operation {
                index: self.site.cluster.names.control(),
                id: kept_documents::type_id(&self.site.id, one.number),
                version,
                action: Action::Index(kept_documents::encode_type(of)),
            });
        }
        operations
    }
}
