//! What a batch writes, and where. Invariant: while another index is made, every change goes to both.

use std::sync::Arc;

use super::Batch;
use crate::domain::Schema;
use crate::engine::opensearch::client::{Action, Operation};
use crate::engine::opensearch::layout::document::Kept;
use crate::engine::opensearch::layout::found_by::MadeWith;
use crate::engine::opensearch::layout::made::Made;
use crate::engine::opensearch::layout::names::{self, Names};

impl Batch<'_> {
    pub(super) fn operations(&mut self, schema: &Schema) -> Vec<Operation> {
        let changed = std::mem::take(&mut self.changed);
        let indices = self.indices();
        let mut operations = Vec::with_capacity(indices.len() * changed.len());
        for identity in changed {
            let Some(kept) = self.there.get(&identity) else {
                let number = self.take_number();
                operations.extend(indices.iter().map(|(index, _)| Operation {
                    index: index.clone(),
                    id: names::id(&identity),
                    version: number,
                    action: Action::Delete,
                }));
                continue;
            };
            let object = self.objects.get(&identity).cloned();
            // A damaged one stays as it is until it is sent again.
            let Some(object) = object.or_else(|| kept.object().map(Arc::new)) else {
                continue;
            };
            let mut unknown = None;
            if kept.file.is_none() && object.is_file() {
                let asked: &mut Kept = unknown.insert(kept.clone());
                if asked.ask_for_unknown(&object) {
                    self.control.files.note(Some(asked.updated_at));
                }
            }
            let kept = unknown.as_ref().unwrap_or(kept);
            operations.extend(indices.iter().map(|(index, made)| Operation {
                index: index.clone(),
                id: names::id(&identity),
                version: kept.head.version,
                action: Action::Index(kept.document(&object, schema, made, &mut self.fields)),
            }));
        }
        operations
    }

    /// Where documents are written to, and what they are made with there. First the one that is being made: where it serves
    /// already, and nobody heard that it does, both names are its own, and of two documents with one number the first stays.
    fn indices(&self) -> Vec<(String, MadeWith)> {
        let (site, control) = (self.site, &self.control);
        let with = |made: &Made| MadeWith::of(&made.settings(&site.settings()));
        let next = control.rebuild.as_ref();
        let next = next.map(|rebuild| (Names::next(&site.alias), with(&rebuild.made)));
        let serving = (site.alias.clone(), with(&site.made_with(control)));
        next.into_iter().chain([serving]).collect()
    }
}
