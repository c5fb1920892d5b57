//! Objects that were refused lately, and why, for the people who send them. Invariant: what is told of one is short,
//! whatever was sent.

use super::batch::Refusal;
use super::identity::{Identity, ObjectType};
use super::problem::Problems;
use super::time::Timestamp;

/// Longest reason, in characters.
const REASON_CHARS_MAX: usize = 300;

/// Longest name of what has no identity, in characters.
const NAME_CHARS_MAX: usize = 200;

/// What was to be done with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RefusedCall {
    Replace,
    Patch,
    Delete,
    /// Any write of a document.
    Document,
    /// A row of a source that was read.
    Row,
}

impl RefusedCall {
    pub const ALL: [(&str, Self); 5] = [
        ("replace", Self::Replace),
        ("patch", Self::Patch),
        ("delete", Self::Delete),
        ("document", Self::Document),
        ("row", Self::Row),
    ];

    pub fn as_str(self) -> &'static str {
        let found = Self::ALL.iter().find(|(_, known)| *known == self);
        found.map_or("replace", |(name, _)| name)
    }

    pub fn from_name(name: &str) -> Option<Self> {
        let found = Self::ALL.iter().find(|(known, _)| *known == name);
        found.map(|(_, call)| *call)
    }
}

/// One that was refused.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RefusedObject {
    /// Its identity or what else it is called by; empty where it has no name.
    pub name: String,
    pub is_identity: bool,
    /// As it was sent; `None` where it was not told or cannot be one.
    pub object_type: Option<ObjectType>,
    pub call: RefusedCall,
    pub reason: String,
}

impl RefusedObject {
    /// One that was sent under this identity, or under none that can be one.
    pub fn sent(
        identity: Option<&Identity>,
        object_type: Option<ObjectType>,
        call: RefusedCall,
        reason: String,
    ) -> Self {
        Self {
            name: identity.map_or(String::new(), ToString::to_string),
            is_identity: identity.is_some(),
            object_type,
            call,
            reason: shortened(reason, REASON_CHARS_MAX),
        }
    }

    /// A row of a source, by its key.
    pub fn of_row(source: &str, key: &str, reason: String) -> Self {
        Self {
            name: shortened(format!("{source}: {key}"), NAME_CHARS_MAX),
            ..Self::sent(None, None, RefusedCall::Row, reason)
        }
    }
}

/// What was refused of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RefusedOfRequest {
    /// All of them.
    pub count: u64,
    /// The first, at most [`RefusedLately::KEPT_MAX`].
    pub told: Vec<RefusedObject>,
}

/// One that was refused for one reason, once or more often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedLately {
    pub object: RefusedObject,
    pub times: u64,
    pub first: Timestamp,
    pub last: Timestamp,
}

impl RefusedLately {
    /// Most that are kept of a site; the oldest go first.
    pub const KEPT_MAX: usize = 1_000;

    /// How long they are kept, in seconds.
    pub const KEPT_S: i64 = 24 * 60 * 60;
}

/// Those of the last day, the last first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RefusedList {
    pub listed: Vec<RefusedLately>,
    /// Kept, and not among the listed ones.
    pub more: u64,
}

/// Why, in a sentence.
pub fn refusal_reason(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Malformed(problems) => problems_reason(problems),
        Refusal::NotFound => "is not in the catalog".to_owned(),
        Refusal::SchemaMismatch(mismatch) => shortened(
            format!(
                "{}: `{}` is not of the type that the attribute has ({:?})",
                mismatch.attribute, mismatch.value, mismatch.expected
            ),
            REASON_CHARS_MAX,
        ),
    }
}

/// The same of what made no object.
pub fn problems_reason(problems: &Problems) -> String {
    let lines: Vec<String> = problems
        .iter()
        .map(|problem| format!("{}: {}", problem.path.join("."), problem.rule))
        .collect();
    shortened(lines.join("; "), REASON_CHARS_MAX)
}

fn shortened(words: String, chars_max: usize) -> String {
    if words.chars().count() <= chars_max {
        return words;
    }
    let mut short: String = words.chars().take(chars_max).collect();
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_is_short_and_calls_keep_their_names() {
        let long = "é".repeat(5_000);
        let one = RefusedObject::of_row("items", &long, long.clone());
        assert_eq!(one.name.chars().count(), NAME_CHARS_MAX + 1);
        assert_eq!(one.reason.chars().count(), REASON_CHARS_MAX + 1);
        for (name, call) in RefusedCall::ALL {
            assert_eq!(RefusedCall::from_name(name), Some(call));
            assert_eq!(call.as_str(), name);
        }
    }
}
