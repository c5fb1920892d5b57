//! Whether an object goes with the attributes of its site, and what it adds to them
//! (docs/reference/04-data-layout.md §2). Invariant: nothing is changed here; what is refused brings nothing
//! along.

use std::collections::HashMap;
use std::ops::ControlFlow;

use super::misfits::Misfits;
use super::typed::{Reading, describe, infer, infer_derived, is_fixed, read};
use super::walk::{Visitor, walk};
use super::{AttributeType, Mismatch, NewAttributes, Schema, SchemaError, attributes};
use crate::domain::derived::{Derived, derive_nested};
use crate::domain::entry::ANCESTORS;
use crate::domain::nested::NestedObject;
use crate::domain::object::Object;
use crate::domain::site::TypeConflicts;
use crate::domain::stand_in::stand_ins_of;
use crate::domain::value::{FieldName, FieldValue, Fields};

/// What becomes of values that do not fit the type of their attribute.
#[derive(Clone, Copy, Debug, Default)]
pub struct MisfitRule<'a> {
    /// Where the type was only inferred from an earlier value; one that a name fixes refuses always.
    pub conflicts: TypeConflicts,
    pub judged: Judged<'a>,
}

/// Which values are judged; the others have been before, or are nobody's fault.
#[derive(Clone, Copy, Debug, Default)]
pub enum Judged<'a> {
    #[default]
    All,
    /// Those of these attributes and of their inner keys.
    Only(&'a [(FieldName, Option<FieldValue>)]),
}

impl Judged<'_> {
    fn includes(self, path: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(fields) => fields.iter().any(|(name, _)| {
                let rest = path.strip_prefix(name.as_str());
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            }),
        }
    }
}

/// What letting an object in means.
#[derive(Debug, Default, PartialEq)]
pub struct Admission {
    pub new: NewAttributes,
    /// What was sent and is kept as text.
    pub misfits: Misfits,
}

impl Schema {
    /// Checks every value of the object, sent and derived, against the types known and tells the attributes it would
    /// add, typed by their first value. Nothing is changed. Only a sent value can be a mismatch: a derived one is
    /// nothing that somebody could mend.
    pub fn check(
        &self,
        object: &Object,
        derived: &Derived,
        rule: MisfitRule<'_>,
    ) -> Result<Admission, SchemaError> {
        let mut check = Check::new(self, rule);
        let mut outcome = walk(attributes(object), &mut check);
        if outcome.is_continue() {
            check.provenance = Provenance::Derived;
            outcome = walk(derived.filterable(), &mut check);
        }
        // A variant may be found in the object's place, by attributes that no object has yet.
        for at in stand_ins_of(object) {
            if outcome.is_continue() {
                check.provenance = Provenance::Nested;
                outcome = check.walk_variant(&object.nested[at]);
            }
        }
        match outcome {
            ControlFlow::Break(error) => Err(error),
            ControlFlow::Continue(()) => Ok(Admission {
                new: check.additions.list,
                misfits: check.misfits,
            }),
        }
    }

    /// What does not fit of an object that was let in before.
    pub fn misfits_of(&self, object: &Object, judged: Judged<'_>) -> Misfits {
        if object.is_document() {
            return Misfits::default();
        }
        let conflicts = TypeConflicts::Keep;
        let mut check = Check::new(self, MisfitRule { conflicts, judged });
        // Only a full schema or a type that a name fixes ends the walk: then the object is not there.
        let _ended = walk(attributes(object), &mut check);
        check.misfits
    }
}

/// Where a value comes from that is being checked.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Provenance {
    Sent,
    Derived,
    /// In a nested variant; as an object of its own it is checked by itself.
    Nested,
}

/// Compares values with the schema and gathers what it does not know.
struct Check<'s> {
    schema: &'s Schema,
    rule: MisfitRule<'s>,
    provenance: Provenance,
    additions: Additions,
    misfits: Misfits,
}

impl<'s> Check<'s> {
    fn new(schema: &'s Schema, rule: MisfitRule<'s>) -> Self {
        Self {
            schema,
            rule,
            provenance: Provenance::Sent,
            additions: Additions::default(),
            misfits: Misfits::default(),
        }
    }

