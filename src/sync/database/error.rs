//! What can go wrong with a database. Invariant: no message holds a password: the driver's do not, and
//! the connection string is never part of one.

use deadpool_postgres::{HookError, PoolError};
use tokio_postgres::error::SqlState;

#[derive(Debug, thiserror::Error)]
pub(in crate::sync) enum DbError {
    #[error("the connection string cannot be read: {0}")]
    Dsn(String),
    #[error("TLS cannot be set up: {0}")]
    Tls(String),
    #[error("the database cannot be reached: {0}")]
    Unreachable(String),
    #[error("the connection to the database is lost")]
    Lost,
    #[error("the database does not answer")]
    Silent,
    /// It answered, and refuses.
    #[error("{message} ({code})")]
    Refused { code: String, message: String },
    /// The query is not what a source needs.
    #[error("{0}")]
    Unfit(String),
}

impl DbError {
    /// Whether there is no connection any more, as opposed to an answer that is an error.
    pub(in crate::sync) fn is_disconnection(&self) -> bool {
        match self {
            Self::Unreachable(_) | Self::Lost | Self::Silent => true,
            // Connection exceptions, and what a server says that is shut down or full.
            Self::Refused { code, .. } => {
                code.starts_with("08") || code.starts_with("57P") || code == "53300"
            }
            Self::Dsn(_) | Self::Tls(_) | Self::Unfit(_) => false,
        }
    }

    /// Whether a value is to blame: one of the keys asked for, or a row.
    pub(in crate::sync) fn is_about_data(&self) -> bool {
        matches!(self, Self::Refused { code, .. } if code.starts_with("22"))
    }

    pub(in crate::sync) fn is_missing_right(&self) -> bool {
        matches!(self, Self::Refused { code, .. } if code == SqlState::INSUFFICIENT_PRIVILEGE.code())
    }
}

impl From<tokio_postgres::Error> for DbError {
    fn from(error: tokio_postgres::Error) -> Self {
        if let Some(refusal) = error.as_db_error() {
            return Self::Refused {
                code: refusal.code().code().to_owned(),
                message: refusal.message().to_owned(),
            };
        }
        if error.is_closed() {
            return Self::Lost;
        }
        let cause = std::error::Error::source(&error);
        let io = cause.and_then(|cause| cause.downcast_ref::<std::io::Error>());
        match (io, cause) {
            (Some(io), _) => Self::Unreachable(io.to_string()),
            (None, Some(cause)) => Self::Unreachable(format!("{error}: {cause}")),
            (None, None) => Self::Unreachable(error.to_string()),
        }
    }
}

impl From<PoolError> for DbError {
    fn from(error: PoolError) -> Self {
        match error {
            PoolError::Backend(error) | PoolError::PostCreateHook(HookError::Backend(error)) => {
                error.into()
            }
            PoolError::Timeout(_) => Self::Silent,
            other => Self::Unreachable(other.to_string()),
        }
    }
}
