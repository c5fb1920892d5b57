//! Few places for much choice: which suggestions stand in the first ones. Invariant: nothing is left out, and nothing comes
//! before a better match, a boosted one or one that is easier to be had.

use std::cmp::{Ordering, Reverse};
use std::collections::HashMap;
use std::hash::Hash;

use super::{ALIKE_MAX, Ranked, titles_are_alike};
use crate::domain::Language;
use crate::engine::analysis;

/// Hits looked at for other ones, a place.
const HITS_A_PLACE: usize = 16;
/// Hits looked at at most.
const HITS_MAX: usize = 200;
/// Best hits that are put in order by what they lead to.
pub const LEADING_HITS_MAX: usize = 1_000;

/// Puts hits, best first, that are equally good matches in order by what they lead to; what is called as the query stays first.
pub fn order_by_led_to<A: Ord>(ranked: &mut [Ranked<A>], leads_to: impl Fn(&A) -> Option<u64>) {
    let reach = ranked.len().min(LEADING_HITS_MAX);
    for run in ranked[..reach].chunk_by_mut(Ranked::is_as_relevant_as) {
        run.sort_by_cached_key(|hit| {
            let leads_to = leads_to(&hit.address).unwrap_or_default();
            Reverse((hit.is_called_so(), leads_to))
        });
    }
}

/// Fills the first places, of hits that are best first: of those whose titles are nearly the same only the first ones keep
/// their places, the others come behind what is as good a match. `words` are those of a title, ascending; `titles` are asked
/// for once, where two differ in no more than numbers.
pub fn spread<A: Ord + Copy + Hash, E>(
    ranked: &mut [Ranked<A>],
    places: usize,
    words: impl Fn(&A) -> Vec<u64>,
    titles: impl FnOnce(&[A]) -> Result<HashMap<A, String>, E>,
) -> Result<(), E> {
    let reach = ranked.len().min(HITS_A_PLACE * places).min(HITS_MAX);
    let ranked = &mut ranked[..reach];
    if ranked.len() <= places.min(ALIKE_MAX) {
        return Ok(());
    }
    let mut told = Told {
        ranked_words: ranked.iter().map(|hit| words(&hit.address)).collect(),
        ask: Some(titles),
        titles: HashMap::new(),
        words: HashMap::new(),
    };
    let mut order: Vec<usize> = Vec::with_capacity(ranked.len());
    let mut run_from = 0;
    for run in ranked.chunk_by(Ranked::is_as_relevant_as) {
        let (mut kept, mut behind) = (Vec::new(), Vec::new());
        for at in run_from..run_from + run.len() {
            let mut alike = 0;
            for &other in order.iter().chain(&kept) {
                alike += usize::from(told.are_alike(at, other, ranked)?);
            }
            let is_kept = order.len() + kept.len() >= places || alike < ALIKE_MAX;
            if is_kept { &mut kept } else { &mut behind }.push(at);
        }
        run_from += run.len();
        order.extend(kept);
        order.extend(behind);
        if order.len() >= places {
            break;
        }
    }
    let spread: Vec<Ranked<A>> = order.iter().map(|&at| ranked[at].clone()).collect();
    ranked[..spread.len()].clone_from_slice(&spread);
    Ok(())
}

/// What is known of the titles of hits, by their places.
struct Told<A, F> {
    /// The words of letters, ascending.
    ranked_words: Vec<Vec<u64>>,
    /// Who knows titles as they were sent; `None` once they are here.
    ask: Option<F>,
    titles: HashMap<A, String>,
    /// All words of those that were compared, ascending.
    words: HashMap<usize, Vec<String>>,
}

impl<A: Ord + Copy + Hash, E, F: FnOnce(&[A]) -> Result<HashMap<A, String>, E>> Told<A, F> {
    fn are_alike(&mut self, one: usize, other: usize, ranked: &[Ranked<A>]) -> Result<bool, E> {
        let of_letters = |at: usize| self.ranked_words[at].as_slice();
        if of_letters(one).is_empty() || !is_alike(of_letters(one), of_letters(other)) {
            return Ok(false);
        }
        // Models of a thing are told apart by numbers alone.
        if let Some(ask) = self.ask.take() {
            let addresses: Vec<A> = ranked.iter().map(|hit| hit.address).collect();
            self.titles = ask(&addresses)?;
        }
        for at in [one, other] {
            let Some(title) = self.titles.get(&ranked[at].address) else {
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
            Ordering::Less => left += 1,
            Ordering::Greater => right += 1,
            Ordering::Equal => {
                (common, left, right) = (common + 1, left + 1, right + 1);
            }
        }
    }
    titles_are_alike(common, one.len() + other.len() - common)
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
