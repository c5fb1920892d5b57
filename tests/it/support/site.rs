//! A client of one site: signs what it sends, as a shop does, and searches without signing.

use std::sync::OnceLock;
use std::time::SystemTime;

use serde_json::{Value, json};
use vetrina::auth::{SecretKey, digest, string_to_sign};

use super::{Answer, PATIENCE, SearchAnswer};

const CONTENT_TYPE: &str = "application/json; charset=utf-8";

/// Writes wait until they can be found, so that a search may follow at once.
const VISIBLE: &str = "?wait_for=visible";

/// Speaks for one site.
#[derive(Clone, Debug)]
pub(crate) struct SiteClient {
    base: String,
    tracker_id: String,
    key: String,
}

impl SiteClient {
    pub(crate) fn new(base: &str, tracker_id: &str, key: &str) -> Self {
        Self {
            base: base.to_owned(),
            tracker_id: tracker_id.to_owned(),
            key: key.to_owned(),
        }
    }

    /// POST, visible when it returns.
    pub(crate) async fn replace<O: Into<Value>>(
        &self,
        objects: impl IntoIterator<Item = O>,
    ) -> Answer {
        self.write("POST", objects).await
    }

    /// PATCH, visible when it returns.
    pub(crate) async fn patch<O: Into<Value>>(
        &self,
        objects: impl IntoIterator<Item = O>,
    ) -> Answer {
        self.write("PATCH", objects).await
    }

    /// DELETE of objects by type and identity, visible when it returns.
    pub(crate) async fn delete(&self, keys: impl IntoIterator<Item = (&str, &str)>) -> Answer {
        let keys = keys.into_iter();
        let objects =
            keys.map(|(object_type, identity)| json!({"type": object_type, "identity": identity}));
        self.write("DELETE", objects).await
    }

    /// The first attributes of a site have columns of their own in the index. Those that come after this are kept
    /// another way.
    pub(crate) async fn use_up_first_names(&self) {
        const NAMES: usize = 100;
        let fields = (0..NAMES).map(|number| (format!("name{number}"), json!("x")));
        let mut fields: serde_json::Map<String, Value> = fields.collect();
        fields.insert("title".to_owned(), json!("All names"));
        let object = json!({"identity": "all-names", "type": "names", "fields": fields});
        self.replace([object]).await.ok();
        self.delete([("names", "all-names")]).await.status(200);
    }

    /// Commits a generation of one type.
    pub(crate) async fn commit(&self, object_type: &str, generation: &str) -> Answer {
        let path = format!("/v1/content/commit?type={object_type}&generation={generation}");
        self.signed("POST", &path, Vec::new()).await
    }

    /// A signed request as it stands: nothing is added to the path, the body may be anything.
    pub(crate) async fn signed(
        &self,
        method: &str,
        path_and_query: &str,
        body: impl Into<Vec<u8>>,
    ) -> Answer {
        let mut request = self.request(method, path_and_query).body(body.into());
        for (name, value) in self.headers(method, path_and_query) {
            request = request.header(name, value);
        }
        send(request).await
    }

    /// The headers that sign such a request now.
    pub(crate) fn headers(
        &self,
        method: &str,
        path_and_query: &str,
    ) -> [(&'static str, String); 3] {
        let date = httpdate::fmt_http_date(SystemTime::now());
        let path = path_and_query.split('?').next().unwrap_or_default();
        let signed = string_to_sign(
            method,
            CONTENT_TYPE.as_bytes(),
            date.as_bytes(),
            path.as_bytes(),
        );
        let digest = digest(&SecretKey::new(&self.key), &signed);
        [
            ("Content-Type", CONTENT_TYPE.to_owned()),
            ("Date", date),
            (
                "Authorization",
                format!("test {}:{digest}", self.tracker_id),
            ),
        ]
    }

    /// A search that must succeed. The query is put on the URL as it stands, after the tracker id; a
    /// query without `=` is the text to search for.
    pub(crate) async fn search(&self, query: &str) -> SearchAnswer {
        SearchAnswer::new(self.search_answer(query).await)
    }

    /// A search and whatever came of it.
    pub(crate) async fn search_answer(&self, query: &str) -> Answer {
        let query = match query {
            "" => String::new(),
            text if !text.contains('=') => {
                let mut pairs = form_urlencoded::Serializer::new(String::new());
                format!("&{}", pairs.append_pair("q", text).finish())
            }
            parameters => format!("&{parameters}"),
        };
        let path = format!("/search?tracker_id={}{query}", self.tracker_id);
        send(self.request("GET", &path)).await
    }

    /// A search by POST; the parameters are put on the URL as they stand.
    pub(crate) async fn search_post(&self, parameters: &str, body: impl Into<Vec<u8>>) -> Answer {
        let path = format!("/search?tracker_id={}&{parameters}", self.tracker_id);
        let request = self.request("POST", &path).body(body.into());
        send(request.header("Content-Type", "application/json")).await
    }

    async fn write<O: Into<Value>>(
        &self,
        method: &str,
        objects: impl IntoIterator<Item = O>,
    ) -> Answer {
        let objects: Vec<Value> = objects.into_iter().map(Into::into).collect();
        let body = json!({ "objects": objects }).to_string();
        self.signed(method, &format!("/v1/content{VISIBLE}"), body)
            .await
    }

    fn request(&self, method: &str, path_and_query: &str) -> reqwest::RequestBuilder {
        let method = method.parse().expect("a method");
        client().request(method, format!("{}{path_and_query}", self.base))
    }
}

/// An unsigned GET.
pub(crate) async fn get(url: &str) -> Answer {
    send(client().get(url)).await
}

/// An unsigned request with these headers and no body.
pub(crate) async fn ask(method: &str, url: &str, headers: &[(&str, &str)]) -> Answer {
    let method = method.parse().expect("a method");
    let mut request = client().request(method, url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    send(request).await
}

/// An unsigned request with these headers and this body.
pub(crate) async fn ask_with(
    method: &str,
    url: &str,
    headers: &[(&str, &str)],
    body: impl Into<Vec<u8>>,
) -> Answer {
    let method = method.parse().expect("a method");
    let mut request = client().request(method, url).body(body.into());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    send(request).await
}

async fn send(request: reqwest::RequestBuilder) -> Answer {
    let response = request.send().await.expect("the server answers");
    Answer::from_reqwest(response).await
}

fn client() -> reqwest::Client {
    static PROVIDER: OnceLock<()> = OnceLock::new();
    PROVIDER.get_or_init(|| {
        // Another test may have been first, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    // One for each request: a pooled connection would outlive the runtime of the test it came from.
    let client = reqwest::Client::builder()
        .timeout(PATIENCE)
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build();
    client.expect("a client without special settings")
}
