//! An object as a document, and back. Invariant: what is read back is what was written, byte for byte; all else of a document
//! follows from it, the schema and the marks, and can be made again.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::file::StoredFile;
use super::found_by::{FoundBy, MadeWith, found_by};
use super::spaces::Fields;
use super::stand_ins::{StandIn, stand_ins};
use crate::domain::{
    ActivePeriod, DocumentPlace, FileTicket, Generation, Identity, Object, ObjectType, Schema,
    SourceName, Timestamp,
};
use crate::engine::codec;
use crate::engine::plan::{ContentHash, FileRow, Head, Origin, RowKey};

/// What is kept of one object.
#[derive(Clone, Debug)]
pub(in crate::engine::opensearch) struct Kept {
    pub(in crate::engine::opensearch) identity: Identity,
    /// Its version is the number of the write that wrote it.
    pub(in crate::engine::opensearch) head: Head<u64>,
    /// The object without its generation.
    pub(in crate::engine::opensearch) raw: Box<RawValue>,
    pub(in crate::engine::opensearch) updated_at: Timestamp,
    /// Uploads of it that were refused since one was taken.
    pub(in crate::engine::opensearch) refused: Vec<Note>,
    /// The last job that changed it, so that none does so twice.
    pub(in crate::engine::opensearch) job: Option<u64>,
    /// Its place among all objects of the site, as ids of documents name it: without large gaps.
    pub(in crate::engine::opensearch) place: Option<u64>,
    /// When it was created as a document.
    pub(in crate::engine::opensearch) created_at: Option<Timestamp>,
    /// What is known of its file, if it is one.
    pub(in crate::engine::opensearch) file: Option<Box<FileRow>>,
}

/// What a cluster keeps of a document to give it back: the fields that [`Kept`] is read from, whose object it is a variant of,
/// and its places.
pub(super) const SOURCE_FIELDS: [&str; 19] = [
    "type",
    "generation",
    "hash",
    "first_seen",
    "written",
    "updated_at",
    "active_from",
    "active_to",
    "refused",
    "identity",
    "job",
    "file",
    "source",
    "row",
    "place",
    "created_at",
    "raw",
    "master",
    "g",
];

/// An upload that was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::engine::opensearch) struct Note {
    /// The object that was sent: itself, or the one that nests it.
    pub(in crate::engine::opensearch) by: String,
    pub(in crate::engine::opensearch) generation: String,
}

#[derive(Deserialize)]
struct Stored {
    #[serde(rename = "type")]
    object_type: String,
    identity: String,
    generation: Option<String>,
    hash: String,
    first_seen: u64,
    written: u64,
    updated_at: i64,
    active_from: Option<i64>,
    active_to: Option<i64>,
    #[serde(default)]
    refused: Vec<Note>,
    job: Option<u64>,
    file: Option<StoredFile>,
    source: Option<String>,
    row: Option<String>,
    place: Option<u64>,
    created_at: Option<i64>,
    raw: String,
}

#[derive(Serialize)]
struct Document<'a> {
    #[serde(rename = "type")]
    object_type: &'a str,
    identity: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    generation: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    master: Option<&'a str>,
    hash: String,
    first_seen: u64,
    written: u64,
    updated_at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    active_from: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    active_to: Option<i64>,
    #[serde(skip_serializing_if = "<[Note]>::is_empty")]
    refused: &'a [Note],
    #[serde(skip_serializing_if = "Option::is_none")]
    job: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<StoredFile>,
    /// The source that a row of made it, and the key of the row; of what was nested in its object the source alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    row: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_at: Option<i64>,
    /// As a text: where a cluster leaves out fields of a document, it writes down the others in an order of its own.
    raw: &'a str,
    #[serde(flatten)]
    found_by: FoundBy,
    /// `None` where every object is found as itself.
    #[serde(rename = "v", skip_serializing_if = "Option::is_none")]
    stand_ins: Option<Vec<StandIn<'a>>>,
}

