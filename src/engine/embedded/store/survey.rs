//! What there is, for people who look. Invariant: a look walks over at most [`Survey::OBJECTS_MAX`] heads and reads at
//! most [`Sample::OBJECTS_MAX`] contents, and says whether that was all; what it counts decides nothing.

use std::collections::HashMap;

use rusqlite::{Connection, Row, params};

use super::{Reader, StoreError, head_row, heads, last_writes};
use crate::domain::TypeSurvey;
use crate::domain::{Generation, Identity, Inspected, MadeOf, ObjectType, Sample, Survey};
use crate::engine::plan::{Origin, RowKey};

/// Parts that a catalog is looked at in, where not all of it is looked at.
const PARTS: u64 = 50;

/// A sample ends with the object that brings it to this many bytes of JSON.
const SAMPLE_BYTES_MAX: usize = 8 << 20;

/// The places of a catalog in order of first appearance, of which some may be empty.
struct Places {
    first: u64,
    last: u64,
}

impl Places {
    fn of(store: &Connection) -> Result<Option<Self>, StoreError> {
        let ends =
            "SELECT (SELECT min(first_seen) FROM heads), (SELECT max(first_seen) FROM heads)";
        let (first, last): (Option<i64>, Option<i64>) =
            store.query_row(ends, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(first.zip(last).map(|(first, last)| Self {
            first: first as u64,
            last: last as u64,
        }))
    }

    /// Ranges of places, both ends included, that have no more than so many places together and are spread evenly.
    fn parts(&self, places_max: u64) -> Vec<(u64, u64)> {
        let all = self.last - self.first + 1;
        if all <= places_max {
            return vec![(self.first, self.last)];
        }
        let (step, length) = (all / PARTS, places_max / PARTS);
        let starts = (0..PARTS).map(|part| self.first + part * step);
        starts.map(|start| (start, start + length - 1)).collect()
    }
}

#[derive(Default)]
struct Counts {
    looked_at: u64,
    /// What was told apart so far.
    groups: usize,
    types: HashMap<String, OfType>,
}

#[derive(Default)]
struct OfType {
    objects: u64,
    without_generation: u64,
    generations: HashMap<String, u64>,
}

impl Counts {
    fn add(&mut self, object_type: &str, generation: Option<&str>) {
        self.looked_at += 1;
        if !self.types.contains_key(object_type) {
            if self.groups >= Survey::GROUPS_MAX {
                return;
            }
            self.groups += 1;
            self.types.insert(object_type.to_owned(), OfType::default());
        }
        let Some(of_type) = self.types.get_mut(object_type) else {
            return;
        };
        of_type.objects += 1;
        let Some(generation) = generation else {
            of_type.without_generation += 1;
            return;
        };
        if let Some(count) = of_type.generations.get_mut(generation) {
            *count += 1;
        } else if self.groups < Survey::GROUPS_MAX {
            self.groups += 1;
            of_type.generations.insert(generation.to_owned(), 1);
        }
    }

    fn into_survey(self, store: &Connection, objects: u64) -> Result<Survey, StoreError> {
        let mut types = Vec::with_capacity(self.types.len());
        for (name, of_type) in self.types {
            let Ok(object_type) = ObjectType::new(&name) else {
                continue;
            };
            types.push(TypeSurvey {
                objects: of_type.objects,
                last_write: last_writes::last(store, Some(&object_type))?,
                object_type,
                generations: of_type.into_generations(),
            });
        }
        types.sort_by(|a, b| {
            let by_name = || a.object_type.as_str().cmp(b.object_type.as_str());
            b.objects.cmp(&a.objects).then_with(by_name)
        });
        Ok(Survey {
            objects,
            looked_at: self.looked_at,
            types,
        })
    }
}

impl OfType {
    fn into_generations(self) -> Vec<(Option<Generation>, u64)> {
        let named = self.generations.into_iter();
        let named = named.filter_map(|(name, count)| Some((Generation::new(&name).ok()?, count)));
        let mut generations: Vec<_> = named.map(|(name, count)| (Some(name), count)).collect();
        if self.without_generation > 0 {
            generations.push((None, self.without_generation));
        }
        let name = |generation: &Option<Generation>| {
            let name = generation.as_ref().map(Generation::as_str);
            name.map(str::to_owned)
        };
        generations.sort_by(|(a, of_a), (b, of_b)| {
            let by_name = || name(a).cmp(&name(b));
            of_b.cmp(of_a).then_with(by_name)
        });
        generations
    }
}

pub(in crate::engine::embedded) fn of_all(store: &Reader) -> Result<Survey, StoreError> {
    let snapshot = store.snapshot()?;
    let objects = heads::count(&snapshot)?;
    let mut counts = Counts::default();
    let mut statement = snapshot.prepare(
        "SELECT type, generation FROM heads WHERE first_seen BETWEEN ?1 AND ?2 ORDER BY first_seen",
    )?;
    let places = Places::of(&snapshot)?;
    for (from, to) in places.map_or_else(Vec::new, |places| places.parts(Survey::OBJECTS_MAX)) {
        let mut rows = statement.query(params![from as i64, to as i64])?;
        while let Some(row) = rows.next()? {
            // What cannot be read is told where it matters.
            if let Some((object_type, generation)) = told(row) {
                counts.add(object_type, generation);
            }
        }
    }
    counts.into_survey(&snapshot, objects)
}

fn told<'r>(row: &'r Row<'_>) -> Option<(&'r str, Option<&'r str>)> {
    let object_type = row.get_ref(0).ok()?.as_str().ok()?;
    let generation = row.get_ref(1).ok()?.as_str_or_null().ok()?;
    Some((object_type, generation))
}

