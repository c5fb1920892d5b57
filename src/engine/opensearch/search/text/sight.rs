//! How a catalog looks to searches, and how the cluster is asked for that. Invariant: where it looks the same, the same words are in it.

use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::{Value, json};

use crate::engine::opensearch::control::Control;
use crate::engine::opensearch::layout::made::Made;
use crate::engine::opensearch::searched::Searched;

/// Types that are told apart.
const TYPES_MAX: usize = 1_000;

/// One look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine::opensearch::search) struct Sight {
    /// The number that the copy of the index gave to the last write that can be seen.
    pub(super) last_write: i64,
    pub(super) documents: u64,
    /// What commits have deleted.
    pub(super) dead_changes: u64,
    pub(super) life: u64,
    /// Digest of what the index was made with: the same writes of two indices make other words.
    pub(super) made: u64,
}

/// How the catalog looks.
pub(super) fn sight() -> Value {
    json!({
        "size": 0,
        "track_total_hits": true,
        "aggs": {
            "last": { "max": { "field": "_seq_no" } },
            "types": { "terms": { "field": "type", "size": TYPES_MAX } },
        },
    })
}

/// `None` where several shards have a look each: then it cannot be said when it is another one.
pub(super) fn seen_in(answer: &Searched, control: &Control) -> Option<Sight> {
    let last_write = answer.aggregations["last"]["value"].as_f64();
    (answer.shards() == 1).then_some(Sight {
        last_write: last_write.unwrap_or(-1.0) as i64,
        documents: answer.total(),
        dead_changes: control.dead_changes,
        life: control.life,
        made: digest(control.made.as_ref()),
    })
}

fn digest(made: Option<&Made>) -> u64 {
    let mut hasher = DefaultHasher::new();
    made.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_that_was_made_or_written_otherwise_looks_otherwise() {
        let of = |documents: u64, shards: u64| -> Searched {
            let told = json!({
                "hits": { "total": { "value": documents }, "hits": [] },
                "aggregations": { "last": { "value": 1.0 } },
                "_shards": { "total": shards, "failed": 0 },
                "timed_out": false,
            });
            serde_json::from_value(told).expect("an answer")
        };
        let answer = |shards| of(2, shards);
        let made = |language: &str| Control {
            made: Some(Made {
                language: language.to_owned(),
                ..Made::default()
            }),
            ..Control::default()
        };
        let (czech, polish) = (made("cs"), made("pl"));
        assert_eq!(seen_in(&answer(1), &czech), seen_in(&answer(1), &czech));
        assert_ne!(seen_in(&answer(1), &czech), seen_in(&answer(1), &polish));
        let committed = Control {
            dead_changes: czech.dead_changes + 1,
            ..czech.clone()
        };
        assert_ne!(seen_in(&answer(1), &czech), seen_in(&answer(1), &committed));
        assert_ne!(seen_in(&answer(1), &czech), seen_in(&of(3, 1), &czech));
        assert_eq!(seen_in(&answer(2), &czech), None);
    }
}
