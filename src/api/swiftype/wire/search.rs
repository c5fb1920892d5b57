//! What a search asks (contract 10 §6). Invariant: an option that cannot be is told and left out; the
//! rest of the search is as it was asked.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::super::fields::Field;
use super::super::located::DocumentType;
use super::filter;
use super::parameters::Parameters;
use crate::domain::{
    BoostFunction, Direction, FacetRequest, FieldFilter, FieldName, FieldType, FunctionalBoost,
    HighlightRequest, LastWord, Page, QueryText, ScopedField, SearchQuery, SortKey, Timestamp,
};

/// Most values of a facet.
const FACET_VALUES_MAX: usize = 100;

/// Pages and their sizes go from 1 to this.
const PAGE_MAX: usize = 100;

/// Longest piece of a long text that is highlighted when nobody says how long, in characters.
const TEXT_HIGHLIGHT_CHARS: usize = 300;

/// Greatest weight of a field that words are looked for in.
const WEIGHT_MAX: f32 = 100.0;

/// Which of the two calls it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::api::swiftype) enum Kind {
    Search,
    Suggest,
}

impl Kind {
    fn page_size(self) -> usize {
        match self {
            Self::Search => 20,
            Self::Suggest => 10,
        }
    }
}

/// When another spelling is suggested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::api::swiftype) enum Spelling {
    Off,
    /// Where nothing has the words as they are.
    WithoutHits,
    Always,
}

/// What is wrong with a search, by option: in general, or for a document type.
#[derive(Debug, Default)]
pub(in crate::api::swiftype) struct Problems(BTreeMap<String, Map<String, Value>>);

impl Problems {
    const GENERAL: &'static str = "";

    pub(in crate::api::swiftype) fn general(&mut self, option: &str, words: impl Into<String>) {
        self.add(option, Self::GENERAL, words.into());
    }

    fn of_type(&mut self, option: &str, of: &DocumentType, words: impl Into<String>) {
        self.add(option, &of.slug(), words.into());
    }

    fn add(&mut self, option: &str, of: &str, words: String) {
        let of_option = self.0.entry(option.to_owned()).or_default();
        let list = of_option.entry(of).or_insert_with(|| json!([]));
        if let Value::Array(list) = list {
            list.push(words.into());
        }
    }

    /// `{option: [text]}` or `{option: {type: [text]}}`.
    pub(in crate::api::swiftype) fn into_body(self) -> Value {
        let options = self.0.into_iter().map(|(option, mut of_option)| {
            let body = match of_option.remove(Self::GENERAL) {
                Some(general) => general,
                None => Value::Object(of_option),
            };
            (option, body)
        });
        Value::Object(options.collect())
    }
}

/// A search as far as it is the same for every document type.
#[derive(Debug)]
pub(in crate::api::swiftype) struct Asked {
    kind: Kind,
    /// As it is echoed.
    pub(in crate::api::swiftype) text: String,
    pub(in crate::api::swiftype) page: usize,
    pub(in crate::api::swiftype) per_page: usize,
    pub(in crate::api::swiftype) spelling: Spelling,
    options: Parameters,
}

impl Asked {
    pub(in crate::api::swiftype) fn read(
        kind: Kind,
        options: Parameters,
        problems: &mut Problems,
    ) -> Self {
        let mut bounded = |name: &'static str, default: usize| {
            let sent = options.number(name);
            match sent.map(|sent| sent.map(usize::try_from)) {
                Ok(None) => default,
                Ok(Some(Ok(number))) if (1..=PAGE_MAX).contains(&number) => number,
                _ => {
                    problems.general(name, format!("must be between 1 and {PAGE_MAX}"));
                    default
                }
            }
        };
        let (page, per_page) = (bounded("page", 1), bounded("per_page", kind.page_size()));
        let spelling = match options.text("spelling").as_deref() {
            None | Some("") => Spelling::Off,
            Some("strict" | "retry") => Spelling::WithoutHits,
            Some("always") => Spelling::Always,
            Some(_) => {
                problems.general("spelling", "must be one of strict, always, retry");
                Spelling::Off
            }
        };
        let text = options.text("q").unwrap_or_default();
        Self {
            kind,
            text,
            page,
            per_page,
            spelling,
            options,
        }
    }

    pub(in crate::api::swiftype) fn kind(&self) -> Kind {
        self.kind
    }

    /// Names of the document types it is narrowed down to; `None` for all.
    pub(in crate::api::swiftype) fn type_names(
        &self,
        problems: &mut Problems,
    ) -> Option<Vec<String>> {
        match self.options.value("document_types")? {
            Value::String(text) => Some(text.split(',').map(str::to_owned).collect()),
            Value::Array(list) => {
                let texts = list.iter().filter_map(Value::as_str);
                Some(texts.map(str::to_owned).collect())
            }
            _ => {
                problems.general("document_types", "must be a list");
                None
            }
        }
    }

    /// What is asked of one document type.
    pub(in crate::api::swiftype) fn query(
        &self,
        of: &DocumentType,
        now: Timestamp,
        problems: &mut Problems,
    ) -> SearchQuery {
        let mut query = SearchQuery::everything(now);
        query.text = QueryText::new(&self.text);
        query.uses_rules = false;
        query.page = Page {
            offset: (self.page - 1) * self.per_page,
            limit: self.per_page,
        };
        if self.kind == Kind::Suggest {
            query.last_word = LastWord::Begun;
        }
        let mut reader = Reader {
            asked: self,
            of,
            problems,
        };
        query.scope = reader.scope();
        query.functional_boosts = reader.boosts();
        query.filters.all_of.push(FieldFilter {
            field: FieldName::new("type"),
            value: of.object_type.to_string(),
        });
        reader.add_filters(&mut query);
        query.sort = reader.sort();
        if self.kind == Kind::Search {
            query.facets = reader.facets();
        }
        query.highlights = reader.highlights();
        query
    }

    /// The fields of a record; `None` for all.
    pub(in crate::api::swiftype) fn fetched(
        &self,
        of: &DocumentType,
        problems: &mut Problems,
    ) -> Option<Vec<String>> {
        let mut reader = Reader {
            asked: self,
            of,
            problems,
        };
        let names = reader.of_type("fetch_fields")?;
        let list = reader.list("fetch_fields", &names)?;
        Some(
            list.iter()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect(),
        )
    }
}

