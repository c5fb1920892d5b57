//! Objects, patches, deletions and commits of uploads, in any order, against a map that takes each edit at once.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::domain::{
    CommitOutcome, CommitSurvey, Fingerprint, GenerationCommit, Number, Refusal, SchemaError,
    Unread, derive, extract, mentioned,
};

const NAMES: [&str; 4] = ["a", "b", "c", "d"];
const TYPES: [&str; 2] = ["product", "category"];
const GENERATIONS: [&str; 2] = ["x", "y"];

/// What an edit is, taken at once on every object there is.
#[derive(Clone, Default)]
struct Model {
    objects: BTreeMap<Identity, Object>,
    schema: Schema,
    conflicts: TypeConflicts,
}

impl Model {
    fn let_in(&mut self, object: Object, judged: Judged<'_>) -> Result<(), SchemaError> {
        let rule = MisfitRule {
            conflicts: self.conflicts,
            judged,
        };
        for (name, kind) in self.schema.check(&object, &derive(&object), rule)?.new {
            self.schema.add(name, kind);
        }
        self.objects.insert(object.identity.clone(), object);
        Ok(())
    }

    fn let_in_with(
        &mut self,
        object: &Object,
        judged: Judged<'_>,
        extraction: Extraction,
    ) -> Result<(), SchemaError> {
        self.let_in(object.clone(), judged)?;
        let extracted = match extraction {
            Extraction::Extract => extract(object),
            Extraction::Leave => Vec::new(),
        };
        let mut rest = extracted.into_iter();
        while let Some(one) = rest.next() {
            let name = &one.object.identity;
            // A later copy of the same takes the place of this one, if it says more than a mention.
            let mut later = rest.as_slice().iter();
            let is_replaced =
                later.any(|later| later.object.identity == *name && !later.is_mention);
            if *name == object.identity || is_replaced {
                continue;
            }
            let current = self.objects.get(name).filter(|_| one.is_mention);
            let merged = current.and_then(|current| mentioned(current, &one.object));
            self.let_in(merged.unwrap_or(one.object), Judged::All)?;
        }
        Ok(())
    }

    /// All of it, or nothing.
    fn whole(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<(), SchemaError>,
    ) -> Result<(), Refusal> {
        let before = self.clone();
        work(self).map_err(|error| {
            *self = before;
            error.into()
        })
    }

    fn apply(&mut self, step: &Step) -> Result<(), Refusal> {
        match step {
            Step::Replace(object) | Step::Recall(object) => {
                self.whole(|model| model.let_in_with(object, Judged::All, Extraction::Extract))
            }
            Step::Patch(patch) => {
                let current = self.objects.get(&patch.identity);
                let current = current.ok_or(Refusal::NotFound)?;
                let patched = patch.apply(current).map_err(Refusal::Malformed)?;
                let judged = Judged::Only(&patch.fields);
                let extraction = match patch.nested {
                    Some(_) => Extraction::Extract,
                    None => Extraction::Leave,
                };
                self.whole(|model| model.let_in_with(&patched, judged, extraction))
            }
            Step::Delete(key) => {
                let current = self.objects.get(&key.identity);
                current
                    .filter(|current| current.object_type == key.object_type)
                    .ok_or(Refusal::NotFound)?;
                self.objects.remove(&key.identity);
                Ok(())
            }
            Step::Commit(_) | Step::Execute => Ok(()),
        }
    }

