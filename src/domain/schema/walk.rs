//! Every single value of attributes and the name it goes by: elements of lists, and inner keys of
//! maps as `outer.inner` (contract 04 §1). Invariant: a visitor sees texts, numbers, booleans, and
//! the maps of geo attributes; what is nested deeper is passed over.

use std::ops::ControlFlow;

use super::AttributeType;
use super::typed::may_be_point;
use crate::domain::value::{FieldName, FieldValue, Fields};

pub(super) trait Visitor<'a> {
    /// Why a walk ended early.
    type Stop;

    /// The type of an attribute already known.
    fn kind(&self, name: &str) -> Option<AttributeType>;

    fn visit(&mut self, name: &str, value: &'a FieldValue) -> ControlFlow<Self::Stop>;
}

pub(super) fn walk<'a, V: Visitor<'a>>(
    attributes: impl Iterator<Item = (&'a FieldName, &'a FieldValue)>,
    visitor: &mut V,
) -> ControlFlow<V::Stop> {
    for (name, value) in attributes {
        let name = name.as_str();
        for element in value.elements() {
            match element {
                FieldValue::Map(map) if !is_point(name, map, visitor) => {
                    walk_inner(name, map, visitor)?;
                }
                FieldValue::List(_) => {}
                single => visitor.visit(name, single)?,
            }
        }
    }
    ControlFlow::Continue(())
}

fn walk_inner<'a, V: Visitor<'a>>(
    outer: &str,
    map: &'a Fields,
    visitor: &mut V,
) -> ControlFlow<V::Stop> {
    let mut path = format!("{outer}.");
    for (inner, value) in map.iter() {
        path.truncate(outer.len() + 1);
        path.push_str(inner.as_str());
        for element in value.elements() {
            if !matches!(element, FieldValue::List(_) | FieldValue::Map(_)) {
                visitor.visit(&path, element)?;
            }
        }
    }
    ControlFlow::Continue(())
}

/// Under a geo attribute every map has to be a point; an unknown attribute may become one.
fn is_point<'a>(name: &str, map: &Fields, visitor: &impl Visitor<'a>) -> bool {
    match visitor.kind(name) {
        Some(kind) => kind == AttributeType::Geo,
        None => may_be_point(name, map),
    }
}
