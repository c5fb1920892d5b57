//! What was sent and what was found, told apart whatever was sent.

use proptest::prelude::*;
use rstest::rstest;

use super::*;
use crate::domain::ObjectPatch;
use crate::domain::testing::{any_object, json, object};

fn file(attributes: &serde_json::Value) -> Object {
    object(attributes, &[]).into_file()
}

fn found(content: &str) -> Vec<(FieldName, FieldValue)> {
    let found = FoundFile {
        content: content.to_owned(),
        format: "pdf",
        title: None,
        language: Some("sk".to_owned()),
    };
    found.into_attributes()
}

#[rstest]
#[case(json!({"title": "T", "url": "https://a.example/x"}), Some("https://a.example/x"))]
#[case(json!({"title": "T", "url": " HTTP://a.example/x "}), Some("HTTP://a.example/x"))]
#[case(json!({"title": "T"}), None)]
#[case(json!({"title": "T", "url": "/x.pdf"}), None)]
#[case(json!({"title": "T", "url": "ftp://a.example/x"}), None)]
#[case(json!({"title": "T", "url": "httpss://a.example/x"}), None)]
#[case(json!({"title": "T", "url": ["https://a.example/x"]}), Some("https://a.example/x"))]
#[case(json!({"title": "T", "url": ["https://a.example/x", "https://a.example/y"]}), None)]
#[case(json!({"title": "T", "url": []}), None)]
#[case(json!({"title": "T", "url": 7}), None)]
#[case(json!({"title": "T", "url": "ht"}), None)]
#[case(json!({"title": "T", "url": "ž"}), None)]
fn a_place_is_an_http_url(#[case] attributes: serde_json::Value, #[case] url: Option<&str>) {
    assert_eq!(file(&attributes).file_url(), url);
    assert_eq!(object(&attributes, &[]).file_url(), None);
}

#[test]
fn a_place_has_a_bound() {
    let url = format!("https://a.example/{}", "x".repeat(URL_BYTES_MAX));
    let short = file(&json!({"title": "T", "url": url[..URL_BYTES_MAX]}));
    assert!(short.file_url().is_some());
    assert_eq!(file(&json!({"title": "T", "url": url})).file_url(), None);
}

#[test]
fn what_was_found_is_carried_along_while_the_place_is_the_same() {
    let sent = file(&json!({"title": "T", "url": "https://a.example/x"}));
    let new = sent.settled(None, true);
    assert!(new.is_new);
    assert_eq!(new.object.fields.get(FILE_STATE), Some(&"waiting".into()));
    assert_eq!(sent.settled(None, false).object, sent);
    let before = sent.with_found(found("text"));
    let same = sent.settled(Some(&before), true);
    assert!(!same.is_new);
    assert_eq!(same.object, before);
    // Nobody fetches any more: what is there stays.
    assert_eq!(sent.settled(Some(&before), false).object, before);
    let moved = file(&json!({"title": "T", "url": "https://a.example/y"}));
    let moved = moved.settled(Some(&before), true);
    assert!(moved.is_new && !moved.object.fields.contains(FILE_CONTENT));
    // What is no file has nothing to give.
    let plain = object(&json!({"title": "T", "url": "https://a.example/x"}), &[]);
    assert!(sent.settled(Some(&plain), true).is_new);
}

#[test]
fn empty_texts_are_none() {
    let names: Vec<String> = found(" \n")
        .into_iter()
        .map(|(name, _)| name.to_string())
        .collect();
    assert_eq!(names, [FILE_FORMAT, FILE_LANGUAGE, FILE_STATE]);
}

#[rstest]
#[case("https://A.example/x", "a.example")]
#[case("http://a.example:8080?x", "a.example:8080")]
#[case("http://user:pass@a.example#x", "a.example")]
#[case("http://[::1]:80/", "[::1]:80")]
#[case("nothing", "nothing")]
fn a_host_is_known_by_its_name(#[case] url: &str, #[case] host: &str) {
    assert_eq!(host_of(url), host);
}

#[test]
fn states_have_names() {
    for state in FileState::ALL {
        assert_eq!(FileState::from_name(state.as_str()), Some(state));
    }
}

proptest! {
    /// Also what was sent under the names of what is found, in its place.
    #[test]
    fn what_was_sent_comes_back(
        sent in any_object(),
        names in proptest::sample::subsequence(vec!["content", "file_state", "file_title", "url"], 0..=4),
        content in "\\PC{0,8}",
        again in "\\PC{0,8}",
    ) {
        let mut parts = sent.into_parts();
        for name in names {
            parts.fields.insert(name, "by hand".into());
        }
        let sent = Object::new(parts).expect("valid").into_file();
        let with = sent.with_found(found(&content));
        prop_assert_eq!(with.as_sent(), sent.clone());
        prop_assert_eq!(with.found(), found(&content));
        prop_assert_eq!(with.with_found(found(&again)), sent.with_found(found(&again)));
        // A change of what was sent is one of what was sent alone.
        let patch = ObjectPatch::of_fields(sent.identity.clone(), vec![("a".into(), Some("new".into()))]);
        let patched = patch.apply(&with.as_sent()).expect("valid");
        prop_assert_eq!(&patched, &patch.apply(&sent).expect("valid"));
        prop_assert!(patched.is_file());
    }
}
