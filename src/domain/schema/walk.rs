//! Every single value of attributes and the name it goes by: elements of lists, and inner keys of maps by
//! their path, `outer.inner` (docs/reference/04-data-layout.md §1). Invariant: a visitor sees texts, numbers,
//! booleans, and whatever stands where a name asks for a value of one type, each once; a path is never longer
//! than [`PATH_BYTES_MAX`] where it leads deeper than one level, so what a value costs does not depend on how
//! deep it lies.

use std::ops::ControlFlow;

use super::AttributeType;
use super::typed::{is_fixed, preset};
use crate::domain::value::{FieldName, FieldValue, Fields};

/// Longest path that leads to values more than one level deep, in bytes. What lies further is found by
/// `q` alone.
const PATH_BYTES_MAX: usize = 1024;

pub(super) trait Visitor<'a> {
    /// Why a walk ended early.
    type Stop;

    /// The type of an attribute already known.
    fn kind(&self, name: &str) -> Option<AttributeType>;

    fn visit(&mut self, name: &str, value: &'a FieldValue) -> ControlFlow<Self::Stop>;

    /// As [`Self::visit`], of a value more than one level deep.
    fn visit_deep(&mut self, name: &str, value: &'a FieldValue) -> ControlFlow<Self::Stop> {
        self.visit(name, value)
    }
}

pub(super) fn walk<'a, V: Visitor<'a>>(
    attributes: impl Iterator<Item = (&'a FieldName, &'a FieldValue)>,
    visitor: &mut V,
) -> ControlFlow<V::Stop> {
    for (name, value) in attributes {
        let name = name.as_str();
        for element in value.elements() {
            match element {
                FieldValue::Map(map) if !is_whole(name, visitor) => {
                    walk_inner(&mut name.to_owned(), map, false, visitor)?;
                }
                FieldValue::List(list) if !is_whole(name, visitor) => {
                    walk_list(&mut name.to_owned(), list, visitor)?;
                }
                single => visitor.visit(name, single)?,
            }
        }
    }
    ControlFlow::Continue(())
}

fn walk_inner<'a, V: Visitor<'a>>(
    path: &mut String,
    map: &'a Fields,
    is_deep: bool,
    visitor: &mut V,
) -> ControlFlow<V::Stop> {
    path.push('.');
    let outer = path.len();
    for (inner, value) in map.iter() {
        path.truncate(outer);
        path.push_str(inner.as_str());
        let is_too_long = path.len() > PATH_BYTES_MAX;
        if is_deep && is_too_long {
            continue;
        }
        for element in value.elements() {
            match element {
                FieldValue::Map(_) | FieldValue::List(_) if is_too_long => {}
                FieldValue::Map(map) => {
                    let end = path.len();
                    walk_inner(path, map, true, visitor)?;
                    path.truncate(end);
                }
                FieldValue::List(list) => walk_list(path, list, visitor)?,
                single if is_deep => visitor.visit_deep(path, single)?,
                single => visitor.visit(path, single)?,
            }
        }
    }
    ControlFlow::Continue(())
}

/// A list inside a list: its values go by the same name.
fn walk_list<'a, V: Visitor<'a>>(
    path: &mut String,
    list: &'a [FieldValue],
    visitor: &mut V,
) -> ControlFlow<V::Stop> {
    if path.len() > PATH_BYTES_MAX {
        return ControlFlow::Continue(());
    }
    for element in list {
        match element {
            FieldValue::List(list) => walk_list(path, list, visitor)?,
            FieldValue::Map(map) => {
                let end = path.len();
                walk_inner(path, map, true, visitor)?;
                path.truncate(end);
            }
            single => visitor.visit_deep(path, single)?,
        }
    }
    ControlFlow::Continue(())
}

/// Whether the values of an attribute have no parts that go by a name of their own: points, and what a name
/// says the type of.
fn is_whole<'a>(name: &str, visitor: &impl Visitor<'a>) -> bool {
    let kind = visitor.kind(name).or_else(|| preset(name));
    kind.is_some_and(|kind| kind == AttributeType::Geo || is_fixed(name, kind))
}
