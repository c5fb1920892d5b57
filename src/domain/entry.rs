//! One entry of a `nested` or `ancestors` list, read in whatever form it was sent
//! (docs/reference/02-content.md §4). Invariant: an entry whose [`Entry::read`] succeeded makes objects that
//! pass every rule.

use super::availability;
use super::identity::{Identity, ObjectType};
use super::nested::NestedObject;
use super::own_names::{OwnNames, path_of_own};
use super::problem::{Problem, Problems, Rule};
use super::rules::{self, TITLE};
use super::value::{FieldName, FieldValue, Fields, Number};

pub(super) const ANCESTORS: &str = "ancestors";

/// Keys beside `fields` that are no attributes.
const STRUCTURAL: [&str; 10] = [
    "identity",
    "url",
    "type",
    "fields",
    "nested",
    "generation",
    "active_from",
    "active_to",
    "autocomplete_type",
    "enabled",
];

/// Most entries of one `ancestors` list. Every ancestor is stored with those above it, so what a
/// list takes to store grows with the square of its length.
const ANCESTORS_MAX: usize = 32;

pub(super) struct Entry<'a> {
    beside: &'a Fields,
    inside: Option<&'a FieldValue>,
    /// The type of an ancestor sent without one.
    type_default: Option<&'a ObjectType>,
    /// Titles of the entries before it in an `ancestors` list.
    above: &'a [&'a str],
    /// The object in whose `nested` list this stands, or whose nested object has it as an ancestor.
    parent: Option<&'a Identity>,
    /// What it is called where it says nothing itself and is its parent's own.
    own_name: Option<Result<Identity, Rule>>,
}

impl<'a> Entry<'a> {
    pub(super) fn nested(sent: &'a Fields) -> Self {
        Self {
            beside: sent,
            inside: sent.get("fields"),
            type_default: None,
            above: &[],
            parent: None,
            own_name: None,
        }
    }

    /// The next entry of the `nested` list of an object.
    pub(super) fn nested_in(
        parent: Option<&'a Identity>,
        sent: &'a Fields,
        names: &mut OwnNames<'_>,
    ) -> Self {
        let mut entry = Self::nested(sent);
        entry.parent = parent;
        if let (Ok(None), Ok(object_type)) = (entry.sent_identity(), entry.object_type())
            && object_type.is_variant()
            && let Some(title) = entry.attribute(TITLE).and_then(FieldValue::as_text)
        {
            entry.own_name = names.take(&object_type, title);
        }
        entry
    }

