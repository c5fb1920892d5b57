//! What the configuration lets the pages do: nothing that it does not list, nothing without the form of a page of theirs,
//! and what they delete is in the audit log.

use serde_json::json;

use super::access::{FORM, form_key};
use super::{link, read};
use crate::support::{Answer, Launch, TestServer, ask_with, eventually, product};

const ACT: &str = "/browse/sites/1234-5678/act";

/// A page behind the root of its server.
async fn get(base: &str, path: &str) -> Answer {
    crate::support::get(&format!("{base}{path}")).await
}

async fn post(base: &str, form: &str, headers: &[(&str, &str)]) -> Answer {
    let headers: Vec<_> = headers.iter().copied().chain([FORM]).collect();
    ask_with("POST", &format!("{base}{ACT}"), &headers, form).await
}

/// The form of a page, as a browser sends it.
fn form_of(page: &Answer) -> String {
    let html = page.text();
    let (_, form) = html
        .split_once("class=\"stack confirm\"")
        .unwrap_or_else(|| panic!("no form in {html}"));
    let (form, _) = form.split_once("</form>").expect("it ends");
    let mut fields = form_urlencoded::Serializer::new(String::new());
    for input in form.split("<input type=\"hidden\" name=\"").skip(1) {
        let (name, rest) = input.split_once('"').expect("a name");
        let (_, rest) = rest.split_once("value=\"").expect("a value");
        let (value, _) = rest.split_once('"').expect("it ends");
        let value = value.replace("&#34;", "\"").replace("&#60;", "<");
        let value = value.replace("&#62;", ">").replace("&#39;", "'");
        fields.append_pair(name, &value.replace("&#38;", "&"));
    }
    fields.finish()
}

