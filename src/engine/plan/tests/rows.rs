//! Rows of sources and their commits, in any order beside what others send, against a map that takes each row at
//! once.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::domain::{Reach, RowOutcome, SourceCommitOutcome, extract};

const NAMES: [&str; 4] = ["1", "2", "c", "d"];
const KEYS: [&str; 3] = ["1", "2", "3"];
const SOURCES: [&str; 2] = ["a", "b"];
const GENERATIONS: [&str; 2] = ["x", "y"];

/// Source and key of what a row made; no key for what was nested in it.
type From = Option<(String, Option<String>)>;

#[derive(Clone, Default)]
struct Model(BTreeMap<Identity, (Object, From)>);

#[derive(Clone, Debug)]
enum Row {
    Is(Object),
    Stays,
    Gone,
}

#[derive(Clone, Debug)]
enum Step {
    Rows {
        source: &'static str,
        generation: Option<Generation>,
        rows: Vec<(&'static str, Row)>,
    },
    /// Through an API.
    Send(Object),
    Commit(SourceCommit),
}

fn contents_are_equal(a: &Object, b: &Object) -> bool {
    a.clone().with_generation(None) == b.clone().with_generation(None)
}

impl Model {
    fn put(&mut self, object: &Object, own: From, extracted: &From) {
        self.0
            .insert(object.identity.clone(), (object.clone(), own));
        for one in extract(object) {
            if one.object.identity != object.identity {
                let value = (one.object.clone(), extracted.clone());
                self.0.insert(one.object.identity.clone(), value);
            }
        }
    }

    fn made_by(&self, row: &From) -> Vec<Identity> {
        let made = self.0.iter().filter(|(_, (_, from))| from == row);
        made.map(|(identity, _)| identity.clone()).collect()
    }

    fn row(
        &mut self,
        source: &str,
        marker: Option<&Generation>,
        (key, row): &(&str, Row),
    ) -> RowOutcome {
        let from = Some((source.to_owned(), Some((*key).to_owned())));
        match row {
            Row::Is(object) => {
                let same = self.0.get(&object.identity);
                let is_same = same.is_some_and(|(known, _)| contents_are_equal(known, object));
                self.put(object, from.clone(), &Some((source.to_owned(), None)));
                for identity in self.made_by(&from) {
                    if identity != object.identity {
                        self.0.remove(&identity);
                    }
                }
                if is_same {
                    RowOutcome::Unchanged
                } else {
                    RowOutcome::Written
                }
            }
            Row::Stays => {
                let made = self.made_by(&from);
                assert!(made.len() < 2, "{made:?}");
                let Some(identity) = made.first() else {
                    return RowOutcome::Unknown;
                };
                let object = self.0[identity].0.clone();
                if marker.is_some() && object.generation.as_ref() != marker {
                    let nested = extract(&object).into_iter().map(|nested| nested.object);
                    for one in nested.chain([object]) {
                        self.move_to(source, marker, &one);
                    }
                }
                RowOutcome::Kept
            }
            Row::Gone => {
                let made = self.made_by(&from);
                for identity in &made {
                    self.0.remove(identity);
                }
                if made.is_empty() {
                    RowOutcome::Unknown
                } else {
                    RowOutcome::Deleted
                }
            }
        }
    }

    /// Unless it is another object by now, or that of a row of another source.
    fn move_to(&mut self, source: &str, marker: Option<&Generation>, one: &Object) {
        let Some((object, from)) = self.0.get_mut(&one.identity) else {
            return;
        };
        let is_of_other = matches!(from, Some((other, Some(_))) if other != source);
        if object.object_type == one.object_type && !is_of_other {
            *object = object.clone().with_generation(marker.cloned());
        }
    }

