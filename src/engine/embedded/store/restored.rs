//! What a store that was put back needs to go on by itself. Invariant: nothing that was made from the store it was
//! copied from, an index above all, is taken for something of this one.

use std::path::Path;

use rusqlite::OpenFlags;

use super::connection::open_for_writing;
use super::{StoreError, fold_log, open_or_create, sources};
use crate::domain::{SourceName, Timestamp};

/// Gives the store a name of its own, and what stores of this program have. `bookmark` says how a source goes on that
/// has been read further, meanwhile, than the store knows. All of it is on the disk when this returns.
pub(in crate::engine::embedded) fn settle(
    site_folder: &Path,
    now: Timestamp,
    bookmark: &dyn Fn(&str) -> String,
) -> Result<(), StoreError> {
    open_or_create(site_folder, now)?;
    let mut store = open_for_writing(site_folder, OpenFlags::empty(), 0)?;
    let transaction = store.transaction()?;
    let id = uuid::Uuid::new_v4();
    transaction.execute("UPDATE meta SET store_id = ?1", [&id.as_bytes()[..]])?;
    let names = transaction
        .prepare("SELECT source FROM sources")?
        .query_map([], |row| row.get::<_, String>(0))?
        .collect::<Result<Vec<_>, _>>()?;
    for source in names.iter().filter_map(|name| SourceName::new(name)) {
        if let Some(found) = sources::bookmark(&transaction, &source)? {
            sources::set_bookmark(&transaction, &source, &bookmark(&found))?;
        }
    }
    transaction.commit()?;
    drop(store);
    fold_log(site_folder)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a step that fails is a test that fails")]
mod tests {
    use super::super::{Reader, Writer, read_meta};
    use super::*;

    #[test]
    fn a_store_that_is_put_back_is_another_one_and_its_sources_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let now = Timestamp::from_millis(0);
        let before = open_or_create(folder.path(), now).unwrap();
        let source = SourceName::new("items").unwrap();
        let writer = Writer::open(folder.path(), 0, 0, std::sync::Arc::default()).unwrap();
        sources::set_bookmark(&writer, &source, "as it was").unwrap();
        drop(writer);
        settle(folder.path(), now, &|found| format!("{found}, and more")).unwrap();
        let reader = Reader::open(folder.path(), 0).unwrap();
        let after = read_meta(&reader).unwrap();
        assert_ne!(after.id, before.id);
        assert_eq!(after.counters, before.counters);
        let found = sources::bookmark(&reader, &source).unwrap();
        assert_eq!(found.as_deref(), Some("as it was, and more"));
    }
}
