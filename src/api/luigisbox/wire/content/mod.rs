//! A write request as sent: `{"objects": […]}` (docs/reference/02-content.md §1). It is read in one pass,
//! each element checked into the domain as soon as it is parsed, so that memory follows what is kept rather
//! than what was sent. Invariant: every element ends up accepted or refused, and never both.

use std::collections::HashMap;
use std::marker::PhantomData;

use serde::de::{DeserializeSeed, MapAccess, SeqAccess};

use super::element::Element;
use super::object::{ElementShape, SentObject};
use super::report::{ErrorKey, HandedOn, Pending, RefusedElement};
use super::shape::{Expect, Key, Shape};
use super::value::{Budget, Overdrawn, ValueSeed};
use crate::domain::{Identity, ObjectPatch, Problems, Refusal, Rule};
use crate::http::json::nesting_depth_exceeds;

/// Deepest nesting of arrays and objects in a body (docs/reference/02-content.md §1).
pub(super) const DEPTH_MAX: usize = 64;

/// Most elements of any write: above what 10 MB of the shortest objects hold, and a bound on the
/// entries that 10 MB of `[1,1,1…]` would have in the answer.
pub const ELEMENTS_MAX: usize = 250_000;

/// Most JSON values in a request. That is ten bytes of a full-size body each; objects of real
/// catalogs take twenty and more.
pub(super) const VALUES_MAX: usize = 1_000_000;

/// Why a request is refused as a whole; nothing of it is applied.
#[derive(Debug, thiserror::Error)]
pub enum BatchError {
    #[error("not valid JSON: {0}")]
    Syntax(#[from] serde_json::Error),
    #[error("nested too deep")]
    TooDeep,
    #[error("more than {max} objects")]
    TooManyObjects { max: usize },
    #[error("more than {max} values")]
    TooManyValues { max: usize },
    #[error("`objects` is unusable: {0:?}")]
    Objects(Rule),
}

/// The elements of a write request, in the order sent.
#[derive(Debug)]
pub struct Batch<T> {
    accepted: Vec<T>,
    refused: Vec<RefusedElement>,
}

impl<T> Default for Batch<T> {
    fn default() -> Self {
        Self {
            accepted: Vec::new(),
            refused: Vec::new(),
        }
    }
}

impl<T: Element> Batch<T> {
    /// Reads a body of at most `elements_max` objects.
    pub fn read(body: &[u8], elements_max: usize) -> Result<Self, BatchError> {
        if nesting_depth_exceeds(body, DEPTH_MAX) {
            return Err(BatchError::TooDeep);
        }
        let budget = Budget::new(VALUES_MAX, elements_max);
        let mut json = serde_json::Deserializer::from_slice(body);
        let read = Expect(Envelope::<T>(&budget, PhantomData)).deserialize(&mut json);
        match budget.overdrawn() {
            Some(Overdrawn::Elements) => {
                return Err(BatchError::TooManyObjects { max: elements_max });
            }
            Some(Overdrawn::Values) => return Err(BatchError::TooManyValues { max: VALUES_MAX }),
            None => {}
        }
        let objects = read?;
        json.end()?;
        objects.map_err(BatchError::Objects)
    }

    /// What the engine is to do, and what the answer needs once it is done.
    pub fn split(self) -> (Vec<T>, Pending) {
        let handed_on = self.accepted.iter().map(|element| HandedOn {
            identity: element.identity().clone(),
            object_type: element.object_type().cloned(),
            generation: element.generation().cloned(),
            file: element.file(),
        });
        let pending = Pending {
            handed_on: handed_on.collect(),
            refused: self.refused,
        };
        (self.accepted, pending)
    }

    pub(super) fn accept(&mut self, element: T) {
        self.accepted.push(element);
    }

    fn add(&mut self, position: usize, element: Option<SentObject>) {
        self.add_as(position, element, |element: T| element);
    }

