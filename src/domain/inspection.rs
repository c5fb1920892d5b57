//! What somebody sees who looks into a catalog: what is in it, and what is known of one object. Invariant: a number
//! that was not counted over everything says over how much it was.

use super::identity::{Generation, ObjectType};
use super::object::Object;
use super::source::SourceName;
use super::time::Timestamp;

/// What a catalog holds, by type and generation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Survey {
    /// All objects there are.
    pub objects: u64,
    /// Of them, those that were looked at: all, or a part that is spread over the order of first appearance.
    pub looked_at: u64,
    /// By count, the largest first, then by name.
    pub types: Vec<TypeSurvey>,
}

impl Survey {
    /// Most objects looked at one by one. They take about 0.1 s.
    pub const OBJECTS_MAX: u64 = 250_000;

    /// Most types, and generations of all types together, that are told apart; what further ones hold is counted
    /// with no type of its own.
    pub const GROUPS_MAX: usize = 10_000;

    /// Whether everything was looked at.
    pub fn is_complete(&self) -> bool {
        self.looked_at == self.objects
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeSurvey {
    pub object_type: ObjectType,
    pub objects: u64,
    /// By count, the largest first, then by name; `None` stands for objects without one.
    pub generations: Vec<(Option<Generation>, u64)>,
    /// When an object of the type was written or deleted last, as far as that was noted.
    pub last_write: Option<Timestamp>,
}

/// Objects of a type that stand for the others.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// In order of first appearance, taken evenly out of it.
    pub objects: Vec<Object>,
    /// They are all there are.
    pub is_complete: bool,
}

impl Sample {
    /// Most objects of one.
    pub const OBJECTS_MAX: usize = 500;
}

/// One object as it lies in the store.
#[derive(Clone, Debug, PartialEq)]
pub struct Inspected {
    pub object: Object,
    /// The last write that changed it.
    pub updated_at: Timestamp,
    /// Length of its content as it is stored, in bytes.
    pub json_bytes: usize,
    pub made_of: MadeOf,
}

/// Who wrote an object last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MadeOf {
    /// A call of an API.
    Call,
    /// A row of a source, by its key.
    Row { source: SourceName, key: String },
    /// What was nested in the object of a row.
    NestedInRow { source: SourceName },
}
