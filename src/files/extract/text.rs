//! What readers write the text of a document to. Invariant: what comes out has no control character but the end of a
//! line, no space at an end of a line or beside another, no two empty lines, and no more bytes than are wanted.

/// Most bytes of a title.
const TITLE_BYTES_MAX: usize = 500;
/// Most bytes of a language tag (RFC 5646, section 4.4.1: 35 are enough for every one).
const LANGUAGE_BYTES_MAX: usize = 35;
/// How much of a word that was cut in two is left out; a longer one is no word.
const WORD_BYTES_MAX: usize = 60;

/// A text that grows.
#[derive(Debug)]
pub(super) struct Text {
    out: String,
    bytes_max: usize,
    gap: Gap,
    is_cut: bool,
}

/// What is between what was written and what will be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Gap {
    None,
    Space,
    Line,
    Paragraph,
}

impl Gap {
    fn as_str(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Space => " ",
            Self::Line => "\n",
            Self::Paragraph => "\n\n",
        }
    }
}

impl Text {
    pub(super) fn new(bytes_max: usize) -> Self {
        Self {
            out: String::new(),
            bytes_max,
            gap: Gap::None,
            is_cut: false,
        }
    }

    /// Whether nothing that follows will be kept. Readers may stop then.
    #[cfg(feature = "files")]
    pub(super) fn is_full(&self) -> bool {
        self.is_cut
    }

    /// Adds text of which the ends of lines mean no more than spaces, as in markup.
    pub(super) fn push(&mut self, text: &str) {
        let mut rest = text.chars();
        while let Some(c) = rest.next() {
            if self.is_cut {
                return;
            }
            if is_escape(c) {
                skip_sequence(c, &mut rest);
                self.space();
            } else if c.is_whitespace() || is_private(c) {
                self.space();
            } else if !is_nothing(c) {
                self.push_char(c);
            }
        }
    }

    /// Adds text that is written in lines.
    pub(super) fn push_lines(&mut self, text: &str) {
        for line in text.split(['\n', '\u{b}', '\u{c}', '\u{2028}', '\u{2029}']) {
            // An old Macintosh ends lines so, and everybody else writes it before the end of a line.
            for part in line.trim_end_matches('\r').split('\r') {
                if part.trim().is_empty() {
                    self.paragraph();
                }
                self.push(part);
                self.line();
            }
            if self.is_cut {
                return;
            }
        }
    }

    /// What follows is another word.
    pub(super) fn space(&mut self) {
        self.gap = self.gap.max(Gap::Space);
    }

    /// What follows stands on another line.
    pub(super) fn line(&mut self) {
        self.gap = self.gap.max(Gap::Line);
    }

    /// What follows stands apart.
    pub(super) fn paragraph(&mut self) {
        self.gap = self.gap.max(Gap::Paragraph);
    }

    fn push_char(&mut self, c: char) {
        let gap = if self.out.is_empty() {
            ""
        } else {
            self.gap.as_str()
        };
        if self.out.len() + gap.len() + c.len_utf8() > self.bytes_max {
            self.is_cut = true;
            if gap.is_empty() {
                self.drop_half_a_word();
            }
            return;
        }
        self.gap = Gap::None;
        self.out.push_str(gap);
        self.out.push(c);
    }

    /// The last word goes on behind the cut, and half of it is another word.
    fn drop_half_a_word(&mut self) {
        if let Some(at) = self.out.rfind([' ', '\n'])
            && self.out.len() - at <= WORD_BYTES_MAX
        {
            self.out.truncate(at);
            let whole = self.out.trim_end().len();
            self.out.truncate(whole);
        }
    }

    /// The text, and whether there was more.
    pub(super) fn finish(self) -> (String, bool) {
        (self.out, self.is_cut)
    }
}

/// What begins a sequence that tells a terminal something, as colors of a log (ECMA-48, 5.4 and 5.6).
fn is_escape(c: char) -> bool {
    matches!(c, '\u{1b}' | '\u{9b}' | '\u{9d}')
}

