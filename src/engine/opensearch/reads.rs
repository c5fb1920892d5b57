//! A catalog as it lies in the cluster. Invariant: an answer is of one state of what commits deleted: what it was asked with still
//! held when it was there. Who commits while somebody reads has the question asked again.

use std::sync::Arc;

use serde_json::{Value, json};

use super::client::CallError;
use super::control::Control;
use super::layout::document::Kept;
use super::site::OpenSite;
use crate::domain::{
    CommitPreview, GenerationCommit, Identity, Inspected, MadeOf, Scan, ScanPage, ScanPosition,
    Scope, Timestamp, TypesWanted,
};
use crate::engine::EngineError;

/// Objects of one page at most, whatever was asked for.
const PAGE_MAX: usize = 1_000;
/// Times a question is asked again because of a commit.
const TRIES_MAX: usize = 5;
const COME_AGAIN_S: u32 = 1;

/// What commits had deleted when a question was asked.
pub(super) struct Moment {
    pub(super) control: Arc<Control>,
    /// Whether the site may have said more since, before the question was asked.
    pub(super) is_of_before: bool,
    tries_left: usize,
}

impl OpenSite {
    /// From here on all is seen that was acknowledged before.
    pub(super) async fn moment(&self) -> Result<Moment, EngineError> {
        self.made().await?;
        // Of one that was removed the index may be gone: that is asked first.
        self.told().await?;
        self.cluster.refresh(&self.alias).await?;
        Ok(Moment {
            control: self.told().await?,
            is_of_before: false,
            tries_left: TRIES_MAX,
        })
    }

    /// From here on all is seen that searches can see already.
    pub(super) async fn glimpse(&self) -> Result<Moment, EngineError> {
        self.made().await?;
        Ok(Moment {
            control: self.told().await?,
            is_of_before: false,
            tries_left: TRIES_MAX,
        })
    }

    /// The same with what the site said of itself when a search heard it last: where it says that still behind the question,
    /// it has said nothing else meanwhile.
    pub(super) async fn familiar(&self) -> Result<Moment, EngineError> {
        let Some(control) = self.memory.control() else {
            return self.glimpse().await;
        };
        self.made().await?;
        Ok(Moment {
            control,
            is_of_before: true,
            tries_left: TRIES_MAX,
        })
    }

    /// Whether what was asked at the moment is right; if not, it is another moment now, and to be asked again.
    pub(super) async fn holds(&self, moment: &mut Moment) -> Result<bool, EngineError> {
        let after = self.told().await?;
        let before = &moment.control;
        let is_same = after.dead_changes == before.dead_changes
            && self.made_with(&after) == self.made_with(before);
        let is_new = moment.is_of_before && brings_more(before, &after);
        if is_same && !is_new {
            return Ok(true);
        }
        moment.control = after;
        moment.is_of_before = false;
        moment.tries_left -= 1;
        if moment.tries_left > 0 {
            return Ok(false);
        }
        Err(EngineError::Unavailable {
            reason: "one commit follows the other".to_owned(),
            retry_after_s: COME_AGAIN_S,
        })
    }

    /// What the site says now; of one that another process has removed nothing is told.
    async fn told(&self) -> Result<Arc<Control>, EngineError> {
        let control = self.cluster.control(&self.id).await?;
        let control = control.map_or_else(Control::default, |(control, _)| control);
        if control.is_removed {
            return Err(EngineError::UnknownSite(self.id.clone()));
        }
        let control = Arc::new(control);
        self.memory.keep_control(Arc::clone(&control));
        Ok(control)
    }

    pub(super) async fn scan(&self, scan: &Scan) -> Result<ScanPage, EngineError> {
        let (kept, next) = self.kept_page(scan).await?;
        Ok(ScanPage {
            objects: kept.iter().filter_map(Kept::object).collect(),
            next,
        })
    }

