//! A search as shoppers see it, and why its hits stand where they stand. Invariant: what is shown is read off the answer
//! of the public endpoint to the request that the page names; nothing is searched or decided here once more.

mod asked;
mod facets;
mod hits;
mod why;

use std::time::Duration;

use askama::Template;
use axum::body::to_bytes;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::Value;

use super::Browse;
use super::assets;
use super::chart::{count, number};
use super::failure::Failure;
use super::gate::Visitor;
use super::page::{self, Frame};
use super::sites::site_of;
use super::value::cut;
use crate::api::address::base;
use crate::api::luigisbox::{Look, look};
use crate::domain::{CorrectedWord, Correction, FILE_CONTENT, HighlightRequest, ShownName};
use crate::engine::EngineError;
use asked::{Asked, Chip};
use facets::FacetView;
use hits::HitView;

/// Of an answer that is shown, in bytes: what is larger is not for reading.
const ANSWER_BYTES_MAX: usize = 16 << 20;

/// Of the answer as JSON on the page; the link beside it leads to all of it.
const JSON_CHARS: usize = 20_000;

/// Of a description beside its hit.
const SNIPPET_CHARS: usize = 220;

#[derive(Template)]
#[template(path = "search.html", config = "src/browse/askama.toml")]
struct SearchPage {
    frame: Frame,
    script: String,
    /// For the script.
    site: String,
    prefix: String,
    action: String,
    text: String,
    /// What the form keeps of the address.
    kept: Vec<(String, String)>,
    sort: String,
    /// One that is none of the following.
    other_sort: Option<String>,
    sorts: [(&'static str, &'static str); 4],
    facets_asked: String,
    further: String,
    chips: Vec<Chip>,
    total: String,
    took: String,
    correction: Option<Vec<(WordKind, String)>>,
    redirect: Option<String>,
    hits: Vec<HitView>,
    facets: Vec<FacetView>,
    previous: Option<String>,
    next: Option<String>,
    page: usize,
    request: String,
    curl: String,
    json: String,
    is_json_cut: bool,
}

/// What became of a word of the query.
enum WordKind {
    Kept,
    Replaced,
    Dropped,
}

const SORTS: [(&str, &str); 4] = [
    ("", "Relevance"),
    ("price_amount:asc", "Price, low first"),
    ("price_amount:desc", "Price, high first"),
    ("title:asc", "Title"),
];

/// `GET /browse/sites/{site}/search`
pub(super) async fn show(
    State(browse): State<Browse>,
    visitor: Visitor,
    Path(named): Path<String>,
    request: Request,
) -> Result<Response, Failure> {
    let site = site_of(&browse, &named).await?;
    let (head, _) = request.into_parts();
    let action = format!(
        "{}/search",
        super::link::of_site(&browse.path(""), site.tracker_id.as_str())
    );
    let script = browse.path(&assets::address(assets::SUGGEST));
    let (named_site, prefix) = (site.tracker_id.to_string(), browse.path_prefix.clone());
    let asked = Asked::read(head.uri.query().unwrap_or_default(), action)?;
    let query = asked.request(&site.tracker_id);
    let looked = look(&browse.app, &head, site.clone(), query.clone(), marked()).await;
    let looked = match looked {
        Ok(looked) => looked,
        Err(refused) => return Err(Failure::told(refused).await),
    };
    let Look {
        answer,
        marked,
        correction,
        took,
    } = looked;
    let body = to_bytes(answer.into_body(), ANSWER_BYTES_MAX).await;
    let body = body.map_err(|_| {
        let words = "The answer is too large to be shown; ask for less of it (hit_fields, size).";
        Failure::Told(StatusCode::PAYLOAD_TOO_LARGE, words.to_owned(), None)
    })?;
    let id = site.tracker_id.as_str();
    let address = format!(
        "{}/search?{query}",
        base(&browse.app, &head.uri, &head.headers)
    );
    let frame = Frame::of_site(
        &browse,
        &visitor,
        &site.tracker_id,
        format!("Search · {id}"),
    );
    let root = frame.root.clone();
    let image_hosts = browse.image_hosts.clone();
    let id = id.to_owned();
    let page = tokio::task::spawn_blocking(move || {
        let json: Value = serde_json::from_slice(&body).unwrap_or_default();
        let results = &json["results"];
        let pretty = serde_json::to_string_pretty(&json).unwrap_or_default();
        let shown = hits::Shown {
            root: &root,
            site: &id,
            marked: &marked,
            image_hosts: &image_hosts,
            first_rank: asked.first_rank(),
        };
        let hits = shown.hits(results);
        let page = asked.page();
        let sort = asked.scalar("sort");
        let is_other_sort = !SORTS.iter().any(|(known, _)| *known == sort);
        SearchPage {
            frame,
            script,
            site: named_site,
            prefix,
            action: asked.action.clone(),
            text: asked.text().to_owned(),
            kept: asked.kept(),
            sort: sort.to_owned(),
            other_sort: is_other_sort.then(|| sort.to_owned()),
            sorts: SORTS,
            facets_asked: asked.facets().to_owned(),
            further: asked.further().to_owned(),
            chips: asked.chips(),
            total: count(results["total_hits"].as_u64().unwrap_or_default()),
            took: milliseconds(took),
            correction: correction.map(correction_words),
            redirect: results["suggested_url"].as_str().map(str::to_owned),
            facets: facets::of(&results["facets"], &asked),
            previous: (page > 1).then(|| asked.at_page(page - 1)),
            next: json["next_page"]
                .is_string()
                .then(|| asked.at_page(page + 1)),
            page,
            hits,
            curl: format!("curl --globoff '{address}'"),
            request: address,
            is_json_cut: pretty.chars().nth(JSON_CHARS).is_some(),
            json: cut(&pretty, JSON_CHARS),
        }
    });
    let page = page.await.map_err(|error| EngineError::Internal {
        context: "a page could not be made",
        source: error.into(),
    })?;
    Ok(page::html(StatusCode::OK, &page))
}

/// What of a hit is shown marked.
fn marked() -> Vec<HighlightRequest> {
    let wanted = [
        ("title", None),
        ("description", Some(SNIPPET_CHARS)),
        (FILE_CONTENT, Some(SNIPPET_CHARS)),
    ];
    let requests = wanted.into_iter().filter_map(|(name, chars_max)| {
        Some(HighlightRequest {
            field: ShownName::new(name)?,
            chars_max,
            fallback: true,
        })
    });
    requests.collect()
}

fn correction_words(correction: Correction) -> Vec<(WordKind, String)> {
    let words = correction.words.into_iter().flat_map(|word| match word {
        CorrectedWord::Kept(word) => vec![(WordKind::Kept, word)],
        CorrectedWord::Replaced { typed, by } => {
            vec![(WordKind::Dropped, typed), (WordKind::Replaced, by)]
        }
        CorrectedWord::Dropped(word) => vec![(WordKind::Dropped, word)],
    });
    words.collect()
}

fn milliseconds(took: Duration) -> String {
    format!("{} ms", number(took.as_secs_f64() * 1e3))
}
