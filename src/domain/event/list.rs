//! A list that was shown (docs/reference/06-autocomplete-and-others.md §6.4). Pure: what was sent in, what it
//! means out, and what is wrong with it counted.

use super::Label;
use super::fault::{FaultKind, Faults};
use super::query::RecordedQuery;
use crate::domain::identity::Identity;

/// Which list, by its name on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ListKind {
    SearchResults,
    Autocomplete,
    ProductListing,
    Recommendation,
}

impl ListKind {
    pub const ALL: &[Self] = &[
        Self::SearchResults,
        Self::Autocomplete,
        Self::ProductListing,
        Self::Recommendation,
    ];

    /// Exactly, in this case of its letters.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::SearchResults => "Search Results",
            Self::Autocomplete => "Autocomplete",
            Self::ProductListing => "Product Listing",
            Self::Recommendation => "Recommendation",
        }
    }

    fn has_query(self) -> bool {
        matches!(self, Self::SearchResults | Self::Autocomplete)
    }
}

/// Where on a page recommendations stand: `RecommenderClientId`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place(Box<str>);

impl Place {
    pub const BYTES_MAX: usize = 128;

    /// `None` when the text is blank or too long.
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty() && text.len() <= Self::BYTES_MAX).then(|| Self(text.into()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A list as it was sent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SentList {
    pub items: Vec<SentItem>,
    pub query: SentQuery,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct SentItem {
    pub url: Option<String>,
    pub has_title: bool,
    pub has_type: bool,
    /// A suggestion of a query, whose `url` is its text.
    pub is_query: bool,
    /// From 1, over all pages.
    pub position: Option<u64>,
    /// `None` also where it is a text.
    pub price: Option<f64>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct SentQuery {
    pub string: Option<String>,
    /// Whether the visitor chose a filter, the reserved names left out.
    pub is_filtered: bool,
    pub has_scopes: bool,
    /// `RecommenderClientId`.
    pub place: Option<String>,
    /// `_Variant`.
    pub variant: Option<String>,
}

/// What it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListView {
    pub kind: ListKind,
    /// Of a search or of suggestions.
    pub query: Option<RecordedQuery>,
    /// Of recommendations.
    pub place: Option<Place>,
    /// The variant of an A/B test that it is of.
    pub variant: Option<Label>,
    /// What was shown, each once, in order.
    pub items: Vec<Identity>,
    /// Queries that were shown beside, by their text.
    pub suggestions: Vec<Identity>,
    /// Nothing was found.
    pub is_empty: bool,
    /// The visitor had narrowed it down.
    pub is_filtered: bool,
    /// A further page of a list that was counted with its first.
    pub is_further_page: bool,
}

impl ListView {
    /// Items of one list; further ones are not counted.
    pub const ITEMS_MAX: usize = 200;

    pub fn read(kind: ListKind, sent: SentList, faults: &mut Faults) -> Self {
        check_items(&sent.items, faults);
        let query = kind.has_query().then_some(sent.query.string.as_deref());
        let query = query.and_then(|string| read_query(string, faults));
        if kind == ListKind::ProductListing && !sent.query.has_scopes {
            faults.note(FaultKind::WithoutScopes);
        }
        let place = sent.query.place.as_deref().and_then(Place::new);
        let place = place.filter(|_| kind == ListKind::Recommendation);
        if kind == ListKind::Recommendation && place.is_none() {
            faults.note(FaultKind::WithoutPlace);
        }
        let variant = sent.query.variant.as_deref().and_then(Label::new);
        let first = sent.items.iter().filter_map(|item| item.position).min();
        let is_empty = sent.items.is_empty();
        let (items, suggestions) = identities(sent.items, faults);
        Self {
            kind,
            query,
            place,
            variant,
            items,
            suggestions,
            is_empty,
            is_filtered: sent.query.is_filtered,
            is_further_page: first.is_some_and(|first| first > 1),
        }
    }

    /// Whether it says that somebody searched for its query: every page of results comes with it, and only
    /// the first is a search.
    pub fn searched(&self) -> Option<&RecordedQuery> {
        let is_search = self.kind == ListKind::SearchResults && !self.is_further_page;
        self.query.as_ref().filter(|_| is_search)
    }
}

fn read_query(string: Option<&str>, faults: &mut Faults) -> Option<RecordedQuery> {
    let Some(string) = string.filter(|string| !string.trim().is_empty()) else {
        faults.note(FaultKind::WithoutQuery);
        return None;
    };
    let query = RecordedQuery::new(string);
    if query.is_none() {
        faults.note(FaultKind::QueryNotKept);
    }
    query
}

fn check_items(items: &[SentItem], faults: &mut Faults) {
    let mut last = 0;
    for item in items {
        if !item.has_title {
            faults.note(FaultKind::ItemWithoutTitle);
        }
        if !item.has_type {
            faults.note(FaultKind::ItemWithoutType);
        }
        if item.price.is_some_and(|price| price < 0.0) {
            faults.note(FaultKind::NegativePrice);
        }
        match item.position {
            None => faults.note(FaultKind::ItemWithoutPosition),
            Some(position) => {
                if position <= last {
                    faults.note(FaultKind::PositionOrder);
                }
                last = position;
            }
        }
    }
    let more = items.len().saturating_sub(ListView::ITEMS_MAX);
    faults.note_times(FaultKind::TooManyItems, more as u32);
}

/// Objects, and suggestions of queries.
fn identities(items: Vec<SentItem>, faults: &mut Faults) -> (Vec<Identity>, Vec<Identity>) {
    let mut seen = std::collections::HashSet::new();
    let (mut objects, mut queries) = (Vec::new(), Vec::new());
    for item in items {
        match item.url.as_deref().map(Identity::new) {
            Some(Ok(identity)) => {
                if seen.len() < ListView::ITEMS_MAX && seen.insert(identity.clone()) {
                    let list = if item.is_query {
                        &mut queries
                    } else {
                        &mut objects
                    };
                    list.push(identity);
                }
            }
            _ => faults.note(FaultKind::ItemWithoutUrl),
        }
    }
    (objects, queries)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn item(url: &str, position: u64) -> SentItem {
        SentItem {
            url: Some(url.to_owned()),
            has_title: true,
            has_type: true,
            is_query: false,
            position: Some(position),
            price: Some(1.0),
        }
    }

    fn search(string: &str, items: Vec<SentItem>) -> SentList {
        SentList {
            items,
            query: SentQuery {
                string: Some(string.to_owned()),
                ..SentQuery::default()
            },
        }
    }

    fn read(kind: ListKind, sent: SentList) -> (ListView, Vec<(&'static str, u32)>) {
        let mut faults = Faults::default();
        let view = ListView::read(kind, sent, &mut faults);
        let met = faults.iter().map(|(kind, count)| (kind.as_str(), count));
        (view, met.collect())
    }

    #[test]
    fn a_faultless_list_has_no_faults() {
        let sent = search("Wool  Sock", vec![item("a", 1), item("b", 2)]);
        let (view, faults) = read(ListKind::SearchResults, sent);
        assert_eq!(faults, []);
        let query = view.searched().expect("a search");
        assert_eq!((query.folded(), query.typed()), ("wool sock", "Wool Sock"));
        assert!(!view.is_empty && !view.is_filtered);
    }

    #[test]
    fn every_fault_of_an_item_is_counted_and_the_others_are_shown() {
        let bare = SentItem {
            url: Some("c".into()),
            price: Some(-1.0),
            ..SentItem::default()
        };
        let items = vec![
            item("a", 3),
            item("b", 3),
            item("b", 2),
            bare,
            SentItem::default(),
        ];
        let (view, faults) = read(ListKind::SearchResults, search("x", items));
        assert_eq!(
            faults,
            [
                ("item_without_url", 1),
                ("item_without_position", 2),
                ("item_without_title", 2),
                ("item_without_type", 2),
                ("position_order", 2),
                ("negative_price", 1),
            ]
        );
        let shown: Vec<_> = view.items.iter().map(Identity::as_str).collect();
        assert_eq!(shown, ["a", "b", "c"]);
    }

    #[test]
    fn each_list_must_say_what_belongs_to_it() {
        for (kind, fault) in [
            (ListKind::SearchResults, "without_query"),
            (ListKind::Autocomplete, "without_query"),
            (ListKind::ProductListing, "without_scopes"),
            (ListKind::Recommendation, "without_recommender_client_id"),
        ] {
            let (view, faults) = read(kind, search(" ", Vec::new()));
            assert_eq!(faults, [(fault, 1)], "{kind:?}");
            assert_eq!(view.query, None);
        }
    }

    #[test]
    fn only_the_first_page_is_a_search() {
        let further = search("x", vec![item("a", 21), item("b", 22)]);
        let (view, _) = read(ListKind::SearchResults, further);
        assert!(view.query.is_some() && view.searched().is_none());
        let (view, _) = read(ListKind::Autocomplete, search("x", Vec::new()));
        assert!(view.query.is_some() && view.searched().is_none());
    }

    proptest! {
        #[test]
        fn any_list_is_bounded_and_shows_each_item_once(
            urls in proptest::collection::vec(proptest::option::of("[a-c]{0,2}|\\PC{0,9}"), 0..300),
            string in proptest::option::of("\\PC{0,300}"),
        ) {
            let items = urls.iter().map(|url| SentItem { url: url.clone(), ..SentItem::default() });
            let sent = SentList {
                items: items.collect(),
                query: SentQuery { string, ..SentQuery::default() },
            };
            for kind in ListKind::ALL {
                let mut faults = Faults::default();
                let view = ListView::read(*kind, sent.clone(), &mut faults);
                let distinct: std::collections::HashSet<_> = view.items.iter().collect();
                prop_assert_eq!(distinct.len(), view.items.len());
                prop_assert!(view.items.len() <= ListView::ITEMS_MAX);
                prop_assert_eq!(view.is_empty, urls.is_empty());
                let without = urls.iter().filter(|url| {
                    url.as_deref().is_none_or(|url| Identity::new(url).is_err())
                });
                prop_assert_eq!(faults.of(FaultKind::ItemWithoutUrl) as usize, without.count());
            }
        }
    }
}
