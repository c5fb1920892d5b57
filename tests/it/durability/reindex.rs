//! Another language for a site: `kill -9` while its other index is made beside the one that serves.

use std::time::Duration;

use serde_json::json;

use super::{Home, authority, products, signed_request};
use crate::support::{Chance, Launch, RawConnection, ServerProcess, eventually, product};

const OBJECTS: usize = 2_500;
/// The server is killed at some moment before this, which is about when the other index is done.
const KILL_BEFORE_MS: u64 = 1_500;
const ROUNDS: usize = 4;

impl Home {
    async fn start_speaking(&self, language: &str) -> ServerProcess {
        let launch = Launch::new(self.folder.path()).setting("SITES__0__LANGUAGE", language);
        let server = launch.start();
        server.ready().await;
        server
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn kills_in_the_middle_of_a_change_of_language_cost_nothing() {
    let home = Home::new();
    let server = home.start_speaking("none").await;
    let objects = (0..OBJECTS).map(|n| product(&format!("p{n}")).title("Ponožky"));
    server.site().replace(objects).await.ok();
    home.end(server, "filled");

    let mut chance = Chance::new();
    let mut written = 0;
    for round in 0..ROUNDS {
        let language = ["sk", "de", "sk", "none"][round];
        let kill_after = Duration::from_millis(chance.below(KILL_BEFORE_MS));
        let context = format!("round {round}, killed after {kill_after:?}, {chance:?}");
        let server = home.start_speaking(language).await;
        let site = server.site();
        let killing = tokio::time::sleep(kill_after);
        let writing = async {
            let mut connection = RawConnection::open(authority(&server)).await;
            loop {
                // The index that serves has everything from the first moment on, and follows.
                let total = products(&site).await;
                assert_eq!(total, (OBJECTS + written) as u64, "{context}");
                let object: serde_json::Value = product(&format!("w{written}")).into();
                let body = json!({ "objects": [object] }).to_string();
                let request = signed_request(&site, "POST", "/v1/content?wait_for=visible", &body);
                assert_eq!(connection.exchange(request).await.status, 201, "{context}");
                written += 1;
            }
        };
        tokio::select! {
            () = killing => {}
            () = writing => {}
        }
        server.kill();
        // A write that was under way may have been kept.
        let server = home.start_speaking("sk").await;
        written = products(&server.site()).await as usize - OBJECTS;
        home.end(server, &context);
    }

    let server = home.start_speaking("sk").await;
    let site = server.site();
    eventually("the other language", async || {
        (site.search("q=ponoziek&size=0").await.total() == OBJECTS as u64).then_some(())
    })
    .await;
    assert_eq!(products(&site).await, (OBJECTS + written) as u64);
    home.end(server, "in the end");
}
