//! Every form of a filter (docs/reference/05-search.md §1, §3).

use serde_json::json;

use super::{Catalog, category, product};

async fn wardrobe() -> Catalog {
    let sock = json!({
        "title": "Wool socks", "brand": "Alfa", "color": ["blue", "grey"], "price_amount": 5,
        "on_sale": true, "released": "2024-01-10", "special": {"material": "wool"},
        "pattern": "dots|stripes", "Rodzaj cery": "Sucha", "_margin": 0.5
    });
    let shirt = json!({
        "brand": "Beta", "color": ["blue"], "price_amount": 6.5, "on_sale": false,
        "released": "2024-06-30", "special": {"material": "linen"}
    });
    let hat = json!({"brand": "alfa", "price_amount": 7.0});
    let coat =
        json!({"color": "grey", "price": "1 234,56 Kč", "released": "2024-06-30T12:00:00+02:00"});
    Catalog::of([
        product("sock", sock)
            .nested(category(&["Wear", "Socks"]))
            .nested(category(&["Sale", "Winter"])),
        product("shirt", shirt).nested(category(&["Wear", "Shirts"])),
        product("hat", hat).nested(category(&["Wear"])),
        product("coat", coat),
    ])
    .await
}

#[tokio::test]
async fn filters_find_exactly_what_they_say() {
    let catalog = wardrobe().await;
    for (parameters, expected) in [
        // Spellings of the list.
        ("f[]=brand:Alfa", "sock"),
        ("f%5B%5D=brand%3AAlfa", "sock"),
        ("f[0]=brand:Alfa", "sock"),
        ("f=brand:Alfa", "sock"),
        // OR within a field, AND between fields.
        ("f[]=brand:Alfa&f[]=brand:Beta", "shirt sock"),
        (
            "f[0]=brand:Alfa&f[1]=color:blue&f[2]=brand:Beta",
            "shirt sock",
        ),
        ("f[]=brand:Alfa&f[]=color:grey", "sock"),
        ("f[]=brand:Beta&f[]=color:grey", ""),
        ("f[]=color:blue&f[]=color:grey", "coat shirt sock"),
        // Every value of the field.
        ("f_must[]=color:blue&f_must[]=color:grey", "sock"),
        ("f_must[]=color:blue&f[]=brand:Beta", "shirt"),
        // None of the values.
        ("neg_f[]=color:blue", "coat hat"),
        ("neg_f[]=color:blue&neg_f[]=color:grey", "hat"),
        ("neg_f[]=brand:Alfa&f[]=color:blue", "shirt"),
        // Text is matched whole and as written.
        ("f[]=brand:ALFA", ""),
        ("f[]=title:Wool+socks", "sock"),
        ("f[]=title:Wool", ""),
        ("f[]=Rodzaj+cery:Sucha", "sock"),
        ("f[]=pattern:dots%7Cstripes", "sock"),
        ("f[]=pattern:dots%7C", ""),
        // Numbers, both bounds inclusive.
        ("f[]=price_amount:5|6.5", "shirt sock"),
        ("f[]=price_amount:6.5|", "coat hat shirt"),
        ("f[]=price_amount:|6.5", "shirt sock"),
        ("f[]=price_amount:5.01|6.49", ""),
        ("f[]=price_amount:5", "sock"),
        ("f[]=price_amount:5.0", "sock"),
        ("f[]=price_amount:7", "hat"),
        ("f[]=price_amount:1234.56", "coat"),
        ("f[]=price_amount:|5&f[]=price_amount:7|7", "hat sock"),
        (
            "f_must[]=price_amount:5|7&f_must[]=price_amount:6|9",
            "hat shirt",
        ),
        ("neg_f[]=price_amount:6|", "sock"),
        ("f[]=price_amount:cheap", ""),
        // Dates.
        ("f[]=released:2024-01-10", "sock"),
        ("f[]=released:2024-01-10T00:00:00Z", "sock"),
        ("f[]=released:2024-01-01|2024-06-30", "shirt sock"),
        ("f[]=released:2024-06-30|", "coat shirt"),
        ("f[]=released:2024-06-30T10:00:00%2B00:00", "coat"),
        ("f[]=released:soon", ""),
        // Booleans.
        ("f[]=on_sale:true", "sock"),
        ("f[]=on_sale:false", "shirt"),
        ("f[]=on_sale:true&f[]=on_sale:false", "shirt sock"),
        ("f[]=on_sale:maybe", ""),
        // Attributes an object does not have.
        ("f[]=color:value_missing", "hat"),
        ("f[]=color:value_missing&f[]=color:grey", "coat hat sock"),
        ("f_must[]=brand:value_missing", "coat"),
        ("neg_f[]=on_sale:value_missing", "shirt sock"),
        ("f[]=released:value_missing", "hat"),
        ("f[]=never_sent:value_missing", "coat hat shirt sock"),
        // Inner keys, hidden attributes, attributes nobody sent.
        ("f[]=special.material:wool", "sock"),
        ("f[]=_margin:0.5", "sock"),
        ("f[]=never_sent:x", ""),
        ("neg_f[]=never_sent:x", "coat hat shirt sock"),
        // Categories.
        ("f[]=category:Wear", "hat shirt sock"),
        ("f[]=category:Winter", "sock"),
        ("f[]=category_path:Wear||Socks", "sock"),
        ("f[]=category_path:Sale||Winter", ""),
        ("f[]=category_path:Wear", "hat"),
        ("f[]=all_categories_path:Wear", "hat shirt sock"),
        ("f[]=all_categories_path:Sale||Winter", "sock"),
        ("f[]=all_categories_path:Socks", ""),
        ("f[]=nested_category_url:cat-Socks", "sock"),
        // Identities.
        ("f[]=identity:hat&f[]=identity:coat", "coat hat"),
        ("f[]=url:hat", "hat"),
        ("f[]=identity:HAT", ""),
        // Not a filter.
        ("f[]=nocolon", "coat hat shirt sock"),
        ("f[]=", "coat hat shirt sock"),
    ] {
        let parameters = format!("f_must[]=type:product&{parameters}");
        assert_eq!(
            catalog.found_any_order(&parameters).await,
            expected,
            "{parameters}"
        );
    }
}

