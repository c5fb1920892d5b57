//! What a search looks at, and what is looked up before anything is found. Invariant: all of it is one state
//! of the index, that of one searcher.

use std::sync::Arc;

use tantivy::Searcher;

use crate::domain::{
    Filters, Language, QueryText, Quicksearch, ResultSet, Schema, SearchQuery, SignalSources, Site,
    Timestamp, Typos, VariantMode,
};
use crate::engine::asked::asked_types;
use crate::engine::embedded::index::expand::dictionary_cache::DictionaryCache;
use crate::engine::embedded::index::expand::spelling::IndexDictionary;
use crate::engine::embedded::index::expand::spoken::SpokenCache;
use crate::engine::embedded::index::facets::cache::FacetCache;
use crate::engine::embedded::index::query::begun_cache::BegunCache;
use crate::engine::embedded::index::query::filter::FilterReader;
use crate::engine::embedded::index::query::filtering::Filtering;
use crate::engine::embedded::index::query::fingerprint::Question;
use crate::engine::embedded::index::query::first_look::Standings;
use crate::engine::embedded::index::query::keyword::{KeywordText, SoughtText};
use crate::engine::embedded::index::query::matcher::{Filter, Matcher};
use crate::engine::embedded::index::query::names::Names;
use crate::engine::embedded::index::query::pins::Pins;
use crate::engine::embedded::index::query::result_set::{
    Choice, ChosenDocs, ResultSet as ChosenSet,
};
use crate::engine::embedded::index::query::scope::Scope;
use crate::engine::embedded::index::query::set_cache::{
    Beginning, KEPT_WORK_MIN, Key, Known, SetCache,
};
use crate::engine::embedded::index::query::shared::Shared;
use crate::engine::embedded::index::query::text::{TextQuery, TextSources};
use crate::engine::embedded::index::query::text_hits::MatcherText;
use crate::engine::embedded::index::query::variants::Variants;
use crate::engine::embedded::index::query::visibility::VisibleBy;
use crate::engine::embedded::index::query::visibility::is_steady;
use crate::engine::embedded::index::rank::feedback::{SampleCache, Samples};
use crate::engine::embedded::index::rank::fixed::FixedSignals;
use crate::engine::embedded::index::rank::led_to::LedToCache;
use crate::engine::embedded::index::rank::preferred::Preferred;
use crate::engine::embedded::index::rank::relevance::SignalInputs;
use crate::engine::embedded::index::segments::schema::IndexFields;
use crate::engine::embedded::index::segments::segment::{IndexState, Segment, SegmentsCache};
use crate::engine::embedded::index::segments::word_entries::WordEntries;
use crate::engine::expand::synonyms::SynonymsCache;
use crate::engine::expand::wording::Wording;
use crate::engine::highlight::Marker;

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
    pub(in super::super) led_to: &'a LedToCache,
    pub(in super::super) begun_cache: &'a Arc<BegunCache>,
    pub(in super::super) set_cache: &'a SetCache,
    pub(in super::super) facet_cache: &'a FacetCache,
    pub(in super::super) dictionary_cache: &'a DictionaryCache,
    pub(in super::super) word_entries: &'a WordEntries,
    pub(in super::super) spoken: &'a SpokenCache,
    pub(in super::super) shared: &'a Shared,
}

