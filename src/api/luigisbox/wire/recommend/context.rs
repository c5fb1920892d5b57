//! `recommendation_context`: what every recommended object has to meet (docs/reference/06-autocomplete-and-others.md
//! §7.1), as filters of the domain. What a value means the type of its attribute says, as in a search.

use serde_json::Value;

use super::BadRecommend;
use crate::domain::{FieldFilter, FilterTree};

/// Stands for the category, whatever attribute it is in; with `and` its values are the levels of a path.
const CATEGORY: &str = "_category";

#[derive(Clone, Copy, PartialEq, Eq)]
enum Operator {
    Or,
    And,
    Not,
}

/// One tree for each attribute.
pub(super) fn read(context: Option<&Value>) -> Result<Vec<FilterTree>, BadRecommend> {
    let context = match context {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(list)) if list.is_empty() => return Ok(Vec::new()),
        Some(Value::Object(context)) => context,
        Some(_) => return Err(BadRecommend::Context),
    };
    let mut trees = Vec::with_capacity(context.len());
    let mut leaves = 0;
    for (name, asked) in context {
        let (values, operator) = read_asked(asked)?;
        leaves += values.len();
        if leaves > FilterTree::LEAVES_MAX {
            return Err(BadRecommend::TooComplex);
        }
        if !values.is_empty() {
            trees.push(tree(name, values, operator));
        }
    }
    Ok(trees)
}

/// A value, a list of them, or either with an operator.
fn read_asked(asked: &Value) -> Result<(Vec<String>, Operator), BadRecommend> {
    let Value::Object(map) = asked else {
        return Ok((values(asked)?, Operator::Or));
    };
    let operator = match map.get("operator") {
        None | Some(Value::Null) => Operator::Or,
        Some(Value::String(name)) => match name.to_ascii_lowercase().as_str() {
            "or" => Operator::Or,
            "and" => Operator::And,
            "not" => Operator::Not,
            _ => return Err(BadRecommend::Context),
        },
        Some(_) => return Err(BadRecommend::Context),
    };
    let sent = map.get("values").or_else(|| map.get("value"));
    let sent = sent.ok_or(BadRecommend::Context)?;
    Ok((values(sent)?, operator))
}

fn values(sent: &Value) -> Result<Vec<String>, BadRecommend> {
    match sent {
        Value::Null => Ok(Vec::new()),
        Value::Array(list) => {
            let texts = list.iter().filter(|one| !one.is_null()).map(value);
            texts.collect()
        }
        one => value(one).map(|text| vec![text]),
    }
}

fn value(sent: &Value) -> Result<String, BadRecommend> {
    match sent {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(flag) => Ok(flag.to_string()),
        _ => Err(BadRecommend::Context),
    }
}

fn tree(name: &str, values: Vec<String>, operator: Operator) -> FilterTree {
    let field = match (name, operator) {
        (CATEGORY, Operator::And) => {
            let path = values.join("||");
            return FilterTree::Leaf(FieldFilter::untyped("all_categories_path", path));
        }
        (CATEGORY, _) => "category",
        (name, _) => name,
    };
    let leaves = values.into_iter().map(|value| leaf(field, value)).collect();
    match operator {
        Operator::Or => FilterTree::Any(leaves),
        Operator::And => FilterTree::All(leaves),
        Operator::Not => FilterTree::None(leaves),
    }
}

fn leaf(field: &str, value: String) -> FilterTree {
    FilterTree::Leaf(FieldFilter::untyped(field, value))
}
