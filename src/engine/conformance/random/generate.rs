//! Small objects and searches, from few values so that they often meet. Invariant: the words asked for are
//! spelled as objects spell them, or as nothing does.

use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use crate::domain::{
    Direction, FieldFilter, FieldValue, FilterTree, Filters, GeoPoint, Number, Object, ObjectType,
    Page, Place, QueryText, Quicksearch, SearchQuery, SortKey, TypeFilter, TypeSort, VariantMode,
};
use crate::engine::conformance::objects::{
    Draft, category, everything, facet, filters as field_filters, number, point as point_at,
    product, sorted_by,
};
use crate::engine::conformance::reference::scan::COMPARED_BYTES_MAX;

const WORDS: [&str; 5] = ["red", "shoe", "Žlutý", "kůň", "x"];
const COLORS: [&str; 5] = ["red", "Red", "a|b", "ž", ""];
const SIZES: [f64; 6] = [-1.5, -0.0, 0.0, 1.0, 5.0, 1e9];
const POINTS: [(f64, f64); 4] = [(48.1, 17.1), (48.2, 16.4), (-33.9, 151.2), (0.0, 0.0)];
const DAYS: [&str; 3] = ["2023-10-01", "2023-11-10", "2023-11-14"];
const TYPES: [&str; 3] = ["product", "article", "variant"];
/// What does not fit, whatever came first: of sizes, of colors, of sales and of dates.
const ODD_SIZES: [&str; 4] = ["big", "57 CFM", "1|5", "2023-11-10"];
const ODD_COLORS: [&str; 2] = ["2023-10-01", "5"];
const ODD_DATES: [&str; 2] = ["soon", "Red"];
/// What filters are made of, beside one value longer than a column takes.
const FILTERS: [&str; 43] = [
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
    "size:57 CFM",
    "size:5",
    "size:2023-11-01|",
    "size:true",
    "color:5",
    "color:1|5",
    "color:2023-01-01|",
    "color:|",
    "sale:1",
    "sale:no",
    "sale:1|",
    "since:soon",
    "sale:true",
    "sale:value_missing",
    "since:2023-11-01|",
    "since:2023-10-01",
    "category:Socks",
    "identity:p3",
    "unknown:x",
    "unknown:value_missing",
    "boost:1|",
    "geo_range:|100km",
    "geo_range:1km|5000km",
    "geo_range:value_missing",
    "geo_location:|0km",
    "geo_range:near",
    "price_amount:|5",
];
const FIELDS: [&str; 12] = [
    "type",
    "price_amount",
    "geo_location",
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
    "y".repeat(COMPARED_BYTES_MAX + 1)
}

pub(in crate::engine) fn objects() -> impl Strategy<Value = Object> {
    let identity = (0..8).prop_map(|n| format!("p{n}"));
    let words = proptest::collection::vec(select(&WORDS[..]), 1..4);
    let mut colors: Vec<String> = COLORS.map(str::to_owned).to_vec();
    colors.push(long());
    let colors = (
        subsequence(colors, 0..3),
        odd(ODD_COLORS.map(text)),
        odd(SIZES.map(number)),
    );
    let sizes = proptest::collection::vec(select(&SIZES[..]), 0..3);
    let sizes = (sizes, odd(ODD_SIZES.map(text)), any::<bool>());
    let sale = prop_oneof![
        6 => any::<bool>().prop_map(FieldValue::Bool),
        1 => Just(number(1.0)),
        1 => Just(text("no")),
    ];
    let days = (select(&DAYS[..]), odd(ODD_DATES.map(text)));
    let options = (
        proptest::option::of(sale),
        proptest::option::of(days),
        proptest::option::of(0..4_u8),
        proptest::option::of(1..16_u8),
        any::<bool>(),
    );
    let around = (
        proptest::collection::vec(select(&POINTS[..]), 0..3),
        proptest::option::of(select(&SIZES[..])),
        proptest::collection::vec(variants(), 0..4),
    );
    let frame = (
        select(&TYPES[..]),
        any::<bool>(),
        proptest::option::of(-1..2_i64),
        proptest::option::of(-1..2_i64),
    );
    (identity, words, colors, sizes, options, around, frame).prop_map(
        |(identity, words, colors, sizes, options, around, frame)| {
            let (sale, since, boost, rank, in_socks) = options;
            let (points, price, variants) = around;
            let (object_type, has_master, from, to) = frame;
            let (colors, odd_color, odd_number) = colors;
            let colors = colors.iter().map(|color| color.as_str().into());
            let colors = colors.chain(odd_color).chain(odd_number).collect();
            let (sizes, odd_size, comes_first) = sizes;
            let sizes = sizes.into_iter().map(number);
            let sizes: Vec<FieldValue> = if comes_first {
                odd_size.into_iter().chain(sizes).collect()
            } else {
                sizes.chain(odd_size).collect()
            };
            let mut made = product(&identity)
                .with("title", words.join(" ").as_str())
                .with("color", FieldValue::List(colors))
                .with("size", FieldValue::List(sizes));
            if let Some(sale) = sale {
                made = made.with("sale", sale);
            }
            if let Some((day, odd_date)) = since {
                let since = odd_date.unwrap_or_else(|| day.into());
                made = made.with("since", since).with("introduced_at", day);
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
                made = made.nesting(category("socks", "Socks"));
            }
            if !points.is_empty() {
                let points = points.into_iter().map(point).collect();
                made = made.with("geo_location", FieldValue::List(points));
            }
            if let Some(price) = price {
                made = made.with("price_amount", number(price));
            }
            made = variants.into_iter().fold(made, Draft::variant);
            made = match (object_type, has_master) {
                ("variant", true) => made.variant_of("p0"),
                _ => made.of_type(object_type),
            };
            made.active(from, to).object()
        },
    )
}

