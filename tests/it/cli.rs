//! The binary as a person or a supervisor uses it: what it prints, how it ends, what it signs.

use std::path::Path;
use std::process::Output;

use crate::support::{Launch, RawConnection, TRACKER_ID, get, product, vetrina};

fn output(args: &[&str]) -> Output {
    vetrina(args).output().expect("the binary starts")
}

#[test]
fn help_and_version_are_there() {
    let help = output(&["--help"]);
    assert!(help.status.success());
    let help = String::from_utf8_lossy(&help.stdout).into_owned();
    for subcommand in ["serve", "sign", "attributes"] {
        assert!(help.contains(subcommand), "{help}");
    }
    let version = output(&["--version"]);
    assert_eq!(
        String::from_utf8_lossy(&version.stdout),
        concat!("vetrina ", env!("CARGO_PKG_VERSION"), "\n")
    );
}

#[test]
fn sign_takes_the_key_from_the_environment() {
    let args = ["sign", "GET", "/v1/content_export", "--tracker", TRACKER_ID];
    let date = ["--date", "Thu, 29 Jun 2017 12:11:16 GMT"];
    let signed = vetrina(&[&args[..], &date[..]].concat())
        .env("VETRINA_KEY", "secret")
        .output()
        .expect("the binary starts");
    let printed = String::from_utf8_lossy(&signed.stdout);
    // docs/reference/01-auth.md §8.
    let digest = "wXj4oFdv4IRkL7RVSVrO2PiKwP3U5ssaYKsUzQAld7Y=";
    assert!(
        printed.contains(&format!("Authorization: vetrina {TRACKER_ID}:{digest}")),
        "{printed}"
    );
}

#[tokio::test]
async fn without_a_configuration_the_demo_site_is_served_and_its_key_kept() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let launch = Launch::without_site(folder.path());
    let mut first = launch.start();
    first.ready().await;
    let greeting: Vec<String> = std::iter::from_fn(|| first.next_line()).take(3).collect();
    let key = greeting[1]
        .strip_prefix("private key: ")
        .expect("the key is printed");
    assert_eq!(greeting[0], format!("tracker id: {TRACKER_ID}"));
    assert!(greeting[2].starts_with(&format!(
        "first search: {}/search?tracker_id=",
        first.base()
    )));
    assert!(key.len() >= 32);
    let (status, log) = first.stop();
    assert!(status.success(), "{log}");
    assert!(!log.contains(key), "the key is in the log: {log}");

    let mut second = launch.start();
    let again: Vec<String> = std::iter::from_fn(|| second.next_line()).take(2).collect();
    assert_eq!(again[1], greeting[1]);
}

#[tokio::test]
async fn the_first_search_that_a_demo_server_prints_finds_something() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut server = Launch::without_site(folder.path()).arg("--demo").start();
    server.ready().await;
    let printed = std::iter::from_fn(|| server.next_line()).find_map(|line| {
        let url = line.strip_prefix("first search: ")?;
        Some(url.to_owned())
    });
    let found = get(&printed.expect("a search is printed"))
        .await
        .ok()
        .json();
    assert!(found["results"]["total_hits"].as_u64() > Some(0), "{found}");
}

#[tokio::test]
async fn the_index_of_the_demo_site_is_rebuilt_without_a_configuration() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let launch = Launch::without_site(folder.path()).arg("--demo");
    let server = launch.start();
    server.ready().await;
    let (status, log) = server.stop();
    assert!(status.success(), "{log}");
    for command in ["rebuild", "check"] {
        let output = vetrina(&[command, "--data-dir"])
            .arg(folder.path())
            .output()
            .expect("the binary starts");
        let said = String::from_utf8_lossy(&output.stdout);
        let failed = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{command}: {failed}");
        assert!(said.contains(TRACKER_ID), "{command}: {said}");
    }
}

#[tokio::test]
async fn sigterm_ends_the_server_although_connections_are_open() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = Launch::new(folder.path()).start();
    server.ready().await;
    let authority = server.base().trim_start_matches("http://").to_owned();
    let mut used = RawConnection::open(&authority).await;
    let request = "GET /health HTTP/1.1\r\nhost: a\r\n\r\n";
    assert_eq!(used.exchange(request).await.status, 200);
    let mut silent = RawConnection::open(&authority).await;
    let mut halfway = RawConnection::open(&authority).await;
    halfway.send("GET /health HT").await;

    let (status, log) = server.stop();
    assert!(status.success(), "{log}");
    assert!(log.contains("shutting down"), "{log}");
    for connection in [&mut used, &mut silent, &mut halfway] {
        assert!(connection.is_closed().await);
    }
}

#[tokio::test]
async fn a_killed_server_starts_again_on_the_same_folder() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let launch = Launch::new(folder.path());
    for _ in 0..2 {
        let server = launch.start();
        server.ready().await;
        server.kill();
    }
    let server = launch.start();
    server.ready().await;
    assert_eq!(get(&format!("{}/health", server.base())).await.status, 200);
}

#[test]
fn logs_are_json_off_a_terminal_and_name_the_request() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let log = runtime.block_on(async {
        let server = Launch::new(folder.path()).start();
        server.ready().await;
        let url = format!("{}/no/such/path?secret=hunter2", server.base());
        assert_eq!(get(&url).await.status, 404);
        server.stop().1
    });
    let lines: Vec<serde_json::Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}")))
        .collect();
    let answered = lines.iter().find(|line| line["path"] == "/no/such/path");
    let answered = answered.unwrap_or_else(|| panic!("no such line in {log}"));
    assert_eq!(answered["status"], 404);
    assert_eq!(answered["method"], "GET");
    assert!(answered["duration_ms"].is_number());
    assert!(
        answered["span"]["http.request_id"].is_string(),
        "{answered}"
    );
    assert!(!log.contains("hunter2"), "a query string was logged");
}

#[test]
fn demo_data_is_never_put_among_a_shops_own() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let output = vetrina(&["serve", "--demo", "--listen", "127.0.0.1:0", "--data-dir"])
        .arg(folder.path())
        .env("VETRINA_SITES__0__TRACKER_ID", "1-1")
        .env("VETRINA_SITES__0__PRIVATE_KEY", "secret")
        .output()
        .expect("the binary starts");
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("--demo"));
}

/// A log that cannot be written is no reason to stop selling.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_server_whose_log_goes_to_a_full_device_keeps_serving() {
    let full = Path::new("/dev/full");
    let folder = tempfile::tempdir().expect("a temporary folder");
    for format in ["human", "json"] {
        let launch = Launch::new(folder.path()).log_to(full);
        let server = launch.setting("LOG__FORMAT", format).start();
        server.ready().await;
        let site = server.site();
        for round in 0..20 {
            let written = site.replace([product(&format!("p{round}"))]).await;
            assert_eq!(written.status, 201, "{}", written.text());
            // Each of these has its line in the log.
            site.commit("product", "none").await.status(400);
            site.search_answer("q=x&f[]=nowhere:1|2").await;
            get(&format!("{}/nowhere", server.base())).await.status(404);
        }
        server.reload();
        assert_eq!(site.search("size=1").await.total(), 20);
        let (status, _) = server.stop();
        assert!(status.success(), "{status}");
    }
}