/// Goes behind the rest of a sequence.
fn skip_sequence(escape: char, rest: &mut std::str::Chars<'_>) {
    let mut ahead = rest.clone();
    let kind = match escape {
        '\u{9b}' => Some('['),
        '\u{9d}' => Some(']'),
        _ => ahead.next(),
    };
    match kind {
        // Parameters, and a letter that ends them.
        Some('[') => {
            let end = ahead.find(|c| !matches!(c, ' '..='?'));
            if end.is_some_and(|c| matches!(c, '@'..='~')) {
                *rest = ahead;
            }
        }
        // A text of its own, such as a title or a link, up to its end.
        Some(']' | 'P' | 'X' | '^' | '_') => {
            // Another one ends it, so that nothing is looked at twice.
            let end = ahead.find(|&c| matches!(c, '\u{7}' | '\u{9c}') || is_escape(c));
            let is_closed = match end {
                Some('\u{1b}') => ahead.next() == Some('\\'),
                end => end.is_some_and(|c| !is_escape(c)),
            };
            if is_closed {
                *rest = ahead;
            }
        }
        // A letter, behind what says whose it is.
        Some(' '..='/') => {
            let end = ahead.find(|c| !matches!(c, ' '..='/'));
            if end.is_some_and(|c| matches!(c, '0'..='~')) {
                *rest = ahead;
            }
        }
        Some('0'..='~') => *rest = ahead,
        _ => {}
    }
}

/// What is written in fonts of their own, as bullets are: no word of a language.
fn is_private(c: char) -> bool {
    matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}')
}

