//! Random sequences of verbs and searches, done by a backend and by the reference: the same is said of every
//! write, and the same is found. Invariant: attributes stay known while a sequence lasts, as one object has
//! them all; when a name that nobody has is free again is each backend's affair.

pub(in crate::engine) mod check;
pub(in crate::engine) mod generate;
mod ranking;
mod steps;

use proptest::prelude::*;

use self::check::check;
use self::generate::{modes, objects, queries};
use self::steps::{Step, anchors, steps};
use super::Backend;
use super::backends::{Embedded, InMemory, OpenSearch};
use super::objects::{everything, site_of};
use super::shop::Shop;
use crate::domain::{Object, Page, SearchQuery, Site, VariantMode};
use crate::engine::EngineError;

const CASES: u32 = 24;

proptest! {
    #![proptest_config(ProptestConfig {
        cases: CASES,
        max_shrink_iters: 200,
        ..ProptestConfig::default()
    })]

    #[test]
    fn the_embedded_engine_says_and_finds_what_the_reference_does(
        mode in modes(),
        anchor in anchors(),
        steps in steps(),
        queries in proptest::collection::vec(queries(), 1..12),
    ) {
        compare::<Embedded>(mode, &anchor, &steps, &queries);
    }
}

/// Sequences for a cluster: each step and each search takes it much longer.
const CASES_OF_CLUSTER: u32 = 12;

proptest! {
    #![proptest_config(ProptestConfig {
        cases: CASES_OF_CLUSTER,
        max_shrink_iters: 60,
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_cluster_finds_what_the_reference_does(
        mode in prop_oneof![Just(VariantMode::Inside), Just(VariantMode::Separate)],
        anchor in anchors(),
        batches in proptest::collection::vec(proptest::collection::vec(objects(), 1..8), 1..4),
        queries in proptest::collection::vec(queries(), 1..12),
    ) {
        if OpenSearch::is_there() {
            let steps: Vec<Step> = batches.into_iter().map(Step::Replace).collect();
            compare::<OpenSearch>(mode, &anchor, &steps, &queries);
        }
    }
}

fn compare<B: Backend>(
    variants: VariantMode,
    anchor: &Object,
    steps: &[Step],
    queries: &[SearchQuery],
) {
    let site = Site {
        variants,
        ..site_of("shop-1")
    };
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.enable_all().build().unwrap();
    runtime.block_on(async {
        let reference = Shop::<InMemory>::of(site.clone());
        let mut shop = Shop::<B>::of(site);
        let first = Step::Replace(vec![anchor.clone()]);
        assert_eq!(first.take(&shop).await, first.take(&reference).await);
        for step in steps {
            if let Step::Restart = step {
                shop = shop.restart();
                continue;
            }
            shop.advance(1_000);
            reference.advance(1_000);
            let (told, expected) = (step.take(&shop).await, step.take(&reference).await);
            assert_eq!(told, expected, "{step:?}");
        }
        assert_eq!(shop.stored().await, reference.stored().await);
        compare_times(&shop, &reference).await;
        for query in queries {
            compare_search(&shop, &reference, query).await;
        }
        assert_eq!(shop.backend.faults(shop.id()), Vec::<String>::new());
    });
}

/// When each object was changed last.
async fn compare_times<B: Backend, R: Backend>(shop: &Shop<B>, reference: &Shop<R>) {
    let query = SearchQuery {
        page: Page {
            offset: 0,
            limit: Page::LIMIT_MAX,
        },
        ..everything()
    };
    let told = shop.search(&query).await.hits;
    let expected = reference.search(&query).await.hits;
    let times = |hits: &[crate::domain::Hit]| {
        let times = hits.iter().map(|hit| {
            let identity = hit.object.shown().identity().to_string();
            (identity, hit.updated_at)
        });
        times.collect::<Vec<_>>()
    };
    assert_eq!(times(&told), times(&expected));
}

async fn compare_search<B: Backend>(
    shop: &Shop<B>,
    reference: &Shop<InMemory>,
    query: &SearchQuery,
) {
    let told = shop.try_search(query).await;
    let expected = reference.try_search(query).await;
    let (told, expected) = match (told, expected) {
        (Ok(told), Ok(expected)) => (told.into(), expected.into()),
        (told, expected) => {
            // Of several reasons each backend may give another.
            for refused in [told.err(), expected.err()] {
                let is_reason = matches!(
                    refused,
                    Some(EngineError::UnknownAttribute(_) | EngineError::NoOrigin)
                );
                assert!(is_reason, "{refused:?} for {query:?}");
            }
            return;
        }
    };
    let look = reference
        .backend
        .reference()
        .with(reference.id(), |catalog| {
            let naive = catalog.naive();
            check(&naive, query, &told);
            check(&naive, query, &expected);
        });
    look.unwrap();
}
