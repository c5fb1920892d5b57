//! Values that do not fit the type of their attribute (docs/reference/04-data-layout.md §2): objects are
//! kept, and told of. What searches make of them is in `cases/mixed.json`.

use serde_json::{Value, json};

use crate::support::{Figures, SiteClient, TRACKER_ID, TestServer, eventually, product};

const WARNING: &str = "`57 CFM` does not fit the numeric attribute `airflow` and is kept as text";

async fn with_airflow(site: &SiteClient) {
    site.replace([product("a").field("airflow", 57)]).await.ok();
}

#[tokio::test]
async fn a_product_is_not_lost_for_one_attribute() {
    let server = TestServer::start().await;
    let site = server.site();
    with_airflow(&site).await;
    let odd = || {
        product("b")
            .field("airflow", "57 CFM")
            .field("color", "red")
    };
    let expected =
        json!({"ok_count": 1, "errors_count": 0, "errors": {}, "warnings": {"b": [WARNING]}});
    assert_eq!(site.replace([odd()]).await.status(201).json(), expected);
    // The same words say the same, though nothing is left to write.
    assert_eq!(site.replace([odd()]).await.status(201).json(), expected);
    let found = site.search("f[]=airflow:57%20CFM").await;
    assert_eq!(found.identities(), ["b"]);

    // Of the others nothing is said.
    let answer = site
        .replace([product("c").field("airflow", 5)])
        .await
        .status(201)
        .json();
    assert_eq!(answer.get("warnings"), None);

    let patched = site.patch([product("a").field("airflow", "57 CFM")]).await;
    let told =
        json!({"ok_count": 1, "errors_count": 0, "errors": {}, "warnings": {"a": [WARNING]}});
    assert_eq!(patched.status(200).json(), told);
    // A change of something else is none of it.
    let patched = site.patch([product("a").field("color", "blue")]).await;
    assert_eq!(patched.status(200).json().get("warnings"), None);
    let found = site.search("f[]=airflow:57%20CFM").await;
    assert_eq!(found.total(), 2);
}

#[tokio::test]
async fn warnings_stand_beside_errors_and_are_bounded() {
    let server = TestServer::start().await;
    let site = server.site();
    with_airflow(&site).await;
    let many: Vec<String> = (0..30).map(|n| format!("{n} CFM")).collect();
    let answer = site
        .replace([
            product("bad").title(" "),
            product("many").field("airflow", json!(many)),
        ])
        .await
        .status(400)
        .json();
    assert_eq!(
        (&answer["ok_count"], &answer["errors_count"]),
        (&json!(1), &json!(1))
    );
    let told = answer["warnings"]["many"].as_array().expect("warnings");
    assert_eq!(told.len(), 11);
    assert_eq!(told[10], "20 more values do not fit");

    let crowd = (0..1_200).map(|n| product(&format!("p{n}")).field("airflow", "x"));
    let answer = site.replace(crowd).await.status(201).json();
    assert_eq!(answer["ok_count"], 1_200);
    assert_eq!(
        answer["warnings"].as_object().map(serde_json::Map::len),
        Some(1_000)
    );
}

#[tokio::test]
async fn what_was_nested_is_told_under_its_own_name() {
    let server = TestServer::start().await;
    let site = server.site();
    with_airflow(&site).await;
    let master = json!({"identity": "m", "type": "product", "fields": {"title": "Fan"}, "nested": [
        {"identity": "v", "type": "variant", "fields": {"title": "Fan", "airflow": "57 CFM"}}]});
    let answer = site.replace([master]).await.status(201).json();
    assert_eq!(answer["warnings"], json!({"v": [WARNING]}));
}

