//! Files that several processes fetch, and what of them outlives an index.

use std::time::Duration;

use reqwest::Method;

use super::cut::{Lost, Network};
use super::{add, eventually, id, start, try_add};
use crate::domain::{FileEnd, FileState, FileTask, Object};
use crate::engine::conformance::cluster::Indices;
use crate::engine::conformance::objects::{identity, product, setting};
use crate::engine::conformance::visitors::found_text;
use crate::engine::opensearch::OpenSearchCatalogs;
use crate::engine::opensearch::client::{Action, Operation};
use crate::engine::opensearch::files::share::Slots;
use crate::engine::{CatalogWrites, EngineError, Files, Lifecycle};

fn file(of: &str, host: &str) -> Object {
    let url = format!("https://{host}.example/{of}");
    let file = product(of).of_type("file").with("url", url.as_str());
    file.object().into_file()
}

fn found() -> FileEnd {
    found_text("Mount the hinge first.")
}

async fn due(catalogs: &OpenSearchCatalogs) -> Vec<FileTask> {
    catalogs.due_files(&id(), Vec::new(), 900).await.unwrap()
}

async fn names_due(catalogs: &OpenSearchCatalogs) -> Vec<String> {
    let due = due(catalogs).await.into_iter();
    let mut names: Vec<String> = due.map(|task| task.identity.to_string()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn what_one_process_was_sent_another_one_fetches_once() {
    let Some(indices) = Indices::new() else {
        return;
    };
    let (first, second) = (start(indices.settings()), start(indices.settings()));
    add(&first, [file("a", "one"), file("b", "two")]).await;
    assert_eq!(second.sites_with_files().await.unwrap().len(), 1);
    let tasks = due(&second).await;
    assert_eq!(due(&first).await, tasks);
    let finish = async |of: &OpenSearchCatalogs, task: &FileTask| {
        let site = id();
        let finished = of.finish_file(&site, task.clone(), found());
        finished.await.unwrap()
    };
    assert!(finish(&second, &tasks[0]).await);
    assert_eq!(names_due(&first).await, ["b"]);
    // Both have fetched it: what the one has written is what the other one writes.
    assert!(finish(&first, &tasks[1]).await);
    assert!(finish(&second, &tasks[1]).await);
    for process in [&first, &second] {
        assert!(process.sites_with_files().await.unwrap().is_empty());
        let look = process.file(&id(), identity("b")).await.unwrap();
        assert_eq!(look.map(|look| look.state), Some(FileState::Fetched));
    }
    // What the one takes away is nothing that the other one can bring.
    add(&first, [file("b", "three")]).await;
    assert!(!finish(&second, &tasks[1]).await);
    assert_eq!(names_due(&second).await, ["b"]);
}

/// All of them, whoever comes and goes.
#[tokio::test]
async fn processes_share_the_hosts_of_files_and_leave_them_to_the_others() {
    let Some(indices) = Indices::new() else {
        return;
    };
    let settings = || {
        let mut settings = indices.settings();
        settings.lease = Duration::from_secs(1);
        settings
    };
    let first = start(settings());
    let all: Vec<String> = (10..40).map(|at| format!("f{at}")).collect();
    add(&first, all.iter().map(|name| file(name, name))).await;
    first.begin().await;
    eventually(async || names_due(&first).await == all).await;
    let second = start(settings());
    second.begin().await;
    let both = async || {
        let (one, two) = (names_due(&first).await, names_due(&second).await);
        let mut of_both = [one.clone(), two.clone()].concat();
        of_both.sort();
        // Each is one's, and each has some.
        !one.is_empty() && !two.is_empty() && of_both == all
    };
    eventually(both).await;
    // Whom one may not ask for now is left out.
    let busy = due(&second).await.iter().map(FileTask::host).collect();
    let rest = second.due_files(&id(), busy, 900).await.unwrap();
    assert!(rest.is_empty(), "{rest:?}");
    Lifecycle::close(&*first).await;
    eventually(async || names_due(&second).await == all).await;
    assert!(names_due(&first).await.is_empty());
    // One that dies says nothing.
    let third = start(settings());
    third.begin().await;
    eventually(async || second.sharing.slots() != Slots::All).await;
    drop(third);
    eventually(async || names_due(&second).await == all).await;
}

#[tokio::test]
async fn another_index_knows_of_the_files_also_of_those_that_nobody_knew_of() {
    let Some(indices) = Indices::new() else {
        return;
    };
    let catalogs = start(indices.settings());
    add(
        &catalogs,
        [file("a", "one"), file("b", "one"), file("old", "one")],
    )
    .await;
    let tasks = due(&catalogs).await;
    assert!(
        catalogs
            .finish_file(&id(), tasks[0].clone(), found())
            .await
            .unwrap()
    );
    assert!(
        catalogs
            .finish_file(&id(), tasks[2].clone(), found())
            .await
            .unwrap()
    );
    forget_file(&catalogs, "old").await;
    assert_eq!(catalogs.file(&id(), identity("old")).await.unwrap(), None);
    let before = catalogs.latest_files(&id(), 9).await.unwrap();
    assert_eq!((before.counts.fetched, before.counts.waiting), (1, 1));
    assert!(catalogs.rebuild_index(&id()).await.unwrap());
    let is_rebuilt = async || {
        let alias = catalogs.cluster.names.catalog(&id());
        let serving = catalogs.cluster.serving_index(&alias).await.unwrap();
        serving.ends_with("+2")
    };
    eventually(is_rebuilt).await;
    assert_eq!(names_due(&catalogs).await, ["b", "old"]);
    assert!(
        catalogs
            .finish_file(&id(), tasks[1].clone(), found())
            .await
            .unwrap()
    );
    let task = due(&catalogs).await.remove(0);
    assert!(catalogs.finish_file(&id(), task, found()).await.unwrap());
    let after = catalogs.latest_files(&id(), 9).await.unwrap();
    assert_eq!((after.counts.fetched, after.counts.all()), (3, 3));
    // Without another index too, once something is written of it.
    forget_file(&catalogs, "old").await;
    let change = setting("old", "color", Some("red".into()));
    catalogs.patch(&id(), vec![change]).await.unwrap();
    assert_eq!(names_due(&catalogs).await, ["old"]);
}

/// Nothing of it is written but that it came again.
#[tokio::test]
async fn a_file_that_nobody_knew_of_is_fetched_once_it_comes_again() {
    let Some(indices) = Indices::new() else {
        return;
    };
    let catalogs = start(indices.settings());
    let file_in = |upload: &str| {
        let url = "https://one.example/old";
        let file = product("old").of_type("file").with("url", url);
        file.in_upload(upload).object().into_file()
    };
    add(&catalogs, [file_in("g1")]).await;
    forget_file(&catalogs, "old").await;
    assert_eq!(catalogs.file(&id(), identity("old")).await.unwrap(), None);
    add(&catalogs, [file_in("g2")]).await;
    assert_eq!(names_due(&catalogs).await, ["old"]);
    assert_eq!(catalogs.sites_with_files().await.unwrap().len(), 1);
}

/// Its documents were written, and it died before it could say so.
#[tokio::test]
async fn files_of_a_batch_that_was_cut_off_are_fetched_by_whoever_is_left() {
    let Some(indices) = Indices::new() else {
        return;
    };
    let mut settings = indices.settings();
    let network = Network::before(&mut settings, Duration::from_secs(4)).await;
    let (dies, heir) = (start(settings), start(indices.settings()));
    // The names of its attributes are known.
    let other = product("other").of_type("file").with("url", "none");
    add(&dies, [other.with("file_state", "none")]).await;
    assert!(heir.sites_with_files().await.unwrap().is_empty());
    network.lose(Method::POST, "/_bulk", Lost::Answer);
    network.lose(Method::PUT, "/_doc/site", Lost::All);
    let doubt = try_add(&dies, [file("a", "one")]).await;
    assert!(
        matches!(doubt, Err(EngineError::InDoubt { .. })),
        "{doubt:?}"
    );
    let sites = heir.sites_with_files().await.unwrap();
    assert_eq!(sites.len(), 1, "{sites:?}");
    assert_eq!(names_due(&heir).await, ["a"]);
}

/// As those were written who knew nothing of files.
async fn forget_file(catalogs: &OpenSearchCatalogs, name: &str) {
    let alias = catalogs.cluster.names.catalog(&id());
    let ids = [name.to_owned()];
    let document = catalogs.cluster.get_all(&alias, &ids).await.unwrap();
    let document = document.into_iter().flatten().next().unwrap();
    let mut document: serde_json::Value = serde_json::from_str(document.get()).unwrap();
    document.as_object_mut().unwrap().remove("file").unwrap();
    let version = document["written"].as_u64().unwrap() + 1;
    let operation = Operation {
        index: alias,
        id: name.to_owned(),
        version,
        action: Action::Index(serde_json::to_vec(&document).unwrap()),
    };
    catalogs.cluster.client.bulk(&[operation]).await.unwrap();
}
