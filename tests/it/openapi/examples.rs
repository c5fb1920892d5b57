//! Every example of the description is sent, and answered as it says. What differs from one server to the next (ids,
//! times, links) is compared by its schema alone, all else word for word.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::schema::faults;
use super::{API_KEY, Demo, Described, Description, list, members};
use crate::support::{Answer, PATIENCE, ask_with};

/// Members that nobody can foretell.
const VARYING: &[&str] = &[
    "_id",
    "_index",
    "_score",
    "_type",
    "batch_link",
    "document",
    "document_receipt",
    "document_type_id",
    "engine_id",
    "generated_at",
    "guid",
    "href",
    "id",
    "key",
    "next_page",
    "recommendation_id",
    "serving",
    "sync_id",
    "updated_at",
];

/// Answers of work that goes on, or of figures: by their schema alone.
const MOVING: &[&str] = &[
    "cancelSync",
    "metrics",
    "syncStatus",
    "updateByQueryStatus",
    "describe",
];

/// A value of an answer that a later request takes: operation, parameter.
type Taken = BTreeMap<(String, String), Value>;

/// Answers that show a moment later what was written just before.
const FOLLOWING: &[&str] = &["search", "suggest", "pollReceipts", "showReceipt"];

#[tokio::test(flavor = "multi_thread")]
async fn every_described_example_is_answered_as_described() {
    let demo = Demo::start().await;
    let description = demo.description().await;
    let operations = description.operations().into_iter();
    let (deleting, others): (Vec<Described<'_>>, Vec<Described<'_>>) =
        operations.partition(|operation| operation.method == "delete");
    let mut taken = Taken::new();
    let (mut sent, mut wrong) = (0, Vec::new());
    // What is made first is deleted last.
    for operation in others.into_iter().chain(deleting.into_iter().rev()) {
        let examples = examples(operation);
        let needs_none = operation.json["operationId"] == "describe";
        let name = operation.name();
        assert!(!examples.is_empty() || needs_none, "{name} has no example");
        for example in &examples {
            sent += 1;
            if let Err(words) =
                told_right(&demo, &description, operation, example, &mut taken).await
            {
                wrong.push(format!("{name} `{}`: {words}", example.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(sent > 80, "{sent}");
}

/// An answer that is told, by the name that its request has.
struct Example<'d> {
    name: &'d str,
    status: &'d str,
    response: &'d Value,
    told: Option<&'d Value>,
}

/// In the order of their statuses: what conflicts does so with what was made before.
fn examples(operation: Described<'_>) -> Vec<Example<'_>> {
    let mut found = Vec::new();
    for (status, response) in members(&operation.json["responses"]) {
        let named = members(&response["content"])
            .flat_map(|(_, content)| members(&content["examples"]))
            .map(|(name, example)| (name.as_str(), Some(&example["value"])));
        let bare = list(&response["x-examples"]).iter();
        let bare = bare.filter_map(|name| Some((name.as_str()?, None)));
        found.extend(named.chain(bare).map(|(name, told)| Example {
            name,
            status,
            response,
            told,
        }));
    }
    found
}

async fn told_right(
    demo: &Demo,
    description: &Description,
    operation: Described<'_>,
    example: &Example<'_>,
    taken: &mut Taken,
) -> Result<(), String> {
    let id = operation.json["operationId"].as_str().expect("an id");
    let follows = FOLLOWING.iter().any(|word| id.starts_with(word));
    let began = Instant::now();
    let answer = loop {
        let answer = send(demo, operation, example.name, taken).await;
        let compared = compare(description, id, example, &answer);
        match compared {
            Ok(()) => break answer,
            Err(_) if follows && began.elapsed() < PATIENCE / 6 => {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            Err(words) => return Err(words),
        }
    };
    take_links(example.response, &answer, taken);
    Ok(())
}

/// Sends the request that has this name in the description.
async fn send(demo: &Demo, operation: Described<'_>, name: &str, taken: &Taken) -> Answer {
    let (mut path, mut query) = (
        operation.path.to_owned(),
        form_urlencoded::Serializer::new(String::new()),
    );
    for parameter in list(&operation.json["parameters"]) {
        let key = parameter["name"].as_str().expect("a name");
        let id = operation.json["operationId"].as_str().expect("an id");
        let handed_on = taken.get(&(id.to_owned(), key.to_owned()));
        let example = &parameter["examples"][name]["value"];
        let value = handed_on.filter(|_| !example.is_null()).unwrap_or(example);
        let values = match value {
            Value::Null => continue,
            Value::Array(values) => values.clone(),
            value => vec![value.clone()],
        };
        for value in values {
            let text = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            match parameter["in"].as_str() {
                Some("path") => path = path.replace(&format!("{{{key}}}"), &text),
                _ => drop(query.append_pair(key, &text)),
            }
        }
    }
    let query = query.finish();
    let target = if query.is_empty() {
        path
    } else {
        format!("{path}?{query}")
    };
    let body = &operation.json["requestBody"]["content"]["application/json"]["examples"][name];
    let body = body.get("value").map(Value::to_string).unwrap_or_default();
    let method = operation.method.to_uppercase();
    let scheme = list(&operation.json["security"]).first();
    let scheme = scheme.and_then(|schemes| members(schemes).next());
    let authorization = match scheme.map(|(scheme, _)| scheme.as_str()) {
        Some("signature") => return demo.server.site().signed(&method, &target, body).await,
        Some("apiKey") => Some(format!("Bearer {API_KEY}")),
        Some("syncToken") => Some("Token admin-token".to_owned()),
        // Without a token in the configuration, who is on this machine needs none.
        Some("adminToken") | None => None,
        Some(other) => panic!("`{other}` cannot be shown here"),
    };
    let mut headers = vec![("Content-Type", "application/json")];
    headers.extend(authorization.as_deref().map(|line| ("Authorization", line)));
    let url = format!("{}{target}", demo.server.base());
    ask_with(&method, &url, &headers, body).await
}

fn compare(
    description: &Description,
    id: &str,
    example: &Example<'_>,
    answer: &Answer,
) -> Result<(), String> {
    let is = |holds: bool, words: &str| {
        holds
            .then_some(())
            .ok_or_else(|| format!("{words}: {} {}", answer.status, answer.text()))
    };
    is(
        answer.status.to_string() == example.status,
        "another status",
    )?;
    let Some(told) = example.told else {
        return is(answer.body.is_empty(), "a body");
    };
    let media = answer.header("Content-Type").unwrap_or_default();
    let content = &example.response["content"][media];
    let is_told = content["examples"].get(example.name).is_some();
    is(is_told, &format!("`{media}` is not told"))?;
    let actual = if media.starts_with("application/json") {
        answer.json()
    } else {
        answer.text().into()
    };
    for value in [told, &actual] {
        let faults = faults(value, &content["schema"], description.schemas());
        is(faults.is_empty(), &format!("{faults:?} in {value}"))?;
    }
    let is_alike = MOVING.contains(&id) || steady(told) == steady(&actual);
    is(is_alike, &format!("it was told to be {told}"))
}

/// Without what nobody can foretell. A receipt may be told to be pending for a moment.
fn steady(value: &Value) -> Value {
    match value {
        Value::Object(map) => map
            .iter()
            .map(|(name, value)| {
                let is_waiting = value == "pending" || value == "complete";
                let varies = VARYING.contains(&name.as_str()) || is_waiting;
                let value = if varies { json!("…") } else { steady(value) };
                (name.clone(), value)
            })
            .collect(),
        Value::Array(list) => list.iter().map(steady).collect(),
        other => other.clone(),
    }
}

fn take_links(response: &Value, answer: &Answer, taken: &mut Taken) {
    for (_, link) in members(&response["links"]) {
        let operation = link["operationId"].as_str().expect("an operation");
        for (parameter, expression) in members(&link["parameters"]) {
            let pointer = expression
                .as_str()
                .and_then(|text| text.strip_prefix("$response.body#"));
            let value = answer.json().pointer(pointer.expect("a pointer")).cloned();
            let key = (operation.to_owned(), parameter.clone());
            taken.insert(key, value.expect("what the link leads to"));
        }
    }
}
