//! Random writes, commits and restarts against a naive map: same outcomes, same objects found, store
//! and index in agreement.

use proptest::prelude::*;

use super::*;

const IDENTITIES: [&str; 4] = ["a", "b", "c", "d"];
const TYPES: [&str; 2] = ["product", "category"];
const GENERATIONS: [&str; 2] = ["x", "y"];
const TITLES: [&str; 3] = ["One", "Two", "Three"];

#[derive(Clone, Debug)]
enum Step {
    /// Of one request; nested ones become objects of their own.
    Replace(Vec<Sent>),
    Patch {
        identity: usize,
        title: usize,
        generation: Option<usize>,
    },
    Delete {
        identity: usize,
        of_type: usize,
    },
    Commit {
        of_type: usize,
        generation: usize,
    },
    Reopen,
}

#[derive(Clone, Debug)]
struct Sent {
    identity: usize,
    of_type: usize,
    title: usize,
    generation: Option<usize>,
    nested: Option<(usize, usize)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Kept {
    of_type: usize,
    title: usize,
    generation: Option<usize>,
}

type Model = BTreeMap<usize, Kept>;

fn sent() -> impl Strategy<Value = Sent> {
    let generation = prop::option::of(0..GENERATIONS.len());
    let nested = prop::option::of((0..IDENTITIES.len(), 0..TITLES.len()));
    (
        0..IDENTITIES.len(),
        0..TYPES.len(),
        0..TITLES.len(),
        generation,
        nested,
    )
        .prop_map(|(identity, of_type, title, generation, nested)| Sent {
            identity,
            of_type,
            title,
            generation,
            nested,
        })
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        5 => prop::collection::vec(sent(), 1..5).prop_map(Step::Replace),
        3 => (0..IDENTITIES.len(), 0..TITLES.len(), prop::option::of(0..GENERATIONS.len()))
            .prop_map(|(identity, title, generation)| Step::Patch { identity, title, generation }),
        2 => (0..IDENTITIES.len(), 0..TYPES.len())
            .prop_map(|(identity, of_type)| Step::Delete { identity, of_type }),
        2 => (0..TYPES.len(), 0..GENERATIONS.len())
            .prop_map(|(of_type, generation)| Step::Commit { of_type, generation }),
        1 => Just(Step::Reopen),
    ]
}

fn object(sent: &Sent) -> Object {
    let mut parts = parts(IDENTITIES[sent.identity], TITLES[sent.title]);
    parts.object_type = ObjectType::new(TYPES[sent.of_type]).unwrap();
    parts.generation = sent
        .generation
        .map(|at| Generation::new(GENERATIONS[at]).unwrap());
    parts.nested = sent
        .nested
        .iter()
        .map(|&(identity, title)| nested(IDENTITIES[identity], TYPES[1], TITLES[title]))
        .collect();
    Object::new(parts).unwrap()
}

fn replace(model: &mut Model, sent: &Sent) {
    let kept = |of_type, title| Kept {
        of_type,
        title,
        generation: sent.generation,
    };
    model.insert(sent.identity, kept(sent.of_type, sent.title));
    if let Some((identity, title)) = sent.nested
        && identity != sent.identity
    {
        model.insert(identity, kept(1, title));
    }
}

/// Takes the step on both sides and compares what became of it.
async fn take(shop: Shop, model: &mut Model, step: &Step) -> Shop {
    let not_found = Outcome::Refused(Refusal::NotFound);
    match step {
        Step::Replace(batch) => {
            let report = shop.replace(batch.iter().map(object).collect()).await;
            assert!(all_applied(&report));
            for sent in batch {
                replace(model, sent);
            }
        }
        Step::Patch {
            identity,
            title,
            generation,
        } => {
            let mut patch = retitle(IDENTITIES[*identity], TITLES[*title]);
            if let Some(at) = *generation {
                patch.generation = Change::Set(Generation::new(GENERATIONS[at]).unwrap());
            }
            let outcome = shop.patch_one(patch).await;
            match model.get_mut(identity) {
                Some(kept) => {
                    assert_eq!(outcome, Outcome::Applied);
                    kept.title = *title;
                    kept.generation = generation.or(kept.generation);
                }
                None => assert_eq!(outcome, not_found),
            }
        }
        Step::Delete { identity, of_type } => {
            let outcome = shop
                .delete_one(IDENTITIES[*identity], TYPES[*of_type])
                .await;
            if model
                .get(identity)
                .is_some_and(|kept| kept.of_type == *of_type)
            {
                assert_eq!(outcome, Outcome::Applied);
                model.remove(identity);
            } else {
                assert_eq!(outcome, not_found);
            }
        }
        Step::Commit {
            of_type,
            generation,
        } => {
            let outcome = shop.commit(TYPES[*of_type], GENERATIONS[*generation]).await;
            let is_marked = |kept: &Kept| kept.generation == Some(*generation);
            let of_this_type = |kept: &Kept| kept.of_type == *of_type;
            if model
                .values()
                .any(|kept| of_this_type(kept) && is_marked(kept))
            {
                let before = model.len();
                model.retain(|_, kept| !of_this_type(kept) || is_marked(kept));
                let count = (before - model.len()) as u64;
                assert_eq!(outcome, CommitOutcome::Deleted { count });
            } else {
                assert_eq!(outcome, CommitOutcome::NoSuchGeneration);
            }
        }
        Step::Reopen => return shop.reopen(),
    }
    shop
}

async fn compare(shop: &Shop, model: &Model) {
    let expected: BTreeMap<String, String> = model
        .iter()
        .map(|(&identity, kept)| {
            (
                IDENTITIES[identity].to_owned(),
                TITLES[kept.title].to_owned(),
            )
        })
        .collect();
    assert_eq!(shop.found().await, expected);
    let stored: Vec<(String, Option<Generation>)> = shop
        .heads()
        .into_iter()
        .map(|(identity, head)| (identity, head.generation))
        .collect();
    let marked: Vec<(String, Option<Generation>)> = model
        .iter()
        .map(|(&identity, kept)| {
            let generation = kept
                .generation
                .map(|at| Generation::new(GENERATIONS[at]).unwrap());
            (IDENTITIES[identity].to_owned(), generation)
        })
        .collect();
    assert_eq!(stored, marked);
    let report = shop.check();
    assert!(report.findings.is_empty(), "{report:?}");
    assert_eq!(report.groups_behind, 0);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn random_writes_leave_what_a_map_would_hold(steps in prop::collection::vec(step(), 1..20)) {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let mut shop = Shop::open();
            let mut model = Model::new();
            for step in &steps {
                shop = take(shop, &mut model, step).await;
            }
            compare(&shop, &model).await;
            let shop = shop.reopen();
            compare(&shop, &model).await;
        });
    }
}