    fn walk_variant(&mut self, variant: &NestedObject) -> ControlFlow<SchemaError> {
        let sent = variant.fields.iter();
        walk(sent.filter(|(name, _)| name.as_str() != ANCESTORS), self)?;
        let derived = Derived {
            returned: derive_nested(variant, &|_| true),
            filter_only: Fields::new(),
        };
        walk(derived.filterable(), self)
    }
}

impl<'a> Visitor<'a> for Check<'_> {
    type Stop = SchemaError;

    fn kind(&self, name: &str) -> Option<AttributeType> {
        self.schema.kind(name).or_else(|| self.additions.get(name))
    }

    fn visit(&mut self, name: &str, value: &'a FieldValue) -> ControlFlow<SchemaError> {
        let known = self.kind(name);
        let kind = known.or_else(|| match self.provenance {
            Provenance::Sent | Provenance::Nested => infer(name, value),
            Provenance::Derived => infer_derived(name, value),
        });
        let Some(kind) = kind else {
            return ControlFlow::Continue(());
        };
        if self.provenance == Provenance::Sent
            && matches!(read(name, kind, value), Reading::Misfit)
            && self.rule.judged.includes(name)
        {
            let mismatch = || Mismatch {
                attribute: name.into(),
                expected: kind,
                value: describe(value),
            };
            if self.rule.conflicts == TypeConflicts::Refuse || is_fixed(name, kind) {
                return ControlFlow::Break(SchemaError::Mismatch(mismatch()));
            }
            self.misfits.note(mismatch);
        }
        if known.is_none() {
            if !self.schema.has_room(name, self.additions.list.len()) {
                return ControlFlow::Break(SchemaError::Full);
            }
            self.additions.add(name, kind);
        }
        ControlFlow::Continue(())
    }

    /// Nothing so deep refuses an object for want of a name: it was never promised one.
    fn visit_deep(&mut self, name: &str, value: &'a FieldValue) -> ControlFlow<SchemaError> {
        match self.kind(name) {
            None => self.learn_deep(name, value),
            Some(kind) if !is_fixed(name, kind) => return self.note_deep(name, kind, value),
            Some(_) => {}
        }
        ControlFlow::Continue(())
    }
}

impl Check<'_> {
    fn learn_deep(&mut self, name: &str, value: &FieldValue) {
        if self.schema.len() + self.additions.list.len() < Schema::DEEP_ATTRIBUTES_BELOW
            && self.additions.deep < Object::ATTRIBUTES_MAX
            && let Some(kind) = infer(name, value)
        {
            self.additions.deep += 1;
            self.additions.add(name, kind);
        }
    }

    fn note_deep(
        &mut self,
        name: &str,
        kind: AttributeType,
        value: &FieldValue,
    ) -> ControlFlow<SchemaError> {
        let is_misfit = || matches!(read(name, kind, value), Reading::Misfit);
        if self.provenance == Provenance::Sent && self.rule.judged.includes(name) && is_misfit() {
            let mismatch = || Mismatch {
                attribute: name.into(),
                expected: kind,
                value: describe(value),
            };
            if self.rule.conflicts == TypeConflicts::Refuse {
                return ControlFlow::Break(SchemaError::Mismatch(mismatch()));
            }
            self.misfits.note(mismatch);
        }
        ControlFlow::Continue(())
    }
}

/// Attributes an object brings along. Found by name, as one object may bring thousands.
#[derive(Default)]
struct Additions {
    list: NewAttributes,
    by_name: HashMap<FieldName, AttributeType>,
    /// How many of them are of values more than one level deep.
    deep: usize,
}

impl Additions {
    fn get(&self, name: &str) -> Option<AttributeType> {
        self.by_name.get(name).copied()
    }

    fn add(&mut self, name: &str, kind: AttributeType) {
        let name = FieldName::new(name);
        self.by_name.insert(name.clone(), kind);
        self.list.push((name, kind));
    }
}
