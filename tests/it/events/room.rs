//! What strangers may take of the disk with events, and what is left for the shop.

use serde_json::{Value, json};

use super::{bought, event, forget, item, send, top};
use crate::support::{Figures, TRACKER_ID, TestServer};

const FILE_BYTES_MAX: f64 = 1_048_576.0;

#[tokio::test(flavor = "multi_thread")]
async fn events_end_where_their_file_is_full_and_nothing_else_does() {
    const TRIES: u64 = 200;
    let server = TestServer::builder()
        .set("events.file_bytes_max", FILE_BYTES_MAX)
        .start()
        .await;
    let site = server.site();
    let products: Vec<Value> = (0..200).map(|at| item(&format!("p{at}"))).collect();
    site.replace(products.clone()).await.ok();
    let mut sent = 0;
    let refused = loop {
        assert!(sent < TRIES, "nothing was refused");
        let events = (0..100).map(|at| {
            let id = sent * 100 + at;
            let bought = bought(&[&format!("p{}", id % 200), &format!("p{}", (id / 7) % 200)]);
            event(id, &format!("stranger-{id}"), bought)
        });
        let events: Vec<Value> = events.collect();
        let answer = send(&server, &json!(events)).await;
        if answer.status != 204 {
            break answer.status(503);
        }
        sent += 1;
    };
    assert!(refused.header("retry-after").is_some());
    assert!(sent > 0);

    site.replace(products).await.ok();
    assert_eq!(site.search("f[]=type:item").await.total(), 200);
    assert_ne!(top(&server, "item:5").await, "");
    forget(&site, "stranger-1").await.ok();
    let ready = server.get("/health/ready").await.text();
    assert!(ready.contains("file_bytes_max"), "{ready}");
    let page = server.get("/metrics").await.text();
    let figures = Figures::read(&page);
    let site = ("site", TRACKER_ID);
    let bytes = figures.value("vetrina_event_file_bytes", &[site]);
    // One batch of the writer went beyond it.
    assert!(
        (FILE_BYTES_MAX..3.0 * FILE_BYTES_MAX).contains(&bytes),
        "{bytes}"
    );
    let labels = [site, ("outcome", "overload")];
    assert_eq!(figures.value("vetrina_events_total", &labels) as u64, 100);
    server.stop().await;
}
