//! Plans without a store: a shelf of objects takes the place of a backend, and what is planned and executed on it is
//! compared with what the rules say directly.

mod documents;
mod edits;
mod objects;
mod rows;

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::sync::Arc;

use super::*;
use crate::domain::{
    ActivePeriod, Change, CommitSurvey, FieldName, FieldValue, GenerationCommit, NestedObject,
    ObjectKey, ObjectParts, ObjectPatch, Outcome,
};
use crate::engine::Extraction;

/// Everything a backend is: objects by identity, and what it was told of mentions.
#[derive(Default)]
struct Shelf {
    objects: BTreeMap<Identity, (Head<u64>, Arc<Object>)>,
    damaged: BTreeSet<u64>,
    told: BTreeSet<([u8; 16], [u8; 16])>,
    next_version: u64,
    next_first_seen: u64,
}

fn encode(object: &Object) -> (Vec<u8>, ContentHash) {
    let body = format!("{:?}", object.clone().with_generation(None)).into_bytes();
    let mut half = [0; 16];
    half.copy_from_slice(&blake3::hash(&body).as_bytes()[..16]);
    (body, ContentHash(half))
}

fn no_error<T>(result: Result<T, Infallible>) -> T {
    let Ok(value) = result;
    value
}

impl Heads for Shelf {
    type Version = u64;
    type Error = Infallible;

    fn head(&mut self, identity: &Identity) -> Result<Option<Head<u64>>, Infallible> {
        Ok(self.objects.get(identity).map(|(head, _)| head.clone()))
    }

    fn content(&mut self, head: &Head<u64>) -> Result<Option<Object>, Infallible> {
        let mut all = self.objects.values();
        let found = all.find(|(known, _)| known.version == head.version);
        let (known, object) = found.expect("a head that was handed out");
        assert_eq!(known, head, "a head as it was handed out");
        let object = Object::clone(object).with_generation(head.generation.clone());
        Ok((!self.is_damaged(head.version)).then_some(object))
    }

    fn is_damaged(&self, version: u64) -> bool {
        self.damaged.contains(&version)
    }

    fn is_told_by(&self, content: ContentHash, mention: ContentHash) -> bool {
        content == mention || self.told.contains(&(content.0, mention.0))
    }

    fn note_told(&mut self, content: ContentHash, mention: ContentHash) {
        self.told.insert((content.0, mention.0));
    }

    fn named_otherwise(
        &mut self,
        source: &SourceName,
        key: &str,
    ) -> Result<Vec<Identity>, Infallible> {
        let is_of = |head: &Head<u64>| {
            head.origin.as_ref().is_some_and(|origin| {
                origin.source == *source && origin.row == Some(RowKey::Other(key.into()))
            })
        };
        let found = self.objects.iter().filter(|(_, (head, _))| is_of(head));
        Ok(found.map(|(identity, _)| identity.clone()).collect())
    }

    fn has_generation(
        &mut self,
        object_type: &ObjectType,
        generation: &Generation,
    ) -> Result<bool, Infallible> {
        let mut heads = self.objects.values().map(|(head, _)| head);
        Ok(heads.any(|head| {
            head.object_type == *object_type && head.generation.as_ref() == Some(generation)
        }))
    }

    fn survey_generation(&mut self, commit: &GenerationCommit) -> Result<CommitSurvey, Infallible> {
        let heads = self.objects.values().map(|(head, _)| head);
        let of_type = heads.filter(|head| head.object_type == commit.object_type);
        let (staying, leaving): (Vec<_>, Vec<_>) =
            of_type.partition(|head| head.generation.as_ref() == Some(&commit.generation));
        Ok(CommitSurvey {
            staying: staying.len() as u64,
            leaving: leaving.len() as u64,
        })
    }

    fn survey(&mut self, commit: &SourceCommit) -> Result<SourceSurvey, Infallible> {
        Ok(survey(commit, self.objects.values().map(|(head, _)| head)))
    }
}

