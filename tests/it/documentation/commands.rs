//! The commands of the documentation, typed as they stand against a server of the demo catalog. Of what they name, the
//! address, the key and the folders are exchanged for those of the test, and nothing else; `curl` fails where the
//! answer is a failure.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::blocks::{Block, Fate, blocks};
use super::{pages, read};
use crate::support::{Launch, ServerProcess, ask_with, vetrina};

const API_KEY: &str = "a-key-for-documents-of-the-docs";

/// What the blocks call besides `vetrina`.
const PROGRAMS: [&str; 5] = ["bash", "curl", "openssl", "base64", "gzip"];

/// A catalog as a shop would export it.
const CATALOG: &str = concat!(
    r#"{"identity":"item-1","type":"product","fields":{"title":"Brass lamp","price":"49.00 EUR"}}"#,
    "\n",
    r#"{"identity":"item-2","type":"product","fields":{"title":"Oak stool","price":"89.00 EUR"}}"#,
    "\n",
);

/// A server, and the folders that commands are run in.
struct Desk {
    folder: TempDir,
    server: Option<ServerProcess>,
    base: String,
    key: String,
}

impl Desk {
    async fn open() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for name in ["bin", "work", "backup", "data"] {
            fs::create_dir(folder.path().join(name)).expect("a new folder");
        }
        let keys = format!("[{API_KEY:?}]");
        let mut server = Launch::without_site(&folder.path().join("data"))
            .arg("--demo")
            .setting("SWIFTYPE__API_KEYS", &keys)
            .start();
        let key = loop {
            let line = server.next_line().expect("the key is printed");
            if let Some(key) = line.strip_prefix("private key: ") {
                break key.to_owned();
            }
        };
        server.ready().await;
        let url = format!("{}/api/v1/engines", server.base());
        let key_of_all = format!("Bearer {API_KEY}");
        let headers = [("Authorization", key_of_all.as_str())];
        let body = "{\"engine\":{\"name\":\"bookstore\"}}";
        ask_with("POST", &url, &headers, body).await.status(200);
        let desk = Self {
            base: server.base().to_owned(),
            folder,
            server: Some(server),
            key,
        };
        desk.fill();
        desk
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Programs as the blocks find them, and files that they read.
    fn fill(&self) {
        let bin = self.at("bin");
        symlink(env!("CARGO_BIN_EXE_vetrina"), bin.join("vetrina")).expect("a new link");
        let curl =
            "#!/bin/sh\nPATH=${PATH#*:} exec curl --silent --show-error --fail-with-body \"$@\"\n";
        fs::write(bin.join("curl"), curl).expect("a new file");
        let executable = fs::Permissions::from_mode(0o755);
        fs::set_permissions(bin.join("curl"), executable).expect("a file of ours");
        let work = self.at("work");
        fs::write(work.join("catalog.ndjson"), CATALOG).expect("a new file");
        let zipped = Command::new("gzip")
            .args(["-k", "catalog.ndjson"])
            .current_dir(&work)
            .status();
        assert!(zipped.expect("gzip starts").success());
        let config = format!(
            "data_dir = {:?}\n[[sites]]\ntracker_id = \"1234-5678\"\nprivate_key = {:?}\n",
            self.at("data").to_string_lossy(),
            self.key
        );
        fs::write(self.at("config.toml"), config).expect("a new file");
    }

    /// The block with the places of this test.
    fn here(&self, commands: &str) -> String {
        let path = |name: &str| self.at(name).to_string_lossy().into_owned();
        let mut commands = commands.to_owned();
        for (told, here) in [
            ("http://127.0.0.1:7700", self.base.as_str()),
            ("https://search.example.com", self.base.as_str()),
            ("the private key that serve printed", self.key.as_str()),
            ("/etc/vetrina/config.toml", &path("config.toml")),
            ("/var/lib/vetrina", &path("data")),
            ("/backup", &path("backup")),
        ] {
            commands = commands.replace(told, here);
        }
        commands
    }

