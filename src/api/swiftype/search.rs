//! Searches.
use super::call::Call;
use super::error::Error;
use axum::response::Response;
pub(super) async fn search(_call: Call) -> Result<Response, Error> {
    Err(Error::NotOffered)
}
pub(super) async fn suggest(_call: Call) -> Result<Response, Error> {
    Err(Error::NotOffered)
}
