//! What was refused lately, as one document a site. Invariant: at most [`RefusedLately::KEPT_MAX`] are kept, the oldest go first;
//! nothing waits for it, and nothing depends on it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::OpenSearchCatalogs;
use super::client::CallError;
use super::site::OpenSite;
use crate::domain::{
    ObjectType, RefusedCall, RefusedLately, RefusedList, RefusedObject, RefusedOfRequest,
    Timestamp, TrackerId,
};
use crate::engine::{EngineError, Refusals};

/// Tries to change what others change as well.
const TRIES_MAX: usize = 5;
/// Between two looks whether some are to be kept.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// The last one last.
#[derive(Debug, Default, Serialize, Deserialize)]
struct List {
    refused: Vec<One>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct One {
    name: String,
    is_identity: bool,
    #[serde(rename = "type")]
    object_type: Option<String>,
    call: String,
    reason: String,
    times: u64,
    first: i64,
    last: i64,
}

#[async_trait]
impl Refusals for OpenSearchCatalogs {
    fn note_refused(&self, site: &TrackerId, refused: RefusedOfRequest) {
        // A site that is not served keeps nothing.
        let Ok(site) = self.site(site) else {
            return;
        };
        if site.refused.note(refused, site.now()) {
            tokio::spawn(async move {
                while site.refused.any() {
                    site.keep_refused(site.is_closed()).await;
                    tokio::time::sleep(LOOK_AGAIN).await;
                }
            });
        }
    }

    async fn refused_lately(
        &self,
        site: &TrackerId,
        limit: usize,
    ) -> Result<RefusedList, EngineError> {
        let site = self.site(site)?;
        site.made().await?;
        let (alias, id) = (site.cluster.names.control(), id(&site.id));
        let kept = site.cluster.get::<List>(&alias, &id).await?;
        let mut list = kept.map(|(list, _)| list).unwrap_or_default();
        list.drop_old(site.now());
        let listed = list.refused.iter().rev().take(limit);
        Ok(RefusedList {
            more: list.refused.len().saturating_sub(limit) as u64,
            listed: listed.map(One::read).collect(),
        })
    }
}

/// Where the list of a site is.
pub(super) fn id(site: &TrackerId) -> String {
    format!("refused:{site}")
}

impl OpenSite {
    /// Keeps what was noted, if it is time or all are to go now. What cannot be kept is lost.
    pub(super) async fn keep_refused(self: &Arc<Self>, at_once: bool) {
        let due = self.refused.take_due(at_once);
        if due.is_empty() {
            return;
        }
        if let Err(error) = self.add_refused(&due).await {
            tracing::warn!(site.tracker_id = %self.id, %error, "what was refused is not kept");
        }
    }

    /// All of the last day, the last one last.
    pub(super) async fn all_refused(&self) -> Result<Vec<RefusedLately>, EngineError> {
        self.made().await?;
        let (alias, id) = (self.cluster.names.control(), id(&self.id));
        let kept = self.cluster.get::<List>(&alias, &id).await?;
        let mut list = kept.map(|(list, _)| list).unwrap_or_default();
        list.drop_old(self.now());
        Ok(list.refused.iter().map(One::read).collect())
    }

    /// Makes these all there are; the last one last.
    pub(super) async fn set_refused(&self, all: &[RefusedLately]) -> Result<(), EngineError> {
        self.change_refused(|list, now| {
            list.refused.clear();
            list.add(all, now);
        })
        .await
    }

    async fn add_refused(&self, due: &[RefusedLately]) -> Result<(), EngineError> {
        self.change_refused(|list, now| list.add(due, now)).await
    }

