//! Parameters that several routes take (docs/reference/05-search.md §2).

use crate::api::openapi::Parameter;
use crate::api::openapi::schema::{flag, like, one_of_texts, whole};

pub(super) const TRACKER: &str = "1234-5678";

pub(super) fn tracker_id() -> Parameter {
    Parameter::query("tracker_id", "The site").required()
}

/// What says what is looked for.
pub(super) fn finding() -> Vec<Parameter> {
    vec![
        Parameter::query(
            "q",
            "What the visitor typed. Without it: a listing of what the filters let through",
        ),
        Parameter::repeated(
            "f[]",
            "`attribute:value`. Values of one attribute are alternatives, attributes are all required. `price_amount:5|7` is a range, `color:value_missing` finds what has none, `type:product` is the kind of object",
        ),
        Parameter::repeated("f_must[]", "The same, every value is required"),
        Parameter::repeated(
            "neg_f[]",
            "The same, whatever has one of the values is left out",
        ),
        Parameter::repeated(
            "prefer[]",
            "`attribute:value`: what has it stands higher; nothing is left out",
        ),
        Parameter::query(
            "use_fixits",
            "Whether the rules of the site for this query apply",
        )
        .of(flag()),
        Parameter::query(
            "context[geo_location]",
            "`lat,lon` of the visitor, for distances",
        ),
        Parameter::query(
            "context[geo_location_field]",
            "The attribute that distances are measured to; `geo_location` unless sent",
        ),
        Parameter::query(
            "non_collapsed_variants",
            "All variants as hits of their own",
        )
        .of(flag()),
    ]
}

/// What says how answers are shown.
pub(super) fn trimming() -> Vec<Parameter> {
    vec![
        Parameter::query(
            "hit_fields",
            "Attributes to answer, as a list with commas; all unless sent",
        ),
        Parameter::query("remove_fields", "Attributes to leave out"),
    ]
}

pub(super) fn paging() -> Vec<Parameter> {
    vec![
        Parameter::query("size", "Hits of a page, up to 200; 10 unless sent").of(whole()),
        Parameter::query("page", "From 1").of(whole()),
        Parameter::query("from", "Hits to pass over, where there is no `page`").of(whole()),
        Parameter::query(
            "sort",
            "`attribute:asc` or `attribute:desc`, several with commas; relevance unless sent",
        ),
        Parameter::query("facets", "Attributes to count values of: `brand,color:5`"),
        Parameter::query(
            "dynamic_facets_size",
            "So many further facets, chosen by what is found",
        ),
        Parameter::query(
            "quicksearch_types",
            "Other types to find in the same call: `category:3,brand:2`",
        ),
        Parameter::query("plp", "The filter that a listing is of"),
        Parameter::query("explain", "Each hit says why it stands where it stands").of(flag()),
    ]
}

pub(super) fn types() -> Parameter {
    Parameter::query(
        "type",
        "Types and how many of each, up to 50: `product:6,category:3`",
    )
    .of(like(
        r"^[A-Za-z0-9_-]+:[1-9][0-9]*(,[A-Za-z0-9_-]+:[1-9][0-9]*)*$",
    ))
    .required()
}

pub(super) fn wait_for() -> Parameter {
    Parameter::query(
        "wait_for",
        "`visible`: answered once a search finds the change",
    )
    .of(one_of_texts(&["visible"]))
}

pub(super) fn refetch_files() -> Parameter {
    Parameter::query(
        "refetch_files",
        "`true`: files among the objects (`_file`) are fetched again, where the server fetches any",
    )
    .of(flag())
}

pub(super) fn extract() -> Parameter {
    Parameter::query(
        "extract",
        "`false`: nothing is made of what is nested in the objects",
    )
    .of(flag())
}
