//! The filters of a search for each of its walks. A facet leaves out the filters on its own field
//! (docs/reference/05-search.md §7), a quicksearch those of the URL; the rest is the same for all of them.
//! Invariant: of a search that asks for many walks or many filters, every filter is worked out once a
//! segment.

use std::sync::Arc;

use tantivy::query::Query;

use super::boolean::{BooleanTree, BooleanTreeQuery};
use super::filter::FilterReader;
use crate::domain::{Asked, FieldFilter, FieldName, Filters, SearchQuery};
use crate::engine::asked::TYPE_NAME;
use crate::engine::embedded::index::effort::Effort;

/// Filters that each walk asks document by document, skipping what others exclude. That is quicker where
/// few documents are found, and costs the product of all three.
const ASKED_FILTERS_MAX: usize = 16;
/// The same, of filters times walks.
const ASKED_MAX: usize = 64;

/// How the filters of a search are asked about.
pub(in super::super) enum Filtering {
    /// Each walk asks each filter.
    Asked,
    Sets(FilterSets),
}

/// Filters as sets.
pub(in super::super) struct FilterSets {
    /// Those that some facet leaves out, by field.
    left_out: Vec<(FieldName, BooleanTreeQuery)>,
    /// What holds for every walk.
    always: Option<BooleanTreeQuery>,
    /// Beside it where types are counted.
    of_types: Option<Arc<dyn Query>>,
}

impl Filtering {
    pub(in super::super) fn of(query: &SearchQuery, reader: &FilterReader<'_>) -> Self {
        let filters = &query.filters;
        let lists = [&filters.any_of, &filters.all_of, &filters.none_of];
        let asked: usize = lists.map(Vec::len).iter().sum();
        let walks = 1 + fields_left_out(query).len();
        if asked <= ASKED_FILTERS_MAX && asked * walks <= ASKED_MAX {
            return Self::Asked;
        }
        Self::Sets(FilterSets::new(query, reader))
    }

    /// What all filters of the search ask, those on the field `except` left out.
    pub(in super::super) fn query(
        &self,
        query: &SearchQuery,
        reader: &FilterReader<'_>,
        except: Option<&str>,
    ) -> Option<Box<dyn Query>> {
        match self {
            Self::Asked => reader.query(&query.filters, except, query.all_variants),
            Self::Sets(sets) => sets.query(except, reader.shared.effort()),
        }
    }

    /// What asking about one document costs, in units of work.
    pub(in super::super) fn work_a_document(&self, query: &SearchQuery) -> u64 {
        match self {
            Self::Asked => work_a_document(&query.filters),
            Self::Sets(_) => 1,
        }
    }
}

/// What asking these filters one by one about a document costs, in units of work.
pub(in super::super) fn work_a_document(filters: &Filters) -> u64 {
    let lists = [&filters.any_of, &filters.all_of, &filters.none_of];
    lists.map(Vec::len).iter().sum::<usize>() as u64
}

/// Fields of which some facet leaves out the filters.
pub(in super::super) fn fields_left_out(query: &SearchQuery) -> Vec<&FieldName> {
    let fields = query.filters.any_of_by_field().into_iter();
    let fields = fields.map(|(field, _)| field);
    let is_counted = |field: &&FieldName| query.facets.iter().any(|facet| facet.field == **field);
    fields.filter(is_counted).collect()
}

impl FilterSets {
    fn new(query: &SearchQuery, reader: &FilterReader<'_>) -> Self {
        let (filters, effort) = (&query.filters, reader.shared.effort());
        let leaf = |field: &FieldName, asked: &Asked| -> BooleanTree<Arc<dyn Query>> {
            BooleanTree::Leaf(Arc::from(reader.one(field, asked)))
        };
        let each = |list: &[FieldFilter]| -> Vec<_> {
            let leaves = list.iter().map(|filter| leaf(&filter.field, &filter.asked));
            leaves.collect()
        };
        let counted = fields_left_out(query);
        let mut left_out = Vec::new();
        let mut always = each(&filters.all_of);
        for (field, values) in filters.any_of_by_field() {
            let values = values.iter().map(|value| leaf(field, value));
            let any = BooleanTree::Any(values.collect());
            if counted.contains(&field) {
                left_out.push((field.clone(), BooleanTreeQuery::new(any, effort)));
            } else {
                always.push(any);
            }
        }
        if !filters.none_of.is_empty() {
            always.push(BooleanTree::None(each(&filters.none_of)));
        }
        let of_types = filters.by_type.iter();
        always.extend(
            of_types.map(|filter| BooleanTree::Leaf(Arc::new(reader.of_type(filter)) as _)),
        );
        let of_types = reader
            .hides_variants(query.all_variants)
            .then(|| reader.asked_variants(filters))
            .flatten();
        Self {
            left_out,
            always: (!always.is_empty())
                .then(|| BooleanTreeQuery::new(BooleanTree::All(always), effort)),
            of_types: of_types.map(Arc::from),
        }
    }

    fn query(&self, except: Option<&str>, effort: &Arc<Effort>) -> Option<Box<dyn Query>> {
        let kept = self.left_out.iter();
        let kept = kept.filter(|(field, _)| Some(field.as_str()) != except);
        let sets = kept.map(|(_, set)| set).chain(&self.always);
        let mut members: Vec<BooleanTree<Arc<dyn Query>>> = sets
            .map(|set| BooleanTree::Leaf(Arc::new(set.clone()) as _))
            .collect();
        if except == Some(TYPE_NAME) {
            let of_types = self.of_types.iter();
            members.extend(of_types.map(|query| BooleanTree::Leaf(Arc::clone(query))));
        }
        if members.is_empty() {
            return None;
        }
        Some(Box::new(BooleanTreeQuery::new(
            BooleanTree::All(members),
            effort,
        )))
    }
}