    /// Checks an element as an `E`; a good one is accepted as what `made` makes of it.
    pub(super) fn add_as<E: Element>(
        &mut self,
        position: usize,
        element: Option<SentObject>,
        made: impl FnOnce(E) -> T,
    ) {
        let at_position = ErrorKey::Position(position);
        let Some(mut sent) = element else {
            let problems = Problems::one(["object"], Rule::NotMap);
            self.refused.push(RefusedElement {
                key: at_position,
                object_type: None,
                generation: None,
                refusal: Refusal::Malformed(problems),
            });
            return;
        };
        let identity = sent.identity();
        let key = identity.clone().map_or(at_position, ErrorKey::Identity);
        match E::check(&mut sent, identity) {
            Ok(element) => self.accept(made(element)),
            Err(problems) => self.refused.push(RefusedElement {
                key,
                object_type: sent.object_type().ok().flatten(),
                generation: sent.generation().ok().flatten(),
                refusal: Refusal::Malformed(problems),
            }),
        }
    }
}

impl Batch<ObjectPatch> {
    /// Refuses every patch whose identity stands more than once in the request, also where another
    /// one of them was refused already (docs/reference/02-content.md §5).
    #[must_use]
    pub fn without_repeated(mut self) -> Self {
        let mut times: HashMap<Identity, usize> = HashMap::new();
        let accepted = self.accepted.iter().map(Element::identity);
        let refused = self.refused.iter().filter_map(|one| one.key.identity());
        for identity in accepted.chain(refused) {
            *times.entry(identity.clone()).or_default() += 1;
        }
        let is_repeated = |identity: &Identity| times.get(identity).is_some_and(|&n| n > 1);
        let not_unique = || Refusal::Malformed(Problems::one(["identity"], Rule::NotUnique));

        for RefusedElement { key, refusal, .. } in &mut self.refused {
            if key.identity().is_some_and(is_repeated) {
                *refusal = not_unique();
            }
        }
        let (repeated, unique) = self
            .accepted
            .into_iter()
            .partition::<Vec<_>, _>(|patch| is_repeated(patch.identity()));
        let repeated = repeated.into_iter().map(|patch| RefusedElement {
            generation: patch.generation().cloned(),
            key: ErrorKey::Identity(patch.identity),
            object_type: patch.object_type,
            refusal: not_unique(),
        });
        self.refused.extend(repeated);
        self.accepted = unique;
        self
    }
}

/// The outermost object; every key but `objects` is ignored.
struct Envelope<'b, T>(&'b Budget, PhantomData<T>);

impl<'de, T: Element> Shape<'de> for Envelope<'_, T> {
    type Value = Result<Batch<T>, Rule>;

    fn budget(&self) -> &Budget {
        self.0
    }

    fn other(self) -> Self::Value {
        Err(Rule::Missing)
    }

    fn map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut objects = Err(Rule::Missing);
        while let Some(Key(key)) = map.next_key()? {
            if key == "objects" {
                objects = map.next_value_seed(Expect(Elements::<T>(self.0, PhantomData)))?;
            } else {
                map.next_value_seed(ValueSeed(self.0))?;
            }
        }
        Ok(objects)
    }
}

/// The value of `objects`.
struct Elements<'b, T>(&'b Budget, PhantomData<T>);

impl<'de, T: Element> Shape<'de> for Elements<'_, T> {
    type Value = Result<Batch<T>, Rule>;

    fn budget(&self) -> &Budget {
        self.0
    }

    fn other(self) -> Self::Value {
        Err(Rule::NotList)
    }

    fn null(self) -> Self::Value {
        Err(Rule::Missing)
    }

    fn list<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut batch = Batch::default();
        for position in 0.. {
            let Some(element) = list.next_element_seed(Expect(ElementShape(self.0)))? else {
                break;
            };
            self.0.spend_element()?;
            batch.add(position, element);
        }
        Ok(Ok(batch))
    }
}

#[cfg(test)]
pub(super) mod testing;
#[cfg(test)]
mod tests;
