//! Limits of one body and of all of them together.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::io::Write;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::http::Request;
use flate2::Compression;
use flate2::write::GzEncoder;
use http_body::Frame;

use super::*;

const LIMITS: BodyLimits = BodyLimits {
    plain_bytes_max: 1000,
    decoded_bytes_max: 2000,
    weights: &WEIGHTS,
};

/// Bodies that are no JSON weigh three times what they are, whatever is set aside for them.
const WEIGHTS: Weights = Weights {
    usual_per_byte: 5,
    ..Weights::TREE
};

/// A body that comes in these pieces and does not say how long it is.
struct Chunks(VecDeque<usize>);

impl http_body::Body for Chunks {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let next = self.0.pop_front();
        Poll::Ready(next.map(|length| Ok(Frame::data(vec![b'a'; length].into()))))
    }
}

fn chunked(chunks: &[usize]) -> Body {
    Body::new(Chunks(chunks.iter().copied().collect()))
}

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(data).expect("writing to memory");
    encoder.finish().expect("writing to memory")
}

fn head(headers: &[(&str, &str)]) -> Parts {
    let mut request = Request::post("/");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(()).expect("a valid request").into_parts().0
}

fn proven(budget: &BodyBudget) -> RequestBudget {
    let request = budget.of_request();
    request.prove();
    request
}

async fn read(headers: &[(&str, &str)], body: Body) -> Result<usize, BodyError> {
    let bytes = read_body(&head(headers), body, LIMITS).await?;
    Ok(bytes.len())
}

fn over(limit: SizeLimit, bytes_max: usize) -> Result<usize, BodyError> {
    Err(BodyError::TooLarge { limit, bytes_max })
}

#[tokio::test]
async fn a_body_may_have_exactly_the_limit() {
    assert_eq!(read(&[], chunked(&[])).await, Ok(0));
    assert_eq!(read(&[], chunked(&[1000])).await, Ok(1000));
    assert_eq!(read(&[], chunked(&[1, 0, 998, 1])).await, Ok(1000));
}

#[tokio::test]
async fn chunks_are_counted_as_they_come() {
    let too_large = over(SizeLimit::Encoded, 1000);
    assert_eq!(read(&[], chunked(&[1001])).await, too_large);
    assert_eq!(
        read(&[], chunked(&[500, 500, 1])).await,
        over(SizeLimit::Encoded, 1000)
    );
}

#[tokio::test]
async fn a_declared_length_over_the_limit_is_refused_unread() {
    let declared = [("content-length", "1001")];
    assert_eq!(
        read(&declared, chunked(&[])).await,
        over(SizeLimit::Encoded, 1000)
    );
    let refused = |headers: &[_], bytes_max| {
        refuse_declared_length(
            &head(headers).headers,
            BodyLimits::same(bytes_max, &WEIGHTS),
        )
        .is_err()
    };
    assert!(!refused(&declared, 1001));
    assert!(refused(&declared, 1000));
}

#[tokio::test]
async fn what_says_that_it_is_compressed_may_be_as_long_as_what_it_holds() {
    let declared = |coding, length| {
        let headers = [("content-encoding", coding), ("content-length", length)];
        refuse_declared_length(&head(&headers).headers, LIMITS).is_ok()
    };
    for coding in ["gzip", "x-gzip", "deflate", "zstd"] {
        assert!(declared(coding, "2000"), "{coding}");
        assert!(!declared(coding, "2001"), "{coding}");
    }
    assert!(declared("identity", "1000"));
    assert!(!declared("identity", "1001"));

    // Random bytes do not get smaller.
    let mut seed = 1_u64;
    let noise: Vec<u8> = (0..1_900)
        .map(|_| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 40) as u8
        })
        .collect();
    let encoded = gzip(&noise);
    assert!(encoded.len() > LIMITS.plain_bytes_max);
    let gzipped = [("content-encoding", "gzip")];
    assert_eq!(read(&gzipped, encoded.into()).await, Ok(1_900));
}

#[tokio::test]
async fn a_byte_order_mark_is_no_part_of_a_body() {
    let marked = b"\xef\xbb\xbf{}";
    let read = async |headers: &[_], body: Vec<u8>| {
        let bytes = read_body(&head(headers), body.into(), LIMITS).await;
        bytes.expect("a good body").to_vec()
    };
    assert_eq!(read(&[], marked.to_vec()).await, b"{}");
    let gzipped = [("content-encoding", "gzip")];
    assert_eq!(read(&gzipped, gzip(marked)).await, b"{}");
    assert_eq!(read(&[], b"\xef\xbb\xbf".to_vec()).await, b"");
    assert_eq!(read(&[], b"\xef\xbb{}".to_vec()).await, b"\xef\xbb{}");
    let twice = b"\xef\xbb\xbf\xef\xbb\xbf".to_vec();
    assert_eq!(read(&[], twice).await, b"\xef\xbb\xbf");
}

#[tokio::test]
async fn a_proof_is_found_behind_a_byte_order_mark() {
    let budget = BodyBudget::new(1 << 20, 1 << 20);
    let request = budget.of_request();
    let mut head = head(&[]);
    head.extensions.insert(request.clone());
    let marked = Body::from("\u{feff}{\"key\": 1}");
    let is_proof = |beginning: &[u8]| beginning.starts_with(b"{\"key\"");
    let body = read_body_with_proof(&head, marked, LIMITS, is_proof).await;
    assert_eq!(body.as_deref(), Ok(b"{\"key\": 1}".as_slice()));
    assert!(request.is_proven());
    assert_eq!(budget.unproven_bytes(), 0);
}

