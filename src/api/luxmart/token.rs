//! Who is asking: an administrator, by a token.

use std::sync::Arc;

use axum::Extension;
use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;

use super::FrontDoor;
use super::error::Error;
use crate::api::AppState;
use crate::auth::Role;

/// A request of an administrator; holds what only they may use.
pub(super) struct Admin(pub(super) Arc<FrontDoor>);

impl FromRequestParts<AppState> for Admin {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, Error> {
        let door = Extension::<Arc<FrontDoor>>::from_request_parts(parts, app).await;
        let Extension(door) = door.map_err(|_| Error::NotConfigured)?;
        let sent = parts.headers.get(AUTHORIZATION);
        let sent = sent
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        match door.tokens.role_in(sent) {
            Some(Role::Admin) => Ok(Self(door)),
            Some(Role::User) => Err(Error::Forbidden),
            None => Err(Error::Unauthorized),
        }
    }
}
