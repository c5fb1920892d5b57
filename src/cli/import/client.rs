//! The two requests of an import, and what the server says to them.

use std::io::Write;

use bytes::Bytes;
use http::{Method, StatusCode};
use reqwest::Url;
use serde::Deserialize;
use serde_json::Value;

use super::batch::Batch;
use crate::cli::remote::{Call, Remote, RemoteError, RemoteOptions, Reply};

pub(super) struct Client {
    remote: Remote,
    compress: bool,
    extract: bool,
}

/// What the server said of one batch.
#[derive(Debug)]
pub(super) enum BatchAnswer {
    /// Per object (docs/reference/02-content.md §7).
    Report(BatchReport),
    /// Nothing of it was applied, and the reason may lie in a single object.
    RefusedWhole { text: String },
}

#[derive(Debug, Deserialize)]
pub(super) struct BatchReport {
    pub(super) ok_count: u64,
    #[serde(default)]
    pub(super) errors_count: u64,
    #[serde(default)]
    pub(super) errors: serde_json::Map<String, Value>,
    /// Of what was taken all the same; of other servers none.
    #[serde(default)]
    pub(super) warnings: serde_json::Map<String, Value>,
}

/// What the server said of one commit.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum CommitAnswer {
    Deleted(u64),
    Refused(String),
}

/// How a [`Client`] talks.
pub(super) struct ClientOptions {
    pub(super) remote: RemoteOptions,
    /// Whether request bodies are gzip.
    pub(super) compress: bool,
    /// Whether the server takes nested objects out as objects of their own.
    pub(super) extract: bool,
}

impl Client {
    pub(super) fn new(options: ClientOptions) -> Result<Self, RemoteError> {
        Ok(Self {
            remote: Remote::new(options.remote)?,
            compress: options.compress,
            extract: options.extract,
        })
    }

    /// How many requests were sent again so far.
    pub(super) fn retries(&self) -> u64 {
        self.remote.retries()
    }

    pub(super) async fn post(&self, batch: &Batch) -> Result<BatchAnswer, RemoteError> {
        let mut url = self.remote.address("/v1/content");
        if !self.extract {
            url.query_pairs_mut().append_pair("extract", "false");
        }
        let body = batch.body();
        let (body, encoding) = if self.compress {
            (gzip(&body), Some("gzip"))
        } else {
            (body, None)
        };
        let answer = self.send(url, body.into(), encoding).await?;
        match answer.status {
            StatusCode::OK | StatusCode::CREATED => report(&answer).map(BatchAnswer::Report),
            StatusCode::BAD_REQUEST => Ok(match report(&answer) {
                Ok(report) => BatchAnswer::Report(report),
                Err(_) => BatchAnswer::RefusedWhole {
                    text: answer.text(),
                },
            }),
            StatusCode::PAYLOAD_TOO_LARGE => Ok(BatchAnswer::RefusedWhole {
                text: answer.text(),
            }),
            _ => Err(answer.into_refusal()),
        }
    }

    /// Ends the upload of one type: deletes what does not carry the generation
    /// (docs/reference/03-update-by-query-and-generations.md §5).
    pub(super) async fn commit(
        &self,
        object_type: &str,
        generation: &str,
    ) -> Result<CommitAnswer, RemoteError> {
        #[derive(Deserialize)]
        struct Committed {
            deleted_count: u64,
        }

        let mut url = self.remote.address("/v1/content/commit");
        url.query_pairs_mut()
            .append_pair("type", object_type)
            .append_pair("generation", generation);
        let answer = self.send(url, Bytes::new(), None).await?;
        match answer.status {
            StatusCode::OK | StatusCode::CREATED => {
                let committed: Committed = answer.json()?;
                Ok(CommitAnswer::Deleted(committed.deleted_count))
            }
            StatusCode::BAD_REQUEST => Ok(CommitAnswer::Refused(answer.text())),
            _ => Err(answer.into_refusal()),
        }
    }

    async fn send(
        &self,
        url: Url,
        body: Bytes,
        encoding: Option<&'static str>,
    ) -> Result<Reply, RemoteError> {
        let call = Call {
            method: Method::POST,
            url,
            body,
            encoding,
        };
        self.remote.send(&call).await
    }
}

fn report(answer: &Reply) -> Result<BatchReport, RemoteError> {
    answer.json()
}

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder
        .write_all(body)
        .and_then(|()| encoder.finish())
        .expect("writing to memory cannot fail")
}
