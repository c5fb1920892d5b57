//! An object as sent (docs/reference/02-content.md §2): its top-level keys, and what each of them says. Invariant:
//! reading fails on JSON syntax only; a key of the wrong shape is a broken rule of this one object.

use serde::de::{MapAccess, SeqAccess};

use super::shape::{Expect, Key, Shape};
use super::value::{Attributes, Budget, ValueSeed, read_attributes, without_nulls};
use crate::domain::{
    FILE_URL, FieldName, FieldValue, Fields, Generation, Identity, NestedObject, Number, Object,
    ObjectType, Problems, Rule, Timestamp,
};

/// Most problems told of one object: an answer must not outgrow its request.
pub(super) const PROBLEMS_MAX: usize = 100;

/// The type under which a file is sent, and the one it has (docs/reference/02-content.md §8).
pub(super) const FILE_AS_SENT: &str = "_file";
const FILE: &str = "file";

/// What a request says of one key. Absent and `null` differ in a patch only.
#[derive(Debug, Default)]
pub(super) enum Sent<T> {
    #[default]
    Absent,
    Null,
    Value(T),
}

impl<T> Sent<T> {
    pub(super) fn as_value(&self) -> Option<&T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Absent | Self::Null => None,
        }
    }

    pub(super) fn into_value(self) -> Option<T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Absent | Self::Null => None,
        }
    }
}

impl<T> From<Option<T>> for Sent<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Self::Value)
    }
}

/// An element of `objects`; the value of a key sent in another shape than wanted is the rule it broke.
#[derive(Debug, Default)]
pub struct SentObject {
    pub(super) identity: Sent<FieldValue>,
    /// The older name of `identity`.
    pub(super) url: Sent<FieldValue>,
    pub(super) object_type: Sent<FieldValue>,
    pub(super) generation: Sent<FieldValue>,
    pub(super) active_from: Sent<FieldValue>,
    pub(super) active_to: Sent<FieldValue>,
    /// The object this one was extracted from; of exports only (docs/reference/02-content.md §9).
    pub(super) master: Sent<FieldValue>,
    pub(super) fields: Sent<Result<Attributes, Rule>>,
    pub(super) nested: Sent<Result<NestedEntries, Rule>>,
}

/// Elements of `nested`; `None` stands for `null`.
pub(super) type NestedEntries = Vec<Option<FieldValue>>;

/// Reads an element of `objects`; `None` when it is no JSON object.
pub(super) struct ElementShape<'b>(pub(super) &'b Budget);

impl<'de> Shape<'de> for ElementShape<'_> {
    type Value = Option<SentObject>;

    fn budget(&self) -> &Budget {
        self.0
    }

    fn other(self) -> Self::Value {
        None
    }

    fn map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let budget = self.0;
        let mut sent = SentObject::default();
        while let Some(Key(key)) = map.next_key()? {
            match &*key {
                "fields" => sent.fields = map.next_value_seed(Expect(FieldsShape(budget)))?,
                "nested" => sent.nested = map.next_value_seed(Expect(NestedShape(budget)))?,
                key => {
                    let value = map.next_value_seed(ValueSeed(budget))?;
                    if let Some(place) = sent.place_of(key) {
                        *place = value.into();
                    }
                }
            }
        }
        Ok(Some(sent))
    }
}

impl SentObject {
    /// Where the value of a key belongs; unknown keys are ignored (docs/reference/02-content.md §2).
    fn place_of(&mut self, key: &str) -> Option<&mut Sent<FieldValue>> {
        match key {
            "identity" => Some(&mut self.identity),
            "url" => Some(&mut self.url),
            "type" => Some(&mut self.object_type),
            "generation" => Some(&mut self.generation),
            "active_from" => Some(&mut self.active_from),
            "active_to" => Some(&mut self.active_to),
            "master" => Some(&mut self.master),
            _ => None,
        }
    }
}

/// The keys, each checked on its own. Absent, `null` and, for dates, empty are all `None`.
impl SentObject {
    /// `identity`, else `url`; integers count as their decimal text.
    pub(super) fn identity(&self) -> Result<Identity, Rule> {
        let sent = self.identity.as_value().or(self.url.as_value());
        match sent.ok_or(Rule::Missing)? {
            FieldValue::Text(text) => Identity::new(text),
            FieldValue::Number(number @ (Number::Integer(_) | Number::Unsigned(_))) => {
                Identity::new(&number.to_string())
            }
            _ => Err(Rule::NotText),
        }
    }

    /// Whether it was sent as a file, whose text is to be fetched (docs/reference/02-content.md §8).
    pub(super) fn is_file(&self) -> bool {
        self.object_type.as_value().and_then(FieldValue::as_text) == Some(FILE_AS_SENT)
    }

    /// `_file` is the type `file` at once (docs/reference/02-content.md §8).
    pub(super) fn object_type(&self) -> Result<Option<ObjectType>, Rule> {
        match self.object_type.as_value() {
            None => Ok(None),
            Some(FieldValue::Text(text)) => read_type(text).map(Some),
            Some(_) => Err(Rule::NotText),
        }
    }

