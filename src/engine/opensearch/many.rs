//! Many documents at once, and many searches. Invariant: what cannot be read at this moment is never taken for what is not there.

use std::time::Duration;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::client::{Call, CallError};
use super::cluster::Cluster;
use super::searched::Searched;

/// Waits before what lies on a shard that is not there yet, or no more, is asked for again: another copy takes its place.
const AGAIN_AFTER_MS: [u64; 5] = [50, 150, 500, 1_500, 3_000];

#[derive(Deserialize)]
struct Many {
    docs: Vec<Found>,
}

#[derive(Deserialize)]
struct Found {
    #[serde(default, rename = "found")]
    is_there: bool,
    #[serde(rename = "_source")]
    source: Option<Box<RawValue>>,
    error: Option<Value>,
}

#[derive(Deserialize)]
struct Answered {
    responses: Vec<Box<RawValue>>,
}

#[derive(Deserialize)]
struct Status {
    status: u16,
}

impl Cluster {
    /// Several searches at once, each with an answer of its own, in order; all of them ask the same copy of the index.
    pub(super) async fn search_all(
        &self,
        alias: &str,
        bodies: &[Value],
    ) -> Result<Vec<Searched>, CallError> {
        if bodies.is_empty() {
            return Ok(Vec::new());
        }
        let head = json!({ "allow_partial_search_results": false, "preference": self.copy });
        let mut lines = Vec::new();
        for body in bodies {
            for line in [&head, body] {
                lines.extend_from_slice(line.to_string().as_bytes());
                lines.push(b'\n');
            }
        }
        let ask = Call::ask_all(format!("/{alias}/_msearch"), lines);
        let answered: Answered = self.client.call(&ask).await?.read()?;
        if answered.responses.len() != bodies.len() {
            let told = format!("{} answers of {}", answered.responses.len(), bodies.len());
            return Err(CallError::Unreadable(told));
        }
        let mut all = Vec::with_capacity(bodies.len());
        for (answer, body) in answered.responses.iter().zip(bodies) {
            all.push(match read::<Status>(answer)?.status {
                200..=299 => read::<Searched>(answer)?.complete()?,
                // It had no room for all of them.
                429 | 502 | 503 | 504 => self.search(alias, body).await?,
                status => return Err(CallError::of_answer(status, answer.get().as_bytes(), None)),
            });
        }
        Ok(all)
    }

    /// The newest states of documents, in the order of the ids.
    pub(super) async fn get_all(
        &self,
        alias: &str,
        ids: &[String],
    ) -> Result<Vec<Option<Box<RawValue>>>, CallError> {
        // The cluster refuses to be asked for nothing.
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        for wait in AGAIN_AFTER_MS {
            if let Some(all) = self.try_to_get_all(alias, ids).await? {
                return Ok(all);
            }
            tokio::time::sleep(Duration::from_millis(wait)).await;
        }
        let all = self.try_to_get_all(alias, ids).await?;
        all.ok_or_else(|| CallError::Busy {
            status: 503,
            reason: "a shard is on no node".to_owned(),
            retry_after: None,
        })
    }

    /// `None` where some of them cannot be read at this moment.
    async fn try_to_get_all(
        &self,
        alias: &str,
        ids: &[String],
    ) -> Result<Option<Vec<Option<Box<RawValue>>>>, CallError> {
        let ask = Call::ask(format!("/{alias}/_mget"), &json!({ "ids": ids }));
        let many: Many = match self.client.call(&ask).await {
            Ok(answer) => answer.read()?,
            Err(CallError::TooLong { .. }) if ids.len() > 1 => {
                let (first, rest) = ids.split_at(ids.len() / 2);
                let mut all = Box::pin(self.get_all(alias, first)).await?;
                all.extend(Box::pin(self.get_all(alias, rest)).await?);
                return Ok(Some(all));
            }
            Err(error) => return Err(error),
        };
        if many.docs.len() != ids.len() {
            let told = format!("{} documents of {}", many.docs.len(), ids.len());
            return Err(CallError::Unreadable(told));
        }
        let mut all = Vec::with_capacity(ids.len());
        for found in many.docs {
            match found.error {
                Some(error) if is_passing(&error) => return Ok(None),
                Some(error) => return Err(CallError::Unreadable(error.to_string())),
                None => all.push(found.source.filter(|_| found.is_there)),
            }
        }
        Ok(Some(all))
    }
}

fn read<'a, T: Deserialize<'a>>(answer: &'a RawValue) -> Result<T, CallError> {
    serde_json::from_str(answer.get()).map_err(|error| CallError::Unreadable(error.to_string()))
}

/// Whether it is of a shard that moves, or whose node has gone.
fn is_passing(error: &Value) -> bool {
    const KINDS: [&str; 3] = [
        "no_shard_available_action_exception",
        "illegal_index_shard_state_exception",
        "shard_not_found_exception",
    ];
    error["type"]
        .as_str()
        .is_some_and(|kind| KINDS.contains(&kind))
}
