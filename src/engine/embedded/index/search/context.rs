//! What a search looks at, and what is looked up before anything is found. Invariant: all of it is one state
//! of the index, that of one searcher.

use tantivy::Searcher;

use super::highlight::Marker;
use crate::domain::{Filters, Language, QueryText, Schema, SearchQuery, Site, Typos, VariantMode};
use crate::engine::embedded::index::expand::spelling::Dictionary;
use crate::engine::embedded::index::expand::synonyms::SynonymsCache;
use crate::engine::embedded::index::expand::wording::Wording;
use crate::engine::embedded::index::query::filter::FilterReader;
use crate::engine::embedded::index::query::filtering::Filtering;
use crate::engine::embedded::index::query::keyword::{KeywordText, SoughtText};
use crate::engine::embedded::index::query::matcher::{Filter, Matcher};
use crate::engine::embedded::index::query::pins::Pins;
use crate::engine::embedded::index::query::scope::Scope;
use crate::engine::embedded::index::query::shared::Shared;
use crate::engine::embedded::index::query::text::TextQuery;
use crate::engine::embedded::index::rank::feedback::{SampleCache, Samples};
use crate::engine::embedded::index::rank::preferred::Preferred;
use crate::engine::embedded::index::rank::relevance::SignalInputs;
use crate::engine::embedded::index::segments::schema::IndexFields;
use crate::engine::embedded::index::segments::segment::{Segment, SegmentsCache};

/// Most `prefer[]` wishes of one search; further ones are ignored.
const WISHES_MAX: usize = 20;

/// What a search looks at: one state of the index and the site's settings.
pub(in super::super) struct Search<'a> {
    pub(in super::super) searcher: &'a Searcher,
    /// Those of the searcher, in its order.
    pub(in super::super) segments: &'a [Segment<'a>],
    /// What keeps their columns.
    pub(in super::super) segments_cache: &'a SegmentsCache,
    pub(in super::super) fields: &'a IndexFields,
    pub(in super::super) schema: &'a Schema,
    pub(in super::super) site: &'a Site,
    /// As the index was made, which may not be what the site says by now.
    pub(in super::super) language: Language,
    pub(in super::super) variants: VariantMode,
    /// Whether the index has the words of each attribute apart.
    pub(in super::super) has_words_by_attribute: bool,
    pub(in super::super) synonyms: &'a SynonymsCache,
    pub(in super::super) samples: &'a SampleCache,
    pub(in super::super) shared: &'a Shared,
}

impl Search<'_> {
    pub(super) fn text(
        &self,
        text: &QueryText,
        query: &SearchQuery,
    ) -> tantivy::Result<SoughtText> {
        let synonyms = self.synonyms.of(&self.site.rules, self.language);
        let wording = Wording {
            language: self.language,
            rules: query.uses_rules.then_some((&*synonyms.0, &synonyms.1)),
        };
        let by_attribute = self.has_words_by_attribute;
        let scope = query.scope.as_ref();
        let scope = scope.map(|s| {
            let effort = self.shared.effort();
            Scope::new(s, self.fields, self.schema, by_attribute, effort)
        });
        let (reader, attributes) = (self.reader(query), &query.whole_values);
        let mut whole = KeywordText::new(text, attributes, &reader, self.searcher)?;
        if scope.is_none() {
            whole = whole.or_code(text, self.fields, self.searcher)?;
        }
        // Nobody misspells a code and hits upon another.
        let typos = if whole.is_code() {
            Typos::Off
        } else {
            query.typos
        };
        let (last_word, fields) = (query.last_word, *self.fields);
        let dictionary = Dictionary::new(self.searcher, &fields, self.shared.effort());
        let words = TextQuery::new(text, last_word, typos, scope, fields, wording, &dictionary)?;
        Ok(SoughtText { words, whole })
    }

    pub(super) fn marker(&self, text: Option<&SoughtText>) -> Marker {
        let text = text.map(|text| &text.words);
        let terms = text.into_iter().flat_map(TextQuery::terms);
        let begun = text.and_then(TextQuery::begun).map(str::to_owned);
        Marker::new(terms.map(str::to_owned), begun, self.language)
    }

    /// What the rules of the site put first or leave out for this query.
    pub(super) fn pins(&self, query: &SearchQuery) -> tantivy::Result<Pins> {
        let text = query.text.as_ref().filter(|_| query.uses_rules);
        match text.and_then(|text| self.site.rules.for_query(text)) {
            Some(rule) => Pins::find(self.searcher, self.fields, rule),
            None => Ok(Pins::default()),
        }
    }

    pub(in super::super) fn samples(&self) -> Samples<'_> {
        Samples {
            cache: self.samples,
            searcher: self.searcher,
        }
    }

    pub(super) fn reader<'q>(&'q self, query: &'q SearchQuery) -> FilterReader<'q> {
        FilterReader {
            fields: self.fields,
            schema: self.schema,
            variants: self.variants,
            place: &query.place,
            shared: self.shared,
            segments: self.segments_cache,
        }
    }

    pub(super) fn preferred(&self, query: &SearchQuery) -> tantivy::Result<Preferred> {
        let reader = self.reader(query);
        let wishes = query.preferred.iter().take(WISHES_MAX);
        let wishes = wishes.map(|wish| reader.one(&wish.field, &wish.asked));
        Preferred::new(self.searcher, wishes, self.shared.effort())
    }

    /// What the search asks for, the `f[]` filters on the field `except` left out.
    pub(in super::super) fn matcher<'t>(
        &'t self,
        asked: &Asked<'t>,
        except: Option<&str>,
    ) -> tantivy::Result<Matcher<'t>> {
        let (query, reader) = (asked.query, self.reader(asked.query));
        let filter = Filter {
            query: asked.filtering.query(query, &reader, except),
            work: asked.filtering.work_a_document(query),
        };
        self.matching(asked, filter, &query.filters)
    }

    /// The same with a filter of its own; what becomes of variants the filters of the search say.
    pub(in super::super) fn matching<'t>(
        &'t self,
        asked: &Asked<'t>,
        filter: Filter,
        filters: &Filters,
    ) -> tantivy::Result<Matcher<'t>> {
        let Asked {
            query, text, pins, ..
        } = *asked;
        let variants = self.reader(query).variants(filters, query.all_variants);
        let (searcher, effort) = (self.searcher, self.shared.effort());
        Matcher::new(searcher, filter, text, pins, variants, query.now, effort)
    }
}

/// A query as far as it was looked up before anything is found.
pub(in super::super) struct Asked<'a> {
    pub(in super::super) query: &'a SearchQuery,
    pub(in super::super) text: Option<&'a SoughtText>,
    pub(super) pins: &'a Pins,
    pub(super) preferred: &'a Preferred,
    pub(super) filtering: &'a Filtering,
}

impl Asked<'_> {
    pub(in super::super) fn signals(&self) -> SignalInputs<'_> {
        SignalInputs {
            query: self.query,
            preferred: self.preferred,
        }
    }
}
