//! What every page has around it: the frame of the template, and headers under which a browser takes nothing from
//! elsewhere and runs no script that stands in a page. Invariant: no answer below `/browse` or `/docs` leaves without them.

use askama::Template;
use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::Browse;
use super::assets;
use super::docs;
use super::failure::{Failure, ToTell};
use super::gate::Visitor;
use crate::domain::TrackerId;

const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");

/// What stands around a page.
pub(super) struct Frame {
    pub(super) title: String,
    /// The path of the first page; all others lie below.
    pub(super) root: String,
    /// The site a page is about.
    pub(super) site: Option<String>,
    /// For the forms of the page; `None` for strangers.
    pub(super) form_key: Option<String>,
    pub(super) has_session: bool,
    pub(super) style: String,
    /// The API to read.
    pub(super) docs: String,
    pub(super) version: &'static str,
}

impl Frame {
    pub(super) fn new(browse: &Browse, visitor: &Visitor, title: impl Into<String>) -> Self {
        Self {
            form_key: Some(visitor.form_key.clone()),
            has_session: visitor.has_session(),
            ..Self::of_stranger(browse, title)
        }
    }

    pub(super) fn of_site(
        browse: &Browse,
        visitor: &Visitor,
        site: &TrackerId,
        title: impl Into<String>,
    ) -> Self {
        Self {
            site: Some(site.to_string()),
            ..Self::new(browse, visitor, title)
        }
    }

    pub(super) fn of_stranger(browse: &Browse, title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            root: browse.path(""),
            site: None,
            form_key: None,
            has_session: false,
            docs: format!("{}{}", browse.path_prefix, docs::ROOT),
            style: browse.path(&assets::address(assets::STYLE)),
            version: env!("CARGO_PKG_VERSION"),
        }
    }
}

/// A page, written.
pub(super) fn html(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(html) => (status, [(CONTENT_TYPE, HTML)], html).into_response(),
        Err(error) => {
            // Writing to memory does not fail.
            tracing::error!(%error, "a page could not be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

#[derive(Template)]
#[template(path = "failure.html", config = "src/browse/askama.toml")]
struct FailurePage {
    frame: Frame,
    words: String,
}

/// Gives every answer its headers, and what went wrong its page.
pub(super) async fn finish(State(browse): State<Browse>, request: Request, next: Next) -> Response {
    let within = match *request.method() {
        Method::GET => browse.app.engine.lifecycle.look_within(),
        // What has begun to be changed is waited for.
        _ => None,
    };
    let answered = next.run(request);
    let mut response = match within {
        None => answered.await,
        Some(within) => tokio::time::timeout(within, answered)
            .await
            .unwrap_or_else(|_| Failure::from(browse.app.late()).into_response()),
    };
    if let Some(ToTell { title, words }) = response.extensions_mut().remove() {
        let frame = Frame::of_stranger(&browse, title);
        let page = html(response.status(), &FailurePage { frame, words });
        let (mut head, _) = response.into_parts();
        let (of_page, body) = page.into_parts();
        head.headers.remove(axum::http::header::CONTENT_LENGTH);
        head.headers.extend(of_page.headers);
        response = Response::from_parts(head, body);
    }
    add_headers(response.headers_mut(), &browse.image_hosts);
    response
}

fn add_headers(headers: &mut HeaderMap, image_hosts: &[String]) {
    let images = image_hosts.iter().map(|host| format!(" https://{host}"));
    let images: String = images.collect();
    let policy = format!(
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'{images}; \
         form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    );
    let fixed = [
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        // Forms say where they stood only to ourselves.
        (REFERRER_POLICY, "same-origin"),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // Hosts were checked with the configuration.
    if let Ok(policy) = HeaderValue::try_from(policy) {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    headers
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
}
