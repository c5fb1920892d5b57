//! Whether a line of text is a sentence, which tells of a thing, or a phrase that says what it is. Invariant: it goes by
//! the characters alone, whatever the language.

use icu_properties::CodePointMapData;
use icu_properties::props::SentenceBreak;

/// Fewest words of a sentence, which has as many more for each that has digits: `Tent pegs, 12 pcs.` is none.
const WORDS_MIN: usize = 5;

/// Whether it ends as a sentence does, and is as long as one.
pub(in crate::engine) fn is_sentence(line: &str) -> bool {
    let breaks = CodePointMapData::<SentenceBreak>::new();
    let is_behind = |c: char| c.is_whitespace() || breaks.get(c) == SentenceBreak::Close;
    let ends = |c: char| matches!(breaks.get(c), SentenceBreak::STerm | SentenceBreak::ATerm);
    let last = line.trim_end_matches(is_behind).chars().next_back();
    if !last.is_some_and(|c| ends(c) || c == '…') {
        return false;
    }
    let words = line.split(|c: char| !c.is_alphanumeric());
    let words = words.filter(|word| !word.is_empty());
    let (mut all, mut numbers) = (0, 0);
    for word in words {
        all += 1;
        numbers += usize::from(word.contains(char::is_numeric));
    }
    all >= WORDS_MIN * (numbers + 1)
}

#[cfg(test)]
mod tests {
    use super::is_sentence;

    #[test]
    fn sentences_are_told_from_phrases_by_how_they_end() {
        for sentence in [
            "It keeps working when the tent did not.",
            "Open your eyes to it!",
            "Bereit für „das große Zelt“?",
            "Who said \"wet tent\"? (Nobody did.)",
            "Drží teplo aj v spánku…",
            "هل تحتاج الى خيمة جديدة؟",
            "A pair that weighs 20 grams less than one tent peg alone. ",
        ] {
            assert!(is_sentence(sentence), "{sentence}");
        }
        for phrase in [
            "",
            ".",
            "…",
            "Tent for two people",
            "Family tent.",
            "Steel tent pegs with a bag, 100 pcs.",
            "Patch cable (RJ45 M/M), 2.1 m (7-ft.)",
            "17\"",
            "Zelt, grün;",
        ] {
            assert!(!is_sentence(phrase), "{phrase}");
        }
    }
}
