//! What a site says of itself to all processes: who writes, how many attributes there are, what is deleted although it is
//! still there. Invariant: it is one document, and every change of it holds on the state that was read, so of two processes
//! that change it one does, and the other one knows.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::domain::{
    Generation, GenerationCommit, ObjectType, Reach, SourceCommit, SourceName, TrackerId,
};
use crate::engine::opensearch::client::CallError;
use crate::engine::opensearch::cluster::{Cluster, Place};
use crate::engine::opensearch::files::book::FileBook;
use crate::engine::opensearch::kept_documents::Book;
use crate::engine::opensearch::layout::document::Kept;
use crate::engine::opensearch::layout::made::Made;

/// Bits of a number of a write below the fence it was written behind.
const NUMBER_BITS: u32 = 20;

/// How long it is remembered that an index was made because of settings.
const TURNS_KEPT_MS: i64 = 24 * 60 * 60 * 1_000;
/// How often within that time the same settings may want it: somebody may change them back and forth.
const TURNS_MAX: usize = 2;

/// Types of which the last write is remembered.
const LAST_WRITES_MAX: usize = 1_000;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::engine::opensearch) struct Control {
    /// Grows each time somebody begins to write.
    pub(in crate::engine::opensearch) fence: u64,
    /// Who writes at this moment.
    pub(in crate::engine::opensearch) holder: Option<String>,
    /// Attributes there are.
    pub(in crate::engine::opensearch) attributes: u32,
    /// Grows with every change of `dead`.
    pub(in crate::engine::opensearch) dead_changes: u64,
    pub(in crate::engine::opensearch) dead: Vec<Dead>,
    /// When something of a type was written or deleted last, in milliseconds.
    pub(in crate::engine::opensearch) last_writes: BTreeMap<String, i64>,
    #[serde(default)]
    pub(in crate::engine::opensearch) jobs: JobBook,
    /// What the index that serves was made with; `None` before anybody said so.
    #[serde(default)]
    pub(in crate::engine::opensearch) made: Option<Made>,
    /// Another index that is being made.
    #[serde(default)]
    pub(in crate::engine::opensearch) rebuild: Option<Rebuild>,
    /// What other indices were made with lately because the settings of some process said so, and when, in milliseconds.
    #[serde(default)]
    pub(in crate::engine::opensearch) turns: Vec<(Made, i64)>,
    /// It is kept somewhere else.
    #[serde(default)]
    pub(in crate::engine::opensearch) is_frozen: bool,
    /// How far what has expired was deleted for good, in milliseconds.
    #[serde(default)]
    pub(in crate::engine::opensearch) expired_upto: Option<i64>,
    /// Grows when all of it is removed: what anybody knew of it before says nothing.
    #[serde(default)]
    pub(in crate::engine::opensearch) life: u64,
    /// There is nothing of it, and nobody writes it until it is made again.
    #[serde(default)]
    pub(in crate::engine::opensearch) is_removed: bool,
    #[serde(default)]
    pub(in crate::engine::opensearch) documents: Book,
    #[serde(default)]
    pub(in crate::engine::opensearch) files: FileBook,
}

/// How far another index is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::engine::opensearch) struct Rebuild {
    #[serde(default)]
    pub(in crate::engine::opensearch) made: Made,
    /// Of the index.
    pub(in crate::engine::opensearch) number: u64,
    /// What was first seen up to there is copied.
    pub(in crate::engine::opensearch) after: u64,
    /// Whoever made it has ended, and another one may go on at once.
    #[serde(default)]
    pub(in crate::engine::opensearch) is_left: bool,
}

/// Which jobs there are; how far each is stands in its own document.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::engine::opensearch) struct JobBook {
    /// Numbers up to this one were given; never twice.
    pub(in crate::engine::opensearch) last: u64,
    /// Those up to this one are forgotten.
    pub(in crate::engine::opensearch) forgotten: u64,
    /// In order.
    pub(in crate::engine::opensearch) open: Vec<u64>,
    /// How many of those that are remembered ended so.
    pub(in crate::engine::opensearch) complete: u64,
    pub(in crate::engine::opensearch) failed: u64,
}

