//! Cases as data: catalogs, requests, and the part of each answer that matters (docs/reference/05-search.md).
//! Invariant: a case says nothing of how the server is made; what it expects any server of this API has to
//! answer.
//!
//! A file of `cases/` holds `site` (settings), `objects` (as POST takes them) and `cases`. A case has a
//! `name`, `get` (parameters as people write them, encoded here; `raw` as they stand), `post` for a body, `path` when
//! it is not that of a search, `status` when it is not 200, and what is expected:
//!
//! | key | of the answer |
//! |---|---|
//! | `hits`, `quicksearch` | identities in order, joined by blanks |
//! | `first` | identities of the first hits, in order |
//! | `foremost` | identities of the first hits, in any order |
//! | `found` | identities of the hits, in any order |
//! | `total` | `total_hits` |
//! | `facets` | of each facet its values and counts, `"red 2"`, in order; `null` for one that is not there |
//! | `attributes` | of the first hit, as [`part_of`] compares |
//! | `results`, `hit`, `answer`, `text` | of the results, of the first hit, of the whole body, the body as text |
//!
//! In expected JSON, `"<any>"` is any value but null, and `"<absent>"` a key that is not there.

use std::fs;
use std::path::PathBuf;

use serde_json::{Map, Value, json};

use crate::support::{Answer, PRIVATE_KEY, SearchCluster, SiteClient, TRACKER_ID, TestServer};

#[tokio::test]
async fn every_case_is_answered_as_it_says() {
    run_all(Names::Few).await;
}

/// Attributes that come after many others have no columns of their own, and are read another way.
#[tokio::test]
async fn every_case_is_answered_so_where_many_names_came_before() {
    run_all(Names::Many).await;
}

/// Where catalogs lie in a cluster everything is answered so, too.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_case_is_answered_so_in_a_cluster() {
    let Some(cluster) = SearchCluster::new() else {
        return;
    };
    let files = files();
    let mut sites = String::new();
    for (name, cases) in &files {
        let settings = cases["site"].as_object().into_iter().flatten();
        let settings = settings.map(|(key, value)| format!("{key} = {value}\n"));
        let settings = settings.collect::<Vec<_>>().concat();
        let tracker = tracker(name);
        let site = format!(
            "[[sites]]\ntracker_id = {tracker:?}\nprivate_key = {PRIVATE_KEY:?}\n{settings}"
        );
        sites.push_str(&site);
    }
    let server = TestServer::builder()
        .set("backend", "\"opensearch\"")
        .sections(&sites)
        .sections(&cluster.section())
        .start()
        .await;
    let mut failures = Vec::new();
    for (name, cases) in &files {
        let site = server.site_with(&tracker(name), PRIVATE_KEY);
        store(name, &site, cases).await;
        for case in cases["cases"].as_array().expect("a list of cases") {
            let answer = ask(&server, &site, &tracker(name), case).await;
            let wrong = check(case, &answer);
            failures.extend(wrong.map(|wrong| format!("{name}: {}: {wrong}", case["name"])));
        }
    }
    assert!(failures.is_empty(), "\n{}\n", failures.join("\n"));
}

/// Of the site that a file has where all of them are served at once.
fn tracker(file: &str) -> String {
    file.replace('_', "-")
}

/// Names of attributes that the site has had before its objects come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Names {
    Few,
    Many,
}

/// Each with its name.
fn files() -> Vec<(String, Value)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/it/cases");
    let entries = fs::read_dir(folder).expect("the folder of cases");
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    files.sort();
    assert!(files.len() >= 10, "cases are missing: {files:?}");
    let read = |file: PathBuf| {
        let name = file.file_stem().expect("a name").to_string_lossy();
        let text = fs::read_to_string(&file).expect("a readable file");
        let cases = serde_json::from_str(&text);
        let cases = cases.unwrap_or_else(|error| panic!("{name}: {error}"));
        (name.into_owned(), cases)
    };
    files.into_iter().map(read).collect()
}

async fn run_all(names: Names) {
    let mut failures = Vec::new();
    for (name, cases) in files() {
        failures.extend(run(&name, &cases, names).await);
    }
    assert!(failures.is_empty(), "\n{}\n", failures.join("\n"));
}

/// The cases of one file that failed.
async fn run(file: &str, cases: &Value, names: Names) -> Vec<String> {
    let mut builder = TestServer::builder();
    for (key, value) in cases["site"].as_object().into_iter().flatten() {
        builder = builder.set_for_site(key, value);
    }
    let server = builder.start().await;
    let site = server.site();
    if names == Names::Many {
        site.use_up_first_names().await;
    }
    store(file, &site, cases).await;
    let mut failures = Vec::new();
    for case in cases["cases"].as_array().expect("a list of cases") {
        let name = case["name"].as_str().expect("a case has a name");
        let answer = ask(&server, &site, TRACKER_ID, case).await;
        let wrong = check(case, &answer);
        failures.extend(wrong.map(|wrong| format!("{file}: {name}: {wrong}")));
    }
    failures
}

async fn store(file: &str, site: &SiteClient, cases: &Value) {
    let objects = cases["objects"].as_array().expect("a list of objects");
    let stored = site.replace(objects.clone()).await.status(201).json();
    assert_eq!(stored["errors_count"], 0, "{file}: {stored}");
}

