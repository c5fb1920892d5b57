//! What is asked again, of whom, and what is not.

use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::{Method, Url};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::fake::{Fake, Turn, quick};
use crate::engine::opensearch::client::{Call, CallError, Client, ClientSettings};

/// Long enough for what is told to die.
fn slow(nodes: Vec<Url>) -> ClientSettings {
    ClientSettings {
        read_timeout: Duration::from_secs(5),
        ..quick(nodes)
    }
}

fn write() -> Call {
    Call::repeatable(Method::PUT, "/a")
}

#[tokio::test]
async fn a_burst_of_refusals_is_outwaited() {
    let burst = [429, 503, 502, 504].map(|status| Turn::Answer(status, "busy".to_owned()));
    let fake = Fake::start(burst).await;
    let answer = fake.client().call(&write()).await.unwrap();
    assert_eq!(answer.status, 200);
    let came = fake.came();
    assert_eq!(came.len(), 5);
    assert!(
        came.iter()
            .all(|one| one.method == Method::PUT && one.path == "/a")
    );
    assert_eq!(came[0].headers["authorization"], "Bearer secret");
}

#[tokio::test]
async fn what_holds_on_a_condition_is_sent_again_only_where_nothing_of_it_was_done() {
    let call = Call::once(Method::PUT, "/a");
    let fake = Fake::start([Turn::Answer(503, String::new()), Turn::Silence]).await;
    let error = fake.client().call(&call).await.unwrap_err();
    assert!(matches!(error, CallError::NoAnswer(_)), "{error}");
    assert!(error.is_in_doubt());
    assert_eq!(fake.came().len(), 2);
    let fake = Fake::start([Turn::Answer(504, String::new())]).await;
    let error = fake.client().call(&call).await.unwrap_err();
    assert!(error.is_in_doubt(), "{error}");
    assert_eq!(fake.came().len(), 1);
}

#[tokio::test]
async fn what_may_be_done_twice_is_sent_again_after_silence() {
    let fake = Fake::start([Turn::Silence, Turn::Silence]).await;
    let answer = fake.client().call(&write()).await.unwrap();
    assert_eq!((answer.status, fake.came().len()), (200, 3));
}

#[tokio::test]
async fn a_refusal_is_told_at_once_with_its_kind() {
    let body = r#"{"error":{"type":"mapper_parsing_exception","reason":"no"},"status":400}"#;
    let fake = Fake::start([Turn::Answer(400, body.to_owned())]).await;
    let error = fake.client().call(&write()).await.unwrap_err();
    assert!(error.is("mapper_parsing_exception"), "{error}");
    assert_eq!(fake.came().len(), 1);
    let fake = Fake::start([Turn::Answer(404, String::new())]).await;
    assert!(fake.client().find(&write()).await.unwrap().is_none());
}

#[tokio::test]
async fn the_budget_ends_what_the_cluster_puts_off() {
    let fake = Fake::start([Turn::ComeAgain(429, 3600)]).await;
    let error = fake.client().call(&write()).await.unwrap_err();
    let CallError::Busy {
        status: 429,
        retry_after,
        ..
    } = error
    else {
        panic!("{error}");
    };
    assert_eq!(retry_after, Some(Duration::from_secs(3600)));
    assert_eq!(fake.came().len(), 1);
}

#[tokio::test]
async fn a_node_that_is_gone_is_passed_over() {
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", gone.local_addr().unwrap());
    drop(gone);
    let fake = Fake::start([]).await;
    let client = Client::new(quick(vec![Url::parse(&url).unwrap(), fake.url()])).unwrap();
    let once = Call::once(Method::PUT, "/a");
    for _ in 0..4 {
        assert_eq!(client.call(&once).await.unwrap().status, 200);
    }
    assert_eq!(fake.came().len(), 4);
}

/// Requests are on their way to it when it dies.
#[tokio::test]
async fn a_node_that_dies_is_no_reason_to_leave_the_others_alone() {
    const CALLS: usize = 16;
    let dies = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("http://{}", dies.local_addr().unwrap())).unwrap();
    let fake = Fake::start([]).await;
    let client = Arc::new(Client::new(slow(vec![url, fake.url()])).unwrap());
    let mut calls = JoinSet::new();
    for _ in 0..CALLS {
        let client = Arc::clone(&client);
        calls.spawn(async move { client.call(&Call::get("/a")).await });
    }
    let mut taken = Vec::new();
    while taken.len() < CALLS / 2 || fake.came().len() < CALLS / 2 {
        match tokio::time::timeout(Duration::from_millis(10), dies.accept()).await {
            Ok(accepted) => taken.push(accepted.unwrap()),
            Err(_) => tokio::task::yield_now().await,
        }
    }
    drop((taken, dies));
    let began = Instant::now();
    while let Some(called) = calls.join_next().await {
        assert_eq!(called.unwrap().unwrap().status, 200);
    }
    // The pause of a cluster that fails is longer.
    assert!(
        began.elapsed() < Duration::from_secs(3),
        "{:?}",
        began.elapsed()
    );
}

/// It takes connections and never says anything: the other side of a network that was cut.
#[tokio::test]
async fn a_socket_that_is_half_open_costs_one_timeout() {
    let mute = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("http://{}", mute.local_addr().unwrap())).unwrap();
    let fake = Fake::start([]).await;
    let client = Client::new(quick(vec![url, fake.url()])).unwrap();
    assert_eq!(client.call(&write()).await.unwrap().status, 200);
    assert_eq!(fake.came().len(), 1);
}

#[tokio::test]
async fn a_cluster_that_fails_again_and_again_is_left_alone() {
    let failures = vec![Turn::Answer(500, String::new()); 5];
    let fake = Fake::start(failures).await;
    let settings = ClientSettings {
        read_budget: Duration::from_secs(1),
        ..quick(vec![fake.url()])
    };
    let client = Client::new(settings).unwrap();
    for _ in 0..5 {
        client.call(&Call::get("/a")).await.unwrap_err();
    }
    let error = client.call(&Call::get("/a")).await.unwrap_err();
    assert!(matches!(error, CallError::Unreachable(_)), "{error}");
    assert_eq!(fake.came().len(), 5, "nobody asked");
}
