//! Variants stand behind their master unless their type is asked for (docs/reference/05-search.md §9).

use serde_json::json;

use super::{Catalog, product, sent};
use crate::support::{ObjectJson, SearchCluster, TestServer, TestServerBuilder, eventually};

async fn shirts() -> Catalog {
    let small = json!({"title": "Linen shirt S", "code": "LS-100", "fit": "slim"});
    let medium = json!({"title": "Linen shirt M", "code": "LS-200"});
    let wide = json!({"title": "Straw hat, wide", "code": "SH-1"});
    Catalog::of([
        product("shirt", json!({"title": "Linen shirt"}))
            .nested(sent("variant", "shirt-s", small))
            .nested(sent("variant", "shirt-m", medium)),
        product("hat", json!({"title": "Straw hat"})).nested(sent("member", "hat-1", wide)),
    ])
    .await
}

#[tokio::test]
async fn a_variant_is_a_hit_only_where_its_type_is_asked_for() {
    let catalog = shirts().await;
    for (parameters, expected) in [
        ("", "hat shirt"),
        ("q=linen", "shirt"),
        ("f[]=type:product", "hat shirt"),
        ("f[]=type:variant", "shirt-m shirt-s"),
        ("f[]=type:member", "hat-1"),
        (
            "f[]=type:product&f[]=type:variant",
            "hat shirt shirt-m shirt-s",
        ),
        ("f_must[]=type:variant", "shirt-m shirt-s"),
        ("f[]=type:variant&f[]=fit:slim", "shirt-s"),
        ("f[]=identity:shirt-s", ""),
        ("f[]=identity:shirt-s&f[]=type:variant", "shirt-s"),
    ] {
        assert_eq!(
            catalog.found_any_order(parameters).await,
            expected,
            "{parameters}"
        );
    }
}

#[tokio::test]
async fn every_field_of_a_variant_makes_its_master_findable() {
    let catalog = shirts().await;
    for (word, expected) in [
        ("LS-200", "shirt"),
        ("slim", "shirt"),
        ("wide", "hat"),
        ("SH-1", "hat"),
    ] {
        assert_eq!(catalog.found(word).await, expected, "{word}");
    }
}

#[tokio::test]
async fn variants_are_counted_only_where_their_type_is_asked_for() {
    let catalog = shirts().await;
    let counts = catalog.counts("facets=type&size=0", "type").await;
    assert_eq!(counts, ["product 2"]);
    let answer = catalog.search("f[]=type:variant&size=0").await;
    assert_eq!(answer.total(), 2);
}

#[tokio::test]
async fn a_variant_sent_alone_is_an_object_like_any_other() {
    let catalog = Catalog::of([sent("variant", "alone", json!({"title": "Lone sleeve"}))]).await;
    assert_eq!(catalog.found("sleeve").await, "alone");
}

fn linen() -> [ObjectJson; 3] {
    let small = json!({"title": "Linen shirt S", "color": "red"});
    let medium = json!({"title": "Linen shirt M", "color": "blue"});
    [
        product("shirt", json!({"title": "Linen shirt", "price": 20}))
            .nested(sent("variant", "shirt-s", small))
            .nested(sent("variant", "shirt-m", medium)),
        product("hat", json!({"title": "Linen hat"})),
        product("cap", json!({"title": "Cap"})),
    ]
}

async fn best(server: TestServerBuilder, rules: &str) -> Catalog {
    let server = server
        .set_for_site("variants", "\"best\"")
        .set_for_site("rules", rules);
    let server = server.start().await;
    server.site().replace(linen()).await.ok();
    Catalog(server)
}

#[tokio::test]
async fn a_rule_may_name_a_master_or_one_of_its_variants() {
    check_rules(TestServer::builder()).await;
}

#[tokio::test]
async fn a_rule_may_name_a_master_or_one_of_its_variants_in_a_cluster() {
    if let Some(cluster) = SearchCluster::new() {
        check_rules(cluster.builder()).await;
    }
}

