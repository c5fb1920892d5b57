//! What is counted of searches (docs/reference/10-swiftype.md §3): clicks, day by day. Searches themselves
//! are not counted here, so their lists are empty.

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::call::Call;
use super::engines::{At, ListPage};
use super::error::Error;
use crate::api::AppState;
use crate::domain::Timestamp;
use crate::engine::DocumentKey;
use crate::http;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Days of a list when nobody says which, and the most of one list.
const DAYS: i64 = 15;
const DAYS_MAX: i64 = 30;

/// Lists that nothing here counts for.
const NOT_COUNTED: [&str; 6] = [
    "searches",
    "autoselects",
    "top_queries",
    "top_queries_in_range",
    "top_no_result_queries",
    "top_no_result_queries_in_range",
];

/// Whose counter is asked for, and which.
pub(super) struct Counter {
    engine: String,
    document_type: Option<String>,
    name: String,
}

impl FromRequestParts<AppState> for Counter {
    type Rejection = Error;

    async fn from_request_parts(head: &mut Parts, app: &AppState) -> Result<Self, Error> {
        let path = RawPathParams::from_request_parts(head, app).await;
        let path = path.map_err(|_| Error::NotFound(head.uri.path().to_owned()))?;
        let named = |wanted: &str| {
            let mut found = path.iter().filter(|(name, _)| *name == wanted);
            found.next().map(|(_, value)| value.to_owned())
        };
        Ok(Self {
            engine: named("engine").unwrap_or_default(),
            document_type: named("type"),
            name: named("counter").unwrap_or_default(),
        })
    }
}

/// GET `…/analytics/{counter}`
pub(super) async fn counts(counter: Counter, call: Call) -> Result<Response, Error> {
    let engine = call.engine(&counter.engine).await?;
    let site = engine.tracker_id().clone();
    let object_type = match &counter.document_type {
        Some(name) => Some(call.document_type(engine, name).await?.object_type),
        None => None,
    };
    let (from, to) = days(&call)?;
    let page = ListPage::read(&call)?;
    if NOT_COUNTED.contains(&counter.name.as_str()) {
        return Ok(http::json::response(StatusCode::OK, &json!([])));
    }
    if counter.name != "clicks" {
        return Err(Error::NotFound(counter.name));
    }
    let clicks = call.documents.clicks(&site, object_type, from, to).await?;
    let of_day = |day: i64| clicks.iter().find(|(known, _)| *known == day);
    let newest_first = (from..=to).rev().skip(page.skip).take(page.limit);
    let list: Vec<Value> = newest_first
        .map(|day| json!([date(day), of_day(day).map_or(0, |(_, clicks)| *clicks)]))
        .collect();
    Ok(http::json::response(StatusCode::OK, &list))
}

/// POST `…/analytics/log_clickthrough`
pub(super) async fn log_clickthrough(
    At((engine, name)): At<(String, String)>,
    call: Call,
) -> Result<Response, Error> {
    let of = call
        .document_type(call.engine(&engine).await?, &name)
        .await?;
    call.parameters.text("q").ok_or(Error::Missing("q"))?;
    let id = call.parameters.text("id").ok_or(Error::Missing("id"))?;
    let (site, object_type) = (of.engine.tracker_id(), of.object_type.clone());
    let key = DocumentKey(id.clone());
    let clicked = call
        .documents
        .document(site, object_type.clone(), key)
        .await?;
    clicked.ok_or(Error::NotFound(id))?;
    let day = day_of(call.app.clock.now());
    call.app
        .in_time(call.documents.count_click(site, object_type, day))
        .await?;
    // As recorded: one blank.
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    Ok((StatusCode::OK, [(CONTENT_TYPE, plain)], " ").into_response())
}

/// The days asked for, both included.
fn days(call: &Call) -> Result<(i64, i64), Error> {
    let invalid = || Error::Bad("The time range you specified was invalid.".to_owned());
    let day = |name: &str| match call.parameters.text(name) {
        None => Ok(None),
        Some(text) => read_day(&text).map(Some).ok_or_else(invalid),
    };
    let to = day("end_date")?.unwrap_or_else(|| day_of(call.app.clock.now()));
    let from = day("start_date")?.unwrap_or(to - (DAYS - 1));
    if from > to || to - from >= DAYS_MAX {
        return Err(invalid());
    }
    Ok((from, to))
}

/// `YYYY-MM-DD`
fn read_day(text: &str) -> Option<i64> {
    const CHARS: usize = 10;
    let at = Timestamp::parse(text).filter(|_| text.len() == CHARS)?;
    Some(day_of(at))
}

fn day_of(at: Timestamp) -> i64 {
    at.as_millis().div_euclid(DAY_MS)
}

fn date(day: i64) -> String {
    let text = Timestamp::from_millis(day * DAY_MS).to_string();
    text.split('T').next().unwrap_or_default().to_owned()
}
