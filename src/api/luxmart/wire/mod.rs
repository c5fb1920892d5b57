//! What goes over the wire of this dialect.

pub(super) mod search;
pub(super) mod status;
