//! The rules on attributes that hold for everything that becomes an object, sent or extracted
//! (docs/reference/02-content.md §1, §2, docs/reference/04-data-layout.md §3). Invariant: what passes here
//! needs no further check to be stored.

use super::availability::{self, read_availability, read_rank};
use super::object::Object;
use super::problem::{Problem, Rule};
use super::time::Timestamp;
use super::value::FieldValue;

pub(super) const TITLE: &str = "title";
pub(super) const ACTIVE_FROM: &str = "active_from";
pub(super) const ACTIVE_TO: &str = "active_to";

/// Everything wrong with `count` attributes that `attribute` finds by name.
pub(super) fn check_attributes<'a>(
    attribute: impl Fn(&str) -> Option<&'a FieldValue>,
    count: usize,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut check = |name: &str, outcome: Result<(), Rule>| {
        if let Err(rule) = outcome {
            problems.push(Problem {
                path: vec![name.to_owned()],
                rule,
            });
        }
    };
    let optional = |name: &str, rule: fn(&FieldValue) -> Result<(), Rule>| {
        attribute(name).map_or(Ok(()), rule)
    };

    check(TITLE, check_title(attribute(TITLE)));
    for name in [ACTIVE_FROM, ACTIVE_TO] {
        check(name, optional(name, check_date));
    }
    check(
        availability::AVAILABILITY,
        optional(availability::AVAILABILITY, |value| {
            read_availability(value).map(drop)
        }),
    );
    check(
        availability::RANK,
        optional(availability::RANK, |value| read_rank(value).map(drop)),
    );
    let max = Object::ATTRIBUTES_MAX;
    if count > max {
        check("fields", Err(Rule::TooManyAttributes { max }));
    }
    problems
}

/// A missing title has the words of a blank one (docs/reference/02-content.md §7).
fn check_title(title: Option<&FieldValue>) -> Result<(), Rule> {
    match title.ok_or(Rule::Blank)? {
        FieldValue::Text(text) if text.trim().is_empty() => Err(Rule::Blank),
        // A number is taken as its text.
        FieldValue::Text(_) | FieldValue::Number(_) => Ok(()),
        _ => Err(Rule::NotText),
    }
}

/// A date in any spelling, or `""` for none.
fn check_date(date: &FieldValue) -> Result<(), Rule> {
    let text = date.as_text().ok_or(Rule::NotDateTime)?;
    if text.is_empty() || Timestamp::parse_named(text).is_some() {
        return Ok(());
    }
    Err(Rule::NotDateTime)
}
