//! How well a query is met, in one number. Invariant: what meets more of the query, or meets it better, is
//! never below what meets less; how an object is called decides among equals only.

/// How the words of a query were met; greater is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MatchQuality(u32);

/// What an object is called, beside having the words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Likeness {
    /// Its title is the query.
    pub is_title: bool,
    /// It is in a category whose title is the query.
    pub is_kind: bool,
    /// Every word is in its title as typed.
    pub all_in_title: bool,
}

impl MatchQuality {
    const STEPS: f32 = 8.0;
    const EDITS_MAX: u32 = 7;
    /// Of an object that has the query for an article code: it is what is meant, more than what tells of
    /// the code.
    pub const CODE: Self = Self(Self::FULL.0 + 2);
    /// Of a search without a text.
    pub const FULL: Self =
        Self(((Self::STEPS as u32 + 1) * (Self::EDITS_MAX + 1)) * Self::CALLED - 1);

    const CALLED: u32 = 16;
    const TITLE: u32 = 8;
    const KIND: u32 = 4;
    /// The title does not say that the object was made for what is looked for.
    const ITSELF: u32 = 2;
    const IN_TITLE: u32 = 1;

    /// Of an object that meets words of this share of what the query tells, with so many edits.
    pub fn new(share: f32, edits: u32, likeness: Likeness) -> Self {
        // What a sum of floats lost must not cost a step.
        const LOST: f32 = 1e-4;
        let met = ((share.clamp(0.0, 1.0) + LOST) * Self::STEPS) as u32;
        let right = Self::EDITS_MAX - edits.min(Self::EDITS_MAX);
        let sign = |is: bool, worth: u32| if is { worth } else { 0 };
        let called = sign(likeness.is_title, Self::TITLE)
            + sign(likeness.is_kind, Self::KIND)
            + Self::ITSELF
            + sign(likeness.all_in_title, Self::IN_TITLE);
        Self((met * (Self::EDITS_MAX + 1) + right) * Self::CALLED + called)
    }

    /// The same of an object whose title says that it was made for what is looked for: a case for a phone.
    /// What is of the kind itself, or called so, is that whatever it was made for.
    pub fn of_what_is_made_for_it(self) -> Self {
        let is_called_so = self.0 & (Self::TITLE | Self::KIND) != 0;
        if is_called_so || self > Self::FULL {
            self
        } else {
            Self(self.0 & !Self::ITSELF)
        }
    }

    /// Greater is better.
    pub fn step(self) -> u32 {
        self.0
    }

    /// Whether the words are met equally well, whatever the object is called.
    pub fn meets_as_much_as(self, other: Self) -> bool {
        self.0 / Self::CALLED == other.0 / Self::CALLED
    }
}
