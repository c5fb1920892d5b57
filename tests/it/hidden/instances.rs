//! What was found to leak, one test each.

use serde_json::{Value, json};

use crate::support::{ObjectJson, TestServer, product};

async fn shop(objects: impl IntoIterator<Item = ObjectJson>) -> TestServer {
    let server = TestServer::start().await;
    server.site().replace(objects).await.ok();
    server
}

async fn results(server: &TestServer, parameters: &str) -> Value {
    server.site().search(parameters).await.json()["results"].clone()
}

#[tokio::test]
async fn facets_on_hidden_attributes_are_left_out() {
    let things = (0..12).map(|n| {
        let thing = product(&format!("p{n}")).field("_margin", f64::from(n) / 20.0);
        let thing = thing
            .field("_secret", format!("s{}", n % 3))
            .field("_on", n % 2 == 0);
        let thing = thing.field(
            "special",
            json!({"_inner": format!("i{}", n % 3), "shown": "a"}),
        );
        thing.field("colour", ["red", "blue"][n as usize % 2])
    });
    let shop = shop(things).await;
    let asked =
        "facets=_margin,_secret,_on,special._inner,special.shown,colour&dynamic_facets_size=50";
    let facets = results(&shop, asked).await["facets"].clone();
    let names: Vec<&str> = facets
        .as_array()
        .expect("facets")
        .iter()
        .filter_map(|f| f["name"].as_str())
        .collect();
    assert_eq!(names, ["special.shown", "colour"]);
    // Also where its own filter is set.
    let filtered = results(&shop, "f[]=_secret:s1&facets=_secret").await;
    assert_eq!(
        (&filtered["facets"], &filtered["total_hits"]),
        (&json!([]), &json!(4))
    );
}

#[tokio::test]
async fn facets_on_hidden_attributes_of_nested_objects_are_left_out() {
    let brand =
        json!({"identity": "b", "type": "brand", "fields": {"title": "Acme", "_tier": "gold"}});
    let shop = shop([product("p").nested(brand)]).await;
    let answer = results(
        &shop,
        "facets=nested_brand__tier,nested_brand_title&f[]=nested_brand__tier:gold",
    )
    .await;
    assert_eq!(answer["total_hits"], 1);
    let facets = answer["facets"].as_array().expect("facets");
    assert_eq!(facets.len(), 1, "{facets:?}");
    assert_eq!(facets[0]["name"], "nested_brand_title");
}

#[tokio::test]
async fn an_explanation_says_that_a_hidden_margin_lifts_and_no_number() {
    let shop = shop([
        product("lifted").title("Lamp").field("_margin", 0.25),
        product("flat").title("Lamp").field("_margin", 0.0),
        product("open").title("Lamp").field("margin", 0.5),
    ])
    .await;
    let found = shop.site().search("q=lamp&explain=true").await;
    let margin = |identity: &str| found.hit(identity)["explanation"]["margin"].clone();
    assert_eq!(margin("lifted"), true);
    assert_eq!(margin("flat"), false);
    assert_eq!(margin("open"), 0.5);
}

#[tokio::test]
async fn an_explanation_says_no_number_of_signals_that_are_read_from_hidden_attributes() {
    let shop = shop([product("p")
        .title("Lamp")
        .field("_weight", 2)
        .field("_rank", 7)
        .field("_born", "2026-11-20T00:00:00+00:00")])
    .await;
    let fields = "context[boost_field]=_weight&context[availability_rank_field]=_rank&context[freshness_field]=_born";
    let found = shop
        .site()
        .search(&format!("q=lamp&explain=true&{fields}"))
        .await;
    let explanation = &found.hit("p")["explanation"];
    for signal in ["boost", "supply", "newness"] {
        assert!(
            explanation[signal].is_boolean(),
            "{signal} in {explanation}"
        );
    }
    let usual = shop.site().search("q=lamp&explain=true").await;
    assert_eq!(usual.hit("p")["explanation"]["boost"], 0);
}

#[tokio::test]
async fn hidden_attributes_of_ancestors_are_not_returned() {
    let ancestors = json!([{"identity": "top", "type": "category", "_beside": "s1",
        "fields": {"title": "Top", "_note": "s2", "shown": "x"}}]);
    let category = json!({"identity": "c", "type": "category",
        "fields": {"title": "Leaf", "_own": "s3", "ancestors": ancestors}});
    let shop = shop([product("p").nested(category)]).await;
    let found = shop.site().search("f[]=type:product").await;
    let nested = &found.hit("p")["nested"][0];
    let expected =
        json!([{"identity": "top", "type": "category", "fields": {"title": "Top", "shown": "x"}}]);
    assert_eq!(nested["attributes"]["ancestors"], expected);
    assert!(nested["attributes"].get("_own").is_none());
    let text = results(&shop, "").await.to_string();
    assert!(
        !text.contains("_note") && !text.contains("_beside"),
        "{text}"
    );
}

