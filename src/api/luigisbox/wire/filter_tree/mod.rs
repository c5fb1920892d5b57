//! The body of a POST `/search`: trees of filters by object type (docs/reference/05-search.md §3). What asks for
//! nothing is left out: a leaf without a colon, an empty list, and `[]` where PHP writes an empty map.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::filter::field_filter;
use super::object::read_type;
use crate::domain::{FilterTree, TypeFilter};
use crate::http::json::nesting_depth_exceeds;

/// Why there are no filters to be had of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadFilters {
    Syntax,
    /// Deeper than [`FilterTree::DEPTH_MAX`] or more leaves than [`FilterTree::LEAVES_MAX`].
    TooComplex,
    /// Is no tree: where, and what is there instead of it.
    Shape {
        path: String,
        problem: &'static str,
    },
}

/// Far deeper than any tree: what nests deeper is too complex, and is not handed to a parser.
const JSON_LEVELS_MAX: usize = 64;

/// Filters of all types in the body; none in an empty one.
pub fn read_filters(body: &[u8]) -> Result<Vec<TypeFilter>, BadFilters> {
    if body.trim_ascii().is_empty() {
        return Ok(Vec::new());
    }
    if nesting_depth_exceeds(body, JSON_LEVELS_MAX) {
        return Err(BadFilters::TooComplex);
    }
    let body: Value = serde_json::from_slice(body).map_err(|_| BadFilters::Syntax)?;
    let Some(body) = map_at(&body, "body")? else {
        return Ok(Vec::new());
    };
    let Some(filters) = body.get("filters").filter(|filters| !filters.is_null()) else {
        return Ok(Vec::new());
    };
    let Some(filters) = map_at(filters, "filters")? else {
        return Ok(Vec::new());
    };
    let mut reader = Reader { leaves: 0 };
    let mut read = Vec::with_capacity(filters.len());
    for (name, node) in filters {
        let tree = reader.node(node, &Path::Root(name), 1)?;
        // No object has a type that is no name of one.
        if let (Some(tree), Ok(object_type)) = (tree, read_type(name)) {
            read.push(TypeFilter { object_type, tree });
        }
    }
    Ok(read)
}

/// A map; `None` for an empty list, which is how PHP writes an empty map.
fn map_at<'v>(value: &'v Value, path: &str) -> Result<Option<&'v Map<String, Value>>, BadFilters> {
    match value {
        Value::Object(map) => Ok(Some(map)),
        Value::Array(list) if list.is_empty() => Ok(None),
        _ => Err(BadFilters::Shape {
            path: path.to_owned(),
            problem: "must be an object",
        }),
    }
}

struct Reader {
    leaves: usize,
}

/// Where a node stands, for whoever has to mend it.
enum Path<'a> {
    Root(&'a str),
    Member(&'a Path<'a>, &'a str, usize),
}

impl Reader {
    /// `None` when the node asks for nothing. Several keys of one node all have to hold.
    fn node(
        &mut self,
        node: &Value,
        path: &Path<'_>,
        depth: usize,
    ) -> Result<Option<FilterTree>, BadFilters> {
        let node = match node {
            Value::Object(map) => map,
            Value::Array(list) if list.is_empty() => return Ok(None),
            _ => return Err(path.bad("must be an object")),
        };
        let mut parts = Vec::with_capacity(node.len());
        for (key, value) in node {
            let list: fn(Vec<FilterTree>) -> FilterTree = match key.as_str() {
                "and" => FilterTree::All,
                "or" => FilterTree::Any,
                "not" => FilterTree::None,
                "filter" => {
                    parts.extend(self.leaf(value, path)?);
                    continue;
                }
                _ => return Err(path.bad("must have the keys `and`, `or`, `not` or `filter`")),
            };
            if depth > FilterTree::DEPTH_MAX {
                return Err(BadFilters::TooComplex);
            }
            let members = self.members(key, value, path, depth)?;
            if !members.is_empty() {
                parts.push(list(members));
            }
        }
        Ok(match parts.len() {
            0 => None,
            1 => parts.pop(),
            _ => Some(FilterTree::All(parts)),
        })
    }

    /// The nodes of a list. One node alone may stand for a list of one, and a list that PHP had gaps in
    /// comes as a map of numbers.
    fn members(
        &mut self,
        key: &str,
        value: &Value,
        path: &Path<'_>,
        depth: usize,
    ) -> Result<Vec<FilterTree>, BadFilters> {
        let is_number = |key: &String| key.bytes().all(|b| b.is_ascii_digit());
        let nodes: Vec<&Value> = match value {
            Value::Array(list) => list.iter().collect(),
            Value::Object(map) if map.keys().all(is_number) => map.values().collect(),
            Value::Object(_) => vec![value],
            _ => return Err(path.bad("must have lists under `and`, `or` and `not`")),
        };
        let mut members = Vec::with_capacity(nodes.len());
        for (at, node) in nodes.into_iter().enumerate() {
            let member = Path::Member(path, key, at);
            members.extend(self.node(node, &member, depth + 1)?);
        }
        Ok(members)
    }

    fn leaf(&mut self, value: &Value, path: &Path<'_>) -> Result<Option<FilterTree>, BadFilters> {
        self.leaves += 1;
        if self.leaves > FilterTree::LEAVES_MAX {
            return Err(BadFilters::TooComplex);
        }
        let text = value.as_str();
        let text = text.ok_or_else(|| path.bad("must have a text `field:value` as `filter`"))?;
        Ok(field_filter(text).map(FilterTree::Leaf))
    }
}

impl Path<'_> {
    fn bad(&self, problem: &'static str) -> BadFilters {
        let mut path = "filters".to_owned();
        self.push(&mut path);
        BadFilters::Shape { path, problem }
    }

    fn push(&self, out: &mut String) {
        match self {
            Self::Root(object_type) => {
                out.push('.');
                out.push_str(object_type);
            }
            Self::Member(parent, key, at) => {
                parent.push(out);
                write!(out, ".{key}[{at}]").expect("writing to memory does not fail");
            }
        }
    }
}

#[cfg(test)]
mod tests;
