//! Why a log was not followed to its end. Invariant: what may have been written is never told as not written.

use super::COME_AGAIN_S;
use crate::engine::EngineError;
use crate::engine::events::CopyError;
use crate::engine::opensearch::client::CallError;

#[derive(Debug, thiserror::Error)]
pub(super) enum FollowError {
    #[error(transparent)]
    Call(#[from] CallError),
    #[error("the copy of this process: {0}")]
    Copy(#[from] CopyError),
    #[error("entry {0} of the log was written by another version of this program")]
    Unknown(u64),
    #[error("what the cluster keeps of the log cannot be read: {0}")]
    Broken(String),
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// Whoever waited was told.
    #[error("{0}")]
    Answered(String),
    #[error("the thread that counts ended")]
    Panic,
}

impl From<FollowError> for EngineError {
    fn from(error: FollowError) -> Self {
        match error {
            FollowError::Call(error) => error.into(),
            FollowError::Engine(error) => error,
            other => Self::Unavailable {
                reason: format!("events are not counted: {other}"),
                retry_after_s: COME_AGAIN_S,
            },
        }
    }
}
