//! Every row of docs/reference/04-data-layout.md §5 that is derived.

use proptest::prelude::*;
use rstest::rstest;
use serde_json::Value;

use super::*;
use crate::domain::testing::{any_object, category, fields, json, nested, object, parts};

fn derived(attributes: &Value, nested: &[Value]) -> Derived {
    let mut attributes = attributes.clone();
    attributes["title"] = json!("T");
    derive(&object(&attributes, nested))
}

/// The derived attributes of these names, in the order of the expectation.
fn assert_has(found: &Fields, expected: &Value) {
    for (name, value) in fields(expected).iter() {
        assert_eq!(found.get(name.as_str()), Some(value), "{name}");
    }
}

fn assert_lacks(found: &Fields, names: &[&str]) {
    for name in names {
        assert_eq!(found.get(name), None, "{name}");
    }
}

#[test]
fn an_object_without_anything_has_boost_rules_and_original_url() {
    let derived = derived(&json!({}), &[]);
    let expected = json!({"boost": 0, "boosted_via": [], "original_url": "p"});
    assert_eq!(derived.returned, fields(&expected));
    assert!(derived.filter_only.is_empty());
}

#[test]
fn the_original_url_is_the_legacy_url_when_one_was_sent() {
    let mut parts = parts(&json!({"title": "T"}), &[]);
    parts.legacy_url = Some("/p".to_owned());
    let derived = derive(&Object::new(parts).expect("valid"));
    assert_has(&derived.returned, &json!({"original_url": "/p"}));
}

#[test]
fn two_category_paths_give_titles_levels_and_paths() {
    let nested = [
        category(&["Apparel", "Men", "T-shirts"]),
        category(&["Collections", "New Arrivals"]),
    ];
    let derived = derived(&json!({}), &nested);
    let titles = ["Apparel", "Men", "T-shirts", "Collections", "New Arrivals"];
    assert_has(
        &derived.returned,
        &json!({
            "category": titles,
            "all_categories": titles,
            "category_lvl_1": ["Apparel", "Collections"],
            "category_lvl_2": ["Men", "New Arrivals"],
            "category_lvl_3": ["T-shirts"],
            "categories_lvl_1": ["Apparel", "Collections"],
            "categories_lvl_3": ["T-shirts"],
            "main_category_lvl_1": "Apparel",
            "main_category_lvl_2": "Men",
            "main_category_lvl_3": "T-shirts",
            "category_upto_lvl_1": ["Apparel", "Collections"],
            "category_upto_lvl_2": ["Apparel|Men", "Collections|New Arrivals"],
            "category_upto_lvl_3": ["Apparel|Men|T-shirts"],
        }),
    );
    assert_lacks(
        &derived.returned,
        &["category_lvl_4", "category_path", "hierarchy"],
    );
    assert_has(
        &derived.filter_only,
        &json!({
            "category_path": "Apparel||Men||T-shirts",
            "all_categories_path": [
                "Apparel",
                "Apparel||Men",
                "Apparel||Men||T-shirts",
                "Collections",
                "Collections||New Arrivals",
            ],
        }),
    );
}

#[test]
fn shared_levels_stand_once_and_the_first_category_is_primary() {
    let nested = [
        category(&["A", "B"]),
        category(&["A"]),
        category(&["A", "C"]),
    ];
    let derived = derived(&json!({}), &nested);
    assert_has(
        &derived.returned,
        &json!({
            "category": ["A", "B", "C"],
            "categories_lvl_1": ["A"],
            "main_category_lvl_2": "B",
            "category_upto_lvl_2": ["A|B", "A|C"],
        }),
    );
    assert_has(
        &derived.filter_only,
        &json!({"category_path": "A||B", "all_categories_path": ["A", "A||B", "A||C"]}),
    );
}

#[test]
fn a_level_the_primary_path_does_not_reach_has_no_main_category() {
    let derived = derived(&json!({}), &[category(&["A"]), category(&["B", "C"])]);
    assert_has(&derived.returned, &json!({"main_category_lvl_1": "A"}));
    assert_has(&derived.returned, &json!({"categories_lvl_2": ["C"]}));
    assert_lacks(&derived.returned, &["main_category_lvl_2"]);
}

#[test]
fn levels_end_at_five_and_paths_do_not() {
    let derived = derived(&json!({}), &[category(&["1", "2", "3", "4", "5", "6"])]);
    assert_has(
        &derived.returned,
        &json!({"category_upto_lvl_5": ["1|2|3|4|5"]}),
    );
    assert_lacks(
        &derived.returned,
        &["category_lvl_6", "category_upto_lvl_6"],
    );
    assert_has(
        &derived.filter_only,
        &json!({"category_path": "1||2||3||4||5||6"}),
    );
}

