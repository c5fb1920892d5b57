//! Filters → tantivy queries (docs/reference/05-search.md §3). Invariant: a query made here matches exactly the
//! objects for which the filter holds; deletions, schedules and text are other files' matter.

use std::ops::Bound;
use std::sync::Arc;

use tantivy::Term;
use tantivy::columnar::MonotonicallyMappableToU64;
use tantivy::fastfield::FastValue;
use tantivy::query::{
    AllQuery, BooleanQuery, EmptyQuery, ExistsQuery, Occur, Query, RangeQuery, TermQuery,
};
use tantivy::schema::{Field, IndexRecordOption};

use super::boolean::{BooleanTree, BooleanTreeQuery};
use super::clauses::{all, not};
use super::distance::DistanceQuery;
use super::fact::FactQuery;
use super::shared::Shared;
use super::sparse::SparseQuery;
use super::variants::Variants;
use crate::domain::{
    Asked, AttributeType, Condition, FieldFilter, FieldName, FilterTree, Filters, Place, Range,
    Schema, Timestamp, TypeFilter, VariantMode, composed,
};
use crate::engine::asked::{TYPE_NAME, asked_types};
use crate::engine::embedded::index::segments::columns::{
    Number, Part, boolean_text, column_name, push_column_key,
};
use crate::engine::embedded::index::segments::fact::Fact;
use crate::engine::embedded::index::segments::keyword;
use crate::engine::embedded::index::segments::schema::{
    ATTRIBUTES, DATES, IndexFields, NUMBERS, VariantKind,
};
use crate::engine::embedded::index::segments::segment::SegmentsCache;
use crate::engine::embedded::index::segments::sparse_key::{self, Keys};

/// Always the identity; where objects have an attribute of the name, either may be meant
/// (docs/reference/05-search.md §3).
const IDENTITY: &str = "identity";
/// The same to whoever sends a `field:value`.
const OLDER_IDENTITY: &str = "url";

pub(in super::super) struct FilterReader<'a> {
    pub(in super::super) fields: &'a IndexFields,
    pub(in super::super) schema: &'a Schema,
    pub(in super::super) variants: VariantMode,
    pub(in super::super) place: &'a Place,
    pub(in super::super) shared: &'a Shared,
    pub(in super::super) segments: &'a SegmentsCache,
}

