//! Clients that write and search while something is broken, and what has to be there in the end.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::support::{Answer, SiteClient, TestServer, object, product};

/// Objects of one upload.
const OBJECTS: usize = 20;
/// Objects that are searched for.
const SHIRTS: usize = 40;
/// Between two requests of one client.
const PACE: Duration = Duration::from_millis(50);
/// A change is taken, and something is found, within that time, whatever becomes of nodes.
const TAKEN_WITHIN: Duration = Duration::from_secs(60);

/// A request that changes the catalog, as a shop sends it.
#[derive(Clone)]
enum Change {
    Replace(Vec<Value>),
    Patch(Value),
    Delete(String),
}

impl Change {
    /// What a writer does next. No two writers touch the same objects.
    fn next(by: usize, batch: usize) -> Self {
        let name = |batch: usize, at: usize| format!("/{by}/{batch}/{at}");
        match batch % 4 {
            2 => Self::Patch(json!({
                "identity": name(batch - 1, batch % OBJECTS), "fields": {"color": format!("c{batch}")},
            })),
            3 => Self::Delete(name(batch - 2, batch % 2)),
            _ => {
                let product = |at| product(&name(batch, at)).field("batch", batch).into();
                Self::Replace((0..OBJECTS).map(product).collect())
            }
        }
    }

    async fn send(&self, site: &SiteClient) -> Answer {
        match self.clone() {
            Self::Replace(objects) => site.replace(objects).await,
            Self::Patch(patch) => site.patch([patch]).await,
            Self::Delete(name) => site.delete([("product", name.as_str())]).await,
        }
    }

    /// Sends it until it is taken, as clients do; how often that was.
    async fn have_it_taken(&self, site: &SiteClient) -> usize {
        let began = Instant::now();
        for tries in 1.. {
            let answer = self.send(site).await;
            match answer.status {
                200 | 201 => return tries,
                // An earlier try of which nobody heard has deleted it.
                400 if tries > 1 && matches!(self, Self::Delete(_)) => return tries,
                429 | 503 => comes_again(&answer),
                status => panic!("{status} {}", answer.text()),
            }
            assert!(began.elapsed() < TAKEN_WITHIN, "{}", answer.text());
            tokio::time::sleep(PACE).await;
        }
        unreachable!("it ends with an answer or in vain")
    }
}

fn comes_again(answer: &Answer) {
    let wait = answer.header("retry-after").expect("a time to come again");
    assert!(wait.parse::<u32>().expect("seconds") > 0);
}

/// What a writer or a reader has seen.
#[derive(Default)]
pub(super) struct Seen {
    changes: Vec<Change>,
    /// Answers that said to come again.
    again: usize,
    /// The longest time without one that did not.
    longest: Duration,
}

impl Seen {
    fn note(&mut self, since: Instant, again: usize) {
        self.longest = self.longest.max(since.elapsed());
        self.again += again;
    }
}

/// Writes until it is told to stop.
fn writing(site: SiteClient, by: usize, stop: Arc<AtomicBool>) -> JoinHandle<Seen> {
    tokio::spawn(async move {
        let mut seen = Seen::default();
        for batch in 0.. {
            if stop.load(Ordering::SeqCst) {
                break;
            }
            let (change, since) = (Change::next(by, batch), Instant::now());
            let tries = change.have_it_taken(&site).await;
            seen.note(since, tries - 1);
            seen.changes.push(change);
            tokio::time::sleep(PACE).await;
        }
        seen
    })
}

/// Searches until it is told to stop. An answer is right, or says to come again.
fn searching(site: SiteClient, stop: Arc<AtomicBool>) -> JoinHandle<Seen> {
    tokio::spawn(async move {
        let (mut seen, mut since) = (Seen::default(), Instant::now());
        while !stop.load(Ordering::SeqCst) {
            let answer = site.search_answer("q=shirt&f[]=type:shirt").await;
            if answer.status == 503 {
                comes_again(&answer);
                seen.again += 1;
            } else {
                let total = answer.status(200).json()["results"]["total_hits"].clone();
                assert_eq!(total, SHIRTS, "an answer is whole");
                seen.note(since, 0);
                since = Instant::now();
            }
            assert!(since.elapsed() < TAKEN_WITHIN, "nothing is found");
            tokio::time::sleep(PACE).await;
        }
        seen
    })
}

