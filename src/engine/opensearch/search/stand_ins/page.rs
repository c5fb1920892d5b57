//! Objects asked for with what stands for them, and which of these is shown. Invariant: what is shown is found itself.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::order::{order, order_of_each};
use super::question::{Counting, all_of_one, field, of_one, some, some_of};
use crate::domain::{AttributeType, STAND_INS_MAX};
use crate::engine::opensearch::layout::fields::STAND_INS;
use crate::engine::opensearch::search::asking::Asking;
use crate::engine::opensearch::search::filter::everything;
use crate::engine::opensearch::search::signals::{column, number};
use crate::engine::opensearch::search::text::Candidate;
use crate::engine::opensearch::searched::Hit;
use crate::engine::ranking::{self, Ranked};

/// What stands for one object and is looked at where one of it is shown: of equals those that are shown first.
const LOOKED_AT_MAX: usize = 100;

/// Objects in an order.
pub(in crate::engine::opensearch::search) struct Page<'a> {
    /// What is found, with its score.
    pub(in crate::engine::opensearch::search) scored: &'a Value,
    /// The same as a filter; of this counts are made.
    pub(in crate::engine::opensearch::search) found: &'a Value,
    /// What hits have to be beside that.
    pub(in crate::engine::opensearch::search) post_filter: &'a Value,
    /// What has to be so of some that may stand for an object, whether it is found itself or not.
    pub(in crate::engine::opensearch::search) beside: Option<&'a Value>,
    pub(in crate::engine::opensearch::search) sort: &'a [Value],
    /// Fields that are read of what stands for an object.
    pub(in crate::engine::opensearch::search) values: &'a [String],
    /// The same of those that are stored.
    pub(in crate::engine::opensearch::search) stored: &'a Value,
}

/// One that may be shown.
pub(in crate::engine::opensearch::search) struct Shown {
    pub(in crate::engine::opensearch::search) candidate: Candidate,
    /// By what it would be put in the order asked for.
    pub(super) keys: Vec<Value>,
    /// Its types: its own, and that of the object.
    pub(super) types: Vec<String>,
}

impl Page<'_> {
    pub(in crate::engine::opensearch::search) fn question(&self, asking: &Asking<'_>) -> Value {
        let both = all_of_one(&[self.found, self.post_filter]);
        let scored = json!({ "bool": {
            "must": [of_one(self.scored)],
            "filter": [of_one(self.post_filter)],
        }});
        let shown = some_of(&scored, Some(self.shown(asking)));
        let mut question = json!({
            "sort": order(self.sort, &both),
            "_source": false,
            "docvalue_fields": ["first_seen"],
            "track_total_hits": true,
        });
        let mut query = if *self.post_filter == everything() {
            json!({ "bool": { "must": [shown] } })
        } else {
            // Counts are of all that is found, whatever hits have to be besides.
            question["post_filter"] = some_of(&both, None);
            json!({ "bool": { "filter": [some(self.found)], "should": [shown] } })
        };
        if let Some(beside) = self.beside {
            let beside = json!({ "bool": { "filter": [some(beside)] } });
            query = json!({ "bool": { "must": [query, beside] } });
        }
        question["query"] = asking.scored(query);
        question
    }

    /// What stands for an object, those first that would be shown first.
    fn shown(&self, asking: &Asking<'_>) -> Value {
        let mut sort = selection(asking);
        sort.extend(order_of_each(self.sort));
        let fields = self.values.iter().map(|name| field(name));
        let fields = fields.chain(said(asking)).chain([field("type")]);
        let fields: Vec<String> = fields.collect();
        let stored = match self.stored {
            Value::Array(names) => {
                let names = names.iter().filter_map(Value::as_str);
                names.map(field).collect()
            }
            none => none.clone(),
        };
        json!({
            "name": STAND_INS,
            "size": match asking.counting() {
                Counting::Objects => LOOKED_AT_MAX,
                Counting::StandIns => STAND_INS_MAX,
            },
            "_source": false,
            "stored_fields": stored,
            "docvalue_fields": fields,
            "sort": sort,
        })
    }
}

