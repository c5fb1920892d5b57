//! What may be wrong with an event that is counted all the same
//! (docs/reference/06-autocomplete-and-others.md §6.7). Invariant: there are few kinds, all known here.

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum FaultKind {
            $($(#[$doc])* $variant,)*
        }

        impl FaultKind {
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// As metrics name it.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

kinds! {
    /// A list of a name that is none of the four.
    UnknownList = "unknown_list",
    /// An item without `url`, or with one that can be no identity: it is left out.
    ItemWithoutUrl = "item_without_url",
    ItemWithoutPosition = "item_without_position",
    ItemWithoutTitle = "item_without_title",
    ItemWithoutType = "item_without_type",
    /// A position that is not behind the one before it.
    PositionOrder = "position_order",
    NegativePrice = "negative_price",
    /// More items or lines than are counted.
    TooManyItems = "too_many_items",
    WithoutQuery = "without_query",
    WithoutScopes = "without_scopes",
    WithoutPlace = "without_recommender_client_id",
    /// A line without what it must say.
    IncompleteLine = "incomplete_line",
    /// Something was clicked that no list of the session showed.
    NeverShown = "never_shown",
    /// What the catalog does not have.
    UnknownIdentity = "unknown_identity",
    /// A query that is not kept: there are as many as may be, or it is too long.
    QueryNotKept = "query_not_kept",
}

impl FaultKind {
    pub const COUNT: usize = Self::ALL.len();
}

/// How often each of them was met.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Faults([u32; FaultKind::COUNT]);

impl Faults {
    pub fn note(&mut self, kind: FaultKind) {
        self.note_times(kind, 1);
    }

    pub fn note_times(&mut self, kind: FaultKind, times: u32) {
        let count = &mut self.0[kind as usize];
        *count = count.saturating_add(times);
    }

    pub fn of(&self, kind: FaultKind) -> u32 {
        self.0[kind as usize]
    }

    /// Those that were met.
    pub fn iter(&self) -> impl Iterator<Item = (FaultKind, u32)> {
        let all = FaultKind::ALL.iter().copied().zip(self.0);
        all.filter(|(_, count)| *count > 0)
    }
}
