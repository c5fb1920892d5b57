//! Values several levels deep, booleans and links: what `q` and what filters find
//! (docs/reference/04-data-layout.md §1, §9).

use serde_json::{Value, json};

use super::{Catalog, product};
use crate::support::{TestServer, object};

async fn deep() -> Catalog {
    let one = json!({
        "deep2": {"data": {"x": "wombat", "n": 7, "open": true, "at": "2024-01-10"}},
        "parts": [{"maker": {"name": "Quokka Ltd"}}, {"maker": {"name": "Numbat"}}],
        "lists": [["dingo"], [{"in": "bilby"}]],
        "handmade": true
    });
    let other = json!({
        "deep2": {"data": {"x": "koala", "n": 9, "open": false, "at": "2024-02-10"}},
        "handmade": false
    });
    Catalog::of([product("one", one), product("other", other)]).await
}

#[tokio::test]
async fn values_at_every_depth_are_found_by_words() {
    let catalog = deep().await;
    for word in ["wombat", "quokka", "numbat", "dingo", "bilby", "true"] {
        assert_eq!(catalog.found(&format!("q={word}")).await, "one", "{word}");
    }
    assert_eq!(catalog.found("q=false").await, "other");
}

#[tokio::test]
async fn values_at_every_depth_are_filtered_counted_and_sorted_by_their_path() {
    let catalog = deep().await;
    for (filter, expected) in [
        ("f[]=deep2.data.x:wombat", "one"),
        ("neg_f[]=deep2.data.x:wombat", "other"),
        ("f[]=deep2.data.n:8|", "other"),
        ("f[]=deep2.data.open:true", "one"),
        ("f[]=deep2.data.at:|2024-01-31", "one"),
        ("f[]=parts.maker.name:Numbat", "one"),
        ("f[]=lists:dingo", "one"),
        ("f[]=lists.in:bilby", "one"),
        ("f[]=lists.in:value_missing", "other"),
        ("sort=deep2.data.n:desc", "other one"),
        ("sort=deep2.data.x:desc", "one other"),
    ] {
        assert_eq!(catalog.found(filter).await, expected, "{filter}");
    }
    let counts = catalog
        .counts("facets=deep2.data.x&size=0", "deep2.data.x")
        .await;
    assert_eq!(counts, ["koala 1", "wombat 1"]);
}

#[tokio::test]
async fn an_update_by_query_asks_for_values_at_every_depth() {
    let catalog = deep().await;
    let site = catalog.0.site();
    let criteria = json!({"deep2": {"data": {"x": "wombat"}}});
    site.update(criteria, json!({"mark": "x"})).await;
    assert_eq!(catalog.found("f[]=mark:x").await, "one");
    let criteria = json!({"parts": [{"maker": {"name": "Nobody"}}]});
    site.update(criteria, json!({"mark": "y"})).await;
    assert_eq!(catalog.found("f[]=mark:y").await, "");
}

#[tokio::test]
async fn an_explanation_names_where_a_word_stands() {
    let catalog = deep().await;
    let answer = catalog.search("q=wombat&explain=true").await;
    let words = &answer.hit("one")["explanation"]["words"];
    assert_eq!(words[0]["met_by"], "wombat");
    assert_eq!(words[0]["attributes"], json!(["deep2.data.x"]));
}

#[tokio::test]
async fn a_deep_value_never_refuses_an_object() {
    let server = TestServer::start().await;
    let site = server.site();
    let deep = |value: Value| json!({"a": {"b": value}});
    let objects = [
        object("product", "number").field("deep", deep(json!(5))),
        object("product", "text").field("deep", deep(json!("five"))),
        object("product", "list").field("deep", deep(json!([true, {"c": [1, "x"]}]))),
    ];
    site.replace(objects).await.status(201);
    assert_eq!(site.search("f[]=deep.a.b:5").await.identities(), ["number"]);
    assert_eq!(site.search("five").await.identities(), ["text"]);
    // As deep as a body may be.
    let bottom = (0..55).fold(json!("bottom"), |inner, _| json!({ "k": inner }));
    let path = format!("chain{}", ".k".repeat(55));
    site.replace([object("product", "chain").field("chain", bottom)])
        .await
        .status(201);
    assert_eq!(site.search("bottom").await.identities(), ["chain"]);
    assert_eq!(
        site.search(&format!("f[]={path}:bottom"))
            .await
            .identities(),
        ["chain"]
    );
}

#[tokio::test]
async fn maps_whose_keys_are_data_leave_room_for_attributes() {
    let server = TestServer::start().await;
    let site = server.site();
    let key = "k".repeat(40);
    for round in 0..12 {
        let stock: serde_json::Map<String, Value> = (0..1_500)
            .map(|n| (format!("{key}{round}-{n}"), json!({"amount": "many"})))
            .collect();
        let object = object("product", &format!("p{round}")).field("stock", json!({ "by": stock }));
        site.replace([object]).await.status(201);
    }
    // More than a site may have came, and yet:
    site.replace([object("product", "new").field("fresh", "yes")])
        .await
        .status(201);
    assert_eq!(site.search("f[]=fresh:yes").await.identities(), ["new"]);
    // A thousand of one object, and what finds no room is found by words.
    let path = |n| format!("f[]=stock.by.{key}0-{n}.amount:many");
    assert_eq!(site.search(&path(999)).await.total(), 1);
    assert_eq!(site.search(&path(1_000)).await.total(), 0);
    assert_eq!(site.search("q=many&size=0").await.total(), 12);
}

#[tokio::test]
async fn links_are_found_by_words_only_where_the_site_wants_it() {
    for (search_links, expected) in [(false, 0), (true, 1)] {
        let server = TestServer::builder()
            .set_for_site("search_links", search_links)
            .start()
            .await;
        let site = server.site();
        let linked = object("product", "p")
            .field("web_url", "/catalog/gingham")
            .field("image_link_s", "/img/paisley.png")
            .field(
                "deep",
                json!({"inner": {"url": "/see/houndstooth", "note": "plaid"}}),
            );
        site.replace([linked]).await.ok();
        for word in ["gingham", "paisley", "houndstooth"] {
            assert_eq!(site.search(word).await.total(), expected, "{word}");
        }
        assert_eq!(site.search("plaid").await.total(), 1);
        assert_eq!(site.search("f[]=web_url:/catalog/gingham").await.total(), 1);
    }
}
