//! The doors of a shop's pages beside its search (docs/reference/06-autocomplete-and-others.md): suggestions, values of
//! facets, popular things, recommendations. What is hidden finds there, too, and is in none of their answers.

use serde_json::{Value, json};

use super::canaries::MARK;
use super::everywhere::{Secrets, encoded};
use crate::support::{Chance, TRACKER_ID, TestServer, ask_with};

const TYPES: &str = "product:9,variant:9,category:9,brand:9,query:9";

pub(super) async fn asks_shop_front(server: &TestServer, secrets: &Secrets, chance: &mut Chance) {
    visit(server).await;
    let all = secrets.paths.join(",");
    let queries = secrets.queries(chance);
    let mut beginnings: Vec<String> = Vec::new();
    for query in &queries {
        let letters = chance.below(query.len() as u64 + 1) as usize;
        beginnings.push(query[..letters].to_owned());
    }
    for typed in queries.iter().chain(&beginnings) {
        for more in [String::new(), format!("&hit_fields=nested,special,{all}")] {
            let path = format!(
                "/autocomplete/v2?tracker_id={TRACKER_ID}&type={TYPES}&q={}{more}",
                encoded(typed)
            );
            secrets.kept_by(&path, typed, &server.get(&path).await);
        }
        let path = format!(
            "/v1/facet_value?tracker_id={TRACKER_ID}&facets=special.material&facet_q={0}&q={0}",
            encoded(typed)
        );
        secrets.kept_by(&path, typed, &server.get(&path).await);
    }
    let mut asked = vec![
        format!("/v1/top_items?type={TYPES}&hit_fields=nested,special,{all}"),
        format!("/v1/top_items?type={TYPES}"),
        format!("/v1/personalized_top_items?type={TYPES}&user_id=c1"),
        "/v2/trending_queries?x=1".to_owned(),
    ];
    for path in &secrets.paths {
        asked.extend([
            format!("/v1/facet_value?facets={path}&facet_q="),
            format!("/autocomplete/v2?q=lantern&type=product:9&sort_product={path}:desc"),
        ]);
    }
    for (path, word) in secrets.filters.iter().take(8) {
        for kind in ["f_product[]", "f_must_product[]", "neg_f_product[]"] {
            asked.extend([
                format!("/autocomplete/v2?q=lantern&type=product:9&{kind}={path}:{word}"),
                format!("/v1/top_items?type=product:9&{kind}={path}:{word}"),
            ]);
        }
        asked.push(format!(
            "/v1/facet_value?facets={path}&facet_q={}",
            &word[..3]
        ));
    }
    for path in asked {
        let path = path.replacen('?', &format!("?tracker_id={TRACKER_ID}&"), 1);
        secrets.kept_by(&path, "", &server.get(&path).await);
    }
    recommendations(server, secrets).await;
    is_found_by_what_is_hidden(server, secrets).await;
}

/// Visitors who search and click, so that there is something to tell.
async fn visit(server: &TestServer) {
    let mut events = Vec::new();
    for client in ["c1", "c2", "c3"] {
        let envelope = |id: &str| {
            let id = format!("{client}-{id}");
            json!({"id": id, "tracker_id": TRACKER_ID, "client_id": client})
        };
        let mut search = envelope("search");
        search["type"] = json!("event");
        let items = json!([{"title": "L", "type": "product", "url": "p0", "position": 1}]);
        search["lists"] =
            json!({"Search Results": {"items": items, "query": {"string": "lantern"}}});
        let mut click = envelope("click");
        click["type"] = json!("click");
        click["action"] = json!({"type": "click", "resource_identifier": "p0"});
        events.extend([search, click]);
    }
    let url = format!("{}/v1/events", server.base());
    ask_with("POST", &url, &[], json!(events).to_string())
        .await
        .status(204);
}

async fn recommendations(server: &TestServer, secrets: &Secrets) {
    let url = format!("{}/v1/recommend?tracker_id={TRACKER_ID}", server.base());
    for model in [
        "trends",
        "item_detail_alternatives",
        "last_seen",
        "news",
        "top_categories",
        "user_click_based",
        "random",
    ] {
        let of = |keys: Value| {
            let mut asked = json!({"recommendation_type": model, "user_id": "c1", "item_ids": ["p1"], "size": 50});
            let own = asked.as_object_mut().expect("a map");
            own.extend(keys.as_object().expect("a map").clone());
            json!([asked])
        };
        let mut asked = vec![of(json!({})), of(json!({"hit_fields": secrets.paths}))];
        for (path, word) in secrets.filters.iter().take(4) {
            asked.push(of(json!({"recommendation_context": {path.as_str(): word}})));
            asked.push(of(
                json!({"settings_override": {"availability_field": path}}),
            ));
        }
        for body in asked {
            let answer = ask_with("POST", &url, &[], body.to_string()).await;
            secrets.kept_by(&format!("{url} {body}"), "", &answer);
        }
    }
}

/// Else there would be nothing to keep.
async fn is_found_by_what_is_hidden(server: &TestServer, secrets: &Secrets) {
    let mut own = secrets.filters.iter();
    let own = own.find(|(path, _)| path.starts_with(MARK));
    let (path, word) = own.expect("a hidden attribute of a product");
    for asked in [
        format!("/autocomplete/v2?type=product:9,variant:9&q={word}"),
        format!("/v1/top_items?type=product:9,variant:9&f_product[]={path}:{word}"),
    ] {
        let asked = asked.replacen('?', &format!("?tracker_id={TRACKER_ID}&"), 1);
        let answer = server.get(&asked).await.status(200).json();
        assert_ne!(answer["hits"], json!([]), "{asked}");
    }
}
