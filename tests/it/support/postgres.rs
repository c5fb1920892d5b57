//! A real `PostgreSQL` for tests: Debian's programs, a cluster in a temporary folder, a free port, ended
//! with the tests whatever becomes of them. Without the programs a test is skipped, loudly, unless
//! `VETRINA_REQUIRE_POSTGRES` is set: then that is a failure.

use std::io::Write as _;
use std::net::TcpListener;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio_postgres::{Client, NoTls};

use super::PATIENCE;

/// Waits for the end of its input, which is the end of the tests, then ends the database and removes
/// the folder.
const KEEPER: &str = r#"
"$1" -D "$2/data" -k "$2" -p "$3" -c listen_addresses=127.0.0.1 -c fsync=off \
  -c shared_buffers=32MB -c max_connections=100 -c ssl="$4" >"$2/log" 2>&1 &
cat >/dev/null
kill -INT $! 2>/dev/null
wait $!
rm -rf "$2"
"#;

/// Who runs the server: it refuses to be root.
#[derive(Clone, Copy)]
struct User {
    uid: u32,
    gid: u32,
}

/// A running `PostgreSQL`.
pub(crate) struct Cluster {
    folder: PathBuf,
    port: u16,
    programs: PathBuf,
    user: Option<User>,
    keeper: Mutex<Option<Child>>,
    ssl: bool,
}

/// One database of a cluster, for one test.
pub(crate) struct TestDatabase {
    pub(crate) cluster: Arc<Cluster>,
    pub(crate) name: String,
}

impl TestDatabase {
    /// An empty database; `None` when there is no `PostgreSQL` here.
    pub(crate) async fn new() -> Option<Self> {
        Self::in_cluster(Cluster::shared()?).await
    }

    /// In a cluster of its own, which may be stopped.
    pub(crate) async fn alone() -> Option<Self> {
        Self::in_cluster(Arc::new(Cluster::start(false)?)).await
    }

    pub(crate) async fn in_cluster(cluster: Arc<Cluster>) -> Option<Self> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let name = format!("shop{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let admin = cluster.connect("postgres", "postgres").await;
        let create = format!("create database {name}");
        admin.batch_execute(&create).await.expect("a new database");
        Some(Self { cluster, name })
    }

    /// For the administrator of the cluster.
    pub(crate) fn dsn(&self) -> String {
        self.dsn_of("postgres")
    }

    pub(crate) fn dsn_of(&self, role: &str) -> String {
        format!(
            "host=127.0.0.1 port={} user={role} dbname={} sslmode=disable",
            self.cluster.port, self.name
        )
    }

    pub(crate) async fn connect(&self) -> Client {
        self.cluster.connect("postgres", &self.name).await
    }

    pub(crate) async fn connect_as(&self, role: &str) -> Client {
        self.cluster.connect(role, &self.name).await
    }

    /// Runs statements as the administrator.
    #[track_caller]
    pub(crate) fn run(&self, sql: &str) -> impl Future<Output = ()> {
        let place = std::panic::Location::caller();
        async move {
            let client = self.connect().await;
            let done = client.batch_execute(sql).await;
            done.unwrap_or_else(|error| panic!("{place}: {error:?}\n{sql}"));
        }
    }
}

impl Cluster {
    /// One for all tests that leave it running.
    fn shared() -> Option<Arc<Self>> {
        static SHARED: Mutex<Option<Arc<Cluster>>> = Mutex::new(None);
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if shared.is_none() {
            *shared = Some(Arc::new(Self::start(false)?));
        }
        shared.clone()
    }

    pub(crate) fn start(ssl: bool) -> Option<Self> {
        let Some(programs) = programs() else {
            let is_required = std::env::var_os("VETRINA_REQUIRE_POSTGRES").is_some();
            assert!(!is_required, "PostgreSQL is not installed");
            // Past the harness, which keeps to itself what a passing test prints.
            let words =
                "SKIPPED: PostgreSQL is not installed (Debian: apt-get install postgresql)\n";
            let _ = std::io::stderr().write_all(words.as_bytes());
            return None;
        };
        let folder = tempfile::tempdir().expect("a temporary folder").keep();
        let user = unprivileged();
        if let Some(User { uid, gid }) = user {
            chown(&folder, Some(uid), Some(gid)).expect("root may give folders away");
        }
        let cluster = Self {
            folder,
            port: free_port(),
            programs,
            user,
            keeper: Mutex::new(None),
            ssl,
        };
        cluster.initialise();
        cluster.run();
        Some(cluster)
    }

