//! An entry of a catalog. Invariant: an [`Object`] passed every rule of docs/reference/02-content.md §2 that needs
//! nothing but the object itself; [`Object::new`] checks, every other way to make one starts from
//! what was checked.

use std::ops::Deref;

use super::availability;
use super::file::FileMark;
use super::identity::{Generation, Identity, ObjectType};
use super::nested::NestedObject;
use super::problem::{Problem, Problems};
use super::rules::{self, ACTIVE_FROM, ACTIVE_TO};
use super::schema;
use super::time::Timestamp;
use super::titles;
use super::value::Fields;

/// The parts of an [`Object`], readable by anyone, checked by [`Object::new`].
#[derive(Clone, Debug, PartialEq)]
pub struct ObjectParts {
    pub identity: Identity,
    pub object_type: ObjectType,
    /// Kept beside the content: moving an object to another generation does not change it.
    pub generation: Option<Generation>,
    /// The top-level `active_from` and `active_to`; see [`Object::schedule`] for what holds.
    pub active: ActivePeriod,
    /// The top-level `url`, the older name of identity, when one was sent.
    pub legacy_url: Option<String>,
    /// The object this one was extracted from, for variants only (docs/reference/05-search.md §9).
    pub master: Option<Identity>,
    /// Attributes as sent, `title` among them; availability is corrected (docs/reference/04-data-layout.md §3).
    pub fields: Fields,
    pub nested: Vec<NestedObject>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    parts: ObjectParts,
    rules: RulesOf,
    /// Of objects that were sent as files.
    file: Option<Box<FileMark>>,
}

/// Whose rules an object follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RulesOf {
    /// docs/reference/02-content.md and docs/reference/04-data-layout.md.
    Shop,
    /// docs/reference/10-swiftype.md §4: attributes have the types their writer declared, and mean nothing more.
    Document,
}

impl Object {
    /// Most attributes one object may have (docs/reference/02-content.md §1).
    pub const ATTRIBUTES_MAX: usize = 1000;

    /// Checks title, dates, availability and the number of attributes, and corrects availability.
    /// The error holds everything found wrong.
    pub fn new(mut parts: ObjectParts) -> Result<Self, Problems> {
        if let Some(problems) = Problems::from_list(Self::check_fields(&parts.fields)) {
            return Err(problems);
        }
        availability::correct(&mut parts.fields);
        titles::make_texts(&mut parts.fields);
        Ok(Self::of_shop(parts))
    }

    /// Everything wrong with the attributes alone, told also of objects that are refused for other
    /// reasons. A value of another type than its name asks for is left to the schema, which refuses it as
    /// a mismatch (docs/reference/04-data-layout.md §2).
    pub fn check_fields(fields: &Fields) -> Vec<Problem> {
        let mut problems = rules::check_attributes(|name| fields.get(name), fields.len());
        problems.retain(|problem| {
            let [name] = problem.path.as_slice() else {
                return true;
            };
            let value = fields.get(name);
            !value.is_some_and(|value| schema::is_mismatch(name, value))
        });
        problems
    }

    /// An object made of a nested one, which [`NestedObject::read_list`] checked.
    pub(super) fn from_nested(parts: ObjectParts) -> Self {
        Self::of_shop(parts)
    }

    fn of_shop(parts: ObjectParts) -> Self {
        Self {
            parts,
            rules: RulesOf::Shop,
            file: None,
        }
    }

    /// A document, whose attributes [`super::Document::new`] checked.
    pub(super) fn document(identity: Identity, object_type: ObjectType, fields: Fields) -> Self {
        let parts = ObjectParts {
            identity,
            object_type,
            generation: None,
            active: ActivePeriod::default(),
            legacy_url: None,
            master: None,
            fields,
            nested: Vec::new(),
        };
        Self::of_shop(parts).into_document()
    }

    /// The object as a document: it was one when it was stored.
    #[must_use]
    pub fn into_document(self) -> Self {
        Self {
            rules: RulesOf::Document,
            ..self
        }
    }

    /// Whether its attributes have declared types, and the rules of shops do not apply.
    pub fn is_document(&self) -> bool {
        self.rules == RulesOf::Document
    }

    pub fn file_mark(&self) -> Option<&FileMark> {
        self.file.as_deref()
    }

    /// The object as it was marked when it was stored.
    #[must_use]
    pub fn with_file_mark(self, file: Option<Box<FileMark>>) -> Self {
        Self { file, ..self }
    }

    pub(super) fn fields_mut(&mut self) -> &mut Fields {
        &mut self.parts.fields
    }

    /// The same object, of nobody.
    #[must_use]
    pub fn without_master(mut self) -> Self {
        self.parts.master = None;
        self
    }

    /// An object that was checked before it was stored.
    pub fn from_store(parts: ObjectParts) -> Self {
        Self::of_shop(parts)
    }

    pub fn into_parts(self) -> ObjectParts {
        self.parts
    }

    /// The same object in another upload.
    #[must_use]
    pub fn with_generation(mut self, generation: Option<Generation>) -> Self {
        self.parts.generation = generation;
        self
    }

