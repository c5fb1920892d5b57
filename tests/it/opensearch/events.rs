//! Events that come to several servers before one cluster.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::visitors::{bought, click, event, search, send_until_killed, urls};
use crate::support::{
    PATIENCE, SearchCluster, ServerProcess, SiteClient, TRACKER_ID, ask_with, eventually, get,
};

async fn send(base: &str, events: &Value) -> u16 {
    let json = [("Content-Type", "application/json")];
    let url = format!("{base}/v1/events");
    ask_with("POST", &url, &json, events.to_string())
        .await
        .status
}

async fn shown(server: &ServerProcess, path: &str) -> String {
    let answer = get(&format!("{}{path}", server.base())).await.status(200);
    urls(&answer.json())
}

async fn top(server: &ServerProcess) -> String {
    let path = format!("/v1/top_items?tracker_id={TRACKER_ID}&type=item:5");
    shown(server, &path).await
}

async fn suggested(server: &ServerProcess) -> String {
    let path = format!("/autocomplete/v2?tracker_id={TRACKER_ID}&q=wo&type=query:5");
    shown(server, &path).await
}

async fn personal(server: &ServerProcess, user: &str) -> String {
    let path =
        format!("/v1/personalized_top_items?tracker_id={TRACKER_ID}&user_id={user}&type=query:5");
    shown(server, &path).await
}

async fn trending(server: &ServerProcess) -> Value {
    let path = format!("/v2/trending_queries?tracker_id={TRACKER_ID}");
    { get(&format!("{}{path}", server.base())).await }
        .status(200)
        .json()
}

async fn bought_with(server: &ServerProcess, item: &str) -> String {
    let url = format!("{}/v1/recommend?tracker_id={TRACKER_ID}", server.base());
    let asked = json!([{
        "recommendation_type": "basket", "item_ids": [item], "mark_fallback_results": true,
    }]);
    let json = [("Content-Type", "application/json;charset=utf-8")];
    let answer = ask_with("POST", &url, &json, asked.to_string()).await;
    let answer = answer.status(200).json();
    let hits = answer[0]["hits"].as_array().cloned().unwrap_or_default();
    let own = hits.iter().filter(|hit| hit["fallback"] != true);
    own.filter_map(|hit| hit["url"].as_str().map(str::to_owned))
        .collect::<Vec<_>>()
        .join(" ")
}

async fn order(site: &SiteClient) -> String {
    { site.search("q=hat&f[]=type:item").await }
        .identities()
        .join(" ")
}

async fn figure(server: &ServerProcess, result: &str) -> usize {
    let page = get(&format!("{}/metrics", server.base())).await.text();
    let is_it = |line: &&str| {
        line.starts_with("vetrina_events_total") && line.contains(&format!("\"{result}\""))
    };
    let line = page.lines().find(is_it);
    let figure = line.and_then(|line| line.rsplit(' ').next()?.parse().ok());
    figure.unwrap_or(0)
}

async fn until<F: AsyncFn() -> String>(what: &str, expected: &str, ask: F) {
    let began = Instant::now();
    let mut told = ask().await;
    while told != expected && began.elapsed() < PATIENCE {
        tokio::time::sleep(Duration::from_millis(50)).await;
        told = ask().await;
    }
    assert_eq!(told, expected, "{what}");
}

