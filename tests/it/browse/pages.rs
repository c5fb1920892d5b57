//! What the pages say of a catalog.

use serde_json::json;

use super::{link, read};
use vetrina::domain::Timestamp;

use crate::support::{HandClock, TestServer, product};

const SITE: &str = "/browse/sites/1234-5678";

#[tokio::test]
async fn a_site_says_what_it_holds_and_what_a_commit_would_delete() {
    let server = TestServer::start().await;
    let empty = server.get(SITE).await.status(200);
    assert!(read(&empty).contains("Nothing was sent yet."));
    let of = |identity: &str, generation: &str| {
        json!({"identity": identity, "type": "product", "generation": generation,
            "fields": {"title": identity, "color": "red", "_margin": 0.3}})
    };
    let site = server.site();
    site.replace([of("a", "2"), of("b", "1"), of("c", "2")])
        .await
        .ok();
    let list = server.get("/browse").await.status(200);
    assert!(
        read(&list).contains("1234-5678 serving none 3 Search"),
        "{}",
        read(&list)
    );
    let page = server.get(SITE).await.status(200);
    let words = read(&page);
    for expected in [
        "Objects 3 In the index 3",
        "product 3 2 2 · a commit deletes 1 1 1 · a commit deletes 2",
    ] {
        assert!(words.contains(expected), "{words}");
    }
    let commit = server
        .get(&link(&page, "a commit deletes 1"))
        .await
        .status(200);
    let words = read(&commit);
    assert!(
        words.contains("generation 2 . 1 objects") || words.contains("generation 2. 1 objects"),
        "{words}"
    );
    assert!(link(&commit, "b").ends_with("/object?identity=b"));
    site.commit("product", "2").await.ok();
    let words = read(&server.get(SITE).await.status(200));
    assert!(
        words.contains("product 2 2 2 · a commit deletes 0"),
        "{words}"
    );
    let none = format!("{SITE}/commit?type=product&generation=9");
    assert!(read(&server.get(&none).await.status(200)).contains("the commit would be refused"));
}

#[tokio::test]
async fn a_type_says_what_its_attributes_are() {
    says_what_attributes_are(&TestServer::start().await).await;
}

#[tokio::test]
async fn a_type_says_so_of_attributes_that_came_after_many_others() {
    let server = TestServer::start().await;
    server.site().use_up_first_names().await;
    says_what_attributes_are(&server).await;
}

async fn says_what_attributes_are(server: &TestServer) {
    let site = server.site();
    site.replace([
        json!({"identity": "a", "type": "product",
            "fields": {"title": "Mug", "color": ["red", "blue"], "_margin": 0.3}}),
        json!({"identity": "b", "type": "product", "fields": {"title": "Cup", "price": "5 EUR"}}),
    ])
    .await
    .ok();
    let page = server
        .get(&format!("{SITE}/type?name=product"))
        .await
        .status(200);
    let words = read(&page);
    for expected in [
        "Counted over all 2 objects.",
        "color text 50 % (1) 2 red blue",
        "title text 100 % (2) 2",
        "_margin hidden number 50 % (1) 1 0.3",
        "price_amount derived number 50 % (1) 1 5",
    ] {
        assert!(words.contains(expected), "`{expected}` in {words}");
    }
    let found = server.get(&link(&page, "blue")).await.status(200);
    assert!(read(&found).contains("1 found in"), "{}", read(&found));
}

