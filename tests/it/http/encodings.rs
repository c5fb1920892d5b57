//! Compressed bodies over the wire; the codings themselves are tested beside their code.

use std::io::Write;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use rstest::rstest;

use super::{LIMITS, head, start, with_body};

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(data).expect("writing to memory");
    encoder.finish().expect("writing to memory")
}

fn zlib(data: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(data).expect("writing to memory");
    encoder.finish().expect("writing to memory")
}

fn deflate(data: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(data).expect("writing to memory");
    encoder.finish().expect("writing to memory")
}

fn zstandard(data: &[u8]) -> Vec<u8> {
    zstd::encode_all(data, 3).expect("writing to memory")
}

#[rstest]
#[case::gzip("gzip", gzip)]
#[case::gzip_by_its_old_name("X-GZIP", gzip)]
#[case::deflate_as_the_standard_says("deflate", zlib)]
#[case::deflate_as_many_clients_do("deflate", deflate)]
#[case::zstd("zstd", zstandard)]
#[case::nothing("identity", <[u8]>::to_vec)]
#[tokio::test]
async fn a_body_is_read_in_its_coding(#[case] name: &str, #[case] encode: fn(&[u8]) -> Vec<u8>) {
    let server = start().await;
    let mut connection = server.connect().await;
    let header = format!("content-encoding: {name}\r\n");
    let request = with_body("POST", "/echo", &header, &encode(b"[1,2,3]"));
    let answer = connection.exchange(request).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(answer.text().contains(r#""text":"[1,2,3]""#));
}

#[rstest]
#[case::a_bomb("gzip", gzip(&vec![0; 20 << 20]), 413)]
#[case::one_byte_too_many("zstd", zstandard(&vec![0; LIMITS.decoded_bytes_max + 1]), 413)]
#[case::no_gzip_at_all("gzip", b"{}".to_vec(), 400)]
#[case::cut_short("deflate", zlib(b"some text")[..8].to_vec(), 400)]
#[case::unknown("br", b"x".to_vec(), 415)]
#[case::stacked("gzip, gzip", gzip(&gzip(b"{}")), 415)]
#[tokio::test]
async fn a_bad_body_is_refused_and_the_connection_goes_on(
    #[case] name: &str,
    #[case] body: Vec<u8>,
    #[case] status: u16,
) {
    let server = start().await;
    let mut connection = server.connect().await;
    let header = format!("content-encoding: {name}\r\n");
    let refused = connection
        .exchange(with_body("POST", "/echo", &header, &body))
        .await;
    assert_eq!(refused.status, status, "{}", refused.text());
    assert_eq!(
        connection.exchange(head("GET", "/echo", "")).await.status,
        200
    );
}
