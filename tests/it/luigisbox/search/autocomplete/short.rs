//! Suggestions for a letter or two, which many objects have: not all of them are looked at closely.

use serde_json::json;

use super::{Catalog, product, sent};

/// More than are looked at closely of one type.
const OBJECTS: usize = 1_100;

async fn crowd() -> Catalog {
    let mut objects: Vec<_> = (0..OBJECTS)
        .map(|number| {
            let title = format!("Socks {number:04}");
            product(
                &format!("p{number:04}"),
                json!({"title": title, "availability": 1}),
            )
        })
        .collect();
    let long = "with a title of so many words that socks are the least of what it says";
    for (identity, more) in [
        ("boosted", json!({"boost": 2, "availability": 1})),
        ("gone", json!({"availability": 0})),
        ("plain", json!({"availability": 1})),
    ] {
        let mut fields = json!({"title": format!("Socks {identity} {long}"), "color": identity});
        for (name, value) in more.as_object().expect("fields") {
            fields[name] = value.clone();
        }
        objects.push(product(identity, fields));
    }
    objects.push(product(
        "short",
        json!({"title": "Socks", "availability": 1}),
    ));
    objects.push(sent(
        "category",
        "c1",
        json!({"title": "Socks and everything to go with them"}),
    ));
    Catalog::of_list(objects).await
}

#[tokio::test]
async fn what_comes_first_of_much_that_begins_with_a_letter_is_found() {
    let catalog = crowd().await;
    for beginning in ["s", "so"] {
        // The boost decides before the length of a title does, and a title of one word is the shortest.
        let first = catalog
            .suggestions(&format!("q={beginning}&type=product:2"))
            .await;
        assert_eq!(first, "boosted short", "{beginning}");
        // Each type has its own first ones.
        let first = catalog
            .suggestions(&format!("q={beginning}&type=product:1,category:1"))
            .await;
        assert_eq!(first, "boosted c1", "{beginning}");
        // A filter may leave what only it lets through.
        for identity in ["plain", "gone"] {
            let parameters = format!("q={beginning}&type=product:2&f_product[]=color:{identity}");
            assert_eq!(
                catalog.suggestions(&parameters).await,
                identity,
                "{beginning}"
            );
        }
    }
}