fn text(text: &str) -> FieldValue {
    text.into()
}

/// Now and then one of the values that few others are like.
fn odd(values: impl Into<Vec<FieldValue>>) -> impl Strategy<Value = Option<FieldValue>> {
    proptest::option::weighted(0.15, select(values.into()))
}

fn point((lat, lon): (f64, f64)) -> FieldValue {
    point_at(lat, lon)
}

fn variants() -> impl Strategy<Value = Vec<(&'static str, FieldValue)>> {
    (
        select(&WORDS[..]),
        proptest::option::of(select(&COLORS[..])),
        proptest::option::of(select(&SIZES[..])),
        proptest::option::of(0..2_u8),
        proptest::option::of(0..2_u8),
    )
        .prop_map(|(word, color, price, preference, boost)| {
            let mut fields = vec![("title", word.into())];
            fields.extend(color.map(|color| ("color", color.into())));
            fields.extend(price.map(|price| ("price_amount", number(price))));
            let preference = preference.map(|n| ("_variant_preference", number(n.into())));
            fields.extend(preference);
            fields.extend(boost.map(|n| ("boost", number(n.into()))));
            fields
        })
}

pub(in crate::engine) fn modes() -> impl Strategy<Value = VariantMode> {
    select(vec![
        VariantMode::Inside,
        VariantMode::Separate,
        VariantMode::Best,
    ])
}

fn filters(most: usize) -> impl Strategy<Value = Vec<FieldFilter>> {
    let mut filters: Vec<String> = FILTERS.map(str::to_owned).to_vec();
    filters.push(format!("color:{}", long()));
    let few = subsequence(filters, 0..most);
    few.prop_map(|few| field_filters(&few.iter().map(String::as_str).collect::<Vec<_>>()))
}

fn trees() -> impl Strategy<Value = FilterTree> {
    let leaf = filters(2).prop_filter_map("a leaf", |mut one| Some(FilterTree::Leaf(one.pop()?)));
    leaf.prop_recursive(3, 12, 3, |tree| {
        let list = proptest::collection::vec(tree, 1..4);
        prop_oneof![
            list.clone().prop_map(FilterTree::All),
            list.clone().prop_map(FilterTree::Any),
            list.prop_map(FilterTree::None),
        ]
    })
}

fn types() -> impl Strategy<Value = ObjectType> {
    select(&TYPES[..]).prop_map(|name| ObjectType::new(name).unwrap())
}

fn sorts() -> impl Strategy<Value = Vec<SortKey>> {
    let direction = select(vec![Direction::Ascending, Direction::Descending]);
    let keys = proptest::collection::vec((select(&FIELDS[..]), direction), 0..3);
    keys.prop_map(|keys| sorted_by(&keys).sort)
}

pub(in crate::engine) fn queries() -> impl Strategy<Value = SearchQuery> {
    let by_type =
        (types(), trees()).prop_map(|(object_type, tree)| TypeFilter { object_type, tree });
    let by_type = proptest::collection::vec(by_type, 0..3);
    let filters = (filters(4), filters(2), filters(2), by_type);
    let filters = filters.prop_map(|(any_of, all_of, none_of, by_type)| Filters {
        any_of,
        all_of,
        none_of,
        by_type,
    });
    let words = proptest::collection::vec(select(vec!["RED", "shoe", "zluty", "none"]), 0..3);
    let facets = subsequence(FIELDS.to_vec(), 0..3);
    let type_sort = (types(), sorts()).prop_filter_map("says something", |(object_type, keys)| {
        (!keys.is_empty()).then_some(TypeSort { object_type, keys })
    });
    let type_sorts = proptest::collection::vec(type_sort, 1..3).prop_map(|mut sorts| {
        sorts.dedup_by(|one, other| one.object_type == other.object_type);
        sorts
    });
    let type_sorts = prop_oneof![4 => Just(Vec::new()), 1 => type_sorts];
    let group =
        (types(), 0..4_usize, self::filters(2)).prop_map(|(object_type, limit, filters)| {
            Quicksearch {
                led_to_by: None,
                object_type,
                limit,
                filters: Filters {
                    any_of: filters,
                    ..Filters::default()
                },
            }
        });
    let origin = proptest::option::weighted(0.9, select(&POINTS[..]));
    (
        (filters, self::filters(3)),
        words,
        (sorts(), type_sorts),
        facets,
        proptest::option::of(group),
        (origin, any::<bool>()),
        (0..4_usize, 0..6_usize),
    )
        .prop_map(
            |(filters, words, sorts, facets, group, (origin, all_variants), page)| SearchQuery {
                text: QueryText::new(&words.join(" ")),
                filters: filters.0,
                preferred: filters.1,
                sort: sorts.0,
                type_sorts: sorts.1,
                place: Place {
                    origin: origin.and_then(|(lat, lon)| GeoPoint::new(lat, lon)),
                    ..Place::default()
                },
                page: Page {
                    offset: page.0,
                    limit: page.1,
                },
                facets: facets.into_iter().map(facet).collect(),
                quicksearch: group.into_iter().collect(),
                all_variants,
                ..everything()
            },
        )
}
