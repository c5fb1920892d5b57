//! Small catalogs and searches, from few values so that they often meet.

use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::super::super::exact::COLUMN_BYTES_MAX;
use super::super::*;

const WORDS: [&str; 5] = ["red", "shoe", "Žlutý", "kůň", "x"];
const COLORS: [&str; 5] = ["red", "Red", "a|b", "ž", ""];
const SIZES: [f64; 6] = [-1.5, -0.0, 0.0, 1.0, 5.0, 1e9];
const DAYS: [&str; 3] = ["2023-10-01", "2023-11-10", "2023-11-14"];
const TYPES: [&str; 3] = ["product", "article", "variant"];
/// What filters are made of, beside one value longer than a column takes.
const FILTERS: [&str; 25] = [
    "title:red",
    "title:red shoe",
    "title:value_missing",
    "type:product",
    "type:variant",
    "type:nothing",
    "color:red",
    "color:Red",
    "color:a|b",
    "color:",
    "color:value_missing",
    "size:0",
    "size:1|5",
    "size:|0",
    "size:value_missing",
    "size:big",
    "sale:true",
    "sale:value_missing",
    "since:2023-11-01|",
    "since:2023-10-01",
    "category:Socks",
    "identity:p3",
    "unknown:x",
    "unknown:value_missing",
    "boost:1|",
];
const FIELDS: [&str; 10] = [
    "type",
    "color",
    "size",
    "sale",
    "since",
    "title",
    "boost",
    "category",
    "unknown",
    "bool_tags",
];

fn long() -> String {
    "y".repeat(COLUMN_BYTES_MAX + 1)
}

fn objects() -> impl Strategy<Value = Object> {
    let identity = (0..8).prop_map(|n| format!("p{n}"));
    let words = proptest::collection::vec(select(&WORDS[..]), 1..4);
    let mut colors: Vec<String> = COLORS.map(str::to_owned).to_vec();
    colors.push(long());
    let colors = subsequence(colors, 0..3);
    let sizes = proptest::collection::vec(select(&SIZES[..]), 0..3);
    let options = (
        proptest::option::of(any::<bool>()),
        proptest::option::of(select(&DAYS[..])),
        proptest::option::of(0..4_u8),
        proptest::option::of(1..16_u8),
        any::<bool>(),
    );
    let frame = (
        select(&TYPES[..]),
        any::<bool>(),
        proptest::option::of(-1..2_i64),
        proptest::option::of(-1..2_i64),
    );
    (identity, words, colors, sizes, options, frame).prop_map(
        |(identity, words, colors, sizes, options, (object_type, has_master, from, to))| {
            let (sale, since, boost, rank, in_socks) = options;
            let colors = colors.iter().map(|color| color.as_str().into()).collect();
            let sizes = sizes.into_iter().map(number).collect();
            let mut made = product(&identity)
                .with("title", words.join(" ").as_str())
                .with("color", FieldValue::List(colors))
                .with("size", FieldValue::List(sizes));
            if let Some(sale) = sale {
                made = made.with("sale", FieldValue::Bool(sale));
            }
            if let Some(since) = since {
                made = made.with("since", since).with("introduced_at", since);
            }
            if let Some(boost) = boost {
                made = made.with("boost", number(f64::from(boost)));
            }
            if let Some(rank) = rank {
                made = made.with(
                    "availability_rank",
                    FieldValue::Number(Number::Integer(rank.into())),
                );
            }
            if in_socks {
                made = made.nested("category", &[("title", "Socks")]);
            }
            made = match (object_type, has_master) {
                ("variant", true) => made.variant_of("p0"),
                _ => made.of_type(object_type),
            };
            made.active(from, to).object()
        },
    )
}

#[derive(Clone, Debug)]
pub(super) enum Write {
    Replace(Box<Object>),
    Delete(usize),
    Commit,
}

pub(super) fn writes() -> impl Strategy<Value = Vec<Write>> {
    let write = prop_oneof![
        6 => objects().prop_map(|object| Write::Replace(Box::new(object))),
        1 => (0..8_usize).prop_map(Write::Delete),
        1 => Just(Write::Commit),
    ];
    proptest::collection::vec(write, 1..30)
}

pub(super) fn queries() -> impl Strategy<Value = SearchQuery> {
    let mut filters: Vec<String> = FILTERS.map(str::to_owned).to_vec();
    filters.push(format!("color:{}", long()));
    let some = move |max| {
        let few = subsequence(filters.clone(), 0..max);
        few.prop_map(|few| field_filters(&few.iter().map(String::as_str).collect::<Vec<_>>()))
    };
    let direction = select(vec![Direction::Ascending, Direction::Descending]);
    let sort = proptest::collection::vec((select(&FIELDS[..]), direction), 0..3);
    let words = proptest::collection::vec(select(vec!["RED", "shoe", "zluty", "none"]), 0..3);
    let facets = subsequence(FIELDS.to_vec(), 0..3);
    (
        some(4),
        some(2),
        some(2),
        words,
        sort,
        facets,
        0..4_usize,
        0..6_usize,
    )
        .prop_map(
            |(any_of, all_of, none_of, words, sort, facets, offset, limit)| SearchQuery {
                text: QueryText::new(&words.join(" ")),
                filters: Filters {
                    any_of,
                    all_of,
                    none_of,
                },
                sort: sorted_by(&sort).sort,
                page: Page { offset, limit },
                facets: facets.into_iter().map(facet).collect(),
                ..everything()
            },
        )
}
