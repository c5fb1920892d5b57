//! Orders of objects by what stands for them, and of what stands for one. Invariant: no object stands behind anything that may
//! be shown of it.

use serde_json::{Value, json};

use super::question::{field, map_names};
use crate::engine::opensearch::layout::fields::STAND_INS;

/// The field that decides between what is equal: of the object as a whole.
const FIRST_SEEN: &str = "first_seen";

/// The order of objects by the first that may stand for each, of those for which the query holds.
pub(super) fn order(keys: &[Value], query: &Value) -> Vec<Value> {
    let nested = json!({ "path": STAND_INS, "filter": query });
    let keys = keys.iter().map(|key| {
        let Some((name, said)) = key.as_object().and_then(|key| key.iter().next()) else {
            return key.clone();
        };
        if matches!(name.as_str(), "_score" | FIRST_SEEN) {
            return key.clone();
        }
        let mut said = match said {
            Value::String(order) => {
                let mode = if order == "desc" { "max" } else { "min" };
                json!({ "order": order, "mode": mode, "missing": "_last" })
            }
            said => said.clone(),
        };
        said["nested"] = nested.clone();
        key_of(name, &said)
    });
    keys.collect()
}

/// The same of those that stand for one object.
pub(super) fn order_of_each(keys: &[Value]) -> Vec<Value> {
    let keys = keys.iter().filter_map(|key| {
        let (name, said) = key.as_object()?.iter().next()?;
        match name.as_str() {
            FIRST_SEEN => None,
            "_score" => Some(key.clone()),
            name => Some(key_of(name, said)),
        }
    });
    keys.collect()
}

fn key_of(name: &str, said: &Value) -> Value {
    if name == "_geo_distance" {
        let said = map_names(said, |part| match part {
            "order" | "mode" | "unit" | "ignore_unmapped" | "nested" => part.to_owned(),
            part => field(part),
        });
        return json!({ name: said });
    }
    json!({ (field(name)): said })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_ordered_by_the_first_that_may_stand_for_each() {
        let keys = [
            json!({ "n.1": { "order": "desc", "mode": "max", "missing": "_last" } }),
            json!({ "availability": "asc" }),
            json!({ "_geo_distance": { "g.2": { "lat": 1.0, "lon": 2.0 }, "order": "asc" } }),
            json!({ "_score": "desc" }),
            json!({ "first_seen": "asc" }),
        ];
        let filter = json!({ "match_all": {} });
        let nested = json!({ "path": "v", "filter": filter });
        let expected = [
            json!({ "v.n.1": {
                "order": "desc", "mode": "max", "missing": "_last", "nested": nested,
            }}),
            json!({ "v.availability": {
                "order": "asc", "mode": "min", "missing": "_last", "nested": nested,
            }}),
            json!({ "_geo_distance": {
                "v.g.2": { "lat": 1.0, "lon": 2.0 }, "order": "asc", "nested": nested,
            }}),
            json!({ "_score": "desc" }),
            json!({ "first_seen": "asc" }),
        ];
        assert_eq!(order(&keys, &filter), expected);
        let each = order_of_each(&keys);
        assert_eq!(each.len(), 4);
        assert_eq!(each[1], json!({ "v.availability": "asc" }));
    }
}
