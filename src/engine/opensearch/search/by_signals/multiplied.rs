//! Scores that numbers of the objects multiply (`engine::functional_boost`), without a script: each function in pieces, of which
//! one holds of an object. Invariant: a score is what `ranking::lifted` and the functions make of it, as far as a number of
//! 24 bits can tell.

use serde_json::{Map, Value, json};

use super::{Signal, push_freshness, summed};
use crate::domain::{BoostFunction, Schema, SearchQuery};
use crate::engine::functional_boost::{self, FACTOR_MAX};
use crate::engine::opensearch::search::filter::{all, always, everything, not};
use crate::engine::ranking;

/// Boosts whose product a score can hold.
pub(super) const BOOSTS_MAX: usize = 6;

/// What is found, with its score.
pub(super) fn multiplied(schema: &Schema, query: &SearchQuery, found: &Value) -> Value {
    let mut functions = vec![always()];
    push_freshness(&mut functions, schema, query, ranking::FRESHNESS_LIFT);
    push_margin(&mut functions, schema);
    let lifted = summed(found, &functions);
    let boosts = query.functional_boosts.iter().take(BOOSTS_MAX);
    boosts.fold(lifted, |scored, boost| {
        let pieces = match Signal::of(schema, boost.field.as_str()) {
            None => vec![constant(&everything(), boost.function, None)],
            Some(signal @ Signal::Boolean(_)) => {
                let is_so = signal.at_least(1.0);
                vec![
                    constant(&is_so, boost.function, Some(1.0)),
                    constant(&not(is_so), boost.function, None),
                ]
            }
            Some(signal @ Signal::Number(number)) => of_number(signal, number, boost.function),
        };
        json!({ "function_score": {
            "query": scored,
            "functions": pieces,
            "score_mode": "sum",
            "boost_mode": "multiply",
        }})
    })
}

/// What the shop earns; of two attributes the first that an object has counts.
fn push_margin(functions: &mut Vec<Value>, schema: &Schema) {
    let mut before: Vec<Value> = Vec::new();
    for name in ranking::MARGIN_ATTRIBUTES {
        let Some(signal) = Signal::of(schema, name) else {
            continue;
        };
        let mut push = |holds: Value, mut function: Map<String, Value>| {
            let mut filter = vec![holds];
            filter.extend(before.iter().cloned().map(not));
            function.insert("filter".to_owned(), all(filter));
            function.insert("weight".to_owned(), json!(ranking::MARGIN_LIFT));
            functions.push(Value::Object(function));
        };
        push(signal.at_least(1.0), Map::new());
        if let Signal::Number(number) = signal {
            let part = all(vec![
                signal.at_least(f64::from_bits(1)),
                signal.less_than(1.0),
            ]);
            push(part, of_value(number, "none"));
        }
        before.push(signal.is_there());
    }
}

/// The function of the least number of each object; without one it counts as 0.
fn of_number(signal: Signal, number: u32, function: BoostFunction) -> Vec<Value> {
    let from = |limit: f64| signal.at_least(limit);
    let within = |least: f64, limit: f64| all(vec![from(least), signal.less_than(limit)]);
    let piece = |holds: Value, mut function: Map<String, Value>| {
        function.insert("filter".to_owned(), holds);
        Value::Object(function)
    };
    let above_zero = f64::from_bits(1);
    match function {
        BoostFunction::Linear => vec![
            constant(&not(from(above_zero)), function, None),
            piece(within(above_zero, FACTOR_MAX), of_value(number, "none")),
            constant(&from(FACTOR_MAX), function, Some(FACTOR_MAX)),
        ],
        // Of the greatest number it is below the greatest factor.
        BoostFunction::Logarithmic => vec![
            constant(&not(from(above_zero)), function, None),
            piece(from(above_zero), of_value(number, "ln1p")),
        ],
        BoostFunction::Exponential => {
            let greatest = FACTOR_MAX.ln();
            let mut below = Map::new();
            // Away from the greatest it decays as the function does.
            below.insert(
                "exp".to_owned(),
                json!({
                    (format!("n.{number}")): { "origin": greatest, "scale": 1.0, "decay": (-1.0_f64).exp() },
                    "multi_value_mode": "max",
                }),
            );
            below.insert("weight".to_owned(), json!(FACTOR_MAX));
            let is_below = all(vec![signal.is_there(), signal.less_than(greatest)]);
            vec![
                constant(&not(signal.is_there()), function, None),
                piece(is_below, below),
                constant(&from(greatest), function, Some(greatest)),
            ]
        }
    }
}

fn of_value(number: u32, modifier: &str) -> Map<String, Value> {
    let field = format!("n.{number}");
    let value = json!({ "field": field, "modifier": modifier, "missing": 0.0 });
    Map::from_iter([("field_value_factor".to_owned(), value)])
}

/// What the function makes of one number, where the query holds. A weight of 0 would be none, so nothing is made of what every
/// document has.
fn constant(holds: &Value, function: BoostFunction, number: Option<f64>) -> Value {
    let factor = functional_boost::factor(function, number);
    if factor > 0.0 {
        return json!({ "filter": holds, "weight": factor });
    }
    let nothing = json!({ "field": "first_seen", "factor": 0.0, "missing": 0.0 });
    json!({ "filter": holds, "field_value_factor": nothing })
}
