//! What a site says of itself to all processes: who writes, how many attributes there are, what is deleted although it is
//! still there. Invariant: it is one document, and every change of it holds on the state that was read, so of two processes
//! that change it one does, and the other one knows.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::client::CallError;
use super::cluster::{Cluster, Place};
use super::files::book::FileBook;
use super::kept_documents::Book;
use super::layout::document::Kept;
use super::layout::made::Made;
use crate::domain::{
    Generation, GenerationCommit, ObjectType, Reach, SourceCommit, SourceName, TrackerId,
};

/// Bits of a number of a write below the fence it was written behind.
const NUMBER_BITS: u32 = 20;

/// How long it is remembered that an index was made because of settings.
const TURNS_KEPT_MS: i64 = 24 * 60 * 60 * 1_000;
/// How often within that time the same settings may want it: somebody may change them back and forth.
const TURNS_MAX: usize = 2;

/// Types of which the last write is remembered.
const LAST_WRITES_MAX: usize = 1_000;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Control {
    /// Grows each time somebody begins to write.
    pub(super) fence: u64,
    /// Who writes at this moment.
    pub(super) holder: Option<String>,
    /// Attributes there are.
    pub(super) attributes: u32,
    /// Grows with every change of `dead`.
    pub(super) dead_changes: u64,
    pub(super) dead: Vec<Dead>,
    /// When something of a type was written or deleted last, in milliseconds.
    pub(super) last_writes: BTreeMap<String, i64>,
    #[serde(default)]
    pub(super) jobs: JobBook,
    /// What the index that serves was made with; `None` before anybody said so.
    #[serde(default)]
    pub(super) made: Option<Made>,
    /// Another index that is being made.
    #[serde(default)]
    pub(super) rebuild: Option<Rebuild>,
    /// What other indices were made with lately because the settings of some process said so, and when, in milliseconds.
    #[serde(default)]
    pub(super) turns: Vec<(Made, i64)>,
    /// It is kept somewhere else.
    #[serde(default)]
    pub(super) is_frozen: bool,
    /// How far what has expired was deleted for good, in milliseconds.
    #[serde(default)]
    pub(super) expired_upto: Option<i64>,
    /// Grows when all of it is removed: what anybody knew of it before says nothing.
    #[serde(default)]
    pub(super) life: u64,
    /// There is nothing of it, and nobody writes it until it is made again.
    #[serde(default)]
    pub(super) is_removed: bool,
    #[serde(default)]
    pub(super) documents: Book,
    #[serde(default)]
    pub(super) files: FileBook,
}

/// How far another index is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Rebuild {
    #[serde(default)]
    pub(super) made: Made,
    /// Of the index.
    pub(super) number: u64,
    /// What was first seen up to there is copied.
    pub(super) after: u64,
}

/// Which jobs there are; how far each is stands in its own document.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct JobBook {
    /// Numbers up to this one were given; never twice.
    pub(super) last: u64,
    /// Those up to this one are forgotten.
    pub(super) forgotten: u64,
    /// In order.
    pub(super) open: Vec<u64>,
    /// How many of those that are remembered ended so.
    pub(super) complete: u64,
    pub(super) failed: u64,
}

/// Objects that a commit deleted: what the upload did not mark, written up to that number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Dead {
    /// `None` where nothing was left.
    pub(super) generation: Option<String>,
    pub(super) among: Among,
    pub(super) upto: u64,
}

/// Which objects a commit looks at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Among {
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
    pub(super) fn number_behind(&mut self, number: u64) {
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
    pub(super) fn first_number(&self) -> u64 {
        self.fence << NUMBER_BITS
    }

    /// The last one.
    pub(super) fn last_number(&self) -> u64 {
        self.first_number() | ((1 << NUMBER_BITS) - 1)
    }

    /// Notes that another index is begun because settings say so.
    pub(super) fn note_turn(&mut self, made: Made, now_ms: i64) {
        let kept = |at: i64| now_ms.saturating_sub(at) < TURNS_KEPT_MS;
        self.turns.retain(|(_, at)| kept(*at));
        self.turns.push((made, now_ms));
    }

    /// Whether processes do not agree on the settings: one after the other had another index made, and this one did before.
    pub(super) fn is_contested(&self, wanted: &Made, now_ms: i64) -> bool {
        let kept = |at: i64| now_ms.saturating_sub(at) < TURNS_KEPT_MS;
        let lately = self.turns.iter().filter(|(_, at)| kept(*at));
        lately.filter(|(made, _)| made == wanted).count() >= TURNS_MAX
    }

    /// Has all that is written behind the next fence come behind this place.
    pub(super) fn number_behind(&mut self, place: u64) {
        self.fence = self.fence.max(place >> NUMBER_BITS);
    }

    /// Notes that something of the type was written; of too many types the oldest is forgotten.
    pub(super) fn note_write(&mut self, object_type: &str, at_ms: i64) {
        self.last_writes.insert(object_type.to_owned(), at_ms);
        if self.last_writes.len() > LAST_WRITES_MAX {
            let oldest = self.last_writes.iter().min_by_key(|(_, at)| **at);
            if let Some(oldest) = oldest.map(|(name, _)| name.clone()) {
                self.last_writes.remove(&oldest);
            }
        }
    }

    pub(super) fn is_dead(&self, kept: &Kept) -> bool {
        self.dead.iter().any(|dead| dead.takes(kept))
    }

    /// Everything that is there and not deleted, and what else is asked for, as a query.
    pub(super) fn alive(&self, filter: &[Value], mut must_not: Vec<Value>) -> Value {
        must_not.extend(self.dead.iter().map(Dead::query));
        json!({ "bool": { "filter": filter, "must_not": must_not } })
    }
}

