//! Names as they stand in addresses (docs/reference/10-swiftype.md §1).

/// Lower case, every run of what is no letter or digit as one `-`, none at the ends; may be empty.
/// Letters beyond ASCII cannot stand in a folder's name and are left out like anything else.
pub fn slug(name: &str) -> String {
    let mut slug = String::with_capacity(name.len());
    for c in name.chars() {
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    if slug.ends_with('-') {
        slug.pop();
    }
    slug
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_addresses() {
        for (name, expected) in [
            ("bookstore", "bookstore"),
            ("new_doc_type", "new-doc-type"),
            ("new engine from spec", "new-engine-from-spec"),
            ("  Swift -- Type!  ", "swift-type"),
            ("1234-5678", "1234-5678"),
            ("Čaj", "aj"),
            ("?!", ""),
        ] {
            assert_eq!(slug(name), expected, "{name}");
        }
    }
}
