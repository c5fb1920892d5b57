//! Facets as aggregations, and what these say as counts (docs/reference/05-search.md §7). Numbers and dates take two questions:
//! between which values they lie, then how many lie in each range. Invariant: counts are exact where a catalog is one shard;
//! where it is several, the cluster says how far a count may be off, and is asked again for more.

use serde_json::{Map, Value, json};

use super::filter::{FilterReader, Narrowing, all};
use crate::domain::{
    FacetBucket, FacetCounts, FacetKind, FacetRequest, Filters, ShownName, Timestamp,
};
use crate::engine::asked::TYPE_NAME;
use crate::engine::facets::{Counted, Source, date_edges, number_edges, single};

/// Attributes that may be worth a facet, those that most of what is found has.
pub(super) const ATTRIBUTES_MAX: usize = 1_000;

/// Values of texts that are looked through for those that have what is asked for.
const TEXTS_MAX: usize = 10_000;

impl Source {
    /// Where its texts are: its values, or what does not fit them.
    fn texts(self) -> String {
        match self {
            Self::ObjectType => "type".to_owned(),
            Self::Text(number)
            | Self::Boolean(number)
            | Self::Number(number)
            | Self::Date(number) => format!("s.{number}"),
        }
    }
}

/// A facet of a search.
pub(super) struct Facet {
    pub(super) request: FacetRequest,
    source: Source,
    /// What its hits have to be, beside what the search asks for in common.
    filter: Value,
}

/// The filters of a search, as facets see them.
pub(super) struct Seen<'a> {
    pub(super) reader: &'a FilterReader<'a>,
    pub(super) narrowing: &'a Narrowing,
    pub(super) filters: &'a Filters,
    pub(super) all_variants: bool,
}

impl Facet {
    /// `None` for one on an attribute that was never indexed.
    pub(super) fn new(request: &FacetRequest, seen: &Seen<'_>) -> Option<Self> {
        let source = Source::find(seen.reader.schema, request.field.as_str())?;
        Some(Self {
            request: request.clone(),
            source,
            filter: seen.by(&request.field),
        })
    }

    /// What is asked first.
    pub(super) fn first(&self) -> Value {
        let request = &self.request;
        let mut aggs = Map::new();
        if let Some(texts) = terms(&self.source.texts(), self.texts_max()) {
            aggs.insert("texts".to_owned(), texts);
        }
        match self.source {
            Source::ObjectType | Source::Text(_) => {}
            Source::Boolean(number) => {
                let field = format!("b.{number}");
                aggs.insert("values".to_owned(), json!({ "terms": { "field": field } }));
            }
            Source::Number(number) => {
                Self::push_values(&mut aggs, &format!("n.{number}"), request);
            }
            Source::Date(number) => {
                Self::push_values(&mut aggs, &format!("d.{number}"), request);
            }
        }
        json!({ "filter": self.filter, "aggs": aggs })
    }

    /// Texts that are counted at once.
    fn texts_max(&self) -> usize {
        match self.request.values_with {
            Some(_) => TEXTS_MAX,
            None => self.request.values_max,
        }
    }

    fn push_values(aggs: &mut Map<String, Value>, field: &str, request: &FacetRequest) {
        let values = if request.each_value {
            terms(field, request.values_max)
        } else {
            let size = FacetRequest::RANGES + 1;
            let few = json!({ "field": field, "size": size, "order": { "_key": "asc" } });
            Some(json!({ "terms": few }))
        };
        aggs.extend(values.map(|values| ("values".to_owned(), values)));
        aggs.insert("least".to_owned(), json!({ "min": { "field": field } }));
        aggs.insert("greatest".to_owned(), json!({ "max": { "field": field } }));
    }

