//! What a search finds: the rules of docs/reference/05-search.md applied to one object after the other.
//! Invariant: of an object nothing counts but the object itself and what its site knows of attributes.

use super::result_set::{self, ChosenSet};
use crate::domain::{
    Asked, AttributeType, Condition, FieldFilter, FieldName, FieldValue, Filters, Identity,
    Language, Object, Page, Place, QueryRule, QueryText, Quicksearch, ResultSet, Schema,
    SearchQuery, Siblings, Site, SortKey, TextForm, Timestamp, TypeSort, TypedValue, VariantMode,
    derive, stand_in, stand_ins_of,
};
use crate::engine::ranking::Step;
use crate::engine::{EngineError, analysis};

/// Texts longer than this are found, but neither sorted by nor counted (docs/reference/04-data-layout.md §2).
pub(in crate::engine) const COMPARED_BYTES_MAX: usize = 512;

/// Words are compared as they are: what languages do to them is tested where it is done.
pub(super) const LANGUAGE: Language = Language::Any;

/// A catalog as a search sees it.
pub(in crate::engine) struct Naive<'c> {
    pub(in crate::engine) schema: &'c Schema,
    pub(in crate::engine) site: &'c Site,
    pub(in crate::engine) entries: Vec<Entry>,
}

#[derive(Clone)]
pub(in crate::engine) struct Entry {
    pub(in crate::engine) object: Object,
    pub(in crate::engine) first_seen: u64,
    pub(in crate::engine) updated_at: Timestamp,
}

/// What may be a hit or a part of one.
#[derive(Clone)]
pub(in crate::engine) struct Shown {
    /// What it is found by.
    pub(in crate::engine) object: Object,
    /// What is shown of it.
    pub(in crate::engine) whole: Object,
    pub(in crate::engine) types: Vec<String>,
    /// Of the object that was sent.
    pub(in crate::engine) master: Identity,
    pub(in crate::engine) stand_in: Option<usize>,
    pub(in crate::engine) first_seen: u64,
    pub(in crate::engine) updated_at: Timestamp,
}

