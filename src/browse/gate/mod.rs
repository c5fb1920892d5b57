//! Who may look (docs/browse.md): with `[admin] token` who has shown it, without one who sits at this machine.
//! Invariant: a handler that takes a [`Visitor`] is reached by nobody else, and one that reads a form through
//! [`read_form`] by no form of another page.

mod sessions;

use askama::Template;
use axum::body::Body;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::{COOKIE, HOST, LOCATION, ORIGIN, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use super::Browse;
use super::failure::Failure;
use super::page::{self, Frame};
use crate::api::ops;
use crate::auth::Role;
use crate::http::json::Weights;
use crate::http::query_string::QueryString;
use crate::http::{BodyLimits, ClientAddress, prove, read_body};
pub use sessions::Sessions;
use sessions::{SESSION_S, SessionKey};

const COOKIE_NAME: &str = "vetrina_browse";

/// Of a form, in bytes: one holds the headers of a request at most.
const FORM_BYTES_MAX: usize = 64 << 10;

/// The field that says whose page a form stands on.
const FORM_KEY: &str = "form_key";

static SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Somebody who may look.
#[derive(Clone, Debug)]
pub(super) struct Visitor {
    session: Option<SessionKey>,
    /// For the forms of the page.
    pub(super) form_key: String,
}

impl Visitor {
    /// Whether there is something to log out of.
    pub(super) fn has_session(&self) -> bool {
        self.session.is_some()
    }
}

impl FromRequestParts<Browse> for Visitor {
    type Rejection = Failure;

    async fn from_request_parts(head: &mut Parts, browse: &Browse) -> Result<Self, Failure> {
        let session = if browse.app.operators.is_some() {
            let session = session_of(&head.headers);
            let now = browse.app.clock.now();
            let session = session.filter(|session| browse.sessions.is_open(session, now));
            Some(session.ok_or_else(|| Failure::LogIn {
                then: address_of(browse, head),
            })?)
        } else {
            admit_without_token(head)?;
            None
        };
        prove(head);
        Ok(Self {
            form_key: browse.sessions.form_key(session.as_ref()),
            session,
        })
    }
}

/// Without a token: who is on this machine.
fn admit_without_token(head: &Parts) -> Result<(), Failure> {
    let client = head.extensions.get::<ClientAddress>().copied();
    if !ops::is_on_this_machine(client, &head.uri, &head.headers) {
        return Err(Failure::FromElsewhere);
    }
    Ok(())
}

fn session_of(headers: &HeaderMap) -> Option<SessionKey> {
    let lines = headers.get_all(COOKIE).iter();
    let lines = lines.filter_map(|line| line.to_str().ok());
    let mut cookies = lines.flat_map(|line| line.split(';'));
    cookies.find_map(|cookie| {
        let (name, value) = cookie.trim().split_once('=')?;
        (name == COOKIE_NAME).then(|| SessionKey::new(value))
    })
}

/// Where a request went, as the browser knows it; of one that changes something, the first page.
fn address_of(browse: &Browse, head: &Parts) -> String {
    if !head.method.is_safe() {
        return browse.path("");
    }
    let query = head.uri.query().map(|query| format!("?{query}"));
    format!(
        "{}{}{}",
        browse.path_prefix,
        head.uri.path(),
        query.unwrap_or_default()
    )
}

/// Reads a form that stands on a page of the visitor's.
pub(super) async fn read_form(
    visitor: &Visitor,
    head: &Parts,
    body: Body,
) -> Result<QueryString, Failure> {
    let form = read_any_form(head, body).await?;
    let sent = form.scalar(FORM_KEY).unwrap_or_default();
    // Hashes are compared in the same time, whatever they are.
    if blake3::hash(sent.as_bytes()) != blake3::hash(visitor.form_key.as_bytes()) {
        return Err(Failure::StrangeForm);
    }
    Ok(form)
}

async fn read_any_form(head: &Parts, body: Body) -> Result<QueryString, Failure> {
    if !is_sent_by_own_page(head) {
        return Err(Failure::StrangeForm);
    }
    let limits = BodyLimits::same(FORM_BYTES_MAX, &Weights::TREE);
    let body = read_body(head, body, limits).await?;
    let text = str::from_utf8(&body).map_err(|_| Failure::BadForm)?;
    QueryString::parse(text).map_err(|_| Failure::BadForm)
}

/// What browsers say of where a form stood. Who says nothing is no browser of the last years.
fn is_sent_by_own_page(head: &Parts) -> bool {
    if let Some(site) = head.headers.get(&SEC_FETCH_SITE) {
        return matches!(site.as_bytes(), b"same-origin" | b"none");
    }
    let Some(origin) = head.headers.get(ORIGIN) else {
        return true;
    };
    let origin = origin.to_str().unwrap_or_default();
    let origin = origin.split_once("://").map(|(_, host)| host);
    let host = head.headers.get(HOST).and_then(|host| host.to_str().ok());
    let asked = head.uri.authority().map(Authority::as_str).or(host);
    origin.is_some() && origin == asked
}

#[derive(Template)]
#[template(path = "login.html", config = "src/browse/askama.toml")]
struct LogInPage {
    frame: Frame,
    then: String,
    problem: Option<&'static str>,
}

fn log_in_page(browse: &Browse, then: &str, problem: Option<&'static str>) -> Response {
    let page = LogInPage {
        frame: Frame::of_stranger(browse, "Log in"),
        then: own_path(browse, then),
        problem,
    };
    page::html(StatusCode::OK, &page)
}

/// `GET /browse/login`
pub(super) async fn ask(
    State(browse): State<Browse>,
    request: Request,
) -> Result<Response, Failure> {
    if browse.app.operators.is_none() {
        return Ok(see_other(&browse.path("")));
    }
    let query = QueryString::parse(request.uri().query().unwrap_or_default());
    let query = query.map_err(|_| Failure::BadForm)?;
    let then = query.scalar("then").unwrap_or_default();
    Ok(log_in_page(&browse, then, None))
}

/// `POST /browse/login`
pub(super) async fn log_in(
    State(browse): State<Browse>,
    request: Request,
) -> Result<Response, Failure> {
    let Some(tokens) = &browse.app.operators else {
        return Ok(see_other(&browse.path("")));
    };
    let (head, body) = request.into_parts();
    let client = head.extensions.get::<ClientAddress>().copied();
    let form = read_any_form(&head, body).await?;
    let then = form.scalar("then").unwrap_or_default();
    let now = browse.app.clock.now();
    browse
        .app
        .admit_log_in(client)
        .map_err(|refused| Failure::TooManyAttempts {
            retry_after_s: refused.retry_after_s,
        })?;
    let token = form.scalar("token").unwrap_or_default().trim();
    if tokens.role_of(token) != Some(Role::Admin) {
        tracing::warn!("a wrong token was given to log in to the pages");
        let mut refused = log_in_page(&browse, then, Some("That is not the token."));
        *refused.status_mut() = StatusCode::FORBIDDEN;
        return Ok(refused);
    }
    let session = browse.sessions.open(now);
    let mut response = see_other(&own_path(&browse, then));
    set_cookie(&mut response, &browse, session.as_str(), SESSION_S);
    Ok(response)
}

/// `POST /browse/logout`
pub(super) async fn log_out(
    State(browse): State<Browse>,
    visitor: Visitor,
    request: Request,
) -> Result<Response, Failure> {
    let (head, body) = request.into_parts();
    read_form(&visitor, &head, body).await?;
    let mut response = see_other(&browse.path(""));
    if let Some(session) = &visitor.session {
        browse.sessions.close(session);
        set_cookie(&mut response, &browse, "", 0);
    }
    Ok(response)
}

fn set_cookie(response: &mut Response, browse: &Browse, value: &str, age_s: i64) {
    let (path, secure) = (
        browse.path(""),
        if browse.is_https { "; Secure" } else { "" },
    );
    let cookie = format!(
        "{COOKIE_NAME}={value}; Path={path}; Max-Age={age_s}; HttpOnly; SameSite=Strict{secure}"
    );
    if let Ok(cookie) = HeaderValue::try_from(cookie) {
        response.headers_mut().insert(SET_COOKIE, cookie);
    }
}

/// The path where it is one of these pages, else the first of them: nobody is led elsewhere.
fn own_path(browse: &Browse, path: &str) -> String {
    let root = browse.path("");
    let rest = path.strip_prefix(&root);
    let is_own = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']));
    // As browsers read them: two dots, however they are written, lead out of these pages.
    let place = path.split(['?', '#']).next().unwrap_or_default();
    let leads_out = place.split('/').any(|part| {
        let part = part.to_ascii_lowercase().replace("%2e", ".");
        part == ".."
    });
    if is_own
        && !leads_out
        && path
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b'\\')
    {
        path.to_owned()
    } else {
        root
    }
}

pub(super) fn see_other(path: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    if let Ok(location) = HeaderValue::try_from(path) {
        response.headers_mut().insert(LOCATION, location);
    }
    response
}
