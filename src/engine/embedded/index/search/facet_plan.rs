//! Which documents the facets of a search are counted over, and what of that is known from another search. Invariant: facets
//! are known alike only where the same documents would be counted, whatever the clock says.

use super::context::{PreparedQuery, Search};
use crate::domain::{FacetRequest, FieldFilter, FieldName, SearchQuery, ShownName};
use crate::engine::asked::{TYPE_NAME, asked_types, is_filtered};
use crate::engine::embedded::index::facets::cache::{Key, Known};
use crate::engine::embedded::index::query::filtering::Filtering;
use crate::engine::embedded::index::query::fingerprint::Question;
use crate::engine::facets::Source;

/// The facets of a search.
pub(super) struct FacetPlan<'q> {
    pub(super) facets: Vec<(&'q FacetRequest, Source)>,
    pub(super) groups: Vec<FacetGroup<'q>>,
}

/// Facets that are counted over the same documents.
pub(super) struct FacetGroup<'q> {
    /// Whose filters they do not see; `None`: they stand on what the search finds.
    pub(super) except: Option<&'q ShownName>,
    /// Places among the facets.
    pub(super) places: Vec<usize>,
    /// What the counts are kept under, where they are.
    pub(super) key: Option<Key>,
    pub(super) known: Option<Known>,
}

impl FacetPlan<'_> {
    /// Whether what the search finds has to be counted.
    pub(super) fn counts_found(&self) -> bool {
        let mut groups = self.groups.iter();
        groups.any(|group| group.except.is_none() && group.known.is_none())
    }

    /// Whether the documents that have the words are looked up once for several groups: with one group nothing is
    /// shared, and its filters may skip most of what has the words.
    pub(super) fn shares_words(&self, asked: &PreparedQuery<'_>) -> bool {
        let widened = self.groups.iter().filter(|group| group.except.is_some());
        asked.text.is_some() && widened.count() > 1
    }
}

impl Search<'_> {
    pub(super) fn facet_plan<'q>(
        &self,
        asked: &PreparedQuery<'q>,
    ) -> tantivy::Result<FacetPlan<'q>> {
        let facets = self.known_facets(asked.query);
        let mut groups: Vec<FacetGroup<'q>> = Vec::new();
        for (at, (request, _)) in facets.iter().enumerate() {
            let except = is_filtered(asked.query, &request.field).then_some(&request.field);
            let is_same = |group: &&mut FacetGroup<'_>| except.is_some() && group.except == except;
            match groups.iter_mut().find(is_same) {
                Some(group) => group.places.push(at),
                None => groups.push(FacetGroup {
                    except,
                    places: vec![at],
                    key: None,
                    known: None,
                }),
            }
        }
        let mut plan = FacetPlan { facets, groups };
        if !plan.groups.is_empty() && self.are_counts_kept(asked)? {
            let shares_words = plan.shares_words(asked);
            for at in 0..plan.groups.len() {
                let key = self.key_of_counts(asked, &plan, at, shares_words);
                let group = &mut plan.groups[at];
                group.known = self.facet_cache.get(&key, asked.query.now);
                group.key = Some(key);
            }
        }
        Ok(plan)
    }

    /// Whether what is counted is known from what is asked and from the state of the index: no rule of the site, no place
    /// and no time has a say, and no other walk has done part of the work.
    fn are_counts_kept(&self, asked: &PreparedQuery<'_>) -> tantivy::Result<bool> {
        let query = asked.query;
        let is_text_known = match (asked.text, asked.chosen) {
            (None, _) => true,
            (Some(_), chosen) => chosen.is_some_and(|chosen| chosen.asked.is_some()),
        };
        let is_known = is_text_known
            && asked.pins.is_empty()
            && query.filters.by_type.is_empty()
            && query.place.origin.is_none()
            && matches!(asked.filtering, Filtering::Asked);
        Ok(is_known && self.is_steady(query.now)?)
    }

    fn key_of_counts(
        &self,
        asked: &PreparedQuery<'_>,
        plan: &FacetPlan<'_>,
        group: usize,
        shares_words: bool,
    ) -> Key {
        let group = &plan.groups[group];
        let facets = group.places.iter().map(|&at| plan.facets[at]);
        let facets: Vec<(&FacetRequest, Source)> = facets.collect();
        let question = self
            .question_of_docs(asked, group.except)
            .with(&facets)
            .with(&(shares_words && group.except.is_some()));
        Key {
            state: self.state(),
            asked: question.fingerprint(),
        }
    }

    /// Everything that says which documents are found, but for the filters on the field `except`.
    fn question_of_docs(&self, asked: &PreparedQuery<'_>, except: Option<&ShownName>) -> Question {
        let SearchQuery {
            filters,
            all_variants,
            place,
            ..
        } = asked.query;
        let is_left_out =
            |filter: &FieldFilter| except.is_some_and(|except| *except == filter.field);
        let any_of = filters.any_of.iter();
        let any_of: Vec<&FieldFilter> = any_of.filter(|filter| !is_left_out(filter)).collect();
        // Who counts types counts variants where their type is asked for, and leaves that filter out otherwise.
        let of_types = except.filter(|except| except.as_str() == TYPE_NAME);
        let asked_types: Option<Vec<&FieldFilter>> =
            of_types.map(|_| asked_types(filters).collect());
        let variants = self.reader(asked.query).variants(filters, *all_variants);
        let mut question = Question::default()
            .with(&asked.chosen.and_then(|chosen| chosen.asked))
            .with(&except.map(ShownName::as_str))
            .with(&any_of)
            .with(&filters.all_of)
            .with(&filters.none_of)
            .with(&place.field)
            .with(&(self.variants, all_variants, variants))
            .with(&asked_types);
        let kind = |field: &FieldName| self.schema.get(place.meant(field).as_str());
        filters.for_each(|filter| {
            let before = std::mem::take(&mut question);
            question = before.with(&kind(&filter.field));
        });
        question
    }
}
