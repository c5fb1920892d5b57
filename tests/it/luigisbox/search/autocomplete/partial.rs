//! Which suggestions have all that was typed, which only some of it, and which words those have.

use serde_json::{Value, json};

use super::{Catalog, product, sent};

async fn shop() -> Catalog {
    Catalog::of([
        product("p1", json!({"title": "Wool socks"})),
        product("p2", json!({"title": "Wool gloves"})),
        product("p3", json!({"title": "Žluté ponožky"})),
        product("p4", json!({"title": "Headphones wireless"})),
        product("p5", json!({"title": "Bolt", "product_code": "AB-1234/56"})),
        sent("category", "c1", json!({"title": "Wool"})),
    ])
    .await
}

impl Catalog {
    /// Exact hits, partial hits, words of the latter.
    async fn counted(&self, parameters: &str) -> (u64, u64, Vec<String>) {
        let answer = self.suggested(parameters).await;
        let count = |name: &str| answer[name].as_u64().expect("a number");
        let terms = answer["partial_match_terms"].as_array().expect("a list");
        let terms = terms
            .iter()
            .map(|term| term.as_str().expect("a text").to_owned());
        (
            count("exact_match_hits_count"),
            count("partial_match_hits_count"),
            terms.collect(),
        )
    }
}

#[tokio::test]
async fn hits_are_counted_by_how_much_of_the_text_they_have() {
    let catalog = shop().await;
    for (parameters, exact, partial, terms) in [
        ("q=wool&type=product:6", 2, 0, &[][..]),
        ("q=wool&type=product:6,category:3", 3, 0, &[]),
        ("q=wool&type=product:1", 1, 0, &[]),
        // A word that is being typed is met by what begins so.
        ("q=wool+so&type=product:6", 1, 0, &[]),
        ("q=zlut&type=product:6", 1, 0, &[]),
        // One of two words.
        ("q=wool+unobtainium&type=product:2", 0, 2, &["wool"]),
        (
            "q=WOOL+unobtainium&type=product:2,category:1",
            0,
            3,
            &["WOOL"],
        ),
        (
            "q=unobtainium+%C5%BDlut%C3%A9+&type=product:6",
            0,
            1,
            &["Žluté"],
        ),
        // All words, one of them misspelled: that is no exact match.
        ("q=wool+glovse+&type=product:6", 0, 1, &["wool", "glovse"]),
        ("q=zzzz&type=product:6", 0, 0, &[]),
    ] {
        let counted = catalog.counted(parameters).await;
        let terms: Vec<String> = terms.iter().map(|&term| term.to_owned()).collect();
        assert_eq!(counted, (exact, partial, terms), "{parameters}");
    }
}

#[tokio::test]
async fn complete_words_and_the_one_being_typed_may_be_misspelled() {
    let catalog = shop().await;
    for (typed, expected) in [
        ("glovse", "p2"),
        ("wol+glov", "p2"),
        ("haedphones+wire", "p4"),
        // Being typed, and long enough.
        ("haedph", "p4"),
        ("headphnoes+wirel", "p4"),
        ("headphones+wierle", "p4"),
        // Too short to be a misspelling of anything.
        ("hxa", ""),
    ] {
        let suggested = catalog
            .suggestions(&format!("q={typed}&type=product:3"))
            .await;
        assert_eq!(suggested, expected, "{typed}");
    }
}

#[tokio::test]
async fn codes_are_met_by_their_beginning() {
    let catalog = shop().await;
    for typed in ["ab", "ab-12", "AB-1234", "ab1234", "ab-1234/56", "ab123456"] {
        let suggested = catalog
            .suggestions(&format!("q={typed}&type=product:3"))
            .await;
        assert_eq!(suggested, "p5", "{typed}");
    }
}

