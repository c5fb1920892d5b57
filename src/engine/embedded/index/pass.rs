//! One walk over everything a search finds: how much it is, the hits of a page, and the documents that
//! facets are counted over. Invariant: variants that stand for one master are one hit, the best of
//! them; their documents follow one another in one segment (`writer`).

use std::cmp::Reverse;

use tantivy::columnar::Column;
use tantivy::{DocId, SegmentReader};

use super::collect::Search;
use super::columns::{Address, first, open_number};
use super::facets::{DocsBySegment, SegmentDocs};
use super::matches::Matcher;
use super::relevance::{Ranked, Score, SignalInputs, Signals, put_alike_first};
use super::schema::{NUMBERS, STAND_IN, VERSION_ID};
use super::sort::{SegmentSort, SortOrder, Sorted};
use super::text::SegmentText;
use super::top::Top;
use crate::domain::{AttributeType, Page, Schema};
use crate::engine::ranking;

/// Most variants of one master that are compared; of more only the best by relevance are.
const SIBLINGS_MAX: usize = 1_000;

/// What one walk is for.
pub(super) struct Pass<'a> {
    pub(super) matcher: &'a Matcher<'a>,
    pub(super) sort: Option<&'a SortOrder>,
    pub(super) signals: &'a SignalInputs<'a>,
    pub(super) page: Page,
    /// Whether facets are counted over what is found.
    pub(super) keeps_docs: bool,
}

pub(super) struct Walked {
    pub(super) total: u64,
    /// And whether each met every word exactly.
    pub(super) hits: Vec<(Address, bool)>,
    /// Empty unless asked for.
    pub(super) docs: DocsBySegment,
    /// How much ranked hits are like the other good ones.
    pub(super) resemblances: Vec<(Address, f32)>,
}