    fn commit(&mut self, commit: &GenerationCommit) -> CommitOutcome {
        let is_marked = |object: &Object| object.generation.as_ref() == Some(&commit.generation);
        let mut of_type = self.objects.values();
        let has_marked =
            of_type.any(|object| object.object_type == commit.object_type && is_marked(object));
        if commit.must_exist && !has_marked {
            return CommitOutcome::NoSuchGeneration;
        }
        let of_type = self.objects.values();
        let of_type = of_type.filter(|object| object.object_type == commit.object_type);
        let (staying, leaving): (Vec<_>, Vec<_>) = of_type.partition(|object| is_marked(object));
        let survey = CommitSurvey {
            staying: staying.len() as u64,
            leaving: leaving.len() as u64,
        };
        let share = leaving.len() as f64 / (staying.len() + leaving.len()).max(1) as f64;
        if commit.guard_percent > 0 && share * 100.0 > f64::from(commit.guard_percent) + 1e-9 {
            return CommitOutcome::Guarded(survey);
        }
        let before = self.objects.len();
        self.objects
            .retain(|_, object| object.object_type != commit.object_type || is_marked(object));
        let count = (before - self.objects.len()) as u64;
        CommitOutcome::Deleted { count }
    }
}

#[derive(Clone, Debug)]
enum Step {
    Replace(Object),
    /// The same, known by its words.
    Recall(Object),
    Patch(ObjectPatch),
    Delete(ObjectKey),
    Commit(GenerationCommit),
    Execute,
}

impl Step {
    fn edit(&self) -> Option<Edit> {
        Some(match self {
            Self::Replace(object) => Edit::Replace(element(object.clone())),
            Self::Recall(object) => {
                let words = format!("{object:?}");
                let parts = element(object.clone());
                let parts = parts
                    .contents()
                    .iter()
                    .map(|one| Arc::new(Part::from(&**one)));
                let again = object.clone();
                Edit::Recall(Recalled {
                    parts: parts.collect(),
                    unread: Unread::new(
                        object.identity.clone(),
                        object.generation.clone(),
                        Fingerprint::of(&words, ""),
                        words.len(),
                        move || Ok(again.clone()),
                    ),
                    extraction: Extraction::Extract,
                })
            }
            Self::Patch(patch) => Edit::Patch(Box::new(patch.clone())),
            Self::Delete(key) => Edit::Delete(key.clone()),
            Self::Commit(_) | Self::Execute => return None,
        })
    }
}

/// A value of an attribute that may be of another type than its first one was.
fn value() -> impl Strategy<Value = FieldValue> {
    prop_oneof![
        Just(FieldValue::Number(Number::Integer(1))),
        Just("12".into()),
        Just("large".into()),
        Just(FieldValue::Bool(true)),
    ]
}

fn fields() -> impl Strategy<Value = Vec<(&'static str, FieldValue)>> {
    let extra = vec((select(&["size", "shade"][..]), value()), 0..3);
    (select(&["One", "Two"][..]), extra).prop_map(|(title, mut extra)| {
        extra.insert(0, ("title", title.into()));
        extra
    })
}

fn any_nested() -> impl Strategy<Value = NestedObject> {
    let mention = select(&["One", "Two"][..]).prop_map(|title| vec![("title", title.into())]);
    prop_oneof![
        (select(&NAMES[..]), fields()).prop_map(|(name, fields)| nested(name, &fields, false)),
        (select(&NAMES[..]), mention).prop_map(|(name, fields)| nested(name, &fields, true)),
    ]
}

fn any_generation() -> impl Strategy<Value = Generation> {
    select(&GENERATIONS[..]).prop_map(generation)
}

fn any_object() -> impl Strategy<Value = Object> {
    (
        select(&NAMES[..]),
        select(&TYPES[..]),
        fields(),
        prop::option::of(any_generation()),
        vec(any_nested(), 0..3),
    )
        .prop_map(|(name, of_type, fields, generation, nested)| {
            let mut parts = parts(name, &fields);
            parts.object_type = object_type(of_type);
            parts.generation = generation;
            parts.nested = nested;
            Object::new(parts).unwrap()
        })
}

fn any_patch() -> impl Strategy<Value = ObjectPatch> {
    (
        select(&NAMES[..]),
        fields(),
        prop_oneof![
            2 => Just(Change::Keep),
            1 => Just(Change::Clear),
            1 => any_generation().prop_map(Change::Set),
        ],
        prop::option::of(vec(any_nested(), 0..2)),
        any::<bool>(),
    )
        .prop_map(|(name, fields, generation, nested, removes)| {
            let mut patch = patch(name, &fields);
            patch.generation = generation;
            patch.nested = nested;
            if removes {
                patch.fields.push((FieldName::new("shade"), None));
            }
            patch
        })
}

