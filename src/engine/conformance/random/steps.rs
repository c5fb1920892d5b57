//! Random verbs. Invariant: what a step is answered with is told in words, so that answers of two backends
//! can be compared.

use proptest::bool::weighted;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::generate;
use crate::domain::{
    Change, Criteria, FieldValue, FileEnd, JobRequest, Object, ObjectPatch, Reach, RowState,
    SourceCommit, SourceRow, SourceRows, UpdateByQuery,
};
use crate::engine::conformance::Backend;
use crate::engine::conformance::objects::{
    category, generation, integer, key, mention, object_type, patch, product, source,
};
use crate::engine::conformance::shop::Shop;
use crate::engine::conformance::visitors::found_text;

const UPLOADS: [&str; 2] = ["g1", "g2"];
const TYPES: [&str; 4] = ["product", "article", "variant", "category"];
const PLACES: [&str; 2] = ["https://a.example/1", "https://a.example/2"];
const SOURCES: [&str; 2] = ["a", "b"];

#[derive(Clone, Debug)]
pub(super) enum Step {
    Replace(Vec<Object>),
    Patch(ObjectPatch),
    Delete(String, &'static str),
    Commit(&'static str, &'static str),
    /// An upload, and rows: key and object, or nothing where it is gone, or where it only stays.
    Rows(&'static str, &'static str, Vec<(String, Said)>),
    EndOfSource {
        of: &'static str,
        upload: &'static str,
        at_least: u64,
        is_own: bool,
    },
    Update(&'static str, FieldValue, Option<FieldValue>),
    /// What is due is fetched: the texts of those that are, and who comes late or in vain.
    Fetch(Vec<Brought>),
    Settle,
    Restart,
}

/// What comes of one file.
#[derive(Clone, Copy, Debug)]
pub(super) enum Brought {
    Text(&'static str),
    Same,
    Later,
    Gone,
    Broken,
}

#[derive(Clone, Debug)]
pub(super) enum Said {
    Is(Box<Object>),
    Stays,
    Gone,
}

/// An object that nobody deletes and that has every attribute; of what type they are it says first.
pub(super) fn anchors() -> impl Strategy<Value = Object> {
    let odd = select(vec![integer(3), "odd".into(), FieldValue::Bool(true)]);
    (odd, any::<[bool; 4]>()).prop_map(|(odd, is_odd)| {
        let value = |at: usize, usual: FieldValue| if is_odd[at] { odd.clone() } else { usual };
        let anchor = product("anchor")
            .of_type("anchor")
            .with("color", value(0, "red".into()))
            .with("size", value(1, integer(1)))
            .with("sale", value(2, FieldValue::Bool(false)))
            .with("since", value(3, "2023-10-01".into()))
            .with("introduced_at", "2020-01-01")
            .with("url", "x")
            .with("content", "x")
            .with("file_state", "x")
            .with("file_format", "x")
            .with("boost", integer(0))
            .with("availability_rank", integer(1))
            .with("price_amount", integer(1))
            .with("image", "x.png")
            .with("_variant_preference", integer(0))
            .with(
                "geo_location",
                crate::engine::conformance::objects::point(0.0, 0.0),
            )
            .nesting(category("c-anchor", "Anchor"));
        anchor.object()
    })
}

fn uploads() -> impl Strategy<Value = Option<&'static str>> {
    proptest::option::of(select(&UPLOADS[..]))
}

/// An object of an upload, some of them in a category that is whole or only named.
fn sent() -> impl Strategy<Value = Object> {
    let nested = proptest::option::of((0..3_u8, any::<bool>(), select(vec!["Socks", "red"])));
    let place = proptest::option::weighted(0.3, select(&PLACES[..]));
    let sent = (generate::objects(), uploads(), nested, place);
    sent.prop_map(|(object, upload, nested, place)| {
        let mut parts = object.into_parts();
        parts.generation = upload.map(generation);
        if let Some((at, is_mention, title)) = nested {
            let name = format!("c{at}");
            parts.nested.push(if is_mention {
                mention(&name, title)
            } else {
                category(&name, title)
            });
        }
        let Some(place) = place else {
            return Object::new(parts).unwrap();
        };
        parts.fields.insert("url", place.into());
        Object::new(parts).unwrap().into_file()
    })
}

fn brought() -> impl Strategy<Value = Brought> {
    prop_oneof![
        4 => select(vec!["red shoe", "blue", ""]).prop_map(Brought::Text),
        1 => Just(Brought::Same),
        2 => Just(Brought::Later),
        1 => Just(Brought::Gone),
        1 => Just(Brought::Broken),
    ]
}

fn names() -> impl Strategy<Value = String> {
    prop_oneof![
        5 => (0..8).prop_map(|n| format!("p{n}")),
        1 => (0..3).prop_map(|n| format!("c{n}")),
    ]
}

fn patches() -> impl Strategy<Value = ObjectPatch> {
    let values = vec![
        ("title", Some("shoe".into())),
        ("color", Some("red".into())),
        ("color", None),
        ("size", Some(integer(5))),
        ("size", Some("big".into())),
        ("boost", Some(integer(2))),
        ("boost", Some("much".into())),
        ("sale", None),
        ("title", None),
        ("url", Some(PLACES[0].into())),
        ("url", None),
        ("content", Some("by hand".into())),
    ];
    let fields = subsequence(values, 0..3);
    let others = (any::<bool>(), weighted(0.2));
    (names(), fields, uploads(), others).prop_map(|(name, mut fields, upload, others)| {
        let (nests, is_file) = others;
        fields.dedup_by(|one, other| one.0 == other.0);
        ObjectPatch {
            is_file,
            generation: upload.map_or(Change::Keep, |of| Change::Set(generation(of))),
            fields: fields
                .into_iter()
                .map(|(name, value)| (name.into(), value))
                .collect(),
            nested: nests.then(|| vec![category("c1", "Patched")]),
            ..patch(&name)
        }
    })
}

pub(super) fn steps() -> impl Strategy<Value = Vec<Step>> {
    let (types, uploads, sources) = (
        select(&TYPES[..]),
        select(&UPLOADS[..]),
        select(&SOURCES[..]),
    );
    let said = prop_oneof![
        4 => sent().prop_map(|object| Said::Is(Box::new(object))),
        1 => Just(Said::Stays),
        1 => Just(Said::Gone),
    ];
    let rows = proptest::collection::vec((names(), said), 1..4);
    let rows = (sources.clone(), uploads.clone(), rows);
    let end = (sources, uploads.clone(), 0..3_u64, any::<bool>());
    let update = (
        select(vec![
            ("color", "red".into()),
            ("size", integer(5)),
            ("title", "red".into()),
        ]),
        proptest::option::of(select(vec![integer(1), "much".into()])),
    );
    let step = prop_oneof![
        8 => proptest::collection::vec(sent(), 1..6).prop_map(Step::Replace),
        4 => patches().prop_map(Step::Patch),
        2 => (names(), types.clone()).prop_map(|(name, of)| Step::Delete(name, of)),
        1 => (types, uploads).prop_map(|(of_type, of)| Step::Commit(of_type, of)),
        2 => rows.prop_map(|(of, upload, rows)| Step::Rows(of, upload, rows)),
        1 => end.prop_map(|(of, upload, at_least, is_own)| {
            Step::EndOfSource { of, upload, at_least, is_own }
        }),
        1 => update.prop_map(|((name, value), to)| Step::Update(name, value, to)),
        3 => proptest::collection::vec(brought(), 1..4).prop_map(Step::Fetch),
        2 => Just(Step::Settle),
        1 => Just(Step::Restart),
    ];
    proptest::collection::vec(step, 1..16)
}

/// Of what is due, the first by name.
async fn fetch<B: Backend>(shop: &Shop<B>, brought: &[Brought]) -> String {
    let files = shop.engine.files.as_deref().unwrap();
    let mut due = files.due_files(shop.id(), Vec::new(), 99).await.unwrap();
    due.sort_by(|one, other| one.identity.cmp(&other.identity));
    let mut told = String::new();
    for (task, brought) in due.into_iter().zip(brought) {
        let end = match brought {
            Brought::Text(text) => found_text(text),
            Brought::Same => FileEnd::Unchanged {
                due: Some(shop.now()),
            },
            Brought::Later => FileEnd::Later {
                reason: "busy".to_owned(),
                due: shop.now(),
            },
            Brought::Gone | Brought::Broken => FileEnd::Failed {
                reason: "broken".to_owned(),
                is_gone: matches!(brought, Brought::Gone),
            },
        };
        let finished = files.finish_file(shop.id(), task.clone(), end).await;
        let identity = task.identity.clone();
        let look = files.file(shop.id(), identity).await.unwrap();
        told = format!(
            "{told} {} {:?} {:?} {look:?}",
            task.url,
            task.tries,
            finished.unwrap()
        );
    }
    let list = files.latest_files(shop.id(), 99).await.unwrap();
    format!("{told} {:?}", list.counts)
}

impl Step {
    /// Does it, and says what it was answered with.
    pub(super) async fn take<B: Backend>(&self, shop: &Shop<B>) -> String {
        match self {
            Self::Replace(objects) => format!("{:?}", shop.replace(objects.clone()).await),
            Self::Patch(patch) => format!("{:?}", shop.patch(patch.clone()).await),
            Self::Delete(name, of) => format!("{:?}", shop.delete(key(name, of)).await),
            Self::Commit(of_type, of) => format!("{:?}", shop.commit(of_type, of).await),
            Self::Rows(of, upload, rows) => {
                let rows = rows.iter().map(|(key, said)| SourceRow {
                    key: key.clone(),
                    state: match said {
                        Said::Is(object) => RowState::Is(object.clone()),
                        Said::Stays => RowState::Stays,
                        Said::Gone => RowState::Gone,
                    },
                });
                let rows = SourceRows {
                    source: source(of),
                    generation: Some(generation(upload)),
                    rows: rows.collect(),
                    bookmark: None,
                };
                format!("{:?}", shop.write_rows(rows).await)
            }
            Self::EndOfSource {
                of,
                upload,
                at_least,
                is_own,
            } => {
                let other = SOURCES.into_iter().filter(|other| other != of);
                let commit = SourceCommit {
                    source: source(of),
                    generation: generation(upload),
                    object_type: Some(object_type("product")),
                    reach: if *is_own {
                        Reach::Own
                    } else {
                        Reach::AllBut(other.map(source).collect())
                    },
                    at_least: *at_least,
                };
                let surveyed = shop
                    .sources()
                    .survey_source(shop.id(), commit.clone())
                    .await;
                let ended = shop.sources().commit_source(shop.id(), commit).await;
                format!("{:?} {:?}", surveyed.unwrap(), ended.unwrap())
            }
            Self::Update(name, value, to) => {
                let wanted = [(*name, value.clone())].into_iter().collect();
                let job = shop.run(JobRequest::UpdateByQuery(UpdateByQuery {
                    types: vec![object_type("product"), object_type("category")],
                    criteria: Criteria::new(wanted).unwrap(),
                    fields: vec![("boost".into(), to.clone())],
                }));
                let job = job.await;
                let refusals = shop.engine.jobs.job_refusals(shop.id(), job.number, 0, 99);
                format!("{job:?} {:?}", refusals.await.unwrap())
            }
            Self::Fetch(brought) => fetch(shop, brought).await,
            Self::Settle | Self::Restart => {
                shop.settle().await;
                String::new()
            }
        }
    }
}
