//! Who may look.

use super::read;
use crate::support::{Answer, TestServer, ask_with};

const TOKEN: &str = "a-token-of-some-length";

pub(super) const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

async fn with_token() -> TestServer {
    let builder = TestServer::builder().set("admin.token", format!("{TOKEN:?}"));
    builder.start().await
}

async fn log_in(server: &TestServer, form: &str, headers: &[(&str, &str)]) -> Answer {
    let headers: Vec<_> = headers.iter().copied().chain([FORM]).collect();
    let url = format!("{}/browse/login", server.base());
    ask_with("POST", &url, &headers, form).await
}

/// What a browser sends back of the cookie.
fn cookie(answer: &Answer) -> String {
    let set = answer.header("set-cookie").expect("a cookie");
    set.split(';').next().expect("it has a value").to_owned()
}

pub(super) fn form_key(page: &Answer) -> String {
    let html = page.text();
    let (_, rest) = html
        .split_once("name=\"form_key\" value=\"")
        .expect("a form");
    rest.split('"').next().expect("it ends").to_owned()
}

#[tokio::test]
async fn without_a_token_only_a_browser_on_this_machine_looks() {
    let server = TestServer::start().await;
    server.get("/browse").await.status(200);
    let elsewhere = [
        ("X-Forwarded-For", "192.0.2.1"),
        ("Via", "1.1 proxy"),
        ("CF-Connecting-IP", "192.0.2.1"),
        // A page of elsewhere whose name was made to lead here.
        ("Host", "rebound.example"),
        ("Host", "127.0.0.1.rebound.example"),
    ];
    for header in elsewhere {
        for path in ["/browse", "/browse/sites/1234-5678", "/browse/nothing"] {
            let refused = server.ask("GET", path, &[header]).await.status(403);
            let words = read(&refused);
            assert!(
                words.contains("Without `[admin] token`"),
                "{header:?}: {words}"
            );
        }
    }
    for host in [
        "localhost:7700",
        "[::1]:7700",
        "127.9.9.9",
        "shop.localhost",
    ] {
        server
            .ask("GET", "/browse", &[("Host", host)])
            .await
            .status(200);
    }
    // There is nothing to log in to.
    let answer = server.get("/browse/login").await.status(303);
    assert_eq!(answer.header("location"), Some("/browse"));
}

#[tokio::test]
async fn with_a_token_a_session_is_needed() {
    let server = with_token().await;
    let path = "/browse/sites/1234-5678/search?q=a%20b&f[]=c:d";
    let asked = server.get(path).await.status(303);
    let login = asked.header("location").expect("a place").to_owned();
    let page = server.get(&login).await.status(200);
    assert!(
        read(&page).contains("The token is [admin] token"),
        "{}",
        page.text()
    );
    assert!(
        page.text()
            .contains("value=\"/browse/sites/1234-5678/search?q=a%20b&#38;f[]=c:d\"")
    );

    let wrong = log_in(&server, "token=another", &[]).await.status(403);
    assert!(read(&wrong).contains("That is not the token."));
    assert_eq!(wrong.header("set-cookie"), None);

    let form = format!("token={TOKEN}&then=%2Fbrowse%2Fsites%2F1234-5678");
    let right = log_in(&server, &form, &[("Sec-Fetch-Site", "same-origin")])
        .await
        .status(303);
    assert_eq!(right.header("location"), Some("/browse/sites/1234-5678"));
    let set = right.header("set-cookie").expect("a cookie");
    for part in [
        "; Path=/browse",
        "; HttpOnly",
        "; SameSite=Strict",
        "; Max-Age=43200",
    ] {
        assert!(set.contains(part), "{set}");
    }
    assert!(!set.contains(TOKEN) && !set.contains("Secure"), "{set}");
    let session = cookie(&right);
    let page = server
        .ask("GET", "/browse", &[("Cookie", &session)])
        .await
        .status(200);
    // Behind a proxy, too: the session says who asks.
    let headers = [("Cookie", session.as_str()), ("Via", "1.1 proxy")];
    server.ask("GET", "/browse", &headers).await.status(200);
    // It opens the pages and nothing else.
    server
        .ask("GET", "/metrics", &[("Cookie", &session)])
        .await
        .status(401);

    let url = format!("{}/browse/logout", server.base());
    let leave = async |form: &str, more: &[(&str, &str)]| {
        let headers = [&[("Cookie", session.as_str()), FORM], more].concat();
        ask_with("POST", &url, &headers, form).await
    };
    leave("", &[]).await.status(403);
    leave("form_key=0", &[]).await.status(403);
    let form = format!("form_key={}", form_key(&page));
    leave(&form, &[("Sec-Fetch-Site", "cross-site")])
        .await
        .status(403);
    leave(&form, &[("Origin", "https://shop.example")])
        .await
        .status(403);
    server
        .ask("GET", "/browse", &[("Cookie", &session)])
        .await
        .status(200);
    let left = leave(&form, &[("Origin", &server.base())])
        .await
        .status(303);
    assert!(
        left.header("set-cookie")
            .is_some_and(|set| set.contains("Max-Age=0"))
    );
    server
        .ask("GET", "/browse", &[("Cookie", &session)])
        .await
        .status(303);
}

