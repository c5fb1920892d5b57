//! Every failure with the status and body clients get for it.

use axum::http::HeaderMap;
use http_body_util::BodyExt;
use rstest::rstest;

use super::*;
use crate::domain::{CommitSurvey, Rule, Timestamp, TrackerId};

async fn answer(error: Error) -> (StatusCode, HeaderMap, String) {
    let (head, body) = error.into_response().into_parts();
    let body = body.collect().await.expect("bodies are in memory");
    let text = String::from_utf8(body.to_bytes().to_vec()).expect("answers are UTF-8");
    (head.status, head.headers, text)
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn incorrect_parameters(caused_by: &Value) -> Value {
    json!({
        "type": "malformed_input",
        "reason": "incorrect parameters provided",
        "caused_by": caused_by,
    })
}

fn too_large_by(reason: &str) -> Value {
    json!({"type": "payload_too_large", "reason": reason})
}

fn encoded_limit() -> Error {
    Error::Body(BodyError::TooLarge {
        limit: SizeLimit::Encoded,
        bytes_max: 5_242_880,
    })
}

fn decoded_limit() -> Error {
    Error::Body(BodyError::TooLarge {
        limit: SizeLimit::Decoded,
        bytes_max: 10_485_760,
    })
}

fn syntax_error() -> Error {
    let error = serde_json::from_str::<Value>("{").expect_err("broken JSON");
    Error::Batch(BatchError::Syntax(error))
}

#[rstest]
#[case(Error::ApiNotAllowed, 403, json!({"error": "API not allowed"}))]
#[case(
    encoded_limit(),
    413,
    too_large_by("body is larger than 5242880 bytes")
)]
#[case(
    decoded_limit(),
    413,
    too_large_by("body is larger than 10485760 bytes after decompression")
)]
#[case(
    Error::Batch(BatchError::TooManyObjects { max: 300 }),
    413,
    too_large_by("more than 300 objects")
)]
#[case(
    Error::Batch(BatchError::TooManyValues { max: 1_000_000 }),
    413,
    too_large_by("more than 1000000 values")
)]
#[case(
    Error::Body(BodyError::UnsupportedEncoding),
    415,
    json!({"error": "Unsupported content encoding"})
)]
#[case(
    Error::Body(BodyError::Broken("invalid gzip header".to_owned())),
    400,
    incorrect_parameters(&json!({"body": ["is not valid JSON: invalid gzip header"]}))
)]
#[case(
    Error::Body(BodyError::Disconnected),
    400,
    incorrect_parameters(&json!({"body": ["ended early"]}))
)]
#[case(
    syntax_error(),
    400,
    incorrect_parameters(
        &json!({"body": ["is not valid JSON: EOF while parsing an object at line 1 column 1"]})
    )
)]
#[case(
    Error::Batch(BatchError::TooDeep),
    400,
    incorrect_parameters(&json!({"body": ["is nested too deep"]}))
)]
#[case(
    Error::Batch(BatchError::Objects(Rule::Missing)),
    400,
    incorrect_parameters(&json!({"objects": ["is missing"]}))
)]
#[case(
    Error::Batch(BatchError::Objects(Rule::NotList)),
    400,
    incorrect_parameters(&json!({"objects": ["must be an array"]}))
)]
#[case(
    Error::TooManyParameters(TooManyParameters),
    400,
    incorrect_parameters(&json!({"query": ["more than 1000 parameters"]}))
)]
#[case(
    Error::BadParameter(BadParameter { name: "wait_for", expected: "visible" }),
    400,
    incorrect_parameters(&json!({"wait_for": ["must be visible"]}))
)]
#[case(
    Error::Parameters(Problems::one(["generation"], Rule::Missing)),
    400,
    incorrect_parameters(&json!({"generation": ["is missing"]}))
)]
#[case(
    Error::NoSuchGeneration,
    400,
    json!({"type": "not_found", "reason": "Generation not in catalog"})
)]
#[case(
    Error::Guarded { survey: CommitSurvey { staying: 2, leaving: 8 }, percent: 50 },
    400,
    json!({"type": "guarded", "reason": "the commit would delete 8 of 10 objects of the type, more than 50 %: \
        nothing was deleted; see which with `dry_run=true`, or send `force=1`"})
)]
#[case(
    Error::Engine(EngineError::UnknownAttribute("geo".into())),
    400,
    json!({"error": "Nonexisting attribute used: geo"})
)]
#[tokio::test]
async fn failures_have_their_status_and_body(
    #[case] error: Error,
    #[case] status: u16,
    #[case] body: Value,
) {
    let (found, headers, text) = answer(error).await;
    assert_eq!(found.as_u16(), status);
    let content_type = header(&headers, "content-type");
    assert_eq!(content_type, Some("application/json; charset=utf-8"));
    assert_eq!(serde_json::from_str::<Value>(&text).ok(), Some(body));
}

