//! Answers of the server, whole in memory, with questions that name what is missing when they fail.

use serde_json::Value;

/// One HTTP answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(super) async fn from_reqwest(response: reqwest::Response) -> Self {
        let status = response.status().as_u16();
        let headers = response
            .headers()
            .iter()
            .map(|(name, value)| {
                (
                    name.to_string(),
                    String::from_utf8_lossy(value.as_bytes()).into_owned(),
                )
            })
            .collect();
        let body = response
            .bytes()
            .await
            .expect("the answer has a whole body")
            .to_vec();
        Self {
            status,
            headers,
            body,
        }
    }

    /// The first line of this name, in any case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self
            .headers
            .iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        let parsed = serde_json::from_slice(&self.body);
        parsed.unwrap_or_else(|error| panic!("no JSON ({error}): {} {}", self.status, self.text()))
    }

    /// The answer itself, which must be a success.
    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        assert!(
            (200..300).contains(&self.status),
            "{} {}",
            self.status,
            self.text()
        );
        self
    }

    /// The answer itself, which must have this status.
    #[track_caller]
    pub(crate) fn status(self, expected: u16) -> Self {
        assert_eq!(self.status, expected, "{}", self.text());
        self
    }
}

/// The answer to a search (docs/reference/05-search.md §4).
#[derive(Clone, Debug)]
pub(crate) struct SearchAnswer {
    body: Value,
}

impl SearchAnswer {
    #[track_caller]
    pub(crate) fn new(answer: Answer) -> Self {
        let body = answer.ok().json();
        assert!(body["results"]["hits"].is_array(), "no hits in {body}");
        Self { body }
    }

    /// Identities of the hits, in order.
    pub(crate) fn identities(&self) -> Vec<String> {
        let texts = self.hits().iter().map(|hit| hit["url"].as_str());
        texts
            .map(|url| url.expect("a hit has a url").to_owned())
            .collect()
    }

    pub(crate) fn hits(&self) -> &[Value] {
        self.body["results"]["hits"]
            .as_array()
            .map_or(&[], Vec::as_slice)
    }

    #[track_caller]
    pub(crate) fn hit(&self, identity: &str) -> &Value {
        let found = self.hits().iter().find(|hit| hit["url"] == identity);
        found.unwrap_or_else(|| panic!("`{identity}` is not among {:?}", self.identities()))
    }

    #[track_caller]
    pub(crate) fn total(&self) -> u64 {
        self.body["results"]["total_hits"]
            .as_u64()
            .expect("a count")
    }

    /// Values and counts of a facet, in order; empty when the facet is not in the answer.
    pub(crate) fn facet(&self, name: &str) -> Vec<(String, u64)> {
        let facets = self.body["results"]["facets"].as_array();
        let facet = facets
            .into_iter()
            .flatten()
            .find(|facet| facet["name"] == name);
        let values = facet.and_then(|facet| facet["values"].as_array());
        let pair = |value: &Value| {
            let text = value["value"].as_str().expect("a facet value is text");
            let count = value["hits_count"]
                .as_u64()
                .expect("a facet value has a count");
            (text.to_owned(), count)
        };
        values.into_iter().flatten().map(pair).collect()
    }

    /// The whole body.
    pub(crate) fn json(&self) -> &Value {
        &self.body
    }
}
