//! A request whose signature held. Invariant: a handler that takes [`Signed`] cannot be reached
//! otherwise, and no byte of the body was read before.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::HeaderName;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, DATE};
use axum::http::request::Parts;

use super::error::Error;
use super::wire::weights::CONTENT;
use crate::api::{AppState, Sites};
use crate::auth::{AuthError, RequestParts, verify};
use crate::domain::{AttributesForm, Site, TrackerId};
use crate::http::request_log::name_site;
use crate::http::{ClientAddress, OriginalPath, prove, refuse_declared_length};
use crate::throttle::{Group, Permit, Refused};

/// The site that signed the request.
pub(super) struct Signed {
    site: Arc<Site>,
    /// Given back with the request.
    _place: Option<Permit>,
}

impl Signed {
    pub(super) fn site(&self) -> &TrackerId {
        &self.site.tracker_id
    }

    /// The largest share of a type that a commit deletes without being forced to, in percent; 0 is any.
    pub(super) fn commit_guard_percent(&self) -> u8 {
        self.site.commit_guard_percent
    }

    /// Whether a commit keeps objects whose newest upload was refused.
    pub(super) fn commit_keeps_refused(&self) -> bool {
        self.site.commit_keeps_refused
    }

    /// How attributes are returned to this site.
    pub(super) fn attributes_form(&self) -> AttributesForm {
        self.site.attributes_form
    }
}

/// Steps 2 to 8 of docs/reference/01-auth.md §5, in that order.
impl FromRequestParts<AppState> for Signed {
    type Rejection = Error;

    async fn from_request_parts(head: &mut Parts, app: &AppState) -> Result<Self, Error> {
        refuse_declared_length(&head.headers, app.body_limits(&CONTENT))?;

        let sites = app.sites.load_full();
        let request = signed_parts(head);
        let tracker_id = verify(&request, &sites.credentials, &app.auth, app.clock.now())?;
        name_site(&tracker_id);
        let site = sites.by_id.get(&tracker_id).ok_or(AuthError::UnknownKey)?;

        if !site.api_allowed {
            return Err(Error::ApiNotAllowed);
        }
        prove(head);
        let place = place(head, app, &sites, &tracker_id).await?;
        Ok(Self {
            site: Arc::clone(site),
            _place: place,
        })
    }
}

/// Counts the request among those of its site, and waits for a place if it must have one.
async fn place(
    head: &Parts,
    app: &AppState,
    sites: &Sites,
    site: &TrackerId,
) -> Result<Option<Permit>, Refused> {
    let client = head.extensions.get::<ClientAddress>().copied();
    app.admit(Group::Content, site, client).outcome?;
    let limits = sites.limits_of(site);
    app.throttle.content_permit(site, limits).await
}

fn signed_parts(head: &Parts) -> RequestParts<'_> {
    let lines = |name: HeaderName| {
        let lines = head.headers.get_all(name).into_iter();
        lines.map(axum::http::HeaderValue::as_bytes).collect()
    };
    // Routing has another spelling of the path than the client signed; see `http`.
    let path = head
        .extensions
        .get::<OriginalPath>()
        .map_or_else(|| head.uri.path(), OriginalPath::as_str);
    RequestParts {
        method: head.method.as_str(),
        path: path.as_bytes(),
        authorization: lines(AUTHORIZATION),
        date: lines(DATE),
        content_type: lines(CONTENT_TYPE),
    }
}
