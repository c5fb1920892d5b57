//! The rule that decides what belongs to the result set (docs/reference/05-search.md §6). It is told how
//! each object meets the telling words of a query, and how many objects of a type do so how well; it says
//! which of them are found. Invariant: a step is taken whole or not at all, and never without those above.

/// How an object meets the telling words of a query; the first is best.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// All of them in title, category, brand, codes or short attributes: they say what it is.
    Named,
    /// All of them, some in prose alone.
    Mentioned,
    /// Most of them.
    Most,
    /// Some of them.
    Some,
}

/// A step that has fewer hits, with those above, is joined by the next one.
const FEW: u64 = 10;
/// Fewer hits with all words are joined by those with most of them.
const VERY_FEW: u64 = 3;
/// What the words that are named carry at least of what the query tells, to be most of them.
const MOST: f32 = 0.65;
/// Fewest words of which some can be most: one of two is so only beside what is no more than a mention.
const PARTED_WORDS_MIN: usize = 3;
/// What a word tells behind one that joins it to the words before: `for men` says less of what is looked
/// for than what it is said of.
pub const BEHIND_WORTH: f32 = 0.5;
/// What a word counts in the text score that only joins others.
pub const JOINING_WORTH: f32 = 0.2;
/// What a word counts that is met in prose alone, beside one that says what the object is.
pub const MENTION_WORTH: f32 = 0.7;
/// Where so many hits, and this share of them, are in a category whose title is the query, they are all
/// of what was asked for.
const KINDS_MIN: u64 = 10;
const KINDS_SHARE: u64 = 4;

/// How one object meets the telling words.
#[derive(Clone, Copy, Debug)]
pub struct WordsMet {
    pub words: usize,
    pub named: usize,
    pub met: usize,
    /// What the named words carry of what all words tell, from 0 to 1.
    pub named_share: f32,
}

pub fn step(met: WordsMet) -> Step {
    if met.named == met.words {
        Step::Named
    } else if met.met == met.words {
        Step::Mentioned
    } else if met.named_share >= MOST && (met.named > 1 || met.words < PARTED_WORDS_MIN) {
        Step::Most
    } else {
        Step::Some
    }
}

/// How many visible objects of one type stand on each step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub named: u64,
    pub mentioned: u64,
    pub most: u64,
    /// Those that are in a category whose title is the query, among those above.
    pub kinds: u64,
}

impl Counts {
    /// Whether those with most of so many words are asked for. What has one of two would stand beside what
    /// has both; but what is called `sunglasses` meets `sunglasses for men` as well as a cap does of which
    /// all of that is told.
    pub fn asks_for_most(self, words: usize) -> bool {
        let has_few = self.named + self.mentioned < VERY_FEW;
        has_few && (words >= PARTED_WORDS_MIN || self.named == 0 && self.mentioned > 0)
    }
}

/// Which objects of a type are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChosenSteps {
    /// The last step that is taken; `None`: not even the best ones.
    pub last: Option<Step>,
    /// Only those in a category whose title is the query.
    pub kinds_only: bool,
}

impl ChosenSteps {
    /// `Step::Some` is not for this to take: what has some of the words is found where nothing else is.
    pub fn of(counts: Counts, words: usize) -> Self {
        let Counts {
            named,
            mentioned,
            most,
            kinds,
        } = counts;
        let mut last = (named > 0).then_some(Step::Named);
        let mut found = named;
        if found < FEW && mentioned > 0 {
            last = Some(Step::Mentioned);
            found += mentioned;
        }
        if counts.asks_for_most(words) && most > 0 {
            last = Some(Step::Most);
            found += most;
        }
        Self {
            last,
            kinds_only: kinds >= KINDS_MIN && kinds * KINDS_SHARE >= found,
        }
    }

    pub fn takes(self, step: Step, is_kind: bool) -> bool {
        self.last.is_some_and(|last| step <= last) && (is_kind || !self.kinds_only)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(named: u64, mentioned: u64, most: u64, kinds: u64) -> Counts {
        Counts {
            named,
            mentioned,
            most,
            kinds,
        }
    }

    #[test]
    fn a_weaker_step_is_taken_where_the_better_ones_are_few() {
        for (counts, last) in [
            (counts(FEW, 50, 50, 0), Some(Step::Named)),
            (counts(FEW - 1, 50, 50, 0), Some(Step::Mentioned)),
            (counts(0, 50, 50, 0), Some(Step::Mentioned)),
            (counts(VERY_FEW, 0, 50, 0), Some(Step::Named)),
            (counts(1, 1, 50, 0), Some(Step::Most)),
            (counts(0, 0, 50, 0), Some(Step::Most)),
            (counts(0, 0, 0, 0), None),
        ] {
            assert_eq!(ChosenSteps::of(counts, 3).last, last, "{counts:?}");
        }
    }

    #[test]
    fn one_of_two_words_is_enough_only_beside_a_mention() {
        for (counts, last) in [
            (counts(1, 0, 50, 0), Some(Step::Named)),
            (counts(1, 1, 50, 0), Some(Step::Mentioned)),
            (counts(0, 1, 50, 0), Some(Step::Most)),
            (counts(0, VERY_FEW, 50, 0), Some(Step::Mentioned)),
            (counts(0, 0, 50, 0), None),
        ] {
            assert_eq!(ChosenSteps::of(counts, 2).last, last, "{counts:?}");
        }
    }

    #[test]
    fn a_kind_is_the_set_where_it_is_much_of_it() {
        for (counts, kinds_only) in [
            (counts(40, 0, 0, 10), true),
            (counts(41, 0, 0, 10), false),
            (counts(9, 0, 0, 9), false),
        ] {
            assert_eq!(
                ChosenSteps::of(counts, 2).kinds_only,
                kinds_only,
                "{counts:?}"
            );
        }
        let chosen = ChosenSteps::of(counts(40, 0, 0, 10), 2);
        assert!(chosen.takes(Step::Named, true) && !chosen.takes(Step::Named, false));
    }

    #[test]
    fn most_of_the_words_are_named_and_tell_most() {
        let met = |words, named, met, named_share| {
            step(WordsMet {
                words,
                named,
                met,
                named_share,
            })
        };
        assert_eq!(met(1, 1, 1, 1.0), Step::Named);
        assert_eq!(met(2, 1, 2, 0.9), Step::Mentioned);
        assert_eq!(met(2, 1, 1, 0.9), Step::Most);
        assert_eq!(met(2, 1, 1, MOST - 0.01), Step::Some);
        assert_eq!(met(3, 2, 2, MOST), Step::Most);
        assert_eq!(met(3, 2, 2, MOST - 0.01), Step::Some);
        assert_eq!(met(3, 1, 2, 0.9), Step::Some);
    }
}