async fn ask(server: &TestServer, site: &SiteClient, tracker: &str, case: &Value) -> Answer {
    let parameters = match (&case["get"], &case["raw"]) {
        (Value::String(readable), Value::Null) => encode(readable),
        (Value::Null, Value::String(raw)) => raw.clone(),
        _ => panic!("a case has either `get` or `raw`: {case}"),
    };
    if let Some(path) = case["path"].as_str() {
        let path = format!("{path}?tracker_id={tracker}&{parameters}");
        return server.get(&path).await;
    }
    match &case["post"] {
        Value::Null => site.search_answer(&format!("v=1&{parameters}")).await,
        Value::String(text) => site.search_post(&parameters, text.clone()).await,
        body => site.search_post(&parameters, body.to_string()).await,
    }
}

fn encode(readable: &str) -> String {
    let mut encoded = form_urlencoded::Serializer::new(String::new());
    for parameter in readable.split('&').filter(|part| !part.is_empty()) {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        encoded.append_pair(name, value);
    }
    encoded.finish()
}

/// What is wrong with the answer.
fn check(case: &Value, answer: &Answer) -> Option<String> {
    let status = case["status"].as_u64().unwrap_or(200);
    if u64::from(answer.status) != status {
        return Some(format!("{} {}", answer.status, answer.text()));
    }
    if let Some(text) = case["text"].as_str() {
        return (answer.text() != text).then(|| answer.text());
    }
    let body = answer.json();
    let results = body.get("results").unwrap_or(&body);
    let expectations = case.as_object().expect("a case is a map").iter();
    let mut wrong = expectations.filter_map(|(key, expected)| {
        let found = match key.as_str() {
            "name" | "get" | "raw" | "post" | "path" | "status" | "about" => return None,
            "hits" => json!(identities(&results["hits"]).join(" ")),
            "quicksearch" => json!(identities(&results["quicksearch_hits"]).join(" ")),
            "first" => {
                let count = expected.as_str().map_or(0, |ids| ids.split(' ').count());
                let first = identities(&results["hits"]).into_iter().take(count);
                json!(first.collect::<Vec<_>>().join(" "))
            }
            "foremost" => {
                let count = expected.as_str().map_or(0, |ids| ids.split(' ').count());
                let first = identities(&results["hits"]).into_iter().take(count);
                let mut first: Vec<&str> = first.collect();
                first.sort_unstable();
                json!(first.join(" "))
            }
            "found" => {
                let mut found = identities(&results["hits"]);
                found.sort_unstable();
                json!(found.join(" "))
            }
            "total" => results["total_hits"].clone(),
            "facets" => facets(&results["facets"], expected),
            "attributes" => results["hits"][0]["attributes"].clone(),
            "hit" => results["hits"][0].clone(),
            "results" => results.clone(),
            "answer" => body.clone(),
            other => panic!("a case cannot expect `{other}`"),
        };
        part_of(expected, &found, key).err()
    });
    wrong.next()
}

fn identities(hits: &Value) -> Vec<&str> {
    let hits = hits.as_array().into_iter().flatten();
    hits.map(|hit| hit["url"].as_str().unwrap_or("?")).collect()
}

/// The facets that are expected, as a case writes them.
fn facets(found: &Value, expected: &Value) -> Value {
    let found = found.as_array().expect("a list of facets");
    let names = expected.as_object().expect("a map of facets").keys();
    let written = names.map(|name| {
        let facet = found.iter().find(|facet| facet["name"] == name.as_str());
        let values = facet.map(|facet| facet["values"].as_array().expect("a list of values"));
        let texts = values.map(|values| {
            let text = |value: &Value| {
                let count = &value["hits_count"];
                format!("{} {count}", value["value"].as_str().unwrap_or("?"))
            };
            values.iter().map(text).collect::<Vec<_>>()
        });
        (name.clone(), json!(texts))
    });
    Value::Object(written.collect::<Map<_, _>>())
}

/// Whether all that is expected is there: of maps the keys named, lists and single values whole.
fn part_of(expected: &Value, found: &Value, path: &str) -> Result<(), String> {
    match (expected, found) {
        (Value::String(any), found) if any == "<any>" && !found.is_null() => Ok(()),
        (Value::Object(expected), Value::Object(found)) => {
            for (key, value) in expected {
                let path = format!("{path}.{key}");
                match (found.get(key), value.as_str()) {
                    (None, Some("<absent>")) => {}
                    (Some(found), Some("<absent>")) => return Err(format!("{path} is {found}")),
                    (None, _) => return Err(format!("{path} is missing")),
                    (Some(found), _) => part_of(value, found, &path)?,
                }
            }
            Ok(())
        }
        (Value::Array(expected), Value::Array(found)) if expected.len() == found.len() => {
            let mut pairs = expected.iter().zip(found).enumerate();
            pairs.try_for_each(|(at, (expected, found))| {
                part_of(expected, found, &format!("{path}[{at}]"))
            })
        }
        (expected, found) if expected == found => Ok(()),
        (expected, found) => Err(format!("{path} is {found}, not {expected}")),
    }
}
