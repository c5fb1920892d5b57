//! The Swiftype API (docs/reference/10-swiftype.md), through the public door.

mod analytics;
mod auth;
mod crashes;
mod documents;
mod engines;
mod exchanges;
mod figures;
mod ids;
mod made_types;
mod names;
mod order;
mod public;
mod rate_limit;
mod receipts;
mod search;
mod updated;

use std::path::Path;

use serde_json::{Value, json};

use crate::support::{Answer, TestServer, ask_with, eventually};

/// Opens every engine of a test server.
pub(crate) const KEY: &str = "api key";

/// The engine that every test server has, beside its usual site.
pub(crate) const ENGINE: &str = "bookstore";

/// A client with a key, as the official ones are.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    base: String,
    key: String,
}

/// A document type of an engine.
#[derive(Clone, Debug)]
pub(crate) struct Type {
    client: Client,
    path: String,
}

/// A server with the engine.
pub(crate) async fn server() -> TestServer {
    let builder = TestServer::builder()
        .set("swiftype.api_keys", format!("[{KEY:?}]"))
        .set("swiftype.engines", format!("[{ENGINE:?}]"));
    builder.start().await
}

/// A server on this folder, without engines but those that are made.
pub(crate) async fn server_in(folder: &Path) -> TestServer {
    let builder = TestServer::builder().set("swiftype.api_keys", format!("[{KEY:?}]"));
    builder.data_dir(folder).start().await
}

impl Client {
    pub(crate) fn new(base: &str, key: &str) -> Self {
        Self {
            base: base.to_owned(),
            key: key.to_owned(),
        }
    }

    pub(crate) fn of(server: &TestServer) -> Self {
        Self::new(&server.base(), KEY)
    }

    /// A request whose body carries the key, as the reference's examples do.
    pub(crate) async fn call(&self, method: &str, path: &str, body: Value) -> Answer {
        let mut body = body;
        body["auth_token"] = self.key.clone().into();
        let url = format!("{}/api/v1{path}", self.base);
        let json = [("Content-Type", "application/json")];
        ask_with(method, &url, &json, body.to_string()).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call("GET", path, json!({})).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.call("POST", path, body).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Answer {
        self.call("PUT", path, body).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.call("DELETE", path, json!({})).await
    }

    /// Creates a type in the usual engine.
    pub(crate) async fn make_type(&self, name: &str) -> Type {
        let body = json!({"document_type": {"name": name}});
        let path = format!("/engines/{ENGINE}/document_types.json");
        self.post(&path, body).await.status(200);
        Type {
            client: self.clone(),
            path: format!("/engines/{ENGINE}/document_types/{name}"),
        }
    }

    /// Polls receipts until none is pending.
    pub(crate) async fn settled(&self, receipts: &Value) -> Vec<Value> {
        let ids: Vec<&Value> = list(receipts)
            .iter()
            .map(|receipt| &receipt["id"])
            .collect();
        let body = json!({ "ids": ids });
        eventually("the end of all receipts", async || {
            let answer = self.post("/document_receipts.json", body.clone()).await;
            let polled = answer.status(200).json();
            let is_settled = |receipt: &Value| receipt["status"] != "pending";
            let polled = list(&polled).to_vec();
            polled.iter().all(is_settled).then_some(polled)
        })
        .await
    }
}

impl Type {
    /// Asks something below the documents of the type.
    pub(crate) async fn call(&self, method: &str, path: &str, body: Value) -> Answer {
        let path = format!("{}/documents{path}", self.path);
        self.client.call(method, &path, body).await
    }

    /// Submits documents for later; gives the receipts of the answer.
    pub(crate) async fn submit(&self, documents: Value) -> Value {
        let body = json!({ "documents": documents });
        let path = "/async_bulk_create_or_update.json";
        let answer = self.call("POST", path, body).await;
        answer.status(202).json()["document_receipts"].clone()
    }

    /// Submits documents and waits for what became of them.
    pub(crate) async fn submit_and_settle(&self, documents: Value) -> Vec<Value> {
        let receipts = self.submit(documents).await;
        self.client.settled(&receipts).await
    }

    /// Writes documents that searches find when this returns.
    pub(crate) async fn index(&self, documents: Value) {
        for receipt in self.submit_and_settle(documents).await {
            assert_eq!(receipt["status"], "complete", "{receipt}");
        }
    }

    /// A search of the type, by POST.
    pub(crate) async fn search(&self, options: Value) -> Found {
        let path = format!("{}/search.json", self.path);
        Found(self.client.post(&path, options).await.status(200).json())
    }

    /// Completions of the type, by GET with a body.
    pub(crate) async fn suggest(&self, options: Value) -> Found {
        let path = format!("{}/suggest", self.path);
        let answer = self.client.call("GET", &path, options).await;
        Found(answer.status(200).json())
    }

    /// Creates or replaces a document, which must succeed.
    pub(crate) async fn put(&self, document: Value) -> Value {
        let body = json!({ "document": document });
        let answer = self.call("POST", "/create_or_update.json", body).await;
        answer.status(200).json()
    }
}

/// The answer to a search.
#[derive(Clone, Debug)]
pub(crate) struct Found(pub(crate) Value);

impl Found {
    /// External ids of the records of a type, in order.
    #[track_caller]
    pub(crate) fn ids(&self, of: &str) -> Vec<String> {
        let records = self.0["records"][of].as_array();
        let records = records.unwrap_or_else(|| panic!("no records of {of} in {}", self.0));
        let ids = records.iter().map(|one| one["external_id"].as_str());
        ids.map(|id| id.expect("an id").to_owned()).collect()
    }

    /// Without a problem.
    #[track_caller]
    pub(crate) fn good(self) -> Self {
        assert_eq!(self.0["errors"], json!({}));
        self
    }
}

pub(crate) fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// `[(name, value, type)]` as the fields of a document.
pub(crate) fn document(external_id: &str, fields: &[(&str, Value, &str)]) -> Value {
    let fields: Vec<Value> = fields
        .iter()
        .map(|(name, value, kind)| json!({"name": name, "value": value, "type": kind}))
        .collect();
    json!({"external_id": external_id, "fields": fields})
}

/// The error of a refusal, which must have this status.
#[track_caller]
pub(crate) fn error(answer: Answer, status: u16) -> String {
    let body = answer.status(status).json();
    let words = body["error"].as_str().expect("an error is a text");
    words.to_owned()
}
