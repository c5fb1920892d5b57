//! Recommendations (docs/reference/06-autocomplete-and-others.md §7): what to show beside an object, in a basket, on
//! a home page. It asks the doors of a backend and holds nothing: ordinary searches find the candidates, events say
//! what goes with what. Invariants: every hit is one that a search would find and that can be had; no object is
//! twice in the answers to one request; what a client did is read anew for each request.
//!
//! | file | for |
//! |---|---|
//! | `look` | searches of one request, and what they share |
//! | `scope` | what every object of an answer has to meet |
//! | `popular` | what is popular, within anything |
//! | `alike` | what resembles an object |
//! | `together` | what goes with objects |
//! | `places` | categories, brands, articles: what a query is about |
//! | `models` | which of it a model shows, and what stands in for it |

mod alike;
mod look;
mod models;
mod places;
mod popular;
mod scope;
mod together;

use crate::domain::{AnswerMemory, Asker, Hit, RecommendationQuery, Timestamp, TrackerId};
use crate::engine::{Engine, EngineError};
use look::Look;

/// What a hit takes beside its object.
const HIT_BYTES: usize = 256;

/// For whom and when.
#[derive(Clone, Debug)]
pub struct Circumstances {
    pub now: Timestamp,
    pub asker: Asker,
    /// Room for the hits.
    pub memory: AnswerMemory,
    /// What chance is made of.
    pub luck: u64,
}

/// An object to be shown.
#[derive(Clone, Debug)]
pub struct Recommended {
    pub hit: Hit,
    /// The model had too little to say: something popular stands in.
    pub is_fallback: bool,
}

/// The answers, one for each query, in order.
pub async fn recommend(
    engine: &Engine,
    site: &TrackerId,
    queries: &[RecommendationQuery],
    circumstances: Circumstances,
) -> Result<Vec<Vec<Recommended>>, EngineError> {
    let mut look = Look::new(engine, site, circumstances);
    let mut answers = Vec::with_capacity(queries.len());
    for query in queries {
        // Most of what is read for a query is not in its answer.
        let part = look.circumstances.memory.part();
        look.memory = part.memory();
        let answer = models::answer(&mut look, query).await?;
        let bytes = answer
            .iter()
            .map(|one| one.hit.object.memory_bytes() + HIT_BYTES);
        part.keep(bytes.sum());
        answers.push(answer);
    }
    Ok(answers)
}