impl Naive<'_> {
    /// Everything a query finds, the `f[]` filters on one field left out: hits, each as the documents
    /// that are it.
    pub(in crate::engine) fn found(
        &self,
        query: &SearchQuery,
        except: Option<&str>,
    ) -> Vec<Vec<Shown>> {
        let mode = self.site.variants;
        let set = self.chosen_set(query);
        let mut hits = Vec::new();
        for entry in &self.entries {
            let mut shown = entry.shown(mode);
            shown.retain(|shown| {
                self.is_found(shown, query, except, &set) && is_shown(shown, mode, query)
            });
            if mode == VariantMode::Best && !query.all_variants {
                hits.extend((!shown.is_empty()).then_some(shown));
            } else {
                hits.extend(shown.into_iter().map(|one| vec![one]));
            }
        }
        hits
    }

    /// What the site has said about the query.
    pub(in crate::engine) fn rule(&self, query: &SearchQuery) -> Option<&QueryRule> {
        let text = query.text.as_ref().filter(|_| query.uses_rules)?;
        self.site.rules.for_query(text)
    }

    /// Its place among those that the site puts first.
    pub(in crate::engine) fn pin(&self, query: &SearchQuery, shown: &Shown) -> Option<usize> {
        let mut pinned = self.rule(query)?.pinned.iter();
        pinned.position(|identity| *identity == shown.master)
    }

    /// Whether every word of the query is met.
    pub(in crate::engine) fn is_exact(&self, query: &SearchQuery, shown: &Shown) -> bool {
        let text = query.text.as_ref();
        text.is_none_or(|text| self.words_met(&shown.object, text) == query_words(text).len())
    }

    /// What belongs to the result of its text, whatever the filters.
    fn chosen_set(&self, query: &SearchQuery) -> ChosenSet {
        let sets = [query.result_set, self.site.result_set];
        let is_narrow = !sets.contains(&ResultSet::Wide);
        let Some(text) = query.text.as_ref().filter(|_| is_narrow) else {
            return ChosenSet::AnyWord;
        };
        let rule = self.rule(query);
        let is_seen = |shown: &Shown| {
            let is_hidden = rule.is_some_and(|rule| rule.hidden.contains(&shown.master));
            shown.object.schedule().contains(query.now) && !is_hidden
        };
        let entries = self.entries.iter();
        let all = entries.flat_map(|entry| entry.shown(self.site.variants));
        let seen = all.filter(is_seen);
        let seen = seen.map(|shown| (shown.types[0].clone(), self.step(&shown, text)));
        ChosenSet::of(seen, query_words(text).len())
    }

    fn step(&self, shown: &Shown, text: &QueryText) -> Step {
        let (words, met) = (query_words(text).len(), self.words_met(&shown.object, text));
        result_set::step(&shown.object, words, met, |fields| {
            let form = |name: &FieldName| shown.object.text_form(name.as_str());
            let fields = fields.iter();
            let fields = fields.map(|(name, value)| (*name, *value, form(name)));
            self.words_in(fields, text)
        })
    }

    fn is_found(
        &self,
        shown: &Shown,
        query: &SearchQuery,
        except: Option<&str>,
        set: &ChosenSet,
    ) -> bool {
        let holds = |filter: &FieldFilter| self.holds(shown, &query.place, filter);
        let Filters {
            any_of,
            all_of,
            none_of,
            by_type,
        } = &query.filters;
        let has_one_of_each = any_of.iter().all(|filter| {
            let mut alternatives = any_of.iter().filter(|other| other.field == filter.field);
            Some(filter.field.as_str()) == except || alternatives.any(holds)
        });
        let mut own_trees = by_type.iter().filter(|of_type| {
            let mut own = shown.types.iter();
            own.any(|own| own == of_type.object_type.as_str())
        });
        let is_hidden = |rule: &QueryRule| rule.hidden.contains(&shown.master);
        let met = |text: &QueryText| {
            let met = self.words_met(&shown.object, text);
            set.takes(&shown.types[0], self.step(shown, text), met)
        };
        shown.object.schedule().contains(query.now)
            && has_one_of_each
            && all_of.iter().all(holds)
            && !none_of.iter().any(holds)
            && own_trees.all(|of_type| of_type.tree.holds(&holds))
            && !self.rule(query).is_some_and(is_hidden)
            && (query.text.as_ref().is_none_or(met) || self.pin(query, shown).is_some())
    }

    pub(in crate::engine) fn holds(
        &self,
        shown: &Shown,
        place: &Place,
        filter: &FieldFilter,
    ) -> bool {
        let field = place.meant(&filter.field).as_str();
        let value = filter.asked.text().unwrap_or_default();
        if field == "type" {
            return shown.types.iter().any(|of| of == value);
        }
        let Some((_, kind)) = self.schema.get(field) else {
            let is_untyped = matches!(filter.asked, Asked::Untyped(_));
            let is_name = field == "identity" || is_untyped && field == "url";
            let mut called = vec![&shown.object.identity];
            if shown.stand_in.is_some() {
                called.extend(&shown.object.master);
            }
            let is_called = called.iter().any(|identity| identity.as_str() == value);
            return filter.asked.is_missing() || is_name && is_called;
        };
        let values = self.values(shown, field);
        match filter.asked.of(field, kind, place.origin) {
            Condition::Missing => values.is_empty(),
            condition => values.iter().any(|value| condition.matches(value)),
        }
    }

    /// Why nobody can say what is asked for: a distance from nowhere, or an order by what nothing has.
    pub(in crate::engine) fn refusal(&self, query: &SearchQuery) -> Option<EngineError> {
        let kind = |name: &FieldName| self.schema.get(name.as_str()).map(|(_, kind)| kind);
        let distance = |field: &FieldName| {
            let meant = query.place.meant(field);
            let is_points = kind(meant) == Some(AttributeType::Geo);
            if field.as_str() == Place::RANGE_NAME && !is_points {
                return Some(EngineError::UnknownAttribute(meant.clone()));
            }
            (is_points && query.place.origin.is_none()).then_some(EngineError::NoOrigin)
        };
        let mut refusal = None;
        let mut check = |filter: &FieldFilter| {
            // A typed distance says by itself where it starts.
            let is_read = matches!(filter.asked, Asked::Untyped(_)) && !filter.asked.is_missing();
            if refusal.is_none() && is_read {
                refusal = distance(&filter.field);
            }
        };
        query.filters.for_each(&mut check);
        for group in &query.quicksearch {
            group.filters.for_each(&mut check);
        }
        query.preferred.iter().for_each(&mut check);
        let quick = query.type_sorts.iter().filter(|sort| {
            let mut groups = query.quicksearch.iter();
            groups.any(|group| group.object_type == sort.object_type)
        });
        let type_sorts = main_type_sorts(query).into_iter().chain(quick);
        let keys = type_sorts.flat_map(|sort| &sort.keys).chain(&query.sort);
        let unsortable = |key: &SortKey| {
            let meant = query.place.meant(&key.field);
            let is_unknown = meant.as_str() != "type" && kind(meant).is_none();
            let unknown = || EngineError::UnknownAttribute(meant.clone());
            distance(&key.field).or(is_unknown.then(unknown))
        };
        refusal.or_else(|| keys.into_iter().find_map(unsortable))
    }

    pub(in crate::engine) fn values(&self, shown: &Shown, field: &str) -> Vec<TypedValue<'static>> {
        if field == "type" {
            let types = shown.types.iter();
            return types
                .map(|name| TypedValue::Text(name.clone().into()))
                .collect();
        }
        let mut values = Vec::new();
        let Some((wanted, _)) = self.schema.get(field) else {
            return values;
        };
        if self.schema.updated_at_of(&shown.object) == Some(wanted) {
            return vec![TypedValue::Date(shown.updated_at)];
        }
        let derived = derive(&shown.object);
        self.schema
            .for_each_value(&shown.object, &derived, |number, value| {
                if number == wanted {
                    values.push(match value {
                        TypedValue::Text(text) => TypedValue::Text(text.into_owned().into()),
                        TypedValue::Numeric(number) => TypedValue::Numeric(number),
                        TypedValue::Large(number) => TypedValue::Large(number),
                        TypedValue::Boolean(value) => TypedValue::Boolean(value),
                        TypedValue::Date(at) => TypedValue::Date(at),
                        TypedValue::Geo { lat, lon } => TypedValue::Geo { lat, lon },
                    });
                }
            });
        values
    }

    /// Distinct words of the query that stand in the texts of an object and of what is nested in it. Those
    /// asked for are written as objects write them: other forms and spellings have no model.
    pub(in crate::engine) fn words_met(&self, object: &Object, text: &QueryText) -> usize {
        let own = object.fields.iter();
        let own = own.map(|(name, value)| (name, value, object.text_form(name.as_str())));
        let nested = object.nested.iter().flat_map(|entry| entry.fields.iter());
        let nested = nested.map(|(name, value)| (name, value, TextForm::Markup));
        self.words_in(own.chain(nested), text)
    }

    pub(in crate::engine) fn words_in<'f>(
        &self,
        fields: impl Iterator<Item = (&'f FieldName, &'f FieldValue, TextForm)>,
        text: &QueryText,
    ) -> usize {
        let mut all = String::new();
        for (name, value, form) in fields {
            let kind = self.schema.get(name.as_str()).map(|(_, kind)| kind);
            let texts = value.elements().iter().filter_map(FieldValue::as_text);
            // Of a date its day is found, and nobody asks for one here; what is none is found like any text.
            let is_date =
                |text: &str| kind == Some(AttributeType::Date) && Timestamp::parse(text).is_some();
            texts.filter(|text| !is_date(text)).for_each(|text| {
                all.push_str(&analysis::seen(text, form));
                all.push('\n');
            });
        }
        let all = analysis::object_words(&all, LANGUAGE);
        let wanted = query_words(text);
        wanted.iter().filter(|word| all.contains(word)).count()
    }
}

