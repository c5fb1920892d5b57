//! Titles and categories typed letter by letter, and how early the wanted title stands among the first.
//! Invariant: the same catalog gives the same letters every time.

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;

use super::catalog::Catalog;
use super::random::Random;
use super::server::Server;
use crate::Result;

/// What is asked for, as a search box does.
const TYPES: &str = "product:6,category:3,brand:2";
const SHOWN: &str = "title,web_url,price,image_link_s";
/// Places among which a title is to be.
pub(crate) const PLACES: usize = 6;
/// Of five texts that are typed one is a category.
const CATEGORIES_ONE_IN: usize = 5;

/// What somebody types, whole.
pub(crate) fn texts(catalog: &Catalog, count: usize) -> Result<Vec<String>> {
    let titles = catalog.titles()?.into_iter().map(|(_, title)| title);
    let titles: BTreeSet<String> = titles.collect();
    let mut categories = BTreeSet::new();
    for object in catalog.objects() {
        let object = object?;
        let nested = object["nested"].as_array().map_or(&[][..], Vec::as_slice);
        let of_type = nested.iter().filter(|nested| nested["type"] == "category");
        let named = of_type.filter_map(|nested| nested["fields"]["title"].as_str());
        categories.extend(named.map(str::to_owned));
    }
    let of_categories = count / CATEGORIES_ONE_IN;
    let mut texts = spread(titles, count - of_categories);
    texts.extend(spread(categories, of_categories));
    Ok(texts)
}

/// Every beginning of the texts, from one letter on, in the order typed.
pub(crate) fn beginnings(texts: &[String]) -> Vec<String> {
    let of_text = |text: &String| {
        let ends = text
            .char_indices()
            .map(|(at, letter)| at + letter.len_utf8());
        ends.map(|end| text[..end].to_owned()).collect::<Vec<_>>()
    };
    texts.iter().flat_map(of_text).collect()
}

/// Parameters of the suggestions for what was typed so far.
pub(crate) fn parameters(typed: &str) -> String {
    let mut pairs = form_urlencoded::Serializer::new(String::new());
    pairs.append_pair("q", typed);
    pairs.append_pair("type", TYPES);
    pairs.append_pair("hit_fields", SHOWN);
    pairs.finish()
}

/// How many of the titles are among the first places by the time a share of their letters is typed.
pub(crate) struct Curve {
    pub(crate) asked: usize,
    /// Share of the letters, and titles found by then.
    pub(crate) found: Vec<(f64, usize)>,
    /// What was typed last and the title, of those not found by [`JUDGED_AT`].
    pub(crate) missed: Vec<(String, String)>,
}

/// Shares of a title that are typed, and the one that is judged by.
const SHARES: [f64; 7] = [0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0];
pub(crate) const JUDGED_AT: f64 = 0.6;

/// Types unique titles; with a slip one letter of what is typed is wrong.
pub(crate) async fn curve(
    server: &Server,
    catalog: &Catalog,
    count: usize,
    has_slip: bool,
) -> Result<Curve> {
    let mut times: HashMap<String, (u32, String)> = HashMap::new();
    for (_, title) in catalog.titles()? {
        times.entry(title.to_lowercase()).or_insert((0, title)).0 += 1;
    }
    let unique = times.into_values().filter(|(times, _)| *times == 1);
    let unique: BTreeSet<String> = unique.map(|(_, title)| title).collect();
    let mut random = Random::new(17);
    let mut curve = Curve {
        asked: 0,
        found: SHARES.map(|share| (share, 0)).to_vec(),
        missed: Vec::new(),
    };
    for title in spread(unique, count) {
        let letters: Vec<char> = title.chars().collect();
        let mut is_found = false;
        let mut asked = Vec::new();
        for share in SHARES {
            let length = (letters.len() as f64 * share) as usize;
            let typed: String = letters[..length].iter().collect();
            let mut words: Vec<String> = typed.split(' ').map(str::to_owned).collect();
            if has_slip && !random.slip(&mut words) {
                continue;
            }
            asked.push((share, words.join(" ")));
        }
        // A title whose first part has no word that can be misspelled says nothing about misspellings.
        if !asked.iter().any(|(share, _)| *share <= JUDGED_AT) {
            continue;
        }
        curve.asked += 1;
        for (share, typed) in asked {
            is_found = is_found || suggested(server, &typed).await?.contains(&title);
            let of_share = curve
                .found
                .iter_mut()
                .find(|(of, _)| (*of - share).abs() < f64::EPSILON);
            if let Some((_, found)) = of_share {
                *found += usize::from(is_found);
            }
            if share == JUDGED_AT && !is_found {
                curve.missed.push((typed, title.clone()));
            }
        }
    }
    Ok(curve)
}

/// Titles of the first products.
async fn suggested(server: &Server, typed: &str) -> Result<Vec<String>> {
    let answer = server.suggested(&parameters(typed)).await?;
    let answer: Value = serde_json::from_slice(&answer)?;
    let hits = answer["hits"].as_array().ok_or("no hits")?;
    let products = hits.iter().filter(|hit| hit["type"] == "product");
    let title = |hit: &Value| {
        let title = hit["attributes"]["title.untouched"].as_str();
        title.unwrap_or_default().to_owned()
    };
    Ok(products.take(PLACES).map(title).collect())
}

/// So many of them, evenly spread.
fn spread(all: BTreeSet<String>, count: usize) -> Vec<String> {
    let step = (all.len() / count.max(1)).max(1);
    all.into_iter().step_by(step).take(count).collect()
}