pub(in crate::engine::embedded) fn sample(
    store: &Reader,
    object_type: &ObjectType,
    limit: usize,
) -> Result<Sample, StoreError> {
    let snapshot = store.snapshot()?;
    let mut sample = Sample {
        objects: Vec::new(),
        is_complete: true,
    };
    let Some(places) = Places::of(&snapshot)? else {
        return Ok(sample);
    };
    let parts = places.parts(Survey::OBJECTS_MAX);
    sample.is_complete = parts.len() == 1;
    let mut found = Vec::new();
    let mut find = snapshot.prepare(
        "SELECT first_seen FROM heads WHERE first_seen BETWEEN ?1 AND ?2 AND type = ?3 \
         ORDER BY first_seen",
    )?;
    for (from, to) in parts {
        let mut rows = find.query(params![from as i64, to as i64, object_type.as_str()])?;
        while let Some(row) = rows.next()? {
            found.push(row.get::<_, i64>(0)?);
        }
    }
    sample.is_complete &= found.len() <= limit;
    let mut read = snapshot.prepare("SELECT * FROM heads WHERE first_seen = ?1")?;
    let (mut bytes, wanted) = (0, found.len().min(limit));
    for at in 0..wanted {
        let mut rows = read.query([found[at * found.len() / wanted]])?;
        let Some(row) = rows.next()? else { continue };
        let head = match head_row::read(row) {
            Ok((_, head)) => head,
            Err(StoreError::Damaged(_)) => continue,
            Err(error) => return Err(error),
        };
        if bytes >= SAMPLE_BYTES_MAX {
            sample.is_complete = false;
            break;
        }
        if let Some(stored) = store.current(&head)? {
            bytes += stored.json_bytes;
            sample.objects.push(stored.object);
        }
    }
    Ok(sample)
}

pub(in crate::engine::embedded) fn inspect(
    store: &Reader,
    identity: &Identity,
) -> Result<Option<Inspected>, StoreError> {
    let _snapshot = store.snapshot()?;
    let Some(head) = heads::find(store, identity)? else {
        return Ok(None);
    };
    let Some(stored) = store.current(&head)? else {
        return Ok(None);
    };
    Ok(Some(Inspected {
        object: stored.object,
        updated_at: stored.updated_at,
        json_bytes: stored.json_bytes,
        made_of: made_of(head.origin.as_deref(), identity),
    }))
}

fn made_of(origin: Option<&Origin>, identity: &Identity) -> MadeOf {
    let Some(Origin { source, row }) = origin else {
        return MadeOf::Call;
    };
    let source = source.clone();
    match row {
        None => MadeOf::NestedInRow { source },
        Some(RowKey::Identity) => MadeOf::Row {
            source,
            key: identity.to_string(),
        },
        Some(RowKey::Other(key)) => MadeOf::Row {
            source,
            key: key.to_string(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_at_a_part_is_spread_and_bounded() {
        let places = Places {
            first: 7,
            last: 1_000_006,
        };
        let parts = places.parts(250_000);
        assert_eq!(parts.len() as u64, PARTS);
        let looked_at: u64 = parts.iter().map(|(from, to)| to - from + 1).sum();
        assert_eq!(looked_at, 250_000);
        assert!(parts.windows(2).all(|two| two[0].1 < two[1].0));
        assert!(parts.first().is_some_and(|(from, _)| *from == 7));
        assert!(
            parts
                .last()
                .is_some_and(|(_, to)| *to > 980_000 && *to <= 1_000_006)
        );
        assert_eq!(places.parts(1_000_000), [(7, 1_000_006)]);
    }

    #[test]
    fn what_is_told_apart_is_bounded() {
        let mut counts = Counts::default();
        for number in 0..Survey::GROUPS_MAX * 2 {
            counts.add("product", Some(&number.to_string()));
        }
        assert_eq!(counts.looked_at, Survey::GROUPS_MAX as u64 * 2);
        let of_type = &counts.types["product"];
        assert_eq!(of_type.objects, counts.looked_at);
        assert_eq!(of_type.generations.len(), Survey::GROUPS_MAX - 1);
    }
}