    /// What the first answer says, or what has to be asked besides.
    pub(super) fn read(&self, first: &Value) -> Result<Counted, Box<Ranges>> {
        let request = &self.request;
        let texts = self.texts(&first["texts"]);
        let kind = match self.source {
            Source::ObjectType | Source::Text(_) => {
                return Ok(Counted {
                    kind: FacetKind::Text(texts),
                    misfits: Vec::new(),
                });
            }
            Source::Boolean(_) => {
                let mut values: Vec<FacetBucket<bool>> = buckets(&first["values"])
                    .filter_map(|(key, count)| {
                        let value = key.as_u64()? == 1;
                        Some(FacetBucket { value, count })
                    })
                    .collect();
                values.sort_by_key(|bucket| !bucket.value);
                FacetKind::Boolean(values)
            }
            Source::Number(number) => {
                let values: Vec<(f64, u64)> = buckets(&first["values"])
                    .filter_map(|(key, count)| Some((key.as_f64()?, count)))
                    .collect();
                let each = || values.iter().map(|&(value, count)| single(value, count));
                let are_few = values.len() <= FacetRequest::RANGES
                    && values.iter().all(|(value, _)| value.fract() == 0.0);
                if request.each_value || request.lists_few_integers() && are_few {
                    FacetKind::Number(each().collect())
                } else if let Some((least, greatest)) = bounds(first) {
                    return Err(Box::new(Ranges {
                        field: format!("n.{number}"),
                        edges: Edges::Numbers(number_edges(least, greatest)),
                        filter: self.filter.clone(),
                        misfits: texts,
                    }));
                } else {
                    FacetKind::Number(Vec::new())
                }
            }
            Source::Date(number) => {
                if request.each_value {
                    let values = buckets(&first["values"]);
                    let each = values.filter_map(|(key, count)| {
                        Some(single(Timestamp::from_millis(key.as_i64()?), count))
                    });
                    FacetKind::Date(each.collect())
                } else if let Some((least, greatest)) = bounds(first) {
                    return Err(Box::new(Ranges {
                        field: format!("d.{number}"),
                        edges: Edges::Dates(date_edges(least as i64, greatest as i64)),
                        filter: self.filter.clone(),
                        misfits: texts,
                    }));
                } else {
                    FacetKind::Date(Vec::new())
                }
            }
        };
        Ok(Counted {
            kind,
            misfits: texts,
        })
    }

    /// The texts that are asked for, by count and then by text.
    fn texts(&self, told: &Value) -> Vec<FacetBucket<String>> {
        let texts = buckets(told).filter_map(|(key, count)| {
            let value = key.as_str()?.to_owned();
            Some(FacetBucket { value, count })
        });
        let pattern = self.request.values_with.as_ref();
        let mut texts: Vec<FacetBucket<String>> = texts
            .filter(|bucket| pattern.is_none_or(|pattern| pattern.matches(&bucket.value)))
            .collect();
        texts.sort_by(|a, b| (b.count, &a.value).cmp(&(a.count, &b.value)));
        texts.truncate(self.request.values_max);
        texts
    }

    /// Whether more texts would have to be looked through than were.
    pub(super) fn is_cut(&self, first: &Value) -> bool {
        let more = first["texts"]["sum_other_doc_count"].as_u64();
        self.request.values_with.is_some() && more.is_some_and(|more| more > 0)
    }

    pub(super) fn counts(&self, counted: Counted) -> FacetCounts {
        FacetCounts {
            field: self.request.field.clone(),
            kind: counted.kind,
            misfits: counted.misfits,
        }
    }
}

impl Seen<'_> {
    /// What the hits of a facet on the attribute have to be: all that is asked for but of itself.
    fn by(&self, field: &ShownName) -> Value {
        let is_asked = |(asked, _): &(crate::domain::FieldName, Value)| *field == *asked;
        let mut filter = self.narrowing.but(Some(field));
        if field.as_str() == TYPE_NAME && self.narrowing.by_field.iter().any(is_asked) {
            let variants = self.reader.asked_variants(self.filters, self.all_variants);
            filter.extend(variants);
        }
        all(filter)
    }
}

/// Ranges whose counts are asked for.
pub(super) struct Ranges {
    field: String,
    edges: Edges,
    filter: Value,
    misfits: Vec<FacetBucket<String>>,
}

enum Edges {
    Numbers(Vec<f64>),
    Dates(Vec<i64>),
}

impl Ranges {
    /// A shared edge counts in the upper range, the last range includes its upper edge.
    pub(super) fn second(&self) -> Value {
        let edges: Vec<Value> = match &self.edges {
            Edges::Numbers(edges) => edges.iter().map(|edge| json!(edge)).collect(),
            Edges::Dates(edges) => edges.iter().map(|edge| json!(edge)).collect(),
        };
        let last = edges.len().saturating_sub(2);
        let ranges = edges.windows(2).enumerate().map(|(at, edge)| {
            let from = &edge[0];
            if at == last {
                json!({ "key": at.to_string(), "from": from })
            } else {
                json!({ "key": at.to_string(), "from": from, "to": edge[1] })
            }
        });
        let ranges: Vec<Value> = ranges.collect();
        let by_key = json!({ "range": { "field": self.field, "keyed": true, "ranges": ranges } });
        json!({ "filter": self.filter, "aggs": { "ranges": by_key } })
    }

