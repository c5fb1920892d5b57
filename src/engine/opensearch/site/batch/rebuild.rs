//! Another index for a catalog, made beside the one that serves. Invariant: from its beginning on every batch writes to both, and
//! what is copied is copied in a batch, so nothing changes between its reading and its writing; every write carries the number
//! that the object has, so what is copied never takes the place of something newer.

use serde_json::json;

use super::Batch;
use crate::engine::EngineError;
use crate::engine::opensearch::client::{Action, CallError, Operation};
use crate::engine::opensearch::control::Rebuild;
use crate::engine::opensearch::layout::document::Kept;
use crate::engine::opensearch::layout::found_by::MadeWith;
use crate::engine::opensearch::layout::made::Made;
use crate::engine::opensearch::layout::names::{self, Names};
use crate::engine::opensearch::layout::spaces::Fields;

/// Objects that are copied in one batch.
const COPIED_AT_ONCE: usize = 500;

/// A step of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine::opensearch) enum RebuildWork {
    Begin,
    /// The same where the settings of this process want another one.
    Follow,
    /// Copies some more.
    Copy,
    /// The other index serves from here on, if it has what this one has.
    Switch,
    /// It will never be.
    GiveUp,
    /// Removes what does not serve.
    Clean,
    /// This process ends: another one may go on.
    Leave,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine::opensearch) enum RebuildStep {
    Begun,
    /// One is being made already.
    IsThere,
    More,
    /// Everything is copied.
    Through,
    Switched,
    /// They do not hold the same.
    Differs {
        has: u64,
        copied: u64,
    },
    /// Another process wants another one each time.
    Contested,
    /// None is being made.
    Nothing,
}

impl Batch<'_> {
    pub(in crate::engine::opensearch::site) async fn rebuild(
        &mut self,
        work: RebuildWork,
    ) -> Result<RebuildStep, EngineError> {
        if let Some(rebuild) = &mut self.control.rebuild {
            rebuild.is_left = work == RebuildWork::Leave;
        }
        match (work, self.control.rebuild.clone()) {
            (RebuildWork::Begin | RebuildWork::Follow, Some(_)) => Ok(RebuildStep::IsThere),
            (RebuildWork::Clean, None) => {
                self.site.cluster.remove_idle(&self.site.alias).await?;
                Ok(RebuildStep::Nothing)
            }
            (RebuildWork::Begin, None) => self.begin_rebuild().await,
            (RebuildWork::Follow, None) => self.follow_settings().await,
            // Also where another one is being made by now.
            (RebuildWork::Clean | RebuildWork::Leave, Some(_)) | (_, None) => {
                Ok(RebuildStep::Nothing)
            }
            (RebuildWork::Copy, Some(rebuild)) => self.copy(rebuild).await,
            (RebuildWork::Switch, Some(rebuild)) => self.switch(rebuild).await,
            (RebuildWork::GiveUp, Some(_)) => {
                self.control.rebuild = None;
                Ok(RebuildStep::Nothing)
            }
        }
    }

    async fn begin_rebuild(&mut self) -> Result<RebuildStep, EngineError> {
        let (cluster, alias) = (&self.site.cluster, &self.site.alias);
        let serving = cluster.serving_index(alias).await?;
        let number = Names::of_index(&serving).map_or(0, |(_, number)| number) + 1;
        cluster.make_next(alias, number).await?;
        self.control.rebuild = Some(Rebuild {
            number,
            after: 0,
            is_left: false,
            made: Made::of(&self.site.settings()),
        });
        let mut fields = Fields::default();
        fields.note_attributes(self.plan.schema(), 0);
        // Nobody has begun anything where the other index does not take them.
        self.site.map(&self.control, fields).await?;
        Ok(RebuildStep::Begun)
    }

    async fn follow_settings(&mut self) -> Result<RebuildStep, EngineError> {
        let (wanted, now) = (Made::of(&self.site.settings()), self.now.as_millis());
        if self.control.is_contested(&wanted, now) {
            return Ok(RebuildStep::Contested);
        }
        let step = self.begin_rebuild().await?;
        self.control.note_turn(wanted, now);
        Ok(step)
    }

    async fn copy(&mut self, rebuild: Rebuild) -> Result<RebuildStep, EngineError> {
        let site = self.site;
        if rebuild.after == 0 {
            // What was written before it began is copied; all else is written to both.
            site.cluster.refresh(&site.alias).await?;
        }
        let mut limit = COPIED_AT_ONCE;
        let found = loop {
            let search = json!({
                "query": self.control.alive(&[], Vec::new()),
                "sort": [{ "first_seen": "asc" }],
                "search_after": [rebuild.after],
                "size": limit,
                "track_total_hits": false,
            });
            match site.cluster.search(&site.alias, &search).await {
                Ok(found) => break found,
                Err(CallError::TooLong { .. }) if limit > 1 => limit /= 2,
                Err(error) => return Err(error.into()),
            }
        };
        let there = found.sources();
        let there = there.filter_map(|source| {
            let kept = Kept::read(source)?;
            let object = kept.object();
            Some((source, kept, object))
        });
        let mut there: Vec<_> = there.collect();
        for (_, kept, object) in &mut there {
            // Of an index from before there were places.
            let place = kept.place;
            kept.place = Some(place.unwrap_or_else(|| self.control.documents.take_place()));
            if let Some(object) = object
                && kept.ask_for_unknown(object)
            {
                self.control.files.note(Some(kept.updated_at));
            }
        }
        let Some((_, last, _)) = there.last() else {
            return Ok(RebuildStep::Through);
        };
        let after = last.head.first_seen;
        let schema = std::sync::Arc::clone(self.plan.schema());
        let made = MadeWith::of(&rebuild.made.settings(&site.settings()));
        let index = Names::next(&site.alias);
        let mut fields = Fields::default();
        let copies = there.iter().map(|(source, kept, object)| Operation {
            index: index.clone(),
            id: names::id(&kept.identity),
            version: kept.head.version,
            action: Action::Index(match object {
                Some(object) => kept.document(object, &schema, &made, &mut fields),
                // A damaged one is copied as it is.
                None => source.get().replace('\n', " ").into_bytes(),
            }),
        });
        let copies: Vec<Operation> = copies.collect();
        site.map_ahead(&self.control, fields).await?;
        self.send(&copies).await?;
        self.control.rebuild = Some(Rebuild { after, ..rebuild });
        Ok(RebuildStep::More)
    }

    async fn switch(&mut self, rebuild: Rebuild) -> Result<RebuildStep, EngineError> {
        let (cluster, alias) = (&self.site.cluster, &self.site.alias);
        let next = Names::next(alias);
        cluster.refresh(alias).await?;
        cluster.refresh(&next).await?;
        let alive = self.control.alive(&[], Vec::new());
        let has = cluster.count(alias, &alive).await?;
        let copied = cluster.count(&next, &alive).await?;
        if has != copied {
            // From the beginning: what is there already costs little.
            self.control.rebuild = Some(Rebuild {
                after: 0,
                ..rebuild
            });
            return Ok(RebuildStep::Differs { has, copied });
        }
        cluster.serve_next(alias, rebuild.number).await?;
        self.control.rebuild = None;
        self.control.made = Some(rebuild.made);
        Ok(RebuildStep::Switched)
    }
}
