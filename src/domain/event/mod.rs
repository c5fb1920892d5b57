//! What visitors of a shop do, and what it counts for (docs/reference/06-autocomplete-and-others.md §6). The wire
//! says what was sent, here it gets its meaning. Invariant: what is wrong with an event and can be counted all
//! the same is a [`FaultKind`], never a refusal, and everything an event holds is bounded.

mod fault;
mod group;
mod list;
mod query;
mod query_filters;
mod score;
mod session;
mod times;

pub use fault::{FaultKind, Faults};
pub use group::{Group, GroupKind};
pub use list::{ListKind, ListView, Place, SentItem, SentList, SentQuery};
pub use query::{RecordedQuery, begins_a_word, word_starts};
pub use query_filters::{QUERY_TYPE, query_meets};
pub use score::ItemCounts;
pub use session::{ItemKey, SeenList, Session};
pub use times::{day_of, moment};

use super::identity::Identity;
use super::time::Timestamp;

macro_rules! event_text {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Box<str>);

        impl $name {
            /// Longest one, in bytes of UTF-8.
            pub const BYTES_MAX: usize = 256;

            /// `None` when the text is blank or too long.
            pub fn new(text: &str) -> Option<Self> {
                let is_good = !text.trim().is_empty() && text.len() <= Self::BYTES_MAX;
                is_good.then(|| Self(text.into()))
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
    };
}

event_text! {
    /// Says which event it is: the same id again is the same event.
    EventId
}

event_text! {
    /// What a shop calls some of its visits.
    Label
}

event_text! {
    /// A device or a customer, as the shop names it. `5` and `"5"` are one.
    ClientId
}

/// One thing that one client did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    pub id: EventId,
    pub client: ClientId,
    /// Who is logged in there.
    pub customer: Option<ClientId>,
    /// `None` when it says a time that cannot be: it is dropped.
    pub at: Option<Timestamp>,
    /// `false` when the visitor does not want anything to be kept about them.
    pub may_be_kept: bool,
    /// The variant of an A/B test that its session is of.
    pub variant: Option<Label>,
    /// Pairs of its context, at most [`Group::CONTEXT_MAX`].
    pub context: Vec<Label>,
    pub kind: EventKind,
    pub faults: Faults,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// A page was opened; `None` where its address can be no identity.
    View(Option<Identity>),
    Lists(Vec<ListView>),
    /// Something in a list, or on its own page, was clicked or did what the shop is for.
    Act {
        act: Act,
        target: Option<Identity>,
    },
    Transaction(Vec<Line>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Act {
    Click,
    /// Whatever is no click: put into the basket, onto a list of wishes.
    Conversion,
}

impl Act {
    /// By the `type` of an action.
    pub fn named(name: &str) -> Self {
        if name == "click" {
            Self::Click
        } else {
            Self::Conversion
        }
    }
}

/// One line of what was bought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub item: Identity,
    pub pieces: u32,
}

impl Event {
    /// Lines of one transaction; further ones are not counted.
    pub const LINES_MAX: usize = 500;
}

/// What became of one event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recorded {
    Counted,
    /// An event of this id was counted before.
    Repeated,
    /// It says a time that cannot be, or one for which nothing is kept any more.
    Dropped,
    /// Its session has as many events as one may have.
    OverSession,
}
