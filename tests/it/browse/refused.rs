//! Objects that were refused in the last day, with their reasons.

use serde_json::{Value, json};

use super::{link, read};
use crate::support::{
    Answer, Figures, HandClock, SiteClient, TRACKER_ID, TestServer, eventually, product,
};

const PAGE: &str = "/browse/sites/1234-5678/refused";

/// The page, once it has these words.
async fn page_with(server: &TestServer, words: &str) -> Answer {
    eventually("a refused object on the page", async || {
        let page = server.get(PAGE).await.status(200);
        read(&page).contains(words).then_some(page)
    })
    .await
}

async fn refuse(site: &SiteClient, identity: &str) {
    let object = json!({"identity": identity, "type": "product", "fields": {"title": ""}});
    site.replace([object]).await.status(400);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_is_listed_with_its_reason_whoever_sent_it() {
    let clock = HandClock::new();
    let server = TestServer::builder()
        .clock(clock.clock())
        .set("date_tolerance_s", 900)
        .set_for_site("type_conflicts", "\"refuse\"")
        .start()
        .await;
    let page = server.get(PAGE).await.status(200);
    assert!(
        read(&page).contains("Nothing was refused."),
        "{}",
        read(&page)
    );
    let site = server.site();
    site.replace([product("p1").field("weight", 5)]).await.ok();
    // On reading, in the engine, without a name, of what is not there.
    site.replace([
        json!({"identity": "p2", "type": "product", "fields": {"title": ""}}),
        json!({"identity": "p3", "type": "product", "fields": {"title": "x", "weight": "heavy"}}),
        json!({"type": "product", "fields": {"title": "x"}}),
        json!("nothing"),
    ])
    .await
    .status(400);
    site.patch([json!({"identity": "p4", "fields": {"color": "red"}})])
        .await
        .status(400);
    site.delete([("product", "p5")]).await.status(400);
    let page = page_with(&server, "p5").await;
    let words = read(&page);
    for expected in [
        "p2 title: must be filled product POST",
        "p3 weight: `heavy` is not of the type",
        "without an identity identity: is missing product POST",
        "without an identity object: must be a hash POST",
        "p4 is not in the catalog PATCH",
        "p5 is not in the catalog product DELETE",
    ] {
        assert!(words.contains(expected), "`{expected}` in {words}");
    }
    assert!(!words.contains("p1"), "{words}");
    assert!(link(&page, "p2").ends_with("/object?identity=p2"));
    let site_page = server.get("/browse/sites/1234-5678").await.status(200);
    assert!(
        read(&site_page).contains("In the last day objects were refused: which, and why."),
        "{}",
        read(&site_page)
    );

    // The same again is the same line; another reason is another.
    clock.go_on(600);
    refuse(&site, "p2").await;
    refuse(&site, "p2").await;
    let twice = json!({"identity": "p2", "type": "product", "active_from": "soon", "fields": {"title": "x"}});
    site.replace([twice]).await.status(400);
    let page = page_with(&server, "active_from: must be a date time").await;
    let words = read(&page_with(&server, "3 since").await);
    assert_eq!(words.matches("p2 ").count(), 2, "{}", read(&page));
    let figures = Figures::read(&server.get("/metrics").await.status(200).text());
    let of_site = [("site", TRACKER_ID)];
    assert_eq!(
        figures.find("vetrina_site_objects_refused_total", &of_site),
        Some(9.0)
    );

    // A day later they are gone, each by its own time.
    clock.go_on(24 * 3_600 - 300);
    let words = read(&server.get(PAGE).await.status(200));
    assert!(
        words.contains("p2 title") && !words.contains("p5"),
        "{words}"
    );
    clock.go_on(600);
    let words = read(&server.get(PAGE).await.status(200));
    assert!(words.contains("Nothing was refused."), "{words}");
}

/// The writer of a site goes when nobody writes; what was refused needs it all the same.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_outlives_the_server_and_is_bounded() {
    let folder = tempfile::tempdir().expect("a folder");
    let start = async || TestServer::builder().data_dir(folder.path()).start().await;
    let server = start().await;
    let site = server.site();
    let bad = |at: usize| json!({"identity": format!("p{at}"), "type": "product", "fields": {"title": ""}});
    for from in [0, 600] {
        let batch: Vec<Value> = (from..from + 700).map(bad).collect();
        site.replace(batch).await.status(400);
        eventually("refusals on the disk", async || {
            let words = read(&server.get(PAGE).await.status(200));
            words
                .contains(&format!("and {} more.", if from == 0 { 500 } else { 800 }))
                .then_some(())
        })
        .await;
    }
    refuse(&site, "last").await;
    server.stop().await;
    let server = start().await;
    let words = read(&server.get(PAGE).await.status(200));
    assert!(words.contains("last title: must be filled"), "{words}");
    assert!(words.contains("and 800 more."), "{words}");
    server.stop().await;
}
