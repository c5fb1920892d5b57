//! The index against a scan of the same objects: after any writes, in any number of commits, every
//! search must give what the rules of contract 05 say of each object by itself.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::super::document::COLUMN_BYTES_MAX;
use super::*;
use crate::domain::{AttributeType, Condition, FacetBucket, TypedValue};
use crate::engine::ranking::{self, Supply};

const WORDS: [&str; 5] = ["red", "shoe", "Žlutý", "kůň", "x"];
const COLORS: [&str; 5] = ["red", "Red", "a|b", "ž", ""];
const SIZES: [f64; 6] = [-1.5, -0.0, 0.0, 1.0, 5.0, 1e9];
const DAYS: [&str; 3] = ["2023-10-01", "2023-11-10", "2023-11-14"];
const TYPES: [&str; 3] = ["product", "article", "variant"];
/// What filters are made of, beside one value longer than a column takes.
const FILTERS: [&str; 22] = [
    "type:product",
    "type:variant",
    "type:nothing",
    "color:red",
    "color:Red",
    "color:a|b",
    "color:",
    "color:value_missing",
    "size:0",
    "size:1|5",
    "size:|0",
    "size:value_missing",
    "size:big",
    "sale:true",
    "sale:value_missing",
    "since:2023-11-01|",
    "since:2023-10-01",
    "category:Socks",
    "identity:p3",
    "unknown:x",
    "unknown:value_missing",
    "boost:1|",
];
const FIELDS: [&str; 10] = [
    "type",
    "color",
    "size",
    "sale",
    "since",
    "title",
    "boost",
    "category",
    "unknown",
    "bool_tags",
];

fn long() -> String {
    "y".repeat(COLUMN_BYTES_MAX + 1)
}

fn objects() -> impl Strategy<Value = Object> {
    let identity = (0..8).prop_map(|n| format!("p{n}"));
    let words = proptest::collection::vec(select(&WORDS[..]), 1..4);
    let mut colors: Vec<String> = COLORS.map(str::to_owned).to_vec();
    colors.push(long());
    let colors = subsequence(colors, 0..3);
    let sizes = proptest::collection::vec(select(&SIZES[..]), 0..3);
    let options = (
        proptest::option::of(any::<bool>()),
        proptest::option::of(select(&DAYS[..])),
        proptest::option::of(0..4_u8),
        proptest::option::of(1..16_u8),
        any::<bool>(),
    );
    let frame = (
        select(&TYPES[..]),
        any::<bool>(),
        proptest::option::of(-1..2_i64),
        proptest::option::of(-1..2_i64),
    );
    (identity, words, colors, sizes, options, frame).prop_map(
        |(identity, words, colors, sizes, options, (object_type, has_master, from, to))| {
            let (sale, since, boost, rank, in_socks) = options;
            let colors = colors.iter().map(|color| color.as_str().into()).collect();
            let sizes = sizes.into_iter().map(number).collect();
            let mut made = product(&identity)
                .with("title", words.join(" ").as_str())
                .with("color", FieldValue::List(colors))
                .with("size", FieldValue::List(sizes));
            if let Some(sale) = sale {
                made = made.with("sale", FieldValue::Bool(sale));
            }
            if let Some(since) = since {
                made = made.with("since", since).with("introduced_at", since);
            }
            if let Some(boost) = boost {
                made = made.with("boost", number(f64::from(boost)));
            }
            if let Some(rank) = rank {
                made = made.with(
                    "availability_rank",
                    FieldValue::Number(Number::Integer(rank.into())),
                );
            }
            if in_socks {
                made = made.nested("category", &[("title", "Socks")]);
            }
            made = match (object_type, has_master) {
                ("variant", true) => made.variant_of("p0"),
                _ => made.of_type(object_type),
            };
            made.active(from, to).object()
        },
    )
}

#[derive(Clone, Debug)]
enum Write {
    Replace(Box<Object>),
    Delete(usize),
    Commit,
}

fn writes() -> impl Strategy<Value = Vec<Write>> {
    let write = prop_oneof![
        6 => objects().prop_map(|object| Write::Replace(Box::new(object))),
        1 => (0..8_usize).prop_map(Write::Delete),
        1 => Just(Write::Commit),
    ];
    proptest::collection::vec(write, 1..30)
}

