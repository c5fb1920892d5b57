//! Products that are nearly the same do not take all places.

use serde_json::json;

use super::{Catalog, product};

#[tokio::test]
async fn nearly_identical_products_are_not_six_times_in_six_places() {
    let mut objects = Vec::new();
    for number in 0..8 {
        let fields = json!({"title": "Wool socks for men", "color": format!("color {number}")});
        objects.push(product(&format!("same-{number}"), fields));
    }
    for kind in ["blanket", "carpet", "jacket with hood", "sweater"] {
        objects.push(product(kind, json!({"title": format!("Warm wool {kind}")})));
    }
    let catalog = Catalog::of_list(objects).await;
    let suggested = catalog.suggestions("q=wool&type=product:6").await;
    let same = suggested.matches("same-").count();
    assert_eq!(same, 2, "{suggested}");
    for kind in ["blanket", "carpet", "jacket", "sweater"] {
        assert!(suggested.contains(kind), "{suggested}");
    }
    // Nothing is left out: where there is nothing else they have all places.
    let suggested = catalog.suggestions("q=wool+so&type=product:6").await;
    assert_eq!(suggested.matches("same-").count(), 6, "{suggested}");
    let all = catalog.suggestions("q=wool&type=product:50").await;
    assert_eq!(
        all.split(' ')
            .filter(|one| one.starts_with("same-"))
            .count(),
        8,
        "{all}"
    );
}

#[tokio::test]
async fn models_that_differ_by_their_number_are_no_copies() {
    let mut objects: Vec<_> = (11..17)
        .map(|model| {
            product(
                &format!("phone-{model}"),
                json!({"title": format!("Acme phone {model}")}),
            )
        })
        .collect();
    for kind in ["case", "cable", "stand"] {
        objects.push(product(
            kind,
            json!({"title": format!("Leather {kind} for every Acme phone")}),
        ));
    }
    let catalog = Catalog::of_list(objects).await;
    let suggested = catalog.suggestions("q=acme+phone&type=product:6").await;
    assert_eq!(suggested.matches("phone-").count(), 6, "{suggested}");
}

#[tokio::test]
async fn variety_never_comes_before_a_better_match_or_what_can_be_had() {
    let mut objects: Vec<_> = (0..4)
        .map(|number| {
            product(
                &format!("same-{number}"),
                json!({"title": "Wool socks", "availability": 1}),
            )
        })
        .collect();
    objects.push(product(
        "sold-out",
        json!({"title": "Warm wool carpet", "availability": 0}),
    ));
    let catalog = Catalog::of_list(objects).await;
    let suggested = catalog.suggestions("q=wool&type=product:6").await;
    assert!(suggested.ends_with("sold-out"), "{suggested}");
}
