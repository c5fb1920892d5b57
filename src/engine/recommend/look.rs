//! The searches of one request. Invariant: they share what one search may ask for, and the room of one answer.

use std::collections::{HashMap, HashSet};

use super::Circumstances;
use super::scope::{Scope, leaf};
use crate::domain::{
    AnswerMemory, ClientHistory, ClientId, Direction, FacetKind, FacetRequest, FieldFilter,
    FieldName, FilterTree, Hit, Identity, ObjectType, Page, Profile, Projection, QueryText,
    SearchQuery, SearchResults, SortKey, TrackerId, Traits,
};
use crate::engine::{Engine, EngineError};

/// Objects looked up by one search.
const LOOKED_UP_AT_ONCE: usize = 100;

/// Objects that say what a client likes.
const LIKED_MAX: usize = 20;

/// Types of products, by the names that most shops give them.
const PRODUCT_TYPES: [&str; 2] = ["item", "product"];

/// Types of what is no product.
const OTHER_TYPES: [&str; 4] = ["category", "brand", "article", "query"];

/// Types of objects of a site that are told apart.
const TYPES_MAX: usize = 50;

pub(super) struct Look<'e> {
    pub(super) engine: &'e Engine,
    pub(super) site: &'e TrackerId,
    pub(super) circumstances: Circumstances,
    /// Room for what is read for the query that is being answered.
    pub(super) memory: AnswerMemory,
    work_done: u64,
    /// What was recommended to earlier queries of the request.
    pub(super) taken: HashSet<Identity>,
    product_types: Option<Vec<ObjectType>>,
    clients: HashMap<ClientId, Known>,
    pub(super) popularity: HashMap<ObjectType, HashMap<Identity, u64>>,
}

/// What is known of a client.
#[derive(Clone, Default)]
pub(super) struct Known {
    pub(super) history: ClientHistory,
    pub(super) profile: Profile,
}

impl<'e> Look<'e> {
    pub(super) fn new(
        engine: &'e Engine,
        site: &'e TrackerId,
        circumstances: Circumstances,
    ) -> Self {
        Self {
            engine,
            site,
            memory: circumstances.memory.clone(),
            circumstances,
            work_done: 0,
            taken: HashSet::new(),
            product_types: None,
            clients: HashMap::new(),
            popularity: HashMap::new(),
        }
    }

    /// A search for what a scope lets through.
    pub(super) fn search_in(&self, scope: &Scope, offset: usize, limit: usize) -> SearchQuery {
        let mut search = SearchQuery::everything(self.circumstances.now);
        search.filters = scope.filters();
        search.page = Page { offset, limit };
        search.projection = scope.projection.clone();
        search
    }

    pub(super) async fn run(
        &mut self,
        mut search: SearchQuery,
    ) -> Result<SearchResults, EngineError> {
        search.asker = self.circumstances.asker;
        search.asker.work_done = self.work_done;
        search.memory = self.memory.clone();
        let mut found = self.engine.search.search(self.site, search).await?;
        // There is more to ask.
        found.turn.end();
        self.work_done = self.work_done.saturating_add(found.work);
        Ok(found)
    }

    /// In the order of a search without words.
    pub(super) async fn listed(
        &mut self,
        scope: &Scope,
        offset: usize,
        limit: usize,
    ) -> Result<SearchResults, EngineError> {
        let search = self.search_in(scope, offset, limit);
        self.run(search).await
    }

