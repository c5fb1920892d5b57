//! One search, as far as its query, the settings of the site and the schema say what is asked for. Invariant: hits, totals and
//! facets of one search stand on the same queries.

use std::sync::Arc;

use serde_json::{Value, json};

use super::by_signals;
use super::filter::{FilterReader, Narrowing, Rings};
use crate::domain::{Filters, QueryRule, QueryText, Schema, SearchQuery, Site, VariantMode};
use crate::engine::EngineError;
use crate::engine::opensearch::control::Control;

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
        if site.variants == VariantMode::Best {
            return Err(EngineError::Unsupported(
                "variants do not stand for what they are nested in (`variants = \"best\"`)",
            ));
        }
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

    /// Everything that can be seen, whatever is looked for and whatever becomes of variants, and for which the queries hold.
    pub(super) fn seen(&self, filter: &[Value]) -> Value {
        self.seen_but(filter, Vec::new())
    }

    fn seen_but(&self, filter: &[Value], mut none: Vec<Value>) -> Value {
        let now = self.query.now.as_millis();
        none.push(json!({ "range": { "active_from": { "gt": now } } }));
        none.push(json!({ "range": { "active_to": { "lte": now } } }));
        if let Some(rule) = self.rule().filter(|rule| !rule.hidden.is_empty()) {
            let hidden = rule.hidden.iter().map(crate::domain::Identity::as_str);
            let hidden: Vec<&str> = hidden.collect();
            none.push(json!({ "terms": { "identity": hidden } }));
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
