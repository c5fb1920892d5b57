//! What became of a write request, object by object (docs/reference/02-content.md §7). Invariant: `ok_count` and
//! `errors_count` add up to the elements of `objects`, also where several share one entry. What was applied
//! with a warning (docs/reference/04-data-layout.md §2) counts as applied.

use std::collections::{BTreeMap, HashSet};
use std::fmt;

use serde::ser::{Serialize, SerializeMap, SerializeStruct, Serializer};

use super::problem;
use crate::domain::{
    FILE_URL, Generation, Identity, KeptMisfits, Object, ObjectPatch, ObjectType, Outcome, Refusal,
    RefusedCall, RefusedLately, RefusedObject, RefusedOfRequest, RefusedUpload, fetchable_url,
    refusal_reason,
};

/// What an object is called in `errors`: its identity, or its position when that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum ErrorKey {
    Identity(Identity),
    /// Zero-based position in `objects`.
    Position(usize),
}

impl ErrorKey {
    pub(super) fn identity(&self) -> Option<&Identity> {
        match self {
            Self::Identity(identity) => Some(identity),
            Self::Position(_) => None,
        }
    }
}

impl fmt::Display for ErrorKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Identity(identity) => identity.fmt(f),
            Self::Position(at) => write!(f, "object #{at}"),
        }
    }
}

/// An object that was refused.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct RefusedElement {
    pub(super) key: ErrorKey,
    /// As far as it was told.
    pub(super) object_type: Option<ObjectType>,
    pub(super) generation: Option<Generation>,
    pub(super) refusal: Refusal,
}

/// An object that the engine is to decide on.
#[derive(Clone, Debug)]
pub(super) struct HandedOn {
    pub(super) identity: Identity,
    pub(super) object_type: Option<ObjectType>,
    pub(super) generation: Option<Generation>,
    pub(super) file: Option<SentFile>,
}

/// What was sent as a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SentFile {
    CanBeFetched,
    HasNoUrl,
}

impl SentFile {
    /// `None` of what is no file.
    pub(super) fn of(object: &Object) -> Option<Self> {
        object.is_file().then(|| match object.file_url() {
            Some(_) => Self::CanBeFetched,
            None => Self::HasNoUrl,
        })
    }

    /// The same of a patch. Where its file is may have been said before.
    pub(super) fn of_patch(patch: &ObjectPatch) -> Option<Self> {
        let named = || {
            let mut fields = patch.fields.iter();
            let named = fields.find(|(name, _)| name.as_str() == FILE_URL)?;
            Some(named.1.as_ref().and_then(fetchable_url))
        };
        patch.is_file.then(|| match named() {
            Some(None) => Self::HasNoUrl,
            Some(Some(_)) | None => Self::CanBeFetched,
        })
    }

    fn warning(self, are_fetched: bool) -> Option<&'static str> {
        match (self, are_fetched) {
            (Self::HasNoUrl, _) => Some(
                "`url` is not an http or https URL of at most 2048 bytes: there is nothing to fetch, the file is found \
                 by its other attributes",
            ),
            (Self::CanBeFetched, false) => Some(
                "this server fetches no files: the file is found by its other attributes, and is fetched once \
                 `[files] enabled = true` is set",
            ),
            (Self::CanBeFetched, true) => None,
        }
    }
}

/// The part of a report known before the engine was asked: what was refused on reading, and the
/// names of what was handed on.
#[derive(Debug)]
pub struct Pending {
    pub(super) refused: Vec<RefusedElement>,
    pub(super) handed_on: Vec<HandedOn>,
}

/// The answer to a write request.
#[derive(Debug)]
pub struct Report {
    /// In order; one that was sent twice stands here twice.
    accepted: Vec<Identity>,
    refused: Vec<RefusedElement>,
    warned: Vec<KeptMisfits>,
    files: Vec<(Identity, SentFile)>,
    are_fetched: bool,
}

/// Most objects that warnings are told of.
const WARNED_MAX: usize = 1_000;

impl Report {
    /// Joins what was refused on reading with what the engine made of the rest, in its order.
    pub fn new(pending: Pending, outcomes: Vec<Outcome>) -> Self {
        let Pending {
            mut refused,
            handed_on,
        } = pending;
        let mut accepted = Vec::with_capacity(handed_on.len());
        let mut warned: Vec<KeptMisfits> = Vec::new();
        let mut files = Vec::new();
        for (sent, outcome) in handed_on.into_iter().zip(outcomes) {
            let HandedOn {
                identity,
                object_type,
                generation,
                file,
            } = sent;
            if let Some(file) = file
                && !matches!(outcome, Outcome::Refused(_))
            {
                files.push((identity.clone(), file));
            }
            match outcome {
                Outcome::Applied => accepted.push(identity),
                Outcome::AppliedWith(kept) => {
                    accepted.push(identity);
                    warned.extend(kept.into_iter().take(WARNED_MAX - warned.len()));
                }
                Outcome::Refused(refusal) => refused.push(RefusedElement {
                    key: ErrorKey::Identity(identity),
                    object_type,
                    generation,
                    refusal,
                }),
            }
        }
        Self {
            accepted,
            refused,
            warned,
            files,
            are_fetched: true,
        }
    }

    /// Says whether the server fetches files.
    #[must_use]
    pub fn fetching_files(self, are_fetched: bool) -> Self {
        Self {
            are_fetched,
            ..self
        }
    }

    /// Objects that were taken.
    pub fn accepted(&self) -> &[Identity] {
        &self.accepted
    }

