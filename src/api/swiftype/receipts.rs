//! Documents accepted for later, and the receipts that say what became of them (docs/reference/10-swiftype.md §5).
//! Invariant: a batch is answered when it is on the disk, receipts and all.

use std::collections::HashMap;

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::Value;

use super::call::Call;
use super::documents::elements;
use super::engines::At;
use super::error::Error;
use super::located::{DocumentType, Engine, Listed};
use super::refusals;
use super::wire::document;
use super::wire::receipt::{BatchBody, ReceiptBody};
use crate::domain::{Document, EngineNumber, Receipt, ReceiptState, StampedId};
use crate::engine::EngineError;
use crate::http::json;
use crate::telemetry::metrics::{Api, Operation};

/// Most documents of a batch.
const BATCH_MAX: usize = 100;

/// Most receipts of a poll.
const POLL_MAX: usize = 1_000;

/// POST `…/documents/async_bulk_create_or_update`
pub(super) async fn submit(
    At((engine, name)): At<(String, String)>,
    mut call: Call,
) -> Result<Response, Error> {
    let of = call.made_type(&engine, &name).await?;
    let engine = &of.document_type.engine;
    let reads_as = of.document_type.object_type.clone();
    let documents = elements(&mut call, BATCH_MAX, move |json| {
        document::read(&reads_as, json)
    });
    let sent = documents.await?;
    let (site, written) = (engine.tracker_id().clone(), of.written());
    let documents = call.documents.clone();
    let submit = async move { documents.submit_documents(&site, written, sent).await };
    let receipts = call.to_its_end(submit).await?;
    let receipts = receipts.ok_or_else(|| of.not_found())?;
    let is_failed = |receipt: &&Receipt| matches!(receipt.state, ReceiptState::Failed(_));
    let refused = receipts.iter().filter(is_failed).count();
    let accepted = receipts.len() - refused;
    call.app
        .metrics
        .objects(Api::Swiftype, Operation::Replace, accepted, refused);
    let object_type = &of.document_type.object_type;
    let told = receipts.iter().filter_map(|receipt| match &receipt.state {
        ReceiptState::Failed(problem) => {
            let named = receipt.external_id.as_deref();
            let named = named.and_then(|id| Document::identity(object_type, id).ok());
            Some((named, problem))
        }
        _ => None,
    });
    refusals::note(&call, engine.tracker_id(), object_type, told);
    let receipts = receipts.into_iter().map(|receipt| {
        let id = id_of(&receipt, engine.number).to_string();
        ReceiptBody::accepted(&call.links, id, receipt)
    });
    let document_receipts: Vec<ReceiptBody> = receipts.collect();
    let ids: Vec<String> = document_receipts.iter().map(|one| one.id.clone()).collect();
    let body = BatchBody {
        batch_link: call.links.batch(&ids),
        document_receipts,
    };
    Ok(json::response(StatusCode::ACCEPTED, &body))
}

/// GET and POST `/document_receipts`
pub(super) async fn poll(call: Call) -> Result<Response, Error> {
    call.admit_key()?;
    let bodies = look_up(&call, asked_ids(&call)?).await?;
    Ok(json::response(StatusCode::OK, &bodies))
}

/// GET `/document_receipts/{receipt}`
pub(super) async fn show(At(id): At<String>, call: Call) -> Result<Response, Error> {
    call.admit_key()?;
    let body = look_up(&call, vec![id.clone()]).await?.pop();
    let body = body.ok_or(Error::NotFound(id))?;
    Ok(json::response(StatusCode::OK, &body))
}

/// A list, or texts with commas in between.
fn asked_ids(call: &Call) -> Result<Vec<String>, Error> {
    let ids: Vec<String> = match call.parameters.value("ids") {
        None => return Err(Error::Missing("ids")),
        Some(Value::String(text)) => text
            .split(',')
            .filter(|id| !id.is_empty())
            .map(str::to_owned)
            .collect(),
        Some(Value::Array(list)) => list
            .into_iter()
            .map(|id| match id {
                Value::String(text) => text,
                other => other.to_string(),
            })
            .collect(),
        Some(_) => return Err(Error::WrongType("ids")),
    };
    if ids.len() > POLL_MAX {
        let words = format!("Too many document receipts: limit is {POLL_MAX}");
        return Err(Error::Bad(words));
    }
    Ok(ids)
}

/// One body for each id, in order. Age decides first, then what the store of the id's engine says.
async fn look_up(call: &Call, ids: Vec<String>) -> Result<Vec<ReceiptBody>, Error> {
    let now = call.app.clock.now();
    let is_expired = |id: &StampedId| id.whole_second(now) + Receipt::KEPT_S < now.second();
    let parsed: Vec<Option<StampedId>> = ids.iter().map(|id| StampedId::parse(id)).collect();
    let current = parsed.iter().flatten().filter(|id| !is_expired(id));
    let mut found = receipts_of(call, current).await?;
    let bodies = ids.into_iter().zip(parsed).map(|(id, parsed)| {
        let links = &call.links;
        let Some(parsed) = parsed else {
            return ReceiptBody::without_document(links, id, "unknown");
        };
        if is_expired(&parsed) {
            return ReceiptBody::without_document(links, id, "expired");
        }
        match found.get_mut(&parsed) {
            Some((receipt, engine)) => {
                let document = document_link(call, engine, receipt);
                ReceiptBody::new(links, id, receipt.clone(), document)
            }
            None => ReceiptBody::without_document(links, id, "unknown"),
        }
    });
    Ok(bodies.collect())
}

/// The receipts that the key may see, each with its engine.
async fn receipts_of(
    call: &Call,
    ids: impl Iterator<Item = &StampedId>,
) -> Result<HashMap<StampedId, (Receipt, Engine)>, Error> {
    let mut by_engine: HashMap<EngineNumber, Vec<StampedId>> = HashMap::new();
    for id in ids {
        by_engine.entry(id.engine).or_default().push(*id);
    }
    let mut found = HashMap::new();
    if by_engine.is_empty() {
        return Ok(found);
    }
    for listed in call.engines().await? {
        let Some(ids) = by_engine.remove(&listed.number) else {
            continue;
        };
        let (engine, receipts) = match receipts_of_engine(call, listed, &ids).await {
            // Removed since it was listed: its receipts went with it.
            Err(EngineError::UnknownSite(_)) => continue,
            read => read?,
        };
        for (id, receipt) in ids.into_iter().zip(receipts) {
            if let Some(receipt) = receipt {
                found.insert(id, (receipt, engine.clone()));
            }
        }
    }
    Ok(found)
}

async fn receipts_of_engine(
    call: &Call,
    listed: Listed,
    ids: &[StampedId],
) -> Result<(Engine, Vec<Option<Receipt>>), EngineError> {
    let engine = call.open(listed).await?;
    let now = call.app.clock.now();
    let asked = ids.iter();
    let asked = asked.map(|id| (id.whole_second(now), id.counter)).collect();
    let receipts = call.documents.receipts(engine.tracker_id(), asked).await?;
    Ok((engine, receipts))
}

fn document_link(call: &Call, engine: &Engine, receipt: &Receipt) -> Option<String> {
    let ReceiptState::Complete(place) = receipt.state else {
        return None;
    };
    let of = DocumentType {
        engine: engine.clone(),
        object_type: receipt.object_type.clone(),
    };
    Some(
        call.links
            .document(engine.id(), of.id(), of.document_id(place)),
    )
}

fn id_of(receipt: &Receipt, engine: EngineNumber) -> StampedId {
    StampedId {
        second: StampedId::second_of(receipt.second),
        engine,
        counter: receipt.counter,
    }
}
