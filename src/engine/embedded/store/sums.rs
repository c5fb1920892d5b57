//! Checksums of rows, in a column that stores of before lack. Invariant: a row that says none is taken at its word;
//! one that says another than it has is damaged.

use rusqlite::Connection;

use super::StoreError;

/// Tables whose rows get one in a column of the name `sum`; `versions` sees to its own.
const TABLES: [&str; 3] = ["heads", "log", "sources"];

/// An index that programs which know no checksums make when they open a store, and this one by another name.
const TRACE: &str = "heads_by_row";

/// Adds the columns, and forgets what they say where a program has been at work that knows none.
pub(super) fn prepare(store: &Connection) -> Result<(), StoreError> {
    for table in TABLES {
        let has_sum = store
            .prepare("SELECT 1 FROM pragma_table_info(?1) WHERE name = 'sum'")?
            .exists([table])?;
        if !has_sum {
            store.execute_batch(&format!("ALTER TABLE {table} ADD COLUMN sum INTEGER"))?;
        }
    }
    let has_trace = store
        .prepare("SELECT 1 FROM sqlite_schema WHERE type = 'index' AND name = ?1")?
        .exists([TRACE])?;
    if has_trace {
        for table in TABLES {
            let sql = format!("UPDATE {table} SET sum = NULL WHERE sum IS NOT NULL");
            store.execute_batch(&sql)?;
        }
        store.execute_batch(&format!("DROP INDEX {TRACE}"))?;
    }
    Ok(())
}

/// Of parts, and of where one ends and the next begins.
pub(super) fn of(parts: &[&[u8]]) -> u32 {
    let mut sum = crc32fast::Hasher::new();
    for part in parts {
        sum.update(&(part.len() as u64).to_le_bytes());
        sum.update(part);
    }
    sum.finalize()
}
