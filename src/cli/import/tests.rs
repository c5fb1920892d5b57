//! Arguments as typed, and addresses and signatures as sent. The whole way, against servers, is in
//! `tests/it/import.rs`.

use clap::Parser;

use super::*;

#[derive(Parser)]
struct Typed {
    #[command(flatten)]
    args: Args,
}

fn typed(line: &str) -> Result<Args, clap::Error> {
    let words = ["import"].into_iter().chain(line.split(' '));
    Typed::try_parse_from(words).map(|typed| typed.args)
}

#[test]
fn file_tracker_and_key_are_enough() {
    let args = typed("f.ndjson.gz --tracker 1-2 --key secret").expect("complete");
    assert_eq!(args.url.as_str(), "http://127.0.0.1:7700/");
    assert_eq!((args.connections, args.batch), (4, 100));
    assert!(!args.commit && !args.no_extract && args.generation.is_none());
    assert!(typed("- --tracker 1-2 --key secret").is_ok());
}

#[test]
fn arguments_that_make_no_sense_are_refused() {
    for line in [
        "f --tracker a/b --key k",
        "f --tracker 1-2 --key k --commit",
        "f --tracker 1-2 --key k --generation g --commit-anyway",
        "f --tracker 1-2 --key k --generation ",
        "f --tracker 1-2 --key k --connections 0",
        "f --tracker 1-2 --key k --batch 0",
        "f --tracker 1-2 --key k --tries 0",
        "f --tracker 1-2 --key k --url nowhere",
        "--tracker 1-2 --key k",
    ] {
        assert!(typed(line).is_err(), "{line}");
    }
    assert!(typed("f --tracker 1-2 --key k --generation g --commit --commit-anyway").is_ok());
}

fn client(url: &str) -> Result<Client, ClientError> {
    Client::new(ClientOptions {
        url: url.parse().expect("a URL"),
        tracker: TrackerId::new("1234-5678").expect("a tracker id"),
        key: SecretKey::new("secret"),
        compress: false,
        extract: true,
        connections: 1,
        policy: RetryPolicy {
            tries_max: 1,
            first_wait: RetryPolicy::FIRST_WAIT,
            wait_max: RetryPolicy::WAIT_MAX,
        },
    })
}

#[test]
fn a_path_prefix_of_the_address_is_kept_and_the_rest_of_it_dropped() {
    for (base, expected) in [
        ("http://localhost:1", "http://localhost:1/v1/content"),
        ("http://localhost:1/", "http://localhost:1/v1/content"),
        (
            "https://shop.example/search/?a=1#b",
            "https://shop.example/search/v1/content",
        ),
    ] {
        let url = client(base).expect("an address").address("/v1/content");
        assert_eq!(url.as_str(), expected, "{base}");
    }
    assert!(matches!(
        client("mailto:someone"),
        Err(ClientError::Address(_))
    ));
}

#[test]
fn requests_are_signed_as_the_contract_computes_it() {
    let client = client("http://localhost:1").expect("an address");
    // Contract 01 §8, first and fifth vector.
    for (path, digest) in [
        (
            "/v1/content",
            "6DyKg257unB1yLVi5aPuy+Xqy9xII5wuGJtG71gMX2w=",
        ),
        (
            "/v1/content/commit",
            "iWZpIxJyvJjPxO2pp9b3FI9jzXhczUMszd1CdYb8ybA=",
        ),
    ] {
        assert_eq!(
            client.authorization("Thu, 29 Jun 2017 12:11:16 GMT", path),
            format!("vetrina 1234-5678:{digest}")
        );
    }
}
