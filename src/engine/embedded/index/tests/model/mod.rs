//! The index below the door against the scan that all backends are compared with: after any writes, in any
//! number of commits, every search gives what the rules of docs/reference/05-search.md say of each object by
//! itself. Here segments are as the writes make them, which behind the door is the engine's affair.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::domain::DynamicFacets;
use crate::engine::conformance::random::check::{Answer, Seen, check};
use crate::engine::conformance::random::generate::{modes, objects, queries};
use crate::engine::conformance::reference::scan::{Entry, Naive};

proptest! {
    #![proptest_config(ProptestConfig { cases: 80, ..ProptestConfig::default() })]

    #[test]
    fn every_search_gives_what_a_scan_gives(
        mode in modes(),
        writes in writes(),
        queries in proptest::collection::vec(queries(), 1..20),
    ) {
        let mut catalog = Catalog::with_variants(mode);
        let mut model = Model::default();
        for write in writes {
            model.apply(&mut catalog, write);
        }
        catalog.commit();
        for query in queries {
            model.check(&catalog, &query);
        }
    }

    #[test]
    fn sparse_attributes_answer_as_those_with_columns_do(
        mode in modes(),
        writes in writes(),
        queries in proptest::collection::vec(queries(), 1..20),
    ) {
        let layouts = [vec![], (0..OBJECTS_ATTRIBUTES).collect(), (0..OBJECTS_ATTRIBUTES).step_by(2).collect()];
        let [sparse, own, mixed] = layouts.map(|attributes: Vec<u32>| {
            let mut catalog = Catalog::with_variants(mode);
            catalog.writer.never_merge();
            catalog.queue(&filler());
            for attribute in attributes {
                catalog.writer.give_columns(attribute);
            }
            let mut model = Model::default();
            for write in &writes {
                if !matches!(write, Write::OwnColumns(_)) {
                    model.apply(&mut catalog, write.clone());
                }
            }
            catalog.commit();
            catalog
        });
        for mut query in queries {
            query.dynamic_facets = Some(DynamicFacets { facets_max: 5, values_max: 3 });
            let told = |catalog: &Catalog| {
                let found = catalog.try_search(&query, &Effort::unbounded());
                found.map(|found| all_of(&found)).map_err(|error| error.to_string())
            };
            let expected = told(&own);
            prop_assert_eq!(&told(&sparse), &expected);
            prop_assert_eq!(&told(&mixed), &expected);
        }
    }
}

/// More than objects of a sequence have.
const OBJECTS_ATTRIBUTES: u32 = 64;

/// Has the first attributes of a catalog, which have columns whatever they are, to itself.
fn filler() -> Object {
    let names = (0..6).map(|number| format!("filler{number}"));
    let mut filler = product("filler");
    for name in names {
        filler = filler.with(&name, "x");
    }
    filler.object()
}

#[derive(Clone, Debug)]
enum Write {
    Replace(Box<Object>),
    Delete(usize),
    Commit,
    /// Objects to come have this attribute in columns of its own, those before keep what they have.
    OwnColumns(u32),
}

fn writes() -> impl Strategy<Value = Vec<Write>> {
    let write = prop_oneof![
        6 => objects().prop_map(|object| Write::Replace(Box::new(object))),
        1 => (0..8_usize).prop_map(Write::Delete),
        1 => Just(Write::Commit),
        1 => (0..30_u32).prop_map(Write::OwnColumns),
    ];
    proptest::collection::vec(write, 1..30)
}

/// What the store would say: what each identity is now, and since when it is known.
#[derive(Default)]
struct Model {
    live: BTreeMap<String, (VersionId, Entry)>,
}

impl Model {
    fn apply(&mut self, catalog: &mut Catalog, write: Write) {
        match write {
            Write::Replace(object) => {
                let identity = object.identity.as_str().to_owned();
                let old = self.live.remove(&identity);
                let next = catalog.identities.len() as u64;
                let first_seen = old.as_ref().map_or(next, |(_, old)| old.first_seen);
                let version = catalog.queue_as(&object, first_seen);
                let old: Vec<VersionId> = old.iter().map(|(version, _)| *version).collect();
                catalog.writer.delete(&old).unwrap();
                let entry = Entry {
                    object: *object,
                    first_seen,
                    updated_at: Timestamp::from_millis(0),
                };
                self.live.insert(identity, (version, entry));
            }
            Write::Delete(n) => {
                if let Some((old, _)) = self.live.remove(&format!("p{n}")) {
                    catalog.writer.delete(&[old]).unwrap();
                }
            }
            Write::Commit => catalog.commit(),
            Write::OwnColumns(attribute) => catalog.writer.give_columns(attribute),
        }
    }

    fn check(&self, catalog: &Catalog, query: &SearchQuery) {
        let entries = self.live.values().map(|(_, entry)| entry.clone());
        let naive = Naive {
            schema: &catalog.schema,
            site: &catalog.site,
            entries: entries.collect(),
        };
        let found = catalog.try_search(query, &Effort::unbounded());
        if naive.refusal(query).is_some() {
            let refused = matches!(
                found,
                Err(EngineError::UnknownAttribute(_) | EngineError::NoOrigin)
            );
            assert!(refused, "{found:?}");
            return;
        }
        let found = found.unwrap();
        check_filters_as_sets(catalog, query, &found);
        let answer = Answer {
            hits: self.seen(&found.hits),
            total_hits: found.total_hits,
            quicksearch_hits: self.seen(&found.quicksearch_hits),
            facets: found.facets,
        };
        check(&naive, query, &answer);
    }

    fn seen(&self, hits: &[FoundHit]) -> Vec<Seen> {
        let seen = hits.iter().map(|hit| {
            let mut live = self.live.values();
            let (_, entry) = live.find(|(version, _)| *version == hit.version).unwrap();
            let identity = match hit.stand_in {
                Some(at) => &entry.object.nested[at].identity,
                None => &entry.object.identity,
            };
            Seen {
                identity: identity.to_string(),
                exact: hit.exact,
            }
        });
        seen.collect()
    }
}

/// Filters that are said so often that each is worked out as a set find the same.
fn check_filters_as_sets(catalog: &Catalog, query: &SearchQuery, found: &Found) {
    const TIMES: usize = 17;
    let mut query = query.clone();
    let filters = &mut query.filters;
    for list in [
        &mut filters.any_of,
        &mut filters.all_of,
        &mut filters.none_of,
    ] {
        *list = vec![list.clone(); TIMES].concat();
    }
    let again = catalog.search(&query);
    assert_eq!(all_of(&again), all_of(found));
}

fn all_of(found: &Found) -> String {
    let Found {
        hits,
        total_hits,
        quicksearch_hits,
        facets,
        ..
    } = found;
    format!("{total_hits} {hits:?} {quicksearch_hits:?} {facets:?}")
}
