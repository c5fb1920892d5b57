//! Which objects an update by query means: those that match at one moment, whatever is written while they are being found.
//! Invariant: nothing is changed before the whole set is kept; what an attempt that was cut off has kept is nobody's.

use std::sync::Arc;

use serde_json::json;

use super::super::client::{Action, CallError, Item, Operation};
use super::super::kept_job::{self, MatchingSet, Page};
use super::super::layout::document::Kept;
use super::super::site::OpenSite;
use crate::domain::{JobNumber, Matcher, ObjectType, UpdateByQuery};
use crate::engine::EngineError;
use crate::engine::opensearch::control::Control;

/// Objects that are changed in one step, and the most that they take together: a step is one batch.
const PAGE_OBJECTS: usize = 400;
const PAGE_BYTES: usize = 8 << 20;
/// Seconds after which another server has gone on.
const COME_AGAIN_S: u32 = 5;
/// Objects that are looked at in one answer.
const LOOKED_AT: usize = 500;

/// The set on its way to the cluster.
struct Set<'s> {
    site: &'s OpenSite,
    number: JobNumber,
    attempt: u64,
    page: Page,
    bytes: usize,
    pages: u64,
    matched: u64,
}

/// Finds and keeps what matches.
pub(super) async fn settle(
    site: &OpenSite,
    number: JobNumber,
    attempt: u64,
    update: &UpdateByQuery,
) -> Result<MatchingSet, EngineError> {
    let (control, moment) = open(site).await?;
    let found = look_through(site, &control, &moment, (number, attempt), update).await;
    site.cluster.close_moment(&moment).await;
    found
}

/// A moment of the catalog, and what was deleted in it.
async fn open(site: &OpenSite) -> Result<(Arc<Control>, String), EngineError> {
    let mut moment = site.moment().await?;
    loop {
        let kept = site.cluster.open_moment(&site.alias).await?;
        if site.holds(&mut moment).await? {
            return Ok((moment.control, kept));
        }
        site.cluster.close_moment(&kept).await;
    }
}

async fn look_through(
    site: &OpenSite,
    control: &Control,
    moment: &str,
    (number, attempt): (JobNumber, u64),
    update: &UpdateByQuery,
) -> Result<MatchingSet, EngineError> {
    let mut set = Set {
        site,
        number,
        attempt,
        page: Page::default(),
        bytes: 0,
        pages: 0,
        matched: 0,
    };
    // The attributes of everything that was written before the job are known by now.
    let schema = site.schema(control).await?;
    if let Some(matcher) = update.criteria.read(&schema) {
        let types: Vec<&str> = update.types.iter().map(ObjectType::as_str).collect();
        let of_types = json!({ "terms": { "type": types } });
        let query = control.alive(&[of_types], Vec::new());
        let (mut after, mut limit) = (0, LOOKED_AT);
        loop {
            let search = json!({
                "query": query,
                "sort": [{ "first_seen": "asc" }],
                "search_after": [after],
                "size": limit,
                "track_total_hits": false,
            });
            let found = match site.cluster.search_moment(moment, search).await {
                Ok(found) => found,
                Err(CallError::TooLong { .. }) if limit > 1 => {
                    limit /= 2;
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            let kept: Vec<Kept> = found.sources().filter_map(Kept::read).collect();
            let Some(last) = kept.last() else {
                break;
            };
            if site.is_leaving() {
                return Err(EngineError::Unavailable {
                    reason: "the server ends".to_owned(),
                    retry_after_s: COME_AGAIN_S,
                });
            }
            after = last.head.first_seen;
            set.add_matching(&kept, &matcher).await?;
        }
    }
    set.keep_page().await?;
    Ok(MatchingSet {
        attempt,
        pages: set.pages,
        matched: set.matched,
    })
}

impl Set<'_> {
    async fn add_matching(
        &mut self,
        kept: &[Kept],
        matcher: &Matcher<'_>,
    ) -> Result<(), EngineError> {
        for one in kept {
            // What is damaged matches nothing.
            let Some(object) = one.object().filter(|object| matcher.matches(object)) else {
                continue;
            };
            let bytes = one.raw.get().len();
            if self.page.objects.len() >= PAGE_OBJECTS || self.bytes + bytes > PAGE_BYTES {
                self.keep_page().await?;
            }
            self.bytes += bytes;
            self.matched += 1;
            let name = object.identity.to_string();
            self.page.objects.push((name, one.head.first_seen));
        }
        Ok(())
    }

    async fn keep_page(&mut self) -> Result<(), EngineError> {
        let page = std::mem::take(&mut self.page);
        self.bytes = 0;
        if page.objects.is_empty() {
            return Ok(());
        }
        let document = serde_json::to_vec(&page).map_err(|error| EngineError::Internal {
            context: "a page of a job cannot be kept",
            source: error.into(),
        })?;
        let site = self.site;
        let operation = Operation {
            index: site.cluster.names.control(),
            id: kept_job::page_id(site.tracker(), self.number, self.attempt, self.pages),
            // It is written once; whoever removes it does so behind a fence, and those numbers are higher.
            version: 1,
            action: Action::Index(document),
        };
        self.pages += 1;
        match site.cluster.client.bulk(&[operation]).await?.pop() {
            Some(Item::Refused { kind, reason }) => Err(EngineError::Internal {
                context: "a page of a job cannot be kept",
                source: format!("{kind}: {reason}").into(),
            }),
            _ => Ok(()),
        }
    }
}
