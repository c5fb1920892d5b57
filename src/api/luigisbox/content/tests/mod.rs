//! The handlers over an engine that keeps objects in a map.

mod bodies;
mod commit;
mod map_engine;
mod objects;
mod refusals;

use std::collections::HashMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use axum::Router;
use axum::body::Body;
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;

use self::map_engine::{MapEngine, Mood};
use super::*;
use crate::api::luigisbox::routes;
use crate::api::{Limits, Parts, Sites};
use crate::auth::{AuthRules, Credentials, SecretKey, digest, string_to_sign};
use crate::domain::{
    AttributesForm, Clock, Language, Object, ResultSet, Site, Timestamp, TrackerId, VariantMode,
};
use crate::engine::Engine;
use crate::engine::testing::engine_of_nothing;
use crate::http::Budgets;

const DATE: &str = "Thu, 29 Jun 2017 12:11:16 GMT";
const NOW: Timestamp = Timestamp::from_millis(1_498_738_276_000);
const JSON: &str = "application/json; charset=utf-8";

struct TestApi {
    routes: Router,
    engine: Arc<MapEngine>,
}

impl TestApi {
    fn new() -> Self {
        Self::in_mood(Mood::Willing)
    }

    fn in_mood(mood: Mood) -> Self {
        let engine = Arc::new(MapEngine {
            mood,
            ..MapEngine::default()
        });
        let site = |id: &str, api_allowed| {
            let tracker_id = TrackerId::new(id).expect("a tracker id");
            let site = Site {
                tracker_id: tracker_id.clone(),
                api_allowed,
                variants: VariantMode::default(),
                attributes_form: AttributesForm::default(),
                type_conflicts: crate::domain::TypeConflicts::default(),
                language: Language::default(),
                rules: Arc::default(),
                words_by_attribute: false,
                search_links: false,
                result_set: ResultSet::default(),
                commit_guard_percent: 0,
                commit_keeps_refused: false,
            };
            (tracker_id, Arc::new(site))
        };
        let by_id = HashMap::from([site("1234-5678", true), site("closed", false)]);
        let keys = by_id
            .keys()
            .map(|id| (id.clone(), vec![SecretKey::new("secret")]));
        let credentials = Credentials {
            keys: keys.collect(),
        };
        let state = AppState::new(Parts {
            engine: Engine {
                writes: Arc::clone(&engine) as _,
                ..engine_of_nothing()
            },
            sites: ArcSwap::from_pointee(Sites {
                by_id,
                credentials,
                ..Sites::default()
            }),
            clock: Clock::new(|| NOW),
            auth: AuthRules {
                date_tolerance_s: 60,
                path_prefix: String::new(),
            },
            limits: Limits {
                body_bytes_max: 100_000,
                decoded_bytes_max: 200_000,
                update_by_query_bytes_max: 1024,
                patch_objects_max: 3,
                delete_objects_max: 4,
                search_timeout_ms: 1_000,
                write_timeout_ms: 50,
            },
            throttle: Arc::default(),
            metrics: Arc::default(),
            budgets: Budgets::default(),
            fetches_files: false,
            operators: None,
            started_at: NOW,
            public_url: None,
        });
        Self {
            routes: routes(false).into_router().with_state(state),
            engine,
        }
    }

    async fn send(&self, request: Request) -> (u16, Value) {
        let response = self.routes.clone().oneshot(request).await;
        let (head, body) = response.expect("routes do not fail").into_parts();
        let body = body
            .collect()
            .await
            .expect("bodies are in memory")
            .to_bytes();
        let text = String::from_utf8(body.to_vec()).expect("answers are UTF-8");
        let json = serde_json::from_str(&text).unwrap_or(Value::String(text));
        (head.status.as_u16(), json)
    }

    async fn call(&self, method: &str, body: &Value) -> (u16, Value) {
        self.send(signed(method, "/v1/content", body.to_string()))
            .await
    }

    fn titles(&self) -> Vec<String> {
        let objects = self.engine.objects.lock().expect("not poisoned");
        let title = |object: &Object| {
            let title = object.fields.get("title").and_then(|title| title.as_text());
            format!("{}={}", object.identity, title.unwrap_or_default())
        };
        let mut titles: Vec<_> = objects.values().map(title).collect();
        titles.sort();
        titles
    }
}

fn signed(method: &str, uri: &str, body: impl Into<Body>) -> Request {
    signed_as("1234-5678", method, uri, body)
}

fn signed_as(tracker: &str, method: &str, uri: &str, body: impl Into<Body>) -> Request {
    let path = uri.split('?').next().unwrap_or_default();
    let text = string_to_sign(method, JSON.as_bytes(), DATE.as_bytes(), path.as_bytes());
    let digest = digest(&SecretKey::new("secret"), &text);
    Request::builder()
        .method(method)
        .uri(uri)
        .header("date", DATE)
        .header("content-type", JSON)
        .header("authorization", format!("test {tracker}:{digest}"))
        .body(body.into())
        .expect("a valid request")
}

fn product(identity: &str, title: &str, generation: &str) -> Value {
    json!({"identity": identity, "type": "item", "generation": generation,
           "fields": {"title": title}})
}

fn ok(count: usize) -> Value {
    json!({"ok_count": count, "errors_count": 0, "errors": {}})
}

fn incorrect_parameters(caused_by: &Value) -> Value {
    json!({"type": "malformed_input", "reason": "incorrect parameters provided",
           "caused_by": caused_by})
}
