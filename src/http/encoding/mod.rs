//! Content codings of request bodies: gzip, deflate, zstd (docs/reference/02-content.md §7). Invariant: no
//! more than the limit plus one byte is ever decoded, whatever the input claims.

use std::io::{self, Read};

use axum::http::HeaderMap;
use axum::http::header::CONTENT_ENCODING;
use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};

/// Largest zstd window accepted, as a power of two: 16 MiB, above what any level short of `--ultra`
/// uses. The decoder allocates the window before the first byte comes out.
const ZSTD_WINDOW_LOG_MAX: u32 = 24;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    Identity,
    Gzip,
    Deflate,
    Zstd,
}

/// A coding we do not read, or several on top of each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unsupported;

#[derive(Debug, PartialEq, Eq)]
pub(super) enum DecodeError {
    TooLarge,
    Broken(String),
}

impl Coding {
    /// Reads `Content-Encoding`. One coding at most: stacked ones multiply what a small body can
    /// inflate to, and no client sends them.
    pub(super) fn of(headers: &HeaderMap) -> Result<Self, Unsupported> {
        let mut found = Self::Identity;
        for line in headers.get_all(CONTENT_ENCODING) {
            let line = line.to_str().map_err(|_| Unsupported)?;
            for name in line.split(',').map(str::trim) {
                let coding = Self::named(name).ok_or(Unsupported)?;
                match (found, coding) {
                    (_, Self::Identity) => {}
                    (Self::Identity, _) => found = coding,
                    _ => return Err(Unsupported),
                }
            }
        }
        Ok(found)
    }

    fn named(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "" | "identity" => Some(Self::Identity),
            "gzip" | "x-gzip" => Some(Self::Gzip),
            "deflate" => Some(Self::Deflate),
            "zstd" => Some(Self::Zstd),
            _ => None,
        }
    }

    /// The decoded bytes, or [`DecodeError::TooLarge`] as soon as there are more than `bytes_max`.
    pub(super) fn decode(self, encoded: &[u8], bytes_max: usize) -> Result<Vec<u8>, DecodeError> {
        // Some clients set the header on requests without a body.
        if encoded.is_empty() {
            return Ok(Vec::new());
        }
        match self {
            Self::Identity => take(encoded, bytes_max),
            Self::Gzip => take(MultiGzDecoder::new(encoded), bytes_max),
            Self::Deflate => decode_deflate(encoded, bytes_max),
            Self::Zstd => take(zstd_reader(encoded).map_err(broken)?, bytes_max),
        }
    }
}

/// `deflate` means zlib by the standard and raw deflate by many clients. A raw stream may begin like
/// a zlib header by chance, so a failure as zlib is not the last word.
fn decode_deflate(encoded: &[u8], bytes_max: usize) -> Result<Vec<u8>, DecodeError> {
    let raw = || take(DeflateDecoder::new(encoded), bytes_max);
    if !has_zlib_header(encoded) {
        return raw();
    }
    match take(ZlibDecoder::new(encoded), bytes_max) {
        Err(DecodeError::Broken(as_zlib)) => raw().map_err(|error| match error {
            DecodeError::TooLarge => error,
            DecodeError::Broken(_) => DecodeError::Broken(as_zlib),
        }),
        decided => decided,
    }
}

/// RFC 1950 §2.2: method 8, window at most 32 KiB, check bits.
fn has_zlib_header(encoded: &[u8]) -> bool {
    let &[method, flags, ..] = encoded else {
        return false;
    };
    let check = u16::from_be_bytes([method, flags]);
    method & 0x0f == 8 && method >> 4 <= 7 && check.is_multiple_of(31)
}

fn zstd_reader(encoded: &[u8]) -> io::Result<impl Read> {
    let mut reader = zstd::stream::read::Decoder::with_buffer(encoded)?;
    reader.window_log_max(ZSTD_WINDOW_LOG_MAX)?;
    Ok(reader)
}

fn take(reader: impl Read, bytes_max: usize) -> Result<Vec<u8>, DecodeError> {
    let mut decoded = Vec::new();
    let one_too_many = bytes_max as u64 + 1;
    let outcome = reader.take(one_too_many).read_to_end(&mut decoded);
    if decoded.len() > bytes_max {
        return Err(DecodeError::TooLarge);
    }
    outcome.map_err(broken)?;
    Ok(decoded)
}

#[expect(clippy::needless_pass_by_value, reason = "reads better in map_err")]
fn broken(error: io::Error) -> DecodeError {
    DecodeError::Broken(error.to_string())
}

#[cfg(test)]
mod tests;
