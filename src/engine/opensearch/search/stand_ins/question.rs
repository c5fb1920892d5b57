//! Questions about objects as questions about what stands for them: the same fields, of nested documents. Invariant: of the
//! queries, counts and orders that searches of this server are made of, nothing is left as it was but what is said of the
//! object as a whole.

use serde_json::{Map, Value, json};

use crate::engine::opensearch::layout::fields::STAND_INS;
use crate::engine::opensearch::search::filter::all;

/// How the counts of objects are called beside those of what stands for them.
const OBJECTS: &str = "objects";
/// How what is counted is called.
const COUNTED: &str = "counted";

/// What is counted of what is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine::opensearch::search) enum Counting {
    Objects,
    StandIns,
}

pub(in crate::engine::opensearch::search) fn field(name: &str) -> String {
    format!("{STAND_INS}.{name}")
}

/// What has something standing for it for which the query holds, with the best score of these.
pub(in crate::engine::opensearch::search) fn some(query: &Value) -> Value {
    some_of(&of_one(query), None)
}

pub(super) fn some_of(of_one: &Value, shown: Option<Value>) -> Value {
    let mut nested = json!({
        "path": STAND_INS,
        "query": of_one,
        "score_mode": "max",
        "ignore_unmapped": true,
    });
    if let Some(shown) = shown {
        nested["inner_hits"] = shown;
    }
    json!({ "nested": nested })
}

/// The query of one that stands for an object.
pub(super) fn of_one(query: &Value) -> Value {
    let Value::Object(query) = query else {
        return query.clone();
    };
    let kinds = query.iter().map(|(kind, said)| {
        let said = match kind.as_str() {
            "bool" => map(said, |occurs, clauses| match occurs {
                "filter" | "must" | "should" | "must_not" => each(clauses),
                _ => clauses.clone(),
            }),
            "term" | "terms" | "range" | "prefix" | "regexp" => renamed(said),
            "exists" => of_field(said),
            "geo_distance" => map_names(said, |name| match name {
                "distance" | "ignore_unmapped" => name.to_owned(),
                name => field(name),
            }),
            "constant_score" => map(said, |part, query| match part {
                "filter" => of_one(query),
                _ => query.clone(),
            }),
            "dis_max" => map(said, |part, queries| match part {
                "queries" => each(queries),
                _ => queries.clone(),
            }),
            "function_score" => map(said, |part, said| match part {
                "query" => of_one(said),
                "functions" => functions(said),
                _ => said.clone(),
            }),
            _ => said.clone(),
        };
        (kind.clone(), said)
    });
    Value::Object(kinds.collect())
}

fn functions(functions: &Value) -> Value {
    list(functions, |function| {
        map(function, |part, said| match part {
            "filter" => of_one(said),
            "field_value_factor" => of_field(said),
            "linear" | "exp" => map_names(said, |name| match name {
                "multi_value_mode" => name.to_owned(),
                name => field(name),
            }),
            _ => said.clone(),
        })
    })
}

/// Counts over all that stands for what is found, as far as `found` holds of it.
pub(in crate::engine::opensearch::search) fn counts(
    aggs: &Map<String, Value>,
    found: &Value,
    counting: Counting,
) -> Value {
    let found = of_one(found);
    let nested = aggs.iter().map(|(name, said)| {
        let counted = json!({
            "filter": found,
            "aggs": { COUNTED: count(said, counting) },
        });
        let nested = json!({
            "nested": { "path": STAND_INS },
            "aggs": { COUNTED: counted },
        });
        (name.clone(), nested)
    });
    Value::Object(nested.collect())
}

