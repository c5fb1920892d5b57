//! What each TLS mode asks of a server.

use std::sync::Arc;

use super::command::source_command;
use super::source;
use crate::support::{Cluster, TestDatabase};

#[tokio::test(flavor = "multi_thread")]
async fn each_mode_asks_for_what_it_says() {
    let Some(cluster) = Cluster::start(true) else {
        return;
    };
    let Some(database) = TestDatabase::in_cluster(Arc::new(cluster)).await else {
        return;
    };
    database
        .run("create table items (id bigint primary key, title text, price float8, category text)")
        .await;
    let certificate = database.cluster.certificate();
    let check = |host: &str, mode: &str, more: &str| {
        let dsn = format!(
            "host={host} port={} user=postgres dbname={} sslmode={mode}",
            database.cluster.port(),
            database.name
        );
        let output = source_command(&source(more), &["check", "items"], &[("SHOP_DSN", &dsn)]);
        let words = String::from_utf8_lossy(&output.stdout).into_owned();
        (words.contains("connected to"), words)
    };
    for mode in ["disable", "prefer", "require"] {
        let (is_connected, words) = check("localhost", mode, "");
        assert!(is_connected, "{mode}: {words}");
    }
    // Nobody vouches for the certificate.
    let (is_connected, words) = check("localhost", "verify-full", "");
    assert!(!is_connected, "{words}");
    let trusted = format!("tls_ca_file = {certificate:?}");
    let (is_connected, words) = check("localhost", "verify-full", &trusted);
    assert!(is_connected, "{words}");
    // It is for `localhost`, and for no other name.
    let (is_connected, words) = check("127.0.0.1", "verify-full", &trusted);
    assert!(!is_connected, "{words}");
    // What the configuration says wins.
    let (is_connected, words) = check("127.0.0.1", "verify-full", "tls = \"require\"");
    assert!(is_connected, "{words}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_tls_is_refused_where_it_is_required() {
    let Some(database) = TestDatabase::new().await else {
        return;
    };
    let dsn = database.dsn().replace("sslmode=disable", "sslmode=require");
    let output = source_command(&source(""), &["check", "items"], &[("SHOP_DSN", &dsn)]);
    let words = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(!words.contains("connected to"), "{words}");
    let dsn = dsn.replace("require", "prefer");
    let output = source_command(&source(""), &["check", "items"], &[("SHOP_DSN", &dsn)]);
    let words = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(words.contains("connected to"), "{words}");
}