impl Dead {
    pub(super) fn of(commit: &GenerationCommit, upto: u64) -> Self {
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
    pub(super) fn of_type(object_type: &ObjectType, upto: u64) -> Self {
        Self {
            generation: None,
            among: Among::OfType {
                object_type: object_type.to_string(),
                keeps_refused: false,
            },
            upto,
        }
    }

    pub(super) fn of_source(commit: &SourceCommit, types: Vec<String>, upto: u64) -> Self {
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
    pub(super) fn query(&self) -> Value {
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
pub(super) fn id(site: &TrackerId) -> String {
    format!("site:{site}")
}

impl Cluster {
    /// What a site says now; `None` before its first write.
    pub(super) async fn control(
        &self,
        site: &TrackerId,
    ) -> Result<Option<(Control, Place)>, CallError> {
        self.get(&self.names.control(), &id(site)).await
    }

    /// Changes what was read in this place.
    pub(super) async fn change_control(
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
mod tests {
    use super::*;

    #[test]
    fn numbers_behind_a_fence_are_below_all_behind_the_next() {
        let of = |fence| Control {
            fence,
            ..Control::default()
        };
        assert!(of(7).first_number() < of(7).last_number());
        assert_eq!(of(7).last_number() + 1, of(8).first_number());
        assert!(of(1).first_number() > 0, "a version is never nothing");
    }

    #[test]
    fn who_had_an_index_made_twice_in_a_day_is_contested() {
        let made = |language: &str| Made {
            language: language.to_owned(),
            ..Made::default()
        };
        let mut control = Control::default();
        for (at, language) in ["cs", "sk", "cs", "sk"].into_iter().enumerate() {
            assert!(!control.is_contested(&made(language), at as i64), "{at}");
            control.note_turn(made(language), at as i64);
        }
        assert!(control.is_contested(&made("cs"), 9));
        assert!(!control.is_contested(&made("pl"), 9), "they are new");
        assert!(!control.is_contested(&made("cs"), TURNS_KEPT_MS + 2));
        control.note_turn(made("pl"), TURNS_KEPT_MS + 2);
        assert_eq!(control.turns.len(), 2, "a day has passed");
    }

    #[test]
    fn what_comes_behind_a_place_has_a_greater_number() {
        for place in [
            0,
            1,
            (1 << NUMBER_BITS) - 1,
            1 << NUMBER_BITS,
            9 << NUMBER_BITS,
        ] {
            let mut control = Control {
                fence: 3,
                ..Control::default()
            };
            control.number_behind(place);
            assert!(control.fence >= 3);
            control.fence += 1;
            assert!(control.first_number() > place, "{place}");
        }
    }

    #[test]
    fn what_is_dead_is_left_out_of_every_query() {
        let dead = Dead {
            generation: Some("g2".to_owned()),
            among: Among::OfType {
                object_type: "product".to_owned(),
                keeps_refused: true,
            },
            upto: 9,
        };
        let control = Control {
            dead: vec![dead],
            ..Control::default()
        };
        let query = control.alive(&[json!({ "term": { "type": "product" } })], Vec::new());
        let expected = json!({ "bool": {
            "filter": [{ "term": { "type": "product" } }],
            "must_not": [{ "bool": {
                "filter": [
                    { "range": { "written": { "lte": 9 } } },
                    { "term": { "type": "product" } },
                ],
                "must_not": [
                    { "term": { "generation": "g2" } },
                    { "term": { "refused.generation": "g2" } },
                ],
            }}],
        }});
        assert_eq!(query, expected);
    }

    #[test]
    fn of_too_many_types_the_oldest_write_is_forgotten() {
        let mut control = Control::default();
        for at in 0..=LAST_WRITES_MAX as i64 {
            control.note_write(&format!("t{at}"), at);
        }
        assert_eq!(control.last_writes.len(), LAST_WRITES_MAX);
        assert!(!control.last_writes.contains_key("t0"));
    }
}
