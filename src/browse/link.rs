//! Addresses of pages, and filters as the search endpoint reads them. Invariant: whatever a name or a value holds, the
//! page behind the link is about exactly that.

use crate::http::query_string::{Parameter, QueryString};

pub(super) fn parameter(name: &str, value: &str) -> Parameter {
    Parameter {
        name: name.to_owned(),
        value: value.to_owned(),
    }
}

pub(super) fn query(parameters: &[(&str, &str)]) -> QueryString {
    let all = parameters.iter();
    all.map(|(name, value)| parameter(name, value)).collect()
}

/// `field:value` (docs/reference/05-search.md §3).
pub(super) fn filter(field: &str, value: &str) -> String {
    let mut filter = String::with_capacity(field.len() + value.len() + 1);
    for c in field.chars() {
        if matches!(c, '\\' | ':' | ',') {
            filter.push('\\');
        }
        filter.push(c);
    }
    filter.push(':');
    filter + value
}

pub(super) fn of_site(root: &str, site: &str) -> String {
    format!("{root}/sites/{site}")
}

pub(super) fn of_type(root: &str, site: &str, object_type: &str) -> String {
    format!(
        "{root}/sites/{site}/type?{}",
        query(&[("name", object_type)])
    )
}

pub(super) fn of_object(root: &str, site: &str, identity: &str) -> String {
    format!(
        "{root}/sites/{site}/object?{}",
        query(&[("identity", identity)])
    )
}

/// A search that lists what one filter lets through.
pub(super) fn of_filter(root: &str, site: &str, field: &str, value: &str) -> String {
    let filter = filter(field, value);
    format!("{root}/sites/{site}/search?{}", query(&[("f[]", &filter)]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_hold_whatever_names_hold() {
        assert_eq!(
            of_object("/browse", "a-1", "/p?a=1&b=\"<é>\"#x"),
            "/browse/sites/a-1/object?identity=%2Fp%3Fa%3D1%26b%3D%22%3C%C3%A9%3E%22%23x"
        );
        assert_eq!(filter("a:b,c\\d", "e:f"), "a\\:b\\,c\\\\d:e:f");
    }
}
