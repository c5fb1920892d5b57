//! `vetrina attributes`: the names of attributes a site has, and who uses them up. Changes nothing, and may be run
//! beside a server. Invariant: what is printed of a name cannot be more than one line.

use std::collections::{BTreeMap, BTreeSet};

use super::Failure;
use super::data_folder::DataFolderArgs;
use super::output::print_lines;
use crate::domain::{AttributeType, ObjectType, Schema, TrackerId};
use crate::engine::embedded::offline::names::{self, NameUse, Survey};

/// Lines of a list where not all are wanted.
const LISTED_MAX: usize = 50;
/// Longest part of a name that is printed, in characters.
const NAME_CHARS_MAX: usize = 120;

const IN_A_CLUSTER: &str = "the page of a type in the catalog browser (`/browse`) lists its attributes, `vetrina_attribute_names` of `/metrics` counts them";

#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    folder: DataFolderArgs,
    /// Every name, not only those that the fewest objects have
    #[arg(long)]
    all: bool,
}

pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let (data_dir, sites) = args.folder.sites(IN_A_CLUSTER)?;
    let listed_max = if args.all { usize::MAX } else { LISTED_MAX };
    for site in &sites {
        let survey = names::survey(&data_dir, site)?;
        print_lines(described(site, &survey, listed_max))?;
    }
    Ok(())
}

fn described(site: &TrackerId, survey: &Survey, listed_max: usize) -> Vec<String> {
    let names = &survey.names;
    let unused = names.iter().filter(|name| holders(name).is_empty()).count();
    let mut lines = vec![format!(
        "{site}: {} of {} attribute names, {} objects",
        names.len(),
        Schema::ATTRIBUTES_MAX,
        survey.objects
    )];
    if unused > 0 {
        lines.push(format!(
            "  nothing has these any more: {unused}; they are free soon, or at `vetrina rebuild`"
        ));
    }
    if names.is_empty() {
        return lines;
    }
    lines.extend(by_type(names));
    lines.extend(by_beginning(names, listed_max));
    lines.extend(one_by_one(names, listed_max));
    lines
}

/// Types whose objects have the attribute, or that declare it.
fn holders(name: &NameUse) -> BTreeSet<&ObjectType> {
    name.objects.keys().chain(&name.declared_by).collect()
}

fn by_type(names: &[NameUse]) -> Vec<String> {
    #[derive(Default)]
    struct Of {
        names: usize,
        alone: usize,
    }
    let mut types: BTreeMap<&ObjectType, Of> = BTreeMap::new();
    for name in names {
        let holders = holders(name);
        for &holder in &holders {
            let of = types.entry(holder).or_default();
            of.names += 1;
            of.alone += usize::from(holders.len() == 1);
        }
    }
    let mut types: Vec<_> = types.into_iter().collect();
    // Stable: of equal ones the first by name.
    types.sort_by_key(|(_, of)| std::cmp::Reverse(of.alone));
    let mut lines = vec![
        "  by type of object:".to_owned(),
        format!("  {:>9} {:>9}  type", "names", "alone"),
    ];
    let line =
        |(object_type, of): (_, Of)| format!("  {:>9} {:>9}  {object_type}", of.names, of.alone);
    lines.extend(types.into_iter().map(line));
    lines
}

