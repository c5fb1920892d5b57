//! The endpoint against an engine that answers what each test tells it.

mod arbitrary;
mod fake_engine;
mod post;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use arc_swap::ArcSwap;
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderValue, Request, StatusCode, header};
use axum::response::Response;
use http_body_util::BodyExt as _;
use rstest::rstest;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::api::{AppState, Limits, Parts, Sites};
use crate::auth::AuthRules;
use crate::domain::ShownName;
use crate::domain::{
    AttributesForm, Clock, Direction, FacetBucket, FacetCounts, FacetKind, FieldName, Language,
    Page, QueryText, ResultSet, SearchQuery, SearchResults, Site, Timestamp, TrackerId,
    VariantMode,
};
use crate::engine::testing::engine_of_nothing;
use crate::engine::{Engine, EngineError};
use crate::http::Budgets;
use fake_engine::{Answer, FakeEngine};

/// A server with one site, `1234-5678`, in front of a [`FakeEngine`].
struct Server {
    engine: Arc<FakeEngine>,
    router: Router,
}

const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

fn server_at(public_url: Option<&str>, answer: Answer) -> Server {
    let engine = Arc::new(FakeEngine {
        answer,
        asked: Mutex::default(),
    });
    let tracker_id = TrackerId::new("1234-5678").expect("a tracker id");
    let site = Site {
        tracker_id: tracker_id.clone(),
        api_allowed: false,
        variants: VariantMode::default(),
        attributes_form: AttributesForm::default(),
        type_conflicts: crate::domain::TypeConflicts::default(),
        language: Language::default(),
        rules: Arc::default(),
        words_by_attribute: false,
        search_links: false,
        result_set: ResultSet::default(),
        commit_guard_percent: 0,
        commit_keeps_refused: false,
    };
    let sites = Sites {
        by_id: HashMap::from([(tracker_id, Arc::new(site))]),
        ..Sites::default()
    };
    let app = AppState::new(Parts {
        engine: Engine {
            search: Arc::clone(&engine) as _,
            ..engine_of_nothing()
        },
        sites: ArcSwap::from_pointee(sites),
        clock: Clock::new(|| NOW),
        auth: AuthRules {
            date_tolerance_s: 60,
            path_prefix: String::new(),
        },
        limits: Limits {
            body_bytes_max: 0,
            decoded_bytes_max: 0,
            update_by_query_bytes_max: 0,
            patch_objects_max: 0,
            delete_objects_max: 0,
            search_timeout_ms: 1,
            write_timeout_ms: 1,
        },
        throttle: Arc::default(),
        metrics: Arc::default(),
        budgets: Budgets::default(),
        fetches_files: false,
        operators: None,
        started_at: NOW,
        public_url: public_url.map(str::to_owned),
    });
    let (router, _) = crate::api::router(app);
    Server { engine, router }
}

fn server(results: impl Fn() -> SearchResults + Send + Sync + 'static) -> Server {
    server_at(None, Box::new(move || Some(Ok(results()))))
}

fn failing(error: impl Fn() -> EngineError + Send + Sync + 'static) -> Server {
    server_at(None, Box::new(move || Some(Err(error()))))
}

/// `total` objects match; the page shows none, which is what `size=0` asks for.
fn counted(total_hits: u64) -> SearchResults {
    SearchResults {
        total_hits,
        ..SearchResults::default()
    }
}

impl Server {
    async fn get(&self, query: &str) -> Response {
        let request = Request::get(format!("/search?{query}"))
            .header(header::HOST, "shop.example:7700")
            .body(Body::empty())
            .expect("a valid request");
        self.send(request).await
    }

    async fn post(&self, query: &str, body: &str) -> Response {
        let request = Request::post(format!("/search?{query}"))
            .header(header::HOST, "shop.example:7700")
            .body(Body::from(body.to_owned()))
            .expect("a valid request");
        self.send(request).await
    }

    async fn send(&self, request: Request<Body>) -> Response {
        let answered = self.router.clone().oneshot(request).await;
        answered.expect("routers do not fail")
    }

    /// The query the engine was asked last.
    fn asked(&self) -> SearchQuery {
        let asked = self.engine.asked.lock().expect("no test panics with it");
        asked.clone().expect("the engine was asked")
    }
}

async fn text(response: Response) -> String {
    let body = response.into_body().collect().await.expect("a whole body");
    String::from_utf8(body.to_bytes().to_vec()).expect("UTF-8")
}

fn header_of(response: &Response, name: header::HeaderName) -> &str {
    let value = response.headers().get(name).expect("the header is there");
    value.to_str().expect("visible ASCII")
}

