//! One walk over everything a search finds: how much it is, the hits of a page, and the documents that
//! facets are counted over. Invariant: variants that stand for one master are one hit, the best of
//! them, wherever hits are counted or listed.

use std::collections::HashMap;
use std::sync::Arc;

use tantivy::DocId;

use super::collapse::{Chosen, Masters, Siblings, Standing};
use super::context::Search;
use crate::domain::Page;
use crate::engine::embedded::index::facets::docs::{DocsBySegment, SegmentDocs};
use crate::engine::embedded::index::query::matcher::Matcher;
use crate::engine::embedded::index::query::pins::Pins;
use crate::engine::embedded::index::query::text_hits::TextHit;
use crate::engine::embedded::index::rank::behaviour;
use crate::engine::embedded::index::rank::led_to::LedTo;
use crate::engine::embedded::index::rank::relevance::{
    Ranked, SignalInputs, Signals, apply_feedback,
};
use crate::engine::embedded::index::rank::sort::{SegmentSort, SortOrder, Sorted};
use crate::engine::embedded::index::rank::top::Top;
use crate::engine::embedded::index::rank::variety;
use crate::engine::embedded::index::segments::columns::Address;
use crate::engine::embedded::index::segments::segment::Segment;
use crate::engine::ranking::{self, MatchQuality, TypedTitle};

/// What one walk is for.
pub(in super::super) struct Collector<'a> {
    pub(in super::super) matcher: &'a Matcher<'a>,
    pub(in super::super) sort: Option<&'a SortOrder>,
    pub(in super::super) signals: &'a SignalInputs<'a>,
    pub(in super::super) pins: &'a Pins,
    pub(in super::super) page: Page,
    /// Whether facets are counted over what is found.
    pub(in super::super) keeps_docs: bool,
    pub(in super::super) places: Places,
}

/// Who stands in the first places, of those who are equally good matches.
pub(in super::super) enum Places {
    ByRank,
    /// Of those that are nearly the same, few.
    Various,
    /// The same, and first who leads to more.
    ByLedTo(Arc<LedTo>),
}

pub(in super::super) struct Collected {
    pub(in super::super) total: u64,
    pub(in super::super) hits: Vec<PageHit>,
    /// Empty unless asked for.
    pub(in super::super) docs: DocsBySegment,
    /// How much ranked hits are like the other good ones.
    pub(in super::super) resemblances: Vec<(Address, f32)>,
    /// How much of what visitors chose each was.
    pub(in super::super) behaviour: HashMap<Address, f32>,
}

/// A hit of the page.
pub(in super::super) struct PageHit {
    pub(in super::super) address: Address,
    /// Whether it met every word exactly.
    pub(in super::super) exact: bool,
    /// `None` where a sort or a rule decided.
    pub(in super::super) score: Option<f64>,
    /// How well it met the text, where that decided.
    pub(in super::super) quality: Option<MatchQuality>,
}