#[tokio::test]
async fn hidden_inner_keys_are_not_returned_at_any_depth() {
    for form in ["arrays", "as_sent"] {
        let server = TestServer::builder().set_for_site("attributes_form", format!("{form:?}"));
        let server = server.start().await;
        let special = json!({"material": "wool", "_inner": 1, "deep": {"_cost": 2, "list": [{"_x": 3, "y": 4}]}});
        let thing = product("p")
            .field("special", special)
            .field("parts", json!([{"_n": 1, "m": 2}]));
        server.site().replace([thing]).await.ok();
        let found = server
            .site()
            .search("hit_fields=special,parts,special._inner,_inner")
            .await;
        let attributes = &found.hit("p")["attributes"];
        let special = json!({"material": "wool", "deep": {"list": [{"y": 4}]}});
        let special = if form == "arrays" {
            json!([special])
        } else {
            special
        };
        assert_eq!(attributes["special"], special);
        assert_eq!(attributes["parts"], json!([{"m": 2}]));
    }
}

#[tokio::test]
async fn a_query_is_not_corrected_to_a_word_that_is_hidden() {
    let shop = shop([
        product("p").title("Lamp").field("_secret", "zanzibarium"),
        product("q")
            .title("Lamp")
            .field("special", json!({"_inner": "madagaskarium"})),
        product("r")
            .title("Lamp")
            .nested(json!({"identity": "v", "type": "variant",
            "fields": {"title": "Lamp", "_code": "kilimandscharo"}})),
    ])
    .await;
    for (typed, hidden) in [
        ("zanzibarum", "zanzibarium"),
        ("madagaskarum", "madagaskarium"),
        ("kilimandsharo", "kilimandscharo"),
        ("lampzanzibarium", "zanzibarium"),
    ] {
        let answer = results(&shop, &format!("q={typed}")).await;
        assert_eq!(
            answer["corrected_query"],
            format!("<strike>{typed}</strike>"),
            "{hidden}"
        );
        assert_eq!(answer["total_hits"], 0, "{typed}");
    }
    // As they are they find.
    for (typed, found) in [
        ("zanzibarium", "p"),
        ("MADAGASKARIUM", "q"),
        ("lamp kilimandscharo", "r"),
    ] {
        let answer = shop.site().search(typed).await;
        assert_eq!(
            answer.identities().first().map(String::as_str),
            Some(found),
            "{typed}"
        );
        assert_eq!(
            answer.json()["results"]["corrected_query"],
            Value::Null,
            "{typed}"
        );
        assert_eq!(answer.hit(found)["exact"], true, "{typed}");
    }
}

#[tokio::test]
async fn a_word_that_is_hidden_in_one_object_and_shown_in_another_is_suggested() {
    let shop = shop([
        product("hides")
            .title("Lamp")
            .field("_secret", "zanzibarium"),
        product("shows").title("Lamp zanzibarium"),
    ])
    .await;
    let answer = shop.site().search("zanzibarum").await;
    let corrected = &answer.json()["results"]["corrected_query"];
    assert_eq!(*corrected, "<strike>zanzibarum</strike> <b>zanzibarium</b>");
    assert_eq!(answer.identities(), ["shows", "hides"]);
}

#[tokio::test]
async fn hidden_words_count_as_shown_ones_do() {
    let shop = shop([
        product("prose")
            .title("Lamp")
            .field("story", "wobbly ".repeat(30)),
        product("hidden").title("Lamp").field("_kind", "wobbly"),
        product("shown").title("Lamp").field("kind", "wobbly"),
        product("titled").title("Lamp wobbly"),
    ])
    .await;
    let found = shop.site().search("q=lamp+wobbly&explain=true").await;
    assert_eq!(found.identities(), ["titled", "hidden", "shown", "prose"]);
    let fields = |identity: &str| {
        let word = &found.hit(identity)["explanation"]["words"][1];
        let fields = word["fields"].as_object().expect("fields").keys();
        fields.cloned().collect::<Vec<_>>()
    };
    assert_eq!(fields("hidden"), ["attributes", "everything"]);
    assert_eq!(fields("hidden"), fields("shown"));
}