    async fn change_refused(
        &self,
        change: impl Fn(&mut List, Timestamp),
    ) -> Result<(), EngineError> {
        // Of one that was removed meanwhile nothing is left behind.
        self.glimpse().await?;
        let (alias, id) = (self.cluster.names.control(), id(&self.id));
        for _ in 0..TRIES_MAX {
            let (mut list, read) = match self.cluster.get::<List>(&alias, &id).await? {
                Some((list, read)) => (list, Some(read)),
                None => (List::default(), None),
            };
            change(&mut list, self.now());
            let document = serde_json::to_value(&list);
            let document = document.map_err(|error| CallError::Unreadable(error.to_string()))?;
            match self.cluster.put_if(&alias, &id, &document, read).await {
                Ok(_) => return Ok(()),
                Err(error) if error.is_conflict() => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(EngineError::Overloaded { retry_after_s: 1 })
    }
}

impl List {
    fn add(&mut self, refused: &[RefusedLately], now: Timestamp) {
        self.drop_old(now);
        let known = self.refused.iter().enumerate();
        let mut places: HashMap<(String, String, String), usize> =
            known.map(|(at, one)| (one.key(), at)).collect();
        for new in refused {
            let new = One::of(new);
            if let Some(at) = places.get(&new.key()) {
                let known = &mut self.refused[*at];
                *known = One {
                    times: known.times + new.times,
                    first: known.first,
                    ..new
                };
            } else {
                places.insert(new.key(), self.refused.len());
                self.refused.push(new);
            }
        }
        self.refused.sort_by_key(|one| one.last);
        let many = self.refused.len().saturating_sub(RefusedLately::KEPT_MAX);
        self.refused.drain(..many);
    }

    /// A clock that was wrong and set back leaves nothing for ever.
    fn drop_old(&mut self, now: Timestamp) {
        let (now, kept_ms) = (now.as_millis(), RefusedLately::KEPT_S * 1000);
        let kept = now.saturating_sub(kept_ms)..=now.saturating_add(kept_ms);
        self.refused.retain(|one| kept.contains(&one.last));
    }
}

impl One {
    fn of(refused: &RefusedLately) -> Self {
        let object = &refused.object;
        Self {
            name: object.name.clone(),
            is_identity: object.is_identity,
            object_type: object.object_type.as_ref().map(ToString::to_string),
            call: object.call.as_str().to_owned(),
            reason: object.reason.clone(),
            times: refused.times,
            first: refused.first.as_millis(),
            last: refused.last.as_millis(),
        }
    }

    fn read(&self) -> RefusedLately {
        let object_type = self.object_type.as_ref();
        RefusedLately {
            object: RefusedObject {
                name: self.name.clone(),
                is_identity: self.is_identity,
                object_type: object_type.and_then(|name| ObjectType::new(name).ok()),
                call: RefusedCall::from_name(&self.call).unwrap_or(RefusedCall::Replace),
                reason: self.reason.clone(),
            },
            times: self.times,
            first: Timestamp::from_millis(self.first),
            last: Timestamp::from_millis(self.last),
        }
    }

    /// What makes it another one.
    fn key(&self) -> (String, String, String) {
        (self.name.clone(), self.reason.clone(), self.call.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(name: &str, second: i64) -> RefusedLately {
        let call = RefusedCall::Replace;
        let mut object = RefusedObject::sent(None, None, call, "x".to_owned());
        object.name = name.to_owned();
        RefusedLately {
            object,
            times: 1,
            first: at(second),
            last: at(second),
        }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_millis(second * 1000)
    }

    #[test]
    fn one_reason_is_one_entry_and_the_oldest_of_too_many_go() {
        let mut list = List::default();
        list.add(&[refused("a", 1), refused("b", 2)], at(2));
        list.add(&[refused("a", 3)], at(3));
        let told = |list: &List| {
            let told = list.refused.iter().map(|one| (one.name.clone(), one.times));
            told.collect::<Vec<_>>()
        };
        assert_eq!(told(&list), [("b".to_owned(), 1), ("a".to_owned(), 2)]);
        assert_eq!(list.refused[1].first, 1000);
        list.drop_old(at(RefusedLately::KEPT_S + 3));
        assert_eq!(told(&list), [("a".to_owned(), 2)], "a day has passed");
        let max = RefusedLately::KEPT_MAX as i64;
        let many: Vec<_> = (0..max + 5).map(|n| refused(&n.to_string(), n)).collect();
        list.add(&many, at(max));
        assert_eq!(list.refused.len(), RefusedLately::KEPT_MAX);
        assert_eq!(list.refused[0].name, "5");
    }
}
