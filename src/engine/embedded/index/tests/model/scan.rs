//! The rules of contract 05 applied to one object after the other.

use std::collections::BTreeMap;

use super::super::*;
use super::generate::Write;
use super::order::main_type_sorts;
use crate::domain::{
    AttributeType, Condition, Place, Siblings, Timestamp, TypedValue, stand_in, stand_ins_of,
};
use crate::engine::analysis;
use crate::engine::embedded::index::segments::keyword::COLUMN_BYTES_MAX;

/// What the store would say: what each identity is now, and since when it is known.
#[derive(Default)]
pub(super) struct Model {
    live: BTreeMap<String, Entry>,
}

#[derive(Clone)]
struct Entry {
    object: Object,
    version: VersionId,
    first_seen: u64,
}

/// What may be a hit or a part of one.
#[derive(Clone)]
pub(super) struct Shown {
    pub(super) object: Object,
    pub(super) types: Vec<String>,
    pub(super) version: VersionId,
    pub(super) stand_in: Option<usize>,
    pub(super) first_seen: u64,
}

impl Model {
    pub(super) fn apply(&mut self, catalog: &mut Catalog, write: Write) {
        match write {
            Write::Replace(object) => {
                let identity = object.identity.as_str().to_owned();
                let old = self.live.remove(&identity);
                let next = catalog.identities.len() as u64;
                let first_seen = old.as_ref().map_or(next, |old| old.first_seen);
                let version = catalog.queue_as(&object, first_seen);
                let old: Vec<VersionId> = old.iter().map(|old| old.version).collect();
                catalog.writer.delete(&old).unwrap();
                let object = *object;
                self.live.insert(
                    identity,
                    Entry {
                        object,
                        version,
                        first_seen,
                    },
                );
            }
            Write::Delete(n) => {
                if let Some(old) = self.live.remove(&format!("p{n}")) {
                    catalog.writer.delete(&[old.version]).unwrap();
                }
            }
            Write::Commit => catalog.commit(),
        }
    }

    /// Everything a query finds, the `f[]` filters on one field left out: hits, each as the documents
    /// that are it.
    pub(super) fn found(
        &self,
        catalog: &Catalog,
        query: &SearchQuery,
        except: Option<&str>,
    ) -> Vec<Vec<Shown>> {
        let mode = catalog.site.variants;
        let mut hits = Vec::new();
        for entry in self.live.values() {
            let mut shown = entry.shown(mode);
            shown.retain(|shown| {
                is_found(&catalog.schema, shown, query, except) && is_shown(shown, mode, query)
            });
            if mode == VariantMode::Best && !query.all_variants {
                hits.extend((!shown.is_empty()).then_some(shown));
            } else {
                hits.extend(shown.into_iter().map(|one| vec![one]));
            }
        }
        hits
    }
}

impl Entry {
    fn shown(&self, mode: VariantMode) -> Vec<Shown> {
        let shown = |object: Object, types: &[&Object], stand_in| Shown {
            object,
            types: types.iter().map(|of| of.object_type.to_string()).collect(),
            version: self.version,
            stand_in,
            first_seen: self.first_seen,
        };
        let own = &self.object;
        let places = stand_ins_of(own);
        if mode != VariantMode::Best || places.is_empty() {
            return vec![shown(own.clone(), &[own], None)];
        }
        let stand_ins = places.into_iter().map(|at| {
            let variant = stand_in(own, at, Siblings::LeftOut);
            shown(variant.clone(), &[&variant, own], Some(at))
        });
        stand_ins.collect()
    }
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
                filter
                    .asked
                    .text()
                    .is_some_and(|name| shown.types.iter().any(|of| *of == name))
            });
            !is_extracted || query.all_variants || is_asked
        }
    }
}

fn is_found(schema: &Schema, shown: &Shown, query: &SearchQuery, except: Option<&str>) -> bool {
    let holds = |filter: &FieldFilter| holds(schema, shown, &query.place, filter);
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
        shown
            .types
            .iter()
            .any(|own| own == of_type.object_type.as_str())
    });
    let met = |text: &QueryText| words_met(&shown.object, text) > 0;
    shown.object.schedule().contains(query.now)
        && has_one_of_each
        && all_of.iter().all(holds)
        && !none_of.iter().any(holds)
        && own_trees.all(|of_type| of_type.tree.holds(&holds))
        && query.text.as_ref().is_none_or(met)
}

