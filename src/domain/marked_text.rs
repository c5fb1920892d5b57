//! Text with the parts marked that the words of a query meet. Invariant: the parts together are a piece
//! of the text, unchanged; what they become in HTML is safe there.

use std::ops::Range;

use super::hidden::ShownName;
use super::html;

/// How the text of an attribute is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HighlightRequest {
    pub field: ShownName,
    /// Longest piece of it; the whole when `None`.
    pub chars_max: Option<usize>,
    /// Whether a text without a met word is wanted, too.
    pub fallback: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MarkedText {
    parts: Vec<TextPart>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TextPart {
    Plain(String),
    Met(String),
}

impl MarkedText {
    /// Marks ranges of the text, which ascend and do not overlap.
    pub fn new(text: &str, met: &[Range<usize>]) -> Self {
        Self::of_piece(text, 0..text.len(), met)
    }

    /// The piece of the text that has most of the met ranges, of at most so many characters; its
    /// beginning where nothing is met. It begins and ends between words where it can.
    pub fn fragment(text: &str, met: &[Range<usize>], chars_max: usize) -> Self {
        let piece = Piece::of(text, chars_max).around(met);
        Self::of_piece(text, piece, met)
    }

    fn of_piece(text: &str, piece: Range<usize>, met: &[Range<usize>]) -> Self {
        let mut parts = Vec::new();
        let mut at = piece.start;
        let plain = |from: usize, to: usize, parts: &mut Vec<TextPart>| {
            if from < to {
                parts.push(TextPart::Plain(text[from..to].to_owned()));
            }
        };
        for range in met {
            let (start, end) = (range.start.max(at), range.end.min(piece.end));
            if start >= end {
                continue;
            }
            plain(at, start, &mut parts);
            parts.push(TextPart::Met(text[start..end].to_owned()));
            at = end;
        }
        plain(at, piece.end, &mut parts);
        Self { parts }
    }

    pub fn parts(&self) -> &[TextPart] {
        &self.parts
    }

    pub fn has_met(&self) -> bool {
        let mut parts = self.parts.iter();
        parts.any(|part| matches!(part, TextPart::Met(_)))
    }

    /// As HTML, what is met between two tags.
    pub fn to_html(&self, open: &str, close: &str) -> String {
        let mut html = String::new();
        for part in &self.parts {
            match part {
                TextPart::Plain(text) => html::push_escaped(text, &mut html),
                TextPart::Met(text) => {
                    html.push_str(open);
                    html::push_escaped(text, &mut html);
                    html.push_str(close);
                }
            }
        }
        html
    }
}

/// Where a piece of a text may begin and end.
struct Piece<'t> {
    text: &'t str,
    /// Where each character begins, and the end of the text.
    bounds: Vec<usize>,
    chars_max: usize,
}

impl<'t> Piece<'t> {
    fn of(text: &'t str, chars_max: usize) -> Self {
        let starts = text.char_indices().map(|(at, _)| at);
        Self {
            text,
            bounds: starts.chain([text.len()]).collect(),
            chars_max,
        }
    }

    fn chars(&self) -> usize {
        self.bounds.len() - 1
    }

    /// The number of the character that begins at or after this byte.
    fn char_at(&self, byte: usize) -> usize {
        self.bounds.partition_point(|&bound| bound < byte)
    }

    fn around(&self, met: &[Range<usize>]) -> Range<usize> {
        if self.chars() <= self.chars_max {
            return 0..self.text.len();
        }
        let met: Vec<Range<usize>> = met
            .iter()
            .map(|range| self.char_at(range.start)..self.char_at(range.end))
            .collect();
        let (mut first, mut last, mut most) = (0, 0, 0);
        for (at, range) in met.iter().enumerate() {
            let fits = |next: &&Range<usize>| next.end - range.start <= self.chars_max;
            let together = met[at..].iter().take_while(fits).count();
            // A word longer than the piece is cut, but it is there.
            if together.max(1) > most {
                most = together.max(1);
                first = range.start;
                last = met[at + together.max(1) - 1].end;
            }
        }
        let span = (last - first).min(self.chars_max);
        let start = first.saturating_sub((self.chars_max - span) / 2);
        let start = start.min(self.chars() - self.chars_max);
        let start = self.word_start(start, first);
        let end = (start + self.chars_max).min(self.chars());
        let end = self.word_end(end, (first + span).max(start));
        self.bounds[start]..self.bounds[end]
    }