fn hat(identity: &str) -> Value {
    let fields = json!({"title": "Wool hat", "availability": 1});
    json!({"identity": identity, "type": "item", "fields": fields})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_visitors_do_on_one_server_is_known_to_the_other() {
    let Some(cluster) = SearchCluster::new() else {
        return;
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    // Of one folder: each finds a place of its own in it.
    let servers = [0, 1].map(|_| cluster.launch(folder.path()).start());
    for server in &servers {
        server.ready().await;
    }
    let site = servers[0].site();
    let hats = ["h1", "h2", "h3", "h4"].map(hat);
    site.replace(hats).await.ok();
    until("the hats", "h1 h2 h3 h4", async || order(&site).await).await;
    for (number, client) in ["c1", "c2"].into_iter().enumerate() {
        let searched = (0..8).map(|at| {
            let id = format!("{client}-s{at}");
            event(&id, client, search("wool hat", &["h3", "h2"]))
        });
        let mut events: Vec<Value> = searched.collect();
        let clicks = (0..20).map(|at| event(format!("{client}-{at}"), client, click("h3")));
        events.extend(clicks);
        assert_eq!(send(servers[number].base(), &json!(events)).await, 204);
    }
    // Of two clients, so it may be shown: what the one looked for last, and less popular than the other.
    let felt =
        ["c1", "c3"].map(|client| event(format!("{client}-f"), client, search("felt", &["h3"])));
    assert_eq!(send(servers[0].base(), &json!(felt)).await, 204);
    let baskets = (0..12).map(|at| {
        let items = if at % 2 == 0 {
            &["h1", "h2"][..]
        } else {
            &["h4"]
        };
        event(format!("t{at}"), &format!("b{at}"), bought(items))
    });
    let baskets: Vec<Value> = baskets.collect();
    assert_eq!(send(servers[1].base(), &json!(baskets)).await, 204);
    for server in &servers {
        until("top items", "h1 h2 h4 h3", async || top(server).await).await;
        until("suggestions", "wool hat", async || suggested(server).await).await;
        until("queries of a client", "felt wool hat", async || {
            personal(server, "c1").await
        })
        .await;
        assert!(trending(server).await.to_string().contains("wool hat"));
        let of_query = async || {
            { server.site().search("q=wool+hat&f[]=type:item").await }
                .identities()
                .join(" ")
        };
        until("the order", "h3 h1 h2 h4", of_query).await;
        until("companions", "h2", async || bought_with(server, "h1").await).await;
    }
    let path = "/v1/events/clients/c1";
    let forgotten = servers[0].site().signed("DELETE", path, Vec::new()).await;
    assert_eq!(forgotten.status / 100, 2);
    for server in &servers {
        // What is left is what everybody is shown.
        until("nothing of the client", "wool hat felt", async || {
            personal(server, "c1").await
        })
        .await;
        assert_eq!(personal(server, "c2").await, "wool hat");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_killed_server_took_of_events_is_counted_once_wherever_it_is_sent_again() {
    let Some(cluster) = SearchCluster::new() else {
        return;
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let heir = cluster.launch(folder.path()).start();
    heir.ready().await;
    heir.site().replace([hat("p1")]).await.ok();
    let dies = cluster.launch(folder.path()).start();
    dies.ready().await;
    let senders = [0, 1, 2].map(|sender| {
        let base = if sender == 2 {
            heir.base()
        } else {
            dies.base()
        };
        let (client, ids) = (format!("c{sender}"), sender.to_string());
        tokio::spawn(send_until_killed(base.to_owned(), client, ids))
    });
    eventually("some that it took", async || {
        (figure(&dies, "counted").await >= 20).then_some(())
    })
    .await;
    dies.kill();
    let [first, second, third] = senders;
    let killed = [first.await.expect("sent"), second.await.expect("sent")];
    third.abort();
    let taken: Vec<&Value> = killed.iter().flat_map(|(taken, _)| taken).collect();
    assert!(!taken.is_empty());
    // It begins on what it left in its folder.
    let again = cluster.launch(folder.path()).start();
    again.ready().await;
    for (at, event) in taken.iter().enumerate() {
        let server = if at % 2 == 0 { &again } else { &heir };
        assert_eq!(send(server.base(), event).await, 204);
    }
    let repeated = figure(&again, "repeated").await + figure(&heir, "repeated").await;
    assert_eq!(repeated, taken.len(), "nothing of it was lost");
    // What nobody was told of is counted once, whether it was already or not.
    for server in [&again, &heir] {
        for (_, in_doubt) in &killed {
            assert_eq!(send(server.base(), in_doubt).await, 204);
        }
    }
    let repeated = figure(&again, "repeated").await + figure(&heir, "repeated").await;
    assert!(repeated >= taken.len() + 2, "{repeated}");
    assert!(repeated <= taken.len() + 4, "{repeated}");
}
