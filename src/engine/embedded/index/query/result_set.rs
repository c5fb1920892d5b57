//! Which documents are the result of a text (docs/reference/05-search.md §6): `engine::ranking`'s rule applied
//! to everything that is visible, type by type, before any filter or sort. Invariant: what belongs to the
//! set is a function of the text, the types asked for and what is visible, so totals, facets, sorts and
//! pages of one search stand on the same documents.

use std::collections::HashMap;

use tantivy::schema::IndexRecordOption;
use tantivy::{DocId, DocSet, TERMINATED, Term};

use super::among::Among;
use super::fingerprint::Fingerprint;
use super::first_look::{Firsts, Standing, Standings};
use super::keyword::SoughtText;
use super::result_types::{
    Chosen, Lacking, OfType, SAME, is_as_good, least_edits, leave_out_replaced,
};
use super::result_walk::{Candidate, Walk};
use super::spare_candidates::SpareCandidates;
use super::visibility::VisibleBy;
use crate::domain::ObjectType;
use crate::engine::embedded::index::effort::Effort;
use crate::engine::embedded::index::segments::columns::texts_of;
use crate::engine::embedded::index::segments::schema::TYPE;
use crate::engine::embedded::index::segments::segment::Segment;
use crate::engine::ranking::{self, Counts, Met, Step};

/// What judging a document costs, in units of work: each of its words is looked for in every field.
const JUDGED: u64 = 24;

/// What of a text query a document of the set meets.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct ChosenDoc {
    pub(in super::super) doc: DocId,
    pub(in super::super) met: Met,
    pub(in super::super) score: f32,
}

/// By segment, ascending.
pub(in super::super) type ChosenDocs = Vec<Vec<ChosenDoc>>;

/// The documents of a search and of each of its quicksearches.
pub(in super::super) struct ResultSet {
    /// What it was asked for; `None` where that does not say everything.
    pub(in super::super) asked: Option<Fingerprint>,
    pub(in super::super) main: ChosenDocs,
    pub(in super::super) quicksearch: HashMap<ObjectType, ChosenDocs>,
    /// Places of words typed that had to go.
    pub(in super::super) in_the_way: Vec<usize>,
}

impl ResultSet {
    /// How many documents are in it, those of several of its parts more than once.
    pub(super) fn docs(&self) -> usize {
        let parts = std::iter::once(&self.main).chain(self.quicksearch.values());
        parts.flatten().map(Vec::len).sum()
    }
}

/// What a set is chosen from.
pub(in super::super) struct Choice<'a> {
    pub(in super::super) segments: &'a [Segment<'a>],
    pub(in super::super) text: &'a SoughtText,
    pub(in super::super) visible_by: VisibleBy<'a>,
    /// The types of the hits; `None`: all.
    pub(in super::super) types: Option<Vec<&'a str>>,
    pub(in super::super) quicksearch: Vec<&'a ObjectType>,
    /// Of a type what has some of the words is found where no other type has all of them.
    pub(in super::super) suggests: bool,
    /// By segment, where few of those that have the words are looked at closely.
    pub(in super::super) standings: Option<Vec<Standings<'a>>>,
    pub(in super::super) effort: &'a Effort,
}