    fn commit(&mut self, commit: &SourceCommit) -> SourceCommitOutcome {
        let source = commit.source.as_str();
        let is_marked = |object: &Object| object.generation.as_ref() == Some(&commit.generation);
        let is_own = |from: &From| matches!(from, Some((own, _)) if own == source);
        let is_reached = |from: &From| match (&commit.reach, from) {
            (Reach::Own, _) => is_own(from),
            (Reach::AllBut(_), None) => true,
            (Reach::AllBut(others), Some((other, _))) => {
                !others.iter().any(|name| name.as_str() == other)
            }
        };
        let types = |is_meant: &dyn Fn(&Object, &From) -> bool| -> Vec<ObjectType> {
            let meant = self
                .0
                .values()
                .filter(|(object, from)| is_meant(object, from));
            let types = meant.map(|(object, _)| object.object_type.clone());
            types.chain(commit.object_type.clone()).collect()
        };
        let of_rows = types(&|_, from| is_own(from) && matches!(from, Some((_, Some(_)))));
        let of_marked = types(&|object, from| is_own(from) && is_marked(object));
        let stays = |(object, from): &&(Object, From)| {
            is_marked(object) && is_reached(from) && of_rows.contains(&object.object_type)
        };
        let staying = self.0.values().filter(stays).count() as u64;
        if staying < commit.at_least {
            return SourceCommitOutcome::TooFew { staying };
        }
        let before = self.0.len();
        self.0.retain(|_, (object, from)| {
            let is_meant =
                is_own(from) || (is_reached(from) && of_marked.contains(&object.object_type));
            is_marked(object) || !is_meant
        });
        let count = (before - self.0.len()) as u64;
        SourceCommitOutcome::Deleted { count }
    }
}

fn any_object() -> impl Strategy<Value = Object> {
    let inside = (select(&NAMES[2..]), select(&["One", "Two"][..]));
    (
        select(&NAMES[..]),
        select(&["One", "Two"][..]),
        prop::option::of(select(&GENERATIONS[..])),
        vec(inside, 0..2),
    )
        .prop_map(|(name, title, marker, inside)| {
            let mut parts = parts(name, &[("title", title.into())]);
            parts.generation = marker.map(generation);
            let inside = inside.into_iter();
            parts.nested = inside
                .map(|(name, title)| nested(name, &[("title", title.into())], false))
                .collect();
            Object::new(parts).unwrap()
        })
}

fn step() -> impl Strategy<Value = Step> {
    let marker = || prop::option::of(select(&GENERATIONS[..]).prop_map(generation));
    let row = prop_oneof![
        3 => any_object().prop_map(Row::Is),
        1 => Just(Row::Stays),
        1 => Just(Row::Gone),
    ];
    let rows = (
        select(&SOURCES[..]),
        marker(),
        vec((select(&KEYS[..]), row), 1..5),
    );
    let reach = prop_oneof![
        Just(Reach::Own),
        Just(Reach::AllBut(Vec::new())),
        Just(Reach::AllBut(vec![SourceName::new("b").unwrap()])),
    ];
    let commit = (
        select(&SOURCES[..]),
        select(&GENERATIONS[..]),
        prop::option::of(select(&["product", "category"][..])),
        reach,
        0_u64..3,
    );
    prop_oneof![
        4 => rows.prop_map(|(source, generation, rows)| Step::Rows { source, generation, rows }),
        1 => any_object().prop_map(Step::Send),
        2 => commit.prop_map(|(source, marker, of_type, reach, at_least)| {
            Step::Commit(SourceCommit {
                source: SourceName::new(source).unwrap(),
                generation: generation(marker),
                object_type: of_type.map(object_type),
                reach,
                at_least,
            })
        }),
    ]
}

fn ready(row: &Row) -> ReadyRow {
    match row {
        Row::Is(object) => ReadyRow::Is(element(object.clone())),
        Row::Stays => ReadyRow::Stays,
        Row::Gone => ReadyRow::Gone,
    }
}

fn from_of(identity: &Identity, head: &Head<u64>) -> From {
    head.origin.as_ref().map(|origin| {
        let key = origin.row.as_ref().map(|row| match row {
            RowKey::Identity => identity.as_str().to_owned(),
            RowKey::Other(key) => key.to_string(),
        });
        (origin.source.as_str().to_owned(), key)
    })
}

fn take(shelf: &mut Shelf, plan: &mut Plan<u64>, model: &mut Model, step: Step) {
    match step {
        Step::Rows {
            source,
            generation,
            rows,
        } => {
            shelf.execute(plan);
            let sent = ReadyRows {
                source: SourceName::new(source).unwrap(),
                generation: generation.clone(),
                rows: rows
                    .iter()
                    .map(|(key, row)| ((*key).to_owned(), ready(row)))
                    .collect(),
                bookmark: None,
            };
            let outcomes = no_error(plan.rows(shelf, &sent, 0));
            let expected: Vec<RowOutcome> = rows
                .iter()
                .map(|row| model.row(source, generation.as_ref(), row))
                .collect();
            assert_eq!(outcomes, expected);
        }
        Step::Send(object) => {
            no_error(plan.apply(shelf, &Edit::Replace(element(object.clone()))));
            model.put(&object, None, &None);
        }
        Step::Commit(commit) => {
            shelf.execute(plan);
            let outcome = match no_error(commit_source(shelf, &commit)) {
                Ok(sweep) => SourceCommitOutcome::Deleted {
                    count: shelf.sweep(&sweep),
                },
                Err(outcome) => outcome,
            };
            assert_eq!(outcome, model.commit(&commit));
        }
    }
}

fn compare(shelf: &Shelf, model: &Model) {
    let read = shelf.read();
    let origins = shelf
        .objects
        .iter()
        .map(|(name, (head, _))| from_of(name, head));
    let both = read.into_iter().zip(origins);
    let found: BTreeMap<Identity, (Object, From)> = both
        .map(|((name, object), from)| (name, (object, from)))
        .collect();
    assert_eq!(found, model.0);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn rows_leave_what_a_map_would_hold(steps in vec(step(), 1..20)) {
        let mut shelf = Shelf::default();
        let mut plan = plan(&Arc::default(), TypeConflicts::Refuse);
        let mut model = Model::default();
        for step in steps {
            take(&mut shelf, &mut plan, &mut model, step);
        }
        shelf.execute(&mut plan);
        compare(&shelf, &model);
    }
}

/// What a row made earlier in the same step goes like what it made before.
#[test]
fn a_row_that_comes_twice_in_one_step_makes_one_object() {
    let mut shelf = Shelf::default();
    let mut plan = plan(&Arc::default(), TypeConflicts::Refuse);
    let mut model = Model::default();
    let is = |name: &str| ("3", Row::Is(product(name, &[("title", "One".into())])));
    let step = Step::Rows {
        source: "a",
        generation: None,
        rows: vec![is("c"), is("d")],
    };
    take(&mut shelf, &mut plan, &mut model, step);
    shelf.execute(&mut plan);
    compare(&shelf, &model);
    let names: Vec<&str> = shelf.objects.keys().map(Identity::as_str).collect();
    assert_eq!(names, ["d"]);
}
