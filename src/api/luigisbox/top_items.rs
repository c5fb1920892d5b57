//! What is popular: `/v1/top_items`, `/v1/personalized_top_items`, `/v2/trending_queries`
//! (docs/reference/06-autocomplete-and-others.md §3, §4). Invariant: every hit is one that a search would find.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;

use super::call::off_async_threads;
use super::events::door;
use super::public::site_asked;
use super::search_error::SearchError;
use super::wire::top_items::{Group, TopItems, TopTrim, TrendingQuery};
use super::wire::types::{TypeRequest, read_types};
use crate::api::AppState;
use crate::api::answer_memory::answer_memory;
use crate::domain::{
    AnswerMemory, ClientId, FieldFilter, FilterTree, Filters, Hit, Page, QUERY_TYPE, RecordedQuery,
    SearchQuery, SearchResults, Site, TypeFilter, query_meets,
};
use crate::engine::EngineError;
use crate::http::query_string::QueryString;
use crate::http::{AnswerRoom, ClientAddress, PieceWriter, json};
use crate::telemetry::metrics::Api;
use crate::throttle::Group as Throttled;

/// The most popular objects of a type that are looked up; filters may leave fewer of them.
const POPULAR_MAX: usize = 300;

/// Of them, those of one search.
const LOOKED_UP_AT_ONCE: usize = 100;

const TRENDING_MAX: usize = 10;
const TRENDING_SEARCHES_MIN: u64 = 3;

/// GET `/v1/top_items`
pub(super) async fn top_items(
    State(app): State<AppState>,
    request: Request,
) -> Result<Response, SearchError> {
    let (head, _) = request.into_parts();
    let asked = TopItemsRequest::read(&app, &head).await?;
    asked.answer(&app, &head, None).await
}

/// GET `/v1/personalized_top_items`
pub(super) async fn personalized(
    State(app): State<AppState>,
    request: Request,
) -> Result<Response, SearchError> {
    let (head, _) = request.into_parts();
    let asked = TopItemsRequest::read(&app, &head).await?;
    let user = asked.user()?;
    asked.answer(&app, &head, user).await
}

/// GET `/v2/trending_queries`
pub(super) async fn trending_queries(
    State(app): State<AppState>,
    request: Request,
) -> Result<Response, SearchError> {
    let query = QueryString::parse(request.uri().query().unwrap_or_default())?;
    let client = request.extensions().get::<ClientAddress>().copied();
    let site = site_asked(&app, &query, Throttled::Search, client).await?;
    let frequent =
        door(&app)?.popular_queries(&site.tracker_id, TRENDING_SEARCHES_MIN, TRENDING_MAX);
    let frequent = in_time(&app, frequent).await?;
    let titles = frequent
        .into_iter()
        .map(|query| TrendingQuery { title: query.title });
    let trending: Vec<_> = titles.collect();
    Ok(json::response(StatusCode::OK, &trending))
}

struct TopItemsRequest {
    query: QueryString,
    site: Arc<Site>,
    types: Vec<TypeRequest>,
    client: Option<ClientAddress>,
}

impl TopItemsRequest {
    async fn read(app: &AppState, head: &Parts) -> Result<Self, SearchError> {
        let query = QueryString::parse(head.uri.query().unwrap_or_default())?;
        let client = head.extensions.get::<ClientAddress>().copied();
        let site = site_asked(app, &query, Throttled::Search, client).await?;
        let types = read_types(&query)?;
        Ok(Self {
            query,
            site,
            types,
            client,
        })
    }

    /// Who asks; `None` for somebody nobody knows.
    fn user(&self) -> Result<Option<ClientId>, SearchError> {
        let sent = self.query.iter().filter(|sent| sent.name == "user_id");
        let user = sent.last().ok_or(SearchError::NoUser)?;
        Ok(ClientId::new(&user.value))
    }

    async fn answer(
        self,
        app: &AppState,
        head: &Parts,
        user: Option<ClientId>,
    ) -> Result<Response, SearchError> {
        let writer = head.extensions.get::<AnswerRoom>();
        let writer = writer.map(AnswerRoom::begin).transpose()?;
        let memory = answer_memory(writer.as_ref().map(PieceWriter::source));
        let found = self.find(app, user, memory);
        let groups = app.counted_search(Api::Search, in_time(app, found)).await?;
        let trim = TopTrim::read(&self.query);
        let site = self.site;
        let written = off_async_threads(true, move || {
            let answer = TopItems::new(&groups, &trim, &site);
            match writer {
                Some(writer) => json::written(writer, StatusCode::OK, &answer),
                None => Ok(json::response(StatusCode::OK, &answer)),
            }
        });
        Ok(written.await??)
    }

    async fn find(
        &self,
        app: &AppState,
        user: Option<ClientId>,
        memory: AnswerMemory,
    ) -> Result<Vec<Group>, EngineError> {
        let mut look = Look {
            app,
            site: &self.site,
            client: self.client,
            memory,
            work_done: 0,
        };
        let mut groups = Vec::with_capacity(self.types.len());
        for wanted in &self.types {
            if wanted.object_type.as_str() == QUERY_TYPE {
                let titles = look.queries(user.as_ref(), wanted).await?;
                let own = look.objects(wanted).await?;
                groups.extend(with_own(titles, own, wanted.count));
            } else {
                groups.push(Group::Objects(look.objects(wanted).await?));
            }
        }
        Ok(groups)
    }
}

/// Searches of one request, which share what one may ask for.
struct Look<'a> {
    app: &'a AppState,
    site: &'a Site,
    client: Option<ClientAddress>,
    memory: AnswerMemory,
    work_done: u64,
}