    /// The object with other parts, if they keep the rules it follows.
    pub(super) fn changed(&self, parts: ObjectParts) -> Result<Self, Problems> {
        match self.rules {
            RulesOf::Shop => Ok(Self::new(parts)?.with_file_mark(self.file.clone())),
            RulesOf::Document => Ok(Self::of_shop(parts).into_document()),
        }
    }

    /// When the object is visible: the top-level dates, else the attributes of the same names
    /// (docs/reference/02-content.md §2).
    pub fn schedule(&self) -> ActivePeriod {
        if self.is_document() {
            return self.active;
        }
        let attribute = |name| {
            let text = self.fields.get(name)?.as_text()?;
            Timestamp::parse_named(text)
        };
        ActivePeriod {
            from: self.active.from.or_else(|| attribute(ACTIVE_FROM)),
            to: self.active.to.or_else(|| attribute(ACTIVE_TO)),
        }
    }
}

impl Deref for Object {
    type Target = ObjectParts;

    fn deref(&self) -> &ObjectParts {
        &self.parts
    }
}

/// From one instant (inclusive) to another (exclusive); an absent end is open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ActivePeriod {
    pub from: Option<Timestamp>,
    pub to: Option<Timestamp>,
}

impl ActivePeriod {
    pub fn contains(&self, now: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= now) && self.to.is_none_or(|to| now < to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::testing::{json, lines, parts};
    use rstest::rstest;
    use serde_json::Value;

    fn refused(attributes: &Value) -> Vec<String> {
        let problems = Object::new(parts(attributes, &[])).expect_err("a problem");
        lines(&problems)
    }

    #[rstest]
    #[case(json!({}), "title: Blank")]
    #[case(json!({"title": null}), "title: Blank")]
    #[case(json!({"title": ""}), "title: Blank")]
    #[case(json!({"title": " \t\u{a0}"}), "title: Blank")]
    #[case(json!({"title": true}), "title: NotText")]
    #[case(json!({"title": ["Sock"]}), "title: NotText")]
    fn a_title_is_a_text_that_is_not_blank(#[case] attributes: Value, #[case] problem: &str) {
        assert_eq!(refused(&attributes), [problem]);
    }

    #[test]
    fn a_list_schedules_nothing() {
        assert_eq!(
            refused(&json!({"title": "T", "active_from": ["2024-01-01"]})),
            ["active_from: NotDateTime"]
        );
    }

    #[rstest]
    #[case(json!({"active_from": "soon"}))]
    #[case(json!({"active_to": 1_531_661_030}))]
    #[case(json!({"availability": "often"}))]
    #[case(json!({"availability_rank": "x"}))]
    #[case(json!({"availability_rank": true}))]
    fn a_value_of_another_type_than_its_name_asks_for_is_the_schemas_to_refuse(
        #[case] attributes: Value,
    ) {
        assert_eq!(
            Object::check_fields(&crate::domain::testing::fields(&attributes)).len(),
            1,
            "the title alone"
        );
    }

    #[test]
    fn everything_wrong_is_told_at_once() {
        let attributes =
            json!({"active_to": ["2024-01-01"], "availability": 7, "availability_rank": 16});
        assert_eq!(
            refused(&attributes),
            [
                "title: Blank",
                "active_to: NotDateTime",
                "availability: NotBetween { min: 0, max: 1 }",
                "availability_rank: NotBetween { min: 1, max: 15 }",
            ]
        );
    }

    #[test]
    fn a_thousand_attributes_are_the_most() {
        let mut full = parts(&json!({"title": "T"}), &[]);
        for n in 1..Object::ATTRIBUTES_MAX {
            full.fields.insert(format!("f{n}").as_str(), "x".into());
        }
        assert!(Object::new(full.clone()).is_ok());
        full.fields.insert("one more", "x".into());
        let problems = Object::new(full).expect_err("too many");
        assert_eq!(
            lines(&problems),
            ["fields: TooManyAttributes { max: 1000 }"]
        );
    }

    #[test]
    fn availability_is_corrected_to_the_rank() {
        let sent = json!({"title": "T", "availability": true, "availability_rank": "15"});
        let object = Object::new(parts(&sent, &[])).expect("valid");
        let corrected = json!({"title": "T", "availability": 0, "availability_rank": 15});
        assert_eq!(object.fields, crate::domain::testing::fields(&corrected));
    }

    #[test]
    fn top_level_dates_win_over_the_attributes_of_the_same_names() {
        let day = |text| Timestamp::parse(text).expect("a day");
        let sent = json!({"title": "T", "active_from": "2024-01-01", "active_to": "2024-02-01"});
        let mut parts = parts(&sent, &[]);
        parts.active.to = Some(day("2024-03-01"));
        let schedule = Object::new(parts).expect("valid").schedule();
        assert_eq!(schedule.from, Some(day("2024-01-01")));
        assert_eq!(schedule.to, Some(day("2024-03-01")));
        assert!(schedule.contains(day("2024-01-01")));
        assert!(!schedule.contains(day("2023-12-31")));
        assert!(!schedule.contains(day("2024-03-01")));
    }

    #[test]
    fn an_empty_date_schedules_nothing() {
        let sent = json!({"title": "T", "active_from": "", "active_to": ""});
        let object = Object::new(parts(&sent, &[])).expect("valid");
        assert_eq!(object.schedule(), ActivePeriod::default());
    }
}
