//! Names of attributes, of which a site may have a number (docs/reference/04-data-layout.md §2): what happens
//! when a feed uses them up, and when its objects are gone. What a crash does to that is in
//! `durability::names`.

use serde_json::{Value, json};

use crate::support::{
    Answer, Figures, ObjectJson, SiteClient, TRACKER_ID, TestServer, eventually, object, product,
};

/// The bound of a site, and names of one object.
pub(crate) const NAMES_MAX: usize = 20_000;
const NAMES: usize = 200;

/// Sends objects of a type of their own until no name is left; gives their identities.
pub(crate) async fn use_up(site: &SiteClient) -> Vec<String> {
    let mut identities = Vec::new();
    for batch in 0..4 {
        let objects: Vec<ObjectJson> = (0..NAMES_MAX / NAMES / 4)
            .map(|n| {
                let number = batch * NAMES_MAX / NAMES / 4 + n;
                identities.push(format!("junk-{number}"));
                let mut junk = object("junk", &format!("junk-{number}"));
                for attribute in 0..NAMES {
                    junk = junk.field(&format!("feed_{number}_{attribute}"), number);
                }
                junk
            })
            .collect();
        let answer = site.replace(objects).await.json();
        // The last of them does not find enough.
        identities.retain(|identity| answer["errors"].get(identity).is_none());
    }
    // The names all objects have took the place of the last of those.
    for attribute in 0..NAMES {
        let last = object("junk", &format!("last-{attribute}"));
        let answer = site
            .replace([last.field(&format!("last_{attribute}"), 1)])
            .await;
        if answer.status == 400 {
            return identities;
        }
        identities.push(format!("last-{attribute}"));
    }
    panic!("there is no end of names");
}

pub(crate) async fn remove(site: &SiteClient, identities: &[String]) {
    for some in identities.chunks(50) {
        let keys = some.iter().map(|identity| ("junk", identity.as_str()));
        site.delete(keys).await.ok();
    }
}

/// Sends an object until it is taken.
pub(crate) async fn taken(site: &SiteClient, object: impl Fn() -> ObjectJson) -> Answer {
    eventually("room for another name", async || {
        let answer = site.replace([object()]).await;
        (answer.status == 201).then_some(answer)
    })
    .await
}

async fn figure(server: &TestServer, name: &str) -> f64 {
    let page = server.get("/metrics").await.status(200);
    Figures::read(&page.text()).value(name, &[("site", TRACKER_ID)])
}

async fn freed(server: &TestServer, at_least: usize) {
    eventually("names that are free", async || {
        let freed = figure(server, "vetrina_attribute_names_freed_total").await;
        (freed as usize >= at_least).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn names_that_a_feed_used_up_are_free_once_its_objects_are_gone() {
    let server = TestServer::start().await;
    let site = server.site();
    let junk = use_up(&site).await;
    assert_eq!(
        figure(&server, "vetrina_attribute_names").await as usize,
        NAMES_MAX
    );
    assert_eq!(
        figure(&server, "vetrina_attribute_names_max").await as usize,
        NAMES_MAX
    );

    // What every shop has goes on being taken, with what is derived from it.
    let plain = product("plain")
        .field("price", "7.90 EUR")
        .field("price_old", "9 EUR")
        .field("availability", 1);
    site.replace([plain]).await.ok();
    let found = site.search("f[]=price_amount:7|8").await;
    assert_eq!(found.identities(), ["plain"]);
    let odd = || product("odd").field("wattage", 40);
    let refused = site.replace([odd()]).await.status(400).json();
    let reason = &refused["errors"]["odd"]["caused_by"]["fields"][0];
    let reason = reason.as_str().expect("a reason");
    assert!(
        reason.contains("20000") && reason.contains("delete the objects"),
        "{refused}"
    );
    // As long as the objects are there, nothing is free, and what they are found by stays.
    assert_eq!(site.search("f[]=feed_7_7:7").await.identities(), ["junk-7"]);

    remove(&site, &junk).await;
    taken(&site, odd).await;
    freed(&server, NAMES_MAX - 100).await;
    let names = figure(&server, "vetrina_attribute_names").await;
    assert!(names < 100.0, "{names}");
    assert_eq!(site.search("f[]=wattage:40").await.identities(), ["odd"]);
    assert_eq!(
        site.search("f[]=price_amount:7|8").await.identities(),
        ["plain"]
    );
    server.stop().await;
}

async fn facet(site: &SiteClient, name: &str) -> Value {
    let answer = site.search(&format!("facets={name}&size=0")).await;
    answer.json()["results"]["facets"][0].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_type_is_forgotten_with_the_last_object_and_old_values_answer_no_more() {
    let server = TestServer::start().await;
    let site = server.site();
    let marked = |identity: &str, generation: &str| product(identity).generation(generation);
    site.replace([marked("stays", "2").field("weight", 5)])
        .await
        .ok();
    let old = (0..20).map(|n| marked(&format!("old-{n}"), "1").field("size", n));
    site.replace(old).await.ok();
    assert_eq!(facet(&site, "size").await["type"], "float");
    // The one that stays has it as a text among numbers, until it is sent without.
    let misfit = marked("stays", "2")
        .field("size", "large")
        .field("weight", 5);
    let told = site.replace([misfit.clone()]).await.status(201).json();
    assert!(told["warnings"]["stays"].is_array(), "{told}");
    site.replace([marked("stays", "2").field("weight", 5)])
        .await
        .ok();

    site.commit("product", "2").await.ok();
    freed(&server, 1).await;
    // As if it had never been there.
    let answer = site.search_answer("sort=size:asc").await.status(400);
    assert!(
        answer.text().contains("Nonexisting attribute"),
        "{answer:?}"
    );
    let taken = site.replace([misfit]).await.status(201).json();
    assert_eq!(taken.get("warnings"), None, "{taken}");
    site.replace([marked("later", "2").field("size", "7")])
        .await
        .ok();
    // A type of its own, and nothing of the numbers that segments may still hold.
    let sizes = facet(&site, "size").await;
    assert_eq!(sizes["type"], "text", "{sizes}");
    let values: Vec<&str> = sizes["values"]
        .as_array()
        .expect("values")
        .iter()
        .filter_map(|value| value["value"].as_str())
        .collect();
    assert_eq!(values, ["7", "large"]);
    assert_eq!(site.search("f[]=size:0|20").await.total(), 0);
    assert_eq!(site.search("f[]=size:7").await.identities(), ["later"]);
    assert_eq!(
        site.search("sort=size:desc").await.identities(),
        ["stays", "later"]
    );
    assert_eq!(facet(&site, "weight").await["type"], "float");
    let patched = site.patch([product("later").field("size", "8")]).await;
    assert_eq!(patched.status(200).json().get("warnings"), None);
    let missing = site.search("f[]=size:value_missing").await;
    assert_eq!(missing.total(), 0, "{:?}", json!(missing.identities()));
    server.stop().await;
}
