//! Which objects an update by query means (docs/reference/03-update-by-query-and-generations.md §1).
//! Invariant: what was stored is read by the type of its attribute, what is asked for is not: the text
//! `"70.5"` is no number here. What was stored although it does not fit is matched by its text.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::ControlFlow;

use super::typed::{Reading, TypedValue, for_each_form, read};
use super::walk::Visitor;
use super::{AttributeType, Schema, walk_all};
use crate::domain::derived::derive;
use crate::domain::object::Object;
use crate::domain::problem::{Problem, Problems, Rule};
use crate::domain::rules::TITLE;
use crate::domain::value::{FieldValue, Fields, composed};

/// Attributes and the values they must have, all of them: of a list every element, in any order, among
/// whatever else the attribute holds; of a map every inner key, as `outer.inner`.
#[derive(Clone, Debug, PartialEq)]
pub struct Criteria(Fields);

impl Criteria {
    /// Most values asked for at once: each is compared with every value of its attribute in every
    /// object.
    pub const VALUES_MAX: usize = 1_000;

    /// Refuses what asks for nothing: it would mean the whole catalog.
    pub fn new(fields: Fields) -> Result<Self, Problems> {
        let blank = fields.iter().filter(|(_, value)| values(value) == 0);
        let blank = blank.map(|(name, _)| Problem {
            path: vec![name.as_str().to_owned()],
            rule: Rule::Blank,
        });
        if let Some(problems) = Problems::from_list(blank.collect()) {
            return Err(problems);
        }
        let nowhere = [""; 0];
        let count: usize = fields.iter().map(|(_, value)| values(value)).sum();
        if count == 0 {
            return Err(Problems::one(nowhere, Rule::Blank));
        }
        if count > Self::VALUES_MAX {
            let max = Self::VALUES_MAX;
            return Err(Problems::one(nowhere, Rule::TooManyEntries { max }));
        }
        Ok(Self(fields))
    }

    pub fn fields(&self) -> &Fields {
        &self.0
    }

    /// What is asked for, by the types attributes have now; `None` when no object can have it.
    pub fn read<'c>(&'c self, schema: &'c Schema) -> Option<Matcher<'c>> {
        let mut matcher = Matcher {
            schema,
            wanted: HashMap::new(),
            count: 0,
        };
        for (name, value) in self.0.iter() {
            for element in value.elements() {
                matcher.want(name.as_str().into(), element)?;
            }
        }
        Some(matcher)
    }
}

/// How many values are asked for.
fn values(value: &FieldValue) -> usize {
    let of_element = |element: &FieldValue| match element {
        FieldValue::Map(map) => map.iter().map(|(_, inner)| values(inner)).sum(),
        FieldValue::List(_) => values(element),
        _ => 1,
    };
    value.elements().iter().map(of_element).sum()
}

/// [`Criteria`] read by the types of a schema.
#[derive(Debug)]
pub struct Matcher<'c> {
    schema: &'c Schema,
    /// By attribute, as the schema names it; each with its place among all of them.
    wanted: HashMap<Cow<'c, str>, Vec<(usize, Wanted<'c>)>>,
    count: usize,
}

