//! What a shop does on its first day, through the whole server: send, find, change, remove, upload
//! again; and find it all after a restart. Each endpoint has tests of its own elsewhere.

use serde_json::json;

use crate::support::{Launch, TestServer, article, category, product};

#[tokio::test]
async fn what_is_sent_is_found_and_what_is_removed_is_not() {
    let server = TestServer::start().await;
    let site = server.site();
    let red_shoe = product("p1")
        .title("Red shoe")
        .nested(category("c1").title("Shoes"));
    site.replace([red_shoe, product("p2").title("Blue hat")])
        .await
        .status(201);
    assert_eq!(
        site.search("q=shoe&f[]=type:product").await.identities(),
        ["p1"]
    );
    assert_eq!(site.search("f[]=type:category").await.identities(), ["c1"]);

    let green = json!({"identity": "p1", "fields": {"title": "Green shoe"}});
    site.patch([green]).await.status(200);
    let found = site.search("green").await;
    assert_eq!(found.hit("p1")["attributes"]["title"], "Green shoe");

    site.delete([("product", "p1")]).await.status(200);
    assert_eq!(site.search("q=shoe&f[]=type:product").await.total(), 0);
    assert_eq!(
        site.search("facets=type&size=0").await.facet("type"),
        [("category".to_owned(), 1), ("product".to_owned(), 1),]
    );
}

#[tokio::test]
async fn a_committed_generation_is_all_that_remains_of_its_type() {
    let server = TestServer::start().await;
    let site = server.site();
    let old = ["p1", "p2"].map(|identity| product(identity).generation("monday"));
    site.replace(old).await.ok();
    site.replace([article("a1").generation("monday")])
        .await
        .ok();
    site.replace([product("p2").generation("tuesday")])
        .await
        .ok();
    site.commit("product", "tuesday").await.ok();
    let mut left = site.search("").await.identities();
    left.sort();
    assert_eq!(left, ["a1", "p2"]);
}

#[tokio::test]
async fn sites_of_one_server_do_not_see_each_other() {
    let server = TestServer::builder().site("2-2", "other").start().await;
    let (mine, theirs) = (server.site(), server.site_with("2-2", "other"));
    mine.replace([product("p1")]).await.ok();
    theirs.replace([product("p2")]).await.ok();
    assert_eq!(mine.search("").await.identities(), ["p1"]);
    assert_eq!(theirs.search("").await.identities(), ["p2"]);
    server
        .site_with("2-2", "secret")
        .replace([product("p3")])
        .await
        .status(401);
}

#[tokio::test]
async fn a_restarted_server_has_everything() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let start = async || TestServer::builder().data_dir(folder.path()).start().await;
    let first = start().await;
    first
        .site()
        .replace([product("p1").title("Red shoe")])
        .await
        .ok();
    first.stop().await;
    let second = start().await;
    assert_eq!(second.site().search("red").await.identities(), ["p1"]);
}

#[tokio::test]
async fn a_killed_server_has_everything_it_acknowledged() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let launch = Launch::new(folder.path());
    let first = launch.start();
    first.ready().await;
    first
        .site()
        .replace([product("p1").title("Red shoe")])
        .await
        .ok();
    first.kill();
    let second = launch.start();
    second.ready().await;
    assert_eq!(second.site().search("red").await.identities(), ["p1"]);
}
