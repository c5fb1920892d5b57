//! Events of visitors, past ones of the shop, and what is forgotten of a client
//! (docs/reference/06-autocomplete-and-others.md §6). Invariant: of an array the good events are counted whatever
//! the others are like, and the answer tells of the first that was not.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::call::{INLINE_PARSE_BYTES_MAX, off_async_threads, to_its_end};
use super::error::Error;
use super::event_error::EventError;
use super::signed::Signed;
use super::wire::event::{SentEvent, read_events, read_past};
use super::wire::write_options::BadParameter;
use crate::api::AppState;
use crate::domain::{ClientId, Event, Recorded, TrackerId};
use crate::engine::{EngineError, Events, Telling};
use crate::http::json::Weights;
use crate::http::request_log::name_site;
use crate::http::{BodyLimits, BodyRoom, json, read_body};
use crate::telemetry::audit::Deletion;
use crate::throttle::Refused;

/// Body of events, before and after decompression, in bytes.
const EVENTS_BYTES_MAX: usize = 1 << 20;

const PAST_BYTES_MAX: usize = 2 << 20;

/// A session with as many events as it may have is over at the earliest then.
const SESSION_RETRY_S: u32 = 30 * 60;

/// POST `/`, `/v1`, `/v1/events`
pub(super) async fn record(
    State(app): State<AppState>,
    request: Request,
) -> Result<Response, EventError> {
    let (head, body) = request.into_parts();
    let limits = BodyLimits::same(EVENTS_BYTES_MAX, &Weights::TREE);
    let body = read_body(&head, body, limits).await?;
    let now = app.clock.now();
    let is_long = body.len() > INLINE_PARSE_BYTES_MAX;
    let read = off_async_threads(is_long, move || read_events(&body, now)).await??;
    let count = read.len();
    let mut worst: Option<EventError> = None;
    let mut by_site: Vec<(TrackerId, Vec<Event>)> = Vec::new();
    for (at, event) in read.into_iter().enumerate() {
        let bad = |why| EventError::Bad {
            at: (count > 1).then_some(at),
            why,
        };
        let admitted = match event {
            Ok(event) => admit(&app, event).await,
            Err(why) => Err(bad(why)),
        };
        match admitted {
            Ok((site, event)) => match by_site.iter_mut().find(|(known, _)| *known == site) {
                Some((_, events)) => events.push(event),
                None => by_site.push((site, vec![event])),
            },
            Err(error) => EventError::keep_worse(&mut worst, error),
        }
    }
    let room = BodyRoom::of(&head);
    let recorded = to_its_end(room, record_all(app.clone(), by_site));
    if let Err(error) = app.in_time(recorded).await? {
        EventError::keep_worse(&mut worst, error);
    }
    match worst {
        Some(error) => Err(error),
        None => Ok(StatusCode::NO_CONTENT.into_response()),
    }
}

/// The site of an event, if it is served and the client does not send too much.
async fn admit(app: &AppState, sent: SentEvent) -> Result<(TrackerId, Event), EventError> {
    let SentEvent { tracker, event } = sent;
    let site = app.site_named(&tracker).await?;
    let site = site.ok_or(EventError::UnknownTracker(tracker))?;
    name_site(&site.tracker_id);
    app.admit_event(&site.tracker_id, &event.client)?;
    Ok((site.tracker_id.clone(), event))
}

/// Records what is good; what was not taken is told.
async fn record_all(
    app: AppState,
    by_site: Vec<(TrackerId, Vec<Event>)>,
) -> Result<Result<(), EventError>, EngineError> {
    let mut worst = None;
    for (site, events) in by_site {
        match door(&app)?.record(&site, events, Telling::Now).await {
            Ok(recorded) if recorded.contains(&Recorded::OverSession) => {
                let refused = Refused {
                    retry_after_s: SESSION_RETRY_S,
                };
                EventError::keep_worse(&mut worst, refused.into());
            }
            Ok(_) => {}
            Err(error) => EventError::keep_worse(&mut worst, error.into()),
        }
    }
    Ok(worst.map_or(Ok(()), Err))
}

/// POST `/v1/events/import`
pub(super) async fn import(
    State(app): State<AppState>,
    signed: Signed,
    request: Request,
) -> Result<Response, Error> {
    let (head, body) = request.into_parts();
    let limits = BodyLimits::same(PAST_BYTES_MAX, &Weights::TREE);
    let body = read_body(&head, body, limits).await?;
    let now = app.clock.now();
    let read = off_async_threads(true, move || read_past(&body, now)).await?;
    let Ok(read) = read else {
        return Err(Error::BadParameter(BadParameter {
            name: "body",
            expected: "an event, or an array of at most 1000",
        }));
    };
    let mut errors = Map::new();
    let (mut events, mut places) = (Vec::new(), Vec::new());
    for (at, event) in read.into_iter().enumerate() {
        match event {
            Ok(event) => {
                events.push(event);
                places.push(at);
            }
            Err(why) => drop(errors.insert(at.to_string(), json!(why.to_string()))),
        }
    }
    let site = signed.site().clone();
    let events_door = Arc::clone(door(&app)?);
    let room = BodyRoom::of(&head);
    let recorded = to_its_end(room, async move {
        events_door.record(&site, events, Telling::Past).await
    });
    let recorded = app.in_time(recorded).await?;
    let too_old = places.iter().zip(&recorded);
    for (at, _) in too_old.filter(|(_, one)| **one == Recorded::Dropped) {
        errors.insert(at.to_string(), json!("is of a time that is not counted"));
    }
    let counted = |wanted| recorded.iter().filter(|one| **one == wanted).count();
    let answer = json!({
        "ok_count": counted(Recorded::Counted),
        "repeated_count": counted(Recorded::Repeated),
        "errors_count": errors.len(),
        "errors": Value::Object(errors),
    });
    Ok(json::response(StatusCode::OK, &answer))
}

/// DELETE `/v1/events/clients/<client id>`; of a customer too.
pub(super) async fn forget(
    State(app): State<AppState>,
    Path(id): Path<String>,
    signed: Signed,
) -> Result<Response, Error> {
    let Some(client) = ClientId::new(&id) else {
        return Err(Error::BadParameter(BadParameter {
            name: "client_id",
            expected: "an id of at most 256 bytes",
        }));
    };
    let forgotten = door(&app)?.forget_client(signed.site(), client);
    app.in_time(forgotten).await?;
    Deletion {
        site: signed.site().as_str(),
        call: "forget_client",
        ..Deletion::default()
    }
    .note();
    Ok(json::response(StatusCode::OK, &json!({"deleted": true})))
}

/// These routes are there only where events are.
pub(super) fn door(app: &AppState) -> Result<&Arc<dyn Events>, EngineError> {
    app.engine
        .events
        .as_ref()
        .ok_or_else(|| EngineError::Unavailable {
            reason: "this backend counts no events".to_owned(),
            retry_after_s: 0,
        })
}
