//! The handlers over an engine that keeps objects in a map.

mod map_engine;

use std::collections::HashMap;
use std::io::Write as _;
use std::sync::Arc;

use arc_swap::ArcSwap;
use axum::Router;
use axum::body::Body;
use http_body_util::BodyExt;
use rstest::rstest;
use serde_json::Value;
use tower::ServiceExt;

use self::map_engine::{MapEngine, Mood};
use super::*;
use crate::api::luigisbox::routes;
use crate::api::{Limits, Parts, Sites};
use crate::auth::{AuthRules, Credentials, SecretKey, digest, string_to_sign};
use crate::domain::{
    AttributesForm, Clock, Language, Object, Site, Timestamp, TrackerId, VariantMode,
};
use crate::engine::{Extraction, Sequence};

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
                language: Language::default(),
                rules: Arc::default(),
                words_by_attribute: false,
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
            engine: engine.clone(),
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
            operators: None,
            started_at: NOW,
            public_url: None,
        });
        Self {
            routes: routes().with_state(state),
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

#[tokio::test]
async fn objects_are_replaced_patched_and_deleted() {
    let api = TestApi::new();
    let objects = json!({"objects": [product("a", "A", "X"), product("b", "B", "X")]});
    assert_eq!(api.call("POST", &objects).await, (201, ok(2)));
    let patch = json!({"objects": [{"identity": "a", "fields": {"title": "A2"}}]});
    assert_eq!(api.call("PATCH", &patch).await, (200, ok(1)));
    assert_eq!(api.titles(), ["a=A2", "b=B"]);
    let keys = json!({"objects": [{"identity": "b", "type": "item"}]});
    assert_eq!(api.call("DELETE", &keys).await, (200, ok(1)));
    assert_eq!(api.titles(), ["a=A2"]);
}

#[tokio::test]
async fn good_objects_are_applied_beside_bad_ones() {
    let api = TestApi::new();
    let objects = json!({"objects": [
        product("a", "", "X"), product("b", "B", "X"), "c", product("a", "A", "X"),
    ]});
    let (status, report) = api.call("POST", &objects).await;
    assert_eq!(status, 400);
    assert_eq!(report["ok_count"], 2);
    assert_eq!(report["errors_count"], 2);
    let malformed = |cause: Value| json!({"type": "malformed_input", "reason": "incorrect object format", "caused_by": cause});
    assert_eq!(
        report["errors"],
        json!({
            "a": malformed(json!({"title": ["must be filled"]})),
            "object #2": malformed(json!({"object": ["must be a hash"]})),
        })
    );
    assert_eq!(api.titles(), ["a=A", "b=B"]);
}

#[tokio::test]
async fn what_the_engine_refuses_is_in_the_report() {
    let api = TestApi::new();
    api.call("POST", &json!({"objects": [product("a", "A", "X")]}))
        .await;
    let patch = json!({"objects": [{"identity": "x"}, {"identity": "a", "type": "other"}]});
    let (status, report) = api.call("PATCH", &patch).await;
    assert_eq!(status, 400);
    assert_eq!(report["ok_count"], 0);
    assert_eq!(
        report["errors"]["x"],
        json!({"type": "not_found", "reason": "Identity not in catalog"})
    );
    assert_eq!(
        report["errors"]["a"]["caused_by"],
        json!({"type": ["cannot be changed"]})
    );
    let keys = json!({"objects": [{"identity": "a", "type": "other"}]});
    let (status, report) = api.call("DELETE", &keys).await;
    assert_eq!((status, &report["errors_count"]), (400, &json!(1)));
    assert_eq!(report["errors"]["a"]["type"], "not_found");
}

#[tokio::test]
async fn an_empty_request_succeeds() {
    let api = TestApi::in_mood(Mood::Unavailable);
    let nothing = json!({"objects": []});
    assert_eq!(api.call("POST", &nothing).await, (201, ok(0)));
    assert_eq!(api.call("PATCH", &nothing).await, (200, ok(0)));
    assert_eq!(api.call("DELETE", &nothing).await, (200, ok(0)));
}

#[tokio::test]
async fn a_large_body_is_taken_like_a_small_one() {
    let api = TestApi::new();
    let bad = || (0..600).map(|n| json!({"identity": format!("bad {n}")}));
    let good = (0..600).map(|n| product(&format!("good {n}"), "T", "X"));
    let objects: Vec<_> = bad().chain(good).collect();
    let body = json!({"objects": objects}).to_string();
    assert!(body.len() > INLINE_PARSE_BYTES_MAX);
    let (status, report) = api.send(signed("POST", "/v1/content", body)).await;
    assert_eq!(status, 400);
    assert_eq!(report["ok_count"], 600);
    assert_eq!(report["errors_count"], 600);
}

#[rstest]
#[case::deflate("deflate")]
#[case::gzip("gzip")]
#[tokio::test]
async fn compressed_bodies_are_read(#[case] encoding: &str) {
    let api = TestApi::new();
    let body = json!({"objects": [product("a", "A", "X")]}).to_string();
    let level = flate2::Compression::default();
    let compressed = if encoding == "gzip" {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), level);
        encoder.write_all(body.as_bytes()).expect("memory takes it");
        encoder.finish()
    } else {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), level);
        encoder.write_all(body.as_bytes()).expect("memory takes it");
        encoder.finish()
    };
    let mut request = signed("POST", "/v1/content", compressed.expect("memory takes it"));
    let encoding = encoding.parse().expect("a header value");
    request.headers_mut().insert("content-encoding", encoding);
    assert_eq!(api.send(request).await, (201, ok(1)));
}

