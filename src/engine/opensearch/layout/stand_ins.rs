//! What is found where variants stand for the object they are nested in (docs/reference/05-search.md §9, `best`): nested documents,
//! one for each variant, or for an object that nothing stands for one of itself. Invariant: the cluster writes and deletes them
//! with the document they are in, so nobody sees variants of two states of an object; their places are those of `stand_ins_of`.

use serde::Serialize;
use serde_json::{Value, json};

use super::found_by::{FoundBy, MadeWith, found_by};
use super::spaces::Fields;
use crate::domain::{
    Identity, Object, STAND_INS_MAX, Schema, Siblings, Timestamp, stand_in, stand_ins_of,
};

/// The type of the object itself, which its variants have beside their own.
pub(in crate::engine::opensearch) const OBJECT_TYPE: &str = "object_type";

/// The setting of an index that lets all of them be asked for.
pub(super) const MOST_AT_ONCE: (&str, usize) = ("max_inner_result_window", STAND_INS_MAX);

/// A variant in the place of its master, or an object as itself.
#[derive(Serialize)]
pub(super) struct StandIn<'a> {
    #[serde(rename = "type")]
    types: Vec<String>,
    object_type: &'a str,
    identity: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    active_from: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    active_to: Option<i64>,
    #[serde(flatten)]
    found_by: FoundBy,
}

/// What the object is found as: nothing where something else stands for it.
pub(super) fn stand_ins<'a>(
    object: &'a Object,
    schema: &Schema,
    updated_at: Timestamp,
    made: &MadeWith,
    fields: &mut Fields,
) -> Vec<StandIn<'a>> {
    let mut one = |shown: &Object| {
        let found_by = found_by(shown, schema, updated_at, made);
        let found_by = found_by.also_of(&object.object_type, made);
        found_by.note_fields(fields);
        let own = [shown, object].map(|of| (of.object_type.to_string(), &of.identity));
        let (mut types, identities) = own.into_iter().unzip::<_, _, Vec<String>, Vec<&Identity>>();
        let mut identity: Vec<String> = identities.iter().map(ToString::to_string).collect();
        types.dedup();
        identity.dedup();
        let active = shown.schedule();
        StandIn {
            active_from: active.from.map(Timestamp::as_millis),
            active_to: active.to.map(Timestamp::as_millis),
            types,
            object_type: object.object_type.as_str(),
            identity,
            found_by,
        }
    };
    let places = stand_ins_of(object);
    match (&object.master, places.as_slice()) {
        (Some(_), _) => Vec::new(),
        (None, []) => vec![one(object)],
        (None, places) => {
            let variants = places.iter();
            let variants = variants.map(|at| stand_in(object, *at, Siblings::LeftOut));
            variants.map(|variant| one(&variant)).collect()
        }
    }
}

/// The object as it is shown where the nested document at this place of it is found.
pub(in crate::engine::opensearch) fn shown(object: &Object, at: usize) -> Option<Object> {
    let place = *stand_ins_of(object).get(at)?;
    Some(stand_in(object, place, Siblings::Nested))
}

/// How they are mapped, with what every document of an index has.
pub(super) fn mapping(mut properties: Value) -> Value {
    properties[OBJECT_TYPE] = json!({ "type": "keyword" });
    json!({ "type": "nested", "dynamic": false, "properties": properties })
}
