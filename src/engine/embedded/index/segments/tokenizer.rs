//! `engine::analysis` as the index calls it: the words of a text, and those of one attribute told from the
//! same words of others, as each begins with the number of its attribute. Invariant: what is put before a
//! word here is what a query puts before it.

use tantivy::tokenizer::{TextAnalyzer, Token, TokenStream, Tokenizer, TokenizerManager};

use crate::domain::{Language, fold};
use crate::engine::analysis::{Segmenter, Side, Stemmer};

/// Name the tokenizer of all words is registered under.
pub(in super::super) const WORDS: &str = "fold";
/// Name the tokenizer of the words of one attribute is registered under.
pub(in super::super) const BY_ATTRIBUTE: &str = "fold_by_attribute";

/// Between the number and what follows it: no text of words has it.
const SEPARATOR: char = '\u{1f}';

/// What stands before the text of an attribute, and before each of its words.
pub(in super::super) fn prefix(attribute: u32) -> String {
    format!("{attribute}{SEPARATOR}")
}

/// Makes both known to an index.
pub(in super::super) fn register(tokenizers: &TokenizerManager, language: Language) {
    let words = FoldingTokenizer::new(language);
    let by_attribute = ByAttribute(words.clone());
    tokenizers.register(WORDS, TextAnalyzer::from(words));
    tokenizers.register(BY_ATTRIBUTE, TextAnalyzer::from(by_attribute));
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

#[derive(Clone)]
struct FoldingTokenizer {
    stemmer: Stemmer,
    lower: String,
    token: Token,
}

impl FoldingTokenizer {
    fn new(language: Language) -> Self {
        Self {
            stemmer: Stemmer::new(language),
            lower: String::new(),
            token: Token::default(),
        }
    }
}

impl Tokenizer for FoldingTokenizer {
    type TokenStream<'a> = Words<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Words<'a> {
        self.lower.clear();
        fold::lower(text, &mut self.lower);
        self.token.reset();
        Words {
            words: Segmenter::new(&self.lower, Side::Object, self.stemmer),
            token: &mut self.token,
        }
    }
}

/// Offsets of the tokens are not set; nothing here highlights by them.
struct Words<'a> {
    words: Segmenter<'a>,
    token: &'a mut Token,
}

impl TokenStream for Words<'_> {
    fn advance(&mut self) -> bool {
        let Some(word) = self.words.next_word() else {
            return false;
        };
        self.token.text.clear();
        self.token.text.push_str(&word.text);
        if word.is_next {
            self.token.position = self.token.position.wrapping_add(1);
        }
        true
    }

    fn token(&self) -> &Token {
        self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        self.token
    }
}