/// The answer of the reference for a text of which only some words are met.
#[tokio::test]
async fn the_documented_answer_for_some_words() {
    let catalog = shop().await;
    let mut answer = catalog
        .suggested("q=wool+unobtainium&type=product:2&hit_fields=title")
        .await;
    answer["guid"].take();
    let hit = |url: &str, title: &str, plain: &str| -> Value {
        json!({"url": url, "attributes": {"title": title, "title.untouched": plain},
               "nested": [], "type": "product"})
    };
    assert_eq!(
        answer,
        json!({"exact_match_hits_count": 0, "partial_match_hits_count": 2, "partial_match_terms": ["wool"],
               "hits": [hit("p1", "<em>Wool</em> socks", "Wool socks"),
                        hit("p2", "<em>Wool</em> gloves", "Wool gloves")],
               "campaigns": [], "guid": null})
    );
}

/// `wood` was suggested for `wool`, and `camp` for `lamp`.
#[tokio::test]
async fn a_word_that_is_there_is_not_replaced_by_a_misspelling() {
    let catalog = Catalog::of([
        product("mittens", json!({"title": "Wool mittens"})),
        product("stove", json!({"title": "Twig wood stove"})),
        product("oven", json!({"title": "Cast iron camp oven"})),
        product("saw", json!({"title": "Folding saw"})),
        product(
            "tools",
            json!({"title": "Hammer", "description": "Made for wood."}),
        ),
        sent("category", "acc", json!({"title": "Tool accessories"})),
    ])
    .await;
    for (parameters, expected, exact, terms) in [
        ("q=wool&type=product:6,category:3", "mittens", 1, &[][..]),
        ("q=wool+&type=product:6,category:3", "mittens", 1, &[]),
        ("q=wool&type=category:3,product:6", "mittens", 1, &[]),
        (
            "q=wool+unobtainium&type=product:6,category:3",
            "mittens",
            0,
            &["wool"],
        ),
        (
            "q=unobtainium+wool&type=product:6,category:3",
            "mittens",
            0,
            &["wool"],
        ),
        (
            "q=wool+mitens&type=product:6,category:3",
            "mittens",
            0,
            &["wool", "mitens"],
        ),
        ("q=woll&type=product:6", "mittens", 0, &["woll"]),
        ("q=woll+&type=product:6", "mittens", 0, &["woll"]),
        (
            "q=woll+mitt&type=product:6",
            "mittens",
            0,
            &["woll", "mitt"],
        ),
        // No object has both as typed: then one that has them misspelled is better than none.
        (
            "q=wool+stove&type=product:6",
            "stove",
            0,
            &["wool", "stove"],
        ),
        // Of a few letters that are being typed the first one is right.
        ("q=lamp&type=product:6", "", 0, &[]),
        ("q=lamp+&type=product:6", "oven", 0, &["lamp"]),
        ("q=cmap&type=product:6", "oven", 0, &["cmap"]),
        ("q=saw&type=product:6", "saw", 1, &[]),
    ] {
        assert_eq!(
            catalog.suggestions(parameters).await,
            expected,
            "{parameters}"
        );
        let counted = catalog.counted(parameters).await;
        let partial = expected.split(' ').filter(|it| !it.is_empty()).count() as u64 - exact;
        let terms: Vec<String> = terms.iter().map(|&term| term.to_owned()).collect();
        assert_eq!(counted, (exact, partial, terms), "{parameters}");
    }
}

#[tokio::test]
async fn a_search_with_a_word_that_is_nowhere_takes_the_others_as_they_are() {
    let catalog = Catalog::of([
        product("mittens", json!({"title": "Wool mittens"})),
        product("stove", json!({"title": "Twig wood stove"})),
    ])
    .await;
    for (text, expected) in [
        ("wool unobtainium", "mittens"),
        ("unobtainium wood", "stove"),
        ("woll unobtainium", "mittens"),
        ("wool", "mittens stove"),
    ] {
        let parameters = format!("f[]=type:product&q={}", text.replace(' ', "+"));
        let found = catalog.0.site().search(&parameters).await;
        assert_eq!(found.identities().join(" "), expected, "{text}");
    }
}