async fn with(actions: &str) -> TestServer {
    let builder = TestServer::builder().sections(&format!("[browse]\nactions = {actions}\n"));
    builder.start().await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_configuration_does_not_list_is_neither_offered_nor_done() {
    let server = with("[\"rebuild\"]").await;
    let site = server.site();
    site.replace([product("p1").generation("X"), product("p2").generation("Y")])
        .await
        .ok();
    let pages = [
        ("object?identity=p1", "Delete it"),
        ("commit?type=product&generation=X", "Commit this"),
    ];
    for (page, words) in pages {
        let page = server.get(&format!("/browse/sites/1234-5678/{page}")).await;
        assert!(!read(&page.status(200)).contains(words), "{words}");
    }
    let key = form_key(&server.get("/browse/sites/1234-5678/act?do=rebuild").await);
    for asked in [
        "do=delete&identity=p1",
        "do=commit&type=product&generation=X&leaving=1",
        "do=sync&source=items",
    ] {
        let page = server.get(&format!("{ACT}?{asked}")).await.status(403);
        assert!(read(&page).contains("does not list this"), "{asked}");
        let form = format!("{asked}&form_key={key}");
        post(&server.base(), &form, &[]).await.status(403);
    }
    for asked in [
        "",
        "do=drop",
        "do=delete",
        "do=commit&type=product",
        "do=rebuild&do=sync",
    ] {
        let page = server.get(&format!("{ACT}?{asked}")).await;
        assert!(
            [400, 403].contains(&page.status),
            "{asked}: {}",
            page.status
        );
    }
    assert_eq!(site.search("").await.total(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_form_of_the_page_on_this_machine_does_anything() {
    let server = with("[\"delete\"]").await;
    let site = server.site();
    site.replace([product("p1")]).await.ok();
    let page = server
        .get("/browse/sites/1234-5678/object?identity=p1")
        .await;
    let ask = server.get(&link(&page, "Delete it…")).await.status(200);
    assert!(read(&ask).contains("is deleted from the catalog at once"));
    let form = form_of(&ask);
    let without_key: String = form
        .split('&')
        .filter(|field| !field.starts_with("form_key="))
        .collect::<Vec<_>>()
        .join("&");
    let base = server.base();
    let own = [("Sec-Fetch-Site", "same-origin")];
    for (form, headers) in [
        (without_key.clone(), &own[..]),
        (format!("{without_key}&form_key=guessed"), &own[..]),
        (form.clone(), &[("Sec-Fetch-Site", "cross-site")][..]),
        (form.clone(), &[("Sec-Fetch-Site", "same-site")][..]),
        (form.clone(), &[("Origin", "http://evil.example")][..]),
        (form.clone(), &[("Origin", "null")][..]),
        // A name of elsewhere that was made to lead here, and somebody behind a proxy.
        (form.clone(), &[("Host", "rebound.example")][..]),
        (form.clone(), &[("X-Forwarded-For", "192.0.2.1")][..]),
    ] {
        post(&base, &form, headers).await.status(403);
    }
    // Looking does nothing, and no address does anything.
    let asked = format!("{ACT}?{form}");
    server.get(&asked).await.status(200);
    assert_eq!(site.search("").await.total(), 1);
    let done = post(&base, &form, &own).await.status(200);
    assert!(read(&done).contains("“p1” is deleted."), "{}", read(&done));
    assert_eq!(site.search("").await.total(), 0);
    post(&base, &form, &own).await.status(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_token_a_session_and_its_own_form_are_needed() {
    let token = "a-token-of-some-length";
    let server = TestServer::builder()
        .sections(&format!(
            "[admin]\ntoken = {token:?}\n[browse]\nactions = [\"delete\"]\n"
        ))
        .start()
        .await;
    let site = server.site();
    site.replace([product("p1")]).await.ok();
    let log_in = async || {
        let url = format!("{}/browse/login", server.base());
        let answer = ask_with("POST", &url, &[FORM], format!("token={token}")).await;
        let set = answer.header("set-cookie").expect("a cookie").to_owned();
        set.split(';').next().expect("a value").to_owned()
    };
    let (own, other) = (log_in().await, log_in().await);
    let asked = format!("{ACT}?do=delete&identity=p1");
    server.get(&asked).await.status(303);
    let page = server
        .ask("GET", &asked, &[("Cookie", &own)])
        .await
        .status(200);
    let form = form_of(&page);
    let base = server.base();
    post(&base, &form, &[]).await.status(303);
    post(&base, &form, &[("Cookie", &other)]).await.status(403);
    assert_eq!(site.search("").await.total(), 1);
    post(&base, &form, &[("Cookie", &own)]).await.status(200);
    assert_eq!(site.search("").await.total(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_is_the_one_that_was_looked_at_and_the_guard_holds() {
    let server = TestServer::builder()
        .set_for_site("commit_guard_percent", 50)
        .set_for_site("commit_keeps_refused", "true")
        .sections("[browse]\nactions = [\"commit\"]\n")
        .start()
        .await;
    let (base, site) = (server.base(), server.site());
    let of = |identity: &str, generation: &str| product(identity).generation(generation);
    site.replace([of("new", "Y"), of("a", "X"), of("b", "X"), of("kept", "X")])
        .await
        .ok();
    let refused =
        json!({"identity": "kept", "type": "product", "generation": "Y", "fields": {"title": ""}});
    site.replace([refused]).await.status(400);
    let page = server
        .get("/browse/sites/1234-5678/commit?type=product&generation=Y")
        .await;
    assert!(
        read(&page).contains("Objects whose newest upload"),
        "{}",
        read(&page)
    );
    let ask = server
        .get(&link(&page, "Commit this generation…"))
        .await
        .status(200);
    let words = read(&ask);
    assert!(words.contains("2 objects of type “product”"), "{words}");
    assert!(!words.contains("Delete them although"), "{words}");
    let form = form_of(&ask);
    // Somebody sends more before the form is sent.
    site.replace([of("c", "X")]).await.ok();
    let again = post(&base, &form, &[]).await.status(200);
    let words = read(&again);
    assert!(
        words.contains("Something has changed since you looked"),
        "{words}"
    );
    assert!(
        words.contains("3 objects") && words.contains("Delete them although"),
        "{words}"
    );
    let form = form_of(&again);
    let words = read(&post(&base, &form, &[]).await.status(200));
    assert!(words.contains("Delete them although"), "{words}");
    assert_eq!(site.search("").await.total(), 5);
    let done = post(&base, &format!("{form}&force=1"), &[])
        .await
        .status(200);
    let words = read(&done);
    assert!(
        words.contains("Objects deleted: 3. Kept, as their upload was refused: 1."),
        "{words}"
    );
    assert_eq!(site.search("").await.total(), 2);
    let none = format!("{ACT}?do=commit&type=product&generation=Z");
    let words = read(&server.get(&none).await.status(200));
    assert!(words.contains("the commit would be refused"), "{words}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_is_rebuilt_beside_the_one_that_serves() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = TestServer::builder()
        .data_dir(folder.path())
        .sections("[browse]\nactions = [\"rebuild\", \"sync\"]\n")
        .start()
        .await;
    let site = server.site();
    site.replace([product("p1"), product("p2")]).await.ok();
    assert_eq!(site.search("").await.total(), 2);
    // Segments are named anew in each index.
    let files = || {
        let index = folder.path().join("sites/1234-5678/index");
        let files = std::fs::read_dir(index).into_iter().flatten();
        let names = files.map(|file| file.expect("a file").file_name().into_string());
        let names = names.map(|name| name.expect("a name"));
        let mut names: Vec<String> = names.filter(|name| name.len() > 32).collect();
        names.sort();
        names
    };
    let before = files();
    assert!(!before.is_empty());
    let page = server.get("/browse/sites/1234-5678").await;
    let ask = server
        .get(&link(&page, "Rebuild the index…"))
        .await
        .status(200);
    let form = form_of(&ask);
    let done = post(&server.base(), &form, &[]).await.status(200);
    assert!(read(&done).contains("Another index is being made"));
    eventually("another index", async || {
        let now = files();
        let is_other = !now.is_empty() && now.iter().all(|name| !before.contains(name));
        is_other.then_some(())
    })
    .await;
    assert_eq!(site.search("").await.total(), 2);
    site.replace([product("p3")]).await.ok();
    assert_eq!(site.search("").await.total(), 3);
    // It can be asked for again when it was made.
    let again = post(&server.base(), &form, &[]).await;
    assert!([200, 409].contains(&again.status));
    // No source of this site has the name.
    let key = form_key(&ask);
    let form = format!("do=sync&source=items&form_key={key}");
    let refused = post(&server.base(), &form, &[]).await.status(409);
    assert!(
        read(&refused).contains("No source of this site"),
        "{}",
        read(&refused)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_pages_delete_is_in_the_audit_log() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Launch::new(folder.path())
        .setting("BROWSE__ACTIONS", "[\"delete\", \"commit\"]")
        .setting("LOG__FORMAT", "json")
        .setting("LOG__LEVEL", "error")
        .start();
    server.ready().await;
    let (base, site) = (server.base().to_owned(), server.site());
    let of = |identity: &str, generation: &str| product(identity).generation(generation);
    site.replace([of("1", "X"), of("2", "X"), of("3", "Y")])
        .await
        .ok();
    for asked in [
        "do=delete&identity=1",
        "do=commit&type=product&generation=Y",
    ] {
        let page = get(&base, &format!("{ACT}?{asked}")).await.status(200);
        post(&base, &form_of(&page), &[]).await.status(200);
    }
    let (status, log) = server.stop();
    assert!(status.success(), "{log}");
    let lines = log
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok());
    let lines = lines.filter(|line: &serde_json::Value| line["target"] == "audit");
    let told: Vec<_> = lines
        .map(|line| {
            format!(
                "{} {} {}",
                line["call"], line["generation"], line["deleted"]
            )
        })
        .collect();
    assert_eq!(told, ["\"delete\" null 1", "\"commit\" \"Y\" 1"], "{log}");
}

#[test]
fn an_action_that_is_none_is_told() {
    let text =
        "[[sites]]\ntracker_id = \"1-1\"\nprivate_key = \"x\"\n[browse]\nactions = [\"drop\"]\n";
    let error = vetrina::config::Config::from_toml(text).expect_err("no such action");
    assert!(error.to_string().contains("browse.actions"), "{error}");
}
