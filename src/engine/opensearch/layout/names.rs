//! Names of indices and documents. Invariant: two sites never share a name, and two objects of a site never share an id,
//! whatever they are called.

use crate::domain::{Identity, TrackerId};

/// Longest id that a cluster takes, in bytes.
const ID_BYTES_MAX: usize = 512;

/// What begins the id of an object whose identity is none.
const HASHED: &str = "h:";

/// The names of one installation in a cluster, which others may share.
#[derive(Clone, Debug)]
pub(in crate::engine::opensearch) struct Names {
    prefix: String,
}

impl Names {
    pub(in crate::engine::opensearch) fn new(prefix: &str) -> Self {
        Self {
            prefix: prefix.to_owned(),
        }
    }

    /// What the catalog of a site is read and written by.
    pub(in crate::engine::opensearch) fn catalog(&self, site: &TrackerId) -> String {
        format!("{}cat-{}", self.prefix, lower(site))
    }

    /// What visitors of a site did is read and written by.
    pub(in crate::engine::opensearch) fn events(&self, site: &TrackerId) -> String {
        format!("{}evt-{}", self.prefix, lower(site))
    }

    /// What sites keep of themselves is read and written by.
    pub(in crate::engine::opensearch) fn control(&self) -> String {
        format!("{}ctl", self.prefix)
    }

    /// Every index there is.
    pub(in crate::engine::opensearch) fn all(&self) -> String {
        format!("{}*", self.prefix)
    }

    /// Every index of a catalog.
    pub(in crate::engine::opensearch) fn all_catalogs(&self) -> String {
        format!("{}cat-*", self.prefix)
    }

    /// An index behind an alias. No tracker has a `+`, so that this is no alias of another site.
    pub(in crate::engine::opensearch) fn index(alias: &str, number: u64) -> String {
        format!("{alias}+{number}")
    }

    /// What an index is written by that is being made beside the one that serves.
    pub(in crate::engine::opensearch) fn next(alias: &str) -> String {
        format!("{alias}+next")
    }

    /// The alias that an index belongs to, and its number.
    pub(in crate::engine::opensearch) fn of_index(index: &str) -> Option<(&str, u64)> {
        let (alias, number) = index.rsplit_once('+')?;
        Some((alias, number.parse().ok()?))
    }
}

/// An index has no capital letters. A tracker has no dots, so `.a` can stand for `A`.
fn lower(site: &TrackerId) -> String {
    let mut name = String::with_capacity(site.as_str().len());
    for c in site.as_str().chars() {
        if c.is_ascii_uppercase() {
            name.push('.');
        }
        name.push(c.to_ascii_lowercase());
    }
    name
}

/// The identity, or what stands for one that is too long or could be taken for such.
pub(in crate::engine::opensearch) fn id(identity: &Identity) -> String {
    let identity = identity.as_str();
    if identity.len() <= ID_BYTES_MAX && !identity.starts_with(HASHED) {
        return identity.to_owned();
    }
    format!("{HASHED}{}", blake3::hash(identity.as_bytes()).to_hex())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn catalog(site: &str) -> String {
        let site = TrackerId::new(site).expect("a tracker id");
        Names::new("vetrina-").catalog(&site)
    }

    #[test]
    fn an_index_has_no_name_that_another_site_is_read_by() {
        let index = Names::index(&catalog("shop"), 1);
        assert_ne!(index, catalog("shop-1"));
        assert_eq!(Names::of_index(&index), Some((&*catalog("shop"), 1)));
        assert_eq!(Names::of_index(&catalog("shop-1")), None);
    }

    #[test]
    fn sites_that_differ_in_capitals_have_names_of_their_own() {
        assert_eq!(catalog("1234-5678"), "vetrina-cat-1234-5678");
        assert_eq!(catalog("Shop-B"), "vetrina-cat-.shop-.b");
        assert_eq!(catalog("shop-b"), "vetrina-cat-shop-b");
    }

    #[test]
    fn an_identity_is_its_id_where_it_can_be_one() {
        let id_of = |text: &str| id(&Identity::new(text).expect("an identity"));
        assert_eq!(id_of("/p/1 ä"), "/p/1 ä");
        let longest = "x".repeat(ID_BYTES_MAX);
        assert_eq!(id_of(&longest), longest);
        let hashed = id_of(&format!("{longest}x"));
        assert_eq!((hashed.len(), &hashed[..2]), (66, "h:"));
        assert_ne!(id_of(&hashed), hashed, "nobody can take its place");
    }
}
