//! Query rules of a site (docs/reference/05-search.md §2 `use_fixits`, §4 `suggested_url`).

use serde_json::json;

use super::{Catalog, product};
use crate::support::TestServer;

const RULES: &str = r#"{
    redirects = [{ queries = ["Opening hours"], url = "/contact?from=search" }],
    pins = [{ queries = ["socks"], objects = ["hat", "b"] }],
    hides = [{ queries = ["socks", "wool"], objects = ["a"] }],
}"#;

async fn ruled() -> Catalog {
    let server = TestServer::builder().set_for_site("rules", RULES.replace('\n', " "));
    let server = server.start().await;
    let objects = [
        product("a", json!({"title": "Wool socks", "color": "red"})),
        product("b", json!({"title": "Cotton socks", "color": "blue"})),
        product("c", json!({"title": "Silk socks", "color": "blue"})),
        product("hat", json!({"title": "Hat", "color": "red"})),
    ];
    server.site().replace(objects).await.ok();
    Catalog(server)
}

#[tokio::test]
async fn pins_and_hides_hold_for_hits_counts_facets_and_pages() {
    let catalog = ruled().await;
    let answer = catalog.search("q=SOCKS&facets=color").await;
    assert_eq!(answer.identities(), ["hat", "b", "c"]);
    assert_eq!(answer.total(), 3);
    assert_eq!(
        catalog.counts("q=socks&facets=color", "color").await,
        ["blue 2", "red 1"]
    );
    assert_eq!(catalog.found("q=socks&size=2&page=2").await, "c");
    assert_eq!(catalog.found("q=socks&f[]=color:red").await, "hat");
    assert_eq!(catalog.found("q=wool").await, "");
    assert_eq!(
        catalog.found_any_order("").await,
        "a b c hat",
        "without a query"
    );
}

#[tokio::test]
async fn rules_can_be_left_out_by_the_request() {
    let catalog = ruled().await;
    for (parameters, expected) in [
        ("q=wool", ""),
        ("q=wool&use_fixits=1", ""),
        ("q=wool&use_fixits=true", ""),
        ("q=wool&use_fixits=", ""),
        ("q=wool&use_fixits=0", "a"),
        ("q=wool&use_fixits=false", "a"),
    ] {
        assert_eq!(catalog.found(parameters).await, expected, "{parameters}");
    }
}

#[tokio::test]
async fn a_redirect_is_suggested_with_the_query_that_led_there() {
    let catalog = ruled().await;
    let answer = catalog.search("q=opening+HOURS").await;
    assert_eq!(
        answer.json()["results"]["suggested_url"],
        "/contact?from=search&lb_redirected_from=opening%20HOURS"
    );
    for parameters in ["q=opening", "q=opening+hours&use_fixits=0", "q=socks"] {
        let answer = catalog.search(parameters).await;
        let results = answer.json()["results"].as_object().expect("results");
        assert!(!results.contains_key("suggested_url"), "{parameters}");
    }
    // While somebody types, the whole query leads there, and no beginning of it.
    let suggested = async |parameters: &str| {
        let path = format!("/autocomplete/v2?tracker_id=1234-5678&type=product:2&{parameters}");
        let answer = catalog.get(&path).await.status(200).json();
        assert_eq!(answer["hits"], json!([]), "{parameters}");
        answer.get("suggested_url").cloned()
    };
    assert_eq!(
        suggested("q=opening+HOURS").await,
        Some(json!(
            "/contact?from=search&lb_redirected_from=opening%20HOURS"
        ))
    );
    for parameters in ["q=opening+hour", "q=opening+hours&use_fixits=0"] {
        assert_eq!(suggested(parameters).await, None, "{parameters}");
    }
}