/// What people do not see: controls, marks of the byte order, places where a word may be hyphenated.
fn is_nothing(c: char) -> bool {
    c.is_control() || matches!(c, '\u{ad}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// As much of a text as so many bytes hold.
pub(super) fn beginning(text: &str, bytes_max: usize) -> &str {
    let mut ends = (0..=bytes_max.min(text.len())).rev();
    let end = ends.find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    &text[..end]
}

/// A title as one line; `None` when it says nothing.
pub(super) fn title(text: &str) -> Option<String> {
    /// What programs write where nobody gave a title.
    const NOBODYS: [&str; 4] = [
        "(anonymous)",
        "(unspecified)",
        "untitled",
        "PowerPoint Presentation",
    ];
    let mut line = Text::new(TITLE_BYTES_MAX);
    line.push(text);
    let (line, _) = line.finish();
    let is_nobodys = NOBODYS.iter().any(|title| line.eq_ignore_ascii_case(title));
    (!line.is_empty() && !is_nobodys).then_some(line)
}

/// A tag of a language as it is usually written; `None` for what is none.
pub(super) fn language(tag: &str) -> Option<String> {
    let tag = tag.trim().replace('_', "-");
    // What POSIX adds: `cs_CZ.UTF-8`.
    let tag = tag.split(['.', '@']).next()?;
    let is_part = |part: &str| {
        (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    let mut parts = tag.split('-');
    let primary = parts.next()?;
    let is_primary =
        matches!(primary.len(), 2..=3) && primary.bytes().all(|byte| byte.is_ascii_alphabetic());
    let says_something = !matches!(primary, "und" | "zxx" | "mul");
    let is_tag = tag.len() <= LANGUAGE_BYTES_MAX && is_primary && parts.all(is_part);
    (is_tag && says_something).then(|| {
        let rest = &tag[primary.len()..];
        primary.to_ascii_lowercase() + rest
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(write: impl FnOnce(&mut Text)) -> String {
        let mut text = Text::new(1000);
        write(&mut text);
        text.finish().0
    }

    #[test]
    fn gaps_are_normal() {
        let seen = written(|text| {
            text.paragraph();
            text.push("  one\t\u{a0} two\nthree ");
            text.line();
            text.push(" \n ");
            text.line();
            text.push("four");
            text.line();
            text.paragraph();
            text.space();
            text.push("fi\u{ad}ve\u{0}\u{7f}\u{feff}.");
            text.paragraph();
        });
        assert_eq!(seen, "one two three\nfour\n\nfive.");
    }

    #[test]
    fn what_tells_a_terminal_something_parts_words_and_is_no_text() {
        for (said, is) in [
            ("\u{1b}[1;31mred\u{1b}[0mdoor", "red door"),
            ("a\u{1b}[2K\u{1b}[1Gb", "a b"),
            ("\u{9b}32mgreen\u{9b}m.", "green ."),
            (
                "\u{1b}]8;;https://a.example/\u{1b}\\link\u{1b}]8;;\u{1b}\\.",
                "link .",
            ),
            ("\u{1b}]0;title\u{7}text", "text"),
            ("a\u{1b}(Bb\u{1b}7c\u{1b}Md", "a b c d"),
            // What ends too early is text.
            ("a\u{1b}[31", "a [31"),
            ("a\u{1b}[31ü", "a [31ü"),
            ("a\u{1b}]0;b", "a ]0;b"),
            ("a\u{1b}", "a"),
            ("a\u{1b}\u{1b}[0mb", "a b"),
        ] {
            assert_eq!(written(|text| text.push(said)), is, "{said:?}");
        }
    }

    #[test]
    fn lines_stay_lines() {
        let seen = written(|text| text.push_lines("a  b\r\nc\r\n\r\n\r\nd\re\u{c}f\n"));
        assert_eq!(seen, "a b\nc\n\nd\ne\nf");
    }

    #[test]
    fn no_word_is_cut_in_two() {
        let mut text = Text::new(12);
        text.push("žluťoučký kůň");
        let (seen, is_cut) = text.finish();
        assert!(is_cut);
        assert_eq!(seen, "žluťoučk", "no word was whole");
        let mut text = Text::new(12);
        text.push("one two three");
        assert_eq!(text.finish(), ("one two".to_owned(), true));
        let mut text = Text::new(7);
        text.push("one two three");
        assert_eq!(text.finish(), ("one two".to_owned(), true));
        let mut text = Text::new(7);
        text.push("one two \n");
        assert_eq!(text.finish(), ("one two".to_owned(), false));
    }

    #[test]
    fn a_beginning_ends_between_characters() {
        for (bytes_max, is) in [
            (0, ""),
            (1, "k"),
            (2, "k"),
            (3, "ků"),
            (5, "kůň"),
            (9, "kůň"),
        ] {
            assert_eq!(beginning("kůň", bytes_max), is);
        }
    }

    #[test]
    fn a_title_is_one_line_that_somebody_wrote() {
        for (said, is) in [
            (" Wool\n socks ", Some("Wool socks")),
            ("Untitled", None),
            ("(anonymous)", None),
            (" \u{0}", None),
        ] {
            assert_eq!(title(said).as_deref(), is);
        }
        let long = title(&"word ".repeat(1000)).expect("a title");
        assert!(long.len() <= TITLE_BYTES_MAX && long.ends_with("word"));
    }

    #[test]
    fn languages_are_tags() {
        for (said, is) in [
            ("cs", Some("cs")),
            (" EN-GB ", Some("en-GB")),
            ("cs_CZ.UTF-8", Some("cs-CZ")),
            ("zh-Hant-TW", Some("zh-Hant-TW")),
            ("", None),
            ("und", None),
            ("czech language", None),
            ("x-klingon", None),
            ("en-\u{0}", None),
            ("en-aaaaaaaa-aaaaaaaa-aaaaaaaa-aaaaaaaa", None),
        ] {
            assert_eq!(language(said).as_deref(), is, "{said}");
        }
    }

    proptest! {
        #[test]
        fn what_comes_out_is_clean_and_bounded(
            parts in prop::collection::vec((".{0,20}", 0..5_u8), 0..20),
            bytes_max in 0..200_usize,
        ) {
            let mut text = Text::new(bytes_max);
            for (part, way) in &parts {
                match way {
                    0 => text.push_lines(part),
                    1 => text.line(),
                    2 => text.paragraph(),
                    _ => text.push(part),
                }
            }
            let (text, is_cut) = text.finish();
            prop_assert!(text.len() <= bytes_max);
            prop_assert!(!text.contains("  ") && !text.contains("\n\n\n"));
            prop_assert!(!text.contains(" \n") && !text.contains("\n "));
            prop_assert_eq!(text.trim(), text.as_str());
            prop_assert!(text.chars().all(|c| c == '\n' || !c.is_control()));
            prop_assert!(is_cut || bytes_max > 0 || text.is_empty());
        }
    }
}
