//! Connections that are slow, too many, or open when the server ends.

use tokio::net::TcpStream;
use vetrina::http::{BudgetSettings, ConnectionSettings};

use super::{BUDGETS, NEVER, PATIENT, SOON, head, start, start_with, start_within, with_body};
use crate::support::PATIENCE;

#[tokio::test]
async fn a_connection_that_never_sends_is_closed() {
    let settings = ConnectionSettings {
        first_byte_timeout: SOON,
        ..PATIENT
    };
    let server = start_with(settings, NEVER).await;
    assert!(server.connect().await.is_closed().await);
}

#[tokio::test]
async fn a_head_that_never_ends_is_closed() {
    let settings = ConnectionSettings {
        header_timeout: SOON,
        ..PATIENT
    };
    let server = start_with(settings, NEVER).await;
    let mut connection = server.connect().await;
    connection.send("GET /echo HTTP/1.1\r\nhost: te").await;
    assert!(connection.is_closed().await);
    // Nor the second one on a connection.
    let mut used = server.connect().await;
    assert_eq!(used.exchange(head("GET", "/echo", "")).await.status, 200);
    used.send("GET /echo HTTP/1.1\r\n").await;
    assert!(used.is_closed().await);
}

#[tokio::test]
async fn an_idle_connection_is_closed_after_its_answer() {
    let settings = ConnectionSettings {
        idle_timeout: SOON,
        ..PATIENT
    };
    let server = start_with(settings, NEVER).await;
    let mut connection = server.connect().await;
    assert_eq!(
        connection.exchange(head("GET", "/echo", "")).await.status,
        200
    );
    assert!(connection.is_closed().await);
}

#[tokio::test]
async fn a_slow_handler_is_nobodys_fault() {
    let impatient = ConnectionSettings {
        header_timeout: SOON,
        idle_timeout: SOON,
        ..PATIENT
    };
    let server = start_with(impatient, SOON).await;
    let mut connection = server.connect().await;
    connection.send(head("GET", "/held", "")).await;
    server.held.reached.notified().await;
    tokio::time::sleep(SOON * 4).await;
    server.held.released.notify_one();
    assert_eq!(connection.answer().await.text(), "released");
}

#[tokio::test]
async fn connections_over_the_cap_wait_while_all_are_busy() {
    let budgets = BudgetSettings {
        connections_max: 1,
        ..BUDGETS
    };
    let server = start_within(budgets, PATIENT, NEVER).await;
    let mut first = server.connect().await;
    first.send(head("GET", "/held", "")).await;
    server.held.reached.notified().await;
    let mut second = server.connect().await;
    second.send(head("GET", "/echo", "")).await;
    let early = tokio::time::timeout(SOON, second.answer()).await;
    assert!(early.is_err(), "the second was served beside the first");
    server.held.released.notify_one();
    assert_eq!(first.answer().await.text(), "released");
    assert_eq!(second.answer().await.status, 200);
    assert!(first.is_closed().await, "it is idle and the second was not");
}

#[tokio::test]
async fn a_shutdown_lets_a_running_request_finish_and_takes_no_other() {
    let server = start().await;
    let mut idle = server.connect().await;
    assert_eq!(idle.exchange(head("GET", "/echo", "")).await.status, 200);
    let mut halfway = server.connect().await;
    halfway.send("GET /echo HT").await;
    let mut running = server.connect().await;
    running.send(head("GET", "/held", "")).await;
    server.held.reached.notified().await;

    server.stop.send(()).expect("the server runs");
    assert!(idle.is_closed().await);
    assert!(halfway.is_closed().await);
    assert!(TcpStream::connect(server.address).await.is_err());

    server.held.released.notify_one();
    let answer = running.answer().await;
    assert_eq!(answer.text(), "released");
    assert!(running.is_closed().await);
    let ended = tokio::time::timeout(PATIENCE, server.ended).await;
    ended
        .expect("the server ends in time")
        .expect("the server ends well");
}

#[tokio::test]
async fn many_connections_at_once_are_all_served() {
    let server = start().await;
    let one = async |number: usize| {
        let mut connection = server.connect().await;
        for _ in 0..5 {
            let body = format!("client {number}");
            let answer = connection
                .exchange(with_body("POST", "/echo", "", body.as_bytes()))
                .await;
            assert!(answer.text().contains(&body));
        }
    };
    let mut clients: Vec<_> = (0..50).map(|number| Box::pin(one(number))).collect();
    for client in &mut clients {
        client.await;
    }
}
