//! What each model shows, and what stands in for it (docs/reference/06-autocomplete-and-others.md §7.3). Invariant:
//! nothing that must not be shown is, wherever it comes from.

use std::collections::HashMap;

use super::Recommended;
use super::look::{Known, Look};
use super::places::title;
use super::popular::{Candidate, identity};
use super::scope::{Scope, leaf};
use crate::domain::{
    FilterTree, Hit, Identity, Model, ObjectType, Page, Profile, RecommendationQuery, Timestamp,
    Traits, spread,
};
use crate::engine::EngineError;

/// Objects of a history that say what goes with them, or resembles them.
const STARTED_FROM_MAX: usize = 5;

/// Words of an article that are looked for, the shortest that says anything, and objects that each may find.
const WORDS_MAX: usize = 8;
const WORD_CHARS_MIN: usize = 4;
const MET_MAX: usize = 50;

/// An answer in the making.
struct Filling<'q> {
    query: &'q RecommendationQuery,
    /// What is known of who asks.
    known: Known,
    chosen: Vec<Recommended>,
}

impl Filling<'_> {
    fn is_full(&self) -> bool {
        self.chosen.len() >= self.query.size
    }

    fn add(&mut self, look: &mut Look<'_>, hits: impl IntoIterator<Item = Hit>, is_fallback: bool) {
        for hit in hits {
            if self.is_full() {
                return;
            }
            let item = identity(&hit);
            let is_left_out = self.query.never.contains(&item) || self.query.about.contains(&item);
            if !is_left_out && look.taken.insert(item) {
                self.chosen.push(Recommended { hit, is_fallback });
            }
        }
    }

    /// Those that events say nothing of only stand in.
    fn add_popular(&mut self, look: &mut Look<'_>, candidates: Vec<Candidate>) {
        for one in candidates {
            self.add(look, [one.hit], !one.is_popular);
        }
    }
}

pub(super) async fn answer(
    look: &mut Look<'_>,
    query: &RecommendationQuery,
) -> Result<Vec<Recommended>, EngineError> {
    let known = look.client(query.user.as_ref()).await?;
    let scope = Scope::of(query, &look.taken);
    let mut filling = Filling {
        query,
        known,
        chosen: Vec::with_capacity(query.size),
    };
    if query.model == Model::TopCategories {
        top_categories(look, &scope, &mut filling).await?;
        return Ok(filling.chosen);
    }
    if query.model == Model::ArticleArticles {
        near_article(look, &scope, &mut filling).await?;
        return Ok(filling.chosen);
    }
    let products = scope.with_types(look.product_types().await?);
    match query.model {
        Model::Alternatives => {
            let about = look.look_up(&query.about).await?;
            let alike = look.alike_to_any(&about, &scope, wanted(query)).await?;
            filling.add(look, alike, false);
        }
        Model::Complements | Model::BasketPopup => complements(look, &scope, &mut filling).await?,
        Model::Basket => {
            let together = look.together(&query.about, &scope, None).await?;
            filling.add(look, together, false);
        }
        Model::Favorites | Model::RecentlyOrdered | Model::LastSeen => {
            let history = &filling.known.history;
            let own = match query.model {
                Model::Favorites => history.bought_often(),
                Model::RecentlyOrdered => history.bought_lately(),
                _ => history.looked_at(),
            };
            let own = look.named(&products, &own, own.len()).await?;
            filling.add(look, own, false);
        }
        Model::ConversionBased => {
            let bought = filling.known.history.bought_lately();
            let from = &bought[..bought.len().min(RecommendationQuery::ABOUT_MAX)];
            let mut together = look.together(from, &scope, None).await?;
            together.retain(|hit| !bought.contains(hit.object.shown().identity()));
            filling.add(look, together, false);
        }
        Model::ClickBased => {
            let mut clicked = filling.known.history.clicked_in_vain();
            clicked.truncate(STARTED_FROM_MAX);
            let from = look.look_up(&clicked).await?;
            let mut alike = look.alike_to_any(&from, &scope, wanted(query)).await?;
            alike.retain(|hit| {
                !filling
                    .known
                    .history
                    .has_bought(hit.object.shown().identity())
            });
            filling.add(look, alike, false);
        }
        Model::Random | Model::RandomNews => random(look, &products, &mut filling).await?,
        Model::ArticleItems => near_article(look, &products, &mut filling).await?,
        _ => listing(look, &products, &mut filling).await?,
    }
    if !filling.is_full() && query.model.has_fallback() {
        let profile = filling.known.profile.clone();
        let popular = look.popular(&products, wanted(query), &profile).await?;
        let hits = popular.into_iter().map(|one| one.hit);
        filling.add(look, hits, true);
    }
    Ok(filling.chosen)
}

