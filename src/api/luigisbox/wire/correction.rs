//! `corrected_query`: what was looked for, with what was typed struck out (contract 05 §4).

use std::fmt::Write;

use crate::domain::{CorrectedWord, Correction};

/// `<strike>sheos</strike> <b>shoes</b>`. The words are escaped, the marks are not.
pub(super) fn corrected_query(correction: &Correction) -> String {
    let mut html = String::new();
    for word in &correction.words {
        if !html.is_empty() {
            html.push(' ');
        }
        match word {
            CorrectedWord::Kept(word) => html.push_str(&escaped(word)),
            CorrectedWord::Dropped(word) => {
                write!(html, "<strike>{}</strike>", escaped(word))
                    .expect("writing to a string does not fail");
            }
            CorrectedWord::Replaced { typed, by } => {
                let (typed, by) = (escaped(typed), escaped(by));
                write!(html, "<strike>{typed}</strike> <b>{by}</b>")
                    .expect("writing to a string does not fail");
            }
        }
    }
    html
}

fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            other => html.push(other),
        }
    }
    html
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
