//! Why an index cannot be used.

#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// Missing, damaged, of another store or made by another version: rebuild it.
    #[error("index cannot be used: {reason}")]
    Unusable { reason: String },
    #[error(transparent)]
    Tantivy(#[from] tantivy::TantivyError),
}

impl IndexError {
    /// Nothing is wrong but that there is no room.
    pub fn is_of_full_disk(&self) -> bool {
        use tantivy::TantivyError;
        use tantivy::directory::error::{LockError, OpenWriteError};
        match self {
            Self::Tantivy(
                TantivyError::IoError(error)
                | TantivyError::OpenWriteError(OpenWriteError::IoError {
                    io_error: error, ..
                })
                | TantivyError::LockFailure(LockError::IoError(error), _),
            ) => error.kind() == std::io::ErrorKind::StorageFull,
            // What a thread of the writer died of is told in words only.
            Self::Tantivy(TantivyError::ErrorInThread(words)) => words.contains("StorageFull"),
            Self::Tantivy(_) | Self::Unusable { .. } => false,
        }
    }
}

pub(in super::super) fn unusable(reason: impl Into<String>) -> IndexError {
    IndexError::Unusable {
        reason: reason.into(),
    }
}

pub(in super::super) fn damaged(error: &tantivy::TantivyError) -> IndexError {
    unusable(error.to_string())
}
