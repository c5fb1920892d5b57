//! What is read of the file for answers. Invariant: a client is looked for by its digest, and what is told of it may
//! be told to everybody.

use std::path::Path;

use super::live::Live;
use super::{clients, companions, file};
use crate::domain::{ClientHistory, ClientId, Identity};
use crate::engine::Companion;
use crate::engine::sqlite::StoreError;

/// What is popular, as the file says it; `None` where nothing was ever counted.
pub(in crate::engine) fn read_live(
    site_folder: &Path,
    today: i64,
) -> Result<Option<Live>, StoreError> {
    let Some(connection) = file::open_for_reading(site_folder)? else {
        return Ok(None);
    };
    file::read_secret(&connection)?;
    Live::load(&connection, today).map(Some)
}

/// The queries that a client searched for last, by their numbers, the latest first.
pub(in crate::engine) fn searched_by(
    site_folder: &Path,
    client: &ClientId,
) -> Result<Vec<u32>, StoreError> {
    let Some(connection) = file::open_for_reading(site_folder)? else {
        return Ok(Vec::new());
    };
    let client = file::read_secret(&connection)?.client(client);
    clients::searched_by(&connection, client)
}

/// What a client did with objects; nothing where nothing was ever counted.
pub(in crate::engine) fn history_of(
    site_folder: &Path,
    client: &ClientId,
) -> Result<ClientHistory, StoreError> {
    let Some(connection) = file::open_for_reading(site_folder)? else {
        return Ok(ClientHistory::default());
    };
    let client = file::read_secret(&connection)?.client(client);
    clients::history_of(&connection, client)
}

/// What goes with these objects, as far as it still counts in a week.
pub(in crate::engine) fn companions_of(
    site_folder: &Path,
    items: &[Identity],
    first_week: i64,
) -> Result<Vec<Companion>, StoreError> {
    let Some(connection) = file::open_for_reading(site_folder)? else {
        return Ok(Vec::new());
    };
    file::read_secret(&connection)?;
    companions::of(&connection, items, first_week)
}
