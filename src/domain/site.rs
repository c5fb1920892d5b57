//! A tenant and its settings. Invariant: a [`TrackerId`] is safe as a folder name and in a log line.

use std::fmt;
use std::sync::Arc;

use super::language::Language;
use super::query_rules::QueryRules;

/// Public key of a site, `tracker_id` on the wire: `[A-Za-z0-9][A-Za-z0-9_-]{0,63}`
/// (docs/reference/01-auth.md §1).
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TrackerId(Arc<str>);

impl TrackerId {
    /// Longest accepted id, in bytes.
    pub const BYTES_MAX: usize = 64;

    /// Checks the syntax; `None` when the text is no tracker id.
    pub fn new(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let starts_well = bytes.first().is_some_and(u8::is_ascii_alphanumeric);
        let allowed = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
        (starts_well && bytes.len() <= Self::BYTES_MAX && bytes.iter().all(allowed))
            .then(|| Self(text.into()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TrackerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for TrackerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TrackerId({})", self.0)
    }
}

/// What a site was set up to do. Secrets are not here: they live with the credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a setting of its own"
)]
pub struct Site {
    pub tracker_id: TrackerId,
    /// `false` answers 403 to every signed request.
    pub api_allowed: bool,
    pub variants: VariantMode,
    pub attributes_form: AttributesForm,
    pub type_conflicts: TypeConflicts,
    pub language: Language,
    pub rules: Arc<QueryRules>,
    /// Whether words can be looked for in single attributes. It makes the index larger.
    pub words_by_attribute: bool,
    /// Whether `q` finds objects by their links, too.
    pub search_links: bool,
    pub result_set: ResultSet,
    /// The largest share of a type that a commit deletes without being forced to, in percent; 0 is any.
    pub commit_guard_percent: u8,
    /// Whether a commit leaves objects as they are whose newest upload it was, and was refused.
    pub commit_keeps_refused: bool,
}

impl Site {
    /// A site for which nothing was set.
    pub fn new(tracker_id: TrackerId) -> Self {
        Self {
            tracker_id,
            api_allowed: true,
            variants: VariantMode::default(),
            attributes_form: AttributesForm::default(),
            type_conflicts: TypeConflicts::default(),
            language: Language::default(),
            rules: Arc::default(),
            words_by_attribute: false,
            search_links: false,
            result_set: ResultSet::default(),
            commit_guard_percent: 0,
            commit_keeps_refused: false,
        }
    }

    /// As [`Self::new`], for documents: their fields are searched one by one.
    pub fn of_documents(tracker_id: TrackerId) -> Self {
        Self {
            words_by_attribute: true,
            ..Self::new(tracker_id)
        }
    }
}

/// Which of an object and its variants are hits (docs/reference/05-search.md §9).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum VariantMode {
    /// Variants are hits only where their type is asked for; elsewhere the master stands for them.
    #[default]
    Inside,
    /// Variants are hits like all other objects.
    Separate,
    /// The best variant of those nested in a master is the hit, in the master's place.
    Best,
}

/// What belongs to the result of a query text (docs/reference/05-search.md §6).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ResultSet {
    /// What meets the query as well as the best do.
    #[default]
    Narrow,
    /// Everything that has one of its words.
    Wide,
}

/// What becomes of a value that does not fit a type that was only inferred (docs/reference/04-data-layout.md §2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TypeConflicts {
    /// It is kept as text.
    #[default]
    Keep,
    /// Its object is refused, as the hosted service does.
    Refuse,
}

/// How attribute values are returned (docs/reference/04-data-layout.md §4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AttributesForm {
    /// As the live service answers: every value an array, except a list of scalar names.
    #[default]
    Arrays,
    /// Each value in the JSON shape it was sent in.
    AsSent,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tracker_id_syntax() {
        for good in ["1234-5678", "a", "demo_1"] {
            assert!(TrackerId::new(good).is_some(), "{good}");
        }
        for bad in ["", "-1", "_a", "a/b", "a.b", "é", "a b", &"x".repeat(65)] {
            assert!(TrackerId::new(bad).is_none(), "{bad}");
        }
    }
}
