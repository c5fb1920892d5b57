//! Hits of an answer as a page lists them. Invariant: a picture is asked of a host that the configuration names, and of
//! no other.

use serde_json::Value;

use super::why::{self, Why};
use crate::browse::link;
use crate::browse::value::cut;
use crate::domain::{FILE_CONTENT, Identity, MarkedText, TextPart};

/// Attributes beside a hit.
const FACTS_MAX: usize = 8;

/// Of the value of one.
const FACT_CHARS: usize = 80;

/// Not among them: shown elsewhere, or of no use beside a hit.
const SHOWN_ELSEWHERE: [&str; 10] = [
    "title",
    "description",
    "image_link",
    "web_url",
    "boosted_via",
    "original_url",
    "all_categories",
    "nested",
    "price",
    "bool_tags",
];

pub(super) struct HitView {
    pub(super) rank: usize,
    /// Whether it is marked, and the text.
    pub(super) title: Vec<(bool, String)>,
    pub(super) snippet: Vec<(bool, String)>,
    pub(super) href: String,
    pub(super) identity: String,
    pub(super) object_type: String,
    pub(super) is_exact: bool,
    pub(super) price: Option<String>,
    pub(super) picture: Option<String>,
    pub(super) facts: Vec<(String, String)>,
    pub(super) why: Option<Why>,
}

/// What hits are shown with.
pub(super) struct Shown<'a> {
    pub(super) root: &'a str,
    pub(super) site: &'a str,
    pub(super) marked: &'a [(Identity, Vec<(String, MarkedText)>)],
    pub(super) image_hosts: &'a [String],
    pub(super) first_rank: usize,
}

impl Shown<'_> {
    pub(super) fn hits(&self, results: &Value) -> Vec<HitView> {
        let hits = results["hits"].as_array().map_or(&[][..], Vec::as_slice);
        let scores = hits.iter().filter_map(why::text_score);
        let best = scores.fold(0.0, f64::max);
        let all = hits.iter().enumerate();
        all.map(|(at, hit)| self.hit(hit, self.first_rank + at, best))
            .collect()
    }

    fn hit(&self, hit: &Value, rank: usize, best: f64) -> HitView {
        let identity = hit["url"].as_str().unwrap_or_default();
        let attributes = &hit["attributes"];
        let title = attributes["title"].as_str().unwrap_or(identity);
        let price = attributes["price"]
            .as_str()
            .map(|price| cut(price, FACT_CHARS));
        let image = attributes["image_link"].as_str();
        HitView {
            rank,
            title: self
                .marked(identity, "title")
                .unwrap_or_else(|| vec![(false, title.to_owned())]),
            // Of a file, what stands in it.
            snippet: (self.marked(identity, "description"))
                .or_else(|| self.marked(identity, FILE_CONTENT))
                .unwrap_or_default(),
            href: link::of_object(self.root, self.site, identity),
            identity: identity.to_owned(),
            object_type: hit["type"].as_str().unwrap_or_default().to_owned(),
            is_exact: hit["exact"].as_bool().unwrap_or_default(),
            price,
            picture: image
                .filter(|link| is_of(link, self.image_hosts))
                .map(str::to_owned),
            facts: facts(attributes),
            why: why::of(&hit["explanation"], best),
        }
    }

    fn marked(&self, identity: &str, attribute: &str) -> Option<Vec<(bool, String)>> {
        let of_hit = self.marked.iter().find(|(of, _)| of.as_str() == identity);
        let (_, text) = of_hit?.1.iter().find(|(name, _)| name == attribute)?;
        let parts = text.parts().iter().map(|part| match part {
            TextPart::Plain(text) => (false, text.clone()),
            TextPart::Met(text) => (true, text.clone()),
        });
        Some(parts.collect())
    }
}

fn facts(attributes: &Value) -> Vec<(String, String)> {
    let attributes = attributes.as_object().into_iter().flatten();
    let facts = attributes.filter(|(name, value)| {
        let is_empty = value.as_array().is_some_and(Vec::is_empty);
        !is_empty && !SHOWN_ELSEWHERE.contains(&name.as_str())
    });
    facts
        .take(FACTS_MAX)
        .map(|(name, value)| (name.clone(), cut(&text_of(value), FACT_CHARS)))
        .collect()
}

fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(values) => {
            let values = values.iter().take(FACT_CHARS).map(text_of);
            values.collect::<Vec<_>>().join(" · ")
        }
        other => other.to_string(),
    }
}

/// Whether a link leads to one of the hosts, by https.
fn is_of(link: &str, hosts: &[String]) -> bool {
    let Some(rest) = link.strip_prefix("https://") else {
        return false;
    };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    hosts.iter().any(|known| match known.strip_prefix("*.") {
        Some(domain) => host
            .strip_suffix(domain)
            .is_some_and(|below| below.ends_with('.')),
        None => host == known,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_come_from_known_hosts() {
        let hosts = ["cdn.example.com", "*.shop.example"].map(str::to_owned);
        for (link, expected) in [
            ("https://cdn.example.com/a.jpg", true),
            ("https://img.shop.example/a.jpg?b", true),
            ("https://shop.example/a.jpg", false),
            ("http://cdn.example.com/a.jpg", false),
            ("https://cdn.example.com.evil/a.jpg", false),
            ("https://evilshop.example/a.jpg", false),
            ("https://cdn.example.com@evil/a.jpg", false),
            ("//cdn.example.com/a.jpg", false),
            ("javascript:alert(1)", false),
        ] {
            assert_eq!(is_of(link, &hosts), expected, "{link}");
        }
    }
}
