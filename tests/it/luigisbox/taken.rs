//! What real shops send beside the examples: dates and prices in their spellings, titles that are numbers,
//! bodies with a byte order mark (docs/reference/02-content.md §2, docs/reference/04-data-layout.md §2, §3).

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::support::{SiteClient, TestServer, product};

const BYTE_ORDER_MARK: &str = "\u{feff}";

async fn attributes(site: &SiteClient, identity: &str) -> Value {
    let found = site.search(&format!("f[]=identity:{identity}")).await;
    found.hit(identity)["attributes"].clone()
}

fn filtered(filter: &str) -> String {
    let mut pairs = form_urlencoded::Serializer::new(String::new());
    pairs.append_pair("f[]", filter).append_pair("size", "100");
    pairs.finish()
}

async fn count(site: &SiteClient, filter: &str) -> u64 {
    site.search(&filtered(filter)).await.total()
}

#[tokio::test]
async fn a_price_of_several_numbers_is_one_of_them() {
    let server = TestServer::start().await;
    let site = server.site();
    let cases = [
        ("299–399 Kč", 299.0),
        ("5 - 10 €", 5.0),
        ("from 5 €", 5.0),
        ("ab 19,99 €", 19.99),
        ("už od 299 Kč", 299.0),
        ("2 for 5 €", 5.0),
        ("2 für 5 €", 5.0),
        ("2 za 5 €", 5.0),
        ("1.399 €/l", 1.399),
        ("0.899 €/100 g", 0.899),
        ("1.399 Kč/ks", 1399.0),
        ("12.500 OMR", 12.5),
        ("1 234,56 Kč", 1234.56),
    ];
    let objects = cases.iter().enumerate().map(|(at, (text, _))| {
        let object = product(&format!("p{at}")).field("price", *text);
        object.field("price_eur_old", *text)
    });
    site.replace(objects.collect::<Vec<_>>()).await.ok();
    for (at, (text, amount)) in cases.iter().enumerate() {
        let attributes = attributes(&site, &format!("p{at}")).await;
        assert_eq!(attributes["price_amount"], json!(amount), "{text}");
        assert_eq!(attributes["price_eur_old_amount"], json!(amount), "{text}");
    }
    assert_eq!(count(&site, "price_amount:5|5").await, 5);
}

const SPELLINGS: [&str; 12] = [
    "2019-05-17T21:12:35",
    "2019-05-17T21:12:35Z",
    "2019-05-17T21:12:35,000",
    "2019-05-17 21:12:35.000",
    "2019-05-17T23:12:35+02",
    "2019-05-17T23:12:35+0200",
    "2019-05-17T23:12:35+02:00",
    "20190517T211235Z",
    "20190517T211235+0000",
    "20190517T211235",
    "17.05.2019 21:12:35",
    "17/5/2019T21:12:35",
];

#[tokio::test]
async fn dates_are_read_in_every_spelling_where_a_name_makes_them_dates() {
    let server = TestServer::start().await;
    let site = server.site();
    let objects: Vec<_> = SPELLINGS
        .iter()
        .enumerate()
        .map(|(at, text)| product(&format!("p{at}")).field("introduced_at", *text))
        .collect();
    let many = objects.len() as u64;
    site.replace(objects).await.status(201);
    for text in SPELLINGS {
        assert_eq!(
            count(&site, &format!("introduced_at:{text}")).await,
            many,
            "{text}"
        );
        let range = format!("introduced_at:{text}|{text}");
        assert_eq!(count(&site, &range).await, many, "{range}");
    }
    assert_eq!(
        count(&site, "introduced_at:17.05.2019|18.05.2019").await,
        many
    );
    assert_eq!(
        count(&site, "introduced_at:20190517|2019-05-17 24:00").await,
        many
    );
    assert_eq!(count(&site, "introduced_at:|17/05/2019").await, 0);
    let returned = attributes(&site, "p10").await;
    assert_eq!(returned["introduced_at"], json!(["17.05.2019 21:12:35"]));

    // An update by query asks in any spelling too.
    let criteria = json!({"introduced_at": "17.05.2019 21:12:35"});
    let job = site
        .start_update(criteria, json!({"active_to": "28/11/2020"}))
        .await;
    assert_eq!(site.ended_job(job).await["updates_count"], json!(many));
}

