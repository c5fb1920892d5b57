//! Rows of a source in a batch. Invariant: everything a row asks for is read before it is planned, one row after the other, each
//! upon what those before it have made; the bookmark is written behind all of them.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::Batch;
use crate::domain::{Identity, RowOutcome, SourceName, TrackerId, extract};
use crate::engine::EngineError;
use crate::engine::plan::{ReadyRow, ReadyRows};

/// Rows whose objects are looked for at once.
const LOOKED_FOR: usize = 250;
/// Objects of other names that are found of those at most. A row makes one.
const FOUND_MAX: usize = 5_000;

impl Batch<'_> {
    /// One outcome per row, in order; nothing where somebody else has read the source since.
    pub(in crate::engine::opensearch::site) async fn rows(
        &mut self,
        rows: ReadyRows,
    ) -> Result<Option<Vec<RowOutcome>>, EngineError> {
        let ReadyRows {
            source,
            generation,
            rows,
            bookmark,
        } = rows;
        if let Some(bookmark) = &bookmark {
            // Read behind the fence: who had the source before, and does not know that another one has it, writes nothing.
            let kept = self.site.bookmark(&source).await?;
            if !bookmark.follows(kept.as_deref()) {
                return Ok(None);
            }
        }
        self.look_for(&source, &rows).await?;
        let mut outcomes = Vec::with_capacity(rows.len());
        for row in rows {
            let one = ReadyRows {
                source: source.clone(),
                generation: generation.clone(),
                rows: vec![row],
                bookmark: None,
            };
            outcomes.extend(self.row(&one).await?);
            self.execute();
        }
        if let Some(bookmark) = bookmark {
            let id = bookmark_id(self.site.tracker(), &source);
            let document = json!({ "bookmark": bookmark.text }).to_string();
            self.keep_beside(id, Some(document.into_bytes()));
        }
        Ok(Some(outcomes))
    }

    async fn row(&mut self, row: &ReadyRows) -> Result<Vec<RowOutcome>, EngineError> {
        loop {
            let point = self.plan.schema_point();
            match self.plan.rows(&mut self.there, row, 0) {
                Ok(outcomes) => return Ok(outcomes),
                Err(missing) => {
                    self.plan.restore(point);
                    self.read_missing(missing).await?;
                }
            }
        }
    }

    /// Reads what the rows are about to ask for: what they made under whatever name, and what is nested in what stays.
    async fn look_for(
        &mut self,
        source: &SourceName,
        rows: &[(String, ReadyRow)],
    ) -> Result<(), EngineError> {
        self.site.cluster.refresh(&self.site.alias).await?;
        for some in rows.chunks(LOOKED_FOR) {
            let mut wanted: BTreeSet<Identity> = BTreeSet::new();
            for (key, row) in some {
                wanted.extend(Identity::new(key));
                if let ReadyRow::Is(element) = row {
                    wanted.extend(super::identities(element).cloned());
                }
            }
            wanted.extend(self.named_otherwise(source, some).await?);
            self.read_all(wanted.iter()).await?;
            let stays = some
                .iter()
                .filter(|(_, row)| matches!(row, ReadyRow::Stays));
            let mut nested: BTreeSet<Identity> = BTreeSet::new();
            for (key, _) in stays {
                let made = Identity::new(key).into_iter();
                let made = made.chain(self.there.named(source, key));
                for object in made.filter_map(|name| self.there.get(&name)?.object()) {
                    nested.extend(
                        extract(&object)
                            .into_iter()
                            .map(|one| one.object.identity.clone()),
                    );
                }
            }
            self.read_all(nested.iter()).await?;
        }
        Ok(())
    }

    /// Objects that these rows made under other names than their keys.
    async fn named_otherwise(
        &mut self,
        source: &SourceName,
        rows: &[(String, ReadyRow)],
    ) -> Result<Vec<Identity>, EngineError> {
        let keys: Vec<&str> = rows.iter().map(|(key, _)| key.as_str()).collect();
        let filter = [
            json!({ "term": { "source": source.as_str() } }),
            json!({ "terms": { "row": keys } }),
        ];
        let search = json!({
            "query": self.control.alive(&filter, Vec::new()),
            "size": FOUND_MAX,
            "_source": ["identity", "row"],
            "track_total_hits": false,
        });
        let found = self.site.cluster.search(&self.site.alias, &search).await?;
        for (key, _) in rows {
            self.there.knows_named(source, key);
        }
        let mut names = Vec::new();
        for told in found.sources() {
            let told: Option<Value> = serde_json::from_str(told.get()).ok();
            let (name, key) = match &told {
                Some(told) => (told["identity"].as_str(), told["row"].as_str()),
                None => (None, None),
            };
            let name = name.and_then(|name| Identity::new(name).ok());
            if let (Some(name), Some(key)) = (name, key)
                && name.as_str() != key
            {
                self.there.note_named(source, key, &name);
                names.push(name);
            }
        }
        Ok(names)
    }
}

/// Where the bookmark of a source is.
pub(in crate::engine::opensearch) fn bookmark_id(site: &TrackerId, source: &SourceName) -> String {
    format!("bookmark:{site}:{}", source.as_str())
}