#[tokio::test]
async fn types_that_a_name_fixes_go_on_refusing() {
    let server = TestServer::start().await;
    let site = server.site();
    site.replace([product("a")]).await.ok();
    for (name, value) in [
        ("availability", json!("often")),
        ("availability_rank", json!("first")),
        ("active_from", json!("soon")),
        ("active_to", json!(20_261_128)),
        ("price_amount", json!("cheap")),
        ("price_eur_amount", json!("cheap")),
        ("discount_price_absolute_amount", json!("much")),
        ("boost", json!("much")),
        ("_margin", json!("half")),
        ("introduced_at", json!("soon")),
        ("geo_location", json!("Brno")),
        ("geo_location", json!({"lat": 91, "lon": 0})),
        ("geo_location", json!([48.1, 17.1])),
        ("geo_location", json!({"city": "Brno"})),
        ("geo_location", json!([["abc"]])),
        ("price_amount", json!({"x": 5})),
        ("price_amount", json!([[5]])),
        ("price_amount", json!([5, {"x": "abc"}])),
        ("boost", json!({"y": 1})),
        ("_margin", json!([{"y": 1}])),
        ("introduced_at", json!([{"z": "2026-01-01"}])),
        ("availability", json!({"x": 1})),
        ("availability_rank", json!([[1]])),
        ("active_to", json!({"x": "2026-01-01"})),
    ] {
        let answer = site
            .replace([product("b").field(name, value.clone())])
            .await;
        let answer = answer.status(400).json();
        assert_eq!(
            answer["errors"]["b"]["type"], "data_schema_mismatch",
            "{name}"
        );
        let reason = format!("failed to parse [attributes.{name}]");
        assert_eq!(answer["errors"]["b"]["reason"], reason);
        let patch = json!({"identity": "a", "fields": {name: value}});
        let answer = site.patch([patch]).await.status(400).json();
        assert_eq!(
            answer["errors"]["a"]["type"], "data_schema_mismatch",
            "{name}"
        );
    }
    assert_eq!(site.search("f[]=type:product").await.identities(), ["a"]);
}

#[tokio::test]
async fn a_refused_first_geo_value_leaves_points_to_those_that_follow() {
    let server = TestServer::start().await;
    let site = server.site();
    let refused = product("a").field("geo_location", "48.1,17.1");
    site.replace([refused]).await.status(400);
    let point = json!({"lat": 48.1, "lon": 17.1});
    site.replace([product("b").field("geo_location", point)])
        .await
        .status(201);
    let near = "f[]=geo_range:|1km&context[geo_location]=48.1,17.1";
    assert_eq!(site.search(near).await.identities(), ["b"]);
}

#[tokio::test]
async fn a_site_may_refuse_as_the_hosted_service_does() {
    let server = TestServer::builder()
        .set_for_site("type_conflicts", "\"refuse\"")
        .start()
        .await;
    let site = server.site();
    with_airflow(&site).await;
    let mismatch = json!({"type": "data_schema_mismatch", "reason": "failed to parse [attributes.airflow]",
        "caused_by": {"type": "number_format_exception", "reason": "For input string: \"57 CFM\""}});
    let odd = |identity| product(identity).field("airflow", "57 CFM");
    let refused = site.replace([odd("b")]).await.status(400).json();
    assert_eq!(refused["errors"]["b"], mismatch);
    let refused = site.patch([odd("a")]).await.status(400).json();
    assert_eq!(refused["errors"]["a"], mismatch);
}

#[tokio::test]
async fn an_update_by_query_fails_what_does_not_fit_and_changes_the_rest_of_a_mixed_object() {
    let server = TestServer::start().await;
    let site = server.site();
    with_airflow(&site).await;
    site.replace([product("b")
        .field("airflow", "57 CFM")
        .field("color", "red")])
        .await
        .status(201);
    let failed = site
        .update(json!({"airflow": 57}), json!({"airflow": "57 CFM"}))
        .await;
    assert_eq!(
        (&failed["updates_count"], &failed["failures_count"]),
        (&json!(0), &json!(1))
    );
    assert_eq!(failed["failures"]["a"]["type"], "data_schema_mismatch");
    // What was kept is found by its text, and does not stand in the way of a change of something else.
    let changed = site
        .update(json!({"airflow": "57 CFM"}), json!({"color": "blue"}))
        .await;
    assert_eq!(
        (&changed["updates_count"], &changed["failures_count"]),
        (&json!(1), &json!(0))
    );
    eventually("the change can be found", async || {
        let found = site.search("f[]=color:blue&f[]=airflow:57%20CFM").await;
        (found.identities() == ["b"]).then_some(())
    })
    .await;
}

