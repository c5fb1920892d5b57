//! What a running server tells of itself: log lines, and figures for whoever watches over it.
//! Invariant: neither names a key, a token or a body.

mod logs;
pub mod metrics;

pub use logs::start;
