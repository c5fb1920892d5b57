//! Documents one by one and in bulk, their fields and types (docs/reference/10-swiftype.md §3, §4).

use rstest::rstest;
use serde_json::{Value, json};

use super::{Client, Type, document, error, list, server};
use crate::support::TestServer;

async fn books() -> (TestServer, Type) {
    let server = server().await;
    let books = Client::of(&server).make_type("books").await;
    (server, books)
}

fn title(external_id: &str, text: &str) -> Value {
    document(external_id, &[("title", text.into(), "string")])
}

#[tokio::test]
async fn a_document_is_created_once_and_replaced_whole() {
    let (_server, books) = books().await;
    let fields = [
        ("title", json!("One"), "string"),
        ("pages", json!(9), "integer"),
    ];
    let body = json!({"document": document("a.b", &fields)});
    let created = books
        .call("POST", ".json", body.clone())
        .await
        .status(200)
        .json();
    assert_eq!(created["external_id"], "a.b");
    assert_eq!(created["title"], "One");
    assert_eq!(created["pages"], 9);
    for member in ["engine_id", "document_type_id", "id", "_id", "updated_at"] {
        assert!(created[member].is_string(), "{member} in {created}");
    }
    let again = books.call("POST", "", body).await;
    assert_eq!(error(again, 409), "Record already exists");
    let replaced = books.put(title("a.b", "Two")).await;
    assert_eq!(replaced["id"], created["id"]);
    assert_eq!(replaced["title"], "Two");
    assert_eq!(replaced.get("pages"), None);
    let by_id = format!("/{}.json", created["id"].as_str().expect("an id"));
    for path in ["/a.b", "/a.b.json", "/a%2Eb/", &by_id] {
        let found = books.call("GET", path, json!({})).await.status(200).json();
        assert_eq!(found, replaced, "{path}");
    }
    books
        .call("DELETE", "/a.b.json", json!({}))
        .await
        .status(204);
    books.call("GET", "/a.b", json!({})).await.status(404);
    books.call("DELETE", "/a.b", json!({})).await.status(404);
    let recreated = books.put(title("a.b", "Three")).await;
    assert_ne!(recreated["id"], created["id"]);
}

#[tokio::test]
async fn external_ids_are_texts_of_any_kind() {
    let (_server, books) = books().await;
    for (sent, external_id, path) in [
        (json!(5), "5", "/5"),
        (json!("5.json"), "5.json", "/5.json.json"),
        (json!("a b/c:d"), "a b/c:d", "/a%20b%2Fc:d"),
        (json!("čaj"), "čaj", "/%C4%8Daj.json"),
    ] {
        let put = books.put(json!({"external_id": sent, "fields": []})).await;
        assert_eq!(put["external_id"], external_id);
        let found = books.call("GET", path, json!({})).await.status(200).json();
        assert_eq!(found["external_id"], external_id, "{path}");
    }
}

#[tokio::test]
async fn documents_are_listed_in_the_order_of_their_creation() {
    let (_server, books) = books().await;
    for external_id in ["3", "1", "2"] {
        books.put(title(external_id, "x")).await;
    }
    books.put(title("3", "changed")).await;
    let ids = |listed: Value| -> Vec<String> {
        let ids = list(&listed).iter().map(|one| one["external_id"].as_str());
        ids.map(|id| id.expect("an id").to_owned()).collect()
    };
    let listed = books
        .call("GET", ".json", json!({}))
        .await
        .status(200)
        .json();
    assert_eq!(ids(listed), ["3", "1", "2"]);
    let page = json!({"page": 2, "per_page": 2});
    assert_eq!(ids(books.call("GET", "", page).await.json()), ["2"]);
    let page = books.call("GET", "?page=1&per_page=1", json!({})).await;
    assert_eq!(ids(page.json()), ["3"]);
    error(books.call("GET", "?page=x", json!({})).await, 400);
}

