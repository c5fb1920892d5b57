//! The lock on a data folder. Invariant: one server works on it.

use std::path::Path;

use crate::engine::EngineError;
use crate::engine::embedded::error::{internal, unavailable};
use crate::engine::folder;

pub(in crate::engine::embedded) fn lock(data_dir: &Path) -> Result<folder::Lock, EngineError> {
    folder::create(data_dir)
        .and_then(|()| folder::Lock::take(data_dir))
        .map_err(|error| internal("cannot open the data folder", error))?
        .ok_or_else(|| {
            unavailable(format!(
                "another vetrina works on the data folder `{}`",
                data_dir.display()
            ))
        })
}
