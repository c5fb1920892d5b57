//! What an object as sent asks for: a whole object (POST), a partial change (PATCH), a key to delete
//! (DELETE). Invariant: everything wrong with an object is told at once (docs/reference/02-content.md §7).

use super::object::{PROBLEMS_MAX, Sent, SentObject};
use super::report::SentFile;
use crate::domain::{
    ActivePeriod, Change, Generation, Identity, Object, ObjectKey, ObjectParts, ObjectPatch,
    ObjectType, Problem, Problems, Rule,
};

/// One element of a write request.
pub trait Element: Sized + Send + 'static {
    /// `identity` is what [`SentObject::identity`] gave for the same object.
    fn check(sent: &mut SentObject, identity: Result<Identity, Rule>) -> Result<Self, Problems>;

    fn identity(&self) -> &Identity;

    /// As far as it was told.
    fn object_type(&self) -> Option<&ObjectType>;

    /// The upload it belongs to, where it says so.
    fn generation(&self) -> Option<&Generation>;

    /// What is to be fetched of it; `None` of what was not sent as a file.
    fn file(&self) -> Option<SentFile> {
        None
    }
}

/// POST (docs/reference/02-content.md §3).
impl Element for Object {
    fn check(sent: &mut SentObject, identity: Result<Identity, Rule>) -> Result<Self, Problems> {
        let mut found = Findings::default();
        let legacy_url = sent.legacy_url();
        let master = sent.master();
        let parts = (
            found.note("identity", identity),
            found.note("type", sent.object_type().and_then(required)),
            found.note("generation", sent.generation()),
            found.note("active_from", sent.active_from()),
            found.note("active_to", sent.active_to()),
            found.note_all(sent.nested()),
            found.note("fields", sent.take_whole_fields()),
        );
        let (
            Some(identity),
            Some(object_type),
            Some(generation),
            Some(from),
            Some(to),
            Some(nested),
            Some(fields),
        ) = parts
        else {
            if let Some(fields) = &parts.6 {
                found.list.extend(Object::check_fields(fields));
            }
            return Err(found.into_problems());
        };
        let object = Object::new(ObjectParts {
            identity,
            object_type,
            generation,
            active: ActivePeriod { from, to },
            legacy_url,
            master,
            fields,
            nested,
        });
        let object = object.map_err(limited)?;
        Ok(if sent.is_file() {
            object.into_file()
        } else {
            object
        })
    }

    fn identity(&self) -> &Identity {
        &self.identity
    }

    fn object_type(&self) -> Option<&ObjectType> {
        Some(&self.object_type)
    }

    fn generation(&self) -> Option<&Generation> {
        self.generation.as_ref()
    }

    fn file(&self) -> Option<SentFile> {
        SentFile::of(self)
    }
}

/// PATCH (docs/reference/02-content.md §5): what is absent stays, what is `null` goes.
impl Element for ObjectPatch {
    fn check(sent: &mut SentObject, identity: Result<Identity, Rule>) -> Result<Self, Problems> {
        let mut found = Findings::default();
        let parts = (
            found.note("identity", identity),
            found.note("type", sent.object_type()),
            found.note("generation", change(&sent.generation, sent.generation())),
            found.note("active_from", change(&sent.active_from, sent.active_from())),
            found.note("active_to", change(&sent.active_to, sent.active_to())),
            found.note_all(sent.nested()),
            found.note("fields", sent.take_changed_fields()),
        );
        let (
            Some(identity),
            Some(object_type),
            Some(generation),
            Some(active_from),
            Some(active_to),
            Some(nested),
            Some(fields),
        ) = parts
        else {
            return Err(found.into_problems());
        };
        Ok(Self {
            identity,
            object_type,
            is_file: sent.is_file(),
            generation,
            active_from,
            active_to,
            fields,
            nested: (!matches!(sent.nested, Sent::Absent)).then_some(nested),
        })
    }

    fn identity(&self) -> &Identity {
        &self.identity
    }

    fn object_type(&self) -> Option<&ObjectType> {
        self.object_type.as_ref()
    }

    fn generation(&self) -> Option<&Generation> {
        match &self.generation {
            Change::Set(generation) => Some(generation),
            Change::Keep | Change::Clear => None,
        }
    }

    fn file(&self) -> Option<SentFile> {
        SentFile::of_patch(self)
    }
}

/// DELETE (docs/reference/02-content.md §6): both keys and nothing else.
impl Element for ObjectKey {
    fn check(sent: &mut SentObject, identity: Result<Identity, Rule>) -> Result<Self, Problems> {
        let mut found = Findings::default();
        let identity = found.note("identity", identity);
        let object_type = found.note("type", sent.object_type().and_then(required));
        let (Some(identity), Some(object_type)) = (identity, object_type) else {
            return Err(found.into_problems());
        };
        Ok(Self {
            identity,
            object_type,
        })
    }

    fn identity(&self) -> &Identity {
        &self.identity
    }

    fn object_type(&self) -> Option<&ObjectType> {
        Some(&self.object_type)
    }

    fn generation(&self) -> Option<&Generation> {
        None
    }
}

/// Problems found so far. A part that is wrong is noted and left out, so that the rest is looked at too.
#[derive(Default)]
struct Findings {
    list: Vec<Problem>,
}

impl Findings {
    fn note<T>(&mut self, key: &str, read: Result<T, Rule>) -> Option<T> {
        self.note_all(read.map_err(|rule| Problems::one([key], rule)))
    }

    fn note_all<T>(&mut self, read: Result<T, Problems>) -> Option<T> {
        read.map_err(|problems| self.list.extend(problems.into_list()))
            .ok()
    }

    fn into_problems(self) -> Problems {
        let problems = Problems::from_list(self.list);
        limited(problems.expect("a part is only left out with its problem noted"))
    }
}

fn limited(problems: Problems) -> Problems {
    let mut list = problems.into_list();
    list.truncate(PROBLEMS_MAX);
    Problems::from_list(list).expect("problems are never empty and the limit is not zero")
}

fn required<T>(sent: Option<T>) -> Result<T, Rule> {
    sent.ok_or(Rule::Missing)
}

/// The change a patch makes to a part: `read` is what was sent, empty texts and `null` clear.
fn change<K, T>(sent: &Sent<K>, read: Result<Option<T>, Rule>) -> Result<Change<T>, Rule> {
    Ok(match (sent, read?) {
        (Sent::Absent, _) => Change::Keep,
        (_, None) => Change::Clear,
        (_, Some(value)) => Change::Set(value),
    })
}
