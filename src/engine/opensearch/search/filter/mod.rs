//! Filters as queries of the cluster (docs/reference/05-search.md §3). Invariant: a query made here finds exactly the objects
//! for which the filter holds; what cannot be said in one is looked up before, see [`Rings`].

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

use crate::domain::{
    Asked, Condition, FieldFilter, FieldName, FilterTree, Filters, GeoPoint, Place, Range, Schema,
    ShownName, TypeFilter, VariantMode, composed,
};
use crate::engine::asked::{TYPE_NAME, asked_types};
use crate::engine::opensearch::layout::found_by::{COMPARED_BYTES_MAX, long};

/// Always the identity; where objects have an attribute of the name, either may be meant
/// (docs/reference/05-search.md §3).
const IDENTITY: &str = "identity";
/// The same to whoever sends a `field:value`.
const OLDER_IDENTITY: &str = "url";

/// How near a place can be told, in metres: the cluster keeps points in steps of about a centimetre.
const NEAREST_M: f64 = 0.02;

pub(in crate::engine::opensearch::search) struct FilterReader<'a> {
    pub(in crate::engine::opensearch::search) schema: &'a Schema,
    pub(in crate::engine::opensearch::search) variants: VariantMode,
    pub(in crate::engine::opensearch::search) place: &'a Place,
    pub(in crate::engine::opensearch::search) rings: &'a Rings,
}

/// Objects with several points of which some lie nearer than a distance that begins somewhere, and some not: no query says
/// whether one of them is within. Invariant: what is known was looked up in the same search.
#[derive(Default)]
pub(in crate::engine::opensearch::search) struct Rings {
    /// By what they were asked with, a query that finds those of which it is so.
    pub(in crate::engine::opensearch::search) known: HashMap<String, Value>,
    pub(in crate::engine::opensearch::search) wanted: Mutex<Vec<Ring>>,
}

/// A distance from a place that begins somewhere.
#[derive(Clone, Debug)]
pub(in crate::engine::opensearch::search) struct Ring {
    pub(in crate::engine::opensearch::search) number: u32,
    pub(in crate::engine::opensearch::search) origin: GeoPoint,
    pub(in crate::engine::opensearch::search) range: Range<f64>,
}

impl Ring {
    pub(in crate::engine::opensearch::search) fn key(&self) -> String {
        format!("{self:?}")
    }

    /// Those with several points, one within the outer bound and one within the inner.
    pub(in crate::engine::opensearch::search) fn unclear(&self) -> Value {
        let Self {
            number,
            origin,
            range,
        } = self;
        let field = format!("p.{number}");
        let mut clauses = vec![json!({ "range": { field: { "gte": 2 } } })];
        clauses.extend(range.to.map(|to| within(*number, *origin, 1_000.0 * to)));
        clauses.extend(
            range
                .from
                .map(|from| within(*number, *origin, 1_000.0 * from)),
        );
        all(clauses)
    }
}

/// The filters of a search as queries.
pub(in crate::engine::opensearch::search) struct Narrowing {
    /// All of them have to hold.
    pub(in crate::engine::opensearch::search) all: Vec<Value>,
    pub(in crate::engine::opensearch::search) none: Vec<Value>,
    /// What `f[]` asks of each field.
    pub(in crate::engine::opensearch::search) by_field: Vec<(FieldName, Value)>,
}

impl Narrowing {
    /// What is asked of fields other than this one.
    pub(in crate::engine::opensearch::search) fn but(
        &self,
        except: Option<&ShownName>,
    ) -> Vec<Value> {
        let others = self.by_field.iter();
        let others = others.filter(|(field, _)| except.is_none_or(|except| *except != *field));
        others.map(|(_, query)| query.clone()).collect()
    }
}

