//! Names of what belongs to one object alone and was sent without any: its variants
//! (docs/reference/02-content.md §4). Invariant: in the list of one object no two entries get the same name,
//! and none that another was sent with; the same list gives the same names again.

use std::collections::{HashMap, HashSet};

use super::entry::Entry;
use super::identity::{Identity, ObjectType};
use super::problem::Rule;
use super::value::Fields;

/// Gives names in the order of a `nested` list.
pub(super) struct OwnNames<'p> {
    parent: Option<&'p Identity>,
    taken: HashSet<Identity>,
    /// How often a name was wanted.
    times: HashMap<Identity, usize>,
}

impl<'p> OwnNames<'p> {
    pub(super) fn new<'e>(
        parent: Option<&'p Identity>,
        entries: impl Iterator<Item = &'e Fields>,
    ) -> Self {
        let sent = entries.filter_map(|entry| Entry::nested(entry).sent_identity().ok()?);
        Self {
            parent,
            taken: sent.collect(),
            times: HashMap::new(),
        }
    }

    /// `<type>:<parent>/<title, lower-case>`, a further one with `#2`, `#3` … behind it; `None` where nobody
    /// knows the parent.
    pub(super) fn take(
        &mut self,
        object_type: &ObjectType,
        title: &str,
    ) -> Option<Result<Identity, Rule>> {
        let parent = self.parent?;
        Some(self.take_below(object_type, parent, title))
    }

    fn take_below(
        &mut self,
        object_type: &ObjectType,
        parent: &Identity,
        title: &str,
    ) -> Result<Identity, Rule> {
        let first = path_of_own(object_type, parent, &[title])?;
        let times = self.times.entry(first.clone()).or_default();
        loop {
            *times += 1;
            let name = match *times {
                1 => first.clone(),
                n => path_of_own(object_type, parent, &[&format!("{title}#{n}")])?,
            };
            if self.taken.insert(name.clone()) {
                return Ok(name);
            }
        }
    }
}

/// `<type>:<parent>/<path, lower-case, joined by "/">`. What is too long for an identity is told apart by
/// its hash.
pub(super) fn path_of_own(
    object_type: &ObjectType,
    parent: &Identity,
    path: &[&str],
) -> Result<Identity, Rule> {
    // Control characters are fine in a title and refused in an identity.
    let path: Vec<String> = path
        .iter()
        // The last slash parts what is the parent's from what is not: `S/M` of `p` is not `M` of `p/s`.
        .map(|title| title.to_lowercase().replace('/', "%2f"))
        .collect();
    let path = path.join("/").replace(char::is_control, " ");
    let name = format!("{object_type}:{parent}/{path}");
    if name.len() <= Identity::BYTES_MAX {
        return Identity::new(&name);
    }
    let hash = blake3::hash(name.as_bytes()).to_hex();
    Identity::new(&format!("{object_type}:{hash}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::NestedObject;
    use crate::domain::testing::{fields, identity, json};

    fn names(parent: &str, entries: &[serde_json::Value]) -> Vec<String> {
        let parent = identity(parent);
        let entries: Vec<Fields> = entries.iter().map(fields).collect();
        let read = NestedObject::read_list(Some(&parent), entries.iter().map(Some));
        read.map(|object| object.expect("valid").identity.to_string())
            .collect()
    }

    #[test]
    fn variants_without_identity_are_called_after_their_parent_and_title() {
        let variant = |title: &str| json!({"type": "variant", "title": title});
        let entries = [
            variant("M"),
            variant("m"),
            json!({"type": "member", "fields": {"title": "M"}}),
            variant("M#2"),
            json!({"type": "variant", "identity": "variant:P/l", "title": "another"}),
            variant("L"),
            variant("A\nB"),
            variant("S/M"),
            json!({"type": "brand", "title": "M"}),
        ];
        let expected = [
            "variant:P/m",
            "variant:P/m#2",
            "member:P/m",
            "variant:P/m#2#2",
            "variant:P/l",
            "variant:P/l#2",
            "variant:P/a b",
            "variant:P/s%2fm",
            "brand:m",
        ];
        assert_eq!(names("P", &entries), expected);
    }

    #[test]
    fn a_name_too_long_for_an_identity_is_still_the_parents_own() {
        let title = "x".repeat(900);
        let entry = json!({"type": "variant", "title": title});
        let of = |parent: String| names(&parent, &[entry.clone(), entry.clone()]);
        let (one, other) = (of("a".repeat(900)), of("b".repeat(900)));
        let all: HashSet<_> = one.iter().chain(&other).collect();
        assert_eq!(all.len(), 4);
        assert_eq!(one, of("a".repeat(900)));
    }

    proptest! {
        #[test]
        fn no_two_variants_of_an_object_have_one_name(titles in prop::collection::vec("[aA](#[2-4]){0,2}", 0..12)) {
            let entries: Vec<_> = titles
                .iter()
                .map(|title| json!({"type": "variant", "title": title}))
                .collect();
            let given = names("p", &entries);
            prop_assert_eq!(given.iter().collect::<HashSet<_>>().len(), given.len());
            prop_assert_eq!(&given, &names("p", &entries));
        }
    }
}
