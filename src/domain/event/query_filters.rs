//! Whether a recorded query meets filters, as the object that it is shown as
//! (docs/reference/06-autocomplete-and-others.md §6.6). Invariant: it has a type and a title, which is its identity,
//! and nothing else, so every other attribute is missing.

use crate::domain::TypedValue;
use crate::domain::filter::{Asked, Condition, FieldFilter, Filters};
use crate::domain::schema::AttributeType;

/// The type of these objects.
pub const QUERY_TYPE: &str = "query";

const TYPE: &str = "type";
const TITLE: &str = "title";
/// The identity, as filters call it.
const IDENTITY: [&str; 2] = ["url", "identity"];

/// Whether the query of this title does, the `f[]` filters on the field `except` left out.
pub fn query_meets(title: &str, filters: &Filters, except: Option<&str>) -> bool {
    let holds = |filter: &FieldFilter| is_true_of(title, filter.field.as_str(), &filter.asked);
    let any_of = filters.any_of_by_field();
    let mut any_of = any_of
        .iter()
        .filter(|(field, _)| Some(field.as_str()) != except);
    any_of.all(|(field, values)| {
        let mut values = values.iter();
        values.any(|asked| is_true_of(title, field.as_str(), asked))
    }) && filters.all_of.iter().all(holds)
        && !filters.none_of.iter().any(holds)
        && filters
            .by_type
            .iter()
            .all(|filter| filter.object_type.as_str() != QUERY_TYPE || filter.tree.holds(&holds))
}

fn is_true_of(title: &str, field: &str, asked: &Asked) -> bool {
    match field {
        TYPE => asked.text() == Some(QUERY_TYPE),
        TITLE => {
            let condition = asked.of(TITLE, AttributeType::Text, None);
            condition.matches(&TypedValue::Text(title.into()))
        }
        _ if asked.is_missing() => true,
        _ if IDENTITY.contains(&field) && !matches!(asked, Asked::Typed(Condition::Missing)) => {
            asked.text() == Some(title)
        }
        _ => false,
    }
}
