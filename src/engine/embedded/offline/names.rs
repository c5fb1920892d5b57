//! Who uses up the names of a site, for a person to read. Changes nothing, and may be done beside a running server.
//! Invariant: an object counts once for each attribute that it has.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::domain::{
    AttributeType, FieldName, ObjectType, Schema, Scope, TrackerId, TypesWanted, derive,
};
use crate::engine::EngineError;
use crate::engine::embedded::error::{internal, unavailable};
use crate::engine::embedded::store::{self, Reader, StoreError, attributes, listing};
use crate::engine::folder;

/// Heads read at a time: a long look would keep the store's journal from being emptied.
const PAGE: usize = 500;
/// Page cache of the look, in bytes.
const CACHE_BYTES: u64 = 16 << 20;

/// What the names of one site are used for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Survey {
    pub objects: u64,
    /// In order of first appearance.
    pub names: Vec<NameUse>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameUse {
    pub name: FieldName,
    pub kind: AttributeType,
    /// Objects that have it, by their type.
    pub objects: BTreeMap<ObjectType, u64>,
    /// Document types that declare it, whether a document has it or not.
    pub declared_by: Vec<ObjectType>,
}

/// Counts in the store of one site.
pub fn survey(data_dir: &Path, site: &TrackerId) -> Result<Survey, EngineError> {
    let site_folder = folder::of_site(data_dir, site);
    if !store::path(&site_folder).is_file() {
        return Err(unavailable(format!("there is no store of `{site}`")));
    }
    Reader::open(&site_folder, CACHE_BYTES)
        .and_then(|reader| count(&reader))
        .map_err(|error| internal("the store cannot be read", error))
}

fn count(reader: &Reader) -> Result<Survey, StoreError> {
    let schema = attributes::load(reader)?;
    let mut objects = 0;
    let mut counts: BTreeMap<u32, BTreeMap<ObjectType, u64>> = BTreeMap::new();
    let everything = Scope {
        types: TypesWanted::All,
        active_at: None,
    };
    let mut after = 0;
    loop {
        let snapshot = reader.snapshot()?;
        let page = listing::page(&snapshot, &everything, after, PAGE, reader.damaged())?;
        let Some(last) = page.last() else {
            break;
        };
        after = last.first_seen;
        for head in &page {
            objects += 1;
            let Some(found) = reader.current(head)? else {
                continue;
            };
            let object = found.object;
            let mut has = BTreeSet::new();
            schema.for_each_attribute(&object, &derive(&object), |number| {
                has.insert(number);
            });
            for number in has {
                let by_type = counts.entry(number).or_default();
                *by_type.entry(head.object_type.clone()).or_default() += 1;
            }
        }
    }
    let names = schema.iter().map(|(number, name, kind)| NameUse {
        name: name.clone(),
        kind,
        objects: counts.remove(&number).unwrap_or_default(),
        declared_by: declared_by(&schema, number),
    });
    Ok(Survey {
        objects,
        names: names.collect(),
    })
}

fn declared_by(schema: &Schema, number: u32) -> Vec<ObjectType> {
    let types = schema.document_types().iter();
    let declaring = types.filter(|known| {
        let mut fields = known.fields().iter().chain(known.updated_at());
        fields.any(|field| field.attribute == number)
    });
    declaring.map(|known| known.object_type.clone()).collect()
}