#[tokio::test]
async fn a_search_is_the_one_of_the_public_endpoint() {
    let server = TestServer::start().await;
    let site = server.site();
    site.replace([
        json!({"identity": "a", "type": "product", "fields": {"title": "Blue tent", "price": "10 EUR", "brand": "X, Y: Z",
            "description": "A tent for two.", "image_link": "https://cdn.example.com/a.jpg"}}),
        json!({"identity": "b", "type": "product", "fields": {"title": "Red tent", "price": "30 EUR", "brand": "W"}}),
        json!({"identity": "c", "type": "article", "fields": {"title": "How to pitch a tent"}}),
    ])
    .await
    .ok();
    let page = server
        .get(&format!("{SITE}/search?q=tnet"))
        .await
        .status(200);
    let words = read(&page);
    for expected in [
        "Searched for: tnet tent",
        "3 found in",
        "type product 2 article 1",
        "Match quality",
    ] {
        assert!(words.contains(expected), "`{expected}` in {words}");
    }
    assert!(page.text().contains("<mark>tent</mark>"));
    // Of a host that nobody named no picture is asked for.
    assert!(!page.text().contains("<img"));

    // The request that the page names has the same hits in the same order.
    let (_, address) = page
        .text()
        .split_once("curl --globoff &#39;")
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .expect("a command");
    let address = address
        .split("&#39;")
        .next()
        .expect("it ends")
        .replace("&#38;", "&");
    let path = address
        .strip_prefix(&server.base())
        .expect("of this server");
    let answer = server.get(path).await.ok().json();
    let hits = answer["results"]["hits"].as_array().expect("hits");
    let places = hits.iter().map(|hit| {
        let href = format!("object?identity={}\"", hit["url"].as_str().expect("a name"));
        page.text().find(&href).expect("the hit is on the page")
    });
    let places: Vec<usize> = places.collect();
    assert!(places.is_sorted() && places.len() == 3, "{places:?}");

    // A facet is clicked, and taken off again.
    let html = page.text();
    let at = html
        .find("<span class=\"label\">X, Y: Z</span>")
        .expect("a value");
    let tag = &html[html[..at].rfind("href=\"").expect("a link") + 6..at];
    let href = tag
        .split('"')
        .next()
        .expect("it ends")
        .replace("&#38;", "&");
    let narrowed = server.get(&href).await.status(200);
    let words = read(&narrowed);
    assert!(
        words.contains("brand:X, Y: Z ×take off Searched for: tnet tent 1 found in"),
        "{words}"
    );
    let html = narrowed.text();
    let at = html.find("<a class=\"chip on\" href=\"").expect("a chip") + 25;
    let off = html[at..]
        .split('"')
        .next()
        .expect("it ends")
        .replace("&#38;", "&");
    assert!(read(&server.get(&off).await.status(200)).contains("3 found in"));
}

#[tokio::test]
async fn a_refused_search_says_what_a_shopper_is_told() {
    let server = TestServer::start().await;
    let facets: Vec<String> = (0..60).map(|number| format!("f{number}")).collect();
    let path = format!("{SITE}/search?facets={}", facets.join(","));
    let refused = server.get(&path).await.status(400);
    assert!(
        read(&refused).contains("{\"error\":\"Too many facets\"}"),
        "{}",
        read(&refused)
    );
}

#[tokio::test]
async fn pictures_come_from_hosts_that_were_named() {
    let builder = TestServer::builder().set("admin.image_hosts", "[\"cdn.example.com\"]");
    let server = builder.start().await;
    let of = |identity: &str, host: &str| {
        json!({"identity": identity, "type": "product",
            "fields": {"title": identity, "image_link": format!("https://{host}/{identity}.jpg")}})
    };
    let site = server.site();
    site.replace([of("a", "cdn.example.com"), of("b", "other.example.com")])
        .await
        .ok();
    let page = server
        .get(&format!("{SITE}/search"))
        .await
        .status(200)
        .text();
    assert!(page.contains("<img src=\"https://cdn.example.com/a.jpg\""));
    assert_eq!(page.matches("<img").count(), 1);
}

