//! SIGHUP: another configuration for a running server, without a request that fails for it.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use serde_json::json;
use tempfile::TempDir;

use crate::support::{
    Figures, Launch, RawConnection, ServerProcess, SiteClient, ask, eventually, get, product,
};

/// A site in a file: id, keys, further settings.
type SiteLines<'a> = (&'a str, &'a [&'a str], &'a str);

/// A server that runs with a file, and the file.
struct WithFile {
    server: ServerProcess,
    file: PathBuf,
    _folder: TempDir,
}

impl WithFile {
    async fn start(settings: &str, sites: &[SiteLines<'_>]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("vetrina.toml");
        write(&file, settings, sites);
        let server = Launch::without_site(&folder.path().join("data"))
            .arg("--config")
            .arg(&file.to_string_lossy())
            .start();
        server.ready().await;
        Self {
            server,
            file,
            _folder: folder,
        }
    }

    fn reload(&self, settings: &str, sites: &[SiteLines<'_>]) {
        write(&self.file, settings, sites);
        self.server.reload();
    }

    fn site(&self, tracker_id: &str, key: &str) -> SiteClient {
        SiteClient::new(self.server.base(), tracker_id, key)
    }
}

fn write(file: &Path, settings: &str, sites: &[SiteLines<'_>]) {
    let mut text = format!("{settings}\n");
    for (tracker_id, keys, further) in sites {
        writeln!(
            text,
            "[[sites]]\ntracker_id = {tracker_id:?}\nprivate_keys = {keys:?}\n{further}"
        )
        .expect("writing to memory");
    }
    // Never half a file, as an editor would leave it.
    let new = file.with_extension("new");
    std::fs::write(&new, text).expect("a writable folder");
    std::fs::rename(new, file).expect("a writable folder");
}

/// Waits until a write of nothing is answered so.
async fn answers(site: &SiteClient, status: u16) {
    eventually("the reload", async || {
        let answer = site
            .signed("POST", "/v1/content", r#"{"objects":[]}"#)
            .await;
        (answer.status == status).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reloads_cost_no_request() {
    let first: SiteLines<'_> = ("1-1", &["a"], "");
    let with = WithFile::start("", &[first]).await;
    let is_over = Arc::new(AtomicBool::new(false));
    let served = Arc::new(AtomicUsize::new(0));
    let clients: Vec<_> = (0..4)
        .map(|client| {
            let site = with.site("1-1", "a");
            let (is_over, served) = (Arc::clone(&is_over), Arc::clone(&served));
            tokio::spawn(async move {
                let mut written = 0;
                while !is_over.load(Ordering::Relaxed) {
                    let object = product(&format!("{client}-{written}"));
                    let object: serde_json::Value = object.into();
                    let body = json!({ "objects": [object] }).to_string();
                    let answer = site.signed("POST", "/v1/content", body).await;
                    answer.status(201);
                    site.search_answer("q=1").await.status(200);
                    written += 1;
                    served.fetch_add(1, Ordering::Relaxed);
                }
                written
            })
        })
        .collect();

    let second: SiteLines<'_> = ("2-2", &["b"], "");
    let rotated: SiteLines<'_> = ("1-1", &["new", "a"], "content_per_minute = 1000000");
    let limits = "[limits]\nwrite_timeout_ms = 50000";
    for (settings, sites) in [
        ("", &[first, second][..]),
        (limits, &[rotated]),
        ("date_tolerance_s = 10", &[second, rotated]),
        ("", &[first]),
        ("nonsense = 1", &[]),
        ("[limits]\nconnections_max = 500", &[first, second]),
    ] {
        with.reload(settings, sites);
        let before = served.load(Ordering::Relaxed);
        eventually("requests after the reload", async || {
            (served.load(Ordering::Relaxed) >= before + 20).then_some(())
        })
        .await;
    }
    is_over.store(true, Ordering::Relaxed);
    let mut written = 0;
    for client in clients {
        written += client.await.expect("every request was served");
    }
    let site = with.site("1-1", "a");
    eventually("all that was written", async || {
        let found = site.search("size=0").await;
        (found.total() == written).then_some(())
    })
    .await;
    answers(&with.site("2-2", "b"), 201).await;

    let (status, log) = with.server.stop();
    assert!(status.success(), "{log}");
    for words in [
        "nonsense",
        "needs a restart",
        "limits.connections_max",
        "site removed",
    ] {
        assert!(log.contains(words), "{log}\n`{words}` is not in the log");
    }
}

#[tokio::test]
async fn keys_access_and_limits_change() {
    let with = WithFile::start("", &[("1-1", &["old"], "")]).await;
    let [old, new] = ["old", "new"].map(|key| with.site("1-1", key));
    answers(&old, 201).await;
    answers(&new, 401).await;
    with.reload("", &[("1-1", &["old", "new"], "")]);
    answers(&new, 201).await;
    answers(&old, 201).await;
    with.reload("", &[("1-1", &["new"], "")]);
    answers(&old, 401).await;
    with.reload("", &[("1-1", &["new"], "api_allowed = false")]);
    answers(&new, 403).await;
    with.reload("[limits]\nbody_bytes_max = 5", &[("1-1", &["new"], "")]);
    answers(&new, 413).await;
    with.reload("", &[("1-1", &["new"], "content_per_minute = 1")]);
    answers(&new, 429).await;
    with.reload("", &[("1-1", &["new"], "")]);
    answers(&new, 201).await;
}

#[tokio::test]
async fn sites_come_and_go_and_keep_what_they_hold() {
    let first: SiteLines<'_> = ("1-1", &["a"], "");
    let second: SiteLines<'_> = ("2-2", &["b"], "");
    let with = WithFile::start("", &[first]).await;
    let (stays, moves) = (with.site("1-1", "a"), with.site("2-2", "b"));
    stays.replace([product("here")]).await.status(201);
    moves.search_answer("").await.status(404);

    with.reload("", &[first, second]);
    answers(&moves, 201).await;
    moves.replace([product("there")]).await.status(201);
    let ready = format!("{}/health/ready", with.server.base());
    assert_eq!(get(&ready).await.json()["serving"], 2);

    for _ in 0..3 {
        with.reload("", &[first]);
        answers(&moves, 401).await;
        moves.search_answer("").await.status(404);
        assert_eq!(stays.search("").await.identities(), ["here"]);
        with.reload("", &[first, second]);
        answers(&moves, 201).await;
        assert_eq!(moves.search("").await.identities(), ["there"]);
    }
    with.reload("", &[first]);
    eventually("the end of the second site", async || {
        (get(&ready).await.json()["serving"] == 1).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_request_that_runs_when_its_site_is_removed_is_served() {
    let first: SiteLines<'_> = ("1-1", &["a"], "");
    let second: SiteLines<'_> = ("2-2", &["b"], "");
    let with = WithFile::start("", &[first, second]).await;
    let site = with.site("2-2", "b");
    let object: serde_json::Value = product("late").into();
    let body = json!({ "objects": [object] }).to_string();
    let signed = site.headers("POST", "/v1/content");
    let lines = signed.map(|(name, value)| format!("{name}: {value}\r\n"));
    let length = body.len();
    let head = format!(
        "POST /v1/content HTTP/1.1\r\nhost: test\r\nexpect: 100-continue\r\n\
         content-length: {length}\r\n{}\r\n",
        lines.concat()
    );
    let address = with.server.base().trim_start_matches("http://");
    let mut connection = RawConnection::open(address).await;
    assert_eq!(connection.exchange(head).await.status, 100);

    with.reload("", &[first]);
    answers(&site, 401).await;
    let answer = connection.exchange(body).await;
    assert_eq!(answer.status, 201, "{}", answer.text());

    with.reload("", &[first, second]);
    answers(&site, 201).await;
    eventually("what was acknowledged", async || {
        (site.search("").await.identities() == ["late"]).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_bad_file_changes_nothing_and_is_told() {
    let first: SiteLines<'_> = ("1-1", &["a"], "");
    let with = WithFile::start("", &[first]).await;
    let site = with.site("1-1", "a");
    // One after the other: signals that come together are one.
    let refused = async |times| {
        eventually("a refusal", async || {
            let log = with.server.log_so_far();
            (log.matches("the old one holds").count() == times).then_some(())
        })
        .await;
    };
    with.reload("date_tolerance_s = 0", &[("1-1", &["b"], "")]);
    refused(1).await;
    std::fs::remove_file(&with.file).expect("it was there");
    with.server.reload();
    refused(2).await;
    with.reload("", &[first, ("3-3", &["c"], "")]);
    answers(&with.site("3-3", "c"), 201).await;
    answers(&site, 201).await;
}

#[tokio::test]
async fn other_rules_hold_for_the_next_search() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let rules = folder.path().join("rules.toml");
    let hides = |identity: &str| {
        let text = format!("[[hides]]\nqueries = [\"sock\"]\nobjects = [{identity:?}]\n");
        std::fs::write(&rules, text).expect("a writable folder");
    };
    hides("a");
    let further = format!("rules_file = {:?}", rules.to_string_lossy());
    let site_lines: SiteLines<'_> = ("1-1", &["a"], &further);
    let with = WithFile::start("", &[site_lines]).await;
    let site = with.site("1-1", "a");
    site.replace(["a", "b"].map(|identity| product(identity).title("Sock")))
        .await
        .ok();
    assert_eq!(site.search("sock").await.identities(), ["b"]);
    hides("b");
    with.server.reload();
    eventually("the other rules", async || {
        (site.search("sock").await.identities() == ["a"]).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_language_holds_as_soon_as_it_can_and_no_search_fails_meanwhile() {
    let speaking = |language| format!("language = {language:?}");
    let (none, slovak) = (speaking("none"), speaking("sk"));
    let with = WithFile::start("", &[("1-1", &["a"], &none)]).await;
    let site = with.site("1-1", "a");
    let objects = (0..1_000).map(|n| product(&format!("p{n}")).title("Ponožky"));
    site.replace(objects).await.ok();
    with.reload("", &[("1-1", &["a"], &slovak)]);
    eventually("the other language", async || {
        assert_eq!(site.search("q=ponozky&size=0").await.total(), 1_000);
        (site.search("q=ponoziek&size=0").await.total() == 1_000).then_some(())
    })
    .await;
    // What is typed almost so was found before; the form is found exactly.
    assert_eq!(
        site.search("q=ponoziek&size=1").await.hits()[0]["exact"],
        true
    );
}

/// Nobody makes its index again while it is asleep, and nobody forgets to.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_language_of_a_site_that_is_asleep_holds_when_it_wakes_up() {
    let speaking = |language| format!("language = {language:?}");
    let (none, slovak) = (speaking("none"), speaking("sk"));
    let settings = "[storage]\nsleep_after_s = 1";
    let with = WithFile::start(settings, &[("1-1", &["a"], &none)]).await;
    let site = with.site("1-1", "a");
    site.replace([product("p").title("Ponožky")]).await.ok();
    let is_a_form = async |key| {
        let found = with.site("1-1", key).search("q=ponoziek&size=1").await;
        found.hits().first().is_some_and(|hit| hit["exact"] == true)
    };
    assert!(!is_a_form("a").await);
    let url = format!("{}/metrics", with.server.base());
    let awake = async || {
        let page = get(&url).await.status(200).text();
        Figures::read(&page).value("vetrina_sites_awake", &[]) as usize
    };
    let asleep = async || (awake().await == 0).then_some(());
    eventually("the site to fall asleep", asleep).await;
    with.reload(settings, &[("1-1", &["b"], &slovak)]);
    answers(&with.site("1-1", "a"), 401).await;
    eventually("the other language", async || {
        is_a_form("b").await.then_some(())
    })
    .await;
}

/// Counters go on, figures of a site come and go with it, and the token is the new one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn figures_follow_the_configuration() {
    let (first, second): (SiteLines<'_>, SiteLines<'_>) =
        (("1-1", &["a"], ""), ("2-2", &["b"], ""));
    let with = WithFile::start("", &[first, second]).await;
    with.site("1-1", "a").replace([product("p")]).await.ok();
    let url = format!("{}/metrics", with.server.base());
    let page = Figures::read(&get(&url).await.status(200).text());
    assert_eq!(page.find("vetrina_site_up", &[("site", "2-2")]), Some(1.0));

    with.reload("[admin]\ntoken = \"the-token\"", &[first]);
    eventually("the token to be asked for", async || {
        (get(&url).await.status == 401).then_some(())
    })
    .await;
    let token = [("Authorization", "Bearer the-token")];
    let page = eventually("the removed site to be gone", async || {
        let page = ask("GET", &url, &token).await.status(200).text();
        let page = Figures::read(&page);
        let sites = page.value("vetrina_sites", &[]);
        (sites < 2.0).then_some(page)
    })
    .await;
    assert_eq!(page.find("vetrina_site_up", &[("site", "1-1")]), Some(1.0));
    assert_eq!(page.find("vetrina_site_up", &[("site", "2-2")]), None);
    let accepted = [
        ("api", "content"),
        ("operation", "replace"),
        ("outcome", "accepted"),
    ];
    assert_eq!(page.find("vetrina_objects_total", &accepted), Some(1.0));
}