impl Search<'_> {
    pub(super) fn text(
        &self,
        text: &QueryText,
        query: &SearchQuery,
    ) -> tantivy::Result<SoughtText> {
        let synonyms = self.synonyms.of(&self.site.rules, self.language);
        let fields = *self.fields;
        let effort = self.shared.effort();
        let dictionary = IndexDictionary::new(self.searcher, &fields, self.word_entries, effort)
            .keeping(self.dictionary_cache, self.state());
        let spoken =
            { self.spoken }.of(self.language, self.searcher, &fields, self.word_entries)?;
        let wording = Wording {
            language: self.language,
            spoken: &spoken.2,
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
        let mut names = Names::default();
        if scope.is_none() {
            whole = whole.or_code(text, self.searcher)?;
            names = Names::new(text, self.language, self.fields);
        }
        // Nobody misspells a code and hits upon another.
        let typos = if whole.is_code() {
            Typos::Off
        } else {
            query.typos
        };
        let last_word = query.last_word;
        let sources = TextSources {
            scope,
            fields,
            wording,
            begun_cache: self.begun_cache,
        };
        let words = TextQuery::new(text, last_word, typos, sources, &dictionary)?;
        Ok(SoughtText {
            words,
            whole,
            names,
        })
    }

    /// The documents that are found by the text; `None`: all that have one of its words.
    pub(super) fn result_set(
        &self,
        text: Option<&SoughtText>,
        pins: &Pins,
        query: &SearchQuery,
    ) -> tantivy::Result<Option<Arc<ChosenSet>>> {
        let is_narrow = [query.result_set, self.site.result_set]
            .iter()
            .all(|set| *set == ResultSet::Narrow);
        let Some(text) = text.filter(|text| is_narrow && !text.words.is_scoped()) else {
            return Ok(None);
        };
        let types: Vec<&str> = asked_types(&query.filters)
            .filter_map(|filter| filter.asked.text())
            .collect();
        let reader = self.reader(query);
        // Suggestions are of types that are all asked for.
        let hides_variants = reader.hides_variants(query.all_variants);
        let variants = if query.quicksearch_alone && hides_variants {
            Variants::default()
        } else {
            reader.variants(&query.filters, query.all_variants)
        };
        let asked = query.quicksearch.iter().take(Quicksearch::TYPES_MAX);
        let asked = asked.map(|group| &group.object_type);
        // Variants that are no hits may be asked for beside the hits.
        let are_hidden = hides_variants && !variants.hidden.is_empty();
        let (of_hidden, quicksearch): (Vec<_>, Vec<_>) =
            asked.partition(|object_type| are_hidden && object_type.is_variant());
        let standings = self.standings(pins, query)?;
        let types = (query.quicksearch_alone || !types.is_empty()).then_some(types);
        let asked = if pins.is_empty() && self.is_steady(query.now)? {
            let question = text.question(Question::default());
            let question = question.map(|question| {
                let groups = (&quicksearch, &of_hidden);
                let question = question.with(&types).with(&groups).with(&variants);
                // Of much that could be suggested these say what is looked at.
                let looked_at = { standings.as_ref() }
                    .map(|_| FixedSignals::attributes(self.schema, &query.signals));
                question.with(&(query.quicksearch_alone, looked_at))
            });
            question.map(Question::fingerprint)
        } else {
            None
        };
        let by_words = asked.map(|asked| Key::Words(self.state(), asked));
        let key = match &standings {
            Some(_) => self
                .key_of_set(text, query)?
                .map(Key::Beginning)
                .or(by_words),
            None => by_words,
        };
        let known = key
            .as_ref()
            .and_then(|key| self.set_cache.get(key, query.now));
        if let Some(known) = known {
            self.shared.effort().spend(known.work)?;
            return Ok(Some(known.set));
        }
        let spent_before = self.shared.effort().spent();
        let choice = |types, variants, quicksearch, standings| Choice {
            segments: self.segments,
            text,
            visible_by: VisibleBy {
                now: query.now,
                variants,
                pins,
            },
            types,
            quicksearch,
            suggests: query.quicksearch_alone,
            standings,
            effort: self.shared.effort(),
        };
        let mut set = choice(types, variants, quicksearch, standings).result_set()?;
        if !of_hidden.is_empty() {
            let of_hidden = choice(Some(Vec::new()), Variants::default(), of_hidden, None);
            set.quicksearch.extend(of_hidden.result_set()?.quicksearch);
        }
        set.asked = asked;
        let set = Arc::new(set);
        let work = self.shared.effort().spent() - spent_before;
        let is_kept = |key: &Key| matches!(key, Key::Beginning(_)) || work >= KEPT_WORK_MIN;
        if let Some(key) = key.filter(is_kept) {
            let known = Known {
                set: Arc::clone(&set),
                chosen_at: query.now,
                work,
            };
            self.set_cache.insert(key, known);
        }
        Ok(Some(set))
    }

    /// What a set of suggestions is kept under; `None` where it is not, or where time alone may change it.
    fn key_of_set(
        &self,
        text: &SoughtText,
        query: &SearchQuery,
    ) -> tantivy::Result<Option<Beginning>> {
        let state = text.words.state_of_short_beginning();
        let (Some(state), Some(typed)) = (state, &query.text) else {
            return Ok(None);
        };
        if !self.is_steady(query.now)? {
            return Ok(None);
        }
        let groups = query.quicksearch.iter().take(Quicksearch::TYPES_MAX);
        let is_usual = query.signals == SignalSources::default();
        Ok(is_usual.then(|| Beginning {
            state,
            typed: typed.as_str().to_owned(),
            types: groups.map(|group| group.object_type.clone()).collect(),
            all_variants: query.all_variants,
            is_telling: text.words.telling_places().next().is_some(),
        }))
    }

    /// Whether nothing comes or goes by time alone from now on.
    pub(super) fn is_steady(&self, now: Timestamp) -> tantivy::Result<bool> {
        for segment in self.segments {
            if !is_steady(segment, now)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The state of the index that is searched.
    pub(super) fn state(&self) -> IndexState {
        let generation = self.searcher.generation().generation_id();
        self.begun_cache.state(generation)
    }

    /// What is known of much that could be suggested before it is looked at; `None` where something else may put one of
    /// them first, or leaves some out.
    fn standings(
        &self,
        pins: &Pins,
        query: &SearchQuery,
    ) -> tantivy::Result<Option<Vec<Standings<'_>>>> {
        let has_filters = |filters: &Filters| *filters != Filters::default();
        let is_by_relevance_alone = query.quicksearch_alone
            && query.type_sorts.is_empty()
            && query.preferred.is_empty()
            && query.functional_boosts.is_empty()
            && pins.is_empty()
            && !has_filters(&query.filters)
            && !query
                .quicksearch
                .iter()
                .any(|group| has_filters(&group.filters));
        if !is_by_relevance_alone {
            return Ok(None);
        }
        let standings = self.segments.iter().map(|segment| {
            let fixed = FixedSignals::open(segment, self.schema, &query.signals)?;
            let best = fixed.best_standing();
            Ok(Standings {
                of: Box::new(move |doc| fixed.standing(doc)),
                best,
            })
        });
        standings.collect::<tantivy::Result<_>>().map(Some)
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
            Some(rule) => Pins::find(self.searcher, self.segments_cache, self.fields, rule),
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
        asked: &PreparedQuery<'t>,
        except: Option<&str>,
    ) -> tantivy::Result<Matcher<'t>> {
        let (query, reader) = (asked.query, self.reader(asked.query));
        let filter = Filter {
            query: asked.filtering.query(query, &reader, except),
            work: asked.filtering.work_a_document(query),
        };
        let chosen = asked.chosen.map(|set| &set.main);
        self.matching(asked, filter, &query.filters, chosen)
    }

    /// The same with a filter of its own; what becomes of variants the filters of the search say.
    pub(in super::super) fn matching<'t>(
        &'t self,
        asked: &PreparedQuery<'t>,
        filter: Filter,
        filters: &Filters,
        chosen: Option<&'t ChosenDocs>,
    ) -> tantivy::Result<Matcher<'t>> {
        let PreparedQuery {
            query, text, pins, ..
        } = *asked;
        let variants = self.reader(query).variants(filters, query.all_variants);
        let text = text.map(|sought| MatcherText { sought, chosen });
        let (searcher, effort) = (self.searcher, self.shared.effort());
        Matcher::new(searcher, filter, text, pins, variants, query.now, effort)
    }
}

/// A query as far as it was looked up before anything is found.
pub(in super::super) struct PreparedQuery<'a> {
    pub(in super::super) query: &'a SearchQuery,
    pub(in super::super) text: Option<&'a SoughtText>,
    /// The documents that are found by it; `None`: all that have one of its words.
    pub(super) chosen: Option<&'a ChosenSet>,
    pub(super) pins: &'a Pins,
    pub(super) preferred: &'a Preferred,
    pub(super) filtering: &'a Filtering,
}

impl PreparedQuery<'_> {
    pub(in super::super) fn signals(&self) -> SignalInputs<'_> {
        SignalInputs {
            query: self.query,
            preferred: self.preferred,
        }
    }
}
