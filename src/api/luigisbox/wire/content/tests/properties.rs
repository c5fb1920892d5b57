//! Whatever is sent, every element is accounted for and nothing panics.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::testing::any_json;
use super::*;
use crate::domain::{Object, ObjectKey, Outcome, Submission};

fn accounts_for_every_element<T: Element>(elements: &[Value]) -> Result<(), TestCaseError> {
    let body = json!({"objects": elements}).to_string();
    let batch = Batch::<T>::read(body.as_bytes(), ELEMENTS_MAX);
    let (accepted, pending) = batch.expect("generated JSON is well-formed").split();
    prop_assert_eq!(accepted.len() + pending.refused.len(), elements.len());
    prop_assert_eq!(accepted.len(), pending.handed_on.len());

    let applied = accepted.len();
    let report = Report::new(pending, vec![Outcome::Applied; applied]);
    let report = serde_json::to_value(&report).expect("a report is JSON");
    prop_assert_eq!(&report["ok_count"], applied);
    prop_assert_eq!(&report["errors_count"], elements.len() - applied);
    for entry in report["errors"].as_object().expect("a map").values() {
        let causes = entry["caused_by"].as_object().expect("a map");
        prop_assert!(!causes.is_empty(), "no reason given");
    }
    Ok(())
}

proptest! {
    #[test]
    fn every_element_ends_up_accepted_or_with_an_entry(
        elements in prop::collection::vec(any_json(), 0..6),
    ) {
        accounts_for_every_element::<Object>(&elements)?;
        accounts_for_every_element::<Submission>(&elements)?;
        accounts_for_every_element::<ObjectPatch>(&elements)?;
        accounts_for_every_element::<ObjectKey>(&elements)?;
    }

    #[test]
    fn any_bytes_are_read_or_refused(body in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Batch::<Object>::read(&body, ELEMENTS_MAX);
    }

    #[test]
    fn a_damaged_body_is_read_or_refused(
        elements in prop::collection::vec(any_json(), 0..3),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut body = json!({"objects": elements}).to_string().into_bytes();
        let at = at.index(body.len());
        body[at] = byte;
        let _ = Batch::<Object>::read(&body, ELEMENTS_MAX);
        body.truncate(at);
        prop_assert!(Batch::<Object>::read(&body, ELEMENTS_MAX).is_err());
    }
}
