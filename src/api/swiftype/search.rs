//! Searches and completions, document type by document type (docs/reference/10-swiftype.md §6). Invariant:
//! each document type is searched as of one moment, and what is wrong with a search is told beside its
//! results.

use std::time::{Duration, Instant};

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use serde_json::Value;

use super::call::Call;
use super::error::Error;
use super::located::{DocumentType, Engine};
use super::wire::results::{SearchBody, info, record};
use super::wire::search::{DocumentSearch, Kind, Problems, Spelling};
use crate::api::AppState;
use crate::domain::{QueryText, SearchQuery, SearchResults, SpellingSuggestion};
use crate::http::json;
use crate::telemetry::metrics::Api;

/// Most document types of one search: each is searched on its own.
const TYPES_MAX: usize = 50;

/// What a search is narrowed down to by its path.
pub(super) struct Within {
    engine: String,
    document_type: Option<String>,
}

impl FromRequestParts<AppState> for Within {
    type Rejection = Error;

    async fn from_request_parts(head: &mut Parts, app: &AppState) -> Result<Self, Error> {
        let no_such = |head: &Parts| Error::NotFound(head.uri.path().to_owned());
        let path = RawPathParams::from_request_parts(head, app).await;
        let path = path.map_err(|_| no_such(head))?;
        let named = |wanted: &str| {
            let mut found = path.iter().filter(|(name, _)| *name == wanted);
            found.next().map(|(_, value)| value.to_owned())
        };
        Ok(Self {
            engine: named("engine").ok_or_else(|| no_such(head))?,
            document_type: named("type"),
        })
    }
}

/// GET and POST `…/search`
pub(super) async fn search(within: Within, call: Call) -> Result<Response, Error> {
    answer(within, call, Kind::Search).await
}

/// GET and POST `…/suggest`
pub(super) async fn suggest(within: Within, call: Call) -> Result<Response, Error> {
    answer(within, call, Kind::Suggest).await
}

async fn answer(within: Within, call: Call, kind: Kind) -> Result<Response, Error> {
    let engine = call.engine(&within.engine).await?;
    let only = match within.document_type {
        Some(name) => Some(call.document_type(engine.clone(), &name).await?),
        None => None,
    };
    let memory = call.memory.clone();
    let body = find(call, engine, only, kind).await?;
    let answer = json::response(StatusCode::OK, &body);
    drop(memory);
    Ok(answer)
}

/// Searches the document type, or all that are asked for.
pub(super) async fn find(
    mut call: Call,
    engine: Engine,
    only: Option<DocumentType>,
    kind: Kind,
) -> Result<SearchBody, Error> {
    let mut problems = Problems::default();
    let options = std::mem::take(&mut call.parameters);
    let asked = DocumentSearch::read(kind, options, &mut problems);
    let types = match only {
        Some(only) => vec![only],
        None => asked_types(&call, &engine, &asked, &mut problems).await?,
    };
    let mut body = SearchBody::new();
    let mut on_behalf = AppState::asker(call.client);
    let (began, longest) = (Instant::now(), call.app.limits.search_timeout_ms);
    for of in &types {
        if began.elapsed() > Duration::from_millis(longest) {
            return Err(call.app.late().into());
        }
        let mut query = asked.query(of, call.app.clock.now(), &mut problems);
        let fetched = asked.fetched(of, &mut problems);
        query.asker = on_behalf;
        query.memory = call.memory.clone();
        if let Some(fetched) = &fetched {
            query.projection.only = Some(fetched.iter().cloned().collect());
        }
        let (mut results, suggestion) = results(&call, of, &asked, query).await?;
        on_behalf.work_done += results.work;
        let info = info(&asked, of, &results, suggestion.as_ref());
        let records = records(&call, of, &mut results, fetched.as_deref()).await?;
        body.add(of, records, info);
    }
    Ok(body.with_errors(problems.into_body()))
}

/// What is found in a document type, and what else may be meant. That is looked for instead where the
/// search asks for it.
async fn results(
    call: &Call,
    of: &DocumentType,
    asked: &DocumentSearch,
    mut query: SearchQuery,
) -> Result<(SearchResults, Option<SpellingSuggestion>), Error> {
    let site = of.engine.tracker_id();
    let counted = |query| {
        let found = call.app.engine.search.search(site, query);
        call.app.counted_search(Api::Swiftype, async {
            let mut results = found.await?;
            // There may be more to ask.
            results.turn.end();
            Ok(results)
        })
    };
    let results = counted(query.clone()).await?;
    let suggestion = asked.suggestion(&results);
    match &suggestion {
        Some(meant) if asked.spelling == Spelling::Retry => {
            query.text = QueryText::new(&meant.text);
            query.asker.work_done += results.work;
            let mut again = counted(query).await?;
            again.work += results.work;
            Ok((again, suggestion))
        }
        _ => Ok((results, suggestion)),
    }
}

async fn asked_types(
    call: &Call,
    engine: &Engine,
    asked: &DocumentSearch,
    problems: &mut Problems,
) -> Result<Vec<DocumentType>, Error> {
    const OPTION: &str = "document_types";
    let mut types = match asked.type_names(problems) {
        None => call.document_types(engine).await?,
        Some(names) => {
            let mut types = Vec::new();
            for name in names {
                match call.document_type(engine.clone(), &name).await {
                    Ok(found) => types.push(found),
                    Err(Error::NotFound(_)) => {
                        problems.general(OPTION, format!("unknown document type: {name}"));
                    }
                    Err(error) => return Err(error),
                }
            }
            types
        }
    };
    if types.len() > TYPES_MAX {
        problems.general(
            OPTION,
            format!("too many document types: limit is {TYPES_MAX}"),
        );
        types.truncate(TYPES_MAX);
    }
    Ok(types)
}

/// The hits as records. One that was deleted since it was found is left out.
async fn records(
    call: &Call,
    of: &DocumentType,
    results: &mut SearchResults,
    fetched: Option<&[String]>,
) -> Result<Vec<Value>, Error> {
    let hits = std::mem::take(&mut results.hits);
    let identities = hits
        .iter()
        .map(|hit| hit.object.shown().identity().clone())
        .collect();
    let places = call.documents.places(of.engine.tracker_id(), identities);
    let hits = hits.into_iter().zip(places.await?);
    Ok(hits
        .filter_map(|(hit, place)| Some(record(of, hit, place?, fetched)))
        .collect())
}
