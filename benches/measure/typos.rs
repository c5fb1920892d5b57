//! Products looked for by words of their own titles, as typed and with one slip of the finger. Invariant:
//! the same catalog gives the same queries every time.

use std::collections::HashMap;
use std::fmt;

use super::catalog::Catalog;
use super::random::Random;
use super::server::Server;
use crate::Result;

/// Products looked for, and among how many results.
const PRODUCTS: usize = 1_000;
const DEPTH: usize = 10;
/// Words of the beginning of a title, and of its rarest.
const FIRST: usize = 6;
const RAREST: usize = 2;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Way {
    rarest: bool,
    slip: bool,
}

impl Way {
    pub(crate) const ALL: [Self; 4] = [
        Self::new(false, false),
        Self::new(false, true),
        Self::new(true, false),
        Self::new(true, true),
    ];

    const fn new(rarest: bool, slip: bool) -> Self {
        Self { rarest, slip }
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = if self.rarest {
            format!("the {RAREST} rarest words")
        } else {
            format!("the first {FIRST} words")
        };
        let slip = if self.slip { ", one typo" } else { "" };
        write!(f, "{words}{slip}")
    }
}

/// What was found of what was looked for.
pub(crate) struct Asked {
    asked: usize,
    /// Query and title of each product that was not among the first results.
    pub(crate) missed: Vec<(String, String)>,
}

impl Asked {
    pub(crate) fn share_found(&self) -> f64 {
        let found = self.asked - self.missed.len();
        found as f64 / self.asked.max(1) as f64
    }
}

pub(crate) async fn ask(server: &Server, catalog: &Catalog, way: Way) -> Result<Asked> {
    let titles = catalog.titles()?;
    let mut times: HashMap<String, u32> = HashMap::new();
    let mut with_word: HashMap<String, u32> = HashMap::new();
    for (_, title) in &titles {
        *times.entry(title.to_lowercase()).or_default() += 1;
        let mut words: Vec<String> = title.split_whitespace().map(str::to_lowercase).collect();
        words.sort_unstable();
        words.dedup();
        for word in words {
            *with_word.entry(word).or_default() += 1;
        }
    }
    let unique = titles
        .iter()
        .filter(|(_, title)| times[&title.to_lowercase()] == 1);
    let unique: Vec<_> = unique.collect();
    let step = (unique.len() / PRODUCTS).max(1);
    let mut random = Random::new(7);
    let mut all = Asked {
        asked: 0,
        missed: Vec::new(),
    };
    for (identity, title) in unique.into_iter().step_by(step).take(PRODUCTS) {
        let mut words: Vec<&str> = title.split_whitespace().collect();
        if way.rarest {
            words.sort_by_key(|word| with_word[&word.to_lowercase()]);
            words.truncate(RAREST);
        } else {
            words.truncate(FIRST);
        }
        let mut words: Vec<String> = words.into_iter().map(str::to_owned).collect();
        if way.slip && !random.slip(&mut words) {
            continue;
        }
        all.asked += 1;
        let query = words.join(" ");
        let found = server.search(&query, DEPTH).await?;
        if !found.iter().any(|(found, _)| found == identity) {
            all.missed.push((query, title.clone()));
        }
    }
    Ok(all)
}
