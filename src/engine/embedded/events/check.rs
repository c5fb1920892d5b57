//! Looks at the events of a site without a server, or beside one: whether their file is whole, and what shoppers
//! searched for in vain. Changes nothing.

use std::path::Path;

use super::file;
use super::live::Live;
use crate::domain::{Timestamp, TrackerId, day_of};
use crate::engine::embedded::folder;
use crate::engine::embedded::store::StoreError;
use crate::engine::{EngineError, QueryReport};

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

/// Queries of the last 30 days that found nothing, or that nobody clicked on anything of.
pub fn query_report(
    data_dir: &Path,
    site: &TrackerId,
    now: Timestamp,
    limit: usize,
) -> Result<QueryReport, EngineError> {
    let read = || {
        let folder = folder::of_site(data_dir, site);
        let Some(connection) = file::open_for_reading(&folder)? else {
            return Ok(QueryReport::default());
        };
        file::read_secret(&connection)?;
        Ok::<_, StoreError>(Live::load(&connection, day_of(now))?.report(limit))
    };
    read().map_err(|error| crate::engine::embedded::internal("cannot read the events", error))
}
