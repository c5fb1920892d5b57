//! What nested categories say of an object: titles by level, and paths (docs/reference/04-data-layout.md §5).
//! The first nested category is the primary path.

use super::distinct::Distinct;
use super::names::{LEVELS, NAMES};
use super::{Attributes, texts};
use crate::domain::nested::NestedObject;
use crate::domain::value::FieldValue;

/// Titles from the top level to the category itself.
type Path<'a> = Vec<&'a str>;

pub(super) fn derive(attributes: &mut Attributes<'_>, nested: &[NestedObject]) {
    let categories = nested
        .iter()
        .filter(|object| object.object_type.as_str() == "category");
    let paths: Vec<Path<'_>> = categories.map(path).collect();
    let Some(primary) = paths.first() else {
        return;
    };

    let mut titles = Distinct::default();
    paths.iter().flatten().for_each(|&title| titles.push(title));
    for name in [&NAMES.category, &NAMES.all_categories] {
        attributes.add_returned(name, || texts(titles.list()));
    }
    for at in 0..LEVELS {
        derive_level(attributes, &paths, primary, at);
    }

    attributes.add_filter_only(&NAMES.category_path, || primary.join("||").into());
    attributes.add_filter_only(&NAMES.all_categories_path, || {
        joined(&prefixes(&paths), "||")
    });
}

/// The attributes of one level, from the paths that reach it.
fn derive_level(
    attributes: &mut Attributes<'_>,
    paths: &[Path<'_>],
    primary: &Path<'_>,
    at: usize,
) {
    let mut titles = Distinct::default();
    let mut cuts = Distinct::default();
    for path in paths {
        if let Some(&title) = path.get(at) {
            titles.push(title);
            cuts.push(&path[..=at]);
        }
    }
    if titles.len() == 0 {
        return;
    }
    for names in [&NAMES.category_lvl, &NAMES.categories_lvl] {
        attributes.add_returned(&names[at], || texts(titles.list()));
    }
    if let Some(&title) = primary.get(at) {
        attributes.add_returned(&NAMES.main_category_lvl[at], || title.into());
    }
    attributes.add_returned(&NAMES.category_upto_lvl[at], || joined(cuts.list(), "|"));
}

fn path(category: &NestedObject) -> Path<'_> {
    let mut path = category.ancestor_titles();
    path.push(category.title());
    path
}

/// Every path and every start of one, so that a parent category lists what its children hold.
fn prefixes<'a>(paths: &'a [Path<'a>]) -> Vec<&'a [&'a str]> {
    let mut prefixes = Distinct::default();
    for path in paths {
        for end in 1..=path.len() {
            prefixes.push(&path[..end]);
        }
    }
    prefixes.list().to_vec()
}

fn joined(paths: &[&[&str]], separator: &str) -> FieldValue {
    FieldValue::List(
        paths
            .iter()
            .map(|path| path.join(separator).into())
            .collect(),
    )
}