    fn ancestor(sent: &'a Fields, below: Below<'a>, above: &'a [&'a str]) -> Self {
        Self {
            type_default: Some(below.object_type),
            above,
            parent: below.parent,
            ..Self::nested(sent)
        }
    }

    pub(super) fn read(&self) -> Result<NestedObject, Problems> {
        let checked = self.check()?;
        Ok(self.build(checked))
    }

    /// Everything but the attributes, which are copied only when they are wanted.
    fn check(&self) -> Result<Checked, Problems> {
        let mut problems = rules::check_attributes(|name| self.attribute(name), self.count());
        if self.inside.is_some_and(|fields| as_map(fields).is_none()) {
            problems.push(problem(["fields"], Rule::NotMap));
        }
        let name = self.name();
        if let (Ok((_, object_type)), Some(list)) = (&name, self.attribute(ANCESTORS)) {
            let parent = self.parent;
            let below = Below {
                object_type,
                parent,
            };
            problems.extend(check_ancestors(list, below));
        }
        let identity = name.as_ref().ok().map(|(identity, _)| identity);
        let nested = self.read_nested(identity, &mut problems);
        match (name, Problems::from_list(problems)) {
            (Ok((identity, object_type)), None) => Ok(Checked {
                identity,
                object_type,
                nested,
            }),
            (Ok(_), Some(problems)) => Err(problems),
            (Err(name), problems) => {
                Err(name.and(problems.into_iter().flat_map(Problems::into_list)))
            }
        }
    }

    fn build(&self, checked: Checked) -> NestedObject {
        let mut fields: Fields = self
            .attributes()
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        let url = self.beside.get("url").and_then(FieldValue::as_text);
        if let Some(link) = url.filter(|url| is_link(url))
            && !fields.contains("web_url")
        {
            fields.insert("web_url", link.into());
        }
        availability::correct(&mut fields);
        NestedObject {
            identity: checked.identity,
            object_type: checked.object_type,
            legacy_url: url.map(str::to_owned),
            is_mention: self.is_mention(),
            fields,
            nested: checked.nested,
        }
    }

    /// Whether it only names an object: no `fields`, and nothing beside them but the title. Keys that are
    /// ignored say nothing either.
    fn is_mention(&self) -> bool {
        let has_nested = self
            .beside
            .get("nested")
            .is_some_and(|nested| !nested.elements().is_empty());
        self.inside.is_none()
            && !has_nested
            && self.attributes().all(|(name, _)| name.as_str() == TITLE)
    }

    fn name(&self) -> Result<(Identity, ObjectType), Problems> {
        match (self.sent_identity(), self.object_type()) {
            (Ok(Some(identity)), Ok(object_type)) => Ok((identity, object_type)),
            (Ok(None), Ok(object_type)) => Ok((self.made_identity(&object_type)?, object_type)),
            (Ok(_), Err(problems)) | (Err(problems), Ok(_)) => Err(problems),
            (Err(identity), Err(object_type)) => Err(identity.and(object_type.into_list())),
        }
    }

    /// `identity`, else `url`, which is its older name.
    pub(super) fn sent_identity(&self) -> Result<Option<Identity>, Problems> {
        let sent = ["identity", "url"]
            .into_iter()
            .find_map(|key| Some((key, self.beside.get(key)?)));
        let Some((key, value)) = sent else {
            return Ok(None);
        };
        let identity = match value {
            FieldValue::Text(text) => Identity::new(text),
            FieldValue::Number(number @ (Number::Integer(_) | Number::Unsigned(_))) => {
                Identity::new(&number.to_string())
            }
            _ => Err(Rule::NotText),
        };
        identity
            .map(Some)
            .map_err(|rule| Problems::one([key], rule))
    }

    /// `<type>:<path of titles, lower-case, joined by "/">`, so that the same category gets the same
    /// identity wherever it is sent without one. A variant is its parent's own, and so is its name.
    fn made_identity(&self, object_type: &ObjectType) -> Result<Identity, Problems> {
        let refused = |rule| Problems::one(["identity"], rule);
        if let Some(own_name) = &self.own_name {
            return own_name.clone().map_err(refused);
        }
        let title = self
            .attribute(TITLE)
            .ok_or_else(|| refused(Rule::Missing))?
            .as_text()
            .unwrap_or_default();
        let mut path = match self.attribute(ANCESTORS) {
            Some(list) => titles(list),
            None => self.above.to_vec(),
        };
        path.push(title);
        if object_type.is_variant()
            && let Some(parent) = self.parent
        {
            return path_of_own(object_type, parent, &path).map_err(refused);
        }
        // Control characters are fine in a title and refused in an identity.
        let path = path.join("/").to_lowercase().replace(char::is_control, " ");
        Identity::new(&format!("{object_type}:{path}")).map_err(refused)
    }

    fn object_type(&self) -> Result<ObjectType, Problems> {
        let object_type = match (self.beside.get("type"), self.type_default) {
            (Some(FieldValue::Text(text)), _) => ObjectType::new(text),
            (Some(_), _) => Err(Rule::NotText),
            (None, Some(default)) => Ok(default.clone()),
            (None, None) => Err(Rule::Missing),
        };
        object_type.map_err(|rule| Problems::one(["type"], rule))
    }

    /// `nested` of a nested object: kept with it, never extracted.
    fn read_nested(
        &self,
        identity: Option<&Identity>,
        problems: &mut Vec<Problem>,
    ) -> Vec<NestedObject> {
        let entries = match self.beside.get("nested") {
            None => return Vec::new(),
            Some(FieldValue::List(entries)) => entries,
            Some(_) => {
                problems.push(problem(["nested"], Rule::NotList));
                return Vec::new();
            }
        };
        let mut nested = Vec::with_capacity(entries.len());
        let entries = entries.iter().map(as_map);
        for (at, read) in NestedObject::read_list(identity, entries).enumerate() {
            match read {
                Ok(object) => nested.push(object),
                Err(found) => {
                    problems.extend(found.under(&["nested", &at.to_string()]).into_list());
                }
            }
        }
        nested
    }

    fn attribute(&self, name: &str) -> Option<&'a FieldValue> {
        let inside = self.inside.and_then(as_map);
        inside.and_then(|fields| fields.get(name)).or_else(|| {
            self.beside
                .get(name)
                .filter(|_| !STRUCTURAL.contains(&name))
        })
    }

    /// Attributes beside `fields` that it does not hold, then those inside it.
    fn attributes(&self) -> impl Iterator<Item = (&'a FieldName, &'a FieldValue)> {
        let inside = self.inside.and_then(as_map);
        let beside = self.beside.iter().filter(move |(name, _)| {
            let name = name.as_str();
            !STRUCTURAL.contains(&name) && !inside.is_some_and(|fields| fields.contains(name))
        });
        beside.chain(inside.into_iter().flat_map(Fields::iter))
    }

    fn count(&self) -> usize {
        self.attributes().count()
    }
}

