//! How text becomes words, for objects and queries alike: compatibility forms unified, lower case,
//! accents folded, split at everything that is neither letter nor digit.
//! Invariant: folding is the same on both sides; whoever changes it raises [`VERSION`].

mod characters;
mod code;
mod collation;
#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a step that fails is a test that fails")]
mod gold;
mod hungarian;
mod irregular;
mod joining;
mod light;
mod markup;
mod name;
mod numbers;
mod pieces;
mod polish;
mod segment;
mod sentence;
mod slavic;
mod stem;
mod units;

pub(super) use self::code::code;
pub(super) use self::collation::Collation;
pub(super) use self::joining::Spoken;
pub(super) use self::markup::{seen, visible};
pub(super) use self::name::names;
pub(super) use self::pieces::{as_written, pieces};
pub(super) use self::segment::{Segmenter, Side};
pub(super) use self::sentence::is_sentence;
pub(super) use self::stem::{MARK, Stemmer};
use crate::domain::{Language, fold};

/// Version of the words a text becomes.
pub(super) const VERSION: u32 = 7;

/// A word of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TypedWord {
    pub(super) text: String,
    /// What it shares with its other forms, as indexed.
    pub(super) stems: Vec<String>,
    /// What else it is met by.
    pub(super) others: Vec<Other>,
}

/// Another way to write a word of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Other {
    /// Words that an object has to have, all of them.
    pub(super) texts: Vec<String>,
    /// Whether that is the same thing. Else it is what is left without the signs that say more.
    pub(super) is_same: bool,
}

impl Other {
    fn same(texts: Vec<String>) -> Self {
        Self {
            texts,
            is_same: true,
        }
    }

    /// Two words that may be what was written as one.
    pub(super) fn apart(texts: Vec<String>) -> Self {
        Self::stripped(texts)
    }

    fn stripped(texts: Vec<String>) -> Self {
        Self {
            texts,
            is_same: false,
        }
    }
}

/// The words of a query, in the order typed, at most `max`.
pub(super) fn query_words(text: &str, language: Language, max: usize) -> Vec<TypedWord> {
    let mut lower = String::new();
    fold::lower(text, &mut lower);
    let mut segmenter = Segmenter::new(&lower, Side::Query, Stemmer::new(language));
    let mut words = Vec::new();
    while words.len() < max
        && let Some(word) = segmenter.next_word()
    {
        words.push(TypedWord {
            text: word.text.into_owned(),
            stems: word.stems,
            others: word.others,
        });
    }
    words
}

/// The words of a title that say what a thing is, each once, by number: of letters, without the
/// shortest. What leads over to what the thing was made for has a number of its own, [`Spoken::made_for`].
/// Two words hardly ever have one number, and nothing breaks when they do.
pub(super) fn title_words(title: &str) -> Vec<u64> {
    const CHARS_MIN: usize = 3;
    let mut lower = String::new();
    fold::lower(&visible(title), &mut lower);
    let mut segmenter = Segmenter::new(&lower, Side::Plain, Stemmer::new(Language::Any));
    let mut words = Vec::new();
    while let Some(word) = segmenter.next_word() {
        let made_for = joining::made_for(&word.text).filter(|_| !words.is_empty());
        let number = if let Some(mark) = made_for {
            mark
        } else if word.text.chars().all(char::is_alphabetic)
            && word.text.chars().count() >= CHARS_MIN
        {
            u64::from(fnv(word.text.as_bytes()))
        } else {
            continue;
        };
        if !words.contains(&number) {
            words.push(number);
        }
    }
    words
}

/// The FNV-1a hash: it lies in the index, so it must never change.
fn fnv(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, &byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}

/// Every word an object of this text is indexed by.
pub(super) fn object_words(text: &str, language: Language) -> Vec<String> {
    let mut lower = String::new();
    fold::lower(text, &mut lower);
    let mut segmenter = Segmenter::new(&lower, Side::Object, Stemmer::new(language));
    let mut words = Vec::new();
    while let Some(word) = segmenter.next_word() {
        words.push(word.text.into_owned());
    }
    words
}