#[tokio::test]
async fn fields_that_are_there_can_be_updated() {
    let (_server, books) = books().await;
    let fields = [
        ("title", json!("One"), "string"),
        ("pages", json!(9), "integer"),
    ];
    books.put(document("1", &fields)).await;
    let change = json!({"fields": {"pages": "10"}});
    for path in ["/1/update_fields.json", "/1/update_fields", "/1"] {
        let changed = books
            .call("PUT", path, change.clone())
            .await
            .status(200)
            .json();
        assert_eq!(changed["pages"], 10);
        assert_eq!(changed["title"], "One");
    }
    let unknown = json!({"fields": {"title": "Two", "author": "x"}});
    let refused = books.call("PUT", "/1/update_fields", unknown).await;
    let words = "Error updating field(s). Attempt to set() nonexistent key.  \
                 Known keys are: title, pages";
    assert_eq!(error(refused, 400), words);
    let wrong = json!({"fields": {"pages": "many"}});
    let refused = books.call("PUT", "/1/update_fields", wrong).await;
    assert_eq!(
        error(refused, 400),
        "Invalid value for pages: expected integer"
    );
    error(books.call("PUT", "/2/update_fields", change).await, 404);
    let refused = books.call("PUT", "/1/update_fields", json!({})).await;
    assert_eq!(error(refused, 400), "Missing required parameter: fields");
    let found = books.call("GET", "/1", json!({})).await.json();
    assert_eq!(found["title"], "One", "nothing of a refused change is left");
}

#[tokio::test]
async fn bulk_calls_answer_element_by_element() {
    let (_server, books) = books().await;
    let bulk = async |method: &str, path: &str, documents: Value| {
        let body = json!({ "documents": documents });
        books.call(method, path, body).await.status(200).json()
    };
    let created = bulk(
        "POST",
        "/bulk_create",
        json!([title("1", "a"), title("1", "b")]),
    )
    .await;
    assert_eq!(created, json!([true, false]));
    let numbered = document("2", &[("title", json!(5), "integer")]);
    let documents = json!([title("1", "c"), numbered, {"fields": []}]);
    let put = bulk("POST", "/bulk_create_or_update.json", documents.clone()).await;
    assert_eq!(put, json!([true, false, false]));
    let verbose = bulk("POST", "/bulk_create_or_update_verbose", documents).await;
    let conflict =
        "Invalid type for title: Got integer, but title is already defined as string in schema.";
    let missing = "Missing required parameter: external_id";
    assert_eq!(verbose, json!([true, conflict, missing]));
    let without_value = json!([{"external_id": "4", "fields": [{"name": "a", "type": "enum"}]}]);
    let verbose = bulk("POST", "/bulk_create_or_update_verbose.json", without_value).await;
    let words = "Invalid field definition: Field definition requires a 'value' attribute";
    assert_eq!(verbose, json!([words]));
    let updates = json!([
        {"external_id": "1", "fields": {"title": "d"}},
        {"external_id": "9", "fields": {"title": "d"}},
        {"external_id": "1", "fields": {"author": "d"}},
        5,
    ]);
    let answered = bulk("PUT", "/bulk_update.json", updates).await;
    assert_eq!(answered, json!([true, false, false, false]));
    assert_eq!(
        books.call("GET", "/1", json!({})).await.json()["title"],
        "d"
    );
    let destroyed = bulk("POST", "/bulk_destroy", json!(["1", "9", {}])).await;
    assert_eq!(destroyed, json!([true, false, false]));
    books.call("GET", "/1", json!({})).await.status(404);
    for path in ["/bulk_create", "/bulk_create_or_update", "/bulk_destroy"] {
        let refused = books.call("POST", path, json!({"documents": []})).await;
        assert_eq!(error(refused, 400), "Invalid field type: documents");
    }
    let many: Vec<Value> = (0..1_001).map(|n| json!(n.to_string())).collect();
    let refused = books
        .call("POST", "/bulk_destroy", json!({"documents": many}))
        .await;
    assert_eq!(error(refused, 400), "Too many documents: limit is 1000");
    let refused = books.call("POST", "", json!({})).await;
    assert_eq!(error(refused, 400), "Missing required parameter: document");
}

