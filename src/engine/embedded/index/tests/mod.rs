//! The index as its users see it: a catalog goes in, searches come out. Each file asks about one part
//! of the reference; `model` compares everything with a scan of the same objects.

mod begun;
mod effort;
mod facets;
mod filters;
mod kept;
mod lifecycle;
mod model;
mod order;
mod rules;
mod scope;
mod sparse;
mod suggested;
mod synonyms;
mod text;

use std::sync::Arc;

use tantivy::directory::RamDirectory;

use super::*;
use crate::domain::{
    ActivePeriod, AttributesForm, Direction, FacetKind, FacetRequest, FieldFilter, FieldValue,
    Fields, Identity, Language, NestedObject, Number, Object, ObjectParts, ObjectType, Page,
    QueryText, SortKey, Timestamp, TrackerId, VariantMode, derive,
};

const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// An index with what surrounds it: a schema that learns, versions that are given out, a store that
/// remembers who has which.
struct Catalog {
    index: Index,
    writer: IndexWriter,
    schema: Schema,
    site: Site,
    identities: Vec<String>,
    applied: u64,
}

fn settings() -> IndexSettings {
    IndexSettings {
        store: StoreId(uuid::Uuid::from_u128(1)),
        language: Language::Any,
        has_stand_ins: false,
        has_words_by_attribute: false,
        has_links: false,
        layout: LAYOUT,
        words_version: WORDS_VERSION,
    }
}

impl Catalog {
    /// Empty and in memory: what the disk adds, `lifecycle` asks.
    fn new() -> Self {
        Self::over(Index::create_in(RamDirectory::create(), settings(), None).unwrap())
    }

    /// Empty, of a site that treats variants so.
    fn with_variants(variants: VariantMode) -> Self {
        let settings = IndexSettings {
            has_stand_ins: variants == VariantMode::Best,
            ..settings()
        };
        let mut catalog =
            Self::over(Index::create_in(RamDirectory::create(), settings, None).unwrap());
        catalog.site.variants = variants;
        catalog
    }

    fn over(index: Index) -> Self {
        Self {
            writer: index.writer_with(0).unwrap(),
            index,
            schema: Schema::default(),
            site: Site {
                tracker_id: TrackerId::new("test").unwrap(),
                api_allowed: true,
                variants: VariantMode::Inside,
                attributes_form: AttributesForm::Arrays,
                type_conflicts: crate::domain::TypeConflicts::default(),
                language: Language::Any,
                rules: Arc::default(),
                words_by_attribute: false,
                search_links: false,
                result_set: crate::domain::ResultSet::default(),
                commit_guard_percent: 0,
                commit_keeps_refused: false,
            },
            identities: Vec::new(),
            applied: 0,
        }
    }

    /// A catalog of these objects, first seen in this order, in one commit.
    fn of(objects: impl IntoIterator<Item = Object>) -> Self {
        let mut catalog = Self::new();
        catalog.add(objects);
        catalog
    }

    fn add(&mut self, objects: impl IntoIterator<Item = Object>) {
        for object in objects {
            self.queue(&object);
        }
        self.commit();
    }

    fn queue(&mut self, object: &Object) -> VersionId {
        self.queue_as(object, self.identities.len() as u64)
    }

    fn queue_as(&mut self, object: &Object, first_seen: u64) -> VersionId {
        let rule = crate::domain::MisfitRule::default();
        let admission = self.schema.check(object, &derive(object), rule).unwrap();
        let new = admission.new;
        for (name, kind) in new {
            self.schema.add(name, kind);
        }
        let version = VersionId(self.identities.len() as u64);
        let entry = IndexEntry {
            version,
            first_seen,
            updated_at: Timestamp::from_millis(0),
            object,
            derived: &derive(object),
        };
        self.writer.add(&self.schema, &entry).unwrap();
        self.identities.push(object.identity.as_str().to_owned());
        version
    }

    fn commit(&mut self) {
        self.applied += 1;
        self.writer.commit(Sequence(self.applied)).unwrap();
    }

    /// Puts all segments into one.
    fn merge(&mut self) {
        self.writer.merge_all().unwrap();
    }

    fn search(&self, query: &SearchQuery) -> Found {
        self.try_search(query, &Effort::unbounded()).unwrap()
    }

    fn try_search(&self, query: &SearchQuery, effort: &Arc<Effort>) -> Result<Found, EngineError> {
        let (schema, site) = (&self.schema, &self.site);
        self.index.search(schema, site, query, effort)
    }

    fn identities(&self, found: &Found) -> Vec<&str> {
        let hits = found.hits.iter();
        hits.map(|hit| self.identities[hit.version.0 as usize].as_str())
            .collect()
    }