#[tokio::test]
async fn an_answer_has_every_key_in_the_documented_order() {
    let server = server(|| SearchResults {
        facets: vec![FacetCounts {
            field: ShownName::new("brand").expect("not hidden"),
            kind: FacetKind::Text(vec![FacetBucket {
                value: "Čap".to_owned(),
                count: 2,
            }]),
            misfits: Vec::new(),
        }],
        ..counted(58)
    });
    let query = "tracker_id=1234-5678&q=wool+sock&f[]=type:item&neg_f[]=a:b&size=10&facets=brand";
    let response = server.get(query).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(
        header_of(&response, header::CONTENT_TYPE),
        "application/json; charset=utf-8"
    );
    let body = text(response).await;
    let (rest, guid) = body.rsplit_once(r#""guid":""#).expect("a guid");
    assert_eq!(
        rest,
        concat!(
            r#"{"results":{"query":"wool sock","corrected_query":null,"filters":["type:item"],"#,
            r#""filters_negative":["a:b"],"accepted_filters":[],"hits":[],"quicksearch_hits":[],"#,
            r#""facets":[{"name":"brand","type":"text","values":[{"value":"Čap","hits_count":2}]}],"#,
            r#""suggested_facet":null,"total_hits":58,"campaigns":[]},"#,
            r#""next_page":"http://shop.example:7700/search?tracker_id=1234-5678&q=wool%20sock"#,
            r#"&f[]=type:item&neg_f[]=a:b&size=10&facets=brand&page=2","#,
        )
    );
    let guid = uuid::Uuid::parse_str(guid.trim_end_matches(r#""}"#)).expect("a uuid");
    assert_eq!(guid.get_version_num(), 4);
}

#[tokio::test]
async fn the_engine_is_asked_what_the_parameters_say() {
    let server = server(|| counted(0));
    let query = "tracker_id=1234-5678&q=+shoes+&f[]=brand:A&f_must[]=color:x&neg_f[]=y:z\
                 &sort=price_amount:desc,title:asc&size=5&page=3&facets=brand:7&v=1&unknown[x]=y";
    assert_eq!(server.get(query).await.status(), StatusCode::OK);
    let asked = server.asked();
    assert_eq!(asked.text.as_ref().map(QueryText::as_str), Some("shoes"));
    assert_eq!(asked.filters.any_of[0].asked.text(), Some("A"));
    assert_eq!(asked.filters.all_of[0].asked.text(), Some("x"));
    assert_eq!(asked.filters.none_of[0].asked.text(), Some("z"));
    let sort = asked.sort.iter();
    let sort: Vec<_> = sort
        .map(|key| (key.field.as_str(), key.direction))
        .collect();
    assert_eq!(
        sort,
        [
            ("price_amount", Direction::Descending),
            ("title", Direction::Ascending)
        ]
    );
    assert_eq!(
        asked.page,
        Page {
            offset: 10,
            limit: 5
        }
    );
    assert_eq!(asked.facets[0].values_max, 7);
    assert_eq!(asked.now, NOW);
}

#[tokio::test]
async fn a_listing_needs_neither_words_nor_filters() {
    let server = server(|| counted(3));
    let response = server.get("tracker_id=1234-5678&facets=type&size=0").await;
    let body: Value = serde_json::from_str(&text(response).await).expect("JSON");
    assert_eq!(body["results"]["query"], json!(""));
    assert_eq!(body["results"]["total_hits"], json!(3));
    assert_eq!(body["next_page"], Value::Null);
    assert!(server.asked().text.is_none());
}

#[tokio::test]
async fn the_last_tracker_id_of_several_counts() {
    let server = server(|| counted(0));
    for (query, status) in [
        ("tracker_id=x&tracker_id=1234-5678", StatusCode::OK),
        ("tracker_id=1234-5678&tracker_id=x", StatusCode::NOT_FOUND),
    ] {
        assert_eq!(server.get(query).await.status(), status, "{query}");
    }
}

#[rstest]
#[case::missing("q=x", 400, r#"{"error":"tracker_id is missing"}"#)]
#[case::empty("tracker_id=", 400, r#"{"error":"tracker_id is missing"}"#)]
#[case::unknown(
    "tracker_id=000000-000000",
    404,
    r#"Catalog for tracker_id: "000000-000000" not found."#
)]
#[case::not_an_id("tracker_id=../x", 404, r#"Catalog for tracker_id: "../x" not found."#)]
#[tokio::test]
async fn the_site_must_be_named(#[case] query: &str, #[case] status: u16, #[case] body: &str) {
    let response = server(|| counted(0)).get(query).await;
    assert_eq!(response.status(), status);
    let content_type = header_of(&response, header::CONTENT_TYPE).to_owned();
    assert_eq!(text(response).await, body);
    let is_text = content_type.starts_with("text/plain");
    assert_eq!(is_text, status == 404, "{content_type}");
}

#[tokio::test]
async fn searches_too_large_are_refused() {
    let server = server(|| counted(0));
    for (part, times, error) in [
        ("&f[]=a:b", 501, "Filter too complex"),
        ("&a=b", 1_000, "Too many parameters"),
    ] {
        let response = server
            .get(&format!("tracker_id=1234-5678{}", part.repeat(times)))
            .await;
        assert_eq!(response.status(), StatusCode::BAD_REQUEST);
        assert_eq!(text(response).await, json!({ "error": error }).to_string());
    }
    let facets: Vec<_> = (0..51).map(|n| format!("f{n}")).collect();
    let response = server
        .get(&format!("tracker_id=1234-5678&facets={}", facets.join(",")))
        .await;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    assert_eq!(text(response).await, r#"{"error":"Too many facets"}"#);
}

#[rstest]
#[case::unknown_attribute(
    failing(|| EngineError::UnknownAttribute(FieldName::new("geo_location"))),
    400, r#"{"error":"Nonexisting attribute used: geo_location"}"#, None
)]
#[case::overloaded(
    failing(|| EngineError::Overloaded { retry_after_s: 2 }),
    503, r#"{"error":"Service unavailable"}"#, Some("2")
)]
#[case::unavailable(
    failing(|| EngineError::Unavailable { reason: "disk".to_owned(), retry_after_s: 30 }),
    503, r#"{"error":"Service unavailable","details":"disk"}"#, Some("30")
)]
#[case::from_nowhere(
    failing(|| EngineError::NoOrigin),
    400, r#"{"error":"context[geo_location] is missing or not `lat,lon`"}"#, None
)]
#[case::too_much(
    failing(|| EngineError::TooMuchWork),
    400, r#"{"error":"Search too complex: use fewer filters, facets, words or types"}"#, None
)]
#[case::timed_out(failing(|| EngineError::TimedOut), 408, "Request timed out", None)]
#[case::never_answered(server_at(None, Box::new(|| None)), 408, "Request timed out", None)]
#[tokio::test]
async fn failures_of_the_engine_are_told(
    #[case] server: Server,
    #[case] status: u16,
    #[case] body: &str,
    #[case] retry_after: Option<&str>,
) {
    let response = server.get("tracker_id=1234-5678&q=x").await;
    assert_eq!(response.status(), status);
    let retry = response.headers().get(header::RETRY_AFTER);
    assert_eq!(
        retry.map(HeaderValue::as_bytes),
        retry_after.map(str::as_bytes)
    );
    assert_eq!(
        header_of(&response, header::ACCESS_CONTROL_ALLOW_ORIGIN),
        "*"
    );
    assert_eq!(text(response).await, body);
}