#[tokio::test]
async fn a_schedule_may_have_the_day_first_at_the_top_and_among_the_fields() {
    let server = TestServer::start().await;
    let site = server.site();
    let past = [
        "28.11.2015",
        "28/11/2015",
        "20151128",
        "2015-11-28T10:00",
        "28.11.2015 10:00",
    ];
    for (at, date) in past.iter().enumerate() {
        let objects = [
            product(&format!("a{at}")).key("active_to", *date),
            product(&format!("b{at}")).field("active_to", *date),
            product(&format!("c{at}")).key("active_from", *date),
            product(&format!("d{at}")).field("active_from", *date),
        ];
        site.replace(objects).await.status(201);
        let patch = json!({"identity": format!("c{at}"), "active_from": date});
        site.patch([patch]).await.status(200);
    }
    assert_eq!(site.search("size=0").await.total(), 2 * past.len() as u64);
}

#[tokio::test]
async fn a_date_that_is_none_is_refused_with_the_forms_that_are() {
    let server = TestServer::start().await;
    let site = server.site();
    let words =
        "must be a date time, such as 2019-05-17T21:12:35+00:00, 2019-05-17 21:12:35 or 2019-05-17";
    for date in ["11/28/2026", "tomorrow", "2026-02-30", "28.11.26"] {
        let object = product("p").key("active_to", date);
        let answer = site.replace([object]).await.status(400).json();
        let cause = &answer["errors"]["p"]["caused_by"];
        assert_eq!(cause, &json!({"active_to": [words]}), "{date}");
        for name in ["active_from", "active_to", "introduced_at"] {
            let object = product("p").field(name, date);
            let answer = site.replace([object]).await.status(400).json();
            let reason = format!("failed to parse date field [{date}], {words}");
            assert_eq!(
                answer["errors"]["p"],
                json!({"type": "data_schema_mismatch",
                    "reason": format!("failed to parse [attributes.{name}]"),
                    "caused_by": {"type": "illegal_argument_exception", "reason": reason}})
            );
        }
    }
}