#[tokio::test]
async fn an_object_says_whether_it_is_found_and_why_not() {
    let clock = HandClock::new();
    let server = TestServer::builder().clock(clock.clock()).start().await;
    let with = |identity: &str, name: &str, value: &str| json!({"identity": identity, "type": "product", name: value, "fields": {"title": identity}});
    let object = json!({"identity": "mug", "type": "product", "generation": "7",
        "fields": {"title": "Mug", "_margin": 0.3, "price": "5 EUR"},
        "nested": [
            {"identity": "mug-red", "type": "variant", "fields": {"title": "Mug, red", "color": "red"}},
            {"identity": "cups", "type": "category", "fields": {"title": "Cups"}}]});
    let site = server.site();
    let soon = Timestamp::from_millis((clock.clock().now().as_millis() / 1000 + 60) * 1000);
    let sent = [
        object,
        with("later", "active_from", "2999-06-01T00:00:00Z"),
        with("over", "active_to", &soon.to_string()),
    ];
    site.replace(sent).await.ok();
    clock.go_on(61);
    let page = async |identity: &str| {
        let path = format!("{SITE}/object?identity={identity}");
        read(&server.get(&path).await.status(200))
    };
    let words = page("mug").await;
    for expected in [
        "Mug product mug Searches find it.",
        "By a call of an API",
        "Generation 7",
        "_margin hidden number 0.3",
        "price_amount number 5",
        "Cups category cups",
        "\"_margin\": 0.3",
    ] {
        assert!(words.contains(expected), "`{expected}` in {words}");
    }
    let words = page("later").await;
    assert!(
        words.contains("Not found yet: active from 2999-06-01 00:00:00 UTC."),
        "{words}"
    );
    let words = page("over").await;
    let soon = soon.to_string().replace('T', " ").replace("+00:00", " UTC");
    assert!(
        words.contains(&format!("Not found any more: it was active to {soon}.")),
        "{words}"
    );
    let words = page("mug-red").await;
    assert!(
        words.contains("elsewhere its master stands for it"),
        "{words}"
    );
    assert!(words.contains("Variant of mug"), "{words}");
    let words = page("cups").await;
    assert!(
        words.contains("It is nested in Mug All 1 that searches find"),
        "{words}"
    );
    let path = format!("{SITE}/object?identity=nobody");
    let words = read(&server.get(&path).await.status(404));
    assert!(
        words.contains("No object of this site has this identity"),
        "{words}"
    );
}

#[tokio::test]
async fn looking_changes_nothing() {
    let server = TestServer::start().await;
    server.site().replace([product("a")]).await.ok();
    let before =
        server.get("/search?tracker_id=1234-5678").await.ok().json()["results"]["hits"].clone();
    for path in [
        "",
        "/type?name=product",
        "/commit?type=product&generation=1",
        "/object?identity=a",
    ] {
        server.get(&format!("{SITE}{path}")).await.status(200);
    }
    let after =
        server.get("/search?tracker_id=1234-5678").await.ok().json()["results"]["hits"].clone();
    assert_eq!(before, after);
}

#[tokio::test]
async fn the_shop_front_knows_the_public_endpoints_and_nothing_else() {
    let server = TestServer::builder().site("2222-1", "other").start().await;
    let page = server.get("/browse/shop").await.status(200).text();
    assert!(page.contains("data-site=\"1234-5678\""), "{page}");
    assert!(!page.contains("private") && !page.contains(crate::support::PRIVATE_KEY));
    let other = server
        .get("/browse/shop?site=2222-1")
        .await
        .status(200)
        .text();
    assert!(other.contains("data-site=\"2222-1\""), "{other}");
    server.get("/browse/shop?site=nobody").await.status(404);
    let (_, script) = page.split_once("<script src=\"").expect("a script");
    let script = script.split('"').next().expect("it ends");
    let script = server.get(script).await.status(200);
    assert_eq!(
        script.header("content-type"),
        Some("text/javascript; charset=utf-8")
    );
    let asked = script.text();
    let asked = asked.matches("await ask(\"").count();
    assert_eq!(asked, 2);
    assert_eq!(page.matches("<script").count(), 1);
}

#[tokio::test]
async fn the_search_page_suggests_with_a_script_of_the_servers_own_and_is_a_form_without() {
    let server = TestServer::start().await;
    let page = server.get(&format!("{SITE}/search")).await.status(200);
    let policy = page.header("content-security-policy").expect("a policy");
    assert!(policy.contains("script-src 'self';"), "{policy}");
    let html = page.text();
    assert_eq!(html.matches("<script").count(), 1);
    let (_, script) = html.split_once("<script src=\"").expect("a script");
    let (script, rest) = script.split_once('"').expect("it ends");
    assert!(
        rest.starts_with(" defer></script>"),
        "nothing stands in the page"
    );
    let asked = server.get(script).await.status(200).text();
    assert_eq!(asked.matches("fetch(").count(), 1);
    assert!(asked.contains("/autocomplete/v2?"), "{asked}");
    for never in ["innerHTML", "eval(", "document.write"] {
        assert!(!asked.contains(never), "{never}");
    }
    // The box is one of a form; only the script makes a list of it.
    assert!(html.contains("<input id=\"q\" name=\"q\" type=\"search\""));
    assert!(!html.contains("role=\"combobox\""));
    assert!(html.contains("data-site=\"1234-5678\" data-prefix=\"\""));
}
