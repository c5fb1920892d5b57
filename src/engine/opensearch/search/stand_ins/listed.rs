//! Pages in an order that is decided by what is shown of each object, which the cluster cannot tell: it orders objects by the
//! first of all that may stand for each, which is never behind the one that is shown. So objects are looked at in that order
//! until those that come later can be no more before the end of the page. Invariant: a page is what a list of everything would
//! have in its place.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::page::{Page, Shown, shown};
use super::totals::{told, with_total};
use crate::domain::Page as PageOfHits;
use crate::engine::EngineError;
use crate::engine::opensearch::client::CallError;
use crate::engine::opensearch::search::address::Address;
use crate::engine::opensearch::search::asking::Asking;
use crate::engine::opensearch::search::by_signals::by_signals;
use crate::engine::opensearch::search::filter::all;
use crate::engine::opensearch::search::hits::Walk;
use crate::engine::opensearch::search::order::Section;
use crate::engine::opensearch::search::signals;
use crate::engine::opensearch::search::text::{ByText, Candidate};
use crate::engine::opensearch::site::OpenSite;

/// Objects that are looked at together.
const LOOKED_AT_ONCE: usize = 100;

/// The hits of a window, and what the cluster says of all.
pub(in crate::engine::opensearch::search) struct Listed {
    pub(in crate::engine::opensearch::search) total: u64,
    pub(in crate::engine::opensearch::search) aggregations: Value,
    pub(in crate::engine::opensearch::search) hits: Vec<Candidate>,
}

impl OpenSite {
    pub(in crate::engine::opensearch::search) async fn listed(
        &self,
        asking: &Asking<'_>,
        text: Option<&ByText>,
        walk: &Walk,
        aggs: Map<String, Value>,
    ) -> Result<Listed, EngineError> {
        let list = List {
            site: self,
            asking,
            text,
            walk,
        };
        let told = self.told_of_all(asking, walk, aggs);
        let ((total, aggregations), hits) = tokio::try_join!(told, list.page())?;
        Ok(Listed {
            total,
            aggregations,
            hits,
        })
    }

    /// How many hits there are, and what is counted over them.
    async fn told_of_all(
        &self,
        asking: &Asking<'_>,
        walk: &Walk,
        aggs: Map<String, Value>,
    ) -> Result<(u64, Value), EngineError> {
        let aggs = with_total(aggs, walk);
        let body = json!({
            "query": asking.found(&walk.query),
            "size": 0,
            "track_total_hits": false,
            "aggs": asking.counts(aggs, &walk.query, asking.counting()),
        });
        let found = self.cluster.search(&self.alias, &body).await?;
        Ok(told(asking, found))
    }
}

struct List<'a> {
    site: &'a OpenSite,
    asking: &'a Asking<'a>,
    text: Option<&'a ByText>,
    walk: &'a Walk,
}

impl List<'_> {
    /// The hits of the window.
    async fn page(&self) -> Result<Vec<Candidate>, EngineError> {
        let Walk {
            sections, window, ..
        } = self.walk;
        let mut hits = Vec::new();
        if sections.len() < 2 {
            hits = self.hits(sections.first(), window.end()).await?;
        } else {
            for section in sections {
                let missing = window.end() - hits.len();
                hits.extend(self.hits(Some(section), missing).await?);
            }
        }
        let hits = hits.into_iter().skip(window.from).take(window.size);
        Ok(hits.collect())
    }

    /// The first of a section.
    async fn hits(
        &self,
        section: Option<&Section>,
        most: usize,
    ) -> Result<Vec<Candidate>, EngineError> {
        if self.walk.window.size == 0 || most == 0 {
            return Ok(Vec::new());
        }
        let (question, order) = self.question(section);
        let (mut hits, mut waiting) = (Vec::new(), BTreeMap::new());
        let (mut from, mut at_once) = (0, most.clamp(LOOKED_AT_ONCE, PageOfHits::RANK_MAX));
        while hits.len() < most {
            let size = at_once.min(PageOfHits::RANK_MAX - from);
            if size == 0 {
                return Err(EngineError::TooMuchWork);
            }
            let mut question = question.clone();
            question["from"] = json!(from);
            question["size"] = json!(size);
            let (cluster, alias) = (&self.site.cluster, &self.site.alias);
            let mut found = match cluster.search(alias, &question).await {
                // Of objects with much that stands for them fewer come at once.
                Err(CallError::TooLong { .. }) if size > 1 => {
                    at_once = size / 2;
                    continue;
                }
                found => found?,
            };
            let looked_at = found.take_hits();
            from += looked_at.len();
            let is_last = looked_at.len() < size;
            let mut reached = None;
            for hit in looked_at {
                reached = Some(Standing::of_object(&order, &hit.sort));
                let shown = shown(self.asking, hit, |hit| self.judge(hit)).into_iter();
                let of_it = shown.filter(|one| self.is_of(section, &one.types));
                for Shown {
                    candidate, keys, ..
                } in of_it
                {
                    let standing = Standing::new(&order, &keys, candidate.ranked.address);
                    waiting.insert(standing, candidate);
                }
            }
            while let Some(first) = waiting.first_entry() {
                if !is_last && reached.as_ref().is_none_or(|reached| first.key() > reached) {
                    break;
                }
                hits.push(first.remove());
            }
            if is_last {
                break;
            }
        }
        hits.truncate(most);
        Ok(hits)
    }

    /// Whether one is of the section: the types of both decide, and of those with an order of their own the first.
    fn is_of(&self, section: Option<&Section>, types: &[String]) -> bool {
        let names = self.walk.sections.iter();
        let names = names.filter_map(|section| section.object_type.as_ref());
        let mut ordered = names.filter(|name| types.contains(name));
        section.is_none_or(|section| ordered.next() == section.object_type.as_ref())
    }

    fn judge(&self, hit: &crate::engine::opensearch::searched::Hit) -> Option<Candidate> {
        match self.text {
            Some(text) => text.candidate(self.asking, hit),
            None => Candidate::without_text(self.asking, hit),
        }
    }

    /// What the cluster is asked, and the order of the answers.
    fn question(&self, section: Option<&Section>) -> (Value, Vec<bool>) {
        let Self {
            asking, text, walk, ..
        } = *self;
        let post_filter = all(walk.post_filter.clone());
        let beside = section.and_then(|section| section.filter.clone());
        let beside =
            beside.map(|filter| all(vec![walk.query.clone(), post_filter.clone(), filter]));
        let told = json!({ "bool": {
            "filter": [walk.query],
            "should": signals::wishes(asking),
        }});
        let mut values = signals::fields(asking);
        let mut from_documents = json!("_none_");
        let (scored, sort) = match (text, section) {
            (Some(text), section) => {
                (values, from_documents) = text.read(asking);
                let sort = section.map(|section| section.sort.clone());
                (text.scored(asking, &walk.query), sort.unwrap_or_default())
            }
            (None, Some(section)) => (told, section.sort.clone()),
            (None, None) => {
                let by = by_signals(&asking.reader(), asking.query, &told);
                (by.query, by.sort)
            }
        };
        let page = Page {
            scored: &scored,
            found: &walk.query,
            post_filter: &post_filter,
            beside: beside.as_ref(),
            sort: &sort,
            values: &values,
            stored: &from_documents,
        };
        let descends = sort.iter().filter_map(|key| {
            let (name, said) = key.as_object()?.iter().next()?;
            let order = said.as_str().or_else(|| said["order"].as_str());
            (name != "first_seen").then_some(order == Some("desc"))
        });
        (page.question(asking), descends.collect())
    }
}

