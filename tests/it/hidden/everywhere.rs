//! The guard: whatever is asked, of whatever API, no answer has a value that is hidden, or a hidden name.

use serde_json::{Value, json};

use super::canaries::{Canaries, MARK, MEANINGFUL, misspelled};
use super::shop_front::asks_shop_front;
use super::without_echoes;
use crate::support::{Answer, Chance, TRACKER_ID, TestServer};
use crate::swiftype::{Client, ENGINE, KEY};

/// Everything hidden, and how it is called.
pub(super) struct Secrets {
    texts: Vec<String>,
    words: Vec<String>,
    pub(super) filters: Vec<(String, String)>,
    pub(super) paths: Vec<String>,
}

impl Secrets {
    /// Fails where an answer has any of it.
    #[track_caller]
    pub(super) fn kept_by(&self, asked: &str, typed: &str, answer: &Answer) {
        assert!(answer.status < 500, "{asked}: {}", answer.text());
        let body: Option<Value> = serde_json::from_slice(&answer.body).ok();
        let text = body.map_or_else(
            || answer.text(),
            |body| without_echoes(&body, typed).to_string(),
        );
        let text = text.to_lowercase();
        let names = MEANINGFUL.iter().copied().chain([MARK]);
        for secret in names.chain(self.texts.iter().map(String::as_str)) {
            assert!(
                !text.contains(secret),
                "{secret} in the answer to {asked}: {text}"
            );
        }
    }

    /// Texts to search for: what is hidden, what is almost that, and beginnings of it.
    pub(super) fn queries(&self, chance: &mut Chance) -> Vec<String> {
        let mut queries = vec![String::new(), "lantern".to_owned(), "lantrn".to_owned()];
        for _ in 0..6 {
            let word = &self.words[chance.below(self.words.len() as u64) as usize];
            queries.extend([
                word.clone(),
                misspelled(word),
                word[..8].to_owned(),
                format!("lantern{word}"),
                format!("{word}lantern"),
                format!("lantern {}", misspelled(word)),
                format!("{} {}", &word[..6], &word[6..]),
            ]);
        }
        queries
    }
}