fn queries() -> impl Strategy<Value = SearchQuery> {
    let mut filters: Vec<String> = FILTERS.map(str::to_owned).to_vec();
    filters.push(format!("color:{}", long()));
    let some = move |max| {
        let few = subsequence(filters.clone(), 0..max);
        few.prop_map(|few| field_filters(&few.iter().map(String::as_str).collect::<Vec<_>>()))
    };
    let direction = select(vec![Direction::Ascending, Direction::Descending]);
    let sort = proptest::collection::vec((select(&FIELDS[..]), direction), 0..3);
    let words = proptest::collection::vec(select(vec!["RED", "shoe", "zluty", "none"]), 0..3);
    let facets = subsequence(FIELDS.to_vec(), 0..3);
    (
        some(4),
        some(2),
        some(2),
        words,
        sort,
        facets,
        0..4_usize,
        0..6_usize,
    )
        .prop_map(
            |(any_of, all_of, none_of, words, sort, facets, offset, limit)| SearchQuery {
                text: QueryText::new(&words.join(" ")),
                filters: Filters {
                    any_of,
                    all_of,
                    none_of,
                },
                sort: sorted_by(&sort).sort,
                page: Page { offset, limit },
                facets: facets.into_iter().map(facet).collect(),
                now: NOW,
            },
        )
}

/// What the store would say: what each identity is now, and since when it is known.
#[derive(Default)]
struct Model {
    live: BTreeMap<String, Entry>,
}

#[derive(Clone)]
struct Entry {
    object: Object,
    version: VersionId,
    first_seen: u64,
}

impl Model {
    fn apply(&mut self, catalog: &mut Catalog, write: Write) {
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

    /// Everything a query finds, the `f[]` filters on one field left out.
    fn found<'m>(
        &'m self,
        schema: &Schema,
        query: &SearchQuery,
        except: Option<&str>,
    ) -> Vec<&'m Entry> {
        let live = self.live.values();
        live.filter(|entry| {
            let object = &entry.object;
            let filters = &query.filters;
            let holds =
                |filter: &FieldFilter| holds(schema, object, filter.field.as_str(), &filter.value);
            let groups = filters.any_of_by_field();
            let mut groups = groups
                .iter()
                .filter(|(field, _)| Some(field.as_str()) != except);
            let asked = filters.any_of.iter().chain(&filters.all_of);
            let is_asked = |filter: &FieldFilter| {
                filter.field.as_str() == "type" && filter.value == object.object_type.as_str()
            };
            object.schedule().contains(query.now)
                && groups.all(|(field, values)| {
                    values
                        .iter()
                        .any(|value| self::holds(schema, object, field.as_str(), value))
                })
                && filters.all_of.iter().all(holds)
                && !filters.none_of.iter().any(holds)
                && (object.master.is_none() || asked.clone().any(is_asked))
                && query
                    .text
                    .as_ref()
                    .is_none_or(|text| words_met(object, text) > 0)
        })
        .collect()
    }
}

fn holds(schema: &Schema, object: &Object, field: &str, value: &str) -> bool {
    if field == "type" {
        return object.object_type.as_str() == value;
    }
    let Some((_, kind)) = schema.get(field) else {
        return value == "value_missing"
            || field == "identity" && object.identity.as_str() == value;
    };
    let values = values(schema, object, field);
    match Condition::read(kind, value) {
        Condition::Missing => values.is_empty(),
        condition => values.iter().any(|value| condition.matches(value)),
    }
}