    fn initialise(&self) {
        let mut command = self.command("initdb");
        command.args(["--no-sync", "-A", "trust", "-U", "postgres", "-E", "UTF8"]);
        command
            .args(["--locale=C.UTF-8", "-D"])
            .arg(self.folder.join("data"));
        let output = command.output().expect("initdb starts");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "initdb: {errors}");
        if self.ssl {
            self.make_certificate();
        }
    }

    /// For `localhost`, signed by itself.
    fn make_certificate(&self) {
        let mut command = self.as_user("openssl".as_ref());
        command.args([
            "req",
            "-new",
            "-x509",
            "-days",
            "2",
            "-nodes",
            "-text",
            "-subj",
            "/CN=localhost",
        ]);
        command.args(["-addext", "subjectAltName=DNS:localhost"]);
        command.args(["-addext", "basicConstraints=critical,CA:FALSE"]);
        let data = self.folder.join("data");
        command.arg("-out").arg(self.certificate());
        command.arg("-keyout").arg(data.join("server.key"));
        let output = command.output().expect("openssl starts");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    pub(crate) fn certificate(&self) -> PathBuf {
        self.folder.join("data/server.crt")
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    fn command(&self, program: &str) -> Command {
        self.as_user(&self.programs.join(program))
    }

    fn as_user(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.folder).stdin(Stdio::null());
        if let Some(User { uid, gid }) = self.user {
            command.uid(uid).gid(gid);
        }
        command
    }

    fn run(&self) {
        let mut command = self.as_user("sh".as_ref());
        command.args(["-c", KEEPER, "keeper"]);
        command
            .arg(self.programs.join("postgres"))
            .arg(&self.folder);
        command.arg(self.port.to_string());
        command.arg(if self.ssl { "on" } else { "off" });
        let keeper = command.stdin(Stdio::piped()).spawn().expect("a shell");
        *self.keeper() = Some(keeper);
        let began = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(began.elapsed() < PATIENCE, "{}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    fn keeper(&self) -> std::sync::MutexGuard<'_, Option<Child>> {
        self.keeper.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) async fn connect(&self, role: &str, database: &str) -> Client {
        let dsn = format!(
            "host=127.0.0.1 port={} user={role} dbname={database}",
            self.port
        );
        let began = Instant::now();
        loop {
            match tokio_postgres::connect(&dsn, NoTls).await {
                Ok((client, connection)) => {
                    tokio::spawn(connection);
                    return client;
                }
                Err(error) => {
                    assert!(began.elapsed() < PATIENCE, "{error:?}\n{}", self.log());
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            }
        }
    }

    /// Ends it as a shutdown of the machine would, at once; its data stay.
    pub(crate) fn stop(&self) {
        let mut command = self.command("pg_ctl");
        command
            .args(["stop", "-m", "fast", "-D"])
            .arg(self.folder.join("data"));
        let output = command.output().expect("pg_ctl starts");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    pub(crate) fn start_again(&self) {
        let mut command = self.command("pg_ctl");
        command
            .args(["start", "-w", "-D"])
            .arg(self.folder.join("data"));
        command.arg("-l").arg(self.folder.join("log2"));
        let ssl = if self.ssl { "on" } else { "off" };
        let options = format!(
            "-k {} -p {} -c listen_addresses=127.0.0.1 -c fsync=off -c ssl={ssl}",
            self.folder.display(),
            self.port
        );
        command.args(["-o", &options]);
        let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
        assert!(status.expect("pg_ctl starts").success(), "{}", self.log());
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // One that was started again is not the keeper's.
        let mut command = self.command("pg_ctl");
        command
            .args(["stop", "-m", "immediate", "-D"])
            .arg(self.folder.join("data"));
        let _ = command.output();
        if let Some(mut keeper) = self.keeper().take() {
            drop(keeper.stdin.take());
            let _ = keeper.wait();
        }
    }
}

/// Where Debian keeps the programs of the newest version.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let folders = versions.filter_map(|version| Some(version.ok()?.path().join("bin")));
    folders
        .filter(|folder| folder.join("initdb").exists())
        .max()
}

/// Somebody else, when the tests run as root: the user Debian's package makes.
fn unprivileged() -> Option<User> {
    let id = |flag| {
        let output = Command::new("id").args([flag, "postgres"]).output().ok()?;
        String::from_utf8_lossy(&output.stdout).trim().parse().ok()
    };
    let output = Command::new("id").arg("-u").output().ok()?;
    let is_root = String::from_utf8_lossy(&output.stdout).trim() == "0";
    is_root.then(|| {
        let uid = id("-u").expect("the user `postgres`, which the package makes");
        let gid = id("-g").expect("the group of the user `postgres`");
        User { uid, gid }
    })
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("a bound socket").port()
}
