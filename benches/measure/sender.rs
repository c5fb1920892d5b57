//! Requests as an integration sends them.

use std::time::SystemTime;

use bytes::Bytes;
use vetrina::auth::{SecretKey, digest, string_to_sign};

use crate::Result;

pub(super) const TRACKER: &str = "1234-5678";
pub(super) const KEY: &str = "secret";
pub(super) const CONTENT_TYPE: &str = "application/json; charset=utf-8";

/// Signs and sends; cheap to clone, its clones share their connections.
#[derive(Clone)]
pub(crate) struct Sender {
    http: reqwest::Client,
    base: String,
}

impl Sender {
    pub(super) fn new(http: reqwest::Client, base: String) -> Self {
        Self { http, base }
    }

    /// POST of a batch; fails unless every object was taken.
    pub(crate) async fn post(&self, body: Bytes, wait_visible: bool) -> Result<()> {
        let query = if wait_visible {
            "?wait_for=visible"
        } else {
            ""
        };
        let response = self.signed("POST", "/v1/content", query, body).await?;
        let status = response.status();
        let answer = response.text().await?;
        // A file may hold some objects whose values do not fit; the others were applied.
        let is_report = answer.contains("\"ok_count\"");
        if status != 201 && !is_report {
            return Err(format!("{status}: {answer}").into());
        }
        Ok(())
    }

    /// A signed request whose answer must be a success; the query starts with `?` or is empty.
    pub(crate) async fn call(
        &self,
        method: &str,
        path: &str,
        query: &str,
        body: Bytes,
    ) -> Result<Bytes> {
        let response = self.signed(method, path, query, body).await?;
        let status = response.status();
        let answer = response.bytes().await?;
        if !status.is_success() {
            return Err(format!("{status}: {}", String::from_utf8_lossy(&answer)).into());
        }
        Ok(answer)
    }

    async fn signed(
        &self,
        method: &str,
        path: &str,
        query: &str,
        body: Bytes,
    ) -> Result<reqwest::Response> {
        let date = httpdate::fmt_http_date(SystemTime::now());
        let signed = string_to_sign(
            method,
            CONTENT_TYPE.as_bytes(),
            date.as_bytes(),
            path.as_bytes(),
        );
        let signature = digest(&SecretKey::new(KEY), &signed);
        let url = format!("{}{path}{query}", self.base);
        let request = self
            .http
            .request(method.parse()?, url)
            .header("Content-Type", CONTENT_TYPE)
            .header("Date", date)
            .header("Authorization", format!("bench {TRACKER}:{signature}"))
            .body(body);
        Ok(request.send().await?)
    }
}
