//! `quicksearch_types`: types to find beside the results, `category:6,brand` (docs/reference/05-search.md §2, §8).

use super::object::read_type;
use crate::domain::{Page, Quicksearch};

/// A type repeated counts once; a bad number of hits means the default.
pub(super) fn read_quicksearch(list: &str) -> Vec<Quicksearch> {
    let mut groups: Vec<Quicksearch> = Vec::new();
    for group in list.split(',').map(str::trim) {
        let (name, limit) = group.split_once(':').unwrap_or((group, ""));
        let Ok(object_type) = read_type(name.trim()) else {
            continue;
        };
        let is_known = groups.iter().any(|known| known.object_type == object_type);
        if !is_known && groups.len() < Quicksearch::TYPES_MAX {
            let limit = limit.trim().parse().unwrap_or(Quicksearch::LIMIT_DEFAULT);
            groups.push(Quicksearch::new(object_type, limit.min(Page::LIMIT_MAX)));
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("category,brand", &[("category", 10), ("brand", 10)])]
    #[case(" category:6 , brand:3", &[("category", 6), ("brand", 3)])]
    #[case("brand:3,brand:5", &[("brand", 3)])]
    #[case("brand:x,item:-1,article:", &[("brand", 10), ("item", 10), ("article", 10)])]
    #[case("brand:0,item:1000", &[("brand", 0), ("item", 200)])]
    #[case("no type,,:5", &[])]
    fn types_are_read(#[case] sent: &str, #[case] expected: &[(&str, usize)]) {
        let groups = read_quicksearch(sent);
        let read: Vec<_> = groups
            .iter()
            .map(|group| (group.object_type.as_str(), group.limit))
            .collect();
        assert_eq!(read, expected);
    }
}
