//! Settings and fields of the indices. Invariant: no value of an object can be at odds with a mapping: attributes lie under
//! their numbers, in a space for each type, so a name that had another type before is another field.
//!
//! Under numbers and not under names, because the schema has them already: they are short, hold no dots, and no two names
//! clash. Dates are numbers of milliseconds, like everywhere in this server: ranges and sorts need no more, and a date
//! type would refuse what lies before 1970 in some versions.

use serde_json::{Map, Value, json};

use super::document::SOURCE_FIELDS;
use super::fields::{HIDDEN, STAND_INS, field_name};
use super::found_by::WORDS_BY_ATTRIBUTE;
use super::judged::JUDGED;
use super::spaces::Space;
use super::stand_ins::{self, MOST_AT_ONCE};
use crate::domain::{Page, Schema};
use crate::engine::ranking::TextField;

/// Of everything in this folder.
pub(in crate::engine::opensearch) const VERSION: u64 = 4;

/// Longest term, in characters; those of `engine::analysis` are shorter.
const TERM_CHARS_MAX: usize = 1_024;

/// What an index is made with.
#[derive(Clone, Copy, Debug)]
pub(in crate::engine::opensearch) struct Copies {
    pub(in crate::engine::opensearch) shards: u32,
    pub(in crate::engine::opensearch) replicas: u32,
}

/// The index of a catalog.
pub(in crate::engine::opensearch) fn catalog(alias: &str, copies: Copies) -> Value {
    json!({
        "aliases": { alias: {} },
        "settings": {
            "number_of_shards": copies.shards,
            "number_of_replicas": copies.replicas,
            "refresh_interval": "1s",
            // A write that was sent again long after must not bring back what was deleted in between.
            "gc_deletes": "10m",
            "mapping.total_fields.limit": 8 * Schema::ATTRIBUTES_MAX,
            (MOST_AT_ONCE.0): MOST_AT_ONCE.1,
            "max_result_window": Page::RANK_MAX,
            // Terms are made here, and are split as they were joined.
            "analysis": {
                "analyzer": { "terms": { "type": "custom", "tokenizer": "blanks" } },
                "tokenizer": { "blanks": { "type": "whitespace", "max_token_length": TERM_CHARS_MAX } },
            },
        },
        "mappings": {
            "_meta": { "version": VERSION },
            "dynamic": false,
            // All else follows from the object, and is much.
            "_source": { "includes": SOURCE_FIELDS },
            "dynamic_templates": templates(),
            "properties": properties(),
        },
    })
}

fn templates() -> Vec<Value> {
    let templates = Space::ALL.into_iter();
    templates
        .flat_map(|space| [space.template(""), space.template("v.")])
        .collect()
}

/// What an index has to have besides where variants stand for what they are nested in.
pub(in crate::engine::opensearch) fn with_stand_ins() -> Value {
    let mut found_by = found_by();
    for field in ["type", "identity"] {
        found_by[field] = json!({ "type": "keyword" });
    }
    for field in ["active_from", "active_to"] {
        found_by[field] = json!({ "type": "long" });
    }
    json!({ "properties": { STAND_INS: stand_ins::mapping(found_by) } })
}

/// What of a document has a place of its own.
fn properties() -> Value {
    let mut properties = json!({
                "type": { "type": "keyword" },
                "identity": { "type": "keyword" },
                "generation": { "type": "keyword" },
                "master": { "type": "keyword" },
                "first_seen": { "type": "long" },
                "place": { "type": "long", "doc_values": false },
                "written": { "type": "long" },
                "updated_at": { "type": "long" },
                "active_from": { "type": "long" },
                "active_to": { "type": "long" },
                "source": { "type": "keyword" },
                "row": { "type": "keyword" },
                "refused": { "properties": {
                    "by": { "type": "keyword" },
                    "generation": { "type": "keyword" },
                }},
                "file": { "properties": {
                    "due": { "type": "long" },
                    "changed": { "type": "long" },
                    "ticket": { "type": "long" },
                    "slot": { "type": "byte" },
                    "host": { "type": "keyword" },
                    "state": { "type": "keyword" },
                }},
                "raw": { "type": "object", "enabled": false },
    });
    if let (Some(properties), Value::Object(found_by)) = (properties.as_object_mut(), found_by()) {
        properties.extend(found_by);
    }
    properties
}

/// What objects are found, ordered and counted by.
fn found_by() -> Value {
    let mut properties = json!({
                "has": { "type": "long" },
                "boost": { "type": "byte" },
                "availability": { "type": "byte" },
                "type_key": { "type": "keyword", "index": false },
                "t": { "properties": terms() },
                "k": { "properties": {
                    "code": { "type": "keyword", "doc_values": false },
                    "title": { "type": "keyword", "doc_values": false },
                    "kind": { "type": "keyword", "doc_values": false },
                }},
                JUDGED: { "type": "binary", "doc_values": true },
                "words": { "type": "keyword" },
                "words_of_title": { "type": "keyword" },
                WORDS_BY_ATTRIBUTE: kept(words(false)),
    });
    for space in Space::ALL {
        properties[space.name()] = json!({ "type": "object", "dynamic": true });
    }
    properties
}

/// The index of what sites keep of themselves: read by id, never searched.
pub(in crate::engine::opensearch) fn control(alias: &str, replicas: u32) -> Value {
    json!({
        "aliases": { alias: {} },
        "settings": { "number_of_shards": 1, "number_of_replicas": replicas },
        "mappings": { "_meta": { "version": VERSION }, "dynamic": false, "properties": {} },
    })
}

/// The fields of words. How often a word stands in one, and how long it is, is judged here and not in the cluster.
fn terms() -> Value {
    let mut fields = Map::new();
    for name in TextField::ALL.map(field_name).into_iter().chain([HIDDEN]) {
        fields.insert(name.to_owned(), words(name != HIDDEN));
    }
    Value::Object(fields)
}

fn words(norms: bool) -> Value {
    json!({
        "type": "text",
        "analyzer": "terms",
        "index_options": "freqs",
        "norms": norms,
    })
}

/// The cluster gives back what it has.
fn kept(mut field: Value) -> Value {
    field["store"] = json!(true);
    field
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_catalog_has_typed_spaces_and_keeps_objects_as_they_are() {
        let copies = Copies {
            shards: 1,
            replicas: 1,
        };
        let index = catalog("cat-a", copies);
        assert_eq!(index["aliases"], json!({ "cat-a": {} }));
        assert_eq!(index["settings"]["gc_deletes"], "10m");
        assert_eq!(index["settings"]["mapping.total_fields.limit"], 160_000);
        let mappings = &index["mappings"];
        assert_eq!(mappings["_meta"]["version"], VERSION);
        assert_eq!(mappings["dynamic"], false);
        let raw = json!({ "type": "object", "enabled": false });
        assert_eq!(mappings["properties"]["raw"], raw);
        let text = json!({ "s": {
            "path_match": "s.*",
            "mapping": { "type": "keyword", "ignore_above": 8191 },
        }});
        assert_eq!(mappings["dynamic_templates"][0], text);
        let with_stand_ins = &with_stand_ins()["properties"][STAND_INS];
        assert_eq!(with_stand_ins["type"], "nested");
        for field in [
            "s",
            "has",
            "boost",
            "t",
            "k",
            JUDGED,
            "type_key",
            "object_type",
        ] {
            assert!(with_stand_ins["properties"].get(field).is_some(), "{field}");
        }
        assert_eq!(mappings["properties"].get(STAND_INS), None);
        assert_eq!(control("ctl", 2)["settings"]["number_of_replicas"], 2);
    }
}