fn values(schema: &Schema, object: &Object, field: &str) -> Vec<TypedValue<'static>> {
    if field == "type" {
        return vec![TypedValue::Text(
            object.object_type.as_str().to_owned().into(),
        )];
    }
    let mut values = Vec::new();
    let Some((wanted, _)) = schema.get(field) else {
        return values;
    };
    schema.for_each_value(object, &derive(object), |number, value| {
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

/// Distinct words of the query; those used here occur in titles, categories and colors only.
fn words_met(object: &Object, text: &QueryText) -> usize {
    let mut all = String::new();
    for (name, value) in object.fields.iter() {
        let texts = value.elements().iter().filter_map(FieldValue::as_text);
        texts.filter(|_| name.as_str() != "since").for_each(|text| {
            all.push_str(text);
            all.push(' ');
        });
    }
    let all = analyzer::distinct_words(&all, usize::MAX);
    let wanted = analyzer::distinct_words(text.as_str(), usize::MAX);
    wanted.iter().filter(|word| all.contains(word)).count()
}

/// Orders as the value does, whatever its type.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Text(String),
    Number(u64),
}

fn keys(schema: &Schema, object: &Object, field: &str) -> Vec<Key> {
    let key = |value: TypedValue<'_>| match value {
        TypedValue::Text(text) if text.len() > COLUMN_BYTES_MAX => None,
        TypedValue::Text(text) => Some(Key::Text(text.into_owned())),
        TypedValue::Boolean(value) => Some(Key::Number(value.into())),
        TypedValue::Numeric(number) => Some(Key::Number(ordered(number))),
        TypedValue::Date(at) => Some(Key::Number((at.as_millis() as u64) ^ (1 << 63))),
        TypedValue::Geo { .. } => None,
    };
    values(schema, object, field)
        .into_iter()
        .filter_map(key)
        .collect()
}

/// A number that compares as the float does; both zeros are one.
fn ordered(number: f64) -> u64 {
    let bits = (number + 0.0).to_bits();
    if bits >> 63 == 0 {
        bits | (1 << 63)
    } else {
        !bits
    }
}

fn by_sort(
    schema: &Schema,
    sort: &[SortKey],
    entry: &Entry,
) -> (Vec<(bool, Option<Key>, Option<Reverse<Key>>)>, u64) {
    let places = sort.iter().map(|key| {
        let keys = keys(schema, &entry.object, key.field.as_str());
        match key.direction {
            Direction::Ascending => (keys.is_empty(), keys.into_iter().min(), None),
            Direction::Descending => (keys.is_empty(), None, keys.into_iter().max().map(Reverse)),
        }
    });
    (places.collect(), entry.first_seen)
}

/// Signals that decide without a text.
fn by_signals(object: &Object) -> (Reverse<u8>, Supply, Reverse<u32>) {
    let number = |name: &str| match object.fields.get(name) {
        Some(FieldValue::Number(number)) => Some(number.as_f64()),
        _ => None,
    };
    let introduced = object
        .fields
        .get("introduced_at")
        .and_then(FieldValue::as_text);
    let introduced = introduced.and_then(Timestamp::parse);
    (
        Reverse(ranking::boost(number("boost"))),
        Supply::new(number("availability"), number("availability_rank")),
        Reverse(ranking::newness(introduced, NOW).to_bits()),
    )
}

fn check(catalog: &Catalog, model: &Model, query: &SearchQuery) {
    let schema = &catalog.schema;
    let unknown =
        |key: &SortKey| key.field.as_str() != "type" && schema.get(key.field.as_str()).is_none();
    let found = catalog.index.search(schema, &catalog.site, query);
    if let Some(key) = query.sort.iter().find(|key| unknown(key)) {
        assert!(matches!(found, Err(EngineError::UnknownAttribute(name)) if name == key.field));
        return;
    }
    let found = found.unwrap();
    let mut expected = model.found(schema, query, None);
    assert_eq!(found.total_hits, expected.len() as u64);
    check_order(schema, query, &mut expected, &found);
    let counted: Vec<&str> = found
        .facets
        .iter()
        .map(|facet| facet.field.as_str())
        .collect();
    let known = |field: &&str| *field == "type" || schema.get(field).is_some();
    let asked = query.facets.iter().map(|facet| facet.field.as_str());
    assert_eq!(counted, asked.filter(known).collect::<Vec<_>>());
    for facet in &found.facets {
        let field = facet.field.as_str();
        let over = model.found(schema, query, Some(field));
        check_facet(schema, &over, field, &facet.kind);
    }
}

