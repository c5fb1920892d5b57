//! The real binary, for what only a process can show: signals, `kill -9`, restarts, exit codes.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::{Duration, Instant};

use super::{PATIENCE, PRIVATE_KEY, SiteClient, TRACKER_ID, assert_at_rest, eventually, get};

/// The binary with these arguments, shielded from the environment of whoever runs the tests.
pub(crate) fn vetrina(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vetrina"));
    command.args(args).stdin(Stdio::null());
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("VETRINA_") {
            command.env_remove(name);
        }
    }
    command
}

/// How to start a server process.
#[derive(Clone, Debug)]
pub(crate) struct Launch {
    data_dir: PathBuf,
    args: Vec<String>,
    settings: Vec<(String, String)>,
    /// Where its log goes; `None` where the test may read it.
    log_file: Option<PathBuf>,
    /// A program and its arguments that start it in turn.
    within: Vec<String>,
}

impl Launch {
    /// With the usual test site, on a free port.
    pub(crate) fn new(data_dir: &Path) -> Self {
        Self::without_site(data_dir)
            .setting("SITES__0__TRACKER_ID", TRACKER_ID)
            .setting("SITES__0__PRIVATE_KEY", PRIVATE_KEY)
    }

    /// With no site set, which means the demo site.
    pub(crate) fn without_site(data_dir: &Path) -> Self {
        Self {
            data_dir: data_dir.to_owned(),
            args: Vec::new(),
            settings: Vec::new(),
            log_file: None,
            within: Vec::new(),
        }
    }

    /// Has the log written to a file, or a device.
    pub(crate) fn log_to(mut self, file: &Path) -> Self {
        self.log_file = Some(file.to_owned());
        self
    }

    /// Sets `VETRINA_<name>`.
    pub(crate) fn setting(mut self, name: &str, value: &str) -> Self {
        self.settings
            .push((format!("VETRINA_{name}"), value.to_owned()));
        self
    }

