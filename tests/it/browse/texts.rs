//! Texts of a catalog stay texts, wherever they stand.

use serde_json::json;

use crate::support::{TestServer, eventually};

/// Each would be markup, or leave an attribute or an address, if it were not written as text.
const PAYLOADS: [&str; 5] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "'--><svg onload=alert(1)>",
    "</title></textarea></pre><iframe src=//evil.example>",
    "javascript:alert(1)",
];

#[tokio::test]
async fn every_field_of_an_object_is_text() {
    let server = TestServer::start().await;
    let site = server.site();
    for (at, payload) in PAYLOADS.into_iter().enumerate() {
        let object = json!({"identity": format!("{at}{payload}"), "type": "product", "generation": payload,
            "url": format!("/{payload}"),
            "fields": {"title": format!("tent {payload}"), "description": format!("tent {payload}"), payload: payload,
                "brand": payload, "category": [payload], "price": payload, "image_link": payload, "web_url": payload,
                "deep": {payload: {payload: [payload]}}, "_hidden": payload},
            "nested": [{"identity": format!("n{at}{payload}"), "type": "category",
                "fields": {"title": payload, payload: payload}}]});
        site.replace([object]).await.ok();
        let refused = json!({"identity": format!("r{at}{payload}"), "type": payload,
            "fields": {"title": "", payload: [{"ancestors": payload}]}, "nested": [payload]});
        site.replace([refused]).await.status(400);
    }
    eventually("refused objects on the page", async || {
        let page = server.get("/browse/sites/1234-5678/refused").await;
        page.text().contains("r4javascript").then_some(())
    })
    .await;
    let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let mut paths = vec![
        String::new(),
        "/refused".to_owned(),
        "/activity".to_owned(),
        "/type?name=product".to_owned(),
        "/search?q=tent&facets=brand,type,category".to_owned(),
    ];
    for (at, payload) in PAYLOADS.into_iter().enumerate() {
        let text = encode(payload);
        paths.push(format!("/object?identity={at}{text}"));
        paths.push(format!("/object?identity=n{at}{text}"));
        paths.push(format!("/commit?type=product&generation={text}"));
        paths.push(format!("/search?q={text}&sort={text}&f[]=brand:{text}&neg_f[]={text}&facets={text}&further={text}&x{text}={text}"));
        paths.push(format!("/type?name={text}"));
        paths.push(format!("/object?identity={text}"));
    }
    for path in paths {
        let page = server.get(&format!("/browse/sites/1234-5678{path}")).await;
        assert!(
            [200, 400, 404].contains(&page.status),
            "{path}: {}",
            page.status
        );
        assert_no_markup_of_a_catalog(&path, &page.text());
    }
}

/// All tags of a page are those of its template.
fn assert_no_markup_of_a_catalog(path: &str, html: &str) {
    // The search page has one script, a file of the server's own.
    let own = html.split_once("<script src=\"/browse/assets/suggest.js?");
    let html = own.map_or(html.to_owned(), |(before, script)| {
        let (address, after) = script.split_once("\" defer></script>").expect("it ends");
        assert!(
            address.bytes().all(|byte| byte.is_ascii_hexdigit()),
            "{address}"
        );
        format!("{before}{after}")
    });
    for tag in html.split('<').skip(1) {
        let name = tag
            .trim_start_matches('/')
            .split([' ', '>', '/'])
            .next()
            .unwrap_or_default();
        assert!(
            !["script", "img", "iframe", "textarea"].contains(&name),
            "{path}: <{tag}"
        );
        let tag = tag.split('>').next().unwrap_or_default();
        for part in [" on", " style=", "href=\"javascript:", "src=\"javascript:"] {
            let is_there = match part {
                // The name of a handler, not a word that begins like it.
                " on" => ["onerror=", "onload=", "onclick="]
                    .iter()
                    .any(|name| tag.contains(name) && !tag.contains("&#")),
                part => tag.contains(part),
            };
            assert!(!is_there, "{path}: <{tag}");
        }
    }
}
