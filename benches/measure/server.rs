//! The release binary on a folder of its own. Invariant: it ends with its [`Server`].

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tempfile::TempDir;

use super::process;
use super::sender::{CONTENT_TYPE, KEY, Sender, TRACKER};
use crate::Result;

/// Longest wait for readiness or rest.
const PATIENCE: Duration = Duration::from_secs(120);

pub(crate) struct Server {
    /// Ends before its folder goes.
    running: Running,
    folder: TempDir,
    http: reqwest::Client,
}

struct Running {
    child: Child,
    base: String,
    /// Kept open: a server whose output nobody takes would be told so.
    _stdout: BufReader<ChildStdout>,
}

impl Server {
    /// Starts on an empty folder and waits until it is ready.
    pub(crate) async fn start() -> Result<Self> {
        Self::start_with(&[]).await
    }

    /// The same with more in its environment.
    pub(crate) async fn start_with(environment: &[(&str, &str)]) -> Result<Self> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .no_proxy()
            .timeout(PATIENCE)
            .build()?;
        let folder = tempfile::tempdir()?;
        let running = Running::start(folder.path(), environment)?;
        let server = Self {
            running,
            folder,
            http,
        };
        server.wait_until_ready().await?;
        Ok(server)
    }

    /// The same with its catalog in a cluster, which must have none of this process.
    pub(crate) async fn start_in(cluster: &str) -> Result<Self> {
        let (prefix, nodes) = (cluster_prefix(), format!("[{cluster:?}]"));
        let environment = [
            ("VETRINA_BACKEND", "opensearch"),
            ("VETRINA_OPENSEARCH__NODES", &nodes),
            ("VETRINA_OPENSEARCH__PREFIX", &prefix),
            ("VETRINA_OPENSEARCH__REPLICAS", "0"),
        ];
        Self::start_with(&environment).await
    }

    /// Ends it and removes what it kept in the cluster.
    pub(crate) async fn remove_from(self, cluster: &str) -> Result<()> {
        let Self { running, http, .. } = self;
        drop(running);
        let url = format!("{cluster}/{}*", cluster_prefix());
        http.delete(url).send().await?.error_for_status()?;
        Ok(())
    }

    /// To be handed to whatever sends to the server as it runs now.
    pub(crate) fn sender(&self) -> Sender {
        Sender::new(self.http.clone(), self.running.base.clone())
    }

    /// Identities and titles of the first `size` hits, variants and everything else that is no
    /// product left out as a shop's result list would.
    pub(crate) async fn search(&self, query: &str, size: usize) -> Result<Vec<(String, String)>> {
        let size = size.to_string();
        let parameters = [("size", size.as_str()), ("hit_fields", "title")];
        let results = self.products(query, &parameters).await?;
        let hits = results["hits"].as_array().ok_or("no hits")?;
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        let named =
            |hit: &serde_json::Value| (text(&hit["url"]), text(&hit["attributes"]["title"]));
        Ok(hits.iter().map(named).collect())
    }

    /// The results of a search for products.
    pub(crate) async fn products(
        &self,
        query: &str,
        parameters: &[(&str, &str)],
    ) -> Result<serde_json::Value> {
        let url = format!("{}/search", self.running.base);
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs([
                ("tracker_id", TRACKER),
                ("q", query),
                ("f[]", "type:product"),
            ])
            .extend_pairs(parameters)
            .finish();
        let answer = self.http.get(format!("{url}?{query}")).send().await?;
        let mut answer: serde_json::Value = serde_json::from_str(&answer.text().await?)?;
        Ok(answer["results"].take())
    }

    /// As in `http://127.0.0.1:7700`.
    pub(crate) fn base(&self) -> &str {
        &self.running.base
    }

    /// How many objects a search finds.
    pub(crate) async fn count(&self, parameters: &str) -> Result<u64> {
        let url = format!(
            "{}/search?tracker_id={TRACKER}&size=0&{parameters}",
            self.base()
        );
        let answer = self.http.get(url).send().await?.text().await?;
        let answer: serde_json::Value = serde_json::from_str(&answer)?;
        Ok(answer["results"]["total_hits"].as_u64().ok_or("no count")?)
    }

    /// A search as it stands, without the tracker id; its answer is read and thrown away.
    pub(crate) async fn answer(&self, parameters: &str) -> Result<Bytes> {
        let url = format!(
            "{}/search?tracker_id={TRACKER}&{parameters}",
            self.running.base
        );
        let answer = self.http.get(url).send().await?;
        if !answer.status().is_success() {
            return Err(format!("{}: {parameters}", answer.status()).into());
        }
        Ok(answer.bytes().await?)
    }

    /// Suggestions, without the tracker id.
    pub(crate) async fn suggested(&self, parameters: &str) -> Result<Bytes> {
        let url = format!(
            "{}/autocomplete/v2?tracker_id={TRACKER}&{parameters}",
            self.running.base
        );
        let answer = self.http.get(url).send().await?;
        if !answer.status().is_success() {
            return Err(format!("{}: {parameters}", answer.status()).into());
        }
        Ok(answer.bytes().await?)
    }

    /// An event as a page of the site sends it.
    pub(crate) fn of_site(mut event: serde_json::Value) -> serde_json::Value {
        event["tracker_id"] = TRACKER.into();
        event
    }

    /// Sends events, which must all be taken.
    pub(crate) async fn happened(&self, events: Bytes) -> Result<()> {
        let url = format!("{}/v1/events", self.running.base);
        let request = self.http.post(url).header("Content-Type", CONTENT_TYPE);
        let answer = request.body(events).send().await?;
        let status = answer.status();
        if status != 204 {
            return Err(format!("{status}: {}", answer.text().await?).into());
        }
        Ok(())
    }

    /// What is popular, without the tracker id.
    pub(crate) async fn top_items(&self, parameters: &str) -> Result<Bytes> {
        let url = format!(
            "{}/v1/top_items?tracker_id={TRACKER}&{parameters}",
            self.running.base
        );
        Ok(self
            .http
            .get(url)
            .send()
            .await?
            .error_for_status()?
            .bytes()
            .await?)
    }

    pub(crate) fn cpu(&self) -> Result<Duration> {
        process::cpu(self.running.child.id())
    }

    /// That of the threads that merge segments.
    pub(crate) fn merge_cpu(&self) -> Result<Duration> {
        process::cpu_of_threads(self.running.child.id(), "merge_thread")
    }

    /// Memory it has resident now, in bytes.
    pub(crate) fn memory(&self) -> Result<u64> {
        process::memory(self.running.child.id())
    }

    pub(crate) fn memory_peak(&self) -> Result<u64> {
        process::memory_peak(self.running.child.id())
    }

    pub(crate) fn has_catalog_on_disk(&self) -> bool {
        self.catalog_folder().is_dir()
    }

    fn catalog_folder(&self) -> PathBuf {
        self.folder.path().join("sites").join(TRACKER)
    }

    /// Bytes of store and index.
    pub(crate) fn disk(&self) -> Result<(u64, u64)> {
        let catalog = self.catalog_folder();
        let index = size(&catalog.join("index"))?;
        Ok((size(&catalog)? - index, index))
    }

    /// Until it has used no CPU for a while: merges and clean-up are part of the cost.
    pub(crate) async fn wait_until_idle(&self) -> Result<()> {
        self.wait_until_still(Duration::from_millis(1500)).await
    }

    /// Until it has also put small segments together, which it does when nothing was written for some
    /// seconds.
    pub(crate) async fn wait_until_at_rest(&self) -> Result<()> {
        self.wait_until_still(Duration::from_secs(7)).await
    }

    async fn wait_until_still(&self, still_for: Duration) -> Result<()> {
        let started = Instant::now();
        let mut last = (self.cpu()?, Instant::now());
        while last.1.elapsed() < still_for && started.elapsed() < PATIENCE {
            tokio::time::sleep(Duration::from_millis(100)).await;
            let now = self.cpu()?;
            // Some ticks of housekeeping are no work.
            if now > last.0 + Duration::from_millis(20) {
                last = (now, Instant::now());
            }
        }
        Ok(())
    }

    /// Kills it with SIGKILL; returns how long the next start took until it was ready.
    pub(crate) async fn kill_and_restart(&mut self) -> Result<Duration> {
        self.running.child.kill()?;
        self.restart().await
    }

    /// Ends it as an operator does; returns how long the next start took until it was ready.
    pub(crate) async fn end_and_restart(&mut self) -> Result<Duration> {
        let pid = i32::try_from(self.running.child.id())?;
        let pid = rustix::process::Pid::from_raw(pid).ok_or("no process")?;
        rustix::process::kill_process(pid, rustix::process::Signal::TERM)?;
        self.restart().await
    }

    async fn restart(&mut self) -> Result<Duration> {
        self.running.child.wait()?;
        let started = Instant::now();
        self.running = Running::start(self.folder.path(), &[])?;
        self.wait_until_ready().await?;
        Ok(started.elapsed())
    }

    async fn wait_until_ready(&self) -> Result<()> {
        let started = Instant::now();
        let url = format!("{}/health/ready", self.running.base);
        while started.elapsed() < PATIENCE {
            let answer = self.http.get(&url).send().await;
            if answer.is_ok_and(|answer| answer.status() == 200) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Err("the server never gets ready".into())
    }
}

