//! `kill -9` at random moments while events are sent: what was answered is counted, exactly once.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde_json::json;
use tokio::task::JoinSet;

use super::{event, item};
use crate::support::visitors::send_until_killed;
use crate::support::{Chance, Launch, ServerProcess, TRACKER_ID, get, vetrina};

const ROUNDS: usize = 3;
const SENDERS: usize = 4;
const KILL_BEFORE_MS: u64 = 300;

async fn start(folder: &Path) -> ServerProcess {
    let server = Launch::new(folder).start();
    server.ready().await;
    server
}

/// Searches for the query, as the report of the command says.
fn searches(folder: &Path) -> u64 {
    let report = vetrina(&["events", "report", "--data-dir"])
        .arg(folder)
        .stderr(Stdio::inherit())
        .output()
        .expect("the binary runs");
    let report = String::from_utf8(report.stdout).expect("text");
    let line = report.lines().find(|line| line.contains("\"hat\""));
    let count = line.and_then(|line| line.split("searches ").nth(1)?.split(',').next());
    count
        .expect("the query is reported")
        .parse()
        .expect("a number")
}

#[tokio::test(flavor = "multi_thread")]
async fn no_acknowledged_event_is_lost_by_kill_9_and_none_counts_twice() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut chance = Chance::new();
    let mut counted = 0;
    for round in 0..ROUNDS {
        let server = start(folder.path()).await;
        server.site().replace([item("p1")]).await.ok();
        let mut sending = JoinSet::new();
        for sender in 0..SENDERS {
            let (client, ids) = (format!("c{sender}"), format!("{round}-{sender}"));
            sending.spawn(send_until_killed(server.base().to_owned(), client, ids));
        }
        tokio::time::sleep(Duration::from_millis(200 + chance.below(KILL_BEFORE_MS))).await;
        server.kill();
        let sent = sending.join_all().await;

        let server = start(folder.path()).await;
        // All of them again, those in doubt included: what was counted is not counted once more.
        for (taken, in_doubt) in &sent {
            for again in taken.iter().chain([in_doubt]) {
                super::send_to(server.base(), "/", again).await.status(204);
                counted += 1;
            }
        }
        let repeats: usize = sent.iter().map(|(taken, _)| taken.len()).sum();
        let page = get(&format!("{}/metrics", server.base())).await.text();
        let line = page
            .lines()
            .find(|line| line.starts_with("vetrina_events_total") && line.contains("\"repeated\""));
        let repeated: usize = line
            .and_then(|line| line.rsplit(' ').next())
            .expect("a figure")
            .parse()
            .expect("a number");
        assert!(
            repeated >= repeats,
            "round {round}, {chance:?}: {repeated} of {repeats}"
        );
        let (status, log) = server.stop();
        assert!(status.success(), "{log}");
        assert_eq!(
            searches(folder.path()),
            counted,
            "round {round}, {chance:?}"
        );
        let check = vetrina(&["check", "--data-dir"])
            .arg(folder.path())
            .output();
        let check = check.expect("the binary runs");
        assert!(check.status.success(), "{check:?}");
    }
    assert!(counted > (ROUNDS * SENDERS) as u64, "nothing was sent");
}

#[test]
fn a_check_tells_of_a_broken_file_of_events() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let server = start(folder.path()).await;
        let base = server.base();
        let event = event("1", "c1", json!({"type": "pv", "url": "x"}));
        super::send_to(base, "/", &event).await.status(204);
        let (status, log) = server.stop();
        assert!(status.success(), "{log}");
    });
    let path = folder
        .path()
        .join("sites")
        .join(TRACKER_ID)
        .join("events.db");
    let whole = std::fs::read(&path).expect("a file of events");
    let check = || {
        let check = vetrina(&["check", "--data-dir"])
            .arg(folder.path())
            .output();
        let check = check.expect("the binary runs");
        (
            check.status.success(),
            String::from_utf8_lossy(&check.stdout).into_owned(),
        )
    };
    assert!(check().0, "{}", check().1);
    std::fs::write(&path, &whole[..whole.len() / 2]).expect("a writable folder");
    let (is_good, told) = check();
    assert!(!is_good && told.contains("events: "), "{told}");
}
