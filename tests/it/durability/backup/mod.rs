//! `vetrina backup` and `vetrina restore`, as an operator runs them.

mod contents;
mod prefix;
mod refusals;
mod sites;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use tempfile::TempDir;

use super::Home;
use crate::support::{TRACKER_ID, vetrina};

/// A place for backups, beside any data folder.
struct Shelf {
    folder: TempDir,
}

impl Shelf {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        Self { folder }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Names of all that lies on it.
    fn names(&self) -> Vec<String> {
        names_in(self.folder.path())
    }
}

fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let name = |entry: std::io::Result<fs::DirEntry>| entry.expect("an entry").file_name();
    let mut names: Vec<String> = entries
        .map(|entry| name(entry).to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

fn run(command: &str, data_dir: &Path, file: &Path, more: &[&str]) -> Output {
    let mut command = vetrina(&[command, "--data-dir"]);
    command.arg(data_dir).args(more).arg(file);
    command.output().expect("the binary runs")
}

fn told(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    text(&output.stdout) + &text(&output.stderr)
}

/// Has it end well, and gives what it said.
#[track_caller]
fn done(output: &Output) -> String {
    let told = told(output);
    assert!(output.status.success(), "{told}");
    told
}

/// Has it fail with these words, and gives what it said.
#[track_caller]
fn refused(output: &Output, words: &str) -> String {
    let told = told(output);
    assert!(!output.status.success(), "{told}");
    assert!(told.contains(words), "{told}");
    told
}

fn back_up(home: &Home, file: &Path) -> String {
    done(&run("backup", home.folder.path(), file, &[]))
}

fn check(data_dir: &Path) -> String {
    let output = vetrina(&["check", "--data-dir"]).arg(data_dir).output();
    done(&output.expect("the binary runs"))
}

fn site_folder(home: &Home) -> PathBuf {
    home.folder.path().join("sites").join(TRACKER_ID)
}