#[tokio::test]
async fn nobody_is_led_elsewhere_or_logged_in_from_elsewhere() {
    let server = with_token().await;
    for then in [
        "https://evil.example",
        "//evil.example",
        "/browseevil",
        "/browse\\evil",
        "/browse/../../evil",
        "/browse/..",
        "/browse/%2e%2E/evil",
        "/browse/.%2e",
        "/",
        "",
    ] {
        let then: String = form_urlencoded::byte_serialize(then.as_bytes()).collect();
        let form = format!("token={TOKEN}&then={then}");
        let answer = log_in(&server, &form, &[]).await.status(303);
        assert_eq!(answer.header("location"), Some("/browse"), "{then}");
    }
    let form = format!("token={TOKEN}");
    for header in [
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
        ("Origin", "https://evil.example"),
        ("Origin", "null"),
    ] {
        let refused = log_in(&server, &form, &[header]).await.status(403);
        assert_eq!(refused.header("set-cookie"), None);
    }
}

#[tokio::test]
async fn attempts_to_log_in_are_limited() {
    let server = with_token().await;
    for _ in 0..10 {
        log_in(&server, "token=guess", &[]).await.status(403);
    }
    let refused = log_in(&server, &format!("token={TOKEN}"), &[])
        .await
        .status(429);
    assert_eq!(refused.header("set-cookie"), None);
    let wait = refused.header("retry-after").expect("when to come again");
    assert!(wait.parse::<u32>().is_ok(), "{wait}");
    // Whoever is in stays in, and others are not kept from searching.
    server.get("/health").await.status(200);
}

#[tokio::test]
async fn a_cookie_behind_https_is_for_https_alone() {
    let builder = TestServer::builder()
        .set("public_url", "\"https://search.example\"")
        .set("path_prefix", "\"/vetrina\"")
        .set("admin.token", format!("{TOKEN:?}"));
    let server = builder.start().await;
    let asked = server.get("/browse/sites/1234-5678").await.status(303);
    let login = asked.header("location").expect("a place");
    assert_eq!(
        login,
        "/vetrina/browse/login?then=%2Fvetrina%2Fbrowse%2Fsites%2F1234-5678"
    );
    let answer = log_in(&server, &format!("token={TOKEN}"), &[])
        .await
        .status(303);
    assert_eq!(answer.header("location"), Some("/vetrina/browse"));
    let set = answer.header("set-cookie").expect("a cookie");
    assert!(set.ends_with("; SameSite=Strict; Secure"), "{set}");
    assert!(set.contains("; Path=/vetrina/browse;"), "{set}");
    let session = cookie(&answer);
    let page = server
        .ask("GET", "/browse", &[("Cookie", &session)])
        .await
        .status(200);
    assert!(
        page.text()
            .contains("href=\"/vetrina/browse/sites/1234-5678\"")
    );
}

#[tokio::test]
async fn forms_are_bounded() {
    let server = with_token().await;
    let long = format!("token={}", "x".repeat(70 << 10));
    log_in(&server, &long, &[]).await.status(400);
    log_in(&server, "token=%FF%FE", &[]).await.status(403);
}

#[tokio::test]
async fn every_answer_has_the_headers_of_a_page() {
    let builder = TestServer::builder().set("admin.image_hosts", "[\"cdn.example.com\"]");
    let server = builder.start().await;
    let style = server.get("/browse").await.text();
    let (_, style) = style
        .split_once("rel=\"stylesheet\" href=\"")
        .expect("a style");
    let style = style.split('"').next().expect("it ends").to_owned();
    for (path, status) in [
        ("/browse", 200),
        ("/browse/sites/1234-5678", 200),
        ("/browse/sites/1234-5678/search?q=a", 200),
        ("/browse/sites/nobody", 404),
        ("/browse/sites/1234-5678/object?identity=nobody", 404),
        ("/browse/sites/1234-5678/type?name=nobody", 404),
        ("/browse/nothing/at/all", 404),
        (style.as_str(), 200),
        ("/browse/assets/nothing.css", 404),
    ] {
        let answer = server.get(path).await.status(status);
        let policy = answer.header("content-security-policy").expect("a policy");
        for part in [
            "default-src 'none'",
            "script-src 'self'",
            "frame-ancestors 'none'",
        ] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe"), "{policy}");
        assert!(
            policy.contains("img-src 'self' https://cdn.example.com;"),
            "{policy}"
        );
        assert_eq!(
            answer.header("x-content-type-options"),
            Some("nosniff"),
            "{path}"
        );
        let kept = answer.header("cache-control").expect("a word");
        assert_eq!(kept == "no-store", path != style, "{path}: {kept}");
    }
    let answer = server.ask("DELETE", "/browse", &[]).await.status(405);
    assert!(read(&answer).contains("Not like this"));
}

#[tokio::test]
async fn a_wrong_host_of_pictures_is_a_wrong_configuration() {
    for host in [
        "https://cdn.example.com",
        "cdn.example.com/a",
        "*",
        "a b",
        "'self'",
        "",
    ] {
        let text = format!(
            "[admin]\nimage_hosts = [{host:?}]\n[[sites]]\ntracker_id = \"1-1\"\nprivate_key = \"x\"\n"
        );
        let error = vetrina::config::Config::from_toml(&text).expect_err("a bad host");
        assert!(error.to_string().contains("admin.image_hosts"), "{error}");
    }
}
