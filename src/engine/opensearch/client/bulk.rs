//! Many writes in few requests. Invariant: every operation has an end of its own, whatever the status of the request says;
//! what the cluster had no room for is sent again, alone, and nothing else is. Every operation is safe to be done twice: it
//! carries its version, or says what it wants to be.

use std::collections::HashMap;
use std::time::Instant;

use reqwest::Method;
use serde::Deserialize;
use serde_json::json;

use super::backoff::{Backoff, luck};
use super::call::NDJSON;
use super::error::Cause;
use super::{Call, CallError, Client};

/// Operations of one request, and its bytes before they are packed.
const OPERATIONS_MAX: usize = 500;
const BYTES_MAX: usize = 5 << 20;
/// Fewer operations are not divided between two requests.
const DIVIDED_MIN: usize = 50;

/// One write of one document.
#[derive(Clone, Debug)]
pub(in crate::engine::opensearch) struct Operation {
    /// The alias.
    pub(in crate::engine::opensearch) index: String,
    pub(in crate::engine::opensearch) id: String,
    /// Of several that reach the cluster the highest stays, in whatever order they come.
    pub(in crate::engine::opensearch) version: u64,
    pub(in crate::engine::opensearch) action: Action,
}

#[derive(Clone, Debug)]
pub(in crate::engine::opensearch) enum Action {
    /// The document as JSON, on one line.
    Index(Vec<u8>),
    Delete,
}

/// How an operation ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::engine::opensearch) enum Item {
    Done,
    /// There was nothing to delete.
    NotThere,
    /// A write of this or a higher version is there already.
    Superseded,
    Refused {
        kind: String,
        reason: String,
    },
}

#[derive(Deserialize)]
struct Told {
    items: Vec<HashMap<String, ToldItem>>,
}

#[derive(Deserialize)]
struct ToldItem {
    status: u16,
    error: Option<Cause>,
}

impl Operation {
    fn write(&self, body: &mut Vec<u8>) {
        let target = json!({
            "_index": self.index,
            "_id": self.id,
            "version": self.version,
            "version_type": "external",
        });
        let head = match &self.action {
            Action::Index(_) => json!({ "index": target }),
            Action::Delete => json!({ "delete": target }),
        };
        body.extend_from_slice(head.to_string().as_bytes());
        body.push(b'\n');
        if let Action::Index(document) = &self.action {
            body.extend_from_slice(document);
            body.push(b'\n');
        }
    }

    fn bytes(&self) -> usize {
        /// What the first line takes beside the names in it.
        const HEAD_BYTES: usize = 80;
        let document = match &self.action {
            Action::Index(document) => document.len(),
            Action::Delete => 0,
        };
        HEAD_BYTES + self.index.len() + self.id.len() + document
    }
}

/// How many of the first operations make a request, `most` of them.
fn first_request(operations: &[Operation], most: usize) -> usize {
    let mut bytes = 0;
    let fitting = operations.iter().take(most).take_while(|one| {
        bytes += one.bytes();
        bytes <= BYTES_MAX
    });
    fitting.count().max(1).min(operations.len())
}

impl Client {
    /// Does all of the operations, no two of which are of one document; how each ended, in order. Two requests are on their
    /// way at once: a shard does the operations of one request one after the other.
    pub(in crate::engine::opensearch) async fn bulk(
        &self,
        operations: &[Operation],
    ) -> Result<Vec<Item>, CallError> {
        let most = operations.len().div_ceil(2);
        let most = most.clamp(DIVIDED_MIN, OPERATIONS_MAX);
        let mut items = Vec::with_capacity(operations.len());
        let mut rest = operations;
        while !rest.is_empty() {
            let (first, behind) = rest.split_at(first_request(rest, most));
            let (second, behind) = behind.split_at(first_request(behind, most));
            let (first, second) =
                tokio::try_join!(self.bulk_request(first), self.bulk_request(second))?;
            items.extend(first.into_iter().chain(second));
            rest = behind;
        }
        Ok(items)
    }

