//! Writes of one document in any order, asynchronous and synchronous ones mixed: what is there in the
//! end is what the last write made that did not fail (docs/reference/10-swiftype.md §5).

use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use super::{Client, Type, document, server};

const CASES: u32 = 24;

/// One write of the document. Texts are good values of its only field, numbers are not.
#[derive(Clone, Debug)]
enum Write {
    /// Documents of one batch.
    Submit(Vec<bool>),
    Create(bool),
    CreateOrUpdate(bool),
    UpdateFields(bool),
    BulkUpdate(bool),
    Delete,
    BulkDestroy,
}

fn any_write() -> impl Strategy<Value = Write> {
    prop_oneof![
        4 => proptest::collection::vec(any::<bool>(), 1..4).prop_map(Write::Submit),
        1 => any::<bool>().prop_map(Write::Create),
        2 => any::<bool>().prop_map(Write::CreateOrUpdate),
        1 => any::<bool>().prop_map(Write::UpdateFields),
        1 => any::<bool>().prop_map(Write::BulkUpdate),
        1 => Just(Write::Delete),
        1 => Just(Write::BulkDestroy),
    ]
}

/// Does the writes one after the other, never waiting until one can be found.
struct Writer<'a> {
    books: &'a Type,
    id: String,
    /// The field's value, if the document is there.
    expected: Option<String>,
    count: usize,
}

impl Writer<'_> {
    fn next_text(&mut self) -> String {
        self.count += 1;
        format!("state {}", self.count)
    }

    fn document(&mut self, is_good: bool) -> (Value, Option<String>) {
        if !is_good {
            return (document(&self.id, &[("state", json!(1), "integer")]), None);
        }
        let text = self.next_text();
        let good = document(&self.id, &[("state", json!(text), "string")]);
        (good, Some(text))
    }

    async fn write(&mut self, write: &Write) {
        match write {
            Write::Submit(documents) => {
                let mut sent = Vec::new();
                for is_good in documents {
                    let (one, state) = self.document(*is_good);
                    sent.push(one);
                    self.expected = state.or(self.expected.take());
                }
                self.books.submit(json!(sent)).await;
            }
            Write::Create(is_good) => {
                let (one, state) = self.document(*is_good);
                let status = self.call("POST", "", json!({ "document": one })).await;
                let is_new = self.expected.is_none();
                assert_eq!(status == 200, is_new && *is_good);
                self.expected = self.expected.take().or(state);
            }
            Write::CreateOrUpdate(is_good) => {
                let (one, state) = self.document(*is_good);
                let body = json!({ "document": one });
                let status = self.call("POST", "/create_or_update", body).await;
                assert_eq!(status == 200, *is_good);
                self.expected = state.or(self.expected.take());
            }
            Write::UpdateFields(is_good) => {
                let (fields, state) = self.change(*is_good);
                let path = format!("/{}/update_fields", self.id);
                let status = self.call("PUT", &path, json!({ "fields": fields })).await;
                assert_eq!(status == 200, self.expected.is_some() && *is_good);
                self.settle_update(state);
            }
            Write::BulkUpdate(is_good) => {
                let (fields, state) = self.change(*is_good);
                let one = json!({"external_id": self.id, "fields": fields});
                self.call("PUT", "/bulk_update", json!({ "documents": [one] }))
                    .await;
                self.settle_update(state);
            }
            Write::Delete => {
                let status = self
                    .call("DELETE", &format!("/{}", self.id), json!({}))
                    .await;
                assert_eq!(status == 204, self.expected.is_some());
                self.expected = None;
            }
            Write::BulkDestroy => {
                let body = json!({ "documents": [self.id] });
                self.call("POST", "/bulk_destroy", body).await;
                self.expected = None;
            }
        }
    }

    fn change(&mut self, is_good: bool) -> (Value, Option<String>) {
        if !is_good {
            return (json!({"nothing": "x"}), None);
        }
        let text = self.next_text();
        (json!({"state": text}), Some(text))
    }

    /// Only what is there can be updated.
    fn settle_update(&mut self, state: Option<String>) {
        if self.expected.is_some() && state.is_some() {
            self.expected = state;
        }
    }

    async fn call(&self, method: &str, path: &str, body: Value) -> u16 {
        self.books.call(method, path, body).await.status
    }
}

#[test]
fn the_last_write_that_did_not_fail_is_what_stays() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let (server, client, books) = runtime.block_on(async {
        let server = server().await;
        let client = Client::of(&server);
        let books = client.make_type("books").await;
        // Gives the field its type.
        books
            .index(json!([document(
                "first",
                &[("state", json!("x"), "string")]
            )]))
            .await;
        (server, client, books)
    });
    let cases = AtomicUsize::new(0);
    let mut runner = TestRunner::new(proptest::test_runner::Config {
        cases: CASES,
        failure_persistence: None,
        ..Default::default()
    });
    let any_writes = proptest::collection::vec(any_write(), 1..12);
    let outcome = runner.run(&any_writes, |writes| {
        let case = cases.fetch_add(1, Ordering::Relaxed);
        let id = format!("case-{case}");
        let (expected, stored, found) = runtime.block_on(async {
            let mut writer = Writer {
                books: &books,
                id: id.clone(),
                expected: None,
                count: 0,
            };
            for write in &writes {
                writer.write(write).await;
            }
            let stored = books.call("GET", &format!("/{id}"), json!({})).await;
            // When this can be found, everything before it can.
            books
                .index(json!([document("last", &[("state", json!(id), "string")])]))
                .await;
            let only = json!({"filters": {"books": {"external_id": id}}});
            (writer.expected, stored, books.search(only).await.good())
        });
        let expected_status = if expected.is_some() { 200 } else { 404 };
        prop_assert_eq!(stored.status, expected_status);
        let records = found.0["records"]["books"].clone();
        if let Some(text) = &expected {
            prop_assert_eq!(&stored.json()["state"], text);
            prop_assert_eq!(&records[0]["state"], text);
        } else {
            prop_assert_eq!(records, json!([]));
        }
        Ok(())
    });
    drop((server, client));
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
}