pub(super) fn holds(schema: &Schema, shown: &Shown, place: &Place, filter: &FieldFilter) -> bool {
    let field = place.meant(&filter.field).as_str();
    let value = filter.asked.text().unwrap_or_default();
    if field == "type" {
        return shown.types.iter().any(|of| of == value);
    }
    let Some((_, kind)) = schema.get(field) else {
        let mut called = vec![&shown.object.identity];
        if shown.stand_in.is_some() {
            called.extend(&shown.object.master);
        }
        let is_called = called.iter().any(|identity| identity.as_str() == value);
        return filter.asked.is_missing() || field == "identity" && is_called;
    };
    let values = values(schema, shown, field);
    match filter.asked.of(field, kind, place.origin) {
        Condition::Missing => values.is_empty(),
        condition => values.iter().any(|value| condition.matches(value)),
    }
}

/// Whether a distance is asked for that nobody can tell.
pub(super) fn is_refused(schema: &Schema, query: &SearchQuery) -> bool {
    let kind = |name: &str| schema.get(name).map(|(_, kind)| kind);
    let cannot_be_told = |field: &crate::domain::FieldName| {
        let meant = kind(query.place.meant(field).as_str());
        let is_distance = field.as_str() == Place::RANGE_NAME;
        is_distance && meant != Some(AttributeType::Geo)
            || meant == Some(AttributeType::Geo) && query.place.origin.is_none()
    };
    let mut is_refused = false;
    let mut check = |filter: &FieldFilter| {
        is_refused |= !filter.asked.is_missing() && cannot_be_told(&filter.field);
    };
    query.filters.for_each(&mut check);
    query.preferred.iter().for_each(&mut check);
    let quick = query.type_sorts.iter().filter(|sort| {
        let mut groups = query.quicksearch.iter();
        groups.any(|group| group.object_type == sort.object_type)
    });
    let type_sorts = main_type_sorts(query).into_iter().chain(quick);
    let type_keys = type_sorts.flat_map(|sort| &sort.keys);
    let cannot_be_sorted = |key: &SortKey| {
        let field = query.place.meant(&key.field).as_str();
        cannot_be_told(&key.field) || field != "type" && kind(field).is_none()
    };
    is_refused || query.sort.iter().chain(type_keys).any(cannot_be_sorted)
}

pub(super) fn values(schema: &Schema, shown: &Shown, field: &str) -> Vec<TypedValue<'static>> {
    if field == "type" {
        let types = shown.types.iter();
        return types
            .map(|name| TypedValue::Text(name.clone().into()))
            .collect();
    }
    let mut values = Vec::new();
    let Some((wanted, _)) = schema.get(field) else {
        return values;
    };
    schema.for_each_value(&shown.object, &derive(&shown.object), |number, value| {
        if number == wanted {
            values.push(match value {
                TypedValue::Text(text) => TypedValue::Text(text.into_owned().into()),
                TypedValue::Numeric(number) => TypedValue::Numeric(number),
                TypedValue::Boolean(value) => TypedValue::Boolean(value),
                TypedValue::Date(at) => TypedValue::Date(at),
                TypedValue::Geo { lat, lon } => TypedValue::Geo { lat, lon },
            });
        }
    });
    values
}

/// Distinct words of a query.
pub(super) fn query_words(text: &QueryText) -> Vec<String> {
    let words = analysis::query_words(text.as_str(), Language::Any, usize::MAX);
    let mut words: Vec<String> = words.into_iter().map(|word| word.text).collect();
    words.sort_unstable();
    words.dedup();
    words
}

/// Distinct words of the query; those used here occur in titles, categories and colors only, of an
/// object and of its nested variants.
pub(super) fn words_met(object: &Object, text: &QueryText) -> usize {
    let mut all = String::new();
    let variants = object.nested.iter().map(|entry| &entry.fields);
    for (name, value) in [&object.fields]
        .into_iter()
        .chain(variants)
        .flat_map(Fields::iter)
    {
        let texts = value.elements().iter().filter_map(FieldValue::as_text);
        // Of a date its day is found, and nobody asks for one here; what is none is found like any text.
        let is_date = |text: &str| name.as_str() == "since" && Timestamp::parse(text).is_some();
        texts.filter(|text| !is_date(text)).for_each(|text| {
            all.push_str(text);
            all.push(' ');
        });
    }
    let all = analysis::object_words(&all, Language::Any);
    let wanted = query_words(text);
    wanted.iter().filter(|word| all.contains(word)).count()
}

/// What of an attribute is counted value by value: its texts and booleans.
pub(super) fn texts(schema: &Schema, shown: &Shown, field: &str) -> Vec<String> {
    let values = values(schema, shown, field).into_iter();
    let texts = values.filter_map(|value| match value {
        TypedValue::Text(text) if text.len() <= COLUMN_BYTES_MAX => Some(text.into_owned()),
        TypedValue::Boolean(value) => Some(value.to_string()),
        _ => None,
    });
    texts.collect()
}
