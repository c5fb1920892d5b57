//! `/search` over a real catalog: what is found, in which order, and what the answer says.

mod autocomplete;
mod deep;
mod explain;
mod facet_value;
mod facets;
mod filters;
mod form;
mod heavy;
mod kept;
mod laws;
mod long_texts;
mod names;
mod order;
mod paging;
mod public;
mod result_set;
mod rules;
mod spelling;
mod variant_laws;
mod variants;
mod wording;

use serde_json::{Value, json};

use crate::support::{Answer, ObjectJson, SearchAnswer, TestServer, object};

/// A server whose one site holds some objects.
struct Catalog(TestServer);

impl Catalog {
    async fn of<const N: usize>(objects: [ObjectJson; N]) -> Self {
        Self::of_list(objects.into()).await
    }

    async fn of_list(objects: Vec<ObjectJson>) -> Self {
        let server = TestServer::start().await;
        server.site().replace(objects).await.ok();
        Self(server)
    }

    /// The same of a site that had many attributes before.
    async fn after_many_names(objects: Vec<ObjectJson>) -> Self {
        let server = TestServer::start().await;
        server.site().use_up_first_names().await;
        server.site().replace(objects).await.ok();
        Self(server)
    }

    /// A search that must succeed; `parameters` are ready for a URL.
    async fn search(&self, parameters: &str) -> SearchAnswer {
        self.0.site().search(parameters).await
    }

    /// A GET of anything.
    async fn get(&self, path_and_query: &str) -> Answer {
        self.0.get(path_and_query).await
    }

    /// Identities of the hits in order, joined by blanks.
    async fn found(&self, parameters: &str) -> String {
        self.search(parameters).await.identities().join(" ")
    }

    /// Identities of the hits, sorted: for where the order is not the point.
    async fn found_any_order(&self, parameters: &str) -> String {
        let mut found = self.search(parameters).await.identities();
        found.sort();
        found.join(" ")
    }

    /// A facet as `value count` texts.
    async fn counts(&self, parameters: &str, facet: &str) -> Vec<String> {
        let counts = self.search(parameters).await.facet(facet);
        counts
            .iter()
            .map(|(value, count)| format!("{value} {count}"))
            .collect()
    }
}

/// A product titled by its identity unless the fields say otherwise.
fn product(identity: &str, fields: Value) -> ObjectJson {
    sent("product", identity, fields)
}

fn sent(object_type: &str, identity: &str, fields: Value) -> ObjectJson {
    let Value::Object(fields) = fields else {
        panic!("fields are an object");
    };
    let entries = fields.into_iter();
    entries.fold(object(object_type, identity), |object, (name, value)| {
        object.field(&name, value)
    })
}

/// A nested category under its ancestors, top level first: `["Wear", "Socks"]`. Its identity is
/// `cat-Socks`.
fn category(path: &[&str]) -> Value {
    let (leaf, above) = path.split_last().expect("a path has a leaf");
    let entry = |title: &str| json!({"identity": format!("cat-{title}"), "type": "category", "fields": {"title": title}});
    let mut category = entry(leaf);
    if !above.is_empty() {
        let ancestors: Vec<_> = above.iter().map(|title| entry(title)).collect();
        category["fields"]["ancestors"] = json!(ancestors);
    }
    category
}
