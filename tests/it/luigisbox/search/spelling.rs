//! Words that are misspelled, written together or apart, or occur nowhere (docs/reference/05-search.md §4, §6).

use serde_json::{Value, json};

use super::{Catalog, product};
use crate::support::SearchAnswer;

async fn search(shop: &Catalog, typed: &str) -> SearchAnswer {
    let typed: String = form_urlencoded::byte_serialize(typed.as_bytes()).collect();
    shop.search(&format!("q={typed}")).await
}

fn corrected(answer: &SearchAnswer) -> &Value {
    &answer.json()["results"]["corrected_query"]
}

async fn shop() -> Catalog {
    let titled = [
        ("red-shoes", "Red running shoes"),
        ("headset", "Stereo headset"),
        ("tee", "Cotton T-shirt"),
        ("lotion", "Body lotion 500 ml"),
        ("tv", "Television 15\" 2.9 kg"),
        ("router", "Wi-Fi router TN-2110"),
        ("skoda", "Škoda model car"),
        ("tokyo", "東京タワー poster"),
    ];
    Catalog::of(titled.map(|(identity, title)| product(identity, json!({"title": title})))).await
}

#[tokio::test]
async fn misspelled_words_are_found_and_corrected() {
    let shop = shop().await;
    for (typed, found, html) in [
        // Inserted, left out, changed, swapped; one edit from four letters on, two from eight.
        (
            "shooes",
            "red-shoes",
            "<strike>shooes</strike> <b>shoes</b>",
        ),
        ("shes", "red-shoes", "<strike>shes</strike> <b>shoes</b>"),
        ("shoez", "red-shoes", "<strike>shoez</strike> <b>shoes</b>"),
        ("sheos", "red-shoes", "<strike>sheos</strike> <b>shoes</b>"),
        (
            "tilevisoin",
            "tv",
            "<strike>tilevisoin</strike> <b>television</b>",
        ),
        (
            "red sheos",
            "red-shoes",
            "red <strike>sheos</strike> <b>shoes</b>",
        ),
        (
            "stereoheadset",
            "headset",
            "<strike>stereoheadset</strike> <b>stereo headset</b>",
        ),
    ] {
        let answer = search(&shop, typed).await;
        assert_eq!(
            answer.identities().first().map(String::as_str),
            Some(found),
            "{typed}"
        );
        assert_eq!(*corrected(&answer), html, "{typed}");
        assert_eq!(answer.hit(found)["exact"], false, "{typed}");
    }
}

#[tokio::test]
async fn short_words_and_words_with_digits_are_taken_as_typed() {
    let shop = shop().await;
    for typed in ["rad", "tn2111", "501ml", "abcdefgh"] {
        let answer = search(&shop, typed).await;
        assert_eq!(answer.total(), 0, "{typed}");
        let struck = format!("<strike>{typed}</strike>");
        assert_eq!(*corrected(&answer), struck.as_str());
    }
}

#[tokio::test]
async fn a_word_that_occurs_nowhere_is_dropped_and_struck() {
    let shop = shop().await;
    let answer = search(&shop, "Shoes whiskeyxyz<b>").await;
    assert_eq!(answer.identities(), ["red-shoes"]);
    assert_eq!(
        *corrected(&answer),
        "Shoes <strike>whiskeyxyz&lt;b&gt;</strike>"
    );
    assert_eq!(answer.hit("red-shoes")["exact"], false);
}

#[tokio::test]
async fn what_is_written_together_or_apart_is_the_same() {
    let shop = shop().await;
    for (typed, found) in [
        ("head set", "headset"),
        ("tshirt", "tee"),
        ("t shirt", "tee"),
        ("T-Shirt", "tee"),
        ("wifi", "router"),
        ("wi fi", "router"),
        ("500ml", "lotion"),
        ("500 ml", "lotion"),
        ("500-ml lotion", "lotion"),
        ("15 inch", "tv"),
        ("15\"", "tv"),
        ("2.9", "tv"),
        ("2,9kg", "tv"),
        ("tn2110", "router"),
        ("TN 2110", "router"),
        ("skoda", "skoda"),
        ("ŠKODA", "skoda"),
        ("S\u{30c}koda", "skoda"),
        ("京", "tokyo"),
        ("タワー", "tokyo"),
    ] {
        let answer = search(&shop, typed).await;
        assert_eq!(answer.identities(), [found], "{typed}");
        assert_eq!(*corrected(&answer), Value::Null, "{typed}");
        assert_eq!(answer.hit(found)["exact"], true, "{typed}");
    }
}

#[tokio::test]
async fn exact_words_come_before_misspelled_ones_and_those_before_some_of_the_words() {
    let shop = Catalog::of([
        product("one-word", json!({"title": "Blue boots", "boost": 3})),
        product("misspelled", json!({"title": "Blue shoez", "boost": 2})),
        product(
            "elsewhere",
            json!({"title": "Boots", "text": "blue shoes", "boost": 1}),
        ),
        product("in-title", json!({"title": "Blue shoes"})),
    ])
    .await;
    assert_eq!(
        shop.found("q=blue%20shoes").await,
        "in-title elsewhere misspelled"
    );
    let answer = search(&shop, "blue shoes").await;
    assert_eq!(*corrected(&answer), Value::Null);
}

#[tokio::test]
async fn typos_are_not_looked_for_where_enough_has_the_words() {
    let exact = (0..10).map(|n| product(&format!("shoe-{n}"), json!({"title": "Shoes"})));
    let near = product("shoos", json!({"title": "Shoos"}));
    let shop = Catalog::of_list(exact.chain([near]).collect()).await;
    assert_eq!(search(&shop, "shoes").await.total(), 10);
    assert_eq!(search(&shop, "shoos").await.total(), 11);
}
