//! A generation commit that is killed half-way has happened, or has not.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Home, authority, invented, products, signed_request};
use crate::support::{Chance, RawConnection, article};

#[tokio::test(flavor = "multi_thread")]
async fn a_generation_commit_is_all_or_nothing() {
    const ALL: usize = 2000;
    const HALF: u64 = ALL as u64 / 2;
    let home = Home::new();
    let mut chance = Chance::new();
    let objects = invented(ALL);
    // The first commit is left alone and says how long one takes.
    let mut longest: Option<Duration> = None;
    for round in 0..4 {
        let (old, new) = (format!("old{round}"), format!("new{round}"));
        let server = home.start().await;
        let site = server.site();
        for some in objects.chunks(500) {
            site.replace(marked(some, &old)).await.ok();
        }
        site.replace(marked(&objects[..ALL / 2], &new)).await.ok();
        assert_eq!(products(&site).await, ALL as u64);
        let Some(longest) = longest else {
            let started = Instant::now();
            let answer = site.commit("product", &new).await.status(201);
            longest = Some(started.elapsed());
            assert_eq!(answer.json(), json!({"deleted_count": HALF}));
            assert_eq!(products(&site).await, HALF);
            continue;
        };
        // Early moments oftener: the transaction comes before the index.
        let delay = longest.mul_f64(chance.fraction().powi(2));
        let context = format!("round {round}, killed after {delay:?} of {longest:?}, {chance:?}");
        let target = format!("/v1/content/commit?type=product&generation={new}");
        let request = signed_request(&site, "POST", &target, "");
        let mut connection = RawConnection::open(authority(&server)).await;
        connection.send(request).await;
        tokio::time::sleep(delay).await;
        server.kill();
        let answered = connection.try_answer().await.map(|answer| answer.status);

        let server = home.start().await;
        let site = server.site();
        // Visible when it returns, and with it whatever was still to be indexed.
        site.replace([article("last")]).await.ok();
        let left = products(&site).await;
        eprintln!("{context}: answered {answered:?}, {left} left");
        let nothing_happened = left == ALL as u64 && answered.is_none();
        assert!(left == HALF || nothing_happened, "{left} left, {context}");
        let again = site.commit("product", &new).await.status(201);
        assert_eq!(
            again.json(),
            json!({"deleted_count": left - HALF}),
            "{context}"
        );
        assert_eq!(products(&site).await, HALF, "{context}");
        home.end(server, &context);
    }
}

/// The same objects without anything nested, marked.
fn marked(objects: &[Value], generation: &str) -> Vec<Value> {
    let mark = |object: &Value| {
        let mut object = object.clone();
        object["generation"] = generation.into();
        object["nested"].take();
        object
    };
    objects.iter().map(mark).collect()
}
