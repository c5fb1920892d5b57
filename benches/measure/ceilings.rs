//! What parts of the way in cost at least, in this process: reading the JSON, and writing the bodies to a file of `SQLite`
//! with a transaction for each batch. Invariant: nothing of the product is in it, so it is what no server that takes
//! JSON and keeps it could do without.

use std::time::Duration;

use bytes::Bytes;
use rusqlite::{Connection, params};
use serde_json::Value;

use super::catalog::{Catalog, Marking};
use super::process;
use crate::Result;

/// CPU of reading every body.
pub(crate) fn json(catalog: &Catalog, batch_objects: usize) -> Result<Duration> {
    let bodies = catalog.batches(batch_objects, &Marking::AsSent)?;
    measured(|| {
        let mut objects = 0;
        for body in &bodies {
            let body: Value = serde_json::from_slice(body)?;
            objects += body["objects"].as_array().map_or(0, Vec::len);
        }
        if objects == catalog.len() {
            Ok(())
        } else {
            Err("objects were lost".into())
        }
    })
}

/// CPU of writing every object as it was sent, each batch durably.
pub(crate) fn store(catalog: &Catalog, batch_objects: usize) -> Result<Duration> {
    let folder = tempfile::tempdir()?;
    let mut store = Connection::open(folder.path().join("store.db"))?;
    store.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
         CREATE TABLE objects (id INTEGER PRIMARY KEY, body BLOB NOT NULL);",
    )?;
    let lines: Vec<Bytes> = catalog
        .lines()
        .map(|line| Bytes::from(line.to_owned()))
        .collect();
    measured(|| {
        for batch in lines.chunks(batch_objects) {
            let transaction = store.transaction()?;
            for line in batch {
                let mut insert =
                    transaction.prepare_cached("INSERT INTO objects (body) VALUES (?)")?;
                insert.execute(params![&line[..]])?;
            }
            transaction.commit()?;
        }
        Ok(())
    })
}

fn measured(work: impl FnOnce() -> Result<()>) -> Result<Duration> {
    let own = std::process::id();
    let before = process::cpu(own)?;
    work()?;
    Ok(process::cpu(own)?.saturating_sub(before))
}
