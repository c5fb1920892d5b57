//! Makes an index again on request. Invariant: no server works on the folder meanwhile.

use std::path::Path;
use std::time::Instant;

use crate::domain::{Clock, Site};
use crate::engine::EngineError;
use crate::engine::embedded::catalog::Budget;
use crate::engine::embedded::error::{internal, unavailable};
use crate::engine::embedded::follow::rebuild;
use crate::engine::embedded::settings::EmbeddedSettings;
use crate::engine::embedded::sites::{self, CLOSE_WITHIN, Start};
use crate::engine::embedded::write::free_names;
use crate::engine::folder;

/// Makes the index of a site again from its store, and frees the names of attributes that no object has: how many.
/// No server may be running on the folder.
pub fn rebuild_index(data_dir: &Path, site: Site) -> Result<u64, EngineError> {
    let _lock = sites::lock(data_dir)?;
    let budget = Budget::of(&EmbeddedSettings::default());
    folder::remove(&rebuild::index_folder(&folder::of_site(
        data_dir,
        &site.tracker_id,
    )))
    .map_err(|error| internal("cannot delete the index", error))?;
    let catalog = sites::open(data_dir, site, Clock::system(), budget, Start::Awake)
        .map_err(|error| internal("cannot open the site", error))?;
    let problem = catalog.health.index_problem();
    let freed = free_names::look_at_rest(&catalog);
    sites::close(&catalog, Instant::now() + CLOSE_WITHIN);
    match problem {
        None => freed,
        Some(reason) => Err(unavailable(reason)),
    }
}