/// Two neighbouring words as one: `head set` → `headset`, `15 in` → `15inch`.
pub(super) fn joined(word: &str, next: &str) -> String {
    // A size and a fraction are numbers, too.
    let is_number = word.starts_with(|c: char| c.is_ascii_digit())
        && word
            .bytes()
            .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'x' | b'/' | b'-'));
    let unit = units::canonical(next).filter(|_| is_number);
    format!("{word}{}", unit.unwrap_or(next))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unicode_normalization::UnicodeNormalization;

    use super::*;

    fn words(text: &str) -> Vec<String> {
        let words = query_words(text, Language::Any, usize::MAX);
        words.into_iter().map(|word| word.text).collect()
    }

    fn object_words(text: &str) -> Vec<String> {
        super::object_words(text, Language::Any)
    }

    /// Whether an object of one text is found by each word of another.
    fn finds(language: Language, object: &str, typed: &str) -> bool {
        let known = super::object_words(object, language);
        let words = query_words(typed, language, usize::MAX);
        words.iter().all(|word| {
            let stems = word.stems.iter();
            let marked = stems.flat_map(|stem| [stem.clone(), format!("{MARK}{stem}")]);
            marked
                .chain([word.text.clone()])
                .any(|form| known.contains(&form))
        })
    }

    #[test]
    fn other_forms_of_a_word_are_found_in_every_language() {
        use Language as L;
        for (language, forms) in [
            (
                L::English,
                &["laptop laptops", "battery batteries", "shoe shoes"][..],
            ),
            (
                L::German,
                &["schuh schuhe", "blume blumen", "kind kinder kindern"],
            ),
            (L::French, &["chaussure chaussures", "lampe lampes"]),
            (L::Spanish, &["zapato zapatos", "camisa camisas"]),
            (L::Italian, &["scarpa scarpe", "libro libri"]),
            (L::Dutch, &["lamp lampen", "schoen schoenen"]),
            (L::Portuguese, &["sapato sapatos", "camisa camisas"]),
            (L::Romanian, &["lampa lampe", "telefon telefonul"]),
            (L::Russian, &["лампа лампы ламп лампу", "книга книги книгу"]),
            (L::Polish, &["lampa lampy lampę lampami", "but buty butów"]),
            (L::Hungarian, &["lámpa lámpák lámpát", "cipő cipőt cipők"]),
            (
                L::Czech,
                &[
                    "ponožka ponožky ponožek",
                    "okno oken",
                    "černý černá černého",
                ],
            ),
            (
                L::Slovak,
                &[
                    "ponožka ponožiek ponožky",
                    "topánka topánok",
                    "čierny čierna čierneho",
                ],
            ),
        ] {
            for forms in forms {
                for object in forms.split(' ') {
                    for typed in forms.split(' ') {
                        assert!(
                            finds(language, object, typed),
                            "{language:?}: {object} by {typed}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn other_forms_are_found_without_accents_too() {
        for (language, object, typed) in [
            (Language::Czech, "Černé ponožky", "cerna ponozka"),
            (Language::Slovak, "Čierne topánky", "cierna topanka"),
            (Language::Polish, "żółta lampa", "zolta lampy"),
            (Language::Hungarian, "lámpák", "lampak"),
            (Language::German, "Stühle", "stuhle"),
        ] {
            assert!(
                finds(language, object, typed),
                "{language:?}: {object} by {typed}"
            );
        }
    }

    #[test]
    fn case_and_accents_do_not_matter() {
        let pairs = [
            ("Žluťoučký KŮŇ", "zlutoucky kun"),
            ("Łódź Gdańsk", "lodz gdansk"),
            ("Straße STRASSE", "strasse strasse"),
            ("Ærø Œuvre Đorđe", "aero oeuvre dorde"),
            ("İstanbul ılık", "istanbul ilik"),
            ("Ёлка йод", "елка иод"),
            ("ΣΊΣΥΦΟΣ", "σισυφοσ"),
            ("꯰ ¼", "0-1/4"),
            ("ﬁne ² ª", "fine 2 a"),
            ("ＡＢＣ１２", "abc12"),
        ];
        for (typed, folded) in pairs {
            assert_eq!(words(typed).join(" "), folded, "{typed}");
        }
    }

    #[test]
    fn decomposed_input_gives_the_same_words() {
        for text in ["Žluťoučký", "ǖber", "각하", "が", "हिन्दी"] {
            let decomposed: String = text.nfd().collect();
            assert_eq!(words(&decomposed), words(text), "{text}");
            assert_eq!(words(text).len(), 1, "{text}");
        }
    }

    #[test]
    fn words_end_at_everything_but_letters_and_digits() {
        assert_eq!(words("a-b_c.d/e'f"), ["a", "b", "c", "d", "e", "f"]);
        assert_eq!(words("43.2 cm (17)"), ["43.2", "cm", "17"]);
        assert_eq!(words(" \t—…"), Vec::<String>::new());
    }

    #[test]
    fn words_beyond_the_bound_are_left_out() {
        let long = "x".repeat(segment::WORD_BYTES_MAX + 1);
        assert_eq!(words(&format!("a {long} b")), ["a", "b"]);
        assert_eq!(words(&long[1..]).len(), 1);
    }

    #[test]
    fn words_of_a_title_have_numbers_that_stay() {
        assert_eq!(title_words("A RED-hot 4x4 Žár"), title_words("red hot zar"));
        assert_eq!(title_words("foobar"), [0xbf9c_f968]);
        assert_eq!(title_words("15 kg of 4k"), [0_u64; 0]);
        let marked = title_words("foobar for x");
        assert_eq!(marked.len(), 2);
        assert!(marked[1] > u64::from(u32::MAX), "a mark is no word");
        assert_eq!(title_words("for foobar"), title_words("For foobar"));
        assert_eq!(title_words("for foobar")[1], 0xbf9c_f968);
    }

    #[test]
    fn the_number_of_words_is_bounded() {
        assert_eq!(query_words("a b c d", Language::Any, 2).len(), 2);
    }

    #[test]
    fn what_is_written_together_or_apart_is_found_either_way() {
        let finds = |object: &str, typed: &str| {
            let known = object_words(object);
            let words = words(typed);
            let pairs = words.windows(2).map(|pair| joined(&pair[0], &pair[1]));
            let joined: Vec<String> = pairs.collect();
            let is_met = |at: usize, word: &String| {
                let around = joined.iter().skip(at.saturating_sub(1)).take(2);
                known.contains(word) || around.into_iter().any(|joined| known.contains(joined))
            };
            words.iter().enumerate().all(|(at, word)| is_met(at, word))
        };
        for spellings in [
            &["t-shirt", "T Shirt"][..],
            &["wi-fi", "Wi‑Fi"],
            &["500 ml", "500ml", "500-ML"],
            &["15\"", "15 inch", "15-inch", "15″"],
            &["2.9 l", "2,9l", "2.9 litre"],
            &["TN-2110", "TN 2110"],
            &["rock'n'roll", "rock n roll"],
        ] {
            for object in spellings {
                for typed in spellings {
                    assert!(finds(object, typed), "{object} by {typed}");
                }
            }
        }
        for (object, typed) in [
            ("t-shirt", "tshirt"),
            ("TN-2110", "tn2110"),
            ("tn2110", "TN-2110"),
            ("500ml", "500"),
            ("15 in", "15\""),
            ("5901234-123457", "5901234123457"),
        ] {
            assert!(finds(object, typed), "{object} by {typed}");
        }
        assert!(!finds("2.9", "29"), "a decimal is no other number");
    }

    #[test]
    fn scripts_without_blanks_are_found_by_their_characters() {
        assert_eq!(words("東京 Tower"), ["東", "京", "tower"]);
        assert_eq!(words("iPhone手机"), ["iphone", "手", "机"]);
        assert_eq!(words("각하"), ["각하"]);
        for text in ["東京", "ทดสอบ", "カメラ"] {
            assert!(words(text).len() > 1, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_query_finds_the_text_it_was_copied_from(text in "\\PC{0,40}") {
            let known = object_words(&text);
            for word in words(&text) {
                prop_assert!(known.contains(&word), "{}", word);
            }
        }

        #[test]
        fn folding_twice_is_folding_once(text in "\\PC{0,40}") {
            // Each alone: `0` and `1/4` beside each other are one number.
            let once = words(&text);
            let twice: Vec<String> = once.iter().flat_map(|word| words(word)).collect();
            prop_assert_eq!(twice, once);
        }

        #[test]
        fn ascii_takes_the_same_way_with_and_without_other_letters(text in "[ -~]{0,40}") {
            let mut mixed = words(&format!("{text} ж"));
            mixed.pop();
            prop_assert_eq!(mixed, words(&text));
        }
    }
}
