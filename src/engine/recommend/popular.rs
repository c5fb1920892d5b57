//! What is popular within anything, and by chance. Invariant: of what events say nothing of, the order is that of a
//! search without words, and it is told apart.

use std::collections::{HashMap, HashSet};

use super::look::Look;
use super::scope::Scope;
use crate::domain::{Hit, Identity, Page, Profile, Traits};
use crate::engine::EngineError;

/// The most popular objects of a type that are known by how popular they are.
const KNOWN_MAX: usize = 5_000;

/// Of them, those that are looked up.
const LOOKED_UP_MAX: usize = 300;

/// Objects listed beside them.
const LISTED_MAX: usize = 100;

/// How much it counts that something is what a client likes, beside the logarithm of what it did.
const LIKED: f64 = 1.5;

/// Windows that random objects are taken from.
const WINDOWS: usize = 5;

/// One that may be shown.
pub(super) struct Candidate {
    /// Above zero.
    pub(super) score: f64,
    pub(super) hit: Hit,
    pub(super) traits: Traits,
    /// Events say something of it.
    pub(super) is_popular: bool,
}

impl Look<'_> {
    async fn learn_popularity(&mut self, scope: &Scope) -> Result<(), EngineError> {
        let Some(door) = self.engine.events.as_ref() else {
            return Ok(());
        };
        for object_type in &scope.types {
            if !self.popularity.contains_key(object_type) {
                let popular = door.popular_items(self.site, object_type.clone(), KNOWN_MAX);
                let popular = popular.await?.into_iter();
                let scores = popular.map(|item| (item.identity, item.score)).collect();
                self.popularity.insert(object_type.clone(), scores);
            }
        }
        Ok(())
    }

    /// How popular something is; 0 where nothing is known of it.
    pub(super) fn popularity_of(&self, hit: &Hit) -> u64 {
        let object = hit.object.shown();
        let of_type = self.popularity.get(object.object_type());
        let score = of_type.and_then(|scores| scores.get(object.identity()));
        score.copied().unwrap_or(0)
    }

    /// The most popular first, what the client likes before what is as popular.
    pub(super) async fn popular(
        &mut self,
        scope: &Scope,
        wanted: usize,
        profile: &Profile,
    ) -> Result<Vec<Candidate>, EngineError> {
        self.learn_popularity(scope).await?;
        let mut best: Vec<(&Identity, u64)> = Vec::new();
        for object_type in &scope.types {
            let scores = self.popularity.get(object_type).into_iter().flatten();
            best.extend(scores.map(|(item, score)| (item, *score)));
        }
        best.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
        best.truncate(LOOKED_UP_MAX);
        let best: Vec<Identity> = best.into_iter().map(|(item, _)| item.clone()).collect();
        let mut hits = self.named(scope, &best, 2 * wanted).await?;
        let known: HashSet<Identity> = hits.iter().map(identity).collect();
        let listed = LISTED_MAX.max(wanted + known.len()).min(Page::LIMIT_MAX);
        let listed = self.listed(scope, 0, listed).await?.hits;
        hits.extend(
            listed
                .into_iter()
                .filter(|hit| !known.contains(&identity(hit))),
        );
        Ok(self.ranked(hits, profile))
    }

    /// Ordered by how popular they are, equal ones as they are.
    pub(super) fn ranked(&self, hits: Vec<Hit>, profile: &Profile) -> Vec<Candidate> {
        let scored = hits.into_iter().map(|hit| {
            let popularity = self.popularity_of(&hit);
            let traits = Traits::of(hit.object.shown());
            let likes = LIKED * profile.likes(&traits);
            Candidate {
                score: 1.0 + (popularity as f64).ln_1p() + likes,
                is_popular: popularity > 0,
                hit,
                traits,
            }
        });
        let mut candidates: Vec<Candidate> = scored.collect();
        candidates.sort_by(|a, b| b.score.total_cmp(&a.score));
        candidates
    }

    /// Any of them, in any order.
    pub(super) async fn random(
        &mut self,
        scope: &Scope,
        wanted: usize,
    ) -> Result<Vec<Hit>, EngineError> {
        let found = self.listed(scope, 0, 0).await?.total_hits;
        let reached = usize::try_from(found)
            .unwrap_or(usize::MAX)
            .min(Page::RANK_MAX);
        let mut hits: HashMap<Identity, Hit> = HashMap::new();
        let window = wanted.div_ceil(WINDOWS).max(1);
        if reached <= (4 * wanted).min(Page::LIMIT_MAX) {
            let all = self.listed(scope, 0, reached).await?.hits;
            hits.extend(all.into_iter().map(|hit| (identity(&hit), hit)));
        } else {
            for _ in 0..2 * WINDOWS {
                let places = (reached - window + 1) as u64;
                let offset = (self.luck() % places) as usize;
                let some = self.listed(scope, offset, window).await?.hits;
                hits.extend(some.into_iter().map(|hit| (identity(&hit), hit)));
                if hits.len() >= wanted {
                    break;
                }
            }
        }
        let mut hits: Vec<Hit> = hits.into_values().collect();
        hits.sort_by_key(identity);
        let mut shuffled: Vec<(u64, Hit)> = Vec::with_capacity(hits.len());
        for hit in hits {
            shuffled.push((self.luck(), hit));
        }
        shuffled.sort_by_key(|(luck, _)| *luck);
        Ok(shuffled.into_iter().map(|(_, hit)| hit).collect())
    }
}

pub(super) fn identity(hit: &Hit) -> Identity {
    hit.object.shown().identity().clone()
}
