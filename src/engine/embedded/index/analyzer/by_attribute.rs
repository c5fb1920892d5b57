//! The words of one attribute, told from the same words of others: each begins with the number of its
//! attribute. Invariant: what is put before a word here is what a query puts before it.

use tantivy::tokenizer::{TextAnalyzer, Token, TokenStream, Tokenizer};

use super::{FoldingTokenizer, Words};
use crate::domain::Language;

/// Name the analyzer is registered under.
pub(in crate::engine::embedded::index) const NAME: &str = "fold_by_attribute";

/// Between the number and what follows it: no text of words has it.
const SEPARATOR: char = '\u{1f}';

/// What stands before the text of an attribute, and before each of its words.
pub(in crate::engine::embedded::index) fn prefix(attribute: u32) -> String {
    format!("{attribute}{SEPARATOR}")
}

pub(in crate::engine::embedded::index) fn analyzer(language: Language) -> TextAnalyzer {
    TextAnalyzer::from(ByAttribute(FoldingTokenizer::new(language)))
}

#[derive(Clone)]
struct ByAttribute(FoldingTokenizer);

impl Tokenizer for ByAttribute {
    type TokenStream<'a> = PrefixedWords<'a>;

    /// The text begins with the prefix of its attribute.
    fn token_stream<'a>(&'a mut self, text: &'a str) -> PrefixedWords<'a> {
        let prefix_bytes = text
            .find(SEPARATOR)
            .map_or(0, |at| at + SEPARATOR.len_utf8());
        let (prefix, text) = text.split_at(prefix_bytes);
        PrefixedWords {
            prefix,
            words: self.0.token_stream(text),
        }
    }
}

struct PrefixedWords<'a> {
    prefix: &'a str,
    words: Words<'a>,
}

impl TokenStream for PrefixedWords<'_> {
    fn advance(&mut self) -> bool {
        let goes_on = self.words.advance();
        if goes_on {
            self.words.token_mut().text.insert_str(0, self.prefix);
        }
        goes_on
    }

    fn token(&self) -> &Token {
        self.words.token()
    }

    fn token_mut(&mut self) -> &mut Token {
        self.words.token_mut()
    }
}
