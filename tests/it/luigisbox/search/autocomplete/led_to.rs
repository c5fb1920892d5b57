//! Categories and brands stand in order by how many products that can be had they lead to.

use serde_json::json;

use super::{Catalog, category, product};

/// Products of some categories: title, available ones, others.
async fn shop(categories: &[(&str, usize, usize)]) -> Catalog {
    let mut objects = Vec::new();
    for (title, available, gone) in categories {
        for number in 0..available + gone {
            let is_available = number < *available;
            let fields = json!({
                "title": format!("Thing {number} of {title}"), "brand": format!("Brand of {title}"),
                "availability": u8::from(is_available)});
            let identity = format!("{title} {number}");
            objects.push(
                product(&identity, fields)
                    .nested(category(&[title]))
                    .nested(
                        json!({"identity": format!("brand-{title}"), "type": "brand",
                       "fields": {"title": format!("Brand of {title}")}}),
                    ),
            );
        }
    }
    Catalog::of_list(objects).await
}

#[tokio::test]
async fn what_leads_to_more_that_can_be_had_comes_first() {
    let catalog = shop(&[
        ("Shirts", 2, 9),
        ("Shelves", 4, 0),
        ("Shoes", 3, 1),
        ("Shorts", 0, 5),
        ("Hats", 7, 0),
    ])
    .await;
    assert_eq!(
        catalog.suggestions("q=sh&type=category:5").await,
        "cat-Shelves cat-Shoes cat-Shirts cat-Shorts"
    );
    assert_eq!(
        catalog.suggestions("q=brand+of+s&type=brand:5").await,
        "brand-Shelves brand-Shoes brand-Shirts brand-Shorts"
    );
    assert_eq!(
        catalog.suggestions("q=sh&type=category:2,brand:1").await,
        "cat-Shelves cat-Shoes brand-Shelves"
    );
}

#[tokio::test]
async fn what_is_called_as_typed_comes_before_what_leads_to_more() {
    let catalog = shop(&[("Pens", 1, 0), ("Ball pens", 5, 0), ("Pensions", 3, 0)]).await;
    assert_eq!(
        catalog.suggestions("q=pens&type=category:5").await,
        "cat-Pens cat-Ball pens cat-Pensions"
    );
    assert_eq!(
        catalog
            .suggestions("q=pen&type=category:5&sort_category=title:desc")
            .await,
        "cat-Pensions cat-Pens cat-Ball pens",
        "a sort decides alone"
    );
}

#[tokio::test]
async fn what_is_sold_out_or_gone_counts_no_more() {
    let catalog = shop(&[("Shirts", 3, 0), ("Shoes", 2, 0)]).await;
    assert_eq!(
        catalog.suggestions("q=sh&type=category:5").await,
        "cat-Shirts cat-Shoes"
    );
    let site = catalog.0.site();
    site.delete([("product", "Shirts 0"), ("product", "Shirts 1")])
        .await
        .ok();
    assert_eq!(
        catalog.suggestions("q=sh&type=category:5").await,
        "cat-Shoes cat-Shirts"
    );
    let body = json!({"objects": [
        {"identity": "Shoes 0", "type": "product", "fields": {"availability": 0}},
        {"identity": "Shoes 1", "type": "product", "fields": {"availability": 0}}]});
    site.signed("PATCH", "/v1/content?wait_for=visible", body.to_string())
        .await
        .status(200);
    assert_eq!(
        catalog.suggestions("q=sh&type=category:5").await,
        "cat-Shirts cat-Shoes"
    );
}
