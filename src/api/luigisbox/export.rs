//! The whole catalog, page by page (docs/reference/02-content.md §9). Invariant: a page is made from the
//! store alone and nothing is kept between two pages; what the next one needs is in its link.

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::call::{off_async_threads, query};
use super::error::Error;
use super::links;
use super::signed::Signed;
use super::wire::export::{Cursor, ExportBody};
use crate::api::AppState;
use crate::domain::Object;
use crate::engine::EngineError;
use crate::http::{AnswerRoom, PieceWriter, json};

const PATH: &str = "/v1/content_export";

/// GET `/v1/content_export`; clients may send a body, which says nothing.
pub(super) async fn export(
    State(app): State<AppState>,
    signed: Signed,
    request: Request,
) -> Result<Response, Error> {
    let query = query(&request)?;
    let now = app.clock.now();
    let cursor = if let Some(text) = query.scalar("cursor") {
        Cursor::read(text, now)?
    } else {
        let beginning = Cursor::begin(&query)?;
        let count = app.engine.reads.count(signed.site(), beginning.scope(now));
        beginning.of(app.read_in_time(count).await?)
    };
    let page = app.engine.reads.scan(signed.site(), cursor.scan(now));
    let writer = request.extensions().get::<AnswerRoom>();
    let no_room = |_| EngineError::NoRoom;
    let writer = writer.map(AnswerRoom::begin).transpose().map_err(no_room)?;
    let page = app.read_in_time(page).await?;
    if let Some(source) = writer.as_ref().map(PieceWriter::source) {
        let bytes = page.objects.iter().map(Object::memory_bytes).sum();
        source.take(bytes).map_err(no_room)?;
    }
    let address = links::address(&app, request.uri(), request.headers(), PATH);
    let form = signed.attributes_form();
    // Hundreds of objects take milliseconds to write.
    Ok(off_async_threads(true, move || {
        let next = page.next.map(|position| cursor.next(position, now));
        let next = next.map(|cursor| format!("{address}?cursor={cursor}"));
        let answer = ExportBody::new(&page, &cursor, form, next);
        match writer {
            Some(writer) => json::written(writer, StatusCode::OK, &answer).map_err(no_room),
            None => Ok(json::response(StatusCode::OK, &answer)),
        }
    })
    .await??)
}
