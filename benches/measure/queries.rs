//! Searches as visitors of a shop make them: one to three words of some title, now and then with a slip
//! of the finger, three facets, every other time a filter. Invariant: the same catalog gives the same
//! queries every time.

use std::fmt;

use serde_json::Value;

use super::catalog::Catalog;
use super::random::Random;
use crate::Result;

/// One in so many has a slip.
const SLIP_ONE_IN: usize = 5;
const WORDS_MAX: usize = 3;
const FACETS: &str = "brand,category,price_amount";

#[derive(Clone)]
pub(crate) struct Query {
    /// Ready for a URL.
    pub(crate) parameters: String,
    pub(crate) kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kind {
    pub(crate) words: usize,
    pub(crate) has_slip: bool,
    pub(crate) is_filtered: bool,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let slip = if self.has_slip { ", typo" } else { "" };
        let filter = if self.is_filtered { ", filter" } else { "" };
        write!(f, "{} words{slip}{filter}", self.words)
    }
}

pub(crate) fn of(catalog: &Catalog, count: usize) -> Result<Vec<Query>> {
    let objects = catalog.objects().collect::<Result<Vec<Value>>>()?;
    let mut random = Random::new(23);
    let mut queries = Vec::with_capacity(count);
    while queries.len() < count {
        let fields = &random.of(&objects)["fields"];
        let title = fields["title"].as_str().unwrap_or_default();
        let title: Vec<&str> = title.split_whitespace().collect();
        let wanted = queries.len() % WORDS_MAX + 1;
        let has_slip = random.below(SLIP_ONE_IN) == 0;
        if title.len() < wanted {
            continue;
        }
        let from = random.below(title.len() - wanted + 1);
        let words = title[from..from + wanted].iter();
        let mut words: Vec<String> = words.map(|&word| word.to_owned()).collect();
        if has_slip && !random.slip(&mut words) {
            continue;
        }
        let filter = filter(fields, &mut random);
        let kind = Kind {
            words: words.len(),
            has_slip,
            is_filtered: filter.is_some(),
        };
        let mut pairs = form_urlencoded::Serializer::new(String::new());
        pairs.append_pair("q", &words.join(" "));
        pairs.append_pair("facets", FACETS);
        pairs.append_pair("size", "20");
        if let Some(filter) = filter {
            pairs.append_pair("f[]", &filter);
        }
        let parameters = pairs.finish();
        queries.push(Query { parameters, kind });
    }
    Ok(queries)
}

/// In half of the cases: the brand of the object, or prices up to twice its own.
fn filter(fields: &Value, random: &mut Random) -> Option<String> {
    let brand = fields["brand"].as_str();
    let price = fields["price_amount"].as_f64();
    match (random.below(4), brand, price) {
        (0, Some(brand), _) => Some(format!("brand:{brand}")),
        (0 | 1, _, Some(price)) => Some(format!("price_amount:|{:.2}", 2.0 * price)),
        _ => None,
    }
}
