//! A request of this API, read: who asks, and with which parameters (docs/reference/10-swiftype.md §1, §2).
//! Invariant: a handler that takes [`Call`] cannot be reached without a key that somebody was given, and the
//! key is none of its parameters.

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use bytes::Bytes;

use super::error::Error;
use super::rate_limit::Counted;
use super::wire::links::Links;
use super::wire::one_parameter::{text_at_beginning, text_in};
use super::wire::parameters::Parameters;
use super::wire::weights::DOCUMENTS;
use crate::api::answer_memory::answer_memory;
use crate::api::{AppState, address};
use crate::auth::{ApiKey, Reach};
use crate::domain::AnswerMemory;
use crate::engine::Documents;
use crate::http::json::Weights;
use crate::http::{
    AnswerRoom, BodyLimits, BodyRoom, ClientAddress, prove, prove_body, read_body,
    read_body_with_proof,
};
use crate::throttle::KeyDigest;

/// Bodies above this are read off the async threads.
const INLINE_BYTES_MAX: usize = 32 * 1024;

const AUTH_TOKEN: &str = "auth_token";

/// Padding is optional: clients differ.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Largest body of a route, where it is not the usual one.
#[derive(Clone, Copy)]
pub(super) struct BodyMax(pub(super) usize);

pub(super) struct Call {
    pub(super) app: AppState,
    pub(super) documents: Documents,
    pub(super) parameters: Parameters,
    pub(super) links: Links,
    pub(super) client: Option<ClientAddress>,
    pub(super) reach: Reach,
    pub(super) counted: Counted,
    /// What the parameters take.
    pub(super) room: BodyRoom,
    /// For what the answer is made from.
    pub(super) memory: AnswerMemory,
    /// Digest of the key it came with; `None` where that is no secret.
    key: Option<KeyDigest>,
}

impl FromRequest<AppState> for Call {
    type Rejection = Error;

    async fn from_request(request: Request, app: &AppState) -> Result<Self, Error> {
        let (head, body) = request.into_parts();
        let mut parameters = Parameters::of_query(head.uri.query().unwrap_or_default())?;
        let mut keys: Vec<String> = parameters.take_text(AUTH_TOKEN).into_iter().collect();
        keys.extend(head.headers.get(AUTHORIZATION).and_then(key_of_header));
        let key = keys.iter().find_map(|key| find_key(app, key));
        // Without a good key a body is read only for the sake of one in it.
        if key.is_none() && !keys.is_empty() {
            return Err(Error::NotSignedIn);
        }
        let body = match &key {
            Some(_) => {
                prove(&head);
                read_body(&head, body, body_limits(&head, app)).await?
            }
            None => body_with_key(&head, body, app).await?,
        };
        parameters.add_body(read_parameters(body).await?);
        let in_body = parameters.take_text(AUTH_TOKEN);
        let key = key.or_else(|| find_key(app, &in_body?));
        let ApiKey { digest, reach } = key.ok_or(Error::NotSignedIn)?;
        let call = Self::new(app, &head, parameters, reach)?;
        Ok(Self {
            key: Some(digest),
            ..call
        })
    }
}

impl Call {
    /// A call of somebody whose authority was established.
    pub(super) fn new(
        app: &AppState,
        head: &Parts,
        parameters: Parameters,
        reach: Reach,
    ) -> Result<Self, Error> {
        let documents = app.engine.documents.clone();
        Ok(Self {
            documents: documents.ok_or(Error::NotOffered)?,
            links: Links::new(address::base(app, &head.uri, &head.headers)),
            client: head.extensions.get::<ClientAddress>().copied(),
            app: app.clone(),
            parameters,
            reach,
            room: BodyRoom::of(head),
            memory: answer_memory(head.extensions.get().map(AnswerRoom::source)),
            counted: head.extensions.get().cloned().unwrap_or_default(),
            key: None,
        })
    }

    /// Counts a request that is about no engine for its key.
    pub(super) fn admit_key(&self) -> Result<(), Error> {
        let Some(key) = self.key else { return Ok(()) };
        let quota = self.app.sites.load().per_api_key;
        let now = self.app.clock.now();
        self.counted
            .once(|| self.app.throttle.admit_key(key, quota, now))
    }
}

/// A body that has a good key in it. Until that is found, the body has the little room of strangers, and
/// nothing is made of it.
async fn body_with_key(head: &Parts, body: Body, app: &AppState) -> Result<Bytes, Error> {
    let is_good = |key: Option<String>| key.is_some_and(|key| find_key(app, &key).is_some());
    let mut is_proven = false;
    let limits = body_limits(head, app);
    let body = read_body_with_proof(head, body, limits, |beginning| {
        is_proven = is_good(text_at_beginning(beginning, AUTH_TOKEN));
        is_proven
    });
    let body = body.await?;
    if is_proven {
        return Ok(body);
    }
    let key = if body.len() <= INLINE_BYTES_MAX {
        text_in(&body, AUTH_TOKEN)
    } else {
        let body = body.clone();
        tokio::task::spawn_blocking(move || text_in(&body, AUTH_TOKEN)).await?
    };
    if !is_good(key?) {
        return Err(Error::NotSignedIn);
    }
    prove_body(head, &body, limits.weights).await?;
    Ok(body)
}

pub(super) fn body_limits(head: &Parts, app: &AppState) -> BodyLimits {
    match head.extensions.get::<BodyMax>() {
        Some(BodyMax(most)) => BodyLimits::same(*most, &DOCUMENTS),
        None => app.body_limits(&Weights::TREE),
    }
}

pub(super) async fn read_parameters(body: Bytes) -> Result<Parameters, Error> {
    if body.len() <= INLINE_BYTES_MAX {
        return Ok(Parameters::of_body(&body)?);
    }
    Ok(tokio::task::spawn_blocking(move || Parameters::of_body(&body)).await??)
}

fn find_key(app: &AppState, key: &str) -> Option<ApiKey> {
    app.sites.load().api_keys.find(key).cloned()
}

/// The key in `Basic base64("KEY:")`, `Basic base64("KEY")` or `Bearer KEY`. Somebody who sends another
/// scheme sends a key that nobody was given.
fn key_of_header(header: &axum::http::HeaderValue) -> Option<String> {
    let (scheme, credentials) = header.to_str().ok()?.trim().split_once(' ')?;
    let credentials = credentials.trim();
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(credentials.to_owned());
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = BASE64.decode(credentials).unwrap_or_default();
    let user = decoded.split(|byte| *byte == b':').next();
    Some(String::from_utf8_lossy(user.unwrap_or_default()).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn keys_come_in_every_way_clients_send_them() {
        for (header, key) in [
            ("Basic S0VZOg==", Some("KEY")),
            ("Basic S0VZ", Some("KEY")),
            ("basic  S0VZOg", Some("KEY")),
            ("Basic S0VZOnBhc3M=", Some("KEY")),
            ("Bearer TOKEN", Some("TOKEN")),
            ("bearer TOKEN", Some("TOKEN")),
            ("Basic ?", Some("")),
            ("Digest x", None),
            ("KEY", None),
        ] {
            let header = HeaderValue::from_static(header);
            assert_eq!(key_of_header(&header).as_deref(), key, "{header:?}");
        }
    }
}