/// Names that are made of data mostly begin alike.
fn by_beginning(names: &[NameUse], listed_max: usize) -> Vec<String> {
    let mut groups: BTreeMap<&str, (usize, u64)> = BTreeMap::new();
    for name in names {
        let (count, objects) = groups.entry(beginning(name.name.as_str())).or_default();
        *count += 1;
        *objects = (*objects).max(objects_of(name));
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.retain(|(_, (count, _))| *count > 1);
    groups.sort_by_key(|(_, (count, _))| std::cmp::Reverse(*count));
    if groups.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![
        "  by how they begin:".to_owned(),
        format!("  {:>9} {:>9}  beginning", "names", "objects"),
    ];
    let more = groups.len().saturating_sub(listed_max);
    let line = |(beginning, (count, objects)): (&str, (usize, u64))| {
        format!("  {count:>9} {objects:>9}  {}…", printable(beginning))
    };
    lines.extend(groups.into_iter().take(listed_max).map(line));
    lines.extend(and_more(more));
    lines
}

fn one_by_one(names: &[NameUse], listed_max: usize) -> Vec<String> {
    let mut sorted: Vec<&NameUse> = names.iter().collect();
    sorted.sort_by_key(|name| (objects_of(name), name.name.as_str()));
    let mut lines = vec![
        "  one by one, those of fewest objects first:".to_owned(),
        format!("  {:>9} {:<8} name: in", "objects", "type"),
    ];
    let more = sorted.len().saturating_sub(listed_max);
    lines.extend(sorted.into_iter().take(listed_max).map(|name| {
        let objects = name.objects.iter();
        let mut places: Vec<String> = objects
            .map(|(object_type, count)| format!("{object_type} {count}"))
            .collect();
        let declared = name.declared_by.iter();
        places.extend(declared.map(|object_type| format!("declared by {object_type}")));
        format!(
            "  {:>9} {:<8} {}: {}",
            objects_of(name),
            kind_name(name.kind),
            printable(name.name.as_str()),
            places.join(", ")
        )
    }));
    lines.extend(and_more(more));
    lines
}

fn and_more(more: usize) -> Option<String> {
    (more > 0).then(|| format!("  and {more} more (--all)"))
}

fn objects_of(name: &NameUse) -> u64 {
    name.objects.values().sum()
}

/// Up to the first digit, or the first of the characters that divide names, itself included.
fn beginning(name: &str) -> &str {
    for (at, character) in name.char_indices() {
        if character.is_numeric() {
            return &name[..at];
        }
        if at > 0 && "_.-:/ ".contains(character) {
            return &name[..=at];
        }
    }
    name
}

fn kind_name(kind: AttributeType) -> &'static str {
    match kind {
        AttributeType::Text => "text",
        AttributeType::Numeric => "numeric",
        AttributeType::Boolean => "boolean",
        AttributeType::Date => "date",
        AttributeType::Geo => "geo",
    }
}

/// Names are any text: what could do something to a terminal is spelled out.
fn printable(name: &str) -> String {
    let mut text = String::new();
    for character in name.chars().take(NAME_CHARS_MAX) {
        if character.is_control() {
            text.extend(character.escape_default());
        } else {
            text.push(character);
        }
    }
    if name.chars().nth(NAME_CHARS_MAX).is_some() {
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::FieldName;

    fn name(name: &str, objects: &[(&str, u64)], declared_by: &[&str]) -> NameUse {
        let object_type = |word: &str| ObjectType::new(word).expect("a type");
        let objects = objects.iter();
        NameUse {
            name: FieldName::new(name),
            kind: AttributeType::Numeric,
            objects: objects
                .map(|(word, count)| (object_type(word), *count))
                .collect(),
            declared_by: declared_by.iter().map(|word| object_type(word)).collect(),
        }
    }

    #[test]
    fn who_uses_names_up_stands_first() {
        let site = TrackerId::new("shop-1").expect("a good id");
        let survey = Survey {
            objects: 12,
            names: vec![
                name("price", &[("product", 10), ("item", 2)], &[]),
                name("feed_1", &[("item", 1)], &[]),
                name("feed_\u{1b}[2J\n", &[("item", 2)], &[]),
                name("isbn", &[], &["books"]),
                name("gone", &[], &[]),
            ],
        };
        assert_eq!(
            described(&site, &survey, 3),
            [
                "shop-1: 5 of 20000 attribute names, 12 objects",
                "  nothing has these any more: 1; they are free soon, or at `vetrina rebuild`",
                "  by type of object:",
                "      names     alone  type",
                "          3         2  item",
                "          1         1  books",
                "          1         0  product",
                "  by how they begin:",
                "      names   objects  beginning",
                "          2         2  feed_…",
                "  one by one, those of fewest objects first:",
                "    objects type     name: in",
                "          0 numeric  gone: ",
                "          0 numeric  isbn: declared by books",
                "          1 numeric  feed_1: item 1",
                "  and 2 more (--all)",
            ]
        );
        let all = described(&site, &survey, usize::MAX).join("\n");
        assert!(all.contains("feed_\\u{1b}[2J\\n: item 2"), "{all}");
    }

    #[test]
    fn names_begin_up_to_what_is_likely_to_be_data() {
        for (name, expected) in [
            ("feed_17", "feed_"),
            ("x17", "x"),
            ("17", ""),
            ("deep.data.x", "deep."),
            ("_hidden_1", "_hidden_"),
            ("färbe", "färbe"),
            ("a４", "a"),
        ] {
            assert_eq!(beginning(name), expected);
        }
    }
}