fn check_order(schema: &Schema, query: &SearchQuery, expected: &mut Vec<&Entry>, found: &Found) {
    let page = query.page;
    let words = query.text.as_ref().map_or(0, |text| {
        analyzer::distinct_words(text.as_str(), usize::MAX).len()
    });
    let met = |entry: &Entry| {
        query
            .text
            .as_ref()
            .map_or(0, |text| words_met(&entry.object, text))
    };
    let of_version = |hit: &FoundHit| {
        let mut entries = expected.iter().copied();
        entries
            .find(|entry| entry.version == hit.version)
            .expect("a hit is one of the expected")
    };
    for hit in &found.hits {
        assert_eq!(hit.exact, met(of_version(hit)) == words);
    }
    let hits: Vec<VersionId> = found.hits.iter().map(|hit| hit.version).collect();
    if query.sort.is_empty() && query.text.is_some() {
        // The score has no model; what decides before it has.
        let quality: Vec<usize> = found.hits.iter().map(|hit| met(of_version(hit))).collect();
        assert!(quality.is_sorted_by(|a, b| a >= b), "{quality:?}");
        let window = expected.len().saturating_sub(page.offset).min(page.limit);
        assert_eq!(hits.len(), window);
        return;
    }
    if query.sort.is_empty() {
        expected.sort_by_key(|entry| (by_signals(&entry.object), entry.first_seen));
    } else {
        expected.sort_by_cached_key(|entry| by_sort(schema, &query.sort, entry));
    }
    let window = expected.iter().skip(page.offset).take(page.limit);
    assert_eq!(hits, window.map(|entry| entry.version).collect::<Vec<_>>());
}

fn check_facet(schema: &Schema, over: &[&Entry], field: &str, kind: &FacetKind) {
    let mut counts: BTreeMap<Key, u64> = BTreeMap::new();
    for entry in over {
        let mut keys = keys(schema, &entry.object, field);
        keys.sort_unstable();
        keys.dedup();
        for key in keys {
            *counts.entry(key).or_default() += 1;
        }
    }
    match kind {
        FacetKind::Text(buckets) => {
            let mut expected: Vec<(Key, u64)> = counts.into_iter().collect();
            expected.sort_by_key(|(_, count)| Reverse(*count));
            let buckets = buckets
                .iter()
                .map(|b| (Key::Text(b.value.clone()), b.count));
            assert_eq!(buckets.collect::<Vec<_>>(), expected);
        }
        FacetKind::Boolean(buckets) => {
            let buckets = buckets
                .iter()
                .map(|b| (Key::Number(b.value.into()), b.count));
            assert_eq!(buckets.collect::<BTreeMap<_, _>>(), counts);
        }
        FacetKind::Number(buckets) => {
            check_ranges(over, buckets, |entry, (from, to), is_last| {
                let values = values(schema, &entry.object, field);
                values.iter().any(|value| {
                    matches!(value, TypedValue::Numeric(n)
                        if *n >= from && (*n < to || is_last && *n <= to))
                })
            });
        }
        FacetKind::Date(buckets) => {
            check_ranges(over, buckets, |entry, (from, to), is_last| {
                let values = values(schema, &entry.object, field);
                values.iter().any(|value| {
                    matches!(value, TypedValue::Date(at)
                        if *at >= from && (*at < to || is_last && *at <= to))
                })
            });
        }
    }
    assert_eq!(
        matches!(kind, FacetKind::Number(_)),
        matches!(schema.get(field), Some((_, AttributeType::Numeric)))
    );
}

fn check_ranges<T: Copy + PartialEq + std::fmt::Debug>(
    over: &[&Entry],
    buckets: &[FacetBucket<(T, T)>],
    is_in: impl Fn(&Entry, (T, T), bool) -> bool,
) {
    for (at, bucket) in buckets.iter().enumerate() {
        let is_last = at + 1 == buckets.len();
        let count = over
            .iter()
            .filter(|entry| is_in(entry, bucket.value, is_last))
            .count();
        assert_eq!(bucket.count, count as u64, "{:?}", bucket.value);
        assert!(
            is_last || buckets[at + 1].value.0 == bucket.value.1,
            "edges are shared"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn every_search_gives_what_a_scan_gives(
        writes in writes(),
        queries in proptest::collection::vec(queries(), 1..20),
    ) {
        let mut catalog = Catalog::new();
        let mut model = Model::default();
        for write in writes {
            model.apply(&mut catalog, write);
        }
        catalog.commit();
        for query in queries {
            check(&catalog, &model, &query);
        }
    }
}