fn count(agg: &Value, counting: Counting) -> Value {
    let counted = map(agg, |kind, said| match kind {
        "filter" => of_one(said),
        "filters" => map(said, |part, filters| match part {
            "filters" => map(filters, |_, filter| of_one(filter)),
            _ => filters.clone(),
        }),
        "terms" => {
            let mut said = of_field(said);
            if counting == Counting::Objects && said.get("order").is_none() {
                let by_objects = format!("{OBJECTS}.doc_count");
                said["order"] = json!([{ by_objects: "desc" }, { "_key": "asc" }]);
            }
            said
        }
        "min" | "max" | "range" => of_field(said),
        "aggs" => map(said, |_, agg| count(agg, counting)),
        _ => said.clone(),
    });
    let Value::Object(mut counted) = counted else {
        return counted;
    };
    let has_counts = ["filter", "filters", "terms", "range"];
    if counting == Counting::Objects && has_counts.iter().any(|kind| counted.contains_key(*kind)) {
        let besides = counted.entry("aggs").or_insert_with(|| json!({}));
        besides[OBJECTS] = json!({ "reverse_nested": {} });
    }
    Value::Object(counted)
}

/// What was counted, as if objects had been asked about.
pub(in crate::engine::opensearch::search) fn counted(told: Value) -> Value {
    let Value::Object(told) = told else {
        return told;
    };
    let told = told.into_iter().map(|(name, mut said)| {
        let counted = said[COUNTED][COUNTED].take();
        (name, of_objects(counted))
    });
    Value::Object(told.collect())
}

fn of_objects(said: Value) -> Value {
    match said {
        Value::Object(mut said) => {
            if let Some(objects) = said.remove(OBJECTS) {
                said.insert("doc_count".to_owned(), objects["doc_count"].clone());
            }
            let said = said.into_iter();
            Value::Object(said.map(|(name, said)| (name, of_objects(said))).collect())
        }
        Value::Array(list) => Value::Array(list.into_iter().map(of_objects).collect()),
        said => said,
    }
}

/// All of the queries, of one that stands for an object.
pub(super) fn all_of_one(queries: &[&Value]) -> Value {
    all(queries.iter().map(|query| of_one(query)).collect())
}

fn each(clauses: &Value) -> Value {
    match clauses {
        Value::Array(_) => list(clauses, of_one),
        one => of_one(one),
    }
}

fn list(values: &Value, change: impl Fn(&Value) -> Value) -> Value {
    let values = values.as_array().into_iter().flatten();
    Value::Array(values.map(change).collect())
}

fn map(said: &Value, change: impl Fn(&str, &Value) -> Value) -> Value {
    let said = said.as_object().into_iter().flatten();
    Value::Object({ said.map(|(name, said)| (name.clone(), change(name, said))) }.collect())
}

pub(super) fn map_names(said: &Value, rename: impl Fn(&str) -> String) -> Value {
    let said = said.as_object().into_iter().flatten();
    Value::Object({ said.map(|(name, said)| (rename(name), said.clone())) }.collect())
}

/// Where each name is that of a field.
fn renamed(said: &Value) -> Value {
    map_names(said, field)
}

