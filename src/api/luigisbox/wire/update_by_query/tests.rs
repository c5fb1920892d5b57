//! Requests as sent and what is told of bad ones (docs/reference/03-update-by-query-and-generations.md §3);
//! answers as clients read them.

use rstest::rstest;
use serde_json::json;

use super::*;
use crate::domain::{Identity, JobKind, JobStatus, Refusal};

fn read(body: &Value) -> Result<UpdateByQuery, UpdateError> {
    read_update(body.to_string().as_bytes())
}

fn causes(body: &Value) -> Value {
    match read(body) {
        Err(UpdateError::Parts(problems)) => problem::caused_by(&problems),
        other => panic!("{body} gave {other:?}"),
    }
}

fn request(types: &Value, criteria: &Value, fields: &Value) -> Value {
    json!({"search": {"types": types, "partial": {"fields": criteria}}, "update": {"fields": fields}})
}

#[test]
fn a_request_says_types_criteria_and_changes() {
    let mut body = request(
        &json!(["product", "_file"]),
        &json!({"color": ["olive", null], "weight": 5.0}),
        &json!({"color": "green", "old": null, "list": [1, null, {"a": null}]}),
    );
    body["search"]["partial"]["fuzzy"] = json!(true);
    body["extra"] = json!(1);
    let update = read(&body).expect("a good request");
    let types: Vec<&str> = update.types.iter().map(ObjectType::as_str).collect();
    assert_eq!(types, ["product", "file"]);
    let criteria = update.criteria.fields();
    assert_eq!(
        criteria.get("color"),
        Some(&FieldValue::List(vec!["olive".into()]))
    );
    assert_eq!(
        criteria.get("weight"),
        Some(&FieldValue::Number(Number::Float(5.0)))
    );
    let list = FieldValue::List(vec![
        FieldValue::Number(Number::Integer(1)),
        FieldValue::Map(Fields::new()),
    ]);
    assert_eq!(
        update.fields,
        [
            ("color".into(), Some("green".into())),
            ("old".into(), None),
            ("list".into(), Some(list)),
        ]
    );
}

#[rstest]
#[case(json!({}), json!({"search": ["is missing"], "update": ["is missing"]}))]
#[case(json!([]), json!({"search": ["is missing"], "update": ["is missing"]}))]
#[case(json!(null), json!({"search": ["is missing"], "update": ["is missing"]}))]
#[case(json!({"search": null, "update": 5}), json!({"search": ["is missing"], "update": ["must be a hash"]}))]
#[case(
    json!({"search": {}, "update": {}}),
    json!({"search": {"types": ["is missing"], "partial": ["is missing"]}, "update": {"fields": ["is missing"]}})
)]
#[case(
    json!({"search": {"types": "product", "partial": {}}, "update": {"fields": []}}),
    json!({"search": {"types": ["must be an array"], "partial": {"fields": ["is missing"]}},
           "update": {"fields": ["must be a hash"]}})
)]
#[case(
    request(&json!([]), &json!({}), &json!({})),
    json!({"search": {"types": ["must be filled"], "partial": {"fields": ["must be filled"]}},
           "update": {"fields": ["must be filled"]}})
)]
#[case(
    request(&json!(["a", 5, "b/c", ""]), &json!({"x": null, "y": []}), &json!({"z": 1})),
    json!({"search": {
        "types": {"1": ["must be a string"], "2": ["must be a valid type name"], "3": ["must be filled"]},
        "partial": {"fields": {"x": ["must be filled"], "y": ["must be filled"]}}}})
)]
fn everything_wrong_is_told_under_its_path(#[case] body: Value, #[case] expected: Value) {
    assert_eq!(causes(&body), expected);
}

#[test]
fn what_grows_is_bounded() {
    let many = |count: usize| (0..count).map(|n| format!("n{n}")).collect::<Vec<_>>();
    let fields = |count| {
        let names = many(count).into_iter();
        Value::Object(names.map(|name| (name, json!(1))).collect())
    };
    let small = json!({"x": 1});
    let type_of_each = request(&json!(many(101)), &small, &small);
    assert_eq!(
        causes(&type_of_each)["search"]["types"],
        json!(["must have at most 100 entries"])
    );
    let values = request(&json!(["a"]), &json!({"x": many(1001)}), &small);
    assert_eq!(
        causes(&values)["search"]["partial"]["fields"],
        json!(["must have at most 1000 entries"])
    );
    let changes = request(&json!(["a"]), &small, &fields(1001));
    assert_eq!(
        causes(&changes)["update"]["fields"],
        json!(["must have at most 1000 attributes"])
    );
}

#[test]
fn what_is_no_json_or_too_deep_is_a_bad_body() {
    let deep = format!("{}1{}", "[".repeat(65), "]".repeat(65));
    assert!(matches!(
        read_update(deep.as_bytes()),
        Err(UpdateError::Body(BatchError::TooDeep))
    ));
    for body in ["", "{", "{} {}", "\u{feff}{}", "{\"a\":1e999}"] {
        assert!(
            matches!(
                read_update(body.as_bytes()),
                Err(UpdateError::Body(BatchError::Syntax(_)))
            ),
            "{body}"
        );
    }
}

#[rstest]
#[case("job_id=17", Ok(Some(JobNumber(17))))]
#[case("job_id=007", Ok(Some(JobNumber(7))))]
#[case("job_id=-1", Ok(None))]
#[case("job_id=99999999999999999999999", Ok(None))]
#[case("job_id=", Err(BadJobId::Missing))]
#[case("", Err(BadJobId::Missing))]
#[case("job_id=1.5", Err(BadJobId::NotInteger))]
#[case("job_id=-", Err(BadJobId::NotInteger))]
#[case("job_id=one", Err(BadJobId::NotInteger))]
fn job_ids_are_integers(
    #[case] query: &str,
    #[case] expected: Result<Option<JobNumber>, BadJobId>,
) {
    let query = QueryString::parse(query).expect("few parameters");
    assert_eq!(read_job_id(&query), expected);
}

#[test]
fn a_complete_job_lists_its_failures_by_identity() {
    let site = TrackerId::new("1111-2222").expect("a tracker id");
    let mut job = Job {
        number: JobNumber(1),
        kind: JobKind::UpdateByQuery,
        status: JobStatus::Complete,
        applied: 5,
        refused: 0,
    };
    let mut none = Beginning::new(&site, &job).to_bytes();
    none.extend_from_slice(END);
    let none: Value = serde_json::from_slice(&none).expect("JSON");
    let expected = json!({"tracker_id": "1111-2222", "status": "complete", "updates_count": 5,
                          "failures_count": 0, "failures": {}});
    assert_eq!(none, expected);

    job.refused = 2;
    let mut two = Beginning::new(&site, &job).to_bytes();
    for (position, identity) in [(1, "/products/1"), (2, "a \"b\"")] {
        let failure = JobRefusal {
            position,
            identity: Identity::new(identity).expect("an identity"),
            refusal: Refusal::NotFound,
        };
        push_failure(&mut two, &failure);
    }
    two.extend_from_slice(END);
    let two: Value = serde_json::from_slice(&two).expect("JSON");
    let entry = json!({"type": "not_found", "reason": "Identity not in catalog"});
    assert_eq!(
        two["failures"],
        json!({"/products/1": entry, "a \"b\"": entry})
    );
}
