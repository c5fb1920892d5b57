//! What goes with objects and with clients, one test for each row of docs/reference/06-autocomplete-and-others.md §7.3.

use serde_json::json;

use super::{bought, click, marked, often, own, seen, send, served, shown};

#[tokio::test]
async fn alternatives_are_of_its_category_alike_and_near_in_price() {
    let server = served().await;
    for model in [
        "item_detail_alternatives",
        "item_detail_visual_alternatives",
        "item_detail_alternatives_original",
    ] {
        let (urls, marks) = marked(&server, model, json!({"item_ids": ["s1"], "size": 4})).await;
        // The same and a bit dearer, then less alike, much dearer, then what lies in the category above.
        assert!(urls.starts_with("s2 s3 s4 h"), "{model}: {urls}");
        assert_eq!(marks, "----");
    }
    let (urls, marks) = marked(
        &server,
        "item_detail_alternatives",
        json!({"item_ids": ["nobody"], "size": 2}),
    )
    .await;
    assert!(!urls.is_empty());
    assert_eq!(marks, "ff");
}

#[tokio::test]
async fn complements_are_bought_together_cheaper_and_of_various_categories() {
    let server = served().await;
    let mut events = often("a", 5, &["s1", "h2"]);
    events.extend(often("b", 5, &["s1", "l1"]));
    events.extend(often("noise", 20, &["l2"]));
    send(&server, &events).await;
    let (urls, marks) = marked(
        &server,
        "item_detail_complements_1",
        json!({"item_ids": ["s1"], "size": 4}),
    )
    .await;
    assert!(
        urls.starts_with("h2 l1 h1"),
        "cheaper first, then beside it in the branch: {urls}"
    );
    assert_eq!(marks, "--ff");
    let (urls, marks) = marked(
        &server,
        "basket_popup",
        json!({"item_ids": ["s1"], "size": 3}),
    )
    .await;
    assert!(urls.starts_with("h2 l1 l2"), "{urls}");
    assert_eq!(marks, "--f");
}

#[tokio::test]
async fn what_goes_with_all_of_a_basket_comes_first() {
    let server = served().await;
    let mut events = often("a", 6, &["s1", "h2"]);
    events.extend(often("b", 4, &["s1", "l1"]));
    events.extend(often("c", 4, &["s4", "l1"]));
    events.extend(often("noise", 30, &["l2"]));
    send(&server, &events).await;
    for model in ["basket", "basket_recommender"] {
        let (urls, marks) =
            marked(&server, model, json!({"item_ids": ["s1", "s4"], "size": 2})).await;
        assert_eq!((urls.as_str(), marks.as_str()), ("l1 h2", "--"), "{model}");
    }
}

#[tokio::test]
async fn what_a_client_bought_is_its_own() {
    let server = served().await;
    let mut events = own(
        "c1",
        &[
            bought(&["h1"]),
            bought(&["s2"]),
            bought(&["s2"]),
            bought(&["l1"]),
        ],
    );
    events.extend(often("noise", 9, &["l2"]));
    for (at, event) in events.iter_mut().take(4).enumerate() {
        event["local_timestamp"] = json!(super::now_s() - 100 + at as u64);
    }
    send(&server, &events).await;
    let (urls, marks) = marked(&server, "favorites", json!({"user_id": "c1", "size": 4})).await;
    assert_eq!((urls.as_str(), marks.as_str()), ("s2 l1 h1 l2", "---f"));
    assert_eq!(
        shown(&server, "recently_ordered", json!({"user_id": "c1"})).await,
        "l1 s2 h1"
    );
    assert_eq!(
        shown(&server, "recently_ordered", json!({"user_id": "c2"})).await,
        ""
    );
    let (urls, marks) = marked(&server, "favorites", json!({"user_id": "c2", "size": 1})).await;
    assert_eq!((urls.as_str(), marks.as_str()), ("l2", "f"));
}

#[tokio::test]
async fn what_was_seen_and_not_bought_is_shown_again() {
    let server = served().await;
    let mut events = own(
        "7",
        &[
            seen("s1"),
            click("h1"),
            seen("l1"),
            bought(&["l1"]),
            seen("s9"),
            seen("cat-hats"),
        ],
    );
    for (at, event) in events.iter_mut().enumerate() {
        event["local_timestamp"] = json!(super::now_s() - 100 + at as u64);
    }
    send(&server, &events).await;
    // Neither what was bought, nor what cannot be had, nor what is no product. A number is the same client.
    assert_eq!(
        shown(&server, "last_seen", json!({"user_id": 7})).await,
        "h1 s1"
    );
    assert_eq!(
        shown(
            &server,
            "last_seen",
            json!({"user_id": "7", "item_ids": ["h1"]})
        )
        .await,
        "s1"
    );
    assert_eq!(
        shown(&server, "last_seen", json!({"user_id": "8"})).await,
        ""
    );
}

#[tokio::test]
async fn what_a_client_bought_or_clicked_leads_to_more() {
    let server = served().await;
    let mut events = often("pair", 5, &["h1", "l1"]);
    events.extend(often("noise", 20, &["l2"]));
    events.extend(own("c1", &[bought(&["h1"]), click("s1"), click("h1")]));
    send(&server, &events).await;
    let (urls, marks) = marked(
        &server,
        "user_conversion_based",
        json!({"user_id": "c1", "size": 2}),
    )
    .await;
    assert_eq!((urls.as_str(), marks.as_str()), ("l1 l2", "-f"));
    let (urls, marks) = marked(
        &server,
        "user_click_based",
        json!({"user_id": "c1", "size": 2}),
    )
    .await;
    assert_eq!((urls.as_str(), marks.as_str()), ("s2 s3", "--"));
    for model in ["user_conversion_based", "user_click_based"] {
        let (urls, marks) = marked(&server, model, json!({"user_id": "c7", "size": 1})).await;
        assert_eq!(
            (urls.as_str(), marks.as_str()),
            ("l2", "f"),
            "{model}: without history trends"
        );
    }
}