#[tokio::test]
async fn a_write_in_doubt_is_said_to_be_one() {
    let error = Error::Engine(EngineError::InDoubt { retry_after_s: 10 });
    let (status, headers, text) = answer(error).await;
    assert_eq!(status.as_u16(), 503);
    assert_eq!(header(&headers, "retry-after"), Some("10"));
    let expected = json!({
        "error": "Service unavailable",
        "details": "the write is in doubt: what keeps the catalog failed during it, and it may be applied",
    });
    assert_eq!(serde_json::from_str::<Value>(&text).ok(), Some(expected));
}

#[tokio::test]
async fn a_site_that_cannot_be_written_says_why_and_when_to_come_again() {
    let reason = "disk full".to_owned();
    let error = Error::Engine(EngineError::Unavailable {
        reason,
        retry_after_s: 30,
    });
    let (status, headers, text) = answer(error).await;
    assert_eq!(status.as_u16(), 503);
    assert_eq!(header(&headers, "retry-after"), Some("30"));
    let expected = json!({"error": "Service unavailable", "details": "disk full"});
    assert_eq!(serde_json::from_str::<Value>(&text).ok(), Some(expected));
}

#[rstest]
#[case(Error::Body(BodyError::Overloaded), 429, "Too many requests", "1")]
#[case(Error::Throttled(Refused { retry_after_s: 7 }), 429, "Too many requests", "7")]
#[case(
    Error::Engine(EngineError::Overloaded { retry_after_s: 2 }),
    429,
    "Too many requests",
    "2"
)]
#[case(
    Error::Engine(EngineError::UnknownSite(TrackerId::new("1-2").expect("a tracker id"))),
    503,
    "Service unavailable",
    "10"
)]
#[tokio::test]
async fn what_may_be_tried_again_says_when(
    #[case] error: Error,
    #[case] status: u16,
    #[case] words: &str,
    #[case] retry_after_s: &str,
) {
    let (found, headers, text) = answer(error).await;
    assert_eq!(found.as_u16(), status);
    assert_eq!(header(&headers, "retry-after"), Some(retry_after_s));
    let body = serde_json::from_str::<Value>(&text).ok();
    assert_eq!(body, Some(json!({"error": words})));
}

#[rstest]
#[case(Error::Body(BodyError::TimedOut))]
#[case(Error::Engine(EngineError::TimedOut))]
#[tokio::test]
async fn a_timeout_is_plain_text(#[case] error: Error) {
    let (status, headers, text) = answer(error).await;
    assert_eq!(status, StatusCode::REQUEST_TIMEOUT);
    let content_type = header(&headers, "content-type");
    assert_eq!(content_type, Some("text/plain; charset=utf-8"));
    assert_eq!(text, "Request timed out");
}

#[tokio::test]
async fn a_failure_of_ours_tells_the_client_nothing_of_its_cause() {
    let source = std::io::Error::other("/secret/path is broken");
    let (status, _, text) = answer(Error::Engine(EngineError::Internal {
        context: "reading the store",
        source: Box::new(source),
    }))
    .await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(text, "");

    let lost = tokio::spawn(std::future::pending::<()>());
    lost.abort();
    let lost = lost.await.expect_err("the task was aborted");
    let (status, _, text) = answer(Error::TaskLost(lost)).await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(text, "");
}

#[rstest]
#[case(AuthError::MissingAuthorization, "missing_authorization")]
#[case(AuthError::MalformedAuthorization, "malformed_authorization")]
#[case(AuthError::UnknownKey, "unknown_key")]
#[case(AuthError::MissingDate, "missing_date")]
#[case(AuthError::MalformedDate, "malformed_date")]
#[case(AuthError::DuplicateHeader { header: "Date" }, "duplicate_header")]
#[tokio::test]
async fn a_refused_signature_says_why(#[case] error: AuthError, #[case] reason: &str) {
    let details = error.to_string();
    let (status, headers, text) = answer(Error::NotAuthorized(error)).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    assert_eq!(header(&headers, "www-authenticate"), Some("ApiAuth"));
    let body = json!({"error": "Not Authorized", "reason": reason, "details": details});
    assert_eq!(serde_json::from_str::<Value>(&text).ok(), Some(body));
}

#[tokio::test]
async fn a_stale_date_is_answered_with_the_servers() {
    let error = AuthError::DateOutOfRange {
        server_now: Timestamp::from_millis(1_498_738_276_500),
        tolerance_s: 60,
    };
    let (_, _, text) = answer(Error::NotAuthorized(error)).await;
    let body: Value = serde_json::from_str(&text).expect("a JSON body");
    assert_eq!(body["reason"], "date_out_of_range");
    assert_eq!(body["server_date"], "2017-06-29T12:11:16+00:00");
}

#[tokio::test]
async fn a_mismatch_is_answered_with_the_string_to_sign() {
    let error = AuthError::SignatureMismatch {
        string_to_sign: b"POST\na\xff\nnow\n/x".to_vec(),
    };
    let (_, _, text) = answer(Error::NotAuthorized(error)).await;
    let body: Value = serde_json::from_str(&text).expect("a JSON body");
    assert_eq!(body["reason"], "signature_mismatch");
    assert_eq!(body["string_to_sign"], "POST\na\u{fffd}\nnow\n/x");
}