impl Look<'_> {
    /// The client's own queries; for everybody else, those of all.
    async fn queries(
        &self,
        user: Option<&ClientId>,
        wanted: &TypeRequest,
    ) -> Result<Vec<String>, EngineError> {
        let (door, site) = (door(self.app)?, &self.site.tracker_id);
        let among = if wanted.filters == Filters::default() {
            wanted.count
        } else {
            POPULAR_MAX
        };
        let meeting = |mut titles: Vec<String>| {
            titles.retain(|title| query_meets(title, &wanted.filters, None));
            titles.truncate(wanted.count);
            titles
        };
        if let Some(user) = user {
            let own = door.queries_of_client(site, user.clone(), among);
            let own = meeting(own.await?);
            if !own.is_empty() {
                return Ok(own);
            }
        }
        let popular = door.popular_queries(site, 1, among).await?;
        let titles = popular.into_iter().map(|query| query.title);
        Ok(meeting(titles.collect()))
    }

    /// The most popular that are there and available, then what a list without words begins with.
    async fn objects(&mut self, wanted: &TypeRequest) -> Result<Vec<Hit>, EngineError> {
        let door = door(self.app)?;
        let object_type = wanted.object_type.clone();
        let popular = door.popular_items(&self.site.tracker_id, object_type, POPULAR_MAX);
        let popular = popular.await?;
        let mut hits: Vec<Hit> = Vec::with_capacity(wanted.count);
        for some in popular.chunks(LOOKED_UP_AT_ONCE) {
            let place =
                |(at, item): (usize, &crate::engine::PopularItem)| (item.identity.clone(), at);
            let places: HashMap<_, _> = some.iter().enumerate().map(place).collect();
            let mut search = self.search(wanted, some.len());
            // A tree: a filter of the client's on the same field must not add to it.
            let named = some.iter().map(|item| {
                let name = item.identity.as_str();
                FilterTree::Leaf(FieldFilter::untyped("identity", name))
            });
            search.filters.by_type.push(TypeFilter {
                object_type: wanted.object_type.clone(),
                tree: FilterTree::Any(named.collect()),
            });
            let found = self.run(search).await?;
            let mut ranked: Vec<_> = found
                .hits
                .into_iter()
                .filter_map(|hit| {
                    let place = places.get(hit.object.shown().identity()).copied();
                    place.map(|place| (place, hit))
                })
                .collect();
            ranked.sort_by_key(|(place, _)| *place);
            hits.extend(ranked.into_iter().map(|(_, hit)| hit));
            if hits.len() >= wanted.count {
                hits.truncate(wanted.count);
                return Ok(hits);
            }
        }
        let known: HashSet<_> = hits
            .iter()
            .map(|hit| hit.object.shown().identity().clone())
            .collect();
        let search = self.search(wanted, wanted.count + known.len());
        let further = self.run(search).await?.hits.into_iter();
        let further = further.filter(|hit| !known.contains(hit.object.shown().identity()));
        hits.extend(further.take(wanted.count - known.len()));
        Ok(hits)
    }

    /// Everything of the type that its filters let through and that can be had.
    fn search(&self, wanted: &TypeRequest, limit: usize) -> SearchQuery {
        let mut search = SearchQuery::everything(self.app.clock.now());
        search.filters = wanted.filters.clone();
        let of_type = FieldFilter::untyped("type", wanted.object_type.as_str());
        search.filters.all_of.push(of_type);
        let unavailable = FieldFilter::untyped("availability", "0");
        search.filters.none_of.push(unavailable);
        search.page = Page { offset: 0, limit };
        search.asker = AppState::asker(self.client);
        search.asker.work_done = self.work_done;
        search.memory = self.memory.clone();
        search
    }

    async fn run(&mut self, search: SearchQuery) -> Result<SearchResults, EngineError> {
        let engine = &self.app.engine.search;
        let mut found = engine.search(&self.site.tracker_id, search).await?;
        // There is more to ask.
        found.turn.end();
        self.work_done = self.work_done.saturating_add(found.work);
        Ok(found)
    }
}

/// Recorded queries, then what the shop has sent itself of this type. A text is there once: what the shop has sent
/// of it takes the place of what was recorded.
fn with_own(titles: Vec<String>, own: Vec<Hit>, count: usize) -> Vec<Group> {
    let text = |hit: &Hit| {
        let fields = hit.object.shown().fields();
        let title = fields.get("title")?.texts().next();
        title.map(RecordedQuery::fold_typed)
    };
    let mut own: Vec<(Option<String>, Hit)> =
        own.into_iter().map(|hit| (text(&hit), hit)).collect();
    let mut groups = Vec::with_capacity(titles.len() + 1);
    for title in titles {
        let folded = Some(RecordedQuery::fold_typed(&title));
        let same = own.iter().position(|(text, _)| *text == folded);
        groups.push(match same {
            Some(at) => Group::Objects(vec![own.remove(at).1]),
            None => Group::Queries(vec![title]),
        });
    }
    let missing = count.saturating_sub(groups.len());
    let rest = own.into_iter().map(|(_, hit)| hit);
    groups.push(Group::Objects(rest.take(missing).collect()));
    groups
}

async fn in_time<T>(
    app: &AppState,
    work: impl Future<Output = Result<T, EngineError>>,
) -> Result<T, EngineError> {
    let longest = Duration::from_millis(app.limits.search_timeout_ms);
    let done = tokio::time::timeout(longest, work).await;
    done.unwrap_or_else(|_| Err(app.late()))
}
