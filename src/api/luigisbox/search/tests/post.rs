//! Searches by POST: what the body may say, and what is answered when it cannot be read.

use super::*;

#[tokio::test]
async fn a_post_asks_for_what_the_parameters_and_the_body_say() {
    let server = server(|| counted(58));
    let body = r#"{"filters":{"product":{"not":[{"filter":"color:black"}]}}}"#;
    let response = server
        .post("tracker_id=1234-5678&q=piano&f[]=type:product", body)
        .await;
    let answer: Value = serde_json::from_str(&text(response).await).expect("JSON");
    assert_eq!(
        answer["next_page"],
        "http://shop.example:7700/search?tracker_id=1234-5678&q=piano&f[]=type:product&page=2"
    );
    let asked = server.asked();
    assert_eq!(asked.text.as_ref().map(QueryText::as_str), Some("piano"));
    let [of_products] = &asked.filters.by_type[..] else {
        panic!("one tree: {:?}", asked.filters);
    };
    assert_eq!(of_products.object_type.as_str(), "product");
}

#[rstest]
#[case::no_json("{", 400, r#"{"error":"Invalid JSON"}"#)]
#[case::too_many_leaves(&format!(
    r#"{{"filters":{{"a":{{"or":[{}{{}}]}}}}}}"#, r#"{"filter":"a:b"},"#.repeat(501)
), 400, r#"{"error":"Filter too complex"}"#)]
#[case::too_long(&" ".repeat((1 << 20) + 1), 413, r#"{"error":"Body is larger than 1048576 bytes"}"#)]
#[tokio::test]
async fn a_body_that_cannot_be_read_is_told(
    #[case] body: &str,
    #[case] status: u16,
    #[case] expected: &str,
) {
    let response = server(|| counted(0))
        .post("tracker_id=1234-5678", body)
        .await;
    assert_eq!(response.status(), status);
    assert_eq!(
        header_of(&response, header::ACCESS_CONTROL_ALLOW_ORIGIN),
        "*"
    );
    assert_eq!(text(response).await, expected);
}

#[tokio::test]
async fn a_body_in_a_coding_nobody_knows_is_refused() {
    let request = Request::post("/search?tracker_id=1234-5678")
        .header(header::CONTENT_ENCODING, "compress")
        .body(Body::from("{}"));
    let response = server(|| counted(0))
        .send(request.expect("a valid request"))
        .await;
    assert_eq!(response.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let expected = r#"{"error":"Unsupported content encoding"}"#;
    assert_eq!(text(response).await, expected);
}
