//! Names of attributes over crashes and rebuilds: what was free stays free, what is held stays held, and the commands
//! that say and do something about it.

use super::Home;
use crate::luigisbox::names::{NAMES_MAX, remove, taken, use_up};
use crate::support::{Launch, TRACKER_ID, product, vetrina};

fn attributes(home: &Home, more: &[&str]) -> String {
    let mut command = vetrina(&["attributes", "--data-dir"]);
    let ran = command.arg(home.folder.path()).args(more).output();
    let ran = ran.expect("the binary runs");
    assert!(ran.status.success(), "{ran:?}");
    String::from_utf8(ran.stdout).expect("words")
}

/// The server must not be running.
fn rebuild(home: &Home) -> String {
    let config = home.folder.path().join("vetrina.toml");
    let data_dir = home.folder.path().display();
    let toml = format!(
        "data_dir = \"{data_dir}\"\n[[sites]]\ntracker_id = {TRACKER_ID:?}\nprivate_key = \"secret\"\n"
    );
    std::fs::write(&config, toml).expect("a writable folder");
    let mut command = vetrina(&["rebuild", "--config"]);
    let ran = command.arg(&config).output().expect("the binary runs");
    assert!(ran.status.success(), "{ran:?}");
    String::from_utf8(ran.stdout).expect("words")
}

#[tokio::test(flavor = "multi_thread")]
async fn used_up_names_are_told_of_and_freed_by_a_rebuild_or_after_a_crash() {
    let home = Home::new();
    let server = home.start().await;
    let site = server.site();
    site.replace([product("p").field("wattage", 40)]).await.ok();
    let junk = use_up(&site).await;
    let told = attributes(&home, &["--site", TRACKER_ID]);
    let lines: Vec<&str> = told.lines().collect();
    assert!(
        lines[0].starts_with(&format!(
            "{TRACKER_ID}: {NAMES_MAX} of {NAMES_MAX} attribute names"
        )),
        "{told}"
    );
    let type_of_most = lines[3].split_whitespace().collect::<Vec<_>>();
    assert_eq!(type_of_most[2], "junk", "{told}");
    assert!(
        told.contains("feed_…") && told.contains("more (--all)"),
        "{told}"
    );
    assert!(!told.contains("wattage"), "{told}");
    let all = attributes(&home, &["--all"]);
    assert!(all.contains("feed_42_42: junk 1\n"), "{all}");
    assert!(all.contains("wattage: product 1\n"), "{all}");

    // Killed before anybody has looked, and not started again as a server.
    let (one, others) = junk.split_first().expect("objects");
    remove(&site, others).await;
    server.kill();
    let said = rebuild(&home);
    assert!(said.contains("index made again"), "{said}");
    let told = attributes(&home, &[]);
    let count = told.split_whitespace().nth(1).expect("a count");
    assert!(count.parse::<usize>().expect("a number") < 300, "{told}");

    let server = home.start().await;
    let site = server.site();
    site.replace([product("odd").field("feed_42_42", "text now")])
        .await
        .ok();
    remove(&site, std::slice::from_ref(one)).await;
    server.kill();
    let server = home.start().await;
    let site = server.site();
    for (filter, expected) in [("feed_42_42:text%20now", "odd"), ("wattage:40", "p")] {
        let found = site.search(&format!("f[]={filter}")).await;
        assert_eq!(found.identities(), [expected]);
    }
    let refilled = use_up(&site).await;
    remove(&site, &refilled).await;
    server.kill();
    // By itself, though what went did so before the start.
    let server = Launch::new(home.folder.path()).start();
    server.ready().await;
    let site = server.site();
    taken(&site, || product("odd-2").field("unheard_of", 1)).await;
    assert_eq!(site.search("f[]=feed_42_42:text%20now").await.total(), 1);
    home.end(server, "after three kills");
}
