//! The language of a site's texts.

/// What inflected words are reduced by. Texts of any language are found by their own words; the
/// language adds the other forms of each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Language {
    /// Words as they are, without case and accents.
    #[default]
    Any,
    Czech,
    Dutch,
    English,
    French,
    German,
    Hungarian,
    Italian,
    Polish,
    Portuguese,
    Romanian,
    Russian,
    Slovak,
    Spanish,
}

impl Language {
    /// Every language and its code (ISO 639-1).
    pub const ALL: [(&str, Self); 14] = [
        ("none", Self::Any),
        ("cs", Self::Czech),
        ("nl", Self::Dutch),
        ("en", Self::English),
        ("fr", Self::French),
        ("de", Self::German),
        ("hu", Self::Hungarian),
        ("it", Self::Italian),
        ("pl", Self::Polish),
        ("pt", Self::Portuguese),
        ("ro", Self::Romanian),
        ("ru", Self::Russian),
        ("sk", Self::Slovak),
        ("es", Self::Spanish),
    ];

    /// Whether it writes words together to make new ones, `Kleider` and `Schrank` to `Kleiderschrank`.
    pub fn makes_compounds(self) -> bool {
        matches!(self, Self::Dutch | Self::German | Self::Hungarian)
    }

    pub fn from_code(code: &str) -> Option<Self> {
        let found = Self::ALL.iter().find(|(known, _)| *known == code);
        found.map(|(_, language)| *language)
    }

    pub fn code(self) -> &'static str {
        let found = Self::ALL.iter().find(|(_, language)| *language == self);
        found.map_or("none", |(code, _)| code)
    }
}
