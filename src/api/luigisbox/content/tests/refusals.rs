//! Requests of which nothing is done: unsigned, or more than the engine can take.

use rstest::rstest;

use super::*;

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
#[case(Mood::Overloaded, 429, json!({"error": "Too many requests"}))]
#[case(Mood::Unavailable, 503, json!({"error": "Service unavailable", "details": "disk full"}))]
#[tokio::test]
async fn a_write_the_engine_cannot_take_is_to_be_tried_again(
    #[case] mood: Mood,
    #[case] status: u16,
    #[case] body: Value,
) {
    let api = TestApi::in_mood(mood);
    let object = json!({"objects": [product("a", "A", "X")]});
    let expected = (status, body);
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