    /// The first beginning of a word from `start` on, but not behind `before`.
    fn word_start(&self, start: usize, before: usize) -> usize {
        let mut starts = (start..=before).filter(|&at| self.is_word_start(at));
        starts.next().unwrap_or(start)
    }

    /// The last end of a word up to `end`, but not before `after`.
    fn word_end(&self, end: usize, after: usize) -> usize {
        let mut ends = (after..=end)
            .rev()
            .filter(|&at| at == self.chars() || self.is_blank(at));
        let end = ends.next().unwrap_or(end);
        // Without the blanks before it.
        let mut bare = end;
        while bare > after && self.is_blank(bare - 1) {
            bare -= 1;
        }
        bare
    }

    fn is_word_start(&self, at: usize) -> bool {
        at == 0 || (self.is_blank(at - 1) && at < self.chars() && !self.is_blank(at))
    }

    fn is_blank(&self, at: usize) -> bool {
        let rest = self.bounds.get(at).and_then(|&byte| self.text.get(byte..));
        rest.and_then(|rest| rest.chars().next())
            .is_some_and(char::is_whitespace)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    /// Ranges of every occurrence of the words.
    fn met(text: &str, words: &[&str]) -> Vec<Range<usize>> {
        let mut met: Vec<Range<usize>> = words
            .iter()
            .flat_map(|word| text.match_indices(word))
            .map(|(at, word)| at..at + word.len())
            .collect();
        met.sort_by_key(|range| range.start);
        met
    }

    fn fragment(text: &str, words: &[&str], chars_max: usize) -> String {
        MarkedText::fragment(text, &met(text, words), chars_max).to_html("[", "]")
    }

    #[test]
    fn text_becomes_safe_html() {
        let text = "<b>\"Tom\" & 'wool'</b>";
        let marked = MarkedText::new(text, &met(text, &["wool", "Tom"]));
        assert!(marked.has_met());
        assert_eq!(
            marked.to_html("<em>", "</em>"),
            "&lt;b&gt;&quot;<em>Tom</em>&quot; &amp; &#39;<em>wool</em>&#39;&lt;/b&gt;"
        );
        assert!(!MarkedText::new(text, &[]).has_met());
    }

    #[rstest]
    #[case::short_text("warm wool socks", &["wool"], 40, "warm [wool] socks")]
    #[case::nothing_met("warm wool socks for long walks", &[], 12, "warm wool")]
    #[case::in_the_middle("a long story about some wool that grew", &["wool"], 15, "some [wool] that")]
    #[case::most_of_them("wool is dear, but wool socks are warm", &["wool", "socks"], 16, "[wool] [socks] are")]
    #[case::at_the_end("socks are made of wool", &["wool"], 10, "of [wool]")]
    #[case::a_word_too_long("hippopotamus", &["hippopotamus"], 5, "[hippo]")]
    #[case::no_room("wool", &["wool"], 0, "")]
    #[case::accents("žluťoučký kůň pěl ódy", &["kůň"], 8, "[kůň] pěl")]
    fn a_fragment_has_the_met_words(
        #[case] text: &str,
        #[case] words: &[&str],
        #[case] chars_max: usize,
        #[case] expected: &str,
    ) {
        assert_eq!(fragment(text, words, chars_max), expected);
    }

    proptest! {
        #[test]
        fn a_fragment_is_a_short_piece_of_the_text(
            text in "[a-cžß \n]{0,60}",
            word in "[a-cž]{1,3}",
            chars_max in 0_usize..30,
        ) {
            let met = met(&text, &[&word]);
            let marked = MarkedText::fragment(&text, &met, chars_max);
            let plain: String = marked
                .parts()
                .iter()
                .map(|part| match part { TextPart::Plain(text) | TextPart::Met(text) => text.as_str() })
                .collect();
            prop_assert!(text.contains(&plain));
            prop_assert!(plain.chars().count() <= chars_max || plain == text);
            let is_whole = |range: &Range<usize>| text[range.clone()].chars().count() <= chars_max;
            if met.iter().any(is_whole) {
                prop_assert!(marked.has_met(), "{:?}", marked);
            }
        }
    }
}
