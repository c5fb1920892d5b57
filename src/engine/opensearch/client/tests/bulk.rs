//! Many writes, each with its own end.

use serde_json::{Value, json};

use super::fake::{Fake, Turn};
use crate::engine::opensearch::client::{Action, CallError, Item, Operation};

fn index(id: &str) -> Operation {
    Operation {
        index: "cat-a".to_owned(),
        id: id.to_owned(),
        version: 7,
        action: Action::Index(json!({ "of": id }).to_string().into_bytes()),
    }
}

fn told(statuses: &[(u16, &str)]) -> Turn {
    let item = |(status, kind): &(u16, &str)| match *kind {
        "" => json!({"index": {"status": status}}),
        kind => json!({"index": {"status": status, "error": {"type": kind, "reason": "why"}}}),
    };
    let items: Vec<Value> = statuses.iter().map(item).collect();
    Turn::Answer(200, json!({"errors": true, "items": items}).to_string())
}

fn numbered(count: usize) -> Vec<Operation> {
    (0..count)
        .map(|number| index(&number.to_string()))
        .collect()
}

/// The ids of a request.
fn ids(body: &str) -> Vec<String> {
    let lines = body
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let heads = lines.filter_map(|line| {
        let of = line.get("index").or_else(|| line.get("delete"))?;
        Some(of["_id"].as_str()?.to_owned())
    });
    heads.collect()
}

#[tokio::test]
async fn a_request_is_lines_of_json_with_versions() {
    let fake = Fake::start([told(&[(201, ""), (404, "")])]).await;
    let gone = Operation {
        action: Action::Delete,
        ..index("b")
    };
    let ends = fake.client().bulk(&[index("a"), gone]).await.unwrap();
    assert_eq!(ends, [Item::Done, Item::NotThere]);
    let came = &fake.came()[0];
    assert_eq!(came.path, "/_bulk?require_alias=true");
    assert_eq!(came.headers["content-type"], "application/x-ndjson");
    let target =
        |id| json!({"_index": "cat-a", "_id": id, "version": 7, "version_type": "external"});
    let lines = [
        json!({"index": target("a")}),
        json!({"of": "a"}),
        json!({"delete": target("b")}),
    ];
    let told: Vec<Value> = came
        .body
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(told, lines);
    assert!(came.body.ends_with("}\n"));
}

#[tokio::test]
async fn success_of_the_request_hides_no_end_of_an_operation() {
    let rejected = "opensearch_rejected_execution_exception";
    let first = told(&[
        (201, ""),
        (429, rejected),
        (409, "version_conflict_engine_exception"),
        (400, "mapper_parsing_exception"),
        (429, rejected),
    ]);
    let fake = Fake::start([first, told(&[(200, ""), (503, "x")]), told(&[(201, "")])]).await;
    let operations = ["a", "b", "c", "d", "e"].map(index);
    let ends = fake.client().bulk(&operations).await.unwrap();
    let refused = Item::Refused {
        kind: "mapper_parsing_exception".to_owned(),
        reason: "why".to_owned(),
    };
    assert_eq!(
        ends,
        [
            Item::Done,
            Item::Done,
            Item::Superseded,
            refused,
            Item::Done
        ]
    );
    let sent: Vec<_> = fake
        .came()
        .iter()
        .map(|came| ids(&came.body).join(""))
        .collect();
    assert_eq!(sent, ["abcde", "be", "e"]);
}

/// The first try was done, and the answer lost: the second one finds its own versions there.
#[tokio::test]
async fn a_request_that_was_done_without_an_answer_is_sent_again() {
    let conflict = "version_conflict_engine_exception";
    let fake = Fake::start([Turn::Silence, told(&[(409, conflict), (409, conflict)])]).await;
    let ends = fake.client().bulk(&[index("a"), index("b")]).await.unwrap();
    assert_eq!(ends, [Item::Superseded, Item::Superseded]);
}