    pub(super) fn generation(&self) -> Result<Option<Generation>, Rule> {
        match self.generation.as_value() {
            None => Ok(None),
            Some(FieldValue::Text(text)) => Generation::new(text).map(Some),
            Some(FieldValue::Number(number)) => Generation::new(&number.to_string()).map(Some),
            Some(_) => Err(Rule::NotText),
        }
    }

    pub(super) fn active_from(&self) -> Result<Option<Timestamp>, Rule> {
        read_date(&self.active_from)
    }

    pub(super) fn active_to(&self) -> Result<Option<Timestamp>, Rule> {
        read_date(&self.active_to)
    }

    /// The top-level `url`, if it is one.
    pub(super) fn legacy_url(&self) -> Option<String> {
        match self.url.as_value()? {
            FieldValue::Text(url) => Some(url.clone()),
            FieldValue::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// The object this one was extracted from, if `master` names one; anything else is ignored.
    pub(super) fn master(&self) -> Option<Identity> {
        Identity::new(self.master.as_value()?.as_text()?).ok()
    }

    /// The attributes of a whole object. A file's location is among them, also when it was sent
    /// beside them (docs/reference/02-content.md §8).
    pub(super) fn take_whole_fields(&mut self) -> Result<Fields, Rule> {
        let fields = std::mem::take(&mut self.fields).into_value();
        let mut fields = without_nulls(fields.ok_or(Rule::Missing)??);
        if self.is_file()
            && !fields.contains(FILE_URL)
            && let Some(url) = self.legacy_url()
        {
            fields.insert(FILE_URL, FieldValue::Text(url));
        }
        Ok(fields)
    }

    /// The attributes a patch changes; `None` removes one. Of what is sent as a file its location may stand beside them.
    pub(super) fn take_changed_fields(&mut self) -> Result<Attributes, Rule> {
        let fields = std::mem::take(&mut self.fields).into_value();
        let mut fields = fields.unwrap_or_else(|| Ok(Attributes::new()))?;
        // Where it names the object, it says nothing of where its file is.
        let names_the_object = self.identity.as_value().is_none();
        if self.is_file()
            && !names_the_object
            && !fields.iter().any(|(name, _)| name.as_str() == FILE_URL)
            && let Some(url) = self.legacy_url()
        {
            fields.push((FieldName::new(FILE_URL), Some(FieldValue::Text(url))));
        }
        let max = Object::ATTRIBUTES_MAX;
        if fields.len() > max {
            return Err(Rule::TooManyAttributes { max });
        }
        Ok(fields)
    }

    /// Named by what they say themselves, or as this object's own.
    pub(super) fn nested(&self) -> Result<Vec<NestedObject>, Problems> {
        let entries = match self.nested.as_value() {
            None => return Ok(Vec::new()),
            Some(Ok(entries)) => entries,
            Some(Err(rule)) => return Err(Problems::one(["nested"], *rule)),
        };
        let mut nested = Vec::with_capacity(entries.len());
        let mut problems = Vec::new();
        let identity = self.identity().ok();
        let entries = entries.iter().map(|entry| match entry {
            Some(FieldValue::Map(entry)) => Some(entry),
            _ => None,
        });
        let read = NestedObject::read_list(identity.as_ref(), entries);
        for (at, read) in read.enumerate() {
            match read {
                Ok(object) => nested.push(object),
                Err(found) => {
                    problems.extend(found.under(&["nested", &at.to_string()]).into_list());
                }
            }
            if problems.len() >= PROBLEMS_MAX {
                break;
            }
        }
        match Problems::from_list(problems) {
            None => Ok(nested),
            Some(problems) => Err(problems),
        }
    }
}

/// A type as clients write it; also of the parameter of a commit.
pub(in super::super) fn read_type(text: &str) -> Result<ObjectType, Rule> {
    ObjectType::new(if text == FILE_AS_SENT { FILE } else { text })
}

fn read_date(sent: &Sent<FieldValue>) -> Result<Option<Timestamp>, Rule> {
    match sent.as_value() {
        None => Ok(None),
        Some(FieldValue::Text(text)) if text.is_empty() => Ok(None),
        Some(FieldValue::Text(text)) => Timestamp::parse_named(text)
            .map(Some)
            .ok_or(Rule::NotDateTime),
        Some(_) => Err(Rule::NotDateTime),
    }
}

struct FieldsShape<'b>(&'b Budget);

impl<'de> Shape<'de> for FieldsShape<'_> {
    type Value = Sent<Result<Attributes, Rule>>;

    fn budget(&self) -> &Budget {
        self.0
    }

    fn other(self) -> Self::Value {
        Sent::Value(Err(Rule::NotMap))
    }

    fn null(self) -> Self::Value {
        Sent::Null
    }

    fn map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        Ok(Sent::Value(Ok(read_attributes(map, self.0)?)))
    }
}

struct NestedShape<'b>(&'b Budget);

impl<'de> Shape<'de> for NestedShape<'_> {
    type Value = Sent<Result<NestedEntries, Rule>>;

    fn budget(&self) -> &Budget {
        self.0
    }

    fn other(self) -> Self::Value {
        Sent::Value(Err(Rule::NotList))
    }

    fn null(self) -> Self::Value {
        Sent::Null
    }

    fn list<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = list.next_element_seed(ValueSeed(self.0))? {
            entries.push(entry);
        }
        Ok(Sent::Value(Ok(entries)))
    }
}
