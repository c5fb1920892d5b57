//! What a server holds, by the number of its sites.

use std::fs;

use super::{client, launch, start, until_awake_are};
use crate::support::{SearchAnswer, ServerProcess, eventually, product};

/// Threads and open files of a process.
#[derive(Clone, Copy, Debug)]
struct Held {
    threads: usize,
    files: usize,
}

fn held(server: &ServerProcess) -> Held {
    let entries = |of: &str| {
        let folder = fs::read_dir(format!("/proc/{}/{of}", server.id()));
        folder.expect("the process runs").count()
    };
    Held {
        threads: entries("task"),
        files: entries("fd"),
    }
}

/// The bug: a thread for the store of each site that was written, six for its index, and four files.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn threads_and_open_files_do_not_grow_with_the_number_of_sites() {
    const SITES: usize = 60;
    const AWAKE_MAX: usize = 4;
    /// As many as the pools have places, with what an index writer brings along, and those of the runtime.
    const THREADS_MAX: usize = 16 + 8 * 6 + 8 + 8 + 2 + 48 + 12;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = start(&launch(folder.path(), SITES, AWAKE_MAX)).await;
    let at_rest = held(&server);
    let writers: Vec<_> = (0..SITES)
        .map(|site| {
            let of_site = client(&server, site);
            tokio::spawn(async move {
                for round in 0..3 {
                    of_site.replace([product(&format!("p{round}"))]).await.ok();
                    // Sixty at once want the places of four, which a slow machine refuses to some of them for now.
                    let found = eventually("a search to be answered", async || {
                        let answer = of_site.search_answer("").await;
                        (answer.status != 503).then(|| SearchAnswer::new(answer))
                    });
                    assert_eq!(found.await.total(), round + 1, "{site}");
                }
            })
        })
        .collect();
    let mut most = at_rest;
    while !writers.iter().all(tokio::task::JoinHandle::is_finished) {
        let now = held(&server);
        most.threads = most.threads.max(now.threads);
        most.files = most.files.max(now.files);
        tokio::task::yield_now().await;
    }
    for writer in writers {
        writer.await.expect("no writer failed");
    }
    assert!(most.threads <= THREADS_MAX, "{most:?}");
    until_awake_are(&server, AWAKE_MAX).await;
    // What is left is of those that are awake, whatever there was: a pool's threads end with their work.
    let files_max = at_rest.files + SITES;
    let now = eventually("files to be closed", async || {
        Some(held(&server)).filter(|now| now.files <= files_max)
    });
    let now = now.await;
    assert!(now.threads <= THREADS_MAX, "{now:?}");
}

/// Most open files that the process may have now.
fn files_max(server: &ServerProcess) -> usize {
    let limits = fs::read_to_string(format!("/proc/{}/limits", server.id()));
    let limits = limits.expect("the process runs");
    let of_files = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"));
    let soft = of_files.and_then(|limits| limits.split_whitespace().next());
    soft.and_then(|soft| soft.parse().ok()).expect("a number")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_of_open_files_is_raised_where_it_may_be_and_else_said_to_be_low() {
    const SITES: usize = 30;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let launched = launch(folder.path(), SITES, 4);
    let raised = launched
        .clone()
        .within(&["sh", "-c", "ulimit -S -n 200 && exec \"$@\""]);
    let server = start(&raised).await;
    let limit = files_max(&server);
    assert!(
        limit > 1_024,
        "{limit}: less than the connections there may be"
    );
    server.stop();

    let low = launched.within(&["sh", "-c", "ulimit -n 200 && exec \"$@\""]);
    let server = start(&low).await;
    assert_eq!(files_max(&server), 200);
    assert!(server.log_so_far().contains("few files may be open"));
    // They are enough for sites that come one after the other.
    for round in 1..=2 {
        for site in 0..SITES {
            let of_site = client(&server, site);
            of_site.replace([product(&format!("p{round}"))]).await.ok();
            assert_eq!(of_site.search("").await.total(), round, "{site}");
        }
    }
}
