//! Whatever is asked, an answer has the form that strict clients want, and nothing that is hidden or cannot be had.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{bought, click, event, often, post, seen, send, served};
use crate::support::Chance;

const MODELS: [&str; 24] = [
    "test_reco",
    "item_detail_alternatives",
    "item_detail_visual_alternatives",
    "item_detail_complements",
    "basket_popup",
    "basket",
    "favorites",
    "user_conversion_based",
    "user_click_based",
    "category",
    "brand",
    "top_categories",
    "trends",
    "news",
    "news_by_label",
    "discount",
    "discount_by_label",
    "last_seen",
    "recently_ordered",
    "article_items",
    "article_articles",
    "random",
    "random_news",
    "nobody knows",
];

fn pick<'a>(chance: &mut Chance, from: &[&'a str]) -> &'a str {
    from[chance.below(from.len() as u64) as usize]
}

/// Something that a careless client may send.
fn odd(chance: &mut Chance) -> Value {
    match chance.below(9) {
        0 => json!(null),
        1 => json!([]),
        2 => json!({}),
        3 => json!(-1),
        4 => json!(1e300),
        5 => json!("\u{0}'\"|:\\||*"),
        6 => json!([null, [], {"a": [1]}, "s1", 5, "x".repeat(2_000)]),
        7 => json!(true),
        _ => json!({"values": [null], "operator": "or"}),
    }
}

fn request(chance: &mut Chance) -> Value {
    const THINGS: [&str; 10] = [
        "s1",
        "h1",
        "l2",
        "cat-wear",
        "cat-hats",
        "brand-hill",
        "a1",
        "nobody",
        "s9",
        "Hill",
    ];
    let mut asked = json!({"recommendation_type": pick(chance, &MODELS)});
    let things = |chance: &mut Chance| {
        let count = chance.below(4);
        json!(
            (0..count)
                .map(|_| pick(chance, &THINGS))
                .collect::<Vec<_>>()
        )
    };
    for key in ["item_ids", "blacklisted_item_ids"] {
        asked[key] = if chance.below(5) == 0 {
            odd(chance)
        } else {
            things(chance)
        };
    }
    asked["user_id"] = if chance.below(4) == 0 {
        odd(chance)
    } else {
        json!(pick(chance, &["c1", "c2", "nobody"]))
    };
    for key in [
        "size",
        "hit_fields",
        "mark_fallback_results",
        "settings_override",
        "recommender_client_identifier",
    ] {
        if chance.below(3) == 0 {
            asked[key] = odd(chance);
        }
    }
    match chance.below(6) {
        0 => {
            asked["recommendation_context"] = json!({"color": {"values": ["red", "blue"], "operator": pick(chance, &["or", "and", "not"])}});
        }
        1 => {
            asked["recommendation_context"] =
                json!({"price_amount": {"values": [pick(chance, &["|20", "5|", "x|y", "|", ""])]}});
        }
        2 => asked["recommendation_context"] = json!({"_note": "canary", "_category": odd(chance)}),
        3 => asked["recommendation_context"] = odd(chance),
        _ => {}
    }
    asked
}

fn check(entry: &Value) {
    for key in [
        "generated_at",
        "recommendation_id",
        "recommendation_type",
        "recommender_client_identifier",
        "recommender",
        "recommender_version",
    ] {
        assert!(entry[key].is_string(), "{key} in {entry}");
    }
    assert!(entry["hits"].is_array(), "{entry}");
    for hit in entry["hits"].as_array().expect("just seen") {
        assert!(hit["url"].is_string() && hit["type"].is_string(), "{hit}");
        assert!(
            hit["attributes"]["title"].is_string() && hit["nested"].is_array(),
            "{hit}"
        );
        assert!(hit["exact"].is_boolean(), "{hit}");
        assert!(hit.get("fallback").is_none_or(Value::is_boolean), "{hit}");
        let text = hit.to_string();
        assert!(!text.contains("canary") && !text.contains("\"_"), "{hit}");
        assert!(!text.contains("null"), "{hit}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_has_the_form_that_strict_clients_want() {
    let server = served().await;
    let mut events = often("pair", 4, &["s1", "l1", "h2"]);
    events.extend(often("noise", 9, &["l2"]));
    for (at, keys) in [
        seen("s1"),
        click("h1"),
        bought(&["l1", "s2"]),
        seen("cat-hats"),
    ]
    .into_iter()
    .enumerate()
    {
        events.push(event(format!("own-{at}"), "c1", keys));
    }
    send(&server, &events).await;
    let mut chance = Chance::new();
    let mut answered = 0;
    for _ in 0..400 {
        let count = chance.below(4);
        let body = json!((0..count).map(|_| request(&mut chance)).collect::<Vec<_>>());
        let answer = post(&server, body.to_string()).await;
        if answer.status == 400 {
            assert!(answer.json()["error"].is_string(), "{}", answer.text());
            continue;
        }
        let found = answer.status(200).json();
        let entries = found.as_array().expect("an array");
        assert_eq!(entries.len() as u64, count, "{body}");
        let mut all = BTreeSet::new();
        for (asked, entry) in body.as_array().expect("sent").iter().zip(entries) {
            check(entry);
            let never = asked["blacklisted_item_ids"]
                .as_array()
                .into_iter()
                .flatten();
            let never: Vec<&Value> = never
                .chain(asked["item_ids"].as_array().into_iter().flatten())
                .collect();
            for hit in entry["hits"].as_array().expect("checked") {
                assert!(!never.contains(&&hit["url"]), "{asked}: {hit}");
                assert!(all.insert(hit["url"].to_string()), "twice: {hit}");
            }
        }
        answered += 1;
    }
    assert!(answered > 200, "{answered} of 400 were answered");
}