fn edit() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => any_object().prop_map(Step::Replace),
        2 => any_object().prop_map(Step::Recall),
        3 => any_patch().prop_map(Step::Patch),
        2 => (select(&NAMES[..]), select(&TYPES[..])).prop_map(|(name, of_type)| {
            Step::Delete(ObjectKey {
                identity: identity(name),
                object_type: object_type(of_type),
            })
        }),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let guard = select(&[0, 0, 50, 100][..]);
    let commit = (select(&TYPES[..]), any_generation(), any::<bool>(), guard);
    let commit = commit.prop_map(|(of_type, generation, must_exist, guard_percent)| {
        Step::Commit(GenerationCommit {
            object_type: object_type(of_type),
            generation,
            must_exist,
            guard_percent,
            keeps_refused: false,
        })
    });
    prop_oneof![8 => edit(), 1 => commit, 2 => Just(Step::Execute)]
}

fn conflicts() -> impl Strategy<Value = TypeConflicts> {
    select(&[TypeConflicts::Refuse, TypeConflicts::Keep][..])
}

/// What became of an edit, whatever is told of values that were kept.
fn became(outcome: Outcome) -> Result<(), Refusal> {
    match outcome {
        Outcome::Applied | Outcome::AppliedWith(_) => Ok(()),
        Outcome::Refused(refusal) => Err(refusal),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// Whenever effects are executed: each object is what the last edit of it said, and a refused edit left
    /// nothing, neither of the object nor of what was in it nor in the schema.
    #[test]
    fn edits_leave_what_a_map_would_hold(steps in vec(step(), 1..30), conflicts in conflicts()) {
        let mut shelf = Shelf::default();
        let mut plan = plan(&Arc::default(), conflicts);
        let mut model = Model { conflicts, ..Model::default() };
        for step in &steps {
            if let Some(edit) = step.edit() {
                let outcome = no_error(plan.apply(&mut shelf, &edit));
                prop_assert_eq!(became(outcome), model.apply(step), "{:?}", step);
            } else {
                shelf.execute(&mut plan);
            }
            if let Step::Commit(commit) = step {
                let outcome = match no_error(commit_generation(&mut shelf, commit)) {
                    Ok(sweep) => CommitOutcome::Deleted { count: shelf.sweep(&sweep) },
                    Err(outcome) => outcome,
                };
                prop_assert_eq!(outcome, model.commit(commit));
            }
        }
        shelf.execute(&mut plan);
        prop_assert_eq!(shelf.read(), model.objects);
        prop_assert_eq!(attributes(plan.schema()), attributes(&model.schema));
    }

    #[test]
    fn an_edit_that_changes_nothing_or_is_refused_has_no_effects(
        steps in vec(edit(), 1..12), last in edit(), conflicts in conflicts(),
    ) {
        let mut shelf = Shelf::default();
        let mut first = plan(&Arc::default(), conflicts);
        for step in steps {
            no_error(first.apply(&mut shelf, &step.edit().unwrap()));
        }
        shelf.execute(&mut first);
        let before = shelf.read();
        let mut once = plan(first.schema(), conflicts);
        let outcome = no_error(once.apply(&mut shelf, &last.edit().unwrap()));
        if let Outcome::Refused(_) = outcome {
            prop_assert!(Arc::ptr_eq(once.schema(), first.schema()));
            prop_assert_eq!(shelf.execute(&mut once), 0);
            prop_assert_eq!(shelf.read(), before);
        } else {
            shelf.execute(&mut once);
        }
        let mut again = plan(once.schema(), conflicts);
        no_error(again.apply(&mut shelf, &last.edit().unwrap()));
        prop_assert!(Arc::ptr_eq(again.schema(), once.schema()));
        prop_assert_eq!(shelf.execute(&mut again), 0, "{:?}", last);
        prop_assert!(again.take_schema_effects().is_empty());
    }
}