#[tokio::test]
async fn an_update_by_query_fails_values_at_every_depth() {
    let server = TestServer::start().await;
    let site = server.site();
    let deep = |n: Value| json!({"a": {"n": n}, "m": 1});
    site.replace([product("a").field("deep", deep(json!(5))).field("on", true)])
        .await
        .status(201);
    let changes = json!({"deep": deep(json!("many"))});
    let failed = site.update(json!({"on": true}), changes).await;
    assert_eq!(failed["failures_count"], 1, "{failed}");
    let reason = "failed to parse [attributes.deep.a.n]";
    assert_eq!(failed["failures"]["a"]["reason"], reason);
}

#[tokio::test]
async fn a_restart_and_a_refusing_site_keep_what_was_kept() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = TestServer::builder().data_dir(folder.path()).start().await;
    let site = server.site();
    with_airflow(&site).await;
    site.replace([product("b").field("airflow", "57 CFM")])
        .await
        .status(201);
    server.stop().await;
    let server = TestServer::builder()
        .data_dir(folder.path())
        .set_for_site("type_conflicts", "\"refuse\"")
        .start()
        .await;
    let site = server.site();
    assert_eq!(
        site.search("f[]=airflow:57%20CFM").await.identities(),
        ["b"]
    );
    // What is there may be sent again, and changed in other ways.
    site.replace([product("b").field("airflow", "57 CFM")])
        .await
        .status(201);
    site.patch([product("b").field("color", "red")])
        .await
        .status(200);
    site.patch([product("b").field("airflow", "58 CFM")])
        .await
        .status(400);
}

#[tokio::test]
async fn kept_values_are_counted() {
    let server = TestServer::start().await;
    let site = server.site();
    with_airflow(&site).await;
    let odd: Value = product("b").field("airflow", json!(["x", "y", 5])).into();
    site.replace([odd]).await.status(201);
    let page = server.get("/metrics").await.status(200).text();
    let figures = Figures::read(&page);
    let label = [("site", TRACKER_ID)];
    assert!((figures.value("vetrina_misfit_values_total", &label) - 2.0).abs() < f64::EPSILON);
}

#[tokio::test]
async fn a_long_misfit_is_told_by_its_beginning_and_a_mark() {
    let server = TestServer::start().await;
    let site = server.site();
    with_airflow(&site).await;
    let told = async |value: String| {
        let answer = site.replace([product("b").field("airflow", value)]).await;
        let answer = answer.status(201).json();
        answer["warnings"]["b"][0]
            .as_str()
            .expect("a warning")
            .to_owned()
    };
    let rest = "does not fit the numeric attribute `airflow` and is kept as text";
    let whole = "ž".repeat(256);
    assert_eq!(told(whole.clone()).await, format!("`{whole}` {rest}"));
    let longer = format!("{whole}ž");
    assert_eq!(told(longer).await, format!("`{whole}…` {rest}"));
}

#[tokio::test]
async fn blanks_around_a_number_a_date_or_a_boolean_do_not_count() {
    let server = TestServer::start().await;
    let site = server.site();
    let first = product("a")
        .field("airflow", 57)
        .field("since", "2026-01-01T00:00:00Z")
        .field("stocked", true);
    site.replace([first]).await.ok();
    let padded = product("b")
        .field("airflow", " 57 ")
        .field("since", " 2026-01-01 ")
        .field("introduced_at", "\t28.11.2026\n")
        .field("stocked", " true ");
    let answer = site.replace([padded]).await.status(201).json();
    assert_eq!(answer.get("warnings"), None, "{answer}");
    for filter in [
        "f[]=airflow:57|57",
        "f[]=since:2026-01-01|2026-01-01",
        "f[]=stocked:true",
    ] {
        let found = site.search(&filter.replace('|', "%7C")).await;
        assert_eq!(found.total(), 2, "{filter}");
    }
}
