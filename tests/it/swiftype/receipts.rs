//! Documents accepted for later and their receipts (docs/reference/10-swiftype.md §5).

use serde_json::{Value, json};

use super::{Client, ENGINE, KEY, Type, document, error, list, server};
use crate::support::{HandClock, PATIENCE, TestServer, ask_with};

async fn books() -> (TestServer, Client, Type) {
    let server = server().await;
    let client = Client::of(&server);
    let books = client.make_type("books").await;
    (server, client, books)
}

fn title(external_id: &str, text: &str) -> Value {
    document(external_id, &[("title", text.into(), "string")])
}

fn statuses(receipts: &[Value]) -> Vec<&str> {
    let statuses = receipts.iter().map(|receipt| receipt["status"].as_str());
    statuses.map(|status| status.expect("a status")).collect()
}

#[tokio::test]
async fn what_the_shape_shows_fails_at_once_and_the_rest_when_asked() {
    let (_server, client, books) = books().await;
    let field = |field: Value| json!({"external_id": "1", "fields": [field]});
    let documents = json!([
        {"fields": []},
        {"external_id": ""},
        {"external_id": {}},
        5,
        {"external_id": "x", "fields": "y"},
        field(json!({"name": "a", "type": "enum"})),
        field(json!({"type": "enum", "value": 1})),
        field(json!({"name": "a", "value": 1})),
        field(json!({"name": "a", "type": "nonsense", "value": 1})),
        field(json!({"name": "a", "type": "integer", "value": "x"})),
        field(json!({"name": "_id", "type": "enum", "value": "x"})),
        title("good", "x"),
        {"external_id": "also good"},
        {"external_id": 7, "fields": {}},
    ]);
    let receipts = books.submit(documents).await;
    let accepted = statuses(list(&receipts));
    assert_eq!(accepted[..8], ["failed"; 8]);
    assert_eq!(accepted[8..], ["pending"; 6]);
    let external_ids: Vec<_> = list(&receipts)
        .iter()
        .map(|one| one["external_id"].clone())
        .collect();
    let expected = json!([
        null,
        null,
        null,
        null,
        "x",
        "1",
        "1",
        "1",
        "1",
        "1",
        "1",
        "good",
        "also good",
        "7"
    ]);
    assert_eq!(json!(external_ids), expected);
    let settled = client.settled(&receipts).await;
    assert_eq!(statuses(&settled)[..11], ["failed"; 11]);
    assert_eq!(statuses(&settled)[11..], ["complete"; 3]);
    let errors: Vec<_> = settled.iter().map(|one| one["errors"].clone()).collect();
    let expected = json!([
        ["Missing required parameter: external_id"],
        ["Missing required parameter: external_id"],
        ["Invalid field type: external_id"],
        ["Invalid field type: document"],
        ["Invalid field type: fields"],
        ["Missing required parameter: value"],
        ["Missing required parameter: name"],
        ["Missing required parameter: type"],
        ["Invalid type for a: Got nonsense"],
        ["Invalid value for a: expected integer"],
        ["Invalid field name: _id is reserved"],
        [],
        [],
        [],
    ]);
    assert_eq!(json!(errors), expected);
    // What was told at once is told again.
    for (told, again) in list(&receipts).iter().zip(&settled).take(8) {
        assert_eq!(told, again);
    }
}

#[tokio::test]
async fn the_first_use_of_a_field_in_a_batch_gives_it_its_type() {
    let (_server, _client, books) = books().await;
    let number = document("2", &[("size", json!(1), "integer")]);
    let word = document(
        "1",
        &[("size", json!("L"), "enum"), ("new", json!("x"), "string")],
    );
    let settled = books
        .submit_and_settle(json!([
            number,
            word,
            document("3", &[("new", json!(1), "float")])
        ]))
        .await;
    assert_eq!(statuses(&settled), ["complete", "failed", "complete"]);
}

#[tokio::test]
async fn a_complete_document_is_found_by_a_search() {
    let (server, _client, books) = books().await;
    for round in 0..3 {
        let word = format!("word{round}");
        let settled = books.submit_and_settle(json!([title("1", &word)])).await;
        assert_eq!(statuses(&settled), ["complete"]);
        let found = server
            .get(&format!("/search?tracker_id={ENGINE}&q={word}"))
            .await;
        assert_eq!(found.json()["results"]["hits"][0]["url"], "books:1");
    }
}

