//! What the public endpoints have in common (contract 01 §7, 07 §6). Invariant: nothing is signed, and
//! any web page may call them and read every answer, failures included.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::search_error::SearchError;
use crate::api::AppState;
use crate::domain::{Site, TrackerId};
use crate::http::query_string::QueryString;
use crate::http::request_log::name_site;
use crate::http::{ClientAddress, caught};
use crate::throttle::Group;

/// The site that `tracker_id` names, once its clients and this one may ask for more. Whether it may
/// use the signed API does not matter here.
pub(super) fn site_asked(
    app: &AppState,
    query: &QueryString,
    group: Group,
    client: Option<ClientAddress>,
) -> Result<Arc<Site>, SearchError> {
    let named = query.scalar("tracker_id").ok_or(SearchError::NoTracker)?;
    let sites = app.sites.load();
    let site = TrackerId::new(named).and_then(|id| app.site(&id));
    let site = site.ok_or_else(|| SearchError::UnknownTracker(named.to_owned()))?;
    name_site(&site.tracker_id);
    if let Some(limits) = sites.throttled.get(&site.tracker_id) {
        let client = client.map(|client| client.0);
        let now = app.clock.now();
        app.throttle
            .admit(group, &site.tracker_id, client, limits, now)?;
    }
    Ok(site)
}

/// Lets every web page read the answer. A layer of the public routes; a handler that panics is
/// answered here already, because what answers for it further out knows no public routes.
pub(super) async fn allow_any_origin(request: Request, next: Next) -> Response {
    let mut response = match caught(next.run(request)).await {
        Ok(response) => response,
        // Without a body: `http` knows the request id and puts it into words.
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    };
    let any = HeaderValue::from_static("*");
    response
        .headers_mut()
        .insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, any);
    response
}

/// OPTIONS of a public path: what a web page may send. Browsers ask before a request with headers
/// or a content type that plain HTML could not send.
pub(super) async fn preflight(headers: HeaderMap) -> Response {
    let asked = headers.get(header::ACCESS_CONTROL_REQUEST_HEADERS);
    let allowed = asked.cloned();
    let allowed = allowed.unwrap_or(HeaderValue::from_static("Content-Type"));
    let words = [
        (
            header::ACCESS_CONTROL_ALLOW_METHODS,
            HeaderValue::from_static("GET, POST, OPTIONS"),
        ),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, allowed),
        (
            header::ACCESS_CONTROL_MAX_AGE,
            HeaderValue::from_static("86400"),
        ),
        (
            header::VARY,
            HeaderValue::from_static("Access-Control-Request-Headers"),
        ),
    ];
    (StatusCode::NO_CONTENT, words).into_response()
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::middleware::from_fn;
    use axum::routing::get;
    use tower::ServiceExt;

    use super::*;

    async fn panic() -> Response {
        panic!("expected in this test")
    }

    #[tokio::test]
    async fn pages_may_read_that_a_handler_panicked() {
        let routes = Router::new()
            .route("/", get(panic))
            .layer(from_fn(allow_any_origin));
        let request = Request::new(Body::empty());
        let response = routes.oneshot(request).await.expect("routers do not fail");
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let origin = response.headers().get(header::ACCESS_CONTROL_ALLOW_ORIGIN);
        assert_eq!(origin, Some(&HeaderValue::from_static("*")));
    }
}
