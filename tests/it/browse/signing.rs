//! The page that signs a request, and says why a signature does not hold.

use vetrina::auth::{SecretKey, digest};

use super::read;
use crate::support::{Answer, PRIVATE_KEY, TRACKER_ID, TestServer, ask_with};

const DATE: &str = "Thu, 29 Jun 2017 12:11:16 GMT";

async fn send(server: &TestServer, fields: &[(&str, &str)]) -> Answer {
    let page = server.get("/browse/signing").await.status(200).text();
    let (_, key) = page
        .split_once("name=\"form_key\" value=\"")
        .expect("a form");
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("form_key", key.split('"').next().expect("it ends"));
    for (name, value) in fields {
        form.append_pair(name, value);
    }
    let url = format!("{}/browse/signing", server.base());
    let headers = [("Content-Type", "application/x-www-form-urlencoded")];
    ask_with("POST", &url, &headers, form.finish()).await
}

fn request(signed: &str, key: &str) -> String {
    let digest = digest(&SecretKey::new(key), signed.as_bytes());
    format!(
        "POST /v1/content?wait_for=visible HTTP/1.1\nContent-Type: application/json\nDate: {DATE}\n\
         Authorization: shop {TRACKER_ID}:{digest}\n"
    )
}

#[tokio::test]
async fn a_signature_that_does_not_hold_is_explained() {
    let server = TestServer::start().await;
    let right = format!("POST\napplication/json\n{DATE}\n/v1/content");
    let secret = digest(&SecretKey::new(PRIVATE_KEY), right.as_bytes());
    let checked = async |request: &str, signed: &str| {
        let page = send(&server, &[("request", request), ("signed", signed)]).await;
        let words = read(&page.status(200));
        // The digest that would hold is told to nobody.
        assert!(
            request.contains(&secret) || !words.contains(&secret),
            "{words}"
        );
        words
    };
    let words = checked(&request(&right, PRIVATE_KEY), "").await;
    assert!(
        words.contains("The signature holds, for the site 1234-5678."),
        "{words}"
    );

    for (signed, mistake) in [
        (
            right.replace("/content", "/content?wait_for=visible"),
            "The query string is signed, too.",
        ),
        (
            right.replace("/content", "/content/"),
            "with a slash at the end",
        ),
        (
            right.replace("application/json", "application/json; charset=utf-8"),
            "Another content type is signed than is sent.",
        ),
        (format!("{right}\n"), "There is a line feed at the end."),
        (
            right.replace("POST", "post"),
            "The method is signed in small letters.",
        ),
        (
            right.replace(" GMT", " +0000"),
            "The date is signed in another form than is sent.",
        ),
    ] {
        let words = checked(&request(&signed, PRIVATE_KEY), "").await;
        assert!(
            words.contains("signature_mismatch") && words.contains(mistake),
            "{words}"
        );
        assert!(words.contains("Character by character"), "{words}");
    }

    let words = checked(&request(&right, "another key"), "").await;
    assert!(words.contains("No usual mistake explains it."), "{words}");
    let words = checked(&request(&right, "another key"), &right).await;
    assert!(
        words.contains("The strings are the same, so the key is another"),
        "{words}"
    );
    let strange = right.replace("/v1", "/v9");
    let words = checked(
        &request(&strange, PRIVATE_KEY),
        &strange.replace('\n', "\r\n"),
    )
    .await;
    assert!(words.contains("The key is right"), "{words}");

    for (request, reason) in [
        ("nothing at all".to_owned(), "There is no request line"),
        (
            format!("POST /v1/content\nDate: {DATE}"),
            "missing_authorization",
        ),
        (
            "POST /v1/content\nAuthorization: a nobody:b=".to_owned(),
            "missing_date",
        ),
        (
            format!("POST /v1/content\nDate: {DATE}\nAuthorization: a nobody:b="),
            "unknown_key",
        ),
        (
            format!("POST /v1/content\nDate: soon\nAuthorization: a {TRACKER_ID}:b="),
            "malformed_date",
        ),
    ] {
        let words = checked(&request, "").await;
        assert!(words.contains(reason), "{reason}: {words}");
    }
}

#[tokio::test]
async fn the_difference_is_shown_character_by_character() {
    let server = TestServer::start().await;
    let signed = format!("POST\napplication/json\n{DATE}\n/v1/content/");
    let request = request(&signed, PRIVATE_KEY);
    let page = send(&server, &[("request", &request)])
        .await
        .status(200)
        .text();
    assert!(page.contains("/v1/content<ins>/</ins>"), "{page}");
    assert!(page.contains("POST⏎\napplication/json⏎\n"), "{page}");
    // What is pasted is a text, too.
    let markup = "POST /<script>alert(1)</script>\nDate: <b>\nAuthorization: </textarea><script>:x";
    let page = send(
        &server,
        &[("request", markup), ("signed", "</pre><script>")],
    )
    .await;
    assert!(!page.status(200).text().contains("<script>"));
}

#[tokio::test]
async fn a_request_is_signed_with_a_key_that_was_typed_in_and_no_other() {
    let server = TestServer::start().await;
    let fields = [
        ("method", "post"),
        ("target", "/v1/content?wait_for=visible"),
        ("content_type", "application/json; charset=utf-8"),
        ("tracker", TRACKER_ID),
    ];
    let page = send(&server, &fields).await.status(200);
    let words = read(&page);
    assert!(
        words.contains("POST⏎ application/json;·charset=utf-8⏎"),
        "{words}"
    );
    assert!(!words.contains("Authorization: vetrina"), "{words}");
    let with_key = [&fields[..], &[("key", PRIVATE_KEY)]].concat();
    let words = read(&send(&server, &with_key).await.status(200));
    assert!(!words.contains(&format!(" {PRIVATE_KEY} ")));
    let header = |name: &str, ends: &str| {
        let (_, rest) = words.split_once(&format!("{name}: ")).expect("a header");
        rest.split(ends).next().expect("it ends").to_owned()
    };
    let (date, authorization) = (
        header("Date", " Authorization"),
        header("Authorization", " As a command"),
    );
    let url = format!("{}/v1/content?wait_for=visible", server.base());
    let headers = [
        ("Content-Type", "application/json; charset=utf-8"),
        ("Date", date.as_str()),
        ("Authorization", authorization.as_str()),
    ];
    ask_with("POST", &url, &headers, r#"{"objects":[]}"#)
        .await
        .status(201);
}

#[tokio::test]
async fn a_form_of_another_page_is_not_answered() {
    let server = TestServer::start().await;
    let url = format!("{}/browse/signing", server.base());
    let headers = [("Content-Type", "application/x-www-form-urlencoded")];
    ask_with("POST", &url, &headers, "request=x")
        .await
        .status(403);
}