#[tokio::test]
async fn types_are_filtered_by_name() {
    let catalog = wardrobe().await;
    for (parameters, expected) in [
        (
            "f[]=type:category",
            "cat-Sale cat-Shirts cat-Socks cat-Wear cat-Winter",
        ),
        (
            "f[]=type:product&f[]=type:category&f[]=title:Wear&f[]=title:hat",
            "cat-Wear hat",
        ),
        ("f[]=type:brand", ""),
        ("neg_f[]=type:category", "coat hat shirt sock"),
    ] {
        assert_eq!(
            catalog.found_any_order(parameters).await,
            expected,
            "{parameters}"
        );
    }
}

#[tokio::test]
async fn long_texts_are_matched_whole_too() {
    let text = "knitted by hand ".repeat(100);
    let other = format!("{text}!");
    let catalog = Catalog::of([
        product("a", json!({ "story": text })),
        product("b", json!({ "story": other })),
    ])
    .await;
    let encoded = text.replace(' ', "%20");
    assert_eq!(catalog.found(&format!("f[]=story:{encoded}")).await, "a");
    assert_eq!(catalog.found(&format!("f[]=story:{encoded}!")).await, "b");
}

#[tokio::test]
async fn applied_filters_are_repeated_as_sent() {
    let catalog = wardrobe().await;
    let answer = catalog
        .search("f_must[]=price_amount:5|7&f[]=brand:Alfa&f[]=nocolon&neg_f[]=color:a%20b&f[1]=brand:Beta")
        .await;
    let results = &answer.json()["results"];
    assert_eq!(
        results["filters"],
        json!(["price_amount:5|7", "brand:Alfa", "brand:Beta"])
    );
    assert_eq!(results["filters_negative"], json!(["color:a b"]));
    assert_eq!(results["accepted_filters"], json!([]));
}

#[tokio::test]
async fn url_and_identity_always_mean_the_identity_also_beside_such_attributes() {
    let catalog = Catalog::of([
        product("/a", json!({"url": "/link-a", "identity": 5})),
        product("/b", json!({"url": "/a"})),
        product("/c", json!({})),
    ])
    .await;
    for (parameters, expected) in [
        ("f[]=url:/c", "/c"),
        ("f[]=url:/a", "/a /b"),
        ("f[]=url:/link-a", "/a"),
        ("f[]=identity:/c", "/c"),
        ("f[]=identity:5", "/a"),
        ("f[]=identity:/b&f[]=identity:5", "/a /b"),
        ("f_must[]=url:/c", "/c"),
        ("neg_f[]=url:/a", "/c"),
        ("neg_f[]=identity:/b", "/a /c"),
        ("f[]=url:value_missing", "/c"),
    ] {
        assert_eq!(
            catalog.found_any_order(parameters).await,
            expected,
            "{parameters}"
        );
    }
    let preferred = catalog.search("prefer[]=identity:/c").await;
    assert_eq!(preferred.identities()[0], "/c");
    let leaf = json!({"filters": {"product": {"filter": "url:/c"}}}).to_string();
    let posted = catalog.0.site().search_post("size=10", leaf).await.json();
    assert_eq!(posted["results"]["hits"][0]["url"], "/c");
    // A facet of the attribute does not see the filter on its own name.
    let counts = catalog.counts("f[]=url:/c&facets=url&size=0", "url").await;
    assert_eq!(counts, ["/a 1", "/link-a 1"]);
}
