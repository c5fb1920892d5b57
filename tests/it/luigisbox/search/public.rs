//! `/search` as a public endpoint: who may call it, and what it answers when it cannot
//! (docs/reference/01-auth.md §7, docs/reference/05-search.md §10, docs/reference/07-http-principles.md §6).

use serde_json::json;

use super::{Catalog, product};

#[tokio::test]
async fn anyone_who_names_a_site_may_search_it() {
    let catalog = Catalog::of([product("p", json!({}))]).await;
    for target in [
        "/search?tracker_id=1234-5678",
        "/search/?tracker_id=1234-5678",
        "//search?tracker_id=1234-5678&v=1",
    ] {
        let response = catalog.get(target).await;
        assert_eq!(response.status, 200, "{target}");
        for (name, value) in [
            ("content-type", "application/json; charset=utf-8"),
            ("cache-control", "no-store"),
            ("access-control-allow-origin", "*"),
        ] {
            assert_eq!(response.header(name), Some(value), "{target}");
        }
    }
}

#[tokio::test]
async fn a_site_must_be_named_and_known() {
    let catalog = Catalog::of([product("p", json!({}))]).await;
    let unknown = catalog
        .get("/search?tracker_id=000000-000000&q=x")
        .await
        .status(404);
    assert_eq!(
        unknown.text(),
        r#"Catalog for tracker_id: "000000-000000" not found."#
    );
    assert_eq!(
        unknown.header("content-type"),
        Some("text/plain; charset=utf-8")
    );
    assert_eq!(unknown.header("access-control-allow-origin"), Some("*"));

    let missing = catalog.get("/search?q=x").await.status(400);
    assert_eq!(missing.json(), json!({"error": "tracker_id is missing"}));
}

#[tokio::test]
async fn other_methods_are_refused() {
    let catalog = Catalog::of([product("p", json!({}))]).await;
    let target = "/search?tracker_id=1234-5678";
    for method in ["PUT", "DELETE", "PATCH"] {
        let refused = catalog
            .0
            .site()
            .signed(method, target, "")
            .await
            .status(405);
        assert_eq!(refused.json(), json!({"error": "Method not allowed"}));
        assert_eq!(refused.header("allow"), Some("GET, HEAD, POST, OPTIONS"));
        assert_eq!(refused.header("access-control-allow-origin"), Some("*"));
    }
}

#[tokio::test]
async fn every_answer_has_an_id_of_its_own() {
    let catalog = Catalog::of([product("p", json!({}))]).await;
    let one = catalog.search("").await.json()["guid"].clone();
    let other = catalog.search("").await.json()["guid"].clone();
    for guid in [&one, &other] {
        let guid = uuid::Uuid::parse_str(guid.as_str().expect("a text")).expect("a uuid");
        assert_eq!(guid.get_version_num(), 4);
    }
    assert_ne!(one, other);
}

#[tokio::test]
async fn malformed_parameters_never_break_a_search() {
    let catalog = Catalog::of([product("p", json!({"n": 1}))]).await;
    for parameters in [
        "q=%FF%FE&f[]=%00:%00",
        "q=%22%27%28%2A%29%7E%5E+AND+OR+NOT+-%2B%7C",
        "f[]=n:%7C&f[]=n:NaN&f[]=n:inf|-inf&f[]=n:1e999",
        "f[]=:&f_must[]=:x&neg_f[]=%3A%3A",
        "sort=:asc&facets=,:,::&hit_fields=,&remove_fields=,,",
        "sort=n:sideways&facets=n:-5,n:x",
        "size=&page=&from=&q=&sort=&facets=",
        "&&&=&=x&q",
        "page=99999999999999999999&size=99999999999999999999&from=99999999999999999999",
    ] {
        let answer = catalog.search(&format!("v=1&{parameters}")).await;
        assert!(answer.total() <= 1, "{parameters}");
    }
    let long = "x".repeat(15_000);
    let answer = catalog.search(&format!("q={long}&neg_f[]=n:{long}")).await;
    assert_eq!(answer.total(), 0);
}
