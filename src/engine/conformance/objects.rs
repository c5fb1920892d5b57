//! Sites, objects and searches under construction, for cases that say what matters to them and nothing more.
//! Invariant: what is not said is what a site, an object or a search has where nothing was set.

use crate::domain::{
    ActivePeriod, Change, Direction, FacetRequest, FieldFilter, FieldName, FieldValue, Fields,
    Generation, Identity, Language, LastWord, NestedObject, Number, Object, ObjectKey, ObjectParts,
    ObjectPatch, ObjectType, Page, QueryText, ResultSet, SearchQuery, Site, SortKey, SourceName,
    Timestamp, TrackerId,
};

pub(in crate::engine) const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

pub(in crate::engine) fn tracker(id: &str) -> TrackerId {
    TrackerId::new(id).unwrap()
}

pub(in crate::engine) fn site_of(id: &str) -> Site {
    Site {
        language: Language::Any,
        ..Site::new(tracker(id))
    }
}

pub(in crate::engine) fn identity(text: &str) -> Identity {
    Identity::new(text).unwrap()
}

pub(in crate::engine) fn object_type(name: &str) -> ObjectType {
    ObjectType::new(name).unwrap()
}

pub(in crate::engine) fn generation(text: &str) -> Generation {
    Generation::new(text).unwrap()
}

pub(in crate::engine) fn source(name: &str) -> SourceName {
    SourceName::new(name).unwrap()
}

pub(in crate::engine) fn key(of: &str, of_type: &str) -> ObjectKey {
    ObjectKey {
        identity: identity(of),
        object_type: object_type(of_type),
    }
}

pub(in crate::engine) fn number(value: f64) -> FieldValue {
    FieldValue::Number(Number::Float(value))
}

pub(in crate::engine) fn integer(value: i64) -> FieldValue {
    FieldValue::Number(Number::Integer(value))
}

pub(in crate::engine) fn texts(values: &[&str]) -> FieldValue {
    FieldValue::List(values.iter().map(|&value| value.into()).collect())
}

pub(in crate::engine) fn point(lat: f64, lon: f64) -> FieldValue {
    let point = [("lat", number(lat)), ("lon", number(lon))];
    FieldValue::Map(point.into_iter().collect())
}

/// An object under construction.
#[derive(Clone, Debug)]
pub(in crate::engine) struct Draft(ObjectParts);

/// A product that is called as its identity.
pub(in crate::engine) fn product(of: &str) -> Draft {
    Draft(ObjectParts {
        identity: identity(of),
        object_type: object_type("product"),
        generation: None,
        active: ActivePeriod::default(),
        legacy_url: None,
        master: None,
        fields: [("title", of.into())].into_iter().collect(),
        nested: Vec::new(),
    })
}

impl Draft {
    pub(in crate::engine) fn titled(self, title: &str) -> Self {
        self.with("title", title)
    }

    pub(in crate::engine) fn with(mut self, name: &str, value: impl Into<FieldValue>) -> Self {
        self.0.fields.insert(name, value.into());
        self
    }

    pub(in crate::engine) fn of_type(mut self, of_type: &str) -> Self {
        self.0.object_type = object_type(of_type);
        self
    }

    pub(in crate::engine) fn in_upload(mut self, of: &str) -> Self {
        self.0.generation = Some(generation(of));
        self
    }

    pub(in crate::engine) fn variant_of(mut self, master: &str) -> Self {
        self.0.master = Some(identity(master));
        self.of_type("variant")
    }

    /// From and to so many milliseconds from now.
    pub(in crate::engine) fn active(mut self, from: Option<i64>, to: Option<i64>) -> Self {
        let at = |offset_ms: i64| Timestamp::from_millis(NOW.as_millis() + offset_ms);
        self.0.active = ActivePeriod {
            from: from.map(at),
            to: to.map(at),
        };
        self
    }

    pub(in crate::engine) fn nesting(mut self, nested: NestedObject) -> Self {
        self.0.nested.push(nested);
        self
    }