impl Kept {
    /// `None` for what was not written by this server.
    pub(in crate::engine::opensearch) fn read(source: &RawValue) -> Option<Self> {
        let stored: Stored = serde_json::from_str(source.get()).ok()?;
        let identity = Identity::new(&stored.identity).ok()?;
        let origin = match (stored.source, stored.row) {
            (Some(source), row) => {
                let source = SourceName::new(&source)?;
                Some(Arc::new(match row {
                    Some(key) => Origin::of_row(&source, &key, &identity),
                    None => Origin { source, row: None },
                }))
            }
            (None, _) => None,
        };
        let generation = match stored.generation {
            Some(generation) => Some(Generation::new(&generation).ok()?),
            None => None,
        };
        Some(Self {
            identity,
            head: Head {
                object_type: ObjectType::new(&stored.object_type).ok()?,
                generation,
                version: stored.written,
                hash: ContentHash(u128::from_str_radix(&stored.hash, 16).ok()?.to_be_bytes()),
                first_seen: stored.first_seen,
                active: ActivePeriod {
                    from: stored.active_from.map(Timestamp::from_millis),
                    to: stored.active_to.map(Timestamp::from_millis),
                },
                origin,
            },
            raw: RawValue::from_string(stored.raw).ok()?,
            updated_at: Timestamp::from_millis(stored.updated_at),
            refused: stored.refused,
            job: stored.job,
            place: stored.place,
            created_at: stored.created_at.map(Timestamp::from_millis),
            file: stored.file.and_then(StoredFile::read).map(Box::new),
        })
    }

    /// Its place as a document; `then` is when it was created where it was not created as one.
    pub(in crate::engine::opensearch) fn document_place(&self, then: Timestamp) -> DocumentPlace {
        DocumentPlace {
            first_seen: self.place.unwrap_or(self.head.first_seen),
            created_at: self.created_at.unwrap_or(then),
        }
    }

    /// The object, of its generation; `None` when it is damaged.
    pub(in crate::engine::opensearch) fn object(&self) -> Option<Object> {
        let json = self.raw.get().as_bytes();
        let whole = self.is_whole().then_some(json)?;
        codec::decode(whole, self.head.generation.clone()).ok()
    }

    /// Asks for the file of an object that was written before anything was known of files; whether it is one.
    pub(in crate::engine::opensearch) fn ask_for_unknown(&mut self, object: &Object) -> bool {
        let url = object.file_url().filter(|_| self.file.is_none());
        if let Some(url) = url {
            let ticket = FileTicket(self.head.version);
            let asked = FileRow::asked(ticket, url, self.updated_at);
            self.file = Some(Box::new(asked));
        }
        url.is_some()
    }

    /// Whether the object is what was written.
    pub(in crate::engine::opensearch) fn is_whole(&self) -> bool {
        codec::hash(self.raw.get().as_bytes()) == self.head.hash
    }

