//! Attributes that an earlier program did not make of the objects it stored: the values several levels deep.
//! Found once, before the site is served. Invariant: a site whose store says that all are known has each
//! attribute of each current object, as far as there is room for it.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use super::store::{Reader, StoreError, Writer, attributes, heads};
use crate::domain::{MisfitRule, Schema, derive};
use crate::engine::plan;

/// The schema with what the objects bring; the store has it when this returns.
pub(super) fn learn(
    site_folder: &Path,
    reader: &Reader,
    schema: Schema,
) -> Result<Schema, StoreError> {
    if attributes::are_all_known(reader)? {
        return Ok(schema);
    }
    let began = Instant::now();
    let mut schema = Arc::new(schema);
    let before = schema.next_number();
    heads::for_each(reader, reader.damaged(), |_, head| {
        let found: Option<_> = reader.current(&head)?;
        if let Some(object) = found.map(|found| found.object) {
            // It was admitted when it came; what does not go with the schema all the same brings nothing.
            let _ = plan::learn(
                &mut schema,
                &object,
                &derive(&object),
                MisfitRule::default(),
            );
        }
        Ok::<_, StoreError>(())
    })?;
    let mut writer = Writer::open(
        site_folder,
        0,
        0,
        #[cfg(test)]
        Arc::default(),
    )?;
    let transaction = writer.begin()?;
    for (number, name, kind) in schema.added_since(before) {
        attributes::add(&transaction, number, name, kind)?;
    }
    attributes::note_all_known(&transaction)?;
    transaction.commit()?;
    let found = schema.next_number() - before;
    if found > 0 {
        tracing::info!(
            attributes = found,
            duration_ms = began.elapsed().as_millis() as u64,
            "attributes found in the objects of an earlier version"
        );
    }
    Ok(Arc::unwrap_or_clone(schema))
}