/// One value asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Wanted<'c> {
    Typed(TypedValue<'c>),
    /// A number or boolean asked of an attribute whose values are not: one that was stored as such.
    AsStored(&'c FieldValue),
}

impl<'c> Matcher<'c> {
    /// Whether the object has every value asked for, sent or derived.
    pub fn matches(&self, object: &Object) -> bool {
        let derived = derive(object);
        let mut comparison = Comparison {
            matcher: self,
            met: vec![false; self.count],
            unmet: self.count,
        };
        walk_all(object, &derived, &mut comparison).is_break()
    }

    /// Every value asked for, with the name of its attribute.
    pub fn wanted(&self) -> impl Iterator<Item = (&str, &Wanted<'c>)> {
        let by_name = self.wanted.iter();
        by_name.flat_map(|(name, list)| list.iter().map(|(_, wanted)| (name.as_ref(), wanted)))
    }

    /// `None` when no object can have the value.
    fn want(&mut self, name: Cow<'c, str>, element: &'c FieldValue) -> Option<()> {
        match element {
            FieldValue::Map(map) if self.schema.kind(&name) != Some(AttributeType::Geo) => {
                for (inner, value) in map.iter() {
                    for element in value.elements() {
                        let path = format!("{name}.{}", inner.as_str());
                        self.want(path.into(), element)?;
                    }
                }
                Some(())
            }
            FieldValue::List(list) => list
                .iter()
                .try_for_each(|element| self.want(name.clone(), element)),
            _ => self.want_single(name, element),
        }
    }

    fn want_single(&mut self, name: Cow<'c, str>, element: &'c FieldValue) -> Option<()> {
        let kind = self.schema.kind(&name)?;
        let wanted = Wanted::read(&name, kind, element)?;
        let place = self.count;
        self.count += 1;
        self.wanted.entry(name).or_default().push((place, wanted));
        Some(())
    }
}

impl<'c> Wanted<'c> {
    fn read(name: &str, kind: AttributeType, element: &'c FieldValue) -> Option<Self> {
        let typed = match (kind, element) {
            // Which is how a title that was sent as a number is stored.
            (AttributeType::Text, FieldValue::Number(number)) if name == TITLE => {
                Some(TypedValue::Text(Cow::Owned(number.to_string())))
            }
            (AttributeType::Numeric, FieldValue::Number(number)) => {
                Some(match element.as_large() {
                    Some(large) => TypedValue::Large(large),
                    None => TypedValue::Numeric(number.as_f64()),
                })
            }
            (AttributeType::Boolean, FieldValue::Bool(boolean)) => {
                Some(TypedValue::Boolean(*boolean))
            }
            (_, FieldValue::Number(_) | FieldValue::Bool(_)) => {
                return Some(Self::AsStored(element));
            }
            // A text that is read as a number or boolean is not asked for as one; any that does not fit was
            // kept as the text it is.
            (_, FieldValue::Text(text)) => match read(name, kind, element) {
                Reading::Value(typed @ (TypedValue::Text(_) | TypedValue::Date(_))) => Some(typed),
                Reading::Misfit => Some(TypedValue::Text(composed(text))),
                Reading::Value(_) | Reading::Empty => None,
            },
            (AttributeType::Geo, FieldValue::Map(_)) => match read(name, kind, element) {
                Reading::Value(point) => Some(point),
                Reading::Empty | Reading::Misfit => None,
            },
            _ => None,
        };
        typed.map(Self::Typed)
    }

    #[expect(
        clippy::float_cmp,
        reason = "a criterion asks for exactly the number that was sent"
    )]
    fn is_met(&self, name: &str, kind: AttributeType, stored: &FieldValue) -> bool {
        match self {
            Self::Typed(wanted) => {
                let mut is_met = false;
                for_each_form(name, kind, stored, |form| is_met |= form == *wanted);
                is_met
            }
            Self::AsStored(wanted) => match (wanted, stored) {
                (FieldValue::Number(wanted), FieldValue::Number(stored)) => {
                    wanted.as_f64() == stored.as_f64()
                }
                (wanted, stored) => *wanted == stored,
            },
        }
    }
}

/// Ticks off what is asked for while it walks over the values of an object.
struct Comparison<'m, 'c> {
    matcher: &'m Matcher<'c>,
    met: Vec<bool>,
    unmet: usize,
}

/// Everything asked for was found.
struct AllMet;

impl<'a> Visitor<'a> for Comparison<'_, '_> {
    type Stop = AllMet;

    fn kind(&self, name: &str) -> Option<AttributeType> {
        self.matcher.schema.kind(name)
    }

    fn visit(&mut self, name: &str, value: &'a FieldValue) -> ControlFlow<AllMet> {
        let Some(wanted) = self.matcher.wanted.get(name) else {
            return ControlFlow::Continue(());
        };
        let Some(kind) = self.kind(name) else {
            return ControlFlow::Continue(());
        };
        for (place, wanted) in wanted {
            if !self.met[*place] && wanted.is_met(name, kind, value) {
                self.met[*place] = true;
                self.unmet -= 1;
            }
        }
        if self.unmet == 0 {
            return ControlFlow::Break(AllMet);
        }
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests;
