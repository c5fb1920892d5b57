//! The server's side of reading a document. Invariants: whatever the process does, it ends, and what is kept of its
//! words is bounded; and it ends when nobody waits for it any more.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};

use super::text::beginning;
use super::{Declared, Document, Limits, Reason, answer};

/// Most bytes of what the process says of its end.
const LAST_WORDS_BYTES_MAX: u64 = 8 << 10;
/// Most bytes of what was declared that are handed on.
const DECLARED_BYTES_MAX: usize = 300;
/// An answer besides its text.
const ANSWER_BYTES: u64 = 16 << 10;
/// The longest form of a byte of text in JSON, as `\u0000`.
const ESCAPED_BYTES: u64 = 6;
/// What the allocator takes at once, in KiB. It takes a GiB of addresses otherwise, which a limit would have to allow.
const ARENA_KIB: &str = "16384";

/// Reads documents.
#[derive(Clone, Debug)]
pub struct Extractor {
    program: PathBuf,
    limits: Limits,
}

impl Extractor {
    /// With the program whose `extract-text` reads: this one.
    pub fn new(program: PathBuf, limits: Limits) -> Self {
        Self { program, limits }
    }

    /// What a file says. Each call is one process, however many there are.
    ///
    /// The process ends with the thread that starts it, so that none is left behind by a server that was killed: call
    /// this on a thread that lives as long as the runtime.
    pub async fn text_of(&self, path: &Path, declared: Declared<'_>) -> Result<Document, Reason> {
        let file = File::open(path).map_err(|error| Reason::NotOpened(error.to_string()))?;
        let mut child = self.start(file, declared)?;
        let outcome = tokio::time::timeout(self.limits.time, self.listen(&mut child)).await;
        if let Ok(outcome) = outcome {
            return outcome;
        }
        // It is dead or about to be; where waiting fails, dropping it does the same.
        let _ = child.kill().await;
        Err(Reason::Time(self.limits.time.as_secs()))
    }

    fn start(&self, file: File, declared: Declared<'_>) -> Result<Child, Reason> {
        let mut command = Command::new(&self.program);
        command
            .arg("extract-text")
            .arg(format!("--parent={}", std::process::id()))
            .arg(format!("--cpu-s={}", self.cpu_s()))
            .arg(format!("--memory-bytes={}", self.limits.memory_bytes))
            .arg(format!("--text-bytes-max={}", self.limits.text_bytes_max));
        if let Some(media_type) = declared.media_type.and_then(handed_on) {
            command.arg(format!("--media-type={media_type}"));
        }
        if let Some(file_name) = declared.file_name.and_then(handed_on) {
            command.arg(format!("--file-name={file_name}"));
        }
        command
            .env_clear()
            .env("MIMALLOC_ARENA_RESERVE", ARENA_KIB)
            .current_dir("/")
            .stdin(Stdio::from(file))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        let started = command.spawn();
        started.map_err(|error| Reason::NotStarted(error.to_string()))
    }

    fn cpu_s(&self) -> u64 {
        self.limits.cpu.as_secs().max(1)
    }

    async fn listen(&self, child: &mut Child) -> Result<Document, Reason> {
        let answer_bytes_max = ANSWER_BYTES + ESCAPED_BYTES * self.limits.text_bytes_max as u64;
        let answer = bounded(child.stdout.take(), answer_bytes_max);
        let last_words = bounded(child.stderr.take(), LAST_WORDS_BYTES_MAX);
        let (answer, last_words) = tokio::join!(answer, last_words);
        let status = child.wait().await;
        let status = status.map_err(|error| Reason::Ended(error.to_string()))?;
        if status.success()
            && let Some(outcome) = answer::read(&answer)
        {
            return outcome;
        }
        Err(self.reason_of(status, &String::from_utf8_lossy(&last_words)))
    }

    /// Why a process ended that did not answer.
    fn reason_of(&self, status: ExitStatus, last_words: &str) -> Reason {
        use std::os::unix::process::ExitStatusExt;

        /// What the standard library says of it, and what the allocator may say before.
        const NO_MEMORY: [&str; 2] = ["memory allocation of", "out of memory"];
        const NO_STACK: &str = "has overflowed its stack";
        const KILLED: i32 = 9;
        const OVER_PROCESSOR_TIME: i32 = 24;
        if NO_MEMORY.iter().any(|words| last_words.contains(words)) {
            return Reason::Memory(self.limits.memory_bytes >> 20);
        }
        if last_words.contains(NO_STACK) {
            return Reason::damaged("it is nested too deeply");
        }
        match status.signal() {
            Some(OVER_PROCESSOR_TIME) => Reason::Processor(self.cpu_s()),
            Some(KILLED) => Reason::Ended(status.to_string()),
            _ => {
                let words = last_words.lines().rfind(|line| !line.trim().is_empty());
                let words = words.map_or_else(String::new, |words| format!(": {}", words.trim()));
                Reason::Failed(format!("{status}{words}"))
            }
        }
    }
}

/// What can be an argument of a process.
fn handed_on(declared: &str) -> Option<&str> {
    let declared = beginning(declared, DECLARED_BYTES_MAX).trim();
    (!declared.is_empty() && !declared.contains('\0')).then_some(declared)
}

/// What is read up to a limit. Whoever writes more finds nobody listening.
async fn bounded(from: Option<impl AsyncRead + Unpin>, bytes_max: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Some(from) = from {
        // What came before an error may say why.
        let _ = from.take(bytes_max).read_to_end(&mut bytes).await;
    }
    bytes
}
