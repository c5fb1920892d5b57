//! `hit_fields` and `remove_fields`: which attributes a hit brings along (docs/reference/05-search.md §2,
//! docs/reference/04-data-layout.md §6).

use std::collections::HashSet;

use super::names::{entries, plain};
use crate::domain::Projection;

/// Which attributes are returned. It holds for nested objects as for the hit itself; `title` is
/// always returned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Trim(Projection);

impl Trim {
    /// Reads the two comma lists; an empty `hit_fields` is none.
    pub(super) fn read(hit_fields: Option<&str>, remove_fields: Option<&str>) -> Self {
        let only = names(hit_fields.unwrap_or_default());
        Self(Projection {
            only: (!only.is_empty()).then_some(only),
            without: names(remove_fields.unwrap_or_default()),
        })
    }

    /// These alone; without any, all.
    pub(super) fn only(names: HashSet<String>) -> Self {
        Self(Projection {
            only: (!names.is_empty()).then_some(names),
            without: HashSet::new(),
        })
    }

    /// What the engine has to hand out.
    pub(super) fn projection(&self) -> &Projection {
        &self.0
    }

    /// Whether an attribute of this name is returned.
    pub(super) fn keeps(&self, attribute: &str) -> bool {
        self.0.keeps(attribute)
    }

    /// Whether nested objects are returned.
    pub(super) fn keeps_nested(&self) -> bool {
        self.0.keeps_nested()
    }

    /// Whether only listed attributes are returned; such hits do not tell when they changed.
    pub(super) fn is_list(&self) -> bool {
        self.0.only.is_some()
    }
}

fn names(list: &str) -> HashSet<String> {
    entries(list)
        .map(|entry| plain(entry).to_string())
        .collect()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::all(None, None, "title brand price nested")]
    #[case::empty_list(Some(" , "), None, "title brand price nested")]
    #[case::listed(Some("brand"), None, "title brand")]
    #[case::blanks_around_names(Some(" brand , nested "), None, "title brand nested")]
    #[case::names_are_case_sensitive(Some("Brand"), None, "title")]
    #[case::removed(None, Some("brand,nested"), "title price")]
    #[case::title_stays(None, Some("title"), "title brand price nested")]
    #[case::listed_and_removed(Some("brand,price"), Some("price"), "title brand")]
    fn trimming(
        #[case] hit_fields: Option<&str>,
        #[case] remove_fields: Option<&str>,
        #[case] kept: &str,
    ) {
        let trim = Trim::read(hit_fields, remove_fields);
        let mut left = vec!["title", "brand", "price"];
        left.retain(|name| trim.keeps(name));
        if trim.keeps_nested() {
            left.push("nested");
        }
        assert_eq!(left.join(" "), kept);
    }
}
