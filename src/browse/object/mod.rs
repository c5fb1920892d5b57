//! One object: what was sent, what follows from it, what it nests, and whether it can be found. Invariant: all of it is
//! shown to who may look, hidden attributes too, marked as such; long values are cut, say so and can be opened.

mod visible;

use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::Browse;
use super::actions::Action;
use super::chart::count;
use super::failure::Failure;
use super::fields::name_of;
use super::gate::Visitor;
use super::link;
use super::page::{self, Frame};
use super::sites::{query_of, site_of};
use super::value::{LONG_CHARS, Whole, cut, in_steps, text_of, when};
use crate::api::luigisbox::posted_json;
use crate::domain::{
    Derived, Fields, FileLook, Generation, Identity, Inspected, MadeOf, NestedObject, Object,
    Schema, derive,
};
use crate::engine::EngineError;
use visible::{Visible, nested_in, visibility};

/// Attributes of one list.
const FIELDS_MAX: usize = 1_000;

/// Nested objects that are listed.
const NESTED_MAX: usize = 100;

/// Attributes of a nested object beside its title.
const NESTED_FIELDS_MAX: usize = 6;

/// Of the whole object as JSON.
const JSON_CHARS: usize = 100_000;

#[derive(Template)]
#[template(path = "object.html", config = "src/browse/askama.toml")]
struct ObjectPage {
    frame: Frame,
    title: String,
    identity: String,
    object_type: String,
    type_href: String,
    visible: Visible,
    /// Where it can be deleted, where the pages may.
    delete: Option<String>,
    facts: Vec<(&'static str, String)>,
    sent: Vec<FieldView>,
    /// Of objects that are files.
    in_file: Vec<FieldView>,
    returned: Vec<FieldView>,
    filter_only: Vec<FieldView>,
    nested: Vec<NestedView>,
    nested_left_out: usize,
    /// How many objects nest it, with the first of them, and where they all are.
    nested_in: Option<NestedIn>,
    json: String,
    is_json_cut: bool,
}

struct NestedIn {
    count: String,
    first: Vec<(String, String)>,
    href: String,
}

struct FieldView {
    name: String,
    kind: &'static str,
    is_hidden: bool,
    value: String,
    /// All of it, where that is more.
    whole: Option<Whole>,
    /// A search for the value, where it is a short text or number.
    href: Option<String>,
}

struct NestedView {
    title: String,
    object_type: String,
    identity: String,
    href: String,
    fields: Vec<(String, String)>,
}

/// `GET /browse/sites/{site}/object?identity=…`
pub(super) async fn show(
    State(browse): State<Browse>,
    visitor: Visitor,
    Path(named): Path<String>,
    RawQuery(asked): RawQuery,
) -> Result<Response, Failure> {
    let site = site_of(&browse, &named).await?;
    let asked = query_of(asked.as_deref())?;
    let identity = Identity::new(asked.scalar("identity").unwrap_or_default());
    let identity = identity.map_err(|_| Failure::NoObject)?;
    let engine = &browse.app.engine;
    let id = &site.tracker_id;
    let found = engine.inspection.inspect(id, identity).await?;
    let found = found.ok_or(Failure::NoObject)?;
    let now = browse.app.clock.now();
    let visible = visibility(engine, id, &found, now).await?;
    let file = match &engine.files {
        Some(files) => files.file(id, found.object.identity.clone()).await?,
        None => None,
    };
    let nesting = nested_in(engine, id, &found.object, now).await?;
    let documents = engine.documents.as_ref();
    let schema = match documents {
        Some(documents) => Some(documents.schema(id).await?),
        None => None,
    };
    let title = title_of(&found.object).to_owned();
    let action = Action::Delete(found.object.identity.clone());
    let delete = action
        .is_listed(browse.actions)
        .then(|| action.href(&browse.path(""), id.as_str()));
    let frame = Frame::of_site(&browse, &visitor, id, format!("{} · {id}", cut(&title, 60)));
    let id = id.to_string();
    let made = tokio::task::spawn_blocking(move || {
        let empty = Schema::default();
        let schema = schema.as_deref().unwrap_or(&empty);
        let Derived {
            returned,
            filter_only,
        } = derive(&found.object);
        let object = &found.object;
        let views = |fields: &Fields| field_views(fields, schema, &frame.root, &id);
        let json = posted_json(object);
        let (root, object_type) = (frame.root.clone(), object.object_type.as_str());
        ObjectPage {
            title,
            identity: object.identity.to_string(),
            object_type: object_type.to_owned(),
            type_href: link::of_type(&root, &id, object_type),
            visible,
            delete,
            facts: facts(&found)
                .into_iter()
                .chain(file.into_iter().flat_map(facts_of_file))
                .collect(),
            sent: views(&object.as_sent().fields),
            in_file: views(&object.found().into_iter().collect()),
            returned: views(&returned),
            filter_only: views(&filter_only),
            nested: nested_views(&object.nested, &root, &id),
            nested_left_out: object.nested.len().saturating_sub(NESTED_MAX),
            nested_in: nesting.map(|nesting| NestedIn {
                count: count(nesting.count),
                first: nesting
                    .first
                    .into_iter()
                    .map(|(identity, title)| {
                        let href = link::of_object(&root, &id, identity.as_str());
                        (title, href)
                    })
                    .collect(),
                href: link::of_filter(&root, &id, &nesting.field, object.identity.as_str()),
            }),
            is_json_cut: json.chars().nth(JSON_CHARS).is_some(),
            json: cut(&json, JSON_CHARS),
            frame,
        }
    });
    let page = made.await.map_err(|error| EngineError::Internal {
        context: "a page could not be made",
        source: error.into(),
    })?;
    Ok(page::html(StatusCode::OK, &page))
}

fn title_of(object: &Object) -> &str {
    let title = object.fields.get("title").and_then(|title| title.as_text());
    title.unwrap_or(object.identity.as_str())
}

fn facts(found: &Inspected) -> Vec<(&'static str, String)> {
    let object = &found.object;
    let schedule = object.schedule();
    let by = match &found.made_of {
        MadeOf::Call => "a call of an API".to_owned(),
        MadeOf::Row { source, key } => format!("row “{key}” of source “{}”", source.as_str()),
        MadeOf::NestedInRow { source } => {
            format!("what is nested in a row of source “{}”", source.as_str())
        }
    };
    let generation = object.generation.as_ref().map(Generation::as_str);
    let mut facts = vec![
        ("Last changed", when(found.updated_at)),
        ("By", by),
        ("Generation", generation.unwrap_or("none").to_owned()),
    ];
    facts.extend(schedule.from.map(|at| ("Active from", when(at))));
    facts.extend(schedule.to.map(|at| ("Active to", when(at))));
    let master = object.master.as_ref();
    facts.extend(master.map(|master| ("Variant of", master.to_string())));
    facts.extend(object.legacy_url.clone().map(|url| ("Sent as `url`", url)));
    facts.push(("Size", format!("{} bytes", count(found.json_bytes as u64))));
    facts
}

/// What became of its file.
fn facts_of_file(file: FileLook) -> Vec<(&'static str, String)> {
    let size = file.bytes.map(|bytes| format!("{} bytes", count(bytes)));
    let tries = match file.tries {
        0 => String::new(),
        tries => format!(", tries in vain: {tries}"),
    };
    let optional = [
        ("File", Some(format!("{}{tries}", file.state.as_str()))),
        ("Why", file.reason),
        ("File fetched", file.fetched_at.map(when)),
        ("File size", size),
        ("File is fetched", file.due.map(when)),
    ];
    let told = optional.into_iter();
    told.filter_map(|(name, value)| Some((name, value?)))
        .collect()
}

fn field_views(fields: &Fields, schema: &Schema, root: &str, site: &str) -> Vec<FieldView> {
    /// What stands in the list of attributes.
    const FIRST_CHARS: usize = 600;
    /// Longer values are no filters that anybody would click.
    const FILTER_CHARS: usize = 60;
    let shown = fields.iter().take(FIELDS_MAX);
    shown
        .map(|(name, value)| {
            let (value_text, whole) = in_steps(value, FIRST_CHARS);
            let kind = schema.get(name.as_str()).map(|(_, kind)| kind);
            let is_single =
                value.elements().len() == 1 && value_text.chars().count() <= FILTER_CHARS;
            let can_be_filtered = kind.is_some() && is_single && !value_text.is_empty();
            FieldView {
                kind: kind.map_or("", name_of),
                is_hidden: name.is_hidden(),
                href: can_be_filtered
                    .then(|| link::of_filter(root, site, name.as_str(), &value_text)),
                value: value_text,
                whole,
                name: name.to_string(),
            }
        })
        .collect()
}

fn nested_views(nested: &[NestedObject], root: &str, site: &str) -> Vec<NestedView> {
    let shown = nested.iter().take(NESTED_MAX);
    shown
        .map(|object| {
            let others = object.fields.iter();
            let others = others.filter(|(name, _)| name.as_str() != "title");
            NestedView {
                title: cut(object.title(), LONG_CHARS),
                object_type: object.object_type.to_string(),
                identity: object.identity.to_string(),
                href: link::of_object(root, site, object.identity.as_str()),
                fields: others
                    .take(NESTED_FIELDS_MAX)
                    .map(|(name, value)| (name.to_string(), text_of(value, 80)))
                    .collect(),
            }
        })
        .collect()
}