struct Checked {
    identity: Identity,
    object_type: ObjectType,
    nested: Vec<NestedObject>,
}

/// The nested object that a list of ancestors stands in.
#[derive(Clone, Copy)]
pub(super) struct Below<'a> {
    /// Also the type of ancestors sent without one.
    pub object_type: &'a ObjectType,
    /// The object it is nested in.
    pub parent: Option<&'a Identity>,
}

/// The objects of a list of ancestors, top level first; `None` stands for one that cannot be read.
pub(super) fn read_ancestors(list: &FieldValue, below: Below<'_>) -> Vec<Option<NestedObject>> {
    let titles = titles(list);
    list.elements()
        .iter()
        .enumerate()
        .map(|(at, entry)| {
            let sent = as_map(entry)?;
            Entry::ancestor(sent, below, titles.get(..at)?).read().ok()
        })
        .collect()
}

fn check_ancestors(list: &FieldValue, below: Below<'_>) -> Vec<Problem> {
    let FieldValue::List(entries) = list else {
        return vec![problem([ANCESTORS], Rule::NotList)];
    };
    if entries.len() > ANCESTORS_MAX {
        let max = ANCESTORS_MAX;
        return vec![problem([ANCESTORS], Rule::TooManyEntries { max })];
    }
    let titles = titles(list);
    let mut problems = Vec::new();
    for (at, entry) in entries.iter().enumerate() {
        let checked = match entry {
            FieldValue::Map(sent) => Entry::ancestor(sent, below, &titles[..at])
                .check()
                .map(drop),
            _ => Err(Problems::one([""; 0], Rule::NotMap)),
        };
        if let Err(found) = checked {
            problems.extend(found.under(&[ANCESTORS, &at.to_string()]).into_list());
        }
    }
    problems
}

/// One title for each entry, `""` where there is none.
pub(super) fn titles(list: &FieldValue) -> Vec<&str> {
    let title = |entry| as_map(entry).and_then(|sent| Entry::nested(sent).attribute(TITLE));
    list.elements()
        .iter()
        .map(|entry| {
            title(entry)
                .and_then(FieldValue::as_text)
                .unwrap_or_default()
        })
        .collect()
}

/// Whether a legacy `url` can be followed: a path or an http(s) URL.
fn is_link(url: &str) -> bool {
    let has_scheme = |scheme: &str| {
        url.get(..scheme.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    };
    url.starts_with('/') || has_scheme("http://") || has_scheme("https://")
}

pub(super) fn as_map(value: &FieldValue) -> Option<&Fields> {
    match value {
        FieldValue::Map(fields) => Some(fields),
        _ => None,
    }
}

fn problem<const N: usize>(path: [&str; N], rule: Rule) -> Problem {
    Problem {
        path: path.map(str::to_owned).to_vec(),
        rule,
    }
}