/// More than is shown: some of it may be left out.
fn wanted(query: &RecommendationQuery) -> usize {
    (query.size + query.about.len() + query.never.len()).min(Page::LIMIT_MAX)
}

/// What was bought together, else what lies beside it in the categories above.
async fn complements(
    look: &mut Look<'_>,
    scope: &Scope,
    filling: &mut Filling<'_>,
) -> Result<(), EngineError> {
    let query = filling.query;
    let about = look.look_up(&query.about).await?;
    let traits: Vec<Traits> = about
        .iter()
        .map(|hit| Traits::of(hit.object.shown()))
        .collect();
    let dearest = traits.iter().filter_map(|of| of.price).reduce(f64::max);
    let together = look.together(&query.about, scope, dearest).await?;
    filling.add(look, together, false);
    if query.model != Model::Complements {
        return Ok(());
    }
    for (hit, traits) in about.iter().zip(&traits) {
        let own = traits.category.as_ref();
        let Some((own, above)) = own.and_then(|own| Some((own, own.above()?))) else {
            continue;
        };
        if filling.is_full() {
            break;
        }
        let beside = scope
            .with_types(vec![hit.object.shown().object_type().clone()])
            .within(above.filter())
            .within(FilterTree::None(vec![own.filter()]));
        let profile = filling.known.profile.clone();
        let popular = look.popular(&beside, wanted(query), &profile).await?;
        let hits = spread_over_categories(popular);
        filling.add(look, hits.into_iter().map(|one| one.hit), true);
    }
    Ok(())
}

fn spread_over_categories(candidates: Vec<Candidate>) -> Vec<Candidate> {
    let scored = candidates.into_iter().map(|one| (one.score, one)).collect();
    spread(scored, |one: &Candidate| one.traits.category.clone())
}

/// What a category, a brand or all of the shop has to show.
async fn listing(
    look: &mut Look<'_>,
    products: &Scope,
    filling: &mut Filling<'_>,
) -> Result<(), EngineError> {
    let query = filling.query;
    let names: &[&str] = match query.model {
        Model::Category => &["nested_category_id", "category", "all_categories_path"],
        Model::Brand => &["nested_brand_id", "brand"],
        _ => &["nested_category_id", "category", "nested_brand_id", "brand"],
    };
    let within = look.within(products, &query.about, names).await?;
    let needs_place = matches!(query.model, Model::Category | Model::Brand);
    if within.is_none() && (needs_place || !query.about.is_empty()) {
        return Ok(());
    }
    let scope = match within {
        Some(tree) => products.within(tree),
        None => products.clone(),
    };
    let wanted = wanted(query);
    let profile = filling.known.profile.clone();
    match query.model {
        Model::News => {
            for field in ["introduced_at", "_introduced_at"] {
                let latest = look.latest_by(&scope, field, wanted).await?;
                filling.add(look, latest, false);
            }
        }
        Model::Discount => {
            const AMOUNT: &str = "discount_price_absolute_amount";
            let cheaper = scope.within(FilterTree::None(vec![leaf(AMOUNT, "|0")]));
            let cheaper = look.latest_by(&cheaper, AMOUNT, wanted).await?;
            filling.add(look, cheaper, false);
        }
        Model::NewsByLabel | Model::DiscountByLabel => {
            let label = if query.model == Model::NewsByLabel {
                "is_new"
            } else {
                "is_sale"
            };
            let labels = ["label", "labels"].map(|name| leaf(name, label));
            let labelled = scope.within(FilterTree::Any(labels.into()));
            let popular = look.popular(&labelled, wanted, &profile).await?;
            filling.add(look, popular.into_iter().map(|one| one.hit), false);
        }
        Model::Category | Model::Brand => {
            let popular = look.popular(&scope, wanted, &profile).await?;
            filling.add_popular(look, spread_over_categories(popular));
        }
        _ => {
            let popular = look.popular(&scope, wanted, &profile).await?;
            filling.add_popular(look, popular);
        }
    }
    Ok(())
}

