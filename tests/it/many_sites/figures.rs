//! What `/metrics` and `/health/ready` tell of sites that are asleep.

use super::{figures, id, launch, send_searches, start, until_awake_are};
use crate::support::{Figures, get, product};

#[tokio::test(flavor = "multi_thread")]
async fn a_site_that_is_asleep_tells_what_it_told_before() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let launched = launch(folder.path(), 2, 8).setting("STORAGE__SLEEP_AFTER_S", "1");
    let server = start(&launched).await;
    let site = super::client(&server, 0);
    site.replace((0..3).map(|at| product(&format!("p{at}"))))
        .await
        .ok();
    site.delete([("product", "p0")]).await.status(200);
    send_searches(&server, 0, "tent", 2).await;
    let before = figures(&server).await;
    until_awake_are(&server, 0).await;
    let asleep = figures(&server).await;
    for name in [
        "vetrina_site_up",
        "vetrina_index_documents",
        "vetrina_sequence_written",
        "vetrina_sequence_visible",
        "vetrina_attribute_names",
        "vetrina_event_file_bytes",
    ] {
        assert_eq!(of_site(&asleep, name), of_site(&before, name), "{name}");
    }
    for name in [
        "vetrina_write_queue_requests",
        "vetrina_write_queue_bytes",
        "vetrina_index_queue_operations",
        "vetrina_event_queue_requests",
    ] {
        assert_eq!(of_site(&asleep, name), Some(0.0), "{name}");
    }
    let counted = [("site", &*id(0)), ("outcome", "counted")];
    assert_eq!(asleep.find("vetrina_events_total", &counted), Some(2.0));
    assert_eq!(of_site(&asleep, "vetrina_index_documents"), Some(2.0));
    // Looking woke nobody up, and counters go on where they were.
    assert_eq!(asleep.value("vetrina_sites_awake", &[]) as usize, 0);
    let ready = get(&format!("{}/health/ready", server.base())).await;
    ready.status(200);
    send_searches(&server, 0, "lamp", 1).await;
    let later = figures(&server).await;
    assert_eq!(later.find("vetrina_events_total", &counted), Some(3.0));
    assert_eq!(later.value("vetrina_sites_awake", &[]) as usize, 1);
    let wakings = |page: &Figures| page.value("vetrina_site_wakings_total", &[]) as usize;
    assert_eq!(wakings(&later), wakings(&before) + 1);
}

fn of_site(page: &Figures, name: &str) -> Option<f64> {
    page.find(name, &[("site", &id(0))])
}