impl Pass<'_> {
    pub(super) fn walk(&self, search: &Search<'_>) -> tantivy::Result<Walked> {
        let mut found = Found {
            total: 0,
            ranked: Top::new(self.ranked_max()),
            sorted: Vec::new(),
            pinned: Vec::new(),
            docs: Vec::new(),
            resemblances: Vec::new(),
        };
        for (at, segment) in search.searcher.segment_readers().iter().enumerate() {
            self.walk_segment(search, at, segment, &mut found)?;
        }
        Ok(Walked {
            total: found.total,
            docs: std::mem::take(&mut found.docs),
            hits: self.page_of(&mut found, search)?,
            resemblances: found.resemblances,
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

    fn is_ranked_text(&self) -> bool {
        self.signals.has_text && self.sort.is_none()
    }

    fn walk_segment(
        &self,
        search: &Search<'_>,
        at: usize,
        segment: &SegmentReader,
        found: &mut Found,
    ) -> tantivy::Result<()> {
        let mut docs = SegmentDocs::default();
        let collapses = self.matcher.variants().collapse;
        let mut masters = Masters::open(segment, collapses)?;
        let mut order = self.order(search, segment, masters.any())?;
        let mut siblings = Siblings::open(segment, search.schema, masters.any())?;
        let ruled = self.matcher.ruled();
        self.matcher.for_each(at, segment, |doc, text| {
            let standing = masters.standing(doc);
            if standing != Standing::Sibling {
                found.total += 1;
                found.take_best(&mut siblings, &mut order);
            }
            if self.keeps_docs {
                docs.push(doc, standing == Standing::Sibling);
            }
            let address = Address { segment: at, doc };
            let place = ruled.place_of(address);
            match standing {
                Standing::Alone if place.is_some() && matches!(order, Order::Ranked(_)) => {
                    let exact = text.is_some_and(|text| text.met().exact);
                    found
                        .pinned
                        .extend(place.map(|place| (place, address, exact)));
                }
                Standing::Alone => {
                    let exact_without = !self.signals.has_text;
                    order.offer(address, text, exact_without, &mut found.ranked);
                }
                Standing::First | Standing::Sibling => {
                    siblings.pin(place);
                    order.offer_sibling(address, text, &mut siblings);
                }
            }
        })?;
        found.take_best(&mut siblings, &mut order);
        if let Order::Sorted { best, .. } = order {
            found.sorted.extend(best.finish(at)?);
        }
        found.docs.push(docs);
        Ok(())
    }

    fn order(
        &self,
        search: &Search<'_>,
        segment: &SegmentReader,
        has_stand_ins: bool,
    ) -> tantivy::Result<Order> {
        let signals = || Signals::open(segment, search.schema, self.signals);
        let hits_max = self.hits_max();
        Ok(match self.sort {
            _ if hits_max == 0 => Order::CountOnly,
            None => Order::Ranked(signals()?),
            Some(sort) => Order::Sorted {
                best: sort.in_segment(segment, hits_max)?,
                signals: has_stand_ins.then(signals).transpose()?,
            },
        })
    }

    fn page_of(
        &self,
        found: &mut Found,
        search: &Search<'_>,
    ) -> tantivy::Result<Vec<(Address, bool)>> {
        found.pinned.sort_unstable();
        let pinned = found.pinned.iter();
        let pinned = pinned.map(|&(_, address, exact)| (address, exact));
        found.sorted.sort_unstable();
        let sorted = found.sorted.iter().map(|hit| (hit.address, hit.exact));
        let mut ranked = std::mem::replace(&mut found.ranked, Top::new(0)).into_sorted();
        if self.is_ranked_text() {
            found.resemblances =
                put_alike_first(&mut ranked, self.matcher.typed(), search.searcher)?;
        }
        let ranked = ranked.iter().map(|hit| (hit.address, hit.exact));
        // A search is sorted or ranked; one of the two is empty.
        let hits = pinned.chain(sorted).chain(ranked).take(self.hits_max());
        Ok(hits.skip(self.page.offset).collect())
    }
}

/// As far as the walk has come.
struct Found {
    total: u64,
    ranked: Top<Ranked>,
    sorted: Vec<Sorted>,
    /// By place; none where a sort decides.
    pinned: Vec<(usize, Address, bool)>,
    docs: DocsBySegment,
    resemblances: Vec<(Address, f32)>,
}

impl Found {
    /// Takes over the best of the variants that stand for one master, if there are any.
    fn take_best(&mut self, siblings: &mut Siblings, order: &mut Order) {
        let place = siblings.pinned.take();
        let Some(best) = siblings.take_best() else {
            return;
        };
        match place {
            Some(place) if matches!(order, Order::Ranked(_)) => {
                self.pinned.push((place, best.address, best.exact));
            }
            _ => order.offer_best(best, &mut self.ranked),
        }
    }
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

impl Order {
    fn offer(
        &mut self,
        address: Address,
        text: Option<&mut SegmentText<'_>>,
        exact_without: bool,
        ranked: &mut Top<Ranked>,
    ) {
        match self {
            Self::CountOnly => {}
            Self::Ranked(signals) => signals.offer(ranked, address, text),
            Self::Sorted { best, .. } => {
                best.offer(
                    address.doc,
                    text.map_or(exact_without, |text| text.met().exact),
                );
            }
        }
    }

    fn offer_sibling(
        &self,
        address: Address,
        text: Option<&mut SegmentText<'_>>,
        siblings: &mut Siblings,
    ) {
        match self {
            Self::Ranked(signals)
            | Self::Sorted {
                signals: Some(signals),
                ..
            } => signals.offer(&mut siblings.ranked, address, text),
            Self::CountOnly | Self::Sorted { signals: None, .. } => {}
        }
    }

    fn offer_best(&mut self, hit: Ranked, ranked: &mut Top<Ranked>) {
        match self {
            Self::CountOnly => {}
            Self::Ranked(_) => ranked.offer(hit),
            Self::Sorted { best, .. } => best.offer(hit.address.doc, hit.exact),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// An object of its own.
    Alone,
    /// The first document found of those that stand for one master.
    First,
    /// Stands for the same master as the document before.
    Sibling,
}

/// Who stands for whom. Asked in ascending order.
pub(super) struct Masters {
    /// `None` where every document is a hit of its own.
    columns: Option<(Column<u64>, Column<u64>)>,
    current: Option<u64>,
}

impl Masters {
    pub(super) fn open(segment: &SegmentReader, collapses: bool) -> tantivy::Result<Self> {
        let columns = segment.fast_fields();
        let stand_ins = if collapses {
            columns.column_opt::<u64>(STAND_IN)?
        } else {
            None
        };
        let columns = match stand_ins {
            Some(stand_ins) => Some((stand_ins, columns.u64(VERSION_ID)?)),
            None => None,
        };
        Ok(Self {
            columns,
            current: None,
        })
    }

    fn any(&self) -> bool {
        self.columns.is_some()
    }

    pub(super) fn standing(&mut self, doc: DocId) -> Standing {
        let before = self.current.take();
        let Some((stand_ins, versions)) = &self.columns else {
            return Standing::Alone;
        };
        if stand_ins.first(doc).is_none() {
            return Standing::Alone;
        }
        // All that stand for a master have its version.
        self.current = versions.first(doc);
        if before.is_some() && before == self.current {
            Standing::Sibling
        } else {
            Standing::First
        }
    }
}

/// The variants found that stand for one master.
struct Siblings {
    ranked: Top<Ranked>,
    /// Place of the first of them that is pinned.
    pinned: Option<usize>,
    preference: Option<Column<f64>>,
    price: Option<Column<f64>>,
}

impl Siblings {
    fn open(segment: &SegmentReader, schema: &Schema, any: bool) -> tantivy::Result<Self> {
        let column = |name| match schema.get(name) {
            Some((attribute, AttributeType::Numeric)) if any => {
                open_number(segment, NUMBERS, attribute)
            }
            _ => Ok(None),
        };
        Ok(Self {
            ranked: Top::new(SIBLINGS_MAX),
            pinned: None,
            preference: column("_variant_preference")?,
            price: column("price_amount")?,
        })
    }

    fn pin(&mut self, place: Option<usize>) {
        let places = self.pinned.into_iter().chain(place);
        self.pinned = places.min();
    }

    /// By relevance, then preference, then price (contract 05 §9), then as sent.
    fn take_best(&mut self) -> Option<Ranked> {
        if self.ranked.is_empty() {
            return None;
        }
        let ranked = std::mem::replace(&mut self.ranked, Top::new(SIBLINGS_MAX)).into_sorted();
        let (best, doc_of) = (ranked.first()?, |hit: &Ranked| hit.address.doc);
        let equals = ranked.iter().take_while(|hit| hit.is_as_relevant_as(best));
        let chosen = equals.min_by_key(|hit| {
            let preference = first(self.preference.as_ref(), doc_of(hit));
            let price = first(self.price.as_ref(), doc_of(hit));
            (
                Reverse(Score::new(preference.unwrap_or(f64::NEG_INFINITY))),
                Score::new(price.unwrap_or(f64::INFINITY)),
                doc_of(hit),
            )
        });
        chosen.cloned()
    }
}
