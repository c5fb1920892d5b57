//! `/v1/products/search/sync`: start a full sync, see how far it is, cancel it.

use axum::extract::RawQuery;
use axum::http::StatusCode;
use axum::response::Response;

use super::error::Error;
use super::token::Admin;
use super::wire::status::{Cancelled, Report, Start};
use crate::http::json;
use crate::http::query_string::QueryString;
use crate::sync::{Ask, Pass};

/// Starts and answers at once. A body is neither needed nor looked at.
pub(super) async fn start(
    Admin(door): Admin,
    RawQuery(query): RawQuery,
) -> Result<Response, Error> {
    let query = parameters(query.as_deref());
    let ask = Ask {
        forced: query.scalar("force") == Some("1"),
        pass: match query.scalar("keys") {
            Some("1") => Pass::Keys,
            _ => Pass::Rows,
        },
    };
    let started = door.syncs.start(query.scalar("source"), ask).await;
    let started = started.map_err(|error| Error::of_start(error, &door.unavailable_error))?;
    Ok(json::response(StatusCode::OK, &Start::from(&started)))
}

pub(super) async fn status(
    Admin(door): Admin,
    RawQuery(query): RawQuery,
) -> Result<Response, Error> {
    let sources = door
        .syncs
        .status(parameters(query.as_deref()).scalar("source"));
    let sources = sources.map_err(|error| Error::of_start(error, &door.unavailable_error))?;
    Ok(json::response(StatusCode::OK, &Report::from(sources)))
}

pub(super) async fn cancel(
    Admin(door): Admin,
    RawQuery(query): RawQuery,
) -> Result<Response, Error> {
    let is_cancelled = door
        .syncs
        .cancel(parameters(query.as_deref()).scalar("source"));
    let is_cancelled =
        is_cancelled.map_err(|error| Error::of_start(error, &door.unavailable_error))?;
    Ok(json::response(
        StatusCode::OK,
        &Cancelled::from(is_cancelled),
    ))
}

/// More parameters than anybody needs are none.
fn parameters(query: Option<&str>) -> QueryString {
    QueryString::parse(query.unwrap_or_default()).unwrap_or_default()
}
