//! What an identity of a site is now. Invariant: its version is the content that was written for it last.

use crate::engine::embedded::ids::VersionId;
use crate::engine::plan;

/// As plans see it, with the versions of this store.
pub(in crate::engine::embedded) type Head = plan::Head<VersionId>;