    /// Identities of the hits, in order.
    fn find(&self, query: &SearchQuery) -> Vec<&str> {
        self.identities(&self.search(query))
    }

    fn facet(&self, query: &SearchQuery, field: &str) -> Option<FacetKind> {
        let mut query = query.clone();
        query.facets = vec![facet(field)];
        let mut found = self.search(&query).facets;
        found.pop().map(|counts| counts.kind)
    }

    fn text_facet(&self, query: &SearchQuery, field: &str) -> Vec<(String, u64)> {
        let Some(FacetKind::Text(buckets)) = self.facet(query, field) else {
            panic!("no text facet on {field}");
        };
        let pairs = buckets
            .into_iter()
            .map(|bucket| (bucket.value, bucket.count));
        pairs.collect()
    }
}

fn facet(field: &str) -> FacetRequest {
    FacetRequest::new(field, FacetRequest::VALUES_DEFAULT).unwrap()
}

/// Everything, first page.
fn everything() -> SearchQuery {
    SearchQuery {
        page: Page {
            offset: 0,
            limit: 100,
        },
        ..SearchQuery::everything(NOW)
    }
}

fn text(q: &str) -> SearchQuery {
    SearchQuery {
        text: QueryText::new(q),
        ..everything()
    }
}

fn field_filters(filters: &[&str]) -> Vec<FieldFilter> {
    let split = |filter: &&str| {
        let (field, value) = filter.split_once(':').unwrap();
        FieldFilter::untyped(field, value)
    };
    filters.iter().map(split).collect()
}

/// `f[]`
fn any_of(filters: &[&str]) -> SearchQuery {
    let mut query = everything();
    query.filters.any_of = field_filters(filters);
    query
}

fn sorted_by(keys: &[(&str, Direction)]) -> SearchQuery {
    let key = |&(field, direction): &(&str, Direction)| SortKey {
        field: field.into(),
        direction,
    };
    SearchQuery {
        sort: keys.iter().map(key).collect(),
        ..everything()
    }
}

fn number(value: f64) -> FieldValue {
    FieldValue::Number(Number::Float(value))
}

fn texts(values: &[&str]) -> FieldValue {
    FieldValue::List(values.iter().map(|&value| value.into()).collect())
}

/// A product under construction.
struct Product(ObjectParts);

fn product(identity: &str) -> Product {
    let mut fields = Fields::new();
    fields.insert("title", identity.into());
    Product(ObjectParts {
        identity: Identity::new(identity).unwrap(),
        object_type: ObjectType::new("product").unwrap(),
        generation: None,
        active: ActivePeriod::default(),
        legacy_url: None,
        master: None,
        fields,
        nested: Vec::new(),
    })
}

impl Product {
    fn with(mut self, name: &str, value: impl Into<FieldValue>) -> Self {
        self.0.fields.insert(name, value.into());
        self
    }

    fn of_type(mut self, object_type: &str) -> Self {
        self.0.object_type = ObjectType::new(object_type).unwrap();
        self
    }

    fn variant_of(mut self, master: &str) -> Self {
        self.0.master = Some(Identity::new(master).unwrap());
        self.of_type("variant")
    }

    fn active(mut self, from: Option<i64>, to: Option<i64>) -> Self {
        let at = |offset_ms: i64| Timestamp::from_millis(NOW.as_millis() + offset_ms);
        self.0.active = ActivePeriod {
            from: from.map(at),
            to: to.map(at),
        };
        self
    }

    fn nested(mut self, object_type: &str, fields: &[(&str, &str)]) -> Self {
        let identity = format!("{object_type}-{}", self.0.nested.len());
        self.0.nested.push(NestedObject {
            identity: Identity::new(&identity).unwrap(),
            object_type: ObjectType::new(object_type).unwrap(),
            legacy_url: None,
            is_mention: false,
            fields: fields
                .iter()
                .map(|&(name, value)| (name, value.into()))
                .collect(),
            nested: Vec::new(),
        });
        self
    }

    /// A nested variant, called by its place.
    fn variant(mut self, fields: impl IntoIterator<Item = (&'static str, FieldValue)>) -> Self {
        let identity = format!("{}-{}", self.0.identity, self.0.nested.len());
        self.0.nested.push(NestedObject {
            identity: Identity::new(&identity).unwrap(),
            object_type: ObjectType::new("variant").unwrap(),
            legacy_url: None,
            is_mention: false,
            fields: fields.into_iter().collect(),
            nested: Vec::new(),
        });
        self
    }

    fn object(self) -> Object {
        Object::new(self.0).unwrap()
    }
}