#[rstest]
#[case("POST", "{", json!({"body": ["is not valid JSON: EOF while parsing an object at line 1 column 1"]}))]
#[case("PATCH", "[]", json!({"objects": ["is missing"]}))]
#[case("DELETE", r#"{"objects":{}}"#, json!({"objects": ["must be an array"]}))]
#[tokio::test]
async fn an_unusable_request_applies_nothing(
    #[case] method: &str,
    #[case] body: &'static str,
    #[case] caused_by: Value,
) {
    let api = TestApi::new();
    let answer = api.send(signed(method, "/v1/content", body)).await;
    assert_eq!(answer, (400, incorrect_parameters(&caused_by)));
}

#[rstest]
#[case("PATCH", 4, "more than 3 objects")]
#[case("DELETE", 5, "more than 4 objects")]
#[tokio::test]
async fn too_many_objects_are_refused_whole(
    #[case] method: &str,
    #[case] count: usize,
    #[case] reason: &str,
) {
    let api = TestApi::new();
    let objects: Vec<_> = (0..count)
        .map(|n| json!({"identity": n, "type": "item"}))
        .collect();
    let (status, body) = api.call(method, &json!({"objects": objects})).await;
    assert_eq!(status, 413);
    assert_eq!(body, json!({"type": "payload_too_large", "reason": reason}));
    let (status, _) = api.call(method, &json!({"objects": objects[1..]})).await;
    assert_eq!(status, 400, "as many as allowed are looked at one by one");
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused() {
    let api = TestApi::new();
    let request = signed("POST", "/v1/content", vec![b' '; 100_001]);
    let (status, body) = api.send(request).await;
    assert_eq!(status, 413);
    assert_eq!(body["reason"], "body is larger than 100000 bytes");
}

#[tokio::test]
async fn a_declared_length_over_the_limit_is_refused_before_the_signature() {
    let api = TestApi::new();
    let mut request = signed("POST", "/v1/content", "");
    let length = "100001".parse().expect("a header value");
    request.headers_mut().insert("content-length", length);
    request.headers_mut().remove("authorization");
    let (status, body) = api.send(request).await;
    assert_eq!((status, &body["type"]), (413, &json!("payload_too_large")));
}

#[tokio::test]
async fn an_unknown_encoding_is_refused_after_the_signature() {
    let api = TestApi::new();
    let request = || {
        let mut request = signed("POST", "/v1/content", "x");
        let encoding = "br".parse().expect("a header value");
        request.headers_mut().insert("content-encoding", encoding);
        request
    };
    let unsupported = json!({"error": "Unsupported content encoding"});
    assert_eq!(api.send(request()).await, (415, unsupported));
    let mut unsigned = request();
    unsigned.headers_mut().remove("authorization");
    assert_eq!(api.send(unsigned).await.0, 401);
}

#[rstest]
#[case("POST", "/v1/content")]
#[case("PATCH", "/v1/content")]
#[case("DELETE", "/v1/content")]
#[case("POST", "/v1/content/commit?type=item&generation=X")]
#[tokio::test]
async fn nothing_is_done_unsigned(#[case] method: &str, #[case] uri: &str) {
    let api = TestApi::new();
    let body = json!({"objects": [product("a", "A", "X")]}).to_string();

    let mut unsigned = signed(method, uri, body.clone());
    unsigned.headers_mut().remove("authorization");
    let (status, answer) = api.send(unsigned).await;
    assert_eq!(
        (status, &answer["reason"]),
        (401, &json!("missing_authorization"))
    );

    let other_method = if method == "POST" { "PATCH" } else { "POST" };
    let mut missigned = signed(other_method, uri, body.clone());
    *missigned.method_mut() = method.parse().expect("a method");
    let (status, answer) = api.send(missigned).await;
    assert_eq!(status, 401);
    let path = uri.split('?').next().unwrap_or_default();
    assert_eq!(
        answer["string_to_sign"],
        format!("{method}\n{JSON}\n{DATE}\n{path}")
    );

    let not_allowed = signed_as("closed", method, uri, body);
    let forbidden = json!({"error": "API not allowed"});
    assert_eq!(api.send(not_allowed).await, (403, forbidden));
    assert!(api.titles().is_empty());
}

#[rstest]
#[case(Mood::Overloaded, 429, "Too many requests")]
#[case(Mood::Unavailable, 503, "Service unavailable")]
#[tokio::test]
async fn a_write_the_engine_cannot_take_is_to_be_tried_again(
    #[case] mood: Mood,
    #[case] status: u16,
    #[case] words: &str,
) {
    let api = TestApi::in_mood(mood);
    let object = json!({"objects": [product("a", "A", "X")]});
    let expected = (status, json!({"error": words}));
    assert_eq!(api.call("POST", &object).await, expected);
    let commit = signed("POST", "/v1/content/commit?type=item&generation=X", "");
    assert_eq!(api.send(commit).await, expected);
}

#[tokio::test]
async fn a_write_that_takes_too_long_is_given_up() {
    let api = TestApi::in_mood(Mood::Stuck);
    let object = json!({"objects": [product("a", "A", "X")]});
    let (status, body) = api.call("POST", &object).await;
    assert_eq!((status, body), (408, json!("Request timed out")));
}

#[tokio::test]
async fn extraction_and_waiting_are_asked_for_in_the_query() {
    let api = TestApi::new();
    let body = json!({"objects": [product("a", "A", "X")]}).to_string();
    for query in ["", "?extract=false", "?wait_for=visible&v=1"] {
        let request = signed("POST", &format!("/v1/content{query}"), body.clone());
        assert_eq!(api.send(request).await.0, 201);
    }
    let extractions = api.engine.extractions.lock().expect("not poisoned").clone();
    let (extract, leave) = (Extraction::Extract, Extraction::Leave);
    assert_eq!(extractions, [extract, leave, extract]);
    let waited_for = api.engine.waited_for.lock().expect("not poisoned").clone();
    assert_eq!(waited_for, [Sequence(7)]);

    let mistyped = signed("POST", "/v1/content?extract=nope", body);
    let told = incorrect_parameters(&json!({"extract": ["must be true or false"]}));
    assert_eq!(api.send(mistyped).await, (400, told));
}

#[tokio::test]
async fn a_commit_deletes_what_the_upload_did_not_mark() {
    let api = TestApi::new();
    let objects = [
        product("1", "one", "X"),
        product("2", "two", "Y"),
        product("3", "three", "Y"),
    ];
    api.call("POST", &json!({"objects": objects})).await;
    let commit = |query: &str| {
        let uri = format!("/v1/content/commit?{query}");
        signed("POST", &uri, "{\n}")
    };
    let not_found = json!({"type": "not_found", "reason": "Generation not in catalog"});
    assert_eq!(
        api.send(commit("type=item&generation=Z")).await,
        (400, not_found)
    );
    assert_eq!(api.titles().len(), 3);
    let deleted = |count: u64| (201, json!({"deleted_count": count}));
    assert_eq!(api.send(commit("type=item&generation=Y")).await, deleted(1));
    assert_eq!(api.send(commit("type=item&generation=Y")).await, deleted(0));
    assert_eq!(api.titles(), ["2=two", "3=three"]);
    let unchecked = commit("type=item&generation=Z&validate_generation=false");
    assert_eq!(api.send(unchecked).await, deleted(2));
    assert_eq!(
        api.send(commit("type=item")).await,
        (
            400,
            incorrect_parameters(&json!({"generation": ["is missing"]}))
        )
    );
}