#[tokio::test]
async fn a_first_value_with_the_year_first_and_a_separator_makes_a_date() {
    let server = TestServer::start().await;
    let site = server.site();
    let dates = [
        ("a", "20190517T211235Z"),
        ("b", "20190517T211235+0000"),
        ("c", "2019-05-17T21:12"),
        ("d", "2019-05-17 21:12:35"),
        ("e", "2019-05-17T21:12:35,5"),
    ];
    let texts = [("t", "20190517"), ("u", "28.11.2026"), ("v", "28/11/2026")];
    let mut object = product("p");
    for (name, text) in dates.iter().chain(&texts) {
        object = object.field(name, *text);
    }
    site.replace([object]).await.status(201);
    for (name, _) in dates {
        assert_eq!(
            count(&site, &format!("{name}:2019-05-17|2019-05-18")).await,
            1,
            "{name}"
        );
        // Which takes what would not have made it one.
        let later = product("later").field(name, "20190517");
        site.replace([later]).await.status(201);
        assert_eq!(count(&site, &format!("{name}:20190517")).await, 1, "{name}");
    }
    for (name, text) in texts {
        assert_eq!(count(&site, &format!("{name}:{text}")).await, 1, "{name}");
        assert_eq!(
            count(&site, &format!("{name}:2019-05-17|2027-05-18")).await,
            0,
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_title_that_is_a_number_is_its_text() {
    let server = TestServer::start().await;
    let site = server.site();
    let category = json!({
        "identity": "c", "type": "category",
        "fields": {"title": 42, "ancestors": [
            {"identity": "top", "type": "category", "fields": {"title": 7}},
            {"title": 8.5, "type": "category", "url": "/flat"},
        ]},
    });
    let nameless = json!({"title": 911, "type": "brand"});
    let object = product("p")
        .field("title", 300)
        .nested(category)
        .nested(nameless);
    site.replace([object]).await.status(201);
    let returned = attributes(&site, "p").await;
    assert_eq!(returned["title"], "300");
    assert_eq!(returned["category"], json!(["7", "8.5", "42"]));
    assert_eq!(returned["brand"], json!(["911"]));
    for (identity, title) in [
        ("c", "42"),
        ("top", "7"),
        ("/flat", "8.5"),
        ("brand:911", "911"),
    ] {
        assert_eq!(
            attributes(&site, identity).await["title"],
            title,
            "{identity}"
        );
    }
    assert_eq!(count(&site, "title:300").await, 1);
    assert_eq!(count(&site, "all_categories_path:7||8.5").await, 1);

    let patch = json!({"identity": "p", "fields": {"title": 301}});
    site.patch([patch]).await.status(200);
    assert_eq!(attributes(&site, "p").await["title"], "301");
    let job = site
        .start_update(json!({"title": 301}), json!({"title": 302}))
        .await;
    assert_eq!(site.ended_job(job).await["updates_count"], 1);
    assert_eq!(attributes(&site, "p").await["title"], "302");

    for title in [json!(true), json!([300]), json!({"a": 1})] {
        let object = product("q").field("title", title.clone());
        let answer = site.replace([object]).await.status(400).json();
        let cause = &answer["errors"]["q"]["caused_by"];
        assert_eq!(cause, &json!({"title": ["must be a string"]}), "{title}");
    }
}

#[tokio::test]
async fn a_body_may_begin_with_a_byte_order_mark() {
    let server = TestServer::start().await;
    let site = server.site();
    let marked = |body: Value| format!("{BYTE_ORDER_MARK}{body}");
    let path = "/v1/content?wait_for=visible";
    let whole = json!({"identity": "p", "type": "product", "fields": {"title": "T", "x": "y"}});
    let answer = site
        .signed("POST", path, marked(json!({"objects": [whole]})))
        .await;
    assert_eq!(answer.status(201).json()["ok_count"], 1);
    let change = json!({"objects": [{"identity": "p", "fields": {"x": "z"}}]});
    site.signed("PATCH", path, marked(change)).await.status(200);
    let filters = json!({"filters": {"product": {"filter": "x:z"}}});
    let found = site.search_post("f[]=type:product", marked(filters)).await;
    assert_eq!(found.status(200).json()["results"]["total_hits"], 1);
    let update = json!({
        "search": {"types": ["product"], "partial": {"fields": {"x": "z"}}},
        "update": {"fields": {"x": "w"}},
    });
    let accepted = site
        .signed("PATCH", "/v1/update_by_query", marked(update))
        .await;
    accepted.status(200);
    let commit = "/v1/content/commit?type=none&generation=1";
    let committed = site.signed("POST", commit, marked(json!({}))).await;
    assert!(committed.status < 500, "{}", committed.text());
    let key = json!({"objects": [{"identity": "p", "type": "product"}]});
    site.signed("DELETE", path, marked(key)).await.status(200);

    // Within what was compressed, and nowhere else.
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    let body = marked(json!({"objects": []}));
    encoder
        .write_all(body.as_bytes())
        .expect("writing to memory");
    let packed = encoder.finish().expect("writing to memory");
    let mut headers: Vec<(&str, String)> = site.headers("POST", "/v1/content").to_vec();
    headers.push(("Content-Encoding", "gzip".to_owned()));
    let head: String = headers
        .iter()
        .flat_map(|(name, value)| [*name, ": ", value.as_str(), "\r\n"])
        .collect();
    let length = packed.len();
    let head = format!(
        "POST /v1/content HTTP/1.1\r\nhost: shop\r\n{head}content-length: {length}\r\n\r\n"
    );
    let mut connection = server.raw().await;
    let answer = connection
        .exchange([head.as_bytes(), &packed].concat())
        .await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let twice = format!("{BYTE_ORDER_MARK}{}", marked(json!({"objects": []})));
    site.signed("POST", path, twice).await.status(400);
    site.signed("POST", path, BYTE_ORDER_MARK).await.status(400);
}