pub(super) fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// A server with all APIs; the site as it is set.
async fn server(variants: &str, form: &str) -> TestServer {
    let mut builder = TestServer::builder()
        .set("swiftype.api_keys", format!("[{KEY:?}]"))
        .set("swiftype.engines", format!("[{ENGINE:?}]"))
        .set_for_site("variants", format!("{variants:?}"))
        .set_for_site("attributes_form", format!("{form:?}"));
    if cfg!(feature = "postgres") {
        // Its database is away: what is searched came another way.
        let source = format!(
            "[product_sync]\nadmin_tokens = [\"a\"]\nuser_tokens = [\"u\"]\n\
             [[product_sync.sources]]\nname = \"items\"\ndsn = \"env:SHOP_DSN\"\n\
             tracker = {TRACKER_ID:?}\ntype = \"product\"\nquery = \"select 1 as key\"\n"
        );
        builder = builder.sections(&source).variable(
            "SHOP_DSN",
            "postgres://nobody@127.0.0.1:1/none?connect_timeout=1",
        );
    }
    builder.start().await
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_hidden_is_in_any_answer() {
    for (variants, form) in [
        ("inside", "arrays"),
        ("separate", "as_sent"),
        ("best", "arrays"),
    ] {
        let mut chance = Chance::new();
        println!("{variants}: {chance:?}");
        let server = server(variants, form).await;
        let client = Client::of(&server);
        client.make_type("tales").await;
        let mut canaries = Canaries::new(&mut chance);
        let products: Vec<Value> = (0..4).map(|n| canaries.product(&format!("p{n}"))).collect();
        let tales: Vec<Value> = (0..2).map(|n| canaries.document(&format!("{n}"))).collect();
        let secrets = Secrets {
            texts: std::mem::take(&mut canaries.texts),
            words: std::mem::take(&mut canaries.words),
            filters: std::mem::take(&mut canaries.filters),
            paths: std::mem::take(&mut canaries.paths),
        };
        server.site().replace(products).await.ok();
        let batch =
            format!("/engines/{ENGINE}/document_types/tales/documents/async_bulk_create_or_update");
        let receipts = client
            .post(&batch, json!({"documents": tales}))
            .await
            .status(202)
            .json();
        client.settled(&receipts["document_receipts"]).await;

        finds_by_what_is_hidden(&server, &secrets).await;
        asks_luigisbox(&server, &secrets, &mut chance).await;
        asks_shop_front(&server, &secrets, &mut chance).await;
        asks_swiftype(&server, &client, &secrets, &mut chance).await;
        asks_luxmart(&server, &secrets, &mut chance).await;
    }
}

/// Else there would be nothing to keep.
async fn finds_by_what_is_hidden(server: &TestServer, secrets: &Secrets) {
    let site = server.site();
    let tops = secrets
        .filters
        .iter()
        .filter(|(path, _)| path.starts_with(MARK));
    for (path, word) in tops.chain(
        secrets
            .filters
            .iter()
            .filter(|(path, _)| path.starts_with("parts.")),
    ) {
        assert!(
            site.search(&format!("q={word}")).await.total() > 0,
            "{word}"
        );
        let filtered = site.search(&format!("f[]={path}:{word}")).await;
        assert!(filtered.total() > 0, "{path}:{word}");
    }
    let copy = site
        .signed("GET", "/v1/content_export?form=import&size=500", "")
        .await;
    let copy = copy.status(200).text().to_lowercase();
    let own = |path: &str| path.starts_with(MARK);
    assert!(secrets.paths.iter().filter(|path| own(path)).count() > 3);
    for (_, word) in &secrets.filters {
        assert!(copy.contains(word), "{word} in a complete copy");
    }
}

async fn asks_luigisbox(server: &TestServer, secrets: &Secrets, chance: &mut Chance) {
    let site = server.site();
    let all: Vec<String> = secrets
        .paths
        .iter()
        .chain(&MEANINGFUL.map(str::to_owned))
        .cloned()
        .collect();
    let with_facets = all
        .chunks(50)
        .map(|some| format!("facets={}", some.join(",")));
    let mut asked: Vec<String> = with_facets.collect();
    asked.extend([
        "dynamic_facets_size=50:1000".to_owned(),
        "facets=bool_tags,color_main,color_main_code,special,special.material,brand,category"
            .to_owned(),
        format!(
            "hit_fields=nested,special,parts,ancestors,color_main,bool_tags,{}",
            all.join(",")
        ),
        "non_collapsed_variants=true".to_owned(),
        "quicksearch_types=category,brand,variant,product".to_owned(),
        "remove_fields=title".to_owned(),
        "context[freshness_field]=_hid_top_Date&context[boost_field]=_hid_top_Number".to_owned(),
        "context[availability_field]=_hid_top_Number".to_owned(),
    ]);
    asked.extend(["product", "variant", "category", "brand"].map(|of| format!("f[]=type:{of}")));
    for path in &all {
        asked.push(format!("sort={path}:desc"));
    }
    for (path, word) in secrets.filters.iter().take(8) {
        asked.extend(["f[]", "f_must[]", "neg_f[]", "prefer[]"].map(|kind| {
            format!("{kind}={path}:{word}&facets={path}:5,{path}&dynamic_facets_size=9")
        }));
    }
    let queries = secrets.queries(chance);
    for query in &queries {
        asked.push(format!("q={}&dynamic_facets_size=50", encoded(query)));
    }
    for parameters in &asked {
        let typed = parameters.strip_prefix("q=").unwrap_or_default();
        let typed = typed
            .split('&')
            .next()
            .unwrap_or_default()
            .replace('+', " ");
        for more in ["", "&explain=true&size=100"] {
            let parameters = format!("{parameters}{more}");
            secrets.kept_by(&parameters, &typed, &site.search_answer(&parameters).await);
        }
    }
    let (path, word) = &secrets.filters[0];
    let body = json!({"filters": {"product": {"or": [{"filter": format!("{path}:{word}")}, {"filter": "title:x"}]}}});
    let answer = site
        .search_post(&format!("facets={path}&explain=1"), body.to_string())
        .await;
    secrets.kept_by("a tree of filters", "", &answer);
    for query in ["", &format!("&hit_fields=nested,special,{}", all.join(","))] {
        let path = format!("/v1/content_export?size=500{query}");
        secrets.kept_by(&path, "", &site.signed("GET", &path, "").await);
    }
}

async fn asks_swiftype(
    server: &TestServer,
    client: &Client,
    secrets: &Secrets,
    chance: &mut Chance,
) {
    let queries = secrets.queries(chance);
    for (engine, of) in [
        (TRACKER_ID, "product"),
        (TRACKER_ID, "variant"),
        (TRACKER_ID, "category"),
        (TRACKER_ID, "brand"),
        (ENGINE, "tales"),
    ] {
        let base = format!("/engines/{engine}/document_types/{of}");
        for path in [
            base.clone(),
            format!("{base}/documents"),
            format!("/engines/{engine}/document_types"),
            format!("/engines/{engine}"),
        ] {
            secrets.kept_by(&path, "", &client.get(&path).await);
        }
        let names: Vec<&str> = secrets
            .paths
            .iter()
            .map(String::as_str)
            .chain(MEANINGFUL)
            .collect();
        let each = |how: Value| {
            let pairs = names.iter().map(|name| ((*name).to_owned(), how.clone()));
            Value::Object(pairs.collect())
        };
        let mut fetched = names.clone();
        fetched.extend(["title", "special", "parts", "color_main"]);
        let mut options = vec![
            json!({}),
            json!({"facets": {of: names}}),
            json!({"fetch_fields": {of: fetched}}),
            json!({"highlight_fields": {of: each(json!({"size": 100, "fallback": true}))}}),
            json!({"functional_boosts": {of: each(json!("linear"))}}),
            json!({"search_fields": {of: names}}),
        ];
        options.extend(
            names
                .iter()
                .take(10)
                .map(|name| json!({"sort_field": {of: name}})),
        );
        let more = secrets.filters.iter().take(4);
        options.extend(
            more.map(|(path, word)| json!({"filters": {of: {path: word}}, "facets": {of: [path]}})),
        );
        for (at, query) in queries.iter().enumerate() {
            for spelling in ["strict", "always", "retry"] {
                let mut asked = options[at % options.len()].clone();
                asked["q"] = query.as_str().into();
                asked["spelling"] = spelling.into();
                for call in ["search", "suggest"] {
                    let path = format!("{base}/{call}");
                    let answer = client.post(&path, asked.clone()).await;
                    secrets.kept_by(&format!("{path} {asked}"), query, &answer);
                }
            }
        }
        for asked in options {
            let path = format!("{base}/search");
            let answer = client.post(&path, asked.clone()).await;
            secrets.kept_by(&format!("{path} {asked}"), "", &answer);
        }
    }
    let engine = client.get(&format!("/engines/{ENGINE}")).await.json();
    let key = engine["key"].as_str().expect("a key");
    for call in ["search", "suggest"] {
        let path =
            format!("/api/v1/public/engines/{call}?engine_key={key}&q=lantern&spelling=always");
        secrets.kept_by(&path, "lantern", &server.get(&path).await);
    }
}

async fn asks_luxmart(server: &TestServer, secrets: &Secrets, chance: &mut Chance) {
    if !cfg!(feature = "postgres") {
        return;
    }
    let all = server.get("/v1/products/search/").await.status(200).json();
    assert!(all["count"].as_u64() > Some(0), "{all}");
    for query in secrets.queries(chance) {
        let path = format!("/v1/products/search/?size=100&q={}", encoded(&query));
        secrets.kept_by(&path, &query, &server.get(&path).await);
    }
}