impl Choice<'_> {
    pub(in super::super) fn result_set(&self) -> tantivy::Result<ResultSet> {
        let mut types = Vec::new();
        let ordinals = self.types(&mut types)?;
        let mut candidates = SpareCandidates::take();
        for (at, by_ordinal) in ordinals.iter().enumerate() {
            self.find_complete(at, by_ordinal, &mut types, &mut candidates)?;
        }
        if self.suggests || self.text.words.drops_any() {
            leave_out_replaced(&mut types, &mut candidates);
        }
        let words = self.words();
        let has_all = |of: &OfType| of.counts.has_complete();
        let has_any_all = types.iter().any(has_all);
        let has_main_all = types.iter().any(|of| of.is_main && has_all(of));
        for of in &mut types {
            let lacks = |others_have: bool| !has_all(of) && !others_have;
            of.lacking = if of.is_main && lacks(has_main_all)
                || of.is_quicksearch && lacks(self.suggests && has_any_all)
            {
                Lacking::Most
            } else if of.counts.asks_for_most(words) {
                Lacking::Few
            } else {
                Lacking::None
            };
        }
        if words > 1 && types.iter().any(|of| of.lacking != Lacking::None) {
            for (at, by_ordinal) in ordinals.iter().enumerate() {
                self.find_parted(at, by_ordinal, &mut types, &mut candidates)?;
            }
            candidates.sort_unstable_by_key(|found| (found.segment, found.doc));
        }
        let (main, in_the_way) = self.main(&types, &candidates);
        let quicksearch = self.quicksearch.iter().map(|&object_type| {
            let mut of = types.iter();
            let at = of.position(|of| of.name == object_type.as_str());
            (object_type.clone(), self.of_type(at, &types, &candidates))
        });
        Ok(ResultSet {
            asked: None,
            main,
            quicksearch: quicksearch.collect(),
            in_the_way,
        })
    }

    /// How many words tell what is looked for.
    fn words(&self) -> usize {
        self.text.words.telling_places().count()
    }

    /// The types, and for each segment which type each number of its column stands for; `None` for those
    /// that nobody asks for.
    fn types(&self, types: &mut Vec<OfType>) -> tantivy::Result<Vec<Vec<Option<usize>>>> {
        let segments = self.segments.iter();
        let of_segment = segments.map(|segment| {
            let Some(column) = segment.texts(TYPE)? else {
                return Ok(Vec::new());
            };
            let all: Vec<u64> = (0..column.num_terms() as u64).collect();
            let names = texts_of(&column, &all)?.into_iter();
            Ok(names.map(|name| self.type_number(types, name)).collect())
        });
        of_segment.collect()
    }

    fn type_number(&self, types: &mut Vec<OfType>, name: String) -> Option<usize> {
        if let Some(known) = types.iter().position(|of| of.name == name) {
            return Some(known);
        }
        let is_main = { self.types.as_ref() }.is_none_or(|asked| asked.contains(&name.as_str()));
        let mut groups = self.quicksearch.iter();
        let is_quicksearch = groups.any(|group| group.as_str() == name);
        (is_main || is_quicksearch).then(|| {
            types.push(OfType {
                name,
                is_main,
                is_quicksearch,
                counts: Counts::default(),
                misspelled: 0,
                best_share: 0.0,
                lacking: Lacking::None,
                firsts: Firsts::default(),
            });
            types.len() - 1
        })
    }

    /// What has all the telling words.
    fn find_complete(
        &self,
        at: usize,
        by_ordinal: &[Option<usize>],
        types: &mut [OfType],
        candidates: &mut Vec<Candidate>,
    ) -> tantivy::Result<()> {
        let mut walk = self.walk(at, by_ordinal, Among::Complete)?;
        let mut steps = self.effort.walk(JUDGED + walk.text.work());
        let standings = self.standings.as_ref().map(|standings| &standings[at]);
        let mut next = 0;
        while walk.text.seek_complete(next, &mut steps)? != TERMINATED {
            let doc = walk.text.doc();
            next = doc + 1;
            let Some(of_type) = walk.type_of(doc) else {
                continue;
            };
            let at_best = standings.map(|standings| (standings, walk.text.meets_at_best()));
            let may_stand = |standing: fn(&Standings<'_>, DocId) -> Standing| {
                at_best.is_none_or(|(standings, at_best)| {
                    let rank = at_best.rank(standing(standings, doc));
                    types[of_type].firsts.may_admit(rank)
                })
            };
            // Where the best of all would not be, its own place need not be looked up.
            if !may_stand(|standings, _| standings.best)
                || !walk.shows(doc)
                || !may_stand(|standings, doc| (standings.of)(doc))
            {
                continue;
            }
            let found = walk.judge_as(of_type);
            let is_first = standings.is_none_or(|standings| {
                let rank = found.judged.meets().rank((standings.of)(doc));
                types[of_type].firsts.admit(rank)
            });
            if !is_first {
                continue;
            }
            types[found.of_type].count(&found);
            candidates.push(found);
        }
        walk.text.check()?;
        steps.finish()?;
        Ok(())
    }

    /// What has most of them, and what has some as well as none has more.
    fn find_parted(
        &self,
        at: usize,
        by_ordinal: &[Option<usize>],
        types: &mut [OfType],
        candidates: &mut Vec<Candidate>,
    ) -> tantivy::Result<()> {
        let words = self.words();
        let of_few = self.docs_of_few(at, types)?;
        let among = of_few.as_deref().map_or(Among::All, Among::Docs);
        let mut walk = self.walk(at, by_ordinal, among)?;
        let mut steps = self.effort.walk(JUDGED + walk.text.work());
        // What has some of the words but not the most telling one has no say beside what has all.
        let only_most = ranking::most_needs_most_telling(words)
            && types.iter().all(|of| of.lacking != Lacking::Most);
        let mut next = 0;
        let mut asked = None;
        loop {
            let shares = types.iter().filter_map(|of| of.parted_share_min(words));
            let Some(share_min) = shares.min_by(f32::total_cmp) else {
                break;
            };
            if asked != Some(share_min) {
                walk.text.ask_for_share(share_min - SAME);
                asked = Some(share_min);
            }
            // What is of no type that has a say need not be looked at.
            let target = of_few.as_ref().map_or(Some(next), |docs| {
                docs.get(docs.partition_point(|&doc| doc < next)).copied()
            });
            let Some(target) = target else { break };
            let doc = if only_most {
                walk.text.seek_most_telling(target)
            } else {
                walk.text.seek_telling(target)
            };
            if doc == TERMINATED {
                break;
            }
            steps.take()?;
            next = doc + 1;
            if of_few
                .as_ref()
                .is_some_and(|docs| docs.binary_search(&doc).is_err())
            {
                continue;
            }
            let Some(of_type) = walk.visible_type() else {
                continue;
            };
            let of = &mut types[of_type];
            let Some(share_min) = of.parted_share_min(words) else {
                continue;
            };
            let at_most = walk.text.share_at_most();
            let is_complete = at_most >= 1.0 - SAME;
            if is_complete || at_most < share_min - SAME {
                continue;
            }
            let mut found = walk.judge_as(of_type);
            let share = found.judged.share;
            found.judged.step = of.counts.parted_step(found.judged.step, share);
            match found.judged.step {
                Step::Named | Step::Told | Step::Attributed | Step::Mentioned => continue,
                Step::Most => of.counts.most += 1,
                Step::Some if share < of.best_share - SAME => continue,
                Step::Some => {}
            }
            of.best_share = of.best_share.max(share);
            candidates.push(found);
        }
        walk.text.check()?;
        steps.finish()?;
        Ok(())
    }

    /// The documents of the types that objects with some of the words have a say in, where they are few.
    fn docs_of_few(&self, at: usize, types: &[OfType]) -> tantivy::Result<Option<Vec<DocId>>> {
        /// One in so many.
        const FEW: u64 = 8;
        let segment = &self.segments[at];
        let field = self.text.words.fields().object_type;
        let index = segment.inverted_index(field)?;
        let mut docs = Vec::new();
        for of in types.iter().filter(|of| of.lacking != Lacking::None) {
            let term = Term::from_field_text(field, &of.name);
            let of_type = u64::from(index.doc_freq(&term)?);
            if (docs.len() as u64 + of_type) * FEW > u64::from(segment.max_doc()) {
                return Ok(None);
            }
            self.effort.spend(of_type)?;
            if let Some(mut having) = index.read_postings(&term, IndexRecordOption::Basic)? {
                while having.doc() != TERMINATED {
                    docs.push(having.doc());
                    having.advance();
                }
            }
        }
        docs.sort_unstable();
        Ok(Some(docs))
    }

    fn walk<'w>(
        &'w self,
        at: usize,
        by_ordinal: &'w [Option<usize>],
        among: Among<'_>,
    ) -> tantivy::Result<Walk<'w>> {
        let segment = &self.segments[at];
        let ordinals = segment.texts(TYPE)?.map(|column| column.ords().clone());
        Ok(Walk {
            at,
            text: self.text.in_segment(segment, among)?,
            visible: self.visible_by.in_segment(at, segment)?,
            ordinals,
            by_ordinal,
        })
    }

    /// What is found of all main types, and the words that had to go.
    fn main(&self, types: &[OfType], candidates: &[Candidate]) -> (ChosenDocs, Vec<usize>) {
        let of_types = types.iter().enumerate();
        let chosen: Vec<Option<Chosen>> = of_types
            .map(|(at, of)| {
                let chosen = of.is_main.then(|| of.chosen(at, self.words(), candidates));
                chosen.flatten()
            })
            .collect();
        if chosen.iter().any(Option::is_some) {
            let takes = |found: &Candidate| {
                let chosen = &chosen[found.of_type];
                chosen.as_ref().is_some_and(|chosen| chosen.takes(found))
            };
            return (self.taken(candidates, takes), Vec::new());
        }
        let main = types.iter().filter(|of| of.is_main);
        let best = main.map(|of| of.best_share).fold(0.0, f32::max);
        let of_main = candidates
            .iter()
            .filter(|found| types[found.of_type].is_main);
        let edits = least_edits(of_main, best);
        let takes =
            |found: &Candidate| types[found.of_type].is_main && is_as_good(found, best, edits);
        let best_ones = candidates.iter().filter(|found| takes(found));
        let met = best_ones.fold(0, |met, found| met | found.judged.words_met);
        let places = || self.text.words.telling_places().enumerate();
        let is_met = |at: usize| met == 0 || met & (1 << at) != 0;
        // What was typed as one word may be looked for as two.
        let has_met = |place: usize| places().any(|(at, other)| other == place && is_met(at));
        let dropped = places().filter(|&(_, place)| !has_met(place));
        let mut in_the_way: Vec<usize> = dropped.map(|(_, place)| place).collect();
        in_the_way.dedup();
        (self.taken(candidates, takes), in_the_way)
    }

    fn of_type(&self, at: Option<usize>, types: &[OfType], candidates: &[Candidate]) -> ChosenDocs {
        let Some(at) = at else {
            return vec![Vec::new(); self.segments.len()];
        };
        let chosen = types[at].chosen(at, self.words(), candidates);
        let best = types[at].best_share;
        let edits = least_edits(candidates.iter().filter(|found| found.of_type == at), best);
        self.taken(candidates, |found| {
            found.of_type == at
                && match &chosen {
                    Some(chosen) => chosen.takes(found),
                    None => types[at].lacking == Lacking::Most && is_as_good(found, best, edits),
                }
        })
    }

    fn taken(&self, candidates: &[Candidate], takes: impl Fn(&Candidate) -> bool) -> ChosenDocs {
        let mut counts = vec![0; self.segments.len()];
        for found in candidates.iter().filter(|found| takes(found)) {
            counts[found.segment] += 1;
        }
        let mut docs: ChosenDocs = counts.into_iter().map(Vec::with_capacity).collect();
        for found in candidates.iter().filter(|found| takes(found)) {
            docs[found.segment].push(ChosenDoc {
                doc: found.doc,
                met: found.judged.met,
                score: found.judged.score,
            });
        }
        docs
    }
}
