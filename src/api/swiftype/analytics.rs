//! Counters.
use super::call::Call;
use super::error::Error;
use axum::response::Response;
pub(super) async fn counts(_call: Call) -> Result<Response, Error> {
    Err(Error::NotOffered)
}
pub(super) async fn log_clickthrough(_call: Call) -> Result<Response, Error> {
    Err(Error::NotOffered)
}
