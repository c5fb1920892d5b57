//! Who is asking (docs/reference/01-auth.md). Pure functions, no transport. Invariant: a [`TrackerId`] returned by
//! [`verify`] is one whose private key signed this method, path, date and content type.

mod api_keys;
mod credentials;
mod freshness;
mod signature;
mod tokens;

#[cfg(test)]
mod tests;

pub use api_keys::{ApiKey, ApiKeys, Reach};
pub use credentials::{Credentials, SecretKey};
pub use signature::{digest, string_to_sign};
pub use tokens::{Role, RoleTokens};

use signature::SentDigest;

use crate::domain::{Timestamp, TrackerId};

/// How strictly requests are checked.
#[derive(Clone, Debug)]
pub struct AuthRules {
    /// How far the request date may be from our clock, in seconds (docs/reference/01-auth.md §4).
    pub date_tolerance_s: u32,
    /// Put before the path as received when a reverse proxy took it off; empty for none
    /// (docs/reference/01-auth.md §3).
    pub path_prefix: String,
}

/// The parts of a request that the signature covers. Headers are listed line by line, as received:
/// they may be repeated and need not be UTF-8.
#[derive(Clone, Debug, Default)]
pub struct RequestParts<'a> {
    /// Upper-case verb.
    pub method: &'a str,
    /// As on the request line, without the query string.
    pub path: &'a [u8],
    pub authorization: Vec<&'a [u8]>,
    pub date: Vec<&'a [u8]>,
    pub content_type: Vec<&'a [u8]>,
}

/// Why a request is not taken as signed (docs/reference/01-auth.md §6).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthError {
    #[error("the `Authorization` header is missing")]
    MissingAuthorization,
    #[error("the `Authorization` header is not of the form `<client> <public key>:<digest>`")]
    MalformedAuthorization,
    #[error("the public key is not known here")]
    UnknownKey,
    #[error("the `Date` header is missing")]
    MissingDate,
    #[error("the `Date` header is not an HTTP date such as `Thu, 29 Jun 2017 12:11:16 GMT`")]
    MalformedDate,
    #[error("the `Date` header is more than {tolerance_s} seconds away from the server's clock")]
    DateOutOfRange {
        server_now: Timestamp,
        tolerance_s: u32,
    },
    #[error("the `{header}` header is sent more than once")]
    DuplicateHeader { header: &'static str },
    #[error("the digest is not that of this request under the private key of this public key")]
    SignatureMismatch {
        /// What the server computed the digest over; holds no secret.
        string_to_sign: Vec<u8>,
    },
}

impl AuthError {
    /// Stable code of the reason.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::MissingAuthorization => "missing_authorization",
            Self::MalformedAuthorization => "malformed_authorization",
            Self::UnknownKey => "unknown_key",
            Self::MissingDate => "missing_date",
            Self::MalformedDate => "malformed_date",
            Self::DateOutOfRange { .. } => "date_out_of_range",
            Self::DuplicateHeader { .. } => "duplicate_header",
            Self::SignatureMismatch { .. } => "signature_mismatch",
        }
    }
}

/// The site whose key signed the request; checks in the order of docs/reference/01-auth.md §5, steps 3 to 6.
pub fn verify(
    request: &RequestParts<'_>,
    credentials: &Credentials,
    rules: &AuthRules,
    now: Timestamp,
) -> Result<TrackerId, AuthError> {
    let authorization = single_line("Authorization", &request.authorization)?
        .ok_or(AuthError::MissingAuthorization)?;
    let (public_key, sent_digest) = split_authorization(authorization)?;

    let date = single_line("Date", &request.date)?.ok_or(AuthError::MissingDate)?;
    check_date(date, rules, now)?;

    let path = [rules.path_prefix.as_bytes(), request.path].concat();
    let content_types = signed_content_types(&request.content_type);
    let mut candidates = Vec::new();
    for path in signed_paths(&path) {
        let texts = content_types
            .iter()
            .map(|content_type| string_to_sign(request.method, content_type, date, &path));
        candidates.extend(texts);
    }

    let site = std::str::from_utf8(public_key)
        .ok()
        .and_then(TrackerId::new);
    let keys = site.as_ref().and_then(|site| credentials.keys_of(site));
    // An unknown key costs the same work as a known one, so that timing does not tell them apart.
    let stand_in = [SecretKey::new("the key of no site")];
    let sent_digest = SentDigest::read(sent_digest);
    let is_signed = is_signed_by_any(keys.unwrap_or(&stand_in), &candidates, sent_digest);

    match (site, keys) {
        (Some(site), Some(_)) if is_signed => Ok(site),
        (Some(_), Some(_)) => Err(AuthError::SignatureMismatch {
            string_to_sign: candidates.into_iter().next().unwrap_or_default(),
        }),
        _ => Err(AuthError::UnknownKey),
    }
}

