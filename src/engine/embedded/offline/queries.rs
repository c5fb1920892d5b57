//! What the visitors of a site searched for in vain, read of its folder. Reading changes nothing and may be done
//! beside a running server.

use std::path::Path;

use crate::domain::{Timestamp, TrackerId, day_of};
use crate::engine::embedded::error::internal;
use crate::engine::embedded::store::StoreError;
use crate::engine::{EngineError, QueryReport};
use crate::engine::{events, folder};

/// Queries of the last 30 days that found nothing, or that nobody clicked on anything of.
pub fn query_report(
    data_dir: &Path,
    site: &TrackerId,
    now: Timestamp,
    limit: usize,
) -> Result<QueryReport, EngineError> {
    let read = || {
        let folder = folder::of_site(data_dir, site);
        let live = events::read_live(&folder, day_of(now))?;
        Ok::<_, StoreError>(live.map_or_else(QueryReport::default, |live| live.report(limit)))
    };
    read().map_err(|error| internal("cannot read the events", error))
}
