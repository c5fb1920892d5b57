//! What real clients send as compressed bodies, and what attackers do.

use std::io::Write;

use axum::http::HeaderValue;
use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use proptest::prelude::*;

use super::*;

const LIMIT: usize = 64 * 1024;

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

fn raw_deflate(data: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(data).expect("writing to memory");
    encoder.finish().expect("writing to memory")
}

fn zstandard(data: &[u8]) -> Vec<u8> {
    zstd::encode_all(data, 3).expect("writing to memory")
}

fn all_codings(data: &[u8]) -> [(Coding, Vec<u8>); 4] {
    [
        (Coding::Gzip, gzip(data)),
        (Coding::Deflate, zlib(data)),
        (Coding::Deflate, raw_deflate(data)),
        (Coding::Zstd, zstandard(data)),
    ]
}

fn coding_of(lines: &[&str]) -> Result<Coding, Unsupported> {
    let mut headers = HeaderMap::new();
    for line in lines {
        let value = HeaderValue::from_str(line).expect("a valid header value");
        headers.append(CONTENT_ENCODING, value);
    }
    Coding::of(&headers)
}

#[test]
fn names_are_read_in_any_case() {
    assert_eq!(coding_of(&[]), Ok(Coding::Identity));
    assert_eq!(coding_of(&[""]), Ok(Coding::Identity));
    assert_eq!(coding_of(&["identity"]), Ok(Coding::Identity));
    assert_eq!(coding_of(&["GZip"]), Ok(Coding::Gzip));
    assert_eq!(coding_of(&[" x-gzip "]), Ok(Coding::Gzip));
    assert_eq!(coding_of(&["Deflate"]), Ok(Coding::Deflate));
    assert_eq!(coding_of(&["ZSTD"]), Ok(Coding::Zstd));
    assert_eq!(coding_of(&["identity, gzip"]), Ok(Coding::Gzip));
}

#[test]
fn unknown_and_stacked_codings_are_refused() {
    assert_eq!(coding_of(&["br"]), Err(Unsupported));
    assert_eq!(coding_of(&["gzip, gzip"]), Err(Unsupported));
    assert_eq!(coding_of(&["gzip", "deflate"]), Err(Unsupported));
    assert_eq!(coding_of(&["gzip; q=1"]), Err(Unsupported));
}

#[test]
fn a_body_of_exactly_the_limit_is_decoded() {
    let data = vec![b'a'; LIMIT];
    for (coding, encoded) in all_codings(&data) {
        assert_eq!(
            coding.decode(&encoded, LIMIT).as_deref(),
            Ok(&data[..]),
            "{coding:?}"
        );
    }
}

#[test]
fn one_byte_over_the_limit_is_too_large() {
    let data = vec![b'a'; LIMIT + 1];
    for (coding, encoded) in all_codings(&data) {
        assert_eq!(
            coding.decode(&encoded, LIMIT),
            Err(DecodeError::TooLarge),
            "{coding:?}"
        );
    }
}

#[test]
fn a_bomb_is_too_large_and_not_inflated() {
    let bomb = vec![0; 50 << 20];
    for (coding, encoded) in all_codings(&bomb) {
        assert!(encoded.len() < bomb.len() / 500);
        assert_eq!(
            coding.decode(&encoded, LIMIT),
            Err(DecodeError::TooLarge),
            "{coding:?}"
        );
    }
}

#[test]
fn a_cut_body_is_broken() {
    let data: Vec<u8> = (0..10_000_u32).flat_map(u32::to_be_bytes).collect();
    for (coding, encoded) in all_codings(&data) {
        let cut = &encoded[..encoded.len() - 20];
        let outcome = coding.decode(cut, LIMIT);
        assert!(
            matches!(outcome, Err(DecodeError::Broken(_))),
            "{coding:?}: {outcome:?}"
        );
    }
}

#[test]
fn plain_text_under_a_coding_is_broken() {
    for coding in [Coding::Gzip, Coding::Deflate, Coding::Zstd] {
        let outcome = coding.decode(br#"{"objects":[]}"#, LIMIT);
        assert!(
            matches!(outcome, Err(DecodeError::Broken(_))),
            "{coding:?}: {outcome:?}"
        );
    }
}

#[test]
fn an_empty_body_needs_no_coding() {
    for coding in [
        Coding::Identity,
        Coding::Gzip,
        Coding::Deflate,
        Coding::Zstd,
    ] {
        assert_eq!(coding.decode(b"", LIMIT), Ok(Vec::new()), "{coding:?}");
    }
}

/// A stored raw block whose first bytes pass for a zlib header: 0x78 (stored, five unused bits), and
/// a length that makes the check bits fit.
#[test]
fn a_raw_stream_that_looks_like_zlib_is_read_as_raw() {
    let length: u16 = 0x0001 | 0x0100;
    let low = length.to_le_bytes()[0];
    assert!(has_zlib_header(&[0x78, low]), "0x78 0x01 is a zlib header");
    let data = vec![b'x'; usize::from(length)];
    let mut encoded = vec![0x78];
    encoded.extend_from_slice(&length.to_le_bytes());
    encoded.extend_from_slice(&(!length).to_le_bytes());
    encoded.extend_from_slice(&data);
    encoded.extend_from_slice(&raw_deflate(b""));
    assert_eq!(Coding::Deflate.decode(&encoded, LIMIT), Ok(data));
}

proptest! {
    #[test]
    fn every_coding_gives_back_what_went_in(data in proptest::collection::vec(any::<u8>(), 0..4096)) {
        for (coding, encoded) in all_codings(&data) {
            prop_assert_eq!(coding.decode(&encoded, LIMIT), Ok(data.clone()));
        }
    }

    #[test]
    fn any_bytes_are_decoded_or_refused(encoded in proptest::collection::vec(any::<u8>(), 0..256)) {
        for coding in [Coding::Gzip, Coding::Deflate, Coding::Zstd] {
            if let Ok(decoded) = coding.decode(&encoded, 100) {
                prop_assert!(decoded.len() <= 100);
            }
        }
    }
}
