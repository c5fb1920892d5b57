//! `corrected_query`: what was looked for, with what was typed struck out (docs/reference/05-search.md §4).

use crate::domain::html::push_escaped;
use crate::domain::{CorrectedWord, Correction};

/// `<strike>sheos</strike> <b>shoes</b>`. The words are escaped, the marks are not.
pub(super) fn corrected_query(correction: &Correction) -> String {
    let mut html = String::new();
    for word in &correction.words {
        if !html.is_empty() {
            html.push(' ');
        }
        match word {
            CorrectedWord::Kept(word) => push_escaped(word, &mut html),
            CorrectedWord::Dropped(word) => push_marked(&mut html, "<strike>", word, "</strike>"),
            CorrectedWord::Replaced { typed, by } => {
                push_marked(&mut html, "<strike>", typed, "</strike> ");
                push_marked(&mut html, "<b>", by, "</b>");
            }
        }
    }
    html
}

/// A text between two tags.
fn push_marked(html: &mut String, open: &str, text: &str, close: &str) {
    html.push_str(open);
    push_escaped(text, html);
    html.push_str(close);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn html(words: Vec<CorrectedWord>) -> String {
        corrected_query(&Correction::new(words).expect("something is corrected"))
    }

    #[test]
    fn replaced_and_dropped_words_are_struck() {
        let replaced = CorrectedWord::Replaced {
            typed: "sheos".into(),
            by: "shoes".into(),
        };
        assert_eq!(html(vec![replaced]), "<strike>sheos</strike> <b>shoes</b>");
        let kept = CorrectedWord::Kept("shoes".into());
        let dropped = CorrectedWord::Dropped("whiskey".into());
        assert_eq!(html(vec![kept, dropped]), "shoes <strike>whiskey</strike>");
    }

    #[test]
    fn words_are_escaped() {
        let kept = CorrectedWord::Kept("<b>R&D</b>".into());
        let dropped = CorrectedWord::Dropped("\"'".into());
        assert_eq!(
            html(vec![kept, dropped]),
            "&lt;b&gt;R&amp;D&lt;/b&gt; <strike>&quot;&#39;</strike>"
        );
    }
}