    pub(super) fn read(self, second: &Value) -> Counted {
        let counts = &second["ranges"]["buckets"];
        let count = |at: usize| counts[at.to_string()]["doc_count"].as_u64().unwrap_or(0);
        let kind = match &self.edges {
            Edges::Numbers(edges) => {
                let ranges = edges.windows(2).enumerate();
                let ranges = ranges.map(|(at, edge)| FacetBucket {
                    value: (edge[0], edge[1]),
                    count: count(at),
                });
                FacetKind::Number(ranges.collect())
            }
            Edges::Dates(edges) => {
                let at_ms = Timestamp::from_millis;
                let ranges = edges.windows(2).enumerate();
                let ranges = ranges.map(|(at, edge)| FacetBucket {
                    value: (at_ms(edge[0]), at_ms(edge[1])),
                    count: count(at),
                });
                FacetKind::Date(ranges.collect())
            }
        };
        Counted {
            kind,
            misfits: self.misfits,
        }
    }
}

/// The commonest values, of equally common ones the least; `None` where none is asked for.
fn terms(field: &str, most: usize) -> Option<Value> {
    let terms = json!({ "field": field, "size": most, "shard_size": 5 * most + 100 });
    (most > 0).then(|| json!({ "terms": terms }))
}

fn buckets(told: &Value) -> impl Iterator<Item = (&Value, u64)> {
    let buckets = told["buckets"].as_array().into_iter().flatten();
    buckets.filter_map(|bucket| Some((&bucket["key"], bucket["doc_count"].as_u64()?)))
}

/// `None` where nothing has a value.
fn bounds(first: &Value) -> Option<(f64, f64)> {
    let of = |name: &str| first[name]["value"].as_f64();
    Some((of("least")?, of("greatest")?))
}

/// The attributes that most of what is found has, the commonest first, and how many have each.
pub(super) fn covered(told: &Value) -> Vec<(u32, usize)> {
    let covered = buckets(told)
        .filter_map(|(key, count)| Some((u32::try_from(key.as_u64()?).ok()?, count as usize)));
    covered.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facet(source: Source, each_value: bool) -> Facet {
        let usual = FacetRequest::new("size", 2).expect("it is shown");
        Facet {
            request: FacetRequest {
                each_value,
                ..usual
            },
            source,
            filter: all(Vec::new()),
        }
    }

    #[test]
    fn texts_come_by_count_and_then_by_value() {
        let told = json!({ "texts": { "buckets": [
            { "key": "b", "doc_count": 1 },
            { "key": "c", "doc_count": 2 },
            { "key": "a", "doc_count": 1 },
        ]}});
        let Ok(counted) = facet(Source::Text(1), false).read(&told) else {
            panic!("texts have no ranges");
        };
        let FacetKind::Text(texts) = counted.kind else {
            panic!("{counted:?}");
        };
        let texts: Vec<&str> = texts.iter().map(|text| text.value.as_str()).collect();
        assert_eq!(texts, ["c", "a"]);
    }

    #[test]
    fn numbers_are_ranges_unless_they_are_few_and_whole() {
        let told = |values: &[f64]| {
            let buckets = values
                .iter()
                .map(|value| json!({ "key": value, "doc_count": 1 }));
            json!({
                "values": { "buckets": buckets.collect::<Vec<_>>() },
                "least": { "value": values.first() },
                "greatest": { "value": values.last() },
            })
        };
        let number = facet(Source::Number(1), false);
        let kind = |values: &[f64]| number.read(&told(values)).map(|counted| counted.kind);
        assert_eq!(kind(&[]).ok(), Some(FacetKind::Number(Vec::new())));
        let few = [single(1.0, 1), single(2.0, 1)];
        assert_eq!(
            kind(&[1.0, 2.0]).ok(),
            Some(FacetKind::Number(few.to_vec()))
        );
        let Err(ranges) = kind(&[0.0, 0.5, 10.0]) else {
            panic!("they are not whole");
        };
        let asked = &ranges.second()["aggs"]["ranges"]["range"]["ranges"];
        assert_eq!(asked[0], json!({ "key": "0", "from": 0.0, "to": 1.0 }));
        assert_eq!(asked[9], json!({ "key": "9", "from": 9.0 }));
        let told = json!({ "ranges": { "buckets": { "9": { "doc_count": 3 } } } });
        let FacetKind::Number(ranges) = ranges.read(&told).kind else {
            panic!("they are numbers");
        };
        assert_eq!((ranges[0].count, ranges[9].count), (0, 3));
    }
}
