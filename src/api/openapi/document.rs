//! The description as one `OpenAPI` 3.1 document. Invariant: it is made of the operations that are served, once, and its
//! tag is of its bytes.

use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::Operation;

/// What the document says of the whole API, for people.
const ABOUT: &str = include_str!("about.md");

/// What the API is about, as one document.
#[derive(Debug)]
pub struct Description {
    json: Value,
    pub(super) bytes: Bytes,
    /// Quoted, as in `ETag`.
    pub(super) tag: String,
}

/// Where the server is reached.
#[derive(Clone, Debug, Default)]
pub struct Place {
    /// Scheme, host and what stands before all paths, as far as they are configured.
    pub url: String,
}

impl Description {
    pub(super) fn new<'a>(
        place: &Place,
        operations: impl Iterator<Item = &'a Operation>,
        schemas: impl Iterator<Item = &'a (&'static str, Value)>,
    ) -> Self {
        let mut paths: Map<String, Value> = Map::new();
        for operation in operations {
            let path = paths.entry(operation.path()).or_insert_with(|| json!({}));
            path[operation.verb().key()] = operation.written();
        }
        let schemas = schemas.map(|(name, schema)| ((*name).to_owned(), schema.clone()));
        let schemas: Map<String, Value> = schemas.collect();
        let url = match place.url.as_str() {
            "" => "/",
            url => url,
        };
        let json = json!({
            "openapi": "3.1.0",
            "info": {
                "title": "vetrina",
                "version": env!("CARGO_PKG_VERSION"),
                "summary": "Search for shops: signed catalogs in, faceted search out",
                "description": ABOUT,
                "license": {"name": "MIT or Apache-2.0", "identifier": "MIT OR Apache-2.0"},
            },
            "servers": [{"url": url}],
            "tags": tags(&paths),
            "paths": paths,
            "components": {
                "schemas": schemas,
                "headers": {"RetryAfter": {
                    "description": "When to come again, in whole seconds",
                    "required": true,
                    "schema": {"type": "integer", "minimum": 0},
                }},
                "securitySchemes": security_schemes(),
            },
        });
        let bytes = Bytes::from(json.to_string());
        let hash = blake3::hash(&bytes).to_hex();
        Self {
            json,
            bytes,
            tag: format!("\"{}\"", &hash[..16]),
        }
    }

    pub fn json(&self) -> &Value {
        &self.json
    }
}

/// What there is in the order of the paths.
fn tags(paths: &Map<String, Value>) -> Vec<Value> {
    let operations = paths.values().filter_map(Value::as_object);
    let operations = operations.flat_map(Map::values);
    let mut tags: Vec<Value> = Vec::new();
    for name in operations.map(|operation| &operation["tags"][0]) {
        if tags.iter().all(|tag| tag["name"] != *name) {
            tags.push(json!({"name": name}));
        }
    }
    tags
}

fn security_schemes() -> Value {
    json!({
        "signature": {
            "type": "apiKey", "in": "header", "name": "Authorization",
            "description": "`<any word> <tracker id>:<digest>`. The digest is the Base64 of the HMAC-SHA256, keyed with the \
                private key of the site, over four lines joined by LF: method, `Content-Type`, `Date` and path as they are \
                sent, the path without the query string. `vetrina sign` makes it; `/browse/signing` says why one does not hold.",
        },
        "signatureDate": {
            "type": "apiKey", "in": "header", "name": "Date",
            "description": "When it was signed, as an HTTP date: `Thu, 29 Jun 2017 12:11:16 GMT`. It may differ from the \
                clock of the server by `date_tolerance_s` (60 seconds unless set), so every retry is signed anew.",
        },
        "apiKey": {
            "type": "http", "scheme": "bearer",
            "description": "A key of `[swiftype]`.",
        },
        "apiKeyBasic": {
            "type": "http", "scheme": "basic",
            "description": "The same key as the user, without a password.",
        },
        "apiKeyQuery": {
            "type": "apiKey", "in": "query", "name": "auth_token",
            "description": "The same key as a parameter, or as a member of the body.",
        },
        "syncToken": {
            "type": "apiKey", "in": "header", "name": "Authorization",
            "description": "`Token <one of admin_tokens of [product_sync]>`.",
        },
        "adminToken": {
            "type": "http", "scheme": "bearer",
            "description": "`[admin] token`. Where none is set, clients on the same machine need none.",
        },
    })
}
