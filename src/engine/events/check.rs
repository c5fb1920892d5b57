//! Whether the file of events is whole. Invariant: looking changes nothing.

use std::path::Path;

use super::file;
use crate::engine::sqlite::StoreError;

/// Faults told of one file.
const FAULTS_MAX: usize = 10;

/// What is wrong with the file; nothing where there is none.
pub(in crate::engine) fn faults(site_folder: &Path) -> Vec<String> {
    match look(site_folder) {
        Ok(faults) => faults,
        Err(error) => vec![error.to_string()],
    }
}

/// The first of them that is quickly found. A file that cannot be looked at is an error.
pub(super) fn first_fault(site_folder: &Path) -> Result<Option<String>, StoreError> {
    Ok(told_by(site_folder, "PRAGMA quick_check(1)")?.pop())
}

fn look(site_folder: &Path) -> Result<Vec<String>, StoreError> {
    told_by(
        site_folder,
        &format!("PRAGMA integrity_check({FAULTS_MAX})"),
    )
}

fn told_by(site_folder: &Path, check: &str) -> Result<Vec<String>, StoreError> {
    let Some(connection) = file::open_for_reading(site_folder)? else {
        return Ok(Vec::new());
    };
    file::read_secret(&connection)?;
    let mut rows = connection.prepare(check)?;
    let rows = rows.query_map([], |row| row.get::<_, String>(0))?;
    let told = rows.collect::<Result<Vec<_>, _>>()?;
    Ok(told.into_iter().filter(|line| line != "ok").collect())
}
