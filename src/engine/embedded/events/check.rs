//! Whether the file of events is whole. Invariant: looking changes nothing.

use std::path::Path;

use super::file;
use crate::engine::embedded::store::StoreError;

/// Faults told of one file.
const FAULTS_MAX: usize = 10;

/// What is wrong with the file; nothing where there is none.
pub(in crate::engine::embedded) fn faults(site_folder: &Path) -> Vec<String> {
    match look(site_folder) {
        Ok(faults) => faults,
        Err(error) => vec![error.to_string()],
    }
}

fn look(site_folder: &Path) -> Result<Vec<String>, StoreError> {
    let Some(connection) = file::open_for_reading(site_folder)? else {
        return Ok(Vec::new());
    };
    file::read_secret(&connection)?;
    let mut rows = connection.prepare(&format!("PRAGMA integrity_check({FAULTS_MAX})"))?;
    let rows = rows.query_map([], |row| row.get::<_, String>(0))?;
    let told = rows.collect::<Result<Vec<_>, _>>()?;
    Ok(told.into_iter().filter(|line| line != "ok").collect())
}
