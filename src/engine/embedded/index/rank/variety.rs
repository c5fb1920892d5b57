//! Few places for much choice: of hits whose titles are nearly the same only the first ones keep their
//! places among the first, the others come behind what is as good a match. Invariant: nothing is left out,
//! and nothing comes before a better match, a boosted one or one that is easier to be had.

use std::collections::HashMap;

use super::feedback::Titles;
use super::hit_titles::titles;
use super::relevance::Ranked;
use crate::domain::{Language, Schema};
use crate::engine::analysis;
use crate::engine::embedded::index::segments::columns::Address;
use crate::engine::embedded::index::segments::segment::Segment;
use crate::engine::ranking;

/// Hits looked at for other ones, a place.
const HITS_A_PLACE: usize = 16;
/// Hits looked at at most.
const HITS_MAX: usize = 200;

/// Fills the first places, of hits that are best first.
pub(in super::super) fn spread(
    ranked: &mut [Ranked],
    places: usize,
    segments: &[Segment<'_>],
    schema: &Schema,
) -> tantivy::Result<()> {
    let reach = ranked.len().min(HITS_A_PLACE * places).min(HITS_MAX);
    let ranked = &mut ranked[..reach];
    if ranked.len() <= places.min(ranking::ALIKE_MAX) {
        return Ok(());
    }
    let words = Titles::open(segments)?;
    let mut told = Told {
        ranked_words: ranked.iter().map(|hit| words.sorted(hit.address)).collect(),
        titles: None,
        words: HashMap::new(),
    };
    let mut order: Vec<usize> = Vec::with_capacity(ranked.len());
    let mut run_from = 0;
    for run in ranked.chunk_by(Ranked::is_as_relevant_as) {
        let (mut kept, mut behind) = (Vec::new(), Vec::new());
        for at in run_from..run_from + run.len() {
            let mut alike = 0;
            for &other in order.iter().chain(&kept) {
                alike += usize::from(told.are_alike(at, other, ranked, segments, schema)?);
            }
            let is_kept = order.len() + kept.len() >= places || alike < ranking::ALIKE_MAX;
            if is_kept { &mut kept } else { &mut behind }.push(at);
        }
        run_from += run.len();
        order.extend(kept);
        order.extend(behind);
        if order.len() >= places {
            break;
        }
    }
    let spread: Vec<Ranked> = order.iter().map(|&at| ranked[at].clone()).collect();
    ranked[..spread.len()].clone_from_slice(&spread);
    Ok(())
}

/// What is known of the titles of hits, by their places.
struct Told {
    /// The words of letters, ascending.
    ranked_words: Vec<Vec<u64>>,
    /// As they were sent, read when two differ in no more than numbers.
    titles: Option<HashMap<Address, String>>,
    /// All words of those that were compared, ascending.
    words: HashMap<usize, Vec<String>>,
}

impl Told {
    fn are_alike(
        &mut self,
        one: usize,
        other: usize,
        ranked: &[Ranked],
        segments: &[Segment<'_>],
        schema: &Schema,
    ) -> tantivy::Result<bool> {
        let of_letters = |at: usize| self.ranked_words[at].as_slice();
        if of_letters(one).is_empty() || !is_alike(of_letters(one), of_letters(other)) {
            return Ok(false);
        }
        // Models of a thing are told apart by numbers alone.
        let titles = match &mut self.titles {
            Some(known) => known,
            none => {
                let addresses: Vec<Address> = ranked.iter().map(|hit| hit.address).collect();
                none.insert(titles(&addresses, segments, schema)?)
            }
        };
        for at in [one, other] {
            let Some(title) = titles.get(&ranked[at].address) else {
                return Ok(true);
            };
            self.words.entry(at).or_insert_with(|| words_of(title));
        }
        Ok(is_alike(&self.words[&one], &self.words[&other]))
    }
}

fn words_of(title: &str) -> Vec<String> {
    let mut words = analysis::object_words(title, Language::Any);
    words.sort_unstable();
    words.dedup();
    words
}

/// Whether two lists of words, ascending, say nearly the same.
fn is_alike<T: Ord>(one: &[T], other: &[T]) -> bool {
    let (mut common, mut left, mut right) = (0, 0, 0);
    while let (Some(a), Some(b)) = (one.get(left), other.get(right)) {
        match a.cmp(b) {
            std::cmp::Ordering::Less => left += 1,
            std::cmp::Ordering::Greater => right += 1,
            std::cmp::Ordering::Equal => {
                (common, left, right) = (common + 1, left + 1, right + 1);
            }
        }
    }
    ranking::titles_are_alike(common, one.len() + other.len() - common)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alike(one: &str, other: &str) -> bool {
        let words = |title: &str| {
            let mut words: Vec<String> = title.split(' ').map(str::to_owned).collect();
            words.sort_unstable();
            words
        };
        is_alike(&words(one), &words(other))
    }

    #[test]
    fn titles_are_alike_that_differ_in_one_of_many_words() {
        assert!(alike("wool socks", "socks wool"));
        assert!(alike("a b c d e f", "a b c d e x"));
        assert!(alike("wool socks for men red", "wool socks for men"));
        for (one, other) in [
            ("phone 14", "phone 15"),
            ("acme phone 14", "acme phone 15"),
            ("wool socks red", "wool hat red"),
            ("wool", "silk"),
        ] {
            assert!(!alike(one, other), "{one} {other}");
        }
    }
}
