//! What this API says and is told: JSON, query strings, ids and links (docs/reference/10-swiftype.md).
//! Everything here is read leniently and handed on strictly.

pub(super) mod document;
pub(super) mod engine;
mod filter;
pub(super) mod links;
pub(super) mod one_parameter;
pub(super) mod parameters;
pub(super) mod problem;
pub(super) mod receipt;
pub(super) mod results;
pub(super) mod search;
pub(super) mod value;
pub(super) mod weights;

use crate::domain::Timestamp;

/// As in `2013-09-12T21:28:17Z`.
pub(super) fn instant(at: Timestamp) -> String {
    at.to_string().replace("+00:00", "Z")
}
