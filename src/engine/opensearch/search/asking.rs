//! One search, as far as its query, the settings of the site and the schema say what is asked for. Invariant: hits, totals and
//! facets of one search stand on the same queries.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::by_signals;
use super::filter::{FilterReader, Narrowing, Rings};
use super::stand_ins::question::{self, Counting};
use crate::domain::{Filters, QueryRule, QueryText, Schema, SearchQuery, Site, VariantMode};
use crate::engine::EngineError;
use crate::engine::opensearch::control::Control;
use crate::engine::opensearch::layout::stand_ins::OBJECT_TYPE;

/// What a search is asked with.
pub(super) struct Asking<'q> {
    pub(super) query: &'q SearchQuery,
    pub(super) site: Arc<Site>,
    pub(super) schema: Arc<Schema>,
    pub(super) control: &'q Control,
    pub(super) rings: Rings,
}

impl<'q> Asking<'q> {
    /// Refuses what this backend cannot do.
    pub(super) fn new(
        query: &'q SearchQuery,
        site: Arc<Site>,
        schema: Arc<Schema>,
        control: &'q Control,
    ) -> Result<Self, EngineError> {
        if query.text.is_none() {
            by_signals::check(query)?;
        }
        Ok(Self {
            query,
            site,
            schema,
            control,
            rings: Rings::default(),
        })
    }

    pub(super) fn reader(&self) -> FilterReader<'_> {
        FilterReader {
            schema: &self.schema,
            variants: self.site.variants,
            place: &self.query.place,
            rings: &self.rings,
        }
    }

    /// What the site has said about the query.
    pub(super) fn rule(&self) -> Option<&QueryRule> {
        let text: Option<&QueryText> = self.query.text.as_ref().filter(|_| self.query.uses_rules);
        self.site.rules.for_query(text?)
    }

    /// Whether objects are found by what stands for them.
    pub(super) fn has_stand_ins(&self) -> bool {
        self.site.variants == VariantMode::Best
    }

    /// The type of the object as a whole.
    pub(super) fn object_type_field(&self) -> &'static str {
        if self.has_stand_ins() {
            OBJECT_TYPE
        } else {
            "type"
        }
    }

    /// A field that objects are found by.
    pub(super) fn field_of_found(&self, name: &str) -> String {
        if self.has_stand_ins() {
            question::field(name)
        } else {
            name.to_owned()
        }
    }

    /// What is counted where objects are found by what stands for them.
    pub(super) fn counting(&self) -> Counting {
        if self.query.all_variants {
            Counting::StandIns
        } else {
            Counting::Objects
        }
    }

    /// What is there and not deleted, and for which the query holds, whenever it can be seen.
    pub(super) fn there(&self, query: &Value) -> Value {
        let query = self.object(query);
        self.control.alive(&[query], Vec::new())
    }

    /// The objects that the query finds.
    pub(super) fn object(&self, query: &Value) -> Value {
        if self.has_stand_ins() {
            question::some(query)
        } else {
            query.clone()
        }
    }

    /// The objects that can be found by something for which the query holds. Where nothing stands for objects it says so itself.
    pub(super) fn found(&self, query: &Value) -> Value {
        if self.has_stand_ins() {
            self.scored(question::some(query))
        } else {
            query.clone()
        }
    }

    /// The objects that are there and not deleted and are found by a query about objects as a whole, with its score.
    pub(super) fn scored(&self, query: Value) -> Value {
        let mut found = self.control.alive(&[], Vec::new());
        found["bool"]["must"] = query;
        found
    }

    /// What is counted of what the query finds.
    pub(super) fn counts(
        &self,
        aggs: Map<String, Value>,
        query: &Value,
        counting: Counting,
    ) -> Value {
        if self.has_stand_ins() {
            question::counts(&aggs, query, counting)
        } else {
            Value::Object(aggs)
        }
    }

    /// What was counted.
    pub(super) fn counted(&self, told: Value) -> Value {
        if self.has_stand_ins() {
            question::counted(told)
        } else {
            told
        }
    }

    /// Everything that can be seen, whatever is looked for and whatever becomes of variants, and for which the queries hold.
    pub(super) fn seen(&self, filter: &[Value]) -> Value {
        self.seen_but(filter, Vec::new())
    }

    fn out_of_time(&self) -> Vec<Value> {
        let now = self.query.now.as_millis();
        vec![
            json!({ "range": { "active_from": { "gt": now } } }),
            json!({ "range": { "active_to": { "lte": now } } }),
        ]
    }

    fn seen_but(&self, filter: &[Value], mut none: Vec<Value>) -> Value {
        if let Some(rule) = self.rule().filter(|rule| !rule.hidden.is_empty()) {
            let hidden = rule.hidden.iter().map(crate::domain::Identity::as_str);
            let hidden: Vec<&str> = hidden.collect();
            none.push(json!({ "terms": { "identity": hidden } }));
        }
        none.extend(self.out_of_time());
        if self.has_stand_ins() {
            // What is said of the object as a whole is asked beside it.
            return json!({ "bool": { "filter": filter, "must_not": none } });
        }
        self.control.alive(filter, none)
    }

    /// The same; what becomes of variants the filters say.
    fn visible(&self, filters: &Filters, filter: &[Value], mut none: Vec<Value>) -> Value {
        let all_variants = self.query.all_variants;
        none.extend(self.reader().hidden_variants(filters, all_variants));
        self.seen_but(filter, none)
    }

    /// The same where the filters hold that are not of single fields.
    pub(super) fn narrowed(
        &self,
        filters: &Filters,
        narrowing: &Narrowing,
        mut filter: Vec<Value>,
    ) -> Value {
        filter.extend(narrowing.all.iter().cloned());
        self.visible(filters, &filter, narrowing.none.clone())
    }

    pub(super) fn narrowing(&self, filters: &Filters) -> Narrowing {
        self.reader().narrowing(filters)
    }
}
