//! Document types, followed. Invariant: a type that is known is known with all that the control of the site says is declared in it, and no
//! more.

use std::collections::HashMap;
use std::sync::Arc;

use super::OpenSite;
use crate::domain::ObjectType;
use crate::engine::EngineError;
use crate::engine::opensearch::kept_documents::{self, Book, KeptType, KnownSchema, StoredType};

/// Types that are read at once.
const READ_MAX: usize = 200;

impl OpenSite {
    /// Adds what others have declared since, and forgets what they have deleted. A type that is gone by now is left out.
    pub(super) async fn follow_types(
        &self,
        known: &mut KnownSchema,
        book: &Book,
    ) -> Result<(), EngineError> {
        if known.types == book.types {
            return Ok(());
        }
        let there: HashMap<u64, u32> = of_numbers(&book.types);
        let before: HashMap<u64, u32> = of_numbers(&known.types);
        let schema = Arc::make_mut(&mut known.schema);
        for gone in known
            .types
            .iter()
            .filter(|one| !there.contains_key(&one.number))
        {
            if let Ok(object_type) = ObjectType::new(&gone.name) {
                schema.remove_document_type(&object_type);
            }
        }
        known.types.retain(|one| there.contains_key(&one.number));
        let is_news = |one: &&KeptType| before.get(&one.number) != Some(&one.fields);
        let news: Vec<&KeptType> = book.types.iter().filter(is_news).collect();
        let control = self.cluster.names.control();
        for some in news.chunks(READ_MAX) {
            let ids: Vec<String> = some
                .iter()
                .map(|one| kept_documents::type_id(&self.id, one.number))
                .collect();
            let found = self.cluster.get_all(&control, &ids).await?;
            for (one, document) in some.iter().zip(found) {
                let stored = document
                    .and_then(|document| serde_json::from_str::<StoredType>(document.get()).ok());
                if stored
                    .and_then(|stored| stored.add_to(schema, one.fields))
                    .is_none()
                {
                    continue;
                }
                match known.types.iter_mut().find(|of| of.number == one.number) {
                    Some(of) => of.fields = one.fields,
                    None => known.types.push((*one).clone()),
                }
            }
        }
        Ok(())
    }
}

fn of_numbers(types: &[KeptType]) -> HashMap<u64, u32> {
    types.iter().map(|one| (one.number, one.fields)).collect()
}