impl Collector<'_> {
    pub(in super::super) fn walk(&self, search: &Search<'_>) -> tantivy::Result<Collected> {
        let mut found = Progress {
            total: 0,
            pinned: Vec::new(),
            ranked: Top::new(self.ranked_max()),
            sorted: Vec::new(),
            docs: Vec::new(),
            resemblances: Vec::new(),
            behaviour: HashMap::new(),
        };
        for (at, segment) in search.segments.iter().enumerate() {
            self.walk_segment(search, at, segment, &mut found)?;
        }
        Ok(Collected {
            total: found.total,
            docs: std::mem::take(&mut found.docs),
            hits: self.page_of(&mut found, search)?,
            resemblances: found.resemblances,
            behaviour: found.behaviour,
        })
    }

    /// Hits up to the end of the page; 0 when only the count is wanted.
    fn hits_max(&self) -> usize {
        if self.page.limit == 0 || self.page.is_beyond_reach() {
            0
        } else {
            self.page.offset + self.page.limit
        }
    }

    /// Hits that are ranked: of a text also those that might yet come onto the page.
    fn ranked_max(&self) -> usize {
        match self.hits_max() {
            hits_max if hits_max > 0 && self.is_ranked_text() => {
                hits_max.max(ranking::RESEMBLANCE_HITS_MAX)
            }
            hits_max => hits_max,
        }
    }

    /// What looking at one more hit costs, in units of work.
    fn work_a_hit(&self) -> u64 {
        /// Half a dozen columns say how good a hit is, of a text its fields, too.
        const RANKING: u64 = 4;
        const RANKING_BY_TEXT: u64 = 24;
        let ranking = if self.is_ranked_text() {
            RANKING_BY_TEXT
        } else {
            RANKING
        };
        match self.sort {
            _ if self.hits_max() == 0 => 0,
            None => ranking + 2 * self.signals.query.functional_boosts.len() as u64,
            Some(sort) => sort.work_a_hit(),
        }
    }

    /// Where the objects are that visitors chose after this query.
    fn behaviour(&self, search: &Search<'_>) -> tantivy::Result<HashMap<Address, f32>> {
        /// An identity is looked up in every segment.
        const LOOKING_UP: u64 = 32;
        let chosen = &self.signals.query.behaviour;
        let effort = search.shared.effort();
        effort.spend(LOOKING_UP * (chosen.len() * search.segments.len()) as u64)?;
        behaviour::located(
            search.searcher,
            search.segments_cache,
            search.fields,
            chosen,
        )
    }

    fn is_ranked_text(&self) -> bool {
        self.matcher.has_text() && self.sort.is_none()
    }

    fn walk_segment(
        &self,
        search: &Search<'_>,
        at: usize,
        segment: &Segment<'_>,
        found: &mut Progress,
    ) -> tantivy::Result<()> {
        let mut docs = SegmentDocs::default();
        let mut masters = Masters::open(segment, self.matcher.variants().collapse)?;
        let mut part = SegmentCollector {
            pass: self,
            at,
            order: self.order(search, segment, masters.any())?,
            siblings: Siblings::open(segment, search.schema, masters.any())?,
            found,
        };
        let work = self.work_a_hit();
        self.matcher.for_each(at, segment, work, |doc, text| {
            let standing = masters.standing(doc);
            if self.keeps_docs {
                docs.push(doc, standing == Standing::Sibling);
            }
            part.visit(doc, standing, text);
        })?;
        part.finish()?;
        found.docs.push(docs);
        Ok(())
    }

    fn order(
        &self,
        search: &Search<'_>,
        segment: &Segment<'_>,
        has_stand_ins: bool,
    ) -> tantivy::Result<Order> {
        let signals = || Signals::open(segment, search.schema, self.signals);
        let hits_max = self.hits_max();
        Ok(match self.sort {
            _ if hits_max == 0 => Order::CountOnly,
            None => Order::Ranked(signals()?),
            Some(sort) => Order::Sorted {
                best: sort.in_segment(segment, search.shared.distances(), hits_max)?,
                signals: has_stand_ins.then(signals).transpose()?,
            },
        })
    }

    fn page_of(&self, found: &mut Progress, search: &Search<'_>) -> tantivy::Result<Vec<PageHit>> {
        let placed = |address, exact| PageHit {
            address,
            exact,
            score: None,
            quality: None,
        };
        found.pinned.sort_unstable();
        let pinned = found.pinned.iter();
        let pinned = pinned.map(|&(_, address, exact)| placed(address, exact));
        found.sorted.sort_unstable();
        let sorted = found.sorted.iter();
        let sorted = sorted.map(|hit| placed(hit.address, hit.exact));
        let mut ranked = std::mem::replace(&mut found.ranked, Top::new(0)).into_sorted();
        if self.is_ranked_text() {
            /// Titles are read word by word.
            const TITLE: u64 = 32;
            let titles = ranked.len() as u64;
            search.shared.effort().spend(TITLE * titles)?;
            let typed = TypedTitle {
                words: self.matcher.typed(),
                made_for: self.matcher.made_for(),
                begun: self.matcher.begun(),
            };
            found.behaviour = self.behaviour(search)?;
            found.resemblances = apply_feedback(
                &mut ranked,
                &typed,
                search.segments,
                &search.samples(),
                &found.behaviour,
            )?;
            let (segments, schema) = (search.segments, search.schema);
            if let Places::ByLedTo(led_to) = &self.places {
                led_to.sort(&mut ranked, segments, schema)?;
            }
            if !matches!(self.places, Places::ByRank) {
                variety::spread(&mut ranked, self.hits_max(), segments, schema)?;
            }
        }
        let ranked = ranked.iter().map(|hit| PageHit {
            address: hit.address,
            exact: hit.exact,
            score: Some(hit.score()),
            quality: Some(hit.quality()),
        });
        // A search is sorted or ranked; one of the two is empty.
        let hits = pinned.chain(sorted).chain(ranked).take(self.hits_max());
        Ok(hits.skip(self.page.offset).collect())
    }
}