    /// Ordered by an attribute; nothing where no object has it.
    pub(super) async fn latest_by(
        &mut self,
        scope: &Scope,
        field: &str,
        limit: usize,
    ) -> Result<Vec<Hit>, EngineError> {
        let has_it = FilterTree::None(vec![leaf(field, "value_missing")]);
        let mut search = self.search_in(&scope.within(has_it), 0, limit);
        search.sort = vec![SortKey {
            field: FieldName::new(field),
            direction: Direction::Descending,
        }];
        match self.run(search).await {
            Ok(found) => Ok(found.hits),
            Err(EngineError::UnknownAttribute(name)) if name.as_str() == field => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    /// By words.
    pub(super) async fn met(
        &mut self,
        scope: &Scope,
        words: &str,
        limit: usize,
    ) -> Result<SearchResults, EngineError> {
        let mut search = self.search_in(scope, 0, limit);
        search.text = QueryText::new(words);
        search.uses_rules = false;
        self.run(search).await
    }

    /// These objects as far as the scope lets them through, in this order.
    pub(super) async fn named(
        &mut self,
        scope: &Scope,
        items: &[Identity],
        wanted: usize,
    ) -> Result<Vec<Hit>, EngineError> {
        let mut hits = Vec::new();
        for some in items.chunks(LOOKED_UP_AT_ONCE) {
            let names = some.iter().map(|item| leaf("identity", item.as_str()));
            let among = scope.within(FilterTree::Any(names.collect()));
            let mut search = self.search_in(&among, 0, some.len());
            if scope.types.is_empty() {
                // Without types there is nothing that a tree could be of.
                let names = some.iter();
                search.filters.any_of = names
                    .map(|item| FieldFilter::untyped("identity", item.as_str()))
                    .collect();
                search.all_variants = true;
            }
            let found = self.run(search).await?;
            let mut by_name: HashMap<Identity, Hit> = found
                .hits
                .into_iter()
                .map(|hit| (hit.object.shown().identity().clone(), hit))
                .collect();
            hits.extend(some.iter().filter_map(|item| by_name.remove(item)));
            if hits.len() >= wanted {
                break;
            }
        }
        Ok(hits)
    }

    /// Objects of any type, whether they can be had or not.
    pub(super) async fn look_up(&mut self, items: &[Identity]) -> Result<Vec<Hit>, EngineError> {
        if items.is_empty() {
            return Ok(Vec::new());
        }
        let scope = Scope::everything(Projection::default());
        self.named(&scope, items, items.len()).await
    }

    /// Types of which there are products.
    pub(super) async fn product_types(&mut self) -> Result<Vec<ObjectType>, EngineError> {
        if let Some(known) = &self.product_types {
            return Ok(known.clone());
        }
        let mut search = SearchQuery::everything(self.circumstances.now);
        search.facets.extend(FacetRequest::new("type", TYPES_MAX));
        let found = self.run(search).await?;
        let mut types: Vec<ObjectType> = Vec::new();
        for facet in &found.facets {
            if let FacetKind::Text(values) = &facet.kind {
                types.extend(
                    values
                        .iter()
                        .filter_map(|of| ObjectType::new(&of.value).ok()),
                );
            }
        }
        let is_usual = |of: &&ObjectType| PRODUCT_TYPES.contains(&of.as_str());
        let mut products: Vec<ObjectType> = types.iter().filter(is_usual).cloned().collect();
        if products.is_empty() {
            let is_other = |of: &&ObjectType| OTHER_TYPES.contains(&of.as_str()) || of.is_variant();
            let types = types.iter().filter(|of| !is_other(of));
            products = types.cloned().collect();
        }
        if products.is_empty() {
            products.extend(ObjectType::new(PRODUCT_TYPES[0]));
        }
        self.product_types = Some(products.clone());
        Ok(products)
    }

    /// Any number, another one each time.
    pub(super) fn luck(&mut self) -> u64 {
        // SplitMix64.
        let luck = &mut self.circumstances.luck;
        *luck = luck.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = *luck;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// What is known of who asks, read once a request.
    pub(super) async fn client(&mut self, user: Option<&ClientId>) -> Result<Known, EngineError> {
        let Some((user, door)) = user.zip(self.engine.affinities.as_ref()) else {
            return Ok(Known::default());
        };
        if let Some(known) = self.clients.get(user) {
            return Ok(known.clone());
        }
        let history = door.history(self.site, user.clone()).await?;
        let mut liked = history.all();
        liked.truncate(LIKED_MAX);
        let liked = self.look_up(&liked).await?;
        let traits: Vec<Traits> = liked
            .iter()
            .map(|hit| Traits::of(hit.object.shown()))
            .collect();
        let known = Known {
            history,
            profile: Profile::of(&traits),
        };
        self.clients.insert(user.clone(), known.clone());
        Ok(known)
    }
}
