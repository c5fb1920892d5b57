//! Bodies: what is not JSON, not the envelope, too big, too deep, or packed in a way nobody knows.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;

use super::{Line, gzip, post, refused_whole};

/// Limits of docs/reference/02-content.md §7, in bytes.
const WIRE_BYTES_MAX: usize = 5 * 1024 * 1024;
const DECODED_BYTES_MAX: usize = 10 * 1024 * 1024;

/// A valid body of exactly this many bytes.
fn body_of(bytes: usize) -> Vec<u8> {
    let mut body = post(&json!({"identity":"big","type":"t","fields":{"title":"T"}}));
    body.resize(bytes, b' ');
    body
}

/// A body with one object whose attribute `x` is this JSON text.
fn body_with(value: &str) -> Vec<u8> {
    let object = format!(r#"{{"identity":"a","type":"t","fields":{{"title":"T","x":{value}}}}}"#);
    format!(r#"{{"objects":[{object}]}}"#).into_bytes()
}

#[tokio::test]
async fn bodies_that_are_no_json_are_refused_with_the_reason() {
    let mut line = Line::open().await;
    for body in [
        &b""[..],
        b"{",
        b"{\"objects\":[}",
        b"{\"objects\":[]} x",
        b"{\"objects\":[{\"identity\":}]}",
        b"{'objects':[]}",
        b"\xff\xfe\x00",
        b"{\"objects\":[{\"identity\":\"\xc3\x28\"}]}",
    ] {
        let shown = String::from_utf8_lossy(body);
        let answer = line.content("POST", body).await;
        assert_eq!(answer.status, 400, "{shown}");
        let answer = answer.json();
        let message = answer["caused_by"]["body"][0].as_str().unwrap_or_default();
        assert!(
            message.starts_with("is not valid JSON: "),
            "{shown}: {answer}"
        );
        assert_eq!(answer, refused_whole(&json!({"body":[message]})), "{shown}");
    }
}

#[tokio::test]
async fn values_that_json_cannot_mean_never_pass() {
    let mut line = Line::open().await;
    for value in [
        r#""\ud800""#,
        r#""\udc00 tail""#,
        r#""\ud800A""#,
        "1e999",
        "-1e999",
        "NaN",
        "01",
        "\"\u{1}\"",
    ] {
        let answer = line.content("POST", &body_with(value)).await;
        assert_eq!(answer.status, 400, "{value}");
        let answer = answer.json();
        let message = answer["caused_by"]["body"][0].as_str().unwrap_or_default();
        assert!(
            message.starts_with("is not valid JSON: "),
            "{value}: {answer}"
        );
    }
    assert_eq!(line.site.search("f[]=identity:a").await.total(), 0);
}

#[tokio::test]
async fn deep_nesting_is_refused_whole() {
    let mut line = Line::open().await;
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        for depth in [200, 100_000] {
            let value = format!("{}1{}", open.repeat(depth), close.repeat(depth));
            let answer = line.content("POST", &body_with(&value)).await;
            assert_eq!(answer.status, 400, "{depth} × {open}");
            assert_eq!(
                answer.json(),
                refused_whole(&json!({"body":["is nested too deep"]}))
            );
        }
    }
}

#[tokio::test]
async fn envelopes_of_a_wrong_shape_are_refused() {
    let mut line = Line::open().await;
    for method in ["POST", "PATCH", "DELETE"] {
        for (body, message) in [
            ("{}", "is missing"),
            ("[]", "is missing"),
            ("7", "is missing"),
            ("null", "is missing"),
            ("{\"objects\":null}", "is missing"),
            ("{\"objects\":{}}", "must be an array"),
            ("{\"objects\":\"all\"}", "must be an array"),
        ] {
            let answer = line.content(method, body.as_bytes()).await;
            assert_eq!(answer.status, 400, "{method} {body}");
            let expected = refused_whole(&json!({"objects":[message]}));
            assert_eq!(answer.json(), expected, "{method} {body}");
        }
    }
}

#[tokio::test]
async fn the_last_byte_that_is_too_many_is_refused_and_the_one_before_is_not() {
    let mut line = Line::open().await;
    let plain = line.head("POST", "/v1/content");
    let packed = format!("{plain}Content-Encoding: gzip\r\n");
    let named = format!("{plain}Content-Encoding: identity\r\n");
    for (head, body) in [
        (&plain, body_of(WIRE_BYTES_MAX)),
        (&named, body_of(WIRE_BYTES_MAX)),
        (&packed, gzip(&body_of(DECODED_BYTES_MAX))),
        (&packed, stored(DECODED_BYTES_MAX)),
    ] {
        let answer = line.send(head, &body).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
    }
    for (head, body) in [
        (&plain, body_of(WIRE_BYTES_MAX + 1)),
        (&named, body_of(WIRE_BYTES_MAX + 1)),
        (&packed, gzip(&body_of(DECODED_BYTES_MAX + 1))),
        (&packed, stored(DECODED_BYTES_MAX + 1)),
    ] {
        let answer = line.send_last(head, &body).await;
        assert_eq!(answer.status, 413, "{}", answer.text());
        assert_eq!(answer.json()["type"], "payload_too_large");
        line.reconnect().await;
    }
}

/// A body of exactly this many bytes on the wire, a little less when decoded.
fn stored(bytes: usize) -> Vec<u8> {
    let mut content_bytes = bytes;
    loop {
        let packed = stored_as(&body_of(content_bytes));
        match packed.len().checked_sub(bytes) {
            Some(0) => return packed,
            Some(over) => content_bytes -= over,
            None => content_bytes += bytes - packed.len(),
        }
    }
}

/// As gzip, without compression.
fn stored_as(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::none());
    encoder.write_all(content).expect("writing to memory");
    encoder.finish().expect("writing to memory")
}

