//! `kill -9` at random moments, while writers know exactly what the server acknowledged.

use std::collections::{HashMap, HashSet};
use std::io::BufRead;
use std::ops::Range;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::{Home, authority, find, invented, name, signed_request};
use crate::support::{Chance, RawConnection, SiteClient, product};

const WRITERS: usize = 4;
const BATCH_OBJECTS: usize = 50;
/// The server is killed at some moment before this.
const KILL_BEFORE_MS: u64 = 400;

/// Starts, lets all writers write, kills at a random moment, starts again, compares everything.
async fn survive_kills(originals: &[Value], rounds: usize) {
    let home = Home::new();
    let mut chance = Chance::new();
    let share = originals.len().div_ceil(WRITERS);
    let mut writers: Vec<_> = originals
        .chunks(share)
        .map(|some| Writer::new(some.to_vec()))
        .collect();
    for round in 1..=rounds {
        let kill_after = Duration::from_millis(chance.below(KILL_BEFORE_MS));
        let context = format!("round {round}, killed after {kill_after:?}, {chance:?}");
        let server = home.start().await;
        let mut writing = JoinSet::new();
        for mut writer in writers.drain(..) {
            let site = server.site();
            let connection = RawConnection::open(authority(&server)).await;
            writing.spawn(async move {
                writer.write_until_killed(&site, connection).await;
                writer
            });
        }
        tokio::time::sleep(kill_after).await;
        server.kill();
        writers = writing.join_all().await;

        let started = Instant::now();
        let server = home.start().await;
        eprintln!("{context}: ready again after {:?}", started.elapsed());
        // A crash is no damage.
        let ready = reqwest::get(format!("{}/health/ready", server.base())).await;
        let ready = ready.expect("an answer").text().await.expect("text");
        assert!(ready.contains(r#""problems":[]"#), "{context}: {ready}");
        let site = server.site();
        // Visible when it returns, and with it whatever was still to be indexed.
        site.replace([product("last")]).await.ok();
        for writer in &mut writers {
            writer.verify(&site, &context).await;
        }
        home.end(server, &context);
    }
    let known = |writer: &Writer| writer.allowed.values().flatten().flatten().count();
    let written: usize = writers.iter().map(known).sum();
    assert!(written > 0, "nothing was ever written, {chance:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_by_kill_9() {
    survive_kills(&invented(1500), 3).await;
}

/// A log that a crash cut off anywhere was called damaged by nobody.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes"]
async fn twenty_kills_are_no_damage() {
    survive_kills(&invented(1500), 20).await;
}

/// The long version: `VETRINA_CATALOG=FILE.ndjson[.gz] cargo test --test it -- --ignored twenty_kills`.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes; needs a catalog file named by VETRINA_CATALOG"]
async fn twenty_kills_lose_nothing_of_a_real_catalog() {
    let file = std::env::var_os("VETRINA_CATALOG").expect("VETRINA_CATALOG names a file");
    survive_kills(&catalog(Path::new(&file)), 20).await;
}

/// The objects of a file, each identity once.
fn catalog(file: &Path) -> Vec<Value> {
    let content = std::fs::read(file).expect("a readable file");
    let lines: Box<dyn BufRead> = if content.starts_with(&[0x1f, 0x8b]) {
        let unpacked = flate2::read::MultiGzDecoder::new(std::io::Cursor::new(content));
        Box::new(std::io::BufReader::new(unpacked))
    } else {
        Box::new(std::io::Cursor::new(content))
    };
    let mut names = HashSet::new();
    let objects = lines
        .lines()
        .map(|line| serde_json::from_str(&line.expect("text")).expect("a JSON line"));
    objects
        .filter(|object| names.insert(name(object)))
        .collect()
}

/// What an object may be after a crash: its revision, or `None` for not there. One state once it is
/// known, two while a request is unanswered.
type Allowed = Vec<Option<u64>>;

/// One client that knows what became of its objects.
struct Writer {
    originals: Vec<Value>,
    allowed: HashMap<String, Allowed>,
    revision: u64,
    next: usize,
}

impl Writer {
    fn new(originals: Vec<Value>) -> Self {
        let absent = |object: &Value| (name(object), vec![None]);
        Self {
            allowed: originals.iter().map(absent).collect(),
            originals,
            revision: 0,
            next: 0,
        }
    }

    /// Writes batch after batch, until the server does not answer any more. Every seventh is deleted
    /// again.
    async fn write_until_killed(&mut self, site: &SiteClient, mut connection: RawConnection) {
        loop {
            if self.next >= self.originals.len() {
                self.next = 0;
            }
            let end = (self.next + BATCH_OBJECTS).min(self.originals.len());
            let batch = self.next..end;
            self.next = end;
            self.revision += 1;
            if !self.replace(site, &mut connection, batch.clone()).await {
                return;
            }
            let deletes = self.revision.is_multiple_of(7);
            if deletes && !self.delete(site, &mut connection, batch).await {
                return;
            }
        }
    }

    /// `false` once the server is gone.
    async fn replace(
        &mut self,
        site: &SiteClient,
        connection: &mut RawConnection,
        batch: Range<usize>,
    ) -> bool {
        let originals = &self.originals[batch];
        let objects: Vec<_> = originals
            .iter()
            .map(|one| revised(one, self.revision))
            .collect();
        self.expect(&objects, Some(self.revision));
        let answered = exchange(site, connection, "POST", &objects).await;
        if let Some(status) = answered {
            assert_eq!(status, 201);
            self.settle(&objects, Some(self.revision));
        }
        answered.is_some()
    }

    async fn delete(
        &mut self,
        site: &SiteClient,
        connection: &mut RawConnection,
        batch: Range<usize>,
    ) -> bool {
        let key = |object: &Value| json!({"identity": object["identity"], "type": object["type"]});
        let keys: Vec<_> = self.originals[batch].iter().map(key).collect();
        self.expect(&keys, None);
        let answered = exchange(site, connection, "DELETE", &keys).await;
        if let Some(status) = answered {
            assert_eq!(status, 200);
            self.settle(&keys, None);
        }
        answered.is_some()
    }

    /// Sent, so it may happen from now on.
    fn expect(&mut self, objects: &[Value], state: Option<u64>) {
        for object in objects {
            self.allowed.entry(name(object)).or_default().push(state);
        }
    }

    /// Acknowledged, so nothing else is allowed any more.
    fn settle(&mut self, objects: &[Value], state: Option<u64>) {
        for object in objects {
            self.allowed.insert(name(object), vec![state]);
        }
    }

    /// Compares everything with what a search finds; what it is now is what it stays.
    async fn verify(&mut self, site: &SiteClient, context: &str) {
        let names: Vec<String> = self.originals.iter().map(name).collect();
        let found = find(site, &names).await;
        for original in &self.originals {
            let name = name(original);
            let hit = found.get(&name);
            let state = hit.map(|hit| revision(hit).expect("every object has a revision"));
            let allowed = &self.allowed[&name];
            assert!(
                allowed.contains(&state),
                "{name} is {state:?}, allowed is {allowed:?}, {context}"
            );
            if let Some(hit) = hit {
                assert_same_fields(original, hit, context);
            }
            self.allowed.insert(name, vec![state]);
        }
    }
}

/// One request on a connection that may die; the status, if there was an answer.
async fn exchange(
    site: &SiteClient,
    connection: &mut RawConnection,
    method: &str,
    objects: &[Value],
) -> Option<u16> {
    let body = json!({ "objects": objects }).to_string();
    let request = signed_request(site, method, "/v1/content", &body);
    connection.send(request).await;
    connection.try_answer().await.map(|answer| answer.status)
}

fn revised(original: &Value, revision: u64) -> Value {
    let mut object = original.clone();
    object["fields"]["revision"] = revision.into();
    object
}

fn revision(hit: &Value) -> Option<u64> {
    hit["attributes"]["revision"][0].as_u64()
}

/// Hits hold values as they were sent, most of them as a list of one (docs/reference/04-data-layout.md §4).
fn assert_same_fields(original: &Value, hit: &Value, context: &str) {
    let fields = original["fields"].as_object().expect("fields");
    for (field, sent) in fields {
        let returned = &hit["attributes"][field];
        let same = returned == sent
            || returned
                .as_array()
                .is_some_and(|list| list[..] == [sent.clone()]);
        assert!(same, "{field} was {sent}, is {returned}, {context}");
    }
}