/// As far as the walk has come.
struct Progress {
    total: u64,
    /// By place; empty where a sort decides.
    pinned: Vec<(usize, Address, bool)>,
    ranked: Top<Ranked>,
    sorted: Vec<Sorted>,
    docs: DocsBySegment,
    resemblances: Vec<(Address, f32)>,
    behaviour: HashMap<Address, f32>,
}

/// How the documents of a segment are ordered.
#[expect(
    clippy::large_enum_variant,
    reason = "there is one a segment, and it is not moved"
)]
enum Order {
    CountOnly,
    Ranked(Signals),
    Sorted {
        best: SegmentSort,
        /// Where variants stand for their masters: which of them does, relevance says.
        signals: Option<Signals>,
    },
}

/// The walk in one segment.
struct SegmentCollector<'a, 'f> {
    pass: &'a Collector<'a>,
    at: usize,
    order: Order,
    /// Of the hit that may not be complete yet.
    siblings: Siblings,
    found: &'f mut Progress,
}

impl SegmentCollector<'_, '_> {
    fn visit(&mut self, doc: DocId, standing: Standing, text: Option<TextHit<'_, '_>>) {
        if standing != Standing::Sibling {
            self.found.total += 1;
            self.offer_chosen();
        }
        let address = Address {
            segment: self.at,
            doc,
        };
        if standing == Standing::Alone {
            self.offer(address, text);
        } else {
            self.offer_sibling(address, text);
        }
    }

    fn finish(mut self) -> tantivy::Result<()> {
        self.offer_chosen();
        if let Order::Sorted { best, .. } = self.order {
            self.found.sorted.extend(best.finish(self.at)?);
        }
        Ok(())
    }

    fn offer(&mut self, address: Address, text: Option<TextHit<'_, '_>>) {
        let has_text = self.pass.matcher.has_text();
        // What is pinned need not have a word of the text.
        let exact = |text: Option<TextHit<'_, '_>>| match text {
            Some(mut text) => text.met().exact,
            None => !has_text,
        };
        match &mut self.order {
            Order::CountOnly => {}
            Order::Ranked(signals) => match self.pass.pins.place_of(address) {
                Some(place) => self.found.pinned.push((place, address, exact(text))),
                None => signals.offer(&mut self.found.ranked, address, text),
            },
            Order::Sorted { best, .. } => best.offer(address.doc, exact(text)),
        }
    }

    fn offer_sibling(&mut self, address: Address, text: Option<TextHit<'_, '_>>) {
        let (signals, place) = match &self.order {
            Order::Ranked(signals) => (signals, self.pass.pins.place_of(address)),
            Order::Sorted {
                signals: Some(signals),
                ..
            } => (signals, None),
            Order::CountOnly | Order::Sorted { signals: None, .. } => return,
        };
        if text.is_none() && self.pass.matcher.has_text() {
            self.siblings.offer_without_words(address, place);
        } else {
            self.siblings.offer(signals, address, text, place);
        }
    }

    fn offer_chosen(&mut self) {
        let Some(Chosen {
            address,
            ranked,
            place,
        }) = self.siblings.take_best()
        else {
            return;
        };
        let exact = ranked.as_ref().is_some_and(|ranked| ranked.exact);
        match (&mut self.order, place, ranked) {
            (Order::Ranked(_), Some(place), _) => self.found.pinned.push((place, address, exact)),
            (Order::Ranked(_), None, Some(ranked)) => self.found.ranked.offer(ranked),
            (Order::Sorted { best, .. }, ..) => best.offer(address.doc, exact),
            (Order::CountOnly | Order::Ranked(_), ..) => {}
        }
    }
}
