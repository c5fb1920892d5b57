//! What columns mean, and what is wrong with some.

use rstest::rstest;

use super::*;
use crate::domain::Number;

fn reader(object_type: Option<&str>) -> RowReader {
    RowReader {
        object_type: object_type.map(|name| ObjectType::new(name).expect("a type name")),
        numbers: HashSet::from(["price".to_owned()]),
        instants: HashSet::from(["active_to".to_owned(), "created".to_owned()]),
        deleted_column: Some("is_deleted".to_owned()),
    }
}

fn object(row: &str) -> Object {
    let generation = Generation::new("7").expect("a generation");
    match reader(Some("item")).read("k1", row, Some(&generation)) {
        Ok(ReadRow::Is(object)) => *object,
        other => panic!("{other:?}"),
    }
}

fn refused(row: &str) -> String {
    reader(Some("item"))
        .read("k1", row, None)
        .expect_err("a reason")
}

#[test]
fn columns_are_attributes_and_nulls_are_none() {
    let object = object(
        r#"{"key":12,"title":"Mug","price":19.90,"stock":null,"tags":["a","b"],"is_deleted":false}"#,
    );
    assert_eq!(object.identity.as_str(), "k1");
    assert_eq!(object.object_type.as_str(), "item");
    assert_eq!(
        object.generation.as_ref().map(Generation::as_str),
        Some("7")
    );
    let names: Vec<&str> = object
        .fields
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(names, ["title", "price", "tags"]);
    let price = object.fields.get("price");
    assert_eq!(price, Some(&FieldValue::Number(Number::Float(19.9))));
}

#[test]
fn reserved_columns_say_what_the_object_is() {
    let object = object(
        r#"{"key":1,"identity":"sku-1","type":"product","title":"x","active_to":"infinity",
            "active_from":"2026-01-02T03:04:05+00:00","fields":{"title":"Mug","color":"red"},
            "nested":[{"identity":"c1","type":"category","fields":{"title":"Cups"}}]}"#,
    );
    assert_eq!(object.identity.as_str(), "sku-1");
    assert_eq!(object.object_type.as_str(), "product");
    assert_eq!(object.fields.get("title"), Some(&"Mug".into()));
    assert_eq!(object.fields.get("color"), Some(&"red".into()));
    assert_eq!(object.active.to, None);
    assert!(object.active.from.is_some());
    assert_eq!(object.nested[0].title(), "Cups");
}

#[test]
fn a_row_that_counts_as_deleted_is_none() {
    let read = reader(Some("item")).read("k1", r#"{"key":1,"is_deleted":true}"#, None);
    assert!(matches!(read, Ok(ReadRow::Deleted)), "{read:?}");
}

#[test]
fn an_instant_without_an_end_is_no_attribute() {
    let object = object(r#"{"title":"x","created":"infinity","note":"infinity"}"#);
    assert!(!object.fields.contains("created"));
    assert!(object.fields.contains("note"));
}

#[rstest]
#[case(
    r#"{"title":"x","price":"NaN"}"#,
    "price: NaN is no number to search for"
)]
#[case(
    r#"{"title":"x","price":"-Infinity"}"#,
    "price: -Infinity is no number to search for"
)]
#[case(r#"{"key":1}"#, "title: must be filled")]
#[case(r#"{"title":"x","type":"a b"}"#, "type: must be a valid type name")]
#[case(r#"{"title":"x","identity":" "}"#, "identity: must be filled")]
#[case(r#"{"title":"x","nested":{}}"#, "nested: must be a JSON array")]
#[case(r#"{"title":"x","nested":[1]}"#, "nested: 0: must be a JSON object")]
#[case(r#"{"title":"x","fields":[]}"#, "fields: must be a JSON object")]
#[case(
    r#"{"title":"x","active_from":"soon"}"#,
    "active_from: must be a date time, such as 2019-05-17T21:12:35+00:00, 2019-05-17 21:12:35 or 2019-05-17"
)]
fn what_is_wrong_is_told_with_its_column(#[case] row: &str, #[case] reason: &str) {
    assert_eq!(refused(row), reason);
}

#[test]
fn a_nested_object_without_a_title_says_which() {
    let reason = refused(r#"{"title":"x","nested":[{"identity":"c","type":"category"}]}"#);
    assert!(reason.starts_with("nested: 0: "), "{reason}");
    assert!(reason.contains("title"), "{reason}");
}

#[test]
fn without_a_type_there_is_no_object() {
    let read = reader(None).read("k1", r#"{"title":"x"}"#, None);
    assert_eq!(read.expect_err("a reason"), "type: is missing");
}