    /// Sets a variable of any name.
    pub(crate) fn variable(mut self, name: &str, value: &str) -> Self {
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Adds an argument of `serve`.
    pub(crate) fn arg(mut self, arg: &str) -> Self {
        self.args.push(arg.to_owned());
        self
    }

    /// Has it started by a program, which ends with its own arguments.
    pub(crate) fn within(mut self, program: &[&str]) -> Self {
        self.within = program.iter().map(|&arg| arg.to_owned()).collect();
        self
    }

    fn command(&self) -> Command {
        let serve = ["serve", "--listen", "127.0.0.1:0", "--data-dir"];
        let mut command = match self.within.split_first() {
            None => vetrina(&serve),
            Some((program, args)) => {
                let own = ["_", env!("CARGO_BIN_EXE_vetrina")];
                let mut command = Command::new(program);
                command.args(args).args(own).args(serve);
                command
            }
        };
        command
            .arg(&self.data_dir)
            .args(&self.args)
            .envs(self.settings.iter().cloned());
        command
    }

    /// Starts the server and kills it at that moment, however far it is, or a while later.
    pub(crate) fn start_and_kill(&self, mut when: impl FnMut() -> bool) {
        /// Some starts have nothing to do that could be waited for.
        const LATEST: Duration = Duration::from_secs(2);
        let silent = || Stdio::null();
        let mut command = self.command();
        let mut child = command
            .stdout(silent())
            .stderr(silent())
            .spawn()
            .expect("the binary starts");
        let began = Instant::now();
        while !when() && began.elapsed() < LATEST {
            std::thread::yield_now();
        }
        child.kill().expect("it was started here");
        child.wait().expect("it was started here");
    }

    /// Starts the server and waits until it listens, which it says on its first line.
    pub(crate) fn start(&self) -> ServerProcess {
        let stderr = match &self.log_file {
            None => Stdio::piped(),
            Some(file) => {
                let opened = std::fs::File::options().append(true).open(file);
                Stdio::from(opened.expect("a file for the log"))
            }
        };
        let mut child = self
            .command()
            .stdout(Stdio::piped())
            .stderr(stderr)
            .spawn()
            .expect("the binary starts");
        let lines = read_lines(child.stdout.take().expect("stdout is piped"));
        let log = match child.stderr.take() {
            Some(stderr) => Log::read(stderr),
            None => Log::read(std::io::empty()),
        };
        let mut server = ServerProcess {
            child,
            base: String::new(),
            lines,
            log,
        };
        let first = server
            .next_line()
            .unwrap_or_else(|| server.fail("it printed nothing"));
        match first.strip_prefix("listening on ") {
            Some(base) => base.clone_into(&mut server.base),
            None => server.fail(&format!("its first line is `{first}`")),
        }
        server
    }
}

/// A running server process; killed when it is dropped.
pub(crate) struct ServerProcess {
    child: Child,
    base: String,
    lines: mpsc::Receiver<String>,
    log: Log,
}

/// What a process writes to standard error.
struct Log {
    text: Arc<Mutex<String>>,
    /// Closed at its end.
    open: mpsc::Receiver<()>,
}

impl ServerProcess {
    /// As in `http://127.0.0.1:7700`.
    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    /// Of the process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Most memory the process has had, in bytes.
    pub(crate) fn peak_memory(&self) -> usize {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id()));
        let status = status.expect("the process runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB"));
        let kib: usize = kib.expect("a peak").parse().expect("a number");
        kib * 1024
    }

    pub(crate) fn site(&self) -> SiteClient {
        SiteClient::new(&self.base, TRACKER_ID, PRIVATE_KEY)
    }

    /// Waits until `/health/ready` is 200.
    pub(crate) async fn ready(&self) {
        let url = format!("{}/health/ready", self.base);
        eventually("readiness", async || {
            (get(&url).await.status == 200).then_some(())
        })
        .await;
    }

    /// The next line on standard output; `None` at its end.
    pub(crate) fn next_line(&mut self) -> Option<String> {
        self.lines.recv_timeout(PATIENCE).ok()
    }

    /// `kill -9`, and waits for the end.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("the server runs");
        self.child.wait().expect("the server was started here");
    }

    /// Sends SIGTERM without waiting.
    pub(crate) fn terminate(&self) {
        self.signal("TERM");
    }

    /// Sends SIGHUP.
    pub(crate) fn reload(&self) {
        self.signal("HUP");
    }

    fn signal(&self, name: &str) {
        let kill = format!("kill -{name} {}", self.child.id());
        let sent = Command::new("sh").args(["-c", &kill]).status();
        assert!(sent.is_ok_and(|status| status.success()), "the server runs");
    }

    /// SIGTERM, the exit status, and all that was logged.
    pub(crate) fn stop(mut self) -> (ExitStatus, String) {
        self.terminate();
        self.wait()
    }

    /// Waits for the end; gives the exit status and all that was logged.
    pub(crate) fn wait(&mut self) -> (ExitStatus, String) {
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("the server was started here") {
                return (status, self.log.whole());
            }
            assert!(began.elapsed() < PATIENCE, "the server does not end");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// All that was logged up to now.
    pub(crate) fn log_so_far(&self) -> String {
        self.log.so_far()
    }

    fn fail(&mut self, why: &str) -> ! {
        let _ = self.child.kill();
        let log = self.log.whole();
        panic!("the server did not start: {why}\n{log}");
    }
}

/// A test that ends well leaves a server that holds nothing.
impl Drop for ServerProcess {
    fn drop(&mut self) {
        let is_running = matches!(self.child.try_wait(), Ok(None));
        if is_running && !std::thread::panicking() {
            let address = self.base.trim_start_matches("http://");
            assert_at_rest(address, None);
        }
        // It may have ended before, which is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read_lines(stdout: impl Read + Send + 'static) -> mpsc::Receiver<String> {
    let (sender, lines) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    lines
}

impl Log {
    /// Reads on while the process runs, so that a full pipe never stops it.
    fn read(stderr: impl Read + Send + 'static) -> Self {
        let text = Arc::new(Mutex::new(String::new()));
        let (end, open) = mpsc::channel();
        std::thread::spawn({
            let text = Arc::clone(&text);
            move || {
                let _end: mpsc::Sender<()> = end;
                let lines = BufReader::new(stderr).split(b'\n');
                for line in lines.map_while(Result::ok) {
                    let mut text = text.lock().unwrap_or_else(PoisonError::into_inner);
                    text.push_str(&String::from_utf8_lossy(&line));
                    text.push('\n');
                }
            }
        });
        Self { text, open }
    }

    fn so_far(&self) -> String {
        let text = self.text.lock().unwrap_or_else(PoisonError::into_inner);
        text.clone()
    }

    /// Once the process has ended.
    fn whole(&self) -> String {
        let _ = self.open.recv_timeout(PATIENCE);
        self.so_far()
    }
}