impl FilterReader<'_> {
    /// What all filters together ask, the `f[]` filters on the field `except` left out. `None` lets
    /// everything through.
    pub(in super::super) fn query(
        &self,
        filters: &Filters,
        except: Option<&str>,
        all_variants: bool,
    ) -> Option<Box<dyn Query>> {
        let mut clauses: Vec<(Occur, Box<dyn Query>)> = Vec::new();
        for (field, values) in filters.any_of_by_field() {
            if Some(field.as_str()) == except {
                continue;
            }
            let alternatives = values.iter().map(|asked| self.one(field, asked));
            clauses.push((Occur::Must, any(alternatives.collect())));
        }
        for FieldFilter { field, asked } in &filters.all_of {
            clauses.push((Occur::Must, self.one(field, asked)));
        }
        for FieldFilter { field, asked } in &filters.none_of {
            clauses.push((Occur::MustNot, self.one(field, asked)));
        }
        for filter in &filters.by_type {
            clauses.push((Occur::Must, Box::new(self.of_type(filter))));
        }
        if self.hides_variants(all_variants) && except == Some(TYPE_NAME) {
            let counted = self.asked_variants(filters);
            clauses.extend(counted.map(|counted| (Occur::Must, counted)));
        }
        all(clauses)
    }

    /// Whether variants are hits only where their type is asked for.
    pub(in super::super) fn hides_variants(&self, all_variants: bool) -> bool {
        self.variants == VariantMode::Inside && !all_variants
    }

    /// The objects of the type for which the tree holds, and all of other types.
    pub(in super::super) fn of_type(&self, filter: &TypeFilter) -> BooleanTreeQuery {
        self.shared.tree_of(filter, || {
            let object_type = filter.object_type.as_str();
            let of_type = term(Term::from_field_text(self.fields.object_type, object_type));
            let of_other_type = BooleanTree::None(vec![BooleanTree::Leaf(Arc::from(of_type))]);
            BooleanTree::Any(vec![of_other_type, self.tree(&filter.tree)])
        })
    }

    fn tree(&self, tree: &FilterTree) -> BooleanTree<Arc<dyn Query>> {
        let list = |members: &[FilterTree]| members.iter().map(|tree| self.tree(tree)).collect();
        match tree {
            FilterTree::Leaf(FieldFilter { field, asked }) => {
                BooleanTree::Leaf(Arc::from(self.one(field, asked)))
            }
            FilterTree::All(members) => BooleanTree::All(list(members)),
            FilterTree::Any(members) => BooleanTree::Any(list(members)),
            FilterTree::None(members) => BooleanTree::None(list(members)),
        }
    }

    /// Which variants are hits, and which are one (docs/reference/05-search.md §9).
    pub(in super::super) fn variants(&self, filters: &Filters, all_variants: bool) -> Variants {
        let kinds = |kinds: &[VariantKind]| kinds.iter().map(|&kind| self.of_kind(kind)).collect();
        match self.variants {
            VariantMode::Inside if all_variants || asked_types(filters).next().is_some() => {
                Variants::default()
            }
            VariantMode::Inside => Variants {
                hidden: kinds(&[VariantKind::Variant]),
                collapse: false,
            },
            VariantMode::Separate => Variants::default(),
            VariantMode::Best => Variants {
                hidden: kinds(&[VariantKind::Variant, VariantKind::Master]),
                collapse: !all_variants,
            },
        }
    }

    /// Where types are counted beside the asked ones: of those alone variants count, too.
    pub(in super::super) fn asked_variants(&self, filters: &Filters) -> Option<Box<dyn Query>> {
        let mut counted: Vec<Box<dyn Query>> = asked_types(filters)
            .map(|filter| self.one(&filter.field, &filter.asked))
            .collect();
        if counted.is_empty() {
            return None;
        }
        counted.push(not(term(self.of_kind(VariantKind::Variant))));
        Some(any(counted))
    }

    fn of_kind(&self, kind: VariantKind) -> Term {
        Term::from_field_u64(self.fields.variant, kind as u64)
    }

    /// Objects of which this is true of the field.
    pub(in super::super) fn one(&self, field: &FieldName, asked: &Asked) -> Box<dyn Query> {
        if field.as_str() == TYPE_NAME {
            return match asked.text() {
                Some(name) => term(Term::from_field_text(self.fields.object_type, name)),
                None => Box::new(EmptyQuery),
            };
        }
        let field = self.place.meant(field).as_str();
        let mut meant = Vec::with_capacity(2);
        if let Some((number, kind)) = self.schema.get(field) {
            let condition = asked.of(field, kind, self.place.origin);
            meant.push(self.known(field, number, kind, condition));
        } else if asked.is_missing() {
            meant.push(Box::new(AllQuery) as Box<dyn Query>);
        }
        // Nothing is without an identity, so whoever asks for what is missing asks for the attribute.
        let is_untyped = matches!(asked, Asked::Untyped(_));
        if let Some(value) = asked.text().filter(|_| !asked.is_missing())
            && (field == IDENTITY || is_untyped && field == OLDER_IDENTITY)
        {
            meant.push(self.fact(Fact::identity(value)));
        }
        match meant.len() {
            0 => Box::new(EmptyQuery),
            _ => any(meant),
        }
    }

    /// Objects for which the condition holds; `None` for an attribute that nothing has.
    pub(in super::super) fn holding(
        &self,
        field: &str,
        asked: Condition,
    ) -> Option<Box<dyn Query>> {
        let (number, kind) = self.schema.get(field)?;
        Some(self.known(field, number, kind, asked))
    }

    fn known(
        &self,
        field: &str,
        number: u32,
        kind: AttributeType,
        asked: Condition,
    ) -> Box<dyn Query> {
        let asked = match asked {
            Condition::Text(text) => Condition::Text(composed(&text).into_owned()),
            asked => asked,
        };
        match asked {
            Condition::Text(text) if keyword::has_column_only(field, &text) => {
                self.text_in_column(number, &text)
            }
            Condition::AnyOf(conditions) => {
                let conditions = conditions.into_iter();
                any(conditions
                    .map(|one| self.known(field, number, kind, one))
                    .collect())
            }
            Condition::Missing => not(self.has_value(field, number, kind)),
            asked => self.condition(number, asked),
        }
    }

    fn condition(&self, number: u32, asked: Condition) -> Box<dyn Query> {
        match asked {
            Condition::Text(value) => self.text(number, &value),
            Condition::Boolean(value) => self.text(number, boolean_text(value)),
            Condition::Number(value) => self.numbers(number, value, value),
            Condition::Large(value) => {
                self.exact_term(|out| keyword::push_large(out, number, value))
            }
            Condition::NumberRange(Range { from, to }) => {
                let (lowest, highest) = (f64::NEG_INFINITY, f64::INFINITY);
                self.numbers(number, from.unwrap_or(lowest), to.unwrap_or(highest))
            }
            Condition::Date(at) => self.dates(number, at, at),
            Condition::DateRange(Range { from, to }) => {
                let (first, last) = (i64::MIN, i64::MAX);
                let at = Timestamp::from_millis;
                self.dates(number, from.unwrap_or(at(first)), to.unwrap_or(at(last)))
            }
            Condition::Distance(origin, range) => Box::new(DistanceQuery {
                attribute: number,
                origin,
                range,
                distances: Arc::clone(self.shared.distances()),
            }),
            Condition::Nothing | Condition::Missing | Condition::AnyOf(_) => Box::new(EmptyQuery),
        }
    }

    /// The column has it: a range of one text.
    fn text_in_column(&self, number: u32, text: &str) -> Box<dyn Query> {
        let mut term = column_term(self.fields.attributes, number);
        term.append_type_and_str(text);
        let only = || Bound::Included(term.clone());
        Box::new(RangeQuery::new(only(), only()))
    }

    fn numbers(&self, number: u32, from: f64, to: f64) -> Box<dyn Query> {
        if from.is_nan() || to.is_nan() {
            return Box::new(EmptyQuery);
        }
        // Plus zero makes minus zero zero, as in the columns.
        self.range(self.fields.numbers, number, from + 0.0, to + 0.0)
    }

    fn dates(&self, number: u32, from: Timestamp, to: Timestamp) -> Box<dyn Query> {
        self.range(self.fields.dates, number, from.as_millis(), to.as_millis())
    }

    /// Both bounds inclusive.
    fn range<T: FastValue + Number>(
        &self,
        json: Field,
        number: u32,
        from: T,
        to: T,
    ) -> Box<dyn Query> {
        let bound = |value: T| {
            let mut term = column_term(json, number);
            term.append_type_and_fast_value(value);
            Bound::Included(term)
        };
        let key = |value: T| {
            let value = MonotonicallyMappableToU64::to_u64(value);
            sparse_key::of(|out| sparse_key::push_number(out, number, T::KIND, value))
        };
        let own = Box::new(RangeQuery::new(bound(from), bound(to)));
        self.either(number, own, Keys::between(key(from), key(to)))
    }

    /// What the attribute has of its own says it, or, where it is sparse, a key.
    fn either(&self, number: u32, own: Box<dyn Query>, keys: Keys) -> Box<dyn Query> {
        Box::new(SparseQuery::new(self.segments, number, own, keys))
    }

    fn text(&self, number: u32, text: &str) -> Box<dyn Query> {
        let name = self.schema.name(number).map_or("", FieldName::as_str);
        let own = if keyword::is_fact(name) {
            self.fact(Fact::value(number, text))
        } else {
            self.exact_term(|out| keyword::push_value(out, number, text))
        };
        if text.len() > keyword::COLUMN_BYTES_MAX {
            return own;
        }
        let key = sparse_key::of(|out| sparse_key::push_text(out, number, text));
        self.either(number, own, Keys::between(key.clone(), key))
    }

    /// The object has a value of the attribute: in the column of its type, or a text, which may be one that
    /// does not fit the type, or too long for a column.
    fn has_value(&self, field: &str, number: u32, kind: AttributeType) -> Box<dyn Query> {
        let column = |json: &str, part| {
            Box::new(ExistsQuery::new(column_name(json, number, part), false)) as Box<dyn Query>
        };
        let of_type = match kind {
            AttributeType::Text | AttributeType::Boolean => None,
            AttributeType::Numeric => Some(column(NUMBERS, Part::Whole)),
            AttributeType::Date => Some(column(DATES, Part::Whole)),
            AttributeType::Geo => Some(column(NUMBERS, Part::Latitude)),
        };
        let own = match of_type {
            Some(of_type) if Schema::is_fixed(field, kind) => of_type,
            of_type => {
                let mut places: Vec<_> = of_type.into_iter().collect();
                places.push(column(ATTRIBUTES, Part::Whole));
                places.push(self.exact_term(|out| keyword::push_presence(out, number)));
                any(places)
            }
        };
        self.either(number, own, Keys::of_attribute(number))
    }

    fn fact(&self, fact: Fact) -> Box<dyn Query> {
        Box::new(FactQuery {
            fact,
            exact: self.fields.exact,
            segments: self.segments.clone(),
        })
    }

    fn exact_term(&self, push: impl FnOnce(&mut String)) -> Box<dyn Query> {
        let mut text = String::new();
        push(&mut text);
        term(Term::from_field_text(self.fields.exact, &text))
    }
}

pub(in super::super) fn term(term: Term) -> Box<dyn Query> {
    Box::new(TermQuery::new(term, IndexRecordOption::Basic))
}

pub(in super::super) fn any(mut queries: Vec<Box<dyn Query>>) -> Box<dyn Query> {
    match queries.len() {
        1 => queries.remove(0),
        _ => Box::new(BooleanQuery::union(queries)),
    }
}

/// A term of an attribute's column, its value to be appended.
fn column_term(json: Field, number: u32) -> Term {
    let mut key = String::new();
    push_column_key(&mut key, number, Part::Whole);
    Term::from_field_json_path(json, &key, false)
}
