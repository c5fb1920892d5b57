//! Servers that cannot answer now, and many files at a time.

use std::collections::HashMap;
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use serde_json::Value;

use super::{fetching, file, in_state, meets};
use crate::support::{Figures, FileHost, Gate, answer, eventually, plain};

/// Answers the first requests for each path with a status, then well.
fn troubled(
    status: u16,
    headers: &'static str,
    times: usize,
) -> impl Fn(&crate::support::Request, &mut TcpStream) -> std::io::Result<()> {
    let asked: Mutex<HashMap<String, usize>> = Mutex::default();
    move |request, stream| {
        let before = {
            let mut asked = asked.lock().expect("no test panics with it");
            let count = asked.entry(request.target.clone()).or_default();
            *count += 1;
            *count - 1
        };
        if before < times {
            return answer(stream, status, headers, b"come again");
        }
        plain(stream, "Mount the hinge first.")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_for_now_is_tried_again() {
    let busy = FileHost::start(troubled(429, "Retry-After: 1\r\n", 1));
    let broken = FileHost::start(troubled(500, "", 1));
    let server = fetching(&[&busy, &broken], "").start().await;
    let site = server.site();
    site.replace([
        file("busy", busy.url("/m")),
        file("broken", broken.url("/m")),
    ])
    .await
    .ok();
    for name in ["busy", "broken"] {
        in_state(&site, name, "fetched").await;
    }
    assert_eq!((busy.requests().len(), broken.requests().len()), (2, 2));
    assert_eq!(meets(&site, "hinge").await, ["broken", "busy"]);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_asks_for_time_gets_it() {
    let moments: Arc<Mutex<Vec<Instant>>> = Arc::default();
    let host = FileHost::start({
        let moments = Arc::clone(&moments);
        move |_, stream| {
            let mut moments = moments.lock().expect("no test panics with it");
            moments.push(Instant::now());
            match moments.len() {
                1 => answer(stream, 503, "Retry-After: 3\r\n", b""),
                _ => plain(stream, "text"),
            }
        }
    });
    let server = fetching(&[&host], "").start().await;
    let site = server.site();
    site.replace([file("manual", host.url("/"))]).await.ok();
    in_state(&site, "manual", "fetched").await;
    let moments = moments.lock().expect("no test panics with it").clone();
    // Without it, it would be at most 1.25 s.
    assert!(moments[1] - moments[0] >= std::time::Duration::from_millis(2_900));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tries_have_an_end() {
    let host = FileHost::start(|_, stream| answer(stream, 503, "", b""));
    let server = fetching(&[&host], "tries_max = 2").start().await;
    let site = server.site();
    site.replace([file("manual", host.url("/"))]).await.ok();
    in_state(&site, "manual", "failed").await;
    assert_eq!(host.requests().len(), 2);
    let page = Figures::read(&server.get("/metrics").await.text());
    let figure = |labels: &[(&str, &str)]| page.value("vetrina_file_fetches_total", labels);
    assert_eq!(figure(&[("outcome", "later")]).to_bits(), 1.0_f64.to_bits());
    assert_eq!(
        figure(&[("outcome", "failed")]).to_bits(),
        1.0_f64.to_bits()
    );
    server.stop().await;
}

/// No more at a time than is set, of all hosts and of each; a host that does not answer keeps nobody else waiting.
#[tokio::test(flavor = "multi_thread")]
async fn hosts_are_asked_for_a_few_files_at_a_time() {
    const FILES: usize = 12;
    let gate = Gate::default();
    let now: Arc<AtomicUsize> = Arc::default();
    let most: Arc<AtomicUsize> = Arc::default();
    let slow = FileHost::start({
        let (gate, now, most) = (gate.clone(), Arc::clone(&now), Arc::clone(&most));
        move |_, stream| {
            most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            gate.pass();
            now.fetch_sub(1, Ordering::SeqCst);
            plain(stream, "slow hinge")
        }
    });
    let quick = FileHost::start(|_, stream| plain(stream, "quick hinge"));
    let more = "downloads_concurrent_max = 4\ndownloads_per_host_max = 2";
    let server = fetching(&[&slow, &quick], more).start().await;
    let site = server.site();
    let files = |host: &FileHost, of: &str| {
        let one = |n: usize| Value::from(file(&format!("{of}{n}"), host.url(&format!("/{n}"))));
        (0..FILES).map(one).collect::<Vec<_>>()
    };
    site.replace(files(&slow, "slow")).await.ok();
    site.replace(files(&quick, "quick")).await.ok();
    for n in 0..FILES {
        in_state(&site, &format!("quick{n}"), "fetched").await;
    }
    assert_eq!(slow.requests().len(), 2);
    let running = Figures::read(&server.get("/metrics").await.text());
    assert_eq!(
        running.value("vetrina_files_running", &[]).to_bits(),
        2.0_f64.to_bits()
    );
    gate.open();
    for n in 0..FILES {
        in_state(&site, &format!("slow{n}"), "fetched").await;
    }
    assert_eq!(most.load(Ordering::SeqCst), 2);
    assert_eq!(slow.requests().len(), FILES);
    server.at_rest().await;
    let after = Figures::read(&server.get("/metrics").await.text());
    let files = |state| after.value("vetrina_files", &[("site", "1234-5678"), ("state", state)]);
    let states = ["waiting", "fetched", "failed"]
        .map(files)
        .map(|of| of as usize);
    assert_eq!(states, [0, 2 * FILES, 0]);
    server.stop().await;
}

/// The site takes no writes for a while: what was fetched is kept until it does.
#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_writes_beside_it_loses_no_file() {
    const FILES: usize = 60;
    let host = FileHost::start(|request, stream| {
        plain(stream, &format!("hinge of {}", &request.target[1..]))
    });
    let more = "downloads_concurrent_max = 16\ndownloads_per_host_max = 16";
    let server = fetching(&[&host], more)
        .set("limits.write_queue_requests", 1)
        .start()
        .await;
    let site = server.site();
    let one = |n: usize| Value::from(file(&format!("f{n}"), host.url(&format!("/n{n}"))));
    site.replace((0..FILES).map(one)).await.ok();
    let flood = async |writer: usize| {
        for n in 0..40 {
            let object = crate::support::product(&format!("p{writer}-{n}"));
            eventually("a place", async || {
                let answer = site.replace([object.clone()]).await;
                (answer.status == 201).then_some(())
            })
            .await;
        }
    };
    tokio::join!(flood(0), flood(1), flood(2), flood(3));
    for n in 0..FILES {
        in_state(&site, &format!("f{n}"), "fetched").await;
    }
    assert_eq!(site.search("f[]=type:product&size=1").await.total(), 160);
    server.stop().await;
}
