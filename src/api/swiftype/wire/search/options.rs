//! What a search asks of one document type: which fields, how and in what order
//! (docs/reference/10-swiftype.md §6). Invariant: a field stands in an option only where its type allows it.

use serde_json::{Map, Value};

use super::{DocumentSearch, Kind, Problems};
use crate::api::swiftype::fields::{EXTERNAL_ID, Field};
use crate::api::swiftype::located::DocumentType;
use crate::api::swiftype::wire::filter;
use crate::domain::{
    BoostFunction, Direction, FacetRequest, FieldType, FunctionalBoost, HighlightRequest,
    QueryText, ScopedField, SearchQuery, ShownName, SortKey, is_hidden_path,
};

/// Most values of a facet.
const FACET_VALUES_MAX: usize = 100;

/// Longest piece of a long text that is highlighted when nobody says how long, in characters.
const TEXT_HIGHLIGHT_CHARS: usize = 300;

/// Greatest weight of a field that words are looked for in.
const WEIGHT_MAX: f32 = 100.0;

/// Reads the options of one document type.
pub(super) struct Reader<'a> {
    pub(super) asked: &'a DocumentSearch,
    pub(super) of: &'a DocumentType,
    pub(super) problems: &'a mut Problems,
}

impl DocumentSearch {
    fn has_words_in(&self, field_type: FieldType) -> bool {
        match self.kind {
            Kind::Search => field_type.is_searched(),
            Kind::Suggest => field_type == FieldType::String,
        }
    }

    fn is_compared_whole(&self, field_type: FieldType) -> bool {
        self.kind == Kind::Search && field_type == FieldType::Enum
    }
}

fn scoped((field, weight): (Field, f32)) -> ScopedField {
    ScopedField {
        field: field.attribute,
        weight,
    }
}

