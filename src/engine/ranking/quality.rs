//! How well a query is met, in one number, and how an object is called beside that. Invariant: what meets
//! more of the query, or meets it better, is never below what meets less.

/// How the words of a query were met; greater is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MatchQuality(u32);

impl MatchQuality {
    const STEPS: f32 = 8.0;
    const EDITS_MAX: u32 = 7;
    /// Of an object that has the query for an article code: it is what is meant, more than what tells of
    /// the code.
    pub const CODE: Self = Self(Self::FULL.0 + 2);
    /// Of a search without a text.
    pub const FULL: Self = Self(((Self::STEPS as u32 + 1) * (Self::EDITS_MAX + 1) - 1) * 2 + 1);

    /// Of an object that meets words of this share of what the query tells, with so many edits.
    pub fn new(share: f32, edits: u32, called: Called) -> Self {
        // What a sum of floats lost must not cost a step.
        const LOST: f32 = 1e-4;
        let met = ((share.clamp(0.0, 1.0) + LOST) * Self::STEPS) as u32;
        let right = Self::EDITS_MAX - edits.min(Self::EDITS_MAX);
        Self((met * (Self::EDITS_MAX + 1) + right) * 2 + u32::from(called.is_so()))
    }

    /// Greater is better.
    pub fn step(self) -> u32 {
        self.0
    }

    /// Whether the words are met equally well, whatever the object is called.
    pub fn meets_as_much_as(self, other: Self) -> bool {
        self.0 / 2 == other.0 / 2
    }
}

/// Whether an object is what the query calls it, beside having the words; greater is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Called(u8);

impl Called {
    const TITLE: u8 = 8;
    const KIND: u8 = 4;
    const ITSELF: u8 = 2;
    const IN_TITLE: u8 = 1;
    /// The greatest.
    pub const MAX: u8 = 15;
    /// The title, the kind and the thing itself.
    pub const BEST: Self = Self(Self::MAX);
    /// Nothing speaks for it, nothing against it.
    pub const OTHERWISE: Self = Self(Self::ITSELF);

    /// By the query as its title, and as the title of a category it is in.
    pub fn new(is_title: bool, is_kind: bool) -> Self {
        let title = if is_title { Self::TITLE } else { 0 };
        let kind = if is_kind { Self::KIND } else { 0 };
        Self(title + kind + Self::ITSELF)
    }

    /// And by whether every word is in its title as typed.
    #[must_use]
    pub fn in_title(self, has_all: bool) -> Self {
        Self(self.0 | if has_all { Self::IN_TITLE } else { 0 })
    }

    /// Where the title says that the object was made for what is looked for: a case for a phone. What is of
    /// the kind itself, or called so, is that whatever it was made for.
    #[must_use]
    pub fn made_for_it(self) -> Self {
        if self.is_kind() || self.0 & Self::TITLE > 0 {
            self
        } else {
            Self(self.0 & !Self::ITSELF)
        }
    }

    pub fn is_title(self) -> bool {
        self.0 & Self::TITLE > 0
    }

    pub fn is_kind(self) -> bool {
        self.0 & Self::KIND > 0
    }

    /// Whether it is called so at all.
    fn is_so(self) -> bool {
        self.0 & !Self::ITSELF > 0
    }

    /// From 0 to [`Self::MAX`].
    pub fn rank(self) -> u8 {
        self.0
    }
}
