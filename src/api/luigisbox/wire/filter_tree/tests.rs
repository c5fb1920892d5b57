//! Bodies of POST `/search` and the trees they are read as.

use proptest::prelude::*;
use rstest::rstest;
use serde_json::json;

use super::*;

/// A tree as one line: `(a:1 & !(b:2 | c:3))`.
fn line(tree: &FilterTree) -> String {
    let list = |members: &[FilterTree], between: &str| {
        let members: Vec<String> = members.iter().map(line).collect();
        format!("({})", members.join(between))
    };
    match tree {
        FilterTree::Leaf(filter) => format!(
            "{}:{}",
            filter.field,
            filter.asked.text().unwrap_or_default()
        ),
        FilterTree::All(members) => list(members, " & "),
        FilterTree::Any(members) => list(members, " | "),
        FilterTree::None(members) => format!("!{}", list(members, " | ")),
    }
}

fn read(body: &Value) -> Result<Vec<String>, BadFilters> {
    let read = read_filters(body.to_string().as_bytes())?;
    let lines = read
        .iter()
        .map(|filter| format!("{} {}", filter.object_type, line(&filter.tree)));
    Ok(lines.collect())
}

fn product(node: &Value) -> Value {
    json!({"filters": {"product": node}})
}

#[rstest]
#[case(json!({"filter": "brand:Yamaha"}), "product brand:Yamaha")]
#[case(json!({"filter": "time:10:30"}), "product time:10:30")]
#[case(
    json!({"and": [
        {"or": [{"filter": "brand:Yamaha"}, {"filter": "brand:Casio"}]},
        {"filter": "price_amount:100|500"},
        {"not": [{"filter": "color:black"}]}
    ]}),
    "product ((brand:Yamaha | brand:Casio) & price_amount:100|500 & !(color:black))"
)]
#[case(json!({"not": [{"filter": "a:1"}, {"filter": "b:2"}]}), "product !(a:1 | b:2)")]
#[case::several_keys(json!({"filter": "a:1", "not": [{"filter": "b:2"}]}), "product (a:1 & !(b:2))")]
#[case::one_node_for_a_list(json!({"or": {"filter": "a:1"}}), "product (a:1)")]
#[case::list_with_gaps(json!({"or": {"0": {"filter": "a:1"}, "7": {"filter": "b:2"}}}), "product (a:1 | b:2)")]
#[case::without_a_colon(json!({"or": [{"filter": "a"}, {"filter": "b:2"}]}), "product (b:2)")]
#[case::empty_among_others(json!({"and": [{"or": []}, [], {}, {"filter": "b:2"}]}), "product (b:2)")]
fn trees_are_read(#[case] node: Value, #[case] expected: &str) {
    assert_eq!(read(&product(&node)), Ok(vec![expected.to_owned()]));
}

#[test]
fn each_type_has_its_tree() {
    let body = json!({"filters": {
        "product": {"filter": "a:1"}, "_file": {"filter": "b:2"}, "no type": {"filter": "c:3"}
    }});
    assert_eq!(
        read(&body),
        Ok(vec!["product a:1".to_owned(), "file b:2".to_owned()])
    );
}

#[rstest]
#[case(json!({}))]
#[case(json!([]))]
#[case(json!({"filters": null}))]
#[case(json!({"filters": []}))]
#[case(json!({"filters": {}, "other": 1}))]
#[case(product(&json!({})))]
#[case(product(&json!([])))]
#[case(product(&json!({"and": []})))]
#[case(product(&json!({"or": [{"not": []}]})))]
#[case(product(&json!({"filter": "no colon"})))]
fn what_asks_for_nothing_is_no_filter(#[case] body: Value) {
    assert_eq!(read(&body), Ok(Vec::new()));
}

#[test]
fn an_empty_body_is_no_filter() {
    for body in ["", " \n"] {
        assert_eq!(read_filters(body.as_bytes()), Ok(Vec::new()));
    }
}

#[rstest]
#[case("{")]
#[case("nonsense")]
#[case("{\"filters\":{}} x")]
#[case("\u{feff}{}")]
fn what_is_no_json_is_told(#[case] body: &str) {
    assert_eq!(read_filters(body.as_bytes()), Err(BadFilters::Syntax));
}

#[rstest]
#[case(json!("text"), "body")]
#[case(json!({"filters": "brand:A"}), "filters")]
#[case(json!({"filters": [{"filter": "a:b"}]}), "filters")]
#[case(product(&json!("brand:A")), "filters.product")]
#[case(product(&json!({"xor": []})), "filters.product")]
#[case(product(&json!({"and": "brand:A"})), "filters.product")]
#[case(product(&json!({"and": [{"filter": "a:1"}, {"not": [{"filter": 5}]}]})), "filters.product.and[1].not[0]")]
fn what_is_no_tree_is_told_with_its_place(#[case] body: Value, #[case] place: &str) {
    let Err(BadFilters::Shape { path, .. }) = read(&body) else {
        panic!("{body} is no tree");
    };
    assert_eq!(path, place);
}

fn nested(levels: usize) -> Value {
    let innermost = json!({"filter": "a:1"});
    product(&(0..levels).fold(innermost, |node, _| json!({"and": [node]})))
}

#[test]
fn trees_have_a_greatest_depth() {
    assert!(read(&nested(FilterTree::DEPTH_MAX)).is_ok());
    for levels in [FilterTree::DEPTH_MAX + 1, 30, 100_000] {
        // Written by hand: a value that deep cannot be printed.
        let (open, close) = ("{\"and\":[".repeat(levels), "]}".repeat(levels));
        let body = format!(r#"{{"filters":{{"product":{open}{{"filter":"a:1"}}{close}}}}}"#);
        let read = read_filters(body.as_bytes());
        assert_eq!(read, Err(BadFilters::TooComplex), "{levels}");
    }
}

#[test]
fn all_trees_together_have_a_greatest_number_of_leaves() {
    let leaves = |count: usize| {
        let (one, other): (Vec<_>, Vec<_>) = (0..count)
            .map(|n| json!({"filter": format!("a:{n}")}))
            .partition(|leaf| leaf["filter"].as_str() < Some("a:3"));
        json!({"filters": {"product": {"or": one}, "article": {"or": other}}})
    };
    assert!(read(&leaves(FilterTree::LEAVES_MAX)).is_ok());
    let more = leaves(FilterTree::LEAVES_MAX + 1);
    assert_eq!(read(&more), Err(BadFilters::TooComplex));
}

proptest! {
    #[test]
    fn no_body_makes_it_panic(body in "[{}\\[\\]\",:a-z0-9 ]{0,60}") {
        let _ = read_filters(body.as_bytes());
    }
}
