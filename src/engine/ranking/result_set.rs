//! The rule that decides what belongs to the result set (docs/reference/05-search.md §6). It is told how
//! each object meets the telling words of a query, and how many objects of a type do so how well; it says
//! which of them are found. Invariant: a step is taken whole or not at all, and never without those above.

/// How an object meets the telling words of a query; the first is best.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// All of them in title, category, brand, codes, a line or short attributes, some not in attributes
    /// alone: they say what it is.
    Named,
    /// All of them, some where it is said what it is, some in prose alone: told what it is like.
    Told,
    /// All of them in short attributes alone: it is like that, or goes with it.
    Attributed,
    /// All of them, none where it is said what it is and some in prose alone.
    Mentioned,
    /// Most of them.
    Most,
    /// Some of them.
    Some,
}

/// Fewer hits that are called so are joined by those of which the rest is told.
const FEW_NAMED: u64 = 20;
/// Fewer of these two are joined by those that attributes say it of, fewer then by those that only
/// mention it, and fewer with all words by those with most of them.
const VERY_FEW: u64 = 3;
/// What attributes say of so many times as many objects is no thing but what things are like: `red`.
const LIKENESS_TIMES: u64 = 5;
/// What an object meets at least of what the query tells, to have most of its words.
const MOST: f32 = 0.5;
/// And where nothing has all of them: a word that no more than this goes without was in the way.
const MOST_ALONE: f32 = 0.65;
/// And where one word of two would be most of them: each is about half.
const MOST_OF_TWO: f32 = 0.4;
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
    /// In title, category, brand, codes, a line or short attributes.
    pub named: usize,
    pub met: usize,
    /// Whether any is in title, category, brand, codes or a line.
    pub says_what_it_is: bool,
    /// Whether all that have digits are met: another size or another model is another thing.
    pub has_numbers: bool,
    /// Whether the word that tells most is met: gold plated necklaces are no earrings.
    pub has_most_telling: bool,
    /// What the words that are met carry of what all words tell, those in prose a little less; from 0 to 1.
    pub share: f32,
}

pub fn step(met: WordsMet) -> Step {
    if met.met == met.words {
        match (met.named == met.words, met.says_what_it_is) {
            (true, true) => Step::Named,
            (false, true) => Step::Told,
            (true, false) => Step::Attributed,
            (false, false) => Step::Mentioned,
        }
    } else if has_most(met) {
        Step::Most
    } else {
        Step::Some
    }
}

fn has_most(met: WordsMet) -> bool {
    if !met.has_numbers {
        false
    } else if met.words < PARTED_WORDS_MIN {
        met.named > 0 && met.share >= MOST_OF_TWO
    } else {
        met.met > 1 && met.has_most_telling && met.share >= MOST
    }
}

/// Whether what has most of so many words has the most telling one.
pub fn most_needs_most_telling(words: usize) -> bool {
    words >= PARTED_WORDS_MIN
}

/// Whether so many objects that have all words as they were typed are enough to leave out those that have one
/// of them misspelled.
pub fn are_enough_right(objects: usize) -> bool {
    objects as u64 >= VERY_FEW
}

/// How many visible objects of one type stand on each step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub named: u64,
    pub told: u64,
    pub attributed: u64,
    pub mentioned: u64,
    pub most: u64,
    /// Those that are in a category whose title is the query, among those above.
    pub kinds: u64,
}

impl Counts {
    /// Whether any has all words.
    pub fn has_complete(self) -> bool {
        self.complete() > 0
    }

    fn complete(self) -> u64 {
        self.named + self.told + self.attributed + self.mentioned
    }

    /// The step of an object of this type that lacks words and meets this share of what they tell.
    pub fn parted_step(self, step: Step, share: f32) -> Step {
        let is_too_little = !self.has_complete() && share < MOST_ALONE;
        if step == Step::Most && is_too_little {
            Step::Some
        } else {
            step
        }
    }

    /// What an object that lacks some of so many words must meet at least of what they tell, to have most of
    /// them; what meets less need not be looked at closely.
    pub fn most_share_min(self, words: usize) -> f32 {
        let least = if words < PARTED_WORDS_MIN {
            MOST_OF_TWO
        } else {
            MOST
        };
        if self.has_complete() {
            least
        } else {
            least.max(MOST_ALONE)
        }
    }