    /// By identity, the last word on an object that was sent twice.
    fn warnings(&self) -> BTreeMap<&str, Vec<String>> {
        let misfits = self.warned.iter();
        let mut warnings: BTreeMap<&str, Vec<String>> = misfits
            .map(|of| (of.identity.as_str(), problem::warnings(&of.misfits)))
            .collect();
        let of_files: BTreeMap<&str, &str> = self
            .files
            .iter()
            .filter_map(|(identity, file)| {
                Some((identity.as_str(), file.warning(self.are_fetched)?))
            })
            .take(WARNED_MAX)
            .collect();
        for (identity, warning) in of_files {
            warnings
                .entry(identity)
                .or_default()
                .push(warning.to_owned());
        }
        warnings
    }

    pub fn ok_count(&self) -> usize {
        self.accepted.len()
    }

    pub fn errors_count(&self) -> usize {
        self.refused.len()
    }

    /// Objects that belong to an upload and were refused, and not taken in the same request.
    pub fn refused_uploads(&self) -> Vec<RefusedUpload> {
        if self.refused.iter().all(|one| one.generation.is_none()) {
            return Vec::new();
        }
        let accepted: HashSet<&Identity> = self.accepted.iter().collect();
        let refused = self.refused.iter().filter_map(|one| {
            let identity = one.key.identity()?;
            let generation = one.generation.clone()?;
            (!accepted.contains(identity)).then(|| RefusedUpload {
                identity: identity.clone(),
                generation,
            })
        });
        refused.collect()
    }

    /// What was refused, for those who look for it later.
    pub fn refused(&self, call: RefusedCall) -> RefusedOfRequest {
        let told = self.refused.iter().take(RefusedLately::KEPT_MAX);
        let told = told.map(|one| {
            let (identity, object_type) = (one.key.identity(), one.object_type.clone());
            RefusedObject::sent(identity, object_type, call, refusal_reason(&one.refusal))
        });
        RefusedOfRequest {
            count: self.refused.len() as u64,
            told: told.collect(),
        }
    }
}

impl Serialize for Report {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let warnings = self.warnings();
        let keys = if warnings.is_empty() { 3 } else { 4 };
        let mut report = serializer.serialize_struct("Report", keys)?;
        report.serialize_field("ok_count", &self.ok_count())?;
        report.serialize_field("errors_count", &self.errors_count())?;
        report.serialize_field("errors", &Errors(&self.refused))?;
        if !warnings.is_empty() {
            report.serialize_field("warnings", &warnings)?;
        }
        report.end()
    }
}

/// Written entry by entry: a request can have hundreds of thousands of them.
struct Errors<'a>(&'a [RefusedElement]);

impl Serialize for Errors<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut written = HashSet::with_capacity(self.0.len());
        let mut errors = serializer.serialize_map(None)?;
        for RefusedElement { key, refusal, .. } in self.0 {
            let name = key.to_string();
            if !written.contains(&name) {
                errors.serialize_entry(&name, &problem::entry(refusal))?;
                written.insert(name);
            }
        }
        errors.end()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::{Problems, Rule};

    fn identity(text: &str) -> Identity {
        Identity::new(text).expect("an identity")
    }

    fn malformed(rule: Rule) -> Refusal {
        Refusal::Malformed(Problems::one(["title"], rule))
    }

    fn refused(key: ErrorKey, refusal: Refusal) -> RefusedElement {
        RefusedElement {
            key,
            object_type: None,
            generation: None,
            refusal,
        }
    }

    fn handed_on(name: &str) -> HandedOn {
        HandedOn {
            identity: identity(name),
            object_type: None,
            generation: None,
            file: None,
        }
    }

    fn rendered(report: &Report) -> serde_json::Value {
        serde_json::to_value(report).expect("a report is JSON")
    }

    #[test]
    fn a_success_has_all_three_keys() {
        let pending = Pending {
            refused: vec![],
            handed_on: vec![handed_on("a"), handed_on("b")],
        };
        let report = Report::new(pending, vec![Outcome::Applied, Outcome::Applied]);
        assert_eq!(report.errors_count(), 0);
        assert_eq!(
            rendered(&report),
            json!({"ok_count": 2, "errors_count": 0, "errors": {}})
        );
    }

    #[test]
    fn refusals_of_reading_and_of_the_engine_stand_side_by_side() {
        let pending = Pending {
            refused: vec![refused(ErrorKey::Position(2), malformed(Rule::Blank))],
            handed_on: vec![handed_on("a"), handed_on("b")],
        };
        let outcomes = vec![Outcome::Applied, Outcome::Refused(Refusal::NotFound)];
        let report = Report::new(pending, outcomes);
        assert_eq!(
            rendered(&report),
            json!({
                "ok_count": 1,
                "errors_count": 2,
                "errors": {
                    "object #2": {
                        "type": "malformed_input",
                        "reason": "incorrect object format",
                        "caused_by": {"title": ["must be filled"]},
                    },
                    "b": {"type": "not_found", "reason": "Identity not in catalog"},
                },
            })
        );
    }

    #[test]
    fn objects_of_one_name_share_an_entry_and_are_all_counted() {
        let key = || ErrorKey::Identity(identity("a"));
        let pending = Pending {
            refused: vec![
                refused(key(), malformed(Rule::Blank)),
                refused(key(), malformed(Rule::NotText)),
            ],
            handed_on: vec![],
        };
        let report = Report::new(pending, vec![]);
        let text = serde_json::to_string(&report).expect("a report is JSON");
        assert_eq!(text.matches("\"a\":").count(), 1, "{text}");
        assert_eq!(rendered(&report)["errors_count"], 2);
    }
}