#[tokio::test]
async fn what_is_too_large_is_halved() {
    let too_large = || Turn::Answer(413, String::new());
    let fake = Fake::start([too_large(), told(&[(201, "")]), too_large()]).await;
    let ends = fake.client().bulk(&[index("a"), index("b")]).await.unwrap();
    assert!(
        matches!(ends[..], [Item::Done, Item::Refused { .. }]),
        "{ends:?}"
    );
    let sent: Vec<_> = fake
        .came()
        .iter()
        .map(|came| ids(&came.body).join(""))
        .collect();
    assert_eq!(sent, ["ab", "a", "b"]);
}

#[tokio::test]
async fn a_request_holds_so_many_operations_and_is_packed() {
    let operations = numbered(1_001);
    let all = vec![(201, ""); 500];
    let turns = || [told(&all), told(&all), told(&all[..1])];
    let fake = Fake::start(turns()).await;
    assert_eq!(fake.client().bulk(&operations).await.unwrap().len(), 1_001);
    let came = fake.came();
    let counts: Vec<_> = came.iter().map(|came| ids(&came.body).len()).collect();
    assert_eq!(counts, [500, 500, 1]);
    assert!(came[0].headers.contains_key("content-encoding"));
    let large = |id: &str| Operation {
        action: Action::Index(json!("x".repeat(3 << 20)).to_string().into_bytes()),
        ..index(id)
    };
    let fake = Fake::start([told(&all[..1]), told(&all[..1])]).await;
    fake.client().bulk(&[large("a"), large("b")]).await.unwrap();
    assert_eq!(fake.came().len(), 2);
}

#[tokio::test]
async fn two_requests_are_on_their_way_at_once_and_ends_are_in_the_order_of_operations() {
    let (mut ends, operations) = (vec![(201, ""); 60], numbered(120));
    let first = told(&ends);
    ends[0] = (409, "version_conflict_engine_exception");
    // Of the request that comes first nothing is heard, so it comes again, behind the other one.
    let fake = Fake::start([Turn::Silence, first.clone(), first.clone()]).await;
    let items = fake.client().bulk(&operations).await.unwrap();
    assert_eq!(items, vec![Item::Done; 120]);
    let came: Vec<_> = fake.came().iter().map(|came| ids(&came.body)).collect();
    assert_eq!((came.len(), &came[2]), (3, &came[0]));
    assert_ne!(came[0], came[1]);

    let fake = Fake::start([told(&ends), first]).await;
    let items = fake.client().bulk(&operations).await.unwrap();
    let told_to = fake.came()[0].body.contains(r#""_id":"0""#);
    let superseded = if told_to { 0 } else { 60 };
    assert_eq!(items[superseded], Item::Superseded);
    assert_eq!(
        items.iter().filter(|item| **item == Item::Done).count(),
        119
    );
}

#[tokio::test]
async fn what_is_to_be_done_in_order_is_sent_in_order() {
    let done = told(&[(201, ""); 500]);
    let fake = Fake::start([Turn::Silence, done, told(&[(201, ""); 100])]).await;
    let operations = numbered(600);
    let items = fake.client().bulk_in_order(&operations).await.unwrap();
    assert_eq!(items.len(), 600);
    let came: Vec<_> = fake.came().iter().map(|came| ids(&came.body)).collect();
    assert_eq!((came.len(), &came[0], came[2].len()), (3, &came[1], 100));
}

#[tokio::test]
async fn a_cluster_that_is_read_only_and_one_that_miscounts_are_errors() {
    let fake = Fake::start([told(&[(403, "cluster_block_exception")])]).await;
    let error = fake.client().bulk(&[index("a")]).await.unwrap_err();
    assert!(matches!(error, CallError::Blocked(_)), "{error}");
    let fake = Fake::start([told(&[])]).await;
    let error = fake.client().bulk(&[index("a")]).await.unwrap_err();
    assert!(error.is_in_doubt(), "{error}");
}
