//! The bare cost of the index: the same documents into a tantivy writer in this process, with the
//! product's own schema and merge policy. Invariant: reading, checking, taking out what is nested and
//! fixing attribute types all happen before the clock starts; each object is added once, in its last
//! content, with one commit at the end, so this is the least the server could need.

use std::collections::HashMap;
use std::time::Duration;

use vetrina::api::luigisbox::wire::Report;
use vetrina::api::luigisbox::wire::content::Batch;
use vetrina::domain::{Identity, Language, MisfitRule, Object, Schema, Timestamp, derive, extract};
use vetrina::engine::embedded::ids::{Sequence, StoreId, VersionId};
use vetrina::engine::embedded::index::{Index, IndexEntry, IndexSettings};

use super::catalog::{Catalog, Marking};
use super::{process, server};
use crate::Result;

/// Objects read at a time; nothing depends on it.
const READ_OBJECTS: usize = 1_000;

pub(crate) struct Bare {
    pub(crate) cpu: Duration,
    pub(crate) documents: usize,
    pub(crate) index_bytes: u64,
}

pub(crate) fn index(catalog: &Catalog) -> Result<Bare> {
    let (schema, objects) = flattened(catalog)?;
    let folder = tempfile::tempdir()?;
    let index = Index::create(
        folder.path(),
        IndexSettings {
            store: StoreId(uuid::Uuid::nil()),
            has_stand_ins: false,
            language: Language::Any,
            has_words_by_attribute: false,
            has_links: false,
            layout: vetrina::engine::embedded::index::LAYOUT,
            words_version: vetrina::engine::embedded::index::WORDS_VERSION,
        },
    )?;
    let mut writer = index.writer()?;
    let before = process::cpu(std::process::id())?;
    for (number, object) in (1..).zip(&objects) {
        let entry = IndexEntry {
            version: VersionId(number),
            first_seen: number,
            updated_at: Timestamp::from_millis(0),
            object,
            derived: &derive(object),
        };
        writer.add(&schema, &entry)?;
    }
    writer.commit(Sequence(1))?;
    writer.close()?;
    Ok(Bare {
        cpu: process::cpu(std::process::id())?.saturating_sub(before),
        documents: objects.len(),
        index_bytes: server::size(folder.path())?,
    })
}

/// Every object and everything nested, as the server would store it, and the types of all attributes.
fn flattened(catalog: &Catalog) -> Result<(Schema, Vec<Object>)> {
    let mut schema = Schema::default();
    let mut objects: Vec<Object> = Vec::new();
    let mut positions: HashMap<Identity, usize> = HashMap::new();
    for body in catalog.batches(READ_OBJECTS, &Marking::AsSent)? {
        let (sent, pending) = Batch::<Object>::read(&body, READ_OBJECTS)?.split();
        let refused = Report::new(pending, Vec::new()).errors_count();
        if refused > 0 {
            return Err(format!("{refused} objects of the file are not valid").into());
        }
        for parent in sent {
            let extracted = extract(&parent).into_iter().map(|part| part.object);
            let family: Vec<Object> = std::iter::once(parent).chain(extracted).collect();
            // A value of another type than the first of its attribute: the server refuses it too.
            let Some(grown) = admitted(&schema, &family) else {
                continue;
            };
            schema = grown;
            for object in family {
                if let Some(&position) = positions.get(&object.identity) {
                    objects[position] = object;
                } else {
                    positions.insert(object.identity.clone(), objects.len());
                    objects.push(object);
                }
            }
        }
    }
    Ok((schema, objects))
}

/// The schema with the attributes of the objects, if all of them fit.
fn admitted(schema: &Schema, objects: &[Object]) -> Option<Schema> {
    let mut schema = schema.clone();
    for object in objects {
        let admission = schema.check(object, &derive(object), MisfitRule::default());
        for (name, kind) in admission.ok()?.new {
            schema.add(name, kind);
        }
    }
    Some(schema)
}
