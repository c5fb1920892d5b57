//! What a running server tells of itself: log lines, and metrics for whoever watches over it.
//! Invariant: neither names a key, a token or a body.

mod logs;
pub mod metrics;

pub use logs::start;