/// A place in an order.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Standing {
    keys: Vec<Key>,
    first_seen: u64,
    /// All that stands for an object comes behind the place of the object.
    address: Option<Address>,
}

impl Standing {
    fn new(order: &[bool], keys: &[Value], address: Address) -> Self {
        Self {
            keys: Key::all(order, keys),
            first_seen: address.first_seen,
            address: Some(address),
        }
    }

    /// Behind all that stands for it and has the same keys.
    fn of_object(order: &[bool], sort: &[Value]) -> Self {
        let first_seen = sort.last().and_then(Value::as_u64).unwrap_or(u64::MAX);
        let address = Address {
            first_seen,
            stand_in: Some(u32::MAX),
        };
        Self::new(order, &sort[..sort.len().saturating_sub(1)], address)
    }
}

/// What something is put in order by; what has nothing comes last.
#[derive(Debug)]
struct Key {
    value: Value,
    descends: bool,
}

impl Key {
    fn all(order: &[bool], values: &[Value]) -> Vec<Self> {
        let values = values.iter().zip(order);
        let keys = values.map(|(value, &descends)| Self {
            value: value.clone(),
            descends,
        });
        keys.collect()
    }

    fn number(&self) -> Option<f64> {
        match &self.value {
            Value::Number(number) => number.as_f64(),
            Value::Bool(is_so) => Some(f64::from(u8::from(*is_so))),
            // What has none, where numbers are compared.
            Value::String(text) => match text.as_str() {
                "Infinity" => Some(f64::INFINITY),
                "-Infinity" => Some(f64::NEG_INFINITY),
                _ => None,
            },
            _ => None,
        }
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        let order = match (&self.value, &other.value) {
            (Value::Null, Value::Null) => return Ordering::Equal,
            (Value::Null, _) => return Ordering::Greater,
            (_, Value::Null) => return Ordering::Less,
            (Value::String(one), Value::String(other)) => match (self.number(), other.parse()) {
                (Some(one), Ok(other)) => one.total_cmp(&other),
                _ => one.as_bytes().cmp(other.as_bytes()),
            },
            _ => {
                let of = |key: &Self| key.number().unwrap_or(f64::INFINITY);
                match (self.value.as_i64(), other.value.as_i64()) {
                    (Some(one), Some(other)) => one.cmp(&other),
                    _ => of(self).total_cmp(&of(other)),
                }
            }
        };
        if self.descends {
            order.reverse()
        } else {
            order
        }
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Key {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_value_comes_last_whatever_the_order() {
        let key = |value: Value, descends| Key { value, descends };
        for descends in [false, true] {
            assert!(key(json!("a"), descends) < key(Value::Null, descends));
            assert_eq!(key(Value::Null, descends), key(Value::Null, descends));
        }
        assert!(key(json!(1), false) < key(json!(1.5), false));
        assert!(key(json!(1), true) > key(json!(1.5), true));
        assert!(key(json!(2.5), false) < key(json!("Infinity"), false));
        assert!(key(json!(2.5), true) < key(json!("-Infinity"), true));
        assert_eq!(key(json!("Infinity"), false), key(json!("Infinity"), false));
        assert!(key(json!("b"), true) < key(json!("a"), true));
        let large = i64::MAX;
        assert!(key(json!(large - 1), false) < key(json!(large), false));
    }

    #[test]
    fn an_object_stands_behind_all_of_its_own_that_have_the_same_keys() {
        let order = [false];
        let one = |key: Value, first_seen, place| {
            let address = Address {
                first_seen,
                stand_in: Some(place),
            };
            Standing::new(&order, &[key], address)
        };
        let object = Standing::of_object(&order, &[json!(5), json!(7)]);
        assert!(one(json!(5), 7, 3) < object);
        assert!(one(json!(4), 9, 0) < object);
        assert!(one(json!(5), 8, 0) > object);
        assert!(one(json!(6), 1, 0) > object);
    }
}
