//! What is asked of the cluster beside which hits a text finds: the best by what it can tell, with all that they are judged by.
//! Invariant: a hit comes with everything its rank is made of.

use serde_json::{Value, json};

use super::scope::Scope;
use super::sought::Sought;
use super::words::WordQuery;
use crate::domain::{AttributeType, Schema};
use crate::engine::opensearch::layout::judged::JUDGED;
use crate::engine::opensearch::search::asking::Asking;
use crate::engine::opensearch::search::filter::{all, always};
use crate::engine::opensearch::search::signals::{self, named};
use crate::engine::opensearch::search::stand_ins::page::Page;
use crate::engine::ranking::Availability;

pub(super) struct Looking<'a> {
    pub(super) asking: &'a Asking<'a>,
    pub(super) sought: &'a Sought,
    /// Whether hits are those of a chosen set; else all that have a word.
    pub(super) is_narrow: bool,
}

/// How the queries are called that a hit is told to meet.
pub(super) const TITLE: &str = "title";
pub(super) const KIND: &str = "kind";
pub(super) const CODE: &str = "code";

pub(super) fn whole_name(at: usize) -> String {
    format!("whole-{at}")
}

/// Where the texts of an attribute are.
pub(super) fn texts_field(schema: &Schema, name: &str) -> Option<String> {
    match schema.get(name)? {
        (number, AttributeType::Text) => Some(format!("s.{number}")),
        _ => None,
    }
}

impl Looking<'_> {
    /// A question for the best of what the query finds. Where objects are found by what stands for them, `beside` has to be so of
    /// some of that.
    pub(super) fn question(
        &self,
        query: &Value,
        post_filter: &Value,
        beside: Option<&Value>,
    ) -> Value {
        let sort = [json!({ "_score": "desc" }), json!({ "first_seen": "asc" })];
        let (values, stored) = (self.values_read(), self.words_read());
        if self.asking.has_stand_ins() {
            let page = Page {
                scored: &self.scored(query),
                found: query,
                post_filter,
                beside,
                sort: &sort,
                values: &values,
                stored: &stored,
            };
            return page.question(self.asking);
        }
        let both: Vec<Value> = [query].into_iter().chain(beside).cloned().collect();
        json!({
            "query": self.scored(&all(both)),
            "post_filter": post_filter,
            "sort": sort,
            "stored_fields": stored,
            "docvalue_fields": values,
            "track_total_hits": true,
        })
    }

    /// What the query finds, the better the greater the score.
    pub(super) fn scored(&self, query: &Value) -> Value {
        let words = self.sought.queries().map(|word| word.scored());
        let scored = json!({ "bool": {
            "filter": [query],
            "should": words.collect::<Vec<_>>(),
        }});
        json!({ "bool": {
            "must": [{ "function_score": {
                "query": scored,
                "functions": self.functions(),
                "score_mode": "sum",
                "boost_mode": "sum",
            }}],
            "should": self.named(),
        }})
    }

    fn named(&self) -> Vec<Value> {
        let sought = self.sought;
        let mut queries = signals::wishes(self.asking);
        for (name, field) in [(TITLE, "k.title"), (KIND, "k.kind")] {
            queries.push(named(name, &json!({ "terms": { field: sought.names } })));
        }
        if let Some(code) = &sought.code {
            queries.push(named(CODE, &json!({ "term": { "k.code": code } })));
        }
        let whole = sought.whole.iter().enumerate();
        queries.extend(whole.map(|(at, value)| named(&whole_name(at), &value.query)));
        queries
    }

    /// What is read of documents, which takes long: nothing where values of fields say it all.
    pub(super) fn words_read(&self) -> Value {
        let scope = self.sought.scope.as_ref();
        match scope.map(Scope::fields) {
            Some(fields) if !fields.is_empty() => json!(fields),
            _ => json!("_none_"),
        }
    }

    pub(super) fn values_read(&self) -> Vec<String> {
        let mut read = signals::fields(self.asking);
        read.push(JUDGED.to_owned());
        if self.asking.query.quicksearch_alone {
            read.extend(texts_field(&self.asking.schema, "title"));
        }
        read
    }

    /// What decides before the text score, as far as filters can tell.
    fn functions(&self) -> Vec<Value> {
        const CALLED: u32 = 1 << 22;
        const BOOST: u32 = 1 << 20;
        const AVAILABILITY: u32 = 1 << 16;
        const TITLE: u32 = 1 << 10;
        let mut functions = vec![always()];
        let function = |filter: Value, weight: u32| json!({ "filter": filter, "weight": weight });
        let scope = self.sought.scope.as_ref();
        let right = { self.sought.telling() }.map(|word| WordQuery::of(word, scope).within(0));
        functions.push(function(all(right.collect()), 2 * CALLED));
        let names = &self.sought.names;
        let (title, kind) = ("k.title", "k.kind");
        functions.push(function(
            json!({ "terms": { title: names } }),
            CALLED + TITLE,
        ));
        functions.push(function(
            json!({ "terms": { kind: names } }),
            CALLED + TITLE / 2,
        ));
        functions.push(json!({
            "field_value_factor": { "field": "boost", "missing": 0 },
            "weight": BOOST,
        }));
        // One for the best, and none for the worst.
        let (best, worst) = (Availability::BEST.rank(), Availability::WORST.rank());
        functions.push(json!({
            "linear": { "availability": {
                "origin": best,
                "scale": f64::from(worst - best) / 2.0,
                "decay": 0.5,
            }},
            "weight": u32::from(worst - best) * AVAILABILITY,
        }));
        functions
    }
}