/// The only line of a header; two lines would let a proxy and us read different ones.
fn single_line<'a>(
    header: &'static str,
    lines: &[&'a [u8]],
) -> Result<Option<&'a [u8]>, AuthError> {
    match *lines {
        [] => Ok(None),
        [line] => Ok(Some(line)),
        _ => Err(AuthError::DuplicateHeader { header }),
    }
}

/// Public key and digest out of `<client> <public key>:<digest>`; the client label may be absent and
/// may hold blanks and colons (docs/reference/01-auth.md §2).
fn split_authorization(line: &[u8]) -> Result<(&[u8], &[u8]), AuthError> {
    let credential = line
        .trim_ascii()
        .rsplit(u8::is_ascii_whitespace)
        .next()
        .unwrap_or_default();
    let colon = credential
        .iter()
        .rposition(|&b| b == b':')
        .ok_or(AuthError::MalformedAuthorization)?;
    let (public_key, digest) = (&credential[..colon], &credential[colon + 1..]);
    if public_key.is_empty() || digest.is_empty() {
        return Err(AuthError::MalformedAuthorization);
    }
    Ok((public_key, digest))
}

fn check_date(date: &[u8], rules: &AuthRules, now: Timestamp) -> Result<(), AuthError> {
    let date_s = freshness::parse_date(date).ok_or(AuthError::MalformedDate)?;
    let now_s = now.as_millis().div_euclid(1000);
    if freshness::is_fresh(date_s, now_s, rules.date_tolerance_s) {
        return Ok(());
    }
    Err(AuthError::DateOutOfRange {
        server_now: now,
        tolerance_s: rules.date_tolerance_s,
    })
}

/// Content types the client may have signed, the likeliest first; never empty.
///
/// Some HTTP stacks drop the header of requests without a body after signing it, hence the three
/// readings of its absence. Some send the line twice; lines that differ are joined as a proxy would.
fn signed_content_types(lines: &[&[u8]]) -> Vec<Vec<u8>> {
    match lines {
        [] => ["", "application/json; charset=utf-8", "application/json"]
            .map(|text| text.as_bytes().to_vec())
            .to_vec(),
        [first, rest @ ..] if rest.iter().all(|line| line == first) => vec![first.to_vec()],
        differing => vec![differing.join(&b", "[..])],
    }
}

/// Paths the client may have signed, the one it sent first; never empty. One whose base URL ends in a slash
/// sends `//v1/content` and signs `/v1/content` (docs/reference/01-auth.md §3).
fn signed_paths(sent: &[u8]) -> Vec<Vec<u8>> {
    let mut folded = sent.to_vec();
    folded.dedup_by(|next, before| *next == b'/' && *before == b'/');
    if folded == sent {
        vec![folded]
    } else {
        vec![sent.to_vec(), folded]
    }
}

/// Tries every key on every candidate, also after a match: the time taken tells nothing.
fn is_signed_by_any(keys: &[SecretKey], candidates: &[Vec<u8>], digest: SentDigest) -> bool {
    keys.iter().fold(false, |found, key| {
        candidates
            .iter()
            .fold(found, |found, text| found | digest.is_of(key, text))
    })
}
