//! What a search and each of its quicksearches look for: queries, order, and what of it is shown. Invariant: what some facet does
//! not see is asked beside the query.

use serde_json::Value;

use super::asking::Asking;
use super::filter::Narrowing;
use super::hits::{Places, Walk, Window};
use super::order::{self, Section};
use super::text::ByText;
use crate::domain::{FieldName, Filters, Page, Quicksearch, SortKey, TypeSort};
use crate::engine::EngineError;
use crate::engine::asked;

pub(super) fn walk_of_hits(
    asking: &Asking<'_>,
    text: Option<&ByText>,
    narrowing: &Narrowing,
) -> Result<Walk, EngineError> {
    let query = asking.query;
    let is_seen_by_all = |field: &FieldName| {
        let mut facets = query.facets.iter();
        query.dynamic_facets.is_none() && !facets.any(|facet| facet.field == *field)
    };
    let (everybodys, post): (Vec<_>, Vec<_>) = { narrowing.by_field.iter() }
        .cloned()
        .partition(|(field, _)| is_seen_by_all(field));
    let queries = |of: Vec<(FieldName, Value)>| {
        let queries = of.into_iter().map(|(_, query)| query);
        queries.collect::<Vec<Value>>()
    };
    let of_types = asked::sorts_of_hits(query);
    let mut everybodys = queries(everybodys);
    everybodys.extend(text.map(|text| text.clause(asking, None)));
    Ok(Walk {
        query: asking.narrowed(&query.filters, narrowing, everybodys),
        post_filter: queries(post),
        sections: sections(asking, &query.sort, &of_types)?,
        window: Window::of(query.page),
        explains: query.explain,
        places: Places::ByRank,
    })
}

pub(super) fn walk_of_group(
    asking: &Asking<'_>,
    text: Option<&ByText>,
    group: &Quicksearch,
    filters: &Filters,
) -> Result<Walk, EngineError> {
    let narrowing = asking.narrowing(filters);
    let sort = asked::sort_of(asking.query, group);
    let keys = sort.map_or(&[][..], |sort| &sort.keys);
    let page = Page {
        offset: 0,
        limit: group.limit,
    };
    let mut filter = narrowing.but(None);
    filter.extend(text.map(|text| text.clause(asking, Some(group))));
    Ok(Walk {
        query: asking.narrowed(filters, &narrowing, filter),
        post_filter: Vec::new(),
        sections: sections(asking, keys, &[])?,
        window: Window::of(page),
        explains: false,
        places: if asking.query.quicksearch_alone {
            Places::Suggested(group.led_to_by.clone())
        } else {
            Places::ByRank
        },
    })
}

fn sections(
    asking: &Asking<'_>,
    keys: &[SortKey],
    of_types: &[&TypeSort],
) -> Result<Vec<Section>, EngineError> {
    order::sections(&asking.schema, &asking.query.place, keys, of_types)
}