impl FilterReader<'_> {
    pub(in crate::engine::opensearch::search) fn narrowing(&self, filters: &Filters) -> Narrowing {
        let one = |filter: &FieldFilter| self.one(&filter.field, &filter.asked);
        let mut all: Vec<Value> = filters.all_of.iter().map(one).collect();
        all.extend(filters.by_type.iter().map(|filter| self.of_type(filter)));
        let by_field = filters.any_of_by_field().into_iter();
        let by_field = by_field.map(|(field, values)| {
            let alternatives = values.iter().map(|asked| self.one(field, asked));
            (field.clone(), any(alternatives.collect()))
        });
        Narrowing {
            all,
            none: filters.none_of.iter().map(one).collect(),
            by_field: by_field.collect(),
        }
    }

    /// What can be no hit because it is a variant, or has variants in its place.
    pub(in crate::engine::opensearch::search) fn hidden_variants(
        &self,
        filters: &Filters,
        all_variants: bool,
    ) -> Option<Value> {
        let is_hidden = self.hides_variants(all_variants) && asked_types(filters).next().is_none();
        is_hidden.then(is_variant)
    }

    /// Whether variants are hits only where their type is asked for.
    fn hides_variants(&self, all_variants: bool) -> bool {
        self.variants == VariantMode::Inside && !all_variants
    }

    /// Where types are counted beside the asked ones: of those alone variants count, too.
    pub(in crate::engine::opensearch::search) fn asked_variants(
        &self,
        filters: &Filters,
        all_variants: bool,
    ) -> Option<Value> {
        if !self.hides_variants(all_variants) {
            return None;
        }
        let asked = asked_types(filters);
        let mut counted: Vec<Value> = asked
            .map(|filter| self.one(&filter.field, &filter.asked))
            .collect();
        if counted.is_empty() {
            return None;
        }
        counted.push(not(is_variant()));
        Some(any(counted))
    }

    /// The objects of the type for which the tree holds, and all of other types.
    fn of_type(&self, filter: &TypeFilter) -> Value {
        let of_other_type = not(term("type", filter.object_type.as_str()));
        any(vec![of_other_type, self.tree(&filter.tree)])
    }

    fn tree(&self, tree: &FilterTree) -> Value {
        let list = |members: &[FilterTree]| members.iter().map(|tree| self.tree(tree)).collect();
        match tree {
            FilterTree::Leaf(FieldFilter { field, asked }) => self.one(field, asked),
            FilterTree::All(members) => all(list(members)),
            FilterTree::Any(members) => any(list(members)),
            FilterTree::None(members) => not(any(list(members))),
        }
    }

    /// Objects of which this is true of the field.
    pub(in crate::engine::opensearch::search) fn one(
        &self,
        field: &FieldName,
        asked: &Asked,
    ) -> Value {
        if field.as_str() == TYPE_NAME {
            return asked.text().map_or_else(nothing, |name| term("type", name));
        }
        let field = self.place.meant(field).as_str();
        let mut meant = Vec::with_capacity(2);
        if let Some((number, kind)) = self.schema.get(field) {
            meant.push(self.known(number, asked.of(field, kind, self.place.origin)));
        } else if asked.is_missing() {
            meant.push(everything());
        }
        // Nothing is without an identity, so whoever asks for what is missing asks for the attribute.
        let is_untyped = matches!(asked, Asked::Untyped(_));
        if let Some(value) = asked.text().filter(|_| !asked.is_missing())
            && (field == IDENTITY || is_untyped && field == OLDER_IDENTITY)
        {
            meant.push(term("identity", value));
        }
        any(meant)
    }

    /// Objects for which the condition holds; `None` for an attribute that nothing has.
    pub(in crate::engine::opensearch::search) fn holding(
        &self,
        field: &str,
        asked: Condition,
    ) -> Option<Value> {
        let (number, _) = self.schema.get(field)?;
        Some(self.known(number, asked))
    }

    fn known(&self, number: u32, asked: Condition) -> Value {
        match asked {
            Condition::Missing => not(has(number)),
            Condition::AnyOf(conditions) => {
                let conditions = conditions.into_iter();
                any(conditions.map(|one| self.known(number, one)).collect())
            }
            Condition::Text(text) => match composed(&text) {
                text if text.len() > COMPARED_BYTES_MAX => term_of("x", number, &long(&text)),
                text => term_of("s", number, &text),
            },
            Condition::Boolean(is_so) => {
                let field = format!("b.{number}");
                json!({ "term": { field: is_so } })
            }
            Condition::Large(exact) => term_of("x", number, &exact.to_string()),
            Condition::Number(value) => numbers(number, Some(value), Some(value)),
            Condition::NumberRange(Range { from, to }) => numbers(number, from, to),
            Condition::Date(at) => dates(number, Some(at.as_millis()), Some(at.as_millis())),
            Condition::DateRange(Range { from, to }) => dates(
                number,
                from.map(crate::domain::Timestamp::as_millis),
                to.map(crate::domain::Timestamp::as_millis),
            ),
            Condition::Distance(origin, range) => self.distance(Ring {
                number,
                origin,
                range,
            }),
            Condition::Nothing => nothing(),
        }
    }

    fn distance(&self, ring: Ring) -> Value {
        let (number, origin) = (ring.number, ring.origin);
        let points = format!("p.{number}");
        let mut clauses = vec![json!({ "exists": { "field": points } })];
        if let Some(to) = ring.range.to {
            if to < 0.0 {
                return nothing();
            }
            clauses.push(within(number, origin, 1_000.0 * to));
        }
        let inner_m = ring
            .range
            .from
            .map_or(0.0, |from| 1_000.0 * from - NEAREST_M);
        if inner_m <= 0.0 {
            return all(clauses);
        }
        let nearer = within(number, origin, inner_m);
        let key = ring.key();
        let clear = not(nearer);
        clauses.push(if let Some(known) = self.rings.known.get(&key) {
            any(vec![clear, known.clone()])
        } else {
            let wanted = self.rings.wanted.lock();
            { wanted }
                .unwrap_or_else(PoisonError::into_inner)
                .push(ring);
            clear
        });
        all(clauses)
    }
}