#[tokio::test]
async fn hidden_attributes_filter_and_sort() {
    let shop = shop([
        product("a")
            .field("_rank", 2)
            .field("special", json!({"_grade": "x"})),
        product("b")
            .field("_rank", 1)
            .field("special", json!({"_grade": "y"})),
    ])
    .await;
    let found =
        async |parameters: &str| shop.site().search(parameters).await.identities().join(" ");
    assert_eq!(found("sort=_rank:asc").await, "b a");
    assert_eq!(found("sort=_rank:desc").await, "a b");
    assert_eq!(found("f[]=_rank:2|").await, "a");
    assert_eq!(found("f[]=special._grade:y").await, "b");
}

#[tokio::test]
async fn the_plain_export_leaves_out_what_is_hidden_and_a_complete_copy_does_not() {
    let thing = product("p")
        .field("_cost", 7)
        .field("special", json!({"_inner": "s", "a": 1}));
    let category =
        json!({"identity": "c", "type": "category", "fields": {"title": "C", "_note": "n"}});
    let shop = shop([thing.nested(category)]).await;
    let export = async |query: &str| {
        let path = format!("/v1/content_export{query}");
        shop.site()
            .signed("GET", &path, "")
            .await
            .status(200)
            .text()
    };
    for query in ["", "?hit_fields=_cost,special,nested"] {
        let plain = export(query).await;
        assert!(plain.contains("special"), "{plain}");
        for name in ["_cost", "_inner", "_note"] {
            assert!(!plain.contains(name), "{name} in {plain}");
        }
    }
    let whole = export("?form=import").await;
    for name in ["_cost", "_inner", "_note"] {
        assert!(whole.contains(name), "{name} in {whole}");
    }
}

#[tokio::test]
async fn the_best_variant_shows_nothing_hidden_of_itself_or_its_master() {
    let server = TestServer::builder()
        .set_for_site("variants", "\"best\"")
        .start()
        .await;
    let variant = json!({"identity": "v", "type": "variant",
        "fields": {"title": "Small", "_variant_preference": 3, "_own": "s1"}});
    let master = product("m")
        .field("_cost", 7)
        .field("special", json!({"_inner": 1, "a": 2}));
    server.site().replace([master.nested(variant)]).await.ok();
    let found = server.site().search("f[]=type:product&explain=true").await;
    assert_eq!(found.identities(), ["v"]);
    let text = found.json()["results"]["hits"].to_string();
    for name in ["_variant_preference", "_own", "_cost", "_inner"] {
        assert!(!text.contains(name), "{name} in {text}");
    }
}

#[tokio::test]
async fn an_explanation_names_no_form_that_only_hidden_text_has() {
    let variant = json!({"identity": "v", "type": "variant",
        "fields": {"title": "Lamp blue", "_lining": "velvetinas"}});
    let shop = TestServer::builder()
        .set_for_site(
            "rules",
            r#"{ synonyms = [{ words = ["sofa", "kanapees"] }] }"#,
        )
        .start()
        .await;
    let things = [
        product("hidden")
            .title("Lamp")
            .field("_w", "zebraplums")
            .field("deep", json!({"_inner": "quagmires"}))
            .nested(variant),
        product("related").title("Chair").field("_kind", "kanapees"),
        product("shown").title("Zebraplums and quagmires velvetinas"),
    ];
    shop.site().replace(things).await.ok();
    let answer = |word: &str| {
        let asked = format!("q={word}&explain=true");
        let site = shop.site();
        async move { site.search(&asked).await.json()["results"]["hits"].clone() }
    };
    for (typed, stored) in [
        ("zebraplum", "zebraplums"),
        ("zebrapluns", "zebraplums"),
        ("quagmire", "quagmires"),
        ("velvetina", "velvetinas"),
        ("sofa", "kanapees"),
    ] {
        let hits = answer(typed).await;
        let hits = hits.as_array().expect("hits");
        let (open, closed): (Vec<_>, Vec<_>) = hits.iter().partition(|hit| hit["url"] == "shown");
        assert!(!closed.is_empty(), "{typed} finds what is hidden");
        for hit in closed {
            let text = hit["explanation"]["words"].to_string();
            assert!(!text.contains(stored), "{typed}: {text}");
        }
        // Where it can be read, it is named.
        for hit in open {
            let text = hit["explanation"]["words"].to_string();
            assert!(text.contains("title"), "{typed}: {text}");
        }
    }
}

#[tokio::test]
async fn a_name_that_spells_the_path_of_a_hidden_key_is_hidden_everywhere() {
    let shop = shop([product("p").field("spec._in", "s1").field("spec.out", "s2")]).await;
    let found = results(&shop, "facets=spec._in&hit_fields=spec._in,spec.out").await;
    assert_eq!(found["facets"], json!([]));
    let attributes = &found["hits"][0]["attributes"];
    assert_eq!(attributes["spec.out"], json!(["s2"]));
    assert!(attributes.get("spec._in").is_none(), "{attributes}");
}