#[tokio::test]
async fn the_wire_limit_holds_for_compressed_bodies_too() {
    let gzipped = [("content-encoding", "gzip")];
    assert_eq!(
        read(&gzipped, chunked(&[2001])).await,
        over(SizeLimit::Encoded, 2000)
    );
}

#[tokio::test]
async fn the_decoded_limit_is_inclusive() {
    let gzipped = [("content-encoding", "gzip")];
    let at_limit = Body::from(gzip(&[b'a'; 2000]));
    assert_eq!(read(&gzipped, at_limit).await, Ok(2000));
    let above = Body::from(gzip(&[b'a'; 2001]));
    assert_eq!(read(&gzipped, above).await, over(SizeLimit::Decoded, 2000));
}

#[tokio::test]
async fn large_compressed_bodies_are_decoded_off_the_async_threads() {
    let limits = BodyLimits::same(1 << 20, &WEIGHTS);
    let data: Vec<u8> = (0..100_000_u32)
        .flat_map(|n| n.wrapping_mul(n).to_le_bytes())
        .collect();
    let encoded = gzip(&data);
    assert!(encoded.len() > INLINE_DECODE_BYTES_MAX);
    let read = read_body(
        &head(&[("content-encoding", "gzip")]),
        encoded.into(),
        limits,
    )
    .await;
    assert_eq!(read.as_deref(), Ok(&data[..]));
}

#[tokio::test]
async fn unknown_codings_and_broken_data_are_told_apart() {
    let unknown = read(&[("content-encoding", "br")], chunked(&[10])).await;
    assert_eq!(unknown, Err(BodyError::UnsupportedEncoding));
    let broken = read(&[("content-encoding", "gzip")], chunked(&[10])).await;
    assert!(matches!(broken, Err(BodyError::Broken(_))), "{broken:?}");
}

#[tokio::test]
async fn bodies_over_the_common_budget_are_turned_away_until_others_are_answered() {
    let budget = BodyBudget::new(40_000, 0);
    let read = async || {
        let mut with_budget = head(&[("content-length", "1000")]);
        let of_request = proven(&budget);
        with_budget.extensions.insert(of_request.clone());
        let bytes = read_body(&with_budget, chunked(&[1000]), LIMITS).await?;
        assert_eq!(bytes.len(), 1000);
        Ok(of_request)
    };
    let mut unanswered = Vec::new();
    for _ in 0..11 {
        unanswered.push(read().await.expect("room for eleven"));
    }
    assert_eq!(read().await.err(), Some(BodyError::Overloaded));
    unanswered.pop();
    assert!(read().await.is_ok());
}

#[tokio::test]
async fn a_body_that_is_larger_than_usual_when_decoded_is_read_when_there_is_room() {
    let limits = BodyLimits {
        plain_bytes_max: 10_000,
        decoded_bytes_max: 1_000_000,
        weights: &WEIGHTS,
    };
    let zeros = gzip(&vec![b'0'; 900_000]);
    let length = zeros.len().to_string();
    let headers = [("content-encoding", "gzip"), ("content-length", &*length)];
    for (bytes_max, is_room) in [(6_000_000, true), (3_000_000, false)] {
        let mut with_budget = head(&headers);
        let budget = BodyBudget::new(bytes_max, 0);
        with_budget.extensions.insert(proven(&budget));
        let read = read_body(&with_budget, zeros.clone().into(), limits).await;
        match read {
            Ok(bytes) => assert_eq!((bytes.len(), is_room), (900_000, true)),
            Err(error) => {
                assert!(matches!(error, BodyError::TooHeavy { .. }), "{error:?}");
                assert!(!is_room);
            }
        }
    }
    let budget = BodyBudget::new(6_000_000, 0);
    let mut other = head(&[("content-length", "700000")]);
    let of_other = proven(&budget);
    other.extensions.insert(of_other.clone());
    let large = BodyLimits {
        plain_bytes_max: 700_000,
        ..limits
    };
    assert!(read_body(&other, chunked(&[700_000]), large).await.is_ok());
    let mut with_budget = head(&headers);
    with_budget.extensions.insert(proven(&budget));
    let read = async || read_body(&with_budget, zeros.clone().into(), limits).await;
    assert_eq!(read().await.err(), Some(BodyError::Overloaded));
    drop((other, of_other));
    assert!(read().await.is_ok());
}

/// Small bodies of clients that do not say so must not take the room of large ones.
#[tokio::test]
async fn a_body_of_undeclared_length_takes_room_as_it_comes() {
    let limits = BodyLimits {
        plain_bytes_max: 5_000_000,
        decoded_bytes_max: 10_000_000,
        weights: &WEIGHTS,
    };
    let budget = BodyBudget::new(20_000_000, 0);
    let read = async |pieces: usize| {
        let mut with_budget = head(&[]);
        let of_request = proven(&budget);
        with_budget.extensions.insert(of_request.clone());
        let body = chunked(&vec![100_000; pieces]);
        let bytes = read_body(&with_budget, body, limits).await?;
        Ok((of_request, bytes.len()))
    };
    let mut unanswered = Vec::new();
    for _ in 0..30 {
        let (small, length) = read(1).await.expect("room for many");
        assert_eq!(length, 100_000);
        unanswered.push(small);
    }
    assert_eq!(read(20).await.err(), Some(BodyError::Overloaded));
    unanswered.clear();
    let (_, length) = read(20).await.expect("room for one");
    assert_eq!(length, 2_000_000);
    let too_long = read(51).await.err();
    assert_eq!(too_long, over(SizeLimit::Encoded, 5_000_000).err());
}