/// 9.1 MB of a feed that come as 6.9 MB.
#[tokio::test]
async fn a_compressed_body_may_be_longer_than_a_plain_one() {
    let mut line = Line::open().await;
    let mut seed = 1_u64;
    let noise: String = (0..9_000_000)
        .map(|_| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            char::from(b'0' + (seed >> 33) as u8 % 42).to_ascii_lowercase()
        })
        .filter(|c| !matches!(c, '\\' | '"'))
        .collect();
    let body = gzip(&body_with(&format!("\"{noise}\"")));
    assert!(body.len() > WIRE_BYTES_MAX && noise.len() < DECODED_BYTES_MAX);
    for method in ["POST", "PATCH"] {
        let head = line.head(method, "/v1/content") + "Content-Encoding: gzip\r\n";
        let answer = line.send(&head, &body).await;
        assert!(answer.status < 300, "{method}: {}", answer.text());
    }
    // The bound of an update by query is one for both kinds.
    let head = line.head("PATCH", "/v1/update_by_query") + "Content-Encoding: gzip\r\n";
    let answer = line.send_last(&head, &body).await;
    assert_eq!(answer.status, 413, "{}", answer.text());
}

#[tokio::test]
async fn a_length_that_is_too_big_is_refused_before_anything_is_sent() {
    let mut line = Line::open().await;
    let head = line.head("POST", "/v1/content");
    let length = 1_u64 << 40;
    let request = format!("{head}Content-Length: {length}\r\nExpect: 100-continue\r\n\r\n");
    let answer = line.connection.exchange(request).await;
    assert_eq!(answer.status, 413, "{}", answer.text());
    line.reconnect().await;
}

#[tokio::test]
async fn a_body_that_unpacks_without_end_is_cut_off() {
    let mut line = Line::open().await;
    // Some 200 KB over the wire.
    let bomb = gzip(&vec![b' '; 200 * 1024 * 1024]);
    assert!(bomb.len() < WIRE_BYTES_MAX);
    let head = line.head("POST", "/v1/content") + "Content-Encoding: gzip\r\n";
    let answer = line.send_last(&head, &bomb).await;
    assert_eq!(answer.status, 413, "{}", answer.text());
    assert_eq!(answer.json()["type"], "payload_too_large");
    line.reconnect().await;
}

#[tokio::test]
async fn encodings_that_are_unknown_or_untrue_are_refused() {
    let mut line = Line::open().await;
    let body = post(&json!({"identity":"a","type":"t","fields":{"title":"T"}}));
    for encoding in ["br", "snappy", "compress"] {
        let head = line.head("POST", "/v1/content");
        let head = format!("{head}Content-Encoding: {encoding}\r\n");
        let answer = line.send(&head, &body).await;
        assert_eq!(answer.status, 415, "{encoding}");
        assert_eq!(
            answer.json(),
            json!({"error":"Unsupported content encoding"})
        );
    }
    let mut cut_off = gzip(&body);
    cut_off.truncate(cut_off.len() - 6);
    for (encoding, body) in [
        ("gzip", &body),
        ("deflate", &body),
        ("zstd", &body),
        ("gzip", &cut_off),
    ] {
        let head = line.head("POST", "/v1/content");
        let head = format!("{head}Content-Encoding: {encoding}\r\n");
        let answer = line.send(&head, body).await;
        assert_eq!(answer.status, 400, "{encoding}");
        let message = answer.json()["caused_by"]["body"][0].take();
        assert!(message.is_string(), "{encoding}: {message}");
    }
}