#[test]
fn a_category_has_a_hierarchy_and_no_category_of_its_own() {
    let attributes = json!({"ancestors": [{"title": "Wear"}, {"fields": {"title": "Men"}}]});
    let derived = derived(&attributes, &[]);
    assert_has(&derived.returned, &json!({"hierarchy": ["Wear", "Men"]}));
    assert_lacks(
        &derived.returned,
        &["category", "all_categories", "category_lvl_1"],
    );
    assert_lacks(
        &derived.filter_only,
        &["category_path", "all_categories_path"],
    );
}

#[test]
fn what_was_sent_wins() {
    let sent = json!({
        "category": "Sent", "category_lvl_1": "x", "category_path": "x", "price": "5",
        "price_amount": 7, "boost": 3, "original_url": "x", "bool_tags": ["x"], "on_sale": true,
        "color": "red", "color_code": "x", "nested_category_title": "x", "hierarchy": "x",
        "ancestors": [{"title": "A"}],
    });
    let derived = derived(&sent, &[category(&["A"])]);
    for (name, _) in fields(&sent).iter() {
        assert_lacks(&derived.returned, &[name.as_str()]);
        assert_lacks(&derived.filter_only, &[name.as_str()]);
    }
    assert_has(&derived.returned, &json!({"all_categories": ["A"]}));
}

#[rstest]
#[case::only_nested(json!(null), json!(["N", "M"]))]
#[case::sent_first(json!("S"), json!(["S", "N", "M"]))]
#[case::each_once(json!(["M", "S"]), json!(["M", "S", "N"]))]
#[case::none_missing(json!(["M", "N"]), json!(null))]
#[case::empty_sent(json!(""), json!(["N", "M"]))]
#[case::number_sent(json!(501), json!([501, "N", "M"]))]
fn nested_brands_are_merged_with_the_brand_sent(#[case] sent: Value, #[case] merged: Value) {
    let brand = |title: &str| json!({"identity": title, "type": "brand", "title": title});
    let attributes = if sent.is_null() {
        json!({})
    } else {
        json!({ "brand": sent })
    };
    let derived = derived(&attributes, &[brand("N"), brand("M"), brand("N")]);
    let expected = fields(&json!({ "brand": merged }));
    assert_eq!(derived.returned.get("brand"), expected.get("brand"));
}

#[test]
fn a_discount_is_what_the_price_is_below_the_old_one() {
    let attributes = json!({"price": "16.99 zł", "price_old": "22.99 zł"});
    assert_has(
        &derived(&attributes, &[]).returned,
        &json!({
            "price_amount": 16.99,
            "price_old_amount": 22.99,
            "discount_price_absolute_amount": 6.0,
            "discount_price_percentage_amount": 26.1,
            "discount_price_proportion_amount": 0.261,
        }),
    );
}

#[rstest]
#[case::no_old_price(json!({"price": 10}))]
#[case::a_lower_old_price(json!({"price": 10, "price_old": 9}))]
#[case::an_unreadable_old_price(json!({"price": 10, "price_old": "ask"}))]
#[case::a_negative_price(json!({"price": -5, "price_old": 0}))]
fn there_is_no_discount_without_a_higher_old_price(#[case] attributes: Value) {
    assert_has(
        &derived(&attributes, &[]).returned,
        &json!({
            "discount_price_absolute_amount": 0.0,
            "discount_price_percentage_amount": 0.0,
            "discount_price_proportion_amount": 0.0,
        }),
    );
}

#[test]
fn amounts_sent_count_before_amounts_read_from_prices() {
    let attributes = json!({"price": "from 3", "price_amount": 8, "price_old_amount": "10"});
    let found = derived(&attributes, &[]).returned;
    assert_has(&found, &json!({"discount_price_absolute_amount": 2.0}));
    assert_lacks(&found, &["price_amount", "price_old_amount"]);

    let found = derived(&json!({"price_amount": 8, "price_old_amount": 10}), &[]).returned;
    assert_has(&found, &json!({"discount_price_proportion_amount": 0.2}));
}

#[test]
fn every_further_price_has_amounts_and_discounts_of_its_own() {
    let attributes = json!({"price_eur": "8,00 €", "price_eur_old": "10,00 €"});
    let found = derived(&attributes, &[]).returned;
    assert_has(
        &found,
        &json!({
            "price_eur_amount": 8.0,
            "price_eur_old_amount": 10.0,
            "discount_price_eur_absolute_amount": 2.0,
            "discount_price_eur_percentage_amount": 20.0,
            "discount_price_eur_proportion_amount": 0.2,
        }),
    );
    assert_lacks(
        &found,
        &[
            "price_amount",
            "discount_price_absolute_amount",
            "discount_price_eur_old_absolute_amount",
        ],
    );
}