    /// The same, where an operation may be of the document of one before it and is to be done after that.
    pub(in crate::engine::opensearch) async fn bulk_in_order(
        &self,
        operations: &[Operation],
    ) -> Result<Vec<Item>, CallError> {
        let mut items = Vec::with_capacity(operations.len());
        let mut rest = operations;
        while !rest.is_empty() {
            let (request, behind) = rest.split_at(first_request(rest, OPERATIONS_MAX));
            items.extend(self.bulk_request(request).await?);
            rest = behind;
        }
        Ok(items)
    }

    /// What fits into one request, or into two where the cluster says that it does not.
    async fn bulk_request(&self, operations: &[Operation]) -> Result<Vec<Item>, CallError> {
        if operations.is_empty() {
            return Ok(Vec::new());
        }
        let mut backoff = Backoff::new(Instant::now(), self.settings.write_budget);
        let mut ends: Vec<Option<Item>> = vec![None; operations.len()];
        loop {
            let open: Vec<usize> = (0..ends.len()).filter(|&at| ends[at].is_none()).collect();
            let sent: Vec<&Operation> = open.iter().map(|&at| &operations[at]).collect();
            let told = match self.send_bulk(&sent).await {
                Err(CallError::Refused { status: 413, .. }) if sent.len() > 1 => {
                    let half = sent.len() / 2;
                    let halves = [&sent[..half], &sent[half..]];
                    let mut items = Vec::with_capacity(sent.len());
                    for half in halves {
                        let half: Vec<Operation> = half.iter().map(|&one| one.clone()).collect();
                        items.extend(Box::pin(self.bulk_request(&half)).await?);
                    }
                    items.into_iter().map(Some).collect()
                }
                Err(CallError::Refused {
                    status: 413,
                    kind,
                    reason,
                }) => {
                    vec![Some(Item::Refused { kind, reason })]
                }
                told => told?,
            };
            for (at, end) in open.into_iter().zip(told) {
                ends[at] = end;
            }
            let done: Option<Vec<Item>> = ends.iter().cloned().collect();
            if let Some(done) = done {
                return Ok(done);
            }
            let Some(wait) = backoff.next(Instant::now(), None, luck()) else {
                return Err(CallError::Busy {
                    status: 429,
                    reason: "it has no room for writes".to_owned(),
                    retry_after: None,
                });
            };
            tokio::time::sleep(wait).await;
        }
    }

    /// One request; `None` for what is to be sent again.
    async fn send_bulk(&self, operations: &[&Operation]) -> Result<Vec<Option<Item>>, CallError> {
        let mut body = Vec::with_capacity(operations.iter().map(|one| one.bytes()).sum());
        for operation in operations {
            operation.write(&mut body);
        }
        // An alias that is not there is no reason to make an index of that name.
        let call = Call::repeatable(Method::POST, "/_bulk?require_alias=true");
        let call = call.with(body, NDJSON);
        let _room = self.bulks.acquire().await;
        let told: Told = self.call(&call).await?.read()?;
        if told.items.len() != operations.len() {
            let told = format!("{} ends of {}", told.items.len(), operations.len());
            return Err(CallError::Unreadable(told));
        }
        told.items.into_iter().map(ended).collect()
    }
}

fn ended(item: HashMap<String, ToldItem>) -> Result<Option<Item>, CallError> {
    let Some(ToldItem { status, error }) = item.into_values().next() else {
        return Err(CallError::Unreadable("an end that says nothing".to_owned()));
    };
    let (kind, reason) = match error {
        Some(cause) => {
            let reason = cause.told();
            (cause.kind, reason)
        }
        None => (String::new(), String::new()),
    };
    if kind == "cluster_block_exception" {
        return Err(CallError::Blocked(reason));
    }
    Ok(match status {
        200..=299 => Some(Item::Done),
        404 if kind.is_empty() => Some(Item::NotThere),
        409 => Some(Item::Superseded),
        429 | 503 => None,
        _ => Some(Item::Refused { kind, reason }),
    })
}
