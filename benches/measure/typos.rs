//! Products looked for by words of their own titles, as typed and with one slip of the finger. Invariant:
//! the same catalog gives the same queries every time.

use std::collections::HashMap;
use std::fmt;

use super::catalog::Catalog;
use super::server::Server;
use crate::Result;

/// Products looked for, and among how many results.
const PRODUCTS: usize = 1_000;
const DEPTH: usize = 10;
/// Words of the beginning of a title, and of its rarest.
const FIRST: usize = 6;
const RAREST: usize = 2;
/// Shortest word that gets a slip.
const SLIP_FROM: usize = 4;

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

/// The share of products found among the first results.
pub(crate) async fn ask(server: &Server, catalog: &Catalog, way: Way) -> Result<f64> {
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
    let mut random = Random(7);
    let (mut asked, mut met) = (0_u32, 0_u32);
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
        asked += 1;
        let found = server.search(&words.join(" "), DEPTH).await?;
        met += u32::from(found.iter().any(|(found, _)| found == identity));
    }
    Ok(f64::from(met) / f64::from(asked.max(1)))
}

/// The `SplitMix64` generator.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((bits ^ (bits >> 31)) % bound as u64) as usize
    }

    fn letter(&mut self) -> char {
        char::from(b'a' + self.below(26) as u8)
    }

    /// Inserts, deletes, substitutes or transposes in one word of letters only; `false` when there is
    /// none long enough.
    fn slip(&mut self, words: &mut [String]) -> bool {
        let is_fit = |word: &String| {
            word.chars().count() >= SLIP_FROM && word.chars().all(char::is_alphabetic)
        };
        let fit: Vec<usize> = (0..words.len()).filter(|&at| is_fit(&words[at])).collect();
        if fit.is_empty() {
            return false;
        }
        let word = &mut words[fit[self.below(fit.len())]];
        let before = word.clone();
        while *word == before {
            let mut letters: Vec<char> = before.chars().collect();
            let at = self.below(letters.len());
            match self.below(4) {
                0 => letters.insert(at, self.letter()),
                1 => drop(letters.remove(at)),
                2 => letters[at] = self.letter(),
                _ => letters.swap(at, (at + 1).min(before.chars().count() - 1)),
            }
            *word = letters.into_iter().collect();
        }
        true
    }
}
