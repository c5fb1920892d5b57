//! The database of the tests, for a bench.

#![allow(
    dead_code,
    unused_imports,
    reason = "the tests need all of it, other benches nothing"
)]

#[path = "../../tests/it/support/postgres.rs"]
mod cluster;

pub(crate) use cluster::TestDatabase;

/// Longest wait for the database.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(60);
