//! Bodies as pages and back ends send them.

use rstest::rstest;
use serde_json::json;

use super::*;
use crate::domain::FilterTree;

fn read(body: &Value) -> Result<Vec<RecommendRequest>, BadRecommend> {
    read_recommend(body.to_string().as_bytes())
}

fn one(keys: Value) -> RecommendRequest {
    let mut body = json!({"recommendation_type": "trends"});
    let Value::Object(keys) = keys else {
        panic!("keys are a map")
    };
    body.as_object_mut().expect("a map").extend(keys);
    read(&body).expect("it is good").remove(0)
}

#[rstest]
#[case::no_json("[{]", BadRecommend::Syntax)]
#[case::nothing("", BadRecommend::Syntax)]
#[case::text("\"a\"", BadRecommend::Syntax)]
#[case::number("5", BadRecommend::Syntax)]
#[case::null("null", BadRecommend::Syntax)]
#[case::no_maps("[1]", BadRecommend::Syntax)]
#[case::no_type("[{}]", BadRecommend::NoType)]
#[case::null_type("[{\"recommendation_type\":null}]", BadRecommend::NoType)]
#[case::blank_type("{\"recommendation_type\":\" \"}", BadRecommend::NoType)]
fn what_cannot_be_answered_is_refused(#[case] body: &str, #[case] why: BadRecommend) {
    assert_eq!(read_recommend(body.as_bytes()).err(), Some(why));
}

#[test]
fn a_body_has_so_many_requests() {
    let body = |count: usize| json!(vec![json!({"recommendation_type": "trends"}); count]);
    assert_eq!(read(&body(20)).map(|read| read.len()), Ok(20));
    assert_eq!(read(&body(21)).err(), Some(BadRecommend::TooMany));
    assert_eq!(read(&json!([])).map(|read| read.len()), Ok(0));
}

/// [`Asked`] is compared by what it is asked for in tests alone.
impl PartialEq for RecommendRequest {
    fn eq(&self, other: &Self) -> bool {
        format!("{self:?}") == format!("{other:?}")
    }
}

#[test]
fn what_is_left_out_has_its_usual_value() {
    let asked = one(json!({}));
    assert_eq!(asked.client_identifier, "trends");
    assert_eq!(asked.query.size, 10);
    assert_eq!(asked.query.availability_field.as_str(), "availability");
    assert!(asked.query.user.is_none() && asked.user_id.is_null());
    assert!(asked.query.about.is_empty() && asked.query.restrictions.is_empty());
    assert!(!asked.marks_fallback);
    assert!(asked.query.projection.only.is_none());
}

#[rstest]
#[case(json!(3), 3)]
#[case(json!("7"), 7)]
#[case(json!(50), 50)]
#[case(json!(51), 50)]
#[case(json!(1e300), 50)]
#[case(json!(0), 10)]
#[case(json!(-4), 10)]
#[case(json!("many"), 10)]
#[case(json!(null), 10)]
#[case(json!([]), 10)]
fn sizes(#[case] sent: Value, #[case] size: usize) {
    assert_eq!(one(json!({"size": sent})).query.size, size);
}

#[test]
fn identities_are_texts_or_numbers_and_ten_of_them_count() {
    let sent: Vec<Value> = (0..30).map(|n| json!(n)).collect();
    let asked = one(json!({"item_ids": sent, "blacklisted_item_ids": ["a", "a", null, {}, "", 7]}));
    let about: Vec<&str> = asked.query.about.iter().map(Identity::as_str).collect();
    assert_eq!(about, ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
    assert_eq!(asked.query.never.len(), 2);
    assert_eq!(one(json!({"item_ids": "sku-1"})).query.about.len(), 1);
    assert!(one(json!({"item_ids": null})).query.about.is_empty());
}

#[test]
fn who_asks_is_a_text_or_a_number_and_is_repeated_as_sent() {
    for (sent, user) in [
        (json!("c9"), Some("c9")),
        (
            json!(401_267_318_254_711_900_u64),
            Some("401267318254711900"),
        ),
        (json!(null), None),
        (json!(""), None),
    ] {
        let asked = one(json!({"user_id": sent}));
        assert_eq!(asked.query.user.as_ref().map(ClientId::as_str), user);
        assert_eq!(asked.user_id, sent);
    }
    assert!(one(json!({"user_id": [1]})).user_id.is_null());
}

#[test]
fn fields_are_an_array_or_a_text() {
    for sent in [json!(["title", "web_url"]), json!("title, web_url")] {
        let only = one(json!({"hit_fields": sent})).query.projection.only;
        let only = only.expect("a list");
        assert!(only.len() == 2 && only.contains("web_url"), "{only:?}");
    }
    assert!(
        one(json!({"hit_fields": []}))
            .query
            .projection
            .only
            .is_none()
    );
}

#[test]
fn restrictions_are_filters() {
    let trees = |context: Value| {
        let asked = one(json!({"recommendation_context": context}));
        let trees = asked.query.restrictions.iter();
        trees.map(shown).collect::<Vec<_>>().join("; ")
    };
    for (context, expected) in [
        (json!({"size": "M"}), "or(size:M)"),
        (
            json!({"size": 42, "is_new": true}),
            "or(size:42); or(is_new:true)",
        ),
        (
            json!({"color": ["black", "blue"]}),
            "or(color:black color:blue)",
        ),
        (
            json!({"color": {"values": ["black", "blue"], "operator": "or"}}),
            "or(color:black color:blue)",
        ),
        (
            json!({"color": {"values": ["a", "b"], "operator": "and"}}),
            "and(color:a color:b)",
        ),
        (
            json!({"color": {"values": "a", "operator": "NOT"}}),
            "not(color:a)",
        ),
        (
            json!({"price_amount": {"values": ["4.2|"]}}),
            "or(price_amount:4.2|)",
        ),
        (
            json!({"_category": {"values": ["Wear", "Socks"], "operator": "and"}}),
            "all_categories_path:Wear||Socks",
        ),
        (json!({"_category": "Socks"}), "or(category:Socks)"),
        (json!({"color": {"values": []}, "size": null}), ""),
        (json!([]), ""),
        (json!(null), ""),
    ] {
        assert_eq!(trees(context.clone()), expected, "{context}");
    }
}

fn shown(tree: &FilterTree) -> String {
    let list = |name: &str, members: &[FilterTree]| {
        let members: Vec<String> = members.iter().map(shown).collect();
        format!("{name}({})", members.join(" "))
    };
    match tree {
        FilterTree::Leaf(filter) => {
            format!("{}:{}", filter.field, filter.asked.text().unwrap_or("?"))
        }
        FilterTree::All(members) => list("and", members),
        FilterTree::Any(members) => list("or", members),
        FilterTree::None(members) => list("not", members),
    }
}

#[rstest]
#[case(json!("a"), BadRecommend::Context)]
#[case(json!([1]), BadRecommend::Context)]
#[case(json!({"color": {"operator": "or"}}), BadRecommend::Context)]
#[case(json!({"color": {"values": [{}]}}), BadRecommend::Context)]
#[case(json!({"color": {"values": ["a"], "operator": "xor"}}), BadRecommend::Context)]
#[case(json!({"color": vec!["a"; 501]}), BadRecommend::TooComplex)]
fn restrictions_that_mean_nothing_are_refused(#[case] context: Value, #[case] why: BadRecommend) {
    let body = json!({"recommendation_type": "trends", "recommendation_context": context});
    assert_eq!(read(&body).err(), Some(why));
}
