//! Cases as data, each for a site of its own. A file of `cases/` is a list of cases with a `name` and `steps`; in
//! every text of a step `{t}` is the tracker id. A step is one of these:
//!
//! | key | means |
//! |---|---|
//! | `send` | a POST of this body (text as it stands) `to` a path (`/v1/events`), with `headers`; `status` when it is not 204, `text` or `error` of the answer |
//! | `top`, `personal` | parameters after the tracker id; `urls` of the hits joined by blanks, or `status` and `error`; `hit` is a part of the first |
//! | `search` | parameters of `/search` after the tracker id; `urls` of the hits joined by blanks |
//! | `trending` | the whole answer |
//! | `counted` | events by outcome since the start; the outcomes left out are 0 |
//! | `faults` | the same of faults |
//!
//! Keys of an event that are left out are filled in: `tracker_id`, `client_id` `c1`, an `id` of its own; `null` takes
//! one away.

use std::fs;
use std::path::PathBuf;

use serde_json::{Map, Value, json};

use super::urls;
use crate::support::{Answer, Figures, TestServer, ask_with};

const KEY: &str = "key of a case";

#[tokio::test(flavor = "multi_thread")]
async fn every_case_is_answered_as_it_says() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/it/events/cases");
    let mut cases = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder of cases") {
        let text = fs::read_to_string(entry.expect("an entry").path()).expect("a readable file");
        let file: Vec<Value> = serde_json::from_str(&text).expect("a list of cases");
        cases.extend(file);
    }
    assert!(cases.len() >= 38, "cases are missing");
    let mut builder = TestServer::builder();
    for at in 0..cases.len() {
        builder = builder.site(&tracker(at), KEY);
    }
    let server = builder.start().await;
    let mut failures = Vec::new();
    for (at, case) in cases.iter().enumerate() {
        let name = case["name"].as_str().expect("a case has a name");
        let objects = objects();
        let site = server.site_with(&tracker(at), KEY);
        site.replace(objects).await.status(201);
        let run = Run {
            server: &server,
            tracker: tracker(at),
        };
        for (number, step) in case["steps"].as_array().expect("steps").iter().enumerate() {
            if let Err(wrong) = run.step(number, step).await {
                failures.push(format!("{name}, step {number}: {wrong}"));
                break;
            }
        }
    }
    assert!(failures.is_empty(), "\n{}\n", failures.join("\n"));
}

fn tracker(at: usize) -> String {
    format!("case-{at}")
}

/// The catalog of every case: products `p1` to `p4`, `p9` that cannot be had, a category, a query of the shop's.
fn objects() -> Vec<Value> {
    let of = |identity: &str, object_type: &str, fields: Value| {
        let mut fields = fields;
        fields["title"] = json!(identity);
        json!({"identity": identity, "type": object_type, "fields": fields})
    };
    vec![
        of(
            "p1",
            "item",
            json!({"availability": 1, "boost": 0, "brand": "Acme"}),
        ),
        of(
            "p2",
            "item",
            json!({"availability": 1, "boost": 1, "brand": "Hill"}),
        ),
        of(
            "p3",
            "item",
            json!({"availability": 1, "boost": 2, "brand": "Acme", "_cost": 1}),
        ),
        of(
            "p4",
            "item",
            json!({"availability": 1, "boost": 3, "brand": "Hill"}),
        ),
        of("p9", "item", json!({"availability": 0, "boost": 3})),
        of("cat", "category", json!({})),
        of("own query", "query", json!({})),
    ]
}

struct Run<'a> {
    server: &'a TestServer,
    tracker: String,
}