async fn check_rules(server: TestServerBuilder) {
    let catalog = best(
        server,
        r#"{ pins = [{ queries = ["linen"], objects = ["hat", "shirt"] },
                     { queries = ["cap"], objects = ["shirt"] },
                     { queries = ["shirt"], objects = ["cap", "shirt-m"] }],
             hides = [{ queries = ["red"], objects = ["shirt"] },
                      { queries = ["shirt red"], objects = ["shirt-s"] }] }"#
            .replace('\n', " ")
            .as_str(),
    )
    .await;
    for (query, expected) in [
        ("q=linen", "hat shirt-s"),
        ("q=cap", "shirt-s cap"),
        ("q=shirt", "cap shirt-s"),
        ("q=red", ""),
        ("q=shirt+red", "shirt-m"),
        ("q=linen&sort=title:asc", "hat shirt-s"),
    ] {
        let answer = catalog.search(query).await;
        assert_eq!(answer.identities().join(" "), expected, "{query}");
        let hits = answer.identities().len() as u64;
        assert_eq!(answer.total(), hits, "{query}");
    }
}

#[tokio::test]
async fn the_best_variants_come_and_go_with_their_master() {
    check_that_they_come_and_go(TestServer::builder()).await;
}

#[tokio::test]
async fn the_best_variants_come_and_go_with_their_master_in_a_cluster() {
    if let Some(cluster) = SearchCluster::new() {
        check_that_they_come_and_go(cluster.builder()).await;
    }
}

async fn check_that_they_come_and_go(server: TestServerBuilder) {
    let catalog = best(server, "{}").await;
    let site = catalog.0.site();
    assert_eq!(catalog.found_any_order("").await, "cap hat shirt-s");

    let dearer = json!({"type": "product", "identity": "shirt", "fields": {"price": 30}});
    site.patch([dearer]).await.ok();
    assert_eq!(catalog.found("f[]=price_amount:30").await, "shirt-s");
    assert_eq!(catalog.found("f[]=price_amount:20").await, "");

    let [shirt, ..] = linen();
    site.replace([shirt.key("nested", json!([]))]).await.ok();
    assert_eq!(
        catalog.found("q=linen+shirt&f[]=price_amount:20").await,
        "shirt"
    );
    assert_eq!(catalog.found_any_order("").await, "cap hat shirt");

    let [shirt, ..] = linen();
    site.replace([shirt]).await.ok();
    assert_eq!(catalog.found_any_order("").await, "cap hat shirt-s");
    site.delete([("product", "shirt")]).await.ok();
    assert_eq!(catalog.found_any_order("").await, "cap hat");
}

#[tokio::test]
async fn variants_of_no_object_yet_are_found_by_all_their_attributes() {
    check_first_variants(TestServer::builder()).await;
}

#[tokio::test]
async fn variants_of_no_object_yet_are_found_by_all_their_attributes_in_a_cluster() {
    if let Some(cluster) = SearchCluster::new() {
        check_first_variants(cluster.builder()).await;
    }
}

async fn check_first_variants(server: TestServerBuilder) {
    let server = server.set_for_site("variants", "\"best\"");
    let server = server.start().await;
    let site = server.site();
    let [shirt, ..] = linen();
    let objects = json!({ "objects": [serde_json::Value::from(shirt)] });
    let path = "/v1/content?extract=false&wait_for=visible";
    site.signed("POST", path, objects.to_string()).await.ok();
    let found = site.search("f[]=color:blue&facets=color").await;
    assert_eq!(found.identities(), ["shirt-m"]);
    assert_eq!(found.facet("color").len(), 2);
}

#[tokio::test]
async fn a_site_may_change_its_mind_about_variants() {
    check_changes_of_mind(TestServer::builder).await;
}

#[tokio::test]
async fn a_site_may_change_its_mind_about_variants_in_a_cluster() {
    if let Some(cluster) = SearchCluster::new() {
        check_changes_of_mind(|| cluster.builder()).await;
    }
}

async fn check_changes_of_mind(server: impl Fn() -> TestServerBuilder) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (variants, expected) in [
        ("inside", "cap hat shirt"),
        ("best", "cap hat shirt-s"),
        ("separate", "cap hat shirt shirt-m shirt-s"),
    ] {
        let server = server()
            .data_dir(folder.path())
            .set_for_site("variants", format!("{variants:?}"))
            .start()
            .await;
        if variants == "inside" {
            server.site().replace(linen()).await.ok();
        }
        let catalog = Catalog(server);
        // The index is made anew beside the old one.
        eventually(variants, async || {
            (catalog.found_any_order("").await == expected).then_some(())
        })
        .await;
        let linen = expected.split(' ').count() - 1;
        assert_eq!(catalog.search("q=linen").await.total() as usize, linen);
        catalog.0.stop().await;
    }
}