pub(super) async fn store_shirts(site: &SiteClient) {
    let shirts = (0..SHIRTS).map(|at| object("shirt", &format!("/s/{at}")).field("title", "shirt"));
    site.replace(shirts).await.ok();
}

/// Names of the objects of a type, as they are exported.
pub(super) async fn names(site: &SiteClient, of_type: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut path = format!("/v1/content_export?requested_types={of_type}");
    loop {
        let page = site.signed("GET", &path, "{}").await.status(200).json();
        let objects = page["objects"].as_array().expect("a list").iter();
        names.extend(objects.filter_map(|one| Some(one["url"].as_str()?.to_owned())));
        let Some(next) = next_page(&page) else {
            return names;
        };
        path = next;
    }
}

pub(super) fn next_page(page: &Value) -> Option<String> {
    let links = page["links"].as_array()?;
    let next = links.iter().find(|link| link["rel"] == "next")?["href"].as_str()?;
    let at = next.find("/v1/").expect("a path of this API");
    Some(next[at..].to_owned())
}

/// Everything there is, by name.
async fn whole(site: &SiteClient) -> BTreeMap<String, Value> {
    let mut all = BTreeMap::new();
    let mut path = "/v1/content_export?form=import".to_owned();
    loop {
        let page = site.signed("GET", &path, "{}").await.status(200).json();
        for one in page["objects"].as_array().expect("a list") {
            all.insert(one["identity"].to_string(), one.clone());
        }
        let Some(next) = next_page(&page) else {
            return all;
        };
        path = next;
    }
}

/// The result is what one server with a data folder has that took the same changes one after the other.
pub(super) async fn assert_as_embedded(site: &SiteClient, writers: &[Seen]) {
    let embedded = TestServer::start().await;
    store_shirts(&embedded.site()).await;
    for change in writers.iter().flat_map(|seen| &seen.changes) {
        change.send(&embedded.site()).await.ok();
    }
    let (expected, there) = (whole(&embedded.site()).await, whole(site).await);
    let names = |of: &BTreeMap<String, Value>| of.keys().cloned().collect::<BTreeSet<_>>();
    let lost: Vec<String> = names(&expected)
        .difference(&names(&there))
        .cloned()
        .collect();
    assert!(
        lost.is_empty(),
        "{} of {} are lost: {lost:?}",
        lost.len(),
        expected.len()
    );
    let odd: Vec<String> = names(&there)
        .difference(&names(&expected))
        .cloned()
        .collect();
    assert!(odd.is_empty(), "{odd:?} should be gone");
    for (name, object) in &expected {
        assert_eq!(&there[name], object);
    }
}

/// Has writers and a reader go on until it is done; what the writers did.
pub(super) async fn meanwhile(servers: &[TestServer], done: impl Future<Output = ()>) -> Vec<Seen> {
    let stop = Arc::new(AtomicBool::new(false));
    let reader = searching(servers[0].site(), Arc::clone(&stop));
    let writers = servers.iter().enumerate();
    let writers: Vec<_> = writers
        .map(|(by, server)| writing(server.site(), by, Arc::clone(&stop)))
        .collect();
    tokio::time::sleep(Duration::from_secs(3)).await;
    done.await;
    stop.store(true, Ordering::SeqCst);
    let found = reader.await.expect("the reader ends");
    eprintln!(
        "searches: {} to come again, {:?} the longest without",
        found.again, found.longest
    );
    let mut all = Vec::new();
    for writer in writers {
        let seen = writer.await.expect("the writer ends");
        let (changes, again, longest) = (seen.changes.len(), seen.again, seen.longest);
        eprintln!("{changes} changes taken, {again} to come again, {longest:?} the longest");
        all.push(seen);
    }
    all
}
