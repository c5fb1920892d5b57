//! The catalog of `vetrina serve --demo`: a small invented outdoor shop in two languages. Invariant: it
//! goes the way of a POST, through the same reader and the same engine, so what it shows is what a shop
//! would get; loading it again changes nothing.

use crate::api::luigisbox::wire::Report;
use crate::api::luigisbox::wire::content::{Batch, BatchError};
use crate::domain::{Submission, TrackerId};
use crate::engine::{Engine, EngineError, Extraction};

/// One content object a line.
const CATALOG: &str = include_str!("demo.ndjson");

/// Objects handed over at a time.
const BATCH_OBJECTS: usize = 50;

#[derive(Debug, thiserror::Error)]
pub(super) enum DemoError {
    #[error("the demo catalog cannot be read")]
    Unreadable(#[from] BatchError),
    #[error(
        "{count} objects of the demo catalog were refused: another catalog has fixed other attribute types"
    )]
    Refused { count: usize },
    #[error("the demo catalog cannot be stored")]
    Engine(#[from] EngineError),
}

/// Puts the catalog into a site and returns how many objects it has, once they can be found.
pub(super) async fn load(engine: &Engine, site: &TrackerId) -> Result<usize, DemoError> {
    let mut loaded = 0;
    let mut last = None;
    for body in bodies() {
        let (objects, pending) = Batch::<Submission>::read(body.as_bytes(), BATCH_OBJECTS)?.split();
        let count = objects.len();
        let report = engine
            .writes
            .replace(site, objects, Extraction::Extract)
            .await?;
        last = Some(report.visibility);
        let refused = Report::new(pending, report.outcomes).errors_count();
        if refused > 0 {
            return Err(DemoError::Refused { count: refused });
        }
        loaded += count;
    }
    if let Some(visibility) = last {
        engine.writes.wait_visible(site, visibility).await?;
    }
    Ok(loaded)
}

/// The catalog as request bodies.
fn bodies() -> impl Iterator<Item = String> {
    let lines: Vec<&str> = CATALOG.lines().collect();
    let bodies: Vec<String> = lines
        .chunks(BATCH_OBJECTS)
        .map(|some| format!("{{\"objects\":[{}]}}", some.join(",")))
        .collect();
    bodies.into_iter()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::domain::{FieldValue, Object, extract};

    fn objects() -> Vec<Object> {
        bodies()
            .flat_map(|body| {
                let batch = Batch::<Submission>::read(body.as_bytes(), BATCH_OBJECTS);
                let (objects, pending) = batch.expect("the catalog is readable").split();
                assert_eq!(Report::new(pending, Vec::new()).errors_count(), 0);
                objects
            })
            .map(|object| object.into_object().expect("the catalog is readable"))
            .collect()
    }

    #[test]
    fn every_object_is_valid_and_has_a_name_of_its_own() {
        let objects = objects();
        assert_eq!(objects.len(), CATALOG.lines().count());
        let names: std::collections::HashSet<_> = objects
            .iter()
            .map(|object| object.identity.clone())
            .collect();
        assert_eq!(names.len(), objects.len());
    }

    #[test]
    fn what_is_nested_twice_is_the_same_both_times() {
        let mut seen: HashMap<_, Object> = HashMap::new();
        for object in objects() {
            for part in extract(&object) {
                let part = part.object;
                if let Some(before) = seen.insert(part.identity.clone(), part.clone()) {
                    assert_eq!(before, part, "loading again would write it again");
                }
            }
        }
        assert!(seen.len() > 100);
    }

    #[test]
    fn it_has_something_of_every_kind_to_show() {
        let objects = objects();
        let has = |wanted: &dyn Fn(&Object) -> bool| objects.iter().any(wanted);
        let holds = |name: &'static str, wanted: fn(&FieldValue) -> bool| {
            move |object: &Object| object.fields.get(name).is_some_and(wanted)
        };
        for object_type in ["product", "article", "store"] {
            assert!(
                has(&|object| object.object_type.as_str() == object_type),
                "{object_type}"
            );
        }
        for language in ["en", "sk"] {
            let of_language = |object: &Object| {
                object.fields.get("language").and_then(FieldValue::as_text) == Some(language)
            };
            assert!(has(&of_language), "{language}");
        }
        assert!(has(&holds("color", |value| matches!(
            value,
            FieldValue::List(_)
        ))));
        assert!(has(&holds("waterproof", |value| matches!(
            value,
            FieldValue::Bool(_)
        ))));
        assert!(has(&holds("weight_g", |value| matches!(
            value,
            FieldValue::Number(_)
        ))));
        assert!(has(&holds("special", |value| matches!(
            value,
            FieldValue::Map(_)
        ))));
        assert!(has(&holds("geo_location", |value| matches!(
            value,
            FieldValue::Map(_)
        ))));
        for name in [
            "price",
            "price_old",
            "availability_rank",
            "boost",
            "introduced_at",
            "_margin",
        ] {
            assert!(has(&|object| object.fields.contains(name)), "{name}");
        }
        for nested in ["category", "brand", "variant"] {
            let carries = |object: &Object| {
                object
                    .nested
                    .iter()
                    .any(|entry| entry.object_type.as_str() == nested)
            };
            assert!(has(&carries), "{nested}");
        }
    }
}
