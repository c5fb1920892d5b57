//! `sort` and `sort_<type>` (docs/reference/05-search.md §2).

use super::names::{entries, name_and_rest};
use super::object::read_type;
use crate::domain::{Direction, SearchQuery, SortKey, TypeSort};
use crate::http::query_string::QueryString;

/// Reads `a:desc,b:asc`. Without a direction it is ascending; a key with another direction is ignored.
pub(super) fn read_sort(list: &str) -> Vec<SortKey> {
    entries(list)
        .filter_map(sort_key)
        .take(SearchQuery::SORT_KEYS_MAX)
        .collect()
}

fn sort_key(text: &str) -> Option<SortKey> {
    let (field, direction) = name_and_rest(text);
    let direction = match direction.unwrap_or("asc") {
        "asc" => Direction::Ascending,
        "desc" => Direction::Descending,
        _ => return None,
    };
    (!field.as_str().is_empty()).then_some(SortKey { field, direction })
}

/// Every `sort_<type>` that says something, in the order sent; of one type, the last.
pub(super) fn read_type_sorts(query: &QueryString) -> Vec<TypeSort> {
    let mut sorts: Vec<TypeSort> = Vec::new();
    for parameter in query.iter() {
        let name = parameter.name.strip_prefix("sort_");
        let Some(object_type) = name.and_then(|name| read_type(name).ok()) else {
            continue;
        };
        sorts.retain(|sort| sort.object_type != object_type);
        let keys = read_sort(&parameter.value);
        if !keys.is_empty() && sorts.len() < TypeSort::TYPES_MAX {
            sorts.push(TypeSort { object_type, keys });
        }
    }
    sorts
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn texts(keys: &[SortKey]) -> Vec<String> {
        let text = |key: &SortKey| format!("{} {:?}", key.field, key.direction);
        keys.iter().map(text).collect()
    }

    #[rstest]
    #[case("price_amount:asc", &["price_amount Ascending"])]
    #[case("a:desc, b:asc", &["a Descending", "b Ascending"])]
    #[case("title", &["title Ascending"])]
    #[case("special.weight:desc", &["special.weight Descending"])]
    #[case("a:up,b:asc,:desc,", &["b Ascending"])]
    #[case("", &[])]
    fn sorts_are_read(#[case] sent: &str, #[case] expected: &[&str]) {
        assert_eq!(texts(&read_sort(sent)), expected);
    }

    #[test]
    fn types_have_orders_of_their_own() {
        let query = "sort=a&sort_item=b:desc&sort_brand=c&sort_item=d&sort_x%20y=e&sort_file=";
        let sorts = read_type_sorts(&QueryString::parse(query).expect("few parameters"));
        let read: Vec<_> = sorts
            .iter()
            .map(|sort| (sort.object_type.as_str(), texts(&sort.keys)))
            .collect();
        let (brand, item) = (
            vec!["c Ascending".to_owned()],
            vec!["d Ascending".to_owned()],
        );
        assert_eq!(read, [("brand", brand), ("item", item)]);
    }
}
