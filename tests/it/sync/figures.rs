//! What a source says of itself on the page of figures (docs/reference/11-product-sync.md §4, metrics).

use super::Shop;
use crate::support::Figures;

const SOURCE: (&str, &str) = ("source", "items");

async fn figures(shop: &Shop) -> Figures {
    Figures::read(&shop.server.get("/metrics").await.status(200).text())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_moves_the_figures_of_its_source() {
    let Some(shop) = Shop::open("").await else {
        return;
    };
    let before = figures(&shop).await;
    let of = |page: &Figures, name: &str| page.find(&format!("vetrina_sync_{name}"), &[SOURCE]);
    assert_eq!(of(&before, "rows_read_total"), Some(0.0));
    assert_eq!(of(&before, "last_success_timestamp_seconds"), None);
    shop.insert(1, 250).await;
    shop.run("update items set price = 'NaN' where id = 7")
        .await;
    let status = shop.sync().await;
    assert_eq!(status["status"], "complete", "{status}");
    assert_eq!(status["failed"], 1, "{status}");
    let after = figures(&shop).await;
    assert_eq!(of(&after, "rows_read_total"), Some(250.0));
    assert_eq!(of(&after, "rows_written_total"), Some(249.0));
    assert_eq!(of(&after, "rows_failed_total"), Some(1.0));
    assert_eq!(of(&after, "running"), Some(0.0));
    assert_eq!(of(&after, "pending"), Some(0.0));
    assert!(of(&after, "pages_total").is_some_and(|pages| pages >= 3.0));
    let success = of(&after, "last_success_timestamp_seconds").expect("it succeeded");
    let started = after.value("process_start_time_seconds", &[]);
    assert!(success >= started, "{success} {started}");
    for name in [
        "pages_seconds_total",
        "page_last_seconds",
        "page_slowest_seconds",
    ] {
        assert!(of(&after, name).is_some(), "{name}");
    }
    for name in ["duration_seconds", "lag_seconds"] {
        assert!(of(&after, name).is_some(), "{name}");
    }
}