/// Reads the options of one document type.
struct Reader<'a> {
    asked: &'a Asked,
    of: &'a DocumentType,
    problems: &'a mut Problems,
}

impl Reader<'_> {
    /// What an option says of the document type.
    fn of_type(&mut self, option: &'static str) -> Option<Value> {
        let value = self.asked.options.value(option)?;
        let Value::Object(by_type) = value else {
            self.problems
                .general(option, "must be an object, by document type");
            return None;
        };
        let names = [
            self.of.slug(),
            self.of.object_type.to_string(),
            self.of.id().to_string(),
        ];
        let found = names.iter().find_map(|name| by_type.get(name));
        found.filter(|value| !value.is_null()).cloned()
    }

    fn list<'v>(&mut self, option: &str, value: &'v Value) -> Option<&'v [Value]> {
        if let Value::Array(list) = value {
            return Some(list);
        }
        if value.is_string() {
            return Some(std::slice::from_ref(value));
        }
        self.problems.of_type(option, self.of, "must be a list");
        None
    }

    fn map<'v>(&mut self, option: &str, value: &'v Value) -> Option<&'v Map<String, Value>> {
        let map = value.as_object();
        if map.is_none() {
            self.problems
                .of_type(option, self.of, "must be an object, by field");
        }
        map
    }

    fn field(&mut self, option: &str, name: &str) -> Option<Field> {
        let field = self.of.field(name);
        if field.is_none() {
            self.problems
                .of_type(option, self.of, format!("unknown field: {name}"));
        }
        field
    }

    /// A field of one of the types that the option takes.
    fn field_of(
        &mut self,
        option: &str,
        name: &str,
        takes: impl Fn(FieldType) -> bool,
    ) -> Option<Field> {
        let field = self.field(option, name)?;
        if takes(field.kind) {
            return Some(field);
        }
        let word = field.kind.name();
        let words = format!("{name} is of type {word}");
        self.problems.of_type(option, self.of, words);
        None
    }

    /// Where words are looked for. Completions look into short texts only.
    fn scope(&mut self) -> Vec<ScopedField> {
        let takes = |field_type: FieldType| match self.asked.kind {
            Kind::Search => field_type.is_searched(),
            Kind::Suggest => field_type == FieldType::String,
        };
        let scoped = |field: Field, weight| ScopedField {
            field: field.attribute,
            weight,
        };
        let Some(named) = self.of_type("search_fields") else {
            return match self.asked.kind {
                Kind::Search => Vec::new(),
                Kind::Suggest => {
                    let fields = self.of.fields_of(takes).into_iter();
                    fields.map(|field| scoped(field, 1.0)).collect()
                }
            };
        };
        let Some(list) = self.list("search_fields", &named) else {
            return Vec::new();
        };
        let mut scope = Vec::new();
        for entry in list.iter().filter_map(Value::as_str) {
            let (name, weight) = match entry.rsplit_once('^') {
                Some((name, weight)) => (name, weight.parse().ok()),
                None => (entry, Some(1.0)),
            };
            let weight = weight.filter(|weight| *weight > 0.0 && *weight <= WEIGHT_MAX);
            let Some(weight) = weight else {
                let words = format!("weight of {name} must be above 0 and at most {WEIGHT_MAX}");
                self.problems.of_type("search_fields", self.of, words);
                continue;
            };
            let field = self.field_of("search_fields", name, takes);
            scope.extend(field.map(|field| scoped(field, weight)));
        }
        scope.truncate(SearchQuery::SCOPE_MAX);
        scope
    }

    fn boosts(&mut self) -> Vec<FunctionalBoost> {
        const OPTION: &str = "functional_boosts";
        let takes = |field_type| matches!(field_type, FieldType::Integer | FieldType::Float);
        let Some(named) = self.of_type(OPTION) else {
            return Vec::new();
        };
        let Some(map) = self.map(OPTION, &named) else {
            return Vec::new();
        };
        let mut boosts = Vec::new();
        for (name, function) in map {
            let function = match function.as_str() {
                Some("linear") => BoostFunction::Linear,
                Some("logarithmic") => BoostFunction::Logarithmic,
                Some("exponential") => BoostFunction::Exponential,
                _ => {
                    let words = format!(
                        "function of {name} must be one of linear, logarithmic, exponential"
                    );
                    self.problems.of_type(OPTION, self.of, words);
                    continue;
                }
            };
            let field = self.field_of(OPTION, name, takes);
            boosts.extend(field.map(|field| FunctionalBoost {
                field: field.attribute,
                function,
            }));
        }
        boosts.truncate(SearchQuery::BOOSTS_MAX);
        boosts
    }

    fn add_filters(&mut self, query: &mut SearchQuery) {
        let Some(named) = self.of_type("filters") else {
            return;
        };
        let Some(map) = self.map("filters", &named) else {
            return;
        };
        for (name, asked) in map {
            let Some(field) = self.field("filters", name) else {
                continue;
            };
            if let Err(words) = filter::add(query, &self.of.object_type, &field, asked) {
                let words = format!("{name}: {words}");
                self.problems.of_type("filters", self.of, words);
            }
        }
    }

    fn sort(&mut self) -> Vec<SortKey> {
        let Some(named) = self.of_type("sort_field") else {
            return Vec::new();
        };
        let direction = match self.of_type("sort_direction").as_ref().map(Value::as_str) {
            None | Some(Some("asc")) => Direction::Ascending,
            Some(Some("desc")) => Direction::Descending,
            Some(_) => {
                let words = "must be asc or desc";
                self.problems.of_type("sort_direction", self.of, words);
                Direction::Ascending
            }
        };
        let takes = |field_type| !matches!(field_type, FieldType::Text | FieldType::Location);
        let Some(name) = named.as_str() else {
            self.problems
                .of_type("sort_field", self.of, "must be the name of a field");
            return Vec::new();
        };
        let field = self.field_of("sort_field", name, takes);
        let key = field.map(|field| SortKey {
            field: field.attribute,
            direction,
        });
        key.into_iter().collect()
    }

    fn facets(&mut self) -> Vec<FacetRequest> {
        let takes = |field_type| !matches!(field_type, FieldType::Text | FieldType::Location);
        let Some(named) = self.of_type("facets") else {
            return Vec::new();
        };
        let Some(list) = self.list("facets", &named) else {
            return Vec::new();
        };
        let mut facets: Vec<FacetRequest> = Vec::new();
        for name in list.iter().filter_map(Value::as_str) {
            let field = self.field_of("facets", name, takes);
            facets.extend(field.map(|field| FacetRequest {
                field: field.attribute,
                values_max: FACET_VALUES_MAX,
                each_value: true,
            }));
        }
        facets.truncate(FacetRequest::FACETS_MAX);
        facets
    }

    /// As asked; else every field words are looked for in, where they are met.
    fn highlights(&mut self) -> Vec<HighlightRequest> {
        const OPTION: &str = "highlight_fields";
        let mut wanted = Vec::new();
        if let Some(named) = self.of_type(OPTION) {
            let Some(map) = self.map(OPTION, &named) else {
                return wanted;
            };
            for (name, how) in map {
                let size = how.get("size").and_then(Value::as_u64);
                let fallback = how.get("fallback").and_then(Value::as_bool);
                let field = self.field_of(OPTION, name, FieldType::is_searched);
                wanted.extend(field.map(|field| HighlightRequest {
                    field: field.name,
                    chars_max: size.map(|size| size as usize),
                    fallback: fallback.unwrap_or(false),
                }));
            }
        } else {
            let fields = self.of.fields_of(FieldType::is_searched).into_iter();
            wanted.extend(fields.map(|field| HighlightRequest {
                chars_max: (field.kind == FieldType::Text).then_some(TEXT_HIGHLIGHT_CHARS),
                field: field.name,
                fallback: false,
            }));
        }
        wanted.truncate(SearchQuery::HIGHLIGHTS_MAX);
        wanted
    }
}