impl Reader<'_> {
    /// What an option says of the document type.
    pub(super) fn of_type(&mut self, option: &'static str) -> Option<Value> {
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

    pub(super) fn list<'v>(&mut self, option: &str, value: &'v Value) -> Option<&'v [Value]> {
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

    /// Whether values of the field, as clients call it, may be shown; else that is told.
    pub(super) fn is_shown(&mut self, option: &str, name: &str) -> bool {
        let is_hidden = is_hidden_path(name);
        if is_hidden {
            self.problems
                .of_type(option, self.of, format!("hidden field: {name}"));
        }
        !is_hidden
    }

    /// Where the text is looked for: words in strings and texts, completions in strings alone; all of it
    /// as a value of an enum. What `search_fields` does not name is not looked into.
    pub(super) fn add_scope(&mut self, query: &mut SearchQuery) {
        let is_apart = self.of.engine.site.words_by_attribute;
        let fields = self.named_fields(is_apart);
        if fields.is_empty() {
            query.whole_values = self.all_of(|of| self.asked.is_compared_whole(of));
            let is_narrow = self.asked.kind == Kind::Suggest && is_apart && !self.of.is_of_shop();
            query.scope = is_narrow.then(|| self.all_of(|of| self.asked.has_words_in(of)));
        } else {
            let (whole, words) = fields
                .into_iter()
                .partition::<Vec<_>, _>(|(field, _)| self.asked.is_compared_whole(field.kind));
            query.whole_values = whole.into_iter().map(scoped).collect();
            query.scope = Some(words.into_iter().map(scoped).collect());
        }
        // Of a text that is cut off nobody knows all.
        if self.asked.text.trim().chars().count() > QueryText::CHARS_MAX {
            query.whole_values.clear();
        }
    }

    fn all_of(&self, is_wanted: impl Fn(FieldType) -> bool) -> Vec<ScopedField> {
        let fields = self.of.fields_of(is_wanted).into_iter();
        fields.map(|field| scoped((field, 1.0))).collect()
    }

    /// What `search_fields` names and how much each counts; nothing where it is not sent.
    fn named_fields(&mut self, is_apart: bool) -> Vec<(Field, f32)> {
        const OPTION: &str = "search_fields";
        let Some(named) = self.of_type(OPTION) else {
            return Vec::new();
        };
        let Some(list) = self.list(OPTION, &named) else {
            return Vec::new();
        };
        if !is_apart {
            let words = "this engine is searched as a whole: no key of [swiftype] opens it";
            self.problems.of_type(OPTION, self.of, words);
            return Vec::new();
        }
        let mut fields = Vec::new();
        for entry in list.iter().filter_map(Value::as_str) {
            let (name, weight) = match entry.rsplit_once('^') {
                Some((name, weight)) => (name, weight.parse().ok()),
                None => (entry, Some(1.0)),
            };
            let weight = weight.filter(|weight| *weight > 0.0 && *weight <= WEIGHT_MAX);
            let Some(weight) = weight else {
                let words = format!("weight of {name} must be above 0 and at most {WEIGHT_MAX}");
                self.problems.of_type(OPTION, self.of, words);
                continue;
            };
            if name == EXTERNAL_ID {
                let words = format!("{name} is no field to search");
                self.problems.of_type(OPTION, self.of, words);
                continue;
            }
            let asked = self.asked;
            let takes = |of| asked.has_words_in(of) || asked.is_compared_whole(of);
            let field = self.field_of(OPTION, name, takes);
            fields.extend(field.map(|field| (field, weight)));
        }
        fields.truncate(SearchQuery::SCOPE_MAX);
        fields
    }

    pub(super) fn boosts(&mut self) -> Vec<FunctionalBoost> {
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
            // A score that is multiplied by a value says it.
            if !self.is_shown(OPTION, name) {
                continue;
            }
            let field = self.field_of(OPTION, name, takes);
            boosts.extend(field.map(|field| FunctionalBoost {
                field: field.attribute,
                function,
            }));
        }
        boosts.truncate(SearchQuery::BOOSTS_MAX);
        boosts
    }

    pub(super) fn add_filters(&mut self, query: &mut SearchQuery) {
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

    pub(super) fn sort(&mut self) -> Vec<SortKey> {
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

    pub(super) fn facets(&mut self) -> Vec<FacetRequest> {
        let takes = |field_type| !matches!(field_type, FieldType::Text | FieldType::Location);
        let Some(named) = self.of_type("facets") else {
            return Vec::new();
        };
        let Some(list) = self.list("facets", &named) else {
            return Vec::new();
        };
        let mut facets: Vec<FacetRequest> = Vec::new();
        for name in list.iter().filter_map(Value::as_str) {
            if !self.is_shown("facets", name) {
                continue;
            }
            let field = self.field_of("facets", name, takes);
            let facet = field
                .and_then(|field| FacetRequest::new(field.attribute.as_str(), FACET_VALUES_MAX));
            facets.extend(facet.map(|facet| FacetRequest {
                each_value: true,
                ..facet
            }));
        }
        facets.truncate(FacetRequest::FACETS_MAX);
        facets
    }

    /// As asked; else every field words are looked for in, where they are met.
    pub(super) fn highlights(&mut self) -> Vec<HighlightRequest> {
        const OPTION: &str = "highlight_fields";
        let mut wanted = Vec::new();
        if let Some(named) = self.of_type(OPTION) {
            let Some(map) = self.map(OPTION, &named) else {
                return wanted;
            };
            for (name, how) in map {
                let size = how.get("size").and_then(Value::as_u64);
                let fallback = how.get("fallback").and_then(Value::as_bool);
                if !self.is_shown(OPTION, name) {
                    continue;
                }
                let field = self.field_of(OPTION, name, FieldType::is_searched);
                let field = field.and_then(|field| ShownName::new(field.name.as_str()));
                wanted.extend(field.map(|field| HighlightRequest {
                    field,
                    chars_max: size.map(|size| size as usize),
                    fallback: fallback.unwrap_or(false),
                }));
            }
        } else {
            let fields = self.of.fields_of(FieldType::is_searched).into_iter();
            wanted.extend(fields.filter_map(|field| {
                Some(HighlightRequest {
                    chars_max: (field.kind == FieldType::Text).then_some(TEXT_HIGHLIGHT_CHARS),
                    field: ShownName::new(field.name.as_str())?,
                    fallback: false,
                })
            }));
        }
        wanted.truncate(SearchQuery::HIGHLIGHTS_MAX);
        wanted
    }
}