#[tokio::test]
async fn the_same_again_completes_too_and_a_deletion_changes_no_receipt() {
    let (_server, client, books) = books().await;
    let first = books.submit_and_settle(json!([title("1", "x")])).await;
    let again = books
        .submit_and_settle(json!([title("1", "x"), title("1", "y")]))
        .await;
    assert_eq!(statuses(&again), ["complete", "complete"]);
    assert_eq!(first[0]["links"]["document"], again[0]["links"]["document"]);
    assert_eq!(
        books.call("GET", "/1", json!({})).await.json()["title"],
        "y"
    );
    books.call("DELETE", "/1", json!({})).await.status(204);
    assert_eq!(client.settled(&json!(again)).await, again);
}

#[tokio::test]
async fn polls_answer_every_id_in_order() {
    let (server, client, books) = books().await;
    let settled = books.submit_and_settle(json!([title("1", "x")])).await;
    let known = settled[0]["id"].as_str().expect("an id");
    let other_engine = format!("{}0000000000{}", &known[..8], &known[18..]);
    let other_number = format!("{}ffffff", &known[..18]);
    let ids = json!([
        known,
        "nonsense",
        other_engine,
        known,
        other_number,
        "000000000000000000000000",
        5
    ]);
    let polled = client
        .post("/document_receipts", json!({ "ids": ids }))
        .await
        .status(200)
        .json();
    let expected = [
        "complete", "unknown", "unknown", "complete", "unknown", "expired", "unknown",
    ];
    assert_eq!(statuses(list(&polled)), expected);
    assert_eq!(polled[0], polled[3]);
    let unknown = json!({
        "id": "nonsense", "external_id": null, "status": "unknown", "errors": [],
        "links": {
            "document_receipt": format!("{}/api/v1/document_receipts/nonsense.json", server.base()),
            "document": null,
        },
    });
    assert_eq!(polled[1], unknown);
    let single = client
        .get("/document_receipts/nonsense.json")
        .await
        .status(200)
        .json();
    assert_eq!(single, unknown);
    let upper = known.to_uppercase();
    let single = client
        .get(&format!("/document_receipts/{upper}"))
        .await
        .json();
    let is_same = upper == known;
    assert_eq!(single["status"] == "complete", is_same);
}

#[tokio::test]
async fn odd_polls_are_refused() {
    let (_server, client, _books) = books().await;
    let poll = async |body: Value| client.post("/document_receipts.json", body).await;
    let missing = "Missing required parameter: ids";
    assert_eq!(error(poll(json!({})).await, 400), missing);
    assert_eq!(
        error(client.get("/document_receipts.json").await, 400),
        missing
    );
    let wrong = "Invalid field type: ids";
    assert_eq!(error(poll(json!({"ids": {"a": 1}})).await, 400), wrong);
    assert_eq!(error(poll(json!({"ids": 5})).await, 400), wrong);
    assert_eq!(poll(json!({"ids": []})).await.status(200).json(), json!([]));
    let empty = client.get("/document_receipts.json?ids=").await.status(200);
    assert_eq!(empty.json(), json!([]));
    error(client.post("/document_receipts/x", json!({})).await, 405);
}

#[tokio::test]
async fn a_thousand_receipts_are_polled_at_once_by_get_and_post() {
    let (_server, client, books) = books().await;
    let mut ids: Vec<String> = Vec::new();
    for batch in 0..10 {
        let documents: Vec<_> = (0..100)
            .map(|n| title(&format!("{batch}-{n}"), "x"))
            .collect();
        let receipts = books.submit(json!(documents)).await;
        let batch = list(&receipts).iter().map(|one| one["id"].as_str());
        ids.extend(batch.map(|id| id.expect("an id").to_owned()));
    }
    let settled = client
        .settled(&json!(
            ids.iter().map(|id| json!({"id": id})).collect::<Vec<_>>()
        ))
        .await;
    assert_eq!(settled.len(), 1_000);
    assert!(settled.iter().all(|one| one["status"] == "complete"));
    let path = format!("/document_receipts.json?ids={}", ids.join(","));
    assert!(path.len() > 25_000);
    assert_eq!(client.get(&path).await.status(200).json(), json!(settled));
    let brackets: Vec<_> = ids.iter().map(|id| format!("ids[]={id}")).collect();
    let path = format!("/document_receipts?{}", brackets.join("&"));
    assert_eq!(client.get(&path).await.status(200).json(), json!(settled));
    ids.push("one more".to_owned());
    let refused = client
        .post("/document_receipts", json!({ "ids": ids }))
        .await;
    assert_eq!(
        error(refused, 400),
        "Too many document receipts: limit is 1000"
    );
}

#[tokio::test]
async fn batches_have_bounds() {
    let (_server, _client, books) = books().await;
    let path = "/async_bulk_create_or_update";
    let batch = |count: usize, text: &str| {
        let documents: Vec<_> = (0..count).map(|n| title(&n.to_string(), text)).collect();
        json!({ "documents": documents })
    };
    let refused = books.call("POST", path, batch(101, "x")).await;
    assert_eq!(error(refused, 400), "Too many documents: limit is 100");
    assert_eq!(books.call("GET", "", json!({})).await.json(), json!([]));
    // More than any other request may hold.
    let large = "word ".repeat(30_000);
    books
        .call("POST", path, batch(100, &large))
        .await
        .status(202);
}