/// Where the field is said by its name.
fn of_field(said: &Value) -> Value {
    let mut said = said.clone();
    if let Some(name) = said["field"].as_str() {
        said["field"] = json!(field(name));
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_of_a_query_becomes_one_of_what_stands_for_objects() {
        let of_objects = json!({ "bool": {
            "filter": [
                { "term": { "s.1": "red" } },
                { "terms": { "type": ["a"] } },
                { "range": { "n.2": { "gte": 1.0, "lte": null } } },
                { "exists": { "field": "p.3" } },
                { "geo_distance": {
                    "distance": "5m", "g.3": { "lat": 1.0, "lon": 2.0 }, "ignore_unmapped": true,
                }},
                { "match_all": {} },
            ],
            "must": { "function_score": {
                "query": { "constant_score": { "filter": { "term": { "k.code": "x" } }, "boost": 0.0 } },
                "functions": [
                    { "weight": 1.0 },
                    { "field_value_factor": { "field": "boost", "missing": 0 }, "weight": 2 },
                    { "filter": { "term": { "has": 4 } },
                      "linear": { "d.5": { "origin": 1 }, "multi_value_mode": "max" } },
                    { "exp": { "n.6": { "origin": 1 } } },
                ],
                "score_mode": "sum",
            }},
            "should": [{ "dis_max": {
                "queries": [{ "term": { "t.title": { "value": "a", "boost": 2.0 } } }],
                "tie_breaker": 0.3,
            }}],
            "must_not": [{ "terms": { "identity": ["b"] } }],
            "minimum_should_match": 1,
        }});
        let expected = json!({ "bool": {
            "filter": [
                { "term": { "v.s.1": "red" } },
                { "terms": { "v.type": ["a"] } },
                { "range": { "v.n.2": { "gte": 1.0, "lte": null } } },
                { "exists": { "field": "v.p.3" } },
                { "geo_distance": {
                    "distance": "5m", "v.g.3": { "lat": 1.0, "lon": 2.0 }, "ignore_unmapped": true,
                }},
                { "match_all": {} },
            ],
            "must": { "function_score": {
                "query": { "constant_score": { "filter": { "term": { "v.k.code": "x" } }, "boost": 0.0 } },
                "functions": [
                    { "weight": 1.0 },
                    { "field_value_factor": { "field": "v.boost", "missing": 0 }, "weight": 2 },
                    { "filter": { "term": { "v.has": 4 } },
                      "linear": { "v.d.5": { "origin": 1 }, "multi_value_mode": "max" } },
                    { "exp": { "v.n.6": { "origin": 1 } } },
                ],
                "score_mode": "sum",
            }},
            "should": [{ "dis_max": {
                "queries": [{ "term": { "v.t.title": { "value": "a", "boost": 2.0 } } }],
                "tie_breaker": 0.3,
            }}],
            "must_not": [{ "terms": { "v.identity": ["b"] } }],
            "minimum_should_match": 1,
        }});
        assert_eq!(of_one(&of_objects), expected);
    }

    #[test]
    fn counts_are_of_objects_or_of_what_stands_for_them() {
        let aggs = json!({ "facet": {
            "filter": { "term": { "b.1": true } },
            "aggs": {
                "texts": { "terms": { "field": "s.2", "size": 3 } },
                "least": { "min": { "field": "n.3" } },
            },
        }});
        let aggs = aggs.as_object().expect("a map");
        let asked = |counting| counts(aggs, &json!({ "match_all": {} }), counting);
        let objects = &asked(Counting::Objects)["facet"]["aggs"]["counted"]["aggs"]["counted"];
        let expected = json!({
            "filter": { "term": { "v.b.1": true } },
            "aggs": {
                "texts": {
                    "terms": {
                        "field": "v.s.2",
                        "size": 3,
                        "order": [{ "objects.doc_count": "desc" }, { "_key": "asc" }],
                    },
                    "aggs": { "objects": { "reverse_nested": {} } },
                },
                "least": { "min": { "field": "v.n.3" } },
                "objects": { "reverse_nested": {} },
            },
        });
        assert_eq!(*objects, expected);
        let each = &asked(Counting::StandIns)["facet"]["aggs"]["counted"]["aggs"]["counted"];
        let texts = json!({ "terms": { "field": "v.s.2", "size": 3 } });
        assert_eq!(each["aggs"]["texts"], texts);
        let told = json!({ "facet": { "doc_count": 9, "counted": { "doc_count": 8, "counted": {
            "doc_count": 7,
            "objects": { "doc_count": 5 },
            "texts": { "buckets": [
                { "key": "red", "doc_count": 4, "objects": { "doc_count": 2 } },
            ]},
            "least": { "value": 1.5 },
        }}}});
        let expected = json!({ "facet": {
            "doc_count": 5,
            "texts": { "buckets": [{ "key": "red", "doc_count": 2 }] },
            "least": { "value": 1.5 },
        }});
        assert_eq!(counted(told), expected);
    }
}
