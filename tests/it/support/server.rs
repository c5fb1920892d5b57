//! The whole server in this process: real sockets, a real engine, a folder of its own.

use std::fmt::{Display, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use vetrina::config::Config;
use vetrina::domain::Clock;
use vetrina::server::{self, Supervisor};

use super::{
    Answer, PATIENCE, PRIVATE_KEY, RawConnection, SiteClient, TRACKER_ID, ask, assert_at_rest,
    eventually, get,
};

pub(crate) struct TestServer {
    address: SocketAddr,
    /// Taken by whoever ends it.
    running: Option<Running>,
    /// For `/metrics`, when the server has one.
    admin_token: Option<String>,
    /// Removed with the server; `None` when the folder was lent to it.
    _own_folder: Option<TempDir>,
}

struct Running {
    stop: oneshot::Sender<()>,
    ended: JoinHandle<()>,
}

/// A server in the making. Every setting of the configuration can be set.
pub(crate) struct TestServerBuilder {
    settings: String,
    sites: Vec<(String, String)>,
    site_settings: String,
    sections: String,
    variables: Vec<(String, String)>,
    data_dir: Option<PathBuf>,
    clock: Clock,
}

impl TestServerBuilder {
    /// Sets a key of the configuration, `limits.body_bytes_max` for one in a section. The value is
    /// TOML: text needs its quotes.
    pub(crate) fn set(mut self, key: &str, value: impl Display) -> Self {
        writeln!(self.settings, "{key} = {value}").expect("writing to memory");
        self
    }

    /// Sets a key of the usual site.
    pub(crate) fn set_for_site(mut self, key: &str, value: impl Display) -> Self {
        writeln!(self.site_settings, "{key} = {value}").expect("writing to memory");
        self
    }

    /// Adds whole sections, as TOML.
    pub(crate) fn sections(mut self, toml: &str) -> Self {
        self.sections.push_str(toml);
        self
    }

    /// Sets a variable of the environment that the configuration may name.
    pub(crate) fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Adds a site beside the usual one.
    pub(crate) fn site(mut self, tracker_id: &str, key: &str) -> Self {
        self.sites.push((tracker_id.to_owned(), key.to_owned()));
        self
    }

    /// Uses a folder that outlives the server.
    pub(crate) fn data_dir(mut self, data_dir: &Path) -> Self {
        self.data_dir = Some(data_dir.to_owned());
        self
    }

    pub(crate) fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Starts the server and waits until it is ready.
    pub(crate) async fn start(self) -> TestServer {
        let server = self.start_unready().await;
        server.ready().await;
        server
    }

    /// Starts the server, which is asked before it is ready.
    pub(crate) async fn start_unready(self) -> TestServer {
        let own_folder = match self.data_dir {
            Some(_) => None,
            None => Some(tempfile::tempdir().expect("a temporary folder")),
        };
        let lent = self.data_dir.as_deref();
        let data_dir = lent.or(own_folder.as_ref().map(TempDir::path));
        let data_dir = data_dir.expect("one of the two").to_string_lossy();
        let mut toml = format!(
            "{}data_dir = {:?}\n[[sites]]\ntracker_id = {TRACKER_ID:?}\nprivate_key = {PRIVATE_KEY:?}\n{}",
            self.settings, data_dir, self.site_settings,
        );
        for (tracker_id, key) in &self.sites {
            write!(
                toml,
                "[[sites]]\ntracker_id = {tracker_id:?}\nprivate_key = {key:?}\n"
            )
            .expect("writing to memory");
        }
        toml.push_str(&self.sections);
        let config = Config::from_toml_with(&toml, self.variables);
        let mut config = config.unwrap_or_else(|error| panic!("{error}\n{toml}"));
        // This one is a test.
        config.program = Some(env!("CARGO_BIN_EXE_vetrina").into());
        let admin_token = config.admin_token.as_ref();
        let admin_token = admin_token.map(|token| token.expose().clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound socket");
        let (stop, stopped) = oneshot::channel();
        let clock = self.clock;
        let ended = tokio::spawn(async move {
            let engine = server::open_engine(&config, clock.clone());
            // A dropped server is a stopped one.
            let shutdown = async { drop(stopped.await) };
            let (_, reloads) = mpsc::channel(1);
            let clock = clock.clone();
            let served = server::serve(
                listener,
                &config,
                clock,
                engine,
                reloads,
                Supervisor::default(),
                shutdown,
            )
            .await;
            served.expect("the engine opens");
        });
        TestServer {
            address,
            running: Some(Running { stop, ended }),
            admin_token,
            _own_folder: own_folder,
        }
    }
}

impl TestServer {
    /// With default settings and the usual site.
    pub(crate) async fn start() -> Self {
        Self::builder().start().await
    }

    pub(crate) fn builder() -> TestServerBuilder {
        TestServerBuilder {
            settings: String::new(),
            sites: Vec::new(),
            site_settings: String::new(),
            sections: String::new(),
            variables: Vec::new(),
            data_dir: None,
            clock: Clock::system(),
        }
    }

    /// As in `http://127.0.0.1:7700`.
    pub(crate) fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A client of the usual site.
    pub(crate) fn site(&self) -> SiteClient {
        self.site_with(TRACKER_ID, PRIVATE_KEY)
    }

    /// A client that signs with any id and key.
    pub(crate) fn site_with(&self, tracker_id: &str, key: &str) -> SiteClient {
        SiteClient::new(&self.base(), tracker_id, key)
    }

    /// An unsigned GET.
    pub(crate) async fn get(&self, path_and_query: &str) -> Answer {
        get(&format!("{}{path_and_query}", self.base())).await
    }

    /// An unsigned request with these headers and no body.
    pub(crate) async fn ask(
        &self,
        method: &str,
        path_and_query: &str,
        headers: &[(&str, &str)],
    ) -> Answer {
        ask(method, &format!("{}{path_and_query}", self.base()), headers).await
    }

    pub(crate) async fn raw(&self) -> RawConnection {
        RawConnection::open(&self.address.to_string()).await
    }

    /// Ends the server cleanly, once it is at rest: then it must hold nothing. A folder that was lent to
    /// it stays.
    pub(crate) async fn stop(mut self) {
        self.at_rest().await;
        self.end().await;
    }

    /// Ends the server cleanly in the middle of its work.
    pub(crate) async fn stop_at_work(mut self) {
        self.end().await;
    }

    async fn end(&mut self) {
        let Running { stop, ended } = self.running.take().expect("it is ended once");
        // It may have failed before, which the join tells.
        let _ = stop.send(());
        let ended = tokio::time::timeout(PATIENCE, ended).await;
        ended
            .expect("the server ends in time")
            .expect("the server ends well");
    }

    /// Waits until the server has nothing to do, and fails the test when it holds on to anything then.
    pub(crate) async fn at_rest(&self) {
        let (address, token) = (self.address.to_string(), self.admin_token.clone());
        let looked = tokio::task::spawn_blocking(move || {
            assert_at_rest(&address, token.as_deref());
        });
        if let Err(error) = looked.await {
            std::panic::resume_unwind(error.into_panic());
        }
    }

    async fn ready(&self) {
        eventually("readiness", async || {
            (self.get("/health/ready").await.status == 200).then_some(())
        })
        .await;
    }
}

/// Every test that ends well leaves a server that holds nothing. On one thread nobody would answer while
/// this waits: there [`TestServer::stop`] looks.
impl Drop for TestServer {
    fn drop(&mut self) {
        let is_running = |running: &Running| !running.ended.is_finished();
        if std::thread::panicking() || !self.running.as_ref().is_some_and(is_running) {
            return;
        }
        let runtime = Handle::try_current().map(|handle| handle.runtime_flavor());
        if matches!(runtime, Ok(RuntimeFlavor::MultiThread)) {
            let (address, token) = (self.address.to_string(), self.admin_token.take());
            tokio::task::block_in_place(|| assert_at_rest(&address, token.as_deref()));
        }
    }
}
