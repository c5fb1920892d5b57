//! Compressed answers: each coding says the same, and no answer is changed by its coding.

use std::io::Read;

use flate2::read::{GzDecoder, ZlibDecoder};
use rstest::rstest;
use serde_json::Value;

use crate::support::{Answer, TestServer, product};

const SEARCH: &str = "/search?tracker_id=1234-5678";

async fn server_with_products() -> TestServer {
    let server = TestServer::start().await;
    let products = (0..20).map(|n| product(&format!("p{n}")).field("color", "blue"));
    server.site().replace(products).await.ok();
    server
}

fn gunzipped(body: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    GzDecoder::new(body).read_to_end(&mut text).expect("gzip");
    text
}

fn inflated(body: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    ZlibDecoder::new(body).read_to_end(&mut text).expect("zlib");
    text
}

fn from_brotli(body: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    brotli::Decompressor::new(body, 4096)
        .read_to_end(&mut text)
        .expect("brotli");
    text
}

fn from_zstd(body: &[u8]) -> Vec<u8> {
    zstd::decode_all(body).expect("zstd")
}

/// The answer without what differs from search to search.
fn said(body: &[u8]) -> Value {
    let mut said: Value = serde_json::from_slice(body).expect("JSON");
    said["guid"] = Value::Null;
    said
}

#[rstest]
#[case::gzip("gzip", "gzip", gunzipped)]
#[case::as_http_has_it("deflate", "deflate", inflated)]
#[case::br("br", "br", from_brotli)]
#[case::zstd("zstd", "zstd", from_zstd)]
#[case::what_a_browser_accepts("gzip, deflate;q=0.5, br;q=0", "gzip", gunzipped)]
#[case::what_the_client_prefers("gzip;q=0.2, br;q=0.9", "br", from_brotli)]
#[tokio::test]
async fn an_answer_says_the_same_in_every_coding(
    #[case] accepted: &str,
    #[case] coding: &str,
    #[case] decode: fn(&[u8]) -> Vec<u8>,
) {
    let server = server_with_products().await;
    let plain = server.get(SEARCH).await.status(200);
    let accepts = [("accept-encoding", accepted)];
    let coded = server.ask("GET", SEARCH, &accepts).await.status(200);
    assert_eq!(coded.header("content-encoding"), Some(coding));
    assert!(coded.body.len() < plain.body.len() / 2);
    assert_eq!(said(&decode(&coded.body)), said(&plain.body));
    let content_type = coded.header("content-type");
    assert_eq!(content_type, Some("application/json; charset=utf-8"));
}

/// Caches on the way must not hand one client's coding to another.
#[tokio::test]
async fn an_answer_that_could_be_compressed_says_what_it_varies_by() {
    let server = server_with_products().await;
    for headers in [&[][..], &[("accept-encoding", "gzip")]] {
        let answer = server.ask("GET", SEARCH, headers).await.status(200);
        assert_eq!(answer.header("vary"), Some("accept-encoding"));
    }
}

fn assert_plain(answer: &Answer) {
    assert_eq!(answer.header("content-encoding"), None);
    let length = answer.header("content-length").map(str::parse);
    assert_eq!(length, Some(Ok(answer.body.len())));
}

#[tokio::test]
async fn what_is_short_or_for_probes_is_left_alone() {
    let server = server_with_products().await;
    let accepts = [("accept-encoding", "gzip, br, zstd")];
    for target in [
        "/health",
        "/health/ready",
        "/search?tracker_id=1234-5678&size=0",
        "/search",
        "/no/such/path",
    ] {
        assert_plain(&server.ask("GET", target, &accepts).await);
    }
}

/// A write that was applied must not be told as refused.
#[tokio::test]
async fn a_client_that_refuses_every_coding_gets_its_answer_all_the_same() {
    let server = server_with_products().await;
    for accepted in ["identity;q=0", "*;q=0", "nonsense;;q=x", ""] {
        let accepts = [("accept-encoding", accepted)];
        let answer = server.ask("GET", SEARCH, &accepts).await.status(200);
        assert_plain(&answer);
        let missing = server.ask("GET", "/search", &accepts).await;
        assert_plain(&missing.status(400));
    }
}
