//! A backup that is made while writers write holds, of what they sent, a prefix: all that was acknowledged before it
//! began, each request whole or not at all, and nothing whose forerunner is missing.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::super::{Home, authority, find, signed_request};
use super::{Shelf, check, done, run};
use crate::support::{Chance, RawConnection, ServerProcess, product};

const WRITERS: usize = 4;
const BATCH: usize = 10;
/// Objects of a writer.
const SPAN: usize = 40;
/// Every so many requests of a writer, one deletes.
const DELETES_EVERY: usize = 7;

/// One request of a writer; its number is its place.
#[derive(Clone, Copy)]
struct Sent {
    at: Instant,
    acknowledged: Option<Instant>,
}

type Record = Arc<Mutex<Vec<Sent>>>;

fn slots(number: usize) -> impl Iterator<Item = usize> {
    (0..BATCH).map(move |place| (number * BATCH + place) % SPAN)
}

fn identity(writer: usize, slot: usize) -> String {
    format!("w{writer}-{slot}")
}

/// What a writer's objects are after some requests: the number of the one that wrote each.
#[derive(Clone, Default, PartialEq, Debug)]
struct State(BTreeMap<usize, usize>);

impl State {
    fn after(&mut self, number: usize) {
        for slot in slots(number) {
            if number % DELETES_EVERY == DELETES_EVERY - 1 {
                self.0.remove(&slot);
            } else {
                self.0.insert(slot, number);
            }
        }
    }
}

async fn write_until(
    server: (String, crate::support::SiteClient),
    writer: usize,
    record: Record,
    end: Arc<AtomicBool>,
) {
    let (authority, site) = server;
    let mut connection = RawConnection::open(&authority).await;
    for number in 0.. {
        if end.load(Ordering::SeqCst) {
            return;
        }
        let deletes = number % DELETES_EVERY == DELETES_EVERY - 1;
        let object = |slot| -> Value {
            let identity = identity(writer, slot);
            if deletes {
                json!({"identity": identity, "type": "product"})
            } else {
                product(&identity).field("number", number as u64).into()
            }
        };
        let objects: Vec<Value> = slots(number).map(object).collect();
        let method = if deletes { "DELETE" } else { "POST" };
        let body = json!({ "objects": objects }).to_string();
        let request = signed_request(&site, method, "/v1/content", &body);
        let at = Instant::now();
        let sent = Sent {
            at,
            acknowledged: None,
        };
        record.lock().expect("no writer panics").push(sent);
        let answer = connection.exchange(request).await;
        assert!(matches!(answer.status, 200 | 201), "{}", answer.text());
        record.lock().expect("no writer panics")[number].acknowledged = Some(Instant::now());
    }
}

/// The state of a writer's objects as a server has them.
async fn observed(server: &ServerProcess, writer: usize) -> State {
    let names: Vec<String> = (0..SPAN).map(|slot| identity(writer, slot)).collect();
    let found = find(&server.site(), &names).await;
    let number = |hit: &Value| hit["attributes"]["number"][0].as_u64().expect("a number") as usize;
    let pairs = (0..SPAN).filter_map(|slot| Some((slot, number(found.get(&names[slot])?))));
    State(pairs.collect())
}

/// How many requests of a writer the state holds. All that were acknowledged before the backup must be among them, and
/// none that was sent after it.
fn requests_in(
    state: &State,
    record: &[Sent],
    began: Instant,
    ended: Instant,
    context: &str,
) -> usize {
    let is_before = |at: Option<Instant>, time: Instant| at.is_some_and(|at| at < time);
    let least = record
        .iter()
        .filter(|sent| is_before(sent.acknowledged, began))
        .count();
    let most = record
        .iter()
        .filter(|sent| is_before(Some(sent.at), ended))
        .count();
    let mut expected = State::default();
    for number in 0..least {
        expected.after(number);
    }
    for number in least..=most {
        if expected == *state {
            return number;
        }
        expected.after(number);
    }
    panic!("no prefix between {least} and {most} requests: {state:?}, {context}");
}

/// Backups one after the other under writes; each is restored, checked, served and compared.
async fn survive_backups(rounds: usize) {
    let home = Home::new();
    let shelf = Shelf::new();
    let mut chance = Chance::new();
    let server = home.start().await;
    let end = Arc::new(AtomicBool::new(false));
    let records: Vec<Record> = (0..WRITERS).map(|_| Record::default()).collect();
    let mut writing = JoinSet::new();
    let started = Instant::now();
    for (writer, record) in records.iter().enumerate() {
        let at = (authority(&server).to_owned(), server.site());
        writing.spawn(write_until(
            at,
            writer,
            Arc::clone(record),
            Arc::clone(&end),
        ));
    }
    for round in 1..=rounds {
        tokio::time::sleep(Duration::from_millis(chance.below(150))).await;
        let file = shelf.file(&format!("{round}.backup"));
        let (from, to) = (home.folder.path().to_owned(), file.clone());
        let began = Instant::now();
        let made = tokio::task::spawn_blocking(move || run("backup", &from, &to, &[])).await;
        let ended = Instant::now();
        done(&made.expect("the process was waited for"));

        let restored = Home::new();
        done(&run("restore", restored.folder.path(), &file, &[]));
        check(restored.folder.path());
        let other = restored.start().await;
        let records: Vec<Vec<Sent>> = records
            .iter()
            .map(|record| record.lock().expect("no writer panics").clone())
            .collect();
        let context = format!("round {round}, {chance:?}");
        let mut held = Vec::new();
        for (writer, record) in records.iter().enumerate() {
            let state = observed(&other, writer).await;
            held.push(requests_in(&state, record, began, ended, &context));
        }
        // What one writer sent after another was answered is not there without what was answered.
        for (writer, record) in records.iter().enumerate() {
            let Some(Some(missing)) = record.get(held[writer]).map(|sent| sent.acknowledged) else {
                continue;
            };
            for (other, record) in records.iter().enumerate() {
                let last = held[other].checked_sub(1).map(|last| record[last].at);
                assert!(
                    last.is_none_or(|last| last <= missing),
                    "writer {other} is ahead of {writer}: {held:?}, {context}"
                );
            }
        }
        restored.end(other, &context);
        std::fs::remove_file(&file).expect("a backup");
    }
    let seconds = started.elapsed().as_secs_f64();
    end.store(true, Ordering::SeqCst);
    while let Some(writer) = writing.join_next().await {
        writer.expect("a writer that was answered");
    }
    let requests: usize = records
        .iter()
        .map(|record| record.lock().expect("no writer panics").len())
        .sum();
    eprintln!(
        "{rounds} backups while {:.0} objects/s were written",
        (requests * BATCH) as f64 / seconds
    );
    home.end(server, "after its backups");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_under_writes_restores_to_a_prefix_of_them() {
    survive_backups(5).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes"]
async fn fifty_backups_under_writes_restore_to_prefixes_of_them() {
    survive_backups(50).await;
}
