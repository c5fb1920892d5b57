//! Attributes whose names hold what separates names elsewhere (docs/reference/04-data-layout.md §1).

use form_urlencoded::byte_serialize;
use serde_json::json;

use super::{Catalog, product};

/// A name, and how it is written.
const NAMES: [(&str, &str); 5] = [
    ("size, EU", r"size\, EU"),
    ("ratio 16:9", r"ratio 16\:9"),
    (r"path\to", r"path\to"),
    (r"c:\,d", r"c\:\\\,d"),
    ("end\\", "end\\\\"),
];

fn url(text: &str) -> String {
    byte_serialize(text.as_bytes()).collect()
}

#[tokio::test]
async fn every_name_can_be_asked_for_everywhere() {
    for (name, sent) in NAMES {
        let text = |value: &str| json!({"title": "Hat", name: value, "other": "o"});
        let catalog = Catalog::of([
            product("a", text("x:1,y")),
            product("b", text("z")),
            product("none", json!({"title": "Hat"})),
        ])
        .await;
        let filter = |parameter: &str, value: &str| {
            format!("{parameter}={}", url(&format!("{sent}:{value}")))
        };
        for parameter in ["f[]", "f_must[]", "prefer[]"] {
            let first = catalog.search(&filter(parameter, "x:1,y")).await;
            assert_eq!(first.identities()[0], "a", "{parameter} {name}");
        }
        assert_eq!(catalog.found(&filter("f[]", "z")).await, "b", "{name}");
        assert_eq!(
            catalog.found_any_order(&filter("neg_f[]", "z")).await,
            "a none",
            "{name}"
        );
        let leaf = json!({"filters": {"product": {"filter": format!("{sent}:z")}}});
        let posted = catalog
            .0
            .site()
            .search_post("size=10", leaf.to_string())
            .await
            .json();
        assert_eq!(posted["results"]["total_hits"], 1, "{name}");

        let facets = format!("facets={}&size=0", url(&format!("other,{sent}")));
        assert_eq!(
            catalog.counts(&facets, name).await,
            ["x:1,y 1", "z 1"],
            "{name}"
        );
        let facets = format!("facets={}&size=0", url(&format!("{sent}:1,other:1")));
        assert_eq!(catalog.counts(&facets, name).await, ["x:1,y 1"], "{name}");

        for (parameter, key) in [
            ("sort", "sort"),
            ("sort_product", "f[]=type:product&sort_product"),
        ] {
            let sort = format!("{key}={}", url(&format!("{sent}:desc")));
            assert_eq!(catalog.found(&sort).await, "b a none", "{parameter} {name}");
        }

        let listed = format!("f[]=other:o&hit_fields={}", url(&format!("{sent},x")));
        let kept = catalog.search(&listed).await.hit("a")["attributes"].clone();
        assert_eq!(kept[name], json!(["x:1,y"]), "{name}");
        assert_eq!(kept.get("other"), None, "{name}");
        let removed = format!("remove_fields={}", url(sent));
        let kept = catalog.search(&removed).await.hit("a")["attributes"].clone();
        assert_eq!(kept.get(name), None, "{name}");
        assert_eq!(kept["other"], json!(["o"]), "{name}");
        let export = format!("/v1/content_export?hit_fields={}", url(sent));
        let page = catalog.0.site().signed("GET", &export, "").await.json();
        assert_eq!(
            page["objects"][0]["attributes"][name],
            json!(["x:1,y"]),
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_signal_may_be_read_from_any_name() {
    let catalog = Catalog::of([
        product("a", json!({"title": "Hat", "push: b2b, eu": 1})),
        product("b", json!({"title": "Hat", "push: b2b, eu": 3})),
    ])
    .await;
    for sent in [r"push\: b2b\, eu", "push: b2b, eu"] {
        let signal = format!("q=hat&context[boost_field]={}", url(sent));
        assert_eq!(catalog.found(&signal).await, "b a", "{sent}");
    }
}
