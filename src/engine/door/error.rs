//! Why the engine could not answer: the caller's fault, or ours.

use std::error::Error;

use crate::domain::{FieldName, TrackerId};

#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    #[error("site `{0}` is not known")]
    UnknownSite(TrackerId),

    /// The attribute was never indexed and the use needs one that was (docs/reference/05-search.md §2).
    #[error("attribute `{0}` was never indexed")]
    UnknownAttribute(FieldName),

    /// A distance is asked for and nobody said from where.
    #[error("a distance has no place to start from")]
    NoOrigin,

    /// A bounded queue is full; nothing of the request was done.
    #[error("too many requests are waiting")]
    Overloaded { retry_after_s: u32 },

    /// The site cannot do this now: disk full, read-only after a disk error, shutting down.
    #[error("site cannot be served now: {reason}")]
    Unavailable { reason: String, retry_after_s: u32 },

    /// The search asks for more work than one may, whatever else the server does.
    #[error("the search asks for too much work")]
    TooMuchWork,

    /// What keeps the catalog failed while the write was made durable.
    #[error(
        "the write is in doubt: what keeps the catalog failed during it, and it may be applied"
    )]
    InDoubt { retry_after_s: u32 },

    /// The backend cannot do what the search asks for: [`super::Capabilities`] say so.
    #[error("this catalog cannot be searched so: {0}")]
    Unsupported(&'static str),

    /// The objects of the answer find no room beside those of others.
    #[error("too many answers wait for their clients")]
    NoRoom,

    /// The search took longer than it may.
    #[error("timed out")]
    TimedOut,

    #[error("{context}")]
    Internal {
        context: &'static str,
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
}