impl Run<'_> {
    async fn step(&self, number: usize, step: &Value) -> Result<(), String> {
        let text = step.to_string().replace("{t}", &self.tracker);
        let step: Value = serde_json::from_str(&text).expect("it was JSON");
        if let Some(parameters) = step["top"].as_str() {
            let answer = self.listed("top_items", parameters).await;
            return check_list(&step, &answer);
        }
        if let Some(parameters) = step["personal"].as_str() {
            let answer = self.listed("personalized_top_items", parameters).await;
            return check_list(&step, &answer);
        }
        if let Some(parameters) = step["search"].as_str() {
            let path = format!("/search?tracker_id={}&{parameters}", self.tracker);
            let found = self.server.get(&path).await.json();
            return same(&step["urls"], &json!(urls(&found["results"])));
        }
        if !step["trending"].is_null() {
            let path = format!("/v2/trending_queries?tracker_id={}", self.tracker);
            let found = self.server.get(&path).await.json();
            return same(&step["trending"], &found);
        }
        if let Some(expected) = step["counted"].as_object() {
            return self
                .figures("vetrina_events_total", "outcome", expected)
                .await;
        }
        if let Some(expected) = step["faults"].as_object() {
            return self
                .figures("vetrina_event_faults_total", "kind", expected)
                .await;
        }
        self.send(number, &step).await
    }

    async fn send(&self, number: usize, step: &Value) -> Result<(), String> {
        let body = match &step["send"] {
            Value::String(text) => text.clone(),
            Value::Array(events) => {
                let filled = events.iter().enumerate();
                let filled =
                    filled.map(|(at, event)| self.filled(event, &format!("{number}-{at}")));
                Value::Array(filled.collect()).to_string()
            }
            event => self.filled(event, &number.to_string()).to_string(),
        };
        let path = step["to"].as_str().unwrap_or("/v1/events");
        let headers: Vec<(&str, &str)> = match step["headers"].as_object() {
            Some(headers) => {
                let text =
                    |value: &'_ Value| value.as_str().expect("a text").to_owned().leak() as &str;
                headers
                    .iter()
                    .map(|(name, value)| (name.as_str(), text(value)))
                    .collect()
            }
            None => vec![("Content-Type", "application/json")],
        };
        let url = format!("{}{path}", self.server.base());
        let answer = ask_with("POST", &url, &headers, body).await;
        let status = step["status"].as_u64().unwrap_or(204);
        if u64::from(answer.status) != status {
            return Err(format!("{} {}", answer.status, answer.text()));
        }
        match (&step["error"], &step["text"]) {
            (Value::String(error), _) => same(&json!({"error": error}), &answer.json()),
            (_, Value::String(text)) => same(&json!(text), &json!(answer.text())),
            _ => same(&json!(""), &json!(answer.text())),
        }
    }

    fn filled(&self, event: &Value, id: &str) -> Value {
        let Value::Object(keys) = event else {
            return event.clone();
        };
        let mut filled = Map::new();
        filled.insert("id".into(), json!(format!("{}-{id}", self.tracker)));
        filled.insert("tracker_id".into(), json!(self.tracker));
        filled.insert("client_id".into(), json!("c1"));
        for (key, value) in keys {
            filled.insert(key.clone(), value.clone());
        }
        filled.retain(|_, value| !value.is_null());
        Value::Object(filled)
    }

    async fn listed(&self, path: &str, parameters: &str) -> Answer {
        let path = format!("/v1/{path}?tracker_id={}&{parameters}", self.tracker);
        self.server.get(&path).await
    }

    async fn figures(
        &self,
        metric: &str,
        label: &str,
        expected: &Map<String, Value>,
    ) -> Result<(), String> {
        let page = self.server.get("/metrics").await.text();
        let figures = Figures::read(&page);
        let mut found = Map::new();
        let site = format!("site=\"{}\"", self.tracker);
        for (name, value) in figures.all(metric) {
            if name.contains(&site) && value != 0.0 {
                let (_, rest) = name.split_once(&format!("{label}=\"")).expect("its label");
                let (kind, _) = rest.split_once('"').expect("the end of the label");
                found.insert(kind.to_owned(), json!(value as u64));
            }
        }
        same(&Value::Object(expected.clone()), &Value::Object(found))
    }
}

fn check_list(step: &Value, answer: &Answer) -> Result<(), String> {
    let status = step["status"].as_u64().unwrap_or(200);
    if u64::from(answer.status) != status {
        return Err(format!("{} {}", answer.status, answer.text()));
    }
    let body = answer.json();
    if let Value::String(error) = &step["error"] {
        return same(&json!({"error": error}), &body);
    }
    same(&json!("default"), &body["recommendation_id"])?;
    for hit in body["hits"].as_array().expect("a list") {
        let is_strict = hit["url"].is_string()
            && hit["attributes"]["title"].is_string()
            && hit["nested"].is_array()
            && hit["type"].is_string()
            && hit["exact"] == true;
        if !is_strict || hit.to_string().contains("_cost") {
            return Err(format!("a hit is {hit}"));
        }
    }
    if let Value::Object(part) = &step["hit"] {
        for (key, value) in part {
            same(value, &body["hits"][0][key])?;
        }
    }
    same(&step["urls"], &json!(urls(&body)))
}

fn same(expected: &Value, found: &Value) -> Result<(), String> {
    if expected == found {
        return Ok(());
    }
    Err(format!("{found} instead of {expected}"))
}
