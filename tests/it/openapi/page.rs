//! The API to read, at `/docs`: all of the description, for everybody, without a script.

use super::Demo;
use crate::browse::{link, read};
use crate::support::TestServer;

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_has_a_page_with_its_examples() {
    let demo = Demo::start().await;
    let description = demo.description().await;
    let index = demo.server.get("/docs").await.status(200);
    let listed = read(&index);
    for operation in description.operations() {
        let (id, name) = (
            operation.json["operationId"].as_str().expect("an id"),
            operation.name(),
        );
        assert!(listed.contains(&name), "{name}");
        let page = demo.server.get(&format!("/docs/{id}")).await.status(200);
        let told = read(&page);
        for words in ["summary", "description"] {
            let words = operation.json[words]
                .as_str()
                .expect("words")
                .replace('`', "");
            assert!(told.contains(&words), "{name}: {words}\n{told}");
        }
        for (status, response) in super::members(&operation.json["responses"]) {
            assert!(told.contains(status.as_str()), "{name}: {status}");
            for (_, content) in super::members(&response["content"]) {
                for (_, example) in super::members(&content["examples"]) {
                    let words = example["summary"].as_str().expect("words");
                    assert!(told.contains(words), "{name}: {words}");
                }
            }
        }
        for parameter in super::list(&operation.json["parameters"]) {
            let parameter = parameter["name"].as_str().expect("a name");
            assert!(told.contains(parameter), "{name}: {parameter}");
        }
    }
    demo.server.get("/docs/bakeBread").await.status(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_is_read_by_everybody_and_without_a_script() {
    let server = TestServer::builder()
        .sections("[admin]\ntoken = \"a-token-of-operators\"\n")
        .start()
        .await;
    for path in ["/docs", "/docs/search", "/docs/nothing"] {
        let page = server
            .ask("GET", path, &[("X-Forwarded-For", "203.0.113.9")])
            .await;
        let policy = page.header("Content-Security-Policy").expect("a policy");
        assert!(
            policy.starts_with("default-src 'none'; style-src 'self';"),
            "{policy}"
        );
        let html = page.text();
        for word in ["<script", "style=", "onclick"] {
            assert!(!html.contains(word), "{path}: {word}");
        }
        assert!(html.contains("name=\"viewport\""), "{path}");
        assert_eq!(page.header("Access-Control-Allow-Origin"), None);
    }
    let head = server.ask("HEAD", "/docs", &[]).await.status(200);
    assert_eq!(head.header("Cache-Control"), Some("public, max-age=60"));
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_lead_to_the_api_and_its_commands_to_the_server_that_was_asked() {
    let server = TestServer::start().await;
    let first = server.get("/browse").await.status(200);
    let api = link(&first, "The API");
    assert_eq!(api, "/docs");
    let page = read(&server.get("/docs/search").await.status(200));
    let command = format!(
        "curl --globoff '{}/search?tracker_id=1234-5678&q=tent&f[]=type:product",
        server.base()
    );
    assert!(page.contains(&command), "{page}");
    let page = read(&server.get("/docs/replaceObjects").await.status(200));
    assert!(
        page.contains("vetrina sign POST '/v1/content?wait_for=visible' --tracker 1234-5678"),
        "{page}"
    );
    let prefixed = TestServer::builder()
        .set("path_prefix", "\"/find\"")
        .start()
        .await;
    let first = prefixed.get("/docs").await.status(200);
    assert!(
        first.text().contains("href=\"/find/docs/search\""),
        "{}",
        first.text()
    );
}
