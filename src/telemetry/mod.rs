//! What a running server tells of itself: log lines, and metrics for whoever watches over it.
//! Invariant: neither names a key, a token or a body.

pub mod audit;
mod logs;
pub mod metrics;

pub use logs::start;