/// The order in which one is chosen, as far as the cluster can tell.
fn selection(asking: &Asking<'_>) -> Vec<Value> {
    let signals = [
        json!({ "v.boost": "desc" }),
        json!({ "v.availability": "asc" }),
    ];
    let score = json!({ "_score": "desc" });
    let mut selection: Vec<Value> = match asking.query.text {
        Some(_) => [score].into_iter().chain(signals).collect(),
        None => signals.into_iter().chain([score]).collect(),
    };
    for (name, order) in [
        (ranking::PREFERENCE_ATTRIBUTE, "desc"),
        (ranking::PRICE_ATTRIBUTE, "asc"),
    ] {
        if let Some(column) = numbers(asking, name) {
            let by = json!({ "order": order, "missing": "_last", "unmapped_type": "double" });
            selection.push(json!({ (field(&column)): by }));
        }
    }
    selection
}

/// Where the numbers of an attribute are that only holds numbers.
fn numbers(asking: &Asking<'_>, name: &str) -> Option<String> {
    let (_, kind) = asking.schema.get(name)?;
    let numbers = column(&asking.schema, name)?;
    (kind == AttributeType::Numeric).then_some(numbers)
}

/// What says which of equals is shown.
fn said(asking: &Asking<'_>) -> impl Iterator<Item = String> {
    let names = [ranking::PREFERENCE_ATTRIBUTE, ranking::PRICE_ATTRIBUTE];
    let columns = names.into_iter().filter_map(|name| numbers(asking, name));
    columns.map(|column| field(&column))
}

/// Of what stands for a hit, all that may be a hit: one, or each where variants are asked for one by one.
pub(in crate::engine::opensearch::search) fn shown(
    asking: &Asking<'_>,
    mut hit: Hit,
    judge: impl Fn(&Hit) -> Option<Candidate>,
) -> Vec<Shown> {
    let first_seen = hit.fields.remove("first_seen").unwrap_or_default();
    let found = hit.take_inner(STAND_INS).into_iter();
    let before = selection(asking).len();
    let found = found.filter_map(|mut one| {
        let fields = std::mem::take(&mut one.fields).into_iter();
        let fields = fields.filter_map(|(name, values)| {
            let name = name.strip_prefix(STAND_INS)?.strip_prefix('.')?;
            Some((name.to_owned(), values))
        });
        one.fields = fields.collect();
        one.fields
            .insert("first_seen".to_owned(), first_seen.clone());
        let candidate = judge(&one)?;
        let said = [ranking::PREFERENCE_ATTRIBUTE, ranking::PRICE_ATTRIBUTE].map(|name| {
            numbers(asking, name)?;
            number(&one, &asking.schema, name)
        });
        let keys = one.sort.split_off(before.min(one.sort.len()));
        let types = one.fields.get("type").into_iter().flatten();
        let types = types.filter_map(|name| Some(name.as_str()?.to_owned()));
        let types = types.collect();
        Some((
            said,
            Shown {
                candidate,
                keys,
                types,
            },
        ))
    });
    let mut found: Vec<([Option<f64>; 2], Shown)> = found.collect();
    if asking.counting() == Counting::StandIns {
        return found.into_iter().map(|(_, shown)| shown).collect();
    }
    found.sort_by(|(_, one), (_, other)| one.candidate.ranked.cmp(&other.candidate.ranked));
    let ranked = found.iter().map(|(_, one)| one.candidate.ranked.clone());
    let ranked: Vec<Ranked<_>> = ranked.collect();
    let says: HashMap<_, _> = { found.iter() }
        .map(|(said, one)| (one.candidate.ranked.address, *said))
        .collect();
    let best = ranking::shown_variant(&ranked, |address| {
        let [preference, price] = says.get(address).copied().unwrap_or_default();
        (preference, price)
    });
    let Some(best) = best.map(|best| best.address) else {
        return Vec::new();
    };
    let found = found.into_iter().map(|(_, one)| one);
    found
        .filter(|one| one.candidate.ranked.address == best)
        .collect()
}
