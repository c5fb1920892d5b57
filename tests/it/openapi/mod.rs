//! What the server says of its own API: that it is all there is, and that it is true.

mod examples;
mod page;
mod schema;
mod served;
mod whole;

use serde_json::{Map, Value};

#[cfg(feature = "postgres")]
use crate::support::TestDatabase;
use crate::support::TestServer;

/// A key of the Swiftype API.
const API_KEY: &str = "a-key-for-documents";

/// A server of everything that can be configured, with the demo catalog.
struct Demo {
    server: TestServer,
    /// Of the product sync; without a `PostgreSQL` there is none.
    #[cfg(feature = "postgres")]
    _database: Option<TestDatabase>,
}

impl Demo {
    async fn start() -> Self {
        let builder =
            TestServer::builder().sections(&format!("[swiftype]\napi_keys = [{API_KEY:?}]\n"));
        #[cfg(feature = "postgres")]
        let demo = {
            let database = crate::sync::items(3).await;
            let builder = match &database {
                Some(database) => builder
                    .sections(&crate::sync::source("auto = \"off\""))
                    .variable("SHOP_DSN", &database.dsn()),
                None => builder,
            };
            Self {
                server: builder.start().await,
                _database: database,
            }
        };
        #[cfg(not(feature = "postgres"))]
        let demo = Self {
            server: builder.start().await,
        };
        let catalog = include_str!("../../../src/cli/demo.ndjson");
        let objects = catalog.lines().map(|line| {
            let object: Value = serde_json::from_str(line).expect("a line is an object");
            object
        });
        demo.server.site().replace(objects).await.status(201);
        demo
    }

    async fn description(&self) -> Description {
        let json = self.server.get("/openapi.json").await.status(200).json();
        Description { json }
    }
}

/// `/openapi.json`, with questions.
struct Description {
    json: Value,
}

/// One method of one path.
#[derive(Clone, Copy)]
struct Described<'d> {
    path: &'d str,
    method: &'d str,
    json: &'d Value,
}

impl Description {
    fn operations(&self) -> Vec<Described<'_>> {
        let paths = members(&self.json["paths"]);
        let methods = paths.flat_map(|(path, methods)| {
            members(methods).map(move |(method, json)| Described { path, method, json })
        });
        methods.collect()
    }

    fn schemas(&self) -> &Map<String, Value> {
        let schemas = self.json["components"]["schemas"].as_object();
        schemas.expect("schemas")
    }
}

impl Described<'_> {
    fn name(&self) -> String {
        format!("{} {}", self.method.to_uppercase(), self.path)
    }
}

/// Nothing, where there is none.
fn list(json: &Value) -> &[Value] {
    json.as_array().map_or(&[], Vec::as_slice)
}

/// Members of a map; none where there is none.
fn members(json: &Value) -> impl Iterator<Item = (&String, &Value)> {
    json.as_object().into_iter().flatten()
}