/// Categories that the client had to do with, then those that all have.
async fn top_categories(
    look: &mut Look<'_>,
    scope: &Scope,
    filling: &mut Filling<'_>,
) -> Result<(), EngineError> {
    let Ok(category) = ObjectType::new("category") else {
        return Ok(());
    };
    let categories = scope.with_types(vec![category]);
    let own = filling.known.history.all();
    let own = look.named(&categories, &own, filling.query.size).await?;
    filling.add(look, own, false);
    if !filling.is_full() {
        let nobody = Profile::default();
        let popular = look.popular(&categories, wanted(filling.query), &nobody);
        let popular = popular.await?;
        filling.add_popular(look, popular);
    }
    Ok(())
}

async fn random(
    look: &mut Look<'_>,
    products: &Scope,
    filling: &mut Filling<'_>,
) -> Result<(), EngineError> {
    const DAY_MS: i64 = 24 * 60 * 60 * 1000;
    let query = filling.query;
    let names = ["nested_category_id", "category", "nested_brand_id", "brand"];
    let within = look.within(products, &query.about, &names).await?;
    if within.is_none() && !query.about.is_empty() {
        return Ok(());
    }
    let scope = match within {
        Some(tree) => products.within(tree),
        None => products.clone(),
    };
    if query.model == Model::Random {
        let random = look.random(&scope, wanted(query)).await?;
        filling.add(look, random, false);
        return Ok(());
    }
    for days in [30, 60, 90] {
        let since = look.circumstances.now.as_millis() - days * DAY_MS;
        let since = format!("{}|", Timestamp::from_millis(since));
        let new = ["introduced_at", "_introduced_at"].map(|name| leaf(name, &since));
        let new = scope.within(FilterTree::Any(new.into()));
        let random = look.random(&new, wanted(query)).await?;
        filling.add(look, random, false);
        if filling.is_full() {
            break;
        }
    }
    Ok(())
}

/// What has words in common with the title of an article, the rarer the better.
async fn near_article(
    look: &mut Look<'_>,
    scope: &Scope,
    filling: &mut Filling<'_>,
) -> Result<(), EngineError> {
    let about = look.look_up(&filling.query.about).await?;
    let mut scores: HashMap<Identity, (f64, Hit)> = HashMap::new();
    for article in &about {
        let object = article.object.shown();
        let scope = if scope.types.is_empty() {
            scope.with_types(vec![object.object_type().clone()])
        } else {
            scope.clone()
        };
        let mut words: Vec<&str> = title(object)
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| word.chars().count() >= WORD_CHARS_MIN)
            .collect();
        words.dedup();
        for word in words.into_iter().take(WORDS_MAX) {
            let met = look.met(&scope, word, MET_MAX).await?;
            let rarity = 1.0 / (1.0 + met.total_hits as f64).ln_1p();
            for hit in met.hits {
                let sum = scores.entry(identity(&hit)).or_insert((0.0, hit));
                sum.0 += rarity;
            }
        }
    }
    let mut near: Vec<(f64, Hit)> = scores.into_values().collect();
    near.sort_by(|a, b| {
        let by_name = || identity(&a.1).cmp(&identity(&b.1));
        b.0.total_cmp(&a.0).then_with(by_name)
    });
    filling.add(look, near.into_iter().map(|(_, hit)| hit), false);
    if !filling.is_full() && filling.query.model == Model::ArticleArticles {
        let types: Vec<ObjectType> = match about.first() {
            Some(article) => vec![article.object.shown().object_type().clone()],
            None => ObjectType::new("article").into_iter().collect(),
        };
        let rest = scope.with_types(types);
        let nobody = Profile::default();
        let popular = look.popular(&rest, wanted(filling.query), &nobody);
        let popular = popular.await?;
        filling.add(look, popular.into_iter().map(|one| one.hit), true);
    }
    Ok(())
}