/// A search for each type asked for, for its own.
pub(in crate::engine) fn quicksearches(query: &SearchQuery) -> Vec<SearchQuery> {
    let groups = query.quicksearch.iter();
    let alone = groups.map(|group| {
        let Quicksearch {
            object_type,
            limit,
            filters,
            // Of equally good matches any order will do.
            led_to_by: _,
        } = group;
        let mut filters = filters.clone();
        let of_type = FieldFilter::untyped("type", object_type.as_str());
        filters.all_of.push(of_type);
        let shared = query.filters.by_type.iter();
        filters.by_type.extend(shared.cloned());
        let mut sorts = query.type_sorts.iter();
        let own_sort = sorts.find(|sort| sort.object_type == *object_type);
        SearchQuery {
            sort: own_sort.map_or(Vec::new(), |sort| sort.keys.clone()),
            type_sorts: Vec::new(),
            quicksearch: Vec::new(),
            page: Page {
                offset: 0,
                limit: *limit,
            },
            filters,
            quicksearch_alone: false,
            ..query.clone()
        }
    });
    alone.collect()
}

/// Distinct words of a query.
pub(in crate::engine) fn query_words(text: &QueryText) -> Vec<String> {
    let words = analysis::query_words(&analysis::visible(text.as_str()), LANGUAGE, usize::MAX);
    let mut words: Vec<String> = words.into_iter().map(|word| word.text).collect();
    words.sort_unstable();
    words.dedup();
    words
}