#[tokio::test]
async fn a_batch_of_fifty_megabytes_is_the_largest() {
    let (server, _client, _books) = books().await;
    let url = format!(
        "{}/api/v1/engines/{ENGINE}/document_types/books/documents/async_bulk_create_or_update?auth_token=api%20key",
        server.base()
    );
    let largest = 52_428_800;
    let mut body = json!({"documents": [title("1", "x")]})
        .to_string()
        .into_bytes();
    body.resize(largest, b' ');
    ask_with("POST", &url, &[], body.clone()).await.status(202);
    body.push(b' ');
    let refused = ask_with("POST", &url, &[], body).await;
    assert_eq!(error(refused, 413), "Request is larger than 52428800 bytes");
}

/// While somebody else writes to its store the writer waits, so the queue is full however fast it is.
#[tokio::test]
async fn a_full_queue_turns_batches_away_whole() {
    const BATCHES: usize = 8;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = TestServer::builder()
        .set("swiftype.api_keys", "[\"api key\"]")
        .set("swiftype.engines", format!("[{ENGINE:?}]"))
        .set("limits.write_queue_requests", 1)
        .data_dir(folder.path())
        .start()
        .await;
    let client = Client::of(&server);
    let books = client.make_type("books").await;
    let submit = |n: usize| {
        let books = books.clone();
        async move {
            let documents: Vec<_> = (0..100).map(|d| title(&format!("{n}-{d}"), "x")).collect();
            let body = json!({ "documents": documents });
            let submitted = books.call("POST", "/async_bulk_create_or_update", body);
            (n, submitted.await)
        }
    };
    let store = folder.path().join("sites").join(ENGINE).join("store.db");
    let store = rusqlite::Connection::open(store).expect("a store");
    store
        .execute_batch("BEGIN IMMEDIATE")
        .expect("the writer rests");
    let mut running = tokio::task::JoinSet::new();
    for n in 0..BATCHES {
        running.spawn(submit(n));
    }
    let mut answers = Vec::new();
    // One is with the writer, at most one waits.
    while answers.len() < BATCHES - 2 {
        let answered = tokio::time::timeout(PATIENCE, running.join_next()).await;
        let answered = answered.expect("a full queue is answered at once");
        let (n, answer) = answered.expect("one runs").expect("no panic");
        assert_eq!(answer.header("retry-after"), Some("1"));
        assert_eq!(error(answer, 429), "Rate limit exceeded.");
        answers.push(n);
    }
    store
        .execute_batch("ROLLBACK")
        .expect("nothing was written");
    while let Some(answered) = running.join_next().await {
        let (n, answer) = answered.expect("no panic");
        if answer.status == 429 {
            answers.push(n);
        } else {
            answer.status(202);
            let kept = books.call("GET", &format!("/{n}-99"), json!({})).await;
            kept.status(200);
        }
    }
    assert!(answers.len() < BATCHES, "the writer takes one at least");
    for n in &answers {
        for d in [0, 99] {
            let path = format!("/{n}-{d}");
            books.call("GET", &path, json!({})).await.status(404);
        }
    }
    let (_, again) = submit(answers[0]).await;
    again.status(202);
}

/// Ids have room for four bytes of a second, which begin anew in 2106.
#[tokio::test]
async fn receipts_after_2106_are_as_right_as_before() {
    let hand = HandClock::new();
    let now_s = hand.clock().now().as_millis() / 1_000;
    // Two seconds before the last one that has room.
    hand.go_on((1 << 32) - 2 - now_s);
    let builder = TestServer::builder()
        .set("swiftype.api_keys", format!("[{KEY:?}]"))
        .set("swiftype.engines", format!("[{ENGINE:?}]"));
    let server = builder.clock(hand.clock()).start().await;
    let client = Client::of(&server);
    let books = client.make_type("books").await;
    let before = books.submit(json!([title("1", "lion")])).await;
    hand.go_on(3);
    let after = books.submit(json!([title("2", "wolf")])).await;
    assert!(list(&before)[0]["id"].as_str() > list(&after)[0]["id"].as_str());
    for receipts in [&before, &after] {
        assert_eq!(statuses(&client.settled(receipts).await), ["complete"]);
    }
    hand.go_on(24 * 60 * 60 - 2);
    assert_eq!(statuses(&client.settled(&before).await), ["expired"]);
    assert_eq!(statuses(&client.settled(&after).await), ["complete"]);
}