    /// The document of it on one line; the fields that its values lie in are noted. `object` is the object that it holds.
    pub(in crate::engine::opensearch) fn document(
        &self,
        object: &Object,
        schema: &Schema,
        made: &MadeWith,
        fields: &mut Fields,
    ) -> Vec<u8> {
        let mut found_by = found_by(object, schema, self.updated_at, made);
        found_by.note_fields(fields);
        let stand_ins = { made.has_stand_ins }
            .then(|| stand_ins(object, schema, self.updated_at, made, fields));
        // Words are listed of what is found, and what nothing is found by has none.
        found_by = match stand_ins.as_deref() {
            None => found_by,
            Some([]) => found_by.without_words(),
            Some(_) => found_by.unlisted(),
        };
        let head = &self.head;
        let origin = head.origin.as_deref();
        let document = Document {
            object_type: head.object_type.as_str(),
            identity: object.identity.as_str(),
            generation: head.generation.as_ref().map(Generation::as_str),
            master: object.master.as_ref().map(Identity::as_str),
            hash: format!("{:032x}", u128::from_be_bytes(head.hash.0)),
            first_seen: head.first_seen,
            written: head.version,
            updated_at: self.updated_at.as_millis(),
            active_from: head.active.from.map(Timestamp::as_millis),
            active_to: head.active.to.map(Timestamp::as_millis),
            refused: &self.refused,
            job: self.job,
            file: self.file.as_deref().map(StoredFile::of),
            source: origin.map(|origin| origin.source.as_str()),
            row: origin.and_then(|origin| match origin.row.as_ref()? {
                RowKey::Identity => Some(object.identity.as_str()),
                RowKey::Other(key) => Some(key),
            }),
            place: self.place,
            created_at: self.created_at.map(Timestamp::as_millis),
            raw: self.raw.get(),
            found_by,
            stand_ins,
        };
        serde_json::to_vec(&document).expect("a map with text keys can always be written to memory")
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a step that fails is a test that fails")]
mod tests {
    use std::sync::Arc;

    use serde_json::{Value, json};

    use super::*;
    use crate::domain::{Judged, MisfitRule, Site, TrackerId, TypeConflicts, derive};
    use crate::engine::conformance::objects::{integer, number, point, product, texts};
    use crate::engine::plan::learn;

    fn kept(object: &Object) -> Kept {
        let (json, hash) = codec::encode_hashed(object);
        Kept {
            identity: object.identity.clone(),
            head: Head {
                object_type: object.object_type.clone(),
                generation: object.generation.clone(),
                version: 70,
                hash,
                first_seen: 3,
                active: object.schedule(),
                origin: None,
            },
            raw: RawValue::from_string(String::from_utf8(json).unwrap()).unwrap(),
            updated_at: Timestamp::from_millis(5),
            refused: vec![Note {
                by: "a".to_owned(),
                generation: "g".to_owned(),
            }],
            job: Some(4),
            place: Some(2),
            created_at: Some(Timestamp::from_millis(6)),
            file: object.file_url().map(|url| {
                let asked = FileRow::asked(FileTicket(70), url, Timestamp::from_millis(5));
                Box::new(asked)
            }),
        }
    }

    fn made() -> MadeWith {
        MadeWith::of(&Site::new(TrackerId::new("a").unwrap()))
    }

    fn schema_of(object: &Object) -> Arc<Schema> {
        let mut schema = Arc::new(Schema::default());
        let rule = MisfitRule {
            conflicts: TypeConflicts::Keep,
            judged: Judged::All,
        };
        learn(&mut schema, object, &derive(object), rule).unwrap();
        schema
    }

    #[test]
    fn a_document_has_every_value_in_the_space_of_its_type() {
        let object = product("a.b")
            .with("colors", texts(&["red", "blue"]))
            .with("size.eu", number(4.5))
            .with("code", integer(9_007_199_254_740_993))
            .with("on", crate::domain::FieldValue::Bool(true))
            .with("geo_location", point(48.5, 17.0))
            .with("introduced_at", "1960-01-01")
            .active(None, Some(8))
            .in_upload("g1")
            .object();
        let schema = schema_of(&object);
        let mut fields = Fields::default();
        let document = kept(&object).document(&object, &schema, &made(), &mut fields);
        let document: Value = serde_json::from_slice(&document).unwrap();
        let of = |space: &str, name: &str| {
            let (number, _) = schema.get(name).unwrap();
            document[space][number.to_string()].clone()
        };
        assert_eq!(of("s", "colors"), json!(["red", "blue"]));
        assert_eq!(of("n", "size.eu"), json!([4.5]));
        assert_eq!(of("x", "code"), json!(["9007199254740993"]));
        assert_eq!(of("b", "on"), json!([true]));
        assert_eq!(of("g", "geo_location"), json!(["48.5,17"]));
        assert_eq!(of("d", "introduced_at"), json!([-315_619_200_000_i64]));
        for (field, expected) in [
            ("type", json!("product")),
            ("identity", json!("a.b")),
            ("generation", json!("g1")),
            ("first_seen", json!(3)),
            ("written", json!(70)),
            ("updated_at", json!(5)),
            ("place", json!(2)),
            ("created_at", json!(6)),
            (
                "active_to",
                json!(8 + crate::engine::conformance::objects::NOW.as_millis()),
            ),
            ("refused", json!([{ "by": "a", "generation": "g" }])),
        ] {
            assert_eq!(document[field], expected, "{field}");
        }
        assert_eq!(document.get("active_from"), None);
        let (title, _) = schema.get("size.eu").unwrap();
        let mapped = fields.mapping(false)["properties"]["n"]["properties"].clone();
        assert_eq!(mapped[title.to_string()], json!({ "type": "double" }));
        // What the cluster keeps is what is read.
        let document = document.as_object().unwrap();
        assert!(SOURCE_FIELDS.iter().all(|name| {
            let optional = ["master", "file", "source", "row", "active_from"];
            document.contains_key(*name) || optional.contains(name)
        }));
    }

    #[test]
    fn an_object_is_read_back_as_it_was_and_damage_is_noticed() {
        let object = product("a")
            .with("", "x")
            .with("s.1", number(5.0))
            .with("url", "https://a.example/x")
            .in_upload("g")
            .object()
            .into_file();
        let kept = kept(&object);
        let schema = schema_of(&object);
        let document = kept.document(&object, &schema, &made(), &mut Fields::default());
        let document = RawValue::from_string(String::from_utf8(document).unwrap()).unwrap();
        let mut read = Kept::read(&document).unwrap();
        assert_eq!(read.head, kept.head);
        assert_eq!(
            (read.updated_at, &read.refused),
            (kept.updated_at, &kept.refused)
        );
        assert_eq!((read.place, read.created_at), (kept.place, kept.created_at));
        assert_eq!(read.file, kept.file);
        assert_eq!(read.object(), Some(object));
        read.head.hash.0[0] ^= 1;
        assert_eq!(read.object(), None);
        assert!(Kept::read(&RawValue::from_string("{}".to_owned()).unwrap()).is_none());
    }
}
