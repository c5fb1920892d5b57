//! `vetrina import` as a shop runs it: the binary, a file, and a server that is healthy, or
//! scripted to be anything but.

mod healthy;
mod trouble;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{PRIVATE_KEY, TRACKER_ID, vetrina};

/// The catalog that `serve --demo` loads.
const DEMO: &str = include_str!("../../../src/cli/demo.ndjson");

/// What stands in it, nested objects included.
const TYPES: [&str; 6] = [
    "product", "category", "brand", "variant", "article", "store",
];

/// What an import said and how it ended.
#[derive(Debug)]
struct Ran {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

async fn import(url: &str, file: &Path, options: &[&str]) -> Ran {
    import_with_input(url, file, options, Vec::new()).await
}

async fn import_with_input(url: &str, file: &Path, options: &[&str], input: Vec<u8>) -> Ran {
    let mut command = vetrina(&["import", "--url", url, "--tracker", TRACKER_ID]);
    command
        .arg(file)
        .args(options)
        .env("VETRINA_KEY", PRIVATE_KEY)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let run = move || {
        let mut child = command.spawn().expect("the binary runs");
        let mut stdin = child.stdin.take().expect("stdin is piped");
        // An import that reads a file does not read this.
        let _ = stdin.write_all(&input);
        drop(stdin);
        child
            .wait_with_output()
            .expect("the process was started here")
    };
    let output = tokio::task::spawn_blocking(run).await;
    output.expect("the process was waited for").into()
}

fn written(folder: &TempDir, name: &str, content: &[u8]) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, content).expect("a writable test folder");
    path
}

fn lines(objects: &[Value]) -> String {
    let lines: Vec<_> = objects.iter().map(Value::to_string).collect();
    lines.join("\n")
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(content).expect("writing to memory");
    encoder.finish().expect("writing to memory")
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}