/// Objects that a commit deleted: what the upload did not mark, written up to that number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::engine::opensearch) struct Dead {
    /// `None` where nothing was left.
    pub(in crate::engine::opensearch) generation: Option<String>,
    pub(in crate::engine::opensearch) among: Among,
    pub(in crate::engine::opensearch) upto: u64,
}

/// Which objects a commit looks at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::engine::opensearch) enum Among {
    OfType {
        object_type: String,
        /// Whether those stay whose upload it was, and was refused.
        keeps_refused: bool,
    },
    /// Whatever came from the source, and of the types all that is within reach.
    OfSource {
        source: String,
        types: Vec<String>,
        /// All but what came from these; `None` for the source alone.
        all_but: Option<Vec<String>>,
    },
}

impl JobBook {
    /// Gives no job a number up to this one.
    pub(in crate::engine::opensearch) fn number_behind(&mut self, number: u64) {
        if self.last >= number {
            return;
        }
        if self.last == self.forgotten {
            self.forgotten = number;
        }
        self.last = number;
    }
}

impl Control {
    /// The first number of the writes behind the fence; no write behind a lower one reaches it.
    pub(in crate::engine::opensearch) fn first_number(&self) -> u64 {
        self.fence << NUMBER_BITS
    }

    /// The last one.
    pub(in crate::engine::opensearch) fn last_number(&self) -> u64 {
        self.first_number() | ((1 << NUMBER_BITS) - 1)
    }

    /// Notes that another index is begun because settings say so.
    pub(in crate::engine::opensearch) fn note_turn(&mut self, made: Made, now_ms: i64) {
        let kept = |at: i64| now_ms.saturating_sub(at) < TURNS_KEPT_MS;
        self.turns.retain(|(_, at)| kept(*at));
        self.turns.push((made, now_ms));
    }

    /// Whether processes do not agree on the settings: one after the other had another index made, and this one did before.
    pub(in crate::engine::opensearch) fn is_contested(&self, wanted: &Made, now_ms: i64) -> bool {
        let kept = |at: i64| now_ms.saturating_sub(at) < TURNS_KEPT_MS;
        let lately = self.turns.iter().filter(|(_, at)| kept(*at));
        lately.filter(|(made, _)| made == wanted).count() >= TURNS_MAX
    }

    /// Has all that is written behind the next fence come behind this place.
    pub(in crate::engine::opensearch) fn number_behind(&mut self, place: u64) {
        self.fence = self.fence.max(place >> NUMBER_BITS);
    }

    /// Notes that something of the type was written; of too many types the oldest is forgotten.
    pub(in crate::engine::opensearch) fn note_write(&mut self, object_type: &str, at_ms: i64) {
        self.last_writes.insert(object_type.to_owned(), at_ms);
        if self.last_writes.len() > LAST_WRITES_MAX {
            let oldest = self.last_writes.iter().min_by_key(|(_, at)| **at);
            if let Some(oldest) = oldest.map(|(name, _)| name.clone()) {
                self.last_writes.remove(&oldest);
            }
        }
    }

    pub(in crate::engine::opensearch) fn is_dead(&self, kept: &Kept) -> bool {
        self.dead.iter().any(|dead| dead.takes(kept))
    }

    /// Everything that is there and not deleted, and what else is asked for, as a query.
    pub(in crate::engine::opensearch) fn alive(
        &self,
        filter: &[Value],
        mut must_not: Vec<Value>,
    ) -> Value {
        must_not.extend(self.dead.iter().map(Dead::query));
        json!({ "bool": { "filter": filter, "must_not": must_not } })
    }
}

impl Dead {
    pub(in crate::engine::opensearch) fn of(commit: &GenerationCommit, upto: u64) -> Self {
        Self {
            generation: Some(commit.generation.as_str().to_owned()),
            among: Among::OfType {
                object_type: commit.object_type.to_string(),
                keeps_refused: commit.keeps_refused,
            },
            upto,
        }
    }