#[test]
fn what_states_no_amount_has_none() {
    let attributes = json!({
        "price": "on request", "price_list": ["5"], "price_map": {"a": 1}, "price_flag": true,
        "priceless": 5, "old_price": 5, "price_text_amount_note": "none",
    });
    let derived = derived(&attributes, &[]);
    let amounts = derived
        .returned
        .iter()
        .filter(|(name, _)| name.as_str().ends_with("_amount"));
    assert_eq!(amounts.count(), 0);
}

#[test]
fn nested_values_can_be_filtered_by_type_and_field() {
    let entries = [
        json!({"identity": "v1", "type": "variant", "fields": {"title": "Red", "size": ["S", "M"],
            "stock": 3, "new": true, "empty": "", "map": {"a": 1}, "_secret": "x", "id": 17}}),
        json!({"identity": "v2", "type": "variant", "fields": {"title": "Blue", "size": "L"}}),
        category(&["A", "B"]),
    ];
    let found = derived(&json!({}), &entries).filter_only;
    assert_has(
        &found,
        &json!({
            "nested_variant_url": ["v1", "v2"],
            "nested_variant_id": ["v1", 17, "v2"],
            "nested_variant_title": ["Red", "Blue"],
            "nested_variant_size": ["S", "M", "L"],
            "nested_variant_stock": [3],
            "nested_variant_new": [true],
            "nested_variant__secret": ["x"],
            "nested_category_url": ["c-B"],
            "nested_category_title": ["B"],
        }),
    );
    assert_lacks(
        &found,
        &[
            "nested_variant_empty",
            "nested_variant_map",
            "nested_category_ancestors",
        ],
    );
}

#[test]
fn colors_have_codes_under_the_name_of_their_attribute() {
    let attributes = json!({
        "color": ["White", "Sea~#00aabb", "unheard of"], "color_group": "Red",
        "color_note": "as pictured", "main_color": "blue",
    });
    let found = derived(&attributes, &[]).returned;
    assert_has(
        &found,
        &json!({"color_code": ["#ffffff", "#00aabb"], "color_group_code": ["#ff0000"]}),
    );
    assert_lacks(
        &found,
        &["color_note_code", "main_color_code", "color_code_code"],
    );
}

#[rstest]
#[case(json!({"on_sale": true, "new": false, "vegan": true, "_secret": true}), json!(["on_sale", "vegan"]))]
#[case(json!({"new": false}), json!([]))]
#[case(json!({"_secret": true, "text": "true"}), json!(null))]
fn bool_tags_name_the_visible_booleans_that_are_true(#[case] sent: Value, #[case] tags: Value) {
    let expected = fields(&json!({ "bool_tags": tags }));
    let found = derived(&sent, &[]).returned;
    assert_eq!(found.get("bool_tags"), expected.get("bool_tags"));
}

#[test]
fn a_nested_copy_derives_from_its_own_fields_only() {
    let entry = json!({"url": "/c", "type": "category", "title": "B", "price": "5 €",
        "ancestors": [{"title": "A"}]});
    let copy = nested(&entry).expect("valid");
    let expected = json!({
        "price_amount": 5.0,
        "discount_price_absolute_amount": 0.0,
        "discount_price_percentage_amount": 0.0,
        "discount_price_proportion_amount": 0.0,
        "boost": 0, "boosted_via": [], "original_url": "/c",
    });
    assert_eq!(derive_nested(&copy, &|_| true), fields(&expected));
}

proptest! {
    #[test]
    fn nothing_sent_is_derived_but_brand(object in any_object()) {
        let derived = derive(&object);
        for (name, _) in derived.returned.iter().chain(derived.filter_only.iter()) {
            prop_assert!(name.as_str() == "brand" || !object.fields.contains(name.as_str()));
        }
    }
}

proptest::proptest! {
    #[test]
    fn what_is_returned_is_a_part_of_everything(object in crate::domain::testing::any_object()) {
        let everything = derive(&object).returned;
        proptest::prop_assert_eq!(&derive_returned(&object, &|_| true), &everything);
        // Of `brand` that is merged the rest is sent: it is made whoever asks.
        let few = derive_returned(&object, &|name| name.ends_with("_amount"));
        for (name, value) in few.iter().filter(|(name, _)| name.as_str() != BRAND) {
            proptest::prop_assert!(name.as_str().ends_with("_amount"));
            proptest::prop_assert_eq!(everything.get(name.as_str()), Some(value));
        }
    }
}
