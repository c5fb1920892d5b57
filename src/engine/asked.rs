//! What a search asks of attributes, as far as its query and the schema say. Invariant: nothing here knows how a backend finds
//! or orders anything, so every backend refuses the same searches.

use super::door::EngineError;
use crate::domain::{
    Asked, AttributeType, FieldFilter, FieldName, Filters, Place, Quicksearch, Schema, SearchQuery,
    SignalSource, TypeSort, is_hidden_path,
};

/// Always the object type, whatever attributes there are (docs/reference/04-data-layout.md §1).
pub(in crate::engine) const TYPE_NAME: &str = "type";

/// The filters that say of which types hits are.
pub(in crate::engine) fn asked_types(filters: &Filters) -> impl Iterator<Item = &FieldFilter> {
    let asked = filters.any_of.iter().chain(&filters.all_of);
    asked.filter(|filter| filter.field.as_str() == TYPE_NAME)
}

/// Whether every distance asked for can be told: a filter that compares points needs points to compare and one to compare
/// them with.
pub(in crate::engine) fn check_distances(
    query: &SearchQuery,
    schema: &Schema,
) -> Result<(), EngineError> {
    let mut checked = Ok(());
    let mut check = |filter: &FieldFilter| {
        if checked.is_ok() && !filter.asked.is_missing() && !matches!(filter.asked, Asked::Typed(_))
        {
            checked = check_distance(&filter.field, &query.place, schema);
        }
    };
    query.filters.for_each(&mut check);
    for group in &query.quicksearch {
        group.filters.for_each(&mut check);
    }
    query.preferred.iter().for_each(&mut check);
    checked
}

fn check_distance(field: &FieldName, place: &Place, schema: &Schema) -> Result<(), EngineError> {
    let meant = place.meant(field);
    let is_point = matches!(schema.get(meant.as_str()), Some((_, AttributeType::Geo)));
    let is_distance = field.as_str() == Place::RANGE_NAME;
    if is_distance && !is_point {
        Err(EngineError::UnknownAttribute(meant.clone()))
    } else if is_point && place.origin.is_none() {
        Err(EngineError::NoOrigin)
    } else {
        Ok(())
    }
}

/// The orders of types among the hits. The order of a type is that of its quicksearch; without one it is that of the type's
/// objects among the hits.
pub(in crate::engine) fn sorts_of_hits(query: &SearchQuery) -> Vec<&TypeSort> {
    let sorts = query.type_sorts.iter().take(TypeSort::TYPES_MAX);
    let has_quicksearch = |sort: &TypeSort| {
        let mut groups = query.quicksearch.iter();
        groups.any(|group| group.object_type == sort.object_type)
    };
    let of_hits = sorts.filter(|sort| !has_quicksearch(sort) && may_be_hits(query, sort));
    of_hits.collect()
}

/// The order of a type that is asked for beside the hits.
pub(in crate::engine) fn sort_of<'q>(
    query: &'q SearchQuery,
    group: &Quicksearch,
) -> Option<&'q TypeSort> {
    let mut sorts = query.type_sorts.iter().take(TypeSort::TYPES_MAX);
    sorts.find(|sort| sort.object_type == group.object_type)
}

/// Whether the filters by type let objects of the type through.
fn may_be_hits(query: &SearchQuery, sort: &TypeSort) -> bool {
    let name = sort.object_type.as_str();
    let mut asked = asked_types(&query.filters).peekable();
    asked.peek().is_none() || asked.any(|filter| filter.asked.text() == Some(name))
}

/// The filters of a search for one type beside the hits.
pub(in crate::engine) fn filters_of(query: &SearchQuery, group: &Quicksearch) -> Filters {
    let wanted = crate::domain::Condition::Text(group.object_type.as_str().to_owned());
    let mut filters = group.filters.clone();
    filters.all_of.push(FieldFilter::typed(TYPE_NAME, wanted));
    let shared = query.filters.by_type.iter();
    filters.by_type.extend(shared.cloned());
    filters
}

/// Whether a filter that a facet on the attribute must not see applies.
pub(in crate::engine) fn is_filtered(
    query: &SearchQuery,
    facet: &crate::domain::ShownName,
) -> bool {
    let mut any_of = query.filters.any_of.iter();
    any_of.any(|filter| *facet == filter.field)
}

/// Which signals are read from hidden attributes, so that no number may be told of them.
#[derive(Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "one for each signal")]
pub(in crate::engine) struct HiddenSignals {
    pub(in crate::engine) boost: bool,
    pub(in crate::engine) availability: bool,
    pub(in crate::engine) freshness: bool,
    pub(in crate::engine) factor: bool,
}

impl HiddenSignals {
    pub(in crate::engine) fn of(query: &SearchQuery) -> Self {
        let is_hidden = |source: &SignalSource| source.attribute("").is_some_and(is_hidden_path);
        let sources = &query.signals;
        let mut boosts = query.functional_boosts.iter();
        Self {
            boost: is_hidden(&sources.boost),
            availability: is_hidden(&sources.availability) || is_hidden(&sources.availability_rank),
            freshness: is_hidden(&sources.freshness),
            factor: boosts.any(|boost| is_hidden_path(boost.field.as_str())),
        }
    }
}