    /// A page as it is kept, and where the next one begins.
    pub(super) async fn kept_page(
        &self,
        scan: &Scan,
    ) -> Result<(Vec<Kept>, Option<ScanPosition>), EngineError> {
        let mut limit = scan.limit.clamp(1, PAGE_MAX);
        let mut moment = self.moment().await?;
        let found = loop {
            let search = json!({
                "query": in_scope(&moment.control, &scan.scope),
                "sort": [{ "first_seen": "asc" }],
                "search_after": [scan.after.0],
                "size": limit + 1,
                "track_total_hits": false,
            });
            let found = match self.cluster.search(&self.alias, &search).await {
                Ok(found) => found,
                // A page of large objects is a short one.
                Err(CallError::TooLong { .. }) if limit > 1 => {
                    limit /= 2;
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            if self.holds(&mut moment).await? {
                break found;
            }
        };
        let mut kept: Vec<Kept> = found.sources().filter_map(Kept::read).collect();
        let has_more = kept.len() > limit;
        kept.truncate(limit);
        let last = kept.last().map(|last| ScanPosition(last.head.first_seen));
        Ok((kept, last.filter(|_| has_more)))
    }

    pub(super) async fn count(&self, scope: &Scope) -> Result<u64, EngineError> {
        let mut moment = self.moment().await?;
        loop {
            let query = in_scope(&moment.control, scope);
            let count = self.cluster.count(&self.alias, &query).await?;
            if self.holds(&mut moment).await? {
                return Ok(count);
            }
        }
    }

    pub(super) async fn preview_commit(
        &self,
        commit: &GenerationCommit,
    ) -> Result<Option<CommitPreview>, EngineError> {
        let mut moment = self.moment().await?;
        loop {
            let preview = self.preview(&moment.control, commit).await?;
            if self.holds(&mut moment).await? {
                return Ok(preview);
            }
        }
    }

    pub(super) async fn inspect(
        &self,
        identity: Identity,
    ) -> Result<Option<Inspected>, EngineError> {
        self.made().await?;
        let control = self.told().await?;
        let kept = self.read(&control, &[identity]).await?.pop().flatten();
        Ok(kept.and_then(|kept| {
            Some(Inspected {
                object: kept.object()?,
                updated_at: kept.updated_at,
                json_bytes: kept.raw.get().len(),
                made_of: MadeOf::Call,
            })
        }))
    }
}

/// Whether the site has brought anything by now that who asked before does not know.
fn brings_more(before: &Control, after: &Control) -> bool {
    after.life != before.life
        || after.attributes != before.attributes
        || after.documents.types != before.documents.types
}

/// Everything of the scope that is there.
fn in_scope(control: &Control, scope: &Scope) -> Value {
    let names = |types: &[crate::domain::ObjectType]| {
        let names: Vec<&str> = types
            .iter()
            .map(crate::domain::ObjectType::as_str)
            .collect();
        json!({ "terms": { "type": names } })
    };
    let (mut filter, mut must_not) = (Vec::new(), Vec::new());
    match &scope.types {
        TypesWanted::All => {}
        TypesWanted::AllBut(types) => must_not.push(names(types)),
        TypesWanted::Only(types) => filter.push(names(types)),
    }
    if let Some(now) = scope.active_at.map(Timestamp::as_millis) {
        // What is not there is at odds with neither.
        must_not.push(json!({ "range": { "active_from": { "gt": now } } }));
        must_not.push(json!({ "range": { "active_to": { "lte": now } } }));
    }
    control.alive(&filter, must_not)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ObjectType;

    #[test]
    fn a_scope_is_a_query_without_scores() {
        let control = Control::default();
        let all = json!({ "bool": { "filter": [], "must_not": [] } });
        assert_eq!(in_scope(&control, &Scope::default()), all);
        let types = vec![ObjectType::new("product").expect("a type")];
        let scope = Scope {
            types: TypesWanted::Only(types.clone()),
            active_at: Some(Timestamp::from_millis(7)),
        };
        let active = [
            json!({ "range": { "active_from": { "gt": 7 } } }),
            json!({ "range": { "active_to": { "lte": 7 } } }),
        ];
        let only = json!({ "terms": { "type": ["product"] } });
        let expected = json!({ "bool": { "filter": [only], "must_not": active } });
        assert_eq!(in_scope(&control, &scope), expected);
        let scope = Scope {
            types: TypesWanted::AllBut(types),
            active_at: None,
        };
        let expected = json!({ "bool": { "filter": [], "must_not": [only] } });
        assert_eq!(in_scope(&control, &scope), expected);
    }
}