    /// Whether those with most of so many words are asked for. What has one of two would stand beside what
    /// has both; but what is called `sunglasses` meets `sunglasses for men` as well as a cap does of which
    /// all of that is told.
    pub fn asks_for_most(self, words: usize) -> bool {
        let says_none = self.named + self.told == 0;
        let has_few = self.complete() < VERY_FEW;
        has_few && (words >= PARTED_WORDS_MIN || says_none && self.has_complete())
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
            told,
            attributed,
            mentioned,
            most,
            kinds,
        } = counts;
        let mut last = (named > 0).then_some(Step::Named);
        let mut found = named;
        if found < FEW_NAMED && told > 0 {
            last = Some(Step::Told);
            found += told;
        }
        if attributed > 0 && (found < VERY_FEW || attributed >= LIKENESS_TIMES * found) {
            last = Some(Step::Attributed);
            found += attributed;
        }
        if found < VERY_FEW && mentioned > 0 {
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

    fn counts(named: u64, told: u64, mentioned: u64, most: u64) -> Counts {
        Counts {
            named,
            told,
            attributed: 0,
            mentioned,
            most,
            kinds: 0,
        }
    }

    #[test]
    fn a_weaker_step_is_taken_where_the_better_ones_are_few() {
        for (counts, last) in [
            (counts(FEW_NAMED, 50, 50, 50), Some(Step::Named)),
            (counts(FEW_NAMED - 1, 50, 50, 50), Some(Step::Told)),
            (counts(VERY_FEW, 0, 50, 50), Some(Step::Named)),
            (counts(VERY_FEW - 1, 0, 50, 50), Some(Step::Mentioned)),
            (counts(VERY_FEW - 2, 1, 50, 50), Some(Step::Mentioned)),
            (counts(VERY_FEW - 2, 2, 50, 50), Some(Step::Told)),
            (counts(0, 0, 50, 50), Some(Step::Mentioned)),
            (counts(1, 0, 1, 50), Some(Step::Most)),
            (counts(0, 2, 0, 50), Some(Step::Most)),
            (counts(0, 0, 0, 50), Some(Step::Most)),
            (counts(0, 0, 0, 0), None),
        ] {
            assert_eq!(ChosenSteps::of(counts, 3).last, last, "{counts:?}");
        }
    }

    #[test]
    fn what_attributes_say_is_the_set_where_nothing_else_does_or_they_say_it_of_most() {
        for (named, attributed, mentioned, last) in [
            (VERY_FEW, 50, 50, Step::Attributed),
            (VERY_FEW, LIKENESS_TIMES * VERY_FEW - 1, 50, Step::Named),
            (VERY_FEW - 1, 1, 50, Step::Attributed),
            (VERY_FEW - 2, 1, 50, Step::Mentioned),
            (0, VERY_FEW, 50, Step::Attributed),
            (0, 0, 50, Step::Mentioned),
        ] {
            let counts = Counts {
                attributed,
                ..counts(named, 0, mentioned, 50)
            };
            assert_eq!(ChosenSteps::of(counts, 2).last, Some(last), "{counts:?}");
        }
    }

    #[test]
    fn one_of_two_words_is_enough_only_beside_a_mention() {
        for (counts, last) in [
            (counts(1, 0, 0, 50), Some(Step::Named)),
            (counts(0, 1, 0, 50), Some(Step::Told)),
            (counts(1, 0, 1, 50), Some(Step::Mentioned)),
            (counts(0, 0, 1, 50), Some(Step::Most)),
            (counts(0, 0, VERY_FEW, 50), Some(Step::Mentioned)),
            (counts(0, 0, 0, 50), None),
        ] {
            assert_eq!(ChosenSteps::of(counts, 2).last, last, "{counts:?}");
        }
    }

    #[test]
    fn most_is_more_where_nothing_has_all_words() {
        for (counts, share, step) in [
            (counts(1, 0, 0, 0), MOST, Step::Most),
            (counts(0, 0, 1, 0), MOST, Step::Most),
            (counts(0, 0, 0, 9), MOST, Step::Some),
            (counts(0, 0, 0, 9), MOST_ALONE, Step::Most),
        ] {
            assert_eq!(counts.parted_step(Step::Most, share), step, "{counts:?}");
        }
    }

    #[test]
    fn a_kind_is_the_set_where_it_is_much_of_it() {
        let of = |named, kinds| Counts {
            kinds,
            ..counts(named, 0, 0, 0)
        };
        for (counts, kinds_only) in [(of(40, 10), true), (of(41, 10), false), (of(9, 9), false)] {
            assert_eq!(
                ChosenSteps::of(counts, 2).kinds_only,
                kinds_only,
                "{counts:?}"
            );
        }
        let chosen = ChosenSteps::of(of(40, 10), 2);
        assert!(chosen.takes(Step::Named, true) && !chosen.takes(Step::Named, false));
    }

    #[test]
    fn most_of_the_words_tell_most() {
        let met = |words, named, met, says_what_it_is, share| {
            step(WordsMet {
                words,
                named,
                met,
                says_what_it_is,
                has_numbers: true,
                has_most_telling: true,
                share,
            })
        };
        assert_eq!(met(1, 1, 1, true, 1.0), Step::Named);
        assert_eq!(met(2, 1, 2, true, 0.9), Step::Told);
        assert_eq!(met(2, 2, 2, true, 1.0), Step::Named);
        assert_eq!(met(2, 2, 2, false, 1.0), Step::Attributed);
        assert_eq!(met(2, 1, 2, false, 0.9), Step::Mentioned);
        assert_eq!(met(2, 1, 1, true, MOST_OF_TWO), Step::Most);
        assert_eq!(met(2, 0, 1, false, MOST_OF_TWO), Step::Some);
        assert_eq!(met(2, 1, 1, true, MOST_OF_TWO - 0.01), Step::Some);
        assert_eq!(met(3, 0, 2, false, MOST), Step::Most);
        assert_eq!(met(3, 2, 2, true, MOST - 0.01), Step::Some);
        assert_eq!(met(3, 1, 1, true, 0.9), Step::Some);
        for (has_numbers, has_most_telling) in [(false, true), (true, false)] {
            let other_thing = WordsMet {
                words: 3,
                named: 2,
                met: 2,
                says_what_it_is: true,
                has_numbers,
                has_most_telling,
                share: 0.9,
            };
            assert_eq!(step(other_thing), Step::Some);
        }
    }
}
