//! What is wrong with an object that was sent (docs/reference/02-content.md §7). The place and the broken
//! rule are kept apart; a rule says in a sentence what to change, the same to every way objects come in by.

use std::fmt;

/// Three of the accepted spellings of a date.
pub const DATE_TIME_WANTED: &str =
    "must be a date time, such as 2019-05-17T21:12:35+00:00, 2019-05-17 21:12:35 or 2019-05-17";

/// A rule of the object model that a value broke.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Required and not sent.
    Missing,
    /// Required to be non-blank.
    Blank,
    NotText,
    NotInteger,
    NotList,
    NotMap,
    NotDateTime,
    NotTypeName,
    TooLong {
        bytes_max: usize,
    },
    ControlCharacters,
    /// Outside an inclusive range.
    NotBetween {
        min: i64,
        max: i64,
    },
    /// More entries than one object may have.
    TooManyAttributes {
        max: usize,
    },
    /// More elements than a list may have.
    TooManyEntries {
        max: usize,
    },
    /// The site already has as many distinct attributes as it may.
    SiteAttributesFull {
        max: usize,
    },
    /// What is only mentioned and would change is too large to be held together.
    MentionsTooMuch,
    /// The identity stands more than once in a request where it must not.
    NotUnique,
    /// The value is fixed once the object exists.
    Unchangeable,
}

impl fmt::Display for Rule {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match *self {
            Self::Missing => "is missing",
            Self::Blank => "must be filled",
            Self::NotText => "must be a string",
            Self::NotInteger => "must be an integer",
            Self::NotList => "must be an array",
            Self::NotMap => "must be a hash",
            Self::NotDateTime => DATE_TIME_WANTED,
            Self::NotTypeName => "must be a valid type name",
            Self::ControlCharacters => "must not contain control characters",
            Self::NotUnique => "must be unique within the request",
            Self::Unchangeable => "cannot be changed",
            Self::MentionsTooMuch => {
                "must not change so many large objects by mentioning them; send those as objects of their own"
            }
            Self::TooLong { bytes_max } => {
                return write!(out, "must be at most {bytes_max} bytes long");
            }
            Self::NotBetween { min, max } => return write!(out, "must be between {min} and {max}"),
            Self::TooManyAttributes { max } => {
                return write!(out, "must have at most {max} attributes");
            }
            Self::TooManyEntries { max } => return write!(out, "must have at most {max} entries"),
            Self::SiteAttributesFull { max } => {
                return write!(
                    out,
                    "must not add to the {max} attributes the site may have; send names that are there, or delete the \
                     objects that have others: a name that no object has is free again"
                );
            }
        })
    }
}

/// One broken rule and where: `["nested", "0", "ancestors", "1", "title"]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub path: Vec<String>,
    pub rule: Rule,
}

/// Everything found wrong with one object; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems(Vec<Problem>);

impl Problems {
    pub fn one<S: Into<String>>(path: impl IntoIterator<Item = S>, rule: Rule) -> Self {
        Self(vec![Problem {
            path: path.into_iter().map(Into::into).collect(),
            rule,
        }])
    }

    /// `None` when nothing was found wrong.
    pub fn from_list(list: Vec<Problem>) -> Option<Self> {
        (!list.is_empty()).then_some(Self(list))
    }

    /// These problems, then `more`.
    #[must_use]
    pub fn and(mut self, more: impl IntoIterator<Item = Problem>) -> Self {
        self.0.extend(more);
        self
    }

    /// The same problems, seen from one level further out.
    #[must_use]
    pub fn under(mut self, outer: &[&str]) -> Self {
        for problem in &mut self.0 {
            problem
                .path
                .splice(0..0, outer.iter().map(|&step| step.to_owned()));
        }
        self
    }

    pub fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.0.iter()
    }

    pub fn into_list(self) -> Vec<Problem> {
        self.0
    }
}