impl Shelf {
    /// Does what a backend has to do, and says how much that was. What the plan believes must be so.
    fn execute(&mut self, plan: &mut Plan<u64>) -> usize {
        let mut count = 0;
        for effect in plan.take_effects() {
            count += 1;
            let known = self.objects.get(effect.identity());
            let known = known.map(|(head, _)| head.clone());
            match effect {
                Effect::Put(put) => {
                    assert_eq!(known, put.before, "what a put replaces");
                    let object = &put.content.object;
                    let same = known.as_ref().filter(|head| head.hash == put.content.hash);
                    assert!(same.is_none_or(|head| self.is_damaged(head.version)));
                    self.next_version += 1;
                    self.next_first_seen += u64::from(known.is_none());
                    let head = Head {
                        object_type: object.object_type.clone(),
                        generation: object.generation.clone(),
                        version: self.next_version,
                        hash: put.content.hash,
                        first_seen: known.map_or(self.next_first_seen, |head| head.first_seen),
                        active: object.schedule(),
                        origin: put.origin,
                    };
                    let object = Arc::clone(object);
                    self.objects.insert(object.identity.clone(), (head, object));
                }
                Effect::Mark(mark) => {
                    assert_eq!(known.as_ref(), Some(&mark.head), "what a mark is of");
                    let (identity, head) = mark.into_head();
                    assert_ne!(known.as_ref(), Some(&head), "a mark that changes nothing");
                    let object = Arc::clone(&self.objects[&identity].1);
                    self.objects.insert(identity, (head, object));
                }
                Effect::Delete { identity, head } => {
                    assert_eq!(known, Some(head), "what a deletion is of");
                    self.objects.remove(&identity);
                }
            }
        }
        count
    }

    fn sweep(&mut self, sweep: &Sweep) -> u64 {
        let before = self.objects.len();
        let heads: Vec<Head<u64>> = self
            .objects
            .values()
            .map(|(head, _)| head.clone())
            .collect();
        let goes = sweep.rule(&heads);
        self.objects.retain(|_, (head, _)| !goes(head));
        (before - self.objects.len()) as u64
    }

    /// The objects as they are read back.
    fn read(&self) -> BTreeMap<Identity, Object> {
        let read = |(identity, (head, object)): (&Identity, &(Head<u64>, Arc<Object>))| {
            let object = Object::clone(object).with_generation(head.generation.clone());
            (identity.clone(), object)
        };
        self.objects.iter().map(read).collect()
    }
}

fn plan(schema: &Arc<Schema>, conflicts: TypeConflicts) -> Plan<u64> {
    Plan::new(Arc::clone(schema), conflicts, encode)
}

fn element(object: Object) -> Element {
    Element::sent(object, Extraction::Extract, &mut Encoder::new(encode))
}

fn identity(text: &str) -> Identity {
    Identity::new(text).unwrap()
}

fn object_type(text: &str) -> ObjectType {
    ObjectType::new(text).unwrap()
}

fn generation(text: &str) -> Generation {
    Generation::new(text).unwrap()
}

fn parts(name: &str, fields: &[(&str, FieldValue)]) -> ObjectParts {
    ObjectParts {
        identity: identity(name),
        object_type: object_type("product"),
        generation: None,
        active: ActivePeriod::default(),
        legacy_url: None,
        master: None,
        fields: fields.iter().cloned().collect(),
        nested: Vec::new(),
    }
}

fn product(name: &str, fields: &[(&str, FieldValue)]) -> Object {
    Object::new(parts(name, fields)).unwrap()
}

fn nested(name: &str, fields: &[(&str, FieldValue)], is_mention: bool) -> NestedObject {
    NestedObject {
        identity: identity(name),
        object_type: object_type("category"),
        legacy_url: None,
        is_mention,
        fields: fields.iter().cloned().collect(),
        nested: Vec::new(),
    }
}

fn patch(name: &str, fields: &[(&str, FieldValue)]) -> ObjectPatch {
    let set = |(name, value): &(&str, FieldValue)| (FieldName::new(name), Some(value.clone()));
    ObjectPatch {
        identity: identity(name),
        object_type: None,
        is_file: false,
        generation: Change::Keep,
        active_from: Change::Keep,
        active_to: Change::Keep,
        fields: fields.iter().map(set).collect(),
        nested: None,
    }
}

/// All attributes with their numbers and types.
fn attributes(schema: &Schema) -> Vec<(u32, String)> {
    let all = schema.iter();
    all.map(|(number, name, kind)| (number, format!("{name:?} {kind:?}")))
        .collect()
}
