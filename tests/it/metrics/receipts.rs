//! Receipts on the page: pending, then complete; failed ones at once (docs/reference/10-swiftype.md §5).

use std::cell::Cell;

use serde_json::json;

use super::figures;
use crate::support::eventually;
use crate::swiftype::{Client, ENGINE, document, server};

const SITE: (&str, &str) = ("site", ENGINE);
const COMPLETE: [(&str, &str); 2] = [SITE, ("status", "complete")];
const FAILED: [(&str, &str); 2] = [SITE, ("status", "failed")];

#[tokio::test]
async fn receipts_are_pending_and_then_complete() {
    let server = server().await;
    let books = Client::of(&server).make_type("books").await;
    let page = figures(&server).await;
    assert_eq!(page.find("vetrina_receipts_pending", &[SITE]), Some(0.0));
    let sent = Cell::new(0.0);
    // The index may be quicker than the question.
    let pending = eventually("a pending receipt", async || {
        sent.set(sent.get() + 2.0);
        let title = |id: f64| {
            let id = format!("{}-{id}", sent.get());
            document(&id, &[("title", "x".into(), "string")])
        };
        let wrong = json!({"external_id": ""});
        books.submit(json!([title(1.0), title(2.0), wrong])).await;
        let page = figures(&server).await;
        let pending = page.value("vetrina_receipts_pending", &[SITE]);
        assert!(page.value("vetrina_receipts_total", &COMPLETE) <= sent.get() - pending);
        (pending > 0.0).then_some(pending)
    })
    .await;
    let sent = sent.get();
    assert!(pending <= sent, "{pending} of {sent}");
    let page = eventually("the end of all receipts", async || {
        let page = figures(&server).await;
        let pending = page.find("vetrina_receipts_pending", &[SITE]);
        (pending == Some(0.0)).then_some(page)
    })
    .await;
    assert_eq!(page.find("vetrina_receipts_total", &COMPLETE), Some(sent));
    assert_eq!(
        page.find("vetrina_receipts_total", &FAILED),
        Some(sent / 2.0)
    );
    let age = page.find("vetrina_receipts_oldest_pending_age_seconds", &[SITE]);
    assert_eq!(age, Some(0.0));
}
