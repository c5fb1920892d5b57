//! Texts that are the value of an attribute, letter by letter (docs/reference/10-swiftype.md §4, `enum`). Invariant: an object
//! that has one has met every word.

use serde_json::Value;

use super::dictionary::Memo;
use crate::domain::{AttributeType, Condition, QueryText, SearchQuery};
use crate::engine::expand::dictionary::Dictionary as _;
use crate::engine::opensearch::search::asking::Asking;
use crate::engine::ranking::{self, TextField};

/// The text as a value of an attribute that some object has.
pub(super) struct WholeValue {
    /// Who has it.
    pub(super) query: Value,
    /// What having it counts.
    pub(super) worth: f32,
}

/// Of the attributes that are compared whole, those of which some object has the text, as far as that is known.
pub(super) fn whole_values(
    asking: &Asking<'_>,
    text: &QueryText,
    memo: &Memo<'_>,
) -> Vec<WholeValue> {
    let reader = asking.reader();
    let asked = { asking.query.whole_values.iter() }.take(SearchQuery::WHOLE_VALUES_MAX);
    let had = asked.filter_map(|attribute| {
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
        let query = reader.holding(name, condition)?;
        let with_it = memo
            .count(&asking.object(&query))
            .filter(|count| *count > 0)?;
        let idf = ranking::idf(with_it, memo.objects());
        let worth = TextField::Attributes.weight() * attribute.weight * idf;
        Some(WholeValue { query, worth })
    });
    had.collect()
}
