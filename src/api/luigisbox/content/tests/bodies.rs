//! Bodies: large ones, compressed ones, and those that are refused whole.

use std::io::Write as _;

use rstest::rstest;

use super::*;

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
