//! One file fetched, safely: whoever may write to a catalog makes the server ask for URLs, so nothing of a URL, of a
//! name, of an answer is believed. Invariant: no connection is opened to an address that the [`Policy`] does not allow,
//! whatever leads to it, and what comes is bounded in size and time.
//!
//! | file | for |
//! |---|---|
//! | `address` | which addresses are of the public internet |
//! | `policy` | which places may be asked |
//! | `resolver` | names become addresses that may be connected to |
//! | `body` | what comes is unpacked into a file, up to a bound |
//! | `error` | why there is no file, and whether there may be one later |
//! | `trouble` | what went wrong on the way, in plain words |
//! | `mod` | the requests: one, and those it is led to |

mod address;
mod body;
mod error;
mod policy;
mod resolver;
#[cfg(test)]
mod tests;
mod trouble;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, StatusCode, header};
use reqwest::{Response, Url};

use super::spool::{Spool, TempFile};
use crate::config::Files;
use crate::domain::{FileTask, Validators};
pub(super) use error::FetchError;
use policy::Policy;
use resolver::{Guarded, LookUp};

/// For a connection to open.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);

/// Longest value of a header that is kept.
const HEADER_BYTES_MAX: usize = 1_024;

pub(super) struct Fetcher {
    client: reqwest::Client,
    policy: Arc<Policy>,
    bounds: Bounds,
}

#[derive(Clone, Copy, Debug)]
struct Bounds {
    within: Duration,
    /// Of what is sent, and of what it unpacks to.
    bytes_max: u64,
    redirects_max: usize,
}

/// What a server has of a file.
pub(super) enum Fetched {
    New(NewFile),
    /// What was fetched before.
    Unchanged,
}

pub(super) struct NewFile {
    pub(super) file: TempFile,
    pub(super) bytes: u64,
    /// As the server declares them.
    pub(super) media_type: Option<String>,
    pub(super) name: Option<String>,
    pub(super) validators: Validators,
}

impl Fetcher {
    pub(super) fn new(files: &Files) -> Result<Self, String> {
        Self::looking_up(files, resolver::system())
    }

    fn looking_up(files: &Files, look_up: LookUp) -> Result<Self, String> {
        let policy = Arc::new(Policy {
            hosts: files.allow_hosts.clone(),
            networks: files.allow_networks.clone(),
            ports: files.allow_ports.clone(),
        });
        let guarded = Guarded {
            policy: Arc::clone(&policy),
            look_up,
        };
        // No provider is built into the client. An error means that one is installed already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("vetrina/", env!("CARGO_PKG_VERSION")))
            .dns_resolver(guarded)
            // Whoever set a proxy for this process did not mean these requests, and it would look up names itself.
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .connect_timeout(CONNECT_WITHIN)
            .pool_max_idle_per_host(files.downloads_per_host_max);
        if let Some(file) = &files.tls_ca_file {
            builder = builder.tls_certs_merge(certificates(file)?);
        }
        let client = builder
            .build()
            .map_err(|error| error::with_causes(&error))?;
        Ok(Self {
            client,
            policy,
            bounds: Bounds {
                within: files.download_timeout,
                bytes_max: files.file_bytes_max,
                redirects_max: files.redirects_max,
            },
        })
    }

    /// Fetches what a task names, unless the server says that it is what was fetched before.
    pub(super) async fn fetch(
        &self,
        task: &FileTask,
        spool: &Spool,
    ) -> Result<Fetched, FetchError> {
        let fetched = self.follow(task, spool);
        let within = self.bounds.within;
        match tokio::time::timeout(within, fetched).await {
            Ok(fetched) => fetched,
            Err(_) => Err(FetchError::later(format!(
                "it did not come within {} s",
                within.as_secs_f32()
            ))),
        }
    }

    async fn follow(&self, task: &FileTask, spool: &Spool) -> Result<Fetched, FetchError> {
        let mut url = self.policy.check(&task.url)?;
        for _ in 0..=self.bounds.redirects_max {
            let answer = self.ask(&url, &task.validators).await?;
            let Some(next) = self.next(&url, &answer)? else {
                return self.take(&url, answer, task, spool).await;
            };
            url = next;
        }
        Err(FetchError::failed(format!(
            "it leads on more than {} times",
            self.bounds.redirects_max
        )))
    }

    async fn ask(&self, url: &Url, known: &Validators) -> Result<Response, FetchError> {
        let mut request = self
            .client
            .get(url.clone())
            .header(header::ACCEPT, "*/*")
            .header(header::ACCEPT_ENCODING, "gzip");
        if let Some(etag) = &known.etag {
            request = request.header(header::IF_NONE_MATCH, etag);
        }
        if let Some(date) = &known.last_modified {
            request = request.header(header::IF_MODIFIED_SINCE, date);
        }
        request.send().await.map_err(FetchError::of_request)
    }

    /// Where an answer leads to, looked at as the first URL was.
    fn next(&self, from: &Url, answer: &Response) -> Result<Option<Url>, FetchError> {
        if !matches!(answer.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
            return Ok(None);
        }
        let nowhere = || FetchError::failed("it leads on to nowhere".to_owned());
        let location = header_text(answer.headers(), &header::LOCATION).ok_or_else(nowhere)?;
        let next = from.join(&location).map_err(|_| nowhere())?;
        if from.scheme() == "https" && next.scheme() != "https" {
            return Err(FetchError::failed(
                "it leads from https to somewhere else".to_owned(),
            ));
        }
        Ok(Some(self.policy.check(next.as_str())?))
    }

    async fn take(
        &self,
        url: &Url,
        answer: Response,
        task: &FileTask,
        spool: &Spool,
    ) -> Result<Fetched, FetchError> {
        let status = answer.status();
        let was_asked = task.validators != Validators::default();
        match status {
            StatusCode::OK => {}
            StatusCode::NOT_MODIFIED if was_asked => return Ok(Fetched::Unchanged),
            status => return Err(FetchError::of_status(status, answer.headers())),
        }
        let headers = answer.headers().clone();
        let file = spool.file()?;
        let (file, bytes) = body::take(answer, file, self.bounds.bytes_max).await?;
        Ok(Fetched::New(NewFile {
            file,
            bytes,
            media_type: header_text(&headers, &header::CONTENT_TYPE),
            name: file_name(url),
            validators: Validators {
                etag: header_text(&headers, &header::ETAG),
                last_modified: header_text(&headers, &header::LAST_MODIFIED),
            },
        }))
    }
}

fn header_text(headers: &HeaderMap, name: &header::HeaderName) -> Option<String> {
    let text = headers.get(name)?.to_str().ok()?.trim();
    (!text.is_empty() && text.len() <= HEADER_BYTES_MAX).then(|| text.to_owned())
}

/// The last step of the path, which often tells the format.
fn file_name(url: &Url) -> Option<String> {
    let last = url.path_segments()?.next_back()?;
    (!last.is_empty() && last.len() <= HEADER_BYTES_MAX).then(|| last.to_owned())
}

fn certificates(file: &Path) -> Result<Vec<reqwest::Certificate>, String> {
    let failed = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
    let pem = std::fs::read(file).map_err(|error| failed(&error))?;
    let bundle = reqwest::Certificate::from_pem_bundle(&pem).map_err(|error| failed(&error))?;
    if bundle.is_empty() {
        return Err(failed(&"no certificates"));
    }
    Ok(bundle)
}