    #[track_caller]
    fn run(&self, block: &Block) {
        if block.language != "sh" && !are_installed(&[&block.language]) {
            return;
        }
        let script = self.here(&block.commands);
        let path = std::env::var("PATH").expect("a path");
        let mut command = match block.language.as_str() {
            "sh" => {
                let mut bash = Command::new("bash");
                bash.args(["-euo", "pipefail", "-c", &script]);
                bash
            }
            language => {
                let program = self.at("work").join("program");
                fs::write(&program, &script).expect("a new file");
                let mut command = Command::new(language);
                command.arg(program);
                command
            }
        };
        let output = command
            .current_dir(self.at("work"))
            .env("PATH", format!("{}:{path}", self.at("bin").display()))
            // As the pages ask readers to set them.
            .env("KEY", &self.key)
            .env("TRACKER", "1234-5678")
            .env("API_KEY", API_KEY)
            .stdin(Stdio::null())
            .output()
            .expect("it starts");
        let told = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
        assert!(
            output.status.success(),
            "{}: {}\n{}\n{script}",
            block.place,
            told[0],
            told[1]
        );
    }

    fn stop_server(&mut self) {
        let server = self.server.take().expect("it runs");
        server.terminate();
        let (status, log) = server.stop();
        assert!(status.success(), "{log}");
    }
}

/// Whether programs are here; told loudly where one is not.
fn are_installed(programs: &[&str]) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let is_here =
        |program: &&str| std::env::split_paths(&path).any(|folder| folder.join(program).is_file());
    let programs = programs.iter().copied();
    let missing: Vec<&str> = programs.filter(|program| !is_here(program)).collect();
    if missing.is_empty() {
        return true;
    }
    let is_required = std::env::var_os("VETRINA_REQUIRE_PROGRAMS").is_some();
    assert!(!is_required, "{missing:?} are not installed");
    let words = format!("SKIPPED: commands of the documentation: {missing:?} are not installed\n");
    let _ = std::io::Write::write_all(&mut std::io::stderr(), words.as_bytes());
    false
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_of_the_documentation_works() {
    if !are_installed(&PROGRAMS) {
        return;
    }
    for page in pages() {
        let blocks = blocks(&page);
        let of = |fate| blocks.iter().filter(move |block| block.fate == fate);
        if of(Fate::Run).chain(of(Fate::RunStopped)).next().is_none() {
            continue;
        }
        let mut desk = Desk::open().await;
        of(Fate::Run).for_each(|block| desk.run(block));
        desk.stop_server();
        of(Fate::RunStopped).for_each(|block| desk.run(block));
    }
}

/// Each command of the table in operations.md is one, with the options it says.
#[test]
fn every_command_that_is_named_is_there() {
    let page = read("docs/operations.md");
    let rows = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `vetrina "));
    let mut count = 0;
    for row in rows {
        let (command, _) = row.split_once('`').expect("code ends");
        let words = command.split_whitespace();
        let names: Vec<&str> = words
            .clone()
            .take_while(|word| {
                word.chars()
                    .all(|c| c.is_ascii_lowercase() || c == '\\' || c == '|')
            })
            .collect();
        let subcommands: Vec<&str> = names
            .get(1)
            .map_or(vec![], |names| names.split("\\|").collect());
        let options: Vec<&str> = words
            .map(|word| word.trim_matches(['[', ']']))
            .filter(|word| word.starts_with("--"))
            .collect();
        let asked: Vec<Vec<&str>> = match subcommands[..] {
            [] => vec![vec![names[0]]],
            _ => subcommands
                .iter()
                .map(|name| vec![names[0], name])
                .collect(),
        };
        for mut args in asked {
            args.push("--help");
            let output = vetrina(&args).output().expect("it starts");
            assert!(output.status.success(), "{command}");
            let help = String::from_utf8_lossy(&output.stdout);
            for option in &options {
                assert!(help.contains(option), "{command}: {option}\n{help}");
            }
            count += 1;
        }
    }
    assert!(count > 10, "{count}");
}

/// What nothing here says any more would be exchanged for nothing.
#[test]
fn the_places_that_are_exchanged_stand_in_the_documentation() {
    let all: String = pages().iter().map(|page| read(page)).collect();
    for told in [
        "http://127.0.0.1:7700",
        "https://search.example.com",
        "the private key that serve printed",
        "/etc/vetrina/config.toml",
        "/var/lib/vetrina",
        "/backup",
    ] {
        assert!(all.contains(told), "{told}");
    }
    assert!(Path::new(env!("CARGO_BIN_EXE_vetrina")).is_file());
}
