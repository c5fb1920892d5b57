//! Cursors and what they are read from.

use proptest::prelude::*;
use rstest::rstest;

use super::*;

const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

fn begin(query: &str) -> Cursor {
    Cursor::begin(&QueryString::parse(query).expect("few parameters")).expect("good parameters")
}

#[rstest]
#[case("", 300)]
#[case("size=2", 2)]
#[case("size=500", 500)]
#[case("size=501", 500)]
#[case("size=99999999999999999999", 300)]
#[case("size=0", 300)]
#[case("size=-5", 300)]
#[case("size=many", 300)]
fn a_page_has_a_size(#[case] query: &str, #[case] size: usize) {
    assert_eq!(begin(query).scan(NOW).limit, size);
}

#[rstest]
#[case("", &["query"], false)]
#[case("requested_types=product, _file,a/b,", &["product", "file"], true)]
#[case("requested_types=query", &["query"], true)]
#[case("requested_types=a/b", &[], true)]
#[case("form=import&requested_types=brand", &["brand"], true)]
fn types_are_listed_or_all_but_queries(
    #[case] query: &str,
    #[case] names: &[&str],
    #[case] is_only: bool,
) {
    let types: Vec<ObjectType> = names
        .iter()
        .map(|name| ObjectType::new(name).expect("a type"))
        .collect();
    let expected = if is_only {
        TypesWanted::Only(types)
    } else {
        TypesWanted::AllBut(types)
    };
    assert_eq!(begin(query).scope(NOW).types, expected);
}

#[test]
fn an_import_wants_everything_there_is() {
    let scope = begin("form=import").scope(NOW);
    assert_eq!(scope, Scope::default());
    assert_eq!(begin("").scope(NOW).active_at, Some(NOW));
    let query = QueryString::parse("form=csv").expect("few parameters");
    assert_eq!(
        Cursor::begin(&query).expect_err("no such form").name,
        "form"
    );
}

#[test]
fn a_link_is_good_for_ten_minutes() {
    let cursor = begin("size=7&hit_fields=a,č&requested_types=x").of(1000);
    let next = cursor.next(ScanPosition(9), NOW);
    let after = |ms| Timestamp::from_millis(NOW.as_millis() + ms);
    let read = Cursor::read(&next.to_string(), after(LINK_VALID_MS)).expect("just good");
    assert_eq!(read, next);
    assert_eq!(read.scan(NOW).after, ScanPosition(9));
    assert_eq!(
        Cursor::read(&next.to_string(), after(LINK_VALID_MS + 1)),
        Err(BadCursor::Expired)
    );
}

#[test]
fn what_this_server_did_not_write_is_no_cursor() {
    let huge = Cursor {
        size: 10_000,
        ..begin("").next(ScanPosition(1), NOW)
    };
    let far = begin("").next(ScanPosition(u64::MAX), NOW);
    for text in ["abc", "", "e30", "%%%", &huge.to_string(), &far.to_string()] {
        assert_eq!(
            Cursor::read(text, NOW),
            Err(BadCursor::Unreadable),
            "{text}"
        );
    }
}

proptest! {
    #[test]
    fn no_text_is_too_odd_for_a_cursor(text in ".{0,60}") {
        prop_assert!(Cursor::read(&text, NOW).is_err());
    }
}