impl Entry {
    fn shown(&self, mode: VariantMode) -> Vec<Shown> {
        let own = &self.object;
        let alone = Shown {
            object: own.clone(),
            whole: own.clone(),
            types: vec![own.object_type.to_string()],
            master: own.identity.clone(),
            stand_in: None,
            first_seen: self.first_seen,
            updated_at: self.updated_at,
        };
        let places = stand_ins_of(own);
        if mode != VariantMode::Best || places.is_empty() {
            return vec![alone];
        }
        let stand_ins = places.into_iter().map(|at| {
            let variant = stand_in(own, at, Siblings::LeftOut);
            Shown {
                types: [&variant, own].map(|of| of.object_type.to_string()).into(),
                whole: stand_in(own, at, Siblings::Nested),
                object: variant,
                stand_in: Some(at),
                ..alone.clone()
            }
        });
        stand_ins.collect()
    }
}

/// The orders of types that the hits are sorted by: not those of quicksearch, nor of types not asked for.
pub(in crate::engine) fn main_type_sorts(query: &SearchQuery) -> Vec<&TypeSort> {
    let asked = query.filters.any_of.iter().chain(&query.filters.all_of);
    let asked: Vec<&FieldFilter> = asked.filter(|f| f.field.as_str() == "type").collect();
    let sorts = query.type_sorts.iter().filter(|sort| {
        let name = sort.object_type.as_str();
        let mut quick = query.quicksearch.iter();
        let is_asked =
            asked.is_empty() || asked.iter().any(|filter| filter.asked.text() == Some(name));
        is_asked && !quick.any(|group| group.object_type == sort.object_type)
    });
    sorts.collect()
}

fn is_shown(shown: &Shown, mode: VariantMode, query: &SearchQuery) -> bool {
    let is_extracted = shown.object.master.is_some() && shown.stand_in.is_none();
    let filters = query.filters.any_of.iter().chain(&query.filters.all_of);
    let mut types = filters.filter(|filter| filter.field.as_str() == "type");
    match mode {
        VariantMode::Separate => true,
        VariantMode::Best => !is_extracted,
        VariantMode::Inside => {
            let is_asked = types.any(|filter| {
                let name = filter.asked.text();
                name.is_some_and(|name| shown.types.iter().any(|of| *of == name))
            });
            !is_extracted || query.all_variants || is_asked
        }
    }
}
