//! Nodes of three that are killed or ended while servers write and search. They run one after the other:
//! `cargo test --test it opensearch::faults -- --test-threads 1`.

use std::time::{Duration, Instant};

use super::changes::{assert_as_embedded, meanwhile, names, store_shirts};
use super::three::Three;
use crate::support::object;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_is_killed_while_two_servers_write_loses_nothing() {
    let Some(three) = Three::new() else {
        return;
    };
    three.is_whole(1).await;
    let began = Instant::now();
    let servers = [three.server().await, three.server().await];
    store_shirts(&servers[0].site()).await;
    let writers = meanwhile(&servers, async {
        three.tell("kill", 2).await;
        // Most of this without the node.
        tokio::time::sleep(Duration::from_secs(12)).await;
        three.tell("run", 2).await;
        three.is_whole(1).await;
    })
    .await;
    for server in &servers {
        assert_as_embedded(&server.site(), &writers).await;
    }
    eprintln!("{:?} in all", began.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_is_killed_during_a_commit_leaves_it_whole() {
    let Some(three) = Three::new() else {
        return;
    };
    for round in 0..3 {
        three.is_whole(1 + (round + 1) % 3).await;
        let server = three.server().await;
        let (site, of_type) = (server.site(), format!("t{round}"));
        let upload = |at: usize| if at.is_multiple_of(2) { "g1" } else { "g2" };
        for part in 0..4 {
            let objects = (0..250).map(|at| {
                let name = format!("/{round}/{part}/{at}");
                object(&of_type, &name).generation(upload(at))
            });
            site.replace(objects).await.ok();
        }
        let committing = {
            let (site, of_type) = (server.site(), of_type.clone());
            tokio::spawn(async move { site.commit(&of_type, "g2").await.status })
        };
        tokio::time::sleep(Duration::from_millis(30 * round as u64)).await;
        let node = 1 + round % 3;
        three.tell("kill", node).await;
        let told = committing.await.expect("an answer");
        let left = names(&site, &of_type).await.len();
        assert!([500, 1_000].contains(&left), "{left} are left, told {told}");
        let is_acknowledged = matches!(told, 200 | 201);
        assert!(!is_acknowledged || left == 500, "{left} are left");
        three.tell("run", node).await;
        site.commit(&of_type, "g2").await.ok();
        assert_eq!(names(&site, &of_type).await.len(), 500);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rolling_restart_of_the_nodes_is_survived_by_servers_that_write_and_search() {
    let Some(three) = Three::new() else {
        return;
    };
    three.is_whole(1).await;
    let began = Instant::now();
    let servers = [three.server().await, three.server().await];
    store_shirts(&servers[0].site()).await;
    let writers = meanwhile(&servers, async {
        for node in 1..=3 {
            three.tell("end", node).await;
            three.tell("run", node).await;
            three.is_whole(1 + node % 3).await;
            eprintln!(
                "node {node} is back {:?} after the beginning",
                began.elapsed()
            );
        }
    })
    .await;
    assert_as_embedded(&servers[0].site(), &writers).await;
    eprintln!("{:?} in all", began.elapsed());
}