    /// A nested variant, called by its place.
    pub(in crate::engine) fn variant(
        self,
        fields: impl IntoIterator<Item = (&'static str, FieldValue)>,
    ) -> Self {
        let called = format!("{}-{}", self.0.identity, self.0.nested.len());
        self.nesting(nested(&called, "variant", fields))
    }

    pub(in crate::engine) fn object(self) -> Object {
        Object::new(self.0).unwrap()
    }
}

impl From<Draft> for Object {
    fn from(draft: Draft) -> Self {
        draft.object()
    }
}

pub(in crate::engine) fn nested<'n>(
    of: &str,
    of_type: &str,
    fields: impl IntoIterator<Item = (&'n str, FieldValue)>,
) -> NestedObject {
    NestedObject {
        identity: identity(of),
        object_type: object_type(of_type),
        legacy_url: None,
        is_mention: false,
        fields: fields.into_iter().collect::<Fields>(),
        nested: Vec::new(),
    }
}

pub(in crate::engine) fn category(of: &str, title: &str) -> NestedObject {
    nested(of, "category", [("title", title.into())])
}

/// The same, of which nothing but the title is known.
pub(in crate::engine) fn mention(of: &str, title: &str) -> NestedObject {
    NestedObject {
        is_mention: true,
        ..category(of, title)
    }
}

pub(in crate::engine) fn patch(of: &str) -> ObjectPatch {
    ObjectPatch {
        identity: identity(of),
        object_type: None,
        is_file: false,
        generation: Change::Keep,
        active_from: Change::Keep,
        active_to: Change::Keep,
        fields: Vec::new(),
        nested: None,
    }
}

/// A patch that sets one attribute, or removes it.
pub(in crate::engine) fn setting(
    of: &str,
    name: &str,
    value: impl Into<Option<FieldValue>>,
) -> ObjectPatch {
    ObjectPatch {
        fields: vec![(FieldName::new(name), value.into())],
        ..patch(of)
    }
}

/// Everything, first page.
pub(in crate::engine) fn everything() -> SearchQuery {
    SearchQuery {
        page: Page {
            offset: 0,
            limit: 100,
        },
        ..SearchQuery::everything(NOW)
    }
}

pub(in crate::engine) fn text(typed: &str) -> SearchQuery {
    SearchQuery {
        text: QueryText::new(typed),
        ..everything()
    }
}

/// Products that are called by their titles.
pub(in crate::engine) fn titled(titles: &[&str]) -> Vec<Draft> {
    titles
        .iter()
        .map(|title| product(title).titled(title))
        .collect()
}

/// A text that finds what belongs to it, not all that has one of its words.
pub(in crate::engine) fn narrow(typed: &str) -> SearchQuery {
    SearchQuery {
        result_set: ResultSet::Narrow,
        ..text(typed)
    }
}

/// A text whose last word is being typed.
pub(in crate::engine) fn begun(typed: &str) -> SearchQuery {
    SearchQuery {
        last_word: LastWord::Begun,
        ..text(typed)
    }
}

/// Filters written as `field:value`.
pub(in crate::engine) fn filters(written: &[&str]) -> Vec<FieldFilter> {
    let split = |filter: &&str| {
        let (field, value) = filter.split_once(':').unwrap();
        FieldFilter::untyped(field, value)
    };
    written.iter().map(split).collect()
}

/// `f[]`
pub(in crate::engine) fn any_of(written: &[&str]) -> SearchQuery {
    let mut query = everything();
    query.filters.any_of = filters(written);
    query
}

pub(in crate::engine) use Direction::{Ascending, Descending};

pub(in crate::engine) fn sort_keys(keys: &[(&str, Direction)]) -> Vec<SortKey> {
    let key = |&(field, direction): &(&str, Direction)| SortKey {
        field: field.into(),
        direction,
    };
    keys.iter().map(key).collect()
}

pub(in crate::engine) fn sorted_by(keys: &[(&str, Direction)]) -> SearchQuery {
    SearchQuery {
        sort: sort_keys(keys),
        ..everything()
    }
}

pub(in crate::engine) fn facet(field: &str) -> FacetRequest {
    FacetRequest::new(field, FacetRequest::VALUES_DEFAULT).unwrap()
}
