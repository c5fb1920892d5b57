//! Starts that are cut short, and starts after them. Kills are at some moment of the catching up, or right
//! when deletions have been written that nobody has committed.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use serde_json::json;

use super::{Home, find, name, products};
use crate::support::{Chance, Launch};

const OBJECTS: usize = 1_500;
/// A start of so few objects takes about as long.
const KILL_BEFORE_MS: u64 = 600;

impl Home {
    /// Names of the files that say what is deleted.
    fn deletions(&self) -> BTreeSet<std::ffi::OsString> {
        let files = std::fs::read_dir(self.index()).into_iter().flatten();
        let names = files.filter_map(|entry| Some(entry.ok()?.file_name()));
        names
            .filter(|name| name.to_string_lossy().ends_with(".del"))
            .collect()
    }
}

/// Killed while it caught up, a server retried for seven seconds at its next start, then made its index anew.
async fn survive_kills_of_starts(rounds: usize) {
    let home = Home::new();
    let mut chance = Chance::new();
    let launch = Launch::new(home.folder.path());
    let mut kills = 0;
    for round in 0..rounds {
        let context = format!("round {round}, {chance:?}");
        let server = home.start().await;
        let site = server.site();
        if round > 0 {
            assert_eq!(products(&site).await, OBJECTS as u64, "{context}");
        }
        let title = format!("Round {round}");
        let objects: Vec<_> = (0..OBJECTS)
            .map(|n| {
                json!({"identity": format!("p{n}"), "type": "product",
                       "fields": {"title": title, "price": n, "tags": [format!("t{}", n % 7)]}})
            })
            .collect();
        for some in objects.chunks(500) {
            // Not waited for until it can be found: there shall be something to catch up.
            let body = json!({"objects": some}).to_string();
            site.signed("POST", "/v1/content", body).await.ok();
        }
        if round == 0 {
            // There is something to delete in the rounds that follow.
            home.end(server, &context);
            continue;
        }
        server.kill();
        let deletions = home.deletions();
        launch.start_and_kill(|| !home.deletions().is_subset(&deletions));
        for _again in 0..2 {
            let (began, after) = (Instant::now(), chance.below(KILL_BEFORE_MS));
            launch.start_and_kill(|| began.elapsed() >= Duration::from_millis(after));
        }
        kills += 3;
        let server = home.start().await;
        let log = server.log_so_far();
        for words in ["made from the store", "FileAlreadyExists", "trying again"] {
            assert!(!log.contains(words), "{context}: {log}");
        }
        let found = find(
            &server.site(),
            &[name(&objects[0]), name(&objects[OBJECTS - 1])],
        )
        .await;
        assert!(
            found
                .values()
                .all(|hit| hit["attributes"]["title"] == json!(title)),
            "{found:?}"
        );
        home.end(server, &context);
    }
    eprintln!("{kills} starts killed");
}

#[tokio::test(flavor = "multi_thread")]
async fn starts_that_are_killed_while_catching_up_cost_the_next_one_nothing() {
    survive_kills_of_starts(3).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes"]
async fn a_hundred_killed_starts_cost_the_next_one_nothing() {
    survive_kills_of_starts(35).await;
}