impl Running {
    fn start(folder: &Path, environment: &[(&str, &str)]) -> Result<Self> {
        let built = env!("CARGO_BIN_EXE_vetrina");
        let program = std::env::var_os("VETRINA_BENCH_PROGRAM").unwrap_or_else(|| built.into());
        let mut child = Command::new(program)
            .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
            .arg(folder)
            .env("VETRINA_SITES__0__TRACKER_ID", TRACKER)
            .env("VETRINA_SITES__0__PRIVATE_KEY", KEY)
            .env("VETRINA_LOG__LEVEL", "warn")
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()?;
        let stdout = child.stdout.take().ok_or("no standard output")?;
        let mut stdout = BufReader::new(stdout);
        let mut first = String::new();
        stdout.read_line(&mut first)?;
        let Some(base) = first.trim().strip_prefix("listening on ") else {
            let _ = child.kill();
            return Err(format!("the server did not start: `{first}`").into());
        };
        Ok(Self {
            child,
            base: base.to_owned(),
            _stdout: stdout,
        })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended before.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Of the indices of this process.
fn cluster_prefix() -> String {
    format!("bench-{}-", std::process::id())
}

/// Bytes of all files below a folder.
pub(crate) fn size(folder: &Path) -> Result<u64> {
    let mut total = 0;
    let mut folders: Vec<PathBuf> = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            let metadata = entry.metadata()?;
            if metadata.is_dir() {
                folders.push(entry.path());
            } else {
                total += metadata.len();
            }
        }
    }
    Ok(total)
}
