//! One request. Invariant: it says what it means to send it again.

use std::io::Write;
use std::time::Duration;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use reqwest::Method;

/// The type of a body that is a line for each part.
pub(super) const NDJSON: &str = "application/x-ndjson";
/// Bodies below this are sent as they are.
const PLAIN_BYTES_MAX: usize = 1024;

/// One request.
#[derive(Clone, Debug)]
pub(in crate::engine::opensearch) struct Call {
    pub(super) method: Method,
    /// Encoded, with the query.
    pub(super) path: String,
    pub(super) body: Option<Body>,
    pub(super) kind: Kind,
    /// For all tries of a look together.
    pub(super) look: Option<Duration>,
}

#[derive(Clone, Debug)]
pub(super) struct Body {
    pub(super) bytes: Bytes,
    pub(super) content_type: &'static str,
    pub(super) is_packed: bool,
}

/// What it means to send it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Read,
    /// Doing it twice is doing it once.
    Repeatable,
    /// Only whoever sent it can find out whether it was done.
    Once,
}

impl Call {
    pub(in crate::engine::opensearch) fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, path, Kind::Read)
    }

    /// A read whose question is its body.
    pub(in crate::engine::opensearch) fn ask(
        path: impl Into<String>,
        question: &serde_json::Value,
    ) -> Self {
        Self::new(Method::POST, path, Kind::Read).with_json(question)
    }

    /// A read with several questions, a line each.
    pub(in crate::engine::opensearch) fn ask_all(path: impl Into<String>, lines: Vec<u8>) -> Self {
        Self::new(Method::POST, path, Kind::Read).with(lines, NDJSON)
    }

    /// Something that may be done any number of times.
    pub(in crate::engine::opensearch) fn repeatable(
        method: Method,
        path: impl Into<String>,
    ) -> Self {
        Self::new(method, path, Kind::Repeatable)
    }

    /// Something that holds on a condition, so that a second time fails.
    pub(in crate::engine::opensearch) fn once(method: Method, path: impl Into<String>) -> Self {
        Self::new(method, path, Kind::Once)
    }

    fn new(method: Method, path: impl Into<String>, kind: Kind) -> Self {
        Self {
            method,
            path: path.into(),
            body: None,
            kind,
            look: None,
        }
    }

    /// Asks whether the cluster is there: whatever the breaker says, and for no longer than this.
    pub(in crate::engine::opensearch) fn looking(mut self, within: Duration) -> Self {
        self.look = Some(within);
        self
    }

    pub(in crate::engine::opensearch) fn with_json(self, body: &serde_json::Value) -> Self {
        self.with(body.to_string().into_bytes(), "application/json")
    }

    pub(super) fn with(mut self, bytes: Vec<u8>, content_type: &'static str) -> Self {
        let is_packed = bytes.len() > PLAIN_BYTES_MAX;
        let bytes = if is_packed { pack(&bytes) } else { bytes };
        self.body = Some(Body {
            bytes: bytes.into(),
            content_type,
            is_packed,
        });
        self
    }
}

fn pack(bytes: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::with_capacity(bytes.len() / 4), Compression::fast());
    packer
        .write_all(bytes)
        .expect("memory takes all that is written");
    packer.finish().expect("memory takes all that is written")
}
