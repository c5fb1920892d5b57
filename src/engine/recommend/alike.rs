//! What resembles an object. Invariant: what lies in its category stands before what lies beside it.

use std::collections::HashSet;

use super::look::Look;
use super::popular::identity;
use super::scope::Scope;
use crate::domain::{Hit, Identity, Traits};
use crate::engine::EngineError;

/// Objects that are compared with one, of each step away from it.
const COMPARED_MAX: usize = 100;

/// Attributes that those which are compared should have in common with it.
const WISHES_MAX: usize = 8;

impl Look<'_> {
    /// The most alike first.
    pub(super) async fn alike(
        &mut self,
        to: &Hit,
        scope: &Scope,
        wanted: usize,
    ) -> Result<Vec<Hit>, EngineError> {
        let own = to.object.shown();
        let traits = Traits::of(own);
        let scope = scope.with_types(vec![own.object_type().clone()]);
        let mut steps = Vec::new();
        if let Some(category) = &traits.category {
            let within = scope.within(category.filter());
            steps.extend(traits.price_range().map(|range| within.within(range)));
            steps.push(within);
            steps.extend(category.above().map(|above| scope.within(above.filter())));
        } else if !traits.wishes(1).is_empty() {
            steps.push(scope);
        }
        let mut alike: Vec<Hit> = Vec::new();
        let mut known: HashSet<Identity> = HashSet::from([own.identity().clone()]);
        for step in steps {
            let mut search = self.search_in(&step, 0, COMPARED_MAX);
            search.preferred = traits.wishes(WISHES_MAX);
            let found = self.run(search).await?.hits;
            let mut scored: Vec<(f64, Hit)> = Vec::new();
            for hit in found {
                if known.insert(identity(&hit)) {
                    let likeness = traits.likeness(&Traits::of(hit.object.shown()));
                    scored.push((likeness, hit));
                }
            }
            scored.sort_by(|a, b| b.0.total_cmp(&a.0));
            alike.extend(scored.into_iter().map(|(_, hit)| hit));
            if alike.len() >= wanted {
                break;
            }
        }
        alike.truncate(wanted);
        Ok(alike)
    }

    /// What resembles any of these: the best of each in turn.
    pub(super) async fn alike_to_any(
        &mut self,
        to: &[Hit],
        scope: &Scope,
        wanted: usize,
    ) -> Result<Vec<Hit>, EngineError> {
        let mut lists = Vec::with_capacity(to.len());
        for one in to {
            lists.push(self.alike(one, scope, wanted).await?.into_iter());
        }
        let mut alike = Vec::new();
        loop {
            let round: Vec<Hit> = lists.iter_mut().filter_map(Iterator::next).collect();
            if round.is_empty() {
                return Ok(alike);
            }
            alike.extend(round);
        }
    }
}
