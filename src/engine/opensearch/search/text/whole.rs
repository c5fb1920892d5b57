//! Texts that are the value of an attribute, letter by letter (docs/reference/10-swiftype.md §4, `enum`). Invariant: an object
//! that has one has met every word.

use serde_json::{Map, Value, json};

use crate::domain::{AttributeType, Condition, QueryText, SearchQuery};
use crate::engine::EngineError;
use crate::engine::opensearch::search::asking::Asking;
use crate::engine::opensearch::site::OpenSite;
use crate::engine::ranking::{self, TextField};

/// The text as a value of an attribute that some object has.
pub(super) struct WholeValue {
    /// Who has it.
    pub(super) query: Value,
    /// What having it counts.
    pub(super) worth: f32,
}

impl OpenSite {
    /// Of the attributes that are compared whole, those of which some of so many objects has the text.
    pub(super) async fn whole_values(
        &self,
        asking: &Asking<'_>,
        text: &QueryText,
        objects: u64,
    ) -> Result<Vec<WholeValue>, EngineError> {
        let reader = asking.reader();
        let asked = { asking.query.whole_values.iter() }.take(SearchQuery::WHOLE_VALUES_MAX);
        let values = asked.filter_map(|attribute| {
            let name = attribute.field.as_str();
            let as_text = || Condition::Text(text.as_str().to_owned());
            let condition = match asking.schema.get(name)?.1 {
                AttributeType::Text => as_text(),
                AttributeType::Boolean => match text.as_str().parse() {
                    Ok(boolean) => Condition::Boolean(boolean),
                    Err(_) => as_text(),
                },
                AttributeType::Numeric | AttributeType::Date | AttributeType::Geo => return None,
            };
            Some((reader.holding(name, condition)?, attribute.weight))
        });
        let values: Vec<(Value, f32)> = values.collect();
        if values.is_empty() {
            return Ok(Vec::new());
        }
        let filters = values.iter().enumerate();
        let filters = filters.map(|(at, (query, _))| (at.to_string(), query.clone()));
        let filters: Map<String, Value> = filters.collect();
        let body = json!({
            "size": 0,
            "aggs": { "values": { "filters": { "filters": filters } } },
        });
        let told = self.cluster.search(&self.alias, &body).await?.aggregations;
        let values = values.into_iter().enumerate();
        let had = values.filter_map(|(at, (query, weight))| {
            let count = &told["values"]["buckets"][at.to_string()]["doc_count"];
            let with_it = count.as_u64().filter(|count| *count > 0)?;
            let idf = ranking::idf(with_it, objects);
            let worth = TextField::Attributes.weight() * weight * idf;
            Some(WholeValue { query, worth })
        });
        Ok(had.collect())
    }
}
