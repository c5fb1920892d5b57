//! What web pages of other origins may call and read, whatever the dialect
//! (docs/reference/07-http-principles.md §6).

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::http::caught;

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