/// Of some point so many metres at most.
fn within(number: u32, origin: GeoPoint, metres: f64) -> Value {
    let field = format!("g.{number}");
    let metres = metres.max(NEAREST_M);
    json!({ "geo_distance": {
        "distance": format!("{metres}m"),
        field: { "lat": origin.lat(), "lon": origin.lon() },
        "ignore_unmapped": true,
    }})
}

fn numbers(number: u32, from: Option<f64>, to: Option<f64>) -> Value {
    let field = format!("n.{number}");
    // Plus zero makes minus zero zero, as in documents.
    let bound = |value: Option<f64>| {
        value
            .filter(|value| value.is_finite())
            .map(|value| value + 0.0)
    };
    let is_none = |value: Option<f64>, infinite: f64| {
        value.is_some_and(|value| value.is_nan() || value.total_cmp(&infinite).is_eq())
    };
    if is_none(from, f64::INFINITY) || is_none(to, f64::NEG_INFINITY) {
        return nothing();
    }
    json!({ "range": { field: { "gte": bound(from), "lte": bound(to) } } })
}

fn dates(number: u32, from: Option<i64>, to: Option<i64>) -> Value {
    let field = format!("d.{number}");
    json!({ "range": { field: { "gte": from, "lte": to } } })
}

/// What every score of functions begins with. Where no function holds the cluster says 1, and it takes one of weight 0 for none.
pub(in crate::engine::opensearch::search) const BEGINNING: f64 = 1.0;

/// The function of it.
pub(in crate::engine::opensearch::search) fn always() -> Value {
    json!({ "weight": BEGINNING })
}

/// Objects that have a value of the attribute.
pub(in crate::engine::opensearch::search) fn has(number: u32) -> Value {
    json!({ "term": { "has": number } })
}

/// What was taken out of another object.
fn is_variant() -> Value {
    json!({ "exists": { "field": "master" } })
}

pub(in crate::engine::opensearch::search) fn term(field: &str, value: &str) -> Value {
    json!({ "term": { field: value } })
}

fn term_of(space: &str, number: u32, value: &str) -> Value {
    term(&format!("{space}.{number}"), value)
}

pub(in crate::engine::opensearch::search) fn everything() -> Value {
    json!({ "match_all": {} })
}

pub(in crate::engine::opensearch::search) fn nothing() -> Value {
    json!({ "match_none": {} })
}

pub(in crate::engine::opensearch::search) fn not(query: Value) -> Value {
    json!({ "bool": { "must_not": Value::Array(vec![query]) } })
}

/// Where one of the queries holds; of no query nothing.
pub(in crate::engine::opensearch::search) fn any(mut queries: Vec<Value>) -> Value {
    match queries.len() {
        0 => nothing(),
        1 => queries.remove(0),
        _ => json!({ "bool": { "should": queries, "minimum_should_match": 1 } }),
    }
}

/// Where all of the queries hold; of no query everything.
pub(in crate::engine::opensearch::search) fn all(mut queries: Vec<Value>) -> Value {
    match queries.len() {
        0 => everything(),
        1 => queries.remove(0),
        _ => json!({ "bool": { "filter": queries } }),
    }
}

#[cfg(test)]
mod tests;
