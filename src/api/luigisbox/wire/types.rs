//! `type=item:6,category:3`: how many hits of which types, each with filters of its own
//! (docs/reference/06-autocomplete-and-others.md §1, §3).

use super::filter::field_filter;
use crate::domain::{Filters, ObjectType};
use crate::http::query_string::QueryString;

/// Hits of one type.
#[derive(Clone, Debug, PartialEq)]
pub struct TypeRequest {
    pub object_type: ObjectType,
    pub count: usize,
    /// `f_<type>[]`, `f_must_<type>[]`, `neg_f_<type>[]`.
    pub filters: Filters,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadTypes {
    Missing,
    Malformed,
}

impl TypeRequest {
    /// Hits of one type; more are cut down to it.
    pub const COUNT_MAX: usize = 50;
    /// Types of one request.
    pub const TYPES_MAX: usize = 20;
}

pub fn read_types(query: &QueryString) -> Result<Vec<TypeRequest>, BadTypes> {
    let list = query.scalar("type").ok_or(BadTypes::Missing)?;
    let entries: Vec<&str> = list.split(',').map(str::trim).collect();
    if entries.len() > TypeRequest::TYPES_MAX {
        return Err(BadTypes::Malformed);
    }
    let read = |entry: &&str| read_type(entry, query).ok_or(BadTypes::Malformed);
    entries.iter().map(read).collect()
}

fn read_type(entry: &str, query: &QueryString) -> Option<TypeRequest> {
    let (name, count) = entry.split_once(':')?;
    let object_type = ObjectType::new(name).ok()?;
    let count: usize = count.parse().ok().filter(|count| *count > 0)?;
    let mut filters = Filters::default();
    for parameter in query.iter() {
        let kind = match parameter.list_name().strip_suffix(name) {
            Some("f_") => &mut filters.any_of,
            Some("f_must_") => &mut filters.all_of,
            Some("neg_f_") => &mut filters.none_of,
            _ => continue,
        };
        kind.extend(field_filter(&parameter.value));
    }
    Some(TypeRequest {
        object_type,
        count: count.min(TypeRequest::COUNT_MAX),
        filters,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Result<Vec<TypeRequest>, BadTypes> {
        read_types(&QueryString::parse(query).expect("few parameters"))
    }

    #[test]
    fn each_type_has_its_count_and_its_filters() {
        let types = read(
            "type=item:6,%20my_item:200&f_item[]=brand:A&f_item[]=brand:B&f_must_item[]=c:1\
             &neg_f_my_item[]=d:2&f[]=x:1",
        );
        let types = types.expect("two types");
        assert_eq!((types[0].object_type.as_str(), types[0].count), ("item", 6));
        assert_eq!(
            (types[1].object_type.as_str(), types[1].count),
            ("my_item", 50)
        );
        assert_eq!(types[0].filters.any_of.len(), 2);
        assert_eq!(types[0].filters.all_of.len(), 1);
        assert_eq!(types[0].filters.none_of.len(), 0);
        assert_eq!(types[1].filters.none_of.len(), 1);
    }

    #[test]
    fn what_is_no_type_with_a_count_is_malformed() {
        assert_eq!(read(""), Err(BadTypes::Missing));
        assert_eq!(read("type="), Err(BadTypes::Missing));
        for bad in [
            "item",
            "item:0",
            "item:x",
            "item:-1",
            ":3",
            "a b:3",
            "item:3,",
            "item:3;x:1",
        ] {
            assert_eq!(
                read(&format!("type={bad}")),
                Err(BadTypes::Malformed),
                "{bad}"
            );
        }
    }
}