#[tokio::test]
async fn the_cause_of_an_internal_failure_is_not_told() {
    let failing = failing(|| EngineError::Internal {
        context: "cannot read the store",
        source: "secret path".into(),
    });
    let response = failing.get("tracker_id=1234-5678").await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    // The words of such an answer are `http`'s matter.
    assert_eq!(text(response).await, "");
}

#[tokio::test]
async fn methods_other_than_get_and_post_are_refused() {
    let request = Request::delete("/search?tracker_id=1234-5678").body(Body::empty());
    let server = server(|| counted(0));
    let response = server.send(request.expect("a valid request")).await;
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(header_of(&response, header::ALLOW), "GET,HEAD,POST,OPTIONS");
    assert_eq!(
        header_of(&response, header::ACCESS_CONTROL_ALLOW_ORIGIN),
        "*"
    );
    assert_eq!(text(response).await, r#"{"error":"Method not allowed"}"#);
}

async fn next_page(server: Server, request: axum::http::request::Builder) -> String {
    let request = request.body(Body::empty()).expect("a valid request");
    let body = text(server.send(request).await).await;
    let body: Value = serde_json::from_str(&body).expect("JSON");
    body["next_page"].as_str().expect("a next page").to_owned()
}

#[rstest]
#[case::without_a_host(None, "http://localhost/search")]
#[case::host(Some("shop.example"), "http://shop.example/search")]
#[case::host_with_port(Some("[::1]:7700"), "http://[::1]:7700/search")]
#[case::broken_host(Some("a b"), "http://localhost/search")]
#[tokio::test]
async fn the_next_page_is_where_the_client_asked(#[case] host: Option<&str>, #[case] url: &str) {
    let mut request = Request::get("/search?tracker_id=1234-5678")
        .header("x-forwarded-host", "evil.example")
        .header("x-forwarded-proto", "https");
    if let Some(host) = host {
        request = request.header(header::HOST, host);
    }
    let next = next_page(server(|| counted(100)), request).await;
    assert_eq!(next, format!("{url}?tracker_id=1234-5678&page=2"));
}

#[rstest]
#[case("https://search.shop.example")]
#[case("https://search.shop.example/")]
#[tokio::test]
async fn a_configured_address_goes_before_the_clients(#[case] public_url: &str) {
    let server = server_at(Some(public_url), Box::new(|| Some(Ok(counted(100)))));
    let request = Request::get("/search?tracker_id=1234-5678").header(header::HOST, "inner:7700");
    assert_eq!(
        next_page(server, request).await,
        "https://search.shop.example/search?tracker_id=1234-5678&page=2"
    );
}