#[rstest]
#[case::text(json!({"type": "string", "value": "x"}), Ok(json!("x")))]
#[case::long_text(json!({"type": "text", "value": ["x", "y"]}), Ok(json!(["x", "y"])))]
#[case::flag(json!({"type": "enum", "value": true}), Ok(json!(true)))]
#[case::integer(json!({"type": "integer", "value": 5}), Ok(json!(5)))]
#[case::spelled_integer(json!({"type": "integer", "value": "5"}), Ok(json!(5)))]
#[case::whole_float(json!({"type": "integer", "value": 5.0}), Ok(json!(5)))]
#[case::float(json!({"type": "float", "value": "5.5"}), Ok(json!(5.5)))]
#[case::date(json!({"type": "date", "value": "2012-02-16"}), Ok(json!("2012-02-16")))]
#[case::instant(json!({"type": "date", "value": "2013-02-27T18:09:19"}), Ok(json!("2013-02-27T18:09:19")))]
#[case::location(json!({"type": "location", "value": {"lat": 48.1, "lon": 17.1}}), Ok(json!({"lat": 48.1, "lon": 17.1})))]
#[case::null(json!({"type": "enum", "value": null}), Ok(Value::Null))]
#[case::empty(json!({"type": "integer", "value": ""}), Ok(json!("")))]
#[case::fraction(json!({"type": "integer", "value": 5.5}), Err("Invalid value for it: expected integer"))]
#[case::no_number(json!({"type": "float", "value": ["1", "x"]}), Err("Invalid value for it: expected float"))]
#[case::no_date(json!({"type": "date", "value": "soon"}), Err("Invalid value for it: expected date"))]
#[case::no_place(json!({"type": "location", "value": "x"}), Err("Invalid value for it: expected location"))]
#[case::a_map(json!({"type": "string", "value": {"a": 1}}), Err("Invalid value for it: expected string"))]
#[case::nested_lists(json!({"type": "enum", "value": [["a"]]}), Err("Invalid value for it: expected enum"))]
#[case::no_type(json!({"type": "number", "value": 1}), Err("Invalid type for it: Got number"))]
#[tokio::test]
async fn values_fit_the_type_they_are_declared_with(
    #[case] definition: Value,
    #[case] expected: Result<Value, &str>,
) {
    let (_server, books) = books().await;
    let mut definition = definition;
    definition["name"] = "it".into();
    let body = json!({"document": {"external_id": "1", "fields": [definition]}});
    let answer = books.call("POST", "/create_or_update", body).await;
    match expected {
        Ok(value) => assert_eq!(answer.status(200).json()["it"], value),
        Err(words) => assert_eq!(error(answer, 400), words),
    }
}

#[tokio::test]
async fn a_refused_document_leaves_no_trace_in_the_schema() {
    let (server, books) = books().await;
    books.put(title("1", "x")).await;
    let fields = [
        ("author", json!("x"), "string"),
        ("title", json!("x"), "text"),
    ];
    let body = json!({"document": document("2", &fields)});
    error(books.call("POST", "", body).await, 400);
    let bad_value = [
        ("author", json!("x"), "string"),
        ("pages", json!("x"), "integer"),
    ];
    let body = json!({"document": document("2", &bad_value)});
    error(books.call("POST", "", body).await, 400);
    let path = "/engines/bookstore/document_types/books";
    let mapping = Client::of(&server).get(path).await.json()["field_mapping"].clone();
    let expected = json!({"title": "string", "external_id": "enum", "updated_at": "date"});
    assert_eq!(mapping, expected);
}

#[tokio::test]
async fn names_that_records_use_are_reserved() {
    let (_server, books) = books().await;
    for name in [
        "external_id",
        "id",
        "_id",
        "updated_at",
        "highlight",
        "_score",
        "sort",
    ] {
        let body = json!({"document": document("1", &[(name, json!("x"), "string")])});
        let words = error(books.call("POST", "", body).await, 400);
        assert_eq!(words, format!("Invalid field name: {name} is reserved"));
    }
}

#[tokio::test]
async fn shop_rules_do_not_apply_to_documents() {
    let (server, books) = books().await;
    let fields = [
        ("price", json!("7.50 EUR"), "string"),
        ("availability", json!("in stock"), "enum"),
        ("active_from", json!("2999-01-01"), "date"),
        ("introduced_at", json!(5), "integer"),
        ("boost", json!("huge"), "enum"),
    ];
    let put = books.put(document("1", &fields)).await;
    let object = put.as_object().expect("a record");
    let own = [
        "external_id",
        "engine_id",
        "document_type_id",
        "id",
        "_id",
        "updated_at",
    ];
    assert_eq!(object.len(), fields.len() + own.len(), "{put}");
    // To the primary search it is an object of its type like any other.
    crate::support::eventually("the document", async || {
        let found = server
            .get("/search?tracker_id=bookstore&f[]=type:books")
            .await;
        let hit = found.status(200).json()["results"]["hits"][0].clone();
        (hit["url"] == "books:1").then_some(())
    })
    .await;
}

#[tokio::test]
async fn types_live_side_by_side() {
    let server = server().await;
    let client = Client::of(&server);
    let [books, films] = [
        client.make_type("books").await,
        client.make_type("films").await,
    ];
    books
        .put(document("1", &[("price", json!(5), "integer")]))
        .await;
    let film = films
        .put(document("1", &[("price", json!("five"), "string")]))
        .await;
    assert_eq!(film["price"], "five");
    let body = json!({"document": document("2", &[("price", json!("five"), "string")])});
    let words =
        "Invalid type for price: Got string, but price is already defined as integer in schema.";
    assert_eq!(error(books.call("POST", "", body).await, 400), words);
}
