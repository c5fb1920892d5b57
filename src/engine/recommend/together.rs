//! What goes with objects, as visitors bought it. Invariant: what was not bought together often enough is not here.

use std::collections::HashMap;

use super::look::Look;
use super::popular::identity;
use super::scope::Scope;
use crate::domain::{Hit, Identity, Traits, spread};
use crate::engine::EngineError;

/// Companions that are looked up.
const COMPANIONS_MAX: usize = 200;

/// What costs more than what it goes with is worth so much of what costs less.
const DEARER_SHARE: f64 = 0.7;

impl Look<'_> {
    /// The best first, spread over categories; what costs less than this before what costs more.
    pub(super) async fn together(
        &mut self,
        with: &[Identity],
        scope: &Scope,
        cheaper_than: Option<f64>,
    ) -> Result<Vec<Hit>, EngineError> {
        let Some(door) = self.engine.affinities.as_ref() else {
            return Ok(Vec::new());
        };
        if with.is_empty() {
            return Ok(Vec::new());
        }
        let companions = door.bought_with(self.site, with.to_vec(), COMPANIONS_MAX);
        let companions = companions.await?;
        if companions.is_empty() {
            return Ok(Vec::new());
        }
        let types = self.product_types().await?;
        let scope = scope.with_types(types);
        let items: Vec<Identity> = companions.iter().map(|one| one.identity.clone()).collect();
        let worth_of: HashMap<Identity, f64> = companions
            .into_iter()
            .map(|one| (one.identity, one.score))
            .collect();
        let hits = self.named(&scope, &items, items.len()).await?;
        let ranked = hits.into_iter().map(|hit| {
            let traits = Traits::of(hit.object.shown());
            let prices = traits.price.zip(cheaper_than);
            let is_dearer = prices.is_some_and(|(price, most)| price > most);
            let worth = worth_of.get(&identity(&hit)).copied().unwrap_or(0.0);
            let share = if is_dearer { DEARER_SHARE } else { 1.0 };
            (worth * share, (hit, traits.category))
        });
        let mut ranked: Vec<_> = ranked.collect();
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
        let spread = spread(ranked, |(_, category)| category.clone());
        Ok(spread.into_iter().map(|(hit, _)| hit).collect())
    }
}
