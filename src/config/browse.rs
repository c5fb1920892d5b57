//! `[browse]`: what the server's own pages may do (docs/browse.md). Invariant: nothing is done that is not listed by name.

use serde::Deserialize;

use super::check::Checks;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BrowseSection {
    #[serde(default)]
    actions: Vec<String>,
}

/// Actions that the pages offer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "one for each action")]
pub struct BrowseActions {
    /// An object.
    pub delete: bool,
    /// A generation.
    pub commit: bool,
    /// The index.
    pub rebuild: bool,
    /// Of a source of product sync.
    pub sync: bool,
}

impl Checks<'_> {
    pub(super) fn browse_actions(&mut self, section: &BrowseSection) -> BrowseActions {
        let mut listed = BrowseActions::default();
        for name in &section.actions {
            match name.as_str() {
                "delete" => listed.delete = true,
                "commit" => listed.commit = true,
                "rebuild" => listed.rebuild = true,
                "sync" => listed.sync = true,
                other => {
                    let words =
                        format!("`{other}` is none of `delete`, `commit`, `rebuild` and `sync`");
                    self.wrong("browse.actions", words);
                }
            }
        }
        listed
    }
}