    /// Whatever is of the type.
    pub(in crate::engine::opensearch) fn of_type(object_type: &ObjectType, upto: u64) -> Self {
        Self {
            generation: None,
            among: Among::OfType {
                object_type: object_type.to_string(),
                keeps_refused: false,
            },
            upto,
        }
    }

    pub(in crate::engine::opensearch) fn of_source(
        commit: &SourceCommit,
        types: Vec<String>,
        upto: u64,
    ) -> Self {
        let names = |others: &Vec<SourceName>| {
            let names = others.iter().map(|source| source.as_str().to_owned());
            names.collect()
        };
        Self {
            generation: Some(commit.generation.as_str().to_owned()),
            among: Among::OfSource {
                source: commit.source.as_str().to_owned(),
                types,
                all_but: match &commit.reach {
                    Reach::Own => None,
                    Reach::AllBut(others) => Some(names(others)),
                },
            },
            upto,
        }
    }

    fn takes(&self, kept: &Kept) -> bool {
        let head = &kept.head;
        let marked = head.generation.as_ref().map(Generation::as_str);
        let is_marked = self.generation.is_some() && marked == self.generation.as_deref();
        if is_marked || head.version > self.upto {
            return false;
        }
        match &self.among {
            Among::OfType {
                object_type,
                keeps_refused,
            } => {
                let mut notes = kept.refused.iter();
                let is_kept = *keeps_refused
                    && notes.any(|note| Some(&note.generation) == self.generation.as_ref());
                head.object_type.as_str() == object_type && !is_kept
            }
            Among::OfSource {
                source,
                types,
                all_but,
            } => {
                let from = head.origin.as_ref().map(|origin| origin.source.as_str());
                let is_within = all_but.as_ref().is_some_and(|others| {
                    from.is_none_or(|from| !others.iter().any(|other| other == from))
                });
                let is_of_types = types.iter().any(|of| of == head.object_type.as_str());
                from == Some(source) || (is_within && is_of_types)
            }
        }
    }

    /// The same rule for the cluster.
    pub(in crate::engine::opensearch) fn query(&self) -> Value {
        let marked = self.generation.iter();
        let marked = marked.map(|marked| json!({ "term": { "generation": marked } }));
        let mut must_not: Vec<Value> = marked.collect();
        let mut filter = vec![json!({ "range": { "written": { "lte": self.upto } } })];
        match &self.among {
            Among::OfType {
                object_type,
                keeps_refused,
            } => {
                filter.push(json!({ "term": { "type": object_type } }));
                if *keeps_refused {
                    let refused = json!({ "term": { "refused.generation": self.generation } });
                    must_not.push(refused);
                }
            }
            Among::OfSource {
                source,
                types,
                all_but,
            } => {
                let own = json!({ "term": { "source": source } });
                filter.push(match all_but {
                    None => own,
                    Some(others) => json!({ "bool": { "should": [own, { "bool": {
                        "filter": [{ "terms": { "type": types } }],
                        "must_not": [{ "terms": { "source": others } }],
                    }}]}}),
                });
            }
        }
        json!({ "bool": { "filter": filter, "must_not": must_not } })
    }
}

/// Where the document of a site is.
pub(in crate::engine::opensearch) fn id(site: &TrackerId) -> String {
    format!("site:{site}")
}

impl Cluster {
    /// What a site says now; `None` before its first write.
    pub(in crate::engine::opensearch) async fn control(
        &self,
        site: &TrackerId,
    ) -> Result<Option<(Control, Place)>, CallError> {
        self.get(&self.names.control(), &id(site)).await
    }

    /// Changes what was read in this place.
    pub(in crate::engine::opensearch) async fn change_control(
        &self,
        site: &TrackerId,
        control: &Control,
        read: Option<Place>,
    ) -> Result<Place, CallError> {
        let document = serde_json::to_value(control);
        let document = document.map_err(|error| CallError::Unreadable(error.to_string()))?;
        self.put_if(&self.names.control(), &id(site), &document, read)
            .await
    }
}

#[cfg(test)]
mod tests;
